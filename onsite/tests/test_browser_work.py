"""Work reported on a phone in a few taps, read by the lead, and judged at the month's end (3.3, 3.5)."""

import re
import time
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.core.obligations import KINDS, Obligation
from apps.personnel.models import Assignment
from apps.workplans.models import Report, WorkProblem
from apps.workplans.tests.factories import TaskFactory
from apps.workplans.tests.test_problems import report_of
from onsite.tests.browser import PHONE

pytestmark = pytest.mark.browser


@pytest.mark.clause("3.3.1")
def test_the_days_filing_takes_at_most_five_taps(company, visit, live_server):
    staff, lead = company["staff"], company["lead"]
    phone, taps = visit(staff, PHONE), 0
    phone.goto(f"{live_server.url}/")

    began = time.monotonic()
    phone.get_by_role("link", name="Work report").first.click()
    taps += 1
    done = phone.get_by_label("What moved*")
    done.click()
    taps += 1
    done.fill("Tested all printers of hall 1")
    phone.get_by_text("A problem to be followed").click()
    taps += 1
    phone.get_by_label("What stands in the way").first.fill("Printer 7 has no ribbon")
    phone.get_by_role("button", name="File it").click()
    taps += 1
    expect(phone.get_by_text("Filed. Your site lead reads it.")).to_be_visible()
    took = time.monotonic() - began

    assert taps <= 5
    assert took < 30
    report = Report.objects.latest("pk")
    assert (report.filed_by, report.problems.get().title) == (staff, "Printer 7 has no ribbon")

    # The lead reads it, makes an instruction a task, and answers.
    desk = visit(lead)
    desk.goto(f"{live_server.url}/reports/{report.pk}/review/")
    desk.get_by_label("Your comment*").fill("Order ribbons\nTwenty of them, into the store.")
    desk.get_by_role("link", name="Make it a task").click()  # nothing is asked, and what was typed goes along
    expect(desk).to_have_url(re.compile(rf"report={report.pk}"))
    expect(desk.get_by_label("Task*", exact=True)).to_have_value("Order ribbons")
    expect(desk.get_by_label("What is delivered*")).to_have_value("Order ribbons\nTwenty of them, into the store.")
    desk.get_by_label("How we shall know*").fill("The store keeper signs for twenty ribbons")
    desk.get_by_role("button", name="Give it").click()
    expect(desk.get_by_role("heading", name="Order ribbons", level=1)).to_be_visible()
    desk.goto(f"{live_server.url}/reports/{report.pk}/review/")
    desk.get_by_label("Your comment*").fill("Good. The ribbons are ordered.")
    desk.get_by_role("button", name="Review it, next").click()
    expect(desk.get_by_text("Reviewed:")).to_be_visible()

    report.refresh_from_db()
    assert (report.status, report.tasks.get().title) == ("reviewed", "Order ribbons")
    assert WorkProblem.objects.filter(report=report).count() == 1


@pytest.mark.clause("3.5.1", "3.5.2", "3.5.3")
def test_poor_work_is_judged_heard_and_decided(company, visit, live_server):
    """The lead assesses on a phone, the person says how it came on theirs, the head decides at the desk."""
    lead, head = company["lead"], company["head"]
    owed = Obligation.objects.kind(KINDS["quality_assessment"]).open().filter(site__lead=lead).order_by("pk")
    promise = owed.first()
    posting, month = promise.subject, promise.period
    first = date.fromisoformat(f"{month}-01")
    TaskFactory(
        site=posting.site, owner=posting.person, title="Keep the list", begins_on=first,
        due_on=first + timedelta(days=20),
    )  # fmt: skip

    phone = visit(lead, PHONE)
    phone.goto(f"{live_server.url}/quality/assignments/{posting.pk}/?month={month}")
    phone.get_by_label("2 – weak").check()
    phone.get_by_label("By what you judge*").fill("Two deliveries came back, the list is not kept.")
    phone.get_by_role("button", name="Give the assessment").click()
    expect(phone.get_by_text("Name at least one task or report that you looked at.")).to_be_visible()
    expect(phone.get_by_label("By what you judge*")).to_have_value("Two deliveries came back, the list is not kept.")
    phone.get_by_label("Keep the list").check()
    phone.get_by_role("button", name="Give the assessment").click()
    expect(phone.get_by_text("Given. The person was told.")).to_be_visible()
    case = posting.quality_assessments.get(month=f"{month}-01").case

    own = visit(posting.person, PHONE)
    own.goto(f"{live_server.url}{case.get_absolute_url()}")
    own.get_by_role("link", name="Say how it came").click()
    own.get_by_label("How it came*").fill("The parts came late; I should have said so.")
    own.get_by_role("button", name="Give the statement").click()
    expect(own.get_by_text("The parts came late; I should have said so.")).to_be_visible()

    phone.goto(f"{live_server.url}/quality/cases/{case.pk}/decide/")
    expect(phone.get_by_label("Coaching")).to_be_visible()
    expect(phone.get_by_label("Deduction")).to_have_count(0)  # not the lead's to decide

    desk = visit(head)
    desk.goto(f"{live_server.url}{case.get_absolute_url()}")
    desk.get_by_role("link", name="Decide what follows").click()
    desk.get_by_label("Deduction").check()
    desk.get_by_label("Reason*").fill("It is the second month.")
    desk.get_by_label("Look again on").fill(f"{timezone.localdate() + timedelta(days=14):%Y-%m-%d}")
    desk.get_by_role("button", name="Decide what follows").click()
    expect(desk.get_by_text("It is the second month.", exact=True)).to_be_visible()
    case.refresh_from_db()
    assert (case.status, case.decision, case.decided_by) == ("decided", "deduction", head)


@pytest.mark.clause("3.3.3")
def test_the_lead_reads_one_report_after_the_other_by_keys(visit, assignment, lead):
    """Not while they type: then j is a letter."""
    now = timezone.now()
    first, second = (
        report_of(assignment, now=now - timedelta(days=7 * weeks), filed_at=now - timedelta(hours=weeks))
        for weeks in (2, 1)
    )
    desk = visit(lead)
    desk.goto(f"/reports/{first.pk}/review/")
    desk.keyboard.press("j")
    desk.wait_for_url(f"**/reports/{second.pk}/review/")
    desk.keyboard.press("k")
    desk.wait_for_url(f"**/reports/{first.pk}/review/")
    desk.get_by_label("Your comment*").press("j")
    expect(desk.get_by_label("Your comment*")).to_have_value("j")
    expect(desk).to_have_url(re.compile(rf"/reports/{first.pk}/review/"))


@pytest.mark.clause("3.3.1")
def test_the_last_report_is_copied_beside_what_was_typed(visit, assignment):
    now = timezone.now()
    report_of(assignment, now=now - timedelta(days=7), next="Second hall", difficulties="No ladder")
    phone = visit(assignment.person, PHONE)
    phone.goto("/reports/new/")
    phone.get_by_label("What moved*").fill("First hall done")
    phone.get_by_role("link", name="Copy the last one").click()  # nothing is asked, nothing is lost
    phone.wait_for_url("**?copy=1**")
    expect(phone.get_by_label("What moved*")).to_have_value("First hall done")
    expect(phone.get_by_label("What is next")).to_have_value("Second hall")
    expect(phone.get_by_label("Problems and difficulties")).to_have_value("No ladder")


@pytest.mark.clause("3.3.1")
def test_what_was_typed_stays_with_its_week(visit, assignment):
    now = timezone.now()
    Assignment.objects.filter(pk=assignment.pk).update(since=now.date() - timedelta(days=60))
    before = (now - timedelta(days=7)).date()
    phone = visit(assignment.person, PHONE)
    phone.clock.install()
    phone.goto(f"/reports/new/?day={before}")
    phone.clock.pause_at(timezone.now() + timedelta(minutes=1))  # no time passes between typing, sending and leaving
    phone.get_by_label("What moved*").fill("The week before")
    phone.locator("[name=day]").evaluate("(field) => { field.value = '2090-01-01'; }")
    phone.get_by_role("button", name="File it").click()
    expect(phone.get_by_text("This day lies ahead")).to_be_attached()

    phone.goto("/reports/new/")
    expect(phone.get_by_label("What moved*")).not_to_have_value("The week before")
    phone.goto(f"/reports/new/?day={before}")  # refused, and typed the moment before it was sent: still there
    expect(phone.get_by_label("What moved*")).to_have_value("The week before")
