"""Forms of reports: filed on a phone in a minute, logged when spoken, reviewed."""

from datetime import date

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.forms import DayInput, FilesField, OnceForm
from apps.personnel.models import Assignment, Department
from apps.workplans.actions.reports import Line, Trouble, Wish
from apps.workplans.models import Report, Rhythm, Step, Task, WorkProblem

ROWS = 4  # problems, and needs, that one form takes
MOST_STEPS = 20


def steps_of(assignment: Assignment):
    """Open steps of somebody's tasks under way, in the version in force, the next one due first."""
    rows = Step.objects.in_force().filter(
        responsible=assignment.person, plan__task__site=assignment.site, plan__task__status=Task.Status.STARTED
    )
    return rows.open().select_related("plan__task__site", "plan__task__owner", "responsible").order_by("due_on", "pk")


class ReportForm(OnceForm):
    """What moved, what is next, what stands in the way. The plan fills in what it knows."""

    day = forms.DateField(label=_("Day, or any day of the week"), widget=DayInput)
    done = forms.CharField(label=_("What moved"), widget=forms.Textarea({"rows": 4}))
    next = forms.CharField(label=_("What is next"), required=False, widget=forms.Textarea({"rows": 2}))
    difficulties = forms.CharField(
        label=_("Problems and difficulties"), required=False, widget=forms.Textarea({"rows": 2})
    )
    extra = forms.BooleanField(label=_("An addition to a report that is there already"), required=False)
    files = FilesField(label=_("Photos or files"), required=False)

    def __init__(self, *args, assignment: Assignment, **options):
        self.assignment = assignment
        self.steps = list(steps_of(assignment)[:MOST_STEPS])
        super().__init__(*args, **options)
        self.fields["day"].initial = timezone.localdate(timezone=assignment.site.zone)
        for step in self.steps:
            self.fields[f"percent_{step.pk}"] = forms.TypedChoiceField(
                label=step.title, choices=_figures(step.percent), coerce=int, initial=step.percent, required=False
            )
        severities = [
            (WorkProblem.Severity.MINOR.value, _("Solved here")),
            (WorkProblem.Severity.MAJOR.value, _("Major")),
        ]
        departments = Department.objects.all()
        for number in range(ROWS):
            self.fields[f"problem_{number}"] = forms.CharField(
                label=_("What stands in the way"), max_length=200, required=False
            )
            self.fields[f"severity_{number}"] = forms.ChoiceField(
                label=_("How grave"), choices=severities, required=False
            )
            self.fields[f"department_{number}"] = forms.ModelChoiceField(
                label=_("Department"), queryset=departments, required=False
            )
            self.fields[f"need_{number}"] = forms.CharField(label=_("What is needed"), max_length=2000, required=False)
            self.fields[f"need_by_{number}"] = forms.DateField(label=_("Needed by"), widget=DayInput, required=False)
        self.places: dict[str, list[int]] = {"problem": [], "need": []}

    def moves(self):
        """Each step with its field."""
        for step in self.steps:
            yield step, self[f"percent_{step.pk}"]

    def rows_of(self, *parts: str) -> list[dict]:
        drawn = []
        for number in range(ROWS):
            fields = {part.rstrip("_"): self[f"{part}_{number}"] for part in parts}
            wrong = any(field.errors for field in fields.values())
            filled = any(fields[part].value() for part in parts if part not in ("severity",))
            drawn.append({**fields, "spare": not (wrong or filled)})
        return drawn

    def problem_rows(self):
        return self.rows_of("problem", "severity")

    def need_rows(self):
        return self.rows_of("department", "need", "need_by")

    def clean(self):
        given = super().clean()
        for number in range(ROWS):
            named, text = given.get(f"department_{number}"), given.get(f"need_{number}")
            if text and not named:
                self.add_error(f"department_{number}", _("Say which department is asked."))
            if named and not text:
                self.add_error(f"need_{number}", _("Say what is needed."))
        return given

    def inputs(self) -> dict:
        """What the action takes."""
        given = self.cleaned_data
        lines = []
        for step in self.steps:
            percent = given.get(f"percent_{step.pk}")
            if percent not in (None, "") and percent != step.percent:
                lines.append(Line(step, percent))
        problems, needs = [], []
        for number in range(ROWS):
            if given.get(f"problem_{number}"):
                self.places["problem"].append(number)
                problems.append(Trouble(given[f"problem_{number}"], given.get(f"severity_{number}") or "minor"))
            if given.get(f"need_{number}"):
                self.places["need"].append(number)
                wish = (given[f"department_{number}"], given[f"need_{number}"], given.get(f"need_by_{number}"))
                needs.append(Wish(*wish))
        self.moved = lines
        names = ("day", "done", "next", "difficulties", "extra", "files")
        return {name: given[name] for name in names} | {"lines": lines, "problems": problems, "needs": needs}

    def beside(self, fields: dict) -> dict:
        """Findings of the action, each beside the row that was meant."""
        return {self._field(name): reason for name, reason in fields.items()}

    def _field(self, name: str) -> str:
        kind, _dash, number = name.partition("-")
        if not number.isdecimal():
            return name
        if kind == "line" and int(number) < len(self.moved):
            return f"percent_{self.moved[int(number)].step.pk}"
        if kind in self.places and int(number) < len(self.places[kind]):
            return f"{kind}_{self.places[kind][int(number)]}"
        return name


def _figures(now: int) -> list[tuple[int, str]]:
    """Quarters, and how it stands."""
    return [(one, f"{one} %") for one in sorted({0, 25, 50, 75, 90, 100, now})]


class OralForm(OnceForm):
    """What was said aloud, written down by one of the two."""

    assignment = forms.ModelChoiceField(label=_("Who reported"), queryset=Assignment.objects.none())
    day = forms.DateField(label=_("Day, or any day of the week"), widget=DayInput)
    done = forms.CharField(label=_("What moved"), widget=forms.Textarea({"rows": 4}))
    next = forms.CharField(label=_("What is next"), required=False, widget=forms.Textarea({"rows": 2}))
    difficulties = forms.CharField(
        label=_("Problems and difficulties"), required=False, widget=forms.Textarea({"rows": 2})
    )
    extra = forms.BooleanField(label=_("An addition to a report that is there already"), required=False)

    def __init__(self, *args, postings, **options):
        super().__init__(*args, **options)
        field = self.fields["assignment"]
        field.queryset = postings
        field.label_from_instance = lambda one: f"{one.person.name} · {one.site.name}"
        field.empty_label = None if postings.count() == 1 else "–"
        self.fields["day"].initial = timezone.localdate


class ReportActForm(forms.Form):
    def __init__(self, *args, thing: Report, user, **options):
        super().__init__(*args, **options)


class ReviewForm(ReportActForm):
    comment = forms.CharField(
        label=_("Your comment"),
        widget=forms.Textarea({"rows": 4}),
        help_text=_("What was good, what comes next, what to do otherwise."),
    )


class DisputeForm(ReportActForm):
    reason = forms.CharField(label=_("What was said instead"), widget=forms.Textarea({"rows": 3}))


class RhythmForm(forms.Form):
    rhythm = forms.ChoiceField(label=_("How often"), choices=Rhythm.choices, widget=forms.RadioSelect)
    valid_from = forms.DateField(label=_("From"), widget=DayInput, help_text=_("A Monday that lies ahead."))


def draft_of(form: ReportForm, today: date) -> dict:
    """What the plan knows: what moved since the last report, and what is due next."""
    last = form.assignment.reports.exclude(status=Report.Status.DISPUTED).first()
    since = last.filed_at if last else None
    person = form.assignment.person
    moved = Step.objects.in_force().filter(responsible=person, plan__task__site=form.assignment.site)
    moved = moved.exclude(moved_at=None)
    if since is not None:
        moved = moved.filter(moved_at__gt=since)
    done = [f"{one.title}: {one.percent} %" for one in moved.order_by("moved_at")[:MOST_STEPS]]
    ahead = [f"{one.title} ({one.due_on:%m-%d})" for one in form.steps if one.begins_on <= today or one.percent][:3]
    ahead = ahead or [f"{one.title} ({one.due_on:%m-%d})" for one in form.steps[:2]]
    return {"done": "\n".join(done), "next": "\n".join(ahead)}
