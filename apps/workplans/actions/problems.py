"""What stands in the way of work is followed until it is solved; major ones go the way of 3.4.3 (clause 3.3.1)."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.communication.actions import problems as joint
from apps.communication.models import Problem
from apps.core import notifications, obligations, parameters
from apps.core.transitions import record, transition, verb
from apps.core.verdicts import YES, Findings, NotAllowed, Verdict, WrongState, no, require, unless
from apps.personnel.models import Site, User
from apps.workplans import access
from apps.workplans.days import after_working_days
from apps.workplans.models import Report, Task, WorkProblem
from apps.workplans.obligations import problems as clocks
from apps.workplans.policy import problems as policy

Status, Severity = WorkProblem.Status, WorkProblem.Severity

RAISED = verb("work_problem_raised", _("Raised"))

YOURS = notifications.note_kind(
    "work_problem_yours",
    _("A problem at work is yours"),
    _("Yours to solve by %(due)s: %(what)s"),
    _("Raised by %(by)s."),
)
LEAD_TOLD = notifications.note_kind(
    "work_problem_raised",
    _("A problem at work was raised"),
    _("A problem at %(site)s: %(what)s"),
    _("Raised by %(by)s; %(owner)s owns it."),
)
SOLVED = notifications.note_kind(
    "work_problem_solved", _("A problem you raised was solved"), _("Solved: %(what)s"), _("%(outcome)s")
)
REOPENED = notifications.note_kind(
    "work_problem_reopened", _("A problem is open again"), _("Open again: %(what)s"), _("%(reason)s")
)


def _today(site: Site, now: datetime) -> date:
    return now.astimezone(site.zone).date()


def due_by_policy(site: Site, now: datetime) -> date:
    """The day by which a problem is solved when nobody names another (3.3.1)."""
    days = int(parameters.value("work_problem_days", on=_today(site, now)))
    return after_working_days(site, now, days).astimezone(site.zone).date()


def _owner_for(site: Site, by: User, today: date) -> User | None:
    """Whoever raises it, where they work there; else who leads the site, or heads it."""
    if access.may_own(by, site, today):
        return by
    return next((one for one in (*site.leads, *site.heads) if one.is_active), None)


def _may_own(person: User, site: Site, today: date) -> Verdict:
    """Also a head above, who answers for the site."""
    return YES if person.is_active and access.leads(person, site) else access.may_own(person, site, today)


@transaction.atomic
def raise_problem(
    *,
    site: Site,
    title: str,
    detail: str = "",
    severity: str,
    owner: User | None = None,
    due_on: date | None = None,
    report: Report | None = None,
    task: Task | None = None,
    by: User,
    now: datetime,
) -> WorkProblem:
    """Say what stands in the way; it has an owner and a day from now on.

    owner: without one whoever raises it, else the site's lead. due_on: without one the policy's working days.
    A major one is told to departments and leaders at once (3.4.3).
    Raises: NotAllowed; PolicyBroken beside `title`, `severity`, `owner`, `due_on`, `report` or `task`.
    """
    today = _today(site, now)
    problem = WorkProblem(
        site=site,
        title=title.strip(),
        detail=detail.strip(),
        severity=severity,
        owner=owner or _owner_for(site, by, today) or by,
        due_on=due_on or due_by_policy(site, now),
        report=report,
        task=task,
        raised_by=by,
        raised_at=now,
    )
    require(access.may_raise_problem(by, problem), NotAllowed)
    findings = Findings(clause=policy.CLAUSE)
    findings.check(policy.said(title, _("Say what stands in the way.")), "title")
    findings.check(
        unless(severity not in Severity.values, _("Say whether it can be solved here."), clause=policy.CLAUSE),
        "severity",
    )
    findings.check(_may_own(problem.owner, site, today), "owner")
    findings.check(policy.due_ahead(problem.due_on, today), "due_on")
    elsewhere = _("This belongs to another site.")
    findings.check(unless(report is not None and report.site != site, elsewhere), "report")
    findings.check(unless(task is not None and task.site_id != site.pk, elsewhere), "task")
    findings.require()
    if severity == Severity.MAJOR:
        problem.escalated = _tell_leaders(problem, by=by, now=now)
    problem.save()
    record(problem, RAISED, by=by, now=now, owner=problem.owner_id, due_on=problem.due_on.isoformat())
    clocks.solve_by(problem, now=now)
    _tell_owner(problem, by=by, now=now)
    notifications.tell(
        [one for one in site.leads if one not in (by, problem.owner)],
        LEAD_TOLD,
        key=f"work_problem:{problem.pk}",
        now=now,
        subject=problem,
        site=site.name,
        what=problem.title,
        by=str(by),
        owner=str(problem.owner),
    )
    return problem


def _tell_leaders(problem: WorkProblem, reason: str = "", *, by: User, now: datetime) -> Problem:
    """The joint problem of 3.4.3: the lead, the heads, HR and executives learn of it at once."""
    detail = "\n\n".join(filter(None, [problem.detail, reason])) or problem.title
    return joint.raise_problem(
        kind=Problem.Kind.MAJOR,
        site=problem.site,
        title=problem.title,
        detail=detail,
        by=by,
        now=now,
    )


def _tell_owner(problem: WorkProblem, *, by: User | None, now: datetime) -> None:
    notifications.tell(
        [problem.owner] if problem.owner != by else [],
        YOURS,
        key=f"work_problem:{problem.pk}:yours:{now.isoformat()}",
        now=now,
        subject=problem,
        due=problem.due_on.isoformat(),
        what=problem.title,
        by=str(problem.raised_by),
    )


@transition(Status.OPEN, may=access.may_settle, name="work_problem_handed_on", text=_("Handed on"))
def hand_on(problem: WorkProblem, *, owner: User, reason: str, by: User, now: datetime) -> str:
    """Give it to somebody else of the site, clock running.

    Raises: PolicyBroken beside `owner` or `reason`.
    """
    findings = Findings(clause=policy.CLAUSE)
    findings.check(_may_own(owner, problem.site, _today(problem.site, now)), "owner")
    findings.check(unless(owner.pk == problem.owner_id, _("%(person)s owns it already.") % {"person": owner}), "owner")
    findings.check(policy.said(reason, _("Say why, so that the next owner understands.")), "reason")
    findings.require()
    _pass(problem, owner, by=by, now=now, reason=reason.strip())
    return f"{owner}: {reason.strip()}"


@transition(Status.OPEN, name="work_problem_handed_on")
def go_along(problem: WorkProblem, *, owner: User, by: User | None, now: datetime, reason: str) -> str:
    """It goes to somebody else with its clock; who may hand it over was asked where it was."""
    if problem.owner == owner:
        return reason
    _pass(problem, owner, by=by, now=now, reason=reason)
    return f"{owner}: {reason}" if reason else str(owner)


def _pass(problem: WorkProblem, owner: User, *, by: User | None, now: datetime, reason: str) -> None:
    """The clock's own notice tells the new owner."""
    problem.owner = owner
    problem.save(update_fields=["owner"])
    obligations.hand_over(clocks.about(problem), to=owner, by=by, now=now, reason=reason)


@obligations.handed_over_by(clocks.WORK_PROBLEM)
def hand_over(obligation, *, to: User, by, now: datetime, reason: str) -> None:
    go_along(obligation.subject, owner=to, by=by, now=now, reason=reason)


def may_be_solved(problem: WorkProblem) -> Verdict:
    """A major one waits for its joint plan (3.4.3)."""
    if problem.escalated is None:
        return YES
    return policy.joint_plan_done(problem.escalated.title, closed=problem.escalated.status == Problem.Status.CLOSED)


@transition(Status.OPEN, to=Status.SOLVED, may=access.may_settle, name="work_problem_solved", text=_("Solved"))
def solve(problem: WorkProblem, *, outcome: str, by: User, now: datetime) -> str:
    """It no longer stands in the way.

    Raises: PolicyBroken while the joint problem is not closed, or beside `outcome`.
    """
    require(may_be_solved(problem))
    require(policy.said(outcome, _("Say how it was solved.")), field="outcome")
    problem.outcome, problem.solved_by, problem.solved_at = outcome.strip(), by, now
    obligations.meet(clocks.WORK_PROBLEM, problem, by=by, at=now)
    notifications.tell(
        {problem.raised_by, problem.owner} - {by},
        SOLVED,
        key=f"work_problem:{problem.pk}:solved:{now.isoformat()}",
        now=now,
        subject=problem,
        what=problem.title,
        outcome=problem.outcome,
    )
    return problem.outcome


@transition(Status.SOLVED, to=Status.OPEN, may=access.may_take_up, name="work_problem_reopened", text=_("Opened again"))
def reopen(problem: WorkProblem, *, reason: str, by: User, now: datetime) -> str:
    """It stands in the way again. Where its day lies ahead its clock runs on; else a new one begins.

    A major one whose joint problem is closed goes to departments and leaders again (3.4.3).

    Raises: PolicyBroken beside `reason`.
    """
    require(policy.said(reason, _("Say what has come back.")), field="reason")
    problem.outcome, problem.solved_by, problem.solved_at = "", None, None
    site, today = problem.site, _today(problem.site, now)
    if not _may_own(problem.owner, site, today):
        problem.owner = _owner_for(site, by, today) or by
    if problem.due_on < today:
        problem.due_on = due_by_policy(site, now)
        problem.save(update_fields=["due_on", "owner"])
        clocks.solve_by(problem, now=now)
    else:
        obligations.run_on(clocks.WORK_PROBLEM, problem, owner=problem.owner, now=now, reason=reason.strip())
    if problem.escalated is not None and may_be_solved(problem):
        problem.escalated = _tell_leaders(problem, reason.strip(), by=by, now=now)
    notifications.tell(
        {problem.owner, *site.leads} - {by},
        REOPENED,
        key=f"work_problem:{problem.pk}:reopened:{now.isoformat()}",
        now=now,
        subject=problem,
        what=problem.title,
        reason=reason.strip(),
    )
    return reason.strip()


@transition(Status.OPEN, may=access.may_take_up, name="work_problem_escalated", text=_("Made a major problem"))
def escalate(problem: WorkProblem, *, reason: str, by: User, now: datetime) -> str:
    """It cannot be solved here: departments and leaders learn of it at once (3.4.3).

    Raises: WrongState when it is major already; PolicyBroken beside `reason`.
    """
    if problem.severity == Severity.MAJOR:
        raise WrongState(no(_("Departments and leaders know of it already."), clause="3.4.3"))
    require(policy.said(reason, _("Say why it cannot be solved here.")), field="reason")
    problem.severity = Severity.MAJOR
    problem.escalated = _tell_leaders(problem, reason.strip(), by=by, now=now)
    return reason.strip()
