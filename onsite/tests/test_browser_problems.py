"""A complaint in the browser: raised on a phone, urgent for the head, closed with two signatures (3.4.3)."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.communication.actions import problems
from apps.communication.models import Problem
from onsite.tests.browser import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.clause("3.4.3")]


def test_a_complaint_is_raised_acknowledged_planned_signed_by_two_and_closed(visit, site, staff, lead, head, contact):
    phone = visit(staff, PHONE)
    phone.goto("/")
    phone.get_by_role("button", name="New", exact=True).click()
    phone.locator("#create").get_by_role("link", name="Raise a problem", exact=True).click()
    phone.get_by_label("Complaint").check()
    phone.get_by_label("Who of the client").select_option(str(contact.pk))
    phone.get_by_label("What happened").fill("Wrong labels on 140 parcels")
    phone.get_by_label("Details").fill("Since Monday, line 2.")
    phone.get_by_role("button", name="Tell them now").click()
    expect(phone.get_by_text("They were told.")).to_be_visible()

    boss = visit(head, DESKTOP)
    boss.goto("/notifications/")
    expect(boss.locator("li", has_text="Wrong labels on 140 parcels").get_by_text("urgent", exact=True)).to_be_visible()
    boss.get_by_text("Wrong labels on 140 parcels").first.click()
    boss.get_by_role("button", name="Acknowledge").click()
    expect(boss.get_by_text("Acknowledged. Now write the joint plan together.")).to_be_visible()
    boss.get_by_role("link", name="Write the plan").click()
    boss.get_by_label("Joint plan").fill("Stop line 2 today (Wei). Recall the parcels on Tuesday (the client).")
    boss.get_by_role("button", name="Keep this plan").click()
    boss.get_by_role("button", name="Sign this plan").click()
    expect(boss.get_by_text("Signed.")).to_be_visible()

    desk = visit(lead, DESKTOP)
    problem = Problem.objects.get()
    desk.goto(f"{problem.get_absolute_url()}")
    desk.get_by_role("button", name="Sign this plan").click()
    expect(desk.get_by_text("Signed.")).to_be_visible()
    desk.get_by_role("link", name="Close", exact=True).click()
    desk.get_by_label("What came out").fill("All parcels are back and relabelled.")
    desk.get_by_role("button", name="Close it").click()

    expect(desk.get_by_text("All parcels are back and relabelled.").first).to_be_visible()
    problem.refresh_from_db()
    assert (problem.status, problem.acknowledged_by) == ("closed", head)
    assert {one.person for one in problem.signatures.all()} == {lead, head}


def test_closing_without_two_signatures_is_refused_with_its_clause(visit, site, staff, lead, head, stranger, contact):
    now = timezone.now()
    problem = problems.raise_problem(
        kind="major", site=site, title="The gate is closed", detail="Nobody can enter.", by=staff, now=now
    )
    problems.acknowledge(problem, by=head, now=now)
    problems.write_plan(problem, plan="Open it.", by=lead, now=now)
    problems.sign_plan(problem, version=1, by=lead, now=now)

    page = visit(lead, DESKTOP)
    page.goto(f"{problem.get_absolute_url()}close/")
    page.get_by_label("What came out").fill("Open.")
    page.get_by_role("button", name="Close it").click()
    refusal = page.locator(".alert-danger")
    expect(refusal).to_be_visible()
    expect(refusal).to_contain_text("sign")
    expect(page.locator("main a.clause").first).to_have_text("§ 3.4.3")
    expect(page.get_by_label("What came out")).to_have_value("Open.")

    theirs = visit(staff, PHONE)
    answer = theirs.goto(f"{problem.get_absolute_url()}close/")
    assert answer.status == 403
    expect(theirs.locator(".refusal")).to_contain_text("The joint plan is for the site lead and the department head")
    expect(theirs.locator(".refusal a.clause")).to_have_text("§ 3.4.3")

    assert visit(stranger, DESKTOP).goto(problem.get_absolute_url()).status == 404
    problem.refresh_from_db()
    assert problem.status == "acknowledged"
