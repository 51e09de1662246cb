"""Leaving early needs HR and the client; who goes without is recorded and taken up (clauses 2.2.2a, 2.2.2b)."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core import approvals, obligations
from apps.core.approvals import UNDO_SECONDS, Approval
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel import actions
from apps.personnel.actions import absences, contacts, departures, handovers
from apps.personnel.models import Departure, Handover, UnapprovedAbsence
from apps.personnel.tests.factories import NOON, AssignmentFactory, ClientContactFactory, UserFactory, let_go

TODAY = NOON.date()
DAY = timedelta(days=1)
PROOF = [("mail.txt", b"Fine with us.")]
SETTLED = timedelta(seconds=UNDO_SECONDS)


@pytest.fixture
def posting(assignment):
    assignment.planned_to = TODAY + 90 * DAY
    assignment.save()
    return assignment


def ask(posting, by=None, *, last_day=TODAY + 40 * DAY, **more):
    return departures.ask_departure(
        posting, last_day=last_day, reason="A job at home", by=by or posting.person, now=NOON, **more
    )


def decided(departure, lead, contact, *, agreed=True):
    return departures.record_client_decision(
        departure, contact=contact, agreed=agreed, said_at=NOON, words="We said so", files=PROOF, by=lead, now=NOON
    )


def round_of(departure):
    return Approval.objects.about(departure).latest("pk")


@pytest.mark.clause("2.2.2a")
def test_hr_and_the_client_side_decide_in_parallel_and_the_handover_opens(posting, lead, hr, contact):
    departure = ask(posting)
    steps = round_of(departure).signatures
    assert [(one.role, one.person, one.status) for one in steps.all()] == [
        ("hr", None, "pending"),
        ("", lead, "pending"),
    ]
    approvals.decide(round_of(departure), "approved", by=hr, now=NOON)
    with pytest.raises(PolicyBroken, match="not on record yet"):
        approvals.decide(round_of(departure), "approved", by=lead, now=NOON)

    decided(departure, lead, contact)
    approvals.decide(round_of(departure), "approved", by=lead, now=NOON)
    approvals.settle(now=NOON + SETTLED)

    departure.refresh_from_db()
    handover = Handover.objects.get(assignment=posting)
    assert (departure.status, handover.status, handover.last_day) == ("approved", "open", departure.last_day)
    assert Notification.objects.filter(kind="handover_begins", person__in=[lead, posting.person]).count() == 2


@pytest.mark.clause("2.2.2a")
def test_the_lead_signs_what_the_client_decided_and_nothing_else(posting, lead, hr, contact):
    departure = ask(posting)
    decided(departure, lead, contact, agreed=False)
    with pytest.raises(PolicyBroken, match="The client refused") as refused:
        approvals.decide(round_of(departure), "approved", by=lead, now=NOON)
    assert refused.value.verdict.clause == "2.2.2a"
    decided(departure, lead, contact, agreed=True)
    with pytest.raises(PolicyBroken, match="The client agreed"):
        approvals.decide(round_of(departure), "rejected", by=lead, now=NOON, reason="I do not want it")
    with pytest.raises(IntegrityError, match="departure_approved_by_the_client_too"), transaction.atomic():
        Departure.objects.filter(pk=departure.pk).update(client_agreed=None, status="approved")


@pytest.mark.clause("2.2.2a")
@pytest.mark.parametrize(
    ("days", "why", "fields"),
    [
        (30, "", []),
        (29, "", ["short_notice_reason"]),
        (29, "My mother is ill", []),
        (-1, "x", ["last_day"]),
        (90, "", ["last_day"]),
    ],
)
def test_in_good_time_or_with_a_reason(days, why, fields, posting):
    if not fields:
        assert ask(posting, last_day=TODAY + days * DAY, short_notice_reason=why).status == "in_review"
        return
    with pytest.raises(PolicyBroken) as refused:
        ask(posting, last_day=TODAY + days * DAY, short_notice_reason=why)
    assert (list(refused.value.fields), refused.value.verdict.clause) == (fields, "2.2.2a")


def test_who_may_ask_and_who_may_speak_for_the_client(posting, lead, hr, head, staff, contact):
    with pytest.raises(NotAllowed):
        ask(posting, by=head)
    departure = ask(posting, by=lead)
    assert round_of(departure).signatures.get(role="").person == head  # nobody signs their own
    with pytest.raises(WrongState, match="asked for already"):
        ask(posting, by=hr)
    for nobody in (staff, hr):
        with pytest.raises(NotAllowed):
            decided(departure, nobody, contact)
    decided(departure, head, contact)
    with pytest.raises(PolicyBroken) as refused:
        departures.record_client_decision(
            departure, contact=ClientContactFactory(), agreed=True, said_at=NOON + DAY, words=" ", files=(), by=head,
            now=NOON,
        )  # fmt: skip
    assert list(refused.value.fields) == ["contact", "said_at", "words", "files"]


def test_where_the_lead_leaves_the_head_speaks_for_the_client(site, lead, head, hr, contact):
    posting = AssignmentFactory(site=site, person=lead, planned_to=TODAY + 90 * DAY)
    departure = ask(posting)
    assert round_of(departure).signatures.get(role="").person == head
    with pytest.raises(NotAllowed, match="themselves"):
        decided(departure, lead, contact)
    decided(departure, head, contact)


def test_returned_is_revised_and_the_client_asked_anew(posting, lead, hr, contact):
    departure = ask(posting)
    decided(departure, lead, contact)
    approvals.decide(round_of(departure), "returned", by=hr, now=NOON, reason="A week later, please")
    approvals.settle(now=NOON + SETTLED)
    departure.refresh_from_db()
    departures.revise_departure(
        departure, last_day=TODAY + 47 * DAY, reason=departure.reason, by=posting.person, now=NOON
    )
    assert (departure.status, departure.client_agreed, departure.last_day) == ("in_review", None, TODAY + 47 * DAY)
    approvals.withdraw(round_of(departure), by=posting.person, now=NOON)
    departure.refresh_from_db()
    assert departure.status == "withdrawn"
    assert ask(posting).status == "in_review"


def test_an_approved_departure_can_be_called_off_by_hr(posting, lead, hr):
    departure = let_go(posting, TODAY + 5 * DAY)
    with pytest.raises(NotAllowed):
        departures.call_off(departure, reason="Stays", by=lead, now=NOON)
    departures.call_off(departure, reason="Stays", by=hr, now=NOON)
    assert (departure.status, Handover.objects.get().status) == ("withdrawn", "cancelled")
    for person in (posting.person, lead):
        assert person.notifications.filter(kind="departure_called_off").count() == 1
    with pytest.raises(PolicyBroken, match="no early departure is approved"):
        actions.end(posting, ended_on=TODAY, reason="", returned=True, by=lead, now=NOON)


# --- The end of a posting (2.2.2b) --------------------------------------------------------------------


@pytest.mark.clause("2.2.2b")
def test_nobody_ends_a_posting_early_without_both_approvals(posting, lead, signed_in):
    with pytest.raises(PolicyBroken, match="no early departure is approved") as refused:
        actions.end(posting, ended_on=TODAY, reason="", returned=True, by=lead, now=NOON)
    assert (list(refused.value.fields), refused.value.verdict.clause) == (["ended_on"], "2.2.2b")
    today = timezone.localdate()
    page = signed_in(lead).post(reverse("assignment_end", args=[posting.pk]), {"ended_on": today, "reason": ""})
    assert (page.status_code, "no early departure is approved" in page.content.decode()) == (422, True)
    with pytest.raises(InternalError, match="2.2.2b"), transaction.atomic():
        type(posting).objects.filter(pk=posting.pk).update(ended_on=TODAY)
    posting.refresh_from_db()
    assert (posting.status, posting.ended_on) == ("on_site", None)


@pytest.mark.clause("2.2.2b")
def test_approved_for_a_day_it_ends_on_that_day_and_not_before(posting, lead):
    let_go(posting, TODAY + 2 * DAY)
    with pytest.raises(PolicyBroken, match="not before"):
        actions.end(posting, ended_on=TODAY, reason="", returned=True, by=lead, now=NOON)
    then = NOON + 2 * DAY
    actions.end(posting, ended_on=TODAY + 2 * DAY, reason="Bye", returned=True, by=lead, now=then)
    posting.refresh_from_db()
    assert (posting.status, posting.ended_on) == ("ended", TODAY + 2 * DAY)


def test_from_the_planned_end_on_it_needs_nobodys_leave(assignment, lead):
    assignment.planned_to = TODAY - DAY
    assignment.save()
    actions.end(assignment, ended_on=TODAY - DAY, reason="", returned=True, by=lead, now=NOON)
    assert assignment.status == "ended"


def test_who_alone_is_hr_lets_the_person_or_the_lead_ask(posting, hr):
    with pytest.raises(PolicyBroken) as refused:
        ask(posting, by=hr)
    assert refused.value.verdict.remedy == "Let somebody without this role ask for it."
    assert not Departure.objects.exists()
    UserFactory(roles=["hr"])
    assert ask(posting, by=hr).status == "in_review"


@pytest.mark.clause("2.2.2b")
def test_an_agreed_end_comes_no_earlier_by_changing_the_posting(posting, hr):
    def end_on(day):
        actions.change_assignment(
            posting, position="Fitter", since=posting.since, planned_to=day, project=None, by=hr, now=NOON
        )
        return posting.planned_to

    for day in (TODAY + 89 * DAY, None):
        with pytest.raises(PolicyBroken) as refused:
            end_on(day)
        assert (list(refused.value.fields), refused.value.verdict.clause) == (["planned_to"], "2.2.2b")
        posting.refresh_from_db()
    assert end_on(TODAY + 91 * DAY) == TODAY + 91 * DAY
    let_go(posting, TODAY + 60 * DAY)
    assert end_on(TODAY + 60 * DAY) == TODAY + 60 * DAY


def test_who_leaves_the_company_has_the_account_closed(posting, lead, hr, administrator):
    let_go(posting, TODAY, leaves_company=True)
    handover = Handover.objects.get()
    handovers.give_back(handover, items=handover.items.filter(source="return"), by=lead, now=NOON)
    handovers.sign(handover, by=lead, now=NOON)
    told = Notification.objects.filter(kind="handover_close_account")
    assert {hr, administrator} <= {one.person for one in told}


# --- Gone without approval (2.2.2b) -------------------------------------------------------------------


@pytest.mark.clause("2.2.2b")
def test_who_is_gone_goes_up_at_once_until_it_is_taken_up(posting, lead, head, hr, staff):
    executive = UserFactory(roles=["executive"])
    with pytest.raises(NotAllowed):
        absences.report_absence(posting, gone_since=TODAY, note="?", by=staff, now=NOON)
    absence = absences.report_absence(posting, gone_since=TODAY - DAY, note="Not seen", by=lead, now=NOON)
    with pytest.raises(WrongState):
        absences.report_absence(posting, gone_since=TODAY, note="Again", by=hr, now=NOON)
    assert {one.person for one in Notification.objects.filter(kind="absence_reported")} == {head, hr}
    obligations.sweep(now=NOON + timedelta(hours=23))
    late = Notification.objects.filter(kind="obligation_breach")
    assert not late.exists()
    obligations.sweep(now=NOON + timedelta(hours=24))
    assert {one.person for one in late} == {head, hr, executive}  # a day later nobody has taken it up
    with pytest.raises(PolicyBroken) as refused:
        absences.take_up(absence, result="departure", outcome=" ", by=head, now=NOON)
    assert list(refused.value.fields) == ["outcome", "result"]
    absences.take_up(absence, result="came_back", outcome="Was ill", by=head, now=NOON + 2 * DAY)
    clock = Obligation.objects.kind(absences.GONE).get()
    assert (absence.status, clock.status, clock.late) == ("closed", "met", True)


@pytest.mark.clause("2.2.2b")
@pytest.mark.parametrize("how", ["withdrawn", "rejected"])
def test_a_departure_that_comes_to_nothing_leaves_the_absence_open_as_if_never_taken_up(how, posting, lead, head, hr):
    absence = absences.report_absence(posting, gone_since=TODAY - DAY, note="Not seen", by=lead, now=NOON)
    departure = ask(posting, lead)
    absences.take_up(absence, result="departure", outcome="Wants to leave", by=lead, now=NOON)
    assert not Obligation.objects.kind(absences.GONE).open().exists()
    if how == "withdrawn":
        approvals.withdraw(round_of(departure), by=lead, now=NOON + DAY)
    else:
        approvals.decide(round_of(departure), "rejected", reason="Not now", by=hr, now=NOON + DAY)
        approvals.settle(now=NOON + DAY + SETTLED)
    absence.refresh_from_db()
    clock = Obligation.objects.kind(absences.GONE).get()
    assert (absence.status, absence.result, clock.status, clock.owner) == ("open", "", "open", head)
    assert Notification.objects.filter(kind="absence_reported", person=head).count() == 2


@pytest.mark.clause("2.2.2b")
def test_a_departure_that_was_called_off_leaves_the_absence_open_too(posting, lead, hr):
    absence = absences.report_absence(posting, gone_since=TODAY - DAY, note="Not seen", by=lead, now=NOON)
    departure = let_go(posting, TODAY + 5 * DAY)
    absences.take_up(absence, result="departure", outcome="Wants to leave", by=lead, now=NOON + timedelta(hours=1))
    departures.call_off(departure, reason="Stays", by=hr, now=NOON + DAY)
    absence.refresh_from_db()
    assert (absence.status, Obligation.objects.kind(absences.GONE).get().status) == ("open", "open")


@pytest.mark.clause("2.2.2b")
def test_ended_by_hr_the_lead_alone_hands_over_and_it_stays_on_record(posting, lead, hr):
    absence = absences.report_absence(posting, gone_since=TODAY - DAY, note="Not seen", by=lead, now=NOON)
    with pytest.raises(PolicyBroken) as refused:
        handovers.begin(posting, last_day=TODAY, by=lead, now=NOON)
    assert "HR takes that up" in refused.value.verdict.remedy
    with pytest.raises(PolicyBroken, match="Only HR"):
        absences.take_up(absence, result="ended", outcome="Gone for good", by=lead, now=NOON)
    absences.take_up(absence, result="ended", outcome="Gone for good", by=hr, now=NOON)
    with pytest.raises(WrongState, match="HR has ended this posting"):
        ask(posting)
    handover = Handover.objects.get(assignment=posting)
    handovers.close(
        handover, items=handover.items.filter(source="return"), reason="Never seen again", by=lead, now=NOON
    )
    handovers.sign(handover, by=lead, now=NOON)
    posting.refresh_from_db()
    assert (posting.status, posting.ended_on) == ("ended", TODAY - 2 * DAY)
    assert {"absence_reported", "absence_taken_up", "assignment_ended"} <= {
        one.verb for one in Event.objects.about(posting)
    }


def test_nobody_signs_off_somebody_who_is_gone(assignment, lead):
    absences.report_absence(assignment, gone_since=TODAY, note="Not seen", by=lead, now=NOON)
    with pytest.raises(PolicyBroken, match="gone without approval"):
        actions.end(assignment, ended_on=TODAY, reason="", returned=True, by=lead, now=NOON)


# --- Pages --------------------------------------------------------------------------------------------


def test_the_pages_lead_from_asking_to_the_open_handover(posting, lead, hr, contact, signed_in, settle_now):
    today = timezone.localdate()
    posting.planned_to = today + 90 * DAY
    posting.save()
    person = signed_in(posting.person)
    page = person.get(reverse("assignment_departure", args=[posting.pk]))
    key = page.context["form"]["key"].value()
    sent = {"key": key, "last_day": today + 40 * DAY, "reason": "A job at home"}
    first, second = (person.post(reverse("assignment_departure", args=[posting.pk]), sent) for _twice in "ab")
    departure = Departure.objects.get()
    assert (first.url, second.url) == (departure.get_absolute_url(),) * 2
    assert person.get(reverse("departure_client", args=[departure.pk])).status_code == 403
    assert signed_in(UserFactory()).get(departure.get_absolute_url()).status_code == 404
    browser = signed_in(lead)
    page = browser.post(reverse("departure_client", args=[departure.pk]), {"contact": contact.pk, "agreed": "yes"})
    assert {"words", "files"} == set(page.context["form"].errors)
    for somebody in (lead, hr, posting.person):
        assert signed_in(somebody).get(departure.get_absolute_url()).status_code == 200
    moment = timezone.now()
    departures.record_client_decision(
        departure, contact=contact, agreed=True, said_at=moment, words="Fine", files=PROOF, by=lead, now=moment
    )
    type(hr).objects.filter(pk=hr.pk).update(language="zh-hans")
    story = signed_in(hr).get(departure.get_absolute_url()).content.decode()
    assert "客户是否同意" in story  # in the reader's language, whoever recorded it
    assert "Leave early" in person.get(posting.get_absolute_url()).content.decode()
    for name in ("departures", "absences", "handovers"):
        assert [signed_in(one).get(reverse(name)).status_code for one in (hr, lead, posting.person)] == [200, 200, 403]


@pytest.fixture
def settle_now():
    return lambda: approvals.settle(now=timezone.now() + SETTLED)


# --- At once ------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_approved_while_withdrawn_is_one_or_the_other():
    """The last signature settles while the person withdraws: approved with a handover, or withdrawn without."""
    outcomes = []
    for _round in range(8):
        posting = AssignmentFactory(planned_to=TODAY + 90 * DAY)
        lead, hr = posting.site.lead, UserFactory(roles=["hr"])
        contact = ClientContactFactory(client=posting.site.client)
        departure = ask(posting)
        decided(departure, lead, contact)
        approval = round_of(departure)
        for signer in (hr, lead):
            approvals.decide(approval, "approved", by=signer, now=NOON)
        together = Barrier(2)

        def approve(together=together):
            together.wait()
            approvals.settle(now=NOON + SETTLED)
            connection.close()

        def withdraw(together=together, approval=approval, person=posting.person):
            together.wait()
            with contextlib.suppress(WrongState):
                approvals.withdraw(Approval.objects.get(pk=approval.pk), by=person, now=NOON)
            connection.close()

        with ThreadPoolExecutor(2) as pool:
            for one in (pool.submit(approve), pool.submit(withdraw)):
                one.result()
        approvals.settle(now=NOON + SETTLED)
        departure.refresh_from_db(), approval.refresh_from_db()
        opened = Handover.objects.filter(assignment=posting).exists()
        outcomes.append((departure.status, approval.status, opened))
    assert set(outcomes) <= {("approved", "approved", True), ("withdrawn", "withdrawn", False)}


def test_absences_are_for_those_who_lead(posting, lead, staff, signed_in):
    absence = absences.report_absence(posting, gone_since=TODAY, note="Not seen", by=lead, now=NOON)
    assert UnapprovedAbsence.objects.visible_to(posting.person).count() == 0
    assert signed_in(posting.person).get(absence.get_absolute_url()).status_code == 404
    page = signed_in(lead).get(absence.get_absolute_url())
    assert (page.status_code, "Not seen" in page.content.decode()) == (200, True)


@pytest.mark.clause("2.2.2b")
def test_what_is_said_of_people_is_read_by_those_who_answer_for_them_and_nobody_else(posting, lead, hr, signed_in):
    """Neither who keeps accounts nor who pays claims reads it: on no page, over the API, in the technical tables."""
    planned = AssignmentFactory(site=posting.site, status="planned", since=TODAY + 3 * DAY)
    objecting = planned.person
    actions.object_to(planned, reason="CANARY surgery", by=objecting, now=NOON)
    absences.report_absence(posting, gone_since=TODAY, note="CANARY gone", by=lead, now=NOON)
    contacts.correct_contacts(posting.person, by=posting.person, now=NOON, emergency_name="CANARY mother")
    content = Event.objects.get(note="CANARY gone", subject_id=posting.pk).pk
    told = Notification.objects.filter(kind="posting_objected").get().pk
    places = [
        posting.get_absolute_url(), planned.get_absolute_url(), reverse("assignment_pack", args=[planned.pk]),
        posting.person.get_absolute_url(), objecting.get_absolute_url(), reverse("people"), reverse("assignments"),
        f"{reverse('assignments')}?export=csv", f"{reverse('people')}?export=csv",
        f"/api/v1/assignments/{planned.pk}/", f"/api/v1/people/{posting.person.pk}/", "/api/v1/obligations/",
        "/obligations/", f"/admin/core/event/{content}/change/", f"/admin/core/notification/{told}/change/",
        f"/admin/personnel/assignment/{planned.pk}/change/", f"/admin/personnel/user/{posting.person.pk}/change/",
    ]  # fmt: skip

    def read(who) -> set[str]:
        browser = signed_in(who)
        return {place for place in places if b"CANARY" in b"".join(browser.get(place))}

    assert len(read(hr)) >= 5  # they are there to be read
    keeper = signed_in(UserFactory(roles=["administrator"]))
    for place in (
        reverse("home"),
        posting.person.get_absolute_url(),
        posting.site.get_absolute_url(),
        reverse("sites"),
    ):
        page = keeper.get(place).content.decode()
        for untrue in ("Nothing is late", "No open promises", "Open promises", "Late now"):
            assert untrue not in page, (place, untrue)  # what one may not see is not said to be nothing
    for role in ("administrator", "finance"):
        assert read(UserFactory(roles=[role])) == set(), role


def test_texts_that_nobody_types_are_refused_beside_their_field(posting, lead, signed_in):
    given = {"gone_since": TODAY, "note": "x" * 100_001}
    page = signed_in(lead).post(reverse("assignment_absence", args=[posting.pk]), {"key": "1", **given})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["note"])
    client = APIClient()
    client.force_authenticate(lead)
    answer = client.post("/api/v1/absences/", {"assignment": posting.pk, **given}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["note"])
    assert not UnapprovedAbsence.objects.exists()
