"""Columns of the core's lists, and the columns every list may use."""

from functools import lru_cache
from inspect import ismethod

import django_tables2 as tables
from django.core.paginator import Paginator
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core.notifications import Delivery
from apps.core.obligations import Obligation
from apps.core.templatetags import onsite

# django-tables2 asks anew for each cell what its column's render wants to know: a twentieth of a page.
look_up = tables.utils.signature


@lru_cache(1000)
def _signature(function, bound: bool) -> tuple[tuple[str, ...], str | None]:
    names, rest = look_up(function)
    return names[bound:], rest


tables.utils.signature = lambda render: _signature(getattr(render, "__func__", render), ismethod(render))


class BoundedPaginator(Paginator):
    """Counts no further than `COUNTED`: nobody turns a hundred pages, and counting a million rows takes long."""

    COUNTED = 2_500
    MOST = 100  # rows of a page, whatever its address asks for

    def __init__(self, rows, per_page, *args, **options):
        """Rows that are equal in what people sort by stand in the order of their ids: no page repeats or skips one."""
        data = rows.data
        wanted = data.data.query.order_by
        if wanted and not {"pk", "-pk", "id", "-id"} & set(wanted):
            data.data = data.data.order_by(*wanted, "pk")
        super().__init__(rows, min(max(per_page, 1), self.MOST), *args, **options)

    @cached_property
    def seen(self) -> int:
        return self.object_list.data.data.order_by().values("pk")[: self.COUNTED + 1].count()

    @property
    def count(self) -> int:
        return min(self.seen, self.COUNTED)

    @property
    def has_more(self) -> bool:
        return self.seen > self.COUNTED


class DayColumn(tables.Column):
    """A day; exported as one."""

    def render(self, value):
        return onsite.moment(value)

    def value(self, value):
        return value


class MomentColumn(DayColumn):
    """A moment in the reader's zone; exported as one, with the zone."""


class StatusColumn(tables.Column):
    """The record's status as a coloured word; exported as the word."""

    def __init__(self, *args, **options):
        options.setdefault("verbose_name", _("Status"))
        options.setdefault("attrs", {"td": {"class": "c-status"}})
        super().__init__(*args, **options)

    def render(self, record):
        return onsite.status(record)

    def value(self, record):
        return record.get_status_display()


class PersonColumn(tables.Column):
    """A person with their disc; exported as the name."""

    def render(self, value):
        return onsite.person(value)

    def value(self, value):
        return str(value) if value else ""


class ObligationTable(tables.Table):
    """What is owed, first what is due first."""

    title = tables.Column(verbose_name=_("What"), linkify=lambda record: record.url, attrs={"td": {"class": "c-title"}})
    kind = tables.Column(verbose_name=_("Promise"), attrs={"td": {"class": "c-wide"}})
    site = tables.Column(verbose_name=_("Site"))
    owner = PersonColumn(verbose_name=_("Owner"), order_by="owner__name_sort")
    due_at = MomentColumn(verbose_name=_("Due"))
    status = StatusColumn()
    hand_over = tables.TemplateColumn(
        template_name="core/obligation_hand_over.html",
        verbose_name="",
        accessor="pk",
        orderable=False,
        exclude_from_export=True,
    )

    class Meta:
        model = Obligation
        fields = ("title", "kind", "site", "owner", "due_at", "status", "hand_over")
        order_by = "due_at"

    def render_kind(self, record):
        return format_html('{} <span class="nowrap">{}</span>', record.label, onsite.clause(record.clause))

    def value_kind(self, record):
        return f"{record.label} {record.clause}"

    def render_due_at(self, record):
        if record.status == Obligation.Status.DROPPED:
            return onsite.moment(record.due_at)
        late = onsite.badge(_("late"), "danger", "flame") if record.late and record.met_at else ""
        return format_html("{} {}", onsite.due(record.due_at, record.met_at), late)

    def value_due_at(self, value):
        return value


class DeliveryTable(tables.Table):
    """What is on its way out of the house, or could not leave it."""

    notification = tables.Column(
        verbose_name=_("Notice"),
        accessor="notification__kind_label",
        orderable=False,
        attrs={"td": {"class": "c-title"}},
    )
    person = PersonColumn(
        verbose_name=_("To"), accessor="notification__person", order_by="notification__person__name_sort"
    )
    channel = tables.Column(verbose_name=_("Channel"))
    created = MomentColumn(verbose_name=_("Told"), accessor="notification__created_at")
    next_try_at = MomentColumn(verbose_name=_("Next try"))
    attempts = tables.Column(verbose_name=_("Tries"), attrs={"td": {"class": "c-num"}, "th": {"class": "c-num"}})
    error = tables.Column(verbose_name=_("What went wrong"), default="", attrs={"td": {"class": "c-wide"}})
    status = StatusColumn()
    resend = tables.TemplateColumn(
        template_name="core/delivery_resend.html",
        verbose_name="",
        orderable=False,
        exclude_from_export=True,
    )

    class Meta:
        model = Delivery
        fields = ("notification", "person", "channel", "created", "next_try_at", "attempts", "error", "status")
        sequence = (*fields, "resend")

    def render_channel(self, record):
        return f"{record.get_channel_display()} {record.robot or ''}"
