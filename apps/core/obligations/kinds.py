"""Kinds of promises: their clause, who is warned when, and who is told when they are late."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.core import clauses, parameters


@dataclass(frozen=True)
class Rung:
    """Whom to tell, and when: a number of the policy counted from opening, to or from due, or a day of the month."""

    who: str
    after: str = ""
    before: str = ""
    late_by: str = ""
    on_day: str = ""

    @property
    def parameter(self) -> str:
        return self.after or self.before or self.late_by or self.on_day


def owner(**when) -> Rung:
    return Rung("owner", **when)


def lead(**when) -> Rung:
    return Rung("lead", **when)


def head(**when) -> Rung:
    return Rung("head", **when)


def role(name: str, **when) -> Rung:
    return Rung(name, **when)


@dataclass(frozen=True)
class Kind:
    """A kind of promise: the clause it comes from, its words, its warnings, and who learns of a breach.

    with_lead: it is owed by whoever leads the site, so a new lead takes it over.
    instead: what to do where this is not handed over by itself, because it goes along with something else.
    """

    key: str
    clause: str
    label: str
    warn: tuple[Rung, ...] = ()
    breach: tuple[Rung, ...] = ()
    with_lead: bool = False
    instead: str = ""

    @property
    def rungs(self) -> tuple[Rung, ...]:
        return (*self.warn, *self.breach)

    def numbers(self, day: date) -> dict:
        """The policy's numbers that this kind's rungs need, as in force on a day."""
        return parameters.values(day, *{rung.parameter for rung in self.rungs if rung.parameter})

    def alarms(self, opened_at: datetime, due_at: datetime, zone: ZoneInfo, numbers: dict | None = None) -> list[list]:
        """[moment, who, is breach] in order; numbers are those of the opening day."""
        if numbers is None:
            numbers = self.numbers(opened_at.astimezone(zone).date())
        found = []
        for rung in self.warn:
            moment = moment_of(rung, numbers, opened_at, due_at, zone)
            if opened_at <= moment:
                found.append((moment, rung.who, False))
        for rung in self.breach:
            found.append((max(moment_of(rung, numbers, opened_at, due_at, zone), due_at), rung.who, True))
        if not any(breach for _moment_, _who, breach in found):
            found.append((due_at, "owner", True))
        return [[moment.isoformat(), who, breach] for moment, who, breach in sorted(found, key=lambda one: one[0])]


UNITS = {"hours": "hours", "days": "days", "minutes": "minutes"}


def moment_of(rung: Rung, numbers: dict, opened_at: datetime, due_at: datetime, zone: ZoneInfo) -> datetime:
    if not rung.parameter:
        return due_at
    number = numbers[rung.parameter]
    if rung.on_day:
        day = due_at.astimezone(zone).date().replace(day=1) + timedelta(days=int(number) - 1)
        return datetime.combine(day, time(9), zone)
    span = timedelta(**{UNITS[parameters.CATALOGUE[rung.parameter].unit]: float(number)})
    if rung.after:
        return opened_at + span
    return due_at - span if rung.before else due_at + span


KINDS: dict[str, Kind] = {}
AUDIENCES: dict[str, Callable[[list], dict[int, list]]] = {}
PLANNERS: list[Callable[[datetime], int]] = []


def kind(key: str, *, clause: str, label, warn: Iterable[Rung] = (), breach: Iterable[Rung] = (), **more) -> Kind:
    """Declare a kind of promise; it claims its clause. more: `with_lead`, `instead`."""
    KINDS[key] = Kind(key, clause, label, tuple(warn), tuple(breach), **more)
    clauses.claim(clause, f"obligation {key}")
    return KINDS[key]


def audience(who: str):
    """Register who stands on a rung: a function of many obligations that answers {obligation id: people}."""

    def register(function):
        AUDIENCES[who] = function
        return function

    return register


def planner(function):
    """Register an idempotent opener of periodic promises: called with now, answers how many it opened."""
    PLANNERS.append(function)
    return function


def plan(now: datetime) -> int:
    """Open every periodic promise that should run now; answers how many were opened."""
    return sum(planner_(now) for planner_ in PLANNERS)


def month_of(day: date) -> str:
    """The period key of a calendar month: 2026-11."""
    return f"{day:%Y-%m}"
