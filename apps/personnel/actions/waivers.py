"""Waivers of a mandatory requirement: who, which, why, until when; the head signs (2.1.2)."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import approvals
from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import Findings, NotAllowed, WrongState, require, unless
from apps.personnel import access
from apps.personnel.actions.candidates import Ranking, today_at
from apps.personnel.actions.staffing import still_open
from apps.personnel.models import QualificationWaiver, Requirement, StaffingRequest, User
from apps.personnel.policy import staffing as policy
from apps.personnel.policy.postings import still_with_us

Waiver = QualificationWaiver.Status
ASKED = verb("qualification_waiver_asked", _("Waiver asked for"))
APPROVED = verb("qualification_waiver_approved", _("Waiver approved"))
UNDER_WAY = [Waiver.DRAFT, Waiver.IN_REVIEW, Waiver.RETURNED]


def _check(waiver: QualificationWaiver, now: datetime) -> None:
    request, requirement, person = waiver.request, waiver.requirement, waiver.person
    findings = Findings(clause="2.1.2")
    findings.check(
        unless(requirement.request_id != request.pk, _("This requirement belongs to another request.")), "requirement"
    )
    findings.check(still_with_us(person, person.is_active), "person")
    if not findings.fields:
        [seen] = Ranking(request, today=today_at(request, now), people=[person.pk])[:]
        [reply] = [one for one in seen.replies if one.requirement == requirement.pk]
        findings.check(policy.needs_waiver(requirement.mandatory, reply.answer), "requirement")
    findings.check(policy.waiver_until(waiver.until, today_at(request, now), request.planned_to), "until")
    findings.check(policy.said(waiver.reason, _("Say why they can go all the same.")), "reason")
    findings.require()


def _title(waiver: QualificationWaiver) -> str:
    return f"{waiver.person.name} · {waiver.requirement} · {waiver.request.site.name} · {waiver.until:%Y-%m-%d}"


@transaction.atomic
def ask_waiver(
    request: StaffingRequest,
    *,
    requirement: Requirement,
    person: User,
    reason: str,
    until: date,
    by: User,
    now: datetime,
) -> QualificationWaiver:
    """Ask the head to let somebody go although a mandatory requirement is not met.

    Raises: NotAllowed; WrongState when the request is not open or such a waiver is under way; PolicyBroken beside
    the fields.
    """
    require(access.may_choose(by), NotAllowed)
    lock(request)
    require(still_open(request), WrongState)
    waiver = QualificationWaiver(
        request=request,
        requirement=requirement,
        person=person,
        reason=reason.strip(),
        until=until,
        asked_by=by,
        asked_at=now,
        status=Waiver.IN_REVIEW,
    )
    _check(waiver, now)
    asked = QualificationWaiver.objects.filter(requirement=requirement, person=person)
    before = asked.filter(status__in=UNDER_WAY) | asked.filter(status=Waiver.APPROVED, until__gte=request.planned_to)
    require(
        unless(
            before.exists(),
            _("A waiver of this requirement for %(person)s was asked for already.") % {"person": person.name},
            remedy=_("Look at the waivers of this request."),
            clause="2.1.2",
        ),
        WrongState,
    )
    waiver.save()
    record(waiver, ASKED, by=by, now=now, note=waiver.reason)
    approvals.start(waiver, by=by, now=now, title=_title(waiver))
    return waiver


@transition(
    Waiver.RETURNED,
    to=Waiver.IN_REVIEW,
    may=access.may_revise_waiver,
    name="qualification_waiver_revised",
    text=_("Revised and sent again"),
)
def revise_waiver(waiver: QualificationWaiver, *, reason: str, until: date, by: User, now: datetime) -> str:
    """Answer what the head returned, and send it again.

    Raises: WrongState when the request is no longer open; PolicyBroken beside its fields.
    """
    require(still_open(lock(waiver.request)), WrongState)
    waiver.reason, waiver.until = reason.strip(), until
    _check(waiver, now)
    approvals.start(waiver, by=by, now=now, title=_title(waiver))
    return waiver.reason


@transition(
    Waiver.RETURNED,
    to=Waiver.WITHDRAWN,
    may=access.may_revise_waiver,
    name="qualification_waiver_given_up",
    text=_("Given up"),
)
def give_up_waiver(waiver: QualificationWaiver, *, by: User, now: datetime) -> None:
    """The requirement holds after all."""


@approvals.outcome_of(QualificationWaiver)
def waiver_decided(waiver: QualificationWaiver, outcome: str, *, by, now: datetime, reason: str) -> None:
    """Signed: the way is open where it lasts to the planned end; the request's history says so."""
    lock(waiver)
    waiver.status = outcome
    waiver.save(update_fields=["status"])
    if outcome == approvals.Outcome.APPROVED:
        record(waiver.request, APPROVED, by=by, now=now, note=_title(waiver), waiver=waiver.pk)
