"""What happens to a promise: it starts, is kept, dropped, handed over, moved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import notifications
from apps.core.obligations.kinds import KINDS, Kind
from apps.core.obligations.rows import HANDING, STEERS, TAKERS, Obligation, notice_words
from apps.core.transitions import EXPLAIN, lock, record, record_all, verb
from apps.core.verdicts import YES, NotAllowed, PolicyBroken, Verdict, WrongState, no, require, unless

OPENED = verb("obligation_opened", _("Clock started"))
MET = verb("obligation_met", _("Kept in time"))
MET_LATE = verb("obligation_met_late", _("Kept, but late"))
RUNS_ON = verb("obligation_runs_on", _("Not kept after all: the clock runs on"))
BREACHED = verb("obligation_breached", _("Not kept in time"))
DROPPED = verb("obligation_dropped", _("No longer owed"))
HANDED_OVER = verb("obligation_handed_over", _("Handed over"))
RESCHEDULED = verb("obligation_rescheduled", _("New due time"))

EXPLAIN.append(lambda data: KINDS[data["promise"]].label if data.get("promise") in KINDS else "")

TAKEN_OVER = notifications.note_kind(
    "obligation_taken_over",
    _("Something was handed to you"),
    _("Now yours, due %(due_at)s: %(what)s"),
    _("%(promise)s (clause %(clause)s)"),
)


def start(which: Kind, subject: models.Model, *, title: str, due_at: datetime, now: datetime, **details) -> Obligation:
    """Start a clock: `person`, `site`, `owner`, `period`, `url`, `opened_at` (default: now), `zone`.

    Idempotent for one kind, subject and period.
    """
    opened_at = details.pop("opened_at", None) or now
    zone = details.pop("zone", None) or ZoneInfo(settings.TIME_ZONE)
    period = details.pop("period", "")
    alarms = which.alarms(opened_at, due_at, zone)
    obligation, fresh = Obligation.objects.get_or_create(
        kind=which.key,
        subject_type=ContentType.objects.get_for_model(subject, for_concrete_model=True),
        subject_id=subject.pk,
        period=period,
        **({} if period else {"status": Obligation.Status.OPEN}),
        defaults={
            "title": title[:300],
            "url": details.pop("url", "") or subject.get_absolute_url(),
            "opened_at": opened_at,
            "due_at": due_at,
            "alarms": alarms,
            "next_alarm_at": alarms[0][0],
            **details,
        },
    )
    if fresh:
        record(subject, OPENED, by=None, now=now, promise=which.key, due_at=due_at.isoformat())
    return obligation


@dataclass(frozen=True)
class Promise:
    """A clock that a planner wants to run; the words are those of `start`."""

    subject: models.Model
    title: str
    url: str
    opened_at: datetime
    due_at: datetime
    zone: ZoneInfo
    period: str = ""
    person: object = None
    site: object = None
    owner: object = None


def start_many(which: Kind, promises: Iterable[Promise], *, now: datetime) -> int:
    """Start many clocks of one kind with a constant number of queries; answers how many are new.

    Idempotent like `start`: what runs already, or ran in that period, stays as it is.
    """
    wanted = {(one.subject.pk, one.period): one for one in promises}
    if not wanted:
        return 0
    subject_type = ContentType.objects.get_for_model(next(iter(wanted.values())).subject, for_concrete_model=True)
    numbers: dict[date, dict] = {}
    with transaction.atomic():
        running = set(
            Obligation.objects.kind(which)
            .filter(subject_type=subject_type, subject_id__in={pk for pk, _period in wanted})
            .filter(Q(status=Obligation.Status.OPEN, period="") | ~Q(period=""))
            .values_list("subject_id", "period")
        )
        rows = []
        for one in (promise for key, promise in wanted.items() if key not in running):
            day = one.opened_at.astimezone(one.zone).date()
            if day not in numbers:
                numbers[day] = which.numbers(day)
            alarms = which.alarms(one.opened_at, one.due_at, one.zone, numbers[day])
            rows.append(
                Obligation(
                    kind=which.key,
                    subject_type=subject_type,
                    subject_id=one.subject.pk,
                    title=one.title[:300],
                    url=one.url,
                    period=one.period,
                    person=one.person,
                    site=one.site,
                    owner=one.owner,
                    opened_at=one.opened_at,
                    due_at=one.due_at,
                    alarms=alarms,
                    next_alarm_at=alarms[0][0],
                )
            )
        Obligation.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
        _record(OPENED, rows, by=None, now=now, details=lambda row: {"due_at": row.due_at.isoformat()})
        return len(rows)


def _record(name: str, rows: list[Obligation], *, by, now: datetime, note: str = "", details=lambda row: {}) -> None:
    """In the history of what each promise is about."""
    subjects = ((row.subject_type_id, row.subject_id, {"promise": row.kind} | details(row)) for row in rows)
    record_all(name, subjects, by=by, now=now, note=note)


def reopen(obligations, *, now: datetime, reason: str) -> int:
    """Promises that were dropped and are owed again after all; answers how many."""
    with transaction.atomic():
        rows = list(obligations.filter(status=Obligation.Status.DROPPED).select_for_update(of=("self",)))
        for obligation in rows:
            obligation.status = Obligation.Status.OPEN
            obligation.next_alarm_at = _next_alarm(obligation)
        Obligation.objects.bulk_update(rows, ["status", "next_alarm_at"], batch_size=1000)
        _record(OPENED, rows, by=None, now=now, note=reason)
        return len(rows)


def meet(
    which: Kind,
    subject: models.Model,
    *,
    by,
    at: datetime,
    period: str | None = None,
    learned_at: datetime | None = None,
) -> Obligation | None:
    """The promise was kept at a moment: the clock stops; kept late is a breach for ever.

    learned_at: when we were told, if later than `at`. A clock that ran out before we were told is late,
    whether or not a sweep came by in between. None when no such clock runs, so that meeting twice is harmless.
    """
    with transaction.atomic():
        rows = Obligation.objects.kind(which).about(subject).open()
        if period is not None:
            rows = rows.filter(period=period)
        obligation = rows.select_for_update(of=("self",)).first()
        if obligation is None:
            return None
        if (learned_at or at) > obligation.due_at and obligation.breached_at is None:
            _breach(obligation, learned_at or at)
        obligation.status = Obligation.Status.MET
        obligation.met_at = at
        obligation.next_alarm_at = None
        obligation.save(update_fields=["status", "met_at", "next_alarm_at", "breached_at"])
        record(
            subject,
            MET_LATE if obligation.late else MET,
            by=by,
            now=at,
            promise=which.key,
            seconds=int((at - obligation.opened_at).total_seconds()),
        )
        return obligation


def run_on(
    which: Kind, subject: models.Model, *, owner, now: datetime, reason: str, period: str = ""
) -> Obligation | None:
    """A promise that was held to be kept was not: its clock runs on as if it had never stopped. Late stays late.

    None when no such promise was kept.
    """
    with transaction.atomic():
        rows = Obligation.objects.kind(which).about(subject).filter(status=Obligation.Status.MET, period=period)
        obligation = rows.select_for_update(of=("self",)).first()
        if obligation is None:
            return None
        obligation.status = Obligation.Status.OPEN
        obligation.met_at = None
        obligation.owner = owner
        obligation.next_alarm_at = _next_alarm(obligation)
        obligation.save(update_fields=["status", "met_at", "owner", "next_alarm_at"])
        record(subject, RUNS_ON, by=None, now=now, note=reason, promise=which.key)
        return obligation


def _next_alarm(obligation: Obligation):
    rung = obligation.alarms_rung
    return obligation.alarms[rung][0] if rung < len(obligation.alarms) else None


def drop(obligations, *, by, now: datetime, reason: str) -> int:
    """Promises that are no longer owed, and why; answers how many."""
    with transaction.atomic():
        rows = list(obligations.open().select_for_update(of=("self",)))
        owed = Obligation.objects.filter(pk__in=[obligation.pk for obligation in rows])
        owed.update(status=Obligation.Status.DROPPED, next_alarm_at=None)
        _record(DROPPED, rows, by=by, now=now, note=reason)
        return len(rows)


def hand_over(obligations, *, to, by, now: datetime, reason: str = "") -> int:
    """Give open clocks to somebody else, as they run; the new owner is told."""
    with transaction.atomic():
        rows = list(obligations.open().exclude(owner=to).select_for_update(of=("self",)))
        Obligation.objects.filter(pk__in=[obligation.pk for obligation in rows]).update(owner=to)
        _record(HANDED_OVER, rows, by=by, now=now, note=reason, details=lambda row: {"to": to.pk})
        notifications.tell_many(
            (
                (to, f"{TAKEN_OVER.key}:{one.pk}:{now.isoformat()}", one.subject, one.url, notice_words(one))
                for one in rows
                if to != by
            ),
            TAKEN_OVER,
            now=now,
        )
        return len(rows)


def handed_over_by(which: Kind):
    """Register an app's own verb for a kind: `f(obligation, to=, by=, now=, reason=)`; it calls `hand_over`.

    The caller has asked who may, and who may take it.
    """

    def register(function):
        HANDING[which.key] = function
        return function

    return register


def may_hand_over(user, obligation: Obligation) -> Verdict:
    """Its owner, or somebody who steers the site; only while it is open, and where it goes along with nothing else."""
    if obligation.status != Obligation.Status.OPEN:
        return no(_("This promise is closed."), clause=obligation.clause)
    instead = KINDS[obligation.kind].instead
    if instead:
        return no(_("This is not handed over by itself."), remedy=instead, clause=obligation.clause)
    if obligation.owner_id == user.pk or any(rule(user, obligation) for rule in STEERS):
        return YES
    return no(
        _("Only its owner or the site lead can hand this over."),
        remedy=_("Ask one of them."),
        clause=obligation.clause,
    )


def takers(obligation: Obligation, user):
    """Active people, visible to the person who asks, who may own this promise."""
    rule = Q(is_active=True)
    for wanted in TAKERS:
        rule &= wanted(obligation)
    people = get_user_model().objects
    return people.visible_to(user).filter(pk__in=people.filter(rule).values("pk")).exclude(pk=obligation.owner_id)


def reassign(obligation: Obligation, *, to, by, now: datetime, reason: str) -> None:
    """Hand one promise to somebody of its site, clock running; the new owner is told.

    Raises: NotAllowed; PolicyBroken beside `to` or `reason`.
    """
    with transaction.atomic():
        lock(obligation.subject)  # as the subject's own verbs do: the same order everywhere, so nobody waits in a ring
        lock(obligation)
        require(may_hand_over(by, obligation), NotAllowed)
        require(
            unless(
                not takers(obligation, by).filter(pk=to.pk).exists(),
                _("%(person)s does not work at this site, or owns it already.") % {"person": to},
                clause=obligation.clause,
            ),
            PolicyBroken,
            field="to",
        )
        require(unless(not reason.strip(), _("Say why, so that the next owner understands.")), field="reason")
        if obligation.kind in HANDING:
            HANDING[obligation.kind](obligation, to=to, by=by, now=now, reason=reason.strip())
        else:
            hand_over(Obligation.objects.filter(pk=obligation.pk), to=to, by=by, now=now, reason=reason.strip())


def reschedule(obligation: Obligation, *, due_at: datetime, by, now: datetime, reason: str = "") -> None:
    """Move the due time of an open promise, when both sides agreed; a breach that happened stays."""
    with transaction.atomic():
        lock(obligation)
        if obligation.status != Obligation.Status.OPEN:
            raise WrongState(no(_("This promise is closed; its due time no longer moves.")))
        if now > obligation.due_at and obligation.breached_at is None:
            _breach(obligation, now)
        alarms = KINDS[obligation.kind].alarms(obligation.opened_at, due_at, ZoneInfo(settings.TIME_ZONE))
        # Warnings that are over stay silent; a due time that has passed already still rings.
        rung = sum(datetime.fromisoformat(moment) <= now for moment, _who, breach in alarms if not breach)
        record(
            obligation.subject,
            RESCHEDULED,
            by=by,
            now=now,
            note=reason,
            promise=obligation.kind,
            before=obligation.due_at.isoformat(),
            after=due_at.isoformat(),
        )
        obligation.due_at = due_at
        obligation.alarms = alarms
        obligation.alarms_rung = rung
        obligation.next_alarm_at = alarms[rung][0] if rung < len(alarms) else None
        obligation.save(update_fields=["due_at", "alarms", "alarms_rung", "next_alarm_at", "breached_at"])


def _breach(obligation: Obligation, now: datetime) -> None:
    obligation.breached_at = obligation.due_at
    record(obligation.subject, BREACHED, by=None, now=now, promise=obligation.kind)
