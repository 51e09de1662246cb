"""The list of tasks and its filters."""

from datetime import timedelta

import django_filters as filters
import django_tables2 as tables
from django.forms import CheckboxInput
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core.forms import DayInput
from apps.core.lookups import LookupFilter
from apps.core.tables import DayColumn, PersonColumn, StatusColumn
from apps.core.templatetags import onsite
from apps.personnel.tables.filters import visible_people, visible_sites
from apps.workplans.models import Priority, Task


class TaskFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Task, owner"), method="by_words")
    status = filters.ChoiceFilter(
        label=_("Status"),
        choices=[("open", _("Not closed")), *Task.Status.choices, ("any", _("Any status"))],
        method="by_status",
        empty_label=None,
    )
    site = LookupFilter(label=_("Site"), queryset=visible_sites)
    owner = LookupFilter(label=_("Owner"), queryset=visible_people, typed=True)
    priority = filters.ChoiceFilter(label=_("Priority"), choices=Priority.choices)
    due = filters.ChoiceFilter(
        label=_("Due"),
        choices=[("late", _("Overdue")), ("week", _("In the next 7 days"))],
        method="by_day",
    )
    day = filters.DateFilter(label=_("Due on a day"), field_name="due_on", widget=DayInput)
    mine = filters.BooleanFilter(label=_("Mine"), method="by_me", widget=CheckboxInput)

    class Meta:
        model = Task
        fields = ["q", "status", "site", "owner", "priority", "due", "day", "mine"]

    def by_words(self, rows, name, words):
        return rows.search(words)

    def by_status(self, rows, name, status):
        if status == "any":
            return rows
        return rows.open() if status == "open" else rows.filter(status=status)

    def by_day(self, rows, name, wanted):
        today = timezone.localdate()
        if wanted == "late":
            return rows.overdue(today)
        last = today + timedelta(days=7)
        return rows.filter(status__in=Task.UNDELIVERED, due_on__range=(today, last))

    def by_me(self, rows, name, wanted):
        return rows.filter(owner=self.request.user) if wanted else rows


def due_words(task: Task):
    """The day, red when it has passed without a delivery."""
    day = onsite.moment(task.due_on)
    return format_html("{} {}", day, onsite.badge(_("late"), "danger", "flame")) if task.late else day


class TaskTable(tables.Table):
    """Tasks, the next one due first."""

    title = tables.Column(verbose_name=_("Task"), linkify=True, attrs={"td": {"class": "c-title"}})
    site = tables.Column(verbose_name=_("Site"), order_by="site__name_sort")
    owner = PersonColumn(verbose_name=_("Owner"), order_by="owner__name_sort")
    priority = tables.Column(verbose_name=_("Priority"))
    hours = tables.Column(verbose_name=_("Hours of work"), attrs={"td": {"class": "c-num"}, "th": {"class": "c-num"}})
    begins_on = DayColumn(verbose_name=_("From"))
    due_on = DayColumn(verbose_name=_("Due"))
    status = StatusColumn()

    class Meta:
        model = Task
        fields = ("title", "site", "owner", "priority", "hours", "begins_on", "due_on", "status")
        order_by = "due_on"

    def render_priority(self, record):
        return onsite.badge(record.get_priority_display(), record.priority_tone)

    def value_priority(self, record):
        return record.get_priority_display()

    def render_due_on(self, record):
        return due_words(record)

    def value_due_on(self, value):
        return value
