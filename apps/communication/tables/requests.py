"""The list of clients' requests."""

import django_filters as filters
import django_tables2 as tables
from django.db.models import Q
from django.forms import CheckboxInput
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.communication.models import ClientRequest
from apps.core.lookups import LookupFilter
from apps.core.obligations import by_lateness
from apps.core.tables import MomentColumn, PersonColumn, StatusColumn
from apps.core.templatetags import onsite
from apps.personnel.tables.filters import visible_people, visible_sites


def found_by(words: str) -> Q:
    """Requests by what is wanted, or by contact."""
    return Q(title__icontains=words.strip()) | Q(contact__name__icontains=words.strip())


class RequestFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("What, contact"), method="by_words")
    status = filters.ChoiceFilter(
        label=_("Status"), choices=[("open", _("New or accepted")), *ClientRequest.Status.choices], method="by_status"
    )
    site = LookupFilter(label=_("Site"), queryset=visible_sites)
    owner = LookupFilter(label=_("Owner"), queryset=visible_people, typed=True)
    late = filters.ChoiceFilter(
        label=_("In time?"), choices=[("late", _("Late, now or ever")), ("in_time", _("In time"))], method="by_lateness"
    )
    mine = filters.BooleanFilter(label=_("Mine"), method="by_me", widget=CheckboxInput)

    class Meta:
        model = ClientRequest
        fields = ["q", "status", "site", "owner", "late", "mine"]

    def by_words(self, rows, name, words):
        return rows.filter(found_by(words))

    def by_status(self, rows, name, status):
        wanted = [ClientRequest.Status.NEW, ClientRequest.Status.ACCEPTED] if status == "open" else [status]
        return rows.filter(status__in=wanted)

    def by_lateness(self, rows, name, wanted):
        return by_lateness(rows, wanted == "late", timezone.now())

    def by_me(self, rows, name, wanted):
        return rows.filter(owner=self.request.user) if wanted else rows


class RequestTable(tables.Table):
    """What clients want, the newest first; rows come with `late`."""

    title = tables.Column(verbose_name=_("What is wanted"), linkify=True, attrs={"td": {"class": "c-title"}})
    site = tables.Column(verbose_name=_("Site"), order_by="site__name_sort")
    contact = tables.Column(verbose_name=_("Client contact"), order_by="contact__name_sort")
    owner = PersonColumn(verbose_name=_("Owner"), order_by="owner__name_sort")
    received_at = MomentColumn(verbose_name=_("Asked"))
    agreed_due_at = MomentColumn(verbose_name=_("Agreed due time"))
    status = StatusColumn()

    class Meta:
        model = ClientRequest
        fields = ("title", "site", "contact", "owner", "received_at", "agreed_due_at", "status")
        order_by = "-received_at"

    def render_agreed_due_at(self, record):
        return clock(record)

    def value_agreed_due_at(self, value):
        return value


def clock(request):
    """How the agreed time stands, and where that does not tell it already: that a promise about it was late."""
    done_at = request.closed_at if request.status == ClientRequest.Status.DONE else None
    shown = onsite.due(request.agreed_due_at, done_at)
    late_now = request.agreed_due_at is not None and request.agreed_due_at < (done_at or timezone.now())
    if not request.late or late_now:
        return shown
    return format_html("{} {}", shown, onsite.badge(gettext("was late"), "danger"))
