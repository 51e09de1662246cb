"""Which days are worked at a site: Monday to Friday, less the days off, plus the make-up working days."""

from collections.abc import Iterable
from datetime import date, timedelta

import holidays
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from apps.core.verdicts import PolicyBroken, no
from apps.personnel.models import Holiday, Site

FRIDAY = 4
NOVEMBER = 11  # by then most countries have published the holidays of the next year


def working_days(site: Site, first: date, last: date) -> list[date]:
    """The days worked at a site from a day to a day, both included."""
    return calendar_for([site], first, last)[site.pk]


def calendar_for(sites: Iterable[Site], first: date, last: date) -> dict[int, list[date]]:
    """The same for many sites by id, with one query. A site's own row counts before its country's."""
    sites = list(sites)
    rows = Holiday.objects.filter(day__range=(first, last)).filter(
        Q(country__in={site.country for site in sites}) | Q(site__in=sites)
    )
    countries: dict[str, dict[date, bool]] = {}
    own: dict[int, dict[date, bool]] = {}
    for row in rows:
        place = own.setdefault(row.site_id, {}) if row.site_id else countries.setdefault(row.country, {})
        place[row.day] = row.working
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    weeks = {day: day.weekday() <= FRIDAY for day in days}
    found = {}
    for site in sites:
        worked = weeks | countries.get(site.country, {}) | own.get(site.pk, {})
        found[site.pk] = [day for day in days if worked[day]]
    return found


def missing(today: date) -> list[tuple[str, int]]:
    """Countries of running sites, each with a year that has no public holiday: this one, from November on the next."""
    years = [today.year, today.year + 1] if today.month >= NOVEMBER else [today.year]
    known = Holiday.objects.filter(working=False, day__year__in=years).exclude(country="").order_by()
    there = set(known.values_list("country", "day__year").distinct())
    countries = Site.objects.running().order_by("country").values_list("country", flat=True).distinct()
    return [(country, year) for country in countries for year in years if (country, year) not in there]


def seed(country: str, year: int) -> tuple[int, int]:
    """Add a country's public holidays of a year, and its make-up working days; rows that are there stay.

    Answers how many days off and how many make-up days the year has; the latter are announced each autumn.
    Raises: PolicyBroken for an unknown country.
    """
    try:
        spoken = holidays.country_holidays(country).default_language  # else the server's own language decides
        known = holidays.country_holidays(country, years=year, language=spoken)
    except NotImplementedError as error:
        raise PolicyBroken(
            no(
                _("No public holidays are known for “%(country)s”.") % {"country": country},
                remedy=_("Use a country code such as CN or SG, or enter the days by hand."),
            )
        ) from error
    worked = sorted(day for day in getattr(known, "weekend_workdays", ()) if day.year == year)
    language = "zh-hans" if (spoken or "").startswith("zh") else "en"
    with translation.override(language):
        rows = [
            *(Holiday(country=country, day=day, name=known.get(day)[:100]) for day in sorted(known)),
            *(Holiday(country=country, day=day, name=_("Make-up working day"), working=True) for day in worked),
        ]
    Holiday.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows) - len(worked), len(worked)
