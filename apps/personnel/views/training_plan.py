"""Pages of the plan of trainings (2.4.1), of what clients ask for (2.4.2), and of the learning log (2.4.3a)."""

from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.core.attachments import Attachment
from apps.core.obligations import Obligation, with_late
from apps.core.pages import OncePage, VerbPage, offers
from apps.core.sheets import EXPORTS
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, require, unless
from apps.core.web import Hit, ListPage, Todo, panel, searches, todo
from apps.personnel import access
from apps.personnel.actions import training as actions
from apps.personnel.forms.training import AnswerForm, ClientTrainingForm, LearningForm, OutcomeForm
from apps.personnel.models import ClientTraining, LearningNote, Site
from apps.personnel.obligations.training import CLIENT_TRAINING
from apps.personnel.tables.training import (
    ClientTrainingFilter,
    ClientTrainingTable,
    LearningFilter,
    LearningTable,
    TrainingPlanTable,
)
from apps.personnel.training_plan import may_see_plan, plan_of

PANEL_ROWS = 5


# --- The plan: each site, each part of the year -------------------------------------------------------


def plan(request):
    """Every site one oversees with the periods of a year: held, planned, missing."""
    user, now = request.user, timezone.now()
    require(may_see_plan(user), NotAllowed)
    today = timezone.localdate()
    asked = request.GET.get("year", "") or request.GET.get("period", "")[:4]
    understood = asked.isdecimal() and 2000 < int(asked) < 2100
    year = int(asked) if understood else today.year
    parts, current, rows = plan_of(user, year, today=today, now=now)
    if request.GET.get("export") in EXPORTS:
        table = TrainingPlanTable(
            [{"site": site, "part": part.name, "cell": cell} for site, cells in rows for part, cell in cells]
        )
        return EXPORTS[request.GET["export"]](table, _("Training plan %(year)s") % {"year": year})
    now_cells = [cell for _site, cells in rows for part, cell in cells if part.name == current]
    return render(
        request,
        "personnel/training_plan.html",
        {
            "year": year,
            "query": f"year={year}",
            "exports": list(EXPORTS),
            "not_understood": [_("Year")] if asked and not understood else [],
            "parts": parts,
            "current": current,
            "rows": [{"site": site, "cells": cells} for site, cells in rows],
            "figures": {
                "owed": sum(cell.promise is not None and cell.promise.status != "dropped" for cell in now_cells),
                "kept": sum(cell.promise is not None and cell.promise.status == "met" for cell in now_cells),
                "missing": sum(cell.missing for cell in now_cells),
            },
            "trains": access.may_train(user),
        },
    )


# --- What clients ask for -----------------------------------------------------------------------------


def places(user):
    """Running sites where a person is stationed, or that they lead."""
    mine = Q(pk__in=access.stationed_at(user)) | Q(lead=user) | Q(deputy=user)
    return Site.objects.running().filter(mine).select_related("client")


def may_log(user):
    return unless(
        not places(user).exists(),
        _("This is logged by those who work at a site."),
        remedy=_("Ask its site lead to log it."),
        clause="2.4.2",
    )


class ClientTrainings(ListPage):
    model = ClientTraining
    table_class = ClientTrainingTable
    filterset_class = ClientTrainingFilter
    title = _("Clients' training needs")
    subtitle = _("HR answers within working days what will be done, and records what came out.")
    icon = "heart-handshake"
    empty = _("What clients want to be trained in appears here.")

    def get_queryset(self):
        return with_late(super().get_queryset().select_related("site", "contact"), timezone.now(), CLIENT_TRAINING)

    def actions(self, user):
        return [
            {
                "url": reverse("client_training_new"),
                "label": _("Log a need"),
                "icon": "plus",
                "verdict": may_log(user),
            }
        ]


class ClientTrainingNew(OncePage):
    form_class = ClientTrainingForm
    title = _("Log a client's training need")
    button = _("Log it")
    intro = _("HR answers within working days of the site what will be done.")
    clause = "2.4.2"
    done = _("Logged. HR answers within working days.")

    def may_open(self, user):
        return may_log(user)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "sites": places(self.request.user)}

    def make(self, inputs):
        now = timezone.now()
        inputs["asked_at"] = inputs["asked_at"] or now
        return actions.log_client_training(**inputs, by=self.request.user, now=now)


def client_training(request, pk):
    rows = ClientTraining.objects.visible_to(request.user).select_related("site", "contact", "logged_by", "answered_by")
    shown = get_object_or_404(rows, pk=pk)
    verbs = (actions.answer_client_training, actions.close_client_training)
    return render(
        request,
        "personnel/client_training.html",
        {
            "shown": shown,
            "offers": offers(request.user, shown, *verbs),
            "promise": Obligation.objects.about(shown).kind(CLIENT_TRAINING).first(),
            "events": Event.objects.about(shown).select_related("actor"),
        },
    )


class ClientTrainingAnswer(VerbPage):
    model = ClientTraining
    verb = actions.answer_client_training
    related = ("site__lead", "site__deputy", "contact", "logged_by")
    form_class = AnswerForm
    title = _("Answer the client's need")
    button = _("Answer")
    clause = "2.4.2"
    done = _("Answered. Those of the site were told.")


class ClientTrainingClose(VerbPage):
    model = ClientTraining
    verb = actions.close_client_training
    related = ("site", "contact")
    form_class = OutcomeForm
    title = _("Close the client's need")
    button = _("Close")
    clause = "2.4.2"
    done = _("Closed. The outcome is on record.")


def waiting_for(user):
    """The badge in the menu: needs that HR has not answered yet."""
    rows = ClientTraining.objects.unanswered()
    return rows if access.may_answer_training(user) else rows.none()


@todo
def unanswered(user) -> Todo | None:
    """For HR: what clients want to be trained in and nobody has answered."""
    first = waiting_for(user).order_by("asked_at", "pk").select_related("site").first()
    if first is None:
        return None
    count = waiting_for(user).count()
    due = Obligation.objects.about(first).kind(CLIENT_TRAINING).open().values_list("due_at", flat=True).first()
    return Todo(
        title=ngettext("Answer %(count)s client's training need", "Answer %(count)s clients' training needs", count)
        % {"count": count},
        detail=_("The oldest: %(what)s, %(site)s.") % {"what": first.title, "site": first.site.name},
        url=f"{reverse('client_trainings')}?status=new",
        due_at=due,
    )


@panel("site", 46)
def of_site(request, site):
    """What the client of a site wants to be trained in and is not closed."""
    rows = ClientTraining.objects.visible_to(request.user).filter(site=site).exclude(status="closed")
    rows = list(rows.order_by("asked_at")[:PANEL_ROWS])
    return ("personnel/client_training_panel.html", {"rows": rows, "site": site}) if rows else None


@searches(_("Clients' training needs"))
def find_client_trainings(user, words, most):
    rows = ClientTraining.objects.visible_to(user).filter(title__icontains=words.strip()).select_related("site")
    return [Hit(one.title, one.site.name, one.get_absolute_url(), "heart-handshake") for one in rows[:most]]


# --- Learning of one's own ----------------------------------------------------------------------------


class LearningNotes(ListPage):
    model = LearningNote
    table_class = LearningTable
    filterset_class = LearningFilter
    title = _("Learning log")
    subtitle = _("What people learn on their own. Seen by them, their site lead and HR.")
    icon = "note"
    empty = _("Note what you learned: a course, a book, a trick of the trade.")

    def get_queryset(self):
        return super().get_queryset().select_related("person", "skill")

    def actions(self, user):
        return [{"url": reverse("learning_note_new"), "label": _("Note something"), "icon": "plus"}]


class LearningNoteNew(OncePage):
    form_class = LearningForm
    title = _("Note what I learned")
    button = _("Note it")
    intro = _("Seen by you, your site lead and HR.")
    clause = "2.4.3a"
    done = _("Noted.")

    def make(self, inputs):
        return actions.note_learning(**inputs, by=self.request.user, now=timezone.now())


def learning_note(request, pk):
    shown = get_object_or_404(LearningNote.objects.visible_to(request.user).select_related("person", "skill"), pk=pk)
    return render(request, "personnel/learning_note.html", {"shown": shown, "files": Attachment.objects.about(shown)})


@panel("person", 43)
def learning_of_person(request, person):
    """What somebody learned, for those who may see it."""
    rows = list(LearningNote.objects.visible_to(request.user).filter(person=person)[:PANEL_ROWS])
    if not rows and request.user != person:
        return None
    return "personnel/learning_panel.html", {"rows": rows, "person": person, "own": request.user == person}
