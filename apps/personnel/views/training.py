"""Pages of trainings: the list and the month, a session, its places, its attendance list, results, feedback (2.4.1)."""

from calendar import Calendar
from datetime import date, datetime, time, timedelta

import segno
from django.conf import settings
from django.contrib import messages
from django.db.models import Avg, Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.core.pages import OncePage, offers
from apps.core.transitions import Event
from apps.core.verdicts import PolicyBroken, WrongState, require
from apps.core.views.approvals import approvals_context
from apps.core.web import FormPage, Hit, ListPage, panel, searches
from apps.personnel import access
from apps.personnel.actions import training as actions
from apps.personnel.forms.training import (
    SESSION_FIELDS,
    AskPlaceForm,
    EnrolForm,
    FeedbackForm,
    ResultsForm,
    SessionEditForm,
    SessionForm,
    WhyForm,
)
from apps.personnel.models import Assignment, Enrolment, Site, TrainingSession, User
from apps.personnel.tables.training import SessionFilter, SessionTable

PANEL_ROWS = 5
MOST_IN_MONTH = 300
SEATS = Count("enrolments", filter=Q(enrolments__status__in=["in_review", "approved"]), distinct=True)


# --- The list and the month ---------------------------------------------------------------------------


def sessions_for(user):
    rows = TrainingSession.objects.visible_to(user).select_related("course", "site", "trainer")
    return rows.annotate(taken=SEATS)


class Sessions(ListPage):
    model = TrainingSession
    table_class = SessionTable
    filterset_class = SessionFilter
    title = _("Trainings")
    subtitle = _("Every site is trained regularly; ask for a place, and your site lead answers.")
    icon = "book"
    empty = _("Sessions of courses appear here.")

    def get_queryset(self):
        return sessions_for(self.request.user)

    def actions(self, user):
        found = [{"url": reverse("training_month"), "label": _("Month"), "icon": "calendar", "tone": "neutral"}]
        if access.sees_owed_somewhere(user):
            found.append({"url": reverse("training_plan"), "label": _("Plan"), "icon": "target", "tone": "neutral"})
        if access.may_train(user):
            found.append({"url": reverse("courses"), "label": _("Courses"), "icon": "book", "tone": "neutral"})
            found.append({"url": reverse("training_session_new"), "label": _("Plan a session"), "icon": "plus"})
        return found


def month(request):
    """A calendar month of sessions, each on the day it has where it is held."""
    user, today = request.user, timezone.localdate()
    named = _month_asked(request)
    shown = named or today.replace(day=1)
    after = (shown + timedelta(days=31)).replace(day=1)
    zone, around = timezone.get_current_timezone(), timedelta(days=2)
    inside = [datetime.combine(day, time.min, zone) for day in (shown - around, after + around)]
    rows = sessions_for(user).filter(status="planned", begins_at__range=inside).order_by("begins_at")
    found = list(rows[:MOST_IN_MONTH])
    mine = set(Enrolment.objects.seated().filter(person=user, session__in=found).values_list("session_id", flat=True))
    by_day: dict[date, list[TrainingSession]] = {}
    for session in found:
        session.local = session.begins_at.astimezone(session.site.zone if session.site else zone)
        session.mine = session.pk in mine
        session.full = session.taken >= session.places
        by_day.setdefault(session.local.date(), []).append(session)
    weeks = Calendar().monthdatescalendar(shown.year, shown.month)
    return render(
        request,
        "personnel/training_month.html",
        {
            "not_understood": [_("Month")] if request.GET.get("month") and not named else [],
            "month": shown,
            "month_name": f"{shown:%Y-%m}",
            "before": f"{shown - timedelta(days=1):%Y-%m}",
            "after": f"{after:%Y-%m}",
            "weeks": [[{"day": day, "sessions": by_day.get(day, [])} for day in week] for week in weeks],
            "today": today,
            "any": any(day.month == shown.month for day in by_day),
            "may_train": access.may_train(user),
        },
    )


def _month_asked(request) -> date | None:
    """The month in the address, if it is one of our century."""
    try:
        found = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return None
    return found if 2000 < found.year < 2100 else None


class SessionNew(OncePage):
    form_class = SessionForm
    title = _("Plan a session")
    button = _("Plan it")
    clause = "2.4.1"
    done = _("Planned. Now enrol people, or wait for them to ask.")

    def may_open(self, user):
        self.back = reverse("training_sessions")
        return access.may_train(user)

    def make(self, inputs):
        values = {name: inputs[name] for name in SESSION_FIELDS}
        return actions.plan_session(**values, by=self.request.user, now=timezone.now())


# --- One session --------------------------------------------------------------------------------------

RELATED = ("course__skill", "site__lead", "site__deputy", "site__department", "trainer")


def session_of(request, pk) -> TrainingSession:
    return get_object_or_404(TrainingSession.objects.visible_to(request.user).select_related(*RELATED), pk=pk)


def session(request, pk):
    shown = session_of(request, pk)
    user, now = request.user, timezone.now()
    marks = access.may_mark(user, shown)
    seats = shown.enrolments.visible_to(user).exclude(status="withdrawn").select_related("person", "site")
    rows = list(seats)
    for row in rows:
        row.may_mark = marks & actions.can_mark(row, user, now)
        row.may_unmark = bool(marks and actions.can_unmark(row))
        row.may_cancel = bool(actions.may_cancel_place(user, row) and actions.can_cancel_place(row, user, now))
    own = next((row for row in rows if row.person_id == user.pk), None)
    trains = access.may_train(user)
    taken = shown.enrolments.seated().count()
    return render(
        request,
        "personnel/training_session.html",
        {
            "shown": shown,
            "rows": rows,
            "own": own,
            "taken": taken,
            "free": max(0, shown.places - taken),
            "present": shown.enrolments.present().count(),
            "offers": offers(user, shown, actions.cancel_session),
            "trains": trains,
            "may_change": trains & actions.can_change(shown),
            "may_enrol": trains & actions.can_join(shown),
            "may_ask": actions.can_join(shown) & actions.may_ask_place(user, shown, now),
            "marks": marks,
            "code": code_of(shown) if marks and shown.status == "planned" and not closed(shown, now) else "",
            "can_judge": bool(trains)
            and shown.ends_at <= now
            and shown.enrolments.present().filter(result="").exclude(person=user).exists(),
            "may_feed": actions.may_give_feedback(user, shown) & actions.can_give_feedback(user, shown, now),
            "feedback": shown.feedback.select_related("person") if access.reads_feedback(user, shown) else [],
            "rating": shown.feedback.aggregate(mean=Avg("rating"))["mean"],
            "names_feedback": bool(trains),
            "same_zone": shown.site is None or str(user.zone) == shown.site.time_zone,
            "events": Event.objects.about(shown).select_related("actor") if trains or marks else None,
        },
    )


def closed(shown: TrainingSession, now) -> bool:
    return now > shown.ends_at + actions.policy.LATE


def code_of(shown: TrainingSession) -> str:
    """The code in the room: a drawing that leads to the page on which one marks oneself present."""
    address = f"{settings.PUBLIC_URL}{reverse('training_attend', args=[shown.token])}"
    drawn = segno.make(address, error="m").svg_inline(
        scale=4, border=2, light="#fff", dark="#000", omitsize=True, svgclass="qr", lineclass=None
    )
    return mark_safe(drawn)


class SessionPage(FormPage):
    """A form about one session; HR keeps it."""

    clause = "2.4.1"

    def may_open(self, user):
        self.thing = session_of(self.request, self.kwargs["pk"])
        self.back = self.thing.get_absolute_url()
        self.intro = str(self.thing)
        return self.may(user)

    def may(self, user):
        return access.may_train(user)

    @property
    def stamp(self) -> dict:
        return {"by": self.request.user, "now": timezone.now()}


class SessionEdit(SessionPage):
    form_class = SessionEditForm
    title = _("Change the session")
    done = _("Changed. Those with a place were told of a new time or place.")

    def may(self, user):
        verdict = access.may_train(user)
        if verdict:
            require(actions.can_change(self.thing), WrongState)
        return verdict

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "instance": TrainingSession.objects.get(pk=self.thing.pk)}

    def act(self, form):
        return actions.change_session(self.thing, **form.cleaned_data, **self.stamp)


class SessionCancel(SessionPage):
    form_class = WhyForm
    title = _("Cancel the session")
    button = _("Cancel the session")
    done = _("Cancelled; everybody with a place was told.")

    def may(self, user):
        verdict = access.may_train(user)
        if verdict:
            require(actions.can_change(self.thing), WrongState)
        return verdict

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "thing": self.thing, "user": self.request.user}

    def act(self, form):
        return actions.cancel_session(self.thing, **form.cleaned_data, **self.stamp)


class SessionOncePage(OncePage, SessionPage):
    """The same, stored once however often it is sent."""


class SessionEnrol(SessionOncePage):
    form_class = EnrolForm
    title = _("Enrol people")
    button = _("Enrol")
    done = _("Enrolled; they were told.")

    def make(self, inputs):
        people = [inputs["person"]] if inputs["person"] else []
        site = inputs["everybody_of"]
        if site:
            people += self.everybody_of(site)
        try:
            actions.enrol(self.thing, people=people, **self.stamp)
        except PolicyBroken as refused:
            if site and "person" in refused.fields:  # it stands beside what was typed
                raise PolicyBroken(refused.verdict, fields={"everybody_of": refused.fields["person"]}) from refused
            raise
        return self.thing

    def everybody_of(self, site: Site) -> list[User]:
        """Those stationed there on the day of the session who have no place yet."""
        day = self.thing.begins_at.astimezone(site.zone).date()
        there = Assignment.objects.active_on(day).filter(site=site).values("person_id")
        seated = self.thing.enrolments.seated().values("person_id")
        return list(User.objects.filter(pk__in=there, is_active=True).exclude(pk__in=seated))


class SessionAsk(SessionOncePage):
    form_class = AskPlaceForm
    title = _("Ask for a place")
    button = _("Ask the site lead")
    done = _("Asked. The place is held for you until your site lead answers.")

    def may(self, user):
        require(actions.can_join(self.thing) & actions.may_ask_place(user, self.thing, timezone.now()), WrongState)
        return True

    def make(self, inputs):
        return actions.ask_place(self.thing, **inputs, **self.stamp)


class SessionResults(SessionPage):
    form_class = ResultsForm
    title = _("Results")
    button = _("Enter the results")
    done = _("Entered. Who passed has the level verified.")

    def get_form_kwargs(self):
        open_ones = self.thing.enrolments.present().filter(result="").exclude(person=self.request.user)
        return {**super().get_form_kwargs(), "enrolments": list(open_ones.select_related("person"))}

    def act(self, form):
        actions.enter_results(form.given(), **self.stamp)
        return self.thing


class SessionFeedback(SessionOncePage):
    form_class = FeedbackForm
    title = _("Your feedback")
    button = _("Send it")
    done = _("Thank you. Others read it without your name.")

    def may(self, user):
        verdict = actions.may_give_feedback(user, self.thing)
        if verdict:
            require(actions.can_give_feedback(user, self.thing, timezone.now()), WrongState)
        return verdict

    def make(self, inputs):
        actions.give_feedback(self.thing, **inputs, **self.stamp)
        return self.thing


# --- The code in the room -----------------------------------------------------------------------------


def attend(request, token):
    """Where the code leads: who is on the list marks themselves present, during the session."""
    shown = get_object_or_404(TrainingSession.objects.visible_to(request.user).select_related(*RELATED), token=token)
    user, now = request.user, timezone.now()
    if request.method == "POST":
        actions.sign_in(shown, by=user, now=now)
        messages.success(request, _("You are marked present."))
        return redirect("training_attend", token)
    own = shown.enrolments.filter(person=user, status="approved").first()
    return render(
        request,
        "personnel/training_attend.html",
        {"shown": shown, "own": own, "may": actions.may_sign_in(user, shown, now)},
    )


# --- One place ----------------------------------------------------------------------------------------


def enrolment_of(request, pk) -> Enrolment:
    related = ("session__course", "session__site", "session__trainer", "person", "site__lead", "site__deputy")
    rows = Enrolment.objects.visible_to(request.user).select_related(*related, "asked_by", "result_by", "attended_by")
    return get_object_or_404(rows, pk=pk)


def enrolment(request, pk):
    shown = enrolment_of(request, pk)
    user, now = request.user, timezone.now()
    may_cancel = actions.may_cancel_place(user, shown) & actions.can_cancel_place(shown, user, now)
    return render(
        request,
        "personnel/enrolment.html",
        {
            "shown": shown,
            "session": shown.session,
            "may_cancel": may_cancel,
            "may_correct": actions.may_judge(user, shown) & actions.can_correct(shown),
            "events": Event.objects.about(shown).select_related("actor"),
        }
        | approvals_context(user, shown),
    )


@require_POST
def enrolment_present(request, pk):
    shown = enrolment_of(request, pk)
    actions.mark_present(shown, by=request.user, now=timezone.now())
    return redirect(shown.session)


@require_POST
def enrolment_absent(request, pk):
    shown = enrolment_of(request, pk)
    actions.mark_absent(shown, by=request.user, now=timezone.now())
    return redirect(shown.session)


class ResultCorrect(FormPage):
    form_class = WhyForm
    title = _("Correct a result")
    clause = "2.4.1"
    done = _("The result is corrected.")

    def may_open(self, user):
        self.thing = enrolment_of(self.request, self.kwargs["pk"])
        self.back, result = self.thing.get_absolute_url(), self.thing.get_result_display()
        self.intro = f"{self.thing} · {result}" if result else str(self.thing)
        self.button = _("It was not passed") if self.thing.result == "passed" else _("It was passed")
        verdict = actions.may_judge(user, self.thing)
        if verdict:
            require(actions.can_correct(self.thing), WrongState)
        return verdict

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "thing": self.thing, "user": self.request.user}

    def act(self, form):
        reason = form.cleaned_data["reason"]
        return actions.correct_result(self.thing, reason=reason, by=self.request.user, now=timezone.now())


class EnrolmentCancel(FormPage):
    form_class = WhyForm
    title = _("Give the place back")
    button = _("Give it back")
    clause = "2.4.1"
    done = _("The place is free again.")

    def may_open(self, user):
        self.thing = enrolment_of(self.request, self.kwargs["pk"])
        self.back, self.intro = self.thing.session.get_absolute_url(), str(self.thing)
        verdict = actions.may_cancel_place(user, self.thing)
        if verdict:
            require(actions.can_cancel_place(self.thing, user, timezone.now()), WrongState)
        return verdict

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "thing": self.thing, "user": self.request.user}

    def get_form(self, form_class=None):
        form = super().get_form(form_class)
        form.fields["reason"].required = self.thing.person_id != self.request.user.pk
        return form

    def act(self, form):
        actions.cancel_place(self.thing, **form.cleaned_data, by=self.request.user, now=timezone.now())
        return self.thing.session


# --- Elsewhere ----------------------------------------------------------------------------------------


@searches(_("Trainings"))
def find_sessions(user, words, most):
    rows = TrainingSession.objects.visible_to(user).filter(course__name__icontains=words.strip())
    found = rows.select_related("course", "site")[:most]
    return [Hit(str(one), f"{one.begins_at:%Y-%m-%d}", one.get_absolute_url(), "book") for one in found]


@panel("person", 42)
def of_person(request, person):
    """The trainings of a person, with their results."""
    rows = Enrolment.objects.visible_to(request.user).filter(person=person).exclude(status="withdrawn")
    rows = list(rows.select_related("session__course", "session__site").order_by("-session__begins_at")[:PANEL_ROWS])
    if not rows:
        return None
    return "personnel/training_person_panel.html", {"rows": rows, "person": person}


@panel("site", 44)
def of_site(request, site):
    """What is coming at a site, for those who see it."""
    rows = sessions_for(request.user).filter(Q(site=site) | Q(site=None), status="planned", ends_at__gte=timezone.now())
    rows = list(rows.order_by("begins_at")[:PANEL_ROWS])
    if not rows:
        return None
    return "personnel/training_site_panel.html", {"rows": rows, "site": site}
