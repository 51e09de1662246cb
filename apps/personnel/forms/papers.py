"""Forms of site documents, signatures and proofs."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.forms import DayInput, FilesField, OnceForm
from apps.core.lookups import LookupField
from apps.personnel.models import DocumentVersion, Proof, Site
from apps.personnel.roles import Role


class DocumentForm(OnceForm):
    """An edition, for one site or (HR only) for all."""

    site = LookupField(
        label=_("Site"),
        queryset=Site.objects.none(),
        required=False,
        help_text=_("Left empty: for every site that has none of its own."),
    )
    kind = forms.ChoiceField(label=_("Kind of document"), choices=DocumentVersion.Kind)
    title = forms.CharField(label=_("Title"), max_length=150)
    text = forms.CharField(label=_("Text"), widget=forms.Textarea({"rows": 14}))
    changes = forms.CharField(
        label=_("What is new"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("For those who signed the last edition; needed from the second edition on."),
    )

    def __init__(self, *args, user, **options):
        super().__init__(*args, **options)
        self.fields["site"].queryset = Site.objects.running() if user.has_role(Role.HR) else Site.objects.led_by(user)
        if not user.has_role(Role.HR):
            self.fields["site"].required = True
            self.fields["site"].help_text = ""


class SignForm(forms.Form):
    signed_name = forms.CharField(
        label=_("Type your name to sign"),
        max_length=100,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "words", "spellcheck": "false"}),
    )


class ProofForm(OnceForm):
    kind = forms.ChoiceField(label=_("What it proves"), choices=Proof.Kind)
    files = FilesField(
        label=_("Photos or PDF"),
        help_text=_("A photo of each page, or one PDF without a password; at most 25 MB each."),
        error_messages={"required": _("Add a photo of each page, or a PDF.")},
    )
    expires_on = forms.DateField(
        label=_("Valid until"), required=False, widget=DayInput, help_text=_("Left empty: it does not run out.")
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["files"].widget.attrs["accept"] = "image/*,.pdf"


class SendBackForm(forms.Form):
    reason = forms.CharField(label=_("What is wrong with it"), widget=forms.Textarea({"rows": 3}))
