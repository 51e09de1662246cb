"""Whether everybody on site has every personal promise that follows from being there (clause 1.2).

Each app says by `covers` which promise follows, and who lacks it; planners open what is missing, so the list is empty
but for the minutes until they come by.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from apps.core import clauses
from apps.core.obligations import Kind

clauses.claim("1.2", "apps.personnel.coverage.uncovered")


@dataclass(frozen=True)
class Cover:
    """A promise that follows from an assignment, and those assignments that should have it and do not."""

    kind: Kind
    lacking: Callable

    @property
    def label(self) -> str:
        return str(self.kind.label)


COVERS: list[Cover] = []


def covers(kind: Kind):
    """Register `f(assignments, now) -> those of them that lack the promise`."""

    def register(function):
        COVERS.append(Cover(kind, function))
        return function

    return register


def uncovered(assignments, now: datetime) -> list[tuple[Cover, object]]:
    """Every kind of personal promise with the assignments (a queryset) that lack it."""
    return [(cover, cover.lacking(assignments, now)) for cover in COVERS]
