"""Decide: one inbox for everything that waits for a signature, and the panel that a subject's page shows."""

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.core import approvals
from apps.core.approvals import Approval, Outcome, Signature
from apps.core.forms import DecisionForm, TransferForm
from apps.core.verdicts import NotAllowed, PolicyBroken, no, require
from apps.core.web import FormPage
from apps.core.words import is_id

DECIDED = {
    Outcome.APPROVED: gettext_lazy("Approved: %(what)s"),
    Outcome.RETURNED: gettext_lazy("Returned: %(what)s"),
    Outcome.REJECTED: gettext_lazy("Rejected: %(what)s"),
}
BULK = [
    {"name": "outcome", "value": "approved", "label": gettext_lazy("Approve"), "icon": "checks", "tone": "primary"},
    {"name": "outcome", "value": "returned", "label": gettext_lazy("Return"), "icon": "arrow-back-up"},
    {"name": "outcome", "value": "rejected", "label": gettext_lazy("Reject"), "icon": "x", "tone": "danger"},
]


# --- The inbox ----------------------------------------------------------------------------------------


def inbox(request):
    """What waits for me; what I asked for (`?tab=mine`); what I decided (`?tab=decided`)."""
    return render(request, "core/inbox.html", inbox_context(request))


def inbox_context(request) -> dict:
    tab = request.GET.get("tab", "waiting")
    page = Paginator(TABS.get(tab, waiting)(request.user), 25).get_page(request.GET.get("page"))
    now = timezone.now()
    for approval in page.object_list if tab == "mine" else ():
        approval.may_withdraw = approvals.may_withdraw(request.user, approval)
        approval.may_remind = approvals.may_remind(request.user, approval, now)
    return {"tab": tab if tab in TABS else "waiting", "page": page, "bulk_actions": BULK}


def waiting(user):
    """Rounds that wait for a person, the longest waiting first; each with `turns`, the signatures they may give."""
    turns = Signature.objects.signable_by(user).select_related("person")
    return (
        Approval.objects.open()
        .filter(pk__in=turns.values("approval_id"))
        .select_related("applicant")
        .prefetch_related(Prefetch("signatures", turns, to_attr="turns"))
    )


def mine(user):
    return _with_route(Approval.objects.filter(applicant=user).order_by("-opened_at", "-pk"))


def decided(user):
    return _with_route(Approval.objects.decided_by(user).order_by("-opened_at", "-pk"))


TABS = {"waiting": waiting, "mine": mine, "decided": decided}


def _with_route(rows):
    signatures = Signature.objects.select_related("person", "decided_by", "on_behalf_of", "passed_on_by")
    return rows.select_related("applicant").prefetch_related(Prefetch("signatures", signatures))


def next_for(user, after: Approval) -> str:
    """Where a person goes on after a decision: to the next one that waits, else to the inbox."""
    rows = Approval.objects.waiting_for(user).exclude(pk=after.pk)
    following = rows.filter(opened_at__gte=after.opened_at).first() or rows.first()
    return following.url if following else reverse("inbox")


# --- Deciding -----------------------------------------------------------------------------------------


def visible(request, pk) -> Approval:
    return get_object_or_404(Approval.objects.visible_to(request.user).select_related("applicant"), pk=pk)


def passable(user, pk) -> Approval:
    """A round that this person sees, or may pass on from above."""
    approval = get_object_or_404(Approval.objects.select_related("applicant"), pk=pk)
    seen = Approval.objects.visible_to(user).filter(pk=pk).exists()
    if not seen and not approvals.may_transfer(user, approval):
        raise Http404
    return approval


class Decide(FormPage):
    """One decision with its reason. A list or a page posts straight to it; by itself it is a page without scripts."""

    template_name = "core/decide.html"
    form_class = DecisionForm
    title = gettext_lazy("Decide")
    button = gettext_lazy("Decide")

    def dispatch(self, request, *args, **kwargs):
        self.approval = visible(request, kwargs["pk"])
        self.clause = self.approval.clause
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        require(approvals.may_decide(request.user, self.approval), NotAllowed)
        return super().get(request, *args, **kwargs)

    def get_initial(self):
        return {"outcome": self.request.GET.get("outcome", Outcome.APPROVED)}

    def act(self, form):
        outcome = form.cleaned_data["outcome"]
        self.signature = approvals.decide(
            self.approval, outcome, by=self.request.user, now=timezone.now(), reason=form.cleaned_data["reason"]
        )
        self.words = DECIDED[outcome] % {"what": self.approval.title}
        return reverse("inbox")

    def form_valid(self, form):
        response = super().form_valid(form)
        if response.status_code != 302:
            return response
        undo = undo_address([self.signature])
        if self.request.htmx:
            return self._row_leaves(undo)
        messages.success(self.request, self.words, extra_tags=f"undo:{undo}")
        if self.request.POST.get("then") == "next":
            return redirect(next_for(self.request.user, self.approval))
        return response

    def _row_leaves(self, undo: str):
        """The answer to a list: the row goes, the badge counts down, and for ten seconds there is an undo."""
        left = Approval.objects.waiting_for(self.request.user).count()
        response = render(self.request, "core/inbox.html#decided", {"left": left, "words": self.words, "undo": undo})
        if not left:
            response["HX-Retarget"] = "#waiting"
            response["HX-Reswap"] = "outerHTML"
        return response

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | approvals_context(
            self.request.user, self.approval.subject, approval=self.approval
        )


def undo_address(signatures) -> str:
    query = urlencode({"signature": [one.pk for one in signatures]}, doseq=True)
    return f"{reverse('approvals_undo')}?{query}"


@require_POST
def undo(request):
    """Take one decision back, or those of one bulk: `?signature=…` several times."""
    wanted = [int(pk) for pk in request.GET.getlist("signature") if is_id(pk)][:100]
    signatures = list(
        Signature.objects.filter(pk__in=wanted, decided_by=request.user).select_related("approval").order_by("pk")
    )
    if not signatures:
        raise Http404
    now = timezone.now()
    for signature in signatures:
        approvals.undo(signature, by=request.user, now=now)
    messages.info(request, _("Taken back. Nobody was told."))
    came_from_inbox = reverse("inbox") in request.headers.get("referer", "")
    return redirect("inbox" if came_from_inbox or len(signatures) > 1 else signatures[0].approval.url)


def decide_many(request):
    """Decide the chosen ones, each by itself; returning or rejecting asks for the one reason first.

    Its address stays in the browser's bar after the answer; opened again, it leads back to the inbox.
    """
    if request.method != "POST":
        return redirect("inbox")
    wanted = [int(pk) for pk in request.POST.getlist("ids") if is_id(pk)][:200]
    chosen = list(Approval.objects.visible_to(request.user).filter(pk__in=wanted).select_related("applicant"))
    outcome = request.POST.get("outcome", "")
    if not chosen or outcome not in Outcome.values:
        raise PolicyBroken(no(_("Choose what to decide first."), remedy=_("Tick the rows, then choose again.")))
    reason = request.POST.get("reason", "")
    if outcome != Outcome.APPROVED and not reason.strip():
        return render(
            request,
            "core/decide_many.html",
            {
                "chosen": chosen,
                "outcome": outcome,
                "label": next(one["label"] for one in BULK if one["value"] == outcome),
                "asked": "reason" in request.POST,
            },
            status=422 if "reason" in request.POST else 200,
        )
    now = timezone.now()
    results = approvals.decide_many(chosen, outcome, by=request.user, now=now, reason=reason)
    signatures = Signature.objects.filter(
        approval__in=[approval for approval, verdict in results if verdict], decided_by=request.user, decided_at=now
    )
    address = undo_address(signatures) if signatures else ""
    count = sum(bool(verdict) for _approval, verdict in results)
    context = {"results": results, "undo": address, "count": count, "label": Outcome(outcome).label}
    return render(request, "core/inbox.html", inbox_context(request) | context)


# --- Around a decision --------------------------------------------------------------------------------


class Transfer(FormPage):
    form_class = TransferForm
    title = gettext_lazy("Pass it on")
    button = gettext_lazy("Pass it on")
    intro = gettext_lazy("Somebody else who may sign in this place decides. They are told at once.")
    done = gettext_lazy("Passed on.")

    def dispatch(self, request, *args, **kwargs):
        self.approval = passable(request.user, kwargs["pk"])
        self.clause = self.approval.clause
        require(approvals.may_transfer(request.user, self.approval), NotAllowed)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        signature = approvals.to_pass_on(self.request.user, self.approval)
        left_out = {self.request.user.pk, signature.person_id}
        able = [one.pk for one in approvals.stand_ins(signature) if one.pk not in left_out]
        return super().get_form_kwargs() | {"people": get_user_model().objects.filter(pk__in=able)}

    def act(self, form):
        approvals.transfer(self.approval, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return reverse("inbox")


@require_POST
def remind(request, pk):
    approval = visible(request, pk)
    approvals.remind(approval, by=request.user, now=timezone.now())
    messages.success(request, _("Reminded."))
    return redirect(approval.url)


@require_POST
def withdraw(request, pk):
    approval = visible(request, pk)
    approvals.withdraw(approval, by=request.user, now=timezone.now())
    messages.success(request, _("Withdrawn. Nobody has to decide it any more."))
    return redirect(approval.url)


# --- The panel on a subject's page ----------------------------------------------------------------------


def approvals_context(user, subject, *, approval: Approval | None = None) -> dict:
    """What `core/approval_panel.html` needs: the latest round on a subject, its steps, and what the person may do."""
    rounds = list(
        Approval.objects.about(subject)
        .select_related("applicant")
        .prefetch_related(
            Prefetch(
                "signatures",
                Signature.objects.select_related("person", "decided_by", "on_behalf_of", "passed_on_by"),
            )
        )
        .order_by("-opened_at", "-pk")
    )
    approval = approval or (rounds[0] if rounds else None)
    if approval is None:
        return {"approval": None}
    now = timezone.now()
    steps = [step.as_seen_by(user) for step in approval.signatures.all()]
    for step in steps:
        step.waits_for = approvals.holders(step) if step.status == Signature.Status.PENDING else []
        step.undo = (
            undo_address([step])
            if step.decided_by_id == user.pk and step.undoable_until and now < step.undoable_until
            else ""
        )
        step.undo_seconds = (step.undoable_until - now).total_seconds() if step.undo else 0
    return {
        "approval": approval,
        "approval_steps": steps,
        "earlier_rounds": [one for one in rounds if one.pk != approval.pk],
        "may_decide": approvals.may_decide(user, approval),
        "may_transfer": approvals.may_transfer(user, approval),
        "may_withdraw": approvals.may_withdraw(user, approval),
        "may_remind": approvals.may_remind(user, approval, now),
        "is_applicant": approval.applicant_id == user.pk,
        "return_fields": {"outcome": Outcome.RETURNED.value, "then": "next"},
        "reject_fields": {"outcome": Outcome.REJECTED.value, "then": "next"},
    }
