"""Early departures and who is gone without approval (2.2.2a, 2.2.2b)."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.core import parameters, web
from apps.core.pages import OncePage, VerbPage, offers
from apps.core.transitions import Event
from apps.core.verdicts import WrongState, require
from apps.core.views.approvals import approvals_context
from apps.personnel import access
from apps.personnel.actions import absences, departures, handovers
from apps.personnel.forms.departures import (
    AbsenceForm,
    ClientDecisionForm,
    DepartureForm,
    DepartureReviseForm,
    TakeUpForm,
    WhyForm,
)
from apps.personnel.models import Assignment, Departure, Handover, UnapprovedAbsence
from apps.personnel.tables.departures import AbsenceFilter, AbsenceTable, DepartureFilter, DepartureTable

SITE = ("assignment__person", "assignment__site__lead", "assignment__site__deputy", "assignment__site__department")


def assignment_of(request, pk) -> Assignment:
    rows = Assignment.objects.visible_to(request.user).select_related(
        "person", "site__lead", "site__deputy", "site__department", "site__client"
    )
    return get_object_or_404(rows, pk=pk)


# --- Early departures ---------------------------------------------------------------------------------


class Departures(web.ListPage):
    model = Departure
    table_class = DepartureTable
    filterset_class = DepartureFilter
    title = _("Departures")
    subtitle = _("Who asks to leave a site before the planned end.")
    icon = "logout"
    empty = _("Who asks to leave early appears here.")

    def may_open(self, user):
        return access.may_look_at_departures(user)

    def get_queryset(self):
        return super().get_queryset().select_related("assignment__person", "assignment__site", "asked_by")


class AboutPosting(OncePage):
    """A form about one assignment that makes something new; sent a second time it leads to what it made."""

    def may_open(self, user):
        self.thing = assignment_of(self.request, self.kwargs["pk"])
        self.back = self.thing.get_absolute_url()
        verdict = self.may(user)
        if verdict and self.request.method == "GET":
            require(self.fits(), WrongState)
        return verdict

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"intro": self.intro or str(self.thing)}


class DepartureNew(AboutPosting):
    form_class = DepartureForm
    title = _("Leave a site early")
    button = _("Ask HR and the client side")
    clause = "2.2.2a"
    done = _("Sent to HR and to the site lead, who asks the client. Stay until both have agreed.")

    def may(self, user):
        return access.may_ask_departure(user, self.thing)

    def fits(self):
        return departures.may_be_asked(self.thing)

    def get_context_data(self, **kwargs):
        days = parameters.value("departure_notice_days", on=timezone.localdate())
        words = _("%(who)s: at least %(days)s days ahead, or with a reason. HR and the client side both decide.")
        intro = words % {"who": self.thing, "days": int(days)}
        return super().get_context_data(**kwargs) | {"intro": intro}

    def make(self, inputs):
        return departures.ask_departure(self.thing, **inputs, by=self.request.user, now=timezone.now())


def departure_of(request, pk) -> Departure:
    rows = Departure.objects.visible_to(request.user).select_related(
        *SITE, "asked_by", "client_contact", "client_recorded_by"
    )
    return get_object_or_404(rows, pk=pk)


def departure(request, pk):
    shown = departure_of(request, pk)
    user = request.user
    posting = Assignment.objects.visible_to(user).filter(pk=shown.assignment_id)
    handover = Handover.objects.visible_to(user).filter(assignment=shown.assignment_id).exclude(status="cancelled")
    return render(
        request,
        "personnel/departure_detail.html",
        {
            "shown": shown,
            "offers": offers(
                user,
                shown,
                departures.record_client_decision,
                departures.revise_departure,
                departures.give_up_departure,
                *([departures.call_off] if shown.assignment.status == Assignment.Status.ON_SITE else []),
            ),
            "sees_posting": posting.exists(),
            "handover": handover.first(),
            "files": departures.evidence_of(shown),
            "events": Event.objects.about(shown).select_related("actor"),
        }
        | approvals_context(user, shown),
    )


class DeparturePage(VerbPage):
    model = Departure
    related = SITE
    clause = "2.2.2a"


class DepartureClient(DeparturePage):
    verb = departures.record_client_decision
    form_class = ClientDecisionForm
    title = _("Record the client's decision")
    button = _("Record")
    intro = _("Who of the client decided, when, and what they said, with its proof. Then this side can be signed.")
    done = _("On record. The client side can be signed now.")

    def inputs(self, form):
        inputs = super().inputs(form)
        inputs["said_at"] = inputs["said_at"] or timezone.now()
        return inputs


class DepartureRevise(DeparturePage):
    verb = departures.revise_departure
    form_class = DepartureReviseForm
    title = _("Revise the departure")
    button = _("Send again")
    intro = _("With another day or reason the client is asked anew.")
    done = _("Sent again to HR and the site lead.")

    def get_initial(self):
        names = ("last_day", "reason", "short_notice_reason", "leaves_company")
        return {name: getattr(self.thing, name) for name in names}


class DepartureCallOff(DeparturePage):
    verb = departures.call_off
    form_class = WhyForm
    title = _("Call the departure off")
    button = _("They stay")
    done = _("Called off. The posting runs to its planned end.")


@require_POST
def departure_give_up(request, pk):
    shown = departure_of(request, pk)
    departures.give_up_departure(shown, by=request.user, now=timezone.now())
    messages.success(request, _("Given up. The posting runs to its planned end."))
    return redirect(shown)


# --- Gone without approval ----------------------------------------------------------------------------


class Absences(web.ListPage):
    model = UnapprovedAbsence
    table_class = AbsenceTable
    filterset_class = AbsenceFilter
    title = _("Gone without approval")
    subtitle = _("Who left a site before both sides had agreed; each is taken up at once.")
    icon = "hand-stop"
    empty = _("Nobody is gone without approval.")

    def may_open(self, user):
        return access.may_look_at_departures(user)

    def get_queryset(self):
        return super().get_queryset().select_related("assignment__person", "assignment__site", "reported_by")


def absences_open(user):
    """The badge in the menu: absences that nobody has taken up."""
    return UnapprovedAbsence.objects.visible_to(user).filter(status="open")


class AbsenceNew(AboutPosting):
    form_class = AbsenceForm
    title = _("Gone without approval")
    button = _("Record")
    clause = "2.2.2b"
    done = _("On record. The department head and HR are told at once.")

    def may(self, user):
        return access.may_report_absence(user, self.thing)

    def fits(self):
        return absences.may_be_reported(self.thing)

    def get_initial(self):
        return {"gone_since": timezone.localdate()}

    def make(self, inputs):
        return absences.report_absence(self.thing, **inputs, by=self.request.user, now=timezone.now())


def absence_of(request, pk) -> UnapprovedAbsence:
    rows = UnapprovedAbsence.objects.visible_to(request.user).select_related(*SITE, "reported_by", "closed_by")
    return get_object_or_404(rows, pk=pk)


def absence(request, pk):
    shown = absence_of(request, pk)
    user = request.user
    handover = Handover.objects.visible_to(user).filter(assignment=shown.assignment_id).exclude(status="cancelled")
    return render(
        request,
        "personnel/absence_detail.html",
        {
            "shown": shown,
            "offers": offers(user, shown, absences.take_up),
            "handover": handover.first(),
            "events": Event.objects.about(shown).select_related("actor"),
        },
    )


class AbsenceTakeUp(VerbPage):
    model = UnapprovedAbsence
    related = SITE
    verb = absences.take_up
    form_class = TakeUpForm
    title = _("Take an absence up")
    button = _("Taken up")
    clause = "2.2.2b"
    done = _("Taken up. How it came out is on record.")

    def act(self, form):
        super().act(form)
        return self.thing.assignment.handovers.filter(status="open").first() or self.thing


# --- On the page of an assignment ---------------------------------------------------------------------


@web.panel("assignment", 8)
def leaving_of(request, assignment: Assignment):
    """How somebody leaves: what was asked for, the handover, and the buttons; for those whom it concerns."""
    user = request.user
    own = user.pk == assignment.person_id
    if not (own or access.oversees(user, assignment.site)):
        return None
    running = assignment.status == Assignment.Status.ON_SITE
    shown = {
        "departures": Departure.objects.visible_to(user).filter(assignment=assignment),
        "handovers": Handover.objects.visible_to(user).filter(assignment=assignment),
        "absences": UnapprovedAbsence.objects.visible_to(user).filter(assignment=assignment),
    }
    if not running and not any(rows.exists() for rows in shown.values()):
        return None
    return "personnel/leaving_panel.html", shown | {
        "assignment": assignment,
        "running": running,
        "may_ask": access.may_ask_departure(user, assignment) & departures.may_be_asked(assignment),
        "may_report": access.may_report_absence(user, assignment) & absences.may_be_reported(assignment),
        "reports": bool(access.may_report_absence(user, assignment)),
        "may_hand_over": access.may_hand_over_posting(user, assignment) & handovers.may_begin(assignment),
    }
