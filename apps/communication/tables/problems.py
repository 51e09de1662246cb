"""The list of complaints and major problems."""

import django_filters as filters
import django_tables2 as tables
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.communication.models import Problem
from apps.core.lookups import LookupFilter
from apps.core.tables import MomentColumn, PersonColumn, StatusColumn
from apps.core.templatetags import onsite
from apps.personnel.tables.filters import visible_sites


def found_by(words: str) -> Q:
    """Problems by what happened."""
    return Q(title__icontains=words.strip()) | Q(detail__icontains=words.strip())


class ProblemFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("What happened"), method="by_words")
    kind = filters.ChoiceFilter(label=_("Kind"), choices=Problem.Kind.choices)
    status = filters.ChoiceFilter(
        label=_("Status"), choices=[("open", _("Not closed")), *Problem.Status.choices], method="by_status"
    )
    site = LookupFilter(label=_("Site"), queryset=visible_sites)

    class Meta:
        model = Problem
        fields = ["q", "kind", "status", "site"]

    def by_words(self, rows, name, words):
        return rows.filter(found_by(words))

    def by_status(self, rows, name, status):
        return rows.exclude(status=Problem.Status.CLOSED) if status == "open" else rows.filter(status=status)


class ProblemTable(tables.Table):
    """Complaints and major problems, the newest first."""

    title = tables.Column(verbose_name=_("What happened"), linkify=True, attrs={"td": {"class": "c-title"}})
    kind = tables.Column(verbose_name=_("Kind"))
    site = tables.Column(verbose_name=_("Site"), order_by="site__name_sort")
    raised_by = PersonColumn(verbose_name=_("Raised by"), order_by="raised_by__name_sort")
    raised_at = MomentColumn(verbose_name=_("Raised"))
    acknowledged_by = PersonColumn(verbose_name=_("Acknowledged by"), order_by="acknowledged_by__name_sort")
    status = StatusColumn()

    class Meta:
        model = Problem
        fields = ("title", "kind", "site", "raised_by", "raised_at", "acknowledged_by", "status")
        order_by = "-raised_at"

    def render_kind(self, record):
        return onsite.badge(record.get_kind_display(), "danger" if record.kind == Problem.Kind.MAJOR else "warning")

    def value_kind(self, record):
        return record.get_kind_display()
