"""The first day: the checklist, reporting in, and everybody whose papers are not complete (2.2.1)."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.core import web
from apps.core.forms import ReasonForm
from apps.core.obligations import Obligation
from apps.core.pages import VerbPage
from apps.core.verdicts import unless
from apps.personnel import access
from apps.personnel.actions import arrivals as actions
from apps.personnel.actions import checklist as lists
from apps.personnel.models import Assignment, Site
from apps.personnel.obligations.arrivals import REPORT_IN
from apps.personnel.roles import Role
from apps.personnel.tables.papers import IncompleteFilter, IncompleteTable

Status = Assignment.Status


def may_look(user):
    return unless(
        not user.has_role(Role.HR, Role.EXECUTIVE, Role.LEAD, Role.HEAD),
        _("Whose papers are missing is for HR and those who lead or head a site."),
        clause="2.2.1b",
    )


class Incomplete(web.ListPage):
    model = Assignment
    table_class = IncompleteTable
    filterset_class = IncompleteFilter
    title = _("Not complete yet")
    subtitle = _("Planned or on site, with a document to sign or a proof to verify.")
    icon = "clipboard-check"
    empty = _("Everybody's papers are complete.")

    def may_open(self, user):
        return may_look(user)

    def get_queryset(self):
        today = timezone.localdate()
        rows = lists.coming(today).filter(access.through_site(self.request.user))
        return lists.incomplete(rows, today).select_related("person", "site")

    def get_table_kwargs(self):
        now = timezone.now()
        return {**super().get_table_kwargs(), "lists": lambda rows: lists.checklists(rows, now=now)}


@web.todo
def not_complete(user) -> web.Todo | None:
    """For HR: how many have something missing, and whose first day is nearest or longest past."""
    if not user.has_role(Role.HR):
        return None
    today = timezone.localdate()
    rows = lists.incomplete(lists.coming(today), today)
    count = rows.count()
    if not count:
        return None
    first = rows.select_related("person").first()
    return web.Todo(
        title=ngettext(
            "Papers of %(count)s person are not complete", "Papers of %(count)s people are not complete", count
        )
        % {"count": count},
        detail=_("The oldest: %(person)s, first day %(day)s.")
        % {"person": first.person, "day": date_format(first.since, "DATE_FORMAT")},
        url=reverse("arrivals"),
    )


@web.todo
def to_confirm(user) -> web.Todo | None:
    """For leads: who says they are there."""
    rows = Assignment.objects.filter(
        status=Status.PLANNED, reported_at__isnull=False, site__in=Site.objects.led_by(user)
    )
    found = list(rows.exclude(person=user).select_related("person", "site").order_by("reported_at")[:2])
    if not found:
        return None
    return web.Todo(
        title=_("Confirm the arrival of %(person)s") % {"person": found[0].person},
        detail=found[0].site.name,
        url=found[0].get_absolute_url(),
    )


def steps(user, assignment: Assignment, now) -> dict:
    """The checklist of an assignment with the buttons this person has on it."""
    found = lists.checklist(assignment, now=now)
    planned = assignment.status == Status.PLANNED
    ready = actions.may_begin(assignment, now)
    fresh = actions.not_reported(assignment)
    return {
        "assignment": assignment,
        "checklist": found,
        "own": user.pk == assignment.person_id,
        "keeps": user.has_role(Role.HR),
        "planned": planned,
        "may_report": access.may_report_in(user, assignment) & fresh & ready,
        "may_note": access.may_receive(user, assignment) & fresh & ready,
        "receives": bool(access.may_receive(user, assignment)),
        "may_arrive": access.may_receive(user, assignment) & ready & found.complete,
        "clock": Obligation.objects.kind(REPORT_IN).about(assignment).order_by("-pk").first() if planned else None,
    }


@web.panel("assignment", 5)
def checklist_of(request, assignment: Assignment):
    """For the person, HR and those who lead or head the site; nothing once the posting is over."""
    user = request.user
    if assignment.status not in lists.COMING:
        return None
    sees = user.pk == assignment.person_id or user.has_role(Role.HR, Role.EXECUTIVE)
    if not (sees or access.leads(user, assignment.site) or access.heads(user, assignment.site)):
        return None
    return "personnel/checklist_panel.html", steps(user, assignment, timezone.now())


@web.see(5)
def my_first_day(request):
    """On the home page of whoever is expected or has something to sign: what is missing, and *I am here*."""
    now = timezone.now()
    mine = lists.coming().filter(person=request.user).select_related("site", "person").order_by("since")
    for assignment in lists.with_missing(mine, timezone.localdate(now)):
        if assignment.status == Status.PLANNED or assignment.missing:
            return "personnel/checklist_panel.html", steps(request.user, assignment, now) | {"home": True}
    return None


def assignment_of(request, pk) -> Assignment:
    rows = Assignment.objects.visible_to(request.user).select_related("person", "site__lead", "site__deputy")
    return get_object_or_404(rows, pk=pk)


@require_POST
def assignment_report_in(request, pk):
    shown = assignment_of(request, pk)
    actions.report_in(shown, by=request.user, now=timezone.now())
    messages.success(request, _("Noted. The site lead was told that you are here."))
    return redirect(shown)


@require_POST
def assignment_note_arrival(request, pk):
    shown = assignment_of(request, pk)
    actions.note_arrival(shown, by=request.user, now=timezone.now())
    messages.success(request, _("Noted. They are on site once their papers are complete and you confirm it."))
    return redirect(shown)


class NotHere(VerbPage):
    model = Assignment
    verb = actions.not_here
    related = ("person", "site__lead", "site__deputy")
    form_class = ReasonForm
    title = _("Not there after all")
    button = _("Take the report back")
    intro = _("The clock runs on as if nobody had reported in; the person is told.")
    clause = "2.2.1a"
    done = _("Taken back. The clock runs on.")

    def get_form_kwargs(self):
        return super(VerbPage, self).get_form_kwargs()
