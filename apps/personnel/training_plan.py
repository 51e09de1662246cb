"""The plan of trainings: each site with each part of a year, what is owed there, held and to come (2.4.1)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.obligations import Obligation
from apps.core.verdicts import Verdict, unless
from apps.personnel import access
from apps.personnel.models import Site, TrainingSession
from apps.personnel.obligations.training import SITE_TRAINING, times_in
from apps.personnel.policy import training as policy

MOST_SITES = 1000


@dataclass(frozen=True)
class Cell:
    """What stands for a site and a period: the promise, the sessions held, those still to come."""

    promise: Obligation | None
    held: int
    planned: int
    late: bool

    @property
    def missing(self) -> bool:
        return self.promise is not None and self.promise.status == "open" and not self.planned

    @property
    def empty(self) -> bool:
        return self.promise is None and not self.held and not self.planned


def may_see_plan(user) -> Verdict:
    return unless(
        not access.sees_owed_somewhere(user),
        _("The plan is for HR, and for those who lead or head sites."),
        remedy=_("Look at the list of trainings."),
        clause="2.4.1",
    )


def plan_of(user, year: int, *, today: date, now: datetime) -> tuple[list[policy.Period], str, list]:
    """The parts of a year, the name of the present one (or the last), and each site one oversees with its cells.

    A row is (site, [(part, cell), ...]).
    """
    parts = policy.periods(year, times_in(year))
    sites = list(
        Site.objects.running()
        .filter(access.through_site(user, ""))
        .select_related("client")
        .order_by("name_sort")[:MOST_SITES]
    )
    promises = {
        (one.site_id, one.period): one
        for one in Obligation.objects.visible_to(user)
        .kind(SITE_TRAINING)
        .filter(site__in=sites, period__in=[part.name for part in parts])
    }
    held, planned = _sessions_by_site(sites, parts, now)
    rows = [(site, [(part, _cell(promises, held, planned, site, part, now)) for part in parts]) for site in sites]
    current = next((part.name for part in parts if part.first <= today <= part.last), parts[-1].name)
    return parts, current, rows


def _cell(promises, held, planned, site, part, now) -> Cell:
    promise, key = promises.get((site.pk, part.name)), (site.pk, part.name)
    late = promise is not None and (promise.late or promise.status == "open" and promise.due_at < now)
    return Cell(promise, held.get(key, 0), planned.get(key, 0), late)


def _sessions_by_site(sites, parts, now) -> tuple[dict, dict]:
    """How many sessions each site had with people of its own present, and how many are still to come, by period."""
    zones = {site.pk: site.zone for site in sites}
    around = timedelta(days=2)
    first = datetime.combine(parts[0].first, time.min, UTC) - around
    last = datetime.combine(parts[-1].last, time.max, UTC) + around
    inside = Q(begins_at__range=(first, last))
    came = (
        TrainingSession.objects.filter(inside, enrolments__attended_at__isnull=False, enrolments__site__in=sites)
        .values_list("pk", "begins_at", "enrolments__site")
        .distinct()
    )
    coming = TrainingSession.objects.planned().filter(inside, ends_at__gte=now)
    ahead = [
        *coming.filter(site__in=sites).values_list("pk", "begins_at", "site"),
        *coming.filter(enrolments__status="approved", enrolments__site__in=sites)
        .values_list("pk", "begins_at", "enrolments__site")
        .distinct(),
    ]
    return _by_part(came, zones, parts), _by_part(set(ahead), zones, parts)


def _by_part(found, zones, parts) -> dict:
    counted: dict[tuple[int, str], int] = {}
    for _pk, begins_at, site in found:
        day = begins_at.astimezone(zones[site]).date()
        part = next((one for one in parts if one.first <= day <= one.last), None)
        if part:
            counted[site, part.name] = counted.get((site, part.name), 0) + 1
    return counted
