"""Lists of assessments: people by months, one by one, and what follows from poor ones."""

import django_filters as filters
import django_tables2 as tables
from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.communication.tables.enquiries import ONLY_EXPORTED
from apps.core.lookups import LookupFilter
from apps.core.tables import DayColumn, MomentColumn, PersonColumn, StatusColumn
from apps.core.templatetags import onsite
from apps.personnel.models import Assignment
from apps.personnel.tables.filters import visible_sites
from apps.workplans import access
from apps.workplans.models import QualityAssessment, QualityCase

NO_DATA = "–"


def figure(value) -> str:
    """An indicator in a row; a dash where nothing is known."""
    return NO_DATA if value is None else str(value)


class MonthInput(forms.TextInput):
    input_type = "month"


class PeopleFilter(filters.FilterSet):
    """Whom the overview shows; `until` is its last month, read by the page."""

    q = filters.CharFilter(label=_("Person"), method="by_words")
    site = LookupFilter(label=_("Site"), queryset=visible_sites)
    state = filters.ChoiceFilter(
        label=_("State"), choices=[("missing", _("To be assessed")), ("below", _("Below standard"))], method="by_state"
    )
    until = filters.CharFilter(label=_("Until month"), method="as_it_is", widget=MonthInput)

    class Meta:
        model = Assignment
        fields = ["q", "site", "state", "until"]

    def by_words(self, rows, name, words):
        found = Q(person__name__icontains=words.strip()) | Q(
            person__name_letters__startswith=words.lower().replace(" ", "")
        )
        return rows.filter(found)

    def by_state(self, rows, name, state):
        return rows.filter(owed__len__gt=0) if state == "missing" else rows.filter(poor=True)

    def as_it_is(self, rows, name, value):
        return rows


class MonthColumn(tables.Column):
    """The three indicators of one month, or that they are missing."""

    def __init__(self, month, **options):
        self.month = month
        super().__init__(
            verbose_name=date_format(month, "YEAR_MONTH_FORMAT"), accessor="pk", orderable=False, **options
        )

    def given(self, record) -> QualityAssessment | None:
        return next((one for one in record.given if one.month == self.month), None)

    def render(self, record, table):
        one = self.given(record)
        key = f"{self.month:%Y-%m}"
        if one is not None:
            words = f"{figure(one.completion)} · {one.results} · {figure(one.satisfaction)}"
            shown = onsite.badge(words, "danger" if one.below else "success")
            return format_html('<a class="mark-link" href="{}">{}</a>', one.get_absolute_url(), shown)
        if key not in record.owed:
            return NO_DATA
        shown = onsite.badge(_("to assess"), "warning")
        if not access.may_assess(table.request.user, record):
            return shown
        address = f"{reverse('assignment_assess', args=[record.pk])}?month={key}"
        return format_html('<a class="mark-link" href="{}">{}</a>', address, shown)

    def value(self, record):
        one = self.given(record)
        if one is not None:
            words = f"{figure(one.completion)} / {one.results} / {figure(one.satisfaction)}"
            return f"{words} ({_('below standard')})" if one.below else words
        return str(_("to assess")) if f"{self.month:%Y-%m}" in record.owed else ""


class PeopleTable(tables.Table):
    """Everybody one answers for, month by month."""

    person = PersonColumn(
        verbose_name=_("Person"), order_by="person__name_sort", attrs={"td": {"class": "c-title"}}, linkify=True
    )
    site = tables.Column(verbose_name=_("Site"), order_by="site__name_sort")

    class Meta:
        model = Assignment
        fields = ("person", "site")
        order_by = ("person",)


class AssessmentFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Person"), field_name="assignment__person__name", lookup_expr="icontains")
    site = LookupFilter(label=_("Site"), queryset=visible_sites, field_name="assignment__site")
    below = filters.ChoiceFilter(
        label=_("Standard"),
        choices=[("yes", _("Below standard")), ("no", _("Up to standard"))],
        method="by_standard",
    )

    class Meta:
        model = QualityAssessment
        fields = ["q", "site", "below"]

    def by_standard(self, rows, name, wanted):
        return rows.filter(below=wanted == "yes")


class AssessmentTable(tables.Table):
    """Assessments, the newest month first."""

    person = PersonColumn(
        verbose_name=_("Person"),
        accessor="assignment__person",
        order_by="assignment__person__name_sort",
        linkify=lambda record: record.get_absolute_url(),
        attrs={"td": {"class": "c-title"}},
    )
    site = tables.Column(verbose_name=_("Site"), accessor="assignment__site", order_by="assignment__site__name_sort")
    month = tables.Column(verbose_name=_("Month"))
    completion = tables.Column(verbose_name=_("Task completion"), attrs={"td": {"class": "c-num"}})
    results = tables.Column(verbose_name=_("Quality of results"), attrs={"td": {"class": "c-num"}})
    satisfaction = tables.Column(verbose_name=_("Client satisfaction"), attrs={"td": {"class": "c-num"}})
    assessed_by = PersonColumn(verbose_name=_("Assessed by"), order_by="assessed_by__name_sort", attrs=ONLY_EXPORTED)
    below = StatusColumn(verbose_name=_("Standard"))

    class Meta:
        model = QualityAssessment
        fields = ("person", "site", "month", "completion", "results", "satisfaction", "assessed_by", "below")
        order_by = ("-month", "person")

    def render_month(self, value):
        return date_format(value, "YEAR_MONTH_FORMAT")

    def value_month(self, value):
        return f"{value:%Y-%m}"

    def render_completion(self, value):
        return f"{value} %"

    def value_completion(self, value):
        return value

    def render_satisfaction(self, value):
        return f"{value} %"

    def value_satisfaction(self, value):
        return value

    def render_results(self, record):
        return f"{record.results} / 5"

    def value_results(self, record):
        return record.results


class CaseFilter(filters.FilterSet):
    q = filters.CharFilter(
        label=_("Person"), field_name="assessment__assignment__person__name", lookup_expr="icontains"
    )
    site = LookupFilter(label=_("Site"), queryset=visible_sites, field_name="assessment__assignment__site")
    status = filters.ChoiceFilter(label=_("Status"), choices=QualityCase.Status.choices)
    decision = filters.ChoiceFilter(label=_("What follows"), choices=QualityCase.Decision.choices)

    class Meta:
        model = QualityCase
        fields = ["q", "site", "status", "decision"]


class CaseTable(tables.Table):
    """Cases, the newest first."""

    person = PersonColumn(
        verbose_name=_("Person"),
        accessor="assessment__assignment__person",
        order_by="assessment__assignment__person__name_sort",
        linkify=lambda record: record.get_absolute_url(),
        attrs={"td": {"class": "c-title"}},
    )
    site = tables.Column(
        verbose_name=_("Site"),
        accessor="assessment__assignment__site",
        order_by="assessment__assignment__site__name_sort",
    )
    month = tables.Column(verbose_name=_("Month"), accessor="assessment__month")
    opened_at = MomentColumn(verbose_name=_("Opened"))
    statement_at = MomentColumn(verbose_name=_("Statement given"))
    decision = tables.Column(verbose_name=_("What follows"))
    decided_by = PersonColumn(verbose_name=_("Decided by"), order_by="decided_by__name_sort")
    follow_up_on = DayColumn(verbose_name=_("Follow-up on"))
    status = StatusColumn()

    class Meta:
        model = QualityCase
        fields = (
            "person",
            "site",
            "month",
            "opened_at",
            "statement_at",
            "decision",
            "decided_by",
            "follow_up_on",
            "status",
        )
        order_by = "-opened_at"

    def render_month(self, value):
        return date_format(value, "YEAR_MONTH_FORMAT")

    def value_month(self, value):
        return f"{value:%Y-%m}"

    def render_decision(self, record):
        return record.get_decision_display() or NO_DATA

    def value_decision(self, record):
        return record.get_decision_display()
