"""Raw bytes to a `Letter`: whatever arrives, something that can be kept, shown and threaded comes out."""

import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from django.utils.translation import gettext_noop

from . import bodies, headers
from .bodies import TEXT_MAX
from .charsets import decode
from .files import safe_name
from .kinds import kind_of
from .letter import Letter, LetterFile
from .parts import Part, Problem, read_tree
from .subjects import is_forward

RECIPIENT_FIELDS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
SENDER_FIELDS = ("from", "sender", "reply-to", "return-path")
# No character takes more bytes than four; HTML needs several times what it says.
TEXT_BYTES = 4 * TEXT_MAX
HTML_BYTES = 4_000_000
META_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:+-]{1,40})", re.IGNORECASE)
SHOWN = re.compile(r"cid:([^\"'\s<>)]{1,300})", re.IGNORECASE)

UNREADABLE = gettext_noop("The letter could not be taken apart. Read the original.")
NO_HEADERS = gettext_noop("The letter has no headers.")
NO_BOUNDARY = gettext_noop("The parts of the letter are not marked as announced.")
UNTERMINATED = gettext_noop("The letter seems to be cut off.")
TOO_MANY = gettext_noop("The letter has too many parts. The rest is kept as one file.")
DAMAGED = gettext_noop("Part of the letter was damaged on its way.")
UNSURE_TEXT = gettext_noop("Some characters may be wrong: the letter does not say in which encoding it is written.")
LONG_TEXT = gettext_noop("The text is very long. The end is only in the original.")
BAD_HTML = gettext_noop("The formatting could not be read. The text may be out of order.")
BAD_DATE = gettext_noop("The date of the letter makes no sense. The time of arrival counts.")
STRUCTURE = {
    Problem.NO_BOUNDARY: NO_BOUNDARY,
    Problem.UNTERMINATED: UNTERMINATED,
    Problem.TOO_MANY: TOO_MANY,
}


def read(raw: bytes) -> Letter:
    """The letter in `raw`. Never raises: what cannot be read is named in `problems` and is still in `raw`."""
    try:
        return dissect(raw)
    except Exception:  # A client's letter must be kept whatever is wrong with it, or with this module.
        return Letter(message_id=derived_id(raw), problems=(UNREADABLE,))


def derived_id(raw: bytes) -> str:
    """A stable identifier for a letter that has none: the same bytes, the same identifier."""
    return f"<{hashlib.sha256(raw).hexdigest()[:40]}@no-message-id.invalid>"


def dissect(raw: bytes) -> Letter:
    """`read` without its net; the tests fuzz this one."""
    # Old Macintosh programs end lines with a carriage return alone.
    letter = raw if b"\n" in raw[:20_000] else raw.replace(b"\r", b"\n")
    root = read_tree(letter)
    fields = root.headers
    subject = fields.line("subject")
    sender_name, sender_address = _sender(fields)
    gathered = _Gathered()
    body = gathered.take(root)
    problems = gathered.problems
    sent_at = headers.moment(fields.raw("date"))
    if sent_at is None and fields.raw("date"):
        problems.append(BAD_DATE)
    if not fields.fields:
        problems.append(NO_HEADERS)
    text = bodies.tidy(body.text)
    finding = kind_of(fields, root.content_type, root.parameters, sender_address, subject)
    in_reply_to = headers.identifiers(fields.raw("in-reply-to"))
    references = headers.identifiers(fields.raw("references"))
    own = headers.identifiers(fields.raw("message-id"))
    return Letter(
        message_id=own[0] if own else derived_id(raw),
        in_reply_to=in_reply_to[0] if in_reply_to else "",
        # The first names the thread, the last ones the nearest letters.
        references=tuple(references[:1] + references[1:][-(headers.REFERENCES_MAX - 1) :]),
        subject=subject,
        sender_name=sender_name,
        sender_address=sender_address,
        reply_to=next(iter(headers.addresses(fields.all("reply-to"))), ""),
        recipients=headers.addresses(value for name in RECIPIENT_FIELDS for value in fields.all(name)),
        sent_at=sent_at,
        text=text,
        fresh_text=bodies.fresh(text, forwarded=is_forward(subject)),
        html_only=bool(text) and body.from_html,
        files=gathered.letter_files(),
        kind=finding.kind,
        kind_reason=finding.reason,
        problems=tuple(dict.fromkeys(problems)),
    )


def _sender(fields: headers.Headers) -> tuple[str, str]:
    """Name and address of the writer; the name alone is kept when the address is unreadable."""
    for name in SENDER_FIELDS:
        for mailbox in headers.mailboxes(fields.raw(name)):
            return mailbox
    return headers.one_line(headers.words(fields.raw("from")), 200).strip('<>" '), ""


@dataclass(frozen=True)
class _Body:
    text: str = ""
    from_html: bool = False

    def __bool__(self) -> bool:
        return bool(self.text.strip())


@dataclass
class _Gathered:
    """What a walk through the tree collects besides the text."""

    files: list[tuple[Part, str, bytes]] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)  # content ids the HTML refers to
    problems: list[str] = field(default_factory=list)
    html_left: int = bodies.HTML_MAX  # characters that may still be converted

    def take(self, part: Part, *, whole: bool = True) -> _Body:
        """The text of a part and of what is below it; everything that is not text becomes a file.

        Text that is the `whole` letter is its text, even when it carries a file name.
        """
        self.problems.extend(STRUCTURE[problem] for problem in part.problems)
        if part.children:
            return self._choose(part, [self.take(child, whole=False) for child in part.children])
        is_text = whole or not (part.disposition == "attachment" or part.file_name)
        if part.content_type == "text/html" and is_text:
            return self._html(part)
        if part.content_type.startswith("multipart/") or (part.content_type == "text/plain" and is_text):
            return self._plain(part)
        self._keep(part)
        return _Body()

    @staticmethod
    def _choose(part: Part, found: list[_Body]) -> _Body:
        """Of alternatives the plain one with something in it; otherwise all, one after the other."""
        found = [body for body in found if body]
        if part.content_type == "multipart/alternative":
            plain = [body for body in found if not body.from_html]
            return (plain or found or [_Body()])[0]
        return _Body("\n\n".join(body.text for body in found), bool(found) and all(b.from_html for b in found))

    def _content(self, part: Part, limit: int | None = None) -> bytes:
        content, sound = part.content()
        if not sound:
            self.problems.append(DAMAGED)
        if limit is not None and len(content) > limit:
            self.problems.append(LONG_TEXT)
            return content[:limit]
        return content

    def _decoded(self, content: bytes, charset: str, limit: int) -> str:
        text, sure = decode(content, charset, cut=len(content) == limit)
        if not sure:
            self.problems.append(UNSURE_TEXT)
        return text

    def _plain(self, part: Part) -> _Body:
        text = self._decoded(self._content(part, TEXT_BYTES), part.charset, TEXT_BYTES)
        if len(text) > TEXT_MAX:
            self.problems.append(LONG_TEXT)
        return _Body(text[:TEXT_MAX])

    def _html(self, part: Part) -> _Body:
        content = self._content(part, HTML_BYTES)
        meta = META_CHARSET.search(content, 0, 4000)
        charset = part.charset or (meta[1].decode("ascii", "replace") if meta else "")
        markup = self._decoded(content, charset, HTML_BYTES)
        self.shown.update(unquote(match[1]) for match in SHOWN.finditer(markup))
        text, sound = bodies.from_html(markup[: self.html_left])
        if not sound:
            self.problems.append(BAD_HTML)
        if len(text) == TEXT_MAX or len(markup) > self.html_left:
            self.problems.append(LONG_TEXT)
        self.html_left = max(0, self.html_left - len(markup))
        return _Body(text, from_html=True)

    def _keep(self, part: Part) -> None:
        content = self._content(part)
        subject = ""
        if part.content_type == "message/rfc822":
            subject = headers.parse(content, 0, len(content))[0].line("subject")
        self.files.append((part, safe_name(part.file_name, part.content_type, len(self.files) + 1, subject), content))

    def letter_files(self) -> tuple[LetterFile, ...]:
        return tuple(
            LetterFile(
                name=name,
                content_type=part.content_type,
                content=content,
                inline=part.content_id != "" and part.content_id in self.shown,
                content_id=part.content_id,
            )
            for part, name, content in self.files
        )
