"""Forms of complaints and major problems."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.communication.forms.at_site import AtSiteForm
from apps.communication.models import Problem
from apps.core.forms import Remembering


class ProblemForm(AtSiteForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=Problem.Kind, widget=forms.RadioSelect)
    title = forms.CharField(label=_("What happened"), max_length=200)
    detail = forms.CharField(
        label=_("Details"),
        widget=forms.Textarea({"rows": 5}),
        help_text=_("What, since when, who is affected, what was done already."),
    )
    field_order = ["kind", "site", "contact"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["contact"].required = False


class ProblemActForm(forms.Form):
    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, **options)


class PlanForm(Remembering, ProblemActForm):
    plan = forms.CharField(
        label=_("Joint plan"),
        widget=forms.Textarea({"rows": 10}),
        help_text=_("What both sides will do, by when, and who does it. A new text needs new signatures."),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.remember()


class CloseForm(ProblemActForm):
    outcome = forms.CharField(label=_("What came out"), widget=forms.Textarea({"rows": 5}))
