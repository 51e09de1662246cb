"""What a report asks of a department: told at once, answered with a clock (clause 7.2.1)."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import notifications, obligations
from apps.core.transitions import record, transition, verb
from apps.core.verdicts import Findings, NotAllowed, require, unless
from apps.personnel.models import Department, User
from apps.personnel.roles import Role
from apps.workplans import access
from apps.workplans.models import Need, Report
from apps.workplans.obligations import problems as clocks
from apps.workplans.policy import problems as policy

ASKED = verb("need_asked", _("Asked of the department"))

TOLD = notifications.note_kind(
    "need_asked",
    _("A site needs something of your department"),
    _("%(site)s asks %(department)s: %(what)s"),
    _("Asked by %(by)s. Answer what you will do and by when (clause 7.2.1)."),
)
ANSWERED = notifications.note_kind(
    "need_answered",
    _("A department answered what you need"),
    _("%(department)s answered: %(what)s"),
    _("%(answer)s"),
)
MOST_WORDS = 200


def answerers(department: Department) -> list[User]:
    """Who is told for a department: its head, else the one above, else HR."""
    head = next((one for one in department.heads if one.is_active), None)
    return [head] if head else list(User.objects.with_role(Role.HR).order_by("pk"))


@transaction.atomic
def ask(
    *, report: Report, department: Department, text: str, need_by: date | None = None, by: User, now: datetime
) -> Need:
    """Ask a department for something; its head is told at once and answers within the policy's working days.

    Raises: NotAllowed; PolicyBroken beside `department`, `text` or `need_by`.
    """
    require(access.may_ask_department(by, report), NotAllowed)
    today = now.astimezone(report.site.zone).date()
    findings = Findings(clause=policy.NEEDS)
    findings.check(policy.said(text, _("Say what is needed."), policy.NEEDS), "text")
    if need_by is not None:
        findings.check(policy.due_ahead(need_by, today, policy.NEEDS), "need_by")
    told = answerers(department)
    findings.check(
        unless(
            not told,
            _("Nobody heads %(department)s, and there is no HR to ask.") % {"department": department.name},
            clause=policy.NEEDS,
        ),
        "department",
    )
    findings.require()
    need = Need.objects.create(report=report, department=department, text=text.strip(), need_by=need_by, asked_at=now)
    record(need, ASKED, by=by, now=now)
    clocks.answer_soon(need, owner=told[0], now=now)
    notifications.tell(
        [one for one in told if one != by],
        TOLD,
        key=f"need:{need.pk}",
        now=now,
        subject=need,
        site=report.site.name,
        department=department.name,
        what=need.text[:MOST_WORDS],
        by=str(by),
    )
    return need


@transition(
    Need.Status.ASKED, to=Need.Status.ANSWERED, may=access.may_answer_need, name="need_answered", text=_("Answered")
)
def answer(need: Need, *, answer: str, by: User, now: datetime) -> str:
    """Say what the department does and by when; who asked and the site's leads are told.

    Raises: PolicyBroken beside `answer`.
    """
    require(policy.said(answer, _("Say what you will do, and by when."), policy.NEEDS), field="answer")
    need.answer, need.answered_by, need.answered_at = answer.strip(), by, now
    obligations.meet(clocks.NEED_ANSWER, need, by=by, at=now)
    report = need.report
    notifications.tell(
        {report.assignment.person, report.filed_by, *need.site.leads} - {by},
        ANSWERED,
        key=f"need:{need.pk}:answered",
        now=now,
        subject=need,
        department=need.department.name,
        what=need.text[:MOST_WORDS],
        answer=need.answer,
    )
    return need.answer


@obligations.handed_over_by(clocks.NEED_ANSWER)
def hand_over(obligation, *, to: User, by, now: datetime, reason: str) -> None:
    """Only to somebody who may answer for the department.

    Raises: PolicyBroken beside `to`.
    """
    require(access.may_answer_need(to, obligation.subject), field="to")
    rows = obligations.Obligation.objects.filter(pk=obligation.pk)
    obligations.hand_over(rows, to=to, by=by, now=now, reason=reason)
