"""Staffing requests: asked for, candidates ranked and compared, the choice and what HR saw (2.1.1, 2.1.2)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.core import web
from apps.core.pages import OncePage, VerbPage, offers
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState, require, unless
from apps.core.views.approvals import approvals_context
from apps.personnel import access, actions
from apps.personnel.actions.candidates import Candidate, Ranking, today_at
from apps.personnel.actions.staffing import still_open, taken_seats
from apps.personnel.forms.staffing import (
    CHOSEN_AT_ONCE,
    CloseForm,
    DecideForm,
    RequirementForm,
    StaffingChangeForm,
    StaffingForm,
    WaiverForm,
    WaiverReviseForm,
)
from apps.personnel.models import Assignment, QualificationWaiver, Requirement, Selection, StaffingRequest, User
from apps.personnel.roles import Role
from apps.personnel.tables.staffing import StaffingFilter, StaffingTable, found_by

COMPARED = 4
A_PAGE = 20


class StaffingRequests(web.ListPage):
    model = StaffingRequest
    table_class = StaffingTable
    filterset_class = StaffingFilter
    title = _("Staffing requests")
    subtitle = _("Nobody is sent to a site without one.")
    icon = "user-plus"
    empty = _("What sites ask for appears here.")

    def may_open(self, user):
        return access.may_look_at_staffing(user)

    def get_queryset(self):
        return super().get_queryset().with_seats().select_related("site", "asked_by")

    def actions(self, user):
        return [
            {
                "label": _("Ask for people"),
                "icon": "plus",
                "url": reverse("staffing_request_new"),
                "verdict": access.may_ask_people_somewhere(user),
            }
        ]


def request_of(request, pk) -> StaffingRequest:
    rows = StaffingRequest.objects.visible_to(request.user).select_related(
        "site__client", "site__department", "site__lead", "site__deputy", "project", "asked_by"
    )
    return get_object_or_404(rows, pk=pk)


def staffing_request(request, pk):
    shown = request_of(request, pk)
    me = request.user
    seats = taken_seats(shown).select_related("person").order_by("person__name_sort")
    open_now = still_open(shown)
    return render(
        request,
        "personnel/staffing_request_detail.html",
        {
            "shown": shown,
            "requirements": shown.requirements.select_related("skill", "certificate"),
            "seats": seats,
            "left": max(0, shown.headcount - len(seats)),
            "waivers": QualificationWaiver.objects.visible_to(me)
            .filter(request=shown)
            .select_related("person", "requirement__skill", "requirement__certificate"),
            "selections": Selection.objects.visible_to(me)
            .filter(request=shown)
            .select_related("decided_by")
            .defer("seen"),
            "offers": offers(me, shown, actions.change_request, actions.close_request),
            "may_shape": access.may_shape(me, shown) & open_now,
            "may_choose": access.may_choose(me) & open_now,
            "events": Event.objects.about(shown).select_related("actor"),
        },
    )


class StaffingNew(OncePage):
    form_class = StaffingForm
    title = _("Ask for people")
    button = _("Ask for them")
    intro = _("HR chooses among the candidates. What they must be able to do is added on the next page.")
    clause = "2.1.1"
    back = reverse_lazy("staffing_requests")
    done = _("HR is told. Add what they must be able to do.")

    def may_open(self, user):
        return access.may_ask_people_somewhere(user)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_initial(self):
        return {"site": self.request.GET.get("site")}

    def make(self, inputs):
        return actions.ask_for_people(**inputs, by=self.request.user, now=timezone.now())


class StaffingPage(VerbPage):
    model = StaffingRequest
    related = ("site__lead", "site__deputy", "site__department", "project")
    clause = "2.1.1"


class StaffingEdit(StaffingPage):
    verb = actions.change_request
    form_class = StaffingChangeForm
    title = _("Change a staffing request")

    def get_form_kwargs(self):
        return web.FormPage.get_form_kwargs(self) | {"instance": self.thing}


class StaffingClose(StaffingPage):
    verb = actions.close_request
    form_class = CloseForm
    title = _("Close a staffing request")
    button = _("Close it")
    intro = _("Nobody more is chosen for it. Who was chosen already goes all the same.")


class AboutRequest(web.FormPage):
    """A form about one request that its own verb answers."""

    def may_open(self, user):
        self.thing = request_of(self.request, self.kwargs["pk"])
        self.back = self.thing.get_absolute_url()
        verdict = self.may(user)
        if verdict:
            require(still_open(self.thing), WrongState)
        return verdict

    def may(self, user):
        return access.may_shape(user, self.thing)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"intro": f"{self.thing} · {self.thing.site.name}"}


class RequirementNew(AboutRequest):
    form_class = RequirementForm
    title = _("Add a requirement")
    button = _("Add")
    clause = "2.1.2"

    def act(self, form):
        actions.require_of(self.thing, **form.wanted(), by=self.request.user, now=timezone.now())
        return self.thing


@require_POST
def requirement_remove(request, pk):
    visible = StaffingRequest.objects.visible_to(request.user)
    wanted = get_object_or_404(Requirement.objects.filter(request__in=visible).select_related("request__site"), pk=pk)
    return redirect(actions.take_away(wanted, by=request.user, now=timezone.now()))


# --- Candidates (2.1.1, 2.1.2) ------------------------------------------------------------------------


def people_in(given) -> list[int]:
    """The people that an address or a form names, each once."""
    ids = (one for one in given.getlist("people") if one.isdecimal() and len(one) < 19)
    return list(dict.fromkeys(map(int, ids)))[:CHOSEN_AT_ONCE]


def for_hr(request, pk) -> StaffingRequest:
    shown = request_of(request, pk)
    require(access.may_choose(request.user), NotAllowed)
    return shown


def staffing_request_candidates(request, pk):
    """Everybody in the order in which they fit, a page at a time."""
    shown = for_hr(request, pk)
    words = request.GET.get("q", "").replace("\x00", "")[:100]
    ranking = Ranking(shown, today=today_at(shown, timezone.now()), words=words)
    page = Paginator(ranking, A_PAGE).get_page(request.GET.get("page"))
    marked = people_in(request.GET)
    shown_here = {one.person for one in page.object_list}
    elsewhere = [pk for pk in marked if pk not in shown_here]
    return render(
        request,
        "personnel/candidates.html",
        {
            "shown": shown,
            "marked": marked,
            "elsewhere": User.objects.filter(pk__in=elsewhere).order_by("name_sort") if elsewhere else [],
            "ranking": ranking,
            "candidates": page.object_list,
            "page": page,
            "words": words,
            "left": max(0, shown.headcount - taken_seats(shown).count()),
            "may_choose": access.may_choose(request.user) & still_open(shown),
        },
    )


def staffing_request_compare(request, pk):
    shown = for_hr(request, pk)
    people = people_in(request.GET)
    require(
        unless(
            not people,
            _("Nobody is marked to be compared."),
            remedy=_("Mark two to four candidates, then compare them."),
            clause="2.1.1",
        )
        & unless(
            len(people) > COMPARED,
            _("At most %(count)s people stand side by side.") % {"count": COMPARED},
            remedy=_("Take the marks of some away."),
            clause="2.1.1",
        )
    )
    candidates = Ranking(shown, today=today_at(shown, timezone.now()), people=people)[:COMPARED]
    return render(
        request,
        "personnel/compare.html",
        {
            "shown": shown,
            "candidates": candidates,
            "rows": list(zip(*(one.replies for one in candidates), strict=True)),
            "may_choose": access.may_choose(request.user) & still_open(shown),
        },
    )


class StaffingDecide(OncePage):
    """The choice, beside what HR sees of those it is about."""

    template_name = "personnel/decide_form.html"
    form_class = DecideForm
    title = _("Decide who goes")
    button = _("Send them")
    clause = "2.1.1"

    def may_open(self, user):
        self.thing = request_of(self.request, self.kwargs["pk"])
        self.back = reverse("staffing_request_candidates", args=[self.thing.pk])
        self.people = people_in(self.request.POST if self.request.method == "POST" else self.request.GET)
        verdict = access.may_choose(user)
        if verdict:
            require(still_open(self.thing), WrongState)
        if verdict and self.request.method == "GET":
            marked = unless(not self.people, _("Nobody is marked."), remedy=_("Mark who goes, then decide."))
            require(marked, PolicyBroken)
        return verdict

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"people": self.people}

    def get_initial(self):
        today = today_at(self.thing, timezone.now())
        return {"people": self.people, "since": max(self.thing.since, today)}

    def make(self, inputs):
        chosen = actions.dispatch(self.thing, **inputs, by=self.request.user, now=timezone.now())
        count = chosen.assignments.count()
        words = ngettext(
            "%(count)s person is planned and was told.", "%(count)s people are planned and were told.", count
        )
        messages.success(self.request, words % {"count": count})
        return chosen

    def get_context_data(self, **kwargs):
        ranking = Ranking(self.thing, today=today_at(self.thing, timezone.now()), people=self.people)
        return super().get_context_data(**kwargs) | {
            "intro": f"{self.thing} · {self.thing.site.name}",
            "candidates": ranking[:CHOSEN_AT_ONCE],
            "shown": self.thing,
        }


def selection(request, pk):
    """Whom HR chose and why, and what it saw."""
    chosen = get_object_or_404(
        Selection.objects.visible_to(request.user).select_related("request__site", "decided_by"), pk=pk
    )
    seen = [Candidate.thawed(one) for one in chosen.seen["candidates"]]
    ids = set(chosen.seen["chosen"])
    return render(
        request,
        "personnel/selection_detail.html",
        {
            "selection": chosen,
            "shown": chosen.request,
            "chosen": [one for one in seen if one.person in ids],
            "others": [one for one in seen if one.person not in ids],
            "postings": chosen.assignments.select_related("person"),
        },
    )


# --- Waivers (2.1.2) ----------------------------------------------------------------------------------


class WaiverNew(AboutRequest, OncePage):
    form_class = WaiverForm
    title = _("Ask for a waiver")
    button = _("Send for approval")
    clause = "2.1.2"
    done = _("Sent to the department head. Until it is signed, the requirement blocks.")

    def may(self, user):
        return access.may_choose(user)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"thing": self.thing}

    def get_initial(self):
        wanted = self.request.GET
        person = wanted.get("person", "")
        known = User.objects.filter(pk=person).first() if person.isdecimal() and len(person) < 19 else None
        return {
            "person": known and known.pk,
            "requirement": wanted.get("requirement"),
            "until": self.thing.planned_to,
        }

    def make(self, inputs):
        return actions.ask_waiver(self.thing, **inputs, by=self.request.user, now=timezone.now())


def waiver_of(request, pk) -> QualificationWaiver:
    rows = QualificationWaiver.objects.visible_to(request.user).select_related(
        "request__site__lead",
        "request__site__department",
        "person",
        "asked_by",
        "requirement__skill",
        "requirement__certificate",
    )
    return get_object_or_404(rows, pk=pk)


def qualification_waiver(request, pk):
    shown = waiver_of(request, pk)
    user = request.user
    [seen] = Ranking(shown.request, today=today_at(shown.request, timezone.now()), people=[shown.person_id])[:]
    return render(
        request,
        "personnel/qualification_waiver_detail.html",
        {
            "shown": shown,
            "reply": next((one for one in seen.replies if one.requirement == shown.requirement_id), None),
            "too_short": shown.request.planned_to is None or shown.until < shown.request.planned_to,
            "sees_request": StaffingRequest.objects.visible_to(user).filter(pk=shown.request_id).exists(),
            "offers": offers(user, shown, actions.revise_waiver, actions.give_up_waiver),
            "events": Event.objects.about(shown).select_related("actor"),
        }
        | approvals_context(user, shown),
    )


class WaiverRevise(VerbPage):
    model = QualificationWaiver
    verb = actions.revise_waiver
    related = ("request__site__lead", "request__site__department", "person", "requirement")
    form_class = WaiverReviseForm
    title = _("Revise the waiver")
    button = _("Send again")
    clause = "2.1.2"
    done = _("Sent again to the department head.")

    def get_initial(self):
        return {"reason": self.thing.reason, "until": self.thing.until}


@require_POST
def qualification_waiver_give_up(request, pk):
    shown = waiver_of(request, pk)
    actions.give_up_waiver(shown, by=request.user, now=timezone.now())
    messages.success(request, _("Given up. The requirement holds."))
    return redirect(shown)


# --- Elsewhere ----------------------------------------------------------------------------------------


@web.searches(_("Staffing requests"))
def find_requests(user, words, most):
    if not access.may_look_at_staffing(user):
        return []
    rows = StaffingRequest.objects.visible_to(user).filter(found_by(words, "position")).select_related("site")
    return [web.Hit(f"{one.number} · {one}", one.site.name, one.get_absolute_url(), "user-plus") for one in rows[:most]]


def open_for(user):
    """The badge in the menu: requests that wait for HR."""
    rows = StaffingRequest.objects.visible_to(user).open()
    return rows if user.has_role(Role.HR) else rows.none()


@web.panel("site", 15)
def on_site(request, site):
    """What a site asks for and who comes, for those who plan with it."""
    if not (access.may_look_at_staffing(request.user) and access.oversees(request.user, site)):
        return None
    rows = StaffingRequest.objects.visible_to(request.user).open().filter(site=site)
    coming = Assignment.objects.filter(site=site, status=Assignment.Status.PLANNED).select_related("person")
    shown = {"requests": rows.with_seats()[:5], "coming": coming.order_by("since")[:8], "site": site}
    return "personnel/staffing_panel.html", shown | {
        "may_ask": access.may_ask_people(request.user, site) & unless(not site.active, _("The site no longer runs."))
    }
