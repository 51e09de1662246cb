"""The first day: reporting in on time, the checklist, and the confirmed arrival (2.2.1a, 2.2.1b)."""

from datetime import datetime, timedelta

import pytest
from django.db import InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core.obligations import Obligation, plan, sweep
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel import access, actions
from apps.personnel.actions.checklist import checklist, coming, incomplete, with_missing
from apps.personnel.models import Assignment
from apps.personnel.obligations import arrivals as clocks
from apps.personnel.tests.factories import (
    NOON,
    AssignmentFactory,
    DocumentFactory,
    ProofFactory,
    SiteFactory,
    UserFactory,
    with_papers,
)

TOMORROW = NOON.date() + timedelta(days=1)
EARLY = datetime.combine(TOMORROW, datetime.min.time(), NOON.tzinfo) + timedelta(hours=6)
NINE = EARLY.replace(hour=9)
Status = Assignment.Status


@pytest.fixture
def posting(site):
    """Somebody is to begin tomorrow."""
    return expected(UserFactory(name="Fan Li"), site)


def expected(person, site, since=TOMORROW) -> Assignment:
    posting = AssignmentFactory(person=person, site=site, since=since, status="planned")
    clocks.expect(posting, NOON)
    return posting


def clock_of(posting) -> Obligation:
    return Obligation.objects.filter(kind="report_in").about(posting).get()


def told(person) -> list[str]:
    return [one.kind for one in person.notifications.order_by("pk")]


@pytest.mark.clause("2.2.1a")
def test_whoever_does_not_come_is_reminded_and_then_told_to_lead_and_hr(hr, lead, posting):
    clock = clock_of(posting)
    assert (clock.owner, clock.due_at, clock.clause) == (posting.person, NINE, "2.2.1a")
    later = expected(UserFactory(), posting.site, since=TOMORROW + timedelta(days=1))
    sweep(now=NINE)
    assert (told(later.person), told(posting.person)) == (["obligation_warning"], [])
    sweep(now=NINE + timedelta(hours=1, minutes=59))
    assert (told(lead), told(hr)) == ([], [])
    sweep(now=NINE + timedelta(hours=2))
    assert (told(lead), told(hr)) == (["obligation_breach"], ["obligation_breach"])


@pytest.mark.clause("2.1.1")
def test_nobody_begins_while_their_objection_waits_for_an_answer(hr, lead, posting, signed_in):
    with_papers(posting.person)
    actions.object_to(posting, reason="My child is ill", by=posting.person, now=NOON)
    for act, who in ((actions.report_in, posting.person), (actions.note_arrival, lead), (actions.arrive, lead)):
        with pytest.raises(PolicyBroken, match="objection to this posting that nobody has answered"):
            act(posting, by=who, now=NINE)
    actions.ask_again(posting, answer="Your shift begins later", by=hr, now=NOON)
    actions.arrive(posting, by=lead, now=NINE)
    assert posting.status == Status.ON_SITE


@pytest.mark.clause("2.2.1a")
def test_i_am_here_counts_from_the_first_day_on_and_stops_the_clock(lead, posting, staff):
    with pytest.raises(PolicyBroken, match="first day lies ahead"):
        actions.report_in(posting, by=posting.person, now=NOON)
    for somebody in (lead, staff):
        with pytest.raises(NotAllowed):
            actions.report_in(posting, by=somebody, now=EARLY)
    actions.report_in(posting, by=posting.person, now=EARLY)
    assert (posting.status, posting.reported_at, told(lead)) == (Status.PLANNED, EARLY, ["arrival_reported"])
    assert (clock_of(posting).status, clock_of(posting).late) == ("met", False)
    with pytest.raises(WrongState):
        actions.report_in(posting, by=posting.person, now=NINE)


@pytest.mark.clause("2.2.1a")
def test_a_false_report_is_taken_back_and_the_clock_runs_on(hr, lead, posting):
    actions.report_in(posting, by=posting.person, now=EARLY)
    with pytest.raises(NotAllowed):
        actions.not_here(posting, reason="x", by=posting.person, now=EARLY)
    with pytest.raises(PolicyBroken) as refused:
        actions.not_here(posting, reason=" ", by=lead, now=EARLY)
    assert list(refused.value.fields) == ["reason"]
    actions.not_here(posting, reason="Nobody at the gate.", by=lead, now=EARLY)
    assert (posting.reported_at, clock_of(posting).status) == (None, "open")
    sweep(now=NINE + timedelta(hours=2))
    assert "obligation_breach" in told(lead)
    actions.note_arrival(posting, by=lead, now=NINE + timedelta(hours=3))
    assert (clock_of(posting).status, clock_of(posting).late) == ("met", True)


@pytest.mark.clause("2.2.1a")
def test_the_clock_moves_with_the_first_day_and_goes_with_the_assignment(hr, posting):
    def change(since):
        actions.change_assignment(posting, position="x", since=since, planned_to=None, project=None, by=hr, now=NOON)

    change(TOMORROW + timedelta(days=4))
    assert clock_of(posting).due_at == NINE + timedelta(days=4)
    actions.cancel(posting, reason="Postponed", by=hr, now=NOON)
    assert clock_of(posting).status == "dropped"


def test_who_came_in_by_another_way_is_expected_too_and_once(site):
    imported = AssignmentFactory(site=site, since=TOMORROW, status="planned")
    AssignmentFactory(site=site, since=TOMORROW, status="planned", reported_at=NOON)
    for _turn in range(2):
        plan(NOON)
    assert [one.subject for one in Obligation.objects.filter(kind="report_in")] == [imported]
    Assignment.objects.filter(pk=imported.pk).update(status="cancelled")
    plan(NOON)
    assert clock_of(imported).status == "dropped"


@pytest.mark.clause("2.2.1b")
@pytest.mark.clause("1.3.1")
@pytest.mark.clause("4.2.1")
@pytest.mark.clause("4.3.1")
@pytest.mark.clause("4.3.3")
def test_nobody_is_on_site_before_every_document_is_signed_and_every_proof_verified(hr, lead, posting):
    """Each of the seven things is the one that is missing once; the clause is that thing's own."""
    clauses = {"rulebook": "1.3.1", "safety": "4.2.1", "confidentiality": "4.3.1", "it_rules": "4.3.3"}
    for kind in clauses:
        DocumentFactory(kind=kind, title=kind)
    with pytest.raises(PolicyBroken) as refused:
        actions.arrive(posting, by=lead, now=EARLY)
    assert refused.value.verdict.clause == "1.3.1"
    assert str(refused.value.verdict.reason).count(";") == 6
    with_papers(posting.person)
    for kind, clause in clauses.items():
        newer = DocumentFactory(kind=kind, title=kind, number=2)
        with pytest.raises(PolicyBroken) as refused:
            actions.arrive(posting, by=lead, now=EARLY)
        assert refused.value.verdict.clause == clause
        actions.acknowledge(newer, signed_name="fan li", by=posting.person, now=NOON)
    for kind in ("identity", "education", "work"):
        posting.person.proofs.filter(kind=kind).update(expires_on=NOON.date())
        with pytest.raises(PolicyBroken, match="runs out too early") as refused:
            actions.arrive(posting, by=lead, now=EARLY)
        assert refused.value.verdict.clause == "2.2.1b"
        posting.person.proofs.filter(kind=kind).update(expires_on=TOMORROW)
    actions.arrive(posting, by=lead, now=EARLY)
    posting.refresh_from_db()
    assert (posting.status, posting.confirmed_by, posting.confirmed_at, posting.reported_at) == (
        Status.ON_SITE, lead, EARLY, EARLY,
    )  # fmt: skip
    assert clock_of(posting).status == "met"


@pytest.mark.clause("2.2.1a")
def test_whoever_sends_people_does_not_say_that_they_arrived(hr, lead, deputy, head, staff, posting):
    assert [bool(access.may_receive(who, posting)) for who in (lead, deputy, head, hr, posting.person, staff)] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
    alone = AssignmentFactory(person=lead, site=SiteFactory(lead=lead, department__head=None), status="planned")
    assert [bool(access.may_receive(who, alone)) for who in (hr, lead)] == [True, False]


@pytest.mark.clause("2.2.1b")
def test_the_database_refuses_on_site_without_three_verified_proofs(posting):
    for kind in ("identity", "education"):
        ProofFactory(person=posting.person, kind=kind, status="verified", decided_by=UserFactory(), decided_at=NOON)
    ProofFactory(person=posting.person, kind="work")
    with pytest.raises(InternalError, match="2.2.1b"), transaction.atomic():
        Assignment.objects.filter(pk=posting.pk).update(status=Status.ON_SITE)
    with_papers(UserFactory())  # somebody else's proofs do not count
    with pytest.raises(InternalError, match="2.2.1b"), transaction.atomic():
        Assignment.objects.filter(pk=posting.pk).update(status=Status.ON_SITE)
    posting.person.proofs.filter(kind="work").update(status="verified", decided_by=UserFactory(), decided_at=NOON)
    Assignment.objects.filter(pk=posting.pk).update(status=Status.ON_SITE)


def test_nobody_confirms_their_own_arrival(site, lead):
    own = expected(lead, site)
    with_papers(lead)
    for act in (actions.arrive, actions.note_arrival):
        with pytest.raises(NotAllowed, match="own arrival"):
            act(own, by=lead, now=EARLY)


def test_the_checklist_says_what_is_missing_and_who_acts_and_lists_count_the_same(hr, posting, other_site):
    person = posting.person
    rules = DocumentFactory(kind="rulebook")
    DocumentFactory(kind="safety", site=other_site)  # of no concern here
    DocumentFactory(kind="it_rules", site=posting.site)
    ProofFactory(person=person, kind="identity")
    ProofFactory(person=person, kind="work", status="returned", reason="Cut off.", decided_by=hr, decided_at=NOON)
    actions.acknowledge(rules, signed_name=person.name, by=person, now=NOON)

    found = checklist(posting, now=NOON)

    assert [(item.clause, item.state, item.who) for item in found.items] == [
        ("1.3.1", "signed", ""),
        ("4.2.1", "no edition is published", "hr"),
        ("4.3.1", "no edition is published", "hr"),
        ("4.3.3", "to be read and signed", "person"),
        ("2.2.1b", "not verified yet", "hr"),
        ("2.2.1b", "not handed in", "person"),
        ("2.2.1b", "returned: Cut off.", "person"),
    ]
    assert with_missing(coming(NOON.date()), NOON.date()).get(pk=posting.pk).missing == 6
    complete = AssignmentFactory(site=other_site, since=NOON.date() - timedelta(days=9))
    with_papers(complete.person, other_site)
    assert list(incomplete(coming(NOON.date()).filter(site=other_site), NOON.date())) == []
    assert checklist(complete, now=NOON).complete


def test_the_list_of_those_not_complete_costs_the_same_for_one_and_for_many(hr, lead, site, other_site, signed_in):
    def ask(browser):
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(reverse("arrivals"))
        return [row.pk for row in answer.context["table"].data], len(queries)

    first = AssignmentFactory(site=site, since=timezone.localdate() - timedelta(days=3))
    done = AssignmentFactory(site=site)
    with_papers(done.person)
    browser = signed_in(hr)
    browser.get(reverse("arrivals"))
    rows, cost = ask(browser)
    assert rows == [first.pk]
    older = [AssignmentFactory(site=one, since=first.since - timedelta(days=1)) for one in (site, other_site, site)]
    rows, again = ask(browser)
    assert (rows, again) == ([*(one.pk for one in older), first.pk], cost)
    assert [row.pk for row in signed_in(lead).get(reverse("arrivals")).context["table"].data] == [
        older[0].pk, older[2].pk, first.pk,
    ]  # fmt: skip
    assert signed_in(first.person).get(reverse("arrivals")).status_code == 403


def test_the_person_sees_it_at_home_and_reports_in_there(hr, lead, site, signed_in):
    today = timezone.localdate()
    posting = AssignmentFactory(site=site, since=today, status="planned", person=UserFactory(name="Fan Li"))
    DocumentFactory()
    browser = signed_in(posting.person)
    home = browser.get("/").content.decode()
    assert ("Your papers for Harbour" in home, "I am here" in home, "not handed in" in home) == (True, True, True)
    assert browser.post(reverse("assignment_report_in", args=[posting.pk])).status_code == 302
    assert "Confirm the arrival of Fan Li" in signed_in(lead).get("/").content.decode()
    page = signed_in(lead).get(posting.get_absolute_url()).content.decode()
    assert "Not here" in page
    refused = signed_in(lead).post(reverse("assignment_arrive", args=[posting.pk]))
    assert (refused.status_code, "Not complete yet" in refused.content.decode()) == (422, True)
    assert signed_in(lead).post(reverse("assignment_not_here", args=[posting.pk]), {"reason": "No."}).status_code == 302
    posting.refresh_from_db()
    assert posting.reported_at is None
    assert "Papers of 1 person are not complete" in signed_in(hr).get("/").content.decode()


def test_all_of_it_over_the_api(hr, lead, site):
    posting = AssignmentFactory(site=site, since=timezone.localdate(), status="planned", person=UserFactory())

    def client(user) -> APIClient:
        found = APIClient()
        found.force_authenticate(user)
        return found

    first = client(hr).post(
        "/api/v1/documents/", {"kind": "rulebook", "title": "Rules", "text": "Wear it.", "changes": ""}, format="json"
    )
    assert (first.status_code, first.json()["number"]) == (201, 1)
    person = client(posting.person)
    signed = person.post(f"/api/v1/documents/{first.json()['id']}/sign/", {"signed_name": "Nobody"}, format="json")
    assert (signed.status_code, list(signed.json()["fields"])) == (422, ["signed_name"])
    name = {"signed_name": posting.person.name}
    assert person.post(f"/api/v1/documents/{first.json()['id']}/sign/", name, format="json").status_code == 200
    at = f"/api/v1/arrivals/{posting.pk}/"
    shown = person.get(at).json()
    assert (shown["missing"], [item["done"] for item in shown["checklist"]].count(True)) == (6, 1)
    assert person.post(f"{at}report-in/").status_code == 200
    assert person.post(f"{at}confirm/").status_code == 403
    assert client(lead).post(f"{at}confirm/").status_code == 422
    assert client(lead).post(f"{at}take-back/", {"reason": "Not at the gate."}, format="json").status_code == 200
    with_papers(posting.person)
    confirmed = client(lead).post(f"{at}confirm/")
    assert (confirmed.status_code, confirmed.json()["status"], confirmed.json()["missing"]) == (200, "on_site", 0)
    assert [one.verb for one in Event.objects.about(posting)][0] == "arrive"
