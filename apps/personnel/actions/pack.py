"""The calendar entry of a posting, for the person's own calendar (2.1.1, 2.2.1a)."""

from datetime import timedelta

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from apps.core.transitions import Event as Happened
from apps.personnel.models import Assignment
from apps.personnel.policy.papers import report_due

PRODUCT = "-//Onsite//Posting//EN"
AT_THE_DESK = timedelta(hours=1)


def calendar(assignment: Assignment, *, url: str) -> bytes:
    """An iCalendar file: reporting in, on the site's clock with its VTIMEZONE, and the days of the posting."""
    site = assignment.site
    known = Calendar()
    known.add("prodid", PRODUCT)
    known.add("version", "2.0")
    known.add("method", "PUBLISH")
    due = report_due(assignment.since, assignment.report_at, site.zone).astimezone(site.zone)
    first = _entry(assignment, "report", _("Report in at %(site)s") % {"site": site.name}, url)
    first.add("dtstart", due)
    first.add("dtend", due + AT_THE_DESK)
    known.add_component(first)
    if assignment.last_day is not None:
        days = _entry(assignment, "days", f"{assignment.position} · {site.name}", url)
        days.add("dtstart", assignment.since)
        days.add("dtend", assignment.last_day + timedelta(days=1))
        days.add("transp", "TRANSPARENT")
        known.add_component(days)
    known.add_missing_timezones()
    return known.to_ical()


def _entry(assignment: Assignment, part: str, summary: str, url: str) -> Event:
    site = assignment.site
    history = list(Happened.objects.about(assignment).values_list("at", flat=True))
    entry = Event()
    entry.add("uid", f"posting-{assignment.pk}-{part}@onsite")
    entry.add("sequence", len(history))
    entry.add("dtstamp", max(history) if history else report_due(assignment.since, None, site.zone))
    entry.add("summary", summary)
    entry.add("location", ", ".join(filter(None, [site.name, site.address or site.city])))
    words = [
        (_("Site lead"), ", ".join(f"{one.name} {one.phone}".strip() for one in site.leads)),
        (_("Working hours"), site.shift),
        (_("Where to report in"), site.report_to),
        (_("What to bring"), site.bring),
    ]
    entry.add("description", "\n".join(f"{name}: {said}" for name, said in words if said))
    entry.add("url", url)
    entry.add("status", "CANCELLED" if assignment.status == Assignment.Status.CANCELLED else "CONFIRMED")
    return entry
