"""Promises with a clock: warned, broken, kept, moved, handed over, and told once whatever happens."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import InternalError, connections, transaction

from apps.core import obligations
from apps.core.notifications import Notification
from apps.core.obligations import KINDS, Obligation
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel.tests.factories import NOON, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def reply_kind():
    """A kind of these stories alone: warned after 12 and 20 hours, one hour before due to the lead, then the head."""
    which = obligations.kind(
        "story_reply",
        clause="7.1.2a",
        label="Reply",
        warn=[
            obligations.owner(after="client_reply_warn_1"),
            obligations.owner(after="client_reply_warn_2"),
            obligations.lead(after="client_reply_warn_lead"),
        ],
        breach=[obligations.head()],
    )
    yield which
    del KINDS["story_reply"]


@pytest.fixture
def clock(reply_kind, assignment, site, staff):
    """The staff member's running 24-hour clock, opened at noon; its subject is their assignment."""
    return obligations.start(
        reply_kind,
        assignment,
        title="How hot is it?",
        now=NOON,
        due_at=NOON + timedelta(hours=24),
        site=site,
        owner=staff,
        url="/somewhere/",
    )


def after(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def told(person) -> list[str]:
    return list(Notification.objects.of(person).order_by("pk").values_list("kind", flat=True))


def moment(stored) -> datetime:
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored


# --- Alarms -------------------------------------------------------------------------------------------


@pytest.mark.clause("7.1.2a")
def test_alarms_are_the_numbers_of_the_policy_in_order(clock):
    assert [(moment(at) - NOON, who, breach) for at, who, breach in clock.alarms] == [
        (timedelta(hours=12), "owner", False),
        (timedelta(hours=20), "owner", False),
        (timedelta(hours=23), "lead", False),
        (timedelta(hours=24), "head", True),
    ]
    assert moment(clock.next_alarm_at) == after(12)


@pytest.mark.clause("7.1.2a")
def test_a_sweep_rings_what_is_due_and_nothing_else(clock, staff, lead, head):
    assert obligations.sweep(now=after(12) - timedelta(microseconds=1)) == 0

    assert obligations.sweep(now=after(12)) == 1
    assert (told(staff), told(lead), told(head)) == (["obligation_warning"], [], [])
    assert obligations.sweep(now=after(12)) == 0

    assert obligations.sweep(now=after(23)) == 2
    assert (told(staff), told(lead), told(head)) == (["obligation_warning"] * 2, ["obligation_warning"], [])

    assert obligations.sweep(now=after(24)) == 1
    assert told(head) == ["obligation_breach"]
    clock.refresh_from_db()
    assert (clock.late, clock.breached_at, clock.next_alarm_at) == (True, after(24), None)


def test_after_an_outage_each_is_told_once_of_the_latest(clock, staff, lead, head):
    """All off for a month: two missed warnings become one, and the breach is told."""
    obligations.sweep(now=after(24 * 31))

    assert (told(staff), told(lead), told(head)) == (
        ["obligation_warning"],
        ["obligation_warning"],
        ["obligation_breach"],
    )


def test_a_sweep_in_batches_rings_all(reply_kind, assignment, site, staff):
    for number in range(7):
        obligations.start(
            reply_kind, UserFactory(), title=f"{number}", now=NOON, due_at=after(24), site=site, owner=staff, url="/x/"
        )
    assert obligations.sweep(now=after(12), limit=2) == 7
    assert len(told(staff)) == 7


def test_people_who_left_are_not_told(clock, staff):
    staff.is_active = False
    staff.save()

    obligations.sweep(now=after(12))

    assert told(staff) == []


@pytest.mark.clause("7.1.1")
def test_a_rung_on_a_day_of_the_month_rings_in_the_sites_morning(assignment, staff):
    which = obligations.kind(
        "story_month", clause="7.1.1", label="Meet", warn=[obligations.owner(on_day="meeting_warn_day_1")]
    )
    try:
        due = datetime(2026, 11, 30, 23, 59, tzinfo=NOON.tzinfo)
        promise = obligations.start(
            which, assignment, title="Meet", now=NOON, due_at=due, owner=staff, period="2026-11", zone=NOON.tzinfo
        )
        assert moment(promise.alarms[0][0]) == datetime(2026, 11, 20, 9, tzinfo=NOON.tzinfo)
    finally:
        del KINDS["story_month"]


# --- Keeping, breaking --------------------------------------------------------------------------------


def test_a_promise_kept_in_time_is_silent_for_ever(clock, reply_kind, assignment, staff, head):
    kept = obligations.meet(reply_kind, assignment, by=staff, at=after(3))

    assert (kept.status, kept.late, kept.met_at) == ("met", False, after(3))
    assert obligations.sweep(now=after(1000)) == 0
    assert told(head) == []
    assert obligations.meet(reply_kind, assignment, by=staff, at=after(4)) is None


@pytest.mark.clause("7.1.2a")
def test_to_the_second_is_in_time_and_a_moment_later_is_late(clock, reply_kind, assignment, staff):
    with transaction.atomic():
        assert not obligations.meet(reply_kind, assignment, by=staff, at=after(24)).late
        transaction.set_rollback(True)
    clock.refresh_from_db()

    kept = obligations.meet(reply_kind, assignment, by=staff, at=after(24) + timedelta(microseconds=1))

    assert (kept.late, kept.breached_at) == (True, after(24))
    assert Event.objects.about(assignment).filter(verb="obligation_breached").count() == 1


@pytest.mark.clause("7.1.2a")
def test_late_stays_late_whoever_writes(clock, reply_kind, assignment, staff):
    obligations.sweep(now=after(25))
    obligations.meet(reply_kind, assignment, by=staff, at=after(26))

    assert list(Obligation.objects.broken()) == [clock]
    with pytest.raises(InternalError), transaction.atomic():
        Obligation.objects.filter(pk=clock.pk).update(breached_at=None)
    with pytest.raises(InternalError), transaction.atomic():
        clock.delete()


def test_starting_twice_starts_one_clock_and_after_it_was_kept_a_new_one(clock, reply_kind, assignment, staff):
    def again():
        return obligations.start(
            reply_kind, assignment, title="Again", now=after(1), due_at=after(25), owner=staff, url="/x/"
        )

    assert again() == clock
    obligations.meet(reply_kind, assignment, by=staff, at=after(2))
    assert again() != clock


def test_one_promise_a_period_also_after_it_was_kept(reply_kind, assignment, staff):
    details = {"title": "Meet", "now": NOON, "due_at": after(24), "owner": staff, "period": "2026-11"}
    first = obligations.start(reply_kind, assignment, **details)
    obligations.meet(reply_kind, assignment, by=staff, at=after(1))

    assert obligations.start(reply_kind, assignment, **details) == first


# --- Moving, handing over, dropping -------------------------------------------------------------------


def test_a_new_due_time_moves_the_alarms_that_did_not_ring(clock, staff, lead, head):
    obligations.sweep(now=after(13))

    obligations.reschedule(clock, due_at=after(72), by=lead, now=after(14), reason="Agreed")

    clock.refresh_from_db()
    assert moment(clock.next_alarm_at) == after(20)
    assert obligations.sweep(now=after(25)) == 2
    assert told(head) == []
    assert obligations.sweep(now=after(72)) == 1
    assert told(head) == ["obligation_breach"]


def test_a_breach_stays_when_the_due_time_moves(clock, lead):
    obligations.sweep(now=after(25))

    obligations.reschedule(clock, due_at=after(72), by=lead, now=after(26))

    clock.refresh_from_db()
    assert (clock.late, clock.breached_at) == (True, after(24))


def test_a_closed_promise_does_not_move(clock, reply_kind, assignment, staff):
    obligations.meet(reply_kind, assignment, by=staff, at=after(1))
    with pytest.raises(WrongState):
        obligations.reschedule(clock, due_at=after(72), by=staff, now=after(2))


@pytest.mark.clause("2.3.2c")
def test_handing_over_tells_the_new_owner_and_the_clock_runs_on(clock, staff, lead):
    obligations.reassign(clock, to=lead, by=staff, now=after(1), reason="On leave")

    clock.refresh_from_db()
    assert (clock.owner, clock.due_at, moment(clock.next_alarm_at)) == (lead, after(24), after(12))
    assert told(lead) == ["obligation_taken_over"]
    obligations.sweep(now=after(12))
    assert (told(staff), told(lead)[-1]) == ([], "obligation_warning")


@pytest.mark.clause("2.3.2c")
def test_only_the_owner_or_the_sites_lead_hands_over_and_only_within_the_site(clock, staff, lead, hr, stranger):
    with pytest.raises(NotAllowed):
        obligations.reassign(clock, to=lead, by=stranger, now=NOON, reason="Mine now")
    with pytest.raises(PolicyBroken) as refused:
        obligations.reassign(clock, to=stranger, by=lead, now=NOON, reason="Away")
    assert list(refused.value.fields) == ["to"]
    with pytest.raises(PolicyBroken) as refused:
        obligations.reassign(clock, to=staff, by=lead, now=NOON, reason="To the same")
    assert list(refused.value.fields) == ["to"]
    with pytest.raises(PolicyBroken) as refused:
        obligations.reassign(clock, to=lead, by=staff, now=NOON, reason=" ")
    assert list(refused.value.fields) == ["reason"]


def test_what_is_dropped_is_owed_no_more(clock, head, hr):
    assert obligations.drop(Obligation.objects.filter(pk=clock.pk), by=hr, now=after(1), reason="Cancelled") == 1

    assert obligations.sweep(now=after(100)) == 0
    assert told(head) == []


# --- Who sees -----------------------------------------------------------------------------------------


def test_promises_are_seen_by_owner_lead_head_and_hr(clock, staff, lead, head, hr, stranger, other_site, finance):
    seen = {
        person.name: Obligation.objects.visible_to(person).count()
        for person in (staff, lead, head, hr, stranger, other_site.lead, finance)
    }
    assert list(seen.values()) == [1, 1, 1, 1, 0, 0, 0]


# --- Races --------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_several_sweeps_at_once_tell_each_once(reply_kind, site, staff, head):
    for _number in range(30):
        obligations.start(
            reply_kind,
            UserFactory(),
            title="One of many",
            now=NOON,
            due_at=after(24),
            site=site,
            owner=staff,
            url="/x/",
        )

    def sweep(_index):
        try:
            return obligations.sweep(now=after(24), limit=4)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        rung = sum(pool.map(sweep, range(3)))

    assert rung == 30 * 4
    assert told(head) == ["obligation_breach"] * 30
    assert Event.objects.filter(verb="obligation_breached").count() == 30
    assert Obligation.objects.filter(next_alarm_at__isnull=False).count() == 0


@pytest.mark.django_db(transaction=True)
def test_one_clock_is_started_however_many_ask_at_once(reply_kind, assignment, staff):
    def start(_index):
        try:
            return obligations.start(
                reply_kind, assignment, title="Once", now=NOON, due_at=after(24), owner=staff, url="/x/"
            ).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        found = set(pool.map(start, range(5)))

    assert len(found) == 1
    assert Obligation.objects.count() == 1
