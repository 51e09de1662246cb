"""What people fill in about talks, goals, promotions and transfers (2.4.3b)."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.forms import DayInput, OnceForm
from apps.personnel.forms.training import AboutForm
from apps.personnel.models import CareerChange, Department, DevelopmentTalk, Enrolment, Grade

MOST_GOALS = 3


class TalkForm(OnceForm):
    held_on = forms.DateField(label=_("Day of the talk"), widget=DayInput, initial=timezone.localdate)
    said = forms.CharField(
        label=_("What was said"),
        widget=forms.Textarea({"rows": 5}),
        help_text=_("The work so far, wishes, the way on. The person reads and signs it."),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for number in range(1, MOST_GOALS + 1):
            self.fields[f"goal_{number}"] = forms.CharField(
                label=_("Goal %(number)s") % {"number": number}, required=False, max_length=300
            )
            self.fields[f"by_{number}"] = forms.DateField(
                label=_("Goal %(number)s is reached by") % {"number": number}, required=False, widget=DayInput
            )

    def goals(self, inputs: dict) -> list:
        return [(inputs.pop(f"goal_{number}"), inputs.pop(f"by_{number}")) for number in range(1, MOST_GOALS + 1)]


class CommentForm(AboutForm):
    comment = forms.CharField(label=_("How do you see it"), widget=forms.Textarea({"rows": 4}))


class CareerForm(OnceForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=CareerChange.Kind)
    effective_on = forms.DateField(label=_("From"), widget=DayInput, initial=timezone.localdate)
    grade = forms.ModelChoiceField(label=_("New grade"), required=False, queryset=None)
    department = forms.ModelChoiceField(label=_("New department"), required=False, queryset=None)
    talk = forms.ModelChoiceField(
        label=_("Rests on the talk"), required=False, queryset=None, help_text=_("A talk, or a result, or both.")
    )
    enrolment = forms.ModelChoiceField(label=_("Rests on the result"), required=False, queryset=None)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 4}))

    def __init__(self, *args, person, **options):
        super().__init__(*args, **options)
        self.fields["grade"].queryset = Grade.objects.all()
        self.fields["department"].queryset = Department.objects.all()
        self.fields["talk"].queryset = DevelopmentTalk.objects.filter(person=person)
        self.fields["enrolment"].queryset = Enrolment.objects.filter(
            person=person, result=Enrolment.Result.PASSED
        ).select_related("person", "session__course")
