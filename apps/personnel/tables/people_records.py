"""Lists of what people can do: their certificates, and their skills."""

from datetime import timedelta

import django_filters as filters
import django_tables2 as tables
from django.db.models import F, Q
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core.lookups import LookupFilter
from apps.core.tables import DayColumn, PersonColumn, StatusColumn
from apps.core.templatetags import onsite
from apps.personnel.models import Assignment, Certificate, CertificateKind, Department, Level, PersonSkill, Skill
from apps.personnel.models.skills import CERTIFICATE_STATUS
from apps.personnel.tables.filters import Searched, visible_sites
from apps.personnel.tables.records import TITLE

SPANS = (30, 60, 90, 180)


class OfPeople(Searched):
    """Rows of people, by name, pinyin, initials or number, or by `thing`; by where they are; by department."""

    thing = ""
    site = LookupFilter(label=_("Site"), queryset=visible_sites, method="by_site")
    department = filters.ModelChoiceFilter(
        label=_("Department"), queryset=Department.objects.all(), field_name="person__department"
    )

    def by_words(self, rows, name, words):
        people = rows.model._meta.get_field("person").related_model.objects.search(words)
        return rows.filter(Q(person__in=people.values("pk")) | Q(**{f"{self.thing}__name__icontains": words.strip()}))

    def by_site(self, rows, name, site):
        there = Assignment.objects.active_on(timezone.localdate()).filter(site=site)
        return rows.filter(person__in=there.values("person"))


class CertificateFilter(OfPeople):
    thing = "kind"
    kind = filters.ModelChoiceFilter(label=_("Certificate"), queryset=CertificateKind.objects.all())
    state = filters.ChoiceFilter(
        label=_("Validity"),
        choices=lambda: [
            *((f"{days}", _("Runs out within %(days)s days") % {"days": days}) for days in SPANS),
            *((name, CERTIFICATE_STATUS[name]) for name in ("run_out", "unverified", "withdrawn")),
        ],
        method="by_state",
    )

    class Meta:
        model = Certificate
        fields = ["q", "kind", "state", "site", "department"]

    def by_state(self, rows, name, state):
        today = timezone.localdate()
        if state.isdecimal():
            return rows.running_out(today, today + timedelta(days=int(state)))
        if state == "withdrawn":
            return rows.exclude(withdrawn_at=None)
        return rows.filter(
            **{"run_out": {"expires_on__lt": today}, "unverified": {"verified_at": None}}[state], withdrawn_at=None
        )

    def filter_queryset(self, queryset):
        """Who left, and what was withdrawn, show only when asked for."""
        rows = super().filter_queryset(queryset).filter(person__is_active=True)
        return rows if self.form.cleaned_data.get("state") == "withdrawn" else rows.filter(withdrawn_at=None)


class CertificateTable(tables.Table):
    """First what runs out first."""

    kind = tables.Column(verbose_name=_("Certificate"), linkify=True, order_by="kind__name_sort", attrs=TITLE)
    person = PersonColumn(
        order_by="person__name_sort", linkify=lambda record: f"{record.person.get_absolute_url()}#certificates"
    )
    department = tables.Column(
        verbose_name=_("Department"), accessor="person__department", order_by="person__department__name_sort"
    )
    number = tables.Column(attrs={"td": {"class": "nowrap"}})
    issued_on = DayColumn()
    expires_on = DayColumn()
    status = StatusColumn(orderable=False)

    class Meta:
        model = Certificate
        fields = ("kind", "person", "department", "number", "issued_on", "expires_on", "status")
        order_by = "expires_on"

    def render_expires_on(self, record):
        left = (record.expires_on - timezone.localdate()).days
        shown = onsite.moment(record.expires_on)
        if record.withdrawn_at or not 0 <= left <= SPANS[1]:
            return shown
        return format_html("{} {}", shown, onsite.badge(_("%(days)s days left") % {"days": left}, "warning"))

    def value_expires_on(self, value):
        return value


class PersonSkillFilter(OfPeople):
    thing = "skill"
    skill = LookupFilter(label=_("Skill"), queryset=Skill.objects.all())
    level = filters.ChoiceFilter(label=_("At least"), choices=Level.choices, method="by_level")
    state = filters.ChoiceFilter(
        label=_("Verified?"),
        choices=[("verified", _("Verified")), ("waiting", _("Claimed, not verified"))],
        method="by_state",
    )

    class Meta:
        model = PersonSkill
        fields = ["q", "skill", "level", "state", "site", "department"]

    def by_level(self, rows, name, level):
        return rows.filter(Q(verified_level__gte=level) | Q(verified_level=None, claimed_level__gte=level))

    def by_state(self, rows, name, state):
        if state == "verified":
            return rows.exclude(verified_level=None)
        more = Q(verified_level=None) | Q(claimed_level__gt=F("verified_level"))
        return rows.filter(more, claimed_level__isnull=False)

    def filter_queryset(self, queryset):
        return super().filter_queryset(queryset).filter(person__is_active=True)


class PersonSkillTable(tables.Table):
    """Who can do what: what they say, and what somebody else has seen."""

    skill = tables.Column(order_by="skill__name_sort", linkify=lambda record: record.get_absolute_url(), attrs=TITLE)
    person = PersonColumn(order_by="person__name_sort")
    department = tables.Column(
        verbose_name=_("Department"), accessor="person__department", order_by="person__department__name_sort"
    )
    claimed_level = tables.Column(verbose_name=_("Claimed"))
    verified_level = tables.Column(verbose_name=_("Verified"))
    verified_by = PersonColumn(order_by="verified_by__name_sort")
    verified_at = DayColumn(verbose_name=_("Verified on"))

    class Meta:
        model = PersonSkill
        fields = ("skill", "person", "department", "claimed_level", "verified_level", "verified_by", "verified_at")
        order_by = "person"

    def render_claimed_level(self, record):
        return record.get_claimed_level_display()

    def render_verified_level(self, record):
        return onsite.badge(record.get_verified_level_display(), "success", "check")

    def value_verified_level(self, record):
        return str(record.get_verified_level_display())
