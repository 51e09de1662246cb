"""The sweep: rings what is due, once, however many workers sweep."""

from datetime import datetime

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import notifications
from apps.core.obligations.kinds import AUDIENCES, audience
from apps.core.obligations.rows import Obligation, notice_words
from apps.core.obligations.verbs import BREACHED
from apps.core.transitions import record_all

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
    by_mail=True,
)


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
    _store(rows)
    return len(ringing)


def _store(rows: list[Obligation]) -> None:
    """One statement for a batch; Django's `bulk_update` took half of the sweep."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE core_obligation SET alarms_rung = rung, next_alarm_at = next, breached_at = broken
            FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[], %s::timestamptz[])
                AS rows_of_the_batch(row_id, rung, next, broken)
            WHERE id = row_id
            """,
            [
                [one.pk for one in rows],
                [one.alarms_rung for one in rows],
                [one.next_alarm_at for one in rows],
                [one.breached_at for one in rows],
            ],
        )


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
                (person, f"{which.key}:{one.pk}:{index}:{one.due_at.isoformat()}", None, one.url, notice_words(one))
                for one, index, person, breach in latest.values()
                if breach == is_breach
            ),
            which,
            now=now,
        )


def _record_breaches(breached: list[Obligation], now: datetime) -> None:
    subjects = ((one.subject_type_id, one.subject_id, {"promise": one.kind}) for one in breached)
    record_all(BREACHED, subjects, by=None, now=now)


def database_now() -> datetime:
    """The database's clock: the one that decides what is due."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@audience("owner")
def _owners(obligations: list[Obligation]) -> dict[int, list]:
    return {one.pk: [one.owner] for one in obligations if one.owner_id}
