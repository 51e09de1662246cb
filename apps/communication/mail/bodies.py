"""Text for people: HTML made plain, and what the writer wrote this time without the history below it."""

import re

from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import etree
from lxml import html as lxml_html

from .headers import UNSEEN

TEXT_MAX = 200_000  # characters
HTML_MAX = 1_000_000  # characters
DEPTH_MAX = 100  # nested elements the converter may meet
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# The parser leaves out what lies deeper than it goes, and only says so in its log.
TOO_DEEP = {etree.ErrorTypes.ERR_INTERNAL_ERROR, etree.ErrorTypes.ERR_RESOURCE_LIMIT}
DROPPED = {"script", "style", "head", "template", "noscript", "object", "svg", "math", "select", "textarea"}
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
NEWLINES = re.compile("\r\n?|\u2028|\u2029|\x85|\x0b|\x0c")
MANY_BLANKS = re.compile(r"\n{4,}")
TAG = re.compile(r"<[^<>]{0,2000}>")

# "On 3 May 2024, Li Wei wrote:" and its relatives; it may be wrapped over two lines.
ATTRIBUTION = re.compile(
    r"^\s*(?:On\b.{5,300}\bwrote\s*[:：]?"
    r"|(?:在|于|於)\s*\d{4}.{3,300}(?:写道|寫道|写到|寫到)\s*[:：]?"
    r"|.{1,200}(?:于|於|在)\s*\d{4}\s*年.{1,200}(?:写道|寫道|写到|寫到)\s*[:：]?"
    r"|At\s\d{4}-\d\d-\d\d.{3,300}\bwrote\s*[:：]?)\s*$",
    re.IGNORECASE,
)
RULE = re.compile(
    r"^\s*[-–—_]{2,}\s*(?:original message|original|原始邮件|原始郵件|原邮件|邮件原件|郵件原件|回复的原邮件)\s*[-–—_]{2,}\s*$",
    re.IGNORECASE,
)
FROM_LINE = re.compile(r"^\s*\**\s*(?:from|发件人|寄件者|寄件人|發件人)\s*\**\s*[:：]", re.IGNORECASE)
SUBJECT_LINE = re.compile(r"^\s*\**\s*(?:subject|主题|主題|主旨)\s*\**\s*[:：]", re.IGNORECASE)
OTHER_LINE = re.compile(
    r"^\s*\**\s*(?:sent|date|to|cc|发送时间|发送日期|日期|收件人|抄送|寄件日期|傳送時間|收件者|副本)\s*\**\s*[:：]",
    re.IGNORECASE,
)
BLOCK_LINES = 8  # an Outlook header block is no longer than this
QUOTED = re.compile(r"^\s{0,3}[>＞|]")
SIGNATURE = re.compile(r"^-- ?\s*$")
SIGNATURE_LINES = 20
DEVICE = re.compile(
    r"^\s*(?:sent from my .{2,40}|get outlook for .{2,20}|sent from (?:mail|outlook)\b.{0,40}"
    r"|发自我的.{1,30}|發自我的.{1,30}|从我的.{1,30}发送|從我的.{1,30}傳送|获取 ?outlook.{0,30}|来自我的.{1,30})\s*$",
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
    markup = UNWANTED.sub("", UNSEEN.sub("", markup[:HTML_MAX]))
    try:
        # Bytes, because lxml refuses a string that declares an encoding.
        parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True)
        tree = lxml_html.document_fromstring(markup.encode(), parser=parser)
        if any(entry.type in TOO_DEEP for entry in parser.error_log):
            return tidy(TAG.sub(" ", markup)), False
        _strip(tree)
        return tidy(Inscriptis(tree, ParserConfig(css=STRICT_CSS_PROFILE)).get_text()), True
    except (etree.LxmlError, ValueError, TypeError, AttributeError, IndexError, KeyError, RecursionError):
        return tidy(TAG.sub(" ", markup)), False


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


def fresh(text: str, *, forwarded: bool = False) -> str:
    """What was written this time: no quoted history, no signature. All of it when nothing else would remain.

    In a forward the history is the content, so only the signature goes. Answers written between quoted
    lines stay.
    """
    lines = text.split("\n")
    if not forwarded:
        lines = _without_history(lines)
    lines = _without_signature(lines)
    return "\n".join(lines).strip() or text.strip()


def _without_history(lines: list[str]) -> list[str]:
    for index, line in enumerate(lines):
        if RULE.match(line) or _opens_header_block(lines, index):
            lines = lines[:index]
            break
        length = _attribution_length(lines, index)
        if length and not _quotes_follow(lines, index + length):
            lines = lines[:index]
            break
        if length:
            lines = lines[:index] + [""] * length + lines[index + length :]
    return [line for line in lines if not QUOTED.match(line)]


def _attribution_length(lines: list[str], index: int) -> int:
    if len(lines[index]) > 600:
        return 0
    if ATTRIBUTION.match(lines[index]):
        return 1
    if index + 1 < len(lines) and re.match(r"\s*(?:On\b|在|于|於)", lines[index]) and len(lines[index + 1]) < 300:
        return 2 if ATTRIBUTION.match(f"{lines[index]} {lines[index + 1]}") else 0
    return 0


def _quotes_follow(lines: list[str], index: int) -> bool:
    following = next((line for line in lines[index:] if line.strip()), "")
    return bool(QUOTED.match(following))


def _opens_header_block(lines: list[str], index: int) -> bool:
    """Whether the copied headers of an older letter begin here. From, To and Date alone may be an itinerary."""
    if not FROM_LINE.match(lines[index]):
        return False
    block = lines[index + 1 : index + 1 + BLOCK_LINES]
    return any(map(SUBJECT_LINE.match, block)) and any(map(OTHER_LINE.match, block))


def _without_signature(lines: list[str]) -> list[str]:
    lines = _trimmed(lines)
    for index in range(len(lines) - 1, max(-1, len(lines) - SIGNATURE_LINES - 2), -1):
        if SIGNATURE.match(lines[index]):
            lines = _trimmed(lines[:index])
            break
    while lines and (DEVICE.match(lines[-1]) or re.fullmatch(r"\s*[-_]{2,}\s*", lines[-1])):
        lines = _trimmed(lines[:-1])
    return lines


def _trimmed(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines
