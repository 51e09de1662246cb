"""Forms of assessments and of what follows from them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.forms import DayInput, OnceForm
from apps.workplans import access
from apps.workplans.forms.problems import AboutForm
from apps.workplans.models import QualityAssessment, QualityCase

OFFERED = 12  # so many of each are offered as samples


class SampleChoice(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj):
        return f"{obj} · {obj.get_status_display()}"


class AssessForm(OnceForm):
    """The judgement: what is computed stands above it."""

    results = forms.TypedChoiceField(
        label=_("Quality of results"), choices=QualityAssessment.Grade, coerce=int, widget=forms.RadioSelect
    )
    results_reason = forms.CharField(
        label=_("By what you judge"),
        widget=forms.Textarea({"rows": 4}),
        help_text=_("What was good, what was not, and where one sees it."),
    )
    tasks = SampleChoice(label=_("Tasks you looked at"), queryset=None, required=False)
    reports = SampleChoice(label=_("Reports you looked at"), queryset=None, required=False)
    comment = forms.CharField(label=_("Comment for the person"), widget=forms.Textarea({"rows": 3}), required=False)

    def __init__(self, *args, samples, **options):
        super().__init__(*args, **options)
        for name, rows in zip(("tasks", "reports"), samples, strict=True):
            offered = list(rows.values_list("pk", flat=True)[:OFFERED])
            self.fields[name].queryset = rows.model.objects.filter(pk__in=offered).order_by(*rows.query.order_by)
            if not offered:
                self.fields[name].widget = forms.MultipleHiddenInput()
        self.fields["reports"].queryset = self.fields["reports"].queryset.select_related("assignment__person")


class StatementForm(AboutForm):
    statement = forms.CharField(
        label=_("How it came"),
        widget=forms.Textarea({"rows": 8}),
        help_text=_("It is kept as you write it, and read before anything is decided."),
    )


class DecideForm(AboutForm):
    decision = forms.ChoiceField(label=_("What follows"), widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 4}))
    follow_up_on = forms.DateField(
        label=_("Look again on"),
        widget=DayInput,
        required=False,
        help_text=_("Needed unless nothing follows."),
    )

    def __init__(self, *args, user, **options):
        super().__init__(*args, user=user, **options)
        grave = bool(access.may_decide_gravely(user, self.thing))
        self.fields["decision"].choices = [
            choice for choice in QualityCase.Decision.choices if grave or choice[0] not in QualityCase.GRAVE
        ]
        if not grave:
            self.fields["decision"].help_text = _("A deduction or a transfer is decided by the department head.")


class FollowUpForm(AboutForm):
    result = forms.CharField(label=_("What has changed"), widget=forms.Textarea({"rows": 5}))
