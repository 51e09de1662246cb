"""Choosing one record: from a list while there are few, by typing where there may be thousands.

A model that can be chosen by typing names its unique column in `lookup_key`, has a `SearchableQuerySet`, and its app
gives `suggestions(Model)` an address called `<model>_suggest`.
"""

import re

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

FEW = 40  # rows that a select still shows well
OFFERED = 10


class SearchableQuerySet(models.QuerySet):
    """Rows found by a part of what stands in their columns."""

    found_in: tuple[str, ...] = ("name",)

    def search(self, words: str):
        rule = Q()
        for column in self.found_in:
            rule |= Q(**{f"{column}__icontains": words.strip()})
        return self.filter(rule)

    def offered(self, user):
        """Rows that this person is offered while typing."""
        return self.visible_to(user)


def words_for(row) -> str:
    """How a record stands in the text box: 王芳 <fang@example.com>."""
    return f"{getattr(row, 'full_name', row)} <{getattr(row, row.lookup_key)}>"


def suggestions(model: type[models.Model]):
    """A page with the few records that fit what is being typed, among those the person may see."""

    def suggest(request):
        typed = (given.replace("\x00", "").strip() for given in request.GET.values())
        words = next(filter(None, typed), "")[:100]
        found = model._default_manager.offered(request.user).search(words)[:OFFERED] if words else []
        return render(request, "core/suggest.html", {"options": [words_for(row) for row in found]})

    return suggest


class LookupInput(forms.Select):
    """A select while there is little to choose from; else a text box that suggests while one types."""

    field = None  # the LookupField it draws, set by it

    def render(self, name, value, attrs=None, renderer=None):
        rows = [] if self.field.typed else list(self.field.queryset.all()[: FEW + 1])
        if self.field.typed or len(rows) > FEW:
            return self.text_box(name, value, self.build_attrs(self.attrs, attrs))
        nothing = [] if self.field.empty_label is None else [("", self.field.empty_label)]
        self.choices = [*nothing, *((row.pk, self.field.label_from_instance(row)) for row in rows)]
        return super().render(name, value, attrs, renderer)

    def text_box(self, name, value, attrs):
        state = " is-invalid" if "is-invalid" in attrs.pop("class", "") else ""
        context = {
            "name": name,
            "value": self.field.words(value),
            "attrs": attrs | {"class": f"form-control{state}"},
            "list": f"{attrs.get('id', name)}-offered",
            "placeholder": attrs.get("aria-label") or self.field.hint,
            "suggest": reverse(f"{self.field.queryset.model._meta.model_name}_suggest"),
        }
        return mark_safe(render_to_string("components/lookup_input.html", context))


class LookupField(forms.ModelChoiceField):
    """One row of `queryset`: chosen from a list, or typed as its key in <> or enough of its name.

    typed: always a text box. `takes_ids` is off where digits are something that people type, as staff numbers.
    """

    widget = LookupInput
    takes_ids = True
    hint = _("Name or code")
    default_error_messages = {
        "nobody": _("Nothing you may choose has this name or number."),
        "several": _("Several have this name: choose one from the list."),
    }

    def __init__(self, queryset=None, *, typed: bool = False, **options):
        self.typed = typed
        super().__init__(queryset, **options)

    def _use_queryset(self, rows):
        self._set_queryset(rows)
        self.widget.field = self

    queryset = property(forms.ModelChoiceField._get_queryset, _use_queryset)

    def label_from_instance(self, obj):
        return str(getattr(obj, "full_name", obj))

    def words(self, value) -> str:
        """What the text box says: the row's words for an id, else what was typed."""
        if value in self.empty_values:
            return ""
        is_id = isinstance(value, int) or (value.isdecimal() and self.takes_ids)
        row = self.queryset.filter(pk=value).first() if is_id else None
        return words_for(row) if row else str(value)

    def to_python(self, value):
        if value in self.empty_values:
            return None
        self.validate_no_null_characters(value)
        found = self.found(str(value.pk if isinstance(value, self.queryset.model) else value).strip())
        if len(found) != 1:
            wrong = "several" if found else "nobody"
            raise ValidationError(self.error_messages[wrong], code=wrong)
        return found[0]

    def found(self, words: str) -> list:
        """At most two rows for an id, a key in <>, a whole name, or a part of one."""
        key = re.search(r"<([^<>]+)>$", words)
        if key:
            return list(self.queryset.filter(**{f"{self.queryset.model.lookup_key}__iexact": key[1]})[:2])
        if words.isdecimal() and self.takes_ids:
            return list(self.queryset.filter(pk=words)[:2]) if len(words) < 19 else []
        rows = list(self.queryset.search(words)[:2])
        return rows if len(rows) < 2 else list(self.queryset.filter(name__iexact=words)[:2]) or rows


class PersonField(LookupField):
    """One active person, typed: by mail address, number, name or pinyin."""

    takes_ids = False
    hint = _("Name, number or pinyin")
    default_error_messages = {
        "nobody": _("Nobody you may choose has this name or number. Who has left cannot be chosen."),
        "several": _("Several people have this name: choose one from the list."),
    }

    def __init__(self, queryset=None, **options):
        super().__init__(queryset, typed=True, **options)

    def found(self, words: str) -> list:
        """Digits are a whole staff number, with or without its letters: a part of one names nobody."""
        rows = [person for person in super().found(words) if person.is_active]
        if not words.isdecimal():
            return rows
        return [person for person in rows if re.sub(r"\D", "", person.number or "") == words]


class LookupFilter(django_filters.ModelChoiceFilter):
    """A filter by one row: a select for few, else typed."""

    field_class = LookupField

    def get_queryset(self, request):
        """A text box in which nothing was typed needs no rows: whom somebody may see is a long question."""
        name = next(name for name, one in self.parent.filters.items() if one is self)
        idle = self.extra.get("typed") and not self.parent.data.get(name)
        return super().get_queryset(None if idle else request)
