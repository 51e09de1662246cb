"""Forms of clients' requests."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.communication.forms.at_site import AtSiteForm, contacts_of
from apps.communication.forms.enquiries import ContactChoice, colleagues
from apps.core.forms import FilesField, JustNowField, MomentInput, OnceForm


class RequestForm(AtSiteForm):
    title = forms.CharField(label=_("What does the client want"), max_length=200)
    detail = forms.CharField(label=_("Details"), required=False, widget=forms.Textarea({"rows": 4}))
    received_at = JustNowField(label=_("When did they ask"))
    mine = forms.BooleanField(label=_("I take it on"), required=False)


class OwnerField(forms.ModelChoiceField):
    """Somebody who works at the site."""

    def __init__(self, **options):
        super().__init__(label=_("Owner"), queryset=None, **options)


class RequestActForm(forms.Form):
    """A form about one request; an owner is chosen among those of its site."""

    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, **options)
        if "owner" in self.fields:
            here = colleagues(thing.site)
            self.fields["owner"].queryset = here
            self.fields["owner"].initial = thing.owner or (user if here.filter(pk=user.pk).exists() else None)


class AcceptForm(RequestActForm):
    owner = OwnerField()
    agreed_due_at = forms.DateTimeField(
        label=_("Due time agreed with the client"),
        widget=MomentInput,
        help_text=_("Later changes need the client's consent and the site lead's approval."),
    )


class RequestAssignForm(RequestActForm):
    owner = OwnerField()
    reason = forms.CharField(label=_("Why"), required=False, max_length=300)

    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, thing=thing, user=user, **options)
        if thing.owner_id:
            self.fields["owner"].queryset = self.fields["owner"].queryset.exclude(pk=thing.owner_id)
            self.fields["owner"].initial = None
            self.fields["reason"].required = True
        else:
            del self.fields["reason"]


class DeclineForm(RequestActForm):
    outcome = forms.CharField(label=_("Why, and what was the client told"), widget=forms.Textarea({"rows": 4}))


class FinishForm(RequestActForm):
    outcome = forms.CharField(label=_("What came out"), widget=forms.Textarea({"rows": 4}))
    done_at = JustNowField(label=_("When was it done"))


class DateChangeForm(OnceForm):
    """Another due time: the client's consent comes first, with its proof."""

    due_at = forms.DateTimeField(label=_("New due time"), widget=MomentInput)
    reason = forms.CharField(label=_("Why must it change"), widget=forms.Textarea({"rows": 3}))
    consent_by = ContactChoice(label=_("Who of the client agreed"))
    consent_at = forms.DateTimeField(label=_("When did they agree"), widget=MomentInput)
    files = FilesField(
        label=_("Proof of the consent"),
        help_text=_("Their mail, a letter, a photo of the note: at most 25 MB each."),
        error_messages={"required": _("Add the proof of the client's consent: a mail, a letter, a photo.")},
    )

    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, **options)
        request = getattr(thing, "request", thing)
        self.fields["consent_by"].queryset = contacts_of([request.site.client_id])
        self.fields["files"].required = request is thing  # a change that is revised has its proof already
