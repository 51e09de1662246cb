"""Bytes to characters, believing a label only as far as the bytes bear it out."""

import codecs
import re

GB = "gb18030"
LABEL = re.compile(r"[a-z0-9][a-z0-9_.:+-]{0,39}\Z")
# Names that mail programs use for something wider, or that Python does not know.
ALIASES = {
    "gb2312": GB,
    "gb_2312": GB,
    "gb_2312-80": GB,
    "gbk": GB,
    "x-gbk": GB,
    "x-gb2312": GB,
    "x-gb18030": GB,
    "cp936": GB,
    "ms936": GB,
    "windows-936": GB,
    "chinese": GB,
    "euc-cn": GB,
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "cn-big5": "big5hkscs",
    "x-big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "cp950": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
}
# Labels that say nothing about bytes above 127: the guess decides.
EMPTY_LABELS = {"", "us-ascii", "ascii", "ansi_x3.4-1968", "default", "default_charset", "unknown-8bit", "x-unknown"}
# Python calls these text encodings; no letter is written in them, and some cost quadratic time.
NOT_FOR_LETTERS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "charmap"}
NON_ASCII = re.compile(rb"[\x80-\xff]")
# More damage than this share of the non-ASCII characters, and the encoding was the wrong one.
DAMAGE_MAX = 0.1


def codec_of(label: str) -> str | None:
    """The codec a charset label means; '' when it means none in particular, None when nobody knows it."""
    label = label.strip().strip("\"'").lower()
    if label in EMPTY_LABELS:
        return ""
    if not LABEL.match(label):
        return None
    try:
        info = codecs.lookup(ALIASES.get(label, label))
    except LookupError:
        return None
    if not info._is_text_encoding or info.name in NOT_FOR_LETTERS or info.incrementaldecoder is None:
        return None
    return info.name


def decode(data: bytes, label: str = "", *, cut: bool = False) -> tuple[str, bool]:
    """The characters of `data`, and whether every one of them is certain to be what was sent.

    A label is tried first, unless the bytes are clearly UTF-8 all the same. Then UTF-8, GB18030, and
    Latin-1, which reads anything. With `cut`, a character halved by the end of `data` is left out.
    """
    codec = codec_of(label)
    if not codec:
        if not NON_ASCII.search(data):
            return data.decode("ascii"), codec is not None
        return _first_fitting(data, ["utf-8", GB], sure=codec is not None, final=not cut)
    if codec != "utf-8" and NON_ASCII.search(data) and _is_clearly_utf8(data, codec, final=not cut):
        return _first_fitting(data, ["utf-8"], sure=True, final=not cut)
    candidates = [codec, "cp950"] if codec == "big5hkscs" else [codec]
    candidates.extend(other for other in ("utf-8", GB) if other != codec)
    return _first_fitting(data, candidates, sure=True, final=not cut)


def _first_fitting(data: bytes, candidates: list[str], *, sure: bool, final: bool) -> tuple[str, bool]:
    for position, codec in enumerate(candidates):
        text = _strict(data, codec, final=final)
        if text is not None:
            return text.removeprefix("\ufeff"), sure and position == 0
        text = _decoder(codec, "replace").decode(data, final)
        damage, foreign = text.count("\ufffd"), sum(character > "\x7f" for character in text)
        # One character lost is forgiven to a label, which is evidence too, but not to a guess.
        if damage <= DAMAGE_MAX * foreign or (sure and position == 0 and damage == 1 < foreign):
            return text.removeprefix("\ufeff"), False
    return data.decode("latin-1"), False


def _decoder(codec: str, errors: str):
    return codecs.getincrementaldecoder(codec)(errors)


def _strict(data: bytes, codec: str, *, final: bool) -> str | None:
    try:
        return _decoder(codec, "strict").decode(data, final)
    except UnicodeError:
        return None


def _is_clearly_utf8(data: bytes, codec: str, *, final: bool) -> bool:
    """Whether bytes under another label are UTF-8 beyond reasonable doubt.

    Under a one-byte label valid UTF-8 is no accident. Two Chinese characters in GB18030 can be valid UTF-8
    by chance, but then they read as Latin or Greek letters: only characters from U+0800 up are proof.
    """
    text = _strict(data, "utf-8", final=final)
    if text is None:
        return False
    if codec.startswith(("cp125", "iso8859", "koi8")):
        return True
    foreign = [character for character in text if character > "\x7f"]
    return len(foreign) > 0 and 2 * sum(character >= "\u0800" for character in foreign) >= len(foreign)
