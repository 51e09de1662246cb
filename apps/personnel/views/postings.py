"""What somebody who is sent gets and answers: the pack, its calendar entry, accepted or objected (2.1.1)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.core import web
from apps.core.pages import VerbPage, offers
from apps.core.transitions import Event
from apps.core.verdicts import WrongState, require
from apps.personnel import access, actions
from apps.personnel.actions.answers import EXCHANGE, to_answer
from apps.personnel.actions.pack import calendar
from apps.personnel.forms.staffing import AskAgainForm, ObjectForm
from apps.personnel.models import Assignment
from apps.personnel.policy.papers import report_due

Answer, Status = Assignment.Answer, Assignment.Status


def posting_of(request, pk) -> Assignment:
    rows = Assignment.objects.visible_to(request.user).select_related(
        "person", "site__client", "site__lead", "site__deputy", "project", "selection__request"
    )
    return get_object_or_404(rows, pk=pk)


def answers(user, posting: Assignment) -> dict:
    """The buttons under a posting that has not begun: for its person, and for HR where they object."""
    if posting.status != Status.PLANNED:
        return {}
    if posting.person_id == user.pk:
        fit = offers(user, posting, actions.accept, actions.object_to)
        if posting.answer == Answer.ACCEPTED:
            return {}
        return fit if posting.answer == Answer.WAITING else {"accept": fit["accept"]}
    return offers(user, posting, actions.ask_again) if posting.answer == Answer.OBJECTED else {}


def exchange(posting: Assignment):
    """What the person objected and HR answered, in order."""
    return Event.objects.about(posting).filter(verb__in=EXCHANGE).select_related("actor").order_by("at", "pk")


def assignment_pack(request, pk):
    """All that somebody needs before the first day, on one page."""
    posting = posting_of(request, pk)
    site = posting.site
    return render(
        request,
        "personnel/pack.html",
        {
            "posting": posting,
            "site": site,
            "due": report_due(posting.since, posting.report_at, site.zone),
            "same_zone": str(request.user.zone) == site.time_zone,
            "mine": posting.person_id == request.user.pk,
            "cancelled": posting.status == Status.CANCELLED,
            "offers": answers(request.user, posting),
            "exchange": exchange(posting)
            if posting.objection and access.sees_affairs_of(request.user, posting)
            else [],
        },
    )


def assignment_ics(request, pk):
    posting = posting_of(request, pk)
    address = request.build_absolute_uri(reverse("assignment_pack", args=[posting.pk]))
    answer = HttpResponse(calendar(posting, url=address), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="onsite-{posting.pk}.ics"'
    return answer


@require_POST
def assignment_accept(request, pk):
    seen = request.POST.get("seen", "")
    posting = actions.accept(posting_of(request, pk), seen=seen, by=request.user, now=timezone.now())
    messages.success(request, _("Accepted. HR and the site lead see it."))
    return redirect("assignment_pack", posting.pk)


class PostingPage(VerbPage):
    model = Assignment
    related = ("person", "site__lead", "site__deputy", "selection__decided_by")
    clause = "2.1.1"


class AssignmentObject(PostingPage):
    verb = actions.object_to
    form_class = ObjectForm
    title = _("Object to the posting")
    button = _("Send the objection")
    done = _("HR is told and decides. Until then the posting stands.")

    def may(self, user):
        verdict = super().may(user)
        if verdict:
            require(to_answer(self.thing), WrongState)
        return verdict


class AssignmentAskAgain(PostingPage):
    verb = actions.ask_again
    form_class = AskAgainForm
    title = _("Answer the objection and ask again")
    button = _("Ask again")
    done = _("They were told your answer and are asked again.")

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"intro": f"{self.thing} · {self.thing.objection}"}


# --- Elsewhere ----------------------------------------------------------------------------------------


@web.todo
def to_say(user) -> web.Todo | None:
    """For whoever is sent: say whether you go."""
    waiting = Assignment.objects.filter(person=user, status=Status.PLANNED, answer=Answer.WAITING)
    first = waiting.select_related("site").order_by("since").first()
    if first is None:
        return None
    said = exchange(first).last() if first.objection else None
    when = _("From %(day)s on; all you need is in the pack.") % {"day": date_format(first.since, "DATE_FORMAT")}
    return web.Todo(
        title=_("Say whether you go to %(site)s") % {"site": first.site.name},
        detail=f"{said.actor.name}: {said.note}"[:160] if said else when,
        url=reverse("assignment_pack", args=[first.pk]),
        due_at=first.report_at,
    )


@web.todo
def objections(user) -> web.Todo | None:
    """For HR: objections that nobody has decided."""
    if not access.may_choose(user):
        return None
    found = list(
        Assignment.objects.filter(status=Status.PLANNED, answer=Answer.OBJECTED)
        .select_related("person")
        .order_by("since")
    )
    if not found:
        return None
    count = len(found)
    title = ngettext("Decide %(count)s objection to a posting", "Decide %(count)s objections to postings", count)
    return web.Todo(
        title=title % {"count": count},
        detail=f"{found[0].person.name}: {found[0].objection}"[:160],
        url=found[0].get_absolute_url() if count == 1 else f"{reverse('assignments')}?answer=objected",
        due_at=found[0].report_at,
    )
