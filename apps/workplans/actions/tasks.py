"""What happens to a task: given, changed, started, delivered, accepted, handed on (clauses 3.1.1, 3.1.2)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import approvals, notifications, obligations, parameters
from apps.core.approvals import Approval
from apps.core.forms import attach_all
from apps.core.keeping import differences
from apps.core.locks import hold
from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import Findings, NotAllowed, PolicyBroken, Verdict, no, require, unless
from apps.personnel.models import Assignment, Site, Skill, User
from apps.workplans import access, workload
from apps.workplans.models import Plan, Task, TaskSkill
from apps.workplans.obligations import plans as step_clocks
from apps.workplans.obligations import tasks as clocks
from apps.workplans.policy import plans as plan_policy
from apps.workplans.policy import tasks as policy

Status = Task.Status
Files = Sequence[tuple[str, bytes]]

GIVEN = verb("task_given", _("Task given"))
CHANGED = verb("task_changed", _("Task changed"))

YOURS = notifications.note_kind(
    "task_yours",
    _("A task is yours"),
    _("Your task, due %(due)s: %(what)s"),
    _("From %(by)s. Write its plan, then start."),
)
HELP = notifications.note_kind("task_help", _("You help with a task"), _("You help %(owner)s with: %(what)s"))
TASK_CHANGED = notifications.note_kind(
    "task_changed", _("A task of yours was changed"), _("Changed: %(what)s"), _("By %(by)s.")
)
TASK_CANCELLED = notifications.note_kind(
    "task_cancelled", _("A task of yours was cancelled"), _("Cancelled: %(what)s"), _("%(reason)s")
)
DELIVERED = notifications.note_kind(
    "task_delivered",
    _("A task was delivered"),
    _("%(owner)s has delivered: %(what)s"),
    _("Accept it, or send it back."),
)
ANSWERED = notifications.note_kind(
    "task_answered", _("What you delivered was answered"), _("%(outcome)s: %(what)s"), _("%(words)s")
)

# --- Giving and changing ------------------------------------------------------------------------------

WORDS = ("title", "deliverable", "acceptance")
CHANGEABLE = {*WORDS, "begins_on", "due_on", "hours", "priority", "request", "project"}


def _today(site: Site, now: datetime) -> date:
    return now.astimezone(site.zone).date()


def _check(
    task: Task,
    *,
    helpers: Iterable[User],
    waits_for: Iterable[Task],
    confirmed: bool,
    now: datetime,
    same_day: bool = False,
) -> dict:
    """Everything that is wrong with a task as it would be; answers the load and skills it was given with."""
    today = _today(task.site, now)
    findings = Findings(clause=policy.CLEAR)
    findings.check(policy.said(task.title, _("Say what is to be done.")), "title")
    findings.check(policy.said(task.deliverable, _("Say what is delivered.")), "deliverable")
    findings.check(policy.measurable(task.acceptance), "acceptance")
    findings.check(policy.effort(task.hours), "hours")
    findings.check(policy.dates(task.begins_on, task.due_on), "due_on")
    if not same_day:  # what is overdue may still change in all else
        findings.check(policy.due_ahead(task.due_on, today), "due_on")
    findings.check(access.may_own(task.owner, task.site, max(today, task.begins_on)), "owner")
    for helper in helpers:
        findings.check(access.may_own(helper, task.site, max(today, task.begins_on)), "helpers")
        findings.check(unless(helper.pk == task.owner_id, _("The owner is no helper.")), "helpers")
    for other in waits_for:
        here = other.site_id == task.site_id and other.status != Status.CANCELLED
        findings.check(unless(not here, _("Choose tasks of this site that go on.")), "waits_for")
    if task.request is not None:
        strange = task.request.site_id != task.site_id
        findings.check(unless(strange, _("This request came to another site.")), "request")
    if task.project is not None:
        strange = task.project.client_id != task.site.client_id
        findings.check(unless(strange, _("This project is another client's.")), "project")
    posting = _posting(task.owner, task.site, max(today, task.begins_on))
    if posting is not None and "owner" not in findings.fields:
        days = policy.within_posting(task.begins_on, task.due_on, posting.since, posting.last_day)
        findings.check(days, "due_on")
    findings.require()
    fit = workload.fit(task, today)
    limit = int(parameters.value("workload_confirm_percent", on=today))
    require(policy.load_confirmed(fit["load"], limit, confirmed), field="confirm_load")
    return fit


def _posting(person: User, site: Site, day: date) -> Assignment | None:
    return Assignment.objects.active_on(day).filter(person=person, site=site).first()


@transaction.atomic
def give(
    *,
    site: Site,
    owner: User,
    helpers: Iterable[User] = (),
    waits_for: Iterable[Task] = (),
    skills: Mapping[Skill, int] | None = None,
    confirm_load: bool = False,
    files: Files = (),
    by: User,
    now: datetime,
    **values,
) -> Task:
    """Give somebody a task: what is delivered, how we shall know, by when.

    values: the task's own fields. skills: those it asks for, with their levels. confirm_load: the lead means it
    although the owner is over the limit (3.1.1).
    Raises: NotAllowed; PolicyBroken beside its fields.
    """
    require(access.may_assign_at(by, site), NotAllowed)
    lock(owner)  # two leads who give at once see each other's load
    task = Task(site=site, owner=owner, assigned_by=by, assigned_at=now, **_stripped(values))
    task.wanted = dict(skills or {})
    helpers, waits_for = list(helpers), list(waits_for)
    task.fit = _check(task, helpers=helpers, waits_for=waits_for, confirmed=confirm_load, now=now)
    task.save()
    task.helpers.set(helpers)
    task.waits_for.set(waits_for)
    TaskSkill.objects.bulk_create(
        TaskSkill(task=task, skill=skill, level=level) for skill, level in task.wanted.items()
    )
    attach_all(task, files, by=by, now=now)
    record(task, GIVEN, by=by, now=now, owner=owner.pk, load=task.fit["load"])
    clocks.deliver_by(task, now=now)
    _tell_owner(task, by=by, now=now)
    _tell_helpers(task, helpers, by=by, now=now)
    return task


def _stripped(values: dict) -> dict:
    return {name: value.strip() if name in WORDS else value for name, value in values.items()}


def _tell_owner(task: Task, *, by, now: datetime) -> None:
    notifications.tell(
        [task.owner] if task.owner != by else [],
        YOURS,
        key=f"task:{task.pk}:owner:{now.isoformat()}",
        now=now,
        subject=task,
        what=task.title,
        due=task.due_on.isoformat(),
        by=str(by or task.assigned_by),
    )


def _tell_helpers(task: Task, helpers: Iterable[User], *, by, now: datetime) -> None:
    notifications.tell(
        [one for one in helpers if one != by],
        HELP,
        key=f"task:{task.pk}:help",
        now=now,
        subject=task,
        what=task.title,
        owner=task.owner.name,
    )


@transition(Task.UNDELIVERED, may=access.may_steer, name="task_changed")
def change(
    task: Task,
    *,
    owner: User | None = None,
    helpers: Iterable[User] | None = None,
    waits_for: Iterable[Task] | None = None,
    skills: Mapping[Skill, int] | None = None,
    confirm_load: bool = False,
    reason: str = "",
    by: User,
    now: datetime,
    **values,
) -> dict:
    """Change what was asked, or who does it. Days under which a plan was approved stay around its steps.

    values: fields of CHANGEABLE. reason: why a day that is over moves; what was late stays late.
    Raises: PolicyBroken beside its fields; also beside `due_on` where steps of a plan lie outside; TypeError for
    other fields.
    """
    if values.keys() - CHANGEABLE:
        raise TypeError(f"a task does not change by hand: {sorted(values.keys() - CHANGEABLE)}")
    values = _stripped(values)
    before = {name: getattr(task, name) for name in values}
    for name, value in values.items():
        setattr(task, name, value)
    old_owner = task.owner
    task.owner = owner or old_owner
    task.wanted = (
        dict(skills) if skills is not None else {one.skill: one.level for one in task.skills.select_related("skill")}
    )
    helpers = [one for one in (task.helpers.all() if helpers is None else helpers) if owner is None or one != owner]
    others = list(task.waits_for.all() if waits_for is None else waits_for)
    hold(f"order of tasks at site {task.site_id}")  # two who change it at once would close a circle together
    known: dict[int, list[int]] = {}
    for one, needs in Task.waits_for.through.objects.filter(from_task__site=task.site).values_list(
        "from_task", "to_task"
    ):
        known.setdefault(one, []).append(needs)
    require(policy.no_circle(task.pk, [one.pk for one in others], known), field="waits_for")
    require(policy.day_moved(old_owner == by, before.get("due_on", task.due_on), task.due_on), field="due_on")
    require(steps_stay_inside(task), field="due_on")
    require(owner_stays_under_review(task, old_owner), field="owner")
    due_before = before.get("due_on", task.due_on)
    due_moved = due_before != task.due_on
    overdue = due_before < _today(task.site, now)
    require(policy.late_day_moved(due_moved and overdue, reason), field="reason")
    moved = due_moved or before.get("begins_on", task.begins_on) != task.begins_on
    weighs_more = moved or owner is not None or before.get("hours", task.hours).compare(task.hours) == -1
    waited_for = set(task.waits_for.all())  # a task that was cancelled since stays in the order it had
    task.fit = _check(
        task, helpers=helpers, waits_for=[one for one in others if one not in waited_for],
        confirmed=confirm_load or not weighs_more, now=now, same_day=not due_moved,
    )  # fmt: skip
    changes = differences(before, {name: getattr(task, name) for name in values})
    if task.owner_id != old_owner.pk:
        changes["owner"] = [str(old_owner), str(task.owner)]
    task.save()
    new_helpers = [one for one in helpers if one not in set(task.helpers.all())]
    task.helpers.set(helpers)
    task.waits_for.set(others)
    if skills is not None:
        task.skills.all().delete()
        TaskSkill.objects.bulk_create(TaskSkill(task=task, skill=one, level=level) for one, level in skills.items())
    for clock in clocks.about(task).open():
        if due_moved:
            due_at = clocks.end_of(task.due_on, task.site.zone)
            obligations.reschedule(clock, due_at=due_at, by=by, now=now, reason=reason.strip())
    if task.owner_id != old_owner.pk:
        _go_along(task, old_owner, by=by, now=now, reason="")
        _tell_owner(task, by=by, now=now)
    elif changes:
        notifications.tell(
            [task.owner] if task.owner != by else [],
            TASK_CHANGED,
            key=f"task:{task.pk}:changed:{now.isoformat()}",
            now=now,
            subject=task,
            what=task.title,
            by=str(by),
        )
    _tell_helpers(task, new_helpers, by=by, now=now)
    return changes


def steps_stay_inside(task: Task) -> Verdict:
    """The steps of a plan that was submitted or approved lie within the task's days, also when these move (3.2.2)."""
    plans = [*task.plans.filter(status=Plan.Status.IN_REVIEW), plan_in_force(task)]
    steps = [step for plan in plans if plan is not None for step in plan.steps.all()]
    outside = [one.title for one in steps if one.begins_on < task.begins_on or one.due_on > task.due_on]
    return unless(
        bool(outside),
        _("Steps of its plan would lie outside: %(steps)s.") % {"steps": " · ".join(outside)},
        remedy=_("Ask the owner for a new version of the plan first, or choose days around its steps."),
        clause=plan_policy.CONTENT,
    )


def owner_stays_under_review(task: Task, old_owner: User) -> Verdict:
    """Whoever submitted a plan learns what becomes of it before the task goes to somebody else (3.2.1)."""
    return unless(
        task.owner_id != old_owner.pk and task.plans.filter(status=Plan.Status.IN_REVIEW).exists(),
        _("Its plan is under review."),
        remedy=_("Decide on the plan first."),
        clause=plan_policy.REVIEW,
    )


# --- Carrying out -------------------------------------------------------------------------------------


def may_start_now(task: Task) -> Verdict:
    """Under an approved plan, and after those it waits for."""
    approved = task.plans.filter(status=Plan.Status.APPROVED).exists()
    waits = [one.title for one in task.waits_for.filter(status__in=Task.UNDELIVERED)]
    return plan_policy.may_start(has_approved_plan=approved, waits_for=waits)


@transition(Status.ASSIGNED, to=Status.STARTED, may=access.may_carry_out, name="task_started", text=_("Started"))
def start(task: Task, *, by: User, now: datetime) -> None:
    """Raises: PolicyBroken without an approved plan, or while what it waits for is not delivered (3.2.1)."""
    require(may_start_now(task))
    task.started_at = now


@transition(Status.STARTED, to=Status.DELIVERED, may=access.may_carry_out, name="task_delivered", text=_("Delivered"))
def deliver(task: Task, *, outcome: str, files: Files = (), by: User, now: datetime) -> str:
    """Hand in what was asked for; the lead accepts it or sends it back.

    Raises: PolicyBroken beside `outcome`, or while steps of the plan are not done (3.2.3).
    """
    require(policy.said(outcome, _("Say what you deliver, and where it is.")), field="outcome")
    require(may_deliver_now(task))
    attach_all(task, files, by=by, now=now)
    task.outcome, task.delivered_at = outcome.strip(), now
    obligations.meet(clocks.TASK_DUE, task, by=by, at=now)
    notifications.tell(
        [one for one in task.site.leads if one != by],
        DELIVERED,
        key=f"task:{task.pk}:delivered:{now.isoformat()}",
        now=now,
        subject=task,
        what=task.title,
        owner=task.owner.name,
    )
    return task.outcome


def may_deliver_now(task: Task) -> Verdict:
    """Once every step of the plan in force is done."""
    plan = plan_in_force(task)
    return plan_policy.may_deliver(plan.steps.open().count() if plan else 0)


def plan_in_force(task: Task) -> Plan | None:
    """The newest approved version."""
    return task.plans.filter(status=Plan.Status.APPROVED).order_by("-version").first()


@transition(
    Status.DELIVERED, to=Status.ACCEPTED, may=access.may_accept, name="task_accepted", text=_("Accepted what was done")
)
def accept(task: Task, *, verdict: str, client_contact=None, files: Files = (), by: User, now: datetime) -> str:
    """It is what was asked for. client_contact: who of the client said so; then their words are proved by a file.

    Raises: PolicyBroken beside `verdict`, `client_contact` or `files`.
    """
    findings = Findings(clause=policy.CLEAR)
    findings.check(policy.said(verdict, _("Say by what you know: compare with what was agreed.")), "verdict")
    if client_contact is not None:
        strange = client_contact.client_id != task.site.client_id
        findings.check(unless(strange, _("This contact works for another client.")), "client_contact")
        words = _("Add the proof of the client's acceptance: a signed record, a mail, a photo.")
        findings.check(unless(not files, words, clause=policy.CLEAR), "files")
    findings.require()
    attach_all(task, files, by=by, now=now)
    task.verdict, task.client_contact, task.accepted_by, task.closed_at = verdict.strip(), client_contact, by, now
    _tell_answer(task, _("Accepted"), task.verdict, by=by, now=now)
    return task.verdict


@transition(Status.DELIVERED, to=Status.STARTED, may=access.may_accept, name="task_sent_back", text=_("Sent back"))
def send_back(task: Task, *, reason: str, by: User, now: datetime) -> str:
    """It is not what was asked for: its clock runs on as if nothing had been delivered.

    Raises: PolicyBroken beside `reason`.
    """
    require(policy.said(reason, _("Say what is missing.")), field="reason")
    task.delivered_at = None
    obligations.run_on(clocks.TASK_DUE, task, owner=task.owner, now=now, reason=reason.strip())
    _tell_answer(task, _("Sent back"), reason.strip(), by=by, now=now)
    return reason.strip()


def _tell_answer(task: Task, outcome, words: str, *, by: User, now: datetime) -> None:
    notifications.tell(
        [task.owner] if task.owner != by else [],
        ANSWERED,
        key=f"task:{task.pk}:answered:{now.isoformat()}",
        now=now,
        subject=task,
        what=task.title,
        outcome=outcome,
        words=words,
    )


@transition(Task.UNDELIVERED, to=Status.CANCELLED, may=access.may_steer, name="task_cancelled", text=_("Cancelled"))
def cancel(task: Task, *, reason: str, by: User, now: datetime) -> str:
    """It is no longer wanted; its clocks and those of its steps end, and a plan under review is taken back.

    Raises: PolicyBroken beside `reason`.
    """
    require(policy.said(reason, _("Say why it is no longer wanted.")), field="reason")
    if task.plans.filter(status=Plan.Status.IN_REVIEW).exists():
        raise PolicyBroken(
            no(_("Its plan is under review."), remedy=_("Decide on the plan first."), clause=plan_policy.REVIEW)
        )
    task.closed_at = now
    clocks.let_go(task, by=by, now=now, reason=reason.strip())
    obligations.drop(step_clocks.of_steps(task.plans.all()), by=by, now=now, reason=reason.strip())
    notifications.tell(
        [one for one in {task.owner, *task.helpers.all()} if one != by],
        TASK_CANCELLED,
        key=f"task:{task.pk}:cancelled",
        now=now,
        subject=task,
        what=task.title,
        reason=reason.strip(),
    )
    return reason.strip()


# --- To another owner ---------------------------------------------------------------------------------


@transition(Task.OPEN, name="task_handed_on", text=_("Handed on"))
def go_along(task: Task, *, owner: User, by: User | None, now: datetime, reason: str) -> str:
    """The task goes to somebody else with its clocks; who may hand it over was asked where it was."""
    old = task.owner
    if old == owner:
        return reason
    task.owner = owner
    task.save(update_fields=["owner"])
    for plan in task.plans.filter(status=Plan.Status.IN_REVIEW):  # the new owner answers for it, so they submit it
        for round_ in Approval.objects.about(plan).filter(status=Approval.Status.OPEN):
            approvals.recall(round_, by=by, now=now, reason=str(_("The task goes to somebody else.")))
    _go_along(task, old, by=by, now=now, reason=reason)
    _tell_owner(task, by=by, now=now)
    return f"{owner}: {reason}" if reason else str(owner)


def _go_along(task: Task, old: User, *, by: User | None, now: datetime, reason: str) -> None:
    """Its clock, and those of the old owner's steps, move; a helper who owns it now helps no more."""
    task.helpers.remove(task.owner)
    obligations.hand_over(clocks.about(task), to=task.owner, by=by, now=now, reason=reason)
    obligations.hand_over(
        step_clocks.of_steps(task.plans.all()).filter(owner=old), to=task.owner, by=by, now=now, reason=reason
    )


@obligations.handed_over_by(clocks.TASK_DUE)
def hand_over(obligation, *, to: User, by, now: datetime, reason: str) -> None:
    go_along(obligation.subject, owner=to, by=by, now=now, reason=reason)
