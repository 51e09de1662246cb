"""Assignments: who is stationed where, from when to when."""

from datetime import timedelta

from django.contrib import messages
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.core import web
from apps.core.forms import ReasonForm
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.verdicts import WrongState, require, unless
from apps.personnel import access, actions
from apps.personnel.actions import handovers, leaving
from apps.personnel.actions.loose_ends import collected
from apps.personnel.forms.records import AssignmentForm, DispatchForm, EndForm
from apps.personnel.models import Assignment, QualificationWaiver, Selection, Site, StaffingRequest
from apps.personnel.tables.filters import AssignmentFilter
from apps.personnel.tables.records import AssignmentsTable
from apps.personnel.views.postings import answers

Status = Assignment.Status


class Assignments(web.ListPage):
    model = Assignment
    table_class = AssignmentsTable
    filterset_class = AssignmentFilter
    title = _("Assignments")
    icon = "id"
    empty = _("Who is stationed where will stand here.")

    def get_queryset(self):
        return (
            super()
            .get_queryset()
            .select_related("person", "site", "project")
            .annotate(until=Coalesce("ended_on", "planned_to"))
        )

    def actions(self, user):
        return [
            {
                "label": _("Dispatch somebody"),
                "icon": "plus",
                "url": reverse("assignment_new"),
                "verdict": access.may_manage(user),
            }
        ]


@web.todo
def plans_passed(user) -> web.Todo | None:
    """For HR and the leads: whose planned end has passed; they count as stationed nowhere until somebody decides."""
    rows = Assignment.objects.plan_passed(timezone.localdate())
    if not access.may_manage(user):
        rows = rows.filter(site__in=Site.objects.led_by(user))
    found = rows.order_by("planned_to", "pk").values_list("person__name", "planned_to")
    if not found:
        return None
    count = len(found)
    name, day = found[0]
    return web.Todo(
        title=ngettext(
            "End or extend %(count)s assignment whose planned end has passed",
            "End or extend %(count)s assignments whose planned end has passed",
            count,
        )
        % {"count": count},
        detail=_("The oldest: %(person)s, planned to %(day)s.")
        % {"person": name, "day": date_format(day, "DATE_FORMAT")},
        url=f"{reverse('assignments')}?status=passed",
    )


def assignment(request, pk):
    shown = get_object_or_404(
        Assignment.objects.visible_to(request.user).select_related("person", "site__client", "project"), pk=pk
    )
    me = request.user
    running = shown.status in (Status.PLANNED, Status.ON_SITE)
    keep = access.may_manage(me)
    over = unless(not running, _("This assignment is over."))
    owed = Obligation.objects.visible_to(me).about(shown).open().select_related("owner")
    sees_owed = me == shown.person or access.sees_owed_at(me, shown.site)
    return render(
        request,
        "personnel/assignment_detail.html",
        {
            "assignment": shown,
            "promises": owed if sees_owed else None,
            "said": access.sees_affairs_of(me, shown),
            "sees_site": Site.objects.visible_to(me).filter(pk=shown.site_id).exists(),
            "history": Event.objects.about(shown).select_related("actor"),
            "panels": web.panels("assignment", request, shown),
            "planned": shown.status == Status.PLANNED,
            "on_site": shown.status == Status.ON_SITE,
            "may_edit": keep & over,
            "may_cancel": keep,
            "answers": answers(me, shown),
            "staffing": StaffingRequest.objects.visible_to(me).filter(selections__assignments=shown).first(),
            "sees_selection": Selection.objects.visible_to(me).filter(assignments=shown).exists(),
            "waivers": waivers_of(shown),
            "leaves_on": leaves_on(shown) if me == shown.person or access.sees_affairs_of(me, shown) else None,
        },
    )


def leaves_on(posting: Assignment):
    """The last day that is agreed: of an approved early departure, or of the handover that is open."""
    if posting.status != Status.ON_SITE:
        return None
    early = posting.departures.filter(status="approved").values_list("last_day", flat=True).first()
    return early or posting.handovers.filter(status="open").values_list("last_day", flat=True).first()


def waivers_of(posting: Assignment):
    """The signed waivers with which somebody was sent, for everybody who sees the posting (2.1.2)."""
    signed = QualificationWaiver.objects.filter(status="approved", person=posting.person_id)
    return signed.filter(request__selections__assignments=posting).select_related(
        "requirement__skill", "requirement__certificate"
    )


class AssignmentPage(web.FormPage):
    """A form of HR about one assignment."""

    done = _("Saved.")
    clause = "2.1.1"

    def may_open(self, user):
        rows = Assignment.objects.visible_to(user).select_related("person", "site")
        self.shown = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.back = self.shown.get_absolute_url()
        return access.may_manage(user)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"intro": str(self.shown)}

    @property
    def moment(self) -> dict:
        return {"by": self.request.user, "now": timezone.now()}


class AssignmentNew(web.FormPage):
    done = _("Saved.")
    form_class = DispatchForm
    title = _("Dispatch somebody")
    button = _("Dispatch")
    clause = "2.1.1"
    intro = _("For one person whom you know: the request, the choice and its reason in one go.")
    back = reverse_lazy("assignments")

    def may_open(self, user):
        return access.may_manage(user)

    def get_initial(self):
        wanted = self.request.GET
        return {
            "person": int(wanted["person"]) if wanted.get("person", "").isdecimal() else None,
            "site": wanted.get("site"),
            "since": timezone.localdate(),
        }

    def act(self, form):
        return actions.dispatch_named(by=self.request.user, now=timezone.now(), **form.cleaned_data)


class AssignmentEdit(AssignmentPage):
    form_class = AssignmentForm
    title = _("Change an assignment")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": self.shown}

    def act(self, form):
        return actions.change_assignment(self.shown, **self.moment, **form.cleaned_data)


class LeavingPage(AssignmentPage):
    """A form after which somebody is no longer at a site; beside it, what becomes of their promises there.

    Subclasses give `last_day()`.
    """

    template_name = "personnel/leaving_form.html"
    clause = ""

    def get_context_data(self, **kwargs):
        last_day = self.last_day()
        return super().get_context_data(**kwargs) | {
            "moves": leaving.on_leaving_site(self.shown, last_day),
            "turns": leaving.turns_at_site(self.shown, last_day),
        }


class AssignmentEnd(LeavingPage):
    """Where nothing is loose, the lead ends a posting in one step; else the handover opens (2.2.2c)."""

    form_class = EndForm
    title = _("Hand over and end")
    button = _("Go on")
    clause = "2.2.2c"
    done = ""

    def may_open(self, user):
        super().may_open(user)
        verdict = access.may_hand_over_posting(user, self.shown)
        if verdict:
            require(handovers.may_begin(self.shown), WrongState)
        return verdict

    def get_initial(self):
        return {"ended_on": self.last_day()}

    def get_form(self, form_class=None):
        """Another last day shows at once what it changes."""
        form = super().get_form(form_class)
        live = {"hx-get": self.request.path, "hx-trigger": "change", "hx-target": "#leaving", "hx-select": "#leaving"}
        form.fields["ended_on"].widget.attrs |= live | {"hx-swap": "outerHTML"}
        return form

    def last_day(self):
        given = EndForm(self.request.POST or self.request.GET)
        given.full_clean()
        return given.cleaned_data.get("ended_on") or timezone.localdate()

    def act(self, form):
        last_day = form.cleaned_data["ended_on"]
        over = last_day <= timezone.localdate() and form.cleaned_data["returned"]
        at_once = access.may_sign_off(self.request.user, self.shown) and over
        if at_once and not collected(self.shown, last_day) and not self.shown.handovers.filter(status="open").exists():
            ended = actions.end(self.shown, **self.moment, **form.cleaned_data)
            messages.success(self.request, _("The posting has ended; nothing was left to hand over."))
            return ended
        handover = handovers.begin(self.shown, last_day=last_day, **self.moment)
        messages.success(
            self.request, _("The handover is open: everything listed gets a taker, then the site lead signs.")
        )
        return handover


class AssignmentCancel(LeavingPage):
    form_class = ReasonForm
    title = _("Cancel an assignment")
    button = _("Cancel the assignment")

    def last_day(self):
        return self.shown.since - timedelta(days=1)

    def act(self, form):
        return actions.cancel(self.shown, **self.moment, **form.cleaned_data)


@require_POST
def assignment_arrive(request, pk):
    shown = get_object_or_404(Assignment.objects.visible_to(request.user), pk=pk)
    actions.arrive(shown, by=request.user, now=timezone.now())
    messages.success(request, _("%(person)s is on site.") % {"person": shown.person})
    return redirect(shown)
