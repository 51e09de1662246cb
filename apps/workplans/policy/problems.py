"""When a problem at work is well said, and when it is solved (clauses 3.3.1, 7.2.1)."""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core.verdicts import Verdict, unless
from apps.core.words import signs

CLAUSE, NEEDS = "3.3.1", "7.2.1"
FARTHEST = timedelta(days=366)


def said(words: str, reason, clause: str = CLAUSE) -> Verdict:
    return unless(not signs(words), reason, clause=clause)


def due_ahead(day: date, today: date, clause: str = CLAUSE) -> Verdict:
    """A day that can still be kept, within a year."""
    return unless(day < today, _("This day has passed already."), clause=clause) & unless(
        day > today + FARTHEST, _("Choose a day within a year."), clause=clause
    )


def joint_plan_done(title: str, *, closed: bool) -> Verdict:
    """A major one is solved once departments and leaders have closed theirs (3.4.3)."""
    return unless(
        not closed,
        _("The major problem “%(title)s” is not closed yet.") % {"title": title},
        remedy=_("Close it there with the joint plan first."),
        clause="3.4.3",
    )
