"""Rules over plain values about skills and certificates."""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core import clauses
from apps.core.verdicts import Verdict, unless

clauses.claim("2.4.3a", "apps.personnel.access.may_vouch")

NOTICE = timedelta(days=60)  # how long beforehand a certificate counts as running out


def has_happened(day: date | None, today: date) -> Verdict:
    """What is entered about the past does not lie ahead."""
    return unless(
        day is not None and day > today,
        _("This day has not come yet."),
        remedy=_("Look at the date on the paper."),
        clause="2.1.2",
    )


def sensible(day: date | None) -> Verdict:
    """A day on a paper lies within a working life, before or after today."""
    return unless(
        day is not None and not 1950 <= day.year <= 2100,
        _("This year cannot be right."),
        remedy=_("Look at the date on the paper."),
        clause="2.1.2",
    )


def is_said(words: str) -> Verdict:
    """Neither a claim nor a check stands without what it rests on."""
    return unless(not words.strip(), _("Say what shows it, in a few words."), clause="2.4.3a")


def before_us(until: date | None, hired_on: date | None) -> Verdict:
    """Earlier work ends when somebody joins us."""
    return unless(
        until is not None and hired_on is not None and until > hired_on,
        _("They joined us before that day."),
        remedy=_("Put the day right, or the day they were hired."),
    )
