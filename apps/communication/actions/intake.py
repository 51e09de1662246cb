"""Mail that comes in: every letter is kept, once, and finds its enquiry, or waits to be sorted (7.1.2a)."""

import hashlib
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from apps.communication.actions.enquiries import default_owner, did_not_arrive, first_line, join, open_enquiry
from apps.communication.mail import Letter, LetterKind, clean_subject, read, thread_token
from apps.communication.mail.reading import NO_HEADERS, UNREADABLE, derived_id
from apps.communication.models import Enquiry, EnquiryMessage, InboundMail, RawMail
from apps.core import attachments
from apps.core.locks import hold
from apps.core.notifications import note_kind, tell
from apps.core.transitions import lock, record, verb
from apps.personnel.models import ClientContact, Site, User
from apps.personnel.roles import Role

logger = logging.getLogger(__name__)

Status, Direction, Channel = InboundMail.Status, EnquiryMessage.Direction, Enquiry.Channel
OUR_ID = re.compile(rb"<onsite\.[0-9a-f]{40}@[a-z0-9.-]{1,250}>")
ACTION = re.compile(rb"^action:[ \t]*([a-z]+)", re.IGNORECASE | re.MULTILINE)

FILED_AUTOMATIC = verb("automatic_mail_filed", _("An automatic reply came; the clock runs on"))

TO_SORT = note_kind(
    "mail_to_sort",
    _("Mail waits to be sorted"),
    _("Mail from %(sender)s waits to be sorted"),
    _("Its 24 hours run from its arrival, %(arrived_at)s."),
)

SAME_ID = gettext_noop("Another letter came with the same Message-ID.")
OWN_COPY = gettext_noop("A copy of our own answer.")
OWN_ADDRESS = gettext_noop("It comes from our own address.")
COLLEAGUE = gettext_noop("One of us wrote it, and it belongs to no question.")
WRONG_TOKEN = gettext_noop("It names a question, but the sender does not belong to that client.")
NO_SITE = gettext_noop("The sender is known, but works with several of our sites.")
STRANGER = gettext_noop("The sender is not known.")
NOT_READ = gettext_noop("It could not be read. Open the original.")
TOO_LARGE = gettext_noop("It is too large to be fetched. The whole letter is still in the mailbox.")


# Trouble that passes: whoever brings the letter must try again.
PASSING = (OperationalError, InterfaceError, OSError, MemoryError)


def receive(raw: bytes, *, arrived_at: datetime, now: datetime) -> InboundMail:
    """Keep a letter and let it do what it is for. The same letter again changes nothing.

    arrived_at: when our mail server took it; the clock runs from there, whatever the letter's own date says.
    Raises: one of PASSING, and then nothing is stored.
    """
    letter = read(raw)
    arrived_at = min(arrived_at, now)
    try:
        with transaction.atomic():
            return _take_in(raw, letter, arrived_at, now)
    except PASSING:
        raise
    except Exception:  # a client's letter is kept, whatever is wrong with it or with this module
        logger.exception("a letter could not be taken in: %s", letter.message_id)
    return keep_unread(raw, arrived_at=arrived_at, now=now, reason=NOT_READ)


@transaction.atomic
def keep_unread(
    raw: bytes, *, arrived_at: datetime, now: datetime, reason: str, head: Letter | None = None
) -> InboundMail:
    """Keep bytes as they are, for a person to look at. head: what its header says, where that can be read."""
    message_id = derived_id(raw)
    hold(f"mail {message_id}")
    if stored := InboundMail.objects.filter(message_id=message_id).first():
        return stored
    mail = InboundMail.objects.create(
        message_id=message_id,
        sender=head.sender_address if head else "",
        sender_name=head.sender_name[:200] if head else "",
        subject=head.subject[:500] if head else "",
        sent_at=head.sent_at if head else None,
        arrived_at=arrived_at,
        size=len(raw),
        status=Status.UNREADABLE,
        reason=reason,
    )
    RawMail.objects.create(mail=mail, content=raw)
    _tell_sorters(mail, now)
    return mail


@dataclass
class _Filing:
    """What became of a letter, and the turn of the conversation it is now, if any."""

    status: str
    reason: str = ""
    enquiry: Enquiry | None = None
    site: Site | None = None
    message: EnquiryMessage | Model | None = None  # or the record of a stream that keeps its files


def _take_in(raw: bytes, letter: Letter, arrived_at: datetime, now: datetime) -> InboundMail:
    hold(f"mail {letter.message_id}")
    message_id = letter.message_id
    stored = InboundMail.objects.filter(message_id=message_id).select_related("raw").first()
    if stored is None:
        filing = _file(letter, arrived_at, now)
    else:
        print_ = fingerprint(letter)
        if print_ == fingerprint(read(bytes(stored.raw.content))):
            return stored
        # Some programs give several letters one identifier. Neither is dropped; a person looks.
        message_id = f"{message_id}#{print_[:8]}"
        if again := InboundMail.objects.filter(message_id=message_id).first():
            return again
        filing = _Filing(Status.TRIAGE, SAME_ID)
    mail = InboundMail.objects.create(
        message_id=message_id,
        sender=letter.sender_address,
        sender_name=letter.sender_name[:200],
        subject=letter.subject[:500],
        text=letter.text,
        sent_at=letter.sent_at,
        arrived_at=arrived_at,
        size=len(raw),
        status=filing.status,
        reason=filing.reason[:300],
        enquiry=filing.enquiry,
        site=filing.enquiry.site if filing.enquiry else filing.site,
    )
    RawMail.objects.create(mail=mail, content=raw)
    if filing.message is not None:
        keep_files(filing.message, letter, now)
    if mail.status in (Status.TRIAGE, Status.UNREADABLE):
        _tell_sorters(mail, now)
    return mail


def fingerprint(letter: Letter) -> str:
    """What a letter says, without the marks of its way here: copies by several ways are one letter."""
    parts = [letter.sender_address, clean_subject(letter.subject), letter.text]
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "replace"))
    for file in letter.files:
        digest.update(hashlib.sha256(file.content).digest())
    return digest.hexdigest()


def keep_files(message: Model, letter: Letter, now: datetime) -> None:
    for file in letter.files:
        attachments.keep(message, name=file.name, content=file.content, content_type=file.content_type, now=now)


def _tell_sorters(mail: InboundMail, now: datetime) -> None:
    """HR learns that mail waits, once an hour at most; the letter's site lead too, where the site is known."""
    tell(
        [*User.objects.with_role(Role.HR), *(mail.site.leads if mail.site else [])],
        TO_SORT,
        key=f"{TO_SORT.key}:{mail.arrived_at:%Y-%m-%dT%H}",
        now=now,
        subject=mail,
        sender=mail.sender or mail.sender_name or "–",
        arrived_at=mail.arrived_at,
    )


# --- What a letter is for -----------------------------------------------------------------------------


def _file(letter: Letter, arrived_at: datetime, now: datetime) -> _Filing:
    own = EnquiryMessage.objects.filter(message_id=letter.message_id).select_related("enquiry__site").first()
    if own is not None:
        return _Filing(Status.AUTOMATIC, OWN_COPY, own.enquiry)
    for problem in (UNREADABLE, NO_HEADERS):
        if problem in letter.problems:
            return _Filing(Status.UNREADABLE, problem)
    if letter.kind == LetterKind.BOUNCE:
        return _bounce(letter, now)
    if letter.kind == LetterKind.AUTOMATIC:
        return _automatic(letter, arrived_at, now)
    colleague = User.objects.filter(email__iexact=letter.sender_address, is_active=True).first()
    if colleague is not None:
        return _from_colleague(letter, colleague, arrived_at, now)
    return _from_client(letter, arrived_at, now)


def _bounce(letter: Letter, now: datetime) -> _Filing:
    """An undeliverable notice marks the answer it speaks of, and tells whoever wrote it."""
    said = b"\n".join([letter.text.encode("utf-8", "replace"), *(file.content for file in letter.files)])
    named = {letter.in_reply_to, *letter.references, *(found.decode() for found in OUR_ID.findall(said))}
    answer = (
        EnquiryMessage.objects.select_related("enquiry__site", "enquiry__owner", "author")
        .filter(message_id__in=named - {""}, direction=Direction.OUT)
        .first()
    )
    if answer is None:
        return _Filing(Status.BOUNCE, letter.kind_reason)
    steps = {step.lower() for step in ACTION.findall(said)}
    if not steps or b"failed" in steps:
        lock(answer)
        answer.dispatch = EnquiryMessage.Dispatch.FAILED
        answer.attempts += 1
        answer.error = letter.text[:2000]
        answer.leased_until = answer.next_try_at = None
        answer.save(update_fields=["dispatch", "attempts", "error", "leased_until", "next_try_at"])
        did_not_arrive(answer, now=now)
    return _Filing(Status.BOUNCE, letter.kind_reason, answer.enquiry)


def _automatic(letter: Letter, arrived_at: datetime, now: datetime) -> _Filing:
    """A program wrote it. It stands in the conversation it belongs to, and neither starts nor stops a clock."""
    enquiry = _thread(letter)
    if enquiry is None:
        return _Filing(Status.AUTOMATIC, letter.kind_reason)
    message = turn(letter, letter.message_id, arrived_at, contact=contact_of(letter.sender_address))
    message.automatic = True
    join(enquiry, message, now=now)
    record(enquiry, FILED_AUTOMATIC, by=None, now=now, note=letter.kind_reason)
    return _Filing(Status.AUTOMATIC, letter.kind_reason, enquiry, message=message)


def _from_colleague(letter: Letter, colleague: User, arrived_at: datetime, now: datetime) -> _Filing:
    """One of us wrote with their own program: to the client it is an answer, else it is a note."""
    enquiry = _thread(letter) or _by_token(letter)
    if enquiry is None:
        return _to_a_stream(letter, colleague, arrived_at, now)
    message = turn(letter, letter.message_id, arrived_at, author=colleague)
    message.direction = Direction.OUT if client_addresses(enquiry) & set(letter.recipients) else Direction.NOTE
    if message.direction == Direction.OUT:
        message.client_address = next(iter(client_addresses(enquiry) & set(letter.recipients)))
    join(enquiry, message, now=now)
    return _Filing(Status.FILED, "", enquiry, message=message)


STREAMS: list[Callable] = []


def stream_of(function):
    """Register what else a letter of one of us may be: `f(colleague, text=, arrived_at=, now=) -> record or None`.

    The letter's files belong to that record.
    """
    STREAMS.append(function)
    return function


def _to_a_stream(letter: Letter, colleague: User, arrived_at: datetime, now: datetime) -> _Filing:
    """It answers no question: another app may know what it is, else a person looks."""
    text = letter.fresh_text or letter.text
    for take in STREAMS:
        if record_ := take(colleague, text=text, arrived_at=arrived_at, now=now):
            return _Filing(Status.STREAM, site=record_.site, message=record_)
    return _Filing(Status.TRIAGE, COLLEAGUE)


def client_addresses(enquiry: Enquiry) -> set[str]:
    """Every address of the client's side that an answer may go to, in lower case."""
    received = enquiry.messages.filter(direction=Direction.IN).exclude(client_address="")
    wrote = received.values_list("client_address", flat=True)
    known = ClientContact.objects.filter(client=enquiry.site.client_id, active=True).exclude(email="")
    return {address.lower() for address in [*wrote, *known.values_list("email", flat=True)]}


def _from_client(letter: Letter, arrived_at: datetime, now: datetime) -> _Filing:
    contact = contact_of(letter.sender_address)
    message = turn(letter, letter.message_id, arrived_at, contact=contact)
    if enquiry := _thread(letter):
        join(enquiry, message, now=now)
        return _Filing(Status.FILED, "", enquiry, message=message)
    if enquiry := _by_token(letter):
        if letter.sender_address not in client_addresses(enquiry):
            return _Filing(Status.TRIAGE, WRONG_TOKEN, site=enquiry.site)
        join(enquiry, message, now=now)
        return _Filing(Status.FILED, "", enquiry, message=message)
    if letter.sender_address and letter.sender_address in settings.CLIENT_MAIL_FROM.lower():
        return _Filing(Status.TRIAGE, OWN_ADDRESS)
    if contact is None:
        return _Filing(Status.TRIAGE, STRANGER)
    site = site_of(contact)
    if site is None:
        return _Filing(Status.TRIAGE, NO_SITE)
    enquiry = begin(message, letter, site=site, by=None, now=now)
    return _Filing(Status.FILED, "", enquiry, message=message)


def turn(letter: Letter, message_id: str, arrived_at: datetime, *, author=None, contact=None) -> EnquiryMessage:
    """A letter as an unsaved turn of a conversation: what was written this time, at the moment it arrived."""
    return EnquiryMessage(
        direction=Direction.NOTE if author else Direction.IN,
        channel=Channel.MAIL,
        author=author,
        contact=contact,
        client_address="" if author else letter.sender_address,
        text=letter.fresh_text or letter.text,
        at=arrived_at,
        message_id=message_id,
        in_reply_to=letter.in_reply_to,
    )


def begin(message: EnquiryMessage, letter: Letter, *, site: Site, by, now: datetime) -> Enquiry:
    """A letter opens an enquiry; its clock runs from the letter's arrival, however late it was sorted."""
    message.enquiry = open_enquiry(
        site=site,
        contact=message.contact,
        subject=clean_subject(letter.subject) or first_line(message.text),
        channel=Channel.MAIL,
        arrived_at=message.at,
        owner=default_owner(site),
        by=by,
        now=now,
    )
    message.save()
    return message.enquiry


# --- Finding where it belongs -------------------------------------------------------------------------


def _thread(letter: Letter) -> Enquiry | None:
    """The enquiry of the nearest letter this one answers or quotes."""
    wanted = list(dict.fromkeys(one for one in (letter.in_reply_to, *reversed(letter.references)) if one))
    found = {
        message.message_id: message.enquiry
        for message in EnquiryMessage.objects.filter(message_id__in=wanted).select_related("enquiry__site")
    }
    return next((found[one] for one in wanted if one in found), None)


def _by_token(letter: Letter) -> Enquiry | None:
    token = thread_token(letter.subject) or ""
    kind, _dash, name = token.partition("-")
    return Enquiry.objects.filter(token=name).select_related("site").first() if kind == "E" else None


def contact_of(address: str) -> ClientContact | None:
    if not address:
        return None
    return ClientContact.objects.filter(email__iexact=address, active=True).first()


def site_of(contact: ClientContact) -> Site | None:
    """The contact's one running site; of several the one they last asked about; else nobody can say."""
    sites = list(contact.sites.running()) or list(Site.objects.running().filter(client=contact.client_id))
    if len(sites) == 1:
        return sites[0]
    last = contact.enquiries.filter(site__in=sites).order_by("-arrived_at", "-pk").select_related("site").first()
    return last.site if last else None
