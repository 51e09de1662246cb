"""The stream of reports and its filters."""

import django_filters as filters
import django_tables2 as tables
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core.forms import DayInput
from apps.core.lookups import LookupFilter
from apps.core.obligations import by_lateness
from apps.core.tables import MomentColumn, PersonColumn, StatusColumn
from apps.core.templatetags import onsite
from apps.personnel.tables.filters import visible_people, visible_sites
from apps.workplans.models import Report
from apps.workplans.obligations.reports import REPORT_REVIEW


class ReportFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("What was reported"), field_name="done", lookup_expr="icontains")
    person = LookupFilter(label=_("Person"), field_name="assignment__person", queryset=visible_people, typed=True)
    site = LookupFilter(label=_("Site"), field_name="assignment__site", queryset=visible_sites)
    status = filters.ChoiceFilter(label=_("Status"), choices=Report.Status.choices)
    channel = filters.ChoiceFilter(label=_("How"), choices=Report.Channel.choices)
    since = filters.DateFilter(label=_("From"), field_name="ends_on", lookup_expr="gte", widget=DayInput)
    until = filters.DateFilter(label=_("Until"), field_name="begins_on", lookup_expr="lte", widget=DayInput)
    review = filters.ChoiceFilter(
        label=_("Reviewed in time?"),
        choices=[("late", _("Late, now or ever")), ("in_time", _("In time"))],
        method="by_review",
    )

    class Meta:
        model = Report
        fields = ["q", "person", "site", "status", "channel", "since", "until", "review"]

    def by_review(self, rows, name, wanted):
        return by_lateness(rows, wanted == "late", timezone.now(), REPORT_REVIEW)


class ReportTable(tables.Table):
    """Reports, the newest first."""

    done = tables.Column(
        verbose_name=_("What moved"),
        linkify=lambda record: record.get_absolute_url(),
        orderable=False,
        attrs={"td": {"class": "c-title"}},
    )
    person = PersonColumn(
        verbose_name=_("Person"), accessor="assignment__person", order_by="assignment__person__name_sort"
    )
    site = tables.Column(verbose_name=_("Site"), accessor="assignment__site", order_by="assignment__site__name_sort")
    period = tables.Column(verbose_name=_("Period"), order_by="ends_on", attrs={"td": {"class": "c-code"}})
    channel = tables.Column(verbose_name=_("How"))
    filed_at = MomentColumn(verbose_name=_("Filed"))
    status = StatusColumn()

    class Meta:
        model = Report
        fields = ("done", "person", "site", "period", "channel", "filed_at", "status")

    def render_done(self, record):
        return record.done[:160]

    def value_done(self, record):
        return record.done

    def render_period(self, record):
        extra = onsite.badge(_("addition"), "neutral") if record.extra else ""
        return format_html("{} {}", record.period, extra)

    def value_period(self, record):
        return record.period
