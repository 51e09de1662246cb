"""Pages of work reports: filed on a phone, logged when spoken, read one after the other by the lead (3.3)."""

from datetime import date, timedelta

from django.contrib import messages
from django.db.models import F, Prefetch, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.core.attachments import Attachment
from apps.core.obligations import Obligation
from apps.core.pages import OncePage, VerbPage, offers
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, Refused, no, require, unless
from apps.core.web import FormPage, ListPage, Todo, panel, see, todo
from apps.core.words import is_id
from apps.personnel import access as personnel
from apps.personnel.models import Assignment
from apps.personnel.roles import Role
from apps.workplans import access
from apps.workplans.actions import reports as actions
from apps.workplans.forms.reports import DisputeForm, OralForm, ReportForm, ReviewForm, RhythmForm, draft_of
from apps.workplans.models import Report, ReportLine
from apps.workplans.obligations.reports import REPORT_REVIEW, WORK_REPORT, rhythm_of
from apps.workplans.policy.reports import period_of
from apps.workplans.tables.reports import ReportFilter, ReportTable

RELATED = (
    "assignment__person", "assignment__site__lead", "assignment__site__deputy", "assignment__site__department",
    "filed_by", "confirmed_by", "reviewed_by",
)  # fmt: skip
VERBS = (actions.confirm, actions.dispute, actions.review)
PANEL_ROWS = 5
AT_ONCE = 100  # reports acknowledged together


def postings_of(user):
    """Where somebody is on site now."""
    rows = Assignment.objects.filter(person=user, status=Assignment.Status.ON_SITE)
    return rows.select_related("person", "site__lead", "site__deputy", "site__department").order_by("-since", "-pk")


def to_review_of(user):
    """Reports that this person may review and nobody has."""
    rows = Report.objects.to_review().filter(personnel.steered(user, "assignment__site"))
    return rows.exclude(assignment__person=user)


class Reports(ListPage):
    model = Report
    table_class = ReportTable
    filterset_class = ReportFilter
    title = _("Work reports")
    subtitle = _("What moved, what is next, what stands in the way; each is read and answered.")
    icon = "file-text"
    empty = _("Reports appear here once somebody files one.")

    def may_open(self, user):
        return access.may_look(user)

    def get_queryset(self):
        return super().get_queryset().select_related("assignment__person", "assignment__site")

    def actions(self, user):
        found = []
        if user.has_role(Role.LEAD, Role.HEAD):
            found.append({"url": reverse("report_review_next"), "label": _("Read them"), "icon": "eye"})
        if user.has_role(Role.STAFF):
            found.append({"url": reverse("report_new"), "label": _("Report"), "icon": "plus"})
        return found


# --- Filing -------------------------------------------------------------------------------------------


class ReportNew(OncePage):
    """One screen, filled in from the plan; `?copy=1` begins with the words of the last one."""

    form_class = ReportForm
    template_name = "workplans/report_form.html"
    title = _("Work report")
    button = _("File it")
    clause = "3.3.1"
    done = _("Filed. Your site lead reads it.")

    def dispatch(self, request, *args, **kwargs):
        """A promise leads here; whoever only watches over it is led to the posting."""
        asked = request.GET.get("assignment", "")
        if request.method == "GET" and asked.isdecimal() and len(asked) < 19:
            theirs = Assignment.objects.visible_to(request.user).exclude(person=request.user).filter(pk=asked).first()
            if theirs is not None:
                return redirect(theirs)
        return super().dispatch(request, *args, **kwargs)

    def may_open(self, user):
        asked = self.request.GET.get("assignment", "")
        mine = postings_of(user)
        self.assignment = (mine.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 19 else None) or (
            mine.first()
        )
        if self.assignment is None:
            return no(
                _("Reports are filed by those who are on site."),
                remedy=_("It begins once your arrival is confirmed."),
                clause=self.clause,
            )
        self.back = reverse("reports")
        self.intro = self.assignment.site.name
        return access.may_report(user, self.assignment)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "assignment": self.assignment}

    def get_form(self, form_class=None):
        form = super().get_form(form_class)
        if not form.is_bound:
            today = timezone.localdate(timezone=self.assignment.site.zone)
            form.initial |= draft_of(form, today) | self._copied() | self._asked()
        return form

    def _copied(self) -> dict:
        last = self.last() if self.request.GET.get("copy") else None
        return {name: getattr(last, name) for name in ("done", "next", "difficulties")} if last else {}

    def _asked(self) -> dict:
        try:
            return {"day": date.fromisoformat(self.request.GET.get("day", ""))}
        except ValueError:
            return {}

    def last(self) -> Report | None:
        return self.assignment.reports.exclude(status=Report.Status.DISPUTED).first()

    def make(self, inputs):
        form = self.form
        try:
            return actions.file(self.assignment, **form.inputs(), by=self.request.user, now=timezone.now())
        except Refused as refused:
            refused.fields = form.beside(refused.fields)
            raise

    def act(self, form):
        self.form = form
        return super().act(form)

    def get_context_data(self, **kwargs):
        today = timezone.localdate(timezone=self.assignment.site.zone)
        asked = self._asked().get("day", today)
        day = asked if self.assignment.since <= asked <= today else today
        rhythm = rhythm_of(self.assignment, day)
        period = period_of(rhythm, day)
        return super().get_context_data(**kwargs) | {
            "assignment": self.assignment,
            "draft_key": f"{self.request.path}:{self.assignment.pk}:{period.key}:{self.request.user.pk}",
            "others": postings_of(self.request.user).exclude(pk=self.assignment.pk),
            "last": self.last(),
            "period": period,
            "daily": rhythm == "daily",
            "filed": self.assignment.reports.filter(period=period.key, extra=False)
            .exclude(status=Report.Status.DISPUTED)
            .first(),
        }


class ReportLog(OncePage):
    """What was said aloud, logged by the lead or by the person."""

    form_class = OralForm
    title = _("Log a spoken report")
    button = _("Log it")
    intro = _("It counts once the other side confirms it.")
    clause = "3.3.2"
    done = _("Logged. The other side is asked to confirm it.")

    def postings(self):
        user = self.request.user
        rows = Assignment.objects.filter(status=Assignment.Status.ON_SITE)
        return rows.filter(personnel.steered(user) | Q(person=user)).select_related("person", "site")

    def may_open(self, user):
        self.back = reverse("reports")
        return unless(
            not self.postings().exists(),
            _("A spoken report is logged by the person or the site lead."),
            remedy=_("Ask one of them."),
            clause=self.clause,
        )

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "postings": self.postings()}

    def make(self, inputs):
        return actions.log_oral(inputs.pop("assignment"), **inputs, by=self.request.user, now=timezone.now())


# --- One report ---------------------------------------------------------------------------------------


def report_of(request, pk) -> Report:
    return get_object_or_404(Report.objects.visible_to(request.user).select_related(*RELATED), pk=pk)


def facts_of(user, shown: Report) -> dict:
    """What a page of one report shows, whether it is read or reviewed."""
    lines = ReportLine.objects.select_related("step__plan__task")
    shown = Report.objects.select_related(*RELATED).prefetch_related(Prefetch("lines", lines)).get(pk=shown.pk)
    return {
        "shown": shown,
        "lines": shown.lines.all(),
        "files": Attachment.objects.about(shown),
        "problems": shown.problems.select_related("owner", "site"),
        "needs": shown.needs.select_related("department"),
        "tasks": shown.tasks.select_related("owner", "site"),
        "promise": Obligation.objects.kind(REPORT_REVIEW).about(shown).first(),
        "judges": bool(access.may_review(user, shown)),
    }


def report(request, pk):
    shown = report_of(request, pk)
    user = request.user
    stream = Report.objects.visible_to(user).filter(assignment=shown.assignment)
    earlier = stream.filter(Q(ends_on__lt=shown.ends_on) | Q(ends_on=shown.ends_on, pk__lt=shown.pk)).first()
    later = stream.filter(Q(ends_on__gt=shown.ends_on) | Q(ends_on=shown.ends_on, pk__gt=shown.pk)).last()
    context = facts_of(user, shown) | {
        "offers": offers(user, shown, *VERBS),
        "earlier": earlier,
        "later": later,
        "events": Event.objects.about(shown).select_related("actor"),
    }
    return render(request, "workplans/report_detail.html", context)


@require_POST
def report_confirm(request, pk):
    shown = report_of(request, pk)
    actions.confirm(shown, by=request.user, now=timezone.now())
    messages.success(request, _("Confirmed. It counts now."))
    return redirect(shown)


class ReportPage(VerbPage):
    model = Report
    related = RELATED


class ReportDispute(ReportPage):
    verb = actions.dispute
    form_class = DisputeForm
    title = _("It was not said so")
    button = _("Do not confirm it")
    clause = "3.3.2"


# --- Reading (3.3.3) ----------------------------------------------------------------------------------


def review_next(request):
    """The report that has waited longest for this reader."""
    require(access.may_read_reports(request.user), NotAllowed)
    first = to_review_of(request.user).order_by("filed_at", "pk").first()
    if first is None:
        return render(request, "workplans/report_none.html", {})
    return redirect("report_review", first.pk)


class ReportReview(ReportPage):
    """One report and the lead's answer; then the next one opens."""

    verb = actions.review
    form_class = ReviewForm
    template_name = "workplans/report_review.html"
    title = _("Review")
    button = _("Review it, next")
    clause = "3.3.3"

    def act(self, form):
        super().act(form)
        messages.success(self.request, _("Reviewed: %(report)s.") % {"report": self.thing})
        following = self._queue(after=True).first() or self._queue().first()
        return reverse("report_review", args=[following.pk]) if following else reverse("report_review_next")

    def _queue(self, *, after: bool | None = None):
        """The others that wait, the longest first; after: only those behind this one, or before it."""
        rows = to_review_of(self.request.user).exclude(pk=self.thing.pk)
        if after is None:
            return rows.order_by("filed_at", "pk")
        here = self.thing
        if after:
            behind = Q(filed_at__gt=here.filed_at) | Q(filed_at=here.filed_at, pk__gt=here.pk)
            return rows.filter(behind).order_by("filed_at", "pk")
        before = Q(filed_at__lt=here.filed_at) | Q(filed_at=here.filed_at, pk__lt=here.pk)
        return rows.filter(before).order_by("-filed_at", "-pk")

    def get_context_data(self, **kwargs):
        person = self.thing.assignment_id
        before = Report.objects.filter(assignment=person, ends_on__lt=self.thing.begins_on).first()
        return (
            super().get_context_data(**kwargs)
            | facts_of(self.request.user, self.thing)
            | {
                "following": self._queue(after=True).first(),
                "previous": self._queue(after=False).first(),
                "waiting": self._queue().count() + (self.thing.status == Report.Status.FILED),
                "before": before,
            }
        )


class Acknowledge(FormPage):
    """Several reports with the same plain words."""

    form_class = ReviewForm
    template_name = "workplans/report_acknowledge.html"
    title = _("Acknowledge several reports")
    button = _("Acknowledge those ticked")
    clause = "3.3.3"

    def may_open(self, user):
        self.back = reverse("reports")
        return access.may_read_reports(user)

    def rows(self):
        rows = to_review_of(self.request.user).select_related("assignment__person", "assignment__site")
        return rows.order_by("filed_at", "pk")[:AT_ONCE]

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "thing": None, "user": self.request.user}

    def act(self, form):
        wanted = {int(pk) for pk in self.request.POST.getlist("ids") if is_id(pk)}
        chosen = [one for one in self.rows() if one.pk in wanted]
        if not wanted:
            raise PolicyBroken(no(_("Tick the reports first."), clause=self.clause))
        words = form.cleaned_data["comment"]
        results = actions.acknowledge_many(chosen, comment=words, by=self.request.user, now=timezone.now())
        done = sum(verdict is None for _report, verdict in results)
        messages.success(self.request, _("Reviewed: %(count)s.") % {"count": done})
        gone = len(wanted) - len(chosen)
        if gone:
            messages.warning(self.request, _("Reviewed by somebody else meanwhile: %(count)s.") % {"count": gone})
        for one, verdict in results:
            if verdict is not None:
                messages.warning(self.request, f"{one}: {verdict.reason}")
        return reverse("report_review_next")

    def get_context_data(self, **kwargs):
        ticked = set(self.request.POST.getlist("ids"))
        return super().get_context_data(**kwargs) | {"rows": list(self.rows()), "ticked": ticked}


class RhythmSet(FormPage):
    form_class = RhythmForm
    title = _("How often reports come")
    clause = "3.3.1"
    done = _("Set.")

    def may_open(self, user):
        rows = Assignment.objects.visible_to(user).select_related("person", "site__lead", "site__deputy")
        self.thing = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.back, self.intro = self.thing.get_absolute_url(), str(self.thing)
        return access.may_set_rhythm(user, self.thing)

    def get_initial(self):
        today = timezone.localdate(timezone=self.thing.site.zone)
        monday = period_of("weekly", today).last + timedelta(days=1)
        return {"rhythm": rhythm_of(self.thing, today), "valid_from": max(monday, self.thing.since)}

    def act(self, form):
        actions.set_rhythm(self.thing, **form.cleaned_data, by=self.request.user, now=timezone.now())
        return self.thing


# --- Elsewhere ----------------------------------------------------------------------------------------


@todo
def to_confirm(user):
    """Spoken reports that wait for this person's word."""
    mine = Q(assignment__person=user) & ~Q(filed_by=user)
    led = personnel.steered(user, "assignment__site") & Q(filed_by=F("assignment__person"))
    rows = Report.objects.filter(mine | led, status=Report.Status.LOGGED)
    first = rows.select_related("assignment__person").order_by("filed_at", "pk").first()
    if first is None:
        return None
    return Todo(str(_("Confirm a spoken report")), str(first), first.get_absolute_url())


@see(25)
def own_report(request):
    """The report of this day or week, on the home page of whoever owes one."""
    user = request.user
    if not user.has_role(Role.STAFF):
        return None
    owed = Obligation.objects.kind(WORK_REPORT).open().filter(owner=user).order_by("due_at").first()
    if owed is None:
        return None
    return "workplans/report_card.html", {"owed": owed}


@panel("site", 32)
def on_site(request, site):
    """Reports missing and reviews overdue, for those who lead or oversee the site."""
    if not (access.may_look(request.user) and personnel.sees_owed_at(request.user, site)):
        return None
    now = timezone.now()
    late = Obligation.objects.filter(site=site).overdue(now)
    missing = late.kind(WORK_REPORT).select_related("person").order_by("due_at")
    reviews = late.kind(REPORT_REVIEW).select_related("person", "owner").order_by("due_at")
    return "workplans/report_site_panel.html", {
        "site": site,
        "missing": missing[:PANEL_ROWS],
        "missing_count": missing.count(),
        "reviews": reviews[:PANEL_ROWS],
        "review_count": reviews.count(),
    }


@panel("person", 32)
def of_person(request, person):
    """The stream of somebody's reports, for those who read them."""
    if not access.may_look(request.user):
        return None
    rows = Report.objects.visible_to(request.user).filter(assignment__person=person)
    found = list(rows.select_related("assignment__person", "assignment__site")[:PANEL_ROWS])
    return ("workplans/report_person_panel.html", {"reports": found, "person": person}) if found else None
