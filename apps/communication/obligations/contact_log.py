"""The clock of clause 3.4.1: no site stays without contact to the client for long.

One open promise per running site. It starts with the last contact of any kind, so its `opened_at` is that moment.
"""

from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.communication.models import ContactLog, EnquiryMessage, Meeting
from apps.core import obligations, parameters
from apps.core.obligations import Obligation, Promise, head, kind, lead, owner
from apps.personnel.models import Site

CLIENT_SILENCE = kind(
    "client_silence",
    clause="3.4.1",
    label=_("The client hears from us, and we from them"),
    warn=[owner(before="contact_silence_warn_days")],
    breach=[lead(), head()],
    with_lead=True,
)

CLOSED = _("The site no longer runs.")


def _promise(site: Site, last_at: datetime, days: dict) -> Promise:
    day = last_at.astimezone(site.zone).date()
    if day not in days:
        days[day] = timedelta(days=float(parameters.value("contact_silence_days", on=day)))
    return Promise(
        subject=site,
        title=site.name,
        url=f"{reverse('contact_log')}?site={site.pk}",
        opened_at=last_at,
        due_at=last_at + days[day],
        zone=site.zone,
        site=site,
        owner=site.lead or site.deputy,
    )


@obligations.planner
def plan_silence(now: datetime) -> int:
    """Watch every running site that is not watched yet, from its last contact, else from now."""
    watched = Obligation.objects.kind(CLIENT_SILENCE).open().filter(subject_type=_site_type())
    unwatched = list(
        Site.objects.running()
        .filter(~Exists(watched.filter(subject_id=OuterRef("pk"))))
        .select_related("lead", "deputy")
    )
    opened = 0
    if unwatched:
        last, days = last_contacts(unwatched, now), {}
        promises = [_promise(site, last.get(site.pk, now), days) for site in unwatched]
        opened = obligations.start_many(CLIENT_SILENCE, promises, now=now)
    closed = watched.filter(site__active=False)
    if closed.exists():
        obligations.drop(closed, by=None, now=now, reason=str(CLOSED))
    return opened


def _site_type() -> ContentType:
    return ContentType.objects.get_for_model(Site)


def last_contacts(sites, now: datetime) -> dict[int, datetime]:
    """The last contact of each site by id: logged, written or received, or met; sites without any are left out."""
    sources = (
        ContactLog.objects.filter(site__in=sites).values("site").annotate(last=Max("at")).values_list("site", "last"),
        EnquiryMessage.objects.filter(enquiry__site__in=sites, automatic=False)
        .exclude(direction=EnquiryMessage.Direction.NOTE)
        .values("enquiry__site")
        .annotate(last=Max("at"))
        .values_list("enquiry__site", "last"),
        Meeting.objects.filter(
            site__in=sites,
            status__in=[Meeting.Status.HELD, Meeting.Status.CONFIRMED],
            contacts__isnull=False,
        )
        .values("site")
        .annotate(last=Max("begins_at"))
        .values_list("site", "last"),
    )
    found: dict[int, datetime] = {}
    for rows in sources:
        for site, last in rows:
            found[site] = max(found.get(site, last), min(last, now))
    return found


@transaction.atomic
def heard(site: Site, *, at: datetime, by, learned_at: datetime) -> None:
    """There was contact: the clock of the silence before stops, and the next one starts.

    Several contacts of one day move the same clock, so that a busy site does not fill the books. Contacts logged
    after a later one change nothing.
    """
    running = Obligation.objects.kind(CLIENT_SILENCE).about(site).open().select_for_update(of=("self",)).first()
    promise = _promise(site, at, {})
    if running is not None:
        if at <= running.opened_at:
            return
        if not running.late and learned_at <= running.due_at and _same_day(site, running.opened_at, at):
            running.opened_at, running.due_at = at, promise.due_at
            running.alarms = CLIENT_SILENCE.alarms(at, promise.due_at, site.zone)
            running.alarms_rung = 0
            running.next_alarm_at = running.alarms[0][0]
            running.save(update_fields=["opened_at", "due_at", "alarms", "alarms_rung", "next_alarm_at"])
            return
        obligations.meet(CLIENT_SILENCE, site, by=by, at=at, learned_at=learned_at)
    if site.active:
        obligations.start_many(CLIENT_SILENCE, [promise], now=at)


def _same_day(site: Site, one: datetime, other: datetime) -> bool:
    return one.astimezone(site.zone).date() == other.astimezone(site.zone).date()


def silent(sites, now: datetime):
    """Sites with no contact for longer than the policy allows."""
    return sites.filter(
        Exists(
            Obligation.objects.kind(CLIENT_SILENCE)
            .open()
            .filter(subject_type=_site_type(), subject_id=OuterRef("pk"))
            .filter(Q(breached_at__isnull=False) | Q(due_at__lt=now))
        )
    )


def running():
    """The clocks that run, one a site; `opened_at` is the last contact."""
    return Obligation.objects.kind(CLIENT_SILENCE).open().filter(subject_type=_site_type())
