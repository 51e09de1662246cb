"""Staffing requests: a project asks for people, what they must be able to do, and how it ends (2.1.1, 2.1.2)."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import notifications
from apps.core.keeping import differences
from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import Findings, NotAllowed, PolicyBroken, WrongState, no, require, unless
from apps.personnel import access
from apps.personnel.models import (
    Assignment,
    CertificateKind,
    Project,
    Requirement,
    Site,
    Skill,
    StaffingRequest,
    User,
)
from apps.personnel.policy import postings
from apps.personnel.policy import staffing as policy
from apps.personnel.roles import Role

Status = StaffingRequest.Status

ASKED = verb("staffing_asked", _("Asked for people"))
CHANGED = verb("staffing_changed", _("Changed"))
REQUIREMENT_ADDED = verb("requirement_added", _("Requirement added"))
REQUIREMENT_REMOVED = verb("requirement_removed", _("Requirement taken away"))
FILLED = verb("staffing_filled", _("Everybody is found"))
OPEN_AGAIN = verb("staffing_open_again", _("Open again: a place became free"))

NEW_REQUEST = notifications.note_kind(
    "staffing_new",
    _("A site asks for people"),
    _("%(site)s asks for people: %(count)s × %(position)s"),
    _("From %(since)s on, asked for by %(by)s. Choose among the candidates."),
)


def taken_seats(request: StaffingRequest):
    """Postings that hold a place of a request."""
    return Assignment.objects.filter(selection__request=request).exclude(status=Assignment.Status.CANCELLED)


def _check(request: StaffingRequest, values: dict, now: datetime, *, taken: int = 0) -> None:
    """Set the checked values; everything wrong with them is said at once."""
    site = request.site
    since, planned_to, project = values["since"], values["planned_to"], values["project"]
    findings = Findings(clause="2.1.1")
    findings.check(policy.said(values["position"], _("Say in which role.")), "position")
    findings.check(policy.headcount_sensible(values["headcount"], taken), "headcount")
    if since != request.since:
        findings.check(postings.first_day_sensible(since, None, now.astimezone(site.zone).date()), "since")
    findings.check(postings.dates_in_order(since, planned_to), "planned_to")
    findings.check(postings.project_of_client(project.client_id if project else None, site.client_id), "project")
    findings.require()
    for name, value in values.items():
        setattr(request, name, value.strip() if isinstance(value, str) else value)


@transaction.atomic
def ask_for_people(
    *,
    site: Site,
    position: str,
    headcount: int = 1,
    since: date,
    planned_to: date | None = None,
    project: Project | None = None,
    detail: str = "",
    requirements: Iterable[dict] = (),
    by: User,
    now: datetime,
) -> StaffingRequest:
    """A site asks for so many people; HR is told.

    Raises: NotAllowed; PolicyBroken beside the fields.
    """
    require(access.may_ask_people(by, site), NotAllowed)
    lock(site)  # it may be about to stop running
    require(postings.site_runs(site, site.active), field="site")
    request = StaffingRequest(site=site, asked_by=by, asked_at=now)
    values = {"position": position, "headcount": headcount, "since": since, "planned_to": planned_to}
    _check(request, values | {"project": project, "detail": detail}, now)
    request.save()
    record(request, ASKED, by=by, now=now, headcount=headcount)
    for number, wanted in enumerate(requirements, 1):
        try:
            require_of(request, **wanted, by=by, now=now)
        except PolicyBroken as refused:  # beside which of them
            words = f"{number}: {refused.verdict.reason}"
            raise PolicyBroken(refused.verdict, fields={"requirements": words}) from refused
    notifications.tell(
        [one for one in User.objects.with_role(Role.HR) if one != by],
        NEW_REQUEST,
        key=f"staffing:{request.pk}",
        now=now,
        subject=request,
        site=site.name,
        count=headcount,
        position=request.position,
        since=since.isoformat(),
        by=by.name,
    )
    return request


@transition([Status.OPEN, Status.FILLED], may=access.may_shape, name="staffing_changed")
def change_request(request: StaffingRequest, *, by: User, now: datetime, **values) -> dict:
    """Another number, other days or words; who is chosen already stays chosen.

    Raises: NotAllowed, WrongState; PolicyBroken beside the fields.
    """
    before = {name: getattr(request, name) for name in values}
    taken = taken_seats(request).count()
    _check(request, values, now, taken=taken)
    request.status = Status.FILLED if taken >= request.headcount else Status.OPEN
    return differences(before, values)


@transition([Status.OPEN, Status.FILLED], to=Status.CLOSED, may=access.may_shape, text=_("Closed"))
def close_request(request: StaffingRequest, *, outcome: str, by: User, now: datetime) -> str:
    """Nobody more is needed. Who was chosen goes all the same: cancel their postings for that.

    Raises: NotAllowed, WrongState; PolicyBroken beside `outcome`.
    """
    require(policy.said(outcome, _("Say why, so that the history can be understood.")), field="outcome")
    request.outcome = outcome.strip()
    request.closed_at = now
    return request.outcome


def fill_or_open(request: StaffingRequest, *, by: User | None, now: datetime) -> None:
    """Filled while every place is taken, open while one is free; a closed request stays closed. The row is locked."""
    if request.status == Status.CLOSED:
        return
    status = Status.FILLED if taken_seats(request).count() >= request.headcount else Status.OPEN
    if status == request.status:
        return
    request.status = status
    request.save(update_fields=["status"])
    record(request, FILLED if status == Status.FILLED else OPEN_AGAIN, by=by, now=now)


def still_open(request: StaffingRequest):
    return unless(
        request.status != Status.OPEN,
        _("This request is “%(status)s” now.") % {"status": request.get_status_display()},
        remedy=_("Look at its history: somebody may have been faster."),
        clause="2.1.1",
    )


# --- Requirements (2.1.2) -----------------------------------------------------------------------------


@transaction.atomic
def require_of(
    request: StaffingRequest,
    *,
    skill: Skill | None = None,
    level: int | None = None,
    certificate: CertificateKind | None = None,
    mandatory: bool = True,
    by: User,
    now: datetime,
) -> Requirement:
    """Ask for a skill or language at a level, or for a certificate.

    Raises: NotAllowed; WrongState when the request is no longer open; PolicyBroken beside `what` or `level`.
    """
    lock(request)
    require(access.may_shape(by, request), NotAllowed)
    require(still_open(request), WrongState)
    found = policy.one_thing(skill is not None, level, certificate is not None)
    require(found, field="level" if skill and not certificate else "what")
    known = request.requirements.filter(skill=skill, certificate=certificate)
    require(policy.asked_once(known.exists()), field="what")
    wanted = Requirement.objects.create(
        request=request, skill=skill, level=level if skill else None, certificate=certificate, mandatory=mandatory
    )
    record(request, REQUIREMENT_ADDED, by=by, now=now, note=str(wanted), mandatory=mandatory)
    return wanted


@transaction.atomic
def take_away(requirement: Requirement, *, by: User, now: datetime) -> StaffingRequest:
    """No longer ask for it. What was chosen with it in view keeps it in what HR saw.

    Raises: NotAllowed; WrongState when the request is no longer open or a waiver speaks of it.
    """
    request = lock(requirement.request)
    require(access.may_shape(by, request), NotAllowed)
    require(still_open(request), WrongState)
    if requirement.waivers.exists():
        raise WrongState(
            no(
                _("A waiver speaks of this requirement, so it stays in the record."),
                remedy=_("Close this request and ask anew without it."),
                clause="2.1.2",
            )
        )
    words, wanted = str(requirement), requirement.mandatory
    requirement.delete()
    record(request, REQUIREMENT_REMOVED, by=by, now=now, note=words, mandatory=wanted)
    return request
