"""The lists of trainings, of what clients ask for, and of what people learn."""

import django_filters as filters
import django_tables2 as tables
from django.db.models import Q
from django.forms import CheckboxInput
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.lookups import LookupFilter
from apps.core.tables import DayColumn, MomentColumn, PersonColumn, StatusColumn
from apps.core.templatetags import onsite
from apps.personnel.models import ClientTraining, Course, LearningNote, Skill, TrainingSession
from apps.personnel.tables.filters import visible_people, visible_sites

TITLE = {"td": {"class": "c-title"}}
NUMBER = {"td": {"class": "c-num"}, "th": {"class": "c-num"}}


class SessionFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Course, place, trainer"), method="by_words")
    state = filters.ChoiceFilter(
        label=_("When"),
        choices=[("coming", _("Coming")), ("over", _("Over")), ("cancelled", _("Cancelled"))],
        method="by_state",
    )
    course = filters.ModelChoiceFilter(label=_("Course"), queryset=Course.objects.all())
    site = LookupFilter(label=_("Site"), queryset=visible_sites)
    mine = filters.BooleanFilter(label=_("Mine"), method="by_me", widget=CheckboxInput)

    class Meta:
        model = TrainingSession
        fields = ["q", "state", "course", "site", "mine"]

    def by_words(self, rows, name, words):
        words = words.strip()
        return rows.filter(
            Q(course__name__icontains=words)
            | Q(place__icontains=words)
            | Q(trainer__name__icontains=words)
            | Q(guest_trainer__icontains=words)
        )

    def by_state(self, rows, name, state):
        if state == "cancelled":
            return rows.filter(status="cancelled")
        over = Q(ends_at__lt=timezone.now())
        return rows.filter(over if state == "over" else ~over, status="planned")

    def by_me(self, rows, name, wanted):
        seated = Q(enrolments__person=self.request.user, enrolments__status__in=["in_review", "approved"])
        return rows.filter(seated).distinct() if wanted else rows


class SessionTable(tables.Table):
    course = tables.Column(linkify=lambda record: record.get_absolute_url(), order_by="course__name_sort", attrs=TITLE)
    site = tables.Column(order_by="site__name_sort", default=_("all sites"))
    begins_at = MomentColumn()
    trainer_name = tables.Column(verbose_name=_("Trainer"), orderable=False)
    taken = tables.Column(verbose_name=_("Places taken"), attrs=NUMBER)
    status = StatusColumn()

    class Meta:
        model = TrainingSession
        fields = ("course", "site", "begins_at", "place", "trainer_name", "taken", "status")
        order_by = "-begins_at"

    def render_taken(self, record):
        return f"{record.taken} / {record.places}"

    def value_taken(self, value):
        return value


class ClientTrainingFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("What, contact"), method="by_words")
    status = filters.ChoiceFilter(label=_("Status"), choices=ClientTraining.Status.choices)
    site = LookupFilter(label=_("Site"), queryset=visible_sites)

    class Meta:
        model = ClientTraining
        fields = ["q", "status", "site"]

    def by_words(self, rows, name, words):
        return rows.filter(Q(title__icontains=words.strip()) | Q(contact__name__icontains=words.strip()))


class ClientTrainingTable(tables.Table):
    """What clients want to learn, the newest first; rows come with `late`."""

    title = tables.Column(linkify=True, attrs=TITLE)
    site = tables.Column(order_by="site__name_sort")
    contact = tables.Column(order_by="contact__name_sort")
    asked_at = MomentColumn()
    wanted_on = DayColumn()
    late = tables.Column(verbose_name=_("First answer"), orderable=False)
    status = StatusColumn()

    class Meta:
        model = ClientTraining
        fields = ("title", "site", "contact", "asked_at", "wanted_on", "late", "status")
        order_by = "-asked_at"

    def render_late(self, value, record):
        if value:
            return onsite.badge(_("late"), "danger")
        return "–" if record.status == ClientTraining.Status.NEW else onsite.badge(_("in time"), "success")

    def value_late(self, value, record):
        if value:
            return str(_("late"))
        return "" if record.status == ClientTraining.Status.NEW else str(_("in time"))


class LearningFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Topic"), field_name="topic", lookup_expr="icontains")
    person = LookupFilter(label=_("Person"), queryset=visible_people, typed=True)
    skill = filters.ModelChoiceFilter(label=_("Skill"), queryset=Skill.objects.all())

    class Meta:
        model = LearningNote
        fields = ["q", "person", "skill"]


class LearningTable(tables.Table):
    topic = tables.Column(linkify=True, attrs=TITLE)
    person = PersonColumn(order_by="person__name_sort")
    learned_on = DayColumn()
    hours = tables.Column(attrs=NUMBER)
    skill = tables.Column(order_by="skill__name_sort")

    class Meta:
        model = LearningNote
        fields = ("topic", "person", "learned_on", "hours", "skill")
        order_by = "-learned_on"


class TrainingPlanTable(tables.Table):
    """The plan of trainings as a sheet: a row for each site and period."""

    site = tables.Column(verbose_name=_("Site"))
    part = tables.Column(verbose_name=_("Period"))
    promise = tables.Column(verbose_name=_("Promise"), accessor="cell__promise", default="")
    due_at = MomentColumn(verbose_name=_("Due"), accessor="cell__promise__due_at", default=None)
    held = tables.Column(verbose_name=_("Held"), accessor="cell__held")
    planned = tables.Column(verbose_name=_("Planned"), accessor="cell__planned")

    def value_promise(self, value):
        return value.get_status_display()
