"""Somebody has left a site without both approvals: on record at once, and taken up by somebody (2.2.2b)."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import notifications, obligations, parameters
from apps.core.obligations import kind, owner, role
from apps.core.transitions import EXPLAIN, lock, record, transition, verb
from apps.core.verdicts import Findings, NotAllowed, Verdict, WrongState, require, unless
from apps.personnel import access
from apps.personnel.actions import handovers
from apps.personnel.models import Assignment, Departure, UnapprovedAbsence, User
from apps.personnel.policy import departures as policy
from apps.personnel.roles import Role

Status, Result = UnapprovedAbsence.Status, UnapprovedAbsence.Result

REPORTED = verb("absence_reported", _("Gone without approval"))
TAKEN_UP = verb("absence_taken_up", _("Absence taken up"))
EXPLAIN.append(lambda data: dict(Result.choices).get(data.get("result"), "") if data.get("absence") else "")

OPEN_AGAIN = verb("absence_open_again", _("Absence open again"))
NO_DEPARTURE = _("The departure that was asked for came to nothing.")

GONE = kind(
    "unapproved_absence",
    clause="2.2.2b",
    label=_("Whoever left without approval is taken up"),
    warn=[owner(before="absence_warn_hours")],
    breach=[owner(), role(Role.HR.value), role(Role.EXECUTIVE.value)],
)
GONE_NOTE = notifications.note_kind(
    "absence_reported",
    _("Somebody is gone without approval"),
    _("Gone without approval: %(person)s, %(site)s"),
    _("Since %(day)s, reported by %(by)s. Take it up and say how it came out."),
    urgent=True,
)


def may_be_reported(assignment: Assignment) -> Verdict:
    return unless(
        assignment.status != Assignment.Status.ON_SITE,
        _("Only somebody who should be on site can be gone."),
        clause="2.2.2b",
    ) & unless(
        assignment.absences.filter(status=Status.OPEN).exists(),
        _("This is on record already and waits to be taken up."),
        remedy=_("Open it and say how it came out."),
        clause="2.2.2b",
    )


@transaction.atomic
def report_absence(
    assignment: Assignment, *, gone_since: date, note: str, by: User, now: datetime
) -> UnapprovedAbsence:
    """Record that somebody is gone without approval; head and HR learn it at once, executives when nobody takes it up.

    Raises: NotAllowed, WrongState; PolicyBroken beside the fields.
    """
    require(access.may_report_absence(by, assignment), NotAllowed)
    lock(assignment)
    require(may_be_reported(assignment), WrongState)
    site = assignment.site
    findings = Findings(clause="2.2.2b")
    findings.check(policy.gone(gone_since, assignment.since, now.astimezone(site.zone).date()), "gone_since")
    findings.check(policy.said(note, _("Say what is known."), "2.2.2b"), "note")
    findings.require()
    absence = UnapprovedAbsence.objects.create(
        assignment=assignment, gone_since=gone_since, note=note.strip(), reported_by=by, reported_at=now
    )
    record(absence, REPORTED, by=by, now=now, note=absence.note)
    record(assignment, REPORTED, by=by, now=now, note=absence.note, absence=absence.pk)
    hours = float(parameters.value("absence_take_up_hours", on=now.astimezone(site.zone).date()))
    obligations.start(
        GONE,
        absence,
        title=f"{assignment.person.name} · {site.name}",
        due_at=now + timedelta(hours=hours),
        opened_at=now,
        site=site,
        zone=site.zone,
        person=assignment.person,
        owner=next((one for one in (*site.heads, *site.leads) if one.pk != assignment.person_id), by),
        now=now,
    )
    _tell(absence, key=f"absence:{absence.pk}", besides=by, now=now)
    return absence


def _tell(absence: UnapprovedAbsence, *, key: str, besides: User | None, now: datetime) -> None:
    site = absence.site
    notifications.tell(
        [one for one in dict.fromkeys((*site.leads, *site.heads, *User.objects.with_role(Role.HR))) if one != besides],
        GONE_NOTE,
        key=key,
        now=now,
        subject=absence,
        person=absence.assignment.person.name,
        site=site.name,
        day=absence.gone_since.isoformat(),
        by=absence.reported_by.name,
    )


@transition(Status.OPEN, to=Status.CLOSED, may=access.may_take_up, name=TAKEN_UP)
def take_up(absence: UnapprovedAbsence, *, result: str, outcome: str, by: User, now: datetime) -> str:
    """Say how it came out. Ended by HR: the lead alone hands over, and the posting ends as left without approval.

    Raises: PolicyBroken beside `result` or `outcome`.
    """
    assignment = lock(absence.assignment)
    findings = Findings(clause="2.2.2b")
    findings.check(policy.said(outcome, _("Say how it came out."), "2.2.2b"), "outcome")
    asked = assignment.departures.filter(status__in=[Departure.Status.IN_REVIEW, Departure.Status.APPROVED]).exists()
    findings.check(
        unless(
            result == Result.DEPARTURE and not asked,
            _("No departure is asked for or approved yet: ask for it first."),
            clause="2.2.2b",
        ),
        "result",
    )
    findings.check(
        unless(
            result == Result.ENDED and not by.has_role(Role.HR),
            _("Only HR ends a posting of somebody who left without approval."),
            clause="2.2.2b",
        ),
        "result",
    )
    findings.require()
    absence.result, absence.outcome = result, outcome.strip()
    absence.closed_by, absence.closed_at = by, now
    obligations.meet(GONE, absence, by=by, at=now)
    record(assignment, TAKEN_UP, by=by, now=now, note=absence.outcome, absence=absence.pk, result=result)
    if result == Result.ENDED and assignment.status == Assignment.Status.ON_SITE:
        absence.save()  # the handover asks whether it may end before the plan
        last_day = max(assignment.since, absence.gone_since - timedelta(days=1))
        handovers.open_for(assignment, last_day=last_day, by=by, now=now)
    return absence.outcome


def open_again(departure: Departure, *, now: datetime) -> None:
    """The departure that an absence was taken up with came to nothing: the absence is open again, its clock runs on."""
    taken_up = departure.assignment.absences.filter(
        status=Status.CLOSED, result=Result.DEPARTURE, closed_at__gte=departure.asked_at
    )
    absence = taken_up.order_by("-closed_at").first()
    if absence is None or departure.assignment.status != Assignment.Status.ON_SITE:
        return
    lock(absence)
    absence.status, absence.result, absence.outcome = Status.OPEN, "", ""
    absence.closed_by = absence.closed_at = None
    absence.save()
    reason = str(NO_DEPARTURE)
    record(absence, OPEN_AGAIN, by=None, now=now, note=reason)
    record(departure.assignment, OPEN_AGAIN, by=None, now=now, note=reason, absence=absence.pk)
    site = absence.site
    answers = next((one for one in (*site.heads, *site.leads) if one.pk != absence.assignment.person_id), None)
    obligations.run_on(GONE, absence, owner=answers or absence.reported_by, now=now, reason=reason)
    _tell(absence, key=f"absence:{absence.pk}:{now.isoformat()}", besides=None, now=now)
