"""Complaints and major problems (clause 3.4.3): told at once, acknowledged, planned together, closed by two."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.communication import access
from apps.communication.models import PlanSignature, Problem
from apps.communication.obligations import problems as clocks
from apps.communication.policy import problems as policy
from apps.core import notifications, obligations
from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import Findings, NotAllowed, PolicyBroken, WrongState, no, require, unless
from apps.personnel.models import User
from apps.personnel.roles import Role

Status = Problem.Status

RAISED = verb("problem_raised", _("Raised"))
SIGNED = verb("problem_plan_signed", _("Signed the joint plan"))

ALERT = notifications.note_kind(
    "problem_raised",
    _("A complaint or major problem was raised"),
    _("%(kind)s at %(site)s: %(what)s"),
    _("Raised by %(by)s. A department head, HR or an executive acknowledges it (clause 3.4.3)."),
    urgent=True,
)
PLAN_CHANGED = notifications.note_kind(
    "problem_plan_changed",
    _("A joint plan changed"),
    _("New joint plan to sign: %(what)s"),
    _("Signatures under the earlier text no longer count."),
)


@transaction.atomic
def raise_problem(
    *, kind: str, site, title: str, detail: str, by, now: datetime, contact=None, enquiry=None
) -> Problem:
    """Mark something as a complaint or major problem: the lead, the head, HR and executives learn at once.

    Raises: NotAllowed; PolicyBroken beside `title`, `detail`, `enquiry` or `contact`.
    """
    problem = Problem(
        kind=kind,
        site=site,
        title=title.strip(),
        detail=detail.strip(),
        contact=contact,
        enquiry=enquiry,
        raised_by=by,
        raised_at=now,
    )
    require(access.may_raise(by, problem), NotAllowed)
    findings = Findings(clause=policy.CLAUSE)
    findings.check(policy.said(title, _("Say what happened.")), "title")
    findings.check(policy.said(detail, _("Describe it, so that others can act.")), "detail")
    findings.check(access.of_site(enquiry, site), "enquiry")
    if contact is not None:
        findings.check(access.of_client(contact, site), "contact")
    findings.require()
    problem.save()
    record(problem, RAISED, by=by, now=now)
    clocks.acknowledge_soon(problem, now=now)
    notifications.tell(
        {*site.leads, *site.heads, *User.objects.with_role(Role.HR), *User.objects.with_role(Role.EXECUTIVE)} - {by},
        ALERT,
        key=f"problem:{problem.pk}",
        now=now,
        subject=problem,
        kind=Problem.Kind(kind).label,
        site=site.name,
        what=problem.title,
        by=str(by),
    )
    return problem


@transition(
    Status.RAISED,
    to=Status.ACKNOWLEDGED,
    may=access.may_acknowledge,
    name="problem_acknowledged",
    text=_("Acknowledged"),
)
def acknowledge(problem: Problem, *, by, now: datetime) -> None:
    """A department or leader takes it on."""
    problem.acknowledged_by = by
    problem.acknowledged_at = now
    obligations.meet(clocks.PROBLEM_ACKNOWLEDGE, problem, by=by, at=now)


@transition(Status.ACKNOWLEDGED, may=access.may_plan, name="problem_planned", text=_("Joint plan written"))
def write_plan(problem: Problem, *, plan: str, by, now: datetime) -> str:
    """Write or change the joint plan; a new text is a new version that both sides sign afresh.

    Raises: PolicyBroken beside `plan`.
    """
    findings = Findings(clause=policy.CLAUSE)
    findings.check(policy.said(plan, _("Write what both sides will do, by when, and who does it.")), "plan")
    findings.check(unless(plan.strip() == problem.plan, _("This is the plan as it stands.")), "plan")
    findings.require()
    problem.plan = plan.strip()
    problem.plan_version += 1
    signers = {problem.acknowledged_by, *problem.site.leads, *(one.person for one in problem.signatures.all())}
    notifications.tell(
        signers - {by},
        PLAN_CHANGED,
        key=f"problem:{problem.pk}:plan:{problem.plan_version}",
        now=now,
        subject=problem,
        what=problem.title,
    )
    return problem.plan


@transaction.atomic
def sign_plan(problem: Problem, *, version: int, by, now: datetime) -> PlanSignature:
    """Sign the joint plan in the version one has read.

    Raises: NotAllowed; WrongState when it changed meanwhile, was signed by this person, or is closed.
    """
    lock(problem)
    require(access.may_plan(by, problem), NotAllowed)
    require(may_be_signed(problem), WrongState)
    require(
        unless(
            version != problem.plan_version,
            _("The plan changed while you read it."),
            remedy=_("Read the new text, then sign it."),
            clause=policy.CLAUSE,
        ),
        WrongState,
    )
    try:
        with transaction.atomic():
            signature = PlanSignature.objects.create(
                problem=problem,
                version=version,
                person=by,
                for_company=access.for_company(by, problem),
                for_site=access.for_site(by, problem),
                at=now,
            )
    except IntegrityError as error:
        raise WrongState(no(_("You signed this plan already."), clause=policy.CLAUSE)) from error
    record(problem, SIGNED, by=by, now=now, version=version)
    return signature


def may_be_signed(problem: Problem):
    """Only a plan of a problem that is being solved."""
    return unless(
        problem.status != Status.ACKNOWLEDGED or not problem.plan,
        _("There is no plan to sign now."),
        remedy=_("Write the joint plan first."),
        clause=policy.CLAUSE,
    )


def signed(problem: Problem):
    """Whether both sides signed the plan as it stands."""
    signatures = [one for one in problem.signatures.all() if one.version == problem.plan_version]
    return policy.signed_by_both(
        {one.person_id for one in signatures if one.for_company}, {one.person_id for one in signatures if one.for_site}
    )


@transition(Status.ACKNOWLEDGED, to=Status.CLOSED, may=access.may_plan, name="problem_closed", text=_("Closed"))
def close(problem: Problem, *, outcome: str, by, now: datetime) -> str:
    """Close it with what came out, once two people signed the plan as it stands.

    Raises: PolicyBroken for the signatures, or beside `outcome`.
    """
    require(signed(problem), PolicyBroken)
    require(policy.said(outcome, _("Say what came out.")), field="outcome")
    problem.outcome = outcome.strip()
    problem.closed_at = now
    return problem.outcome
