"""A letter's MIME tree, as ranges of the raw bytes: nothing is copied until a leaf is asked for.

The standard library's parser calls itself once for every level and copies every line; a hostile letter with
a thousand levels ends it. This one walks ranges, at most `DEPTH_MAX` levels and `PARTS_MAX` parts.
"""

import enum
import re
from dataclasses import dataclass, field

from . import headers
from .headers import Headers
from .transfer import undo

DEPTH_MAX = 25
PARTS_MAX = 500
FALSE_DELIMITERS_MAX = 10_000
DELIMITER_MAX = 200  # bytes
TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,80}\Z")
GUESSED_BOUNDARY = re.compile(rb"\s*--([^\s].{0,68}?)[ \t]*\r?\n")


class Problem(enum.Enum):
    """What can be wrong with a letter's structure."""

    UNTERMINATED = enum.auto()
    NO_BOUNDARY = enum.auto()
    TOO_MANY = enum.auto()


@dataclass
class Part:
    """One node: its headers, and the range of the raw letter that is its body."""

    raw: bytes = field(repr=False)
    headers: Headers
    start: int
    end: int
    content_type: str
    parameters: dict[str, bytes]
    children: "list[Part]" = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def charset(self) -> str:
        return headers.parameter(self.parameters, "charset")

    @property
    def disposition(self) -> str:
        return headers.parameters(self.headers.raw("content-disposition"))[0]

    @property
    def file_name(self) -> str:
        """The name as sent, '' when there is none. Content-Disposition goes before Content-Type."""
        _bare, found = headers.parameters(self.headers.raw("content-disposition"))
        return headers.parameter(found, "filename") or headers.parameter(self.parameters, "name")

    @property
    def content_id(self) -> str:
        return self.headers.line("content-id").strip("<> ")[:200]

    def content(self) -> tuple[bytes, bool]:
        """The body with its transfer encoding undone, and whether that went without damage."""
        encoding = self.headers.line("content-transfer-encoding").partition(";")[0].strip().lower()
        return undo(self.raw[self.start : self.end], encoding)


def read_tree(raw: bytes) -> Part:
    """The tree of a whole letter. Empty lines before the headers are forgiven."""
    start = len(raw) - len(raw.lstrip(b"\r\n")) if raw[:1] in b"\r\n" else 0
    budget = [PARTS_MAX]
    return _read(raw, start, len(raw), 0, "text/plain", budget)


def _read(raw: bytes, start: int, end: int, depth: int, default_type: str, budget: list[int]) -> Part:
    budget[0] -= 1
    fields, body = headers.parse(raw, start, end)
    content_type, found = headers.parameters(fields.raw("content-type"))
    part = Part(raw, fields, body, end, _sound_type(content_type, default_type), found)
    if part.content_type.startswith("multipart/"):
        _read_children(part, depth, budget)
    return part


def _sound_type(content_type: str, default: str) -> str:
    if not content_type:
        return default
    if content_type in ("text", "html"):  # seen in old programs
        return "text/html" if content_type == "html" else "text/plain"
    return content_type if TYPE.match(content_type) else "application/octet-stream"


def _read_children(part: Part, depth: int, budget: list[int]) -> None:
    boundary = part.parameters.get("boundary", b"").rstrip()
    ranges, closed = _split(part, boundary, budget[0]) if boundary else ([], False)
    if not ranges and (guess := GUESSED_BOUNDARY.match(part.raw, part.start, min(part.end, part.start + 1000))):
        ranges, closed = _split(part, guess[1], budget[0])
        part.problems.append(Problem.NO_BOUNDARY)
    elif not ranges:
        part.problems.append(Problem.NO_BOUNDARY)
    if not ranges:
        return
    if not closed and len(ranges) <= budget[0]:
        part.problems.append(Problem.UNTERMINATED)
    default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    for start, end in ranges:
        if depth >= DEPTH_MAX or budget[0] <= 0:
            part.problems.append(Problem.TOO_MANY)
            part.children.append(_unread(part.raw, start, ranges[-1][1]))
            return
        part.children.append(_read(part.raw, start, end, depth + 1, default, budget))


def _unread(raw: bytes, start: int, end: int) -> Part:
    """What lies beyond the bounds, as one part that becomes one file."""
    disposition = Headers((("content-disposition", b'attachment; filename="unread.eml"'),))
    return Part(raw, disposition, start, end, "application/octet-stream", {})


def _split(part: Part, boundary: bytes, most: int) -> tuple[list[tuple[int, int]], bool]:
    """The ranges between delimiter lines, and whether the closing one was seen."""
    raw, end, needle = part.raw, part.end, b"--" + boundary
    starts: list[tuple[int, int]] = []  # (end of the part before, start of the next one)
    closed, false, position = False, 0, part.start
    while len(starts) <= most and false < FALSE_DELIMITERS_MAX and not closed:
        if position == part.start and raw.startswith(needle, position, end):
            at, before = position, position
        else:
            at = raw.find(b"\n" + needle, max(position - 1, part.start), end) + 1
            if at == 0:
                break
            before = at - 2 if raw[at - 2 : at - 1] == b"\r" else at - 1
        newline = raw.find(b"\n", at, min(end, at + len(needle) + DELIMITER_MAX))
        after = end if newline < 0 else newline + 1
        rest = raw[at + len(needle) : min(after, at + len(needle) + DELIMITER_MAX)].strip()
        position = at + len(needle)
        if rest not in (b"", b"--"):
            false += 1
            continue
        position = after
        closed = rest == b"--"
        starts.append((max(before, part.start), after))
    ends = [before for before, _after in starts[1:]]
    if starts and not closed:
        ends.append(end)
    return [(after, max(after, before)) for (_b, after), before in zip(starts, ends, strict=False)], closed
