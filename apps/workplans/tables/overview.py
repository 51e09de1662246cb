"""How work stands, a site per row; each figure opens the rows that it counts."""

from urllib.parse import urlencode

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core.tables import PersonColumn
from apps.core.templatetags import onsite
from apps.personnel.models import Site
from apps.personnel.tables.filters import SiteFilter


class WorkFilter(SiteFilter):
    active = None

    class Meta(SiteFilter.Meta):
        fields = ["q", "client", "department"]


class FigureColumn(tables.Column):
    """A number that opens its rows; a red one where it should be none."""

    def __init__(self, label, *, page: str, tone: str = "", **query):
        super().__init__(verbose_name=label, attrs={"td": {"class": "c-num"}, "th": {"class": "c-num"}})
        self.page, self.tone, self.query = page, tone, query

    def render(self, value, record):
        if not value:
            return format_html('<span class="text-secondary">{}</span>', 0)
        address = f"{reverse(self.page)}?{urlencode({'site': record.pk} | self.query)}"
        return format_html('<a href="{}">{}</a>', address, onsite.badge(value, self.tone) if self.tone else value)

    def value(self, value):
        return value


def promises(kind: str) -> dict[str, str]:
    """The filters of the promises of a kind that are open and late now."""
    return {"kind": kind, "whose": "all", "status": "open", "late": "late"}


class WorkTable(tables.Table):
    """Sites, those with most that is late first."""

    name = tables.Column(verbose_name=_("Site"), linkify=True, order_by="name_sort", attrs={"td": {"class": "c-title"}})
    lead = PersonColumn(verbose_name=_("Site lead"), order_by="lead__name_sort")
    people = FigureColumn(_("On site"), page="assignments", status="on_site")
    tasks_open = FigureColumn(_("Tasks not closed"), page="tasks", status="open")
    tasks_late = FigureColumn(_("Tasks late"), page="tasks", tone="danger", status="any", due="late")
    steps_late = FigureColumn(_("Steps late"), page="task_gantt", tone="danger")
    plans_waiting = FigureColumn(_("Plans to review"), page="plans", tone="info", status="in_review")
    reports_missing = FigureColumn(_("Reports missing"), page="obligations", tone="danger", **promises("work_report"))
    reviews_overdue = FigureColumn(_("Reviews overdue"), page="obligations", tone="danger", **promises("report_review"))
    problems_open = FigureColumn(_("Problems open"), page="work_problems", tone="warning", status="open")
    cases_open = FigureColumn(_("Quality cases open"), page="quality_cases", tone="warning")

    class Meta:
        model = Site
        fields = ("name", "lead")
        sequence = (
            "name", "lead", "people", "tasks_open", "tasks_late", "steps_late", "plans_waiting", "reports_missing",
            "reviews_overdue", "problems_open", "cases_open",
        )  # fmt: skip
