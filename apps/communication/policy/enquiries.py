"""When a client's question and our answer are believed (clause 7.1.2a)."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core.verdicts import Verdict, unless

CLAUSE = "7.1.2a"
LOGGED_WITHIN = timedelta(days=7)
TWICE = timedelta(minutes=5)  # the same words of the same person so near each other are one question
AT_ONCE = timedelta(hours=1)  # what is logged later than this after it came was entered afterwards
TYPED = timedelta(minutes=1)  # forms give minutes, clocks give seconds


def arrival(arrived_at: datetime, now: datetime) -> Verdict:
    """A question is logged after it came, and in the same week."""
    return unless(
        arrived_at > now + TYPED, _("This lies in the future: give the time at which the question came."), clause=CLAUSE
    ) & unless(
        arrived_at < now - LOGGED_WITHIN,
        _("A question is logged within %(days)s days of its arrival.") % {"days": LOGGED_WITHIN.days},
        remedy=_("For an older one, log the day the client asked again."),
        clause=CLAUSE,
    )


def answered(given_at: datetime, opened_at: datetime, now: datetime) -> Verdict:
    """An answer is given after the question came, and not later than now."""
    return unless(
        given_at > now + TYPED, _("This lies in the future: an answer counts once it is given."), clause=CLAUSE
    ) & unless(
        given_at < opened_at - TYPED, _("This is before the question came; it cannot be its answer."), clause=CLAUSE
    )


def between(moment: datetime, earliest: datetime, latest: datetime) -> datetime:
    """A moment typed to the minute, kept inside its bounds."""
    return min(max(moment, earliest), latest)


def counts(*, to_client: bool, automatic: bool) -> bool:
    """Only what a person writes or says to the client answers them; notes and automatic replies do not."""
    return to_client and not automatic
