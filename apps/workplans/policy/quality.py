"""When somebody's work is assessed, how its figures are made, and what is below standard (clause 3.5)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from apps.core import clauses
from apps.core.verdicts import Verdict, unless
from apps.core.words import signs

REGULAR, INDICATORS, CASE = "3.5.1", "3.5.2", "3.5.3"
clauses.claim(INDICATORS, "apps.workplans.policy.quality.short")
YEAR = 12  # months
MOST_SAMPLES = 10


@dataclass(frozen=True)
class Period:
    """Some months that are assessed together, named by the last of them. month: its first day."""

    month: date
    months: int

    @property
    def first_day(self) -> date:
        return shifted(self.month, 1 - self.months)

    @property
    def last_day(self) -> date:
        return self.month.replace(day=monthrange(self.month.year, self.month.month)[1])

    @property
    def key(self) -> str:
        return f"{self.month:%Y-%m}"


def shifted(month: date, by: int) -> date:
    """The first day of the month that lies so many months after (before) a month."""
    count = month.year * YEAR + month.month - 1 + by
    return date(count // YEAR, count % YEAR + 1, 1)


def months_of_a_period(a_year: int) -> int:
    """So many assessments a year, at least: every month, every second, third, fourth, sixth, or once a year."""
    return max(1, YEAR // a_year)


def ends_period(month: date, months: int) -> bool:
    """Whether a period of so many months ends with this month; the year begins with January."""
    return month.month % months == 0


def said(words: str, reason, clause: str = INDICATORS) -> Verdict:
    return unless(not signs(words), reason, clause=clause)


def over(last_day: date, today: date, *, left: bool) -> Verdict:
    """A period is assessed once it is over, or the person has left."""
    return unless(
        today <= last_day and not left,
        _("This month is not over yet."),
        remedy=_("Assess it when it is."),
        clause=REGULAR,
    )


def worked_then(since: date, last_day: date | None, first: date, last: date) -> Verdict:
    """Only who was there is assessed."""
    return unless(
        since > last or (last_day is not None and last_day < first),
        _("They were not at the site in this month."),
        remedy=_("Choose another month."),
        clause=REGULAR,
    )


def sampled(count: int) -> Verdict:
    """The judgement rests on work that was seen (3.5.2)."""
    return unless(count == 0, _("Name at least one task or report that you looked at."), clause=INDICATORS) & unless(
        count > MOST_SAMPLES, _("At most %(most)s samples.") % {"most": MOST_SAMPLES}, clause=INDICATORS
    )


def percent(good: int, of: int) -> int | None:
    """A share in whole percent, half rounded up; None where there is nothing to count."""
    return (200 * good + of) // (2 * of) if of else None


def short(completion: int | None, results: int, satisfaction: int | None, standards: dict) -> bool:
    """Whether one of the three is below its standard; what is not known never is."""
    figures = {"completion": completion, "results": results, "satisfaction": satisfaction}
    return any(value is not None and value < standards[name] for name, value in figures.items())


# --- Cases --------------------------------------------------------------------------------------------


def heard(*, stated: bool, statement_due_at: datetime, now: datetime) -> Verdict:
    """Nobody is decided about unheard: their statement is there, or its time is over."""
    return unless(
        not stated and now <= statement_due_at,
        _("The person has not been heard yet."),
        remedy=_("Wait for the statement, or for the end of its time."),
        clause=CASE,
    )


def follow_up(day: date | None, today: date, *, waived: bool) -> Verdict:
    """Coaching, a deduction and a transfer are followed up on a day (3.5.3)."""
    if waived:
        return unless(day is not None, _("Where nothing follows, nothing is followed up."), clause=CASE)
    return unless(day is None, _("Name the day on which you look again."), clause=CASE) & unless(
        day is not None and not today < day <= shifted(today.replace(day=1), YEAR + 1),
        _("Choose a day ahead, within a year."),
        clause=CASE,
    )
