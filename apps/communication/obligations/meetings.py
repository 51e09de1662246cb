"""The clock of clause 7.1.1: everybody on a site meets the client face to face once a calendar month.

One promise per assignment and month, for months with enough working days on site. The month ends with the
last moment of its last day on the site's own wall clock.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.communication.models import Meeting, MeetingWaiver
from apps.communication.policy import meetings as policy
from apps.core import obligations, parameters
from apps.core.obligations import Obligation, Promise, head, kind, lead, month_of, owner
from apps.personnel import coverage
from apps.personnel.actions import leaving
from apps.personnel.actions.assignments import stationed
from apps.personnel.calendar import calendar_for, working_days
from apps.personnel.models import Assignment, Site, lasts_to

MONTHLY_MEETING = kind(
    "monthly_meeting",
    clause="7.1.1",
    label=_("Everybody meets the client face to face each month"),
    warn=[owner(on_day="meeting_warn_day_1"), owner(on_day="meeting_warn_day_2")],
    breach=[lead(), head(late_by="meeting_head_hours")],
)

BACK_ON_SITE = _("There are enough working days on site in this month after all.")
TOO_FEW_DAYS = _("Too few working days on site in this month.")


# --- Which months, for whom ---------------------------------------------------------------------------


@obligations.planner
def plan_meetings(now: datetime) -> int:
    """Open what this month asks for at each site, and let go of what it no longer asks for."""
    opened = 0
    for current, zones in _current_months(now):
        for month in _months_to_plan(current, zones):
            opened += open_month(month, zones, now)
        revise_month(current, zones, now)
    return opened


def _current_months(now: datetime) -> list[tuple[date, list[str]]]:
    """The first day of the month that it is now, with the time zones of sites in which it is that month."""
    months: dict[date, list[str]] = {}
    for name in Site.objects.order_by("time_zone").values_list("time_zone", flat=True).distinct():
        month = policy.first_day(now.astimezone(ZoneInfo(name)).date())
        months.setdefault(month, []).append(name)
    return sorted(months.items())


def _months_to_plan(current: date, zones: list[str]) -> Iterator[date]:
    """This month; after an outage over its beginning also those since the last one that was planned."""
    planned = Obligation.objects.kind(MONTHLY_MEETING).filter(site__time_zone__in=zones)
    if not planned.filter(period=month_of(current)).exists():
        last = planned.filter(period__lt=month_of(current)).order_by("-period").values_list("period", flat=True).first()
        month = date.fromisoformat(f"{last}-01") if last else current
        while month < current:
            yield month
            month = policy.month_after(month)
    yield current


def _stationed(month: date, zones: list[str]):
    """Assignments that touch a month."""
    return (
        Assignment.objects.exclude(status=Assignment.Status.CANCELLED)
        .filter(site__time_zone__in=zones, since__lte=policy.last_day(month))
        .filter(lasts_to(month))
        .order_by("pk")
    )


def _working_days(assignment: Assignment, calendar: list[date], month: date) -> int:
    """Working days of a month that lie in an assignment."""
    end = assignment.last_day or policy.last_day(month)
    return max(0, bisect_right(calendar, end) - bisect_left(calendar, assignment.since))


@stationed
def plan_for(assignment: Assignment, now: datetime) -> None:
    """What an assignment owes this month is known at once, not only when the planner comes by."""
    zone = assignment.site.time_zone
    month = policy.first_day(now.astimezone(assignment.site.zone).date())
    open_month(month, [zone], now, only=assignment)
    revise_month(month, [zone], now, only=assignment)


def open_month(month: date, zones: list[str], now: datetime, *, only: Assignment | None = None) -> int:
    """Open the month's promise of every assignment that has none yet; answers how many. Safe to repeat."""
    promises = [_promise(assignment, month) for assignment in _owing(month, zones, now, only=only)]
    opened = obligations.start_many(MONTHLY_MEETING, promises, now=now)
    if opened:
        _count_meetings_before(month, {promise.site.pk for promise in promises})
    return opened


def _owing(month: date, zones: list[str], now: datetime, *, only: Assignment | None = None) -> Iterator[Assignment]:
    """Assignments that owe a meeting in the month and have no promise of it yet."""
    minimum = parameters.value("meeting_min_working_days", on=month)
    stationed_then = _stationed(month, zones)
    if only is not None:
        stationed_then = stationed_then.filter(pk=only.pk)
    assignments = list(
        stationed_then.filter(~Exists(_of_assignment(month)), ~Exists(_waived(month))).select_related("person", "site")
    )
    calendars = calendar_for({one.site_id: one.site for one in assignments}.values(), month, policy.last_day(month))
    for assignment in assignments:
        site = assignment.site
        today = now.astimezone(site.zone).date()
        if assignment.since <= today and policy.owed(_working_days(assignment, calendars[site.pk], month), minimum):
            yield assignment


@coverage.covers(MONTHLY_MEETING)
def without_meeting(assignments, now: datetime):
    """Those of whom this month asks for a meeting that nobody has promised (1.2)."""
    owing = [one.pk for month, zones in _current_months(now) for one in _owing(month, zones, now)]
    return assignments.filter(pk__in=owing)


def _promise(assignment: Assignment, month: date) -> Promise:
    site, person = assignment.site, assignment.person
    return Promise(
        subject=assignment,
        title=f"{person.name} · {site.name} · {month_of(month)}",
        url=f"{reverse('meetings')}?month={month_of(month)}&site={site.pk}",
        opened_at=policy.begins(max(month, assignment.since), site.zone),
        due_at=policy.ends(month, site.zone),
        zone=site.zone,
        period=month_of(month),
        person=person,
        site=site,
        owner=person,
    )


def _of_assignment(month: date):
    return Obligation.objects.kind(MONTHLY_MEETING).filter(
        subject_type=ContentType.objects.get_for_model(Assignment), subject_id=OuterRef("pk"), period=month_of(month)
    )


def _waived(month: date):
    return MeetingWaiver.objects.filter(assignment=OuterRef("pk"), month=month, status=MeetingWaiver.Status.APPROVED)


def revise_month(month: date, zones: list[str], now: datetime, *, only: Assignment | None = None) -> None:
    """Drop what is no longer owed because somebody leaves early, and take back what was dropped too soon."""
    minimum = parameters.value("meeting_min_working_days", on=month)
    asked = Obligation.objects.kind(MONTHLY_MEETING).filter(period=month_of(month), site__time_zone__in=zones)
    if only is not None:
        asked = asked.about(only)
    standing = dict(asked.exclude(status=Obligation.Status.MET).values_list("subject_id", "status"))
    if not standing:
        return
    waived = set(
        MeetingWaiver.objects.filter(month=month, status=MeetingWaiver.Status.APPROVED).values_list(
            "assignment_id", flat=True
        )
    )
    assignments = Assignment.objects.filter(pk__in=standing).only("since", "planned_to", "ended_on", "status", "site")
    sites = Site.objects.filter(time_zone__in=zones).only("country", "time_zone").in_bulk()
    calendars = calendar_for(sites.values(), month, policy.last_day(month))
    gone, back = [], []
    for assignment in assignments:
        days = _working_days(assignment, calendars[assignment.site_id], month)
        owed = assignment.status != Assignment.Status.CANCELLED and policy.owed(days, minimum)
        is_open = standing[assignment.pk] == Obligation.Status.OPEN
        if is_open and not owed:
            gone.append(assignment.pk)
        if not is_open and owed and assignment.pk not in waived:
            back.append(assignment.pk)
    if gone:
        obligations.drop(asked.filter(subject_id__in=gone), by=None, now=now, reason=str(TOO_FEW_DAYS))
    if back:
        obligations.reopen(asked.filter(subject_id__in=back), now=now, reason=str(BACK_ON_SITE))


@leaving.ends_with_posting(MONTHLY_MEETING)
def _ends(promise: Obligation, last_day: date | None):
    """A month with enough working days stays owed: the lead records a meeting held before, or asks to waive it."""
    assignment, month = promise.subject, date.fromisoformat(f"{promise.period}-01")
    end = last_day or assignment.last_day
    if end is None:
        return ""
    days = working_days(assignment.site, max(month, assignment.since), min(end, policy.last_day(month)))
    minimum = parameters.value("meeting_min_working_days", on=month)
    return "" if policy.owed(len(days), minimum) else TOO_FEW_DAYS


# --- When it is kept ----------------------------------------------------------------------------------


def count(meeting: Meeting) -> int:
    """A confirmed meeting counts for its month, for each of our participants stationed there that day.

    Confirmed after the month was over it is kept, but late.
    """
    day = meeting.begins_at.astimezone(meeting.site.zone).date()
    present = Assignment.objects.active_on(day).filter(site=meeting.site, person__in=meeting.staff.all())
    kept = 0
    for assignment in present:
        found = obligations.meet(
            MONTHLY_MEETING,
            assignment,
            by=meeting.confirmed_by,
            at=meeting.begins_at,
            period=month_of(day),
            learned_at=meeting.confirmed_at,
        )
        kept += found is not None
    return kept


def _count_meetings_before(month: date, sites: set[int]) -> None:
    """Meetings confirmed before the promise was opened (an assignment entered late) count as well."""
    for site in Site.objects.filter(pk__in=sites, meetings__in=counting(confirmed=True)).distinct():
        inside = (policy.begins(month, site.zone), policy.ends(month, site.zone))
        for meeting in counting(confirmed=True).filter(site=site, begins_at__range=inside).order_by("begins_at"):
            count(meeting)


def counting(*, confirmed: bool):
    """Meetings face to face with somebody of the client: confirmed ones, or those that still may be."""
    wanted = [Meeting.Status.CONFIRMED] if confirmed else [Meeting.Status.PLANNED, Meeting.Status.HELD]
    with_client = Meeting.contacts.through.objects.filter(meeting=OuterRef("pk"))
    return Meeting.objects.filter(Exists(with_client), mode=Meeting.Mode.IN_PERSON, status__in=wanted)


def will_miss(rows, now: datetime):
    """Of these promises, those of a month that runs now for which no meeting that could count lies ahead.

    A meeting that was held and waits to be confirmed still saves the month.
    """
    hopeful = (
        counting(confirmed=False)
        .filter(site=OuterRef("site"), staff=OuterRef("person"))
        .filter(begins_at__gte=OuterRef("opened_at"), begins_at__lte=OuterRef("due_at"))
        .filter(Q(status=Meeting.Status.HELD) | Q(begins_at__gte=now))
    )
    return rows.kind(MONTHLY_MEETING).open().filter(opened_at__lte=now, due_at__gte=now).filter(~Exists(hopeful))


def let_go(assignment: Assignment, month: date, *, by, now: datetime, reason: str) -> int:
    """The month is waived: its promise is no longer owed."""
    rows = Obligation.objects.kind(MONTHLY_MEETING).about(assignment).filter(period=month_of(month))
    return obligations.drop(rows, by=by, now=now, reason=reason)
