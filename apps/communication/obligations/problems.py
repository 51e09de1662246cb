"""The clock of clause 3.4.3: a complaint or major problem is acknowledged within hours."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core import obligations, parameters
from apps.core.obligations import Obligation, head, kind, role
from apps.personnel.roles import Role

PROBLEM_ACKNOWLEDGE = kind(
    "problem_acknowledge",
    clause="3.4.3",
    label=_("A complaint or major problem is acknowledged at once"),
    breach=[head(), role(Role.EXECUTIVE.value)],
)


def acknowledge_soon(problem, *, now: datetime) -> Obligation:
    """From the moment it was raised; the department head owes it."""
    site = problem.site
    hours = parameters.value("major_acknowledge_hours", on=now.astimezone(site.zone).date())
    return obligations.start(
        PROBLEM_ACKNOWLEDGE,
        problem,
        title=problem.title,
        due_at=problem.raised_at + timedelta(hours=float(hours)),
        opened_at=problem.raised_at,
        site=site,
        zone=site.zone,
        owner=site.head,
        now=now,
    )
