"""Forms of leaving: asking for it, the client's decision, the handover, who is gone without approval (2.2.2)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.forms import DayInput, FilesField, JustNowField, OnceForm, Remembering
from apps.personnel import access
from apps.personnel.models import ClientContact, HandoverItem, UnapprovedAbsence, User


class AboutThing(forms.Form):
    """A form in front of a verb about one record."""

    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, **options)
        self.thing, self.user = thing, user


class DepartureFields(forms.Form):
    last_day = forms.DateField(label=_("Last day"), widget=DayInput)
    reason = forms.CharField(label=_("Why they leave early"), widget=forms.Textarea({"rows": 3}))
    short_notice_reason = forms.CharField(
        label=_("Why the notice is shorter"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Needed when the last day is nearer than the notice that the policy asks for."),
    )
    leaves_company = forms.BooleanField(label=_("Leaves the company too"), required=False)


class DepartureForm(DepartureFields, OnceForm):
    pass


class DepartureReviseForm(AboutThing, DepartureFields):
    pass


class ClientDecisionForm(Remembering, AboutThing):
    contact = forms.ModelChoiceField(label=_("Who of the client decided"), queryset=ClientContact.objects.none())
    agreed = forms.TypedChoiceField(
        label=_("What they decided"),
        choices=[("yes", _("They agree")), ("no", _("They refuse"))],
        coerce=lambda given: given == "yes",
        widget=forms.RadioSelect,
    )
    said_at = JustNowField(label=_("When they said so"))
    words = forms.CharField(label=_("What they said"), widget=forms.Textarea({"rows": 3}))
    files = FilesField(
        label=_("Proof"),
        help_text=_("Their mail, a letter, a photo of the note: at most 25 MB each."),
        error_messages={"required": _("Add the proof of what the client said: a mail, a letter, a photo.")},
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        contacts = ClientContact.objects.filter(client=self.thing.site.client_id, active=True)
        self.fields["contact"].queryset = contacts.order_by("name_sort")
        self.remember()

    def standing(self):
        """What is recorded already, so that nobody records the opposite unawares."""
        return {"agreed": self.thing.client_agreed}


class WhyForm(AboutThing):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}))


# --- Handover -----------------------------------------------------------------------------------------


class ItemsForm(forms.Form):
    """Marked things of one handover."""

    items = forms.ModelMultipleChoiceField(
        queryset=HandoverItem.objects.none(),
        required=False,
        error_messages={"invalid_choice": _("One of these is no longer open: look again.")},
    )

    def __init__(self, *args, rows, **options):
        super().__init__(*args, **options)
        self.fields["items"].queryset = rows


class SettleForm(ItemsForm):
    """What the lead does with the marked things."""

    successor = forms.ModelChoiceField(label=_("Successor"), queryset=None, required=False)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=500)

    def __init__(self, *args, people, **options):
        super().__init__(*args, **options)
        self.fields["successor"].queryset = people


class TakeForm(ItemsForm):
    reason = forms.CharField(label=_("Why not"), required=False, max_length=500)


class ReturnForm(AboutThing):
    title = forms.CharField(label=_("What is to be given back"), max_length=300)
    detail = forms.CharField(label=_("Details"), required=False, max_length=300, help_text=_("Number, place, to whom."))


class SignForm(AboutThing):
    ended_on = forms.DateField(label=_("Last day on site"), widget=DayInput)
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea({"rows": 3}))
    leaves_company = forms.BooleanField(
        label=_("Leaves the company too"), required=False, help_text=_("HR is told to have the account closed.")
    )


# --- Gone without approval ----------------------------------------------------------------------------


class AbsenceForm(OnceForm):
    gone_since = forms.DateField(label=_("Gone since"), widget=DayInput)
    note = forms.CharField(label=_("What is known"), widget=forms.Textarea({"rows": 4}))


class TakeUpForm(AboutThing):
    result = forms.ChoiceField(
        label=_("How it came out"), choices=UnapprovedAbsence.Result.choices, widget=forms.RadioSelect
    )
    outcome = forms.CharField(label=_("What was found and agreed"), widget=forms.Textarea({"rows": 4}))

    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, thing=thing, user=user, **options)
        if not access.may_manage(user):  # only HR writes down that somebody has left
            ended = UnapprovedAbsence.Result.ENDED
            self.fields["result"].choices = [one for one in UnapprovedAbsence.Result.choices if one[0] != ended]
            self.fields["result"].help_text = _("If they do not come back, HR takes it up and ends the posting.")


def successors(handover):
    """Who could take something over: those of the site who stay, who leads it and who heads its department."""
    site = handover.site
    ids = [one.pk for one in (*site.leads, *site.heads)]
    here = site.assignments.filter(status="on_site").exclude(handovers__status="open").values("person_id")
    people = User.objects.filter(is_active=True).exclude(pk=handover.assignment.person_id)
    return (people.filter(pk__in=here) | people.filter(pk__in=ids)).order_by("name_sort")
