"""Lists of what stands in the way of work, and of what sites need of departments."""

import django_filters as filters
import django_tables2 as tables
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.communication.tables.enquiries import ONLY_EXPORTED
from apps.core.lookups import LookupFilter
from apps.core.tables import DayColumn, MomentColumn, PersonColumn, StatusColumn
from apps.core.templatetags import onsite
from apps.personnel.models import Department
from apps.personnel.tables.filters import visible_sites
from apps.workplans.models import Need, WorkProblem
from apps.workplans.obligations.problems import of_needs


def found_by(words: str) -> Q:
    """Problems by what stands in the way."""
    return Q(title__icontains=words.strip()) | Q(detail__icontains=words.strip())


class WorkProblemFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Search"), method="by_words")
    whose = filters.ChoiceFilter(
        label=_("Owner"),
        choices=[("mine", _("Mine")), ("raised", _("Raised by me"))],
        method="by_owner",
        empty_label=_("Everybody's"),
    )
    status = filters.ChoiceFilter(
        label=_("Status"), choices=[*WorkProblem.Status.choices, ("late", _("Late"))], method="by_status"
    )
    severity = filters.ChoiceFilter(label=_("How grave"), choices=WorkProblem.Severity.choices)
    site = LookupFilter(label=_("Site"), queryset=visible_sites)

    class Meta:
        model = WorkProblem
        fields = ["q", "whose", "status", "severity", "site"]

    def by_words(self, rows, name, words):
        return rows.filter(found_by(words))

    def by_owner(self, rows, name, whose):
        return rows.filter(**{"owner" if whose == "mine" else "raised_by": self.request.user})

    def by_status(self, rows, name, status):
        if status == "late":
            return rows.open().filter(due_on__lt=timezone.localdate())
        return rows.filter(status=status)


class WorkProblemTable(tables.Table):
    """Problems at work, first what is to be solved first."""

    title = tables.Column(verbose_name=_("What stands in the way"), linkify=True, attrs={"td": {"class": "c-title"}})
    severity = tables.Column(verbose_name=_("How grave"))
    site = tables.Column(verbose_name=_("Site"), order_by="site__name_sort")
    owner = PersonColumn(verbose_name=_("Owner"), order_by="owner__name_sort")
    raised_by = PersonColumn(verbose_name=_("Raised by"), order_by="raised_by__name_sort")
    raised_at = MomentColumn(verbose_name=_("Raised"), attrs=ONLY_EXPORTED)
    due_on = DayColumn(verbose_name=_("To be solved by"))
    status = StatusColumn()

    class Meta:
        model = WorkProblem
        fields = ("title", "severity", "site", "owner", "raised_by", "raised_at", "due_on", "status")

    def render_severity(self, record):
        major = record.severity == WorkProblem.Severity.MAJOR
        return onsite.badge(_("Major") if major else _("Minor"), "danger" if major else "neutral")

    def value_severity(self, record):
        return record.get_severity_display()


class NeedFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Search"), field_name="text", lookup_expr="icontains")
    department = filters.ModelChoiceFilter(label=_("Department"), queryset=Department.objects.all())
    site = LookupFilter(label=_("Site"), queryset=visible_sites, field_name="report__assignment__site")
    status = filters.ChoiceFilter(
        label=_("Status"), choices=[*Need.Status.choices, ("late", _("Answer is late"))], method="by_status"
    )

    class Meta:
        model = Need
        fields = ["q", "department", "site", "status"]

    def by_status(self, rows, name, status):
        if status == "late":
            return rows.filter(pk__in=of_needs().overdue(timezone.now()).values("subject_id"))
        return rows.filter(status=status)


class NeedTable(tables.Table):
    """What sites need, the newest first, with what the department says."""

    text = tables.Column(verbose_name=_("What is needed"), linkify=True, attrs={"td": {"class": "c-title"}})
    department = tables.Column(verbose_name=_("Department"), order_by="department__name_sort")
    site = tables.Column(
        verbose_name=_("Site"),
        accessor="report__assignment__site",
        order_by="report__assignment__site__name_sort",
    )
    person = PersonColumn(
        verbose_name=_("Person"),
        accessor="report__assignment__person",
        order_by="report__assignment__person__name_sort",
        attrs=ONLY_EXPORTED,
    )
    asked_at = MomentColumn(verbose_name=_("Asked"), attrs=ONLY_EXPORTED)
    need_by = DayColumn(verbose_name=_("Needed by"))
    answer_due_at = MomentColumn(verbose_name=_("Answer due"))
    answer = tables.Column(verbose_name=_("Answer"), attrs={"td": {"class": "c-wide"}})
    status = StatusColumn()

    class Meta:
        model = Need
        fields = ("text", "department", "site", "person", "asked_at", "need_by", "answer_due_at", "answer", "status")

    def render_text(self, value):
        return _cut(value)

    def value_text(self, value):
        return value

    def render_answer(self, value):
        return _cut(value)

    def value_answer(self, value):
        return value

    def render_answer_due_at(self, record):
        return onsite.due(record.answer_due_at, record.answered_at)

    def value_answer_due_at(self, value):
        return value


def _cut(words: str, most: int = 90) -> str:
    """As much as a row has room for."""
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"
