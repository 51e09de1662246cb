"""Signatures: who signs when, who never does, and what people learn when."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, close_old_connections, connection, connections, transaction
from django.urls import reverse
from django.utils import timezone

from apps.core import approvals
from apps.core.approvals import REMIND_HOURS, Approval, Delegation, Outcome, Signature, Step
from apps.core.notifications import Notification
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel.tests.factories import UserFactory
from onsite.tests.signing import round_on, waiver_for

SOON = timedelta(seconds=approvals.UNDO_SECONDS)
pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    """Delegations ask for today, so these stories happen now."""
    return timezone.now()


def settled(approval, *, now) -> Approval:
    approvals.settle(now=now + SOON)
    approval.refresh_from_db()
    return approval


def waiting(*people) -> list[int]:
    return [Approval.objects.waiting_for(person).count() for person in people]


def told(person) -> list[str]:
    return list(Notification.objects.of(person).order_by("pk").values_list("kind", flat=True))


# --- Routes -------------------------------------------------------------------------------------------


@pytest.mark.clause("7.1.1")
def test_a_waiver_goes_to_the_department_head_and_is_approved(assignment, lead, head, now):
    approval = round_on(assignment, by=lead, now=now)
    assert waiting(head, lead) == [1, 0]
    assert told(head) == ["approval_your_turn"]

    approvals.decide(approval, Outcome.APPROVED, by=head, now=now)

    assert settled(approval, now=now).status == Approval.Status.APPROVED
    assert approval.subject.status == "approved"
    assert told(lead) == ["approval_decided"]


def test_the_second_step_is_woken_by_the_first(assignment, lead, finance, hr, now):
    approval = round_on(assignment, Step("lead", person=lead), Step("finance", role="finance"), by=hr, now=now)
    assert (waiting(lead, finance), told(finance)) == ([1, 0], [])

    approvals.decide(approval, Outcome.APPROVED, by=lead, now=now)
    assert waiting(lead, finance) == [0, 0]

    settled(approval, now=now)
    assert (waiting(lead, finance), told(finance)) == ([0, 1], ["approval_your_turn"])

    approvals.decide(approval, Outcome.APPROVED, by=finance, now=now + SOON)
    assert settled(approval, now=now + SOON).status == Approval.Status.APPROVED


def test_parallel_steps_are_open_together_and_both_are_needed(assignment, lead, head, hr, now):
    approval = round_on(
        assignment, Step("lead", person=lead, order=0), Step("head", person=head, order=0), by=hr, now=now
    )
    assert waiting(lead, head) == [1, 1]

    approvals.decide(approval, Outcome.APPROVED, by=head, now=now)
    assert settled(approval, now=now).status == Approval.Status.OPEN

    approvals.decide(approval, Outcome.APPROVED, by=lead, now=now + SOON)
    assert settled(approval, now=now + SOON).status == Approval.Status.APPROVED


def test_two_parallel_signatures_that_settle_in_one_round_close_it(assignment, lead, head, hr, now):
    approval = round_on(
        assignment, Step("lead", person=lead, order=0), Step("head", person=head, order=0), by=hr, now=now
    )
    approvals.decide(approval, Outcome.APPROVED, by=head, now=now)
    approvals.decide(approval, Outcome.APPROVED, by=lead, now=now)

    assert settled(approval, now=now).status == Approval.Status.APPROVED


def test_a_rejection_ends_a_parallel_round_and_voids_the_other_signature(assignment, lead, head, hr, now):
    approval = round_on(
        assignment, Step("lead", person=lead, order=0), Step("head", person=head, order=0), by=hr, now=now
    )
    approvals.decide(approval, Outcome.APPROVED, by=lead, now=now + timedelta(seconds=1))
    approvals.decide(approval, Outcome.REJECTED, by=head, now=now, reason="Meet them.")

    assert settled(approval, now=now + timedelta(seconds=1)).status == Approval.Status.REJECTED
    statuses = dict(approval.signatures.values_list("person__name", "status"))
    assert statuses == {lead.name: Signature.Status.VOID, head.name: Signature.Status.REJECTED}


def test_any_holder_of_a_role_signs_once(assignment, lead, finance, now):
    other = UserFactory(roles=["finance"])
    approval = round_on(assignment, Step("finance", role="finance"), by=lead, now=now)
    assert waiting(finance, other) == [1, 1]

    approvals.decide(approval, Outcome.APPROVED, by=other, now=now)

    assert waiting(finance, other) == [0, 0]
    assert Approval.objects.visible_to(finance).filter(pk=approval.pk).exists()
    with pytest.raises(NotAllowed, match="not your turn"):
        approvals.decide(approval, Outcome.APPROVED, by=finance, now=now)


def test_one_person_signs_only_one_step_of_a_round(assignment, lead, head, now):
    """Four eyes: a head who is also finance does not sign both."""
    head.grants.create(role="finance")
    approval = round_on(assignment, Step("head", person=head), Step("finance", role="finance"), by=lead, now=now)
    approvals.decide(approval, Outcome.APPROVED, by=head, now=now)
    settled(approval, now=now)

    with pytest.raises(NotAllowed):
        approvals.decide(approval, Outcome.APPROVED, by=head, now=now + SOON)


def test_a_step_whose_person_is_a_party_goes_to_the_one_instead(assignment, lead, head, now):
    approval = round_on(assignment, Step("head", person=head, instead=lead), by=head, now=now)

    assert waiting(head, lead) == [0, 1]
    with pytest.raises(NotAllowed, match="Nobody signs their own"):
        approvals.decide(approval, Outcome.APPROVED, by=head, now=now)


def test_a_round_that_nobody_may_sign_is_refused(assignment, head, now):
    with pytest.raises(PolicyBroken, match="nobody signs their own"):
        round_on(assignment, Step("head", person=head), by=head, now=now)
    assert Approval.objects.count() == 0


def test_whom_it_is_about_never_signs(assignment, staff, lead, now):
    """The waiver is about staff: not even as holder of a role do they sign it."""
    staff.grants.create(role="finance")
    approval = round_on(assignment, Step("finance", role="finance"), by=lead, now=now)

    assert waiting(staff) == [0]
    with pytest.raises(NotAllowed, match="Nobody signs their own"):
        approvals.decide(approval, Outcome.APPROVED, by=staff, now=now)


# --- Deciding -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.RETURNED, Outcome.REJECTED])
def test_returning_and_rejecting_need_a_reason(assignment, lead, head, now, outcome):
    approval = round_on(assignment, by=lead, now=now)

    with pytest.raises(PolicyBroken) as refused:
        approvals.decide(approval, outcome, by=head, now=now, reason="  ")
    assert list(refused.value.fields) == ["reason"]

    approvals.decide(approval, outcome, by=head, now=now, reason="Say which week.")
    assert settled(approval, now=now).status == outcome
    assert approval.subject.status == outcome
    assert "Say which week." in Notification.objects.of(lead).get().body


def test_within_ten_seconds_nobody_is_told_and_it_can_be_undone(assignment, lead, head, now):
    approval = round_on(assignment, by=lead, now=now)
    signature = approvals.decide(approval, Outcome.REJECTED, by=head, now=now, reason="No.")
    almost = now + SOON - timedelta(milliseconds=1)

    assert (approvals.settle(now=almost), told(lead)) == (0, [])
    approvals.undo(signature, by=head, now=almost)

    assert approvals.settle(now=now + SOON) == 0
    assert (waiting(head), told(lead)) == ([1], [])
    signature.refresh_from_db()
    assert (signature.status, signature.reason, signature.decided_by) == ("pending", "", None)


def test_a_second_tab_that_decides_again_is_too_late_and_keeps_its_words(assignment, lead, head, now, signed_in):
    approval = round_on(assignment, by=lead, now=now)
    approvals.decide(approval, Outcome.APPROVED, by=head, now=now)
    with pytest.raises(WrongState, match="You have just decided this"):
        approvals.decide(approval, Outcome.REJECTED, by=head, now=now, reason="On second thoughts")
    given = {"outcome": Outcome.REJECTED, "reason": "On second thoughts"}
    page = signed_in(head).post(reverse("approval_decide", args=[approval.pk]), given)
    assert (page.status_code, "On second thoughts" in page.content.decode()) == (422, True)
    assert approval.signatures.get().status == Outcome.APPROVED


def test_after_ten_seconds_a_decision_stands(assignment, lead, head, stranger, now):
    approval = round_on(assignment, by=lead, now=now)
    signature = approvals.decide(approval, Outcome.APPROVED, by=head, now=now)

    with pytest.raises(NotAllowed):
        approvals.undo(signature, by=lead, now=now)
    with pytest.raises(WrongState, match="took effect"):
        approvals.undo(signature, by=head, now=now + SOON)
    settled(approval, now=now)
    with pytest.raises(WrongState):
        approvals.undo(signature, by=head, now=now)


def test_nothing_is_ever_approved_by_waiting(assignment, lead, head, now):
    approval = round_on(assignment, by=lead, now=now)

    assert approvals.settle(now=now + timedelta(days=3650)) == 0
    approval.refresh_from_db()
    assert approval.status == Approval.Status.OPEN


def test_a_bulk_decision_answers_for_each(assignment, lead, head, now):
    fine = round_on(assignment, by=lead, now=now)
    gone = round_on(assignment, by=lead, now=now, month=10)
    own = round_on(assignment, Step("finance", role="finance"), by=head, now=now, month=9)
    approvals.withdraw(gone, by=lead, now=now)

    results = approvals.decide_many([fine, gone, own], Outcome.APPROVED, by=head, now=now)

    assert [(approval, bool(verdict)) for approval, verdict in results] == [(fine, True), (gone, False), (own, False)]
    assert "has withdrawn this" in str(results[1][1].reason)
    assert "Nobody signs their own" in str(results[2][1].reason)


# --- Around a decision --------------------------------------------------------------------------------


def test_the_applicant_withdraws_and_a_fresh_decision_is_void(assignment, lead, head, now):
    approval = round_on(assignment, by=lead, now=now)
    approvals.decide(approval, Outcome.APPROVED, by=head, now=now)
    with pytest.raises(NotAllowed):
        approvals.withdraw(approval, by=head, now=now)

    approvals.withdraw(approval, by=lead, now=now)

    assert settled(approval, now=now).status == Approval.Status.WITHDRAWN
    assert approval.subject.status == "withdrawn"
    with pytest.raises(WrongState):
        approvals.withdraw(approval, by=lead, now=now)


def test_a_turn_is_passed_on_with_a_reason_but_never_to_a_party(assignment, staff, lead, head, hr, now):
    approval = round_on(assignment, by=lead, now=now)
    for to, reason, field in (
        (lead, "Away.", "to"),
        (staff, "Away.", "to"),
        (head, "Away.", "to"),
        (hr, " ", "reason"),
    ):
        with pytest.raises(PolicyBroken) as refused:
            approvals.transfer(approval, to=to, by=head, now=now, reason=reason)
        assert list(refused.value.fields) == [field]

    approvals.transfer(approval, to=hr, by=head, now=now, reason="Away.")

    assert waiting(head, hr) == [0, 1]
    assert told(hr) == ["approval_your_turn"]


def test_reminding_is_possible_once_in_a_few_hours(assignment, lead, head, now):
    approval = round_on(assignment, by=lead, now=now)
    with pytest.raises(NotAllowed):
        approvals.remind(approval, by=head, now=now)
    approvals.remind(approval, by=lead, now=now)
    with pytest.raises(WrongState):
        approvals.remind(approval, by=lead, now=now + timedelta(hours=REMIND_HOURS, seconds=-1))
    approvals.remind(approval, by=lead, now=now + timedelta(hours=REMIND_HOURS))

    assert told(head) == ["approval_your_turn", "approval_reminder", "approval_reminder"]


def test_history_tells_the_whole_story(assignment, lead, head, now):
    approval = round_on(assignment, by=lead, now=now)
    approvals.remind(approval, by=lead, now=now)
    approvals.decide(approval, Outcome.APPROVED, by=head, now=now)
    settled(approval, now=now)

    events = Event.objects.about(approval.subject).filter(verb__startswith="approval").order_by("pk")
    assert list(events.values_list("verb", "actor")) == [
        ("approval_submitted", lead.pk),
        ("approval_reminded", lead.pk),
        ("approval_signed", head.pk),
    ]


# --- Delegation ---------------------------------------------------------------------------------------


def lend(person, to, *, now, since=0, until=3, accept=True) -> Delegation:
    today = timezone.localdate(now)
    delegation = approvals.delegate(
        by=person,
        to=to,
        since=today + timedelta(days=since),
        until=today + timedelta(days=until),
        reason="On leave",
        now=now,
        today=today,
    )
    if accept:
        approvals.accept_delegation(delegation, by=to, now=now)
    return delegation


def test_a_delegate_decides_on_behalf_once_they_accepted(assignment, lead, head, hr, now):
    approval = round_on(assignment, by=lead, now=now)
    delegation = lend(head, hr, now=now, accept=False)
    assert waiting(hr) == [0]

    approvals.accept_delegation(delegation, by=hr, now=now)
    assert waiting(hr, head) == [1, 1]

    signature = approvals.decide(approval, Outcome.APPROVED, by=hr, now=now)
    assert (signature.decided_by, signature.on_behalf_of) == (hr, head)


def test_whose_turn_was_just_taken_by_the_delegate_learns_by_whom(assignment, lead, head, hr, now):
    lend(head, hr, now=now)
    approval = round_on(assignment, by=lead, now=now)
    approvals.decide(approval, Outcome.APPROVED, by=hr, now=now)

    verdict = approvals.may_decide(head, approval)

    assert (bool(verdict), str(verdict.reason)) == (False, f"{hr} has just decided this for you.")


def test_a_delegation_counts_in_its_days_only(assignment, lead, head, hr, now):
    round_on(assignment, by=lead, now=now)
    lend(head, hr, now=now, since=1)
    assert waiting(hr) == [0]

    ended = lend(head, hr, now=now)
    assert waiting(hr) == [1]

    approvals.end_delegation(ended, by=head, now=now)
    assert waiting(hr) == [0]
    with pytest.raises(WrongState):
        approvals.end_delegation(ended, by=hr, now=now)


def test_nobody_signs_their_own_by_delegation_either(assignment, lead, head, now):
    approval = round_on(assignment, by=lead, now=now)
    with pytest.raises(PolicyBroken):
        lend(head, lead, now=now)
    day = timezone.localdate(now)
    Delegation.objects.create(
        person=head, delegate=lead, since=day, until=day, reason="On leave", offered_at=now, accepted_at=now
    )

    assert waiting(lead) == [0]
    with pytest.raises(NotAllowed, match="Nobody signs their own"):
        approvals.decide(approval, Outcome.APPROVED, by=lead, now=now)


def test_a_delegate_does_not_sign_two_steps_of_a_round(assignment, lead, head, hr, now):
    """Four eyes stay four when one of them lends theirs to the other."""
    approval = round_on(assignment, Step("HR", person=hr), Step("head", person=head), by=lead, now=now)
    lend(head, hr, now=now)
    approvals.decide(approval, Outcome.APPROVED, by=hr, now=now)
    settled(approval, now=now)

    assert waiting(hr, head) == [0, 1]
    with pytest.raises(NotAllowed):
        approvals.decide(approval, Outcome.APPROVED, by=hr, now=now + SOON)


def test_a_delegation_is_checked_all_at_once(head, now):
    today = timezone.localdate(now)

    with pytest.raises(PolicyBroken) as refused:
        approvals.delegate(
            by=head,
            to=head,
            since=today - timedelta(days=1),
            until=today - timedelta(days=2),
            reason="",
            now=now,
            today=today,
        )
    assert set(refused.value.fields) == {"delegate", "since", "until", "reason"}


def test_only_the_delegate_accepts_and_only_the_two_end_it(head, hr, lead, now):
    delegation = lend(head, hr, now=now, accept=False)
    for wrong in (head, lead):
        with pytest.raises(NotAllowed):
            approvals.accept_delegation(delegation, by=wrong, now=now)
    with pytest.raises(NotAllowed):
        approvals.end_delegation(delegation, by=lead, now=now)

    approvals.end_delegation(delegation, by=hr, now=now)

    with pytest.raises(WrongState):
        approvals.accept_delegation(delegation, by=hr, now=now)


# --- Races --------------------------------------------------------------------------------------------


def together(count: int, act) -> list:
    """Run `act(index)` in so many threads at once; a result or the refusal of each."""

    def one(index):
        try:
            return act(index)
        except (WrongState, NotAllowed, PolicyBroken) as refused:
            return refused
        finally:
            close_old_connections()
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
def test_one_round_is_opened_however_many_ask_at_once(assignment, lead, head, now):
    waiver = waiver_for(assignment)

    def ask(_index):
        fresh = type(waiver).objects.get(pk=waiver.pk)
        return approvals.start(fresh, by=lead, now=now)

    results = together(6, ask)

    assert sum(isinstance(one, Approval) for one in results) == 1
    assert sum(isinstance(one, WrongState) for one in results) == 5
    assert (Approval.objects.count(), told(head)) == (1, ["approval_your_turn"])


@pytest.mark.django_db(transaction=True)
def test_one_signature_counts_however_many_holders_sign_at_once(assignment, lead, now):
    people = [UserFactory(roles=["finance"]) for _index in range(4)]
    approval = round_on(assignment, Step("finance", role="finance"), by=lead, now=now)

    results = together(
        4,
        lambda index: approvals.decide(
            Approval.objects.get(pk=approval.pk), Outcome.APPROVED, by=people[index], now=now
        ),
    )

    assert sorted(type(one).__name__ for one in results) == ["NotAllowed", "NotAllowed", "NotAllowed", "Signature"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_settle_each_decision_once(assignment, lead, head, now):
    rounds = [round_on(assignment, by=lead, now=now, month=month) for month in range(1, 9)]
    for approval in rounds:
        approvals.decide(approval, Outcome.APPROVED, by=head, now=now)

    counts = together(2, lambda _index: approvals.settle(now=now + SOON))

    assert sum(counts) == 8
    assert Approval.objects.filter(status="approved").count() == 8
    assert told(lead) == ["approval_decided"] * 8
    assert Event.objects.filter(verb="approval_signed").count() == 8


@pytest.mark.django_db(transaction=True)
def test_parallel_signatures_settled_by_two_workers_close_the_round(assignment, lead, head, hr, now):
    """Neither worker may believe that the other's signature is still missing."""
    rounds = [
        round_on(
            assignment,
            Step("lead", person=lead, order=0),
            Step("head", person=head, order=0),
            by=hr,
            now=now,
            month=month,
        )
        for month in range(1, 7)
    ]
    for approval in rounds:
        approvals.decide(approval, Outcome.APPROVED, by=head, now=now)
        approvals.decide(approval, Outcome.APPROVED, by=lead, now=now)

    together(2, lambda _index: approvals.settle(now=now + SOON))
    approvals.settle(now=now + SOON)

    assert Approval.objects.filter(status="approved").count() == 6


@pytest.mark.parametrize(
    "how",
    [
        "UPDATE core_signature SET reason = 'forged'",
        "UPDATE core_signature SET status = 'rejected'",
        "DELETE FROM core_signature",
        "UPDATE core_approval SET status = 'open', closed_at = NULL",
        "UPDATE core_approval SET status = 'rejected'",
        "DELETE FROM core_approval",
        "TRUNCATE core_signature",
        "TRUNCATE core_approval CASCADE",
    ],
)
def test_what_was_signed_and_settled_is_never_rewritten(how, assignment, lead, head, now):
    approval = round_on(assignment, by=lead, now=now)
    approvals.decide(approval, Outcome.APPROVED, by=head, now=now)
    assert settled(approval, now=now).status == Approval.Status.APPROVED
    with connection.cursor() as sql:
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE refuses while checks are still to be made

    with (
        pytest.raises(DatabaseError, match="Cannot (update|delete)|never removed"),
        transaction.atomic(),
        connection.cursor() as sql,
    ):
        sql.execute(how)
