"""The policy as the product knows it: every clause, how it is kept, and which rules say that they keep it."""

from builtins import all as every
from typing import NamedTuple

from apps.core.catalogue import CHAPTERS, CLAUSES
from apps.core.catalogue.clause import LATER, Clause, Keeping
from apps.core.words import Words

__all__ = [
    "CHAPTERS",
    "LATER",
    "Chapter",
    "Clause",
    "Keeping",
    "UnknownClause",
    "Words",
    "all",
    "chapters",
    "claim",
    "claims",
    "get",
    "is_kept",
]


class UnknownClause(LookupError):
    """No clause of the policy has this code."""


class Chapter(NamedTuple):
    """A chapter of the document with its clauses, in order."""

    number: int
    title: Words
    clauses: tuple[Clause, ...]


_by_code = {clause.code: clause for clause in CLAUSES}
_claims: dict[str, list[str]] = {}


def all() -> tuple[Clause, ...]:
    """Every clause, in the document's order."""
    return CLAUSES


def get(code: str) -> Clause:
    """The clause with this code.

    Raises: UnknownClause.
    """
    try:
        return _by_code[code]
    except KeyError:
        raise UnknownClause(f"The policy has no clause {code!r}.") from None


def chapters() -> tuple[Chapter, ...]:
    """The eight chapters, each with its clauses."""
    return tuple(
        Chapter(number, title, tuple(clause for clause in CLAUSES if clause.chapter == number))
        for number, title in CHAPTERS.items()
    )


def claim(code: str, by: str) -> None:
    """A rule or an obligation states that it keeps a clause; saying it twice changes nothing.

    Raises: UnknownClause.
    """
    claimants = _claims.setdefault(get(code).code, [])
    if by not in claimants:
        claimants.append(by)


def claims(code: str) -> list[str]:
    """Who states that they keep a clause, in the order in which they said so.

    Raises: UnknownClause.
    """
    return list(_claims.get(get(code).code, ()))


def is_kept(clause: Clause) -> bool:
    """Whether rules claim the clause, or one that it refers to; for a record, whether it names its evidence."""
    if clause.keeping == Keeping.ENFORCED:
        return bool(claims(clause.code)) or (bool(clause.see) and every(claims(code) for code in clause.see))
    return clause.keeping == Keeping.OUTSIDE or clause.evidence is not None
