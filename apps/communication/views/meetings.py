"""Pages of meetings with the client: the month, one meeting, who will miss the month, and waivers (7.1.1)."""

from calendar import Calendar
from datetime import date, datetime, time, timedelta

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.communication import access
from apps.communication.actions import meetings as actions
from apps.communication.forms.at_site import places
from apps.communication.forms.meetings import (
    CancelForm,
    ConfirmForm,
    HeldForm,
    MeetingFilesForm,
    MeetingForm,
    NewMeetingForm,
    SiteForm,
    WaiverForm,
    WaiverReviseForm,
)
from apps.communication.models import Meeting, MeetingWaiver
from apps.communication.obligations.meetings import MONTHLY_MEETING, will_miss
from apps.communication.policy.meetings import first_day, month_after, month_before
from apps.communication.tables.meetings import (
    ForecastFilter,
    ForecastTable,
    MeetingFilter,
    MeetingTable,
    WaiverFilter,
    WaiverTable,
    found_by,
)
from apps.communication.views.subjects import SiteList, site_panel
from apps.core.attachments import Attachment
from apps.core.obligations import Obligation, month_of
from apps.core.pages import OncePage, VerbPage, offers
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, no, require, unless
from apps.core.views.approvals import approvals_context
from apps.core.web import FormPage, Hit, ListPage, Todo, panel, searches, see, todo
from apps.personnel import access as personnel
from apps.personnel.models import Site, User
from apps.personnel.roles import Role

MOST_IN_MONTH = 500  # more than this in one month is not drawn: a site must be chosen
CENTURY = range(2000, 2100)
PANEL_ROWS = 5
VERBS = (actions.change_meeting, actions.record_held, actions.confirm, actions.cancel)


def may_plan(user):
    return unless(
        not places(user).exists(),
        _("Meetings are planned by those who work at a site."),
        remedy=_("Ask its site lead."),
        clause="7.1.1",
    )


def plannable(user) -> frozenset[int]:
    """Sites, by id, where this person may plan a meeting."""
    return frozenset(places(user).values_list("pk", flat=True))


def month_asked(request) -> date | None:
    """The month in the address, if it is one of our century."""
    try:
        found = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return None
    return found if found.year in CENTURY else None


# --- The month ----------------------------------------------------------------------------------------


def month(request):
    """A calendar month of meetings, each on the day it has at its own site."""
    user = request.user
    require(access.may_look(user), NotAllowed)
    named = month_asked(request)
    shown = named or first_day(timezone.localdate())
    sites = Site.objects.filter(personnel.at_site(user, "")).running()
    asked = request.GET.get("site", "")
    site = sites.filter(pk=asked).first() if asked.isdecimal() else None
    around = timedelta(days=2)
    weeks = Calendar().monthdatescalendar(shown.year, shown.month)
    zone = timezone.get_current_timezone()
    rows = (
        Meeting.objects.visible_to(user)
        .exclude(status=Meeting.Status.CANCELLED)
        .filter(begins_at__range=(_midnight(shown - around, zone), _midnight(month_after(shown) + around, zone)))
        .select_related("site")
        .annotate(clients=Count("contacts"))
        .order_by("begins_at")
    )
    promises = Obligation.objects.visible_to(user).kind(MONTHLY_MEETING).filter(period=month_of(shown))
    if site:
        rows, promises = rows.filter(site=site), promises.filter(site=site)
    found = list(rows[: MOST_IN_MONTH + 1])
    by_day: dict[date, list[Meeting]] = {}
    for meeting in found[:MOST_IN_MONTH]:
        meeting.local = meeting.begins_at.astimezone(meeting.site.zone)
        by_day.setdefault(meeting.local.date(), []).append(meeting)
    now, status = timezone.now(), Obligation.Status
    figures = promises.aggregate(
        owed=Count("pk", filter=~Q(status=status.DROPPED)),
        met=Count("pk", filter=Q(status=status.MET)),
        waived=Count("pk", filter=Q(status=status.DROPPED)),
    )
    all_of_them = personnel.oversees(user, site) if site else personnel.oversees_some(user)
    return render(
        request,
        "communication/meeting_month.html",
        {
            "not_understood": [
                label
                for name, label, found in (("month", _("Month"), named), ("site", _("Site"), site))
                if request.GET.get(name) and not found
            ],
            "month": shown,
            "month_name": month_of(shown),
            "before": month_of(month_before(shown)),
            "after": month_of(month_after(shown)),
            "weeks": [[{"day": day, "meetings": by_day.get(day, [])} for day in week] for week in weeks],
            "today": timezone.localdate(),
            "any": any(one.local.month == shown.month for one in found[:MOST_IN_MONTH]),
            "too_many": len(found) > MOST_IN_MONTH,
            "sites": sites,
            "site": site,
            "figures": figures if all_of_them else None,
            "missing": will_miss(promises, now).count() if all_of_them else None,
            "own": promises.filter(owner=user).first(),
            "may_plan": may_plan(user),
            "plan_url": reverse("meeting_new") + (f"?site={site.pk}" if site else ""),
            "may_forecast": access.may_forecast(user),
        },
    )


def _midnight(day: date, zone):
    return datetime.combine(day, time.min, zone)


class MeetingList(SiteList):
    model = Meeting
    table_class = MeetingTable
    filterset_class = MeetingFilter
    title = _("All meetings")
    icon = "calendar-event"
    empty = _("Meetings with clients appear here.")

    def get_queryset(self):
        rows = super().get_queryset().select_related("site", "organiser")
        return rows.annotate(clients=Count("contacts"))

    def actions(self, user):
        return [
            {"url": reverse("meetings"), "label": _("Month"), "icon": "calendar", "tone": "neutral"},
            {
                "url": reverse("meeting_new"),
                "label": _("Plan a meeting"),
                "icon": "plus",
                "verdict": may_plan(user),
            },
        ]


class Forecast(ListPage):
    model = Obligation
    table_class = ForecastTable
    filterset_class = ForecastFilter
    title = _("Will miss this month")
    subtitle = _("Who has to meet the client this month and has no meeting ahead that could count.")
    icon = "clock-exclamation"
    empty = _("Everybody has met the client or will.")

    def may_open(self, user):
        return access.may_forecast(user)

    def get_queryset(self):
        rows = super().get_queryset().select_related("person", "site__lead")
        return will_miss(rows, timezone.now())

    def get_table_kwargs(self):
        return {**super().get_table_kwargs(), "plannable": plannable(self.request.user)}


# --- One meeting --------------------------------------------------------------------------------------

RELATED = ("site__lead", "site__deputy", "site__department", "organiser", "confirmed_by", "confirmed_for")


def meeting_of(request, pk) -> Meeting:
    rows = Meeting.objects.visible_to(request.user).select_related(*RELATED)
    return get_object_or_404(rows.prefetch_related("staff", "contacts__client"), pk=pk)


def meeting(request, pk):
    shown = meeting_of(request, pk)
    user = request.user
    day = shown.begins_at.astimezone(shown.site.zone).date()
    return render(
        request,
        "communication/meeting_detail.html",
        {
            "shown": shown,
            "offers": offers(user, shown, *VERBS),
            "counts": actions.counts(shown),
            "may_add": access.may_change_meeting(user, shown),
            "files": Attachment.objects.about(shown),
            "files_form": MeetingFilesForm(),
            "kept": Obligation.objects.visible_to(user)
            .kind(MONTHLY_MEETING)
            .filter(site=shown.site, period=month_of(day), person__in=shown.staff.all())
            .select_related("person"),
            "events": Event.objects.about(shown).select_related("actor"),
            "same_zone": str(user.zone) == shown.site.time_zone,
        },
    )


class MeetingNew(OncePage):
    """Asks for the site first, where a person works for several; then for the people of that site."""

    title = _("Plan a meeting")
    intro = _("Everybody on a site meets the client face to face once a month.")
    clause = "7.1.1"

    def may_open(self, user):
        return may_plan(user)

    @cached_property
    def site(self) -> Site | None:
        mine = places(self.request.user).select_related("lead", "deputy", "department")
        asked = self.request.GET.get("site", "")
        if asked.isdecimal():
            return get_object_or_404(mine, pk=asked)
        first = list(mine[:2])
        return first[0] if len(first) == 1 else None

    def get(self, request, *args, **kwargs):
        if self.site is None:
            context = {"form": SiteForm(user=request.user), "title": self.title, "clause_code": self.clause}
            return render(request, "communication/meeting_site.html", context)
        return super().get(request, *args, **kwargs)

    def get_form_class(self):
        if self.site is None:
            raise PolicyBroken(no(_("Choose a site first."), remedy=_("Begin again from “Plan a meeting”.")))
        return NewMeetingForm

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "site": self.site}

    def get_initial(self):
        asked = self.request.GET.get("staff", "")
        return {"staff": [asked if asked.isdecimal() else self.request.user.pk]}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"intro": f"{self.site} · {self.site.client}"}

    def make(self, inputs):
        held, told = inputs.pop("held"), {name: inputs.pop(name) for name in ("minutes", "files")}
        stamp = {"site": self.site, "by": self.request.user, "now": timezone.now()}
        return actions.log_meeting(**inputs, **told, **stamp) if held else actions.plan_meeting(**inputs, **stamp)


class MeetingPage(VerbPage):
    model = Meeting
    related = RELATED
    clause = "7.1.1"


class MeetingEdit(MeetingPage):
    verb = actions.change_meeting
    form_class = MeetingForm
    title = _("Change the meeting")
    button = _("Keep the change")

    def get_form_kwargs(self):
        given = super().get_form_kwargs()
        del given["thing"], given["user"]
        return {**given, "site": self.thing.site, "meeting": self.thing}

    def get_initial(self):
        shown = self.thing
        return {
            **{name: getattr(shown, name) for name in ("mode", "begins_at", "place", "agenda")},
            "staff": shown.staff.all(),
            "contacts": shown.contacts.all(),
        }


class MeetingHeld(MeetingPage):
    verb = actions.record_held
    form_class = HeldForm
    title = _("The meeting took place")
    button = _("Record it")
    done = _("Recorded.")

    def get_initial(self):
        shown = self.thing
        return {
            "begins_at": shown.begins_at,
            "staff": shown.staff.all(),
            "contacts": shown.contacts.all(),
            "minutes": shown.minutes,
        }


class MeetingConfirm(MeetingPage):
    verb = actions.confirm
    form_class = ConfirmForm
    title = _("Confirm the meeting")
    button = _("Confirm")
    intro = _("You say that it took place face to face with the client. From then on it counts for the month.")
    done = _("Confirmed. It counts for everybody of us who took part.")


class MeetingCancel(MeetingPage):
    verb = actions.cancel
    form_class = CancelForm
    title = _("Cancel the meeting")
    button = _("Cancel the meeting")


class MeetingFiles(FormPage):
    form_class = MeetingFilesForm
    title = _("Add photos or files")
    button = _("Add")
    clause = "7.1.1"

    def may_open(self, user):
        self.thing = meeting_of(self.request, self.kwargs["pk"])
        self.back = self.thing.get_absolute_url()
        return access.may_change_meeting(user, self.thing)

    def act(self, form):
        actions.add_files(self.thing, files=form.cleaned_data["files"], by=self.request.user, now=timezone.now())
        return self.thing


# --- Waivers ------------------------------------------------------------------------------------------


def may_ask(user):
    """Whoever stands on a site, leads or heads one, and HR."""
    return unless(
        not (places(user).exists() or user.has_role(Role.HR)),
        _("A waiver is asked for by the person, the site lead or HR."),
        remedy=_("Ask one of them."),
        clause="7.1.1",
    )


class WaiverList(SiteList):
    model = MeetingWaiver
    table_class = WaiverTable
    filterset_class = WaiverFilter
    title = _("Meeting waivers")
    subtitle = _("Months for which no meeting was possible. The department head decides.")
    icon = "shield-check"
    empty = _("Months that somebody asked to waive appear here.")

    def may_open(self, user):
        return access.may_look_at_waivers(user)

    def get_queryset(self):
        return super().get_queryset().select_related("assignment__person", "assignment__site")

    def actions(self, user):
        return [
            {"url": reverse("waiver_new"), "label": _("Ask for a waiver"), "icon": "plus", "verdict": may_ask(user)}
        ]


class WaiverNew(OncePage):
    form_class = WaiverForm
    title = _("Ask for a waiver")
    button = _("Send for approval")
    intro = _("No meeting was possible this month: the client was closed, or somebody was ill. The head decides.")
    clause = "7.1.1"
    done = _("Sent to the department head.")

    def may_open(self, user):
        return may_ask(user)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_initial(self):
        asked = self.request.GET.get("person", "")
        me = self.request.user if self.request.user.has_role(Role.STAFF) else None
        return {"month": timezone.localdate(), "person": int(asked) if asked.isdecimal() else me}

    def make(self, inputs):
        return actions.ask_waiver(**inputs, by=self.request.user, now=timezone.now())


def waiver_of(request, pk) -> MeetingWaiver:
    rows = MeetingWaiver.objects.visible_to(request.user).select_related(
        "assignment__person", "assignment__site__lead", "assignment__site__department", "asked_by"
    )
    return get_object_or_404(rows, pk=pk)


def waiver(request, pk):
    shown = waiver_of(request, pk)
    user = request.user
    return render(
        request,
        "communication/waiver_detail.html",
        {
            "shown": shown,
            "promise": Obligation.objects.kind(MONTHLY_MEETING)
            .about(shown.assignment)
            .filter(period=month_of(shown.month))
            .first(),
            "offers": offers(user, shown, actions.revise_waiver, actions.give_up_waiver),
            "events": Event.objects.about(shown).select_related("actor"),
        }
        | approvals_context(user, shown),
    )


class WaiverRevise(VerbPage):
    model = MeetingWaiver
    verb = actions.revise_waiver
    related = ("assignment__person", "assignment__site__lead", "assignment__site__department")
    form_class = WaiverReviseForm
    title = _("Revise the waiver")
    button = _("Send again")
    clause = "7.1.1"
    done = _("Sent again to the department head.")

    def get_initial(self):
        return {"ground": self.thing.ground, "reason": self.thing.reason}


@require_POST
def waiver_give_up(request, pk):
    shown = waiver_of(request, pk)
    actions.give_up_waiver(shown, by=request.user, now=timezone.now())
    messages.success(request, _("Given up. The meeting stays owed."))
    return redirect(shown)


# --- Elsewhere ----------------------------------------------------------------------------------------


@searches(_("Meetings"))
def find_meetings(user, words, most):
    rows = Meeting.objects.visible_to(user).filter(found_by(words)).select_related("site")
    return [Hit(str(one), one.site.name, one.get_absolute_url(), "calendar-event") for one in rows[:most]]


def to_confirm_of(user):
    """The badge in the menu: meetings that wait for this lead's confirmation."""
    return (
        Meeting.objects.filter(Q(site__lead=user) | Q(site__deputy=user), status=Meeting.Status.HELD)
        .filter(mode=Meeting.Mode.IN_PERSON, contacts__isnull=False)
        .distinct()
    )


@todo
def meetings_to_confirm(user) -> Todo | None:
    """Home: what counts for the month once this lead has confirmed it."""
    count = to_confirm_of(user).count()
    if not count:
        return None
    return Todo(
        ngettext("Confirm %(count)s meeting", "Confirm %(count)s meetings", count) % {"count": count},
        _("Only a confirmed meeting counts for the month"),
        reverse("meeting_list") + f"?status={Meeting.Status.HELD}",
    )


@site_panel(30)
def on_site(request, site):
    """The last and the next meetings of a site."""
    rows = Meeting.objects.visible_to(request.user).filter(site=site).exclude(status=Meeting.Status.CANCELLED)
    now = timezone.now()
    ahead = list(rows.filter(begins_at__gte=now).order_by("begins_at")[:PANEL_ROWS])
    return "communication/meeting_panel.html", {
        "meetings": [*reversed(ahead), *rows.filter(begins_at__lt=now)[: PANEL_ROWS - len(ahead)]],
        "site": site,
    }


@panel("person", 30)
def person_panel(request, person: User):
    """A person's months: met, missed, waived."""
    rows = Obligation.objects.visible_to(request.user).kind(MONTHLY_MEETING).filter(person=person)
    months = list(rows.select_related("site").order_by("-due_at")[:6])
    return ("communication/meeting_months.html", {"months": months, "person": person}) if months else None


@see(40)
def forecast_card(request):
    """Home: who will miss the month, for those who can still change it."""
    if not access.may_forecast(request.user):
        return None
    rows = will_miss(Obligation.objects.visible_to(request.user), timezone.now())
    found = list(rows.select_related("person", "site").order_by("due_at")[:6])
    if not found:
        return None
    return "communication/meeting_forecast_card.html", {
        "rows": found[:5],
        "more": len(found) > 5,
        "plannable": plannable(request.user),
    }
