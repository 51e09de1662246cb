"""Pages of clients' requests and of changes of their agreed dates (1.3.2, 7.1.2b)."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.communication import access
from apps.communication.actions import requests as actions
from apps.communication.forms.at_site import places
from apps.communication.forms.requests import (
    AcceptForm,
    DateChangeForm,
    DeclineForm,
    FinishForm,
    RequestAssignForm,
    RequestForm,
)
from apps.communication.models import ClientRequest, DateChange
from apps.communication.obligations.requests import clocks
from apps.communication.tables.requests import RequestFilter, RequestTable, found_by
from apps.communication.views.subjects import SiteList, moment_given, site_panel
from apps.core.attachments import Attachment
from apps.core.obligations import with_late
from apps.core.pages import OncePage, VerbPage, offers
from apps.core.transitions import Event
from apps.core.verdicts import WrongState, require, unless
from apps.core.views.approvals import approvals_context
from apps.core.web import Hit, searches

PANEL_ROWS = 5
VERBS = (actions.assign, actions.accept, actions.decline, actions.finish)


def may_log(user):
    return unless(
        not places(user).exists(),
        _("This is logged by those who work at a site."),
        remedy=_("Ask its site lead to log it."),
        clause="1.3.2",
    )


# --- The list -----------------------------------------------------------------------------------------


class RequestList(SiteList):
    model = ClientRequest
    table_class = RequestTable
    filterset_class = RequestFilter
    title = _("Client requests")
    subtitle = _("Each has an owner, a due time agreed with the client, and an outcome.")
    icon = "clipboard-list"
    empty = _("What clients want done appears here.")

    def get_queryset(self):
        return with_late(super().get_queryset().select_related("site", "contact", "owner"), timezone.now())

    def actions(self, user):
        return [
            {
                "url": reverse("request_new"),
                "label": _("Log a request"),
                "icon": "plus",
                "verdict": may_log(user),
            }
        ]


class RequestNew(OncePage):
    form_class = RequestForm
    title = _("Log a request")
    button = _("Log it")
    intro = _("Something the client wants done. It needs an owner within hours, and a due time agreed with them.")
    clause = "1.3.2"

    def may_open(self, user):
        return may_log(user)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "user": self.request.user}

    def make(self, inputs):
        now = timezone.now()
        moment_given(inputs, "received_at", now)
        owner = self.request.user if inputs.pop("mine") else None
        return actions.log_request(**inputs, owner=owner, by=self.request.user, now=now)


# --- One request --------------------------------------------------------------------------------------


def request_of(request, pk) -> ClientRequest:
    rows = ClientRequest.objects.visible_to(request.user).select_related(
        "site__lead", "site__deputy", "site__department", "contact", "owner", "logged_by", "enquiry"
    )
    return get_object_or_404(rows, pk=pk)


def client_request(request, pk):
    shown = request_of(request, pk)
    user, now = request.user, timezone.now()
    promises = list(clocks(shown).select_related("owner"))
    for promise in promises:
        promise.is_late = promise.late or (promise.status == promise.Status.OPEN and promise.due_at < now)
    return render(
        request,
        "communication/request_detail.html",
        {
            "shown": shown,
            "offers": offers(user, shown, *VERBS),
            "may_propose": access.may_give(user, shown) & actions.date_can_change(shown),
            "promises": promises,
            "changes": shown.date_changes.select_related("proposed_by", "consent_by"),
            "events": Event.objects.about(shown).select_related("actor"),
            "same_zone": str(user.zone) == shown.site.time_zone,
        },
    )


class RequestPage(VerbPage):
    model = ClientRequest
    related = ("site__lead", "site__deputy", "site__department", "contact", "owner")
    clause = "7.1.2b"


class RequestAssign(RequestPage):
    verb = actions.assign
    form_class = RequestAssignForm
    title = _("Name an owner")
    button = _("Give it to them")
    clause = "1.3.2"
    done = _("It has an owner; they were told.")


class RequestAccept(RequestPage):
    verb = actions.accept
    form_class = AcceptForm
    title = _("Accept the request")
    button = _("Accept")
    done = _("Accepted. The clock runs to the agreed time.")


class RequestDecline(RequestPage):
    verb = actions.decline
    form_class = DeclineForm
    title = _("Decline the request")
    button = _("Decline")
    clause = "1.3.2"


class RequestFinish(RequestPage):
    verb = actions.finish
    form_class = FinishForm
    title = _("The request is done")
    button = _("Done")
    done = _("Done. The outcome is on record.")

    def inputs(self, form):
        inputs = super().inputs(form)
        moment_given(inputs, "done_at", timezone.now())
        return inputs


# --- Another due time ---------------------------------------------------------------------------------


class RequestChangeDate(OncePage):
    form_class = DateChangeForm
    title = _("Change the agreed date")
    button = _("Send for approval")
    intro = _("The client agrees first; then the site lead signs. Until then the old date holds.")
    clause = "7.1.2b"
    done = _("Sent to the site lead. The old date holds until it is signed.")

    def may_open(self, user):
        self.thing = request_of(self.request, self.kwargs["pk"])
        self.back = self.thing.get_absolute_url()
        verdict = access.may_give(user, self.thing)
        if verdict:
            require(actions.date_can_change(self.thing), WrongState)
        return verdict

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "thing": self.thing, "user": self.request.user}

    def get_initial(self):
        return {"due_at": self.thing.agreed_due_at, "consent_by": self.thing.contact}

    def make(self, inputs):
        return actions.propose_date(self.thing, **inputs, by=self.request.user, now=timezone.now())


def change_of(request, pk) -> DateChange:
    rows = DateChange.objects.visible_to(request.user).select_related(
        "request__site__lead", "request__contact", "request__owner", "proposed_by", "consent_by"
    )
    return get_object_or_404(rows, pk=pk)


def date_change(request, pk):
    change = change_of(request, pk)
    user = request.user
    return render(
        request,
        "communication/date_change_detail.html",
        {
            "change": change,
            "site": change.request.site,
            "offers": offers(user, change, actions.revise_date, actions.give_up_date),
            "files": Attachment.objects.about(change),
            "events": Event.objects.about(change).select_related("actor"),
            "same_zone": str(user.zone) == change.request.site.time_zone,
        }
        | approvals_context(user, change),
    )


class DateChangeRevise(VerbPage):
    model = DateChange
    verb = actions.revise_date
    related = ("request__site__lead", "request__site__deputy", "request__site__department")
    form_class = DateChangeForm
    title = _("Revise the change of date")
    button = _("Send again")
    intro = _("The proof given before stays; add another one if it changed.")
    clause = "7.1.2b"
    done = _("Sent again to the site lead.")

    def get_initial(self):
        return {name: getattr(self.thing, name) for name in ("due_at", "reason", "consent_by", "consent_at")}


@require_POST
def date_change_give_up(request, pk):
    change = change_of(request, pk)
    actions.give_up_date(change, by=request.user, now=timezone.now())
    messages.success(request, _("Given up. The agreed date holds."))
    return redirect(change)


# --- Elsewhere ----------------------------------------------------------------------------------------


@searches(_("Client requests"))
def find_requests(user, words, most):
    rows = ClientRequest.objects.visible_to(user).filter(found_by(words)).select_related("site")
    return [Hit(str(one), one.site.name, one.get_absolute_url(), "clipboard-list") for one in rows[:most]]


def waiting_of(user):
    """The badge in the menu: requests of this person that are not done."""
    return ClientRequest.objects.filter(
        owner=user, status__in=[ClientRequest.Status.NEW, ClientRequest.Status.ACCEPTED]
    )


@site_panel(20)
def on_site(request, site):
    """Open requests of a site, what is due first first."""
    rows = ClientRequest.objects.visible_to(request.user).filter(site=site)
    rows = rows.filter(status__in=[ClientRequest.Status.NEW, ClientRequest.Status.ACCEPTED])
    shown = list(rows.select_related("owner").order_by("agreed_due_at", "received_at")[: PANEL_ROWS + 1])
    return "communication/request_panel.html", {
        "requests": shown[:PANEL_ROWS],
        "more": len(shown) > PANEL_ROWS,
        "site": site,
    }
