"""Pages of complaints and major problems (3.4.3)."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.communication import access
from apps.communication.actions import problems as actions
from apps.communication.forms.at_site import places
from apps.communication.forms.problems import CloseForm, PlanForm, ProblemForm
from apps.communication.models import Problem
from apps.communication.obligations.problems import PROBLEM_ACKNOWLEDGE
from apps.communication.tables.problems import ProblemFilter, ProblemTable, found_by
from apps.communication.views.subjects import SiteList, site_panel
from apps.core.obligations import Obligation
from apps.core.pages import OncePage, VerbPage, offers
from apps.core.transitions import Event
from apps.core.verdicts import PolicyBroken, no, unless
from apps.core.web import Hit, searches
from apps.personnel.models import Site
from apps.personnel.roles import Role

VERBS = (actions.acknowledge, actions.write_plan, actions.close)


def raisable(user):
    """Sites of which this person may raise a problem."""
    if user.has_role(Role.HR, Role.EXECUTIVE):
        return Site.objects.running().select_related("client")
    return places(user)


def may_raise(user):
    return unless(
        not raisable(user).exists(),
        _("This is for those who work at a site, its head, HR and executives."),
        remedy=_("Ask a site lead."),
        clause="3.4.3",
    )


class ProblemList(SiteList):
    model = Problem
    table_class = ProblemTable
    filterset_class = ProblemFilter
    title = _("Complaints and major problems")
    subtitle = _("Departments and leaders learn at once; a joint plan is signed by two before it closes.")
    icon = "alert-triangle"
    empty = _("Complaints and major problems appear here. May it stay empty.")

    def get_queryset(self):
        return super().get_queryset().select_related("site", "raised_by", "acknowledged_by")

    def actions(self, user):
        return [
            {
                "url": reverse("problem_new"),
                "label": _("Raise a problem"),
                "icon": "speakerphone",
                "verdict": may_raise(user),
            }
        ]


class ProblemNew(OncePage):
    form_class = ProblemForm
    title = _("Raise a complaint or major problem")
    button = _("Tell them now")
    intro = _("The site lead, the department head, HR and executives are told at once.")
    clause = "3.4.3"
    done = _("They were told.")

    def may_open(self, user):
        return may_raise(user)

    def get_form_kwargs(self):
        user = self.request.user
        return {**super().get_form_kwargs(), "user": user, "sites": raisable(user)}

    def get_initial(self):
        asked = self.request.GET.get("site", "")
        return {"site": int(asked)} if asked.isdecimal() else {}

    def make(self, inputs):
        return actions.raise_problem(**inputs, by=self.request.user, now=timezone.now())


def problem_of(request, pk) -> Problem:
    rows = Problem.objects.visible_to(request.user).select_related(
        "site__lead", "site__deputy", "site__department", "contact", "raised_by", "acknowledged_by", "enquiry"
    )
    return get_object_or_404(rows.prefetch_related("signatures__person"), pk=pk)


def problem(request, pk):
    shown = problem_of(request, pk)
    user = request.user
    signatures = list(shown.signatures.all())
    for one in signatures:
        one.counts = one.version == shown.plan_version
    mine = any(one.counts and one.person_id == user.pk for one in signatures)
    by_both = actions.signed(shown)
    may = offers(user, shown, *VERBS)
    if "close" in may:
        may["close"] = may["close"] & by_both
    return render(
        request,
        "communication/problem_detail.html",
        {
            "shown": shown,
            "offers": may,
            "signatures": signatures,
            "signed": by_both,
            "may_sign": access.may_plan(user, shown)
            & actions.may_be_signed(shown)
            & unless(mine, _("You signed this plan already."), clause="3.4.3"),
            "clock": Obligation.objects.kind(PROBLEM_ACKNOWLEDGE).about(shown).first(),
            "events": Event.objects.about(shown).select_related("actor"),
        },
    )


@require_POST
def problem_acknowledge(request, pk):
    shown = problem_of(request, pk)
    actions.acknowledge(shown, by=request.user, now=timezone.now())
    messages.success(request, _("Acknowledged. Now write the joint plan together."))
    return redirect(shown)


@require_POST
def problem_sign(request, pk):
    shown = problem_of(request, pk)
    version = request.POST.get("version", "")
    if not version.isdecimal():
        raise PolicyBroken(no(_("Say which text of the plan you sign."), remedy=_("Sign it on its page.")))
    actions.sign_plan(shown, version=int(version), by=request.user, now=timezone.now())
    messages.success(request, _("Signed."))
    return redirect(shown)


class ProblemPage(VerbPage):
    model = Problem
    related = ("site__lead", "site__deputy", "site__department")
    clause = "3.4.3"


class ProblemPlan(ProblemPage):
    verb = actions.write_plan
    form_class = PlanForm
    title = _("Joint plan")
    button = _("Keep this plan")
    done = _("Kept. Both sides sign it now.")

    def get_initial(self):
        return {"plan": self.thing.plan}


class ProblemClose(ProblemPage):
    verb = actions.close
    form_class = CloseForm
    title = _("Close it")
    button = _("Close it")


@searches(_("Complaints and major problems"))
def find_problems(user, words, most):
    rows = Problem.objects.visible_to(user).filter(found_by(words)).select_related("site")
    return [Hit(str(one), one.site.name, one.get_absolute_url(), "alert-triangle") for one in rows[:most]]


def raised_of(user):
    """The badge in the menu: what waits to be acknowledged, for those who may."""
    if not user.has_role(Role.HEAD, Role.HR, Role.EXECUTIVE):
        return Problem.objects.none()
    return Problem.objects.visible_to(user).filter(status=Problem.Status.RAISED)


@site_panel(10)
def on_site(request, site):
    """What is not closed at a site; nothing where there is none."""
    rows = list(Problem.objects.visible_to(request.user).filter(~Q(status=Problem.Status.CLOSED), site=site)[:5])
    return ("communication/problem_panel.html", {"problems": rows, "site": site}) if rows else None
