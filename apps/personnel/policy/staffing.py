"""Rules over plain values: what a posting asks for, and how a person answers it (2.1.1, 2.1.2)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.core import clauses
from apps.core.verdicts import YES, Verdict, no, unless

clauses.claim("2.1.1", "apps.personnel.policy.staffing.seats_left")
clauses.claim("2.1.2", "apps.personnel.policy.staffing.qualified")

MOST_PEOPLE = 200
LONGEST_WAIVER = timedelta(days=5 * 366)


# --- How a person answers one requirement -------------------------------------------------------------


class Answer(TextChoices):
    MET = "met", _("Met")
    WAIVED = "waived", _("Waived")
    EXPIRES = "expires", _("Runs out during the posting")
    CLAIMED = "claimed", _("Only claimed")
    NOT_MET = "not_met", _("Not met")

    @property
    def opens(self) -> bool:
        """Whether it lets somebody go where the requirement is mandatory."""
        return self in (Answer.MET, Answer.WAIVED)


@dataclass(frozen=True)
class Paper:
    """A certificate of somebody: from when to when, and whether it was verified."""

    issued_on: date
    expires_on: date | None
    verified: bool


def skill_answer(wanted: int, verified: int | None, claimed: int | None) -> Answer:
    """Only a level that somebody else has verified counts (2.4.3a)."""
    if verified is not None and verified >= wanted:
        return Answer.MET
    return Answer.CLAIMED if claimed is not None and claimed >= wanted else Answer.NOT_MET


def certificate_answer(papers: Iterable[Paper], since: date, planned_to: date | None) -> tuple[Answer, Paper | None]:
    """The best answer of somebody's certificates of one kind, and the one that gives it.

    It is valid on the first day and to the planned end; without a planned end, on the first day.
    """
    best, shown = Answer.NOT_MET, None
    for paper in papers:
        if paper.issued_on > since or (paper.expires_on is not None and paper.expires_on < since):
            answer = Answer.NOT_MET
        elif not paper.verified:
            answer = Answer.CLAIMED
        elif paper.expires_on is not None and planned_to is not None and paper.expires_on < planned_to:
            answer = Answer.EXPIRES
        else:
            answer = Answer.MET
        order = (_ORDER.index(answer), date.max - (paper.expires_on or date.max))
        if shown is None or order < (_ORDER.index(best), date.max - (shown.expires_on or date.max)):
            best, shown = answer, paper
    return best, shown


_ORDER = list(Answer)


def waiver_covers(until: date, planned_to: date | None) -> bool:
    """A waiver opens the way only when it lasts to the planned end."""
    return planned_to is not None and until >= planned_to


def not_oneself(chosen: bool) -> Verdict:
    """Whoever decides who goes does not choose themselves (2.1.1)."""
    return unless(
        chosen,
        _("Nobody sends themselves."),
        remedy=_("Somebody else of HR decides about you."),
        clause="2.1.1",
    )


def qualified(missing: Collection[str]) -> Verdict:
    """Whoever goes meets every mandatory requirement, or has a waiver for it that lasts to the planned end."""
    return unless(
        missing,
        _("Mandatory and missing: %(what)s.") % {"what": "; ".join(missing)},
        remedy=_("Choose somebody else, or ask for a waiver that lasts to the planned end."),
        clause="2.1.2",
    )


# --- The request --------------------------------------------------------------------------------------


def headcount_sensible(headcount: int, taken: int) -> Verdict:
    if headcount < taken:
        return no(
            ngettext("%(count)s person is chosen for it already.", "%(count)s people are chosen for it already.", taken)
            % {"count": taken},
            remedy=_("Ask for at least as many."),
            clause="2.1.1",
        )
    return unless(
        not 1 <= headcount <= MOST_PEOPLE,
        _("Ask for 1 to %(most)s people.") % {"most": MOST_PEOPLE},
        clause="2.1.1",
    )


def said(words: str, reason) -> Verdict:
    return unless(not words.strip(), reason, clause="2.1.1")


def one_thing(skill: bool, level: int | None, certificate: bool) -> Verdict:
    """A requirement is a skill or language at a level, or a certificate."""
    if skill == certificate:
        return no(_("Choose one thing: a skill, a language or a certificate."), clause="2.1.2")
    return unless(skill and level is None, _("Say at which level."), clause="2.1.2")


def asked_once(already: bool) -> Verdict:
    return unless(
        already,
        _("This is asked for already."),
        remedy=_("Take that requirement away first."),
        clause="2.1.2",
    )


# --- The decision -------------------------------------------------------------------------------------


def seats_left(headcount: int, taken: int, wanted: int) -> Verdict:
    """Never more people than were asked for."""
    left = headcount - taken
    if wanted == 0:
        return no(_("Choose somebody."), clause="2.1.1")
    return unless(
        wanted > left,
        ngettext("%(count)s place is left.", "%(count)s places are left.", left) % {"count": left},
        remedy=_("Choose fewer people, or ask for more."),
        clause="2.1.1",
    )


def first_day_within(since: date, asked_from: date, planned_to: date | None) -> Verdict:
    """Somebody who is chosen late begins later, never before the project asks for them or after it ends."""
    return unless(
        since < asked_from,
        _("The project asks for them from %(day)s on.") % {"day": date_format(asked_from, "DATE_FORMAT")},
        clause="2.1.1",
    ) & unless(
        planned_to is not None and since > planned_to,
        _("The project asks for them until %(day)s.") % {"day": planned_to and date_format(planned_to, "DATE_FORMAT")},
        clause="2.1.1",
    )


def report_on_first_day(report_at: datetime | None, since: date, zone: ZoneInfo, now: datetime) -> Verdict:
    """On the first day, and on a first day that is today not in the hours that are over."""
    return unless(
        report_at is not None and since == now.astimezone(zone).date() and report_at <= now,
        _("This moment has passed."),
        remedy=_("Choose a later one, or leave it empty: they then have until the day is over."),
        clause="2.2.1a",
    ) & unless(
        report_at is not None and report_at.astimezone(zone).date() != since,
        _("They report in on their first day, %(day)s by the site's clock.")
        % {"day": date_format(since, "DATE_FORMAT")},
        clause="2.2.1a",
    )


# --- Waivers ------------------------------------------------------------------------------------------


def waiver_until(until: date, today: date, planned_to: date | None) -> Verdict:
    """A waiver has an end that lies ahead; one that ends before the posting would open nothing."""
    if planned_to is None:
        return no(
            _("The request has no planned end, so no waiver lasts to it."),
            remedy=_("Give the request a planned end first."),
            clause="2.1.2",
        )
    return unless(
        until < planned_to,
        _("The posting is planned to %(day)s: a waiver that ends before opens nothing.")
        % {"day": date_format(planned_to, "DATE_FORMAT")},
        remedy=_("Let it last to that day."),
        clause="2.1.2",
    ) & unless(
        until - today > LONGEST_WAIVER,
        _("The end lies more than 5 years ahead."),
        remedy=_("Look at the year."),
        clause="2.1.2",
    )


def needs_waiver(mandatory: bool, answer: Answer) -> Verdict:
    """Only what is mandatory and missing is waived."""
    if not mandatory:
        return no(_("This is wished, not mandatory: nobody needs a waiver for it."), clause="2.1.2")
    return unless(answer == Answer.MET, _("This person meets it: no waiver is needed."), clause="2.1.2")


# --- What the person says -----------------------------------------------------------------------------


def still_to_answer(waiting: bool) -> Verdict:
    return YES if waiting else no(_("This was answered already."), clause="2.1.1")


def objection_settled(objects: bool) -> Verdict:
    """Nobody begins while their objection waits for an answer."""
    return unless(
        objects,
        _("There is an objection to this posting that nobody has answered."),
        remedy=_("HR answers it, or the person says that they go."),
        clause="2.1.1",
    )
