"""Choosing several people: a box of ticks that stays small, with a search above it where the list is long."""

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

FEW = 6  # so many stand in the box without searching


class PeopleInput(forms.SelectMultiple):
    """Ticks in a box that scrolls, the chosen ones first. Without scripts the search is not shown."""

    use_fieldset = True

    def id_for_label(self, id_, index="0"):
        return ""

    def render(self, name, value, attrs=None, renderer=None):
        context = self.get_context(name, value, attrs)["widget"]
        rows = [row for _group, options, _index in context["optgroups"] for row in options]
        rows.sort(key=lambda row: not row["selected"])
        for row in rows:
            row["words"] = " ".join(filter(None, (getattr(row["value"].instance, name, "") for name in FOUND_BY)))
        shown = {
            "name": name,
            "id": context["attrs"].get("id", name),
            "invalid": "is-invalid" in context["attrs"].get("class", ""),
            "rows": rows,
            "search": len(rows) > FEW,
        }
        return mark_safe(render_to_string("components/people_input.html", shown))


FOUND_BY = ("name", "name_sort", "name_letters", "number", "title")


class PeopleChoice(forms.ModelMultipleChoiceField):
    """Several people of ours, or of the client's."""

    widget = PeopleInput
