"""Which days a report is about, and when it may be filed (clauses 3.3.1, 3.3.2, 3.3.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core import clauses
from apps.core.verdicts import Verdict, unless
from apps.core.words import signs

REGULAR, WAYS, REVIEW = "3.3.1", "3.3.2", "3.3.3"
clauses.claim(WAYS, "apps.workplans.actions.reports.confirm")
DAILY, WEEKLY = "daily", "weekly"
BACK_DAYS = 62  # what is older is not reported any more, it is remembered


@dataclass(frozen=True)
class Period:
    """A day or an ISO week: its key (2026-11-23, 2026-W48), first and last day."""

    key: str
    first: date
    last: date


def period_of(rhythm: str, day: date) -> Period:
    """The day itself, or the ISO week from Monday to Sunday."""
    if rhythm == DAILY:
        return Period(f"{day:%Y-%m-%d}", day, day)
    year, week, weekday = day.isocalendar()
    monday = day - timedelta(days=weekday - 1)
    return Period(f"{year}-W{week:02d}", monday, monday + timedelta(days=6))


def periods_between(rhythm: str, first: date, last: date) -> Iterable[Period]:
    """Every period that has a day from the first to the last one."""
    period = period_of(rhythm, first)
    while period.first <= last:
        yield period
        period = period_of(rhythm, period.last + timedelta(days=1))


def owed_on(period: Period, working_days: Iterable[date], since: date, last_day: date | None) -> date | None:
    """The last day worked in a period by somebody who is there from a day to a day; None where there is none."""
    worked = [
        day
        for day in working_days
        if period.first <= day <= period.last and since <= day and (last_day is None or day <= last_day)
    ]
    return max(worked, default=None)


def said(words: str, reason) -> Verdict:
    return unless(not signs(words), reason, clause=REGULAR)


def reportable(day: date, today: date, since: date, last_day: date | None, *, ever: bool = False) -> Verdict:
    """A day of the posting that is not ahead, and not long over. ever: however long it is over."""
    return (
        unless(day > today, _("This day lies ahead: report it when it has come."), clause=REGULAR)
        & unless(
            day < since or (last_day is not None and day > last_day),
            _("You were not at this site on that day."),
            remedy=_("Choose a day of your posting."),
            clause=REGULAR,
        )
        & unless(
            (today - day).days > BACK_DAYS and not ever,
            _("This day is too long ago to be reported."),
            remedy=_("Tell it in the present report."),
            clause=REGULAR,
        )
    )


def worked(is_working_day: bool) -> Verdict:
    """A daily report is about a day that was worked."""
    return unless(
        not is_working_day,
        _("This is a day off at the site."),
        remedy=_("Choose a working day, or send it as an addition."),
        clause=REGULAR,
    )


def not_twice(first: str) -> Verdict:
    """One report a period. first: how the one that is there is called, empty where none is."""
    return unless(
        bool(first),
        _("This is reported already: %(report)s.") % {"report": first},
        remedy=_("Tick that it is an addition, or choose another day."),
        clause=REGULAR,
    )


def begins_a_week(day: date, since: date, today: date) -> Verdict:
    """Another rhythm holds from a Monday on, or from the first day of a posting that lies ahead."""
    ahead = day > today or (day == since and day >= today)
    return unless(
        not ahead or (day.weekday() != 0 and day != since),
        _("Another rhythm begins on a Monday that lies ahead."),
        remedy=_("Choose the next Monday or a later one."),
        clause=REGULAR,
    )
