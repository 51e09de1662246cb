"""Rules over plain values about papers, signatures and the first day (1.3.1, 2.2.1, 4.2.1, 4.3.1, 4.3.3)."""

import unicodedata
from collections.abc import Collection
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.core import clauses
from apps.core.verdicts import YES, Verdict, no, unless

for _code in ("1.3.1", "2.2.1b", "4.2.1", "4.3.1", "4.3.3"):
    clauses.claim(_code, "apps.personnel.policy.papers.papers_complete")

REPORT_AT = time(9)  # of the first day, where no other time was agreed
LONGEST_VALID = 50  # years


def signed_as(typed: str, name: str, clause: str) -> Verdict:
    """A signature is the person's own name, typed out; blanks and capitals do not matter."""
    return unless(
        _plain(typed) != _plain(name),
        _("Type your name as it is on record: %(name)s.") % {"name": name},
        clause=clause,
    )


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def papers_valid(expires_on: date | None, today: date) -> Verdict:
    """A paper that has run out proves nothing; a day far ahead is a slip."""
    if expires_on is None:
        return YES
    return unless(
        expires_on < today,
        _("This paper has run out."),
        remedy=_("Hand in one that is valid."),
        clause="2.2.1b",
    ) & unless(
        expires_on.year - today.year > LONGEST_VALID,
        _("This day lies more than 50 years ahead."),
        remedy=_("Look at the year; leave it empty for a paper that does not run out."),
        clause="2.2.1b",
    )


def first_day_has_come(since: date, today: date) -> Verdict:
    return unless(
        today < since,
        _("The first day lies ahead: %(day)s.") % {"day": date_format(since, "DATE_FORMAT")},
        remedy=_("HR can move the first day."),
        clause="2.2.1a",
    )


def plan_not_over(planned_to: date | None, today: date) -> Verdict:
    return unless(
        planned_to is not None and planned_to < today,
        _("The planned end has passed."),
        remedy=_("HR can extend or cancel the assignment."),
        clause="2.2.1a",
    )


def papers_complete(missing: Collection[tuple[str, str]]) -> Verdict:
    """Nobody is on site before every document is signed and every proof verified.

    missing: what is missing, as (words, clause), the first first.
    """
    if not missing:
        return YES
    words = "; ".join(words for words, _clause in missing)
    return no(
        _("Not complete yet: %(missing)s.") % {"missing": words},
        remedy=_("The checklist says who is to act on each."),
        clause=missing[0][1],
    )


def report_due(since: date, report_at: datetime | None, zone: ZoneInfo) -> datetime:
    """When somebody is to report in: as agreed, else at nine on the first day, by the site's clock."""
    if report_at is not None and report_at.astimezone(zone).date() >= since:
        return report_at
    return datetime.combine(since, REPORT_AT, zone)


def report_when(since: date, zone: ZoneInfo, now: datetime) -> datetime:
    """What is written down where nobody named an hour: nine, and after nine of that very day, its end."""
    nine = report_due(since, None, zone)
    return nine if nine > now or since < now.astimezone(zone).date() else datetime.combine(since, time(23, 59), zone)
