"""The clocks of plans: reviewed within days (3.2.1), each step done by its day (3.2.3)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.core import obligations, parameters
from apps.core.obligations import Obligation, Promise, head, kind, lead, owner, promises_for
from apps.workplans.days import after_working_days, end_of

PLAN_REVIEW = kind(
    "plan_review",
    clause="3.2.1",
    label=_("Plans are reviewed soon"),
    warn=[owner(before="plan_review_warn_hours")],
    breach=[owner(), head()],
    with_lead=True,
)
STEP_DUE = kind(
    "step_due",
    clause="3.2.3",
    label=_("Each step of a plan is done by its day"),
    warn=[owner(before="step_warn_hours")],
    breach=[owner(), lead(late_by="step_lead_hours")],
    instead=_("A new version of the plan says who is responsible."),
)


def review_soon(plan, *, reviewer, now: datetime) -> Obligation:
    """From its submission; whoever signs owes it."""
    site = plan.site
    days = int(parameters.value("plan_review_days", on=now.astimezone(site.zone).date()))
    return obligations.start(
        PLAN_REVIEW,
        plan,
        title=str(plan.task),
        due_at=after_working_days(site, now, days),
        now=now,
        person=plan.task.owner,
        site=site,
        owner=reviewer,
        zone=site.zone,
    )


def steps_by_their_days(plan, *, now: datetime) -> int:
    """One clock for each open step of the version in force; answers how many are new."""
    task, site = plan.task, plan.site
    promises = [
        Promise(
            subject=step,
            title=f"{step.title} · {task.title}"[:300],
            url=step.get_absolute_url(),
            opened_at=now,
            due_at=end_of(step.due_on, site.zone),
            zone=site.zone,
            person=step.responsible,
            site=site,
            owner=step.responsible,
        )
        for step in plan.steps.all()
        if step.done_at is None
    ]
    return obligations.start_many(STEP_DUE, promises, now=now)


def of_steps(plans):
    """The clocks of the steps of some plans."""
    from apps.workplans.models import Step

    steps = Step.objects.filter(plan__in=plans)
    return promises_for(Step).kind(STEP_DUE).filter(subject_id__in=steps.values("pk"))
