"""The editor of a plan: goals, a row for each step, resources, risks; and the lead's review with remarks per step."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.approvals import Outcome
from apps.core.forms import DayInput
from apps.core.words import is_id
from apps.personnel.models import User
from apps.workplans.actions.plans import Line
from apps.workplans.forms.tasks import people_at
from apps.workplans.models import Plan
from apps.workplans.policy.plans import MOST_STEPS

SPARE = 6  # empty rows beside those that are there
PARTS = ("title", "begins_on", "due_on", "responsible", "key")


class PlanForm(forms.Form):
    """One version. Empty rows are left out; what is wrong with a step stands beside its row."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    goals = forms.CharField(
        label=_("Goals"), required=False, widget=forms.Textarea({"rows": 2}), help_text=_("What the plan is to reach.")
    )
    resources = forms.CharField(
        label=_("Resources"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("People, machines, access, material."),
    )
    risks = forms.CharField(
        label=_("Risks"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("What could go wrong, and what then."),
    )
    change = forms.CharField(label=_("What changes, and why"), required=False, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args, plan: Plan, **options):
        self.plan = plan
        steps = list(plan.steps.select_related("responsible"))
        initial = {name: getattr(plan, name) for name in ("goals", "resources", "risks", "change")}
        initial["seen"] = plan.written_at.isoformat()
        for number, step in enumerate(steps):
            initial |= {f"{part}_{number}": getattr(step, part) for part in PARTS}
        options["initial"] = {**initial, **(options.get("initial") or {})}
        super().__init__(*args, **options)
        if plan.version == 1:
            del self.fields["change"]
        helpers = plan.task.helpers.all()
        here = people_at(plan.task.site, plan.task.begins_on) | people_at(plan.task.site, plan.task.due_on)
        people = (here | User.objects.filter(pk__in=[plan.task.owner_id, *(one.pk for one in helpers)])).distinct()
        posted = [int(name[6:]) for name in self.data if name.startswith("title_") and is_id(name[6:])]
        self.count = min(max([len(steps) + SPARE, *(number + 1 for number in posted)]), MOST_STEPS + SPARE)
        chosen = [(one.pk, one.name) for one in people]
        for number in range(self.count):
            self.fields[f"title_{number}"] = forms.CharField(label=_("Step"), max_length=200, required=False)
            self.fields[f"begins_on_{number}"] = forms.DateField(label=_("From"), widget=DayInput, required=False)
            self.fields[f"due_on_{number}"] = forms.DateField(label=_("Due"), widget=DayInput, required=False)
            responsible = forms.TypedChoiceField(
                label=_("Responsible"),
                choices=[("", _("the owner")), *chosen],
                coerce=int,
                empty_value=None,
                required=False,
            )
            self.fields[f"responsible_{number}"] = responsible
            self.fields[f"key_{number}"] = forms.UUIDField(widget=forms.HiddenInput, required=False)
            one = self.initial.get(f"responsible_{number}")
            self.initial[f"responsible_{number}"] = getattr(one, "pk", one)
        self.people = {one.pk: one for one in people}
        before = plan.task.plans.filter(version__lt=plan.version).order_by("-version").first()
        self.remarks = {str(one.key): one.remark for one in before.steps.exclude(remark="")} if before else {}
        self.places: list[int] = []  # the row of each step that was read

    def rows(self) -> list[dict]:
        """The rows as the page draws them; those that are empty say so."""
        drawn = []
        for number in range(self.count):
            fields = {part: self[f"{part}_{number}"] for part in PARTS}
            errors = [error for part in PARTS for error in fields[part].errors]
            empty = not (fields["title"].value() or errors)
            remark = self.remarks.get(str(fields["key"].value()), "")
            drawn.append({"number": number + 1, **fields, "errors": errors, "empty": empty, "remark": remark})
        return drawn

    def head(self) -> list:
        names = ("goals",)
        return [self[name] for name in names]

    def foot(self) -> list:
        return [self[name] for name in ("resources", "risks", "change") if name in self.fields]

    def clean(self):
        given = super().clean()
        lines = []
        for number in range(self.count):
            one = {part: given.get(f"{part}_{number}") for part in PARTS}
            if not (one["title"] or one["begins_on"] or one["due_on"]):
                continue
            if not one["title"]:
                self.add_error(f"title_{number}", _("Say what is done in this step."))
            for part in ("begins_on", "due_on"):
                if not one[part] and f"{part}_{number}" not in self.errors:
                    self.add_error(f"{part}_{number}", _("Say the day."))
            if self.errors:
                continue
            self.places.append(number)
            owner = self.plan.task.owner
            person = self.people.get(one["responsible"], owner)
            lines.append(Line(one["title"], one["begins_on"], one["due_on"], person, one["key"] or uuid.uuid4()))
        given["lines"] = lines
        return given

    def values(self) -> dict:
        """What the action takes."""
        given = self.cleaned_data
        words = {name: given.get(name, "") for name in ("goals", "resources", "risks", "change")}
        return words | {"steps": given["lines"], "seen": given.get("seen") or None}

    def beside(self, fields: dict) -> dict:
        """Findings of the action, each beside the row that was meant."""
        return {self._field(name): reason for name, reason in fields.items()}

    def _field(self, name: str) -> str:
        kind, _dash, number = name.partition("-")
        if kind == "step" and number.isdecimal() and int(number) < len(self.places):
            return f"title_{self.places[int(number)]}"
        return "title_0" if name == "steps" else name


class PlanReviewForm(forms.Form):
    """The lead's decision on a version, with remarks per step."""

    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (Outcome.APPROVED.value, _("Approve")),
            (Outcome.RETURNED.value, _("Return with remarks")),
            (Outcome.REJECTED.value, _("Reject")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Remark on the whole"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Needed to reject; to return, remarks on steps are enough."),
    )

    def __init__(self, *args, plan: Plan, **options):
        super().__init__(*args, **options)
        self.steps = list(plan.steps.select_related("responsible"))
        for step in self.steps:
            self.fields[f"remark_{step.pk}"] = forms.CharField(
                label=_("Remark on “%(step)s”") % {"step": step.title},
                required=False,
                initial=step.remark,
                widget=forms.Textarea({"rows": 1}),
            )

    def rows(self):
        for step in self.steps:
            yield step, self[f"remark_{step.pk}"]

    def of_steps(self) -> dict[int, str]:
        return {step.pk: self.cleaned_data.get(f"remark_{step.pk}", "") for step in self.steps}
