"""The two indicators that are computed, with the records they rest on, by id (clause 3.5.2)."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from apps.communication.models import ClientRequest, Problem
from apps.core.obligations import promises_for
from apps.personnel.models import Assignment
from apps.workplans.models import Report, Step, Task
from apps.workplans.obligations.tasks import TASK_DUE
from apps.workplans.policy import quality as policy
from apps.workplans.policy.quality import Period

Basis = dict[str, dict[str, list[int]]]


def completion(assignment: Assignment, period: Period, now: datetime) -> tuple[int | None, Basis]:
    """Of the tasks and steps due in the period, the share delivered or done by their day; None where none was due.

    A task whose day went by in the period is late in it, also where the lead gave it another day since.
    """
    zone = assignment.site.zone
    basis: Basis = {"in_time": {}, "late": {}, "open": {}}
    due = {"due_on__range": (period.first_day, min(period.last_day, now.astimezone(zone).date()))}

    def put(kind: str, pk: int, moment: datetime | None, due_on: date) -> None:
        how = "open" if moment is None else "in_time" if moment.astimezone(zone).date() <= due_on else "late"
        basis[how].setdefault(kind, []).append(pk)

    tasks = Task.objects.filter(owner=assignment.person, site=assignment.site)
    tasks = tasks.exclude(status=Task.Status.CANCELLED).order_by("pk")
    due_here = tasks.filter(**due)
    for one in due_here.only("pk", "delivered_at", "due_on"):
        put("task", one.pk, one.delivered_at, one.due_on)
    went_by = promises_for(Task).kind(TASK_DUE).filter(breached_at__range=_moments(period, zone)).values("subject_id")
    moved = tasks.filter(pk__in=went_by).exclude(pk__in=due_here.order_by().values("pk"))
    if late := list(moved.values_list("pk", flat=True)):
        basis["late"].setdefault("task", []).extend(late)
    steps = Step.objects.in_force().filter(responsible=assignment.person, plan__task__site=assignment.site, **due)
    for one in steps.order_by("pk").only("pk", "done_at", "due_on"):
        put("step", one.pk, one.done_at, one.due_on)
    counts = {how: sum(len(ids) for ids in kinds.values()) for how, kinds in basis.items()}
    return policy.percent(counts["in_time"], sum(counts.values())), basis


def _moments(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first and the last moment of a period at a site."""
    return datetime.combine(period.first_day, time.min, zone), datetime.combine(period.last_day, time.max, zone)


def satisfaction(assignment: Assignment, period: Period, now: datetime) -> tuple[int | None, Basis]:
    """Of what the client let us know, the share that was good; None where there is nothing.

    Good: the person's tasks that somebody of the client accepted, their requests done in the agreed time.
    Bad: their requests done late or overdue, complaints at the site, whomever they meant.
    """
    site, person = assignment.site, assignment.person
    begins, ends = _moments(period, site.zone)
    good: dict[str, list[int]] = {}
    bad: dict[str, list[int]] = {}
    accepted = Task.objects.filter(
        owner=person,
        site=site,
        status=Task.Status.ACCEPTED,
        client_contact__isnull=False,
        closed_at__range=(begins, ends),
    )
    _put(good, "task", accepted)
    promised = ClientRequest.objects.filter(
        owner=person, site=site, status__in=["accepted", "done"], agreed_due_at__range=(begins, min(ends, now))
    )
    for one in promised.order_by("pk").only("pk", "status", "closed_at", "agreed_due_at"):
        kept = one.status == ClientRequest.Status.DONE and one.closed_at <= one.agreed_due_at
        (good if kept else bad).setdefault("request", []).append(one.pk)
    complaints = Problem.objects.filter(site=site, kind=Problem.Kind.COMPLAINT, raised_at__range=(begins, ends))
    _put(bad, "problem", complaints)
    counts = [sum(len(ids) for ids in kinds.values()) for kinds in (good, bad)]
    return policy.percent(counts[0], sum(counts)), {"good": good, "bad": bad}


def _put(basis: dict[str, list[int]], kind: str, rows) -> None:
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    if ids:
        basis[kind] = ids


def samples_of(assignment: Assignment, period: Period):
    """Tasks and reports of the person that the judgement of a period may rest on, the newest first."""
    tasks = Task.objects.filter(owner=assignment.person, site=assignment.site, begins_on__lte=period.last_day).exclude(
        status=Task.Status.CANCELLED
    )
    touched = tasks.filter(due_on__gte=policy.shifted(period.first_day, -policy.YEAR))
    reports = Report.objects.filter(
        assignment=assignment, begins_on__lte=period.last_day, ends_on__gte=period.first_day
    ).exclude(status__in=[Report.Status.LOGGED, Report.Status.DISPUTED])
    return touched.order_by("-due_on", "-pk"), reports.order_by("-ends_on", "-pk")


MODELS = {"task": Task, "step": Step, "request": ClientRequest, "problem": Problem, "report": Report}
RELATED = {"step": ("plan__task",), "report": ("assignment__person",)}


def records(kinds: dict[str, list[int]], user) -> list:
    """What figures rest on, as records that this person may open; those they may not are left out."""
    found = []
    for kind, ids in kinds.items():
        rows = MODELS[kind].objects.visible_to(user).filter(pk__in=ids).select_related(*RELATED.get(kind, ()))
        found += sorted(rows, key=lambda one: ids.index(one.pk))
    return found
