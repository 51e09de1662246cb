"""Leaving a site before the planned end: asked for, decided by HR and the client side in parallel (2.2.2a)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import approvals, notifications, parameters
from apps.core.attachments import Attachment
from apps.core.forms import attach_all
from apps.core.keeping import differences
from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import Findings, NotAllowed, Verdict, WrongState, no, require, unless
from apps.personnel import access
from apps.personnel.actions import absences, handovers
from apps.personnel.models import Assignment, ClientContact, Departure, UnapprovedAbsence, User
from apps.personnel.policy import departures as policy

Status = Departure.Status
Files = Sequence[tuple[str, bytes]]
SAID = ("client_contact", "client_agreed", "client_words")
RUNNING = [Status.DRAFT, Status.IN_REVIEW, Status.RETURNED, Status.APPROVED]

ASKED = verb("departure_asked", _("Asked to leave early"))
STAYS = notifications.note_kind(
    "departure_called_off",
    _("A departure was called off"),
    _("%(person)s stays at %(site)s: the departure is called off"),
    _("%(reason)s"),
)
APPROVED = verb("departure_approved", _("Early departure approved"))


def may_be_asked(assignment: Assignment) -> Verdict:
    """Only who is on site leaves early, and one departure is asked for at a time."""
    if assignment.status != Assignment.Status.ON_SITE:
        return no(
            _("Only somebody who is on site leaves early."),
            remedy=_("What has not begun is cancelled instead."),
            clause="2.2.2a",
        )
    if assignment.absences.filter(result=UnapprovedAbsence.Result.ENDED).exists():
        return no(
            _("HR has ended this posting: left without approval."),
            remedy=_("Ask HR, if that is not right."),
            clause="2.2.2b",
        )
    return unless(
        assignment.departures.filter(status__in=RUNNING).exists(),
        _("A departure from this posting was asked for already."),
        remedy=_("Look at it: it waits, is approved, or was returned to be revised."),
        clause="2.2.2a",
    )


def _check(departure: Departure, now: datetime) -> None:
    assignment = departure.assignment
    today = now.astimezone(assignment.site.zone).date()
    days = int(parameters.value("departure_notice_days", on=today))
    findings = Findings(clause="2.2.2a")
    last_day = departure.last_day
    findings.check(policy.leaves_early(last_day, assignment.since, assignment.planned_to, today), "last_day")
    findings.check(policy.said(departure.reason, _("Say why they leave early."), "2.2.2a"), "reason")
    if "last_day" not in findings.fields:
        findings.check(policy.notice(last_day, today, days, departure.short_notice_reason), "short_notice_reason")
    findings.require()


@transaction.atomic
def ask_departure(
    assignment: Assignment,
    *,
    last_day: date,
    reason: str,
    leaves_company: bool = False,
    short_notice_reason: str = "",
    by: User,
    now: datetime,
) -> Departure:
    """Ask HR and the client side to let somebody leave early.

    Raises: NotAllowed; WrongState when they are not on site or it was asked for already; PolicyBroken beside the
    fields, or when nobody could sign for the client side.
    """
    require(access.may_ask_departure(by, assignment), NotAllowed)
    lock(assignment)
    require(may_be_asked(assignment), WrongState)
    departure = Departure(
        assignment=assignment,
        last_day=last_day,
        leaves_company=leaves_company,
        reason=reason.strip(),
        short_notice_reason=short_notice_reason.strip(),
        asked_by=by,
        asked_at=now,
        status=Status.IN_REVIEW,
    )
    _check(departure, now)
    departure.save()
    record(departure, ASKED, by=by, now=now, note=departure.reason)
    record(assignment, ASKED, by=by, now=now, note=f"{departure.last_day:%Y-%m-%d}", departure=departure.pk)
    approvals.start(departure, by=by, now=now)
    return departure


@transition(
    Status.RETURNED,
    to=Status.IN_REVIEW,
    may=access.may_revise_departure,
    name="departure_revised",
    text=_("Revised and sent again"),
)
def revise_departure(
    departure: Departure,
    *,
    last_day: date,
    reason: str,
    leaves_company: bool = False,
    short_notice_reason: str = "",
    by: User,
    now: datetime,
) -> str:
    """Answer what was returned and send it again; the client is asked anew where the day or the reason changed.

    Raises: PolicyBroken beside the fields.
    """
    if (last_day, reason.strip()) != (departure.last_day, departure.reason):
        departure.client_contact = departure.client_agreed = departure.client_said_at = None
        departure.client_recorded_by = departure.client_recorded_at = None
        departure.client_words = ""
    departure.last_day, departure.reason = last_day, reason.strip()
    departure.leaves_company, departure.short_notice_reason = leaves_company, short_notice_reason.strip()
    _check(departure, now)
    departure.save()
    approvals.start(departure, by=by, now=now)
    return departure.reason


@transition(
    Status.RETURNED,
    to=Status.WITHDRAWN,
    may=access.may_revise_departure,
    name="departure_given_up",
    text=_("Given up"),
)
def give_up_departure(departure: Departure, *, by: User, now: datetime) -> None:
    """They stay after all."""
    absences.open_again(departure, now=now)


@transition(
    Status.IN_REVIEW,
    may=access.may_speak_for_client,
    name="departure_client_decided",
    text=_("The client's decision recorded"),
)
def record_client_decision(
    departure: Departure,
    *,
    contact: ClientContact,
    agreed: bool,
    said_at: datetime,
    words: str,
    files: Files,
    by: User,
    now: datetime,
) -> dict:
    """Put on record what the client's contact decided, with its proof; only then the lead signs for that side.

    It can be put right until that side is signed.
    Raises: WrongState once that side is signed; PolicyBroken beside the fields.
    """
    require(
        unless(
            approvals.Signature.objects.filter(
                approval__in=approvals.Approval.objects.about(departure).open(), role="", decided_by__isnull=False
            ).exists(),
            _("The client side has signed already."),
            remedy=_("Undo the signature while that is possible."),
            clause="2.2.2a",
        ),
        WrongState,
    )
    findings = Findings(clause="2.2.2a")
    findings.check(
        unless(contact.client_id != departure.site.client_id, _("This is somebody of another client.")), "contact"
    )
    findings.check(policy.client_heard(said_at, departure.asked_at, now), "said_at")
    findings.check(policy.said(words, _("Say what they said."), "2.2.2a"), "words")
    findings.check(
        unless(not files, _("Add the proof of what the client said: a mail, a letter, a photo."), clause="2.2.2a"),
        "files",
    )
    findings.require()
    attach_all(departure, files, by=by, now=now)
    before = {name: getattr(departure, name) for name in SAID}
    departure.client_contact, departure.client_agreed = contact, agreed
    departure.client_said_at, departure.client_words = said_at, words.strip()
    departure.client_recorded_by, departure.client_recorded_at = by, now
    return differences(before, {name: getattr(departure, name) for name in SAID})


def evidence_of(departure: Departure):
    return Attachment.objects.about(departure)


@approvals.outcome_of(Departure)
def departure_decided(departure: Departure, outcome: str, *, by, now: datetime, reason: str) -> None:
    """Signed by both sides: the way is open for that day, and the handover begins."""
    lock(departure)
    departure.status = outcome
    departure.save(update_fields=["status"])
    assignment = departure.assignment
    if outcome in (Status.REJECTED, Status.WITHDRAWN):
        absences.open_again(departure, now=now)
    if outcome != approvals.Outcome.APPROVED or assignment.status != Assignment.Status.ON_SITE:
        return
    record(assignment, APPROVED, by=by, now=now, note=f"{departure.last_day:%Y-%m-%d}", departure=departure.pk)
    handovers.open_for(assignment, last_day=departure.last_day, by=None, now=now)


@transition(
    Status.APPROVED, to=Status.WITHDRAWN, may=access.may_call_off, name="departure_called_off", text=_("Called off")
)
def call_off(departure: Departure, *, reason: str, by: User, now: datetime) -> str:
    """They stay after all, although both sides had agreed; the handover is called off with it.

    Raises: WrongState when the posting is over; PolicyBroken beside `reason`.
    """
    assignment = lock(departure.assignment)
    require(
        unless(assignment.status != Assignment.Status.ON_SITE, _("The posting has ended."), clause="2.2.2a"), WrongState
    )
    require(policy.said(reason, _("Say why they stay."), "2.2.2a"), field="reason")
    handovers.call_off_of(assignment, reason=reason.strip(), by=by, now=now)
    absences.open_again(departure, now=now)
    notifications.tell(
        [one for one in (assignment.person, *assignment.site.leads) if one.pk != by.pk],
        STAYS,
        key=f"departure:{departure.pk}:called_off",
        now=now,
        subject=departure,
        person=assignment.person.name,
        site=assignment.site.name,
        reason=reason.strip(),
    )
    return reason.strip()
