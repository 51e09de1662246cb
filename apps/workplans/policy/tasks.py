"""When a task may be given, and how much somebody carries (clauses 3.1.1, 3.1.2)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from apps.core import clauses
from apps.core.verdicts import YES, Verdict, no, unless
from apps.core.words import signs

CLEAR, FIT = "3.1.2", "3.1.1"
clauses.claim(CLEAR, "apps.workplans.policy.tasks.measurable")
clauses.claim(FIT, "apps.workplans.policy.tasks.load_confirmed")
LONGEST_DAYS = 1100  # three years: whoever types 2206 means 2026
MOST_HOURS = Decimal(10_000)
FEWEST_SIGNS = 8  # “done”, “OK” and “完成” measure nothing; a Chinese sign counts twice


def said(words: str, reason) -> Verdict:
    """Yes, when there is something to read."""
    return unless(not signs(words), reason, clause=CLEAR)


# What fits every task, and who or what it is said of: neither is a measure.
VAGUE = re.compile(
    r"\b(as|good|well|best|nice|fine|ok|okay|soon|fast|quick(ly)?|asap|possible|proper(ly)?|correct(ly)?|right|done"
    r"|finished|completed?|ready|works?|working|satisf(ied|action)|happy|pleased|quality|high|better"
    r"|the|an?|is|are|be|was|it|this|that|to|of|and|or|in|on|at|for|with|by|must|should|will|can|all|every(thing|body)?"
    r"|clients?|customers?|lead|team|user|users|very|really|until|when|if|we|they|he|she|i)\b"
    r"|做[好完]|完成|尽快|盡快|尽量|盡量|尽力|盡力|就行|就好|即可|可以|满意|滿意|良好|没问题|沒問題|没有问题|沒有問題|差不多"
    r"|按时|按時|及时|及時|质量|品質|质量高|高质|认真|認真|到位|妥当|妥當|正常|顺利|順利|所有人|每个人|每個人|客户|客戶|领导|領導|大家|用户|用戶"
    r"|[就的了要需应應能会會使让讓令很非常最好高快]",
    re.IGNORECASE,
)
FEWEST_LEFT = 4  # of such a sentence without what is vague


def _weight(words: str) -> int:
    """How much is said: a Chinese sign counts twice."""
    return sum(2 if sign > "\u2e7f" else 1 for sign in signs(words))


def measurable(words: str) -> Verdict:
    """How we shall know that it is done: a sentence that says more than that it shall be good."""
    return unless(
        _weight(words) < FEWEST_SIGNS or _weight(VAGUE.sub(" ", words)) < FEWEST_LEFT,
        _("Say how we shall know that it is done: a figure, a test, whose yes."),
        remedy=_("For example: 500 test cases pass, or: the client signs the record of acceptance."),
        clause=CLEAR,
    )


def dates(begins_on: date, due_on: date) -> Verdict:
    return unless(due_on < begins_on, _("The due day lies before the beginning."), clause=CLEAR) & unless(
        (due_on - begins_on).days > LONGEST_DAYS,
        _("A task of more than three years is a project: divide it."),
        clause=CLEAR,
    )


def due_ahead(due_on: date, today: date) -> Verdict:
    return unless(due_on < today, _("The due day has passed already."), clause=CLEAR) & unless(
        (due_on - today).days > LONGEST_DAYS, _("A task is due within three years."), clause=CLEAR
    )


def day_moved(own: bool, before: date, after: date) -> Verdict:
    """Whoever owns a task does not put it off themselves."""
    return unless(
        own and after > before,
        _("Nobody puts off their own task."),
        remedy=_("The deputy or the department head does."),
        clause=CLEAR,
    )


def late_day_moved(moved: bool, reason: str) -> Verdict:
    """A day that is over moves with a reason; the first one stays broken (3.1.2)."""
    return unless(
        moved and not signs(reason),
        _("Say why it is put off: its day is over."),
        remedy=_("It stays late in the figures of the month it was due in."),
        clause=CLEAR,
    )


def within_posting(begins_on: date, due_on: date, since: date, last_day: date | None) -> Verdict:
    """The owner is there from the first to the last day of it."""
    return unless(
        due_on < since or (last_day is not None and begins_on > last_day),
        _("The owner is not at the site on these days."),
        remedy=_("Choose other days, or somebody who is there."),
        clause=FIT,
    ) & unless(
        last_day is not None and due_on > last_day,
        _("The owner leaves on %(day)s, before it is due.") % {"day": last_day},
        remedy=_("Choose an earlier day, or somebody who stays."),
        clause=FIT,
    )


def effort(hours: Decimal) -> Verdict:
    fits = Decimal(hours).is_finite() and 0 < hours <= MOST_HOURS
    return unless(not fits, _("Say how many hours it takes, more than none."), clause=FIT)


# --- Load ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """What a task asks of its owner: hours, spread evenly over its working days."""

    begins_on: date
    due_on: date
    hours: Decimal


def load(works: Iterable[Work], days: Iterable[date], hours_a_day: Decimal) -> int:
    """How much of the working hours of these days is taken by these tasks, in whole percent.

    days: the working days asked about. A task counts with the share of its own weekdays that lie in them.
    """
    wanted = sorted(days)
    if not wanted:
        return 0
    taken = Decimal(0)
    for work in works:
        own = sum(work.begins_on <= day <= work.due_on for day in wanted)
        if own:
            taken += work.hours * own / max(own, weekdays(work.begins_on, work.due_on))
    return int((taken * 100 / (hours_a_day * len(wanted))).to_integral_value())


def weekdays(first: date, last: date) -> int:
    """Mondays to Fridays from a day to a day, both included; holidays are not known here."""
    days = (last - first).days + 1
    weeks, rest = divmod(days, 7)
    return weeks * 5 + sum((first.weekday() + offset) % 7 < 5 for offset in range(rest))


def load_confirmed(percent: int, limit: int, confirmed: bool) -> Verdict:
    """Above the limit the lead says that it is meant (3.1.1)."""
    return unless(
        percent > limit and not confirmed,
        _("With this task the owner carries %(percent)s %% of their hours.") % {"percent": percent},
        remedy=_("Confirm that you mean it, choose other days, or somebody else."),
        clause=FIT,
    )


# --- Order --------------------------------------------------------------------------------------------


def no_circle(task: int, needs: Iterable[int], known: Mapping[int, Iterable[int]]) -> Verdict:
    """No task waits for itself, over however many others. known: what each task waits for."""
    seen, ahead = set(), list(needs)
    while ahead:
        one = ahead.pop()
        if one == task:
            return no(
                _("These tasks would wait for each other for ever."),
                remedy=_("Take one of them out."),
                clause=CLEAR,
            )
        if one not in seen:
            seen.add(one)
            ahead.extend(known.get(one, ()))
    return YES
