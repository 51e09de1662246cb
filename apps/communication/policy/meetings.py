"""Which meetings count for a month, and for whom one is owed (clause 7.1.1)."""

from calendar import monthrange
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from apps.communication.policy.enquiries import TYPED
from apps.core.verdicts import Verdict, unless

CLAUSE = "7.1.1"


def first_day(month: date) -> date:
    return month.replace(day=1)


def last_day(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


def month_after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def month_before(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def begins(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day on a zone's wall clock."""
    return datetime.combine(day, time.min, zone)


def ends(month: date, zone: ZoneInfo) -> datetime:
    """The last moment of a calendar month on a zone's wall clock."""
    return datetime.combine(last_day(month), time.max, zone)


def counts(*, in_person: bool, client_took_part: bool) -> Verdict:
    """A meeting counts in person and with somebody of the client."""
    return unless(
        not in_person,
        _("Only a meeting face to face counts for the month."),
        remedy=_("Phone and video are kept in the record all the same."),
        clause=CLAUSE,
    ) & unless(
        not client_took_part,
        _("Nobody of the client took part, so it cannot count for the month."),
        remedy=_("Add who took part on the client's side."),
        clause=CLAUSE,
    )


def owed(working_days: int, minimum: int) -> bool:
    """A month with so many working days on site owes a meeting."""
    return working_days >= minimum


def waivable(month: date, today: date) -> Verdict:
    """A month is waived at most one ahead: what keeps the client away later is not known yet."""
    return unless(
        month > month_after(first_day(today)),
        _("Waive this month or the next: later ones lie too far ahead."),
        remedy=_("Ask again when the month is near."),
        clause=CLAUSE,
    )


def ahead(begins_at: datetime, now: datetime) -> Verdict:
    """Only what lies ahead can be planned; a moment that has passed is a meeting that was held, or was not."""
    return unless(
        begins_at < now - TYPED,
        _("This moment has passed: choose a time ahead, or record the meeting as held."),
        clause=CLAUSE,
    )


def held(begins_at: datetime, now: datetime) -> Verdict:
    """Only what has begun can have been held."""
    return unless(
        begins_at > now + TYPED,
        _("This lies in the future: record the meeting once it has taken place."),
        clause=CLAUSE,
    )


def independent(*, own: bool) -> Verdict:
    """Nobody confirms a meeting of their own, not even with a word of the client's: somebody else says it was held."""
    return unless(
        own,
        _("You organised this meeting or took part, so it counts for you: somebody else confirms it."),
        remedy=_("Let the other lead of the site or the department head confirm it."),
        clause=CLAUSE,
    )
