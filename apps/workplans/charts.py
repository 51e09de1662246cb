"""Plan against actual: for each task or step the days that were planned, and below them how it went (3.2.3)."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core import charts
from apps.core.charts import Bar
from apps.workplans.models import Step, Task

MARGIN = timedelta(days=3)
LONGEST = timedelta(days=400)  # what one picture shows


def of_plan(task: Task, steps: Iterable[Step], *, today: date) -> SafeString:
    """The steps of one plan."""
    zone = task.site.zone
    began = task.started_at.astimezone(zone).date() if task.started_at else None
    rows = [(step.title, _step(step, began, today, zone)) for step in steps]
    return _drawn(_("Plan against actual: %(task)s") % {"task": task.title}, rows, today, narrow=True)


def of_tasks(tasks: Iterable[Task], *, today: date) -> SafeString:
    """Several tasks, a row each, with their `approved_plans`."""
    return _drawn(_("Plan against actual"), [(task.title, _task(task, today)) for task in tasks], today)


def _drawn(title: str, rows: list[tuple[str, list[Bar]]], today: date, *, narrow: bool = False) -> SafeString:
    bars = [bar for _name, found in rows for bar in found]
    if not bars:
        return SafeString("")
    first = min(bar.since for bar in bars) - MARGIN
    last = max([today, *(bar.until or today for bar in bars)]) + MARGIN
    if last - first > LONGEST:
        first = max(first, today - LONGEST / 2)
        last = min(last, first + LONGEST)
        rows = [
            (name, [bar for bar in found if (bar.until or today) >= first and bar.since <= last])
            for name, found in rows
        ]
    return charts.gantt(title, rows, first=first, last=last, today=today, narrow=narrow)


def _days(first: date, last: date) -> str:
    return f"{date_format(first, 'SHORT_DATE_FORMAT')} – {date_format(last, 'SHORT_DATE_FORMAT')}"


def _step(step: Step, began: date | None, today: date, zone) -> list[Bar]:
    words = _("Planned, %(days)s, %(person)s") % {
        "days": _days(step.begins_on, step.due_on),
        "person": step.responsible.name,
    }
    planned = Bar(step.begins_on, step.due_on, "neutral", words)
    done = step.done_at.astimezone(zone).date() if step.done_at else None
    if began is None or (done is None and today < step.begins_on and not step.percent):
        return [planned]
    since = max(began, step.begins_on) if (done or today) >= max(began, step.begins_on) else (done or today)
    until = done or max(today, since)
    tone = "danger" if until > step.due_on else "done" if done else "info"
    words = _("%(percent)s %%, %(days)s") % {"percent": step.percent, "days": _days(since, until)}
    return [planned, Bar(since, until, tone, words)]


def _task(task: Task, today: date) -> list[Bar]:
    zone, url = task.site.zone, task.get_absolute_url()
    words = _("%(person)s, planned %(days)s") % {
        "person": task.owner.name,
        "days": _days(task.begins_on, task.due_on),
    }
    planned = Bar(task.begins_on, task.due_on, "neutral", words, url)
    delivered = task.delivered_at.astimezone(zone).date() if task.delivered_at else None
    if task.started_at is None:
        if today <= task.due_on:
            return [planned]
        late = _("Not started, since %(day)s overdue") % {"day": date_format(task.due_on, "SHORT_DATE_FORMAT")}
        return [planned, Bar(task.due_on, today, "danger", late, url)]
    since = task.started_at.astimezone(zone).date()
    until = max(delivered or today, since)
    tone = "danger" if until > task.due_on else "done" if delivered else "info"
    steps = task.approved_plans[0].steps.all() if task.approved_plans else []
    percent = round(sum(step.percent for step in steps) / len(steps)) if steps else 0
    words = _("%(percent)s %%, %(days)s") % {"percent": percent, "days": _days(since, until)}
    return [planned, Bar(since, until, tone, words, url)]
