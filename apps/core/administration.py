"""The technical administration: tables to look at, none to change; for administrators alone."""

from django.contrib import admin
from django.db import models
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.core.field_words import FIELD_WORDS
from apps.core.verdicts import NotAllowed, no


def administers(user) -> bool:
    return user.is_active and user.is_authenticated and user.has_role("administrator")


def labels(model: type[models.Model]) -> dict:
    """Words for the columns whose model gives them none: Django would show their English names in every language."""
    columns = [*model._meta.fields, *model._meta.many_to_many]
    unnamed = {one.name for one in columns if not isinstance(one.verbose_name, Promise)}
    return {name: FIELD_WORDS[name] for name in sorted(unnamed & FIELD_WORDS.keys())}


def column(model: type[models.Model], name: str):
    """A column of a list under its words."""
    words = labels(model).get(name)
    if words is None:
        return name
    field = model._meta.get_field(name)
    shown = f"get_{name}_display" if field.choices else ""

    def show(record):
        return getattr(record, shown)() if shown else getattr(record, name)

    show.__name__ = name
    return admin.display(description=words, ordering=name, boolean=isinstance(field, models.BooleanField))(show)


class ReadOnly(admin.ModelAdmin):
    """A table to look at. What changes a row is a verb with rules, never this page."""

    show_full_result_count = False
    list_per_page = 50

    def get_form(self, request, obj=None, change=False, **options):
        return super().get_form(request, obj, change=change, labels=labels(self.model), **options)

    nameless = False  # whether a row's own words are nobody's business here

    def render_change_form(self, request, context, *args, **options):
        """A row without words of its own is called by its number."""
        if self.nameless:
            record = context["original"]
            context["original"] = context["subtitle"] = f"{capfirst(self.opts.verbose_name)} {record.pk}"
        return super().render_change_form(request, context, *args, **options)

    def lookup_allowed(self, lookup, value, request=None):
        """Nothing in an address picks rows: that would read hidden columns, passwords too, letter by letter."""
        return False

    def has_add_permission(self, request, *args):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return administers(request.user)

    def has_module_permission(self, request):
        return administers(request.user)


class Administration(admin.AdminSite):
    """Only read-only tables get in; those of libraries (sessions, secrets, tokens, groups) stay out."""

    site_header = site_title = "Onsite"

    def register(self, model_or_iterable, admin_class=None, **options):
        if admin_class is not None and issubclass(admin_class, ReadOnly):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request):
        return administers(request.user)

    def password_change(self, request, extra_context=None):
        """The one way to a new password ends API tokens too."""
        return redirect("account_change_password")

    def show(self, model, *columns, search=(), exclude=(), nameless=False) -> None:
        """Let administrators look at a table.

        exclude: the fields that are nobody's business. nameless: a row's words are none either, so it is called by
        its number.
        """
        options = {
            "list_display": [column(model, name) for name in columns] or ["__str__"],
            "list_select_related": True,
            "search_fields": search,
            "exclude": exclude,
            "nameless": nameless,
        }
        self.register(model, type(f"{model.__name__}Admin", (ReadOnly,), options))


def keep_out(user) -> None:
    """Raises: NotAllowed for a signed-in person who is no administrator."""
    if user.is_authenticated and not administers(user):
        raise NotAllowed(
            no(_("The technical administration is for administrators."), remedy=_("Ask an administrator."))
        )
