"""Who stands on the rungs of an escalation: lead, head, HR; and whose promises a person sees."""

from django.db.models import Q
from django.utils import timezone

from apps.core import obligations
from apps.personnel import access
from apps.personnel.models import Assignment, Site, User
from apps.personnel.roles import Role


def _sites(rows) -> dict[int, Site]:
    wanted = {row.site_id for row in rows if row.site_id}
    return Site.objects.select_related("lead", "deputy", "department__head", "department__parent__head").in_bulk(wanted)


@obligations.audience("lead")
def leads(rows) -> dict[int, list[User]]:
    """The site's lead and deputy; where it has neither, its head."""
    sites = _sites(rows)
    found = {}
    for row in rows:
        site = sites.get(row.site_id)
        if site:
            found[row.pk] = site.leads or [person for person in (site.head,) if person]
    return found


@obligations.audience("head")
def heads(rows) -> dict[int, list[User]]:
    """The head of the site's department, else of the one above; where there is none, HR learns of it."""
    sites = _sites(rows)
    hr = None
    found = {}
    for row in rows:
        site = sites.get(row.site_id)
        head = site.head if site else None
        if head is None:
            hr = list(User.objects.with_role(Role.HR)) if hr is None else hr
            found[row.pk] = hr
        else:
            found[row.pk] = [head]
    return found


def role_audience(role: str):
    """Everybody who holds a role."""

    def people(rows) -> dict[int, list[User]]:
        holders = list(User.objects.with_role(role))
        return {row.pk: holders for row in rows}

    return people


for _role in Role.granted():
    obligations.audience(_role)(role_audience(_role))


def visible(user) -> Q:
    """Promises of the sites one leads or heads; HR and executives see all."""
    return access.affairs(user)


obligations.VISIBLE.append(visible)


def steers(user, obligation) -> bool:
    """Who oversees, leads or heads the promise's site may hand it over (2.3.2c)."""
    return bool(obligation.site_id) and Site.objects.overseen_by(user).filter(pk=obligation.site_id).exists()


def takers(obligation) -> Q:
    """A promise of a site is taken by those who lead it or are stationed there today; others by anybody."""
    if not obligation.site_id:
        return Q()
    stationed = Assignment.objects.active_on(timezone.localdate()).filter(site=obligation.site_id)
    return Q(pk__in=stationed.values("person_id")) | Q(leads=obligation.site_id) | Q(deputises=obligation.site_id)


obligations.STEERS.append(steers)
obligations.TAKERS.append(takers)
