"""One person's way in the browser, across the roles: asked for, chosen, papers, on site, early departure, handover."""

import base64
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.communication.models import ClientRequest
from apps.core import approvals
from apps.core.attachments import Attachment
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.personnel.actions import papers, training
from apps.personnel.models import Assignment, Course, Departure, DocumentVersion, Proof, Skill, TrainingSession
from apps.personnel.tests.factories import AssignmentFactory, UserFactory
from onsite.tests.browser import PHONE, sideways

pytestmark = [pytest.mark.browser, pytest.mark.clause("2.1.1")]

PAPER = {
    "name": "paper.png",
    "mimeType": "image/png",
    "buffer": base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    ),
}
CONSENT = {"name": "consent.txt", "mimeType": "text/plain", "buffer": b"Fine with us."}
KINDS = ("rulebook", "safety", "confidentiality", "it_rules")


def settled() -> None:
    """Decisions take effect once nobody can undo them any more."""
    approvals.settle(now=timezone.now() + timedelta(seconds=approvals.UNDO_SECONDS + 1))


def approve(page) -> None:
    """Read, approve, and let the time to undo pass."""
    page.wait_for_timeout(1500)  # a page that has only just opened takes no approval
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".notice").get_by_role("button", name="Undo")).to_be_visible()
    settled()


@pytest.fixture
def documents(hr):
    """Each kind in an edition that holds at every site."""
    return [
        papers.publish(
            site=None, kind=kind, title=f"Our {kind}", text="Keep to it.", changes="", by=hr, now=timezone.now()
        )
        for kind in KINDS
    ]


@pytest.fixture
def newcomer(transactional_db):
    return UserFactory(name="Ming Zeng", title="Engineer")


@pytest.mark.clause("2.2.1b")
@pytest.mark.clause("2.2.2a")
@pytest.mark.clause("2.2.2c")
def test_from_a_staffing_request_to_a_signed_handover(visit, site, lead, hr, newcomer, contact, documents):
    today = timezone.localdate()
    Skill.objects.create(name="Welding")
    stays = AssignmentFactory(site=site, person=UserFactory(name="Who stays")).person

    # --- The lead asks for somebody (2.1.1)
    desk = visit(lead)
    desk.goto("/staffing/new/")
    desk.locator("[name=position]").fill("Fitter")
    desk.locator("[name=since]").fill(today.isoformat())
    desk.locator("[name=planned_to]").fill((today + timedelta(days=200)).isoformat())
    desk.locator("select[name=site]").select_option(str(site.pk))
    desk.get_by_role("button", name="Ask for them").click()
    expect(desk.get_by_text("HR is told.")).to_be_visible()
    request_page = desk.url

    # --- HR sees who fits, and decides with a reason
    hr_desk = visit(hr)
    hr_desk.goto(request_page)
    hr_desk.get_by_role("link", name="Candidates").click()
    hr_desk.get_by_role("checkbox", name="Ming Zeng").check()
    hr_desk.get_by_role("button", name="Choose the marked").click()
    hr_desk.get_by_role("button", name="Send them").click()
    expect(hr_desk.locator("[name=reason].is-invalid")).to_be_visible()  # without a reason nobody goes
    hr_desk.locator("[name=reason]").fill("Free, and knows the plant.")
    hr_desk.get_by_role("button", name="Send them").click()
    hr_desk.wait_for_url("**/selections/*/")
    expect(hr_desk.get_by_text("Ming Zeng").first).to_be_visible()
    posting = Assignment.objects.get(person=newcomer)
    assert (posting.status, posting.selection.reason) == ("planned", "Free, and knows the plant.")

    # --- The person accepts on the phone, hands in papers and signs documents
    phone = visit(newcomer, PHONE)
    phone.goto(f"/assignments/{posting.pk}/pack/")
    phone.get_by_role("button", name="I go").click()
    expect(phone.get_by_role("button", name="I go")).to_have_count(0)
    assert sideways(phone) <= 0
    for kind in ("identity", "education", "work"):
        phone.goto(f"/proofs/new/?kind={kind}")
        phone.locator("input[type=file]").set_input_files(PAPER)
        phone.get_by_role("button", name="Hand in").click()
        expect(phone.get_by_text("Handed in. HR looks at it.")).to_be_visible()
    for document in documents:
        phone.goto(document.get_absolute_url())
        phone.locator("input[name=signed_name]").fill("Somebody else")
        phone.get_by_role("button", name="Sign").click()
        expect(phone.get_by_text("Type your name as it is on record").first).to_be_visible()
        phone.locator("input[name=signed_name]").fill("Ming Zeng")
        phone.get_by_role("button", name="Sign").click()
        expect(phone.get_by_text("Signed. The moment and your name are on record.")).to_be_visible()
    phone.goto(posting.get_absolute_url())
    phone.get_by_role("button", name="I am here").click()
    expect(phone.get_by_text("Reported in:")).to_be_visible()

    # --- Not on site before HR verified every paper (2.2.1b)
    desk.goto(posting.get_absolute_url())
    expect(desk.get_by_role("button", name="Confirm the arrival")).to_be_disabled()
    for proof in Proof.objects.filter(person=newcomer):
        hr_desk.goto(proof.get_absolute_url())
        hr_desk.get_by_role("button", name="Look at the papers").click()
        expect(hr_desk.locator("img.paper-page").first).to_be_visible()
        hr_desk.get_by_role("button", name="Verify").click()
        expect(hr_desk.locator("main").get_by_text("Verified").first).to_be_visible()
    looks = Event.objects.filter(verb="file_viewed", actor=hr).count()
    assert (looks, Attachment.objects.filter(sensitive=True).count()) == (3, 3)
    desk.goto(posting.get_absolute_url())
    desk.get_by_role("button", name="Confirm the arrival").click()
    expect(desk.get_by_text("is on site").first).to_be_visible()
    posting.refresh_from_db()
    assert (posting.status, posting.confirmed_by) == ("on_site", lead)

    # --- Early departure: HR and the client side decide, side by side (2.2.2a)
    owed = ClientRequest.objects.create(
        site=site, contact=contact, title="A second pump", owner=newcomer, logged_by=newcomer, status="new",
        received_at=timezone.now(),
    )  # fmt: skip
    phone.goto(f"/assignments/{posting.pk}/departure/")
    phone.locator("[name=last_day]").fill(today.isoformat())
    phone.get_by_label("Why they leave early").fill("My mother is ill.")
    phone.get_by_role("button", name="Ask HR and the client side").click()
    expect(phone.locator("[name=short_notice_reason].is-invalid")).to_be_visible()  # a short notice needs a reason
    phone.locator("[name=short_notice_reason]").fill("She needs me at once.")
    phone.get_by_role("button", name="Ask HR and the client side").click()
    expect(phone.get_by_text("Stay until both have agreed.")).to_be_visible()
    departure = Departure.objects.get()

    hr_desk.goto(departure.get_absolute_url())
    approve(hr_desk)
    desk.goto(f"{departure.get_absolute_url()}client/")
    desk.get_by_label("Who of the client decided").select_option(str(contact.pk))
    desk.locator("input[name=agreed][value=yes]").check()
    desk.get_by_label("What they said").fill("We understand.")
    desk.locator("input[type=file]").set_input_files(CONSENT)
    desk.get_by_role("button", name="Record").click()
    expect(desk.get_by_text("On record. The client side can be signed now.")).to_be_visible()
    approve(desk)
    departure.refresh_from_db()
    assert departure.status == "approved"

    # --- Handover: each thing has a taker who accepts, then the lead signs (2.2.2c)
    desk.goto(departure.get_absolute_url())
    desk.get_by_role("link", name="Handover", exact=True).click()
    handover_page = desk.url
    expect(desk.locator(".rows").get_by_text("A second pump", exact=True).first).to_be_visible()
    for box in desk.locator("form input[type=checkbox][name=items]").all():
        box.check()
    desk.locator("select[name=successor]").first.select_option(str(stays.pk))
    desk.get_by_role("button", name="Ask them to take over").click()
    expect(desk.get_by_text("Who stays").first).to_be_visible()

    other_phone = visit(stays, PHONE)
    other_phone.goto(f"{handover_page}take/")
    for box in other_phone.locator("form input[type=checkbox][name=items]").all():
        box.check()
    other_phone.get_by_role("button", name="Take over the marked").click()
    expect(other_phone.get_by_text("The site lead sees it.")).to_be_visible()

    desk.goto(handover_page)
    desk.get_by_role("link", name="Something else").click()
    desk.locator("[name=title]").fill("Key of the pump room")
    desk.get_by_role("button", name="Add", exact=True).click()
    desk.wait_for_url(handover_page)
    expect(desk.get_by_role("link", name="Sign", exact=True)).to_have_count(0)  # a key is still out
    for title in ("System and door access", "Site badge and keys", "Devices and data media", "Key of the pump room"):
        desk.get_by_label(title).check()
    desk.get_by_role("button", name="Given back").click()
    desk.get_by_role("link", name="Sign", exact=True).click()
    desk.get_by_role("button", name="Sign: the posting ends").click()
    expect(desk.get_by_text("Signed. The posting has ended")).to_be_visible()

    posting.refresh_from_db()
    owed.refresh_from_db()
    assert (posting.status, posting.ended_on, owed.owner) == ("ended", today, stays)
    assert Obligation.objects.open().filter(owner=newcomer, site=site).count() == 0
    sheet = desk.request.get(f"{handover_page}sheet/")
    assert (sheet.status, sheet.headers["content-type"], sheet.body()[:5]) == (200, "application/pdf", b"%PDF-")


def test_the_phone_shows_what_is_missing_before_the_first_day(visit, site, newcomer, documents):
    AssignmentFactory(site=site, person=newcomer, status="planned", since=timezone.localdate())
    phone = visit(newcomer, PHONE, theme="dark", language="zh-hans")
    phone.goto("/")
    assert sideways(phone) <= 0
    assert DocumentVersion.objects.current().count() == len(KINDS)
    for document in documents:
        expect(phone.locator(f"a[href='{document.get_absolute_url()}']").first).to_be_visible()


@pytest.mark.clause("2.4.1")
@pytest.mark.clause("2.4.3a")
def test_a_training_from_asking_for_a_place_to_a_verified_level(visit, site, lead, hr, assignment, staff):
    """The code in the room is scanned with the phone; a wrong result is corrected and the level falls back."""
    java = Skill.objects.create(name="Java")
    course = Course.objects.create(name="Java in depth", skill=java, level=3, hours=8)
    begins = timezone.now() + timedelta(minutes=20)
    session = training.plan_session(
        course=course, site=site, begins_at=begins, ends_at=begins + timedelta(hours=2), place="Room 3",
        trainer=None, guest_trainer="Ms Guest", places=2, by=hr, now=timezone.now(),
    )  # fmt: skip

    phone = visit(staff, PHONE)
    phone.goto(session.get_absolute_url())
    phone.get_by_role("link", name="Ask for a place").click()
    phone.locator("[name=reason]").fill("I work with it every day.")
    phone.get_by_role("button", name="Ask the site lead").click()
    phone.wait_for_url(lambda address: "/ask/" not in address)
    enrolment = session.enrolments.get()

    desk = visit(lead)
    desk.goto(enrolment.get_absolute_url())
    approve(desk)

    phone.goto(f"/training/attend/{session.token}/")  # where the code leads
    phone.get_by_role("button", name="I am here").click()
    expect(phone.get_by_text("You are marked present", exact=True)).to_be_visible()
    assert sideways(phone) <= 0

    hr_desk = visit(hr)
    hr_desk.goto(session.get_absolute_url())
    expect(hr_desk.locator("svg.qr")).to_be_visible()
    expect(hr_desk.get_by_role("link", name="Results")).to_have_count(0)  # not before it is over
    now = timezone.now()
    TrainingSession.objects.filter(pk=session.pk).update(begins_at=now - timedelta(hours=2), ends_at=now)
    hr_desk.reload()
    hr_desk.get_by_role("link", name="Results").click()
    hr_desk.locator("select").select_option("passed")
    hr_desk.get_by_role("button", name="Enter the results").click()
    expect(hr_desk.get_by_text("Passed", exact=True).first).to_be_visible()
    assert (staff.skills.get().verified_level, staff.skills.get().verified_by) == (3, hr)

    hr_desk.goto(enrolment.get_absolute_url())
    hr_desk.get_by_role("link", name="Correct the result").click()
    hr_desk.get_by_role("button", name="It was not passed").click()
    expect(hr_desk.locator("[name=reason].is-invalid")).to_be_visible()
    hr_desk.locator("[name=reason]").fill("Another person's sheet.")
    hr_desk.get_by_role("button", name="It was not passed").click()
    expect(hr_desk.get_by_text("The result is corrected.")).to_be_visible()
    assert staff.skills.get().verified_level is None

    phone.goto(session.get_absolute_url())
    phone.get_by_role("link", name="feedback").click()
    phone.locator("input[name=rating][value='4']").check()
    phone.get_by_role("button", name="Send it").click()
    phone.wait_for_url(f"**{session.get_absolute_url()}")
    assert session.feedback.get().rating == 4
