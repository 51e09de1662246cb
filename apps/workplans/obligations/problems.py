"""The clocks of what stands in the way: a problem is solved by its day (3.3.1), a department answers (7.2.1)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.core import obligations, parameters
from apps.core.obligations import Obligation, kind, lead, owner, promises_for, role
from apps.personnel.models import User
from apps.personnel.roles import Role
from apps.workplans.days import after_working_days, end_of

ABOVE = "department_above"

WORK_PROBLEM = kind(
    "work_problem",
    clause="3.3.1",
    label=_("Problems at work are solved by their day"),
    warn=[owner(before="work_problem_warn_hours")],
    breach=[owner(), lead(late_by="work_problem_lead_hours")],
)
NEED_ANSWER = kind(
    "need_answer",
    clause="7.2.1",
    label=_("Departments answer what a site needs"),
    breach=[owner(), role(ABOVE)],
)


def solve_by(problem, *, now: datetime) -> Obligation:
    site = problem.site
    return obligations.start(
        WORK_PROBLEM,
        problem,
        title=problem.title,
        due_at=end_of(problem.due_on, site.zone),
        now=now,
        person=problem.owner,
        site=site,
        owner=problem.owner,
        zone=site.zone,
    )


def about(problem):
    return Obligation.objects.kind(WORK_PROBLEM).about(problem)


def answer_soon(need, *, owner: User | None, now: datetime) -> Obligation:
    """From the moment it was asked, by the calendar of the site that asks.

    The promise is the department's and not the site's: whoever leads the site cannot hand it to their own people.
    """
    site = need.site
    days = int(parameters.value("department_answer_days", on=now.astimezone(site.zone).date()))
    return obligations.start(
        NEED_ANSWER,
        need,
        title=str(need),
        due_at=after_working_days(site, now, days),
        now=now,
        person=need.report.assignment.person,
        owner=owner,
        zone=site.zone,
    )


@obligations.audience(ABOVE)
def above(rows) -> dict[int, list[User]]:
    """Who heads a department above the one asked; where nobody does, the executives."""
    from apps.workplans.models import Need

    kin = "department__parent__parent__parent"
    needs = Need.objects.select_related("department__head", f"{kin}__head").in_bulk([row.subject_id for row in rows])
    executives = None
    found = {}
    for row in rows:
        heads = [one for one in needs[row.subject_id].department.heads if one.is_active and one.pk != row.owner_id]
        if not heads and executives is None:
            executives = list(User.objects.with_role(Role.EXECUTIVE))
        found[row.pk] = heads[:1] or executives
    return found


def _steers(user, promise: Obligation) -> bool:
    """Who heads the department asked, or one above, says who of it answers; HR where its head is gone."""
    if promise.kind != NEED_ANSWER.key:
        return False
    return user.has_role(Role.HR) or promise.subject.department_id in user.headed_departments


obligations.STEERS.append(_steers)


def of_needs():
    """The clocks of needs, for questions about many."""
    from apps.workplans.models import Need

    return promises_for(Need).kind(NEED_ANSWER)
