"""The inbox and the decide pages: what each person may do there, with and without scripts."""

import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core import approvals
from apps.core.approvals import Approval, Signature, Step
from apps.core.notifications import Notification
from apps.core.views.approvals import approvals_context
from apps.personnel.tests.factories import AssignmentFactory
from onsite.tests.signing import round_on

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def rounds(assignment, lead, now):
    """Three waivers of the lead that wait for the head, the oldest first."""
    return [round_on(assignment, by=lead, now=now - timedelta(hours=9 - month), month=month) for month in (1, 2, 3)]


def decide_url(approval) -> str:
    return reverse("approval_decide", args=[approval.pk])


def undo_of(answer) -> str:
    """Where the answer's notice takes a decision back."""
    tags = [message.extra_tags for message in get_messages(answer.wsgi_request)]
    return tags[0].removeprefix("undo:")


# --- The inbox ----------------------------------------------------------------------------------------


def test_the_inbox_has_what_waits_for_me_the_longest_waiting_first(rounds, signed_in, head, lead, stranger):
    assert list(signed_in(head).get(reverse("inbox")).context["page"]) == rounds
    for person in (lead, stranger):
        assert list(signed_in(person).get(reverse("inbox")).context["page"]) == []


def test_a_row_says_who_asks_and_as_what_i_sign(rounds, signed_in, head, lead):
    for place in ("inbox", "home"):
        assert f"{lead.name} asks · your signature as department head" in signed_in(head).get(reverse(place)).text


def test_only_who_can_do_something_has_the_bar_that_stays_in_sight(rounds, signed_in, head, lead, hr):
    pages = {who: signed_in(who).get(rounds[0].url).text for who in (head, lead, hr)}
    assert ["approval-buttons" in page for page in pages.values()] == [True, True, True]
    assert ["approval-buttons action-bar" in page for page in pages.values()] == [True, True, False]


def test_the_other_tabs_show_what_i_asked_for_and_what_i_decided(rounds, signed_in, head, lead, now):
    approvals.decide(rounds[0], "returned", by=head, now=now, reason="Which week?")

    mine = signed_in(lead).get(reverse("inbox"), {"tab": "mine"})
    assert list(mine.context["page"]) == rounds[::-1]
    assert "waits for" in mine.content.decode()
    decided = signed_in(head).get(reverse("inbox"), {"tab": "decided"})
    assert (list(decided.context["page"]), "Which week?" in decided.content.decode()) == ([rounds[0]], True)


@pytest.mark.parametrize("tab", ["waiting", "mine", "decided"])
def test_the_inbox_costs_the_same_for_one_and_for_twenty(
    tab, assignment, signed_in, head, lead, now, django_assert_num_queries
):
    person = lead if tab == "mine" else head
    browser = signed_in(person)

    def fill(months, since):
        for month in months:
            approval = round_on(
                AssignmentFactory(site=assignment.site), by=lead, now=now - timedelta(hours=since), month=month
            )
            if tab == "decided":
                approvals.decide(approval, "approved", by=head, now=now)

    fill([1], 1)
    browser.get(reverse("inbox"), {"tab": tab})
    with CaptureQueriesContext(connection) as one_row:
        browser.get(reverse("inbox"), {"tab": tab})
    fill([*range(1, 13), *range(1, 8)], 2)
    with django_assert_num_queries(len(one_row)):
        browser.get(reverse("inbox"), {"tab": tab})


# --- Deciding -----------------------------------------------------------------------------------------


def test_approving_from_the_list_takes_the_row_away_and_counts_down(rounds, signed_in, head):
    browser = signed_in(head)

    answer = browser.post(decide_url(rounds[0]), {"outcome": "approved"}, headers=HTMX)

    words = answer.content.decode()
    assert (answer.status_code, '<li id="approval' in words) == (200, False)
    assert re.search(r'innerHTML:\[data-waiting\]">2<', words)
    address = re.search(r'action="(/approvals/undo/[^"]+)"', words)[1]
    assert list(browser.get(reverse("inbox")).context["page"]) == rounds[1:]

    assert browser.post(address).url == rounds[0].url
    assert list(browser.get(reverse("inbox")).context["page"]) == rounds


def test_the_last_row_leaves_a_kind_word(rounds, signed_in, head):
    browser = signed_in(head)
    for approval in rounds:
        answer = browser.post(decide_url(approval), {"outcome": "approved"}, headers=HTMX)

    assert (answer["HX-Retarget"], "All decided" in answer.content.decode()) == ("#waiting", True)


def test_from_a_page_the_next_one_opens_and_undo_comes_back(rounds, signed_in, head):
    browser = signed_in(head)

    def approve(approval):
        return browser.post(decide_url(approval), {"outcome": "approved", "then": "next"})

    second = approve(rounds[1])
    assert second.url == rounds[2].url
    assert browser.post(undo_of(second)).url == rounds[1].url

    assert [approve(approval).url for approval in (rounds[2], rounds[1], rounds[0])] == [
        rounds[0].url,
        rounds[0].url,
        reverse("inbox"),
    ]


def test_rejecting_needs_a_reason_and_keeps_what_was_chosen(rounds, signed_in, head):
    browser = signed_in(head)

    asked = browser.post(decide_url(rounds[0]), {"outcome": "rejected", "reason": ""})
    assert (asked.status_code, "reason" in asked.context["form"].errors) == (422, True)
    assert asked.context["form"]["outcome"].value() == "rejected"

    assert browser.post(decide_url(rounds[0]), {"outcome": "rejected", "reason": "Meet."}).url == reverse("inbox")
    assert Signature.objects.get(approval=rounds[0]).reason == "Meet."


def test_who_may_not_decide_is_told_why_and_strangers_nothing(rounds, signed_in, lead, stranger, hr):
    url = decide_url(rounds[0])
    refused = signed_in(lead).post(url, {"outcome": "approved"})
    assert (refused.status_code, "Nobody signs their own" in refused.content.decode()) == (403, True)
    for person in (stranger, hr):
        browser = signed_in(person)
        assert {browser.get(url).status_code, browser.post(url, {"outcome": "approved"}).status_code} == {404}
    assert not Signature.objects.exclude(status="pending").exists()


def test_a_slower_second_holder_learns_that_it_was_decided(assignment, signed_in, lead, finance, hr, now):
    hr.grants.create(role="finance")
    approval = round_on(assignment, Step("finance", role="finance"), by=lead, now=now - timedelta(hours=1))
    approvals.decide(approval, "approved", by=hr, now=now - timedelta(minutes=1))
    approvals.settle(now=now)

    answer = signed_in(finance).post(decide_url(approval), {"outcome": "approved"}, headers=HTMX)

    assert (answer.status_code, answer["HX-Retarget"]) == (409, "#toasts")
    assert "decided already" in answer.content.decode()


def test_bulk_answers_for_each_and_is_undone_together(rounds, signed_in, head, lead, now):
    approvals.withdraw(rounds[1], by=lead, now=now)
    browser = signed_in(head)

    answer = browser.post(
        reverse("approvals_decide"), {"ids": [approval.pk for approval in rounds], "outcome": "approved"}
    )

    assert [bool(verdict) for _approval, verdict in answer.context["results"]] == [True, False, True]
    assert "The applicant has withdrawn this." in answer.content.decode()
    assert Signature.objects.filter(status="approved").count() == 2
    assert browser.post(answer.context["undo"]).url == reverse("inbox")
    assert Signature.objects.filter(status="approved").count() == 0


def test_bulk_rejection_asks_for_the_reason_first(rounds, signed_in, head):
    browser = signed_in(head)
    given = {"ids": [approval.pk for approval in rounds], "outcome": "rejected"}

    asked = browser.post(reverse("approvals_decide"), given)
    assert (asked.status_code, asked.context["chosen"]) == (200, rounds)
    assert browser.post(reverse("approvals_decide"), given | {"reason": " "}).status_code == 422
    browser.post(reverse("approvals_decide"), given | {"reason": "Meet them."})

    assert set(Signature.objects.values_list("status", "reason")) == {("rejected", "Meet them.")}


def test_bulk_of_nothing_or_of_another_persons_is_refused(rounds, signed_in, head, stranger):
    assert signed_in(head).post(reverse("approvals_decide"), {"outcome": "approved"}).status_code == 422
    theirs = {"ids": [rounds[0].pk], "outcome": "approved"}
    assert signed_in(stranger).post(reverse("approvals_decide"), theirs).status_code == 422


def test_another_persons_decision_cannot_be_undone(rounds, signed_in, head, lead, now):
    signature = approvals.decide(rounds[0], "approved", by=head, now=now)
    url = f"{reverse('approvals_undo')}?signature={signature.pk}"

    assert signed_in(lead).post(url).status_code == 404
    assert signed_in(lead).get(url).status_code == 405


# --- Around -------------------------------------------------------------------------------------------


def test_passing_on_reminding_and_withdrawing_through_the_pages(rounds, signed_in, head, lead, hr, stranger):
    approval = rounds[0]
    deciding, applying = signed_in(head), signed_in(lead)
    pass_on = reverse("approval_transfer", args=[approval.pk])
    assert [applying.get(pass_on).status_code, signed_in(stranger).get(pass_on).status_code] == [403, 404]

    unknown = deciding.post(pass_on, {"to": "nobody at all", "reason": "Away"})
    assert (unknown.status_code, list(unknown.context["form"].errors)) == (422, ["to"])
    own = deciding.post(pass_on, {"to": lead.pk, "reason": "Away"})
    assert (own.status_code, list(own.context["form"].errors)) == (422, ["to"])
    passed = Approval.objects.get(pk=approval.pk)
    assert Approval.objects.waiting_for(head).filter(pk=passed.pk).exists()

    assert applying.post(reverse("approval_remind", args=[approval.pk])).url == approval.url
    assert Notification.objects.of(head).filter(kind="approval_reminder").count() == 1
    assert deciding.post(reverse("approval_withdraw", args=[approval.pk])).status_code == 403
    assert applying.post(reverse("approval_withdraw", args=[approval.pk])).url == approval.url
    approval.refresh_from_db()
    assert approval.status == "withdrawn"


def test_the_panel_says_whose_turn_it_is_and_what_each_may_do(rounds, head, lead, staff, now):
    subject = rounds[0].subject

    shown = {person.name: approvals_context(person, subject) for person in (head, lead, staff)}

    assert [bool(context["may_decide"]) for context in shown.values()] == [True, False, False]
    assert [bool(context["may_withdraw"]) for context in shown.values()] == [False, True, False]
    [step] = shown[lead.name]["approval_steps"]
    assert (step.waits_for, step.undo) == ([head], "")

    approvals.decide(rounds[0], "approved", by=head, now=now)
    assert "undo" in approvals_context(head, subject)["approval_steps"][0].undo
    assert approvals_context(lead, subject)["approval_steps"][0].undo == ""


def test_no_page_of_the_inbox_changes_anything_by_get(rounds, signed_in, head):
    before = list(Signature.objects.values()), list(Approval.objects.values())
    browser = signed_in(head)
    assert browser.get(reverse("approvals_decide")).url == reverse("inbox")  # it stays in the bar after a decision
    assert browser.get(reverse("approvals_undo")).status_code == 405
    for name in ("approval_remind", "approval_withdraw"):
        assert browser.get(reverse(name, args=[rounds[0].pk])).status_code == 405
    assert browser.get(decide_url(rounds[0]), {"outcome": "rejected"}).status_code == 200

    assert (list(Signature.objects.values()), list(Approval.objects.values())) == before
