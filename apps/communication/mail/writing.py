"""Letters to clients, threaded so that their programs and ours find them again."""

import hashlib
import re
from collections.abc import Iterable

from django.core.mail import EmailMessage

from . import headers
from .bodies import UNWANTED
from .files import safe_name
from .headers import UNSEEN
from .parts import TYPE
from .subjects import clean_subject, token_mark

REFERENCES_MAX = 12
REFERENCES_BYTES = 1500
OutgoingFile = tuple[str, bytes, str]  # name, content, content type


def new_message_id(key: str, domain: str) -> str:
    """A Message-ID that is the same whenever it is made from the same key: a repeat can be recognised."""
    domain = re.sub(r"[^a-z0-9.-]", "", domain.lower().partition(":")[0]).strip(".-")
    return f"<onsite.{hashlib.sha256(key.encode('utf-8')).hexdigest()[:40]}@{domain or 'localhost'}>"


def compose(
    *,
    sender: str,
    to: str | Iterable[str],
    subject: str,
    text: str,
    message_id: str,
    in_reply_to: str = "",
    references: Iterable[str] = (),
    token: str = "",
    files: Iterable[OutgoingFile] = (),
    reply_to: str | None = None,
) -> EmailMessage:
    """A letter ready to send. `sender` and `to` are addresses, with or without a name.

    The token stands in the subject and the answered letter last in References, so a thread holds together
    by either. Nothing in an argument can add a header. ValueError for an address or identifier that is none.
    """
    answered = _identifiers([in_reply_to])
    fields = {"Message-ID": _identifier(message_id)}
    if answered:
        fields["In-Reply-To"] = answered[0]
    if chain := _chain([*_identifiers(references), *answered]):
        fields["References"] = " ".join(chain)
    message = EmailMessage(
        subject=_subject(subject, token, answering=bool(answered)),
        body=_body(text),
        from_email=_mailbox(sender),
        to=[_mailbox(address) for address in ([to] if isinstance(to, str) else to)],
        reply_to=[_mailbox(reply_to)] if reply_to else None,
        headers=fields,
    )
    for position, (name, content, content_type) in enumerate(files, start=1):
        message.attach(safe_name(name, content_type, position), content, _outgoing_type(content_type))
    return message


def _body(text: str) -> str:
    return UNWANTED.sub("", UNSEEN.sub("", re.sub("\r\n?", "\n", text)))


def _subject(subject: str, token: str, *, answering: bool) -> str:
    words = clean_subject(subject)
    pieces = ["Re:" if answering else "", words, token_mark(token) if token else ""]
    return " ".join(piece for piece in pieces if piece)


def _identifier(message_id: str) -> str:
    found = _identifiers([message_id])
    if found != [message_id]:
        raise ValueError(f"not a message identifier: {message_id!r}")
    return message_id


def _identifiers(values: Iterable[str]) -> list[str]:
    return [item for value in values for item in headers.identifiers(value.encode("utf-8", "replace"))]


def _chain(identifiers: list[str]) -> list[str]:
    """References, oldest first, each at its last place: the first one kept, and the newest that fit."""
    chain = list(reversed(dict.fromkeys(reversed(identifiers))))
    while len(chain) > REFERENCES_MAX or (len(chain) > 2 and sum(map(len, chain)) > REFERENCES_BYTES):
        del chain[1]
    return chain


def _mailbox(value: str) -> str:
    found = headers.mailboxes(value.encode("utf-8", "replace"))
    if not found:
        raise ValueError(f"not a mail address: {value!r}")
    name, address = found[0]
    quoted = name.replace("\\", "").replace('"', "'")
    return f'"{quoted}" <{address}>' if quoted else address


def _outgoing_type(content_type: str) -> str:
    """The type as it is sent. An attached letter goes as a plain file: it must arrive byte for byte."""
    content_type = content_type.lower()
    if not TYPE.match(content_type) or content_type.startswith(("message/", "multipart/")):
        return "application/octet-stream"
    return content_type
