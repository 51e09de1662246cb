"""The staffing board: who is where, who leaves soon, what is asked for, how many we are, and who is not covered."""

from datetime import date, timedelta

import django_filters
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.core import charts
from apps.core.charts import Bar
from apps.core.lookups import LookupFilter
from apps.core.verdicts import NotAllowed, require
from apps.personnel import access, coverage
from apps.personnel.models import Assignment, Department, Site, StaffingRequest, User
from apps.personnel.tables.filters import visible_sites

ROWS = 15  # sites or people a page
SOON = 60  # days
MONTHS = 12
MOST = 8  # rows of a card
MILESTONES = (  # days, counted from the day somebody was hired
    (90, _("three months with the company")),
    (180, _("six months with the company")),
    (365, _("a year with the company")),
)
TONES = {"planned": "info", "on_site": "success", "ended": "neutral"}


class BoardFilter(django_filters.FilterSet):
    department = django_filters.ModelChoiceFilter(
        label=_("Department"), field_name="site__department", queryset=Department.objects.all()
    )
    site = LookupFilter(label=_("Site"), queryset=visible_sites)

    class Meta:
        model = Assignment
        fields = ["department", "site"]


def month_after(day: date, count: int = 1) -> date:
    """The first day of the month so many months later."""
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def board(request):
    """By site, or by person (`?by=person`): half a year around today."""
    user, today = request.user, timezone.localdate()
    require(access.may_see_board(user), NotAllowed)
    rows = Assignment.objects.filter(access.through_site(user)).exclude(status=Assignment.Status.CANCELLED)
    filterset = BoardFilter(request.GET, rows, request=request)
    rows = filterset.qs.annotate(until=Coalesce("ended_on", "planned_to"))
    first = month_after(today.replace(day=1), -1)
    last = month_after(first, 6) - timedelta(days=1)
    shown = rows.filter(since__lte=last).filter(Q(until=None) | Q(until__gte=first))
    by_person = request.GET.get("by") == "person"
    page, lines = (_by_person if by_person else _by_site)(request, user, shown, filterset)
    requests = (
        StaffingRequest.objects.visible_to(user)
        .open()
        .filter(site__in=Site.objects.filter(access.through_site(user, "")))
    )
    leaving = rows.filter(until__range=(today, today + timedelta(days=SOON))).exclude(status="ended")
    live = rows.filter(status=Assignment.Status.ON_SITE)
    lacking = [
        (cover, found.count(), found.select_related("person", "site")[:MOST])
        for cover, found in coverage.uncovered(rows, timezone.now())
    ]
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("by", None)
    return render(
        request,
        "personnel/board.html",
        {
            "filter": filterset,
            "by_person": by_person,
            "query": query.urlencode(),
            "page": page,
            "gantt": charts.gantt(str(_("Who is where")), lines, first=first, last=last, today=today) if lines else "",
            "leaving": leaving.select_related("person", "site").order_by("until", "pk")[:MOST],
            "leaving_count": leaving.count(),
            "leaving_url": reverse("assignments"),
            "requests": requests.select_related("site")[:MOST],
            "request_count": requests.count(),
            "on_site": live.count(),
            "planned": rows.filter(status=Assignment.Status.PLANNED).count(),
            "milestones": _milestones(live, today),
            "headcount": _headcount(rows, today),
            "lacking": lacking,
            "uncovered": sum(count for _cover, count, _rows in lacking),
        },
    )


def _by_site(request, user, shown, filterset):
    sites = Site.objects.filter(access.through_site(user, ""), active=True).filter(
        pk__in=filterset.qs.values("site_id")
    )
    page = Paginator(sites, ROWS).get_page(request.GET.get("page"))
    bars: dict[int, list[Bar]] = {}
    for one in shown.filter(site__in=[site.pk for site in page]).select_related("person"):
        bars.setdefault(one.site_id, []).append(_bar(one, one.person.name))
    return page, [(site.name, bars.get(site.pk, [])) for site in page]


def _by_person(request, user, shown, filterset):
    people = User.objects.filter(pk__in=shown.values("person_id"))
    page = Paginator(people, ROWS).get_page(request.GET.get("page"))
    bars: dict[int, list[Bar]] = {}
    for one in shown.filter(person__in=[person.pk for person in page]).select_related("site"):
        bars.setdefault(one.person_id, []).append(_bar(one, one.site.name))
    return page, [(person.name, bars.get(person.pk, [])) for person in page]


def _bar(one: Assignment, name: str) -> Bar:
    days = [date_format(one.since, "DATE_FORMAT"), date_format(one.until, "DATE_FORMAT") if one.until else "…"]
    words = f"{name}, {' – '.join(days)}"
    return Bar(one.since, one.until, TONES[one.status], words, one.get_absolute_url())


def _milestones(live, today: date) -> list[tuple[date, User, str]]:
    """Who has been with us for three months, half a year or a year in the next 60 days: a day to talk."""
    found = []
    for days, words in MILESTONES:
        hired = (today - timedelta(days=days), today + timedelta(days=SOON - days))
        people = User.objects.filter(pk__in=live.values("person_id"), hired_on__range=hired)
        found += [(one.hired_on + timedelta(days=days), one, words) for one in people.order_by("hired_on")[:MOST]]
    return sorted(found, key=lambda one: (one[0], one[1].name_sort))[:MOST]


def _headcount(rows, today: date):
    """People stationed on the first day of each of the last twelve months, and today."""
    days = [*(month_after(today.replace(day=1), back) for back in range(1 - MONTHS, 1)), today]
    then = {
        f"day{place}": Count("person", distinct=True, filter=Q(since__lte=day) & (Q(until=None) | Q(until__gte=day)))
        for place, day in enumerate(days)
    }
    counted = rows.order_by().aggregate(**then)
    labels = [*(date_format(day, "Y-m") for day in days[:-1]), str(_("today"))]
    return charts.bars(str(_("People on site")), labels, {str(_("People")): [counted[name] for name in then]})
