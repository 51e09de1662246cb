"""Days as clocks: when a day ends at a site, and the end of the n-th working day from now."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.personnel.calendar import working_days
from apps.personnel.models import Site

REACH = 3  # calendar days looked at for each working day, so that a week of holidays is bridged


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last moment of a day on a zone's wall clock."""
    return datetime.combine(day, time.max, zone)


def after_working_days(site: Site, moment: datetime, count: int) -> datetime:
    """The end of the n-th working day after the day of a moment, by the site's calendar and wall clock."""
    today = moment.astimezone(site.zone).date()
    reach = 14 + REACH * count
    while True:
        days = working_days(site, today + timedelta(days=1), today + timedelta(days=reach))
        if len(days) >= count:
            return end_of(days[count - 1], site.zone)
        reach *= 2
