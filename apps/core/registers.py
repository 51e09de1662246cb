"""Registers: list, add and edit of plain reference records, in one line of `urls.py`."""

from collections.abc import Callable, Sequence

import django_filters
import django_tables2 as tables
from django.db import models
from django.db.models import Q
from django.forms import modelform_factory
from django.shortcuts import get_object_or_404
from django.urls import path, reverse, reverse_lazy
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.core.forms import RecordForm
from apps.core.keeping import keep
from apps.core.lookups import LookupFilter
from apps.core.sorting import sorting_column
from apps.core.tables import DayColumn
from apps.core.web import FormPage, ListPage

YES_NO = [("1", _("Yes")), ("0", _("No"))]


def register(
    model: type[models.Model],
    *,
    prefix: str,
    title,
    icon: str,
    fields: Sequence[str],
    columns: Sequence[str],
    may: Callable,
    see: Callable | None = None,
    search: Sequence[str] = ("name",),
    filters: Sequence[str] = (),
    rule: Callable | None = None,
    notice: Callable | None = None,
    links: Sequence[dict] = (),
) -> list:
    """Addresses of a register: `<prefix>`, `<prefix>_new`, `<prefix>_edit`.

    may: `may(user) -> Verdict` for adding and editing; see: the same for looking (default: `may`).
    fields: of the form. columns: of the list, the first one leads to the form. search, filters: above the list.
    rule: as `keep` takes it.
    notice: `notice() -> words` under the list's title; links: more buttons above it (label, icon, url, tone).
    """
    see = see or may
    related = [one.name for one in model._meta.fields if one.is_relation and one.name in columns]

    class Rows(ListPage):
        queryset = model._default_manager.select_related(*related)
        table_class = _table(model, prefix, columns, may)
        filterset_class = _filterset(model, search, filters)
        empty = _("Nothing here yet. Add the first one.")

        def get_queryset(self):
            return self.queryset.all()

        def may_open(self, user):
            return see(user)

        def actions(self, user):
            new = {"label": _("New"), "icon": "plus", "url": reverse(f"{prefix}_new")}
            return [one | {"verdict": may(user)} for one in (*links, new)]

        def get_context_data(self, **kwargs):
            return super().get_context_data(**kwargs) | ({"subtitle": notice()} if notice else {})

    Rows.model, Rows.title, Rows.icon = model, title, icon

    class Form(FormPage):
        form_class = modelform_factory(model, form=RecordForm, fields=fields)
        back = reverse_lazy(prefix)
        done = _("Saved.")

        def may_open(self, user):
            return may(user)

        def thing(self):
            known = self.kwargs.get("pk")
            return get_object_or_404(model, pk=known) if known else model()

        def get_form_kwargs(self):
            return super().get_form_kwargs() | {"instance": self.thing()}

        def act(self, form):
            values = {name: form.cleaned_data[name] for name in fields}
            keep(self.thing(), by=self.request.user, now=timezone.now(), values=values, rule=rule)
            return reverse(prefix)

    Form.title = capfirst(model._meta.verbose_name)

    return [
        path(f"{prefix}/", Rows.as_view(), name=prefix),
        path(f"{prefix}/new/", Form.as_view(), name=f"{prefix}_new"),
        path(f"{prefix}/<int:pk>/edit/", Form.as_view(), name=f"{prefix}_edit"),
    ]


class FlagColumn(tables.BooleanColumn):
    """Yes or no; exported as the word."""

    def value(self, value):
        return str(dict(YES_NO)[str(int(value))])


def _table(model, prefix: str, columns: Sequence[str], may: Callable) -> type[tables.Table]:
    first, *others = columns

    class RegisterTable(tables.Table):
        class Meta:
            fields = tuple(columns)

        def before_render(self, request):
            if not may(request.user):
                self.columns[first].link = None

    RegisterTable.Meta.model = model
    title = tables.Column(
        linkify=(f"{prefix}_edit", {"pk": tables.A("pk")}),
        order_by=sorting_column(model, first),
        attrs={"td": {"class": "c-title"}},
    )
    kinds = {models.BooleanField: FlagColumn, models.DateField: DayColumn}
    others = {
        field.name: kinds[type(field)]()
        for field in model._meta.fields
        if field.name in others and type(field) in kinds
    }
    return type("RegisterTable", (RegisterTable,), {first: title, **others, "Meta": RegisterTable.Meta})


def _yes_no(field) -> dict:
    return {"choices": YES_NO, "label": capfirst(field.verbose_name)}


def _choices(field) -> dict:
    return {"queryset": field.related_model._default_manager.all()}


def _filterset(model, search: Sequence[str], filters: Sequence[str]) -> type[django_filters.FilterSet]:
    def find(rows, _name, words):
        rule = Q()
        for field in search:
            rule |= Q(**{f"{field}__icontains": words.strip()})
        return rows.filter(rule)

    class Meta:
        fields = list(filters)
        filter_overrides = {
            models.ForeignKey: {"filter_class": LookupFilter, "extra": _choices},
            models.BooleanField: {"filter_class": django_filters.ChoiceFilter, "extra": _yes_no},
        }

    Meta.model = model
    return type(
        f"{model.__name__}Filters",
        (django_filters.FilterSet,),
        {
            "q": django_filters.CharFilter(method=lambda rows, name, words: find(rows, name, words), label=_("Search")),
            "Meta": Meta,
        },
    )
