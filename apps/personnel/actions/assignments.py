"""Dispatch: who is stationed where, from when to when (clause 2.1.1)."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from apps.core import notifications
from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import YES, Findings, NotAllowed, PolicyBroken, Verdict, WrongState, no, require, unless
from apps.core.words import listed
from apps.personnel import access
from apps.personnel.actions import leaving
from apps.personnel.actions.candidates import Candidate, Ranking
from apps.personnel.actions.loose_ends import NOBODY, Takers
from apps.personnel.actions.loose_ends import carry_out as hand_on_things
from apps.personnel.actions.staffing import ask_for_people, fill_or_open, still_open, taken_seats
from apps.personnel.models import Assignment, Departure, Project, Selection, Site, StaffingRequest, User
from apps.personnel.policy import departures as departing
from apps.personnel.policy import postings as policy
from apps.personnel.policy import staffing as fitting
from apps.personnel.policy.papers import report_when

Status = Assignment.Status
DISPATCHED = verb("dispatched", _("Dispatched"))
LOCK_SPACE = 211  # of advisory locks on a person's calendar
FROZEN = 10  # so many of the ranking stay in a selection, beside those chosen

YOURS = notifications.note_kind(
    "posting_yours",
    _("You are to be stationed at a site"),
    _("You are to go to %(site)s from %(since)s on"),
    _("As %(position)s; report in on %(report_at)s. Say whether you go: all you need is in the pack."),
    by_mail=True,
)
CHANGED = notifications.note_kind(
    "posting_changed",
    _("Your posting has changed"),
    _("Your posting to %(site)s has changed"),
    _("%(changes)s"),
    by_mail=True,
)
CANCELLED = notifications.note_kind(
    "posting_cancelled",
    _("Your posting is cancelled"),
    _("You do not go to %(site)s: cancelled"),
    _("%(reason)s"),
    by_mail=True,
)
NOT_COMING = notifications.note_kind(
    "posting_not_coming",
    _("Somebody you awaited does not come"),
    _("%(person)s does not come to %(site)s: cancelled"),
    _("They were to begin on %(since)s. Whoever goes instead is told to you."),
)


STATIONED: list[Callable[[Assignment, datetime], None]] = []


def stationed(function):
    """Register what an assignment opens by itself (1.2): `f(assignment, now)`, after its days were set or changed."""
    STATIONED.append(function)
    return function


def _tell(assignment: Assignment, now: datetime) -> None:
    for opens in STATIONED:
        opens(assignment, now)


@contextmanager
def one_calendar(*people: User) -> Iterator[None]:
    """Hold people's calendars until the transaction ends; the database's own refusal reads like ours.

    Without the locks, sessions that write at one moment would wait for each other's rows and deadlock. They are
    taken before every other one, in the order of ids.
    """
    with connection.cursor() as cursor:
        for pk in sorted({person.pk for person in people}):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, pk])
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "assignment_never_overlaps" not in str(error):
            raise
        names = listed(person.name for person in people)
        raise PolicyBroken(
            no(_("%(person)s is stationed elsewhere then.") % {"person": names}, clause="2.1.1")
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


def dispatch(
    request: StaffingRequest,
    *,
    people: Collection[User],
    reason: str,
    since: date | None = None,
    report_at: datetime | None = None,
    by: User,
    now: datetime,
) -> Selection:
    """HR decides who goes: what it saw is frozen, everybody is planned and told; all of them or none (2.1.1, 2.1.2).

    since: a first day later than asked for. report_at: when they are to be there; nine on the first day if not said.
    Raises: NotAllowed; WrongState when the request is not open; PolicyBroken beside the fields, with a reason per
    person under `people`.
    """
    people = list(dict.fromkeys(people))
    with transaction.atomic(), one_calendar(*people):
        require(access.may_choose(by), NotAllowed)
        lock(request)
        require(still_open(request), WrongState)
        site = lock(request.site)  # it may be about to stop running
        since = since or request.since
        today = now.astimezone(site.zone).date()
        ranking = Ranking(request, today=today, days=(since, request.planned_to))
        findings = Findings()
        findings.check(fitting.said(reason, _("Say why they are the right people.")), "reason")
        findings.check(policy.site_runs(site, site.active), "site")
        findings.check(
            fitting.first_day_within(since, request.since, request.planned_to)
            & policy.first_day_sensible(since, None, today),
            "since",
        )
        findings.check(fitting.report_on_first_day(report_at, since, site.zone, now), "report_at")
        findings.check(fitting.seats_left(request.headcount, taken_seats(request).count(), len(people)), "people")
        seen = {one.person: one for one in ranking.of([person.pk for person in people])}
        refused = {person: may_go(person, request, seen.get(person.pk), since, today) for person in people}
        findings.check(_all_or_none(refused), "people")
        findings.check(fitting.not_oneself(by in people), "people")
        findings.require()
        selection = Selection.objects.create(
            request=request,
            reason=reason.strip(),
            decided_by=by,
            decided_at=now,
            seen=_frozen(ranking, people, since),
        )
        for person in people:
            _plan(person, selection, since=since, report_at=report_at, by=by, now=now)
        fill_or_open(request, by=by, now=now)
    return selection


def leaves_company_on(person: User) -> date | None:
    """The last day with us of somebody whose departure is approved; None for all others."""
    rows = Departure.objects.out_of_company().filter(assignment__person=person)
    return rows.order_by("last_day").values_list("last_day", flat=True).last()


def may_go(person: User, request: StaffingRequest, seen: Candidate | None, since: date, today: date) -> Verdict:
    """Whether somebody can be sent: with us, free on every day, and with all that is mandatory."""
    verdict = policy.still_with_us(person, person.is_active)
    verdict &= policy.stays_with_us(person, leaves_company_on(person), request.planned_to)
    verdict &= policy.first_day_sensible(since, person.hired_on, today)
    verdict &= policy.free_then(person, other_posting(person, since, request.planned_to))
    missing = [f"{one.what}: {one.reason}" for one in seen.missing] if seen else []
    return verdict & fitting.qualified(missing)


def _all_or_none(refused: dict[User, Verdict]) -> Verdict:
    """Nobody goes while somebody of the team cannot; each reason by name, the clause of the first."""
    faults = {person: verdict for person, verdict in refused.items() if not verdict}
    if not faults:
        return YES
    reasons = [
        f"{person.name}: {verdict.reason}" if len(refused) > 1 else str(verdict.reason)
        for person, verdict in faults.items()
    ]
    first = next(iter(faults.values()))
    return no("\n".join(reasons), remedy=first.remedy, clause=first.clause)


def _frozen(ranking: Ranking, people: Collection[User], since: date) -> dict:
    """What HR saw: the first of the ranking and everybody chosen, each with every answer."""
    chosen = [person.pk for person in people]
    shown = {one.person: one for one in [*ranking[:FROZEN], *ranking.of(chosen)]}
    request = ranking.request
    return {
        "chosen": chosen,
        "since": since.isoformat(),
        "planned_to": request.planned_to and request.planned_to.isoformat(),
        "headcount": request.headcount,
        "requirements": [{"what": str(one), "mandatory": one.mandatory} for one in ranking.requirements],
        "ranked": len(ranking),
        "fitting": ranking.fitting,
        "candidates": [one.frozen() for one in shown.values()],
    }


def _plan(
    person: User, selection: Selection, *, since: date, report_at: datetime | None, by: User, now: datetime
) -> Assignment:
    request = selection.request
    site = request.site
    assignment = Assignment.objects.create(
        person=person,
        site=site,
        project=request.project,
        position=request.position,
        since=since,
        planned_to=request.planned_to,
        selection=selection,
        report_at=report_at or report_when(since, site.zone, now),
    )
    record(assignment, DISPATCHED, by=by, now=now, since=since.isoformat(), site=site.pk, selection=selection.pk)
    _tell(assignment, now)
    tell_person(assignment, YOURS, now=now, position=assignment.position, report_at=assignment.report_at.isoformat())
    return assignment


def tell_person(assignment: Assignment, which, *, now: datetime, **words) -> None:
    """Tell whoever goes; the notice leads to their pack."""
    notifications.tell(
        [assignment.person],
        which,
        key=f"assignment:{assignment.pk}:{which.key}:{now.isoformat()}",
        now=now,
        subject=assignment,
        url=reverse("assignment_pack", args=[assignment.pk]),
        site=assignment.site.name,
        since=assignment.since.isoformat(),
        **words,
    )


@transaction.atomic
def dispatch_named(
    *,
    person: User,
    site: Site,
    position: str,
    since: date,
    planned_to: date | None = None,
    project: Project | None = None,
    reason: str,
    report_at: datetime | None = None,
    by: User,
    now: datetime,
) -> Assignment:
    """A request for one named person and the choice of them, at once: ranking and reason are kept all the same.

    Raises: NotAllowed; PolicyBroken beside the fields, also when they are stationed elsewhere on one of the days.
    """
    require(access.may_choose(by), NotAllowed)
    with one_calendar(person):
        values = {"position": position, "since": since, "planned_to": planned_to, "project": project}
        draft = Assignment(person=person, site=site)
        _fill(draft, values, now, fresh=True, reason=reason, report_at=report_at)
        request = ask_for_people(site=site, **values, by=by, now=now)
        selection = dispatch(request, people=[person], reason=reason, report_at=report_at, by=by, now=now)
    return selection.assignments.get()


def change_assignment(
    assignment: Assignment,
    *,
    position: str,
    since: date,
    planned_to: date | None,
    project: Project | None,
    report_at: datetime | None = None,
    by: User,
    now: datetime,
) -> Assignment:
    """Correct role, project or days; person and site stay: for those, end it and dispatch anew.

    The person is told what changed; who has not begun is asked again when the days move. Without another time, the
    hour to report in moves along with the first day.
    Raises: NotAllowed, WrongState; PolicyBroken beside the fields, also when a mandatory requirement or its waiver
    does not last to the new end, or when the agreed end of somebody on site would come earlier without an approved
    departure (2.2.2b).
    """
    values = {"position": position, "since": since, "planned_to": planned_to, "project": project}
    with transaction.atomic(), one_calendar(assignment.person):
        _change(assignment, **values, report_at=report_at, by=by, now=now)
        _tell(assignment, now)
    return assignment


@transition([Status.PLANNED, Status.ON_SITE], may=access.may_manage, name="assignment_changed", text=_("Changed"))
def _change(assignment, *, by, now, report_at, **values):
    before = {name: getattr(assignment, name) for name in values}
    zone, due = assignment.site.zone, assignment.report_at
    if assignment.status == Status.PLANNED:
        before["report_at"] = due
        if report_at in (None, due) and due is not None:
            along = datetime.combine(values["since"], due.astimezone(zone).time(), zone)
            report_at = along if along == due or along > now else report_when(values["since"], zone, now)
    else:
        report_at = due
        arrived_at = assignment.reported_at
        arrived_on = arrived_at.astimezone(zone).date() if arrived_at else assignment.since
        require(policy.first_day_after_arrival(values["since"], arrived_on), field="since")
    _fill(assignment, values, now, report_at=report_at if report_at != due else None)
    assignment.report_at = report_at
    changes = {
        name: [_shown(old, zone), _shown(getattr(assignment, name), zone)]
        for name, old in before.items()
        if old != getattr(assignment, name)
    }
    if not changes:
        return {}
    moved = any(before[name] != values[name] for name in ("since", "planned_to"))
    if moved and assignment.status == Status.PLANNED:
        assignment.answer, assignment.answered_at = Assignment.Answer.WAITING, None
    tell_person(assignment, CHANGED, now=now, changes=_in_words(changes))
    return changes


def _in_words(changes: dict):
    """What changed, in whatever language it is read."""

    def words() -> str:
        return "; ".join(
            f"{Assignment._meta.get_field(name).verbose_name}: {old} → {new}" for name, (old, new) in changes.items()
        )

    return lazy(words, str)()


def _shown(value, zone) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    return str(value or "–")


def _lasts(assignment: Assignment, since: date, planned_to: date | None, today: date) -> Verdict:
    """Moved days ask again what was asked at the choice: nothing mandatory runs out before the new end (2.1.2)."""
    earlier = since < assignment.since
    later = assignment.planned_to is not None and (planned_to is None or planned_to > assignment.planned_to)
    if assignment.selection_id is None or not (earlier or later):
        return YES
    [seen] = Ranking(
        assignment.selection.request,
        today=today,
        people=[assignment.person_id],
        days=(since, planned_to),
        besides=assignment.pk,
    )[:]
    return fitting.qualified([f"{one.what}: {one.reason}" for one in seen.missing])


def _keeps_its_end(assignment: Assignment, planned_to: date | None) -> Verdict:
    """Once somebody is on site the agreed end moves later only, unless an early departure is approved (2.2.2b)."""
    if assignment.status != Status.ON_SITE:
        return YES
    return departing.end_not_dropped(planned_to, assignment.planned_to) & (
        YES if planned_to is None else as_planned(assignment, planned_to)
    )


def _fill(
    assignment: Assignment,
    values: dict,
    now: datetime,
    *,
    fresh: bool = False,
    reason: str = "",
    report_at: datetime | None = None,
) -> None:
    """Set the checked values; everything wrong with them is said at once."""
    since, planned_to, project = values["since"], values["planned_to"], values["project"]
    person, site = assignment.person, assignment.site
    findings = Findings()
    if fresh:
        with_us = policy.still_with_us(person, person.is_active)
        findings.check(with_us & policy.stays_with_us(person, leaves_company_on(person), planned_to), "person")
        findings.check(policy.site_runs(site, site.active), "site")
    findings.check(unless(not values["position"].strip(), _("Say in which role.")), "position")
    today = now.astimezone(site.zone).date()
    if since != assignment.since:
        findings.check(policy.first_day_sensible(since, person.hired_on, today), "since")
        if not fresh and assignment.status == Status.PLANNED:
            findings.check(policy.moved_ahead(since, today), "since")
    findings.check(policy.dates_in_order(since, planned_to), "planned_to")
    findings.check(policy.project_of_client(project.client_id if project else None, site.client_id), "project")
    if not {"since", "planned_to"} & findings.fields.keys():
        taken = other_posting(person, since, planned_to, besides=assignment.pk)
        findings.check(policy.free_then(person, taken), "since")
        if not fresh:
            findings.check(_lasts(assignment, since, planned_to, today), "planned_to")
            findings.check(_keeps_its_end(assignment, planned_to), "planned_to")
        findings.check(fitting.report_on_first_day(report_at, since, site.zone, now), "report_at")
    if fresh:
        findings.check(fitting.said(reason, _("Say why they are the right people.")), "reason")
    findings.require()
    for name, value in values.items():
        setattr(assignment, name, value)


def end_posting(
    assignment: Assignment, *, ended_on: date, reason: str, takers: Takers, by: User, now: datetime
) -> Assignment:
    """The last day has come, and the handover is signed. A last day after the planned end was worked as well.

    What the person still owes goes to who took it over, the rest to the site's lead (2.2.2c). Callers hold the
    person's calendar: `handovers.sign`.
    Raises: NotAllowed, WrongState; PolicyBroken beside `ended_on`, also when it lies before the planned end and no
    departure is approved (2.2.2b), or when nobody is there to take over.
    """
    return _end(assignment, ended_on=ended_on, reason=reason, takers=takers, by=by, now=now)


def ends_in_order(assignment: Assignment, ended_on: date, now: datetime) -> Verdict:
    """Whether a day can be the last one: worked, not in another posting, and not before the plan unless approved."""
    today = now.astimezone(assignment.site.zone).date()
    return policy.ended_in_order(assignment.since, ended_on, today) & as_planned(assignment, ended_on)


def as_planned(assignment: Assignment, ended_on: date) -> Verdict:
    """Not before the planned end, unless both sides approved or HR has recorded that they left without (2.2.2b)."""
    approved = assignment.departures.filter(status="approved").values_list("last_day", flat=True).first()
    left_without = assignment.absences.filter(result="ended").exists()
    gone = assignment.absences.filter(status="open").exists()
    return departing.may_end_on(ended_on, assignment.planned_to, approved, left_without, gone)


@transition(Status.ON_SITE, to=Status.ENDED, may=access.may_sign_off, name="assignment_ended", text=_("Ended"))
def _end(assignment, *, by, now, ended_on, reason, takers):
    require(ends_in_order(assignment, ended_on, now), field="ended_on")
    taken = other_posting(assignment.person, assignment.since, ended_on, besides=assignment.pk)
    require(policy.free_then(assignment.person, taken), field="ended_on")
    _hand_on(assignment, last_day=ended_on, by=by, now=now, takers=takers)
    assignment.ended_on = ended_on
    return reason.strip()


def _hand_on(assignment: Assignment, *, last_day: date, by: User, now: datetime, takers: Takers = NOBODY) -> None:
    words = str(leaving.LEFT_SITE % {"person": assignment.person})
    moves = leaving.on_leaving_site(assignment, last_day)
    turns = leaving.turns_at_site(assignment, last_day)
    leaving.carry_out(moves, by=by, now=now, reason=words, last_day=last_day, takers=takers.promises)
    leaving.pass_turns_on(turns, by=by, now=now, reason=words, takers=takers.turns)
    hand_on_things(takers, assignment, by=by, now=now, reason=words)


def cancel(assignment: Assignment, *, by: User, now: datetime, reason: str) -> Assignment:
    """It never began; the days and the place in the request are free again; the person is told, and who awaited them.

    What the person took on already goes to the site's lead.
    Raises: NotAllowed, WrongState; PolicyBroken beside `reason`, or when nobody is there to take over.
    """
    with transaction.atomic(), one_calendar(assignment.person):
        _cancel(assignment, by=by, now=now, reason=reason)
        if assignment.selection_id:
            fill_or_open(lock(assignment.selection.request), by=by, now=now)
        tell_person(assignment, CANCELLED, now=now, reason=reason.strip())
        notifications.tell(
            [one for one in assignment.site.leads if one.pk not in (by.pk, assignment.person_id)],
            NOT_COMING,
            key=f"posting:{assignment.pk}:not_coming",
            now=now,
            subject=assignment,
            person=assignment.person.name,
            site=assignment.site.name,
            since=assignment.since.isoformat(),
        )
    return assignment


@transition(
    Status.PLANNED, to=Status.CANCELLED, may=access.may_manage, name="assignment_cancelled", text=_("Cancelled")
)
def _cancel(assignment: Assignment, *, by: User, now: datetime, reason: str) -> str:
    require(unless(not reason.strip(), _("Say why, so that the history can be understood.")), field="reason")
    _hand_on(assignment, last_day=assignment.since - timedelta(days=1), by=by, now=now)
    return reason.strip()
