"""The contact log and the silence of sites (3.4.1)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.communication.actions import contact_log as actions
from apps.communication.actions import enquiries, meetings
from apps.communication.models import ContactLog
from apps.communication.obligations.contact_log import CLIENT_SILENCE, plan_silence, running, silent
from apps.core import obligations, parameters
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.verdicts import NotAllowed, PolicyBroken
from apps.personnel.models import Site
from apps.personnel.tests.factories import NOON, ClientContactFactory, SiteFactory

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def log(site, contact, by, at=NOON, now=None, **changes):
    words = {"mode": "phone", "summary": "Asked how it goes"} | changes
    return actions.log_contact(site=site, contact=contact, at=at, by=by, now=now or at, **words)


def clocks(site) -> list[tuple]:
    return [
        (one.status, one.opened_at, one.due_at, one.met_at, one.late)
        for one in Obligation.objects.kind(CLIENT_SILENCE).about(site).order_by("opened_at", "pk")
    ]


@pytest.mark.clause("3.4.1")
def test_a_running_site_is_watched_from_now_when_nothing_is_known(site, other_site):
    other_site.active = False
    other_site.save()

    assert (plan_silence(NOON), plan_silence(NOON + HOUR)) == (1, 0)

    assert clocks(site) == [("open", NOON, NOON + 30 * DAY, None, False)]
    assert clocks(other_site) == []


@pytest.mark.clause("3.4.1")
def test_thirty_days_of_silence_are_flagged_to_lead_and_head_after_a_warning(site, lead, head):
    plan_silence(NOON)

    obligations.sweep(now=NOON + 23 * DAY)
    assert [n.person for n in Notification.objects.filter(kind="obligation_warning")] == [lead]
    obligations.sweep(now=NOON + 30 * DAY)

    told = {n.person for n in Notification.objects.filter(kind="obligation_breach")}
    assert told == {lead, head}
    assert list(silent(Site.objects.all(), NOON + 30 * DAY)) == [site]


@pytest.mark.clause("3.4.1")
def test_a_contact_ends_the_silence_and_starts_the_next(site, contact, staff):
    plan_silence(NOON)

    log(site, contact, staff, at=NOON + 10 * DAY)

    assert clocks(site) == [
        ("met", NOON, NOON + 30 * DAY, NOON + 10 * DAY, False),
        ("open", NOON + 10 * DAY, NOON + 40 * DAY, None, False),
    ]


@pytest.mark.clause("3.4.1")
def test_a_silence_that_was_too_long_stays_on_record(site, contact, staff):
    plan_silence(NOON)
    obligations.sweep(now=NOON + 31 * DAY)

    log(site, contact, staff, at=NOON + 32 * DAY)

    assert [(status, late) for status, _opened, _due, _met, late in clocks(site)] == [("met", True), ("open", False)]
    assert not silent(Site.objects.all(), NOON + 33 * DAY).exists()


@pytest.mark.clause("3.4.1")
def test_many_contacts_of_one_day_move_one_clock(site, contact, staff):
    for hours in range(5):
        log(site, contact, staff, at=NOON + hours * HOUR)

    assert clocks(site) == [("open", NOON + 4 * HOUR, NOON + 4 * HOUR + 30 * DAY, None, False)]
    alarms = Obligation.objects.kind(CLIENT_SILENCE).get().alarms
    assert alarms[0][:2] == [(NOON + 4 * HOUR + 23 * DAY).isoformat(), "owner"]


@pytest.mark.clause("3.4.1")
def test_a_contact_written_down_after_a_later_one_changes_nothing(site, contact, staff):
    log(site, contact, staff, at=NOON)

    log(site, contact, staff, at=NOON - 5 * DAY, now=NOON + HOUR)

    assert clocks(site) == [("open", NOON, NOON + 30 * DAY, None, False)]


@pytest.mark.clause("3.4.1")
def test_a_meeting_with_the_client_is_contact_too(site, contact, staff):
    plan_silence(NOON - 9 * DAY)
    meeting = meetings.plan_meeting(
        site=site, mode="video", begins_at=NOON, agenda="Plans", staff=[staff], contacts=[contact], by=staff, now=NOON
    )

    meetings.record_held(
        meeting, begins_at=NOON, minutes="All well", staff=[staff], contacts=[contact], by=staff, now=NOON + HOUR
    )

    assert running().get(subject_id=site.pk).opened_at == NOON


@pytest.mark.clause("3.4.1")
def test_a_question_and_its_answer_are_contact_too_a_note_is_not(site, contact, staff):
    plan_silence(NOON - 9 * DAY)
    asked = enquiries.log_enquiry(
        site=site, contact=contact, text="When?", channel="phone", by=staff, now=NOON, key="1"
    )
    assert running().get(subject_id=site.pk).opened_at == NOON

    enquiries.answer(asked, text="Today", channel="phone", by=staff, now=NOON + HOUR, key="2")
    enquiries.note(asked, text="Told them", by=staff, now=NOON + 2 * HOUR, key="3")

    assert running().get(subject_id=site.pk).opened_at == NOON + HOUR


@pytest.mark.clause("3.4.1")
def test_the_planner_begins_with_the_last_contact_that_is_known(site, contact, staff):
    ContactLog.objects.create(
        site=site, contact=contact, person=staff, mode="chat", at=NOON - 40 * DAY, summary="Hello", logged_at=NOON
    )

    plan_silence(NOON)

    assert clocks(site)[0][:3] == ("open", NOON - 40 * DAY, NOON - 10 * DAY)
    assert list(silent(Site.objects.all(), NOON)) == [site]


@pytest.mark.clause("3.4.1")
def test_a_site_that_closes_is_no_longer_watched(site):
    plan_silence(NOON)
    site.active = False
    site.save()

    plan_silence(NOON + DAY)

    assert [row[0] for row in clocks(site)] == ["dropped"]


@pytest.mark.clause("3.4.1")
def test_the_days_are_those_in_force_on_the_day_of_the_contact(site, contact, staff, hr):
    day = timezone.localdate()
    parameters.change("contact_silence_days", 10, valid_from=day, reason="Closer", by=hr, now=timezone.now(), today=day)
    now = timezone.now()

    log(site, contact, staff, at=now - timedelta(days=200))
    log(site, contact, staff, at=now)

    assert [due - opened for _s, opened, due, _m, _l in clocks(site)] == [30 * DAY, 10 * DAY]


@pytest.mark.clause("3.4.1")
def test_everything_wrong_with_an_entry_is_said_at_once(site, staff):
    with pytest.raises(PolicyBroken) as refused:
        log(site, ClientContactFactory(), staff, at=NOON + DAY, now=NOON, summary=" ")

    assert sorted(refused.value.fields) == ["at", "contact", "summary"]


def test_only_those_of_the_site_log_contacts(site, contact, stranger, hr, head):
    for outsider in (stranger, hr):
        with pytest.raises(NotAllowed):
            log(site, contact, outsider)

    assert log(site, contact, head).person == head


def test_five_hundred_sites_are_watched_with_a_constant_number_of_queries(site):
    def cost(now):
        with CaptureQueriesContext(connection) as queries:
            plan_silence(now)
        return len(queries)

    one = cost(NOON)
    for _number in range(20):
        SiteFactory(client=site.client, department=site.department, lead=site.lead)

    assert cost(NOON) == one
    assert running().count() == 21


# --- Pages --------------------------------------------------------------------------------------------


def test_the_log_and_the_sites_show_who_spoke_last(site, contact, staff, lead, stranger, signed_in):
    log(site, contact, staff, at=timezone.now())

    boss, other = signed_in(lead), signed_in(stranger)
    assert "Asked how it goes" in boss.get(reverse("contact_log")).content.decode()
    shown = boss.get(reverse("contact_log_sites")).content.decode()
    assert ("Harbour" in shown, "Staff Chen" in shown) == (True, True)
    assert "Asked how it goes" not in other.get(reverse("contact_log")).content.decode()
    assert "Harbour" not in other.get(reverse("contact_log_sites")).content.decode()


def test_the_log_warns_of_silent_sites(site, lead, signed_in):
    plan_silence(timezone.now() - 31 * DAY)

    page = signed_in(lead).get(reverse("contact_log")).content.decode()

    assert "1 site has been silent for too long." in page


def test_a_contact_is_logged_from_the_page_once(site, contact, staff, hr, signed_in):
    browser = signed_in(staff)
    key = browser.get(reverse("contact_log_new")).context["form"]["key"].value()
    sent = {"key": key, "site": site.pk, "contact": contact.pk, "mode": "phone", "summary": "Asked how it goes"}

    for _time in range(2):
        assert browser.post(reverse("contact_log_new"), sent).status_code == 302

    assert ContactLog.objects.get().person == staff
    browser.post(reverse("contact_log_new"), sent | {"summary": "From a page the browser kept"})
    assert ContactLog.objects.count() == 2
    assert signed_in(hr).get(reverse("contact_log_new")).status_code == 403


@pytest.mark.parametrize("name", ["contact_log", "contact_log_sites"])
def test_the_lists_cost_the_same_for_one_row_and_for_twenty(site, contact, hr, staff, name, signed_in):
    browser = signed_in(hr)
    costs = []
    for count in (1, 19):
        for _number in range(count):
            place = SiteFactory(client=site.client, department=site.department)
            log(place, contact, place.lead, at=timezone.now())
        browser.get(reverse(name))
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse(name))
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_the_lists_can_be_taken_away_as_sheets(site, contact, staff, lead, signed_in):
    log(site, contact, staff, at=timezone.now())
    browser = signed_in(lead)

    pages = [browser.get(reverse(name) + "?export=csv") for name in ("contact_log", "contact_log_sites")]

    sheets = [b"".join(page.streaming_content).decode() for page in pages]
    assert ["Asked how it goes" in sheets[0], "Staff Chen" in sheets[1]] == [True, True]


@pytest.mark.clause("3.4.1")
def test_a_contact_is_logged_within_the_week(site, contact, lead):
    with pytest.raises(PolicyBroken) as refused:
        log(site, contact, lead, at=NOON - 27 * 366 * DAY, now=NOON)
    assert refused.value.fields == {"at": "A contact is logged within 7 days."}
    assert refused.value.verdict.clause == "3.4.1"

    assert log(site, contact, lead, at=NOON - 6 * DAY, now=NOON).at == NOON - 6 * DAY


def test_a_site_opened_just_now_had_no_contact_yet(site, lead, contact, signed_in):
    plan_silence(timezone.now())
    browser = signed_in(lead)

    fresh = browser.get(reverse("contact_log_sites")).content.decode()
    assert fresh.count("No contact yet") == 1
    assert "In touch</span>" not in fresh
    assert "No contact yet" in browser.get(site.get_absolute_url()).content.decode()

    log(site, contact, lead, at=timezone.now())
    heard = browser.get(reverse("contact_log_sites")).content.decode()
    assert "No contact yet" not in heard
    assert "In touch</span>" in heard
    assert "No contact yet" not in browser.get(site.get_absolute_url()).content.decode()
