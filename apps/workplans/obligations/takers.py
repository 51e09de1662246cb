"""Who may be handed a promise of chapter 3 by hand: only those who could keep it."""

from django.db.models import Q

from apps.core import obligations
from apps.workplans.obligations.plans import PLAN_REVIEW
from apps.workplans.obligations.reports import REPORT_REVIEW, WORK_REPORT


def takers(obligation) -> Q:
    """Nobody reports for another; who leads the site reviews, never their own."""
    if obligation.kind == WORK_REPORT.key:
        return Q(pk=obligation.person_id)
    if obligation.kind in (PLAN_REVIEW.key, REPORT_REVIEW.key):
        return (Q(leads=obligation.site_id) | Q(deputises=obligation.site_id)) & ~Q(pk=obligation.person_id)
    return Q()


obligations.TAKERS.append(takers)
