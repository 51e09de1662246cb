"""The monthly meeting in the browser: planned, held, confirmed, or waived by the head (7.1.1)."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.communication.actions import meetings
from apps.communication.models import Meeting, MeetingWaiver
from apps.communication.obligations.meetings import MONTHLY_MEETING
from apps.core import approvals, obligations
from apps.core.obligations import Obligation
from apps.personnel.tests.factories import AssignmentFactory
from onsite.tests.browser import DESKTOP, PHONE, typed

pytestmark = [pytest.mark.browser, pytest.mark.clause("7.1.1")]


def owed(assignment) -> Obligation:
    """This month's promise of an assignment, planned as the clock does it."""
    obligations.plan(timezone.now())
    return Obligation.objects.kind(MONTHLY_MEETING).about(assignment).get()


def test_a_meeting_is_planned_held_and_confirmed_and_keeps_the_month(visit, assignment, staff, lead, contact):
    promise = owed(assignment)
    AssignmentFactory.create_batch(8, site=assignment.site)
    begins_at = max(promise.opened_at, timezone.now() - timedelta(hours=2))
    phone = visit(staff, PHONE)

    phone.goto("/meetings/new/")
    ours = phone.locator("#div_id_staff")
    expect(ours.get_by_role("checkbox").first).to_be_checked()
    expect(ours).to_contain_text("1 selected")
    assert ours.bounding_box()["height"] < 330
    colleague = ours.locator(".choose-row").nth(4).inner_text()
    ours.get_by_role("searchbox").fill(colleague)
    expect(ours.locator(".choose-row:visible")).to_have_text([colleague])
    ours.get_by_role("searchbox").press("Enter")
    expect(ours).to_contain_text("2 selected")

    phone.get_by_label("Begins").fill(typed(begins_at, staff))
    phone.get_by_label("About").fill("Staffing in December")
    phone.get_by_label(contact.name).check()
    phone.get_by_role("button", name="Save").click()
    expect(phone.locator("#div_id_begins_at")).to_contain_text("This moment has passed")
    expect(phone.get_by_label("Minutes")).to_be_hidden()
    phone.get_by_label("It took place already").check()
    phone.get_by_label("Minutes").fill("Two more people from the first of December.")
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Staffing in December")
    expect(phone.get_by_text("It counts for the month once a lead or head confirms it")).to_be_visible()
    promise.refresh_from_db()
    assert promise.status == "open"

    desk = visit(lead, DESKTOP)
    desk.goto("/notifications/")
    desk.get_by_text("Staffing in December").first.click()
    desk.get_by_role("link", name="Confirm").click()
    desk.get_by_role("button", name="Confirm").click()
    expect(desk.get_by_text("Confirmed. It counts for everybody of us who took part.")).to_be_visible()

    promise.refresh_from_db()
    assert (promise.status, promise.late, Meeting.objects.get().confirmed_by) == ("met", False, lead)
    phone.goto("/meetings/")
    expect(phone.locator(".stat", has_text="Your meeting this month")).to_contain_text("kept")


def test_a_call_stays_on_record_and_does_not_count(visit, assignment, staff, lead, contact):
    promise = owed(assignment)
    moment = timezone.now()
    meeting = meetings.plan_meeting(
        site=assignment.site, mode="phone", begins_at=moment, agenda="A call", staff=[staff], contacts=[contact],
        by=staff, now=moment,
    )  # fmt: skip
    meetings.record_held(
        meeting, begins_at=moment, minutes="Said.", staff=[staff], contacts=[contact], by=staff, now=moment
    )
    page = visit(lead, DESKTOP)

    page.goto(f"{meeting.get_absolute_url()}")
    expect(page.locator("main .alert")).to_contain_text("Only a meeting face to face counts for the month.")
    expect(page.get_by_role("button", name="Confirm")).to_have_attribute("aria-disabled", "true")
    answer = page.goto(f"{meeting.get_absolute_url()}confirm/")
    assert answer.status == 403
    promise.refresh_from_db()
    assert promise.status == "open"


def test_a_waiver_is_asked_for_and_the_head_signs_it_with_a_key(visit, assignment, staff, head):
    promise = owed(assignment)
    phone = visit(staff, PHONE)

    phone.goto("/waivers/new/")
    phone.get_by_label("Ground").select_option("illness")
    phone.get_by_label("Why was no meeting possible").fill("Two weeks in hospital.")
    phone.get_by_role("button", name="Send for approval").click()
    expect(phone.get_by_text("Sent to the department head.")).to_be_visible()

    desk = visit(head, DESKTOP)
    desk.goto("/approvals/")
    expect(desk.locator(".decision")).to_have_count(1)
    desk.keyboard.press("j")
    expect(desk.locator(".decision.here")).to_have_count(1)
    desk.keyboard.press("e")
    expect(desk.get_by_text("All decided")).to_be_visible()
    expect(desk.locator(".notice").get_by_role("button", name="Undo")).to_be_visible()

    assert approvals.settle(now=timezone.now() + timedelta(seconds=11)) == 1
    promise.refresh_from_db()
    assert (MeetingWaiver.objects.get().status, promise.status) == ("approved", "dropped")
    phone.goto("/meetings/")
    expect(phone.locator(".stat", has_text="Your meeting this month")).to_contain_text("waived")
