"""When a client's request counts as accepted, moved and done (clauses 1.3.2, 7.1.2b)."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from apps.communication.policy.enquiries import TYPED
from apps.core.verdicts import Verdict, unless

CLAUSE = "7.1.2b"
FARTHEST = timedelta(days=731)  # two years, with a leap day


def received(received_at: datetime, now: datetime) -> Verdict:
    """A request is logged once the client made it."""
    return unless(
        received_at > now + TYPED,
        _("This lies in the future: give the time at which the client asked."),
        clause="1.3.2",
    )


def due_ahead(due_at: datetime, now: datetime) -> Verdict:
    """A due time is agreed for a moment that is still to come, and near enough to be kept."""
    return unless(
        due_at <= now, _("Agree a due time that lies ahead."), remedy=_("Ask the client for a new one."), clause=CLAUSE
    ) & unless(
        due_at > now + FARTHEST,
        _("Agree a due time within two years."),
        remedy=_("Split what takes longer into several requests."),
        clause=CLAUSE,
    )


def due_moves(due_at: datetime, agreed_due_at: datetime) -> Verdict:
    """A change of date names another date."""
    return unless(due_at == agreed_due_at, _("This is the due time agreed already."), clause=CLAUSE)


def consent(consent_at: datetime, received_at: datetime, now: datetime) -> Verdict:
    """The client consents after asking, and before the change is proposed."""
    return unless(
        consent_at > now + TYPED,
        _("This lies in the future: the client consents first, then the date is changed."),
        clause=CLAUSE,
    ) & unless(consent_at < received_at - TYPED, _("This is before the client made the request."), clause=CLAUSE)


def completion(done_at: datetime, received_at: datetime, now: datetime) -> Verdict:
    """Work is done after it was asked for, and not later than now."""
    return unless(done_at > now + TYPED, _("This lies in the future: say it once it is done."), clause=CLAUSE) & unless(
        done_at < received_at - TYPED, _("This is before the client made the request."), clause=CLAUSE
    )


def said(text: str, reason) -> Verdict:
    """Something that must be written down."""
    return unless(not text.strip(), reason, clause=CLAUSE)
