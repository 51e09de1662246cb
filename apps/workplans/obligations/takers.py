"""Who may be handed a promise of chapter 3 by hand: only those who could keep it."""

from django.db.models import Q
from django.utils import timezone

from apps.core import obligations
from apps.personnel.models import Assignment, lasts_to
from apps.workplans.obligations.plans import PLAN_REVIEW
from apps.workplans.obligations.reports import REPORT_REVIEW, WORK_REPORT
from apps.workplans.obligations.tasks import TASK_DUE


def takers(obligation) -> Q:
    """Nobody reports for another; who leads the site reviews, never their own; work goes to those who stay for it."""
    if obligation.kind == WORK_REPORT.key:
        return Q(pk=obligation.person_id)
    if obligation.kind in (PLAN_REVIEW.key, REPORT_REVIEW.key):
        return (Q(leads=obligation.site_id) | Q(deputises=obligation.site_id)) & ~Q(pk=obligation.person_id)
    if obligation.kind == TASK_DUE.key:
        due_on = obligation.due_at.astimezone(obligation.site.zone).date()
        stays = Assignment.objects.active_on(timezone.localdate()).filter(lasts_to(due_on), site=obligation.site_id)
        return Q(pk__in=stays.values("person_id")) | Q(leads=obligation.site_id) | Q(deputises=obligation.site_id)
    return Q()


obligations.TAKERS.append(takers)
