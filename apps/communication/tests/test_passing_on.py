"""Passing a signature on: only to somebody who could sign in that place, and it never sticks (2.2.2c, 7.1.2b)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.communication.actions import requests as actions
from apps.core import approvals
from apps.core.approvals import Approval, Delegation, Outcome, Signature
from apps.core.notifications import Notification
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken
from apps.personnel.actions.people import close_account
from apps.personnel.actions.places import update_site
from apps.personnel.tests.factories import NOON, AssignmentFactory, SiteFactory, UserFactory

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PROOF = [("consent.txt", b"We agree to Friday. Ms Client")]


@pytest.fixture
def change(site, contact, lead, staff):
    """`staff` proposed another due time; the lead is to sign."""
    wanted = actions.log_request(site=site, contact=contact, title="Printer", received_at=NOON, by=lead, now=NOON)
    accepted = actions.accept(wanted, owner=staff, agreed_due_at=NOON + 3 * DAY, by=lead, now=NOON)
    words = {"reason": "Parts are late", "consent_by": contact, "consent_at": NOON, "files": PROOF}
    return actions.propose_date(accepted, due_at=NOON + 5 * DAY, by=staff, now=NOON + HOUR, **words)


@pytest.fixture
def approval(change) -> Approval:
    return Approval.objects.about(change).get()


@pytest.fixture
def colleague(site):
    return AssignmentFactory(site=site).person


def passed(approval, by, to):
    return approvals.transfer(approval, to=to, by=by, now=NOON + 2 * HOUR, reason="I am away")


def lend(lead, delegate):
    today = timezone.localdate()
    return Delegation.objects.create(
        person=lead, delegate=delegate, since=today, until=today, reason="Away", offered_at=NOON, accepted_at=NOON
    )


def holder(approval):
    return approval.signatures.get().person


@pytest.mark.clause("7.1.2b")
def test_a_signature_goes_only_to_somebody_who_could_sign_in_that_place(
    approval, lead, deputy, head, executive, staff, colleague, hr, finance
):
    for one in (staff, colleague, finance):
        with pytest.raises(PolicyBroken) as refused:
            passed(approval, lead, one)
        assert (list(refused.value.fields), refused.value.verdict.clause) == (["to"], "7.1.2b")

    assert set(approvals.stand_ins(approval.signatures.get())) == {lead, deputy, head, executive, hr}
    assert holder(approval) == lead


def test_the_page_offers_exactly_those_also_a_head_whom_the_lead_does_not_see_otherwise(
    approval, lead, head, executive, colleague, signed_in
):
    browser = signed_in(lead)
    address = reverse("approval_transfer", args=[approval.pk])

    assert set(browser.get(address).context["form"].fields["to"].queryset) == {head, executive}
    assert browser.post(address, {"to": colleague.pk, "reason": "Away"}).status_code == 422
    assert browser.post(address, {"to": head.pk, "reason": "Away"}).status_code == 302
    assert holder(approval) == head


def test_the_api_refuses_a_colleague_and_takes_the_head(approval, lead, head, colleague, signed_in):
    browser = signed_in(lead)
    address = f"/api/v1/approvals/{approval.pk}/transfer/"

    refused = browser.post(address, {"to": colleague.pk, "reason": "Away"}, "application/json")
    assert (refused.status_code, "7.1.2b" in refused.content.decode()) == (422, True)
    assert browser.post(address, {"to": head.pk, "reason": "Away"}, "application/json").status_code == 200
    assert holder(approval) == head


@pytest.mark.parametrize("above", ["lead", "head", "hr"])
def test_whoever_stands_above_frees_what_sticks(approval, lead, deputy, head, executive, hr, above, signed_in):
    passed(approval, lead, deputy)
    person = {"lead": lead, "head": head, "hr": hr}[above]

    address = reverse("approval_transfer", args=[approval.pk])
    answer = signed_in(person).post(address, {"to": executive.pk, "reason": "She is ill"})

    signature = approval.signatures.get()
    assert (answer.status_code, signature.person, signature.in_place_of) == (302, executive, lead)


def test_neither_colleagues_nor_the_applicant_pass_on_what_waits_for_others(
    approval, staff, colleague, stranger, administrator, signed_in
):
    address = reverse("approval_transfer", args=[approval.pk])
    codes = [signed_in(one).get(address).status_code for one in (staff, colleague, stranger, administrator)]
    assert codes == [403, 404, 404, 404]

    for one in (staff, colleague, stranger, administrator):
        with pytest.raises(NotAllowed):
            passed(approval, one, one)


def test_it_says_in_whose_place_somebody_signed_and_nothing_once_it_came_back(
    approval, change, lead, deputy, signed_in
):
    words = f"in place of the site lead, passed on by {lead}"
    passed(approval, lead, deputy)
    approvals.decide(approval, Outcome.APPROVED, by=deputy, now=NOON + 3 * HOUR)

    assert words in signed_in(lead).get(change.get_absolute_url()).content.decode()

    approvals.undo(approval.signatures.get(), by=deputy, now=NOON + 3 * HOUR)
    passed(approval, deputy, lead)
    assert words not in signed_in(lead).get(change.get_absolute_url()).content.decode()
    assert approval.signatures.get().in_place_of is None


@pytest.mark.clause("2.2.2c")
def test_closing_an_account_hands_its_decisions_back_with_history_and_notice(
    approval, change, lead, executive, administrator, signed_in
):
    passed(approval, lead, executive)
    page = signed_in(administrator).get(reverse("person_deactivate", args=[executive.pk])).content.decode()
    assert f"Goes to {lead.name}" in page

    close_account(executive, by=administrator, now=NOON + 4 * HOUR, reason="Left")

    assert (holder(approval), approval.signatures.get().in_place_of) == (lead, None)
    assert Event.objects.filter(verb="approval_transferred").first().actor == administrator
    told = Notification.objects.filter(kind="approval_your_turn", person=lead, created_at=NOON + 4 * HOUR)
    assert told.exists()


@pytest.mark.clause("7.1.2b")
def test_a_delegate_signs_only_where_they_could_sign_themselves(approval, lead, colleague, head):
    today = timezone.localdate()
    words = {"since": today, "until": today, "reason": "Away", "now": NOON, "today": today}
    with pytest.raises(PolicyBroken) as refused:
        approvals.delegate(by=lead, to=colleague, **words)
    assert list(refused.value.fields) == ["delegate"]

    # Even one that was given before the rule lends nothing.
    for one in (colleague, head):
        lend(lead, one)
    signature = approval.signatures.get()
    assert not approvals.may_decide(colleague, approval)
    assert approvals.may_decide(head, approval)
    assert not Signature.objects.signable_by(colleague).exists()
    assert set(approvals.holders(signature)) == {lead, head}


@pytest.mark.clause("7.1.2b")
def test_the_deputy_of_another_site_of_the_lead_signs_nothing_here(approval, lead, head):
    elsewhere = SiteFactory(lead=lead, department=approval.site.department)
    elsewhere.deputy = UserFactory()
    elsewhere.save()
    lend(lead, elsewhere.deputy)
    assert elsewhere.deputy in type(lead).objects.standing_in_for(lead)
    assert not approvals.may_decide(elsewhere.deputy, approval)
    assert approvals.holders(approval.signatures.get()) == [lead]


def test_what_is_lent_costs_the_same_questions_for_one_and_for_many(change, approval, lead, head, contact, staff):
    lend(lead, head)

    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            waiting = list(Approval.objects.waiting_for(type(head).objects.get(pk=head.pk)))
        return len(waiting), len(captured)

    one = asked()
    for number in range(5):
        more = actions.log_request(
            site=change.site, contact=contact, title=f"Printer {number}", received_at=NOON, by=lead, now=NOON
        )
        more = actions.accept(more, owner=staff, agreed_due_at=NOON + 3 * DAY, by=lead, now=NOON)
        words = {"reason": "Parts are late", "consent_by": contact, "consent_at": NOON, "files": PROOF}
        actions.propose_date(more, due_at=NOON + 5 * DAY, by=staff, now=NOON + HOUR, **words)
    assert (one[0], asked()) == (1, (6, one[1]))


@pytest.mark.clause("2.2.2c")
def test_a_new_lead_of_the_site_finds_the_decisions_of_the_old_one(approval, change, lead, hr):
    new = UserFactory()
    update_site(change.site, lead=new, by=hr, now=NOON + 2 * HOUR)
    assert (holder(approval), list(Approval.objects.waiting_for(lead))) == (new, [])
