"""Columns of this app's lists."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.tables import DayColumn, PersonColumn, StatusColumn
from apps.core.templatetags import onsite
from apps.core.words import listed
from apps.personnel.models import Assignment, Client, ClientContact, Site, User
from apps.personnel.roles import Role

TITLE = {"td": {"class": "c-title"}}
STATUS = {"td": {"class": "c-status"}}
WHOLE = {"td": {"class": "nowrap"}}
BY_NAME = ("name_sort", "pk")
NUMBER = {"td": {"class": "c-num"}, "th": {"class": "c-num"}}


class ActiveColumn(tables.Column):
    """Whether a record is still in use."""

    def __init__(self, yes, no, **options):
        self.words = {True: (yes, "success"), False: (no, "neutral")}
        options.setdefault("attrs", STATUS)
        super().__init__(**options)

    def render(self, value):
        return onsite.badge(*self.words[value])

    def value(self, value):
        return str(self.words[value][0])


def role_labels(person) -> list[str]:
    """A person's roles, from what `views.people.with_relations` annotated: no query a row."""
    names = {grant.role for grant in person.grants.all()}
    for name, holds in (
        (Role.HEAD, person.is_head),
        (Role.LEAD, person.is_lead),
        (Role.STAFF, person.is_stationed),
    ):
        if holds:
            names.add(name)
    return [str(Role(name).label) for name in Role.values if name in names]


class PeopleTable(tables.Table):
    name = PersonColumn(
        verbose_name=pgettext_lazy("of a person", "Name"),
        accessor="pk",
        linkify=("person", {"pk": tables.A("pk")}),
        order_by=BY_NAME,
        attrs={"td": {"class": "c-title nowrap"}},
    )
    roles = tables.Column(verbose_name=_("Roles"), accessor="pk", orderable=False)
    place = tables.Column(verbose_name=_("On site at"), accessor="pk", orderable=False)
    phone = tables.Column(attrs=WHOLE)
    is_active = ActiveColumn(_("Active"), _("Left"), verbose_name=_("Status"))

    class Meta:
        model = User
        fields = ("name", "number", "department", "title", "place", "roles", "phone", "is_active")
        order_by = "name"

    def render_name(self, record):
        return onsite.person(record)

    def value_name(self, record):
        return record.name

    def render_roles(self, record):
        return " · ".join(role_labels(record)) or "–"

    def render_place(self, record):
        return listed(posting.site.name for posting in record.postings) or "–"


class ClientsTable(tables.Table):
    name = tables.Column(linkify=True, order_by=BY_NAME, attrs=TITLE)
    sites = tables.Column(verbose_name=_("Running sites"), accessor="site_count", attrs=NUMBER)

    class Meta:
        model = Client
        fields = ("name", "code", "sites")
        order_by = "name"


class ContactsTable(tables.Table):
    name = tables.Column(linkify=True, order_by=BY_NAME, attrs=TITLE)
    client = tables.Column(linkify=True)
    places = tables.Column(verbose_name=_("Sites"), accessor="pk", orderable=False)
    active = ActiveColumn(_("Active"), _("Left"), verbose_name=_("Status"))

    class Meta:
        model = ClientContact
        fields = ("name", "client", "title", "places", "email", "phone", "active")
        order_by = "name"

    def render_places(self, record):
        return listed(site.name for site in record.shown_sites) or "–"


class SitesTable(tables.Table):
    name = tables.Column(linkify=True, order_by=BY_NAME, attrs=TITLE)
    client = tables.Column()
    code = tables.Column()
    lead = PersonColumn(order_by="lead__name_sort")
    people = tables.Column(verbose_name=_("People"), accessor="people_count", attrs=NUMBER)
    promises = tables.Column(verbose_name=_("Open promises"), accessor="promise_count", attrs=NUMBER)
    late = tables.Column(verbose_name=_("Late now"), accessor="late_count", attrs=NUMBER)
    active = ActiveColumn(_("Running"), _("Closed"), verbose_name=_("Status"))

    class Meta:
        model = Site
        fields = ("name", "code", "client", "city", "lead", "people", "promises", "late", "active")
        order_by = "name"


class AssignmentsTable(tables.Table):
    person = PersonColumn(linkify=lambda record: record.get_absolute_url(), order_by="person__name_sort", attrs=TITLE)
    site = tables.Column(order_by="site__name_sort")
    since = DayColumn()
    until = DayColumn(verbose_name=_("Until"), accessor="until", empty_values=())
    status = StatusColumn()

    class Meta:
        model = Assignment
        fields = ("person", "site", "position", "project", "since", "until", "status")
        order_by = "-since"

    def render_until(self, record):
        if record.ended_on:
            return onsite.moment(record.ended_on)
        return onsite.moment(record.planned_to) if record.planned_to else _("open end")

    def value_until(self, record):
        return record.until
