"""Talks about development, what was agreed, and promotions and transfers (2.4.3b)."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import notifications
from apps.core.keeping import keep
from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import Findings, NotAllowed, WrongState, require, unless
from apps.personnel import access
from apps.personnel.models import (
    Assignment,
    CareerChange,
    Department,
    DevelopmentGoal,
    DevelopmentTalk,
    Enrolment,
    Grade,
    Site,
    User,
)
from apps.personnel.obligations import development as clocks
from apps.personnel.policy import development as policy

Status = DevelopmentTalk.Status
TALKED = verb("development_talked", _("Talk written down"))
PROMOTED = verb("career_changed", _("Promotion or transfer entered"))
YOUR_CAREER = verb("person_career_changed", _("Promoted or transferred"))

TO_SIGN = notifications.note_kind(
    "development_talk",
    _("A talk with you was written down"),
    _("Confirm or comment: your talk of %(day)s"),
    _("%(by)s wrote it down."),
)
CHANGED = notifications.note_kind(
    "career_change",
    _("You were promoted or transferred"),
    _("%(what)s, from %(day)s"),
    _("%(reason)s"),
)


# --- Talks --------------------------------------------------------------------------------------------


def site_of(person: User, now: datetime) -> Site | None:
    """Where somebody is stationed today."""
    day = now.astimezone(person.zone).date()
    posting = Assignment.objects.active_on(day).filter(person=person).select_related("site").first()
    return posting.site if posting else None


def may_talk(user: User, person: User, now: datetime):
    return access.may_talk_with(user, person, site_of(person, now))


@transaction.atomic
def record_talk(
    person: User, *, held_on: date, said: str, goals: Iterable[tuple[str, date | None]], by: User, now: datetime
) -> DevelopmentTalk:
    """Write down a talk with its goals; the person is asked to confirm or comment, and the clock stops.

    Raises: NotAllowed; PolicyBroken beside `held_on`, `said`, `goal_1` or a later goal.
    """
    require(may_talk(by, person, now), NotAllowed)
    goals = list(goals)
    findings = Findings(clause=policy.CLAUSE)
    findings.check(policy.talk_day(held_on, now.astimezone(person.zone).date()), "held_on")
    findings.check(policy.said(said, _("Say what was spoken of.")), "said")
    for number, (text, due_on) in enumerate(goals, 1):
        findings.check(policy.goal_whole(text, due_on, held_on), f"goal_{number}")
    findings.require()
    talk = DevelopmentTalk.objects.create(
        person=person, site=site_of(person, now), held_by=by, held_on=held_on, said=said.strip(), recorded_at=now
    )
    for text, due_on in goals:
        if text.strip():
            DevelopmentGoal.objects.create(talk=talk, text=text.strip(), due_on=due_on)
    record(talk, TALKED, by=by, now=now)
    clocks.count(talk, by=by, now=now)
    notifications.tell(
        [person], TO_SIGN, key=f"talk:{talk.pk}", now=now, subject=talk, day=held_on.isoformat(), by=by.name
    )
    return talk


@transition(
    Status.HELD,
    to=Status.CONFIRMED,
    may=access.may_sign_talk,
    name="development_talk_confirmed",
    text=_("Confirmed by the person"),
)
def confirm_talk(talk: DevelopmentTalk, *, by: User, now: datetime) -> None:
    """The person says that this was said and agreed."""
    talk.signed_at = now


@transition(
    Status.HELD,
    to=Status.COMMENTED,
    may=access.may_sign_talk,
    name="development_talk_commented",
    text=_("Commented by the person"),
)
def comment_talk(talk: DevelopmentTalk, *, comment: str, by: User, now: datetime) -> str:
    """The person sees it otherwise, and says how; that stands beside what was written.

    Raises: PolicyBroken beside `comment`.
    """
    require(policy.said(comment, _("Say how you see it.")), field="comment")
    talk.comment, talk.signed_at = comment.strip(), now
    return talk.comment


@transaction.atomic
def set_goal(goal: DevelopmentGoal, *, status: str, by: User, now: datetime) -> DevelopmentGoal:
    """How an agreed goal stands: under way, reached, given up.

    Raises: NotAllowed; PolicyBroken beside `status`.
    """
    require(may_set_goal(by, goal, now), NotAllowed)
    require(
        unless(status not in DevelopmentGoal.Status.values, _("Choose how it stands."), clause=policy.CLAUSE),
        field="status",
    )
    return keep(goal, by=by, now=now, values={"status": status})


def may_set_goal(user: User, goal: DevelopmentGoal, now: datetime):
    """Who holds the talks with this person; the person speaks of it in the next one."""
    return may_talk(user, goal.talk.person, now)


# --- Promotions and transfers -------------------------------------------------------------------------


@transaction.atomic
def change_career(
    person: User,
    *,
    kind: str,
    effective_on: date,
    reason: str,
    by: User,
    now: datetime,
    grade: Grade | None = None,
    department: Department | None = None,
    talk: DevelopmentTalk | None = None,
    enrolment: Enrolment | None = None,
) -> CareerChange:
    """Enter a promotion or transfer with what it rests on; the person's grade and department change with it.

    Raises: NotAllowed, WrongState for somebody who has left; PolicyBroken beside the fields.
    """
    require(access.may_promote(by, person), NotAllowed)
    lock(person)
    require(unless(not person.is_active, _("%(person)s has left.") % {"person": person}), WrongState)
    promotion = kind == CareerChange.Kind.PROMOTION
    findings = Findings(clause=policy.CLAUSE)
    findings.check(
        unless(kind not in CareerChange.Kind.values, _("Choose a promotion or a transfer."), clause=policy.CLAUSE),
        "kind",
    )
    findings.check(policy.from_day(effective_on, now.astimezone(person.zone).date()), "effective_on")
    findings.check(
        unless(promotion and grade is None, _("Name the new grade."), clause=policy.CLAUSE)
        & policy.rises(person.grade.rank if promotion and person.grade else None, grade.rank if grade else None),
        "grade",
    )
    findings.check(
        unless(not promotion and department is None, _("Name the new department."), clause=policy.CLAUSE)
        & policy.moves(person.department_id, department.pk if department else None),
        "department",
    )
    findings.check(policy.cites_basis(talk, enrolment), "talk")
    findings.check(_of(person, talk), "talk")
    findings.check(_of(person, enrolment), "enrolment")
    findings.check(
        unless(
            enrolment is not None and enrolment.result != Enrolment.Result.PASSED,
            _("This result was not passed."),
            clause=policy.CLAUSE,
        ),
        "enrolment",
    )
    findings.check(policy.said(reason, _("Say why, so that the history can be understood.")), "reason")
    findings.require()
    change = CareerChange.objects.create(
        person=person,
        kind=kind,
        effective_on=effective_on,
        grade_before=person.grade,
        grade=grade,
        department_before=person.department,
        department=department,
        talk=talk,
        enrolment=enrolment,
        reason=reason.strip(),
        decided_by=by,
        decided_at=now,
    )
    record(change, PROMOTED, by=by, now=now, note=change.reason)
    values = {"grade": grade, "department": department}
    keep(person, by=by, now=now, values={name: one for name, one in values.items() if one}, changed=YOUR_CAREER)
    notifications.tell(
        [person],
        CHANGED,
        key=f"career:{change.pk}",
        now=now,
        subject=change,
        what=change.get_kind_display(),
        day=effective_on.isoformat(),
        reason=change.reason,
    )
    return change


def _of(person: User, basis):
    """What it rests on is about this person."""
    return unless(
        basis is not None and basis.person_id != person.pk, _("This is about somebody else."), clause=policy.CLAUSE
    )
