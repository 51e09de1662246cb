"""A short text in the product's three languages, for words that are data rather than interface; and words in a row."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

MOST_SIGNS = 100_000  # a long report with everything pasted into it, thirty pages


def too_long(values: Mapping) -> dict[str, str]:
    """Texts that nobody types, by field, with what is wrong with them."""
    words = _("This is longer than %(most)s characters: add a file instead.") % {"most": f"{MOST_SIGNS:,}"}
    return {name: words for name, value in values.items() if isinstance(value, str) and len(value) > MOST_SIGNS}


def signs(text: str) -> str:
    """What of a text says something: letters, figures, symbols; neither blanks, seen or unseen, nor mere dots."""
    return "".join(sign for sign in text if unicodedata.category(sign)[0] in "LNS")


def is_id(text: str) -> bool:
    """Whether a text could be a record's id: figures, no more than a key holds."""
    return text.isascii() and text.isdecimal() and len(text) < 19


def listed(items: Iterable) -> str:
    """Several things in a row, separated as the reader's language does: “a, b” or “a、b”."""
    return pgettext("between the items of a list", ", ").join(str(one) for one in items)


@dataclass(frozen=True)
class Words:
    """The same text three times. As a string it is the one of the language active at that moment."""

    en: str
    zh_hans: str
    zh_hant: str

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        return self.in_language(get_language() or "en")

    def in_language(self, code: str) -> str:
        """The text for a language code such as `zh-hant`, `zh-tw` or `en-gb`; English for any unknown one."""
        parts = code.lower().replace("_", "-").split("-")
        if parts[0] != "zh":
            return self.en
        return self.zh_hant if {"hant", "tw", "hk", "mo"}.intersection(parts) else self.zh_hans
