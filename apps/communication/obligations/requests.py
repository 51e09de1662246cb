"""The clocks of a client's request: an owner (1.3.2), an agreed due time, and done by then (7.1.2b)."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core import obligations, parameters
from apps.core.obligations import Obligation, head, kind, lead, owner

REQUEST_OWNER = kind(
    "request_owner",
    clause="1.3.2",
    label=_("Every request of a client has an owner"),
    breach=[lead(), head(late_by="request_owner_hours")],
    with_lead=True,
)

REQUEST_AGREE = kind(
    "request_agree",
    clause="7.1.2b",
    label=_("A due time is agreed with the client"),
    breach=[owner(), lead()],
)

REQUEST_DUE = kind(
    "request_due",
    clause="7.1.2b",
    label=_("The client's request is done by the agreed time"),
    warn=[owner(before="request_warn_owner_hours"), lead(before="request_warn_lead_hours")],
    breach=[lead(), head()],
)


def _start(which, request, *, due_at: datetime, opened_at: datetime, owner_, now: datetime) -> Obligation:
    site = request.site
    return obligations.start(
        which,
        request,
        title=request.title,
        due_at=due_at,
        opened_at=opened_at,
        site=site,
        zone=site.zone,
        owner=owner_,
        now=now,
    )


def _hours(key: str, request, moment: datetime) -> timedelta:
    return timedelta(hours=float(parameters.value(key, on=moment.astimezone(request.site.zone).date())))


def find_owner(request, *, now: datetime) -> None:
    """From the moment the client asked; naming an owner is the site lead's to do."""
    site = request.site
    _start(
        REQUEST_OWNER,
        request,
        opened_at=request.received_at,
        due_at=request.received_at + _hours("request_owner_hours", request, request.received_at),
        owner_=next(iter(site.leads), None) or site.head,
        now=now,
    )


def agree_due_time(request, *, now: datetime) -> None:
    """From the moment it has an owner, who then agrees a due time with the client."""
    due_at = now + _hours("request_agree_hours", request, now)
    _start(REQUEST_AGREE, request, opened_at=now, due_at=due_at, owner_=request.owner, now=now)


def do_by_agreed_time(request, *, now: datetime) -> None:
    _start(REQUEST_DUE, request, opened_at=now, due_at=request.agreed_due_at, owner_=request.owner, now=now)


def clocks(request):
    """Every promise about a request, the first first."""
    return Obligation.objects.about(request).order_by("opened_at", "pk")
