"""What every page shares: the refusal translator, the frame around the page, list and form pages, search."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.db.models import IntegerField, Subquery
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from django_filters.views import FilterView
from django_tables2 import SingleTableMixin

from apps.core.approvals import Approval
from apps.core.notifications import Notification
from apps.core.pulse import WATCHED, silent
from apps.core.saved_views import SavedView
from apps.core.sheets import EXPORTS
from apps.core.tables import BoundedPaginator
from apps.core.verdicts import NotAllowed, Refused, Verdict, WrongState
from apps.core.words import too_long

# --- Refusals -----------------------------------------------------------------------------------------


class RefusalMiddleware:
    """The one place where a refusal becomes a page: why, what to do next, and the clause."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, Refused):
            return None
        context = {"verdict": exception.verdict, "back": _back(request)}
        if request.htmx:
            response = render(request, "components/refusal_toast.html", context, status=exception.status)
            response["HX-Retarget"] = "#toasts"
            response["HX-Reswap"] = "beforeend"
            return response
        return render(request, "components/refusal.html", context, status=exception.status)


def _back(request) -> str:
    """The page the person came from, when it is ours and another one; else home."""
    host = f"{request.scheme}://{request.get_host()}"
    referer = request.headers.get("referer", "")
    came_from = referer.removeprefix(host) if referer.startswith(f"{host}/") else ""
    return came_from if came_from and came_from.partition("?")[0] != request.path else reverse("home")


# --- The frame: menu, badges, banners -----------------------------------------------------------------


@dataclass(frozen=True)
class MenuItem:
    """A place in the menu. `roles` empty: for everybody. `badge`: `f(user)`, the rows that wait there for a person.

    badge_says: which rows those are, where the page shows more.
    """

    label: str
    icon: str
    name: str
    section: str = "see"
    roles: tuple[str, ...] = ()
    badge: Callable | None = None
    order: int = 50
    badge_says: str = ""


MENU: list[MenuItem] = []
CREATE: list[MenuItem] = []
SECTIONS: dict[str, tuple[int, str]] = {"": (0, ""), "see": (10, _("See")), "keep": (90, _("Keep"))}
FEW_PLACES = 20  # a menu that is longer begins folded
MENU_COOKIE = "menu"  # which sections somebody left open in this browser, by onsite.js


def section(key: str, label, *, order: int) -> None:
    """A heading of the menu under which an app puts its pages, declared before or after them."""
    SECTIONS[key] = (order, label)
    _sort_menu()


def _sort_menu() -> None:
    MENU.sort(key=lambda item: (SECTIONS.get(item.section, (0, ""))[0], item.order))


def menu(label, icon, name, *, section="see", roles=(), badge=None, order=50, badge_says="") -> None:
    """Put a page into the menu."""
    MENU.append(MenuItem(label, icon, name, section, tuple(roles), badge, order, badge_says))
    _sort_menu()


def create(label, icon, name, *, roles=(), order=50) -> None:
    """Put a form under the plus button."""
    CREATE.append(MenuItem(label, icon, name, roles=tuple(roles), order=order))
    CREATE.sort(key=lambda item: item.order)


def frame(request) -> dict:
    """Context of every page for people who are signed in; found once, however many templates a page is made of."""
    if not hasattr(request, "onsite_frame"):
        request.onsite_frame = _frame(request)
    return request.onsite_frame


def _frame(request) -> dict:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    places, forms = (
        [item for item in items if not item.roles or user.has_role(*item.roles)] for items in (MENU, CREATE)
    )
    counts = how_many(
        inbox=Approval.objects.waiting_for(user),
        unread=Notification.objects.of(user).unread(),
        **{item.name: item.badge(user) for item in places if item.badge},
    )
    here = request.resolver_match.url_name if request.resolver_match else ""

    def shown(items: Iterable[MenuItem]) -> list[dict]:
        return [
            {
                "label": item.label,
                "icon": item.icon,
                "url": reverse(item.name),
                "name": item.name,
                "active": item.name == here,
                "badge": counts.get(item.name, 0),
                "badge_says": item.badge_says,
            }
            for item in items
        ]

    kept = request.COOKIES.get(MENU_COOKIE)
    opened = {"see"} if kept is None else set(kept.split("."))

    def group(key: str, items: list[MenuItem]) -> dict:
        places_here = shown(items)
        active = any(place["active"] for place in places_here)
        unfolded = active or key in opened or (kept is None and len(places) <= FEW_PLACES)
        waiting = sum(place["badge"] for place in places_here)
        return {"key": key, "label": SECTIONS[key][1], "open": unfolded, "badge": waiting, "places": places_here}

    return {
        "menu": [group(key, list(items)) for key, items in groupby(places, key=lambda item: item.section)],
        "create_menu": shown(forms),
        "waiting_count": counts["inbox"],
        "unread_count": counts["unread"],
        "banners": banners(user),
    }


class Counted(Subquery):
    """The number of rows of a query, whatever its joins."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def how_many(**queries) -> dict[str, int]:
    """The number of rows of each query, asked for in one statement."""
    counted = [Counted(rows.order_by().values("pk")) for rows in queries.values()]
    [found] = ContentType.objects.values_list(*counted)[:1]
    return dict(zip(queries, (number or 0 for number in found), strict=True))


def banners(user) -> list[dict]:
    """What everybody, or an administrator, must know at the top of each page."""
    if not user.has_role("administrator"):
        return []
    return [
        {
            "level": "danger",
            "text": WATCHED[heartbeat.process].banner
            % {"process": heartbeat.process, "since": timezone.localtime(heartbeat.at).strftime("%H:%M")},
        }
        for heartbeat in silent()
    ]


# --- Home: what a person has to do, and sees ----------------------------------------------------------


@dataclass(frozen=True)
class Todo:
    """A line under Do. due_at: when it falls due; None where nothing presses."""

    title: str
    detail: str
    url: str
    due_at: datetime | None = None


TODOS: list[Callable] = []


def todo(function):
    """Register what waits for a person beside their promises: `f(user) -> Todo`, or None where nothing does."""
    TODOS.append(function)
    return function


def todos(user) -> list[Todo]:
    """What waits for a person beside their promises."""
    return [found for function in TODOS if (found := function(user))]


SEE: list[tuple[int, Callable]] = []


def see(order: int):
    """Register a card of the home page: `f(request) -> (template, context)`, or None where it does not apply."""

    def register(function):
        SEE.append((order, function))
        SEE.sort(key=lambda one: one[0])
        return function

    return register


# --- Panels: what higher apps add to a page of a lower one --------------------------------------------

PANELS: dict[str, list[tuple[int, Callable]]] = {}


def panel(page: str, order: int):
    """Register a part of a page: `f(request, thing) -> (template, context)`, or None where it does not apply.

    page: the name of a page that shows panels: `person`, `site`, `client`; with `_tiles` or `_side` after it
    for its row of figures and its narrow column.
    """

    def register(function):
        PANELS.setdefault(page, []).append((order, function))
        PANELS[page].sort(key=lambda one: one[0])
        return function

    return register


def panels(page: str, request, thing) -> list[str]:
    """The parts that others add to a page about a thing, rendered, in order."""
    found = [function(request, thing) for _order, function in PANELS.get(page, ())]
    return [render_to_string(template, context, request) for template, context in filter(None, found)]


# --- Search -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hit:
    """One answer of Ctrl-K."""

    title: str
    detail: str
    url: str
    icon: str


SEARCHES: list[tuple[str, Callable]] = []


def searches(label):
    """Register a searcher: `f(user, words, most) -> Hits`, at most so many, of what the person may see."""

    def register(function):
        SEARCHES.append((label, function))
        return function

    return register


# --- Lists --------------------------------------------------------------------------------------------


class ListPage(SingleTableMixin, FilterView):
    """A list that filters without reload, keeps its filters in the address, sorts, exports and saves views.

    Subclasses give `model`, `table_class`, `filterset_class`, `title`, and may give `actions(user)`, and `defaults`:
    the filters that hold where the address says nothing else, on each page and in exports alike.
    Rows are those `visible_to` the person. A filter that makes no sense is left out, and the list says so.
    """

    # The table counts and cuts the rows; were this the view's work too, every list would count twice.
    table_pagination = {"per_page": 25, "paginator_class": BoundedPaginator}
    template_name = "components/list_page.html"
    strict = False
    title = ""
    subtitle = ""
    icon = "list"
    empty = _("Nothing here yet.")
    defaults: dict[str, str] = {}

    def get_queryset(self):
        return self.model.objects.visible_to(self.request.user)

    def may_open(self, user) -> Verdict | bool:
        return True

    def dispatch(self, request, *args, **kwargs):
        verdict = self.may_open(request.user)
        if not verdict:
            raise NotAllowed(verdict)
        return super().dispatch(request, *args, **kwargs)

    def get_filterset_kwargs(self, filterset_class):
        kwargs = super().get_filterset_kwargs(filterset_class)
        if not self.defaults:
            return kwargs
        wanted = self.request.GET.copy()
        for name, value in self.defaults.items():
            wanted.setdefault(name, value)
        return kwargs | {"data": wanted}

    def get_template_names(self):
        whole = self.template_name
        return [f"{whole}#list" if self.request.htmx and not self.request.htmx.history_restore_request else whole]

    def actions(self, user) -> list[dict]:
        return []

    def render_to_response(self, context, **kwargs):
        wanted = self.request.GET.get("export")
        if wanted in EXPORTS:
            return EXPORTS[wanted](context["table"], self.title)
        return super().render_to_response(context, **kwargs)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        page = self.request.resolver_match.url_name
        query = self.request.GET.copy()
        query.pop("page", None)
        query.pop("export", None)
        return context | {
            "title": self.title,
            "subtitle": self.subtitle,
            "icon": self.icon,
            "empty_text": self.empty,
            "actions": self.actions(self.request.user),
            "page_name": page,
            "query": query.urlencode(),
            "saved_views": SavedView.objects.visible_to(self.request.user).filter(page=page),
            "exports": list(EXPORTS),
        }


# --- Forms --------------------------------------------------------------------------------------------

# Sent by static/outbox.js with the id of who typed it; the answer says where the entry stands instead of leading there.
OUTBOX = "X-Onsite-Outbox"


class FormPage(FormView):
    """A form in front of an action: what the action refuses stands beside its field, and nothing typed is lost.

    Subclasses give `form_class`, `title`, `button` and `act(form)`, which calls the action and answers
    where to go: an object with an address, or an address.
    """

    template_name = "components/form_page.html"
    title = ""
    button = _("Save")
    intro = ""
    clause = ""
    done = ""
    back = ""
    thing = None  # the record it is about, set by `may_open`

    def may_open(self, user) -> Verdict | bool:
        return True

    def dispatch(self, request, *args, **kwargs):
        if request.headers.get(OUTBOX, str(request.user.pk)) != str(request.user.pk):
            return HttpResponse(status=401)  # somebody else signed in since; it waits for its author
        try:
            verdict = self.may_open(request.user)
        except WrongState as refused:
            if request.method != "POST" or self.thing is None:
                raise
            return self.too_late(refused)
        if not verdict:
            raise NotAllowed(verdict)
        return super().dispatch(request, *args, **kwargs)

    def too_late(self, refused: WrongState):
        """Somebody was faster while this one typed: the form comes back with its words, and says what happened."""
        form = self.get_form()
        form.is_valid()
        place(form, refused)
        response = self.form_invalid(form)
        response.status_code = refused.status
        return response

    def act(self, form):
        raise TypeError(f"{type(self).__name__} has no action")

    def form_valid(self, form):
        if faults := too_long(form.cleaned_data):
            for name, reason in faults.items():
                form.add_error(name, reason)
            return self.form_invalid(form)
        try:
            target = self.act(form)
        except NotAllowed:
            raise
        except Refused as refused:
            if self.request.htmx and not refused.fields:
                raise
            place(form, refused)
            return self.form_invalid(form)
        if self.done:
            messages.success(self.request, self.done)
        if OUTBOX in self.request.headers:
            return JsonResponse({"location": resolve_url(target)}, status=201)
        return redirect(target)

    def form_invalid(self, form):
        response = super().form_invalid(form)
        response.status_code = 422
        return response

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "button": self.button,
            "intro": self.intro,
            "clause_code": self.clause,
            "back": self.back or _back(self.request),
            "draft_key": f"{self.request.path}:{self.request.user.pk}",
        }


def place(form, refused: Refused) -> None:
    """Put a refusal beside the fields it speaks of; what belongs to none stands above the form."""
    verdict = refused.verdict
    loose = not refused.fields
    for name, reason in refused.fields.items():
        if name in form.fields:
            form.add_error(name, reason)
        else:
            loose = True
    if loose:
        form.add_error(None, " ".join(str(part) for part in (verdict.reason, verdict.remedy) if part))
    form.refusal = verdict
