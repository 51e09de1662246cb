"""Dispatch: who is stationed where, from when to when (clause 2.1.1)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import Findings, NotAllowed, PolicyBroken, no, require, unless
from apps.personnel import access
from apps.personnel.actions import leaving
from apps.personnel.models import Assignment, Project, Site, User
from apps.personnel.policy import postings as policy

Status = Assignment.Status
DISPATCHED = verb("dispatched", _("Dispatched"))
LOCK_SPACE = 211  # of advisory locks on a person's calendar


STATIONED: list[Callable[[Assignment, datetime], None]] = []


def stationed(function):
    """Register what an assignment opens by itself (1.2): `f(assignment, now)`, after its days were set or changed."""
    STATIONED.append(function)
    return function


def _tell(assignment: Assignment, now: datetime) -> None:
    for opens in STATIONED:
        opens(assignment, now)


@contextmanager
def one_calendar(person: User) -> Iterator[None]:
    """Hold a person's calendar until the transaction ends; the database's own refusal reads like ours.

    Without the lock, sessions that write at one moment would wait for each other's rows and deadlock.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, person.pk])
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "assignment_never_overlaps" not in str(error):
            raise
        raise PolicyBroken(
            no(_("%(person)s is stationed elsewhere then.") % {"person": person}, clause="2.1.1")
        ) from error


def other_posting(person: User, since: date, until: date | None, *, besides: int | None = None):
    """The first other posting that shares a day with these, as `policy.free_then` asks for it; None if free."""
    rows = (
        Assignment.objects.filter(person=person)
        .exclude(status=Status.CANCELLED)
        .exclude(pk=besides)
        .annotate(until=Coalesce("ended_on", "planned_to"))
        .filter(Q(until=None) | Q(until__gte=since))
    )
    if until is not None:
        rows = rows.filter(since__lte=until)
    other = rows.select_related("site").order_by("since").first()
    return (other.site.name, other.since, other.until) if other else None


@transaction.atomic
def dispatch(
    *,
    person: User,
    site: Site,
    position: str,
    since: date,
    planned_to: date | None = None,
    project: Project | None = None,
    by: User,
    now: datetime,
) -> Assignment:
    """Station a person at a site. From a day ahead it is planned until they arrive.

    Raises: NotAllowed; PolicyBroken beside the fields, also when they are stationed elsewhere on one of the days.
    """
    require(access.may_manage(by), NotAllowed)
    assignment = Assignment(person=person, site=site)
    with one_calendar(person):
        lock(site)  # it may be about to stop running
        values = {"position": position, "since": since, "planned_to": planned_to, "project": project}
        _fill(assignment, values, now, fresh=True)
        here = since <= now.astimezone(site.zone).date()
        assignment.status = Status.ON_SITE if here else Status.PLANNED
        assignment.save()
        record(assignment, DISPATCHED, by=by, now=now, since=since.isoformat(), site=site.pk)
        _tell(assignment, now)
    return assignment


def change_assignment(
    assignment: Assignment,
    *,
    position: str,
    since: date,
    planned_to: date | None,
    project: Project | None,
    by: User,
    now: datetime,
) -> Assignment:
    """Correct role, project or days; person and site stay: for those, end it and dispatch anew.

    Raises: NotAllowed, WrongState; PolicyBroken beside the fields.
    """
    with transaction.atomic(), one_calendar(assignment.person):
        _change(assignment, position=position, since=since, planned_to=planned_to, project=project, by=by, now=now)
        _tell(assignment, now)
    return assignment


@transition([Status.PLANNED, Status.ON_SITE], may=access.may_manage, name="assignment_changed", text=_("Changed"))
def _change(assignment, *, by, now, **values):
    before = {name: getattr(assignment, name) for name in values}
    _fill(assignment, values, now)
    return "\n".join(
        f"{Assignment._meta.get_field(name).verbose_name}: {old or '–'} → {values[name] or '–'}"
        for name, old in before.items()
        if old != values[name]
    )


def _fill(assignment: Assignment, values: dict, now: datetime, *, fresh: bool = False) -> None:
    """Set the checked values; everything wrong with them is said at once."""
    since, planned_to, project = values["since"], values["planned_to"], values["project"]
    person, site = assignment.person, assignment.site
    findings = Findings(clause="2.1.1")
    if fresh:
        findings.check(policy.still_with_us(person, person.is_active), "person")
        findings.check(policy.site_runs(site, site.active), "site")
    findings.check(unless(not values["position"].strip(), _("Say in which role.")), "position")
    if since != assignment.since:
        today = now.astimezone(site.zone).date()
        findings.check(policy.first_day_sensible(since, person.hired_on, today), "since")
    findings.check(policy.dates_in_order(since, planned_to), "planned_to")
    findings.check(policy.project_of_client(project.client_id if project else None, site.client_id), "project")
    if not {"since", "planned_to"} & findings.fields.keys():
        taken = other_posting(person, since, planned_to, besides=assignment.pk)
        findings.check(policy.free_then(person, taken), "since")
    findings.require()
    for name, value in values.items():
        setattr(assignment, name, value)


def end(assignment: Assignment, *, ended_on: date, reason: str, by: User, now: datetime) -> Assignment:
    """The last day has come. A last day after the planned end takes the days between as worked.

    What the person still owes at the site goes to its lead (2.2.2c); `leaving.on_leaving_site` says it beforehand.
    Raises: NotAllowed, WrongState; PolicyBroken beside `ended_on`, or when nobody is there to take over.
    """
    with transaction.atomic(), one_calendar(assignment.person):
        return _end(assignment, ended_on=ended_on, reason=reason, by=by, now=now)


@transition(Status.ON_SITE, to=Status.ENDED, may=access.may_manage, name="assignment_ended", text=_("Ended"))
def _end(assignment, *, by, now, ended_on, reason):
    today = now.astimezone(assignment.site.zone).date()
    require(policy.ended_in_order(assignment.since, ended_on, today), field="ended_on")
    taken = other_posting(assignment.person, assignment.since, ended_on, besides=assignment.pk)
    require(policy.free_then(assignment.person, taken), field="ended_on")
    _hand_on(assignment, last_day=ended_on, by=by, now=now)
    assignment.ended_on = ended_on
    return reason.strip()


def _hand_on(assignment: Assignment, *, last_day: date, by: User, now: datetime) -> None:
    words = str(leaving.LEFT_SITE % {"person": assignment.person})
    moves = leaving.on_leaving_site(assignment, last_day)
    turns = leaving.turns_at_site(assignment, last_day)
    leaving.carry_out(moves, by=by, now=now, reason=words, last_day=last_day)
    leaving.pass_turns_on(turns, by=by, now=now, reason=words)


@transition(
    Status.PLANNED, to=Status.CANCELLED, may=access.may_manage, name="assignment_cancelled", text=_("Cancelled")
)
def cancel(assignment: Assignment, *, by: User, now: datetime, reason: str) -> str:
    """It never began; the days are free again. What the person took on already goes to the site's lead.

    Raises: NotAllowed, WrongState; PolicyBroken beside `reason`, or when nobody is there to take over.
    """
    require(unless(not reason.strip(), _("Say why, so that the history can be understood.")), field="reason")
    _hand_on(assignment, last_day=assignment.since - timedelta(days=1), by=by, now=now)
    return reason.strip()
