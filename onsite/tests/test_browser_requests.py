"""What a client wants done, in the browser: from the wish to a changed date that both sides agreed (7.1.2b)."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.communication.actions import requests
from apps.communication.models import ClientRequest, DateChange
from apps.communication.obligations.requests import REQUEST_DUE
from apps.core import approvals
from apps.core.attachments import Attachment
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from onsite.tests.browser import DESKTOP, PHONE, typed

pytestmark = [pytest.mark.browser, pytest.mark.clause("7.1.2b")]

PROOF = ("consent.txt", b"We agree to the new date.")


def soon(**span) -> datetime:
    """A moment to the minute, as it can be typed."""
    return (timezone.now() + timedelta(**span)).replace(second=0, microsecond=0)


def proposed(site, contact, owner, title="A second dashboard") -> DateChange:
    """Another request whose date change waits for the lead."""
    now = timezone.now()
    request = requests.log_request(
        site=site, contact=contact, title=title, received_at=now, by=owner, now=now, owner=owner
    )
    requests.accept(request, owner=owner, agreed_due_at=soon(days=2), by=owner, now=now)
    return requests.propose_date(
        request, due_at=soon(days=6), reason="More data than thought.", consent_by=contact, consent_at=now,
        files=[PROOF], by=owner, now=now,
    )  # fmt: skip


@pytest.mark.clause("1.3.2")
def test_a_promised_date_moves_when_the_client_agreed_and_the_lead_signed(visit, site, staff, lead, contact):
    first_due, later_due = soon(days=3), soon(days=5)
    proposed(site, contact, staff)

    phone = visit(staff, PHONE)
    phone.goto("/requests/new/")
    phone.get_by_label("Who of the client").select_option(str(contact.pk))
    phone.get_by_label("What does the client want").fill("A dashboard for line 3")
    phone.get_by_label("I take it on").check()
    phone.get_by_role("button", name="Log it").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("A dashboard for line 3")

    phone.get_by_role("link", name="Accept").click()
    phone.get_by_label("Due time agreed with the client").fill(typed(first_due, staff))
    phone.get_by_role("button", name="Accept").click()
    expect(phone.get_by_text("Accepted. The clock runs to the agreed time.")).to_be_visible()

    phone.get_by_role("link", name="Change the date").click()
    phone.get_by_label("New due time").fill(typed(later_due, staff))
    phone.get_by_label("Why must it change").fill("A sensor arrives on Thursday.")
    phone.get_by_label("When did they agree").fill(typed(timezone.now(), staff))
    phone.get_by_role("button", name="Send for approval").click()
    expect(phone.get_by_text("Add the proof of the client's consent").first).to_be_visible()
    expect(phone.get_by_label("Why must it change")).to_have_value("A sensor arrives on Thursday.")

    name, content = PROOF
    phone.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})
    phone.get_by_role("button", name="Send for approval").click()
    expect(phone.get_by_text("The old date holds until it is signed.")).to_be_visible()
    expect(phone.locator(".step-who", has_text=lead.name)).to_be_visible()
    request = ClientRequest.objects.get(title="A dashboard for line 3")
    change = request.date_changes.get()
    assert [one.name for one in Attachment.objects.about(change)] == [name]
    assert request.agreed_due_at == first_due

    # The lead signs in the list: the row leaves, the count goes down; undone within ten seconds, it is back.
    desk = visit(lead, DESKTOP)
    desk.goto("/approvals/")
    badge = desk.locator(".sidebar [data-waiting]")
    expect(badge).to_have_text("2")
    row = desk.locator(".decision", has_text="A dashboard for line 3")
    row.get_by_role("button", name="Approve").click()
    expect(row).to_have_count(0)
    expect(badge).to_have_text("1")
    told = Notification.objects.filter(person=staff, kind="approval_decided")
    assert not told.exists()

    desk.locator(".notice").get_by_role("button", name="Undo").click()
    expect(desk.get_by_text("Taken back. Nobody was told.")).to_be_visible()
    expect(badge).to_have_text("2")

    row.get_by_role("button", name="Approve").click()
    expect(badge).to_have_text("1")
    request.refresh_from_db()
    assert request.agreed_due_at == first_due
    assert approvals.settle(now=timezone.now() + timedelta(seconds=11)) == 1

    request.refresh_from_db()
    [clock] = Obligation.objects.kind(REQUEST_DUE).about(request)
    assert (request.agreed_due_at, clock.due_at, clock.status) == (later_due, later_due, "open")
    assert told.count() == 1
    phone.goto(request.get_absolute_url())
    expect(phone.get_by_text(f"{later_due.astimezone(staff.zone):%H:%M}").first).to_be_visible()
    expect(phone.locator(".rows", has_text=f"{contact.name} agreed")).to_contain_text("Approved")


def test_a_date_in_the_past_is_refused_beside_its_field(visit, site, staff, contact):
    now = timezone.now()
    request = requests.log_request(
        site=site, contact=contact, title="A lamp", received_at=now, by=staff, now=now, owner=staff
    )
    page = visit(staff, PHONE)

    page.goto(f"{request.get_absolute_url()}accept/")
    field = page.get_by_label("Due time agreed with the client")
    field.fill(typed(now - timedelta(days=1), staff))
    page.get_by_role("button", name="Accept").click()

    expect(field).to_be_focused()
    expect(page.locator(".invalid-feedback")).to_be_visible()
    request.refresh_from_db()
    assert request.status == "new"
