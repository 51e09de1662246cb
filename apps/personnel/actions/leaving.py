"""What becomes of open promises and signatures when a person leaves a site, or the company (clause 2.2.2c).

Promises go to the site's lead; a signature goes back to whose place it was, else to the first who could sign there.
What only the person could keep may end with the posting: the app whose promise it is says so by `ends_with_posting`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import approvals, obligations
from apps.core.approvals import Signature
from apps.core.obligations import HANDING, KINDS, Kind, Obligation
from apps.core.transitions import lock
from apps.core.verdicts import require
from apps.personnel import access
from apps.personnel.models import Assignment, Site, User, lasts_to
from apps.personnel.policy import postings as policy

LEFT_SITE = _("%(person)s has left the site.")
NEW_LEAD = _("%(person)s no longer leads the site.")
LEFT_COMPANY = _("%(person)s has left the company.")

ENDING: dict[str, Callable] = {}
NOBODY_NAMED: Mapping[int, User] = {}


def ends_with_posting(which: Kind):
    """Register whether a personal promise ends: `f(promise, last_day) -> why it is no longer owed, or ""`.

    last_day: the last one at the site; None when the posting has ended already.
    """

    def register(function):
        ENDING[which.key] = function
        return function

    return register


@dataclass(frozen=True)
class Move:
    """What becomes of one promise: `no_longer_owed` says why it ends; else it goes to `to`, None if nobody is there."""

    promise: Obligation
    to: User | None = None
    no_longer_owed: str = ""


@dataclass(frozen=True)
class Turn:
    """A decision that waits for somebody who leaves, and who decides instead; None when nobody could."""

    signature: Signature
    to: User | None = None


def turns_at_site(assignment: Assignment, last_day: date) -> list[Turn]:
    """Decisions at a site that would go to somebody else, were this the last day of an assignment there."""
    return [] if stays(assignment, last_day) else turns_lost(assignment.person, assignment.site)


def turns_lost(person: User, site: Site) -> list[Turn]:
    """Decisions about a site that wait for somebody who could no longer sign in that place."""
    here = (one for one in approvals.turns_of(person) if one.approval.site_id == site.pk)
    return _turns(one for one in here if person not in approvals.stand_ins(one))


def turns_in_company(person: User) -> list[Turn]:
    """Decisions that would go to somebody else, were the account closed now."""
    return _turns(approvals.turns_of(person))


def _turns(signatures: Iterable[Signature]) -> list[Turn]:
    return [Turn(one, approvals.heir(one)) for one in signatures]


def pass_turns_on(
    turns: Iterable[Turn], *, by: User | None, now: datetime, reason: str, takers: Mapping[int, User] = NOBODY_NAMED
) -> None:
    """Give each decision that waits to who decides instead; the caller's transaction carries it.

    takers: who agreed to take over which signature (by id).
    Raises: PolicyBroken when nobody could decide one.
    """
    for turn in turns:
        to = takers.get(turn.signature.pk)
        approvals.leave_to_heir(turn.signature, by=by, now=now, reason=reason, to=to)


def heir(site: Site, person: User) -> User | None:
    """Who takes what somebody leaves behind at a site: the lead, else the deputy, else the nearest head."""
    return next((one for one in (*site.leads, *site.heads) if one.is_active and one != person), None)


def answers_for(person: User, site: Site) -> bool:
    """Whether somebody leads the site or heads its department, stationed there or not."""
    return access.leads(person, site) or access.heads(person, site)


def postings(person, site):
    """Assignments of a person at a site that ran or will run."""
    return Assignment.objects.filter(person=person, site=site).exclude(status=Assignment.Status.CANCELLED)


def on_leaving_site(assignment: Assignment, last_day: date) -> list[Move]:
    """What would move, were this the last day of an assignment; nothing where the person stays by another tie."""
    if stays(assignment, last_day):
        return []
    return _moves(Obligation.objects.of(assignment.person).filter(site=assignment.site), last_day)


def stays(assignment: Assignment, last_day: date) -> bool:
    """Whether the person stays at the site by another tie."""
    person, site = assignment.person, assignment.site
    others = postings(person, site).exclude(pk=assignment.pk).filter(lasts_to(last_day + timedelta(days=1)))
    return answers_for(person, site) or others.exists()


def on_losing_lead(site: Site, person: User) -> list[Move]:
    """What moves when somebody no longer leads a site: what its lead owes; everything where no other tie is left."""
    rows = Obligation.objects.of(person).filter(site=site)
    today = timezone.localdate()
    stationed = postings(person, site).filter(since__lte=today).filter(lasts_to(today)).exists()
    if stationed or answers_for(person, site):
        rows = rows.filter(kind__in=[key for key, one in KINDS.items() if one.with_lead])
    return _moves(rows, None)


def on_leaving_company(person: User) -> list[Move]:
    """What would move, were the account closed now."""
    return _moves(Obligation.objects.of(person), None)


def _moves(promises, last_day: date | None) -> list[Move]:
    rows = promises.open().select_related("owner", "site__lead", "site__deputy", "site__department__head")
    return [_move(promise, last_day) for promise in rows.prefetch_related("subject")]


def _move(promise: Obligation, last_day: date | None) -> Move:
    ends = ENDING.get(promise.kind)
    why = ends(promise, last_day) if ends else ""
    return Move(promise, no_longer_owed=why) if why else Move(promise, to=_taker(promise))


def _taker(promise: Obligation) -> User | None:
    return heir(promise.site, promise.owner) if promise.site else None


def carry_out(
    moves: Iterable[Move],
    *,
    by: User | None,
    now: datetime,
    reason: str,
    last_day: date | None,
    takers: Mapping[int, User] = NOBODY_NAMED,
) -> None:
    """Hand over, or let go, what is still open once its subjects are held; the caller's transaction carries it.

    takers: who agreed to take over which promise (by id); the others go to the site's lead.
    Raises: PolicyBroken when a promise would stay with nobody to take it.
    """
    moves = list(moves)
    left_alone = [move for move in moves if not (move.to or move.no_longer_owed or move.promise.pk in takers)]
    require(policy.somebody_takes_over([move.promise.title for move in left_alone]))
    # Every subject before any promise, in one order everywhere: their own verbs hold the subject first as well.
    subjects = {(move.promise.subject_type_id, move.promise.subject_id): move.promise.subject for move in moves}
    for key in sorted(subjects):
        lock(subjects[key])
    for move in moves:
        taker = takers.get(move.promise.pk)
        _carry_out(move.promise, by=by, now=now, reason=reason, last_day=last_day, taker=taker)


def _carry_out(
    promise: Obligation, *, by, now: datetime, reason: str, last_day: date | None, taker: User | None
) -> None:
    rows = Obligation.objects.open().of(promise.owner).filter(pk=promise.pk)
    if not rows.exists():  # kept meanwhile, or gone along with another promise of the same subject
        return
    move = _move(promise, last_day)
    if taker and not move.no_longer_owed:
        move = replace(move, to=taker)
    if move.no_longer_owed:
        obligations.drop(rows, by=by, now=now, reason=str(move.no_longer_owed))
    elif promise.kind in HANDING and not KINDS[promise.kind].with_lead:  # the next lead only owes what the last one did
        HANDING[promise.kind](promise, to=move.to, by=by, now=now, reason=reason)
    else:
        obligations.hand_over(rows, to=move.to, by=by, now=now, reason=reason)


@obligations.planner
def pass_on_what_was_left(now: datetime) -> int:
    """Hand on what reached somebody at the very moment they left, or whose account is closed; opens nothing."""
    at_site = Assignment.objects.filter(person=OuterRef("owner"), site=OuterRef("site"))
    today = timezone.localdate(now)
    stays = at_site.exclude(status=Assignment.Status.CANCELLED).filter(lasts_to(today))
    left = Obligation.objects.open().filter(Q(owner__is_active=False) | Exists(at_site) & ~Exists(stays))
    for owner, site in sorted(set(left.exclude(site=None).values_list("owner", "site"))):
        _pass_on(User.objects.get(pk=owner), Site.objects.get(pk=site), now)
    return 0


@transaction.atomic
def _pass_on(person: User, site: Site, now: datetime) -> None:
    if person.is_active and answers_for(person, site):
        return
    moves = [
        move for move in _moves(Obligation.objects.of(person).filter(site=site), None) if move.to or move.no_longer_owed
    ]
    words = LEFT_SITE if person.is_active else LEFT_COMPANY
    carry_out(moves, by=None, now=now, reason=str(words % {"person": person}), last_day=None)
