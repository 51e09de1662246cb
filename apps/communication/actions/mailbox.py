"""The mailbox that clients write to. A letter is marked as read only when it is stored; fetched twice, it counts once.

The mailbox is Onsite's own: what another program marks as read is not fetched.
"""

import imaplib
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags

from apps.communication.actions.intake import TOO_LARGE, keep_unread, receive
from apps.communication.mail import read
from apps.core import pulse
from apps.core.locks import only_one
from apps.core.notifications import note_kind
from apps.core.obligations import database_now

LOCK = "mailbox of clients"
AT_ONCE = 100
TIMEOUT = 30  # seconds
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
KINDS: dict[str, tuple[type[BaseMailBox], int]] = {
    "imaps": (MailBox, 993),
    "imap": (MailBoxUnencrypted, 143),
    "imap+tls": (MailBoxStartTls, 143),
}

logger = logging.getLogger(__name__)


MAILBOX = "mailbox"
UNREAD = note_kind(
    "mailbox_unread",
    _("The mailbox of clients cannot be read"),
    _("The mailbox of clients has not been read since %(since_at)s"),
    _("Letters wait there unseen, and their 24 hours run. Look at IMAP_URL and the worker's log; nothing is lost."),
    urgent=True,
)
pulse.watch(
    MAILBOX,
    UNREAD,
    _("The mailbox of clients has not been read since %(since)s. Letters wait there, and their 24 hours run."),
    after=timedelta(minutes=3),
)


class MailboxTrouble(Exception):
    """The mailbox cannot be read now, or IMAP_URL is wrong; letters wait there until it can."""


@dataclass(frozen=True)
class Address:
    """`imaps://user:password@host:993/INBOX`, or `imap://` without encryption, or `imap+tls://`."""

    kind: str
    host: str
    port: int
    user: str
    password: str
    folder: str

    @classmethod
    def parse(cls, url: str) -> "Address":
        parts = urlsplit(url)
        if parts.scheme not in KINDS or not parts.hostname:
            raise MailboxTrouble("IMAP_URL must look like imaps://user:password@host:993/INBOX")
        return cls(
            parts.scheme,
            parts.hostname,
            parts.port or KINDS[parts.scheme][1],
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            unquote(parts.path.strip("/")) or "INBOX",
        )


def keep_reading() -> None:
    """Fetch what is new. Each success is a sign of life; whoever administers learns when there is none for minutes."""
    if not settings.IMAP_URL:
        pulse.Heartbeat.objects.filter(process=MAILBOX).delete()
        return
    pulse.expect(MAILBOX)
    try:
        fetch()
    except (MailboxTrouble, OSError) as trouble:
        logger.error("the mailbox of clients cannot be read: %s", trouble)
    else:
        pulse.beat(MAILBOX)


def fetch(url: str | None = None, *, now: Callable[[], datetime] = database_now) -> int:
    """Take in what is new in the mailbox; answers how many letters were stored. One worker at a time does it.

    Raises: MailboxTrouble; whatever `receive` raises, and then the letter stays unread.
    """
    url = settings.IMAP_URL if url is None else url
    if not url:
        return 0
    with only_one(LOCK) as mine:
        return _fetch(Address.parse(url), now) if mine else 0


def _fetch(address: Address, now: Callable[[], datetime]) -> int:
    box_class, _port = KINDS[address.kind]
    stored = 0
    try:
        with box_class(address.host, address.port, timeout=TIMEOUT).login(
            address.user, address.password, initial_folder=address.folder
        ) as mailbox:
            for uid in mailbox.uids("UNSEEN")[:AT_ONCE]:
                if _take(mailbox, uid, now()):
                    stored += 1
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        raise MailboxTrouble(str(error)) from error
    return stored


def _take(mailbox: BaseMailBox, uid: str, now: datetime) -> bool:
    """Store one letter, then mark it; a letter that is gone meanwhile is somebody else's."""
    about, _raw = _get(mailbox, uid, "(INTERNALDATE RFC822.SIZE)")
    if about is None:
        return False
    size, arrived_at = SIZE.search(about), _arrival(about, now)
    if size and int(size[1]) > settings.MAIL_MAX_BYTES:
        _about, head = _get(mailbox, uid, "(BODY.PEEK[HEADER])")
        head = head or b""
        keep_unread(head, arrived_at=arrived_at, now=now, reason=TOO_LARGE, head=read(head))
    else:
        _about, raw = _get(mailbox, uid, "(BODY.PEEK[])")
        if raw is None:
            return False
        receive(raw, arrived_at=arrived_at, now=now)
    mailbox.flag(uid, MailMessageFlags.SEEN, True)
    return True


def _get(mailbox: BaseMailBox, uid: str, what: str) -> tuple[bytes | None, bytes | None]:
    """The server's words about a letter, and the literal it sent with them."""
    status, found = mailbox.client.uid("fetch", uid, what)
    if status != "OK":
        raise MailboxTrouble(f"the mailbox answered {status} to a fetch")
    for one in found:
        if isinstance(one, tuple):
            return one[0], one[1]
        if one:
            return one, None
    return None, None


def _arrival(about: bytes, now: datetime) -> datetime:
    """When the mail server took the letter; now, where it does not say."""
    try:
        moment = imaplib.Internaldate2tuple(about)
        return datetime.fromtimestamp(time.mktime(moment), UTC) if moment else now
    except (ValueError, OverflowError):
        return now
