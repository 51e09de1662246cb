"""When a contact with the client is believed (clause 3.4.1)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.communication.policy.enquiries import LOGGED_WITHIN, TYPED
from apps.core.verdicts import Verdict, unless

CLAUSE = "3.4.1"


def took_place(at: datetime, now: datetime) -> Verdict:
    return unless(
        at > now + TYPED, _("This lies in the future: log the contact once you had it."), clause=CLAUSE
    ) & unless(
        at < now - LOGGED_WITHIN,
        _("A contact is logged within %(days)s days.") % {"days": LOGGED_WITHIN.days},
        remedy=_("Log the next time you speak with the client."),
        clause=CLAUSE,
    )


def said(text: str) -> Verdict:
    return unless(not text.strip(), _("Say in a sentence what it was about."), clause=CLAUSE)
