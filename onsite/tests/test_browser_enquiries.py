"""A client's question in the browser, from its arrival to its answer (7.1.2a)."""

import io
import sys
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from apps.communication.actions import enquiries
from apps.communication.actions.sending import send_waiting
from apps.communication.models import Enquiry
from apps.communication.obligations.enquiries import rounds
from apps.personnel.tests.factories import PASSWORD, AssignmentFactory, UserFactory
from onsite.tests.browser import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.clause("7.1.2a")]


def asked(site, contact, by, *, hours=1.0, subject="The scanner stops", text="") -> Enquiry:
    """A question by phone, some hours ago."""
    moment = timezone.now() - timedelta(hours=hours)
    return enquiries.log_enquiry(
        site=site, contact=contact, subject=subject, text=text or f"{subject} every morning.", channel="phone", by=by,
        now=moment, key=f"{subject} {hours}",
    )  # fmt: skip


def post(sender: str, subject: str, text: str, monkeypatch, **headers) -> None:
    """Hand a letter to `manage.py receive_mail`, as a mail server's pipe does."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, "service@onsite.example", subject
    letter["Date"] = format_datetime(timezone.now())
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(text)
    pipe = io.TextIOWrapper(io.BytesIO(letter.as_bytes()))
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", pipe)
        call_command("receive_mail", stdout=io.StringIO())


def test_staff_signs_in_on_a_phone_logs_a_question_and_answers_it(visit, site, staff, contact):
    page = visit(device=PHONE)
    page.goto("/")
    page.get_by_label("Email").fill(staff.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Staff Chen")

    page.get_by_role("button", name="New", exact=True).click()
    page.locator("#create").get_by_role("link", name="Log an enquiry").click()
    expect(page.get_by_label("Site")).to_have_value(str(site.pk))
    page.get_by_label("Who of the client").select_option(str(contact.pk))
    page.get_by_label("What did they ask").fill("Where do we collect the new badges?")
    page.get_by_role("button", name="Log it").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Where do we collect the new badges?")
    expect(page.locator("#clock")).to_contain_text("Remaining")
    expect(page.locator("#clock")).to_contain_text("23 h 59 min left")

    page.get_by_label("Your answer").fill("At the gate house, from nine.")
    page.locator("[name=answer-channel]").select_option("phone")
    page.get_by_role("button", name="Answer", exact=True).click()

    expect(page.locator(".turn-out")).to_contain_text("At the gate house, from nine.")
    clock = page.locator("#clock")
    expect(clock).to_contain_text("Answered")
    expect(clock).to_contain_text("in time")
    enquiry = Enquiry.objects.get()
    [promise] = rounds(enquiry)
    assert (enquiry.status, enquiry.owner, promise.status, promise.late) == ("answered", staff, "met", False)
    assert promise.due_at - promise.opened_at == timedelta(hours=24)


@pytest.mark.clause("1.3.2")
def test_a_lead_hands_a_question_to_a_colleague_and_opens_it_again(visit, site, staff, lead, contact):
    colleague = AssignmentFactory(site=site, person=UserFactory(name="Colleague Bo")).person
    enquiry = asked(site, contact, staff)
    page = visit(lead, DESKTOP)

    page.goto(enquiry.get_absolute_url())
    page.get_by_role("link", name="Hand over").click()
    page.get_by_label("New owner").select_option(label="Colleague Bo")
    page.get_by_label("Why").fill("Bo knows the scanners.")
    page.get_by_role("button", name="Hand over").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("The scanner stops")
    expect(page.locator("dl.facts", has_text="Owner")).to_contain_text("Colleague Bo")
    expect(page.locator("body")).to_contain_text("Bo knows the scanners.")

    theirs = visit(colleague, PHONE)
    theirs.goto("/")
    theirs.get_by_role("link", name="The scanner stops").first.click()
    theirs.get_by_label("Your answer").fill("A new cable is on its way.")
    theirs.locator("[name=answer-channel]").select_option("phone")
    theirs.get_by_role("button", name="Answer", exact=True).click()
    expect(theirs.locator("#clock")).to_contain_text("in time")

    page.reload()
    page.get_by_role("button", name="Open again").click()
    page.locator("#confirm [data-confirmed]").click()
    expect(page.locator("#clock")).to_contain_text("Round 2")
    expect(page.locator("#clock")).to_contain_text("Round 1")
    expect(page.locator("#clock")).to_contain_text("left")

    assert [(one.period, one.status, one.owner) for one in rounds(enquiry)] == [
        ("1", "met", colleague),
        ("2", "open", colleague),
    ]


def test_a_letter_becomes_a_question_and_its_answer_leaves_as_a_threaded_mail(
    visit, site, lead, contact, monkeypatch, settings
):
    settings.CLIENT_MAIL_FROM = "Service <service@onsite.example>"
    sender = f"{contact.name} <{contact.email}>"
    post(sender, "Badges for Monday", "Can two more people enter?", monkeypatch, Message_ID="<first@client.example>")
    post(
        sender,
        "Automatic reply",
        "I am away.",
        monkeypatch,
        Auto_Submitted="auto-replied",
        Message_ID="<auto@c.example>",
    )

    page = visit(lead, DESKTOP)
    page.goto("/enquiries/")
    page.get_by_role("link", name="Badges for Monday").click()
    expect(page.locator(".turn-in")).to_contain_text("Can two more people enter?")
    page.get_by_label("Your answer").fill("Yes, they are on the list.")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.get_by_text("Your answer is on its way.")).to_be_visible()
    expect(page.locator("#clock")).to_contain_text("in time")

    assert send_waiting() == 1
    [letter] = [one for one in mail.outbox if contact.email in one.to]
    enquiry = Enquiry.objects.get()
    sent = letter.message()
    assert (sent["In-Reply-To"], enquiry.number in sent["Subject"]) == ("<first@client.example>", True)
    assert "Yes, they are on the list." in letter.body

    # The client writes back: the same conversation, and a clock of its own.
    post(
        sender,
        f"Re: {sent['Subject']}",
        "And on Tuesday?",
        monkeypatch,
        In_Reply_To=sent["Message-ID"],
        Message_ID="<two@c.example>",
    )
    page.reload()
    expect(page.locator(".turn-in")).to_have_count(2)
    expect(page.locator("#clock")).to_contain_text("Round 2")
    assert [one.status for one in rounds(enquiry)] == ["met", "open"]


def test_late_stays_late(visit, site, staff, lead, contact):
    enquiry = asked(site, contact, staff, hours=26)
    page = visit(staff, PHONE)

    page.goto(enquiry.get_absolute_url())
    expect(page.locator("#clock")).to_contain_text("2 h 0 min overdue")
    page.get_by_label("Your answer").fill("Sorry for the wait.")
    page.locator("[name=answer-channel]").select_option("phone")
    page.get_by_role("button", name="Answer", exact=True).click()

    expect(page.locator("#clock")).to_contain_text("1 d 2 h")
    expect(page.locator("#clock")).to_contain_text("late")
    theirs = visit(lead, DESKTOP)
    theirs.goto("/enquiries/?late=late")
    expect(theirs.locator("tr[data-row]")).to_have_count(1)
    [promise] = rounds(enquiry)
    assert (promise.status, promise.late) == ("met", True)


def test_the_wrong_role_is_told_why_and_a_stranger_finds_nothing(visit, site, staff, stranger, contact, finance, hr):
    enquiry = asked(site, contact, staff)

    page = visit(hr, DESKTOP)
    answer = page.goto(f"{enquiry.get_absolute_url()}put-aside/")
    assert answer.status == 403
    expect(page.get_by_text("This is for the site lead.")).to_be_visible()
    expect(page.get_by_text("Ask the site lead or the department head.")).to_be_visible()

    for person in (stranger, finance):
        other = visit(person, DESKTOP)
        assert other.goto(enquiry.get_absolute_url()).status == 404
        expect(other.locator("body")).not_to_contain_text("The scanner stops")


def test_a_very_long_question_leaves_its_answer_within_reach(visit, site, staff, contact):
    subject = "The scanner on line three stops every morning before the first shift begins, and so does its twin"
    enquiry = asked(site, contact, staff, subject=subject, text="The scanner stops every morning. " * 1500)
    page = visit(staff, PHONE, java_script_enabled=False)

    page.goto(enquiry.get_absolute_url())
    heading, text = page.get_by_role("heading", level=1), page.locator(".turn-in .long-text")
    expect(heading).to_have_text(subject)
    assert heading.bounding_box()["height"] < 70
    assert text.bounding_box()["height"] < 300

    page.locator(".turn-in .fold-more").click()
    page.locator(".page-head .fold-more").click()
    assert heading.bounding_box()["height"] > 80
    assert text.bounding_box()["height"] > 3000

    page.goto("/enquiries/")
    assert page.get_by_role("link", name=subject).bounding_box()["height"] < 60
