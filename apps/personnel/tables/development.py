"""The lists of talks, and of promotions and transfers."""

import django_filters as filters
import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from apps.core.lookups import LookupFilter
from apps.core.tables import DayColumn, PersonColumn, StatusColumn
from apps.core.templatetags import onsite
from apps.core.words import listed
from apps.personnel.models import CareerChange, DevelopmentTalk
from apps.personnel.tables.filters import visible_people, visible_sites

TITLE = {"td": {"class": "c-title"}}
NUMBER = {"td": {"class": "c-num"}, "th": {"class": "c-num"}}


class TalkFilter(filters.FilterSet):
    person = LookupFilter(label=_("Person"), queryset=visible_people, typed=True)
    site = LookupFilter(label=_("Site"), queryset=visible_sites)
    status = filters.ChoiceFilter(label=_("Status"), choices=DevelopmentTalk.Status.choices)

    class Meta:
        model = DevelopmentTalk
        fields = ["person", "site", "status"]


class TalkTable(tables.Table):
    person = PersonColumn(linkify=lambda record: record.get_absolute_url(), order_by="person__name_sort", attrs=TITLE)
    site = tables.Column(order_by="site__name_sort")
    held_on = DayColumn()
    held_by = PersonColumn(order_by="held_by__name_sort")
    goals = tables.Column(verbose_name=_("Goals open"), accessor="open_goals", attrs=NUMBER)
    status = StatusColumn()

    class Meta:
        model = DevelopmentTalk
        fields = ("person", "site", "held_on", "held_by", "goals", "status")
        order_by = "-held_on"


class CareerFilter(filters.FilterSet):
    person = LookupFilter(label=_("Person"), queryset=visible_people, typed=True)
    kind = filters.ChoiceFilter(label=_("Kind"), choices=CareerChange.Kind.choices)

    class Meta:
        model = CareerChange
        fields = ["person", "kind"]


class CareerTable(tables.Table):
    person = PersonColumn(linkify=lambda record: record.get_absolute_url(), order_by="person__name_sort", attrs=TITLE)
    kind = tables.Column()
    effective_on = DayColumn()
    grade = tables.Column(order_by="grade__rank")
    department = tables.Column(order_by="department__name_sort")
    basis = tables.Column(verbose_name=_("Rests on"), accessor="pk", orderable=False)

    class Meta:
        model = CareerChange
        fields = ("person", "kind", "effective_on", "grade", "department", "basis")
        order_by = "-effective_on"

    def render_kind(self, record):
        return onsite.badge(record.get_kind_display(), "success" if record.kind == "promotion" else "info")

    def value_kind(self, record):
        return str(record.get_kind_display())

    def render_basis(self, record):
        found = [_("talk") if record.talk_id else "", record.enrolment.session.course.name if record.enrolment else ""]
        return listed(str(one) for one in found if one)
