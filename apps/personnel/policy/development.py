"""When a talk about somebody's development falls due, and what a promotion needs (2.4.3b)."""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core import clauses
from apps.core.verdicts import YES, Verdict, unless

CLAUSE = "2.4.3b"
FARTHEST = timedelta(days=5 * 366)
OLDEST = timedelta(days=3 * 366)

clauses.claim(CLAUSE, "apps.personnel.policy.development.cites_basis")


def talk_due(since: date, days: int, warn_days: int, today: date) -> date:
    """So many days after the last talk, or the first posting; nobody is late on the day we learn of it."""
    due_on = since + timedelta(days=days)
    return due_on if due_on >= today else today + timedelta(days=warn_days)


def talk_day(held_on: date, today: date) -> Verdict:
    """A talk is written down once it was held."""
    return unless(
        not today - OLDEST < held_on <= today,
        _("Choose today or an earlier day of the last three years."),
        remedy=_("Write a talk down once it was held."),
        clause=CLAUSE,
    )


def goal_whole(text: str, due_on: date | None, held_on: date) -> Verdict:
    """A goal says what, and by when; and lies after the talk."""
    return unless(
        bool(text.strip()) != (due_on is not None), _("Give the goal and its day together."), clause=CLAUSE
    ) & unless(
        due_on is not None and not timedelta(0) <= due_on - held_on <= FARTHEST,
        _("Choose a day after the talk, at most five years ahead."),
        clause=CLAUSE,
    )


def said(text: str, reason) -> Verdict:
    return unless(not text.strip(), reason, clause=CLAUSE)


def cites_basis(*bases) -> Verdict:
    """A promotion or transfer rests on a talk or on a result, and names it."""
    return unless(
        not any(bases),
        _("Name what it rests on: a talk, or a result of a training."),
        remedy=_("Record the talk first."),
        clause=CLAUSE,
    )


def rises(before: int | None, after: int | None) -> Verdict:
    """A promotion leads to a higher grade."""
    return unless(None not in (before, after) and after <= before, _("Choose a higher grade than now."), clause=CLAUSE)


def grade_set(before: int | None, after: int | None, *, own: bool) -> Verdict:
    """The first grade comes with the record; every other one cites what it rests on, and nobody sets their own."""
    if before == after:
        return YES
    return unless(
        own, _("Nobody sets their own grade."), remedy=_("Another person of HR does it."), clause=CLAUSE
    ) & unless(
        before is not None,
        _("A grade changes by a promotion or transfer that says what it rests on."),
        remedy=_("Enter it under promotions and transfers on the person's page."),
        clause=CLAUSE,
    )


def department_set(before: int | None, after: int | None) -> Verdict:
    """The first department comes with the record; every other one by a transfer that cites what it rests on."""
    return unless(
        before is not None and after != before,
        _("A department changes by a transfer that says what it rests on."),
        remedy=_("Enter it under promotions and transfers on the person's page."),
        clause=CLAUSE,
    )


def moves(before: int | None, after: int | None) -> Verdict:
    """A transfer leads to another department."""
    return unless(after is not None and after == before, _("Choose another department than now."), clause=CLAUSE)


def from_day(effective_on: date, today: date) -> Verdict:
    """It is entered on its day or afterwards, for the record of the person changes at once."""
    return unless(
        not today - OLDEST < effective_on <= today,
        _("Choose today or an earlier day."),
        remedy=_("Enter it on the day on which it begins."),
        clause=CLAUSE,
    )
