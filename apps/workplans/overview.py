"""How work stands at each site: what leads and heads look at first (3.2.3, 3.3.1, 3.3.3, 3.5.3)."""

from datetime import date, datetime

from django.db.models import Count, F, Func, IntegerField, JSONField, Q, TextField, Value
from django.db.models.functions import Cast, Coalesce

from apps.core.obligations import Obligation
from apps.personnel import access as personnel
from apps.personnel.models import Assignment, Site
from apps.workplans import access
from apps.workplans.models import Plan, QualityCase, Task, WorkProblem
from apps.workplans.obligations.plans import STEP_DUE
from apps.workplans.obligations.reports import REPORT_REVIEW, WORK_REPORT

WORST = ("tasks_late", "steps_late", "reports_missing", "reviews_overdue")  # what orders the list
FIGURES = ("people", "tasks_open", *WORST, "plans_waiting", "problems_open", "cases_open")


def sites_at_work(user, *, today: date, now: datetime):
    """The running sites that somebody leads, heads or stands above, each with its `FIGURES`, the worst first."""
    sites = Site.objects.running().filter(personnel.affairs(user, ""))
    everywhere = user.has_role(*access.EVERYWHERE)
    found: dict[str, dict[int, int]] = {}
    for rows, site, counts in _counts(today, now):
        rows = rows if everywhere else rows.filter(**{f"{site}__in": sites.values("pk")})
        numbers = list(rows.order_by().values(at=F(site)).annotate(**counts))
        for name in counts:
            found[name] = {row["at"]: row[name] for row in numbers}
    rows = sites.select_related("lead", "department").annotate(**{name: _ByKey(found[name]) for name in FIGURES})
    return rows.annotate(worst=sum((F(name) for name in WORST[1:]), F(WORST[0]))).order_by("-worst", "name_sort", "pk")


def _counts(today: date, now: datetime) -> list[tuple]:
    """Rows that are read once, the way from there to the site, and the figures counted in them."""
    undelivered = Q(status__in=Task.UNDELIVERED, due_on__lt=today)
    promises = {"steps_late": STEP_DUE, "reports_missing": WORK_REPORT, "reviews_overdue": REPORT_REVIEW}
    owed = Obligation.objects.overdue(now).kind(*promises.values())
    every = Count("pk")
    return [
        (Assignment.objects.filter(status=Assignment.Status.ON_SITE), "site", {"people": every}),
        (Task.objects.open(), "site", {"tasks_open": every, "tasks_late": Count("pk", filter=undelivered)}),
        (owed, "site", {name: Count("pk", filter=Q(kind=one.key)) for name, one in promises.items()}),
        (Plan.objects.filter(status=Plan.Status.IN_REVIEW), "task__site", {"plans_waiting": every}),
        (WorkProblem.objects.open(), "site", {"problems_open": every}),
        (QualityCase.objects.open(), "assessment__assignment__site", {"cases_open": every}),
    ]


class _ByKey(Coalesce):
    """The number that a dict has for a row's id, else 0: grouped once, where a subquery would run for every row."""

    def __init__(self, numbers: dict[int, int]):
        given = Value({str(key): number for key, number in numbers.items()}, output_field=JSONField())
        found = Func(given, Cast("pk", TextField()), function="jsonb_extract_path_text", output_field=TextField())
        super().__init__(Cast(found, IntegerField()), 0)
