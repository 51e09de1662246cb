"""Text for people: HTML made plain, and what the writer wrote this time without the history below it."""

import re
from typing import NamedTuple

from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import etree
from lxml import html as lxml_html

from .headers import UNSEEN

TEXT_MAX = 200_000  # characters
HTML_MAX = 1_000_000  # characters
PADDED_MAX = 4_000_000  # characters of table rows
DEPTH_MAX = 100  # nested elements the converter may meet
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# The parser leaves out what lies deeper than it goes, and only says so in its log.
TOO_DEEP = {etree.ErrorTypes.ERR_INTERNAL_ERROR, etree.ErrorTypes.ERR_RESOURCE_LIMIT}
DROPPED = {"script", "style", "head", "template", "noscript", "object", "svg", "math", "select", "textarea"}
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
NEWLINES = re.compile("\r\n?|\u2028|\u2029|\x85|\x0b|\x0c")
MANY_BLANKS = re.compile(r"\n{4,}")
BLANKS = re.compile(r"[ \t]{2,}")
TAG = re.compile(r"<[^<>]{0,2000}>")

# All of these look at a stripped line of at most `LINE_MAX` characters; none may cost more than its length.
LINE_MAX = 500
# "On 3 May 2024, Li Wei wrote:" and its relatives; it may be wrapped over two lines.
ATTRIBUTION_START = re.compile(r"(?:On|At)\b|在|于|於", re.IGNORECASE)
ATTRIBUTION = re.compile(
    r"(?:(?:On|At)\b.{5,400}\bwrote"
    r"|(?:在|于|於)\s?\d{4}.{3,400}(?:写道|寫道|写到|寫到)"
    r"|.{1,200}(?:于|於|在)\s?\d{4}\s?年.{1,200}(?:写道|寫道|写到|寫到))\s?[:：]?$",
    re.IGNORECASE,
)
RULE = re.compile(
    r"[-–—_]{2,80}\s?(?:original(?: message)?|原始邮件|原始郵件|(?:回复的)?原邮件|邮件原件|郵件原件)\s?[-–—_]{2,80}$",
    re.IGNORECASE,
)
FROM_LINE = re.compile(r"\*?(?:from|发件人|寄件者|寄件人|發件人)\s?\*?\s?[:：]", re.IGNORECASE)
SUBJECT_LINE = re.compile(r"\*?(?:subject|主题|主題|主旨)\s?\*?\s?[:：]", re.IGNORECASE)
OTHER_LINE = re.compile(
    r"\*?(?:sent|date|to|cc|发送时间|发送日期|日期|收件人|抄送|寄件日期|傳送時間|收件者|副本)\s?\*?\s?[:：]",
    re.IGNORECASE,
)
BLOCK_LINES = 8  # an Outlook header block is no longer than this
QUOTED = re.compile(r"[>＞|]")
SIGNATURE = re.compile(r"--$")
SIGNATURE_LINES = 20
DASHES = re.compile(r"[-_]{2,200}$")
DEVICE = re.compile(
    r"(?:sent from my .{2,40}|get outlook for .{2,20}|sent from (?:mail|outlook)\b.{0,40}"
    r"|发自我的.{1,30}|發自我的.{1,30}|从我的.{1,30}发送|從我的.{1,30}傳送|获取 ?outlook.{0,30}|来自我的.{1,30})$",
    re.IGNORECASE,
)


def tidy(text: str) -> str:
    """Text for the page: newlines of one kind, no NUL and no control but tab, at most `TEXT_MAX` characters."""
    text = UNWANTED.sub("", UNSEEN.sub("", NEWLINES.sub("\n", text)))
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return MANY_BLANKS.sub("\n\n\n", lines).strip("\n")[:TEXT_MAX]


def from_html(markup: str) -> tuple[str, bool]:
    """The text of an HTML body, and whether the converter managed it.

    Attributes go first: a style may ask for a thousand million spaces. What the writer hid stays hidden.
    """
    markup = UNWANTED.sub("", UNSEEN.sub("", markup))
    if not markup.strip():
        return "", True
    try:
        # Bytes, because lxml refuses a string that declares an encoding.
        parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True)
        tree = lxml_html.document_fromstring(markup.encode(), parser=parser)
        if any(entry.type in TOO_DEEP for entry in parser.error_log):
            return _tags_removed(markup), False
        _strip(tree)
        return tidy(Inscriptis(tree, ParserConfig(css=STRICT_CSS_PROFILE)).get_text()), True
    except (etree.LxmlError, ValueError, TypeError, AttributeError, IndexError, KeyError, RecursionError):
        return _tags_removed(markup), False


def _tags_removed(markup: str) -> str:
    return tidy(BLANKS.sub(" ", TAG.sub(" ", markup)))


def _strip(tree) -> None:
    for element in list(tree.iter()):
        if not isinstance(element.tag, str):
            continue
        hidden = HIDDEN.search(element.get("style", "")) or element.get("hidden") is not None
        if (hidden or element.tag in DROPPED) and element.getparent() is not None:
            element.drop_tree()
            continue
        element.attrib.clear()
    _flatten(tree)
    _bound_tables(tree)


def _flatten(tree) -> None:
    """Take away the elements below `DEPTH_MAX`, keeping their text: the converter calls itself for each level."""
    level, depth = [tree], 0
    while level and depth < DEPTH_MAX:
        level, depth = [child for element in level for child in element], depth + 1
    for element in level:
        text = " ".join(piece.strip() for piece in element.itertext() if piece.strip())
        for child in list(element):
            element.remove(child)
        if isinstance(element.tag, str):
            element.text = text


def _bound_tables(tree) -> None:
    """Make plain blocks of the tables when the converter, which pads every row to the widest, would need too much."""
    rows = sum(1 for _row in tree.iter("tr"))
    if rows * sum(map(len, tree.itertext())) > PADDED_MAX:
        for element in tree.iter("table", "thead", "tbody", "tfoot", "tr", "td", "th"):
            element.tag = "span" if element.tag in ("td", "th") else "div"


def fresh(text: str, *, forwarded: bool = False) -> str:
    """What was written this time: no quoted history, no signature. All of it when nothing else would remain.

    In a forward the history is the content, so only the signature goes. Answers written between quoted
    lines stay.
    """
    lines = [_Line(line, line.strip()[:LINE_MAX]) for line in text.split("\n")]
    if not forwarded:
        lines = _without_history(lines)
    lines = _without_signature(lines)
    return "\n".join(line.text for line in lines).strip() or text.strip()


class _Line(NamedTuple):
    text: str
    gist: str  # stripped and bounded: what the patterns look at


def _without_history(lines: list[_Line]) -> list[_Line]:
    kept, index = [], 0
    while index < len(lines):
        if RULE.match(lines[index].gist) or _opens_header_block(lines, index):
            break
        length = _attribution_length(lines, index)
        if length and not _quotes_follow(lines, index + length):
            break
        if not length and not QUOTED.match(lines[index].gist):
            kept.append(lines[index])
        index += length or 1
    return kept


def _attribution_length(lines: list[_Line], index: int) -> int:
    """How many lines, one or two, announce quoted history here; 0 when none does."""
    gist = lines[index].gist
    if ATTRIBUTION.match(gist):
        return 1
    if ATTRIBUTION_START.match(gist) and index + 1 < len(lines):
        return 2 if ATTRIBUTION.match(f"{gist} {lines[index + 1].gist}") else 0
    return 0


def _quotes_follow(lines: list[_Line], index: int) -> bool:
    following = next((line.gist for line in lines[index:] if line.gist), "")
    return bool(QUOTED.match(following))


def _opens_header_block(lines: list[_Line], index: int) -> bool:
    """Whether the copied headers of an older letter begin here. From, To and Date alone may be an itinerary."""
    if not FROM_LINE.match(lines[index].gist):
        return False
    block = [line.gist for line in lines[index + 1 : index + 1 + BLOCK_LINES]]
    return any(map(SUBJECT_LINE.match, block)) and any(map(OTHER_LINE.match, block))


def _without_signature(lines: list[_Line]) -> list[_Line]:
    end = _end(lines, len(lines))
    for index in range(end - 1, max(-1, end - SIGNATURE_LINES - 2), -1):
        if SIGNATURE.match(lines[index].gist):
            end = _end(lines, index)
            break
    while end and (DEVICE.match(lines[end - 1].gist) or DASHES.match(lines[end - 1].gist)):
        end = _end(lines, end - 1)
    return lines[:end]


def _end(lines: list[_Line], end: int) -> int:
    """`end` without the empty lines before it."""
    while end and not lines[end - 1].gist:
        end -= 1
    return end
