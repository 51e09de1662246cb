"""The clocks of reports: one a day or a week (3.3.1), each reviewed within days (3.3.3)."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import obligations, parameters
from apps.core.obligations import Obligation, Promise, head, kind, lead, owner
from apps.personnel import coverage
from apps.personnel.actions import leaving
from apps.personnel.actions.assignments import stationed
from apps.personnel.calendar import calendar_for
from apps.personnel.models import Assignment, Site, lasts_to
from apps.workplans.days import after_working_days, end_of
from apps.workplans.models import Report, ReportRhythm, Rhythm
from apps.workplans.policy import reports as policy
from apps.workplans.policy.reports import Period

WORK_REPORT = kind(
    "work_report",
    clause="3.3.1",
    label=_("Work is reported regularly"),
    warn=[owner(before="report_warn_hours")],
    breach=[owner(), lead(late_by="report_missed_lead_hours")],
)
REPORT_REVIEW = kind(
    "report_review",
    clause="3.3.3",
    label=_("Reports are reviewed soon"),
    warn=[owner(before="report_review_warn_hours")],
    breach=[owner(), head()],
    with_lead=True,
)

NOT_OWED = _("No working day at this site in this period.")
POSTING_OVER = _("The posting has ended.")
OTHER_RHYTHM = _("Reports come in another rhythm now.")


# --- How often ----------------------------------------------------------------------------------------


def usual_rhythm(day: date) -> str:
    """What holds where the lead has set nothing: every day where the policy's number is one, else every week."""
    return Rhythm.DAILY if parameters.value("work_report_every_days", on=day) <= 1 else Rhythm.WEEKLY


def with_rhythm(assignments, day: date):
    """Assignments with the `rhythm` of the week that a day lies in: whole weeks have one."""
    sunday = policy.period_of(policy.WEEKLY, day).last
    chosen = ReportRhythm.objects.filter(assignment=OuterRef("pk"), valid_from__lte=sunday).order_by("-valid_from")
    return assignments.annotate(rhythm=Coalesce(Subquery(chosen.values("rhythm")[:1]), Value(usual_rhythm(day).value)))


def rhythm_of(assignment: Assignment, day: date) -> str:
    """How often somebody reports in the week of a day."""
    return with_rhythm(Assignment.objects.filter(pk=assignment.pk), day).values_list("rhythm", flat=True).get()


# --- Which periods, for whom --------------------------------------------------------------------------


@obligations.planner
def plan_reports(now: datetime) -> int:
    """Open the report of this day or week for everybody who is at a site; let go of what is no longer owed."""
    opened = 0
    for zone in Site.objects.order_by("time_zone").values_list("time_zone", flat=True).distinct():
        today = now.astimezone(ZoneInfo(zone)).date()
        for rhythm in Rhythm.values:
            for period in _to_plan(rhythm, zone, today):
                opened += open_period(rhythm, period, zone, now)
    _let_go(now)
    return opened


def _to_plan(rhythm: str, zone: str, today: date) -> Iterable[Period]:
    """The present period; after an outage also those since the last one that was planned, two months at most."""
    present = policy.period_of(rhythm, today)
    planned = Obligation.objects.kind(WORK_REPORT).filter(site__time_zone=zone)
    weekly = Q(period__contains="W")
    planned = planned.filter(weekly if rhythm == Rhythm.WEEKLY else ~weekly)
    if planned.filter(period=present.key).exists():
        return [present]
    earliest = today - timedelta(days=policy.BACK_DAYS)
    begin = datetime.combine(earliest, time.min, ZoneInfo(zone))
    last = planned.filter(due_at__gte=begin).order_by("-period").values_list("period", flat=True).first()
    first = _first_day(last) + timedelta(days=1) if last else today
    return policy.periods_between(rhythm, max(first, earliest), today)


def _first_day(key: str) -> date:
    """The first day of the period with this key."""
    if "W" not in key:
        return date.fromisoformat(key)
    year, week = key.split("-W")
    return date.fromisocalendar(int(year), int(week), 1)


def open_period(rhythm: str, period: Period, zone: str, now: datetime, *, only: Assignment | None = None) -> int:
    """Open a period's promise of every assignment that has none yet; answers how many. Safe to repeat."""
    promises = [
        _promise(assignment, period, due_on) for assignment, due_on in _owing(rhythm, period, zone, now, only=only)
    ]
    return obligations.start_many(WORK_REPORT, promises, now=now)


def _owing(rhythm: str, period: Period, zone: str, now: datetime, *, only: Assignment | None = None):
    """(assignment, the last day worked in the period) of those who owe a report and have no promise of it yet."""
    today = now.astimezone(ZoneInfo(zone)).date()
    there = (
        Assignment.objects.filter(status=Assignment.Status.ON_SITE, site__time_zone=zone)
        .filter(lasts_to(period.first), since__lte=min(period.last, today))
        .filter(~Exists(_promised(period)), ~Exists(_reported(period)))
    )
    if only is not None:
        there = there.filter(pk=only.pk)
    rows = list(with_rhythm(there, period.first).filter(rhythm=rhythm).select_related("person", "site").order_by("pk"))
    calendars = calendar_for({one.site_id: one.site for one in rows}.values(), period.first, period.last)
    for assignment in rows:
        due_on = policy.owed_on(period, calendars[assignment.site_id], assignment.since, assignment.last_day)
        if due_on is not None:
            yield assignment, due_on


def _promised(period: Period):
    return Obligation.objects.kind(WORK_REPORT).filter(
        subject_type=ContentType.objects.get_for_model(Assignment), subject_id=OuterRef("pk"), period=period.key
    )


def _reported(period: Period):
    return Report.objects.filter(assignment=OuterRef("pk"), period=period.key, extra=False).exclude(
        status__in=[Report.Status.DISPUTED, Report.Status.LOGGED]
    )


def _promise(assignment: Assignment, period: Period, due_on: date) -> Promise:
    site, person = assignment.site, assignment.person
    return Promise(
        subject=assignment,
        title=f"{person.name} · {site.name} · {period.key}",
        url=f"{reverse('report_new')}?day={due_on:%Y-%m-%d}&assignment={assignment.pk}",
        opened_at=datetime.combine(max(period.first, assignment.since), time.min, site.zone),
        due_at=end_of(due_on, site.zone),
        zone=site.zone,
        period=period.key,
        person=person,
        site=site,
        owner=person,
    )


@stationed
def plan_for(assignment: Assignment, now: datetime) -> None:
    """What somebody owes from now on is known at once, not only when the planner comes by."""
    zone = assignment.site.time_zone
    today = now.astimezone(assignment.site.zone).date()
    for rhythm in Rhythm.values:
        open_period(rhythm, policy.period_of(rhythm, today), zone, now, only=assignment)


@coverage.covers(WORK_REPORT)
def without_report(assignments, now: datetime):
    """Those on site of whom this day or week asks for a report that nobody has promised (1.2)."""
    owing = [
        one.pk
        for zone in Site.objects.order_by("time_zone").values_list("time_zone", flat=True).distinct()
        for rhythm in Rhythm.values
        for one, _due_on in _owing(rhythm, policy.period_of(rhythm, _today(zone, now)), zone, now)
    ]
    return assignments.filter(pk__in=owing)


def _today(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def _let_go(now: datetime) -> None:
    """What a shorter or cancelled posting no longer owes."""
    gone = Assignment.objects.filter(pk=OuterRef("subject_id")).filter(
        Q(status=Assignment.Status.CANCELLED)
        | Q(since__gt=OuterRef("due_at__date"))
        | Q(ended_on__lt=OuterRef("opened_at__date"))
        | Q(ended_on=None, planned_to__lt=OuterRef("opened_at__date"))
    )
    rows = Obligation.objects.kind(WORK_REPORT).open().filter(Exists(gone))
    obligations.drop(rows, by=None, now=now, reason=str(POSTING_OVER))


@leaving.ends_with_posting(WORK_REPORT)
def _ends(promise: Obligation, last_day: date | None):
    """Nobody else can tell what somebody did: what is not reported on the last day, the handover tells."""
    day = promise.due_at.astimezone(promise.site.zone).date()
    return POSTING_OVER if last_day is None or day >= last_day else ""


def change_rhythm(assignment: Assignment, valid_from: date, *, by, now: datetime) -> None:
    """Promises of the old rhythm from a day on are no longer owed; the planner opens those of the new one."""
    begin = datetime.combine(valid_from, time.min, assignment.site.zone)
    rows = Obligation.objects.kind(WORK_REPORT).about(assignment).filter(opened_at__gte=begin)
    obligations.drop(rows, by=by, now=now, reason=str(OTHER_RHYTHM))


# --- Review -------------------------------------------------------------------------------------------


def reviewer_of(assignment: Assignment):
    """Who reviews: the site's lead, else the deputy, else the nearest head; never the person."""
    site = assignment.site
    return next((one for one in (*site.leads, *site.heads) if one.is_active and one.pk != assignment.person_id), None)


def review_soon(report: Report, *, now: datetime) -> Obligation:
    """From the moment it was filed, or confirmed."""
    site, assignment = report.site, report.assignment
    days = int(parameters.value("report_review_days", on=now.astimezone(site.zone).date()))
    return obligations.start(
        REPORT_REVIEW,
        report,
        title=str(report),
        due_at=after_working_days(site, now, days),
        now=now,
        person=assignment.person,
        site=site,
        owner=reviewer_of(assignment),
        zone=site.zone,
    )
