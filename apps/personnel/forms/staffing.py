"""Forms of staffing requests, of the choice among candidates, of waivers, and of what the person answers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.forms import DayInput, MomentInput, OnceForm, RecordForm
from apps.core.lookups import LookupField, PersonField
from apps.personnel import access
from apps.personnel.models import CertificateKind, Level, Project, Requirement, Site, Skill, StaffingRequest, User
from apps.personnel.roles import Role

CHOSEN_AT_ONCE = 200


def places(user):
    """Running sites for which this person may ask for people."""
    rows = Site.objects.running()
    return rows if user.has_role(Role.HR) else rows.filter(access.steered(user, ""))


class StaffingForm(OnceForm):
    site = LookupField(label=_("Site"))
    position = forms.CharField(label=_("Role on site"), max_length=80)
    headcount = forms.IntegerField(label=_("People needed"), min_value=1, max_value=200, initial=1)
    since = forms.DateField(label=_("From"), widget=DayInput)
    planned_to = forms.DateField(
        label=_("Planned to"),
        widget=DayInput,
        required=False,
        help_text=_("Certificates are checked against this day; leave it empty while no end is known."),
    )
    project = LookupField(label=_("Project"), required=False)
    detail = forms.CharField(label=_("What the work is"), required=False, widget=forms.Textarea({"rows": 4}))

    def __init__(self, *args, user, **options):
        super().__init__(*args, **options)
        self.fields["site"].queryset = places(user).select_related("client")
        self.fields["project"].queryset = Project.objects.offered(user)


class StaffingChangeForm(RecordForm):
    class Meta(RecordForm.Meta):
        model = StaffingRequest
        fields = ["position", "headcount", "since", "planned_to", "project", "detail"]
        widgets = {"detail": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["project"].queryset = Project.objects.filter(client=self.instance.site.client_id)


class CloseForm(forms.Form):
    outcome = forms.CharField(label=_("Why it is closed"), widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, **options)


class RequirementForm(forms.Form):
    """One thing that is asked for: chosen from what the registers know."""

    what = forms.ChoiceField(label=_("Skill, language or certificate"))
    level = forms.TypedChoiceField(
        label=_("At least at level"),
        choices=[("", "–"), *Level.choices],
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("For skills and languages; only a verified level counts."),
    )
    mandatory = forms.BooleanField(
        label=_("Mandatory"), required=False, initial=True, help_text=_("Whoever lacks it cannot go without a waiver.")
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        skills = list(Skill.objects.filter(active=True))
        kinds = CertificateKind.objects.filter(active=True)
        groups = [
            (Skill.Kind.SKILL.label, [one for one in skills if one.kind == Skill.Kind.SKILL]),
            (Skill.Kind.LANGUAGE.label, [one for one in skills if one.kind == Skill.Kind.LANGUAGE]),
            (CertificateKind._meta.verbose_name, kinds),
        ]
        self.things = {f"{one._meta.model_name}-{one.pk}": one for _label, rows in groups for one in rows}
        self.fields["what"].choices = [
            ("", "–"),
            *((label, [(f"{one._meta.model_name}-{one.pk}", str(one)) for one in rows]) for label, rows in groups),
        ]

    def wanted(self) -> dict:
        """What the action takes."""
        thing = self.things[self.cleaned_data["what"]]
        given = {"level": self.cleaned_data["level"], "mandatory": self.cleaned_data["mandatory"]}
        return given | ({"skill": thing} if isinstance(thing, Skill) else {"certificate": thing})


class PeopleChoice(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple


class DecideForm(OnceForm):
    """Who goes, from when, and why they."""

    people = PeopleChoice(label=_("Who goes"), queryset=User.objects.none())
    since = forms.DateField(
        label=_("First day"), widget=DayInput, help_text=_("Later than asked for, if they cannot be there before.")
    )
    report_at = forms.DateTimeField(
        label=_("To report in"),
        widget=MomentInput,
        required=False,
        help_text=_("Left empty: 9 o'clock on the first day, by the site's clock."),
    )
    reason = forms.CharField(
        label=_("Why they are the right people"),
        widget=forms.Textarea({"rows": 3}),
        help_text=_("It stays with what you saw, and cannot be changed later."),
    )

    def __init__(self, *args, people, **options):
        super().__init__(*args, **options)
        self.fields["people"].queryset = User.objects.filter(pk__in=people)


class WaiverFields(forms.Form):
    reason = forms.CharField(label=_("Why they can go all the same"), widget=forms.Textarea({"rows": 3}))
    until = forms.DateField(
        label=_("Until"),
        widget=DayInput,
        help_text=_("It opens the way only when it lasts to the planned end."),
    )


class WaiverForm(WaiverFields, OnceForm):
    person = PersonField(label=_("Person"), queryset=User.objects.filter(is_active=True))
    requirement = forms.ModelChoiceField(label=_("Requirement"), queryset=None)

    field_order = ["key", "person", "requirement", "reason", "until"]

    def __init__(self, *args, thing, **options):
        super().__init__(*args, **options)
        wanted = Requirement.objects.filter(request=thing, mandatory=True).select_related("skill", "certificate")
        self.fields["requirement"].queryset = wanted


class WaiverReviseForm(WaiverFields):
    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, **options)


class ObjectForm(forms.Form):
    reason = forms.CharField(label=_("Why can you not go"), widget=forms.Textarea({"rows": 4}))

    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, **options)


class AskAgainForm(forms.Form):
    answer = forms.CharField(label=_("Your answer to the objection"), widget=forms.Textarea({"rows": 4}))

    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, **options)
