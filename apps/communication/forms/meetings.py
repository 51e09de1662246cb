"""Forms of meetings with the client and of waivers."""

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.communication import access
from apps.communication.forms.at_site import contacts_of, places
from apps.communication.forms.enquiries import ContactChoice, SiteChoice
from apps.communication.forms.people import PeopleChoice
from apps.communication.models import Meeting, MeetingWaiver
from apps.communication.policy.meetings import first_day, last_day
from apps.core.forms import FilesField, MomentInput, OnceForm, Remembering
from apps.core.lookups import PersonField
from apps.personnel.models import Assignment, Site, User, lasts_to
from apps.personnel.roles import Role


def of_us(site: Site, *, beside=()):
    """Who of us can take part at a site: those stationed there, its leads and heads, and who does already."""
    here = access.people_of(site, timezone.localdate())
    return User.objects.filter(here | Q(pk__in=[one.pk for one in beside]), is_active=True)


class SiteForm(forms.Form):
    """The first question of a new meeting, for those who work for several sites."""

    site = SiteChoice()

    def __init__(self, *args, user, **options):
        super().__init__(*args, **options)
        self.fields["site"].queryset = places(user)


class MeetingForm(Remembering, OnceForm):
    """When, where and who; the lists hold the people of the one site."""

    mode = forms.ChoiceField(
        label=_("How"),
        choices=Meeting.Mode,
        initial=Meeting.Mode.IN_PERSON,
        widget=forms.RadioSelect,
        help_text=_("Only a meeting face to face counts for the month."),
    )
    begins_at = forms.DateTimeField(label=_("Begins"), widget=MomentInput)
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    agenda = forms.CharField(label=_("About"), max_length=200)
    staff = PeopleChoice(label=_("Of us"), queryset=None)
    contacts = PeopleChoice(label=_("Of the client"), queryset=None, required=False)

    def __init__(self, *args, site: Site, meeting: Meeting | None = None, **options):
        super().__init__(*args, **options)
        self.fields["staff"].queryset = of_us(site, beside=meeting.staff.all() if meeting else ())
        self.fields["contacts"].queryset = contacts_of([site.client_id])
        if meeting:
            self.remember()


class NewMeetingForm(MeetingForm):
    """A meeting ahead, or one that took place already: then with what was said."""

    held = forms.BooleanField(label=_("It took place already"), required=False)
    minutes = forms.CharField(label=_("Minutes"), required=False, widget=forms.Textarea({"rows": 6}))
    files = FilesField(label=_("Photos or files"), required=False)
    field_order = ["mode", "begins_at", "held", "place", "agenda"]


class HeldForm(Remembering, OnceForm):
    """It took place: what was said and who was really there."""

    begins_at = forms.DateTimeField(label=_("When did it begin"), widget=MomentInput)
    staff = PeopleChoice(label=_("Of us"), queryset=None)
    contacts = PeopleChoice(
        label=_("Of the client"),
        queryset=None,
        required=False,
        help_text=_("Without somebody of the client it does not count for the month."),
    )
    minutes = forms.CharField(label=_("Minutes"), widget=forms.Textarea({"rows": 6}))
    files = FilesField(label=_("Photos or files"), required=False)

    def __init__(self, *args, thing: Meeting, user, **options):
        super().__init__(*args, **options)
        self.fields["staff"].queryset = of_us(thing.site, beside=thing.staff.all())
        self.fields["contacts"].queryset = contacts_of([thing.site.client_id])
        self.remember()


class ConfirmForm(forms.Form):
    confirmed_for = ContactChoice(
        label=_("Confirmed by somebody of the client"),
        required=False,
        empty_label=_("Nobody: I confirm it myself"),
    )

    def __init__(self, *args, thing: Meeting, user, **options):
        super().__init__(*args, **options)
        field = self.fields["confirmed_for"]
        field.queryset = thing.contacts.select_related("client")


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Why"), widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, **options)


class MeetingFilesForm(forms.Form):
    files = FilesField(label=_("Photos or files"), required=True)


# --- Waivers ------------------------------------------------------------------------------------------


class MonthInput(forms.DateInput):
    """A calendar month; a browser without such a box takes 2026-11."""

    input_type = "month"

    def __init__(self, attrs=None):
        super().__init__({"placeholder": "2026-11", "pattern": "[0-9]{4}-[0-9]{2}", **(attrs or {})}, format="%Y-%m")


class WaiverForm(OnceForm):
    """For oneself; leads, heads and HR may ask for others. Answers the `assignment` of that month."""

    person = PersonField(label=_("For whom"))
    month = forms.DateField(label=_("Month"), widget=MonthInput, input_formats=["%Y-%m", "%Y-%m-%d"])
    ground = forms.ChoiceField(label=_("Ground"), choices=MeetingWaiver.Ground)
    reason = forms.CharField(label=_("Why was no meeting possible"), widget=forms.Textarea({"rows": 4}))

    def __init__(self, *args, user, **options):
        super().__init__(*args, **options)
        self.user = user
        if user.has_role(Role.LEAD, Role.HEAD, Role.HR):
            self.fields["person"].queryset = User.objects.visible_to(user)
        else:
            del self.fields["person"]

    def clean(self):
        cleaned = super().clean()
        person = cleaned.pop("person", None) if "person" in self.fields else self.user
        month = cleaned.get("month")
        if person is None or month is None:
            return cleaned
        found = (
            Assignment.objects.visible_to(self.user)
            .exclude(status=Assignment.Status.CANCELLED)
            .filter(lasts_to(first_day(month)), person=person, since__lte=last_day(month))
            .order_by("-since")
            .first()
        )
        if found is None:
            self.add_error("month", _("%(person)s is at no site in this month.") % {"person": person})
        cleaned["assignment"] = found
        return cleaned


class WaiverReviseForm(forms.Form):
    ground = forms.ChoiceField(label=_("Ground"), choices=MeetingWaiver.Ground)
    reason = forms.CharField(label=_("Why was no meeting possible"), widget=forms.Textarea({"rows": 4}))

    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, **options)
