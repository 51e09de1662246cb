"""Whether the number of an identity document can be one: length, signs, check digit, day of birth."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext_lazy as _
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from apps.core.verdicts import Verdict, unless

# Provinces of GB/T 2260; 81 to 83 also for people of Hong Kong, Macau and Taiwan who live on the mainland. The county
# is not looked up: a number has that of its issue, years after the birth, so tables by year of birth refuse right ones.
PROVINCES = {
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83,
}  # fmt: skip
TW_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # stand for 10, 11, 12 …
SG_LETTERS = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}
SG_ADDED = {"S": 0, "T": 4, "F": 0, "G": 4, "M": 3}


OLDEST = date(1900, 1, 1)  # nobody who works was born before


def normal(number: str) -> str:
    """A number as it is kept: wide signs made narrow, capital letters, no spaces, dashes or brackets."""
    return re.sub(r"[\s\-()/.]", "", unicodedata.normalize("NFKC", number)).upper()


def _cn_id(number: str, today: date) -> bool:
    if not re.fullmatch(r"\d{17}[\dX]", number) or int(number[:2]) not in PROVINCES:
        return False
    try:
        return ric.calc_check_digit(number) == number[-1] and OLDEST <= ric.get_birth_date(number) <= today
    except ValidationError:
        return False


def _hk_id(number: str, _today: date) -> bool:
    if not re.fullmatch(r"[A-Z]{1,2}\d{6}[\dA]", number):
        return False
    body, check = number[:-1], number[-1]
    values = [ord(sign) - 55 if sign.isalpha() else int(sign) for sign in body]
    values = [36] * (8 - len(values)) + values
    total = sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True))
    return (total + (10 if check == "A" else int(check))) % 11 == 0


def _tw_id(number: str, _today: date) -> bool:
    if not re.fullmatch(r"[A-Z][1289]\d{8}", number):
        return False
    tens, ones = divmod(TW_LETTERS.index(number[0]) + 10, 10)
    digits = [tens, ones, *map(int, number[1:])]
    weights = [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 10 == 0


def _sg_nric(number: str, _today: date) -> bool:
    if not re.fullmatch(r"[STFGM]\d{7}[A-Z]", number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[1:8], [2, 7, 6, 5, 4, 3, 2], strict=True))
    return SG_LETTERS[number[0]][(total + SG_ADDED[number[0]]) % 11] == number[-1]


def _passport(number: str, _today: date) -> bool:
    return bool(re.fullmatch(r"(?=.*\d)[A-Z0-9]{5,12}", number))


CHECKS: dict[str, tuple[Callable[[str, date], bool], object]] = {
    "cn_id": (_cn_id, _("It has 17 digits and a check digit, which may be X, and holds a day of birth.")),
    "hk_id": (_hk_id, _("It has one or two letters, six digits and a check digit: A123456(3).")),
    "tw_id": (_tw_id, _("It has a letter and nine digits: A123456789.")),
    "sg_nric": (_sg_nric, _("It has a letter, seven digits and a letter: S1234567D.")),
    "passport": (_passport, _("It has 5 to 12 letters and digits.")),
}


def valid(kind: str, number: str, today: date) -> Verdict:
    """Whether a number, made `normal`, can be one of this kind. Never repeats the number."""
    fits, shape = CHECKS[kind]
    return unless(
        not fits(number, today),
        _("This is no number of such a document: a sign is wrong or missing. %(shape)s") % {"shape": shape},
        remedy=_("Copy it again from the document."),
        clause="2.2.1b",
    )
