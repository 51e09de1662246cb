"""Noting that we spoke with the client (clause 3.4.1)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.communication import access
from apps.communication.models import ContactLog
from apps.communication.obligations import contact_log as clocks
from apps.communication.policy import contact_log as policy
from apps.core.transitions import record, verb
from apps.core.verdicts import Findings, NotAllowed, require

LOGGED = verb("contact_logged", _("Spoke with the client"))


@transaction.atomic
def log_contact(*, site, contact, mode: str, at: datetime, summary: str, by, now: datetime) -> ContactLog:
    """Keep a contact of any kind; the site's silence ends with it.

    Raises: NotAllowed; PolicyBroken beside `contact`, `at` or `summary`.
    """
    entry = ContactLog(
        site=site,
        contact=contact,
        person=by,
        mode=mode,
        at=min(at, now),
        summary=summary.strip(),
        logged_at=now,
    )
    require(access.may_assign(by, entry), NotAllowed)
    findings = Findings(clause=policy.CLAUSE)
    findings.check(access.of_client(contact, site), "contact")
    findings.check(policy.took_place(at, now), "at")
    findings.check(policy.said(summary), "summary")
    findings.require()
    entry.save()
    record(entry, LOGGED, by=by, now=now)
    touched(site, at=entry.at, by=by, learned_at=now)
    return entry


def touched(site, at: datetime, by=None, learned_at: datetime | None = None) -> None:
    """There was contact with the client at a moment, by whatever way: ends the site's silence.

    learned_at: when we were told, if later; a silence that was too long by then stays on record.
    """
    clocks.heard(site, at=at, by=by, learned_at=learned_at or at)
