"""Work reported on a phone in a few taps, read by the lead, whose instruction becomes a task (3.3)."""

import re
import time

import pytest
from playwright.sync_api import expect

from apps.workplans.models import Report, WorkProblem
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
