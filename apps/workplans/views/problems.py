"""Pages of what stands in the way of work (3.3.1)."""

from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.communication.forms.at_site import places
from apps.communication.models import Problem
from apps.core.obligations import Obligation
from apps.core.pages import OncePage, VerbPage, offers
from apps.core.transitions import Event
from apps.core.verdicts import unless
from apps.core.web import Hit, ListPage, panel, searches
from apps.personnel.story import Passage, chapter
from apps.workplans import access
from apps.workplans.actions import problems as actions
from apps.workplans.forms.problems import HandOnForm, ReasonForm, SolveForm, WorkProblemForm
from apps.workplans.models import Need, Report, Task, WorkProblem
from apps.workplans.obligations.problems import WORK_PROBLEM
from apps.workplans.tables.problems import WorkProblemFilter, WorkProblemTable, found_by
from apps.workplans.views.instructions import carried, draft_key

VERBS = (actions.solve, actions.hand_on, actions.escalate, actions.reopen)
PANEL_ROWS = 5


def may_raise(user):
    """At the sites where one works, that one leads or heads."""
    return unless(
        not places(user).exists(),
        _("This is for those who work at a site, its lead and its head."),
        remedy=_("Tell the site lead."),
        clause="3.3.1",
    )


class WorkProblemList(ListPage):
    model = WorkProblem
    table_class = WorkProblemTable
    filterset_class = WorkProblemFilter
    title = _("Problems at work")
    subtitle = _("What stands in the way, each with an owner and a day.")
    icon = "hand-stop"
    empty = _("What stands in the way of work appears here, from reports or raised at once.")

    def may_open(self, user):
        return access.may_look(user)

    def get_queryset(self):
        return super().get_queryset().select_related("site", "owner", "raised_by")

    def actions(self, user):
        return [
            {
                "url": reverse("work_problem_new"),
                "label": _("Raise a problem at work"),
                "icon": "plus",
                "verdict": may_raise(user),
            }
        ]


class WorkProblemNew(OncePage):
    form_class = WorkProblemForm
    title = _("Raise a problem at work")
    button = _("Raise it")
    intro = _("It has an owner and a day from now on, and is followed until it is solved.")
    clause = "3.3.1"
    done = _("Raised.")

    def may_open(self, user):
        return may_raise(user)

    def get_form_kwargs(self):
        user = self.request.user
        return {**super().get_form_kwargs(), "user": user, "sites": places(user)}

    def get_initial(self):
        asked = {name: self.request.GET.get(name, "") for name in ("site", "task")}
        given = {name: int(value) for name, value in asked.items() if value.isdecimal() and len(value) < 19}
        if "task" in given:
            task = Task.objects.visible_to(self.request.user).filter(pk=given.pop("task")).first()
            given |= {"task": task.pk, "site": task.site_id} if task else {}
        if report := self.report():
            given |= {"site": report.assignment.site_id, "owner": report.assignment.person_id}
            given |= carried(self.request, "detail")
        return given

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"draft_key": draft_key(self.request)}

    def report(self) -> Report | None:
        """The report in whose review this was noted."""
        pk = self.request.GET.get("report", "")
        rows = Report.objects.visible_to(self.request.user).select_related("assignment__site")
        return rows.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None

    def make(self, inputs):
        return actions.raise_problem(report=self.report(), **inputs, by=self.request.user, now=timezone.now())


def work_problem(request, pk):
    user = request.user
    rows = WorkProblem.objects.visible_to(user).select_related(
        "site__lead", "site__deputy", "site__client", "owner", "raised_by", "solved_by", "escalated", "task"
    )
    shown = get_object_or_404(rows, pk=pk)
    may = offers(user, shown, *VERBS)
    if "solve" in may:
        may["solve"] = may["solve"] & actions.may_be_solved(shown)
    if shown.severity == WorkProblem.Severity.MAJOR:
        may.pop("escalate", None)
    report = Report.objects.visible_to(user).filter(pk=shown.report_id).select_related("assignment__person").first()
    joint = Problem.objects.visible_to(user).filter(pk=shown.escalated_id).first()
    return render(
        request,
        "workplans/problem_detail.html",
        {
            "shown": shown,
            "offers": may,
            "report": report,
            "joint": joint,
            "clock": Obligation.objects.kind(WORK_PROBLEM).about(shown).order_by("-pk").first(),
            "events": Event.objects.about(shown).select_related("actor"),
        },
    )


class WorkProblemPage(VerbPage):
    model = WorkProblem
    related = ("site__lead", "site__deputy", "owner", "escalated")
    clause = "3.3.1"


class WorkProblemSolve(WorkProblemPage):
    verb = actions.solve
    form_class = SolveForm
    title = _("It is solved")
    button = _("Mark as solved")
    done = _("Solved. Who raised it was told.")


class WorkProblemHandOn(WorkProblemPage):
    verb = actions.hand_on
    form_class = HandOnForm
    title = _("Hand it on")
    button = _("Hand it on")
    done = _("Handed on, clock running.")


class WorkProblemEscalate(WorkProblemPage):
    verb = actions.escalate
    form_class = ReasonForm
    title = _("Make it a major problem")
    button = _("Tell departments and leaders")
    clause = "3.4.3"
    done = _("Departments and leaders were told.")


class WorkProblemReopen(WorkProblemPage):
    verb = actions.reopen
    form_class = ReasonForm
    title = _("Open it again")
    button = _("Open it again")
    done = _("It is open again.")


# --- Elsewhere ----------------------------------------------------------------------------------------


@searches(_("Problems at work"))
def find_problems(user, words, most):
    if not access.may_look(user):
        return []
    rows = WorkProblem.objects.visible_to(user).filter(found_by(words)).select_related("site")
    return [Hit(str(one), one.site.name, one.get_absolute_url(), "hand-stop") for one in rows[:most]]


def mine_of(user):
    """The badge in the menu: problems that wait for this person."""
    return WorkProblem.objects.filter(owner=user).open()


@panel("site", 45)
def on_site(request, site):
    """What stands in the way at a site, and what it asked departments for; nothing where there is neither."""
    user = request.user
    if not access.sees_problems_at(user, site):
        return None
    rows = WorkProblem.objects.filter(site=site).open().select_related("owner", "site")
    needs = Need.objects.visible_to(user).filter(report__assignment__site=site, status=Need.Status.ASKED)
    shown = {
        "problems": list(rows[:PANEL_ROWS]),
        "needs": list(needs.select_related("department")[:PANEL_ROWS]),
        "site": site,
    }
    return ("workplans/problem_panel.html", shown) if shown["problems"] or shown["needs"] else None


@chapter
def problems_of(reader, person):
    """What they said stood in the way, and what they solved."""
    rows = WorkProblem.objects.visible_to(reader).filter(Q(raised_by=person) | Q(solved_by=person))
    for one in rows.select_related("site"):
        zone, where, address = one.site.zone, one.site.name, one.get_absolute_url()
        if one.raised_by_id == person.pk:
            title = gettext("Raised a problem: %(what)s") % {"what": one.title}
            yield Passage(one.raised_at.astimezone(zone).date(), title, where, "hand-stop", "warning", address)
        if one.solved_by_id == person.pk:
            title = gettext("Solved a problem: %(what)s") % {"what": one.title}
            yield Passage(one.solved_at.astimezone(zone).date(), title, where, "check", "success", address)
