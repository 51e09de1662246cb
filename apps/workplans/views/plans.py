"""Pages of plans: the editor, one version, its review, and two versions side by side (3.2)."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.core import approvals
from apps.core.approvals import Approval
from apps.core.obligations import Obligation
from apps.core.verdicts import Refused, WrongState, require
from apps.core.views.approvals import approvals_context, undo_address
from apps.core.web import FormPage, ListPage
from apps.workplans import access
from apps.workplans.actions import plans as actions
from apps.workplans.comparing import compare
from apps.workplans.forms.plans import PlanForm, PlanReviewForm
from apps.workplans.models import Plan
from apps.workplans.obligations.plans import PLAN_REVIEW
from apps.workplans.tables.plans import PlanFilter, PlanTable
from apps.workplans.views.tasks import task_of

RELATED = ("task__owner", "task__site__lead", "task__site__deputy", "task__site__department", "written_by")


class Plans(ListPage):
    model = Plan
    table_class = PlanTable
    filterset_class = PlanFilter
    title = _("Plans")
    subtitle = _("Each version of each plan, and where it stands.")
    icon = "list-check"
    empty = _("Plans appear here once the owners of tasks write them.")

    def may_open(self, user):
        return access.may_look(user)

    def get_queryset(self):
        return super().get_queryset().select_related("task__owner", "task__site")


def plan_of(request, pk) -> Plan:
    return get_object_or_404(Plan.objects.visible_to(request.user).select_related(*RELATED), pk=pk)


@require_POST
def task_plan(request, pk):
    """Begin the next version, or go on with the draft that is there."""
    shown = task_of(request, pk)
    plan = actions.begin(shown, by=request.user, now=timezone.now())
    return redirect("plan_edit", plan.pk)


class PlanEdit(FormPage):
    """Keep the draft, or keep and submit it. Nothing is lost: the page drafts on the device as well."""

    form_class = PlanForm
    template_name = "workplans/plan_form.html"
    title = _("Plan")
    button = _("Keep the draft")
    clause = "3.2.2"

    def may_open(self, user):
        self.thing = plan_of(self.request, self.kwargs["pk"])
        self.back = self.thing.task.get_absolute_url()
        self.intro = self.thing.task.title
        verdict = access.may_change_plan(user, self.thing)
        if verdict:
            require(actions.may_be_written(self.thing), WrongState)
        return verdict

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "plan": self.thing}

    def act(self, form):
        stamp = {"by": self.request.user, "now": timezone.now()}
        sends = "submit_now" in self.request.POST
        try:
            with transaction.atomic():
                actions.write(self.thing, **form.values(), **stamp)
                if sends:
                    actions.submit(self.thing, **stamp)
        except Refused as refused:
            refused.fields = form.beside(refused.fields)
            raise
        messages.success(self.request, _("Sent to the site lead.") if sends else _("The draft is kept."))
        return self.thing

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "plan": self.thing,
            "task": self.thing.task,
            "before": _decided_before(self.thing),
        }


def _decided_before(plan: Plan) -> Plan | None:
    """The version before, whose remarks the writer answers."""
    return plan.task.plans.filter(version__lt=plan.version).order_by("-version").prefetch_related("steps").first()


def plan(request, pk):
    shown = plan_of(request, pk)
    user = request.user
    steps = list(shown.steps.select_related("responsible"))
    others = list(shown.task.plans.exclude(pk=shown.pk))
    writes = access.may_change_plan(user, shown)
    return render(
        request,
        "workplans/plan_detail.html",
        {
            "shown": shown,
            "task": shown.task,
            "steps": steps,
            "others": others,
            "before": next((one for one in others if one.version < shown.version), None),
            "may_write": writes & actions.may_be_written(shown) if shown.status == Plan.Status.DRAFT else None,
            "clock": Obligation.objects.kind(PLAN_REVIEW).about(shown).order_by("-opened_at").first(),
            "reviews": shown.status == Plan.Status.IN_REVIEW,
        }
        | approvals_context(user, shown),
    )


def plan_compare(request, pk):
    """A version beside another one of the same task (`?with=<version>`; else the one before)."""
    shown = plan_of(request, pk)
    others = shown.task.plans.exclude(pk=shown.pk)
    asked = request.GET.get("with", "")
    other = others.filter(version=asked).first() if asked.isdecimal() and len(asked) < 5 else None
    other = other or others.filter(version__lt=shown.version).first() or others.first()
    if other is None:
        return redirect(shown)
    old, new = sorted((shown, other), key=lambda one: one.version)
    return render(
        request,
        "workplans/plan_compare.html",
        {"shown": shown, "old": old, "new": new, "others": others, "differences": compare(old, new)},
    )


class PlanReview(FormPage):
    """The lead decides, with remarks per step."""

    form_class = PlanReviewForm
    template_name = "workplans/plan_review.html"
    title = _("Review the plan")
    button = _("Decide")
    clause = "3.2.1"

    def may_open(self, user):
        self.thing = plan_of(self.request, self.kwargs["pk"])
        self.back = self.thing.get_absolute_url()
        self.intro = str(self.thing)
        rounds = Approval.objects.about(self.thing)
        round_ = rounds.open().first() or rounds.order_by("-pk").first()
        if round_ is None:
            raise WrongState(actions.may_be_reviewed(self.thing))
        verdict = approvals.may_decide(user, round_)
        if not verdict and round_.status != Approval.Status.OPEN:
            raise WrongState(verdict)
        return verdict

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "plan": self.thing}

    def act(self, form):
        given = form.cleaned_data
        words = {"reason": given["reason"], "of_steps": form.of_steps()}
        stamp = {"by": self.request.user, "now": timezone.now()}
        signature = actions.review(self.thing, given["outcome"], **words, **stamp)
        done = _("%(outcome)s: %(what)s") % {"outcome": signature.get_status_display(), "what": self.thing}
        messages.success(self.request, done, extra_tags=f"undo:{undo_address([signature])}")
        return self.thing

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"plan": self.thing, "task": self.thing.task}
