"""The clock of a task: delivered by its day (clause 3.2.3)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.core import obligations
from apps.core.obligations import Obligation, kind, lead, owner
from apps.workplans.days import end_of

TASK_DUE = kind(
    "task_due",
    clause="3.2.3",
    label=_("Tasks are delivered by their day"),
    warn=[owner(before="task_warn_hours")],
    breach=[owner(), lead()],
    instead=_("The site lead gives the task to somebody else on its page."),
)


def deliver_by(task, *, now: datetime) -> Obligation:
    site = task.site
    return obligations.start(
        TASK_DUE,
        task,
        title=task.title,
        due_at=end_of(task.due_on, site.zone),
        now=now,
        person=task.owner,
        site=site,
        owner=task.owner,
        zone=site.zone,
    )


def about(task):
    return Obligation.objects.kind(TASK_DUE).about(task)


def let_go(task, *, by, now: datetime, reason: str) -> int:
    return obligations.drop(about(task), by=by, now=now, reason=reason)
