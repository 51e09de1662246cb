"""Before somebody leaves everything has a taker who accepts; then the lead signs and clocks move (clause 2.2.2c)."""

from datetime import timedelta

import pytest
from django.db import InternalError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from rest_framework.test import APIClient

from apps.communication.actions import enquiries, requests
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel import actions
from apps.personnel.actions import handovers
from apps.personnel.forms.departures import successors
from apps.personnel.models import Assignment, Handover
from apps.personnel.tests.factories import NOON, AssignmentFactory, UserFactory, let_go

TODAY = NOON.date()
HOUR = timedelta(hours=1)


@pytest.fixture
def colleague(site):
    return AssignmentFactory(site=site, person=UserFactory(name="Next Wu")).person


@pytest.fixture
def loose(assignment, staff, contact):
    """A question and a request of the client, both of `staff`."""
    enquiry = enquiries.log_enquiry(
        site=assignment.site, text="How long?", channel="phone", by=staff, now=NOON, key="1"
    )
    request = requests.log_request(
        site=assignment.site, contact=contact, title="A valve", received_at=NOON, owner=staff, by=staff, now=NOON
    )
    return enquiry, request


@pytest.fixture
def handover(loose, assignment, lead):
    """Nothing is loose but what the client waits for: access, badge and devices are back."""
    return without_returns(handovers.begin(assignment, last_day=TODAY, by=lead, now=NOON), lead)


def without_returns(handover, by):
    return handovers.give_back(handover, items=handover.items.filter(source="return"), by=by, now=NOON)


def things(handover):
    return handover.items.exclude(source="return")


def titles(handover):
    return [(one.source, one.title, one.state) for one in things(handover).order_by("source", "pk")]


@pytest.mark.clause("2.2.2c")
def test_nobody_goes_before_access_badge_and_devices_are_back(assignment, lead):
    handover = handovers.begin(assignment, last_day=TODAY, by=lead, now=NOON)
    access, badge, devices = handover.items.order_by("key")
    with pytest.raises(PolicyBroken, match="Not handed over yet: System and door access, Site badge and keys, Dev"):
        handovers.sign(handover, by=lead, now=NOON)
    handovers.give_back(handover, items=[access, badge], by=lead, now=NOON)
    handovers.close(handover, items=[devices], reason="Never had any", by=lead, now=NOON)
    handovers.sign(handover, by=lead, now=NOON)
    assignment.refresh_from_db()
    assert assignment.status == "ended"


@pytest.mark.clause("2.2.2c")
def test_loose_ends_come_from_every_app_each_once(handover):
    assert titles(handover) == [("client_request", "A valve", "open"), ("enquiry", "How long?", "open")]


@pytest.mark.clause("2.2.2c")
def test_a_successor_accepts_and_everything_is_theirs_when_the_lead_signs(
    handover, loose, assignment, staff, lead, colleague
):
    enquiry, request = loose
    due = dict(Obligation.objects.open().of(staff).values_list("kind", "due_at"))
    items = list(things(handover))
    handovers.name_successor(handover, items=items, successor=colleague, by=lead, now=NOON)
    assert Notification.objects.get(person=colleague, kind="handover_take_over").url == reverse(
        "handover_take", args=[handover.pk]
    )
    with pytest.raises(PolicyBroken, match="Not handed over yet: A valve, How long?"):
        handovers.sign(handover, by=lead, now=NOON)
    handovers.accept(handover, items=items, by=colleague, now=NOON)
    enquiry.refresh_from_db()
    assert enquiry.owner == staff  # not before the signature

    handovers.sign(handover, note="All done", by=lead, now=NOON)

    for one in (enquiry, request, assignment, handover):
        one.refresh_from_db()
    assert (enquiry.owner, request.owner) == (colleague, colleague)
    assert dict(Obligation.objects.open().of(colleague).values_list("kind", "due_at")) == due
    assert (assignment.status, assignment.ended_on, handover.status) == ("ended", TODAY, "signed")
    assert Notification.objects.filter(person=colleague, kind="obligation_taken_over").count() == len(due)
    with pytest.raises(WrongState):
        handovers.sign(handover, by=lead, now=NOON)


@pytest.mark.clause("2.2.2c")
def test_who_cannot_own_it_is_refused_beside_the_field(handover, lead, staff):
    items = list(things(handover))
    for nobody, words in ((UserFactory(name="Stranger"), "does not work at this site"), (staff, "who leaves")):
        with pytest.raises(PolicyBroken, match=words) as refused:
            handovers.name_successor(handover, items=items, successor=nobody, by=lead, now=NOON)
        assert (list(refused.value.fields), refused.value.verdict.clause) == (["successor"], "2.2.2c")


def test_declined_goes_back_to_the_lead_who_closes_it_and_keeps_the_clock(handover, loose, lead, colleague, head):
    items = list(things(handover))
    handovers.name_successor(handover, items=items, successor=colleague, by=lead, now=NOON)
    with pytest.raises(PolicyBroken) as refused:
        handovers.decline(handover, items=items, reason=" ", by=colleague, now=NOON)
    assert list(refused.value.fields) == ["reason"]
    handovers.decline(handover, items=items[:1], reason="I am on leave", by=colleague, now=NOON)
    assert Notification.objects.get(person=lead, kind="handover_declined")
    handovers.accept(handover, items=items[1:], by=colleague, now=NOON)
    with pytest.raises(PolicyBroken):
        handovers.accept(handover, items=items[:1], by=colleague, now=NOON)
    handovers.close(handover, items=items[:1], reason="I keep it", by=lead, now=NOON)
    handovers.sign(handover, by=lead, now=NOON)
    enquiry, request = loose
    enquiry.refresh_from_db(), request.refresh_from_db()
    assert {enquiry.owner, request.owner} == {lead, colleague}
    assert not Obligation.objects.open().of(handover.assignment.person).exists()


@pytest.mark.clause("2.2.2c")
def test_what_comes_up_meanwhile_joins_and_what_is_done_is_closed(handover, loose, site, staff, lead):
    enquiry, _request = loose
    enquiries.answer(enquiry, text="A day", channel="phone", by=staff, now=NOON + HOUR, key="a")
    enquiries.log_enquiry(site=site, text="And the cost?", channel="phone", by=staff, now=NOON + HOUR, key="2")
    items = list(things(handover))
    handovers.name_successor(handover, items=items, successor=lead, by=lead, now=NOON)
    with pytest.raises(PolicyBroken, match="Something more is to be handed over by now: And the cost?"):
        handovers.sign(handover, by=lead, now=NOON + HOUR)
    handovers.refresh_open(NOON + HOUR)
    handovers.refresh_open(NOON + HOUR)
    assert [(title, state) for _source, title, state in titles(handover)] == [
        ("A valve", "accepted"),
        ("How long?", "accepted"),
        ("And the cost?", "open"),
    ]


def test_what_is_given_back_is_added_and_ticked_off_by_the_lead(handover, lead, staff):
    with pytest.raises(NotAllowed):
        handovers.add_return(handover, title="Badge", by=staff, now=NOON)
    handovers.add_return(handover, title="Badge", by=lead, now=NOON)
    with pytest.raises(PolicyBroken, match="on the list already"):
        handovers.add_return(handover, title="badge", by=lead, now=NOON)
    badge = handover.items.get(title="Badge")
    with pytest.raises(PolicyBroken, match="needs no successor"):
        handovers.name_successor(handover, items=[badge], successor=lead, by=lead, now=NOON)
    with pytest.raises(PolicyBroken, match="Only what is to be given back"):
        handovers.give_back(handover, items=list(things(handover)), by=lead, now=NOON)
    handovers.give_back(handover, items=[badge], by=lead, now=NOON)
    badge.refresh_from_db()
    assert badge.state == "returned"


@pytest.mark.clause("2.2.2c")
def test_only_the_lead_signs_and_never_for_themselves(handover, site, lead, staff, hr, head):
    for nobody in (staff, hr, UserFactory()):
        with pytest.raises(NotAllowed):
            handovers.sign(handover, by=nobody, now=NOON)
    own = AssignmentFactory(site=site, person=lead)
    with pytest.raises(NotAllowed, match="their own handover"):
        handovers.begin(own, last_day=TODAY, by=lead, now=NOON)
    handovers.sign(without_returns(handovers.begin(own, last_day=TODAY, by=hr, now=NOON), hr), by=head, now=NOON)


def test_with_nothing_loose_one_step_is_enough_and_else_it_refuses(assignment, lead, staff, site):
    other = AssignmentFactory(site=site)
    actions.end(other, ended_on=TODAY, reason="Done", returned=True, by=lead, now=NOON)
    assert (other.status, Handover.objects.get(assignment=other).signed_by) == ("ended", lead)
    enquiries.log_enquiry(site=site, text="How long?", channel="phone", by=staff, now=NOON, key="1")
    with pytest.raises(PolicyBroken, match="Not handed over yet: How long?") as refused:
        actions.end(assignment, ended_on=TODAY, reason="", returned=True, by=lead, now=NOON)
    assert refused.value.verdict.clause == "2.2.2c"
    assert not Handover.objects.filter(assignment=assignment).exists()


@pytest.mark.clause("2.2.2c")
def test_the_database_keeps_a_posting_open_until_the_handover_is_signed(assignment):
    with pytest.raises(InternalError, match="2.2.2c"), transaction.atomic():
        type(assignment).objects.filter(pk=assignment.pk).update(status="ended", ended_on=TODAY)


def test_a_successor_who_has_left_the_site_meanwhile_is_no_taker(handover, lead, colleague):
    items = list(things(handover))
    handovers.name_successor(handover, items=items, successor=colleague, by=lead, now=NOON)
    handovers.accept(handover, items=items, by=colleague, now=NOON)
    colleague.is_active = False
    colleague.save()
    with pytest.raises(PolicyBroken, match="Not handed over yet"):
        handovers.sign(handover, by=lead, now=NOON)


# --- Pages and API ------------------------------------------------------------------------------------


@pytest.mark.clause("2.2.2c")
def test_a_handover_begun_by_mistake_is_called_off_unless_both_sides_approved_the_departure(
    handover, assignment, lead, colleague, signed_in
):
    address = reverse("handover_call_off", args=[handover.pk])
    assert signed_in(colleague).get(address).status_code == 404
    assert signed_in(assignment.person).post(address, {"reason": "I stay"}).status_code == 403
    empty = signed_in(lead).post(address, {"reason": " "})
    assert (empty.status_code, list(empty.context["form"].errors)) == (422, ["reason"])
    assert signed_in(lead).post(address, {"reason": "The wrong person"}).status_code == 302
    handover.refresh_from_db()
    assignment.refresh_from_db()
    assert (handover.status, assignment.status) == ("cancelled", "on_site")

    let_go(assignment, TODAY)
    approved = Handover.objects.get(assignment=assignment, status="open")
    with pytest.raises(WrongState, match="Both sides have approved"):
        handovers.call_off(approved, reason="Stays", by=lead, now=NOON)


@pytest.mark.clause("2.2.2c")
def test_whoever_leaves_too_takes_nothing_and_what_they_had_accepted_is_open_again(
    handover, assignment, site, lead, colleague
):
    items = list(things(handover))
    handovers.name_successor(handover, items=items, successor=colleague, by=lead, now=NOON)
    handovers.accept(handover, items=items, by=colleague, now=NOON)
    assert handovers.ready(handover)

    own = handovers.begin(colleague.assignments.get(), last_day=TODAY, by=lead, now=NOON)
    assert not handovers.ready(handover)
    handovers.refresh_open(NOON)

    handover.refresh_from_db()
    assert {(one.state, one.reason) for one in things(handover)} == {("open", "Next Wu is leaving this site too.")}
    told = Notification.objects.filter(person=lead, kind="handover_declined").get()
    assert (told.context["successor"], told.context["reason"]) == ("Next Wu", "Next Wu is leaving this site too.")
    with pytest.raises(PolicyBroken, match="is leaving this site too"):
        handovers.name_successor(handover, items=items, successor=colleague, by=lead, now=NOON)
    assert set(successors(handover)) == {*site.leads, *site.heads}
    handovers.name_successor(handover, items=items, successor=lead, by=lead, now=NOON)
    assert (bool(handovers.ready(handover)), things(own).count()) == (True, 0)


@pytest.mark.clause("2.1.1", "2.2.2c")
def test_a_last_day_lies_within_the_plan_and_is_signed_when_it_has_come(assignment, lead, signed_in):
    today = timezone.localdate()
    plan = today + timedelta(10)
    Assignment.objects.filter(pk=assignment.pk).update(planned_to=plan)
    assignment.refresh_from_db()
    with pytest.raises(PolicyBroken, match="The posting is planned to") as refused:
        handovers.begin(assignment, last_day=plan + timedelta(1), by=lead, now=timezone.now())
    assert "last_day" in refused.value.fields
    handover = without_returns(handovers.begin(assignment, last_day=plan, by=lead, now=timezone.now()), lead)

    page = signed_in(lead).get(handover.get_absolute_url())
    assert (bool(page.context["may_sign"]), "has not come yet" in page.content.decode()) == (False, True)
    with pytest.raises(PolicyBroken, match="lies ahead") as refused:
        handovers.sign(handover, by=lead, now=timezone.now())
    assert "ended_on" in refused.value.fields

    Assignment.objects.filter(pk=assignment.pk).update(planned_to=today)
    handovers.begin(assignment, last_day=today, by=lead, now=timezone.now())
    page = signed_in(lead).get(handover.get_absolute_url())
    assert bool(page.context["may_sign"])


def test_who_may_not_go_yet_is_not_told_that_the_posting_has_ended(assignment, lead, signed_in):
    today = timezone.localdate()
    Assignment.objects.filter(pk=assignment.pk).update(planned_to=today + timedelta(30))
    given = {"ended_on": today, "returned": "on", "reason": "Done"}
    refused = signed_in(lead).post(reverse("assignment_end", args=[assignment.pk]), given)
    page = refused.content.decode()
    assert (refused.status_code, "The posting has ended" in page, "early departure" in page) == (422, False, True)


def test_the_pages_of_lead_and_successor(assignment, staff, site, lead, colleague, signed_in):
    now, today = timezone.now(), timezone.localdate()
    enquiries.log_enquiry(site=site, text="How long?", channel="phone", by=staff, now=now, key="1")
    browser = signed_in(lead)
    opened = browser.post(reverse("assignment_end", args=[assignment.pk]), {"ended_on": today, "reason": ""})
    handover = Handover.objects.get()
    assert opened.url == handover.get_absolute_url()
    item = things(handover).get()
    without_returns(handover, lead)
    wrong = browser.post(opened.url, {"do": "name", "items": [item.pk]})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["successor"])
    assert browser.post(opened.url, {"do": "name", "items": [item.pk], "successor": colleague.pk}).status_code == 302
    taker = signed_in(colleague)
    take = reverse("handover_take", args=[handover.pk])
    assert taker.get(opened.url).url == take
    assert "Take over 1 thing" in taker.get("/").content.decode()
    assert "How long?" in taker.get(take).content.decode()
    assert taker.post(take, {"do": "accept", "items": [item.pk]}).status_code == 302
    late = taker.post(take, {"do": "decline", "items": [item.pk], "reason": "No time at all"})  # a second tab
    words = late.content.decode()
    assert (late.status_code, "No time at all" in words, "answered meanwhile" in words) == (422, True, True)
    assert signed_in(UserFactory()).get(take).status_code == 404
    assert signed_in(staff).get(opened.url).status_code == 200
    assert signed_in(staff).post(opened.url, {"do": "name"}).status_code == 403
    signed = browser.post(reverse("handover_sign", args=[handover.pk]), {"ended_on": today, "note": "Bye"})
    assert (signed.status_code, signed.url) == (302, opened.url)
    with translation.override("zh-hans"):
        assert "System" not in handover.items.get(key="return:access").name  # in the reader's language
    sheet = browser.get(reverse("handover_sheet", args=[handover.pk]))
    assert (sheet["Content-Type"], sheet.content[:5]) == ("application/pdf", b"%PDF-")
    assert taker.get(reverse("handover_sheet", args=[handover.pk])).status_code == 403


def test_the_api_hands_over_from_the_first_word_to_the_signature(loose, assignment, lead, colleague):
    def door(person):
        client = APIClient()
        client.force_authenticate(person)
        return client

    made = door(lead).post("/api/v1/handovers/", {"assignment": assignment.pk, "last_day": TODAY}, format="json")
    assert made.status_code == 201
    address = f"/api/v1/handovers/{made.json()['id']}/"
    back = [one["id"] for one in made.json()["things"] if one["source"] == "return"]
    ids = [one["id"] for one in made.json()["things"] if one["id"] not in back]
    assert door(lead).post(f"{address}give-back/", {"items": [*back, 987654]}, format="json").status_code == 400
    assert door(lead).post(f"{address}give-back/", {"items": back}, format="json").status_code == 200
    named = {"items": ids, "successor": colleague.pk}
    assert door(lead).post(f"{address}name-successor/", named, format="json").status_code == 200
    assert door(colleague).post(f"{address}sign/", {}, format="json").status_code == 403
    accepted = door(colleague).post(f"{address}accept/", {"items": ids}, format="json")
    assert {one["state"] for one in accepted.json()["things"]} == {"accepted"}  # who takes over sees that alone
    assert door(UserFactory()).get(address).status_code == 404
    signed = door(lead).post(f"{address}sign/", {"ended_on": TODAY}, format="json")
    assert (signed.status_code, signed.json()["status"]) == (200, "signed")
