"""What the person says to a posting, and what HR answers to an objection (2.1.1)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.core import notifications
from apps.core.transitions import transition
from apps.core.verdicts import Verdict, WrongState, require, unless
from apps.personnel import access
from apps.personnel.actions.assignments import tell_person
from apps.personnel.models import Assignment, User
from apps.personnel.policy import staffing as policy
from apps.personnel.roles import Role

Status, Answer = Assignment.Status, Assignment.Answer

EXCHANGE = ("posting_objected", "posting_asked_again")

OBJECTED = notifications.note_kind(
    "posting_objected",
    _("Somebody objects to a posting"),
    _("%(person)s objects to going to %(site)s"),
    _("%(reason)s"),
)
ASKED_AGAIN = notifications.note_kind(
    "posting_asked_again",
    _("HR answers your objection"),
    _("You are asked again: %(site)s from %(since)s on"),
    _("%(answer)s"),
    by_mail=True,
)


def to_answer(assignment: Assignment) -> Verdict:
    return policy.still_to_answer(assignment.answer == Answer.WAITING)


@transition(Status.PLANNED, may=access.may_answer_posting, name="posting_accepted", text=_("Accepted by the person"))
def accept(assignment: Assignment, *, seen: str = "", by: User, now: datetime) -> None:
    """I go. Also after an objection, while HR has not decided.

    seen: the terms as they stood on the page. Raises: NotAllowed; WrongState when it was accepted, or has changed.
    """
    changed = bool(seen) and seen != assignment.terms
    moved = _("The posting has changed since you opened this page.")
    require(unless(changed, moved, remedy=_("Read the new days, then answer again."), clause="2.1.1"), WrongState)
    require(unless(assignment.answer == Answer.ACCEPTED, _("This was answered already."), clause="2.1.1"), WrongState)
    assignment.answer, assignment.answered_at = Answer.ACCEPTED, now


@transition(Status.PLANNED, may=access.may_answer_posting, name=EXCHANGE[0], text=_("The person objects"))
def object_to(assignment: Assignment, *, reason: str, by: User, now: datetime) -> str:
    """I cannot go, and why; HR is told and decides.

    Raises: NotAllowed; WrongState when it was answered already; PolicyBroken beside `reason`.
    """
    require(to_answer(assignment), WrongState)
    require(policy.said(reason, _("Say why, so that HR can decide.")), field="reason")
    assignment.answer, assignment.answered_at = Answer.OBJECTED, now
    assignment.objection = reason.strip()
    chooser = assignment.selection.decided_by if assignment.selection_id else None
    hr = list(User.objects.with_role(Role.HR))
    notifications.tell(
        [chooser] if chooser in hr else hr,
        OBJECTED,
        key=f"assignment:{assignment.pk}:objected:{now.isoformat()}",
        now=now,
        subject=assignment,
        person=assignment.person.name,
        site=assignment.site.name,
        reason=assignment.objection,
    )
    return assignment.objection


@transition(Status.PLANNED, may=access.may_choose, name=EXCHANGE[1], text=_("Asked again"))
def ask_again(assignment: Assignment, *, answer: str, by: User, now: datetime) -> str:
    """HR keeps the choice, answers the objection, and asks again.

    Raises: NotAllowed; WrongState without an objection; PolicyBroken beside `answer`.
    """
    require(unless(assignment.answer != Answer.OBJECTED, _("The person does not object."), clause="2.1.1"), WrongState)
    require(policy.said(answer, _("Answer the objection.")), field="answer")
    assignment.answer, assignment.answered_at = Answer.WAITING, None
    tell_person(assignment, ASKED_AGAIN, now=now, answer=answer.strip())
    return answer.strip()
