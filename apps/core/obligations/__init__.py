"""Promises with a clock: who owes what to whom by when, who is warned, and who is told when it is late.

PostgreSQL decides what is due: `next_alarm_at` with a partial index makes a sweep cost what is due now,
not what exists. Alarms are computed once, when the clock starts, with the numbers in force on that day.

kinds: what can be owed. rows: what is owed. verbs: what happens to it. clock: the sweep.
"""

from apps.core.obligations.clock import database_now, sweep
from apps.core.obligations.kinds import (
    KINDS,
    Kind,
    audience,
    head,
    kind,
    lead,
    month_of,
    owner,
    plan,
    planner,
    role,
)
from apps.core.obligations.rows import (
    HANDING,
    SITE_MODEL,
    STEERS,
    TAKERS,
    VISIBLE,
    Obligation,
    by_lateness,
    promises_for,
    with_late,
)
from apps.core.obligations.verbs import (
    BREACHED,
    Promise,
    drop,
    hand_over,
    handed_over_by,
    may_hand_over,
    meet,
    reassign,
    reopen,
    reschedule,
    run_on,
    start,
    start_many,
    takers,
)

__all__ = [
    "BREACHED",
    "HANDING",
    "KINDS",
    "SITE_MODEL",
    "STEERS",
    "TAKERS",
    "VISIBLE",
    "Kind",
    "Obligation",
    "Promise",
    "audience",
    "by_lateness",
    "database_now",
    "drop",
    "hand_over",
    "handed_over_by",
    "head",
    "kind",
    "lead",
    "may_hand_over",
    "meet",
    "month_of",
    "owner",
    "plan",
    "planner",
    "promises_for",
    "reassign",
    "reopen",
    "reschedule",
    "run_on",
    "role",
    "start",
    "start_many",
    "sweep",
    "takers",
    "with_late",
]
