"""Ctrl-K: people, records, pages and clauses by a few letters."""

from django.shortcuts import render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from apps.core import clauses, web
from apps.core.web import Hit

SHORTEST = 2
MOST_IN_BOX = 6
MOST_ON_PAGE = 50
TOLD = 90  # characters of a clause


def search(request):
    words = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:100]
    groups = []
    if len(words) >= SHORTEST or any(ord(sign) > 0x2E7F for sign in words):
        most = MOST_IN_BOX if request.htmx else MOST_ON_PAGE
        searchers = [(_("Pages"), pages), *web.SEARCHES, (_("Policy"), policy)]
        groups = [(label, find(request.user, words, most)) for label, find in searchers]
    groups = [(label, hits) for label, hits in groups if hits]
    context = {"words": words, "groups": groups, "count": sum(len(hits) for _label, hits in groups)}
    return render(request, "core/search_hits.html" if request.htmx else "core/search.html", context)


def pages(user, words: str, most: int) -> list[Hit]:
    """Places of the menu, and forms, whose name has these words."""
    return [
        Hit(str(item.label), "", reverse(item.name), item.icon)
        for item in [*web.MENU, *web.CREATE]
        if words.lower() in str(item.label).lower() and (not item.roles or user.has_role(*item.roles))
    ][:most]


def policy(user, words: str, most: int) -> list[Hit]:
    """Clauses, each leading to its place on the policy's page."""
    return [
        Hit(str(clause), Truncator(clause.duty).chars(TOLD), f"{reverse('policy')}#{clause.code}", "book")
        for clause in clauses.search(words)[:most]
    ]
