"""Promises with a clock: who owes what to whom by when, who is warned, and who is told when it is late.

PostgreSQL decides what is due: `next_alarm_at` with a partial index makes a sweep cost what is due now,
not what exists. Alarms are computed once, when the clock starts, with the numbers in force on that day.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pgtrigger
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import connection, models, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Upper
from django.db.models.lookups import IsNull
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core import clauses, notifications, parameters
from apps.core.transitions import Event, lock, record, verb
from apps.core.verdicts import YES, NotAllowed, PolicyBroken, Verdict, WrongState, no, require, unless

SITE_MODEL = "personnel.Site"

OPENED = verb("obligation_opened", _("Clock started"))
MET = verb("obligation_met", _("Kept in time"))
MET_LATE = verb("obligation_met_late", _("Kept, but late"))
BREACHED = verb("obligation_breached", _("Not kept in time"))
DROPPED = verb("obligation_dropped", _("No longer owed"))
HANDED_OVER = verb("obligation_handed_over", _("Handed over"))
RESCHEDULED = verb("obligation_rescheduled", _("New due time"))

WARNING = notifications.note_kind(
    "obligation_warning",
    _("Something of yours falls due"),
    _("Due %(due_at)s: %(what)s"),
    _("%(promise)s (clause %(clause)s)"),
)
BREACH = notifications.note_kind(
    "obligation_breach",
    _("Something is late"),
    _("Late since %(due_at)s: %(what)s"),
    _("%(promise)s (clause %(clause)s). Owner: %(owner)s."),
)
TAKEN_OVER = notifications.note_kind(
    "obligation_taken_over",
    _("Something was handed to you"),
    _("Now yours, due %(due_at)s: %(what)s"),
    _("%(promise)s (clause %(clause)s)"),
)


# --- Declaring a kind ---------------------------------------------------------------------------------


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
    """A kind of promise: the clause it comes from, its words, its warnings, and who learns of a breach."""

    key: str
    clause: str
    label: str
    warn: tuple[Rung, ...] = ()
    breach: tuple[Rung, ...] = ()

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
            moment = _moment(rung, numbers, opened_at, due_at, zone)
            if opened_at <= moment:
                found.append((moment, rung.who, False))
        for rung in self.breach:
            found.append((max(_moment(rung, numbers, opened_at, due_at, zone), due_at), rung.who, True))
        if not any(breach for _moment_, _who, breach in found):
            found.append((due_at, "owner", True))
        return [[moment.isoformat(), who, breach] for moment, who, breach in sorted(found, key=lambda one: one[0])]


UNITS = {"hours": "hours", "days": "days", "minutes": "minutes"}


def _moment(rung: Rung, numbers: dict, opened_at: datetime, due_at: datetime, zone: ZoneInfo) -> datetime:
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
AUDIENCES: dict[str, Callable[[list["Obligation"]], dict[int, list]]] = {}
PLANNERS: list[Callable[[datetime], int]] = []


def kind(key: str, *, clause: str, label, warn: Iterable[Rung] = (), breach: Iterable[Rung] = ()) -> Kind:
    """Declare a kind of promise; it claims its clause."""
    KINDS[key] = Kind(key, clause, label, tuple(warn), tuple(breach))
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


# --- The row ------------------------------------------------------------------------------------------


class ObligationQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status=Obligation.Status.OPEN)

    def of(self, person):
        return self.filter(owner=person)

    def about(self, subject: models.Model):
        return self.filter(
            subject_type=ContentType.objects.get_for_model(subject, for_concrete_model=True), subject_id=subject.pk
        )

    def kind(self, *kinds: Kind):
        return self.filter(kind__in=[one.key for one in kinds])

    def overdue(self, now: datetime):
        return self.open().filter(due_at__lt=now)

    def broken(self):
        """Not kept in time, whether kept later or not: late stays late."""
        return self.exclude(breached_at=None)

    def ever_late(self, now: datetime):
        """Broken, or overdue now."""
        return self.filter(Q(breached_at__isnull=False) | Q(status=Obligation.Status.OPEN, due_at__lt=now))

    def visible_to(self, user):
        """Those a person owes, or that concern them, or that VISIBLE (filled by personnel) adds."""
        mine = Q(owner=user) | Q(person=user)
        for rule in VISIBLE:
            mine |= rule(user)
        return self.filter(mine)


def promises_for(model: type[models.Model]) -> ObligationQuerySet:
    """The promises about each row of a query over `model`: `subject_id` is the row's id."""
    about = ContentType.objects.get_for_model(model, for_concrete_model=True)
    return Obligation.objects.filter(subject_type=about)


def with_late(rows, now: datetime, *kinds: Kind):
    """Rows with `late`: whether a promise about them (of these kinds) was, or is now, late."""
    kept = promises_for(rows.model).filter(subject_id=OuterRef("pk")).ever_late(now)
    kept = kept.kind(*kinds) if kinds else kept
    # Not Exists(): PostgreSQL would look for every late promise first, to show twenty-five rows.
    return rows.annotate(late=IsNull(Subquery(kept.values("pk")[:1]), False))


def by_lateness(rows, late: bool, now: datetime, *kinds: Kind):
    """Only the rows that `with_late` calls late, or only the others."""
    kept = promises_for(rows.model).ever_late(now)
    kept = kept.kind(*kinds) if kinds else kept
    chosen = Q(pk__in=kept.values("subject_id"))
    return rows.filter(chosen if late else ~chosen)


VISIBLE: list[Callable] = []
STEERS: list[Callable] = []  # f(user, obligation) -> bool: who beside the owner may hand a promise over
TAKERS: list[Callable] = []  # f(obligation) -> Q over people: who may take one
HANDING: dict[str, Callable] = {}  # kind -> the verb of the app whose record names an owner of its own


class Obligation(models.Model):
    """A promise with a clock."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("status", "Open")
        MET = "met", _("Kept")
        DROPPED = "dropped", _("Dropped")

    kind = models.CharField(max_length=40)
    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+", db_index=False)
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    title = models.CharField(max_length=300)
    url = models.CharField(max_length=300, blank=True)
    period = models.CharField(max_length=20, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    site = models.ForeignKey(SITE_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="obligations")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="obligations"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    alarms = models.JSONField(default=list)
    alarms_rung = models.PositiveSmallIntegerField(default=0)
    next_alarm_at = models.DateTimeField(null=True, blank=True)

    objects = ObligationQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id", "period"],
                condition=Q(status="open") | ~Q(period=""),
                name="obligation_once_per_period",
            ),
            models.CheckConstraint(
                condition=Q(status="met", met_at__isnull=False) | (~Q(status="met") & Q(met_at=None)),
                name="obligation_met_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(status="open") | Q(next_alarm_at=None), name="obligation_closed_is_silent"
            ),
            models.CheckConstraint(
                condition=~Q(status="met") | Q(met_at__lte=F("due_at")) | Q(breached_at__isnull=False),
                name="obligation_late_is_late",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_alarm_at"], condition=Q(next_alarm_at__isnull=False), name="obligation_next_alarm"
            ),
            models.Index(fields=["due_at"], name="obligation_due"),
            models.Index(fields=["due_at"], condition=Q(status="open"), name="obligation_open"),
            models.Index(fields=["kind", "period"], name="obligation_period"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="obligation_title_trigrams"),
            models.Index(fields=["owner", "due_at"], condition=Q(status="open"), name="obligation_owner_open"),
            models.Index(fields=["site", "due_at"], condition=Q(status="open"), name="obligation_site_open"),
            models.Index(
                fields=["site", "-breached_at"],
                condition=Q(breached_at__isnull=False),
                name="obligation_site_broken",
            ),
            models.Index(fields=["subject_type", "subject_id", "kind", "period"], name="obligation_subject"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="late_stays_late",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__breached_at__isnull=False)
                & pgtrigger.Q(old__breached_at__df=pgtrigger.F("new__breached_at")),
            ),
        ]
        verbose_name = _("obligation")
        verbose_name_plural = _("obligations")

    def __str__(self):
        return f"{self.label}: {self.title}"

    def get_absolute_url(self):
        return self.url

    @property
    def label(self):
        return KINDS[self.kind].label if self.kind in KINDS else self.kind

    @property
    def clause(self) -> str:
        return KINDS[self.kind].clause if self.kind in KINDS else ""

    @property
    def late(self) -> bool:
        return self.breached_at is not None

    @property
    def status_tone(self) -> str:
        if self.status == self.Status.DROPPED:
            return "secondary"
        if self.late:
            return "danger"
        return "success" if self.status == self.Status.MET else "info"


# --- Verbs --------------------------------------------------------------------------------------------


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
        Event.objects.bulk_create(
            (
                Event(
                    subject_type=subject_type,
                    subject_id=row.subject_id,
                    verb=OPENED,
                    at=now,
                    data={"promise": which.key, "due_at": row.due_at.isoformat()},
                )
                for row in rows
            ),
            batch_size=1000,
        )
        return len(rows)


def reopen(obligations, *, now: datetime, reason: str) -> int:
    """Promises that were dropped and are owed again after all; answers how many."""
    with transaction.atomic():
        rows = list(obligations.filter(status=Obligation.Status.DROPPED).select_for_update(of=("self",)))
        for obligation in rows:
            obligation.status = Obligation.Status.OPEN
            obligation.next_alarm_at = (
                obligation.alarms[obligation.alarms_rung][0]
                if obligation.alarms_rung < len(obligation.alarms)
                else None
            )
            obligation.save(update_fields=["status", "next_alarm_at"])
            record(obligation.subject, OPENED, by=None, now=now, note=reason, promise=obligation.kind)
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


def drop(obligations, *, by, now: datetime, reason: str) -> int:
    """Promises that are no longer owed, and why; answers how many."""
    with transaction.atomic():
        rows = list(obligations.open().select_for_update(of=("self",)))
        for obligation in rows:
            obligation.status = Obligation.Status.DROPPED
            obligation.next_alarm_at = None
            obligation.save(update_fields=["status", "next_alarm_at"])
            record(obligation.subject, DROPPED, by=by, now=now, note=reason, promise=obligation.kind)
        return len(rows)


def hand_over(obligations, *, to, by, now: datetime, reason: str = "") -> int:
    """Give open clocks to somebody else, as they run; the new owner is told."""
    with transaction.atomic():
        rows = list(obligations.open().exclude(owner=to).select_for_update(of=("self",)))
        for obligation in rows:
            obligation.owner = to
            obligation.save(update_fields=["owner"])
            record(obligation.subject, HANDED_OVER, by=by, now=now, note=reason, promise=obligation.kind, to=to.pk)
        notifications.tell_many(
            (
                (to, f"{TAKEN_OVER.key}:{one.pk}:{now.isoformat()}", one.subject, one.url, _context(one))
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
    """Its owner, or somebody who steers the site; only while it is open."""
    if obligation.status != Obligation.Status.OPEN:
        return no(_("This promise is closed."), clause=obligation.clause)
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
        obligation.save(update_fields=["due_at", "alarms", "alarms_rung", "next_alarm_at"])


def _breach(obligation: Obligation, now: datetime) -> None:
    obligation.breached_at = obligation.due_at
    record(obligation.subject, BREACHED, by=None, now=now, promise=obligation.kind)


# --- The sweep ----------------------------------------------------------------------------------------


def sweep(*, now: datetime | None = None, limit: int = 1000) -> int:
    """Ring what is due, a batch a transaction, until nothing is; answers how many alarms rang.

    Rows another worker holds are skipped, so several may sweep. `now` is the database's clock unless given.
    """
    rung = 0
    while batch := _ring_batch(now, limit):
        rung += batch
    return rung


@transaction.atomic
def _ring_batch(now: datetime | None, limit: int) -> int:
    moment = now or database_now()
    rows = list(
        Obligation.objects.filter(next_alarm_at__lte=moment)
        .order_by("next_alarm_at")
        .select_for_update(skip_locked=True, of=("self",))[:limit]
    )
    if not rows:
        return 0
    ringing: list[tuple[Obligation, int, str, bool]] = []
    breached = []
    for obligation in rows:
        while (
            obligation.alarms_rung < len(obligation.alarms)
            and datetime.fromisoformat(obligation.alarms[obligation.alarms_rung][0]) <= moment
        ):
            _at, who, breach = obligation.alarms[obligation.alarms_rung]
            ringing.append((obligation, obligation.alarms_rung, who, breach))
            obligation.alarms_rung += 1
        if obligation.due_at <= moment and obligation.breached_at is None:
            obligation.breached_at = obligation.due_at
            breached.append(obligation)
        obligation.next_alarm_at = (
            obligation.alarms[obligation.alarms_rung][0] if obligation.alarms_rung < len(obligation.alarms) else None
        )
    _tell(ringing, moment)
    _record_breaches(breached, moment)
    Obligation.objects.bulk_update(rows, ["alarms_rung", "next_alarm_at", "breached_at"], batch_size=500)
    return len(ringing)


def _tell(ringing: list[tuple[Obligation, int, str, bool]], now: datetime) -> None:
    """Tell each rung's people. A later warning replaces an earlier one that would ring in the same sweep."""
    models.prefetch_related_objects([one for one, *_rest in ringing], "owner")
    people: dict[str, dict[int, list]] = {}
    for who in {who for _one, _index, who, _breach_ in ringing}:
        people[who] = AUDIENCES[who]([one for one, _index, rung, _breach_ in ringing if rung == who])
    latest: dict[tuple[int, int, bool], tuple] = {}
    for one, index, who, breach in ringing:
        for person in people[who].get(one.pk, []):
            latest[(one.pk, person.pk, breach)] = (one, index, person, breach)
    for person_and_one in [key for key in latest if not key[2] and (key[0], key[1], True) in latest]:
        del latest[person_and_one]
    for which, is_breach in ((WARNING, False), (BREACH, True)):
        notifications.tell_many(
            (
                (person, f"{which.key}:{one.pk}:{index}:{one.due_at.isoformat()}", None, one.url, _context(one))
                for one, index, person, breach in latest.values()
                if breach == is_breach
            ),
            which,
            now=now,
        )


def _context(obligation: Obligation) -> dict:
    return {
        "what": obligation.title,
        "promise": KINDS[obligation.kind].label,
        "clause": KINDS[obligation.kind].clause,
        "due_at": obligation.due_at,
        "owner": str(obligation.owner or "–"),
    }


def _record_breaches(breached: list[Obligation], now: datetime) -> None:
    Event.objects.bulk_create(
        Event(
            subject_type_id=one.subject_type_id,
            subject_id=one.subject_id,
            verb=BREACHED,
            at=now,
            data={"promise": one.kind},
        )
        for one in breached
    )


def database_now() -> datetime:
    """The database's clock: the one that decides what is due."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@audience("owner")
def _owners(obligations: list[Obligation]) -> dict[int, list]:
    return {one.pk: [one.owner] for one in obligations if one.owner_id}


def plan(now: datetime) -> int:
    """Open every periodic promise that should run now; answers how many were opened."""
    return sum(planner_(now) for planner_ in PLANNERS)


def month_of(day: date) -> str:
    """The period key of a calendar month: 2026-11."""
    return f"{day:%Y-%m}"
