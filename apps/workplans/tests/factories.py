"""Tasks and plans for stories."""

from datetime import date, timedelta
from decimal import Decimal

import factory
from django.utils import timezone

from apps.personnel.tests.factories import SiteFactory, UserFactory
from apps.workplans.models import Plan, Step, Task


class TaskFactory(factory.django.DjangoModelFactory):
    """A task that runs from a week ago for five weeks, given by the site's lead."""

    class Meta:
        model = Task
        skip_postgeneration_save = True

    site = factory.SubFactory(SiteFactory)
    owner = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"Task {n}")
    deliverable = "A test report with its figures"
    acceptance = "All 120 test cases pass on the client's machines"
    begins_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=7))
    due_on = factory.LazyAttribute(lambda one: one.begins_on + timedelta(days=35))
    hours = Decimal(20)
    assigned_by = factory.LazyAttribute(lambda one: one.site.lead)
    assigned_at = factory.LazyFunction(timezone.now)


def plan_for(task: Task, *titles: str, status: str = "draft", days: date | None = None, version: int = 1) -> Plan:
    """A plan of a task with a step for each of these titles, laid end to end; `status` as it then stands."""
    plan = Plan.objects.create(
        task=task,
        version=version,
        goals="Every case tested",
        written_by=task.owner,
        written_at=timezone.now(),
        change="" if version == 1 else "Later",
    )
    titles = titles or ("Prepare", "Carry out")
    span = max((task.due_on - task.begins_on).days // len(titles), 1)
    for order, title in enumerate(titles, start=1):
        begins_on = task.begins_on + timedelta(days=span * (order - 1))
        Step.objects.create(
            plan=plan,
            order=order,
            title=title,
            begins_on=begins_on,
            due_on=min(begins_on + timedelta(days=span - 1), task.due_on),
            responsible=task.owner,
        )
    if status != "draft":
        Plan.objects.filter(pk=plan.pk).update(status=status, submitted_at=timezone.now())
        plan.refresh_from_db()
    return plan


def started(task: Task, *titles: str) -> Task:
    """The task under an approved plan, under way."""
    plan_for(task, *titles, status="approved")
    Task.objects.filter(pk=task.pk).update(status="started", started_at=timezone.now())
    task.refresh_from_db()
    return task
