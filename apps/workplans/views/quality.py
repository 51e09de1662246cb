"""Pages of how everybody's work is judged, and what follows from poor work (3.5)."""

from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.obligations import Obligation, promises_for
from apps.core.pages import OncePage, VerbPage, offers
from apps.core.transitions import Event
from apps.core.verdicts import WrongState, require
from apps.core.web import ListPage, panel, see
from apps.personnel import access as personnel
from apps.personnel.models import Assignment, lasts_to
from apps.personnel.story import Passage, chapter
from apps.workplans import access, quality_figures
from apps.workplans.actions import quality as actions
from apps.workplans.forms.quality import AssessForm, DecideForm, FollowUpForm, StatementForm
from apps.workplans.models import QualityAssessment, QualityCase
from apps.workplans.obligations import quality as clocks
from apps.workplans.policy import quality as policy
from apps.workplans.tables.quality import (
    AssessmentFilter,
    AssessmentTable,
    CaseFilter,
    CaseTable,
    MonthColumn,
    PeopleFilter,
    PeopleTable,
)

MONTHS = 6  # side by side in the overview
ON_PHONES = 3  # of them, on a card
PANEL_ROWS = 3
CARD_ROWS = 5
OF_CASE = "assessment__assignment"


# --- The overview -------------------------------------------------------------------------------------


class Quality(ListPage):
    """People of one's sites, month by month."""

    model = Assignment
    table_class = PeopleTable
    filterset_class = PeopleFilter
    title = _("Quality of work")
    subtitle = _("Task completion in percent · quality from 1 to 5 · client satisfaction in percent; – means no data.")
    icon = "gauge"
    empty = _("The people of the sites you lead or head appear here, with their assessments.")

    def may_open(self, user):
        return access.may_look_at_quality(user)

    def months(self) -> list[date]:
        """The months shown, the newest first: up to the last that is over, or up to the one asked for."""
        last = clocks.last_period(timezone.localdate()).month
        asked = clocks.named(self.request.GET.get("until", ""))
        month, found = (min(asked.month, last) if asked else last), []
        while len(found) < MONTHS:
            if clocks.period_of(month):
                found.append(month)
            month = policy.shifted(month, -1)
        return found

    def get_queryset(self):
        months = self.shown_months = self.months()
        first, last = months[-1], months[0]
        assessments = QualityAssessment.objects.filter(month__in=months)
        keys = [f"{month:%Y-%m}" for month in months]
        promises = promises_for(Assignment).kind(clocks.QUALITY_ASSESSMENT).open().filter(period__in=keys)
        return (
            Assignment.objects.filter(personnel.affairs(self.request.user))
            .exclude(status=Assignment.Status.CANCELLED)
            .filter(since__lt=policy.shifted(last, 1))
            .filter(lasts_to(first))
            .annotate(
                owed=ArraySubquery(promises.filter(subject_id=OuterRef("pk")).values("period")),
                poor=Exists(assessments.below().filter(assignment=OuterRef("pk"))),
            )
            .select_related("person", "site")
            .prefetch_related(Prefetch("quality_assessments", assessments, to_attr="given"))
        )

    def get_table_kwargs(self):
        columns = [
            (f"m{month:%Y%m}", MonthColumn(month, attrs={"td": {"class": "" if place < ON_PHONES else "c-hide"}}))
            for place, month in enumerate(self.shown_months)
        ]
        return {**super().get_table_kwargs(), "extra_columns": columns}

    def actions(self, user):
        places = [("quality_assessments", _("Assessments"), "list"), ("quality_cases", _("Cases"), "gavel")]
        return [{"url": reverse(name), "label": label, "icon": icon, "tone": "neutral"} for name, label, icon in places]


class Assessments(ListPage):
    model = QualityAssessment
    table_class = AssessmentTable
    filterset_class = AssessmentFilter
    title = _("Quality assessments")
    subtitle = _("Each stays as it was given, and opens what it rests on.")
    icon = "gauge"
    empty = _("Once a month is over, site leads assess everybody's work; it appears here.")

    def may_open(self, user):
        return access.may_look(user)

    def get_queryset(self):
        return super().get_queryset().select_related("assignment__person", "assignment__site", "assessed_by")


class Cases(ListPage):
    model = QualityCase
    table_class = CaseTable
    filterset_class = CaseFilter
    title = _("Work below standard")
    subtitle = _("Who falls short is heard; then it is decided what follows, and somebody looks again.")
    icon = "gavel"
    empty = _("An assessment below standard opens a case here by itself.")

    def may_open(self, user):
        return access.may_look(user)

    def get_queryset(self):
        return super().get_queryset().select_related(f"{OF_CASE}__person", f"{OF_CASE}__site", "decided_by")


# --- Assessing ----------------------------------------------------------------------------------------


class Assess(OncePage):
    """The judgement of one month; what is computed stands above it, with its records."""

    template_name = "workplans/quality_assess.html"
    form_class = AssessForm
    title = _("Assess the quality of work")
    button = _("Give the assessment")
    clause = "3.5.2"
    done = _("Given. The person was told.")

    def may_open(self, user):
        rows = Assignment.objects.filter(personnel.affairs(user) | Q(person=user))
        rows = rows.select_related("person", "site__lead", "site__deputy", "site__department")
        self.thing = self.assignment = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.period = self._period()
        self.back = reverse("quality")
        verdict = access.may_assess(user, self.assignment)
        if verdict:
            require(actions.may_assess_period(self.assignment, self.period, timezone.now()), WrongState)
            if self.request.method != "POST":  # sent twice is answered like once; the action refuses another's
                require(actions.may_give(self.assignment, self.period), WrongState)
        return verdict

    def _period(self):
        """The month asked for; else the oldest that is owed; else the last that is over."""
        today = timezone.localdate(timezone=self.assignment.site.zone)
        owed = Obligation.objects.kind(clocks.QUALITY_ASSESSMENT).open().about(self.assignment)
        first = owed.order_by("period").values_list("period", flat=True).first()
        asked = self.request.GET.get("month", "") or first or ""
        return clocks.named(asked) or clocks.last_period(today)

    def get(self, request, *args, **kwargs):
        """The address names the month, so that what is sent is about the month that was shown."""
        if "month" not in request.GET:
            return redirect(f"{request.path}?month={self.period.key}")
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self):
        samples = quality_figures.samples_of(self.assignment, self.period)
        return {**super().get_form_kwargs(), "samples": samples}

    def make(self, inputs):
        return actions.assess(
            self.assignment, month=self.period.month, **inputs, by=self.request.user, now=timezone.now()
        )

    def get_context_data(self, **kwargs):
        now, user = timezone.now(), self.request.user
        completion, completed = quality_figures.completion(self.assignment, self.period, now)
        satisfaction, signs = quality_figures.satisfaction(self.assignment, self.period, now)
        standards = actions.standards_on(self.period.last_day)
        return super().get_context_data(**kwargs) | {
            "assignment": self.assignment,
            "period": self.period,
            "draft_key": f"{self.request.path}:{self.period.key}:{user.pk}",
            "figures": _figures(completion, completed, satisfaction, signs, standards, user),
            "sampled": any(rows.exists() for rows in quality_figures.samples_of(self.assignment, self.period)),
        }


def _figures(completion, completed, satisfaction, signs, standards, user) -> dict:
    """The two computed indicators for a page: the number, its standard, and the records it rests on."""
    words = {
        "in_time": _("Done by their day"),
        "late": _("Done later"),
        "open": _("Not done yet"),
        "good": _("Good signs: accepted by the client, requests done in time"),
        "bad": _("Bad signs: complaints at the site, requests done late"),
    }
    tones = {"in_time": "success", "late": "warning", "open": "danger", "good": "success", "bad": "danger"}

    def groups(basis):
        for how, kinds in basis.items():
            count = sum(len(ids) for ids in kinds.values())
            if count:
                rows = quality_figures.records(kinds, user)
                yield {"label": words[how], "tone": tones[how], "rows": rows, "count": count}

    return {
        "completion": {
            "value": completion,
            "standard": standards["completion"],
            "short": completion is not None and completion < standards["completion"],
            "groups": list(groups(completed)),
        },
        "satisfaction": {
            "value": satisfaction,
            "standard": standards["satisfaction"],
            "short": satisfaction is not None and satisfaction < standards["satisfaction"],
            "groups": list(groups(signs)),
        },
    }


def assessment(request, pk):
    user = request.user
    rows = QualityAssessment.objects.visible_to(user).select_related(
        "assignment__person", "assignment__site", "assessed_by", "case"
    )
    shown = get_object_or_404(rows, pk=pk)
    samples: dict[str, list[int]] = {}
    for kind, one in shown.samples:
        samples.setdefault(kind, []).append(one)
    return render(
        request,
        "workplans/quality_assessment.html",
        {
            "shown": shown,
            "figures": _figures(
                shown.completion,
                shown.completion_basis,
                shown.satisfaction,
                shown.satisfaction_basis,
                shown.standards,
                user,
            ),
            "samples": quality_figures.records(samples, user),
            "case": getattr(shown, "case", None),
            "events": Event.objects.about(shown).select_related("actor"),
        },
    )


# --- Cases --------------------------------------------------------------------------------------------


def case(request, pk):
    user = request.user
    rows = QualityCase.objects.visible_to(user).select_related(
        f"{OF_CASE}__person", f"{OF_CASE}__site__lead", f"{OF_CASE}__site__deputy", f"{OF_CASE}__site__department",
        "assessment__assessed_by", "decided_by", "followed_up_by",
    )  # fmt: skip
    shown = get_object_or_404(rows, pk=pk)
    may = offers(user, shown, actions.state, actions.decide, actions.follow_up)
    if "decide" in may:
        may["decide"] = may["decide"] & actions.may_be_decided(shown, timezone.now())
    if shown.statement or user.pk != shown.person.pk:
        may.pop("state", None)
    promises = list(
        clocks.about(shown, clocks.QUALITY_STATEMENT, clocks.QUALITY_CASE, clocks.QUALITY_FOLLOW_UP)
        .open()
        .select_related("owner")
    )
    return render(
        request,
        "workplans/quality_case.html",
        {
            "shown": shown,
            "offers": may,
            "promises": promises,
            "events": Event.objects.about(shown).select_related("actor"),
        },
    )


class CasePage(VerbPage):
    model = QualityCase
    related = (
        f"{OF_CASE}__person",
        f"{OF_CASE}__site__lead",
        f"{OF_CASE}__site__deputy",
        f"{OF_CASE}__site__department",
    )
    clause = "3.5.3"


class CaseState(CasePage):
    verb = actions.state
    form_class = StatementForm
    title = _("Say how it came")
    button = _("Give the statement")
    done = _("Given. It is read before anything is decided.")


class CaseDecide(CasePage):
    template_name = "workplans/quality_decide.html"
    verb = actions.decide
    form_class = DecideForm
    title = _("Decide what follows")
    button = _("Decide what follows")
    done = _("Decided. The person was told.")

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"case": self.thing}


class CaseFollowUp(CasePage):
    verb = actions.follow_up
    form_class = FollowUpForm
    title = _("Look again")
    button = _("Close the case")
    done = _("Closed. The person was told.")


# --- One's own, and elsewhere -------------------------------------------------------------------------


def mine(request):
    """A person's own assessments and cases, and nobody else's."""
    user = request.user
    rows = QualityAssessment.objects.filter(assignment__person=user).select_related("assignment__site", "case")
    return render(
        request,
        "workplans/quality_mine.html",
        {
            "assessments": list(rows[:24]),
            "waiting": Obligation.objects.kind(clocks.QUALITY_STATEMENT).open().of(user).order_by("due_at"),
        },
    )


STEERS = (clocks.QUALITY_ASSESSMENT, clocks.QUALITY_CASE, clocks.QUALITY_FOLLOW_UP)


def owed_by(user):
    """The badge in the menu: assessments, decisions and follow-ups that this person owes."""
    return Obligation.objects.kind(*STEERS).open().of(user)


def stated_by(user):
    """The badge beside one's own page: statements that are awaited."""
    return Obligation.objects.kind(clocks.QUALITY_STATEMENT).open().of(user)


@panel("person", 42)
def of_person(request, person):
    """The last assessments of a person, and what is open about them, for those who may see it."""
    rows = QualityAssessment.objects.visible_to(request.user).filter(assignment__person=person)
    assessments = list(rows.select_related("assignment__site", "assignment__person", "case")[:PANEL_ROWS])
    if not assessments:
        return None
    return "workplans/quality_panel.html", {"person": person, "assessments": assessments}


@see(45)
def cases_card(request):
    """Home: work below standard that waits for a decision or a follow-up, for those who lead or stand above."""
    user = request.user
    if not access.may_look_at_quality(user):
        return None
    rows = QualityCase.objects.visible_to(user).open().exclude(**{f"{OF_CASE}__person": user})
    found = list(rows.select_related(f"{OF_CASE}__person", f"{OF_CASE}__site")[: CARD_ROWS + 1])
    if not found:
        return None
    return "workplans/quality_card.html", {"cases": found[:CARD_ROWS], "more": len(found) > CARD_ROWS}


@chapter
def assessed(reader, person):
    """How their work was judged, month by month."""
    rows = QualityAssessment.objects.visible_to(reader).filter(assignment__person=person)
    for one in rows.select_related("assignment__site"):
        title = gettext("Work assessed: %(month)s") % {"month": date_format(one.month, "YEAR_MONTH_FORMAT")}
        detail = str(one.get_status_display())
        on = one.assessed_at.astimezone(one.site.zone).date()
        yield Passage(on, title, detail, "gauge", one.status_tone, one.get_absolute_url())
