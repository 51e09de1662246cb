"""What somebody would leave behind at a site: each app names its own things here (clause 2.2.2c)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import approvals, obligations
from apps.core.approvals import Signature
from apps.core.obligations import Obligation
from apps.core.verdicts import Verdict, no, unless
from apps.personnel.actions import leaving
from apps.personnel.models import Assignment, User


@dataclass(frozen=True)
class LooseEnd:
    """One thing that somebody else has to take over.

    key: the same thing always has the same one within its source. about: the subject (`identity`), whose promises
    go along with it.
    """

    key: str
    title: str
    detail: str = ""
    url: str = ""
    about: tuple[int, int] | None = None


@dataclass(frozen=True)
class Source:
    """An app's kind of loose ends.

    collect: `f(assignment, last_day) -> LooseEnds`. may_take: `f(person, assignment, key) -> Verdict`.
    take_over: `f(assignment, key, to=, by=, now=, reason=)`, after the promises have moved; None where these are all.
    """

    name: str
    label: str
    collect: Callable[[Assignment, date], Iterable[LooseEnd]]
    may_take: Callable[[User, Assignment, str], Verdict]
    take_over: Callable | None = None


LOOSE_ENDS: dict[str, Source] = {}


def loose_ends(name: str, label, *, may_take: Callable, take_over: Callable | None = None):
    """Register what an app's people leave behind; promises about what is named so are not listed a second time."""

    def register(collect):
        LOOSE_ENDS[name] = Source(name, label, collect, may_take, take_over)
        return collect

    return register


def identity(thing: models.Model) -> tuple[int, int]:
    return ContentType.objects.get_for_model(thing).pk, thing.pk


def collected(assignment: Assignment, last_day: date) -> dict[str, tuple[Source, LooseEnd]]:
    """Everything that would be left behind were this the last day, by the key an item of a handover has."""
    if leaving.stays(assignment, last_day):
        return {}
    found = {
        f"{source.name}:{one.key}": (source, one)
        for source in LOOSE_ENDS.values()
        for one in source.collect(assignment, last_day)
    }
    named = {one.about for source, one in found.values() if source.name != PROMISE}
    return {
        key: (source, one) for key, (source, one) in found.items() if source.name != PROMISE or one.about not in named
    }


# --- What the core keeps: promises and turns to sign --------------------------------------------------

PROMISE, TURN = "promise", "turn"


def works_here(person: User, assignment: Assignment) -> Verdict:
    """Whoever takes something over at a site works there, leads it or heads its department."""
    site = assignment.site
    here = leaving.postings(person, site).filter(status=Assignment.Status.ON_SITE)
    answers = leaving.answers_for(person, site)
    remedy = _("Choose somebody of the site, its lead or a head above.")
    return unless(
        not person.is_active or person.pk == assignment.person_id or not (here.exists() or answers),
        _("%(person)s does not work at this site.") % {"person": person},
        remedy=remedy,
        clause="2.2.2c",
    ) & unless(
        not answers and not here.exclude(handovers__status="open").exists(),
        _("%(person)s is leaving this site too.") % {"person": person},
        remedy=remedy,
        clause="2.2.2c",
    )


def _may_keep(person: User, assignment: Assignment, key: str) -> Verdict:
    """A promise goes to whoever could be handed it by hand, or who answers for the site."""
    promise = Obligation.objects.filter(pk=key).select_related("site").first()
    if promise is None:
        return works_here(person, assignment)
    rule = Q(pk=person.pk)
    for wanted in obligations.TAKERS:
        rule &= wanted(promise)
    fits = User.objects.filter(rule).exists() or leaving.answers_for(person, assignment.site)
    return works_here(person, assignment) & unless(
        not fits,
        _("%(person)s cannot own “%(what)s”.") % {"person": person, "what": promise.title},
        remedy=_("Choose somebody stationed there, or its lead."),
        clause="2.2.2c",
    )


@loose_ends(PROMISE, _("Promises"), may_take=_may_keep)
def promises(assignment: Assignment, last_day: date) -> Iterable[LooseEnd]:
    for move in leaving.on_leaving_site(assignment, last_day):
        if not move.no_longer_owed:
            one = move.promise
            yield LooseEnd(str(one.pk), one.title, f"§ {one.clause}", one.url, (one.subject_type_id, one.subject_id))


def _may_sign(person: User, assignment: Assignment, key: str) -> Verdict:
    signature = Signature.objects.filter(pk=key).select_related("approval").first()
    if signature is None:
        return no(_("This decision no longer waits."), remedy=_("Look again what is left."), clause="2.2.2c")
    return approvals.may_take(person, signature)


@loose_ends(TURN, _("Decisions that wait"), may_take=_may_sign)
def turns(assignment: Assignment, last_day: date) -> Iterable[LooseEnd]:
    for turn in leaving.turns_at_site(assignment, last_day):
        one = turn.signature
        yield LooseEnd(str(one.pk), one.approval.title, f"§ {one.approval.clause}", one.approval.url)


# --- At the last moment -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Takers:
    """Who agreed to take what: promises and signatures by id; things of other apps by source and key."""

    promises: dict[int, User]
    turns: dict[int, User]
    things: list[tuple[Source, str, User]]


NOBODY = Takers({}, {}, [])


def takers(assignment: Assignment, last_day: date, accepted: dict[str, User]) -> Takers:
    """Who takes what, from the accepted items of a handover by their keys; a thing's promises go along with it."""
    found = Takers({}, {}, [])
    for key, (source, one) in collected(assignment, last_day).items():
        to = accepted.get(key)
        if to is None:
            continue
        if source.name == PROMISE:
            found.promises[int(one.key)] = to
        elif source.name == TURN:
            found.turns[int(one.key)] = to
        else:
            found.things.append((source, one.key, to))
            if one.about is not None:
                kind, pk = one.about
                owed = Obligation.objects.open().of(assignment.person).filter(subject_type=kind, subject_id=pk)
                found.promises.update(dict.fromkeys(owed.values_list("pk", flat=True), to))
    return found


def carry_out(found: Takers, assignment: Assignment, *, by: User | None, now: datetime, reason: str) -> None:
    """Give what is left of other apps' things to their takers; the caller's transaction carries it."""
    for source, key, to in found.things:
        if source.take_over is not None:
            source.take_over(assignment, key, to=to, by=by, now=now, reason=reason)
