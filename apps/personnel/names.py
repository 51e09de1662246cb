"""Sorting names as people expect: Chinese by the pinyin of the surname, others by letters."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from pypinyin import Style, lazy_pinyin

# Surnames that are read differently from the same sign elsewhere.
SURNAMES = {
    "曾": "zeng", "单": "shan", "單": "shan", "仇": "qiu", "解": "xie", "查": "zha", "盖": "ge", "蓋": "ge",
    "任": "ren", "朴": "piao", "区": "ou", "區": "ou", "覃": "qin", "翟": "zhai", "尉迟": "yuchi", "尉遲": "yuchi",
    "万俟": "moqi", "長孫": "zhangsun", "长孙": "zhangsun", "缪": "miao", "繆": "miao", "宓": "mi", "乐": "yue",
    "樂": "yue", "召": "shao", "洗": "xian", "冼": "xian", "那": "na", "秘": "bi", "黑": "he", "员": "yun",
    "員": "yun", "华": "hua", "華": "hua", "种": "chong", "折": "she", "令狐": "linghu", "重": "chong",
    "尹": "yin", "能": "nai", "车": "che", "車": "che", "佴": "nai", "逄": "pang", "牟": "mu", "隗": "wei",
}  # fmt: skip


TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}  # marks of Unicode that reverse what follows


def sort_key(name: str) -> str:
    """A name as lower-case letters to sort and search by: 曾小明 → `zeng xiao ming`."""
    name = " ".join(name.split())
    given, surname = name, ""
    for length in (2, 1):
        if name[:length] in SURNAMES:
            surname, given = SURNAMES[name[:length]], name[length:]
            break
    words = [*([surname] if surname else []), *lazy_pinyin(given, style=Style.NORMAL)]
    plain = unicodedata.normalize("NFKD", " ".join(word.strip() for word in words if word.strip()))
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).lower()[:200]


def initials(words: str) -> models.Q:
    """Names whose words begin with these letters: zjg finds 曾建国, whose key is `zeng jian guo`."""
    letters = words.strip().lower()
    if not re.fullmatch("[a-z]{2,6}", letters):
        return models.Q(pk__in=[])
    return models.Q(name_sort__regex="^" + "[^ ]* ".join(letters))


class SortKeyField(models.CharField):
    """What rows are sorted and searched by: the letters of their name, derived whenever a row is saved or bulk created.

    spaced: whether words stay apart (`zeng xiao ming`, else `zengxiaoming`).
    """

    def __init__(self, *, of: str = "name", spaced: bool = True, **options):
        self.of, self.spaced = of, spaced
        super().__init__(**{"max_length": 200, "editable": False, "db_index": True} | options)

    def deconstruct(self):
        """For the database, and for tables of history, it is a plain column."""
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options

    def pre_save(self, instance, add):
        key = sort_key(getattr(instance, self.of))
        setattr(instance, self.attname, key if self.spaced else key.replace(" ", ""))
        return super().pre_save(instance, add)


class Named(models.Model):
    """Something with a name that people look up in lists."""

    name_sort = SortKeyField()

    class Meta:
        abstract = True

    def clean_fields(self, exclude=None):
        """A name is something one can see, in the order in which it was typed."""
        super().clean_fields(exclude)
        if "name" in (exclude or ()):
            return
        if not any(sign.isalnum() for sign in self.name):
            raise ValidationError({"name": _("Give a name that one can read.")})
        if any(unicodedata.bidirectional(sign) in TURNING for sign in self.name):
            raise ValidationError(
                {"name": _("It holds invisible signs that turn the direction of reading. Type it anew.")}
            )

    def save(self, **options):
        """Saving only some fields saves what is derived from them too."""
        some = options.get("update_fields")
        if some is not None:
            derived = {one.name for one in self._meta.fields if isinstance(one, SortKeyField) and one.of in some}
            options["update_fields"] = {*some, *derived}
        super().save(**options)
