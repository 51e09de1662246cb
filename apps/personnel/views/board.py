"""The staffing board: who is where, who leaves soon, what is asked for, how many we are, and who is not covered."""

from datetime import date, timedelta

import django_filters
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.core import charts
from apps.core.charts import Bar
from apps.core.lookups import LookupFilter
from apps.core.sheets import EXPORTS
from apps.core.verdicts import NotAllowed, require
from apps.personnel import access
from apps.personnel.board import board_of, month_after, postings, with_until
from apps.personnel.models import Assignment, Department, Site, User
from apps.personnel.tables.filters import visible_sites
from apps.personnel.tables.records import AssignmentsTable

ROWS = 15  # sites or people a page
MOST = 8  # rows of a card
TONES = (  # days, counted from the day somebody was hired
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


def board(request):
    """By site, or by person (`?by=person`): half a year around today."""
    user, today = request.user, timezone.localdate()
    require(access.may_see_board(user), NotAllowed)
    filterset = BoardFilter(request.GET, postings(user), request=request)
    rows = with_until(filterset.qs)
    first = month_after(today.replace(day=1), -1)
    last = month_after(first, 6) - timedelta(days=1)
    shown = rows.filter(since__lte=last).filter(Q(until=None) | Q(until__gte=first))
    if request.GET.get("export") in EXPORTS:
        table = AssignmentsTable(shown.select_related("person", "site", "project"))
        return EXPORTS[request.GET["export"]](table, _("Staffing board"))
    by_person = request.GET.get("by") == "person"
    page, lines = (_by_person if by_person else _by_site)(request, user, shown, filterset)
    facts = board_of(user, rows, today=today, now=timezone.now())
    lacking = [(cover, found.count(), found[:MOST]) for cover, found in facts.lacking]
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("by", None)
    query.pop("export", None)
    return render(
        request,
        "personnel/board.html",
        {
            "filter": filterset,
            "by_person": by_person,
            "query": query.urlencode(),
            "exports": list(EXPORTS),
            "page": page,
            "gantt": charts.gantt(str(_("Who is where")), lines, first=first, last=last, today=today) if lines else "",
            "facts": facts,
            "leaving": facts.leaving[:MOST],
            "leaving_count": facts.leaving.count(),
            "requests": facts.requests[:MOST],
            "request_count": facts.requests.count(),
            "headcount": _headcount(facts.headcount),
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


def _headcount(counted: list[tuple[date, int]]):
    *months, (_today, _people) = counted
    labels = [*(date_format(day, "Y-m") for day, _count in months), str(_("today"))]
    return charts.bars(str(_("People on site")), labels, {str(_("People")): [count for _day, count in counted]})
