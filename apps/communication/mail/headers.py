"""The header block of a letter or of one part, read from raw bytes with every line bounded."""

import binascii
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from urllib.parse import unquote_to_bytes

from .charsets import decode
from .transfer import unbase64

BLOCK_MAX = 250_000  # bytes of one header block
VALUE_MAX = 20_000  # bytes of one header
SUBJECT_MAX = 300  # characters
ID_MAX = 490  # characters
REFERENCES_MAX = 50
RECIPIENTS_MAX = 200
FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
# A word ends where the next one begins, closed or not: without that, hostile headers cost quadratic time.
WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?((?:[^?=]|\?(?!=)|=(?!\?[^=])){0,2000})\?=")
PARAMETER = re.compile(rb';\s*([^\s=;"]{1,100})\s*=\s*("(?:\\.|[^"\\]){0,2000}"|[^;]*)', re.DOTALL)
CONTINUED = re.compile(r"(.+?)(?:\*(\d{1,3}))?(\*)?\Z")
IDENTIFIER = re.compile(r"<[^<>\s]{1,500}>")
ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@\\]{1,64}@[^\s<>()\[\],;:\"@\\]{1,189}")
MAILBOX = re.compile(r'("(?:\\.|[^"\\]){0,300}")|<([^<>]{0,500})(?:>|\Z)|\(([^()]{0,300})\)|([,;])')
# Characters that hide, reorder or break what is shown: format controls, bidi marks and overrides, BOM, halves.
UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]")
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
SPACES = re.compile(r"\s+")
OFFSET_MAX = timedelta(hours=14)
YEARS = range(1995, 2100)


@dataclass(frozen=True)
class Headers:
    """Header fields in the order they came: lower-case name, raw unfolded value."""

    fields: tuple[tuple[str, bytes], ...] = ()

    def all(self, name: str) -> list[bytes]:
        return [value for field, value in self.fields if field == name]

    def raw(self, name: str) -> bytes:
        """The first field of that name; b'' when there is none."""
        return next((value for field, value in self.fields if field == name), b"")

    def has(self, name: str) -> bool:
        return any(field == name for field, _value in self.fields)

    def line(self, name: str) -> str:
        """The first field of that name as readable text on one line."""
        return one_line(words(self.raw(name)))


def parse(raw: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The fields at `start`, and where the body begins. A line that is no header begins the body."""
    fields: list[list] = []
    position, limit = start, min(end, start + BLOCK_MAX)
    while position < limit:
        newline = raw.find(b"\n", position, end)
        after = end if newline < 0 else newline + 1
        line = raw[position : min(after, position + VALUE_MAX)].rstrip(b"\r\n")
        if not line.strip():
            return _headers(fields), after
        if line[:1] in b" \t" and fields:
            fields[-1].append(line)
        elif match := FIELD.match(line):
            fields.append([match[1].decode("ascii").lower(), match[2]])
        elif not (position == start and line.lstrip(b">").startswith(b"From ")):
            return _headers(fields), position
        position = after
    return _headers(fields), min(position, end)


def _headers(fields: list[list]) -> Headers:
    return Headers(tuple((name, b"".join(value)[:VALUE_MAX].strip()) for name, *value in fields))


def words(value: bytes) -> str:
    """Header bytes as text: RFC 2047 words, raw 8-bit, and a character split over neighbouring words."""
    pieces: list[tuple[str, bytes]] = []  # (charset, bytes); charset '' for what stood outside words
    position = 0
    for match in WORD.finditer(value):
        between = value[position : match.start()]
        if between.strip() or (between and not (pieces and pieces[-1][0])):
            pieces.append(("", between))
        charset = match[1].decode("ascii", "replace").partition("*")[0].lower()
        content = _word_bytes(match[2], match[3])
        if pieces and pieces[-1][0] == charset:
            pieces[-1] = (charset, pieces[-1][1] + content)
        else:
            pieces.append((charset, content))
        position = match.end()
    pieces.append(("", value[position:]))
    return "".join(decode(content, charset)[0] for charset, content in pieces)


def _word_bytes(encoding: bytes, content: bytes) -> bytes:
    return binascii.a2b_qp(content, header=True) if encoding in b"qQ" else unbase64(content)


def one_line(text: str, limit: int = SUBJECT_MAX) -> str:
    """Text for one line: no controls, nothing that reorders or hides, single spaces, at most `limit` characters."""
    return SPACES.sub(" ", UNSEEN.sub("", CONTROLS.sub(" ", text))).strip()[:limit].rstrip()


def parameters(value: bytes) -> tuple[str, dict[str, bytes]]:
    """The bare value in lower case, and its raw parameters. The first of two equal names wins."""
    bare, _semicolon, _rest = value.partition(b";")
    found: dict[str, bytes] = {}
    for match in PARAMETER.finditer(value):
        content = match[2].strip()
        if len(content) > 1 and content[:1] == content[-1:] == b'"':
            # Only \" and \\ are undone: Windows paths come with single backslashes.
            content = content[1:-1].replace(b'\\"', b'"').replace(b"\\\\", b"\\")
        found.setdefault(match[1].decode("ascii", "replace").lower(), content)
    return one_line(bare.decode("ascii", "replace"), 120).lower(), found


def parameter(found: dict[str, bytes], name: str) -> str:
    """One parameter as text: RFC 2231 pieces and charsets, else RFC 2047 words or raw 8-bit."""
    pieces: dict[int, tuple[bool, bytes]] = {}
    for key, content in found.items():
        base, index, star = CONTINUED.match(key).groups() if CONTINUED.match(key) else (key, None, None)
        if base == name and (index or star):
            pieces[int(index or 0)] = (bool(star), content)
    if not pieces:
        return words(found.get(name, b""))
    charset, data = "", b""
    for position, (_index, (encoded, content)) in enumerate(sorted(pieces.items())):
        if encoded and position == 0 and content.count(b"'") >= 2:
            label, _language, content = content.split(b"'", 2)
            charset = label.decode("ascii", "replace")
        data += unquote_to_bytes(content) if encoded else content
    return decode(data, charset)[0] if charset else words(data)


def identifiers(value: bytes) -> list[str]:
    """Message identifiers in a header, in order, each once. What could not identify anything is left out."""
    text = value.decode("ascii", "replace")
    found = [match[0] for match in IDENTIFIER.finditer(text)]
    if not found and "@" in text and not SPACES.search(text.strip()):
        found = [f"<{text.strip().strip('<>')}>"]
    return list(dict.fromkeys(item for item in found if _identifies(item)))


def _identifies(item: str) -> bool:
    inner = item[1:-1]
    local, at, domain = inner.partition("@")
    sound = bool(local and domain) if at else len(inner) >= 10
    return sound and len(item) <= ID_MAX and item.isascii() and item.isprintable()


def mailboxes(value: bytes) -> list[tuple[str, str]]:
    """(name, address) of every mailbox in an address header. An address inside a quoted name is not one."""
    found = _mailboxes(value.decode("latin-1"))
    # Some programs wrap name and address together in one encoded word.
    return found or _mailboxes(words(value).encode("utf-8", "replace").decode("latin-1"))


def _mailboxes(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    entry, position = _Entry(), 0
    for match in MAILBOX.finditer(text):
        entry.add(text[position : match.start()])
        position = match.end()
        quoted, angle, comment, separator = match.groups()
        if quoted is not None:
            entry.label += re.sub(r"\\(.)", r"\1", quoted[1:-1])
        elif angle is not None:
            entry.angle = entry.angle or next(iter(ADDRESS.findall(_readable(angle))), "")
        elif comment is not None:
            entry.comment = entry.comment or comment
        elif entry.address():
            found.append(entry.mailbox())
            entry = _Entry()
        else:  # a comma inside an unquoted name
            entry.add(separator)
        if len(found) >= RECIPIENTS_MAX:
            return found
    entry.add(text[position:])
    return [*found, entry.mailbox()] if entry.address() else found


@dataclass
class _Entry:
    """One mailbox while it is read. `plain` is what stood outside quotes: only there, or in <>, is an address."""

    label: str = ""
    plain: str = ""
    comment: str = ""
    angle: str = ""

    def add(self, text: str) -> None:
        self.label += text
        self.plain += text

    def address(self) -> str:
        if self.angle:
            return tidy_address(self.angle)
        bare = WORD.sub(b" ", self.plain.encode("latin-1"))  # encoded words hold names, not addresses
        return tidy_address(next(iter(ADDRESS.findall(decode(bare)[0])), ""))

    def mailbox(self) -> tuple[str, str]:
        name = (self.label if self.angle else "").strip() or self.comment
        return one_line(_readable(name), 200).strip("'\" "), self.address()


def _readable(text: str) -> str:
    """Bytes carried as Latin-1 while the syntax was read, as the text they are."""
    return words(text.encode("latin-1"))


def tidy_address(address: str) -> str:
    """An address as it is stored and compared; '' when it is none."""
    address = one_line(unicodedata.normalize("NFC", address), 254).rstrip(".").lower()
    return address if ADDRESS.fullmatch(address) else ""


def addresses(values: Iterable[bytes]) -> tuple[str, ...]:
    """Every address in these headers, each once, at most `RECIPIENTS_MAX`."""
    found = dict.fromkeys(address for value in values for _name, address in mailboxes(value) if address)
    return tuple(found)[:RECIPIENTS_MAX]


def moment(value: bytes) -> datetime | None:
    """An aware moment, None when absent or absurd. RFC 5322: no zone, or -0000, means UTC of unknown place."""
    try:
        parts = parsedate_tz(value[:200].decode("ascii", "replace"))
        if parts is None:
            return None
        offset = timedelta(seconds=parts[9] or 0)
        if parts[0] not in YEARS or abs(offset) > OFFSET_MAX:
            return None
        return datetime(*parts[:6], tzinfo=timezone(offset) if offset else UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
