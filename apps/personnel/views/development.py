"""Pages of development talks, their goals, and promotions and transfers (2.4.3b)."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.core.obligations import Obligation
from apps.core.pages import OncePage, VerbPage, offers
from apps.core.transitions import Event
from apps.core.web import ListPage, Todo, panel, todo
from apps.personnel import access
from apps.personnel.actions import development as actions
from apps.personnel.forms.development import CareerForm, CommentForm, TalkForm
from apps.personnel.models import CareerChange, DevelopmentGoal, DevelopmentTalk, User
from apps.personnel.obligations.development import DEVELOPMENT_TALK
from apps.personnel.roles import Role
from apps.personnel.tables.development import CareerFilter, CareerTable, TalkFilter, TalkTable

PANEL_ROWS = 3


class Talks(ListPage):
    model = DevelopmentTalk
    table_class = TalkTable
    filterset_class = TalkFilter
    title = _("Development talks")
    subtitle = _("Once a year with everybody on site: what was said, and what was agreed.")
    icon = "messages"
    empty = _("Talks are written down on the page of the person they were held with.")

    def get_queryset(self):
        rows = super().get_queryset().select_related("person", "site", "held_by")
        return rows.annotate(open_goals=Count("goals", filter=Q(goals__status="open")))

    def actions(self, user):
        if not user.has_role(Role.HR, Role.EXECUTIVE, Role.LEAD, Role.HEAD):
            return []
        return [
            {
                "url": reverse("career_changes"),
                "label": _("Promotions and transfers"),
                "icon": "award",
                "tone": "neutral",
            },
            {
                "url": f"{reverse('obligations')}?kind={DEVELOPMENT_TALK.key}",
                "label": _("Talks due"),
                "icon": "clock",
                "tone": "neutral",
            },
        ]


def talk(request, pk):
    rows = DevelopmentTalk.objects.visible_to(request.user).select_related("person", "site", "held_by")
    shown = get_object_or_404(rows, pk=pk)
    user, now = request.user, timezone.now()
    return render(
        request,
        "personnel/development_talk.html",
        {
            "shown": shown,
            "goals": shown.goals.all(),
            "states": DevelopmentGoal.Status.choices,
            "may_set": bool(actions.may_talk(user, shown.person, now)),
            "offers": offers(user, shown, actions.confirm_talk, actions.comment_talk) if user == shown.person else {},
            "changes": CareerChange.objects.visible_to(user).filter(talk=shown),
            "events": Event.objects.about(shown).select_related("actor"),
        },
    )


class AboutPerson(OncePage):
    """A form about one person, stored once."""

    clause = "2.4.3b"

    def may_open(self, user):
        self.shown = get_object_or_404(User.objects.visible_to(user), pk=self.kwargs["pk"])
        self.back, self.intro = self.shown.get_absolute_url(), self.shown.name
        return self.may(user)


class TalkNew(AboutPerson):
    form_class = TalkForm
    title = _("Write down a talk")
    button = _("Write it down")
    done = _("Written down. The person was asked to confirm or comment.")

    def may(self, user):
        return actions.may_talk(user, self.shown, timezone.now())

    def act(self, form):
        self.form = form
        return super().act(form)

    def make(self, inputs):
        goals = self.form.goals(inputs)
        return actions.record_talk(self.shown, **inputs, goals=goals, by=self.request.user, now=timezone.now())


@require_POST
def talk_confirm(request, pk):
    shown = get_object_or_404(DevelopmentTalk.objects.visible_to(request.user), pk=pk)
    actions.confirm_talk(shown, by=request.user, now=timezone.now())
    messages.success(request, _("Confirmed."))
    return redirect(shown)


class TalkComment(VerbPage):
    model = DevelopmentTalk
    verb = actions.comment_talk
    related = ("person",)
    form_class = CommentForm
    title = _("Comment on the talk")
    button = _("Sign with this comment")
    clause = "2.4.3b"
    done = _("Signed. Your comment stands beside what was written.")


@require_POST
def goal_set(request, pk):
    goal = get_object_or_404(DevelopmentGoal.objects.visible_to(request.user).select_related("talk__person"), pk=pk)
    actions.set_goal(goal, status=request.POST.get("status", ""), by=request.user, now=timezone.now())
    return redirect(goal)


class CareerChanges(ListPage):
    model = CareerChange
    table_class = CareerTable
    filterset_class = CareerFilter
    title = _("Promotions and transfers")
    subtitle = _("Each names what it rests on.")
    icon = "award"
    empty = _("HR enters them on the page of the person.")

    def get_queryset(self):
        return super().get_queryset().select_related("person", "grade", "department", "enrolment__session__course")


def career_change(request, pk):
    related = ("person", "grade", "grade_before", "department", "department_before", "talk", "decided_by")
    rows = CareerChange.objects.visible_to(request.user).select_related(*related, "enrolment__session__course")
    return render(request, "personnel/career_change.html", {"shown": get_object_or_404(rows, pk=pk)})


class CareerNew(AboutPerson):
    form_class = CareerForm
    title = _("Promote or transfer")
    button = _("Enter it")
    done = _("Entered. Grade and department of the person have changed.")

    def may(self, user):
        return access.may_promote(user, self.shown)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "person": self.shown}

    def make(self, inputs):
        return actions.change_career(self.shown, **inputs, by=self.request.user, now=timezone.now())


# --- Elsewhere ----------------------------------------------------------------------------------------


@todo
def to_sign(user) -> Todo | None:
    """A talk with this person that waits for their word."""
    shown = DevelopmentTalk.objects.filter(person=user, status=DevelopmentTalk.Status.HELD).first()
    if shown is None:
        return None
    return Todo(
        title=str(_("Confirm or comment your development talk")),
        detail=str(_("Held by %(person)s.") % {"person": shown.held_by.name}),
        url=shown.get_absolute_url(),
    )


@panel("person", 41)
def of_person(request, person):
    """Talks, goals, promotions and transfers of a person, for those who may see them."""
    user, now = request.user, timezone.now()
    may_talk = actions.may_talk(user, person, now)
    may_promote = access.may_promote(user, person)
    talks = list(DevelopmentTalk.objects.visible_to(user).filter(person=person).select_related("held_by")[:PANEL_ROWS])
    changes = list(CareerChange.objects.visible_to(user).filter(person=person)[:PANEL_ROWS])
    if not (talks or changes or may_talk or user == person):
        return None
    due = Obligation.objects.visible_to(user).kind(DEVELOPMENT_TALK).open().about(person).first()
    return "personnel/development_panel.html", {
        "person": person,
        "talks": talks,
        "changes": changes,
        "due": due,
        "may_talk": may_talk,
        "may_promote": may_promote,
    }
