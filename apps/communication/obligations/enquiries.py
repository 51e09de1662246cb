"""The clocks of an enquiry: answered within 24 hours (7.1.2a), never without an owner (1.3.2)."""

from datetime import datetime, timedelta

from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from apps.core import obligations, parameters
from apps.core.obligations import Obligation, head, kind, lead, owner, promises_for, with_late

CLIENT_REPLY = kind(
    "client_reply",
    clause="7.1.2a",
    label=_("The client is answered within 24 hours"),
    warn=[
        owner(after="client_reply_warn_1"),
        owner(after="client_reply_warn_2"),
        owner(after="client_reply_warn_3"),
        lead(after="client_reply_warn_lead"),
    ],
    breach=[lead(), head()],
)

ENQUIRY_OWNER = kind(
    "enquiry_owner",
    clause="1.3.2",
    label=_("Every question of a client has an owner"),
    breach=[lead(), head(late_by="request_owner_hours")],
)


def start_clocks(enquiry, *, now: datetime) -> None:
    """Start the clocks of the enquiry's present round, from the moment the question arrived."""
    numbers = parameters.values(
        enquiry.opened_at.astimezone(enquiry.site.zone).date(), "client_reply_hours", "request_owner_hours"
    )
    details = {
        "title": f"{enquiry.number} {enquiry.subject}",
        "period": str(enquiry.round),
        "opened_at": enquiry.opened_at,
        "site": enquiry.site,
        "zone": enquiry.site.zone,
    }
    obligations.start(
        CLIENT_REPLY,
        enquiry,
        due_at=enquiry.opened_at + timedelta(hours=float(numbers["client_reply_hours"])),
        now=now,
        owner=enquiry.owner,
        **details,
    )
    if enquiry.owner is None:
        obligations.start(
            ENQUIRY_OWNER,
            enquiry,
            due_at=enquiry.opened_at + timedelta(hours=float(numbers["request_owner_hours"])),
            now=now,
            **details,
        )


def with_clock(enquiries, now: datetime):
    """Enquiries with `due_at` and `breached_at` of their present round; `late`: whether any round was, or is, late."""
    present = promises_for(enquiries.model).kind(CLIENT_REPLY).filter(subject_id=OuterRef("pk"))
    present = present.filter(period=Cast(OuterRef("round"), CharField()))
    return with_late(enquiries, now, CLIENT_REPLY).annotate(
        due_at=Subquery(present.values("due_at")[:1]), breached_at=Subquery(present.values("breached_at")[:1])
    )


def rounds(enquiry) -> list[Obligation]:
    """The promises to answer, one for each time the question was opened, the first first."""
    return list(Obligation.objects.kind(CLIENT_REPLY).about(enquiry).order_by("pk"))
