"""Ctrl-K: people, records and pages by a few letters."""

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import web
from apps.core.web import Hit

SHORTEST = 2
MOST = 6


def search(request):
    words = " ".join(request.GET.get("q", "").split())[:100]
    groups = []
    if len(words) >= SHORTEST or any(ord(sign) > 0x2E7F for sign in words):
        groups = [(_("Pages"), pages(request.user, words))]
        groups += [(label, list(find(request.user, words))[:MOST]) for label, find in web.SEARCHES]
    context = {"words": words, "groups": [(label, hits) for label, hits in groups if hits]}
    return render(request, "core/search.html#results" if request.htmx else "core/search.html", context)


def pages(user, words: str) -> list[Hit]:
    """Places of the menu, and forms, whose name has these words."""
    return [
        Hit(str(item.label), "", reverse(item.name), item.icon)
        for item in [*web.MENU, *web.CREATE]
        if words.lower() in str(item.label).lower() and (not item.roles or user.has_role(*item.roles))
    ][:MOST]
