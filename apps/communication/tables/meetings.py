"""The lists of meetings, of who will miss the month, and of waivers."""

import django_filters as filters
import django_tables2 as tables
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.communication.models import Meeting, MeetingWaiver
from apps.core.forms import DayInput
from apps.core.lookups import LookupFilter
from apps.core.obligations import Obligation
from apps.core.tables import MomentColumn, PersonColumn, StatusColumn
from apps.core.templatetags import onsite
from apps.personnel.tables.filters import visible_sites

TITLE = {"td": {"class": "c-title"}}


def found_by(words: str) -> Q:
    """Meetings by what they are about, where, or by who organised them."""
    words = words.strip()
    return Q(agenda__icontains=words) | Q(place__icontains=words) | Q(organiser__name__icontains=words)


class MeetingFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("About, place, organiser"), method="by_words")
    site = LookupFilter(label=_("Site"), queryset=visible_sites)
    mode = filters.ChoiceFilter(label=_("How"), choices=Meeting.Mode.choices)
    status = filters.ChoiceFilter(label=_("Status"), choices=Meeting.Status.choices)
    since = filters.DateFilter(label=_("From"), field_name="begins_at", lookup_expr="date__gte", widget=DayInput)
    until = filters.DateFilter(label=_("To"), field_name="begins_at", lookup_expr="date__lte", widget=DayInput)

    class Meta:
        model = Meeting
        fields = ["q", "site", "mode", "status", "since", "until"]

    def by_words(self, rows, name, words):
        return rows.filter(found_by(words))


class MeetingTable(tables.Table):
    """Meetings, the newest first; rows come with `clients`, how many of the client take part."""

    agenda = tables.Column(verbose_name=_("About"), linkify=True, attrs=TITLE)
    begins_at = MomentColumn(verbose_name=_("Begins"))
    site = tables.Column(verbose_name=_("Site"), order_by="site__name_sort")
    mode = tables.Column(verbose_name=_("How"))
    organiser = PersonColumn(verbose_name=_("Organiser"), order_by="organiser__name_sort")
    clients = tables.Column(verbose_name=_("Of the client"), attrs={"td": {"class": "c-num"}})
    counts = tables.Column(verbose_name=_("Counts for the month"), accessor="pk", orderable=False)
    status = StatusColumn()

    class Meta:
        model = Meeting
        fields = ("agenda", "begins_at", "site", "mode", "organiser", "clients", "counts", "status")
        order_by = "-begins_at"

    def render_status(self, record):
        words = self.value_status(record)
        return onsite.status(record) if words == record.get_status_display() else onsite.badge(words)

    def value_status(self, record):
        """What cannot count waits for nobody's confirmation."""
        waits = record.status == Meeting.Status.HELD
        if waits and (record.mode != Meeting.Mode.IN_PERSON or not record.clients):
            return gettext("On record")
        return record.get_status_display()

    def render_counts(self, record):
        return onsite.badge(*counting_words(record))

    def value_counts(self, record):
        return counting_words(record)[0]


def counting_words(meeting) -> tuple[str, str]:
    """Whether a meeting counts for its month, in a word and a tone."""
    if meeting.status == Meeting.Status.CANCELLED or meeting.mode != Meeting.Mode.IN_PERSON or not meeting.clients:
        return gettext("no"), "neutral"
    if meeting.status == Meeting.Status.CONFIRMED:
        return gettext("yes"), "success"
    return gettext("once confirmed"), "info"


class ForecastFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Person"), method="by_words")
    site = LookupFilter(label=_("Site"), queryset=visible_sites)

    class Meta:
        model = Obligation
        fields = ["q", "site"]

    def by_words(self, rows, name, words):
        return rows.filter(person__in=rows.model._meta.get_field("person").related_model.objects.search(words))


class ForecastTable(tables.Table):
    """Who owes a meeting this month and has none ahead."""

    person = PersonColumn(verbose_name=_("Person"), order_by="person__name_sort", attrs=TITLE)
    site = tables.Column(verbose_name=_("Site"), order_by="site__name_sort", linkify=True)
    lead = PersonColumn(verbose_name=_("Site lead"), accessor="site__lead", order_by="site__lead__name_sort")
    period = tables.Column(verbose_name=_("Month"))
    due_at = MomentColumn(verbose_name=_("Due"))
    plan = tables.Column(verbose_name="", accessor="pk", orderable=False, exclude_from_export=True)

    class Meta:
        model = Obligation
        fields = ("person", "site", "lead", "period", "due_at", "plan")
        order_by = ("site", "person")

    def __init__(self, *args, plannable=frozenset(), **options):
        """plannable: sites (by id) where the reader may plan a meeting."""
        self.plannable = plannable
        super().__init__(*args, **options)

    def render_due_at(self, value):
        return onsite.due(value)

    def value_due_at(self, value):
        return value

    def render_plan(self, record):
        if record.site_id not in self.plannable:
            return ""
        return format_html(
            '<a class="btn btn-sm" href="{}?site={}&amp;staff={}">{}{}</a>',
            reverse("meeting_new"),
            record.site_id,
            record.person_id,
            onsite.icon_svg("calendar-event"),
            gettext("Plan a meeting"),
        )


class WaiverFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Person"), method="by_words")
    site = LookupFilter(label=_("Site"), queryset=visible_sites, field_name="assignment__site")
    status = filters.ChoiceFilter(label=_("Status"), choices=MeetingWaiver.Status.choices)

    class Meta:
        model = MeetingWaiver
        fields = ["q", "site", "status"]

    def by_words(self, rows, name, words):
        return rows.filter(assignment__person__name__icontains=words.strip())


class WaiverTable(tables.Table):
    person = PersonColumn(
        verbose_name=_("Person"), accessor="assignment__person", order_by="assignment__person__name_sort"
    )
    month = tables.DateColumn(verbose_name=_("Month"), format="Y-m", linkify=True, attrs=TITLE)
    site = tables.Column(verbose_name=_("Site"), accessor="assignment__site", order_by="assignment__site__name_sort")
    ground = tables.Column(verbose_name=_("Ground"))
    status = StatusColumn()

    class Meta:
        model = MeetingWaiver
        fields = ("month", "person", "site", "ground", "status")
        order_by = "-month"
