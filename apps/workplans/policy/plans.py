"""What a plan must hold, and when its task may start (clauses 3.2.1, 3.2.2, 3.2.3)."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from apps.core import clauses
from apps.core.verdicts import Verdict, unless
from apps.core.words import signs

REVIEW, CONTENT, KEPT = "3.2.1", "3.2.2", "3.2.3"
clauses.claim(CONTENT, "apps.workplans.policy.plans.step_inside")
MOST_STEPS = 60


def said(words: str, reason) -> Verdict:
    return unless(not signs(words), reason, clause=CONTENT)


def has_steps(count: int) -> Verdict:
    return unless(
        count == 0, _("A plan has at least one step, with its day and who does it."), clause=CONTENT
    ) & unless(count > MOST_STEPS, _("At most %(most)s steps: join some.") % {"most": MOST_STEPS}, clause=CONTENT)


def step_inside(begins_on: date, due_on: date, first: date, last: date) -> Verdict:
    """A step lies within the days of its task (3.2.2)."""
    return unless(due_on < begins_on, _("The day lies before the beginning."), clause=CONTENT) & unless(
        begins_on < first or due_on > last,
        _("The task runs from %(first)s to %(last)s: the step lies outside.") % {"first": first, "last": last},
        remedy=_("Move the step, or ask the lead to move the task."),
        clause=CONTENT,
    )


def may_start(*, has_approved_plan: bool, waits_for: list[str]) -> Verdict:
    """A task starts under an approved plan only, and after those it waits for (3.2.1)."""
    return unless(
        not has_approved_plan,
        _("A task starts with a plan that the site lead has approved."),
        remedy=_("Write the plan and submit it."),
        clause=REVIEW,
    ) & unless(
        bool(waits_for),
        _("It waits for: %(tasks)s.") % {"tasks": " · ".join(waits_for)},
        remedy=_("Start it when they are delivered."),
        clause=KEPT,
    )


def may_deliver(open_steps: int) -> Verdict:
    return unless(
        open_steps > 0,
        _("%(count)s steps of the plan are not done.") % {"count": open_steps},
        remedy=_("Mark them done, or ask for a new version of the plan."),
        clause=KEPT,
    )


def progress(percent: int) -> Verdict:
    whole = isinstance(percent, int) and 0 <= percent <= 100
    return unless(not whole, _("Progress is from 0 to 100 percent."), clause=KEPT)
