"""What happens to a plan: written, submitted, decided, its steps moved on (clauses 3.2.1, 3.2.2, 3.2.3)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import approvals, notifications, obligations
from apps.core.approvals import Outcome, Signature
from apps.core.transitions import EXPLAIN, lock, record, verb
from apps.core.verdicts import Findings, NotAllowed, PolicyBroken, WrongState, no, require, unless
from apps.personnel.models import User
from apps.workplans import access
from apps.workplans.models import Plan, Step, Task
from apps.workplans.obligations import plans as clocks
from apps.workplans.policy import plans as policy

Status = Plan.Status

BEGUN = verb("plan_begun", _("Plan begun"))
WRITTEN = verb("plan_written", _("Plan written"))
SENT = verb("plan_submitted", _("Plan sent to the lead"))
OF_TASK = {
    Outcome.APPROVED: verb("task_plan_approved", _("Plan approved")),
    Outcome.RETURNED: verb("task_plan_returned", _("Plan returned with remarks")),
    Outcome.REJECTED: verb("task_plan_rejected", _("Plan rejected")),
    Status.WITHDRAWN: verb("task_plan_withdrawn", _("Plan withdrawn")),
}
MOVED = verb("step_moved", _("Progress of a step"))


def _which(data: dict) -> str:
    """Which step moved how far, or which version of the plan it was."""
    if "percent" in data and "step" in data:
        return f"{data['step']}: {data['percent']} %"
    return str(_("version %(version)s") % {"version": data["version"]}) if data.get("of") == "plan" else ""


EXPLAIN.append(_which)

TOLD = notifications.note_kind(
    "plan_decided_for_step",
    _("You are responsible for a step"),
    _("Your step, due %(due)s: %(what)s"),
    _("In the plan of “%(task)s”."),
)


@dataclass(frozen=True)
class Line:
    """A step as somebody writes it. key: of the same step in the version before."""

    title: str
    begins_on: date
    due_on: date
    responsible: User
    key: uuid.UUID | None = None


# --- Writing ------------------------------------------------------------------------------------------


@transaction.atomic
def begin(task: Task, *, by: User, now: datetime) -> Plan:
    """The next version of a task's plan, begun from the last one; the draft that is there already, where there is one.

    Raises: NotAllowed; WrongState while one is under review, or when the task is over.
    """
    lock(task)
    require(access.may_write_plan(by, task), NotAllowed)
    require(may_begin(task), WrongState)
    draft = task.plans.filter(status=Status.DRAFT).first()
    if draft is not None:
        return draft
    last = task.plans.first()
    in_force = task.plans.filter(status=Status.APPROVED).first()
    plan = Plan(task=task, version=last.version + 1 if last else 1, written_by=by, written_at=now)
    if last is not None:
        plan.goals, plan.resources, plan.risks = last.goals, last.resources, last.risks
    plan.save()
    moved = {one.key: one for one in in_force.steps.all()} if in_force else {}
    if last is not None:
        Step.objects.bulk_create(_copy(one, plan, moved.get(one.key)) for one in last.steps.all())
    elif task.template is not None:
        lines = draft_lines(task, task.template.steps)
        Step.objects.bulk_create(
            Step(plan=plan, order=order, title=title, begins_on=first, due_on=due, responsible=task.owner)
            for order, (title, first, due) in enumerate(lines, start=1)
        )
    record(task, BEGUN, by=by, now=now, of="plan", version=plan.version)
    return plan


def _copy(step: Step, plan: Plan, moved: Step | None) -> Step:
    """The same step in the next version: its days held within the task, its progress as it is now."""
    task = plan.task
    begins_on = min(max(step.begins_on, task.begins_on), task.due_on)
    return Step(
        plan=plan,
        key=step.key,
        order=step.order,
        title=step.title,
        begins_on=begins_on,
        due_on=max(min(step.due_on, task.due_on), begins_on),
        responsible=step.responsible,
        percent=moved.percent if moved else 0,
        moved_at=moved.moved_at if moved else None,
        done_at=moved.done_at if moved else None,
    )


def may_begin(task: Task):
    """A version is written while the task goes on and no other one is under review (3.2.1)."""
    return unless(
        task.status not in Task.UNDELIVERED,
        _("The task is “%(status)s”: it needs no other plan.") % {"status": task.get_status_display()},
        clause=policy.REVIEW,
    ) & unless(
        task.plans.filter(status=Status.IN_REVIEW).exists(),
        _("A version of this plan is under review."),
        remedy=_("Wait for the decision, or withdraw it first."),
        clause=policy.REVIEW,
    )


@transaction.atomic
def write(
    plan: Plan,
    *,
    goals: str,
    resources: str = "",
    risks: str = "",
    change: str = "",
    steps: Sequence[Line],
    seen: str | None = None,
    by: User,
    now: datetime,
) -> Plan:
    """Keep a draft, whole or not; what is missing is asked for at submission.

    seen: the moment of writing that the page showed; where somebody has written since, nothing is overwritten.
    Raises: NotAllowed; WrongState under review or decided, or when another tab was faster; PolicyBroken beside
    `steps`, or `step-N` for the N-th line.
    """
    lock(plan)
    require(access.may_change_plan(by, plan), NotAllowed)
    require(may_be_written(plan), WrongState)
    stale = seen is not None and seen != plan.written_at.isoformat()
    words = _("This plan was changed in another window meanwhile.")
    require(unless(stale, words, remedy=_("Open it again and compare.")), WrongState)
    _check_lines(plan.task, steps)
    plan.goals, plan.resources, plan.risks = goals.strip(), resources.strip(), risks.strip()
    plan.change = change.strip()
    plan.written_by, plan.written_at = by, now
    plan.save()
    known = {one.key: one for one in plan.steps.all()}
    _check_done(known, steps)
    kept = {line.key for line in steps if line.key in known}
    for key, step in known.items():
        if key not in kept:
            step.delete()
    for order, line in enumerate(steps, start=1):
        step = known.get(line.key) or Step(plan=plan, key=line.key or uuid.uuid4())
        step.order, step.title, step.responsible = order, line.title.strip(), line.responsible
        step.begins_on, step.due_on = line.begins_on, line.due_on
        step.save()
    record(plan.task, WRITTEN, by=by, now=now, of="plan", version=plan.version)
    return plan


def _check_done(known: dict, steps: Sequence[Line]) -> None:
    """What is done stays what it was: other work is another step, of which nothing is done yet (3.2.3)."""
    findings = Findings(clause=policy.KEPT)
    for number, line in enumerate(steps):
        step = known.get(line.key)
        changed = step is not None and step.done_at and (
            (line.title.strip(), line.begins_on, line.due_on) != (step.title, step.begins_on, step.due_on)
        )  # fmt: skip
        words = _("“%(step)s” is done: leave it as it was, or write another step.")
        findings.check(unless(bool(changed), words % {"step": step.title if step else ""}), f"step-{number}")
    findings.require()


def may_be_written(plan: Plan):
    """Only a draft changes; what was submitted changes by a new version (3.2.3)."""
    if plan.status == Status.IN_REVIEW:
        return no(
            _("This plan is under review and does not change."),
            remedy=_("Withdraw it first, then change it."),
            clause=policy.REVIEW,
        )
    return unless(
        plan.status != Status.DRAFT,
        _("This version was decided and stays as it is."),
        remedy=_("Write a new version."),
        clause=policy.KEPT,
    )


def _check_lines(task: Task, steps: Sequence[Line]) -> None:
    """What no draft may hold, because the database would not: days outside the task, steps without words."""
    findings = Findings(clause=policy.CONTENT)
    for number, line in enumerate(steps):
        where = f"step-{number}"
        findings.check(policy.said(line.title, _("Say what is done in this step.")), where)
        findings.check(policy.step_inside(line.begins_on, line.due_on, task.begins_on, task.due_on), where)
        day = max(line.begins_on, task.begins_on)
        findings.check(access.may_own(line.responsible, task.site, day), where)
    keys = [line.key for line in steps if line.key]
    findings.check(unless(len(keys) != len(set(keys)), _("A step stands here twice.")), "steps")
    findings.check(unless(len(steps) > policy.MOST_STEPS, policy.has_steps(len(steps)).reason), "steps")
    findings.require()


@transaction.atomic
def submit(plan: Plan, *, by: User, now: datetime) -> Plan:
    """Send a version to the lead: goals, steps, days and who is responsible are all there (3.2.2).

    Raises: NotAllowed; WrongState; PolicyBroken beside `goals`, `steps`, `change`, or `step-N`.
    """
    lock(plan.task)
    lock(plan)
    require(access.may_change_plan(by, plan), NotAllowed)
    require(may_be_written(plan), WrongState)
    task = plan.task
    require(
        unless(task.status not in Task.UNDELIVERED, _("The task is over."), clause=policy.REVIEW),
        WrongState,
    )
    steps = list(plan.steps.select_related("responsible"))
    findings = Findings(clause=policy.CONTENT)
    findings.check(policy.said(plan.goals, _("Say what the plan is to reach.")), "goals")
    findings.check(policy.has_steps(len(steps)), "steps")
    for number, step in enumerate(steps):
        inside = policy.step_inside(step.begins_on, step.due_on, task.begins_on, task.due_on)
        findings.check(inside, f"step-{number}")
    if plan.version > 1:
        findings.check(policy.said(plan.change, _("Say what changes, and why.")), "change")
    findings.require()
    plan.status, plan.submitted_at = Status.IN_REVIEW, now
    plan.save()
    record(task, SENT, by=by, now=now, of="plan", version=plan.version)
    round_ = approvals.start(plan, by=by, now=now)
    signature = round_.signatures.select_related("person").first()
    clocks.review_soon(plan, reviewer=signature.person if signature else task.site.head, now=now)
    return plan


# --- Deciding -----------------------------------------------------------------------------------------


def may_be_reviewed(plan: Plan):
    """Only what was submitted is reviewed."""
    return unless(
        plan.status != Status.IN_REVIEW,
        _("This plan is not under review now."),
        remedy=_("Open the task: there may be another version."),
        clause=policy.REVIEW,
    )


@transaction.atomic
def review(
    plan: Plan, outcome: str, *, reason: str = "", of_steps: dict[int, str] | None = None, by: User, now: datetime
) -> Signature:
    """Approve, return with remarks on steps, or reject; a reason is made of the remarks where none was typed.

    Raises: NotAllowed, WrongState; PolicyBroken beside `reason`.
    """
    of_steps = {pk: words for pk, words in (of_steps or {}).items() if words.strip()}
    lock(plan.task)
    round_ = approvals.Approval.objects.about(plan).order_by("-pk").first()
    if round_ is None:
        raise WrongState(may_be_reviewed(plan))
    if outcome == Outcome.RETURNED and not reason.strip() and of_steps:
        titles = dict(plan.steps.values_list("pk", "title"))
        reason = "\n".join(f"{titles[pk]}: {words.strip()}" for pk, words in of_steps.items() if pk in titles)
    signature = approvals.decide(round_, outcome, by=by, now=now, reason=reason)
    lock(plan)
    for step in plan.steps.all():  # also those of a decision that was undone
        step.remark = of_steps.get(step.pk, "").strip()
        step.save(update_fields=["remark"])
    plan.remarks = reason.strip()
    plan.save(update_fields=["remarks"])
    return signature


@approvals.outcome_of(Plan)
def decided(plan: Plan, outcome: str, *, by, now: datetime, reason: str) -> None:
    """Approved: this version is in force, its steps' clocks run, those of the last version end."""
    task = lock(plan.task)
    lock(plan)
    plan.decided_at = now
    record(task, OF_TASK[outcome], by=by, now=now, note=reason, of="plan", version=plan.version)
    if outcome == Status.WITHDRAWN:
        outcome = Status.DRAFT  # the owner may go on writing
        plan.decided_at = None
    plan.status = outcome
    if outcome == Status.DRAFT:  # what was written of it took no effect, so nobody reads it
        plan.remarks = ""
        plan.steps.exclude(remark="").update(remark="")
    plan.save(update_fields=["status", "decided_at", "remarks"])
    if outcome == Status.DRAFT:
        obligations.drop(_review_of(plan), by=by, now=now, reason=str(_("Withdrawn")))
        return
    obligations.meet(clocks.PLAN_REVIEW, plan, by=by, at=now)
    if outcome != Outcome.APPROVED or task.status == Task.Status.CANCELLED:
        return
    before = task.plans.filter(status=Status.APPROVED, version__lt=plan.version).order_by("-version").first()
    if before is not None:
        _carry_progress(before, plan)
        reason = str(_("A new version of the plan is in force."))
        obligations.drop(clocks.of_steps([before.pk]), by=by, now=now, reason=reason)
    clocks.steps_by_their_days(plan, now=now)
    for step in plan.steps.select_related("responsible"):
        notifications.tell(
            [step.responsible] if step.responsible_id != task.owner_id and step.done_at is None else [],
            TOLD,
            key=f"plan:{plan.pk}:step:{step.pk}",
            now=now,
            subject=plan,
            what=step.title,
            due=step.due_on.isoformat(),
            task=task.title,
        )


def _review_of(plan: Plan):
    return obligations.Obligation.objects.kind(clocks.PLAN_REVIEW).about(plan)


def _carry_progress(before: Plan, plan: Plan) -> None:
    """What moved while the new version was under review."""
    moved = {one.key: one for one in before.steps.all()}
    for step in plan.steps.all():
        old = moved.get(step.key)
        if old is not None and (old.percent, old.done_at) != (step.percent, step.done_at):
            step.percent, step.moved_at, step.done_at = old.percent, old.moved_at, old.done_at
            step.save(update_fields=["percent", "moved_at", "done_at"])


# --- Steps --------------------------------------------------------------------------------------------


@transaction.atomic
def move(step: Step, *, percent: int, note: str = "", by: User, now: datetime) -> Step:
    """How far a step of the version in force is; at 100 its clock stops.

    Raises: NotAllowed; WrongState before the task has started, or under an older version; PolicyBroken beside
    `percent`.
    """
    lock(step.plan.task)
    lock(step)
    require(access.may_move_step(by, step), NotAllowed)
    require(may_move_now(step), WrongState)
    require(policy.progress(percent), PolicyBroken, field="percent")
    if percent == step.percent:
        return step
    before, step.percent, step.moved_at = step.percent, percent, now
    done_before = step.done_at is not None
    step.done_at = now if percent == 100 else None
    step.save(update_fields=["percent", "moved_at", "done_at"])
    record(step.plan.task, MOVED, by=by, now=now, note=note.strip(), step=step.title, before=before, percent=percent)
    if percent == 100:
        obligations.meet(clocks.STEP_DUE, step, by=by, at=now)
    elif done_before:
        reason = note.strip() or str(_("Not done after all."))
        obligations.run_on(clocks.STEP_DUE, step, owner=step.responsible, now=now, reason=reason)
    return step


def may_move_now(step: Step):
    """Steps move while the task is under way, in the version in force."""
    return unless(
        step.plan.task.status != Task.Status.STARTED,
        _("Steps move while the task is under way; it is “%(status)s”.")
        % {"status": step.plan.task.get_status_display()},
        remedy=_("Start the task first."),
        clause=policy.KEPT,
    ) & unless(
        not step.plan.in_force,
        _("A newer version of the plan is in force."),
        remedy=_("Open the task again."),
        clause=policy.KEPT,
    )


def draft_lines(task: Task, template_steps: str) -> list[tuple[str, date, date]]:
    """Steps of a template laid out evenly over a task's days: words, first and last day."""
    titles = [one.strip() for one in template_steps.splitlines() if one.strip()][: policy.MOST_STEPS]
    days = (task.due_on - task.begins_on).days + 1
    lines = []
    for number, title in enumerate(titles):
        first = task.begins_on + timedelta(days=days * number // len(titles))
        last = task.begins_on + timedelta(days=days * (number + 1) // len(titles) - 1)
        lines.append((title[:200], first, max(first, last)))
    return lines
