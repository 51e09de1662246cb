"""Making other people's words harmless and short enough for a chat system."""

import json
import re
import unicodedata
from collections.abc import Callable

ELLIPSIS = "…"

# Marks that turn the reading direction can make a text look like another one.
_TURNING_MARKS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])

# Neither WeCom nor DingTalk has an escape character, so what could become a link, a mention, a picture
# or a tag is written with its full-width twin, which reads the same.
_FULL_WIDTH = {ord(char): chr(ord(char) + 0xFEE0) for char in "*`[]<"}
_LINE_MARKS = {ord(char): chr(ord(char) + 0xFEE0) for char in "#>"}
_SLACK_ENTITIES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}


def clean(text: str) -> str:
    """The text without control characters, half characters and marks that turn the reading direction."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_TURNING_MARKS)
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")).strip()


def full_width(text: str) -> str:
    return text.translate(_FULL_WIDTH)


def plain_lines(text: str) -> str:
    """The text with no line that begins like a heading or a quotation."""
    return re.sub(r"(?m)^[ \t]*[#>]+", lambda found: found[0].translate(_LINE_MARKS), text)


def slack_escape(text: str) -> str:
    return text.translate(_SLACK_ENTITIES)


def to_json(body) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def utf8_length(text: str) -> int:
    return len(text.encode())


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def fit(text: str, limit: int, escape: Callable[[str], str], length: Callable[[str], int]) -> str:
    """The escaped text within a limit, cut between characters (never inside one or an escape) and marked so."""
    whole = escape(text)
    if length(whole) <= limit:
        return whole
    kept, used = [], length(ELLIPSIS)
    for char in text:
        piece = escape(char)
        used += length(piece)
        if used > limit:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + ELLIPSIS
