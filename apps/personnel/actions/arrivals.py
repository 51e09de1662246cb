"""The first day: reporting in, and the arrival that lead or HR confirms once all papers are there (2.2.1a, 2.2.1b)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.core import notifications, obligations
from apps.core.transitions import transition
from apps.core.verdicts import Verdict, WrongState, require, unless
from apps.personnel import access
from apps.personnel.actions.assignments import STATIONED
from apps.personnel.actions.checklist import checklist
from apps.personnel.models import Assignment, User
from apps.personnel.obligations import arrivals as clocks
from apps.personnel.policy import papers as policy
from apps.personnel.policy import staffing

Status = Assignment.Status

REPORTED = notifications.note_kind(
    "arrival_reported",
    _("Somebody has reported in"),
    _("%(person)s is here"),
    _("Reported in at %(site)s. Confirm the arrival."),
)
NOT_THERE = notifications.note_kind(
    "arrival_taken_back",
    _("A report of yours was taken back"),
    _("You are not there yet, says the site lead"),
    _("%(site)s: %(reason)s"),
)


def day_has_come(assignment: Assignment, now: datetime) -> Verdict:
    """From the first minute of the first day, by the site's clock, to the planned end."""
    today = now.astimezone(assignment.site.zone).date()
    return policy.first_day_has_come(assignment.since, today) & policy.plan_not_over(assignment.planned_to, today)


def may_begin(assignment: Assignment, now: datetime) -> Verdict:
    """Whether they may be there now: no objection is open, and the day has come."""
    return staffing.objection_settled(assignment.answer == Assignment.Answer.OBJECTED) & day_has_come(assignment, now)


def not_reported(assignment: Assignment) -> Verdict:
    return unless(assignment.reported_at is not None, _("The arrival is noted already."), clause="2.2.1a")


def _report(assignment: Assignment, *, by: User, now: datetime) -> None:
    assignment.reported_at = now
    obligations.meet(clocks.REPORT_IN, assignment, by=by, at=now)


@transition(Status.PLANNED, may=access.may_report_in, name="reported_in", text=_("Reported in"))
def report_in(assignment: Assignment, *, by: User, now: datetime) -> None:
    """*I am here*, says the person; the lead is told, and confirms it.

    Raises: NotAllowed; WrongState when it is noted already; PolicyBroken before the first day, with an open objection.
    """
    require(not_reported(assignment), WrongState)
    require(may_begin(assignment, now))
    _report(assignment, by=by, now=now)
    notifications.tell(
        assignment.site.leads,
        REPORTED,
        key=f"assignment:{assignment.pk}:reported:{now.isoformat()}",
        now=now,
        subject=assignment,
        person=assignment.person.name,
        site=assignment.site.name,
    )


@transition(Status.PLANNED, may=access.may_receive, name="arrival_noted", text=_("Arrival noted"))
def note_arrival(assignment: Assignment, *, by: User, now: datetime) -> None:
    """The lead sees that somebody is there who has not said so; their papers may still be on the way.

    Raises: NotAllowed; WrongState when it is noted already; PolicyBroken before the first day, with an open objection.
    """
    require(not_reported(assignment), WrongState)
    require(may_begin(assignment, now))
    _report(assignment, by=by, now=now)


@transition(Status.PLANNED, may=access.may_receive, name="arrival_taken_back", text=_("Not there after all"))
def not_here(assignment: Assignment, *, reason: str, by: User, now: datetime) -> str:
    """Somebody reported in who is not there: the clock runs on as if they had not.

    Raises: NotAllowed; WrongState when nobody reported in; PolicyBroken beside `reason`.
    """
    require(unless(assignment.reported_at is None, _("Nobody has reported in."), clause="2.2.1a"), WrongState)
    require(unless(not reason.strip(), _("Say why, so that the person understands."), clause="2.2.1a"), field="reason")
    assignment.reported_at = None
    obligations.run_on(clocks.REPORT_IN, assignment, owner=assignment.person, now=now, reason=reason.strip())
    notifications.tell(
        [assignment.person],
        NOT_THERE,
        key=f"assignment:{assignment.pk}:taken back:{now.isoformat()}",
        now=now,
        subject=assignment,
        site=assignment.site.name,
        reason=reason.strip(),
    )
    return reason.strip()


@transition(Status.PLANNED, to=Status.ON_SITE, may=access.may_receive, text=_("Arrived on site"))
def arrive(assignment: Assignment, *, by: User, now: datetime) -> None:
    """Confirm the arrival: from now on they are on site.

    Raises: NotAllowed, WrongState; PolicyBroken before the first day, with an open objection or something missing.
    """
    require(may_begin(assignment, now))
    require(checklist(assignment, now=now).complete)
    if assignment.reported_at is None:
        _report(assignment, by=by, now=now)
    assignment.confirmed_by, assignment.confirmed_at = by, now
    for opens in STATIONED:
        opens(assignment, now)
