"""The policy as the product knows it: every clause, how it is kept, and which rules say that they keep it."""

import re
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
    "search",
]


class UnknownClause(LookupError):
    """No clause of the policy has this code."""


class Chapter(NamedTuple):
    """A chapter of the document with its clauses, in order."""

    number: int
    title: Words
    clauses: tuple[Clause, ...]


def _said(*texts: Words) -> str:
    """Texts in every language, in small letters."""
    return "\n".join(part.lower() for text in texts for part in (text.en, text.zh_hans, text.zh_hant))


_by_code = {clause.code: clause for clause in CLAUSES}
_titles = {clause.code: _said(clause.title) for clause in CLAUSES}
_texts = {clause.code: _said(clause.title, clause.duty, clause.kept_by) for clause in CLAUSES}
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


def search(words: str) -> list[Clause]:
    """Clauses by the beginning of their number (7.1.2a, § 7.1, 第7.1.2条) or by words of theirs; the nearest first."""
    number = re.sub(r"[§第条條\s]", "", words.lower())
    wanted = words.lower().split()

    def distance(clause: Clause) -> int | None:
        if number and clause.code.startswith(number):
            return 0
        if every(word in _titles[clause.code] for word in wanted):
            return 1
        return 2 if every(word in _texts[clause.code] for word in wanted) else None

    near = [(distance(clause), clause) for clause in CLAUSES if wanted]
    return [clause for far, clause in sorted(near, key=lambda one: one[0] or 0) if far is not None]
