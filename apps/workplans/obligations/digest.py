"""Each Monday the leads and the head of a site learn how the week before went (3.2.3, 3.3.1, 3.3.3)."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import notifications, obligations
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.personnel.models import Site
from apps.workplans.models import Task, WorkProblem
from apps.workplans.obligations.reports import REPORT_REVIEW, WORK_REPORT
from apps.workplans.policy.reports import WEEKLY, period_of

WEEK = notifications.note_kind(
    "work_week",
    _("How work went last week"),
    _("%(site)s, %(week)s: reports missing %(missing)s, reviews overdue %(reviews)s, tasks late %(late)s"),
    _("Problems open: %(problems)s. Tasks delivered in the week: %(delivered)s."),
)


@obligations.planner
def tell_week(now: datetime) -> int:
    """Once a week and site, from its Monday on; opens nothing."""
    for zone in Site.objects.running().order_by("time_zone").values_list("time_zone", flat=True).distinct():
        today = now.astimezone(ZoneInfo(zone)).date()
        week = period_of(WEEKLY, period_of(WEEKLY, today).first - timedelta(days=1))
        _tell(zone, week, now)
    return 0


def _tell(zone: str, week, now: datetime) -> None:
    sites = Site.objects.running().filter(time_zone=zone)
    key = f"work_week:{week.key}:"
    told = set(Notification.objects.filter(kind=WEEK.key, key__startswith=key).values_list("key", flat=True))
    rows = sites.select_related("lead", "deputy", "department__head", "department__parent__head")
    fresh = [site for site in rows if f"{key}{site.pk}" not in told and (site.leads or site.head)]
    if not fresh:
        return
    today = now.astimezone(ZoneInfo(zone)).date()
    ids = [site.pk for site in fresh]
    late = Obligation.objects.filter(site__in=ids).overdue(now)
    tasks = Task.objects.filter(site__in=ids)
    begin = datetime.combine(week.first, datetime.min.time(), ZoneInfo(zone))
    figures = {
        "missing": _by_site(late.kind(WORK_REPORT)),
        "reviews": _by_site(late.kind(REPORT_REVIEW)),
        "late": _by_site(tasks.overdue(today)),
        "problems": _by_site(WorkProblem.objects.filter(site__in=ids).open()),
        "delivered": _by_site(tasks.filter(delivered_at__range=(begin, begin + timedelta(days=7)))),
    }
    notifications.tell_many(
        (
            (
                person,
                f"{key}{site.pk}",
                None,
                f"{reverse('site', args=[site.pk])}#reports",
                {"site": site.name, "week": week.key} | {name: found[site.pk] for name, found in figures.items()},
            )
            for site in fresh
            for person in dict.fromkeys((*site.leads, site.head))
        ),
        WEEK,
        now=now,
    )


def _by_site(rows) -> Counter:
    return Counter(dict(rows.order_by().values_list("site").annotate(count=Count("pk"))))
