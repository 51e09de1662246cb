"""What people keep about themselves: contacts, identity number, skills, certificates, earlier work."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.forms import DayInput, FilesField, FilesInput, OnceForm, RecordForm, Remembering
from apps.core.lookups import LookupField
from apps.personnel.models import CertificateKind, IdentityNumber, Level, PersonSkill, Skill, User, WorkHistory

# --- Contacts and identity ----------------------------------------------------------------------------


class OnePicture(FilesField):
    """One photo. Cleans to (name, bytes), or None."""

    def __init__(self, **options):
        super().__init__(required=False, widget=FilesInput({"multiple": False, "accept": "image/*"}), **options)

    def clean(self, data, initial=None):
        found = super().clean(data, initial)
        return found[-1] if found else None


class ContactsForm(RecordForm):
    """One's own contacts. The picture is taken or chosen on the phone."""

    photo = OnePicture(label=_("Photo"), help_text=_("JPEG, PNG or HEIC, at most 25 MB. Those who see you see it."))
    no_photo = forms.BooleanField(label=_("Take the present photo off"), required=False)

    class Meta(RecordForm.Meta):
        model = User
        fields = ["phone", "home_city", "emergency_name", "emergency_relation", "emergency_phone"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        pictured = self.instance.photo_id is not None
        if not pictured:
            del self.fields["no_photo"]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            *(["seen"] if "seen" in self.fields else []),
            "phone",
            "home_city",
            "photo",
            *(["no_photo"] if pictured else []),
            Fieldset(_("In an emergency"), "emergency_name", "emergency_relation", "emergency_phone"),
        )

    def standing(self):
        return {name: getattr(self.instance, name) for name in self.Meta.fields}


class IdentityForm(forms.Form):
    """The number is never shown again in a form, kept in a draft, or offered by the browser."""

    kind = forms.ChoiceField(label=_("Document"), choices=IdentityNumber.Kind.choices)
    number = forms.CharField(
        label=_("Number"),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
        help_text=_("As on the document. It is stored encrypted; each look at it is recorded."),
    )


# --- Skills -------------------------------------------------------------------------------------------


class LevelField(forms.TypedChoiceField):
    def __init__(self, **options):
        super().__init__(choices=[("", "---------"), *Level.choices], coerce=int, **options)


class ClaimForm(OnceForm):
    skill = LookupField(label=_("Skill"), queryset=Skill.objects.none())
    level = LevelField(label=_("How well"))
    evidence = forms.CharField(
        label=_("What shows it"),
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Projects, years, courses: what somebody who verifies it can look at."),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["skill"].queryset = Skill.objects.filter(active=True)


class VerifySkillForm(Remembering, forms.Form):
    level = LevelField(label=_("Level that you have seen"))
    note = forms.CharField(
        label=_("How did you check it"),
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("A talk, a test, work that you have seen …"),
    )

    def __init__(self, *args, held: PersonSkill, **options):
        super().__init__(*args, **options)
        self.held = held
        self.remember()

    def standing(self):
        return {"level": self.held.verified_level}


class VouchForm(OnceForm):
    """A skill that somebody else has seen, claimed or not."""

    skill = LookupField(label=_("Skill"), queryset=Skill.objects.none())
    level = LevelField(label=_("Level that you have seen"))
    note = VerifySkillForm.base_fields["note"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["skill"].queryset = Skill.objects.filter(active=True)


# --- Certificates -------------------------------------------------------------------------------------


class CertificateForm(OnceForm):
    kind = LookupField(label=_("Certificate"), queryset=CertificateKind.objects.none())
    number = forms.CharField(label=_("Number"), required=False, max_length=60)
    issued_on = forms.DateField(label=_("Issued on"), widget=DayInput)
    expires_on = forms.DateField(
        label=_("Valid until"), required=False, widget=DayInput, help_text=_("Empty where it never runs out.")
    )
    files = FilesField(
        label=_("Photos or PDF of it"),
        required=False,
        help_text=_("Stored encrypted, at most 25 MB each; whoever opens one is recorded."),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["kind"].queryset = CertificateKind.objects.filter(active=True)
        self.fields["files"].widget.attrs["accept"] = "image/*,.pdf"


class MoreFilesForm(OnceForm):
    files = FilesField(
        label=_("Photos or PDF of it"),
        help_text=_("Stored encrypted, at most 25 MB each; whoever opens one is recorded."),
    )


class VerifyCertificateForm(forms.Form):
    note = forms.CharField(
        label=_("How did you check it"),
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Seen in the original, looked up at the issuer …"),
    )


# --- Earlier work -------------------------------------------------------------------------------------


class WorkForm(RecordForm):
    class Meta(RecordForm.Meta):
        model = WorkHistory
        fields = ["employer", "position", "since", "until", "note"]
        widgets = {"note": forms.Textarea({"rows": 4})}


class NewWorkForm(OnceForm, WorkForm):
    """The same for a new entry, stored once."""
