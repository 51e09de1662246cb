"""The mark in a subject that leads an answer back to its enquiry when the headers are lost."""

import re
import unicodedata

from .headers import one_line

TOKEN = re.compile(r"[A-Z]{1,3}-[A-Z0-9]{4,16}\Z")
# Full-width forms are folded by NFKC; the lenticular brackets are not.
MARK = re.compile(r"[\[【〔]\s*#\s*([A-Z]{1,3})\s?[-‐‑‒–—−]\s?([A-Z0-9]{4,16})\s*[\]】〕]", re.IGNORECASE)
PREFIX = re.compile(
    r"\s*(?:re|fwd?|aw|wg|sv|vs|antw|tr|rv|答|复|回复|回覆|答复|答覆|转发|轉發|转寄|轉寄)"
    r"\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|（\d{1,3}）|\*\d{1,3})?\s*[:：]\s*",
    re.IGNORECASE,
)
FORWARD = re.compile(r"\s*(?:fwd?|wg|tr|rv|转发|轉發|转寄|轉寄)\s*(?:\[\d{1,3}\])?\s*[:：]", re.IGNORECASE)


def thread_token(subject: str) -> str | None:
    """The token in a subject, as `E-AB12CD`, whatever brackets and widths the programs in between used."""
    match = MARK.search(unicodedata.normalize("NFKC", one_line(subject)))
    return f"{match[1]}-{match[2]}".upper() if match else None


def token_mark(token: str) -> str:
    """The mark as it stands in a subject: `[#E-AB12CD]`. ValueError when `token` could not be found again."""
    if not TOKEN.match(token):
        raise ValueError(f"not a thread token: {token!r}")
    return f"[#{token}]"


def clean_subject(subject: str) -> str:
    """The subject without reply and forward prefixes and without the mark."""
    text = one_line(subject)
    if thread_token(text):
        text = MARK.sub(" ", unicodedata.normalize("NFKC", text) if not MARK.search(text) else text)
    while match := PREFIX.match(text):
        text = text[match.end() :]
    return one_line(text)


def is_forward(subject: str) -> bool:
    return bool(FORWARD.match(subject))
