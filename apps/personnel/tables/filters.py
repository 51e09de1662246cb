"""Filters of this app's lists."""

import django_filters as filters
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.forms import DayInput
from apps.core.lookups import LookupFilter
from apps.personnel.models import Assignment, Client, ClientContact, Department, Site, User, active_on, plan_passed
from apps.personnel.roles import Role


def visible_sites(request):
    return Site.objects.visible_to(request.user) if request else Site.objects.none()


def visible_people(request):
    return User.objects.visible_to(request.user) if request else User.objects.none()


def visible_clients(request):
    return Client.objects.visible_to(request.user) if request else Client.objects.none()


class Searched(filters.FilterSet):
    """Has a search box; `words_in` names the columns it looks into."""

    q = filters.CharFilter(label=_("Search"), method="by_words")
    words_in: tuple[str, ...] = ("name",)

    def by_words(self, rows, name, words):
        rule = Q()
        for column in self.words_in:
            rule |= Q(**{f"{column}__icontains": words.strip()})
        return rows.filter(rule)


class PeopleFilter(Searched):
    """Those who left show only when asked for."""

    department = filters.ModelChoiceFilter(label=_("Department"), queryset=Department.objects.all())
    role = filters.ChoiceFilter(label=_("Role"), choices=Role.choices, method="by_role")
    site = LookupFilter(label=_("Site"), queryset=visible_sites, method="by_site")
    state = filters.ChoiceFilter(
        label=_("Who"),
        choices=[("active", _("Active")), ("left", _("Left")), ("all", _("Everybody"))],
        method="by_state",
        empty_label=None,
        initial="active",
    )

    class Meta:
        model = User
        fields = ["q", "department", "role", "site", "state"]

    def by_words(self, rows, name, words):
        return rows.search(words)

    def by_role(self, rows, name, role):
        if role == Role.LEAD:
            sites = Site.objects.visible_to(self.request.user)
            return rows.filter(Q(pk__in=sites.values("lead")) | Q(pk__in=sites.values("deputy")))
        if role == Role.STAFF:
            return rows.filter(pk__in=Assignment.objects.exclude(status="cancelled").values("person"))
        if role == Role.HEAD:
            return rows.filter(pk__in=Department.objects.exclude(head=None).values("head"))
        return rows.filter(grants__role=role)

    def by_site(self, rows, name, site):
        there = Assignment.objects.active_on(timezone.localdate()).filter(site=site)
        return rows.filter(Q(pk__in=there.values("person")) | Q(pk__in=[site.lead_id, site.deputy_id]))

    def by_state(self, rows, name, state):
        return rows

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset)
        state = self.form.cleaned_data.get("state") or "active"
        return rows if state == "all" else rows.filter(is_active=state == "active")


class ClientFilter(Searched):
    words_in = ("name", "code")

    class Meta:
        model = Client
        fields = ["q"]


class ContactFilter(Searched):
    words_in = ("name", "email", "phone", "client__name")
    client = LookupFilter(label=_("Client"), queryset=visible_clients)
    site = LookupFilter(label=_("Site"), queryset=visible_sites, field_name="sites")
    active = filters.ChoiceFilter(label=_("Status"), choices=[("1", _("Active")), ("0", _("Left"))])

    class Meta:
        model = ClientContact
        fields = ["q", "client", "site", "active"]


class SiteFilter(Searched):
    words_in = ("name", "code", "city", "client__name")
    client = LookupFilter(label=_("Client"), queryset=visible_clients)
    department = filters.ModelChoiceFilter(label=_("Department"), queryset=Department.objects.all())
    active = filters.ChoiceFilter(label=_("Status"), choices=[("1", _("Running")), ("0", _("Closed"))])

    class Meta:
        model = Site
        fields = ["q", "client", "department", "active"]


class AssignmentFilter(Searched):
    words_in = ("person__name", "person__name_letters", "person__number", "site__name", "position")
    site = LookupFilter(label=_("Site"), queryset=visible_sites)
    status = filters.ChoiceFilter(
        label=_("Status"),
        choices=[*Assignment.Status.choices, ("passed", _("Planned end passed"))],
        method="by_status",
    )
    answer = filters.ChoiceFilter(
        label=_("Answer of those yet to go"), choices=Assignment.Answer.choices, method="by_answer"
    )
    day = filters.DateFilter(label=_("On a day"), method="by_day", widget=DayInput)

    class Meta:
        model = Assignment
        fields = ["q", "site", "status", "answer", "day"]

    def by_status(self, rows, name, status):
        over = plan_passed(timezone.localdate())
        return rows.filter(over) if status == "passed" else rows.filter(status=status).exclude(over)

    def by_answer(self, rows, name, answer):
        return rows.filter(status=Assignment.Status.PLANNED, answer=answer)

    def by_day(self, rows, name, day):
        return rows.filter(active_on(day))
