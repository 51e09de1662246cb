"""Yes, or no *and why*. Rules answer with a verdict; actions require one; pages draw buttons from it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Verdict:
    """The answer to a yes-or-no question.

    reason: why not, one calm sentence. remedy: what to do next. clause: the policy's number.
    """

    ok: bool
    reason: str = ""
    remedy: str = ""
    clause: str = ""

    def __bool__(self) -> bool:
        return self.ok

    def __and__(self, other: "Verdict") -> "Verdict":
        return other if self.ok else self


YES = Verdict(True)


def no(reason, *, remedy="", clause="") -> Verdict:
    return Verdict(False, reason, remedy, clause)


def unless(bad, reason, *, remedy="", clause="") -> Verdict:
    """Yes, unless `bad`."""
    return no(reason, remedy=remedy, clause=clause) if bad else YES


class Refused(Exception):
    """Something was asked for that may not be. Translated for people in `web` and `api`, nowhere else."""

    status = 422

    def __init__(self, verdict: Verdict | str, *, fields: dict[str, str] | None = None):
        self.verdict = verdict if isinstance(verdict, Verdict) else no(verdict)
        self.fields = fields or {}
        super().__init__(str(self.verdict.reason))


class NotAllowed(Refused):
    """This person may not do it (403)."""

    status = 403


class WrongState(Refused):
    """It cannot be done to the thing as it is now; somebody may have been faster (409)."""

    status = 409


class PolicyBroken(Refused):
    """A clause of the policy forbids it (422)."""


@dataclass
class Findings:
    """Collects what is wrong with an input, so that a person sees everything at once."""

    fields: dict[str, str] = field(default_factory=dict)
    clause: str = ""

    def check(self, verdict: Verdict, name: str) -> None:
        if not verdict and name not in self.fields:
            self.fields[name] = verdict.reason
            self.clause = self.clause or verdict.clause

    def require(self) -> None:
        """Raise PolicyBroken with every finding beside its field."""
        if self.fields:
            first = next(iter(self.fields.values()))
            raise PolicyBroken(no(first, clause=self.clause), fields=dict(self.fields))


def require(verdict: Verdict, kind: type[Refused] = PolicyBroken, *, field: str = "") -> None:
    """Go on only with a yes.

    Raises: `kind`, beside `field` when the input of one form field is at fault.
    """
    if not verdict:
        raise kind(verdict, fields={field: verdict.reason} if field else None)
