"""Clients' requests: an owner, a due time agreed with the client, an outcome (1.3.2, 7.1.2b)."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.communication.actions import requests as actions
from apps.communication.models import ClientRequest, DateChange, Enquiry
from apps.communication.obligations.requests import REQUEST_AGREE, REQUEST_DUE, REQUEST_OWNER
from apps.communication.views.requests import find_requests
from apps.core import approvals, obligations
from apps.core.approvals import Approval, Outcome
from apps.core.attachments import Attachment
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel.tests.factories import NOON, AssignmentFactory, ClientContactFactory, UserFactory

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PROOF = [("consent.txt", b"We agree to Friday. Ms Client")]
Status = ClientRequest.Status


@pytest.fixture
def wanted(site, contact, lead):
    """A request nobody owns yet."""
    return actions.log_request(
        site=site, contact=contact, title="New badge printer", received_at=NOON, by=lead, now=NOON
    )


@pytest.fixture
def accepted(wanted, staff, lead):
    """Accepted: `staff` does it within three days."""
    return actions.accept(wanted, owner=staff, agreed_due_at=NOON + 3 * DAY, by=lead, now=NOON + HOUR)


def clock(which, request) -> Obligation:
    return Obligation.objects.kind(which).get(subject_id=request.pk)


def told(kind) -> list:
    """Who was told, in order: (person, when it was due)."""
    return list(
        Notification.objects.filter(kind=f"obligation_{kind}").order_by("pk").values_list("person__name", flat=True)
    )


def propose(request, by, **changes) -> DateChange:
    words = {
        "due_at": NOON + 5 * DAY,
        "reason": "Parts are late",
        "consent_by": request.contact,
        "consent_at": NOON + HOUR,
        "files": PROOF,
    }
    return actions.propose_date(request, **(words | changes), by=by, now=NOON + 2 * HOUR)


def decide(change, outcome, by, reason="", now=NOON + 3 * HOUR):
    """A decision, and the ten seconds after it."""
    approvals.decide(Approval.objects.about(change).open().get(), outcome, by=by, now=now, reason=reason)
    approvals.settle(now=now + timedelta(minutes=1))
    change.refresh_from_db()


# --- An owner within hours (1.3.2) --------------------------------------------------------------------


@pytest.mark.clause("1.3.2")
def test_a_request_without_owner_goes_to_the_lead_after_four_hours_and_four_later_to_the_head(
    wanted, lead, head, staff
):
    obligations.sweep(now=NOON + 4 * HOUR - timedelta(minutes=1))
    assert told("breach") == []

    obligations.sweep(now=NOON + 4 * HOUR)
    assert told("breach") == [lead.name]

    obligations.sweep(now=NOON + 8 * HOUR)
    assert told("breach") == [lead.name, head.name]


@pytest.mark.clause("1.3.2")
def test_the_hours_run_from_when_the_client_asked_not_from_when_it_was_written_down(site, contact, lead):
    late = actions.log_request(
        site=site, contact=contact, title="Printer", received_at=NOON - 5 * HOUR, by=lead, now=NOON
    )

    obligations.sweep(now=NOON)

    assert clock(REQUEST_OWNER, late).breached_at == NOON - HOUR


@pytest.mark.clause("1.3.2")
def test_naming_an_owner_stops_that_clock_and_starts_the_one_to_agree_a_due_time(wanted, lead, staff):
    actions.assign(wanted, owner=staff, by=lead, now=NOON + HOUR)

    first, second = clock(REQUEST_OWNER, wanted), clock(REQUEST_AGREE, wanted)
    assert (first.status, first.met_at, first.late) == ("met", NOON + HOUR, False)
    assert (second.status, second.owner, second.due_at) == ("open", staff, NOON + 25 * HOUR)
    assert Notification.objects.filter(kind="request_yours", person=staff).count() == 1


@pytest.mark.clause("1.3.2")
def test_an_owner_named_too_late_stays_late(wanted, lead, staff):
    actions.assign(wanted, owner=staff, by=lead, now=NOON + 6 * HOUR)

    assert (clock(REQUEST_OWNER, wanted).late, clock(REQUEST_OWNER, wanted).status) == (True, "met")


@pytest.mark.clause("1.3.2")
def test_only_somebody_of_the_site_owns_a_request(wanted, lead, stranger):
    with pytest.raises(PolicyBroken) as refused:
        actions.assign(wanted, owner=stranger, by=lead, now=NOON)

    assert list(refused.value.fields) == ["owner"]


@pytest.mark.clause("1.3.2")
def test_everything_wrong_with_a_new_request_is_said_at_once(site, lead):
    other = ClientContactFactory()

    with pytest.raises(PolicyBroken) as refused:
        actions.log_request(site=site, contact=other, title=" ", received_at=NOON + DAY, by=lead, now=NOON)

    assert sorted(refused.value.fields) == ["contact", "received_at", "title"]
    assert not ClientRequest.objects.exists()


def test_handing_over_a_promise_takes_the_request_along(accepted, lead, site, staff):
    colleague = AssignmentFactory(site=site, person=UserFactory(name="Colleague Xu")).person

    obligations.reassign(clock(REQUEST_DUE, accepted), to=colleague, by=staff, now=NOON + 2 * HOUR, reason="On leave")

    accepted.refresh_from_db()
    assert (accepted.owner, clock(REQUEST_DUE, accepted).owner) == (colleague, colleague)


# --- Accepted with an agreed due time, done by then (7.1.2b) -------------------------------------------


@pytest.mark.clause("7.1.2b")
def test_a_request_is_accepted_only_with_a_due_time_ahead(wanted, staff, lead):
    with pytest.raises(PolicyBroken) as refused:
        actions.accept(wanted, owner=staff, agreed_due_at=NOON, by=lead, now=NOON)

    wanted.refresh_from_db()
    assert (list(refused.value.fields), wanted.status) == (["agreed_due_at"], Status.NEW)


@pytest.mark.clause("7.1.2b")
def test_the_owner_is_warned_a_day_before_then_the_lead_and_lead_and_head_learn_of_a_breach(
    accepted, staff, lead, head
):
    due = NOON + 3 * DAY

    obligations.sweep(now=due - 24 * HOUR)
    assert (told("warning"), told("breach")) == ([staff.name], [])

    obligations.sweep(now=due - 4 * HOUR)
    assert (told("warning"), told("breach")) == ([staff.name, lead.name], [])

    obligations.sweep(now=due)
    assert (told("warning"), sorted(told("breach"))) == ([staff.name, lead.name], sorted([lead.name, head.name]))


@pytest.mark.clause("7.1.2b")
def test_done_in_time_meets_the_promise_with_its_outcome(accepted, staff):
    actions.finish(accepted, outcome="Installed", done_at=NOON + 2 * DAY, by=staff, now=NOON + 2 * DAY + HOUR)

    promise = clock(REQUEST_DUE, accepted)
    assert (accepted.status, accepted.outcome, promise.met_at, promise.late) == (
        Status.DONE,
        "Installed",
        NOON + 2 * DAY,
        False,
    )


@pytest.mark.clause("7.1.2b")
@pytest.mark.parametrize("swept", [True, False])
def test_late_stays_late_whatever_completion_time_is_given_afterwards(accepted, staff, swept):
    if swept:
        obligations.sweep(now=NOON + 3 * DAY)

    actions.finish(accepted, outcome="Installed", done_at=NOON + 2 * DAY, by=staff, now=NOON + 4 * DAY)

    assert (clock(REQUEST_DUE, accepted).status, clock(REQUEST_DUE, accepted).late) == ("met", True)


@pytest.mark.clause("7.1.2b")
def test_work_is_not_done_tomorrow_nor_without_an_outcome(accepted, staff):
    with pytest.raises(PolicyBroken) as refused:
        actions.finish(accepted, outcome="", done_at=NOON + 9 * DAY, by=staff, now=NOON + DAY)

    assert sorted(refused.value.fields) == ["done_at", "outcome"]


def test_a_request_is_declined_by_the_lead_with_a_reason_and_only_before_it_was_promised(wanted, staff, lead):
    with pytest.raises(NotAllowed):
        actions.decline(wanted, outcome="No budget", by=staff, now=NOON + HOUR)
    with pytest.raises(PolicyBroken):
        actions.decline(wanted, outcome=" ", by=lead, now=NOON + HOUR)

    actions.decline(wanted, outcome="No budget, told by phone", by=lead, now=NOON + HOUR)

    assert (wanted.status, clock(REQUEST_OWNER, wanted).status) == (Status.DECLINED, "met")


def test_an_accepted_request_is_not_declined_any_more(accepted, lead):
    with pytest.raises(WrongState):
        actions.decline(accepted, outcome="Changed our mind", by=lead, now=NOON + 2 * HOUR)


# --- Another date (7.1.2b) ----------------------------------------------------------------------------


@pytest.mark.clause("7.1.2b")
def test_an_approved_change_moves_the_date_and_its_clock_and_nobody_is_told_before(accepted, staff, lead):
    change = propose(accepted, staff)
    accepted.refresh_from_db()
    assert (accepted.agreed_due_at, change.status) == (NOON + 3 * DAY, "in_review")

    decide(change, Outcome.APPROVED, lead)

    accepted.refresh_from_db()
    promise = clock(REQUEST_DUE, accepted)
    assert (accepted.agreed_due_at, promise.due_at, change.status) == (NOON + 5 * DAY, NOON + 5 * DAY, "approved")
    assert Attachment.objects.about(change).count() == 1
    obligations.sweep(now=NOON + 4 * DAY - timedelta(minutes=1))
    assert told("warning") == []
    obligations.sweep(now=NOON + 4 * DAY)
    assert told("warning") == [staff.name]


@pytest.mark.clause("7.1.2b")
@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.RETURNED])
def test_a_change_that_is_not_approved_leaves_the_agreed_date(accepted, staff, lead, outcome):
    change = propose(accepted, staff)

    decide(change, outcome, lead, reason="The client called me: no")

    accepted.refresh_from_db()
    assert (accepted.agreed_due_at, change.status) == (NOON + 3 * DAY, outcome)


@pytest.mark.clause("7.1.2b")
def test_a_change_taken_back_by_its_proposer_leaves_the_agreed_date(accepted, staff):
    change = propose(accepted, staff)

    approvals.withdraw(Approval.objects.about(change).get(), by=staff, now=NOON + 3 * HOUR)

    change.refresh_from_db()
    accepted.refresh_from_db()
    assert (accepted.agreed_due_at, change.status) == (NOON + 3 * DAY, "withdrawn")


@pytest.mark.clause("7.1.2b")
def test_a_change_needs_the_clients_consent_with_who_when_and_proof(accepted, staff):
    somebody_else = ClientContactFactory()

    with pytest.raises(PolicyBroken) as refused:
        propose(accepted, staff, reason="", consent_by=somebody_else, consent_at=NOON + DAY, files=[])

    assert sorted(refused.value.fields) == ["consent_at", "consent_by", "files", "reason"]
    assert not DateChange.objects.exists()


@pytest.mark.clause("7.1.2b")
def test_proof_that_is_no_file_anybody_can_read_leaves_nothing_behind(accepted, staff):
    with pytest.raises(PolicyBroken) as refused:
        propose(accepted, staff, files=[("consent.exe", b"MZ\x90\x00" + b"\x00" * 64)])

    assert (list(refused.value.fields), DateChange.objects.count(), Approval.objects.count()) == (["files"], 0, 0)


@pytest.mark.clause("7.1.2b")
def test_one_change_at_a_time(accepted, staff):
    propose(accepted, staff)

    with pytest.raises(WrongState):
        propose(accepted, staff, due_at=NOON + 6 * DAY)


@pytest.mark.clause("7.1.2b")
def test_nobody_signs_their_own_change_the_leads_goes_to_the_deputy(accepted, lead, deputy):
    change = propose(accepted, lead)

    approval = Approval.objects.about(change).get()
    assert list(Approval.objects.waiting_for(lead)) == []
    assert list(Approval.objects.waiting_for(deputy)) == [approval]


@pytest.mark.clause("7.1.2b")
def test_without_deputy_the_leads_own_change_goes_to_the_head(accepted, lead, head):
    change = propose(accepted, lead)

    assert list(Approval.objects.waiting_for(head)) == list(Approval.objects.about(change))


@pytest.mark.clause("7.1.2b")
def test_the_lead_who_owns_the_request_does_not_sign_what_the_deputy_proposes(wanted, lead, deputy, head):
    accepted = actions.accept(wanted, owner=lead, agreed_due_at=NOON + 3 * DAY, by=lead, now=NOON + HOUR)

    change = propose(accepted, deputy)

    round_ = list(Approval.objects.about(change))
    assert [list(Approval.objects.waiting_for(one)) for one in (lead, deputy, head)] == [[], [], round_]


@pytest.mark.clause("7.1.2b")
def test_where_nobody_else_could_sign_the_change_is_refused_and_leaves_nothing(wanted, lead, head):
    accepted = actions.accept(wanted, owner=lead, agreed_due_at=NOON + 3 * DAY, by=lead, now=NOON + HOUR)

    with pytest.raises(PolicyBroken):
        propose(accepted, head)

    assert (DateChange.objects.count(), Attachment.objects.count()) == (0, 0)


@pytest.mark.clause("7.1.2b")
def test_a_delegate_of_the_lead_sees_the_proof_and_signs(accepted, staff, lead, head, signed_in):
    today = timezone.localdate()
    given = approvals.delegate(
        by=lead, to=head, since=today, until=today + DAY, reason="Away", now=timezone.now(), today=today
    )
    approvals.accept_delegation(given, by=head, now=timezone.now())
    change = propose(accepted, staff)

    page = signed_in(head).get(change.get_absolute_url())
    decide(change, Outcome.APPROVED, head)

    accepted.refresh_from_db()
    assert (page.status_code, "consent.txt" in page.content.decode()) == (200, True)
    assert accepted.agreed_due_at == NOON + 5 * DAY


@pytest.mark.clause("7.1.2b")
def test_a_returned_change_is_revised_and_sent_again(accepted, staff, lead):
    change = propose(accepted, staff)
    decide(change, Outcome.RETURNED, lead, reason="Which parts?")

    actions.revise_date(
        change,
        due_at=NOON + 4 * DAY,
        reason="The printer head",
        consent_by=accepted.contact,
        consent_at=NOON + 2 * HOUR,
        by=staff,
        now=NOON + 4 * HOUR,
    )
    decide(change, Outcome.APPROVED, lead, now=NOON + 5 * HOUR)

    accepted.refresh_from_db()
    assert (accepted.agreed_due_at, change.status) == (NOON + 4 * DAY, "approved")


@pytest.mark.clause("7.1.2b")
def test_a_change_signed_after_the_work_was_done_moves_nothing(accepted, staff, lead):
    change = propose(accepted, staff)
    actions.finish(accepted, outcome="Installed", done_at=NOON + 2 * HOUR, by=staff, now=NOON + 2 * HOUR)

    decide(change, Outcome.APPROVED, lead)

    accepted.refresh_from_db()
    assert (accepted.agreed_due_at, change.status) == (NOON + 3 * DAY, "approved")


@pytest.mark.clause("7.1.2b")
def test_a_new_date_that_has_passed_before_it_is_signed_is_late(accepted, staff, lead, head):
    change = propose(accepted, staff, due_at=NOON + 4 * HOUR)

    decide(change, Outcome.APPROVED, lead, now=NOON + 6 * HOUR)
    obligations.sweep(now=NOON + 7 * HOUR)

    assert clock(REQUEST_DUE, accepted).breached_at == NOON + 4 * HOUR
    assert sorted(told("breach")) == sorted([lead.name, head.name])


# --- Pages --------------------------------------------------------------------------------------------


def test_a_stranger_sees_no_request_and_no_change(accepted, staff, stranger, signed_in):
    change = propose(accepted, staff)
    browser = signed_in(stranger)

    pages = [accepted.get_absolute_url(), change.get_absolute_url(), reverse("request_finish", args=[accepted.pk])]
    assert [browser.get(page).status_code for page in pages] == [404, 404, 404]
    assert "New badge printer" not in browser.get(reverse("requests")).content.decode()


def test_the_wrong_person_is_told_why_not(accepted, hr, site, signed_in):
    colleague = AssignmentFactory(site=site).person

    assert signed_in(colleague).get(reverse("request_finish", args=[accepted.pk])).status_code == 403
    assert signed_in(hr).get(reverse("request_new")).status_code == 403
    assert signed_in(hr).get(accepted.get_absolute_url()).status_code == 200


def test_a_request_is_logged_once_however_often_the_form_is_sent(site, contact, staff, signed_in):
    browser = signed_in(staff)
    page = browser.get(reverse("request_new"))
    sent = {
        "key": page.context["form"]["key"].value(),
        "site": site.pk,
        "contact": contact.pk,
        "title": "New badge printer",
        "mine": "on",
    }

    answers = [browser.post(reverse("request_new"), sent) for _time in range(2)]

    made = ClientRequest.objects.get()
    assert [answer.headers.get("Location") for answer in answers] == [made.get_absolute_url()] * 2
    assert (made.owner, made.logged_by) == (staff, staff)


def test_a_request_lives_its_life_in_the_browser(site, contact, staff, lead, signed_in):
    worker, boss = signed_in(staff), signed_in(lead)
    now = timezone.now()
    made = actions.log_request(site=site, contact=contact, title="Badge printer", received_at=now, by=staff, now=now)
    here = timezone.get_default_timezone()
    form = "%Y-%m-%dT%H:%M"

    worker.post(reverse("request_assign", args=[made.pk]), {"owner": staff.pk})
    worker.post(
        reverse("request_accept", args=[made.pk]),
        {"owner": staff.pk, "agreed_due_at": (now + 2 * DAY).astimezone(here).strftime(form)},
    )
    page = worker.get(reverse("request_change_date", args=[made.pk]))
    answer = worker.post(
        reverse("request_change_date", args=[made.pk]),
        {
            "key": page.context["form"]["key"].value(),
            "due_at": (now + 4 * DAY).astimezone(here).strftime(form),
            "reason": "Parts are late",
            "consent_by": contact.pk,
            "consent_at": now.astimezone(here).strftime(form),
            "files": SimpleUploadedFile("consent.txt", b"Fine with us"),
        },
    )
    change = DateChange.objects.get()
    shown = boss.get(change.get_absolute_url())
    worker.post(reverse("request_finish", args=[made.pk]), {"outcome": "Installed"})

    made.refresh_from_db()
    assert answer.headers["Location"] == change.get_absolute_url()
    assert (shown.status_code, made.status, made.outcome) == (200, Status.DONE, "Installed")
    assert worker.get(made.get_absolute_url()).status_code == 200


def test_a_form_for_what_is_over_says_so(accepted, lead, signed_in):
    assert signed_in(lead).get(reverse("request_decline", args=[accepted.pk])).status_code == 409


def test_the_list_costs_the_same_for_one_row_and_for_twenty(site, contact, lead, staff, signed_in):
    browser = signed_in(lead)
    costs = []
    for count in (1, 19):
        for number in range(count):
            actions.log_request(
                site=site, contact=contact, title=f"Wish {number}", received_at=NOON, by=lead, now=NOON, owner=staff
            )
        browser.get(reverse("requests"))
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(reverse("requests"))
        costs.append(len(queries))
        assert page.content.decode().count("Wish ") >= count

    assert costs[0] == costs[1]


def test_exports_and_search_find_what_the_person_may_see(accepted, lead, stranger, signed_in):
    sheet = b"".join(signed_in(lead).get(reverse("requests") + "?export=csv").streaming_content).decode()

    assert "New badge printer" in sheet
    assert [hit.title for hit in find_requests(lead, "badge", 6)] == ["New badge printer"]
    assert find_requests(stranger, "badge", 6) == []


@pytest.mark.clause("1.3.2")
def test_every_step_of_a_request_is_in_its_history(accepted, staff):
    actions.finish(accepted, outcome="Installed", done_at=NOON + DAY, by=staff, now=NOON + DAY)

    verbs = list(Event.objects.about(accepted).order_by("pk").values_list("verb", flat=True))
    assert verbs == [
        "request_logged",
        "obligation_opened",
        "obligation_met",
        "obligation_opened",
        "request_accepted",
        "obligation_met",
        "request_done",
    ]


@pytest.mark.clause("1.3.2")
def test_a_request_names_no_enquiry_of_another_site(site, other_site, contact, lead):
    elsewhere = Enquiry.objects.create(
        site=other_site, subject="Secret", channel="phone", arrived_at=NOON, opened_at=NOON
    )

    with pytest.raises(PolicyBroken) as refused:
        actions.log_request(
            site=site, contact=contact, title="Badge", received_at=NOON, by=lead, now=NOON, enquiry=elsewhere
        )

    assert set(refused.value.fields) == {"enquiry"}
    assert not ClientRequest.objects.exists()


@pytest.mark.clause("7.1.2b")
def test_no_statement_moves_an_agreed_due_time_without_a_signed_change(accepted):
    with pytest.raises(InternalError, match="signed change"), transaction.atomic():
        ClientRequest.objects.filter(pk=accepted.pk).update(agreed_due_at=NOON + 9 * DAY)

    accepted.refresh_from_db()
    assert accepted.agreed_due_at == NOON + 3 * DAY


@pytest.mark.clause("7.1.2b")
def test_a_due_time_lies_within_two_years(wanted, staff, lead):
    far = NOON + 3 * 365 * DAY
    with pytest.raises(PolicyBroken) as refused:
        actions.accept(wanted, owner=staff, agreed_due_at=far, by=lead, now=NOON)
    assert (list(refused.value.fields), refused.value.verdict.clause) == (["agreed_due_at"], "7.1.2b")

    request = actions.accept(wanted, owner=staff, agreed_due_at=NOON + 700 * DAY, by=lead, now=NOON)
    with pytest.raises(PolicyBroken) as refused:
        propose(request, staff, due_at=far)
    assert (list(refused.value.fields), refused.value.verdict.clause) == (["due_at"], "7.1.2b")
