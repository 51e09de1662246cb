"""What somebody who leaves a site still owes its client: open questions and requests (2.2.2c)."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from apps.communication.actions import enquiries, requests
from apps.communication.models import ClientRequest, Enquiry
from apps.personnel.actions.loose_ends import LooseEnd, identity, loose_ends, works_here
from apps.personnel.models import Assignment, User


def _may_take(person: User, assignment: Assignment, key: str):
    return works_here(person, assignment)


def _take_enquiry(assignment: Assignment, key: str, *, to: User, by: User | None, now: datetime, reason: str) -> None:
    """Its clock has taken it along already; one without a clock goes now."""
    for enquiry in Enquiry.objects.filter(pk=key, owner=assignment.person):
        enquiries.go_along(enquiry, to=to, by=by, now=now, reason=reason)


@loose_ends("enquiry", _("Client questions"), may_take=_may_take, take_over=_take_enquiry)
def open_enquiries(assignment: Assignment, last_day: date) -> Iterable[LooseEnd]:
    rows = Enquiry.objects.filter(site=assignment.site, owner=assignment.person, status=Enquiry.Status.OPEN)
    for one in rows.select_related("contact").order_by("opened_at"):
        who = one.contact.name if one.contact else ""
        detail = " · ".join(filter(None, [one.number, who]))
        yield LooseEnd(str(one.pk), one.subject, detail, one.get_absolute_url(), identity(one))


def _take_request(assignment: Assignment, key: str, *, to: User, by: User | None, now: datetime, reason: str) -> None:
    for request in ClientRequest.objects.filter(pk=key, owner=assignment.person):
        requests.go_along(request, owner=to, by=by, now=now, reason=reason)


@loose_ends("client_request", _("Client requests"), may_take=_may_take, take_over=_take_request)
def open_requests(assignment: Assignment, last_day: date) -> Iterable[LooseEnd]:
    running = [ClientRequest.Status.NEW, ClientRequest.Status.ACCEPTED]
    rows = ClientRequest.objects.filter(site=assignment.site, owner=assignment.person, status__in=running)
    for one in rows.select_related("contact").order_by("agreed_due_at", "pk"):
        yield LooseEnd(str(one.pk), one.title, one.contact.name, one.get_absolute_url(), identity(one))
