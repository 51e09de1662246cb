"""The list of plans and its filters."""

import django_filters as filters
import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from apps.core.lookups import LookupFilter
from apps.core.tables import MomentColumn, PersonColumn, StatusColumn
from apps.personnel.tables.filters import visible_people, visible_sites
from apps.workplans.models import Plan


class PlanFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Task"), field_name="task__title", lookup_expr="icontains")
    status = filters.ChoiceFilter(label=_("Status"), choices=Plan.Status.choices)
    site = LookupFilter(label=_("Site"), field_name="task__site", queryset=visible_sites)
    owner = LookupFilter(label=_("Owner"), field_name="task__owner", queryset=visible_people, typed=True)

    class Meta:
        model = Plan
        fields = ["q", "status", "site", "owner"]


class PlanTable(tables.Table):
    """Versions of plans, the last one written first."""

    task = tables.Column(
        verbose_name=_("Task"), linkify=lambda record: record.get_absolute_url(), attrs={"td": {"class": "c-title"}}
    )
    version = tables.Column(verbose_name=_("Version"), attrs={"td": {"class": "c-num"}, "th": {"class": "c-num"}})
    site = tables.Column(verbose_name=_("Site"), accessor="task__site", order_by="task__site__name_sort")
    owner = PersonColumn(verbose_name=_("Owner"), accessor="task__owner", order_by="task__owner__name_sort")
    submitted_at = MomentColumn(verbose_name=_("Submitted"))
    decided_at = MomentColumn(verbose_name=_("Decided"))
    status = StatusColumn()

    class Meta:
        model = Plan
        fields = ("task", "version", "site", "owner", "submitted_at", "decided_at", "status")
        order_by = "-submitted_at"
