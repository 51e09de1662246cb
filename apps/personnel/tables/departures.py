"""Lists of departures, handovers, and who is gone without approval (2.2.2)."""

import django_filters as filters
import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from apps.core.lookups import LookupFilter
from apps.core.tables import DayColumn, MomentColumn, PersonColumn, StatusColumn
from apps.personnel.models import Departure, Handover, UnapprovedAbsence
from apps.personnel.tables.filters import Searched, visible_sites

WORDS = ("assignment__person__name", "assignment__person__number", "assignment__site__name")


class LeavingTable(tables.Table):
    """Rows about an assignment: who, where."""

    person = tables.Column(
        verbose_name=_("Person"),
        accessor="assignment__person",
        linkify=lambda record: record.get_absolute_url(),
        order_by="assignment__person__name_sort",
        attrs={"td": {"class": "c-title"}},
    )
    site = tables.Column(verbose_name=_("Site"), accessor="assignment__site", order_by="assignment__site__name_sort")


class DepartureFilter(Searched):
    words_in = WORDS
    status = filters.ChoiceFilter(label=_("Status"), choices=Departure.Status.choices)
    site = LookupFilter(label=_("Site"), queryset=visible_sites, field_name="assignment__site")

    class Meta:
        model = Departure
        fields = ["q", "status", "site"]


class DepartureTable(LeavingTable):
    """Who asks to leave early."""

    last_day = DayColumn()
    asked_by = PersonColumn(order_by="asked_by__name_sort")
    asked_at = MomentColumn(verbose_name=_("Asked"))
    status = StatusColumn()

    class Meta:
        model = Departure
        fields = ("person", "site", "last_day", "asked_by", "asked_at", "status")
        order_by = "-asked_at"


class HandoverFilter(Searched):
    words_in = WORDS
    status = filters.ChoiceFilter(label=_("Status"), choices=Handover.Status.choices)
    site = LookupFilter(label=_("Site"), queryset=visible_sites, field_name="assignment__site")

    class Meta:
        model = Handover
        fields = ["q", "status", "site"]


class HandoverTable(LeavingTable):
    """What is being handed over; rows come with `settled_count` and `item_count`."""

    last_day = DayColumn()
    settled = tables.Column(
        verbose_name=_("Settled"),
        accessor="item_count",
        orderable=False,
        attrs={"td": {"class": "c-num"}, "th": {"class": "c-num"}},
    )
    signed_at = MomentColumn(verbose_name=_("Signed"))
    status = StatusColumn()

    class Meta:
        model = Handover
        fields = ("person", "site", "last_day", "settled", "signed_at", "status")
        order_by = "last_day"

    def render_settled(self, record):
        return f"{record.settled_count} / {record.item_count}"

    def value_settled(self, record):
        return f"{record.settled_count}/{record.item_count}"


class AbsenceFilter(Searched):
    words_in = WORDS
    status = filters.ChoiceFilter(label=_("Status"), choices=UnapprovedAbsence.Status.choices)
    result = filters.ChoiceFilter(label=_("How it came out"), choices=UnapprovedAbsence.Result.choices)
    site = LookupFilter(label=_("Site"), queryset=visible_sites, field_name="assignment__site")

    class Meta:
        model = UnapprovedAbsence
        fields = ["q", "status", "result", "site"]


class AbsenceTable(LeavingTable):
    """Who is gone without approval."""

    gone_since = DayColumn()
    reported_by = PersonColumn(order_by="reported_by__name_sort")
    reported_at = MomentColumn(verbose_name=_("Reported"))
    status = StatusColumn()
    result = tables.Column(verbose_name=_("How it came out"))

    class Meta:
        model = UnapprovedAbsence
        fields = ("person", "site", "gone_since", "reported_by", "reported_at", "status", "result")
        order_by = "-reported_at"
