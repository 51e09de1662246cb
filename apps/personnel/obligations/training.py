"""The clocks of trainings: one at each site and quarter (2.4.1), a first answer to what clients ask for (2.4.2)."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import obligations, parameters
from apps.core.obligations import Obligation, Promise, head, kind, lead, role
from apps.personnel.calendar import working_days
from apps.personnel.models import Assignment, Enrolment, Site, User
from apps.personnel.policy import training as policy
from apps.personnel.policy.training import Period
from apps.personnel.roles import Role

SITE_TRAINING = kind(
    "site_training",
    clause="2.4.1",
    label=_("The people of every site are trained regularly"),
    warn=[role(Role.HR.value, before="training_warn_days")],
    breach=[role("hr_head")],
)

CLIENT_TRAINING = kind(
    "client_training",
    clause="2.4.2",
    label=_("What a client wants to be trained in gets a first answer"),
    warn=[role(Role.HR.value, before="training_answer_warn_hours")],
    breach=[role("hr_head"), lead(), head()],
)

NOBODY_THERE = _("Nobody is stationed at this site any more.")
NOT_HELD = _("Nobody of the site was there after all.")


@obligations.audience("hr_head")
def hr_heads(rows) -> dict[int, list[User]]:
    """Who heads a department with people of HR; where there is nobody, HR itself."""
    hr = list(User.objects.with_role(Role.HR).select_related("department__head", "department__parent__head"))
    found = {next(person.department.heads, None) for person in hr if person.department_id}
    known = sorted((person for person in found if person and person.is_active), key=lambda one: one.pk) or hr
    return {row.pk: known for row in rows}


# --- One training at each site and quarter ------------------------------------------------------------


@obligations.planner
def plan_trainings(now: datetime) -> int:
    """Open what this quarter asks of each site, and of those that went by meanwhile; let go of what nobody owes."""
    opened = 0
    for zone in Site.objects.running().order_by("time_zone").values_list("time_zone", flat=True).distinct():
        for period in _to_plan(zone, now):
            opened += _open(period, zone, now)
    _let_go(now)
    return opened


def times_in(year: int) -> int:
    """How many trainings a site is owed in a year: the number in force on its first day holds all the year."""
    return int(parameters.value("trainings_per_year", on=date(year, 1, 1)))


def current(site_zone: ZoneInfo, now: datetime) -> Period:
    day = now.astimezone(site_zone).date()
    return policy.period_on(day, times_in(day.year))


def _to_plan(zone: str, now: datetime) -> Iterator[Period]:
    """The present period; after an outage over its beginning also those since the last one that was planned."""
    present = current(ZoneInfo(zone), now)
    last = (
        Obligation.objects.kind(SITE_TRAINING)
        .filter(site__time_zone=zone, due_at__lt=_begins(present.first, ZoneInfo(zone)))
        .order_by("-due_at")
        .values_list("due_at", flat=True)
        .first()
    )
    day = last.astimezone(ZoneInfo(zone)).date() + timedelta(days=1) if last else present.first
    while day < present.first:
        period = policy.period_on(day, times_in(day.year))
        yield period
        day = period.last + timedelta(days=1)
    yield present


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def _ends(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.max, zone)


def _open(period: Period, zone: str, now: datetime) -> int:
    """One promise for each site with people since before the middle of the period: later ones owe from the next on."""
    there = (
        Assignment.objects.exclude(status=Assignment.Status.CANCELLED)
        .filter(site__active=True, site__time_zone=zone)
        .values("site")
        .annotate(first=Min("since"))
        .filter(first__lte=period.middle)
        .values("site")
    )
    today = now.astimezone(ZoneInfo(zone)).date()
    day = min(today, period.last)
    peopled = Assignment.objects.active_on(day).filter(site__in=there).values("site")
    sites = list(Site.objects.filter(pk__in=peopled))
    opened = obligations.start_many(SITE_TRAINING, [_promise(site, period) for site in sites], now=now)
    if opened:
        _count_before(period, sites)
    return opened


def _promise(site: Site, period: Period) -> Promise:
    return Promise(
        subject=site,
        title=f"{site.name} · {period.name}",
        url=f"{reverse('training_plan')}?period={period.name}",
        opened_at=_begins(period.first, site.zone),
        due_at=_ends(period.last, site.zone),
        zone=site.zone,
        period=period.name,
        site=site,
    )


def _let_go(now: datetime) -> None:
    """A site that closed, or where nobody is left, no longer owes what is still to come."""
    ahead = Obligation.objects.kind(SITE_TRAINING).open().filter(due_at__gte=now)
    peopled = Assignment.objects.active_on(now.date()).values("site")
    gone = ahead.exclude(site__in=Site.objects.running().filter(pk__in=peopled))
    if gone.exists():
        obligations.drop(gone, by=None, now=now, reason=str(NOBODY_THERE))


# --- When it is kept ----------------------------------------------------------------------------------


def present_at(site: Site, period: Period):
    """Who of a site was at a session within a period, on the site's own clock."""
    inside = (_begins(period.first, site.zone), _ends(period.last, site.zone))
    return Enrolment.objects.present().filter(site=site, session__begins_at__range=inside)


def count(enrolment: Enrolment, *, by, now: datetime) -> None:
    """Somebody of a site was there: the site's promise for that quarter is kept. Told after its end, it is late."""
    site = enrolment.site
    if site is None:
        return
    period = current(site.zone, enrolment.session.begins_at)
    obligations.meet(
        SITE_TRAINING,
        site,
        by=by,
        at=min(now, enrolment.session.ends_at),
        period=period.name,
        learned_at=now,
    )


def count_again(enrolment: Enrolment, *, now: datetime) -> None:
    """Somebody was not there after all: with nobody else of the site, the promise runs on."""
    site = enrolment.site
    if site is None:
        return
    period = current(site.zone, enrolment.session.begins_at)
    if not present_at(site, period).exists():
        obligations.run_on(SITE_TRAINING, site, owner=None, now=now, reason=str(NOT_HELD), period=period.name)


def _count_before(period: Period, sites: list[Site]) -> None:
    """Sessions held before the promise was opened count as well."""
    for site in sites:
        first = present_at(site, period).select_related("session", "attended_by").order_by("attended_at").first()
        if first:
            obligations.meet(SITE_TRAINING, site, by=first.attended_by, at=first.attended_at, period=period.name)


# --- What clients ask for -----------------------------------------------------------------------------


def answer_soon(asked, *, now: datetime) -> Obligation:
    """From the moment the client asked: to the end of the last of so many working days of the site."""
    site = asked.site
    return obligations.start(
        CLIENT_TRAINING,
        asked,
        title=asked.title,
        opened_at=asked.asked_at,
        due_at=answer_due(site, asked.asked_at),
        site=site,
        zone=site.zone,
        now=now,
    )


def answer_due(site: Site, asked_at: datetime) -> datetime:
    """The end of the n-th working day after the day on which the client asked."""
    day = asked_at.astimezone(site.zone).date()
    number = int(parameters.value("training_answer_days", on=day))
    reach = number * 2 + 30  # holidays of two weeks included
    days: list[date] = []
    while len(days) < number:
        days = working_days(site, day + timedelta(days=1), day + timedelta(days=reach))
        reach *= 2
    return _ends(days[number - 1], site.zone)
