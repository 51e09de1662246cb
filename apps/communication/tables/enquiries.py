"""The lists of enquiries and of mail to be sorted."""

import django_filters as filters
import django_tables2 as tables
from django.db.models import Q
from django.forms import CheckboxInput
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.communication.actions.sorting import UNSORTED
from apps.communication.models import Enquiry, InboundMail
from apps.communication.obligations.enquiries import CLIENT_REPLY
from apps.core.lookups import LookupFilter
from apps.core.obligations import by_lateness
from apps.core.tables import MomentColumn, PersonColumn, StatusColumn
from apps.core.templatetags import onsite
from apps.personnel.models import ClientContact
from apps.personnel.tables.filters import visible_people, visible_sites


class EnquiryFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Number, subject, contact"), method="by_words")
    status = filters.ChoiceFilter(label=_("Status"), choices=Enquiry.Status)
    site = LookupFilter(label=_("Site"), queryset=visible_sites)
    owner = LookupFilter(label=_("Owner"), queryset=visible_people, typed=True)
    late = filters.ChoiceFilter(
        label=_("In time?"), choices=[("late", _("Late, now or ever")), ("in_time", _("In time"))], method="by_lateness"
    )
    mine = filters.BooleanFilter(label=_("Mine"), method="by_me", widget=CheckboxInput)

    class Meta:
        model = Enquiry
        fields = ["q", "status", "site", "owner", "late", "mine"]

    def by_words(self, rows, name, words):
        return rows.filter(found_by(words))

    def by_lateness(self, rows, name, wanted):
        return by_lateness(rows, wanted == "late", timezone.now(), CLIENT_REPLY)

    def by_me(self, rows, name, wanted):
        return rows.filter(owner=self.request.user) if wanted else rows


MOST_CONTACTS = 500


def found_by(words: str) -> Q:
    """Enquiries by number, subject or contact."""
    words = words.strip()
    number = words.upper().strip("[]#").removeprefix("E-")
    # The ids first: each part of the "or" then finds its rows by an index.
    contacts = list(ClientContact.objects.filter(name__icontains=words).values_list("pk", flat=True)[:MOST_CONTACTS])
    return Q(subject__icontains=words) | Q(token__startswith=number) | Q(contact__in=contacts)


# Shown together with another column; of its own only in a spreadsheet.
ONLY_EXPORTED = {"td": {"class": "d-none"}, "th": {"class": "d-none"}}


class EnquiryTable(tables.Table):
    """Clients' questions, the newest first; rows come with `due_at` and `late`."""

    subject = tables.Column(verbose_name=_("Question"), empty_values=(), attrs={"td": {"class": "c-title"}})
    number = tables.Column(verbose_name=_("Number"), order_by="token", attrs=ONLY_EXPORTED)
    site = tables.Column(verbose_name=_("Site"), order_by="site__name_sort")
    contact = tables.Column(verbose_name=_("Client contact"), order_by="contact__name_sort", attrs=ONLY_EXPORTED)
    owner = PersonColumn(verbose_name=_("Owner"), order_by="owner__name_sort")
    arrived_at = MomentColumn(verbose_name=_("Arrived"))
    due_at = MomentColumn(verbose_name=_("24 hours"), order_by="opened_at")
    status = StatusColumn()
    entered_afterwards = tables.Column(verbose_name=_("Entered afterwards"), orderable=False, attrs=ONLY_EXPORTED)

    class Meta:
        model = Enquiry
        fields = ("subject", "number", "site", "contact", "owner", "arrived_at", "due_at", "status")
        order_by = "-arrived_at"

    def render_subject(self, record):
        return format_html(
            '<div><a href="{}">{}</a><span class="row-more">{} {}</span></div>',
            record.get_absolute_url(),
            record,
            record.number,
            onsite.badge(gettext("entered afterwards"), "warning") if record.entered_afterwards else "",
        )

    def value_subject(self, record):
        return str(record)

    def render_site(self, record):
        return format_html('<div>{}<span class="row-more">{}</span></div>', record.site, record.contact or "")

    def value_site(self, record):
        return str(record.site)

    def render_due_at(self, record):
        return clock(record)

    def value_due_at(self, value):
        return value

    def value_entered_afterwards(self, value):
        return gettext("yes") if value else ""


def clock(enquiry):
    """How the 24 hours stand: time left, overdue, kept, and whether the question ever was late."""
    if enquiry.status == Enquiry.Status.CLOSED and enquiry.first_answer_at is None:
        return onsite.badge(gettext("no answer needed"))
    shown = onsite.due(enquiry.due_at, enquiry.first_answer_at)
    was_late = enquiry.late and enquiry.first_answer_at is not None and enquiry.first_answer_at <= enquiry.due_at
    if was_late and enquiry.breached_at:
        return onsite.badge(gettext("recorded after the clock ran out"), "danger")
    return format_html("{} {}", shown, onsite.badge(gettext("was late"), "danger")) if was_late else shown


class MailFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Sender, subject"), method="by_words")
    status = filters.ChoiceFilter(
        label=_("Status"),
        choices=[
            ("unsorted", _("To be sorted")),
            *((value, words) for value, words in InboundMail.Status.choices if value != InboundMail.Status.TRIAGE),
            ("any", _("Any status")),
        ],
        method="by_status",
        empty_label=None,
    )

    class Meta:
        model = InboundMail
        fields = ["q", "status"]

    def by_words(self, rows, name, words):
        return rows.filter(Q(sender__icontains=words) | Q(sender_name__icontains=words) | Q(subject__icontains=words))

    def by_status(self, rows, name, status):
        if status == "any":
            return rows
        return rows.filter(status__in=UNSORTED) if status == "unsorted" else rows.filter(status=status)


class MailTable(tables.Table):
    """Letters as they came."""

    subject = tables.Column(
        verbose_name=_("Subject"), linkify=True, empty_values=(), attrs={"td": {"class": "c-title"}}
    )
    sender = tables.Column(verbose_name=_("Sender"), attrs={"td": {"class": "c-break"}})
    arrived_at = MomentColumn(verbose_name=_("Arrived"))
    reason = tables.Column(verbose_name=_("Why it is here"), orderable=False, attrs={"td": {"class": "c-wide"}})
    site = tables.Column(verbose_name=_("Site"))
    status = StatusColumn()

    class Meta:
        model = InboundMail
        fields = ("subject", "sender", "arrived_at", "reason", "site", "status")
        order_by = "-arrived_at"

    def render_subject(self, record):
        return str(record)

    def render_reason(self, value):
        return gettext(value) if value else ""
