"""Keeping a filtered list under a name."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core.forms import SavedViewForm
from apps.core.saved_views import SavedView
from apps.core.verdicts import Findings


@require_POST
def saved_view_create(request):
    """Keep a list's filters; the same name replaces the earlier view."""
    form = SavedViewForm(request.POST)
    Findings({name: errors[0] for name, errors in form.errors.items()}).require()
    given = form.cleaned_data
    address = _address(given["page"])
    view, _fresh = SavedView.objects.update_or_create(
        person=request.user,
        page=given["page"],
        name=given["name"].strip(),
        defaults={"query": given["query"], "shared": given["shared"]},
    )
    messages.success(request, _("Kept as “%(name)s”.") % {"name": view.name})
    return redirect(f"{address}?{view.query}")


@require_POST
def saved_view_delete(request, pk):
    view = get_object_or_404(SavedView, person=request.user, pk=pk)
    view.delete()
    return redirect(_address(view.page))


def _address(page: str) -> str:
    try:
        return reverse(page)
    except NoReverseMatch:
        return reverse("home")
