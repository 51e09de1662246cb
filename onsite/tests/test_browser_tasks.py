"""A task in the browser: given on the desktop, planned and done on a phone, returned once, approved, accepted."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.core import approvals
from apps.core.obligations import Obligation
from apps.workplans.models import Plan, Task, TaskTemplate
from apps.workplans.tests.factories import TaskFactory, plan_for, started
from onsite.tests.browser import PHONE, sideways, tab_to, too_small

pytestmark = [pytest.mark.browser, pytest.mark.clause("3.2.1")]

RECORD = {"name": "record.txt", "mimeType": "text/plain", "buffer": b"Signed by the client: 48 hours without a stop."}


def settled() -> None:
    """Decisions take effect once nobody can undo them any more."""
    approvals.settle(now=timezone.now() + timedelta(seconds=approvals.UNDO_SECONDS + 1))


def write_step(page, row: int, title: str, begins_on: date, due_on: date) -> None:
    """Type a row of the plan's editor."""
    page.locator(f"[name=title_{row}]").fill(title)
    page.locator(f"[name=begins_on_{row}]").fill(begins_on.isoformat())
    page.locator(f"[name=due_on_{row}]").fill(due_on.isoformat())


def fits_a_finger(page) -> None:
    assert sideways(page) <= 0
    assert too_small(page) == []


@pytest.mark.clause("3.1.1")
@pytest.mark.clause("3.1.2")
@pytest.mark.clause("3.2.2")
@pytest.mark.clause("3.2.3")
def test_a_task_from_giving_it_to_its_acceptance(visit, site, staff, lead, contact):
    today = timezone.localdate(timezone=site.zone)
    ends = today + timedelta(days=14)

    # --- The lead gives a task; one that nobody could measure is refused beside its field
    desk = visit(lead)
    desk.goto("/tasks/new/")
    desk.wait_for_url(f"**/sites/{site.pk}/tasks/new/")
    desk.locator("[name=title]").fill("Test the pump")
    desk.locator("[name=deliverable]").fill("A test record with its figures")
    desk.locator("[name=acceptance]").fill("good")
    desk.locator("[name=begins_on]").fill(today.isoformat())
    desk.locator("[name=due_on]").fill(ends.isoformat())
    desk.locator(".owner").filter(has_text="Staff Chen").click()
    desk.get_by_role("button", name="Give it").click()
    expect(desk.locator("[name=acceptance].is-invalid")).to_be_visible()
    expect(desk.locator("[name=title]")).to_have_value("Test the pump")
    expect(desk.locator(f"[name=owner][value='{staff.pk}']")).to_be_checked()
    desk.locator("[name=acceptance]").fill("It runs for 48 hours without a stop")
    desk.get_by_role("button", name="Give it").click()
    expect(desk.get_by_text("Given; its owner was told.")).to_be_visible()
    task = Task.objects.get()
    address = task.get_absolute_url()
    assert (task.owner, task.status, task.assigned_by) == (staff, "assigned", lead)

    # --- Its owner writes the plan on the phone; without an approved one nothing starts
    phone = visit(staff, PHONE)
    phone.goto(address)
    expect(phone.get_by_role("button", name="Start", exact=True)).to_have_count(0)
    fits_a_finger(phone)
    phone.get_by_role("button", name="Write its plan").click()
    phone.wait_for_url("**/plans/*/edit/")
    fits_a_finger(phone)
    phone.locator("[name=goals]").fill("The pump is proven before winter.")
    write_step(phone, 0, "Set up the bench", today, today + timedelta(days=3))
    expect(phone.locator("[name=title_1]")).to_be_hidden()
    phone.get_by_role("button", name="Another step").click()
    write_step(phone, 1, "Run it", today + timedelta(days=4), ends + timedelta(days=1))
    phone.get_by_role("button", name="Submit to the lead").click()
    expect(phone.locator("[name=title_1].is-invalid")).to_be_visible()  # a step outside the task's days
    expect(phone.locator("[name=goals]")).to_have_value("The pump is proven before winter.")
    phone.locator("[name=due_on_1]").fill(ends.isoformat())
    phone.get_by_role("button", name="Submit to the lead").click()
    expect(phone.get_by_text("Sent to the site lead.")).to_be_visible()
    first = task.plans.get()
    assert (first.status, first.version, first.steps.count()) == ("in_review", 1, 2)

    # --- The lead returns it with a remark on a step, beside which the owner reads it
    desk.goto(first.get_absolute_url())
    desk.get_by_role("link", name="Review with remarks").click()
    desk.get_by_role("radio", name="Return with remarks").check()
    bench = first.steps.get(title="Set up the bench")
    desk.locator(f"[name=remark_{bench.pk}]").fill("Say whose bench, please.")
    desk.get_by_role("button", name="Decide").click()
    expect(desk.locator(".notice").get_by_role("button", name="Undo")).to_be_visible()
    settled()
    first.refresh_from_db()
    assert first.status == "returned"
    phone.goto(first.get_absolute_url())
    expect(phone.locator(".remark")).to_have_text("Say whose bench, please.")

    # --- Version 2 says what changes, and is approved
    phone.goto(address)
    phone.get_by_role("button", name="Write its plan").click()
    phone.wait_for_url("**/plans/*/edit/")
    expect(phone.locator(".banner")).to_contain_text("Say whose bench, please.")
    expect(phone.locator("[name=title_0]")).to_have_value("Set up the bench")  # the second begins where the first was
    phone.locator("[name=title_0]").fill("Set up the client's bench")
    phone.get_by_role("button", name="Submit to the lead").click()
    expect(phone.locator("[name=change].is-invalid")).to_be_visible()
    phone.locator("[name=change]").fill("It is the client's bench.")
    phone.get_by_role("button", name="Submit to the lead").click()
    expect(phone.get_by_text("Sent to the site lead.")).to_be_visible()
    second = task.plans.get(version=2)

    desk.goto(f"{second.get_absolute_url()}review/")
    desk.get_by_role("link", name="Compare with the version before").click()
    expect(desk.locator(".compare-changed").filter(has_text="Set up the client's bench")).to_be_visible()
    desk.goto(f"{second.get_absolute_url()}review/")
    desk.get_by_role("radio", name="Approve").check()
    desk.get_by_role("button", name="Decide").click()
    expect(desk.locator(".notice").get_by_role("button", name="Undo")).to_be_visible()
    settled()
    second.refresh_from_db()
    assert (second.status, second.in_force) == ("approved", True)
    desk.goto(first.get_absolute_url())
    expect(desk.get_by_text("Say whose bench, please.").first).to_be_visible()  # the first version stays as it was

    # --- Started, every step done, delivered: on the phone
    phone.goto(address)
    phone.get_by_role("button", name="Start", exact=True).click()
    expect(phone.get_by_text("Started.", exact=True)).to_be_visible()
    expect(phone.get_by_role("button", name="Deliver")).to_be_disabled()  # two steps are open
    rows = phone.locator(".steps .step")
    rows.nth(0).get_by_role("button", name="Done", exact=True).click()
    expect(rows.nth(0).locator("progress")).to_have_attribute("value", "100")
    rows.nth(1).get_by_role("button", name="Half done").click()
    expect(rows.nth(1).locator("progress")).to_have_attribute("value", "50")
    rows.nth(1).get_by_role("button", name="Done", exact=True).click()
    expect(rows.nth(1).locator("progress")).to_have_attribute("value", "100")
    fits_a_finger(phone)
    phone.get_by_role("link", name="Deliver").click()
    phone.get_by_label("What you deliver").fill("The record lies in the folder Pump.")
    phone.get_by_role("button", name="Deliver it").click()
    expect(phone.get_by_text("Delivered; the site lead was told.")).to_be_visible()

    # --- The lead accepts it, for the client with proof only
    desk.goto("/tasks/?status=delivered")
    desk.get_by_role("link", name="Test the pump").first.click()
    desk.get_by_role("link", name="Accept", exact=True).click()
    desk.get_by_label("By what do you know").fill("48 hours, no stop.")
    desk.locator("[name=client_contact]").select_option(str(contact.pk))
    desk.get_by_role("button", name="Accept it").click()
    expect(desk.get_by_text("Add the proof of the client's acceptance").first).to_be_visible()
    expect(desk.get_by_label("By what do you know")).to_have_value("48 hours, no stop.")
    desk.locator("input[type=file]").set_input_files(RECORD)
    desk.get_by_role("button", name="Accept it").click()
    desk.wait_for_url(f"**{address}")
    expect(desk.get_by_text("48 hours, no stop.").first).to_be_visible()
    task.refresh_from_db()
    assert (task.status, task.accepted_by, task.client_contact) == ("accepted", lead, contact)
    assert list(task.plans.order_by("version").values_list("version", "status")) == [(1, "returned"), (2, "approved")]
    assert Obligation.objects.open().filter(site=site, owner__in=[staff, lead], kind__in=CLOCKS).count() == 0


CLOCKS = ("task_due", "step_due", "plan_review")


@pytest.mark.clause("3.1.1")
def test_the_owner_chosen_while_the_loads_are_reckoned_again_stays_chosen(visit, site, staff, lead):
    """Leaving the day asks for other loads; the answer, asked for before the choice, arrives after it."""
    desk = visit(lead)
    desk.goto(f"/sites/{site.pk}/tasks/new/")
    waiting = []
    desk.route("**/tasks/owner/**", lambda route: waiting.append(route))
    load = desk.locator(".owner").filter(has_text="Staff Chen").locator(".owner-load")
    before = load.inner_text()

    desk.locator("[name=due_on]").fill(timezone.localdate(timezone=site.zone).isoformat())
    desk.locator("[name=due_on]").blur()
    desk.locator(".owner").filter(has_text="Staff Chen").click()
    for _try in range(100):
        if waiting:
            break
        desk.wait_for_timeout(50)
    waiting.pop().continue_()

    expect(load).not_to_have_text(before)  # other days, another load
    expect(desk.locator(f"[name=owner][value='{staff.pk}']")).to_be_checked()


@pytest.mark.clause("3.1.2")
def test_the_lead_of_a_site_gives_and_accepts_on_a_phone_as_well(visit, site, staff, lead):
    task = started(TaskFactory(site=site, owner=staff, title="Label the racks"), "Print")
    task.plans.get().steps.update(percent=100, done_at=timezone.now())
    Task.objects.filter(pk=task.pk).update(status="delivered", delivered_at=timezone.now(), outcome="All labelled")

    phone = visit(lead, PHONE, theme="dark")
    for address in ("/tasks/", "/tasks/board/", "/tasks/gantt/", "/tasks/calendar/", f"/sites/{site.pk}/tasks/new/"):
        phone.goto(address)
        fits_a_finger(phone)
    phone.goto(task.get_absolute_url())
    fits_a_finger(phone)
    phone.get_by_role("link", name="Accept", exact=True).click()
    phone.get_by_label("By what do you know").fill("I walked along every rack.")
    phone.get_by_role("button", name="Accept it").click()
    phone.wait_for_url(f"**{task.get_absolute_url()}")

    task.refresh_from_db()
    assert (task.status, task.accepted_by, task.verdict) == ("accepted", lead, "I walked along every rack.")


# --- The board ----------------------------------------------------------------------------------------


def column(page, status: str):
    return page.locator(f"[data-column={status}]")


def card(page, title: str):
    return page.locator("[data-card]").filter(has_text=title)


@pytest.fixture
def startable(site, staff):
    """A task that waits under an approved plan."""
    task = TaskFactory(site=site, owner=staff, title="Change the scanners")
    plan_for(task, "Count", status="approved")
    return task


def test_a_card_is_moved_with_the_keyboard_alone(visit, staff, startable):
    page = visit(staff)
    page.goto("/tasks/board/")
    expect(column(page, "assigned").get_by_text("Change the scanners")).to_be_visible()

    start = card(page, "Change the scanners").get_by_role("button", name="Start")
    tab_to(page, start)
    page.keyboard.press("Enter")

    expect(page.get_by_text("Started.", exact=True)).to_be_visible()
    page.goto("/tasks/board/")
    expect(column(page, "started").get_by_text("Change the scanners")).to_be_visible()
    expect(column(page, "assigned").locator("[data-card]")).to_have_count(0)
    startable.refresh_from_db()
    assert startable.status == "started"


def test_a_card_is_moved_by_dragging_it_onto_a_column(visit, staff, startable):
    page = visit(staff)
    page.goto("/tasks/board/")

    card(page, "Change the scanners").drag_to(column(page, "accepted"))  # nothing leads there from here
    expect(column(page, "assigned").get_by_text("Change the scanners")).to_be_visible()
    startable.refresh_from_db()
    assert startable.status == "assigned"

    card(page, "Change the scanners").drag_to(column(page, "started"))
    expect(page.get_by_text("Started.", exact=True)).to_be_visible()
    startable.refresh_from_db()
    assert startable.status == "started"


def test_dragging_to_delivered_asks_what_is_delivered(visit, staff, startable):
    """A drop presses the card's own button: what a verb asks for is asked for, and nothing is passed by."""
    Plan.objects.get(task=startable).steps.update(percent=100, done_at=timezone.now())
    Task.objects.filter(pk=startable.pk).update(status="started", started_at=timezone.now())
    page = visit(staff)
    page.goto("/tasks/board/")

    card(page, "Change the scanners").drag_to(column(page, "delivered"))

    page.wait_for_url(re.compile(r"/deliver/$"))
    startable.refresh_from_db()
    assert startable.status == "started"
    page.get_by_role("button", name="Deliver it").click()
    expect(page.locator("[name=outcome].is-invalid")).to_be_visible()


def test_nobody_drags_the_task_of_somebody_else(visit, lead, startable):
    """The lead sees the card, but only its owner starts it."""
    page = visit(lead)
    page.goto("/tasks/board/")

    expect(card(page, "Change the scanners")).to_have_attribute("draggable", "false")
    expect(card(page, "Change the scanners").get_by_role("button")).to_have_count(0)


@pytest.mark.clause("3.1.2")
def test_a_template_fills_what_was_not_typed_yet(visit, site, lead):
    """Nothing is asked about leaving, and nothing typed is lost."""
    template = TaskTemplate.objects.create(
        name="Go-live", project_kind="Roll-out", title="Go live", deliverable="A record of the go-live",
        acceptance="The client signs the record", hours=24,
    )  # fmt: skip
    desk = visit(lead)
    desk.goto(f"/sites/{site.pk}/tasks/new/")
    desk.locator("[name=title]").fill("Go live in hall 2")
    desk.locator("[name=template]").select_option(str(template.pk))
    desk.get_by_role("button", name="Fill in").click()
    desk.wait_for_url(f"**?template={template.pk}")
    expect(desk.locator("[name=title]")).to_have_value("Go live in hall 2")
    expect(desk.locator("[name=acceptance]")).to_have_value("The client signs the record")
    expect(desk.locator("[name=hours]")).to_have_value("24.0")
