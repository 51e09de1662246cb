"""Work from task to acceptance, reported on a phone and read by the lead (3.1, 3.2, 3.3)."""

import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.core import approvals
from apps.personnel.models import Assignment
from apps.workplans.models import Plan, Report, Task, WorkProblem
from onsite.tests.browser import PHONE

pytestmark = pytest.mark.browser


def settle():
    """What the worker does some seconds after a decision."""
    approvals.settle(now=timezone.now() + timedelta(seconds=30))


def give(page, live_server, staff) -> Task:
    site = Assignment.objects.get(person=staff, status="on_site").site
    page.goto(f"{live_server.url}/sites/{site.pk}/tasks/new/")
    page.get_by_label("Task*", exact=True).fill("Test the label printers")
    page.get_by_label("What is delivered*").fill("A list of all printers with their results")
    page.get_by_label("How we shall know*").fill("Each printer prints 50 labels without a fault")
    page.get_by_label("Hours of work*").fill("12")
    page.locator(".owner", has_text=staff.name).click()
    expect(page.locator(".owner", has_text=staff.name).locator("input")).to_be_checked()
    page.get_by_role("button", name="Give it").click()
    expect(page.get_by_role("heading", name="Test the label printers", level=1)).to_be_visible()
    return Task.objects.get(title="Test the label printers")


@pytest.mark.clause("3.2.1")
def test_from_a_task_to_its_acceptance(company, visit, live_server):
    staff, lead = company["staff"], company["lead"]
    desk, phone = visit(lead), visit(staff, PHONE)
    task = give(desk, live_server, staff)

    # The owner plans on the phone.
    phone.goto(f"{live_server.url}{task.get_absolute_url()}")
    phone.get_by_role("button", name="Write the plan").click()
    phone.get_by_label("Goals").fill("Every printer tested before the month ends")
    row = phone.locator("[data-row]").first
    row.get_by_role("textbox", name="Step").fill("Test hall 1")
    row.get_by_label("From").fill(str(task.begins_on))
    row.get_by_label("Due").fill(str(task.due_on))
    phone.get_by_role("button", name="Submit to the lead").click()
    expect(phone.get_by_text("Sent to the site lead.")).to_be_visible()

    # Returned with a remark on the step.
    plan = Plan.objects.get(task=task)
    desk.goto(f"{live_server.url}{plan.get_absolute_url()}review/")
    desk.get_by_label("Remark on “Test hall 1”").fill("Hall 2 is missing")
    desk.get_by_label("Return with remarks").check()
    time.sleep(1.6)  # a page takes no decision in its first moments
    desk.get_by_role("button", name="Decide").click()
    expect(desk.get_by_text("Returned").first).to_be_visible()
    settle()

    # Version 2, approved.
    phone.goto(f"{live_server.url}{task.get_absolute_url()}")
    phone.get_by_role("button", name="Write the plan").click()
    expect(phone.get_by_text("Hall 2 is missing")).to_be_visible()
    phone.locator("[data-row]").first.get_by_role("textbox", name="Step").fill("Test halls 1 and 2")
    phone.get_by_label("What changes, and why").fill("Hall 2 is added")
    phone.get_by_role("button", name="Submit to the lead").click()
    expect(phone.get_by_text("Sent to the site lead.")).to_be_visible()
    second = Plan.objects.get(task=task, version=2)
    desk.goto(f"{live_server.url}{second.get_absolute_url()}compare/")
    expect(desk.locator("ins").first).to_be_visible()
    desk.goto(f"{live_server.url}{second.get_absolute_url()}review/")
    desk.get_by_label("Approve").check()
    time.sleep(1.6)
    desk.get_by_role("button", name="Decide").click()
    expect(desk.get_by_text("Approved").first).to_be_visible()
    settle()

    # Carried out on the phone, accepted at the desk.
    phone.goto(f"{live_server.url}{task.get_absolute_url()}")
    phone.get_by_role("button", name="Start").click()
    phone.get_by_role("button", name="Done", exact=True).click()
    expect(phone.locator(".step .num")).to_have_text("100 %")
    phone.get_by_role("link", name="Deliver").click()
    phone.get_by_label("What you deliver*").fill("The list is on the share")
    phone.get_by_role("button", name="Deliver it").click()
    expect(phone.get_by_text("Delivered; the site lead was told.")).to_be_visible()
    desk.goto(f"{live_server.url}/tasks/board/")
    card = desk.locator("[data-card]", has_text="Test the label printers")
    card.drag_to(desk.locator("[data-column=accepted]"))
    desk.get_by_label("By what do you know*").fill("All 24 printers are on the list")
    desk.get_by_role("button", name="Accept it").click()
    expect(desk.get_by_role("heading", name="Test the label printers", level=1)).to_be_visible()

    task.refresh_from_db()
    assert (task.status, task.accepted_by) == ("accepted", lead)


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
    desk.get_by_role("link", name="Make it a task").click()
    expect(desk).to_have_url(re.compile(rf"report={report.pk}"))
    desk.get_by_label("Task*", exact=True).fill("Order ribbons")
    desk.get_by_label("What is delivered*").fill("Twenty ribbons in the store")
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
