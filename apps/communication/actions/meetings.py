"""Talking with the client (clause 7.1.1): plan, hold, confirm, or have the month waived."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.communication import access
from apps.communication.actions.contact_log import touched
from apps.communication.models import Meeting, MeetingWaiver
from apps.communication.obligations import meetings as clocks
from apps.communication.policy import meetings as policy
from apps.core import approvals, notifications
from apps.core.forms import attach_all
from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import YES, Findings, NotAllowed, Verdict, WrongState, require, unless
from apps.personnel.models import User

Status = Meeting.Status
Waiver = MeetingWaiver.Status
Files = Sequence[tuple[str, bytes]]

PLANNED = verb("meeting_planned", _("Planned a meeting"))
ASKED = verb("waiver_asked", _("Asked to waive the month"))

INVITED = notifications.note_kind(
    "meeting_planned",
    _("You take part in a meeting with the client"),
    _("%(begins_at)s: %(what)s"),
    _("%(site)s, planned by %(by)s."),
)
TO_CONFIRM = notifications.note_kind(
    "meeting_to_confirm",
    _("A meeting with the client waits for your confirmation"),
    _("Confirm the meeting of %(begins_at)s: %(what)s"),
    _("%(site)s. It counts for the month once it is confirmed (clause 7.1.1)."),
)


# --- Meetings -----------------------------------------------------------------------------------------


@transaction.atomic
def plan_meeting(
    *,
    site,
    mode: str,
    begins_at: datetime,
    agenda: str,
    staff: Iterable[User],
    contacts: Iterable,
    by,
    now: datetime,
    place: str = "",
) -> Meeting:
    """Arrange to talk with the client; those of us who take part are told.

    Raises: NotAllowed; PolicyBroken beside `begins_at`, `agenda`, `staff` or `contacts`.
    """
    meeting = Meeting(
        site=site,
        organiser=by,
        mode=mode,
        begins_at=begins_at,
        place=place.strip(),
        agenda=agenda.strip(),
    )
    staff, contacts = list(staff), list(contacts)
    require(access.may_assign(by, meeting), NotAllowed)
    _check(meeting, staff, contacts, policy.ahead(begins_at, now))
    meeting.save()
    meeting.staff.set(staff)
    meeting.contacts.set(contacts)
    record(meeting, PLANNED, by=by, now=now)
    _invite(meeting, staff, by=by, now=now)
    return meeting


@transaction.atomic
def log_meeting(
    *,
    site,
    mode: str,
    begins_at: datetime,
    agenda: str,
    minutes: str,
    staff: Iterable[User],
    contacts: Iterable,
    by,
    now: datetime,
    place: str = "",
    files: Files = (),
) -> Meeting:
    """Record a meeting that took place without having been planned here.

    Raises: NotAllowed; PolicyBroken beside `begins_at`, `agenda`, `minutes`, `staff`, `contacts` or `files`.
    """
    meeting = Meeting(
        site=site, organiser=by, mode=mode, begins_at=begins_at, place=place.strip(), agenda=agenda.strip()
    )
    require(access.may_assign(by, meeting), NotAllowed)
    meeting.save()
    return record_held(
        meeting, begins_at=begins_at, minutes=minutes, staff=staff, contacts=contacts, by=by, now=now, files=files
    )


def _check(meeting: Meeting, staff: list, contacts: list, moment: Verdict, minutes: str | None = None) -> None:
    """Everything that is wrong at once; moment: the verdict about when it begins."""
    findings = Findings(clause=policy.CLAUSE)
    findings.check(moment, "begins_at")
    findings.check(unless(not meeting.agenda.strip(), _("Say what it is about.")), "agenda")
    findings.check(unless(not staff, _("Name who of us takes part.")), "staff")
    day = meeting.begins_at.astimezone(meeting.site.zone).date()
    here = set(User.objects.filter(access.people_of(meeting.site, day)).values_list("pk", flat=True))
    for person in staff:
        findings.check(
            unless(
                person.pk not in here,
                _("%(person)s is not at this site on that day.") % {"person": person},
                clause=policy.CLAUSE,
            ),
            "staff",
        )
    for contact in contacts:
        findings.check(access.of_client(contact, meeting.site), "contacts")
    if minutes is not None:
        findings.check(unless(not minutes.strip(), _("Write down what was said and agreed.")), "minutes")
    findings.require()


def _invite(meeting: Meeting, staff: list, *, by, now: datetime) -> None:
    if meeting.begins_at <= now:
        return
    notifications.tell(
        [person for person in staff if person != by],
        INVITED,
        key=f"meeting:{meeting.pk}:{meeting.begins_at.isoformat()}",
        now=now,
        subject=meeting,
        begins_at=meeting.begins_at,
        what=meeting.agenda,
        site=meeting.site.name,
        by=str(by),
    )


@transition(Status.PLANNED, may=access.may_change_meeting, name="meeting_changed", text=_("Changed the meeting"))
def change_meeting(
    meeting: Meeting,
    *,
    mode: str,
    begins_at: datetime,
    agenda: str,
    staff: Iterable[User],
    contacts: Iterable,
    by,
    now: datetime,
    place: str = "",
) -> None:
    """Another time, place or company, before it takes place.

    Raises: PolicyBroken beside `begins_at`, `agenda`, `staff` or `contacts`.
    """
    staff, contacts = list(staff), list(contacts)
    moved = abs(begins_at - meeting.begins_at) > policy.TYPED
    moment = policy.ahead(begins_at, now) if moved else YES
    meeting.mode, meeting.begins_at, meeting.agenda, meeting.place = mode, begins_at, agenda.strip(), place.strip()
    _check(meeting, staff, contacts, moment)
    meeting.staff.set(staff)
    meeting.contacts.set(contacts)
    _invite(meeting, staff, by=by, now=now)


@transition(
    [Status.PLANNED, Status.HELD],
    to=Status.HELD,
    may=access.may_change_meeting,
    name="meeting_held",
    text=_("Recorded that it took place"),
)
def record_held(
    meeting: Meeting,
    *,
    begins_at: datetime,
    minutes: str,
    staff: Iterable[User],
    contacts: Iterable,
    by,
    now: datetime,
    files: Files = (),
) -> None:
    """It took place: when it really began, who was there, what was said. The lead is asked to confirm it.

    Until it is confirmed it may be recorded again, to correct it.
    Raises: PolicyBroken beside `begins_at`, `minutes`, `staff`, `contacts` or `files`.
    """
    staff, contacts = list(staff), list(contacts)
    meeting.begins_at = begins_at
    _check(meeting, staff, contacts, policy.held(begins_at, now), minutes)
    meeting.minutes = minutes.strip()
    meeting.staff.set(staff)
    meeting.contacts.set(contacts)
    attach_all(meeting, files, by=by, now=now)
    if contacts:
        touched(meeting.site, at=min(begins_at, now), by=by, learned_at=now)
    if counts(meeting):
        notifications.tell(
            confirmers(meeting),
            TO_CONFIRM,
            key=f"meeting:{meeting.pk}:confirm",
            now=now,
            subject=meeting,
            begins_at=begins_at,
            what=meeting.agenda,
            site=meeting.site.name,
        )


def counts(meeting: Meeting):
    """Whether it would count for the month, once it is confirmed."""
    return policy.counts(
        in_person=meeting.mode == Meeting.Mode.IN_PERSON, client_took_part=bool(meeting.contacts.all())
    )


def may_confirm(user, meeting: Meeting):
    """A lead or head who did not take part confirms what can count; phone and video need nobody's word."""
    return access.may_confirm(user, meeting) & counts(meeting) & policy.independent(own=own(user, meeting))


def own(user, meeting: Meeting) -> bool:
    """Whether this person organised the meeting, or was there."""
    return user.pk == meeting.organiser_id or user in meeting.staff.all()


def confirmers(meeting: Meeting) -> list[User]:
    """Who is asked to confirm it: the leads who were not there, else the nearest such head."""
    leads = [person for person in meeting.site.leads if not own(person, meeting)]
    return leads or [person for person in meeting.site.heads if not own(person, meeting)][:1]


@transition(Status.HELD, to=Status.CONFIRMED, may=may_confirm, name="meeting_confirmed", text=_("Confirmed"))
def confirm(meeting: Meeting, *, by, now: datetime, confirmed_for=None) -> str:
    """The lead's word, or the client's as the lead heard it: from now on it counts for its month.

    confirmed_for: who of the client confirmed it.
    Raises: NotAllowed, also for whoever organised it or was there; PolicyBroken beside `confirmed_for`.
    """
    require(
        unless(
            confirmed_for is not None and confirmed_for not in meeting.contacts.all(),
            _("Choose somebody of the client who took part."),
            clause=policy.CLAUSE,
        ),
        field="confirmed_for",
    )
    meeting.confirmed_by = by
    meeting.confirmed_for = confirmed_for
    meeting.confirmed_at = now
    clocks.count(meeting)
    return str(confirmed_for or "")


@transition(
    [Status.PLANNED, Status.HELD],
    to=Status.CANCELLED,
    may=access.may_change_meeting,
    name="meeting_cancelled",
    text=_("Cancelled"),
)
def cancel(meeting: Meeting, *, reason: str, by, now: datetime) -> str:
    """It does not take place, or did not.

    Raises: PolicyBroken beside `reason`.
    """
    require(unless(not reason.strip(), _("Say why."), clause=policy.CLAUSE), field="reason")
    return reason.strip()


@transaction.atomic
def add_files(meeting: Meeting, *, files: Files, by, now: datetime) -> None:
    """A photo or a file that belongs to the meeting.

    Raises: NotAllowed; PolicyBroken beside `files`.
    """
    require(access.may_change_meeting(by, meeting), NotAllowed)
    attach_all(meeting, files, by=by, now=now)


# --- A month that owes none ---------------------------------------------------------------------------


@transaction.atomic
def ask_waiver(*, assignment, month: date, ground: str, reason: str, by, now: datetime) -> MeetingWaiver:
    """Ask the head to waive a month's meeting: the client was closed, or the person was ill.

    Raises: NotAllowed; WrongState when one was asked for; PolicyBroken beside `month` or `reason`.
    """
    waiver = MeetingWaiver(
        assignment=assignment,
        month=policy.first_day(month),
        ground=ground,
        reason=reason.strip(),
        asked_by=by,
        status=Waiver.IN_REVIEW,
    )
    require(access.may_ask_waiver(by, waiver), NotAllowed)
    lock(assignment)
    _check_waiver(waiver, now)
    require(
        unless(
            MeetingWaiver.objects.filter(assignment=assignment, month=waiver.month)
            .exclude(status__in=[Waiver.REJECTED, Waiver.WITHDRAWN])
            .exists(),
            _("A waiver of this month was asked for already."),
            remedy=_("Look at its history."),
            clause=policy.CLAUSE,
        ),
        WrongState,
    )
    waiver.save()
    record(waiver, ASKED, by=by, now=now, note=waiver.reason)
    approvals.start(waiver, by=by, now=now)
    return waiver


def _check_waiver(waiver: MeetingWaiver, now: datetime) -> None:
    assignment, month = waiver.assignment, waiver.month
    findings = Findings(clause=policy.CLAUSE)
    last_day = assignment.last_day
    outside = assignment.since > policy.last_day(month) or (last_day is not None and last_day < month)
    findings.check(unless(outside, _("The assignment does not touch this month.")), "month")
    findings.check(policy.waivable(month, now.astimezone(assignment.site.zone).date()), "month")
    findings.check(waiver.may_be_waived, "month")
    findings.check(unless(not waiver.reason.strip(), _("Say why no meeting was possible.")), "reason")
    findings.require()


@transition(
    Waiver.RETURNED,
    to=Waiver.IN_REVIEW,
    may=access.may_revise,
    name="waiver_revised",
    text=_("Revised and sent again"),
)
def revise_waiver(waiver: MeetingWaiver, *, ground: str, reason: str, by, now: datetime) -> str:
    """Answer what the head returned.

    Raises: PolicyBroken beside `reason` or `month`.
    """
    waiver.ground, waiver.reason = ground, reason.strip()
    _check_waiver(waiver, now)
    approvals.start(waiver, by=by, now=now)
    return waiver.reason


@transition(Waiver.RETURNED, to=Waiver.WITHDRAWN, may=access.may_revise, name="waiver_given_up", text=_("Given up"))
def give_up_waiver(waiver: MeetingWaiver, *, by, now: datetime) -> None:
    """The month's meeting stays owed after all."""


@approvals.outcome_of(MeetingWaiver)
def waiver_decided(waiver: MeetingWaiver, outcome: str, *, by, now: datetime, reason: str) -> None:
    """Signed: the month's promise is no longer owed; a breach that happened stays on record."""
    lock(waiver)
    waiver.status = outcome
    waiver.save(update_fields=["status"])
    if outcome == approvals.Outcome.APPROVED:
        words = f"{waiver.get_ground_display()}: {waiver.reason}"
        clocks.let_go(waiver.assignment, waiver.month, by=by, now=now, reason=words)
