"""What somebody who leaves a site still has to deliver or to solve there (2.2.2c)."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from apps.personnel.actions.loose_ends import LooseEnd, identity, loose_ends, works_here
from apps.personnel.models import Assignment, User
from apps.workplans.actions import problems, tasks
from apps.workplans.models import Task, WorkProblem


def _may_take(person: User, assignment: Assignment, key: str):
    return works_here(person, assignment)


def _take_task(assignment: Assignment, key: str, *, to: User, by: User | None, now: datetime, reason: str) -> None:
    """Its clock has taken it along already; one without a clock goes now."""
    for task in Task.objects.filter(pk=key, owner=assignment.person, status__in=Task.OPEN):
        tasks.go_along(task, owner=to, by=by, now=now, reason=reason)


@loose_ends("task", _("Tasks"), may_take=_may_take, take_over=_take_task)
def open_tasks(assignment: Assignment, last_day: date) -> Iterable[LooseEnd]:
    rows = Task.objects.filter(site=assignment.site, owner=assignment.person).open()
    for one in rows.order_by("due_on", "pk"):
        yield LooseEnd(str(one.pk), one.title, f"{one.due_on:%Y-%m-%d}", one.get_absolute_url(), identity(one))


def _take_problem(assignment: Assignment, key: str, *, to: User, by: User | None, now: datetime, reason: str) -> None:
    for problem in WorkProblem.objects.filter(pk=key, owner=assignment.person).open():
        problems.go_along(problem, owner=to, by=by, now=now, reason=reason)


@loose_ends("work_problem", _("Problems at work"), may_take=_may_take, take_over=_take_problem)
def open_problems(assignment: Assignment, last_day: date) -> Iterable[LooseEnd]:
    rows = WorkProblem.objects.filter(site=assignment.site, owner=assignment.person).open()
    for one in rows.order_by("due_on", "pk"):
        yield LooseEnd(str(one.pk), one.title, f"{one.due_on:%Y-%m-%d}", one.get_absolute_url(), identity(one))
