"""A broken line: what was entered waits in the browser, is counted, and reaches the server once."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from apps.communication.models import Enquiry
from apps.core.attachments import Attachment
from apps.personnel.models import Assignment
from apps.personnel.tests.factories import PASSWORD, ProofFactory
from onsite.tests.browser import PHONE, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def photo() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(drawn, "JPEG")
    return drawn.getvalue()


@pytest.fixture
def page(visit, assignment, staff, contact):
    page = visit(staff, PHONE)
    page.goto("/enquiries/new/")
    return page


def log(page, question: str) -> None:
    page.get_by_label("What did they ask").fill(question)
    page.get_by_role("button", name="Log it").click()


def test_an_entry_made_offline_waits_is_counted_and_goes_out_once(page):
    page.context.set_offline(True)
    log(page, "May we use gate 4?")
    expect(page.locator("#outbox")).to_contain_text("Waiting to be sent: 1")
    log(page, "And gate 5?")
    expect(page.locator("#outbox")).to_contain_text("Waiting to be sent: 2")
    expect(page.get_by_label("What did they ask")).to_have_value("")
    assert Enquiry.objects.count() == 0

    page.context.set_offline(False)
    expect(page.locator("#outbox")).to_be_hidden()
    assert sorted(Enquiry.objects.values_list("subject", flat=True)) == ["And gate 5?", "May we use gate 4?"]
    page.locator(".notice a").first.click()
    expect(page.locator("h1")).to_contain_text("gate")


def test_just_now_means_when_it_was_typed_not_when_the_line_came_back(page):
    page.context.set_offline(True)
    page.clock.install(time=timezone.now() - timedelta(hours=5))
    log(page, "A question five hours old")
    expect(page.locator("#outbox")).to_be_visible()

    page.clock.set_system_time(timezone.now())
    page.context.set_offline(False)
    expect(page.locator("#outbox")).to_be_hidden()
    age = timezone.now() - Enquiry.objects.get().arrived_at
    assert timedelta(hours=4, minutes=58) < age < timedelta(hours=5, minutes=2)


def test_an_answer_that_was_lost_on_the_way_stores_nothing_twice(page):
    def swallow(route):
        route.fetch(max_redirects=0)
        route.abort()

    page.route(
        "**/enquiries/new/", lambda route: swallow(route) if route.request.method == "POST" else route.fallback()
    )
    log(page, "Did this arrive?")
    expect(page.locator("#outbox")).to_contain_text("Waiting to be sent: 1")
    assert Enquiry.objects.count() == 1

    page.unroute("**/enquiries/new/")
    page.reload()
    expect(page.locator("#outbox")).to_be_hidden()
    assert Enquiry.objects.count() == 1


def test_a_photo_waits_too(page, photo):
    page.context.set_offline(True)
    page.get_by_text("Subject, files, answered already").click()
    page.set_input_files("[name=files]", {"name": "gate.jpg", "mimeType": "image/jpeg", "buffer": photo})
    log(page, "See the photo")
    expect(page.locator("#outbox")).to_be_visible()

    page.context.set_offline(False)
    expect(page.locator("#outbox")).to_be_hidden()
    assert Attachment.objects.get().name == "gate.jpg"


def test_what_the_server_refuses_is_kept_says_why_and_can_be_mended(page):
    page.context.set_offline(True)
    page.get_by_label("When did it come").fill("2099-01-01T08:00")
    log(page, "From the future")
    expect(page.locator("#outbox")).to_be_visible()
    page.context.set_offline(False)

    page.get_by_role("button", name="Show").click()
    row = page.locator("#outbox-rows li")
    expect(row).to_contain_text("lies in the future")
    expect(page.locator("#outbox")).to_contain_text("Refused, to be put right: 1")
    row.get_by_role("button", name="Open").click()
    expect(page.get_by_label("What did they ask")).to_have_value("From the future")
    assert Enquiry.objects.count() == 0
    page.get_by_label("When did it come").fill("")
    page.get_by_role("button", name="Log it").click()
    page.wait_for_url("**/enquiries/*/")
    expect(page.locator("#outbox")).to_be_hidden()  # mended and stored: nothing waits any more
    assert Enquiry.objects.get().subject == "From the future"


def test_words_for_a_page_that_closed_meanwhile_can_still_be_read(page, assignment):
    page.context.set_offline(True)
    log(page, "Typed on the way home")
    expect(page.locator("#outbox")).to_contain_text("Waiting to be sent: 1")
    Assignment.objects.filter(pk=assignment.pk).delete()
    page.context.set_offline(False)

    page.get_by_role("button", name="Show").click()
    row = page.locator("#outbox-rows li")
    expect(row.locator(".row-kept")).to_have_text("Typed on the way home")
    expect(row.get_by_role("button", name="Open")).to_be_hidden()
    assert Enquiry.objects.count() == 0


def test_another_person_on_the_same_device_neither_sees_nor_sends_it(page, live_server, staff, lead):
    page.context.set_offline(True)
    log(page, "Mine alone")
    expect(page.locator("#outbox")).to_be_visible()
    sign_in(page.context, live_server, lead.email)
    page.context.set_offline(False)
    page.wait_for_timeout(1000)
    page.goto("/")
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("#outbox")).to_be_hidden()
    assert Enquiry.objects.count() == 0

    sign_in(page.context, live_server, staff.email)
    page.goto("/")
    expect(page.locator(".notice a")).to_be_visible()
    assert Enquiry.objects.get().logged_by == staff


def choose(page, photo: bytes) -> None:
    page.locator("input[type=file]").set_input_files({"name": "gate.jpg", "mimeType": "image/jpeg", "buffer": photo})


def chosen(page) -> list[str]:
    return page.locator("input[type=file]").evaluate("field => [...field.files].map((file) => file.name)")


def test_a_photo_survives_a_refusal_and_a_closed_page(page, photo):
    page.get_by_label("What did they ask").fill("Is gate 4 broken?")
    choose(page, photo)
    page.reload()
    expect(page.locator("[data-draft-note]")).to_contain_text("Discard")
    assert chosen(page) == ["gate.jpg"]

    log(page, "")
    expect(page.locator(".invalid-feedback")).to_be_visible()
    expect(page.locator("[data-draft-note]")).to_contain_text("Discard")
    assert chosen(page) == ["gate.jpg"]

    log(page, "Is gate 4 broken?")
    expect(page.locator("h1")).to_contain_text("gate 4")
    assert Attachment.objects.get().name == "gate.jpg"
    page.goto("/enquiries/new/")
    expect(page.get_by_label("What did they ask")).to_have_value("")
    assert chosen(page) == []


def test_a_form_that_was_refused_mended_and_sent_offline_is_empty_for_the_next_entry(page):
    page.get_by_label("When did it come").fill("2099-01-01T08:00")
    log(page, "From the future")
    expect(page.locator(".invalid-feedback")).to_contain_text("lies in the future")

    page.context.set_offline(True)
    page.get_by_label("When did it come").fill("")
    log(page, "From today")
    expect(page.locator("[data-outbox-count]")).to_contain_text("1")
    expect(page.locator("main .invalid-feedback, main .is-invalid, main .alert-danger")).to_have_count(0)
    expect(page.get_by_label("What did they ask")).to_have_value("")

    page.context.set_offline(False)
    expect(page.locator(".notice a")).to_be_visible()
    assert Enquiry.objects.get().subject == "From today"


def test_a_discarded_draft_takes_its_photo_along(page, photo):
    choose(page, photo)
    page.reload()
    page.get_by_role("button", name="Discard").click()
    assert chosen(page) == []
    page.reload()
    expect(page.locator("[data-draft-note]")).to_be_empty()
    assert chosen(page) == []


def test_words_typed_while_the_session_ended_are_there_after_signing_in(page, photo, staff):
    page.get_by_label("What did they ask").fill("Is gate 4 broken?")
    choose(page, photo)
    expect(page.locator("[data-draft-note]")).to_contain_text("kept")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Log it").click()

    page.wait_for_url("**/accounts/login/**")
    expect(page.locator("body")).to_contain_text("nothing was stored")
    page.get_by_label("Email").fill(staff.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_label("What did they ask")).to_have_value("Is gate 4 broken?")
    expect(page.locator("input[type=file]")).to_be_visible()
    assert chosen(page) == ["gate.jpg"]
    page.get_by_role("button", name="Log it").click()
    expect(page.locator("h1")).to_contain_text("gate 4")


def test_what_is_refused_is_sent_once_and_a_file_that_is_too_large_never(page):
    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.resource_type))
    field = page.locator("input[type=file]")
    large = field.evaluate("field => Number(field.dataset.mostBytes) + 1")
    field.set_input_files({"name": "film.mp4", "mimeType": "video/mp4", "buffer": bytes(large)})
    log(page, "See the film")
    expect(page.locator(".invalid-feedback")).to_contain_text("film.mp4 is larger than 25 MB")
    assert sent == []

    field.set_input_files({"name": "setup.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90\x00" * 50})
    page.get_by_role("button", name="Log it").click()
    expect(page.locator(".invalid-feedback")).to_contain_text("setup.pdf")
    expect(page.get_by_label("What did they ask")).to_have_value("See the film")
    assert (sent, chosen(page)) == (["fetch"], ["setup.pdf"])
    assert field.evaluate("field => field === document.activeElement")


def test_why_a_paper_goes_back_survives_a_reload_without_a_line(visit, staff, hr):
    proof = ProofFactory(person=staff)
    page = visit(hr, PHONE)
    page.goto(proof.get_absolute_url())
    page.locator("main [name=reason]").fill("The stamp is cut off")
    expect(page.locator("main [data-draft-note]")).to_contain_text("kept")
    page.reload()
    expect(page.locator("main [name=reason]")).to_have_value("The stamp is cut off")
