"""Something to sign, for the stories about signatures: a meeting waiver with a route of the story's own."""

from datetime import date

from apps.communication.actions import meetings  # noqa: F401 (registers what a settled waiver does)
from apps.communication.models import MeetingWaiver
from apps.core import approvals
from apps.core.approvals import Approval, Step


def waiver_for(assignment, *, month=11, asked_by=None) -> MeetingWaiver:
    return MeetingWaiver.objects.create(
        assignment=assignment,
        month=date(2026, month, 1),
        ground=MeetingWaiver.Ground.CLOSED,
        reason="The client was closed.",
        asked_by=asked_by or assignment.site.lead,
        status=MeetingWaiver.Status.IN_REVIEW,
    )


def round_on(assignment, *steps: Step, by, now, month=11) -> Approval:
    """An open round on a fresh waiver with these steps; without steps the waiver's own route: the head."""
    waiver = waiver_for(assignment, month=month, asked_by=by)
    if steps:
        waiver.approval_route = lambda: iter(steps)
    return approvals.start(waiver, by=by, now=now)
