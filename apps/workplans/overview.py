"""How work stands at each site: what leads and heads look at first (3.2.3, 3.3.1, 3.3.3, 3.5.3)."""

from datetime import date, datetime

from django.db.models import Count, F, Func, IntegerField, JSONField, TextField, Value
from django.db.models.functions import Cast, Coalesce

from apps.core.obligations import Obligation
from apps.personnel import access as personnel
from apps.personnel.models import Assignment, Site
from apps.workplans import access
from apps.workplans.models import Plan, QualityCase, Step, Task, WorkProblem
from apps.workplans.obligations.reports import REPORT_REVIEW, WORK_REPORT

WORST = ("tasks_late", "steps_late", "reports_missing", "reviews_overdue")  # what orders the list
FIGURES = ("people", "tasks_open", *WORST, "plans_waiting", "problems_open", "cases_open")


def sites_at_work(user, *, today: date, now: datetime):
    """The running sites that somebody leads, heads or stands above, each with its `FIGURES`, the worst first."""
    sites = Site.objects.running().filter(personnel.affairs(user, ""))
    everywhere = user.has_role(*access.EVERYWHERE)
    found = {}
    for name, (rows, site) in _rows(today, now).items():
        rows = rows if everywhere else rows.filter(**{f"{site}__in": sites.values("pk")})
        found[name] = _ByKey(dict(rows.order_by().values_list(site).annotate(many=Count("pk"))))
    rows = sites.select_related("lead", "department").annotate(**found)
    return rows.annotate(worst=sum((F(name) for name in WORST[1:]), F(WORST[0]))).order_by("-worst", "name_sort", "pk")


def _rows(today: date, now: datetime) -> dict:
    """By the name of a figure: what it counts, and the way from there to the site."""
    late = Obligation.objects.overdue(now)
    return {
        "people": (Assignment.objects.filter(status=Assignment.Status.ON_SITE), "site"),
        "tasks_open": (Task.objects.open(), "site"),
        "tasks_late": (Task.objects.overdue(today), "site"),
        "steps_late": (Step.objects.in_force().open().filter(due_on__lt=today), "plan__task__site"),
        "reports_missing": (late.kind(WORK_REPORT), "site"),
        "reviews_overdue": (late.kind(REPORT_REVIEW), "site"),
        "plans_waiting": (Plan.objects.filter(status=Plan.Status.IN_REVIEW), "task__site"),
        "problems_open": (WorkProblem.objects.open(), "site"),
        "cases_open": (QualityCase.objects.open(), "assessment__assignment__site"),
    }


class _ByKey(Coalesce):
    """The number that a dict has for a row's id, else 0: grouped once, where a subquery would run for every row."""

    def __init__(self, numbers: dict[int, int]):
        given = Value({str(key): number for key, number in numbers.items()}, output_field=JSONField())
        found = Func(given, Cast("pk", TextField()), function="jsonb_extract_path_text", output_field=TextField())
        super().__init__(Cast(found, IntegerField()), 0)
