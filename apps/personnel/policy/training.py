"""When somebody may take part, when a code counts, and which stretch of the year owes a training (2.4.1–2.4.3a)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from apps.core import clauses
from apps.core.verdicts import Verdict, no, unless

CLAUSE = "2.4.1"
EARLY = LATE = timedelta(minutes=30)  # around a session, in which its code counts
LONGEST = timedelta(days=31)  # of one session
FARTHEST = timedelta(days=2 * 366)
MONTHS = 12
MOST_HOURS = Decimal(200)

clauses.claim("2.4.1", "apps.personnel.policy.training.seat_free")
clauses.claim("2.4.3a", "apps.personnel.actions.training.enter_result")


# --- Sessions -----------------------------------------------------------------------------------------


def when(begins_at: datetime, ends_at: datetime) -> Verdict:
    """A session ends after it begins, and lies near enough to be planned or to be entered afterwards."""
    return unless(ends_at <= begins_at, _("The end is before the beginning."), clause=CLAUSE) & unless(
        ends_at - begins_at > LONGEST,
        _("This lasts longer than a month."),
        remedy=_("Plan one session for each meeting."),
        clause=CLAUSE,
    )


def near(begins_at: datetime, now: datetime) -> Verdict:
    return unless(
        not now - FARTHEST < begins_at < now + FARTHEST,
        _("This lies more than two years away."),
        remedy=_("Look at the year."),
        clause=CLAUSE,
    )


def places_enough(places: int, taken: int) -> Verdict:
    """Places are not taken away from people who have one."""
    return unless(
        places < taken,
        _("%(taken)s people have a place already.") % {"taken": taken},
        remedy=_("Cancel enrolments first."),
        clause=CLAUSE,
    )


def seat_free(places: int, taken: int, asked: int = 1) -> Verdict:
    """A session never has more people than places."""
    words = (
        _("All %(places)s places are taken.") if taken >= places else _("Places left: %(left)s, asked for: %(asked)s.")
    )
    return unless(
        asked > 0 and taken + asked > places,
        words % {"places": places, "left": places - taken, "asked": asked},
        remedy=_("Choose another session, or ask HR for one more."),
        clause=CLAUSE,
    )


def over(ends_at: datetime, now: datetime) -> Verdict:
    """Nobody has learned, or can say how it was, before it is over."""
    return unless(
        now < ends_at,
        _("This session is not over yet."),
        remedy=_("Come back after its end."),
        clause=CLAUSE,
    )


def not_begun(begins_at: datetime, now: datetime) -> Verdict:
    """One asks for a place before the session begins."""
    return unless(
        begins_at <= now,
        _("This session has begun."),
        remedy=_("Choose a coming one, or ask HR."),
        clause=CLAUSE,
    )


def code_counts(begins_at: datetime, ends_at: datetime, now: datetime) -> Verdict:
    """The code in the room counts from half an hour before the session to half an hour after it."""
    if now < begins_at - EARLY:
        return no(
            _("The attendance list is not open yet."),
            remedy=_("It opens 30 minutes before the session begins."),
            clause=CLAUSE,
        )
    return unless(
        now > ends_at + LATE,
        _("The attendance list is closed."),
        remedy=_("It closed 30 minutes after the session; ask the trainer or HR to mark you."),
        clause=CLAUSE,
    )


def list_open(begins_at: datetime, now: datetime) -> Verdict:
    """HR and the trainer mark people from half an hour before the session on, and also long after it."""
    return unless(
        now < begins_at - EARLY,
        _("The attendance list is not open yet."),
        remedy=_("It opens 30 minutes before the session begins."),
        clause=CLAUSE,
    )


def rated(rating: int) -> Verdict:
    return unless(rating not in range(1, 6), _("Choose a number from 1 to 5."), clause=CLAUSE)


# --- The plan -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Period:
    """A stretch of the year that owes one training at each site. name: `2026Q4` where there are four."""

    name: str
    first: date
    last: date

    @property
    def middle(self) -> date:
        return self.first + (self.last - self.first) / 2


def periods(year: int, times: int) -> list[Period]:
    """The equal parts of a year in which so many trainings are owed: months together where these fit, else days."""
    starts = [_start(year, part, times) for part in range(times)] + [date(year + 1, 1, 1)]
    return [
        Period(_name(year, part, times), starts[part], starts[part + 1] - timedelta(days=1)) for part in range(times)
    ]


def period_on(day: date, times: int) -> Period:
    return next(one for one in periods(day.year, times) if one.first <= day <= one.last)


def _start(year: int, part: int, times: int) -> date:
    if MONTHS % times == 0:
        return date(year, 1 + part * MONTHS // times, 1)
    days = sum(monthrange(year, month)[1] for month in range(1, MONTHS + 1))
    return date(year, 1, 1) + timedelta(days=days * part // times)


def _name(year: int, part: int, times: int) -> str:
    letter = {1: "", 2: "H", 4: "Q", 12: "M"}.get(times, f"-{times}-")
    return f"{year}{letter}{part + 1}" if letter else str(year)


# --- What clients ask for, and what people learn ------------------------------------------------------


def said(text: str, reason, clause: str = CLAUSE) -> Verdict:
    """Something that must be written down."""
    return unless(not text.strip(), reason, clause=clause)


def asked(asked_at: datetime, now: datetime) -> Verdict:
    return unless(
        asked_at > now + timedelta(minutes=5),
        _("This lies in the future: give the time at which the client asked."),
        clause="2.4.2",
    )


def wanted(wanted_on: date | None, today: date) -> Verdict:
    return unless(
        wanted_on is not None and not today <= wanted_on <= today + FARTHEST,
        _("Choose a day from today to two years ahead."),
        clause="2.4.2",
    )


def learned(day: date, today: date) -> Verdict:
    return unless(not today - 3 * FARTHEST < day <= today, _("Choose today or an earlier day."), clause="2.4.3a")


def hours_sensible(hours: Decimal) -> Verdict:
    return unless(not 0 < hours <= MOST_HOURS, _("Give the hours, from 0.1 to 200."), clause="2.4.3a")
