"""What one of us mails to the inbound address and answers no question is a report of their work (3.3.2)."""

from datetime import datetime

from apps.communication.actions.intake import stream_of
from apps.personnel.models import User
from apps.workplans.actions import reports


@stream_of
def report_by_mail(colleague: User, *, text: str, arrived_at: datetime, now: datetime):
    """The report that the letter became; None for whoever is on no site."""
    return reports.from_mail(colleague, text=text, arrived_at=arrived_at, now=now)
