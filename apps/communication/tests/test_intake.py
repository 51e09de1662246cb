"""Mail that comes in: every letter is kept once, and finds its enquiry or a person who sorts it (7.1.2a)."""

import io
import sys
import threading
from base64 import b64encode
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections

from apps.communication.actions import enquiries as actions
from apps.communication.actions import intake, sorting
from apps.communication.models import Enquiry, EnquiryMessage, InboundMail
from apps.communication.obligations.enquiries import rounds
from apps.communication.tests.letters import big, delivery_report, letter, multipart, of_type, part, with_file
from apps.core import obligations
from apps.core.attachments import Attachment
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel.models import ClientContact
from apps.personnel.tests.factories import NOON, ClientContactFactory, SiteFactory

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


def mail(*fields, sender="li@client.example", name="<1@client.example>", subject="The printer", body="It is broken."):
    """A letter of a client's program."""
    return letter(
        f"From: Li Wei <{sender}>",
        "To: support@onsite.example",
        f"Message-ID: {name}",
        f"Subject: {subject}",
        "Date: Mon, 06 May 2019 09:30:00 +0800",
        *fields,
        body=body,
    )


def receive(raw, at=NOON, now=None):
    return intake.receive(raw, arrived_at=at, now=now or at)


@pytest.fixture
def li(site):
    """The contact that `mail` comes from."""
    return ClientContactFactory(client=site.client, sites=[site], name="Li Wei", email="Li@Client.example")


@pytest.fixture
def asked(li, staff):
    """A question that came by mail at NOON."""
    return receive(mail()).enquiry


def answer(enquiry, by, at, **details):
    return actions.answer(enquiry, text="Tomorrow.", by=by, now=at, key=at.isoformat(), **details)


def clocks(enquiry):
    return [(one.period, one.status, one.opened_at, one.late) for one in rounds(enquiry)]


# --- From letter to enquiry ---------------------------------------------------------------------------


@pytest.mark.clause("7.1.2a")
def test_a_client_mail_becomes_an_enquiry_whose_clock_runs_from_its_arrival(li, site, lead):
    stored = receive(mail(), at=NOON, now=NOON + 2 * HOUR)

    enquiry = stored.enquiry
    assert (stored.status, enquiry.site, enquiry.contact, enquiry.subject) == ("filed", site, li, "The printer")
    assert (enquiry.owner, enquiry.channel, enquiry.arrived_at) == (lead, "mail", NOON)
    assert clocks(enquiry) == [("1", "open", NOON, False)]
    turn = enquiry.messages.get()
    assert (turn.text, turn.direction, turn.contact) == ("It is broken.", "in", li)
    assert turn.client_address == "li@client.example"
    assert list(Notification.objects.filter(kind="enquiry_new").values_list("person", flat=True)) == [lead.pk]


@pytest.mark.clause("7.1.2a")
@pytest.mark.parametrize("date", ["Date: Thu, 31 Dec 2099 09:30:00 +0800", "Date: nonsense", "X-None: 1"])
def test_a_wrong_or_missing_date_does_not_move_the_clock(li, date):
    raw = letter("From: li@client.example", "Message-ID: <d@client.example>", date, body="Hello?")
    assert receive(raw).enquiry.arrived_at == NOON


def test_an_arrival_in_the_future_is_now(li):
    assert receive(mail(), at=NOON + 5 * HOUR, now=NOON).enquiry.arrived_at == NOON


@pytest.mark.parametrize(
    ("charset", "subject"), [("gb18030", "打印机坏了"), ("big5", "印表機壞了"), ("utf-8", "打印机坏了")]
)
def test_chinese_mail_in_every_usual_encoding(li, charset, subject):
    raw = letter(
        b"From: li@client.example",
        b"Subject: =?" + charset.encode() + b"?B?" + b64encode(subject.encode(charset)) + b"?=",
        f"Content-Type: text/plain; charset={charset}",
        body=subject.encode(charset),
    )
    enquiry = receive(raw).enquiry
    assert (enquiry.subject, enquiry.messages.get().text) == (subject, subject)


def test_no_subject_takes_the_first_line(li):
    raw = letter("From: li@client.example", body="The door is stuck.\r\nPlease come.")
    assert receive(raw).enquiry.subject == "The door is stuck."


def test_html_only_and_nested_parts(li):
    inner = multipart(part("<p>Only <b>HTML</b></p>", "Content-Type: text/html"), boundary=b"inner")
    raw = mail(of_type("multipart/mixed"), body=multipart(of_type("multipart/related", b"inner") + b"\r\n\r\n" + inner))
    assert "HTML" in receive(raw).enquiry.messages.get().text


def test_files_that_came_with_a_letter_are_kept_with_it(li):
    raw = with_file('filename="report.pdf"', content=b"%PDF-1.4 content").replace(b"li.wei@client", b"li@client")
    turn = receive(raw).enquiry.messages.get()
    assert [(one.name, one.size) for one in Attachment.objects.about(turn)] == [("report.pdf", 16)]


def test_a_letter_of_25_megabytes(li):
    raw = big(25 * 1024 * 1024).replace(b"li.wei@client", b"li@client")
    stored = receive(raw)
    turn = stored.enquiry.messages.get()
    assert Attachment.objects.about(turn).get().size == 25 * 1024 * 1024
    assert (stored.size, len(bytes(stored.raw.content))) == (len(raw), len(raw))


# --- Once ---------------------------------------------------------------------------------------------


def test_the_same_letter_again_is_the_same_letter(asked):
    again = receive(mail("Received: by another way"), at=NOON + HOUR)
    assert again.enquiry == asked
    assert (InboundMail.objects.count(), Enquiry.objects.count(), EnquiryMessage.objects.count()) == (1, 1, 1)


def test_another_letter_under_the_same_identifier_is_kept_for_a_person(asked):
    other = [receive(mail(body="Something else."), at=NOON + HOUR) for _again in range(2)]
    assert other[0] == other[1]
    assert (other[0].status, other[0].reason, other[0].text) == ("triage", intake.SAME_ID, "Something else.")


@pytest.mark.django_db(transaction=True)
def test_one_letter_brought_by_eight_threads_is_one_enquiry(li):
    found = []

    def bring():
        found.append(receive(mail()).pk)
        connections.close_all()

    threads = [threading.Thread(target=bring) for _one in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1
    assert (InboundMail.objects.count(), Enquiry.objects.count()) == (1, 1)
    assert Obligation.objects.filter(kind="client_reply").count() == 1


# --- Threads ------------------------------------------------------------------------------------------


@pytest.mark.clause("7.1.2a")
def test_a_reply_joins_its_open_enquiry_without_a_new_clock(asked, lead):
    receive(mail("In-Reply-To: <1@client.example>", name="<2@client.example>", body="Hello?"), at=NOON + HOUR)

    assert [one.text for one in asked.messages.all()] == ["It is broken.", "Hello?"]
    assert clocks(asked) == [("1", "open", NOON, False)]
    assert Notification.objects.get(kind="enquiry_more").person == lead


@pytest.mark.parametrize("was_answered", [True, False])
def test_a_notice_names_who_wrote_the_letter(asked, site, lead, was_answered):
    ClientContactFactory(client=site.client, sites=[site], name="Fang Junjie", email="fang@client.example")
    if was_answered:
        answer(asked, lead, NOON + HOUR)
    receive(mail("In-Reply-To: <1@client.example>", sender="fang@client.example", name="<2@x>"), at=NOON + 2 * HOUR)

    told = Notification.objects.filter(person=lead).order_by("-pk").first()
    assert told.title == f"Fang Junjie {'asks' if was_answered else 'wrote again'}: The printer"


@pytest.mark.clause("7.1.2a")
@pytest.mark.parametrize("closed", [True, False])
def test_a_reply_to_an_answered_enquiry_starts_a_new_clock_at_its_arrival(asked, staff, closed):
    ours = answer(asked, staff, NOON + HOUR)
    if closed:
        actions.close(asked, by=staff, now=NOON + 2 * HOUR)
    receive(
        mail(f"References: <1@client.example> {ours.message_id}", name="<2@client.example>", body="And now?"),
        at=NOON + 5 * HOUR,
        now=NOON + 6 * HOUR,
    )

    asked.refresh_from_db()
    assert (asked.status, asked.round, asked.opened_at, asked.arrived_at) == ("open", 2, NOON + 5 * HOUR, NOON)
    assert clocks(asked) == [("1", "met", NOON, False), ("2", "open", NOON + 5 * HOUR, False)]


def test_the_token_in_the_subject_leads_back_when_the_headers_are_lost(asked, staff):
    answer(asked, staff, NOON + HOUR)
    subject = f"回复：The printer 【#E-{asked.token}】"
    stored = receive(mail(name="<2@client.example>", subject=subject), at=NOON + 2 * HOUR)
    assert stored.enquiry == asked


def test_the_token_alone_lets_no_stranger_into_a_conversation(asked):
    subject = f"Re: The printer [#E-{asked.token}]"
    stored = receive(mail(sender="x@elsewhere.example", name="<2@x.example>", subject=subject), at=NOON + HOUR)
    assert (stored.status, stored.reason, stored.site) == ("triage", intake.WRONG_TOKEN, asked.site)
    assert asked.messages.count() == 1


def test_a_colleague_of_the_contact_may_use_the_token(asked, site):
    ClientContactFactory(client=site.client, email="wang@client.example")
    subject = f"Re: The printer [#E-{asked.token}]"
    stored = receive(mail(sender="wang@client.example", name="<2@client.example>", subject=subject), at=NOON + HOUR)
    assert stored.enquiry == asked


# --- Programs' letters --------------------------------------------------------------------------------


@pytest.mark.clause("7.1.2a")
@pytest.mark.parametrize(
    "field",
    ["Auto-Submitted: auto-replied", "Precedence: auto_reply", "X-Autoreply: yes", "X-Auto-Response-Suppress: All"],
)
def test_an_automatic_reply_neither_starts_nor_stops_nor_reopens_a_clock(asked, staff, field):
    before = clocks(asked)
    receive(mail(field, "In-Reply-To: <1@client.example>", name="<2@c.example>"), at=NOON + HOUR)
    assert clocks(asked) == before
    ours = answer(asked, staff, NOON + 2 * HOUR)

    receive(mail(field, f"In-Reply-To: {ours.message_id}", name="<3@c.example>"), at=NOON + 3 * HOUR)

    asked.refresh_from_db()
    assert (asked.status, len(clocks(asked))) == ("answered", 1)
    assert [one.automatic for one in asked.messages.all()] == [False, True, False, True]


def test_an_automatic_letter_that_belongs_nowhere_is_kept_and_starts_nothing(li):
    stored = receive(mail("Auto-Submitted: auto-generated"))
    assert (stored.status, stored.enquiry, Enquiry.objects.count()) == ("automatic", None, 0)


@pytest.mark.clause("7.1.2a")
def test_what_was_wrongly_taken_for_an_automatic_reply_can_be_made_a_question(asked, staff, hr):
    answer(asked, staff, NOON + HOUR)
    stored = receive(
        mail("Precedence: bulk", "In-Reply-To: <1@client.example>", name="<2@c.example>"), at=NOON + 2 * HOUR
    )
    sorting.file_into(stored, enquiry=asked, by=hr, now=NOON + 9 * HOUR)

    asked.refresh_from_db()
    assert (asked.status, asked.opened_at) == ("open", NOON + 2 * HOUR)
    assert stored.status == "filed"


@pytest.mark.clause("7.1.2a")
def test_a_bounce_marks_the_answer_tells_its_author_and_lets_the_clock_run_on(asked, staff):
    before = clocks(asked)
    ours = answer(asked, staff, NOON + HOUR)
    assert clocks(asked) != before
    report = delivery_report().replace(b"<one@client.example>", ours.message_id.encode())
    stored = receive(report, at=NOON + 2 * HOUR)

    ours.refresh_from_db()
    assert (stored.status, stored.enquiry, ours.dispatch) == ("bounce", asked, "failed")
    assert clocks(asked) == before
    assert staff.pk in Notification.objects.filter(kind="answer_not_delivered").values_list("person", flat=True)


def test_a_delay_is_no_failure(asked, staff):
    ours = answer(asked, staff, NOON + HOUR)
    report = delivery_report().replace(b"<one@client.example>", ours.message_id.encode())
    receive(report.replace(b"Action: failed", b"Action: delayed"), at=NOON + 2 * HOUR)
    ours.refresh_from_db()
    assert ours.dispatch == "waiting"


def test_a_bounce_of_nothing_we_sent_is_kept(db):
    assert receive(delivery_report()).status == "bounce"


# --- Our own people -----------------------------------------------------------------------------------


@pytest.mark.clause("7.1.2a")
def test_a_colleague_who_answers_from_their_own_program_with_us_in_copy_has_answered(asked, staff):
    receive(
        letter(
            f"From: {staff.email.upper()}",
            "To: li@client.example",
            "Cc: support@onsite.example",
            "Message-ID: <own@us.example>",
            "In-Reply-To: <1@client.example>",
            body="Tomorrow at ten.",
        ),
        at=NOON + HOUR,
    )

    asked.refresh_from_db()
    said = asked.messages.get(direction="out")
    assert (asked.status, asked.first_answer_at, said.author, said.dispatch) == ("answered", NOON + HOUR, staff, "")
    assert clocks(asked) == [("1", "met", NOON, False)]


@pytest.mark.clause("7.1.2a")
def test_a_colleague_who_writes_to_us_alone_makes_a_note(asked, staff):
    receive(
        letter(
            f"From: {staff.email}",
            "To: support@onsite.example",
            "Message-ID: <own@us.example>",
            "In-Reply-To: <1@client.example>",
            body="I am on it.",
        ),
        at=NOON + HOUR,
    )
    asked.refresh_from_db()
    assert (asked.status, asked.messages.last().direction) == ("open", "note")


@pytest.mark.clause("7.1.2a")
def test_the_absence_note_of_a_colleague_is_no_answer(asked, staff):
    receive(
        letter(
            f"From: {staff.email}",
            "To: li@client.example, support@onsite.example",
            "Message-ID: <own@us.example>",
            "In-Reply-To: <1@client.example>",
            "Auto-Submitted: auto-replied",
            body="I am away.",
        ),
        at=NOON + HOUR,
    )
    asked.refresh_from_db()
    assert (asked.status, clocks(asked)) == ("open", [("1", "open", NOON, False)])


def test_a_copy_of_our_own_answer_is_not_taken_for_a_question(asked, staff):
    ours = answer(asked, staff, NOON + HOUR)
    stored = receive(mail(sender="support@onsite.example", name=ours.message_id), at=NOON + 2 * HOUR)
    assert (stored.status, stored.enquiry, asked.messages.count()) == ("automatic", asked, 2)


# --- What a person sorts ------------------------------------------------------------------------------


def test_an_unknown_sender_waits_for_a_person_who_is_told_once_an_hour(site, hr):
    first = receive(mail(sender="who@nowhere.example"))
    receive(mail(sender="who@nowhere.example", name="<2@x>"), at=NOON + timedelta(minutes=5))
    assert (first.status, first.reason, Enquiry.objects.count()) == ("triage", intake.STRANGER, 0)
    assert Notification.objects.get(kind="mail_to_sort").person == hr


def test_a_contact_of_several_sites_goes_to_the_one_they_last_asked_about(li, site, staff):
    second = SiteFactory(client=site.client)
    li.sites.add(second)
    first = receive(mail())
    assert (first.status, first.reason) == ("triage", intake.NO_SITE)
    actions.log_enquiry(site=site, contact=li, text="?", channel="phone", by=staff, now=NOON, key="k")

    assert receive(mail(name="<2@client.example>"), at=NOON + HOUR).enquiry.site == site


@pytest.mark.clause("7.1.2a")
def test_late_sorting_does_not_shorten_the_clock_and_late_is_late(site, hr, lead):
    stored = receive(mail(sender="new@client.example"), at=NOON)
    sorting.file_as_new(stored, site=site, contact_name="Ms New", by=hr, now=NOON + 30 * HOUR)
    obligations.sweep(now=NOON + 30 * HOUR)

    enquiry = stored.enquiry
    assert (stored.status, enquiry.owner, enquiry.arrived_at) == ("filed", lead, NOON)
    assert clocks(enquiry) == [("1", "open", NOON, True)]
    assert ClientContact.objects.get(email="new@client.example").client == site.client
    again = receive(mail(sender="new@client.example", name="<2@client.example>"), at=NOON + 31 * HOUR)
    assert again.enquiry.site == site


def test_a_letter_can_join_the_enquiry_it_belongs_to(asked, hr):
    stored = receive(mail(sender="li.private@mail.example", name="<p@x>", body="From home."), at=NOON + HOUR)
    sorting.file_into(stored, enquiry=asked, by=hr, now=NOON + 2 * HOUR)
    assert [one.text for one in asked.messages.all()] == ["It is broken.", "From home."]


def test_dismissing_needs_a_reason_and_can_be_taken_back(hr, site):
    stored = receive(mail(sender="shop@spam.example"))
    with pytest.raises(PolicyBroken):
        sorting.dismiss(stored, reason=" ", by=hr, now=NOON)
    sorting.dismiss(stored, reason="advertising", by=hr, now=NOON)
    assert stored.status == "dismissed"
    sorting.file_as_new(stored, site=site, by=hr, now=NOON + HOUR)
    with pytest.raises(WrongState):
        sorting.file_as_new(stored, site=site, by=hr, now=NOON + HOUR)
    assert Enquiry.objects.count() == 1


def test_only_hr_and_leads_sort_and_leads_only_at_their_sites(site, other_site, staff, lead, finance):
    stored = receive(mail(sender="new@client.example"))
    for person, where in ((staff, site), (finance, site), (lead, other_site)):
        with pytest.raises(NotAllowed):
            sorting.file_as_new(stored, site=where, by=person, now=NOON)
    assert list(InboundMail.objects.visible_to(lead)) == []


def test_opening_an_original_is_recorded(asked, hr, staff):
    stored = InboundMail.objects.get()
    assert sorting.open_original(stored, by=hr, now=NOON) == mail()
    with pytest.raises(NotAllowed):
        sorting.open_original(stored, by=staff, now=NOON)
    assert Event.objects.about(stored).get().actor == hr


# --- Nothing is dropped -------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [b"\x00\xff\xfe not a letter", b"just words", b"\n\n"])
def test_what_cannot_be_read_is_kept_byte_for_byte_and_shown(hr, raw):
    stored = receive(raw)
    assert (stored.status, bytes(stored.raw.content)) == ("unreadable", raw)
    assert list(InboundMail.objects.visible_to(hr)) == [stored]


def test_a_fault_of_our_own_loses_no_letter(li, monkeypatch):
    def fault(*_args, **_more):
        raise ZeroDivisionError

    monkeypatch.setattr(intake, "site_of", fault)
    stored = receive(mail())
    assert (stored.status, bytes(stored.raw.content), Enquiry.objects.count()) == ("unreadable", mail(), 0)


def run_command(raw, monkeypatch) -> int:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    try:
        call_command("receive_mail", stdout=io.StringIO(), stderr=io.StringIO())
    except SystemExit as left:
        return left.code
    return 0


def test_the_command_stores_what_the_mail_server_pipes(li, monkeypatch):
    assert run_command(mail(), monkeypatch) == 0
    assert Enquiry.objects.get().subject == "The printer"


def test_the_command_asks_the_mail_server_to_try_again_when_the_database_is_in_trouble(li, monkeypatch):
    def no_database(*_args, **_more):
        raise OperationalError("the database is gone")

    monkeypatch.setattr("apps.communication.management.commands.receive_mail.receive", no_database)
    assert run_command(mail(), monkeypatch) == 75


def test_the_command_refuses_what_is_too_large_or_empty_and_the_sender_learns_of_it(li, monkeypatch, settings):
    settings.MAIL_MAX_BYTES = len(mail())
    assert run_command(mail() + b"x", monkeypatch) == 65
    assert run_command(b"", monkeypatch) == 65
    assert run_command(mail(), monkeypatch) == 0
    assert InboundMail.objects.count() == 1
