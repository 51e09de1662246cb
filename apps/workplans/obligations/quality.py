"""The clocks of quality: everybody is assessed (3.5.1), who falls short is heard, decided about, followed up (3.5.3).

One promise per assignment and period, opened once the period is over on the site's own wall clock, for those with
enough working days in it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import obligations, parameters
from apps.core.obligations import Obligation, Promise, head, kind, lead, owner
from apps.personnel import coverage
from apps.personnel.actions import leaving
from apps.personnel.actions.assignments import stationed
from apps.personnel.calendar import calendar_for
from apps.personnel.models import Assignment, Site, User, lasts_to
from apps.workplans.days import after_working_days, end_of
from apps.workplans.models import QualityAssessment, QualityCase
from apps.workplans.policy import quality as policy
from apps.workplans.policy.quality import Period

QUALITY_ASSESSMENT = kind(
    "quality_assessment",
    clause="3.5.1",
    label=_("The quality of everybody's work is assessed"),
    breach=[owner(), head()],
    with_lead=True,
)
QUALITY_STATEMENT = kind(
    "quality_statement",
    clause="3.5.3",
    label=_("Who falls short says how it came"),
    breach=[owner(), lead()],
)
QUALITY_CASE = kind(
    "quality_case",
    clause="3.5.3",
    label=_("What follows from work below standard is decided"),
    breach=[owner(), head()],
    with_lead=True,
)
QUALITY_FOLLOW_UP = kind(
    "quality_follow_up",
    clause="3.5.3",
    label=_("What was decided is followed up"),
    breach=[owner(), head()],
    with_lead=True,
)

TOO_FEW_DAYS = _("Too few working days on site in this month.")
BACK_ON_SITE = _("There are enough working days on site in this month after all.")
GONE = _("No longer at the site: the case goes on without a statement.")


# --- Which periods, for whom --------------------------------------------------------------------------


def last_period(today: date) -> Period:
    """The newest period that is over on a day; how long it is, is what counts on its first day."""
    month = policy.shifted(today.replace(day=1), -1)
    while (found := period_of(month)) is None:
        month = policy.shifted(month, -1)
    return found


def period_of(month: date) -> Period | None:
    """The period that ends with a month; None where none does."""
    months = policy.months_of_a_period(int(parameters.value("quality_assessments_per_year", on=month)))
    return Period(month, months) if policy.ends_period(month, months) else None


def named(words: str) -> Period | None:
    """The period with this key; None for what is no month, or ends no period."""
    try:
        month = date.fromisoformat(f"{words}-01")
    except ValueError:
        return None
    return period_of(month) if month.year > parameters.BEGINNING.year else None


@obligations.planner
def plan_assessments(now: datetime) -> int:
    """Open what the last period asks for at each site, and let go of what is no longer owed."""
    opened = 0
    for last, zones in _last_periods(now):
        for period in _periods_to_plan(last, zones):
            opened += open_period(period, zones, now)
        revise(last, zones, now)
    _never_ones_own(now)
    return opened


def _last_periods(now: datetime) -> list[tuple[Period, list[str]]]:
    """The newest period that is over, with the time zones of sites in which it is that one."""
    found: dict[date, list[str]] = {}
    for name in Site.objects.order_by("time_zone").values_list("time_zone", flat=True).distinct():
        found.setdefault(now.astimezone(ZoneInfo(name)).date().replace(day=1), []).append(name)
    return [(last_period(day), zones) for day, zones in sorted(found.items())]


def _periods_to_plan(last: Period, zones: list[str]) -> Iterator[Period]:
    """The last one; after an outage also those since the last one that was planned."""
    planned = Obligation.objects.kind(QUALITY_ASSESSMENT).filter(site__time_zone__in=zones)
    if not planned.filter(period=last.key).exists():
        newest = planned.filter(period__lt=last.key).order_by("-period").values_list("period", flat=True).first()
        month = policy.shifted(date.fromisoformat(f"{newest}-01"), 1) if newest else last.month
        while month < last.month:
            if period := period_of(month):
                yield period
            month = policy.shifted(month, 1)
    yield last


@stationed
def plan_for(assignment: Assignment, now: datetime) -> None:
    """An assignment entered late owes its last period at once."""
    zone = assignment.site.time_zone
    period = last_period(now.astimezone(assignment.site.zone).date())
    open_period(period, [zone], now, only=assignment)
    revise(period, [zone], now, only=assignment)


def open_period(period: Period, zones: list[str], now: datetime, *, only: Assignment | None = None) -> int:
    """Open the promise of every assignment that has none yet for a period; answers how many. Safe to repeat."""
    days = int(parameters.value("quality_assess_days", on=period.last_day))
    promises = [_promise(one, period, days, now) for one in _owing(period, zones, only=only)]
    return obligations.start_many(QUALITY_ASSESSMENT, promises, now=now)


def _touching(period: Period, zones: list[str], only: Assignment | None = None):
    rows = (
        Assignment.objects.exclude(status=Assignment.Status.CANCELLED)
        .filter(site__time_zone__in=zones, since__lte=period.last_day)
        .filter(lasts_to(period.first_day))
        .order_by("pk")
    )
    return rows.filter(pk=only.pk) if only is not None else rows


def _owing(period: Period, zones: list[str], *, only: Assignment | None = None) -> Iterator[Assignment]:
    """Assignments that owe an assessment and have neither it nor a promise of it yet."""
    minimum = parameters.value("meeting_min_working_days", on=period.month)
    promised = Obligation.objects.kind(QUALITY_ASSESSMENT).filter(
        subject_type=ContentType.objects.get_for_model(Assignment), subject_id=OuterRef("pk"), period=period.key
    )
    given = QualityAssessment.objects.filter(assignment=OuterRef("pk"), month=period.month)
    assignments = list(
        _touching(period, zones, only)
        .filter(~Exists(promised), ~Exists(given))
        .select_related("person", "site__lead", "site__deputy", "site__department__head", "site__department__parent")
    )
    calendars = calendar_for({one.site_id: one.site for one in assignments}.values(), period.first_day, period.last_day)
    for assignment in assignments:
        if _days(assignment, calendars[assignment.site_id], period) >= minimum:
            yield assignment


def _days(assignment: Assignment, calendar: list[date], period: Period) -> int:
    """Working days of a period that lie in an assignment."""
    end = assignment.last_day or period.last_day
    return max(0, bisect_right(calendar, end) - bisect_left(calendar, assignment.since))


@coverage.covers(QUALITY_ASSESSMENT)
def without_assessment(assignments, now: datetime):
    """Those whose last period asks for an assessment that nobody has promised (1.2)."""
    owing = [one.pk for period, zones in _last_periods(now) for one in _owing(period, zones)]
    return assignments.filter(pk__in=owing)


def assessor(site: Site, person: User) -> User | None:
    """Who owes the assessment of somebody: the lead, else the deputy, else the nearest head; never they themselves."""
    return next((one for one in (*site.leads, *site.heads) if one.is_active and one.pk != person.pk), None)


def _promise(assignment: Assignment, period: Period, days: int, now: datetime) -> Promise:
    """Where it opens only after its day (an assignment entered late, an outage), as many days count from today."""
    site, person = assignment.site, assignment.person
    today, due_on = now.astimezone(site.zone).date(), period.last_day + timedelta(days=days)
    return Promise(
        subject=assignment,
        title=f"{person.name} · {site.name} · {period.key}",
        url=f"{reverse('assignment_assess', args=[assignment.pk])}?month={period.key}",
        opened_at=end_of(period.last_day, site.zone),
        due_at=end_of(due_on if due_on >= today else today + timedelta(days=days), site.zone),
        zone=site.zone,
        period=period.key,
        person=person,
        site=site,
        owner=assessor(site, person),
    )


def revise(period: Period, zones: list[str], now: datetime, *, only: Assignment | None = None) -> None:
    """Drop what is no longer owed because somebody left earlier, and take back what was dropped too soon."""
    asked = Obligation.objects.kind(QUALITY_ASSESSMENT).filter(period=period.key, site__time_zone__in=zones)
    if only is not None:
        asked = asked.about(only)
    standing = dict(asked.exclude(status=Obligation.Status.MET).values_list("subject_id", "status"))
    if not standing:
        return
    minimum = parameters.value("meeting_min_working_days", on=period.month)
    assignments = list(Assignment.objects.filter(pk__in=standing).select_related("site"))
    calendars = calendar_for({one.site_id: one.site for one in assignments}.values(), period.first_day, period.last_day)
    gone, back = [], []
    for one in assignments:
        owed = one.status != Assignment.Status.CANCELLED and _days(one, calendars[one.site_id], period) >= minimum
        is_open = standing[one.pk] == Obligation.Status.OPEN
        if is_open and not owed:
            gone.append(one.pk)
        if owed and not is_open:
            back.append(one.pk)
    if gone:
        obligations.drop(asked.filter(subject_id__in=gone), by=None, now=now, reason=str(TOO_FEW_DAYS))
    if back:
        obligations.reopen(asked.filter(subject_id__in=back), now=now, reason=str(BACK_ON_SITE))


def _never_ones_own(now: datetime) -> None:
    """Somebody assessed who leads the site since: the assessment, or the case, goes to the next above."""
    kinds = (QUALITY_ASSESSMENT, QUALITY_CASE, QUALITY_FOLLOW_UP)
    rows = Obligation.objects.kind(*kinds).open().filter(owner=F("person"))
    for one in rows.select_related("site__lead", "site__deputy", "site__department__head", "person"):
        if to := assessor(one.site, one.person):
            obligations.hand_over(rows.filter(pk=one.pk), to=to, by=None, now=now)


@leaving.ends_with_posting(QUALITY_ASSESSMENT)
def _ends(promise: Obligation, last_day: date | None):
    """Whoever owes an assessment leaves: it passes on, unless it is no longer owed."""
    assignment = promise.subject
    period = named(promise.period)
    calendar = calendar_for([assignment.site], period.first_day, period.last_day)[assignment.site_id]
    minimum = parameters.value("meeting_min_working_days", on=period.month)
    return "" if _days(assignment, calendar, period) >= minimum else TOO_FEW_DAYS


@leaving.ends_with_posting(QUALITY_STATEMENT)
def _statement_ends(promise: Obligation, last_day: date | None):
    """Nobody else can say how it came."""
    return GONE


# --- When it is kept ----------------------------------------------------------------------------------


def count(assessment: QualityAssessment, *, by: User, now: datetime) -> None:
    """It was given: what was owed is kept."""
    period = f"{assessment.month:%Y-%m}"
    obligations.meet(QUALITY_ASSESSMENT, assessment.assignment, by=by, at=now, period=period)


def hear_and_decide(case: QualityCase, *, now: datetime) -> None:
    """The person is heard, then it is decided."""
    site, person = case.site, case.person
    today = now.astimezone(site.zone).date()
    days = int(parameters.value("quality_case_days", on=today))
    shared = {"title": _title(case), "now": now, "person": person, "site": site, "zone": site.zone}
    if person.is_active:
        obligations.start(QUALITY_STATEMENT, case, due_at=case.statement_due_at, owner=person, **shared)
    due_at = max(end_of(today + timedelta(days=days), site.zone), case.statement_due_at + timedelta(days=1))
    obligations.start(QUALITY_CASE, case, due_at=due_at, owner=assessor(site, person), **shared)


def _title(case: QualityCase) -> str:
    return f"{case.person.name} · {case.site.name} · {case.assessment.month:%Y-%m}"


def statement_due(site: Site, now: datetime) -> datetime:
    days = int(parameters.value("quality_statement_days", on=now.astimezone(site.zone).date()))
    return after_working_days(site, now, days)


def follow_up(case: QualityCase, *, now: datetime) -> Obligation:
    site = case.site
    return obligations.start(
        QUALITY_FOLLOW_UP,
        case,
        title=_title(case),
        due_at=end_of(case.follow_up_on, site.zone),
        now=now,
        person=case.person,
        site=site,
        owner=assessor(site, case.person),
        zone=site.zone,
    )


def about(case: QualityCase, *kinds) -> Iterable[Obligation]:
    return Obligation.objects.kind(*kinds).about(case)
