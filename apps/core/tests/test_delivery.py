"""Out of the house: a real mail server takes, refuses for a while, or refuses for good."""

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from threading import Thread
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from django.db import connections
from django.urls import reverse

from apps.core import delivery, notifications, pulse, tasks
from apps.core.notifications import Delivery, Mode, Robot
from apps.core.obligations import database_now
from apps.core.verdicts import WrongState

NOON = datetime(2026, 11, 18, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
KIND = notifications.note_kind("story_mail", "Mail", "Told: %(what)s", "In full.")
del notifications.KINDS["story_mail"]
pytestmark = pytest.mark.django_db


class Sink:
    """Takes mail and keeps it; answers what `says` has for an address instead."""

    def __init__(self):
        self.mails = []
        self.says = {}

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address in self.says:
            return self.says[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        self.mails.append(message_from_bytes(envelope.content))
        return "250 OK"


@pytest.fixture
def sink(settings):
    """A mail server of our own on a free port."""
    found = Sink()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(found, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield found
    server.stop()


@pytest.fixture
def kind(monkeypatch):
    monkeypatch.setitem(notifications.KINDS, KIND.key, KIND)
    return KIND


@pytest.fixture
def tell(kind):
    """`tell(person, what)`: a notice with one mail in the outbox."""

    def one(person, what="it", *, now=NOON) -> Delivery:
        note = notifications.tell([person], kind, key=what, now=now, url="/there/", what=what)[0]
        return Delivery.objects.get(notification=note, channel="mail")

    return one


def test_a_mail_arrives_with_a_stable_id_and_is_marked(sink, tell, staff, settings):
    settings.PUBLIC_URL = "https://onsite.example"
    settings.DEFAULT_FROM_EMAIL = "Onsite <onsite@house.example>"
    row = tell(staff, "温度告警")

    assert delivery.deliver(now=NOON) == 1
    assert delivery.deliver(now=NOON + timedelta(days=1)) == 0

    [mail] = sink.mails
    assert str(make_header(decode_header(mail["Subject"]))) == "Told: 温度告警"
    assert (mail["To"], mail["Message-ID"], mail["Auto-Submitted"]) == (
        staff.email,
        f"<delivery-{row.pk}@house.example>",
        "auto-generated",
    )
    assert "https://onsite.example/there/" in mail.get_payload(decode=True).decode()
    row.refresh_from_db()
    assert (row.status, row.sent_at, row.leased_until) == ("sent", NOON, None)


def test_a_line_break_in_a_title_does_not_add_a_header(sink, tell, staff):
    tell(staff, "one\r\nBcc: thief@example.com")

    delivery.deliver(now=NOON)

    assert (sink.mails[0]["Subject"], sink.mails[0]["Bcc"]) == ("Told: one Bcc: thief@example.com", None)


def test_a_temporary_refusal_is_tried_again_with_patience(sink, tell, staff):
    sink.says[staff.email] = "451 later"
    row = tell(staff)

    now, waits = NOON, []
    for _try in range(len(delivery.BACKOFF)):
        assert delivery.deliver(now=now) == 0
        row.refresh_from_db()
        waits.append(row.next_try_at - now)
        assert (row.status, "451" in row.error) == ("waiting", True)
        assert delivery.deliver(now=row.next_try_at - timedelta(seconds=1)) == 0
        now = row.next_try_at

    assert waits == delivery.BACKOFF
    delivery.deliver(now=now)
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("failed", len(delivery.BACKOFF) + 1)


def test_a_temporary_refusal_that_ends_delivers_once(sink, tell, staff):
    sink.says[staff.email] = "451 later"
    tell(staff)
    delivery.deliver(now=NOON)
    del sink.says[staff.email]

    assert delivery.deliver(now=NOON + delivery.BACKOFF[0]) == 1
    assert len(sink.mails) == 1


def test_a_final_refusal_is_parked_visible_and_can_be_sent_again(sink, tell, staff, lead):
    sink.says[staff.email] = "550 no such mailbox"
    row = tell(staff)
    other = tell(lead)

    assert delivery.deliver(now=NOON) == 1
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.status, "550" in row.error, other.status) == ("failed", True, "sent")
    with pytest.raises(WrongState):
        delivery.resend(other, now=NOON)

    sink.says.clear()
    delivery.resend(row, now=NOON)

    assert delivery.deliver(now=NOON) == 1
    assert [mail["To"] for mail in sink.mails] == [lead.email, staff.email]


def test_a_dead_mail_server_loses_nothing(tell, staff, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    row = tell(staff)

    assert delivery.deliver(now=NOON) == 0

    row.refresh_from_db()
    assert (row.status, row.attempts) == ("waiting", 1)


def test_a_digest_is_one_mail(sink, tell, staff, kind):
    notifications.prefer(staff, {(kind.key, "mail"): Mode.DIGEST})
    staff.refresh_from_db()
    rows = [tell(staff, what) for what in ("first", "second", "third")]

    assert delivery.deliver(now=NOON) == 0
    assert delivery.deliver(now=rows[0].next_try_at) == 3

    [mail] = sink.mails
    text = mail.get_payload(decode=True).decode()
    assert "3 notices" in mail["Subject"]
    assert all(what in text for what in ("first", "second", "third"))


@pytest.mark.django_db(transaction=True)
def test_a_long_digest_is_one_mail_whoever_sends_it(sink, tell, staff, lead, kind):
    notifications.prefer(staff, {(kind.key, "mail"): Mode.DIGEST})
    staff.refresh_from_db()
    rows = [tell(staff, str(number)) for number in range(4 * delivery.BATCH)]
    tell(lead)

    def work(_index):
        try:
            return delivery.deliver(now=rows[0].next_try_at)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == len(rows) + 1

    assert sorted(mail["Subject"] for mail in sink.mails) == ["Told: it", f"Your digest: {len(rows)} notices"]


def test_a_leased_row_is_left_alone_until_its_lease_ends(sink, tell, staff):
    """A worker that died while it sent: another one takes over, and the id shows the repeat."""
    row = tell(staff)
    Delivery.objects.filter(pk=row.pk).update(leased_until=NOON + delivery.LEASE)

    assert delivery.deliver(now=NOON + delivery.LEASE - timedelta(seconds=1)) == 0
    assert delivery.deliver(now=NOON + delivery.LEASE) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_mail_once(sink, tell, staff):
    for number in range(30):
        tell(staff, f"number {number}")

    def work(_index):
        try:
            return delivery.deliver(now=NOON)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, range(2))) == 30

    ids = [mail["Message-ID"] for mail in sink.mails]
    assert (len(ids), len(set(ids))) == (30, 30)


def test_what_is_urgent_overtakes_a_full_outbox(sink, tell, staff, lead, monkeypatch):
    for number in range(3 * delivery.BATCH):
        tell(staff, str(number))
    monkeypatch.setitem(notifications.KINDS, KIND.key, replace(KIND, urgent=True))
    tell(lead, "fire", now=NOON + timedelta(minutes=1))

    assert delivery.deliver(now=NOON + timedelta(minutes=1)) == 3 * delivery.BATCH + 1

    assert [mail["Subject"] for mail in sink.mails[:2]] == ["Told: fire", "Told: 0"]


def test_a_breath_of_any_process_sends_the_alarm_and_leaves_a_full_outbox_to_the_workers(
    sink, tell, staff, administrator
):
    for number in range(3 * delivery.BATCH):
        tell(staff, str(number))
    pulse.beat("worker")
    pulse.Heartbeat.objects.update(at=database_now() - timedelta(minutes=5))

    pulse.breathe("web")

    [mail] = sink.mails
    assert mail["To"] == administrator.email
    assert mail["Subject"].startswith("No sign of life from worker since")
    assert Delivery.objects.filter(status="waiting").count() == 3 * delivery.BATCH


# --- Doors that do not answer -------------------------------------------------------------------------


class SilentServer:
    """Takes calls on a free port and never answers; `calls` has each of them."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self.server.getsockname()
        self.calls = []
        self.thread = Thread(target=self._take)
        self.thread.start()

    def _take(self):
        while True:
            try:
                self.calls.append(self.server.accept()[0])
            except OSError:
                return

    def stop(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        for one in (self.server, *self.calls):
            one.close()


@pytest.fixture
def silence():
    found = SilentServer()
    yield found
    found.stop()


@pytest.fixture
def robots(settings, silence, staff):
    """Two WeCom robots that hang."""
    settings.ROBOT_BASE_URLS = settings.ROBOT_BASE_URLS | {"wecom": f"http://127.0.0.1:{silence.port}/"}
    settings.ROBOT_TIMEOUT = (0.3, 0.3)
    return [Robot.objects.create(person=staff, name=name, provider="wecom", token=str(uuid4())) for name in "ab"]


def test_a_chat_system_that_hangs_is_asked_once_and_holds_up_no_mail(sink, tell, staff, robots, silence):
    for number in range(4):
        tell(staff, str(number))

    assert delivery.deliver(now=NOON) == 4

    assert (len(silence.calls), len(sink.mails)) == (1, 4)
    waiting = Delivery.objects.filter(channel="robot", status="waiting", leased_until=None)
    assert sorted(waiting.values_list("attempts", flat=True)) == [0] * 7 + [1]
    assert set(waiting.values_list("next_try_at", flat=True)) == {NOON + delivery.HELD_BACK}
    assert delivery.deliver(now=NOON + delivery.HELD_BACK - timedelta(seconds=1)) == 0
    delivery.deliver(now=NOON + delivery.HELD_BACK)
    assert len(silence.calls) == 2


def test_a_mail_server_that_hangs_is_asked_once_a_minute(tell, staff, settings, silence):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = silence.host, silence.port
    settings.EMAIL_TIMEOUT = 0.3
    for number in range(2 * delivery.BATCH):
        tell(staff, str(number))

    assert delivery.deliver(now=NOON) == 0
    assert len(silence.calls) == 1


def test_what_another_worker_holds_is_not_put_off(tell, staff, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    held, free = tell(staff, "held"), tell(staff, "free")
    Delivery.objects.filter(pk=held.pk).update(leased_until=NOON + delivery.LEASE)

    delivery.deliver(now=NOON)

    held.refresh_from_db()
    free.refresh_from_db()
    assert (held.leased_until, held.next_try_at, free.attempts) == (NOON + delivery.LEASE, NOON, 1)


@pytest.mark.django_db(transaction=True)
def test_only_one_process_waits_for_chat_systems(sink, tell, staff, robots, silence):
    tell(staff)
    tell(staff, "more")

    def work(_index):
        try:
            tasks.deliver_to_robots()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert (len(silence.calls), sink.mails) == (1, [])


# --- Robots that go -----------------------------------------------------------------------------------


def test_every_robot_can_be_removed_and_what_was_for_it_is_parked(tell, staff, robots, signed_in, sink):
    tell(staff)
    browser = signed_in(staff)
    for robot in robots:
        assert browser.post(reverse("robot_delete", args=[robot.pk])).status_code == 302

    assert not Robot.objects.filter(person=staff).exists()
    delivery.deliver(now=NOON)
    assert sorted(Delivery.objects.values_list("channel", "status")) == [
        ("mail", "sent"),
        ("robot", "failed"),
        ("robot", "failed"),
    ]
