"""Forms of enquiries and of mail to be sorted."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.communication.actions.enquiries import addresses
from apps.communication.models import Enquiry
from apps.core.forms import FilesField, Fold, JustNowField, OnceForm
from apps.core.lookups import LookupField
from apps.personnel import access as personnel
from apps.personnel.models import Assignment, ClientContact, Site


def workplaces(user):
    """Sites a person leads or is stationed at: where they answer clients."""
    return (
        Site.objects.running()
        .filter(Q(lead=user) | Q(deputy=user) | Q(pk__in=personnel.stationed_at(user)))
        .select_related("client")
    )


def colleagues(site: Site):
    """Who belongs to a site today: stationed there, its lead, its deputy."""
    stationed = Assignment.objects.active_on(timezone.localdate()).filter(site=site).values("person_id")
    return get_user_model().objects.filter(
        Q(pk__in=stationed) | Q(pk__in=[one.pk for one in site.leads]), is_active=True
    )


class SiteChoice(LookupField):
    def __init__(self, **options):
        super().__init__(**{"queryset": Site.objects.none(), "label": _("Site")} | options)


class ContactChoice(LookupField):
    """A client contact, named with their client."""

    def __init__(self, **options):
        super().__init__(**{"queryset": ClientContact.objects.none(), "label": _("Who of the client")} | options)


class LogForm(OnceForm):
    site = SiteChoice()
    contact = ContactChoice(required=False)
    channel = forms.ChoiceField(label=_("How did it come"), choices=Enquiry.Channel, initial=Enquiry.Channel.PHONE)
    subject = forms.CharField(
        label=_("Subject"), max_length=300, required=False, help_text=_("Left empty: the first line of the question.")
    )
    text = forms.CharField(label=_("What did they ask"), widget=forms.Textarea({"rows": 4}))
    arrived_at = JustNowField(label=_("When did it come"))
    answer = forms.CharField(
        label=_("Answered on the spot"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Only if the client has the answer already: what did you say?"),
    )
    answered_at = JustNowField(label=_("When was it answered"), of="answer")
    files = FilesField(required=False)

    def __init__(self, *args, user, **options):
        sites = workplaces(user)
        options["initial"] = {"site": sites.first(), **(options.get("initial") or {})}
        super().__init__(*args, **options)
        self.fields["site"].queryset = sites
        self.fields["contact"].queryset = (
            ClientContact.objects.filter(client__in=sites.values("client"), active=True)
            .select_related("client")
            .order_by("client__name_sort", "name_sort")
        )
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            *("key", "site", "contact", "channel", "text", "arrived_at"),
            Fold(_("Subject, files, answered already"), "subject", "answer", "answered_at", "files"),
        )


class AnswerForm(OnceForm):
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(label=_("Your answer"), widget=forms.Textarea({"rows": 5}))
    channel = forms.ChoiceField(label=_("How"), choices=Enquiry.Channel)
    to = forms.ChoiceField(label=_("To"), required=False)
    given_at = JustNowField(label=_("When was it said"))
    files = FilesField(required=False)

    def __init__(self, *args, enquiry: Enquiry, newest: int | None = None, **options):
        known = addresses(enquiry)
        options["initial"] = {
            "seen": newest,
            "channel": Enquiry.Channel.MAIL if known else enquiry.channel,
            **(options.get("initial") or {}),
        }
        super().__init__(*args, **options)
        if known:
            self.fields["to"].choices = [(address, address) for address in known]
            self.fields["channel"].choices = [
                (value, _("By mail, sent from here") if value == Enquiry.Channel.MAIL else label)
                for value, label in Enquiry.Channel.choices
            ]
        else:
            del self.fields["to"]
            self.fields["channel"].choices = [one for one in Enquiry.Channel.choices if one[0] != Enquiry.Channel.MAIL]


class NoteForm(OnceForm):
    text = forms.CharField(label=_("Note for colleagues"), widget=forms.Textarea({"rows": 4}))
    files = FilesField(required=False)


class AssignForm(forms.Form):
    to = forms.ModelChoiceField(label=_("New owner"), queryset=None)
    reason = forms.CharField(label=_("Why"), required=False, max_length=300)

    def __init__(self, *args, enquiry: Enquiry, **options):
        super().__init__(*args, **options)
        self.fields["to"].queryset = colleagues(enquiry.site).exclude(pk=enquiry.owner_id)


class CorrectForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=300)
    contact = ContactChoice(required=False)

    def __init__(self, *args, enquiry: Enquiry, **options):
        options["initial"] = {"subject": enquiry.subject, "contact": enquiry.contact}
        super().__init__(*args, **options)
        self.fields["contact"].queryset = (
            ClientContact.objects.filter(client=enquiry.site.client_id)
            .filter(Q(active=True) | Q(pk=enquiry.contact_id))
            .select_related("client")
        )


class MoveForm(forms.Form):
    site = SiteChoice(label=_("Belongs to site"))
    reason = forms.CharField(label=_("Why"), max_length=300)

    def __init__(self, *args, enquiry: Enquiry, **options):
        super().__init__(*args, **options)
        self.fields["site"].queryset = Site.objects.running().exclude(pk=enquiry.site_id)


class FileForm(forms.Form):
    site = SiteChoice()
    contact = ContactChoice(required=False)
    contact_name = forms.CharField(
        label=_("Or enter the sender as a new contact"),
        max_length=100,
        required=False,
        help_text=_("Their name. Mail from this address then finds its way alone."),
    )

    def __init__(self, *args, user, mail, **options):
        sites = sortable_sites(user)
        options["initial"] = {"site": mail.site, "contact_name": mail.sender_name[:100]}
        super().__init__(*args, **options)
        self.fields["site"].queryset = sites
        self.fields["contact"].queryset = (
            ClientContact.objects.filter(client__in=sites.values("client"), active=True)
            .select_related("client")
            .order_by("client__name_sort", "name_sort")
        )


def sortable_sites(user):
    return Site.objects.running().overseen_by(user)


class JoinForm(forms.Form):
    enquiry = forms.CharField(
        label=_("Number of the question"), max_length=20, help_text=_("As in its heading: E-AB12CD34.")
    )

    def __init__(self, *args, user, **options):
        self.user = user
        super().__init__(*args, **options)

    def clean_enquiry(self):
        number = self.cleaned_data["enquiry"].strip().upper().strip("[]#").removeprefix("E-")
        found = Enquiry.objects.visible_to(self.user).filter(token=number).select_related("site").first()
        if found is None:
            raise forms.ValidationError(_("No question you can see has this number."))
        return found
