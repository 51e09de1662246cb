"""The two ways of mail, over real sockets: answers that leave by SMTP, letters fetched by IMAP."""

import socket
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from django.db import OperationalError, connections
from django.utils import timezone

from apps.communication import tasks
from apps.communication.actions import enquiries as actions
from apps.communication.actions import intake, mailbox, sending
from apps.communication.models import Enquiry, EnquiryMessage, InboundMail
from apps.communication.obligations.enquiries import rounds
from apps.communication.tests.mailbox_server import Mailbox
from apps.communication.tests.test_intake import NOON, li, mail, receive
from apps.core import obligations, pulse
from apps.core.delivery import BACKOFF
from apps.core.notifications import Notification
from apps.core.pulse import Heartbeat
from apps.core.transitions import Event
from apps.core.verdicts import WrongState

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db
__all__ = ["li"]


class Sink:
    """A mail server that keeps what it takes; `answer` is what it says to a recipient."""

    def __init__(self):
        self.taken = []
        self.answer = "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 (the library's name)
        envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (the library's name)
        self.taken.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"

    def letters(self):
        return [message_from_bytes(content, policy=policy.default) for _to, content in self.taken]


@pytest.fixture
def sink(settings):
    handler = Sink()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.CLIENT_MAIL_FROM = "Onsite Service <support@us.example>"
    yield handler
    controller.stop()


@pytest.fixture
def box(settings):
    with Mailbox() as server:
        settings.IMAP_URL = server.url
        yield server


@pytest.fixture
def asked(li, staff):
    return receive(mail()).enquiry


def answer(enquiry, by, at, **details):
    return actions.answer(enquiry, text="明天十点。", by=by, now=at, key=at.isoformat(), **details)


# --- Out ----------------------------------------------------------------------------------------------


@pytest.mark.clause("7.1.2a")
def test_an_answer_leaves_as_a_threaded_mail_with_its_files_once(asked, staff, sink):
    message = answer(asked, staff, NOON + HOUR, files=[("plan.txt", b"ten o'clock")])
    actions.note(asked, text="secret", by=staff, now=NOON + HOUR, key="n")

    assert sending.send_waiting(now=NOON + HOUR) == 1
    assert sending.send_waiting(now=NOON + HOUR) == 0

    assert [to for to, _content in sink.taken] == [["li@client.example"]]
    (sent,) = sink.letters()
    assert sent["From"] == f"{staff.name} · Onsite Service <support@us.example>"
    assert sent["Subject"] == f"Re: The printer [#E-{asked.token}]"
    assert (sent["Message-ID"], sent["In-Reply-To"]) == (message.message_id, "<1@client.example>")
    assert sent["References"].split() == ["<1@client.example>"]
    assert sent["Auto-Submitted"] is None
    assert sent.get_body().get_content().strip() == "明天十点。"
    assert [part.get_filename() for part in sent.iter_attachments()] == ["plan.txt"]
    assert b"secret" not in sink.taken[0][1]
    message.refresh_from_db()
    assert (message.dispatch, message.sent_at) == ("sent", NOON + HOUR)


def test_the_client_can_answer_what_we_sent_and_the_thread_goes_on(asked, staff, sink):
    answer(asked, staff, NOON + HOUR)
    sending.send_waiting(now=NOON + HOUR)
    (first,) = sink.letters()
    receive(
        mail(
            f"In-Reply-To: {first['Message-ID']}",
            f"References: {first['References']} {first['Message-ID']}",
            name="<2@client.example>",
            subject=f"Re: {first['Subject']}",
            body="At eleven?",
        ),
        at=NOON + 2 * HOUR,
    )
    answer(asked, staff, NOON + 3 * HOUR)
    sending.send_waiting(now=NOON + 3 * HOUR)

    second = sink.letters()[1]
    assert second["Subject"] == first["Subject"]
    assert second["In-Reply-To"] == "<2@client.example>"
    assert second["References"].split() == ["<1@client.example>", first["Message-ID"], "<2@client.example>"]
    assert Enquiry.objects.count() == 1


def test_a_busy_server_is_tried_again_later(asked, staff, sink):
    message = answer(asked, staff, NOON)
    sink.answer = "451 try later"
    assert sending.send_waiting(now=NOON) == 0
    message.refresh_from_db()
    assert (message.dispatch, message.attempts, message.next_try_at) == ("waiting", 1, NOON + BACKOFF[0])

    sink.answer = "250 OK"
    assert sending.send_waiting(now=NOON) == 0
    assert sending.send_waiting(now=NOON + BACKOFF[0]) == 1


def test_a_mail_server_that_is_gone_is_not_asked_for_every_answer(asked, staff, settings):
    rows = [answer(asked, staff, NOON + number * HOUR) for number in range(3)]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert sending.send_waiting(now=NOON + 3 * HOUR) == 0
    for row in rows:
        row.refresh_from_db()
    assert sorted(row.attempts for row in rows) == [0, 0, 1]
    assert {(row.leased_until, row.next_try_at) for row in rows} == {(None, NOON + 3 * HOUR + BACKOFF[0])}


def test_a_refused_address_is_shown_told_and_can_be_sent_again(asked, staff, sink):
    message = answer(asked, staff, NOON)
    sink.answer = "550 nobody here"
    sending.send_waiting(now=NOON)
    message.refresh_from_db()
    assert (message.dispatch, "nobody here" in message.error) == ("failed", True)
    told = Notification.objects.filter(kind="answer_not_delivered").values_list("person", flat=True)
    assert staff.pk in told

    sink.answer = "250 OK"
    sending.resend(message, by=staff, now=NOON + HOUR)
    assert sending.send_waiting(now=NOON + HOUR) == 1
    with pytest.raises(WrongState):
        sending.resend(message, by=staff, now=NOON + HOUR)


@pytest.mark.clause("7.1.2a")
def test_an_answer_that_was_refused_answered_nothing_until_it_leaves(asked, staff, sink):
    message = answer(asked, staff, NOON)
    [clock] = rounds(asked)
    assert clock.status == "met"
    sink.answer = "550 nobody here"
    sending.send_waiting(now=NOON + HOUR)

    [clock] = rounds(asked)
    asked.refresh_from_db()
    assert (clock.status, clock.owner, asked.status, asked.first_answer_at) == ("open", asked.owner, "open", None)
    verbs = list(Event.objects.about(asked).values_list("verb", flat=True))
    assert {"answer_bounced", "obligation_runs_on"} <= set(verbs)
    obligations.sweep(now=clock.due_at)
    assert rounds(asked)[0].late

    sink.answer = "250 OK"
    late = clock.due_at + HOUR
    sending.resend(message, by=staff, now=late)
    assert rounds(asked)[0].status == "open"
    sending.send_waiting(now=late)
    [clock] = rounds(asked)
    asked.refresh_from_db()
    assert (clock.status, clock.met_at, clock.late) == ("met", late, True)
    assert (asked.status, asked.first_answer_at) == ("answered", late)


@pytest.mark.clause("7.1.2a")
def test_another_answer_that_reached_the_client_keeps_the_clock_stopped(asked, staff, sink):
    answer(asked, staff, NOON)
    actions.answer(
        asked, text="They said yes.", channel="phone", given_at=NOON + HOUR, by=staff, now=NOON + HOUR, key="phone"
    )
    sink.answer = "550 nobody here"
    sending.send_waiting(now=NOON + 2 * HOUR)
    [clock] = rounds(asked)
    assert (clock.status, clock.met_at, clock.late) == ("met", NOON + HOUR, False)


def test_a_worker_that_died_while_sending_leaves_a_lease_that_ends(asked, staff, sink):
    message = answer(asked, staff, NOON)
    sending._lease(NOON)
    assert sending.send_waiting(now=NOON + timedelta(seconds=30)) == 0
    assert sending.send_waiting(now=NOON + sending.LEASE) == 1
    assert [one["Message-ID"] for one in sink.letters()] == [message.message_id]


def test_nothing_typed_can_add_a_header_or_a_recipient(asked, staff, sink):
    actions.correct(asked, subject="Hello\r\nBcc: x@evil.example", contact=asked.contact, by=staff, now=NOON)
    answer(asked, staff, NOON)
    sending.send_waiting(now=NOON)
    assert sink.letters()[0]["Bcc"] is None
    assert sink.taken[0][0] == ["li@client.example"]


# --- In -----------------------------------------------------------------------------------------------


@pytest.mark.clause("7.1.2a")
def test_letters_are_fetched_and_marked_and_their_clock_runs_from_the_servers_date(li, box):
    box.put(mail(), internal_date="18-Nov-2026 01:30:00 +0000")
    box.put(mail(name="<2@client.example>", sender="who@nowhere.example"))

    assert mailbox.fetch(now=lambda: NOON) == 2
    assert mailbox.fetch(now=lambda: NOON) == 0

    assert Enquiry.objects.get().arrived_at == datetime(2026, 11, 18, 1, 30, tzinfo=UTC)
    assert sorted(InboundMail.objects.values_list("status", flat=True)) == ["filed", "triage"]
    assert (box.unseen(), box.fetched) == ([], 2)


def test_a_letter_is_not_marked_before_it_is_stored(li, box, monkeypatch):
    box.put(mail())

    def no_database(*_args, **_more):
        raise OperationalError("the database is gone")

    with monkeypatch.context() as trouble:
        trouble.setattr(mailbox, "receive", no_database)
        with pytest.raises(OperationalError):
            mailbox.fetch(now=lambda: NOON)
    assert box.unseen() == [1]

    assert mailbox.fetch(now=lambda: NOON) == 1
    assert Enquiry.objects.count() == 1


def test_a_letter_that_could_not_be_marked_is_fetched_twice_and_counts_once(li, box):
    box.put(mail())
    box.refuse_flags = True
    with pytest.raises(mailbox.MailboxTrouble):
        mailbox.fetch(now=lambda: NOON)
    box.refuse_flags = False
    mailbox.fetch(now=lambda: NOON)
    assert (box.fetched, InboundMail.objects.count(), EnquiryMessage.objects.count()) == (2, 1, 1)


def test_a_letter_too_large_stays_in_the_mailbox_and_is_shown(hr, box, settings):
    settings.MAIL_MAX_BYTES = 1000
    box.put(mail(body="x" * 2000))
    mailbox.fetch(now=lambda: NOON)
    stored = InboundMail.objects.get()
    assert (stored.status, stored.reason, box.fetched) == ("unreadable", intake.TOO_LARGE, 0)
    assert b"Subject: The printer" in bytes(stored.raw.content)
    assert (stored.sender, stored.subject) == ("li@client.example", "The printer")


def test_a_wrong_password_is_trouble_and_not_a_crash(box, settings, caplog):
    settings.IMAP_URL = box.url.replace("secret", "wrong")
    with pytest.raises(mailbox.MailboxTrouble):
        mailbox.fetch()


@pytest.mark.parametrize("url", ["", None])
def test_without_an_address_nothing_is_polled(settings, url):
    settings.IMAP_URL = ""
    assert mailbox.fetch(url) == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_fetch_the_same_mailbox_at_once(li, box):
    for number in range(5):
        box.put(mail(name=f"<{number}@client.example>", subject=f"Question {number}"))
    counts = []

    def work():
        counts.append(mailbox.fetch(now=lambda: NOON))
        connections.close_all()

    threads = [threading.Thread(target=work) for _one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(counts) == 5
    assert (box.fetched, Enquiry.objects.count()) == (5, 5)


def test_the_sender_of_an_answer_may_have_any_name(asked, staff, sink):
    staff.name = '王 "小" 明 <x@evil.example>'
    staff.save()
    answer(asked, staff, NOON)
    assert sending.send_waiting(now=NOON) == 1
    assert sink.letters()[0]["From"].addresses[0].addr_spec == "support@us.example"


# --- A mailbox that cannot be read --------------------------------------------------------------------


def test_administrators_learn_that_the_mailbox_cannot_be_read(box, settings, administrator, lead, signed_in):
    right = settings.IMAP_URL
    settings.IMAP_URL = "imap://us:wrong@127.0.0.1:1/INBOX"
    tasks.fetch_mail()
    assert pulse.raise_alarm() == 0
    Heartbeat.objects.filter(process="mailbox").update(at=timezone.now() - timedelta(minutes=4))
    tasks.fetch_mail()

    assert [pulse.raise_alarm(), pulse.raise_alarm()] == [1, 0]
    [notice] = Notification.objects.filter(kind="mailbox_unread")
    assert (notice.person, notice.urgent) == (administrator, True)
    assert "mailbox of clients has not been read" in signed_in(administrator).get("/").content.decode()
    assert "mailbox of clients" not in signed_in(lead).get("/").content.decode()

    settings.IMAP_URL = right
    tasks.fetch_mail()
    assert (pulse.silent(), pulse.raise_alarm()) == ([], 0)
    assert "mailbox of clients" not in signed_in(administrator).get("/").content.decode()


def test_no_mailbox_is_missed_where_none_is_set(settings, db):
    pulse.expect("mailbox")
    Heartbeat.objects.update(at=timezone.now() - timedelta(days=1))
    settings.IMAP_URL = ""
    tasks.fetch_mail()
    assert pulse.silent() == []
