"""The values a letter is read into."""

from dataclasses import dataclass
from datetime import datetime

from .kinds import LetterKind


@dataclass(frozen=True)
class LetterFile:
    """One file that came with a letter. `name` is safe to store; `inline` means the HTML body shows it."""

    name: str
    content_type: str
    content: bytes
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True)
class Letter:
    """What one letter says.

    Identifiers keep their angle brackets and are at most 490 characters. Addresses are in lower case.
    `text` is the whole text, `fresh_text` the part the writer wrote this time. `problems` are English
    message ids (`gettext` translates them where they are shown); what they speak of is in the raw bytes.
    """

    message_id: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    subject: str = ""
    sender_name: str = ""
    sender_address: str = ""
    reply_to: str = ""
    recipients: tuple[str, ...] = ()
    sent_at: datetime | None = None
    text: str = ""
    fresh_text: str = ""
    html_only: bool = False
    files: tuple[LetterFile, ...] = ()
    kind: LetterKind = LetterKind.HUMAN
    kind_reason: str = ""
    problems: tuple[str, ...] = ()
