"""What changed between two versions of a plan, side by side (3.2.3)."""

from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.workplans.models import Plan, Step


@dataclass(frozen=True)
class Difference:
    """One field or step of both versions, with its changes marked; `kind`: same, changed, added or gone."""

    name: str
    kind: str
    old: SafeString
    new: SafeString


def compare(old: Plan, new: Plan) -> list[Difference]:
    """Every field, then every step by what it is, whatever its place; what stayed is there too."""
    fields = [
        (_("Goals"), old.goals, new.goals),
        (_("Resources"), old.resources, new.resources),
        (_("Risks"), old.risks, new.risks),
    ]
    found = [_difference(name, before, after) for name, before, after in fields if before or after]
    before = {one.key: one for one in old.steps.select_related("responsible")}
    after = {one.key: one for one in new.steps.select_related("responsible")}
    keys = [*after, *(key for key in before if key not in after)]
    for number, key in enumerate(keys, start=1):
        name = _("Step %(number)s") % {"number": number}
        found.append(_difference(name, _words(before.get(key)), _words(after.get(key))))
    return found


def _words(step: Step | None) -> str:
    if step is None:
        return ""
    days = [date_format(day, "SHORT_DATE_FORMAT") for day in (step.begins_on, step.due_on)]
    return f"{step.title}\n{' – '.join(days)}\n{step.responsible.name}"


def _difference(name: str, old: str, new: str) -> Difference:
    kind = "same" if old == new else "added" if not old else "gone" if not new else "changed"
    return Difference(name, kind, *_marked(old, new))


def _marked(old: str, new: str) -> tuple[SafeString, SafeString]:
    """Both texts, escaped, with what only one of them has in <del> and <ins>."""
    left, right = _parts(old), _parts(new)
    gone, come = [], []
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        gone.append(("", "".join(left[a:b]), "") if kind == "equal" else ("del", "".join(left[a:b]), "del"))
        come.append(("", "".join(right[c:d]), "") if kind == "equal" else ("ins", "".join(right[c:d]), "ins"))
    return _html(gone), _html(come)


MOST_PARTS = 400  # of a text that is compared word by word; a longer one line by line


def _parts(text: str) -> list[str]:
    """Words with what stands between them; single signs where the script has no spaces."""
    if len(text) > 4 * MOST_PARTS:
        return text.splitlines(keepends=True)
    parts: list[str] = []
    for sign in text:
        if parts and sign.isalnum() and parts[-1][-1].isalnum() and sign < "\u2e80":
            parts[-1] += sign
        else:
            parts.append(sign)
    return parts


def _html(parts: list[tuple[str, str, str]]) -> SafeString:
    plain = format_html_join("", "{}", ())
    for tag, text, _end in parts:
        if text and tag:
            plain += format_html_join("", f"<{tag}>{{}}</{tag}>", ((text,),))
        elif text:
            plain += format_html_join("", "{}", ((text,),))
    return plain
