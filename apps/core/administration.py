"""The technical administration: tables to look at, none to change; for administrators alone."""

from django.contrib import admin
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from apps.core.verdicts import NotAllowed, no


def administers(user) -> bool:
    return user.is_active and user.is_authenticated and user.has_role("administrator")


class ReadOnly(admin.ModelAdmin):
    """A table to look at. What changes a row is a verb with rules, never this page."""

    show_full_result_count = False
    list_per_page = 50

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

    def show(self, model, *columns, search=(), exclude=()) -> None:
        """Let administrators look at a table; `exclude` names the fields that are nobody's business."""
        options = {
            "list_display": columns or ["__str__"],
            "list_select_related": True,
            "search_fields": search,
            "exclude": exclude,
        }
        self.register(model, type(f"{model.__name__}Admin", (ReadOnly,), options))


def keep_out(user) -> None:
    """Raises: NotAllowed for a signed-in person who is no administrator."""
    if user.is_authenticated and not administers(user):
        raise NotAllowed(
            no(_("The technical administration is for administrators."), remedy=_("Ask an administrator."))
        )
