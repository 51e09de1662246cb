"""The shape of a clause, and the sentences that several clauses share."""

from dataclasses import dataclass
from enum import StrEnum

from apps.core.words import Words


class Keeping(StrEnum):
    """How a clause is kept: by a rule that refuses or acts, by a record that proves it, or by people."""

    ENFORCED = "enforced"
    RECORDED = "recorded"
    OUTSIDE = "outside"

    @property
    def label(self) -> Words:
        return KEEPING_LABELS[self]


KEEPING_LABELS = {
    Keeping.ENFORCED: Words("Enforced by the system", "由系统强制执行", "由系統強制執行"),
    Keeping.RECORDED: Words("Shown by records", "以记录为证", "以記錄為證"),
    Keeping.OUTSIDE: Words("Kept outside the system", "在系统之外执行", "在系統之外執行"),
}

LATER = "later"


@dataclass(frozen=True)
class Clause:
    """One duty of the policy, in our own words.

    code: the document's number, a letter where one item holds several duties.
    kept_by: one sentence on how it is kept, or on who keeps it outside the system.
    evidence: name of the records that prove it; None where there are none in the system.
    parameters: keys of the numbers it depends on. see: codes of the clauses that keep it too.
    arrives: empty when built, `LATER` while people keep it because it is not built yet.
    ours: the document is silent here and the clause is its usual continuation.
    """

    code: str
    chapter: int
    title: Words
    duty: Words
    keeping: Keeping
    kept_by: Words
    parameters: tuple[str, ...] = ()
    evidence: str | None = None
    see: tuple[str, ...] = ()
    arrives: str = ""
    ours: bool = False

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def built(self) -> bool:
        return self.arrives != LATER


def later(chapter, code, title, duty, kept_by, *, parameters=(), see=(), ours=False) -> Clause:
    """A clause that this release does not keep: people do, and `kept_by` says who."""
    return Clause(
        code,
        chapter,
        title,
        duty,
        Keeping.OUTSIDE,
        kept_by,
        parameters=parameters,
        see=see,
        arrives=LATER,
        ours=ours,
    )


BY_HR = Words(
    "Not built yet. Until then HR keeps this by hand and files the evidence.",
    "尚未建成；在此之前由人力资源部人工执行并留存凭据。",
    "系統尚未建置；在此之前由人力資源部以人工執行並留存憑據。",
)
BY_LEAD = Words(
    "Not built yet. Until then the site lead keeps this by hand and files the evidence.",
    "尚未建成；在此之前由现场负责人人工执行并留存凭据。",
    "系統尚未建置；在此之前由現場負責人以人工執行並留存憑據。",
)
BY_FINANCE = Words(
    "Not built yet. Until then finance keeps this by hand and files the evidence.",
    "尚未建成；在此之前由财务部人工执行并留存凭据。",
    "系統尚未建置；在此之前由財務部以人工執行並留存憑據。",
)
BY_HEAD = Words(
    "Not built yet. Until then the department head keeps this by hand and files the evidence.",
    "尚未建成；在此之前由部门负责人人工执行并留存凭据。",
    "系統尚未建置；在此之前由部門負責人以人工執行並留存憑據。",
)
