"""Handing over before leaving: the lead's page, the successor's page, the signature and its sheet (2.2.2c)."""

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.core import web
from apps.core.pages import VerbPage
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, WrongState, require, unless
from apps.personnel import access, sheets
from apps.personnel.actions import handovers as actions
from apps.personnel.actions.loose_ends import LOOSE_ENDS
from apps.personnel.forms.departures import ReturnForm, SettleForm, SignForm, TakeForm, WhyForm, successors
from apps.personnel.models import Handover, HandoverItem, Site
from apps.personnel.tables.departures import HandoverFilter, HandoverTable

SITE = ("assignment__person", "assignment__site__lead", "assignment__site__deputy", "assignment__site__department")
SETTLED = [
    State.value for State in (HandoverItem.State.ACCEPTED, HandoverItem.State.RETURNED, HandoverItem.State.CLOSED)
]


class Handovers(web.ListPage):
    model = Handover
    table_class = HandoverTable
    filterset_class = HandoverFilter
    title = _("Handovers")
    subtitle = _("What somebody leaves behind, each thing with its taker.")
    icon = "arrows-exchange"
    empty = _("What is handed over before somebody leaves appears here.")

    def may_open(self, user):
        return access.may_look_at_departures(user)

    def get_queryset(self):
        rows = super().get_queryset().select_related("assignment__person", "assignment__site")
        return rows.annotate(
            item_count=Count("items"), settled_count=Count("items", filter=Q(items__state__in=SETTLED))
        )


def label_of(source: str):
    return LOOSE_ENDS[source].label if source in LOOSE_ENDS else _("To be given back")


def grouped(items) -> list[tuple]:
    """(what kind, items) in the order of the list."""
    groups: dict[str, list] = {}
    for item in items:
        groups.setdefault(item.source, []).append(item)
    return [(label_of(source), rows) for source, rows in groups.items()]


def items_of(handover: Handover):
    return handover.items.select_related("successor", "decided_by").order_by("source", "pk")


def sees_all(user, handover: Handover) -> bool:
    """Successors see what they take over; the person and who oversees the site see everything."""
    return user.pk == handover.assignment.person_id or access.oversees(user, handover.site)


def handover_of(request, pk) -> Handover:
    rows = Handover.objects.visible_to(request.user).select_related(*SITE, "signed_by", "opened_by")
    return get_object_or_404(rows, pk=pk)


class HandoverPage(web.FormPage):
    """The list, and what the lead does with the marked things."""

    template_name = "personnel/handover_detail.html"
    form_class = SettleForm
    done = _("Saved.")
    verbs = {
        "name": (actions.name_successor, ("successor",)),
        "give_back": (actions.give_back, ()),
        "close": (actions.close, ("reason",)),
    }

    def dispatch(self, request, *args, **kwargs):
        self.thing = handover_of(request, self.kwargs["pk"])
        if not sees_all(request.user, self.thing):
            return redirect("handover_take", pk=self.thing.pk)
        return super().dispatch(request, *args, **kwargs)

    def may_open(self, user):
        if self.request.method == "GET":
            return True
        verdict = access.may_keep_handover(user, self.thing)
        if verdict:
            require(unless(self.thing.status != "open", _("This handover is closed.")), WrongState)
        return verdict

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"rows": self.thing.items.all(), "people": successors(self.thing)}

    def form_valid(self, form):
        verb, names = self.verbs.get(self.request.POST.get("do"), self.verbs["name"])
        if "successor" in names and form.cleaned_data["successor"] is None:
            form.add_error("successor", _("Choose who takes it over."))
            return self.form_invalid(form)
        self.verb, self.names = verb, names
        return super().form_valid(form)

    def act(self, form):
        given = {name: form.cleaned_data[name] for name in self.names}
        self.verb(self.thing, items=form.cleaned_data["items"], **given, by=self.request.user, now=timezone.now())
        return self.thing

    def get_context_data(self, **kwargs):
        user, shown = self.request.user, self.thing
        items = list(items_of(shown))
        is_open = shown.status == "open"
        keeps = access.may_keep_handover(user, shown)
        ready = actions.ready(shown) if is_open else None
        return super().get_context_data(**kwargs) | {
            "shown": shown,
            "groups": grouped(items),
            "settled": sum(item.settled for item in items),
            "count": len(items),
            "is_open": is_open,
            "keeps": is_open and bool(keeps),
            "marked": self.request.POST.getlist("items"),
            "joined": actions.joined(shown) if is_open else [],
            "ready": ready,
            "may_sign": (
                access.may_sign_handover(user, shown) & ready & actions.last_day_has_come(shown, timezone.now())
                if is_open
                else None
            ),
            "may_call_off": access.may_keep_handover(user, shown) & actions.can_call_off(shown.assignment)
            if is_open and keeps
            else None,
            "mine": is_open and shown.items.filter(successor=user, state="offered").exists(),
            "events": Event.objects.about(shown).select_related("actor"),
        }


class HandoverTake(web.FormPage):
    """What somebody is asked to take over: accepted or declined, each or all; made for the phone."""

    template_name = "personnel/handover_take.html"
    form_class = TakeForm
    done = _("Saved. The site lead sees it.")

    def dispatch(self, request, *args, **kwargs):
        self.thing = handover_of(request, self.kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def may_open(self, user):
        return actions.may_answer(user, self.thing)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"rows": self.thing.items.filter(successor=self.request.user)}

    def act(self, form):
        items, moment = form.cleaned_data["items"], {"by": self.request.user, "now": timezone.now()}
        if self.request.POST.get("do") == "decline":
            actions.decline(self.thing, items=items, reason=form.cleaned_data["reason"], **moment)
        else:
            actions.accept(self.thing, items=items, **moment)
        answers = self.thing.items.filter(successor=self.request.user)
        return reverse("handover_take", args=[self.thing.pk]) if answers.exists() else reverse("home")

    def get_context_data(self, **kwargs):
        items = list(items_of(self.thing).filter(successor=self.request.user).exclude(state="open"))
        posted = self.request.method == "POST"
        return super().get_context_data(**kwargs) | {
            "shown": self.thing,
            "offered": [item for item in items if item.state == "offered"],
            "others": [item for item in items if item.state != "offered"],
            "marked": self.request.POST.getlist("items") if posted else None,
            "is_open": self.thing.status == "open",
            "sees_all": sees_all(self.request.user, self.thing),
        }


class HandoverVerbPage(VerbPage):
    model = Handover
    related = SITE
    clause = "2.2.2c"


class HandoverReturn(HandoverVerbPage):
    verb = actions.add_return
    form_class = ReturnForm
    title = _("Add what is to be given back")
    button = _("Add")

    def get_initial(self):
        return {"title": self.request.GET.get("title", "")}


class HandoverSign(HandoverVerbPage):
    verb = actions.put_signature
    form_class = SignForm
    title = _("Sign the handover")
    button = _("Sign: the posting ends")
    done = _("Signed. The posting has ended; every clock is with its successor.")

    def get_initial(self):
        asked = self.thing.assignment.departures.filter(status="approved", leaves_company=True).exists()
        return {"ended_on": self.thing.last_day, "leaves_company": asked}

    def act(self, form):
        actions.sign(self.thing, **self.inputs(form), by=self.request.user, now=timezone.now())
        return self.thing


class HandoverCallOff(HandoverVerbPage):
    verb = actions.call_off
    form_class = WhyForm
    title = _("Call the handover off")
    button = _("They stay")
    done = _("Called off. The posting runs as planned.")


@require_POST
def handover_refresh(request, pk):
    shown = handover_of(request, pk)
    actions.refresh(shown, by=request.user, now=timezone.now())
    return redirect(shown)


def handover_sheet(request, pk):
    """The sheet as PDF: what was handed over to whom, and who signed."""
    shown = handover_of(request, pk)
    require(
        unless(
            not sees_all(request.user, shown),
            _("The sheet is for who leaves and for those who lead the site."),
            clause="2.2.2c",
        ),
        NotAllowed,
    )
    content = sheets.handover_pdf(shown, grouped(items_of(shown)), request)
    name = slugify(f"handover {shown.assignment.person.number} {shown.last_day:%Y-%m-%d}")
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}.pdf"'},
    )


# --- Elsewhere ----------------------------------------------------------------------------------------


@web.todo
def to_take_over(user) -> web.Todo | None:
    """For successors: what they are asked to take over."""
    found = HandoverItem.objects.filter(successor=user, state="offered", handover__status="open")
    count = found.count()
    if not count:
        return None
    first = found.select_related("handover__assignment__person").order_by("handover__last_day").first()
    return web.Todo(
        title=ngettext("Take over %(count)s thing", "Take over %(count)s things", count) % {"count": count},
        detail=_("From %(person)s, who leaves on %(day)s.")
        % {
            "person": first.handover.assignment.person,
            "day": date_format(first.handover.last_day, "DATE_FORMAT"),
        },
        url=reverse("handover_take", args=[first.handover_id]),
    )


@web.todo
def to_hand_over(user) -> web.Todo | None:
    """For leads: handovers of their sites that wait for their signature."""
    found = Handover.objects.filter(status="open", assignment__site__in=Site.objects.led_by(user))
    found = found.exclude(assignment__person=user).select_related("assignment__person").order_by("last_day", "pk")
    count = found.count()
    if not count:
        return None
    first = found.first()
    return web.Todo(
        title=ngettext("Bring %(count)s handover to its end", "Bring %(count)s handovers to their end", count)
        % {"count": count},
        detail=_("The first: %(person)s, last day %(day)s.")
        % {"person": first.assignment.person, "day": date_format(first.last_day, "DATE_FORMAT")},
        url=first.get_absolute_url(),
    )
