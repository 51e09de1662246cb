"""What the staffing board says beside its bars: who leaves, what is asked for, milestones, headcount, coverage."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, FilteredRelation, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.personnel import access, coverage
from apps.personnel.models import Assignment, Site, StaffingRequest, User

SOON = 60  # days
MONTHS = 12
MOST_MILESTONES = 8
MILESTONES = (  # days, counted from the day somebody was hired
    (90, _("three months with the company")),
    (180, _("six months with the company")),
    (365, _("a year with the company")),
)


@dataclass(frozen=True)
class Board:
    """Facts over some assignments. headcount: people stationed by day; lacking: assignments by promise they lack."""

    on_site: int
    planned: int
    leaving: QuerySet
    requests: QuerySet
    milestones: list[tuple[date, User, str]]
    headcount: list[tuple[date, int]]
    lacking: list[tuple[coverage.Cover, QuerySet]]


def postings(user):
    """Assignments of the sites that somebody oversees; what was cancelled is not."""
    return Assignment.objects.filter(access.through_site(user)).exclude(status=Assignment.Status.CANCELLED)


def with_until(rows):
    """Each assignment with its last day as far as one knows: it ended, an early departure is approved, or the plan."""
    early = FilteredRelation("departures", condition=Q(departures__status="approved"))
    return rows.annotate(early=early).annotate(until=Coalesce("ended_on", "early__last_day", "planned_to"))


def board_of(user, rows, *, today: date, now: datetime) -> Board:
    """rows: assignments `with_until`."""
    live = rows.filter(status=Assignment.Status.ON_SITE)
    sites = Site.objects.filter(access.through_site(user, ""))
    wanted = StaffingRequest.objects.visible_to(user).open().filter(site__in=sites)
    leaving = rows.filter(until__range=(today, today + timedelta(days=SOON))).exclude(status="ended")
    return Board(
        on_site=live.count(),
        planned=rows.filter(status=Assignment.Status.PLANNED).count(),
        leaving=leaving.select_related("person", "site").order_by("until", "pk"),
        requests=wanted.with_seats().select_related("site"),
        milestones=_milestones(live, today),
        headcount=_headcount(rows, today),
        lacking=[(cover, found.select_related("person", "site")) for cover, found in coverage.uncovered(rows, now)],
    )


def month_after(day: date, count: int = 1) -> date:
    """The first day of the month so many months later."""
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def _milestones(live, today: date) -> list[tuple[date, User, str]]:
    """Who has been with us for three months, half a year or a year in the next 60 days: a day to talk."""
    found = []
    for days, words in MILESTONES:
        hired = (today - timedelta(days=days), today + timedelta(days=SOON - days))
        people = User.objects.filter(pk__in=live.values("person_id"), hired_on__range=hired).order_by("hired_on")
        found += [(one.hired_on + timedelta(days=days), one, words) for one in people[:MOST_MILESTONES]]
    return sorted(found, key=lambda one: (one[0], one[1].name_sort))[:MOST_MILESTONES]


def _headcount(rows, today: date) -> list[tuple[date, int]]:
    """People on site on the first day of each of the last twelve months, and today; who never arrived is not."""
    days = [*(month_after(today.replace(day=1), back) for back in range(1 - MONTHS, 1)), today]
    then = {
        f"day{place}": Count("person", distinct=True, filter=Q(since__lte=day) & (Q(until=None) | Q(until__gte=day)))
        for place, day in enumerate(days)
    }
    came = [Assignment.Status.ON_SITE, Assignment.Status.ENDED]
    counted = rows.filter(status__in=came).order_by().aggregate(**then)
    return [(day, counted[name]) for day, name in zip(days, then, strict=True)]
