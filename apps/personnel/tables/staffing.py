"""The list of staffing requests."""

import django_filters as filters
import django_tables2 as tables
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.lookups import LookupFilter
from apps.core.tables import DayColumn, PersonColumn, StatusColumn
from apps.personnel.models import StaffingRequest
from apps.personnel.tables.filters import Searched, visible_sites


def found_by(words: str, *columns: str) -> Q:
    """Requests by their words, or by number: SR-00012 or 12."""
    plain = words.strip()
    digits = plain.upper().removeprefix("SR-")
    rule = Q(pk=int(digits)) if digits.isdecimal() and len(digits) < 10 else Q()
    for column in columns:
        rule |= Q(**{f"{column}__icontains": plain})
    return rule


class StaffingFilter(Searched):
    words_in = ("position", "site__name", "detail")
    status = filters.ChoiceFilter(label=_("Status"), choices=StaffingRequest.Status.choices)
    site = LookupFilter(label=_("Site"), queryset=visible_sites)

    class Meta:
        model = StaffingRequest
        fields = ["q", "status", "site"]

    def by_words(self, rows, name, words):
        return rows.filter(found_by(words, *self.words_in))


class StaffingTable(tables.Table):
    """What sites ask for; rows come with `taken`."""

    position = tables.Column(linkify=True, attrs={"td": {"class": "c-title"}})
    site = tables.Column(order_by="site__name_sort")
    seats = tables.Column(
        verbose_name=_("Found"),
        accessor="headcount",
        attrs={"td": {"class": "c-num"}, "th": {"class": "c-num"}},
    )
    since = DayColumn()
    planned_to = DayColumn(verbose_name=_("Planned to"))
    asked_by = PersonColumn(order_by="asked_by__name_sort")
    status = StatusColumn()

    class Meta:
        model = StaffingRequest
        fields = ("position", "site", "seats", "since", "planned_to", "asked_by", "status")
        order_by = ("-status", "since")  # open, filled, closed

    def render_position(self, record):
        return f"{record.number} · {record.position}"

    def value_position(self, record):
        return self.render_position(record)

    def render_seats(self, record):
        return f"{record.taken} / {record.headcount}"

    def value_seats(self, record):
        return f"{record.taken}/{record.headcount}"
