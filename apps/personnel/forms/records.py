"""What HR and administrators fill in about people, clients, sites and assignments."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.forms import DayInput, MomentInput, ReasonForm, RecordForm
from apps.personnel.models import Assignment, Client, ClientContact, Project, Site, User
from apps.personnel.roles import Role


class PersonForm(RecordForm):
    class Meta(RecordForm.Meta):
        model = User
        fields = [
            "name",
            "email",
            "number",
            "phone",
            "title",
            "department",
            "grade",
            "hired_on",
            "home_city",
            "emergency_name",
            "emergency_relation",
            "emergency_phone",
            "language",
            "time_zone",
        ]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for name in ("grade", "department"):
            if getattr(self.instance, f"{name}_id"):
                self.fields[name].disabled = True
                self.fields[name].help_text = _("It changes by a promotion or transfer that says what it rests on.")


class AddressForm(RecordForm):
    """All that an administrator changes of a person's record."""

    class Meta(RecordForm.Meta):
        model = User
        fields = ["email"]


class RolesForm(forms.Form):
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=[(role, Role(role).label) for role in Role.granted()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Department head, site lead and staff follow from departments, sites and assignments."),
    )


class ClientForm(RecordForm):
    class Meta(RecordForm.Meta):
        model = Client
        fields = ["name", "code", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 4})}


class ContactForm(RecordForm):
    class Meta(RecordForm.Meta):
        model = ClientContact
        fields = ["client", "name", "title", "email", "phone", "sites", "active"]
        widgets = {"sites": forms.CheckboxSelectMultiple}

    def __init__(self, *args, **kwargs):
        """Sites can be chosen once it is known of which client."""
        super().__init__(*args, **kwargs)
        client = self.fields["client"].found(str(self.data.get("client") or self.initial.get("client") or ""))
        if len(client) == 1:
            self.fields["sites"].queryset = Site.objects.filter(client=client[0])
        else:
            del self.fields["sites"]


class SiteForm(RecordForm):
    class Meta(RecordForm.Meta):
        model = Site
        fields = [
            "name",
            "code",
            "client",
            "department",
            "lead",
            "deputy",
            "city",
            "address",
            "time_zone",
            "country",
            "shift",
            "report_to",
            "bring",
            "active",
        ]
        widgets = {"report_to": forms.Textarea(attrs={"rows": 2}), "bring": forms.Textarea(attrs={"rows": 2})}


class AssignmentForm(RecordForm):
    """What may change while somebody is stationed."""

    class Meta(RecordForm.Meta):
        model = Assignment
        fields = ["position", "project", "since", "planned_to", "report_at"]
        widgets = {"report_at": MomentInput}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        projects = Project.objects.select_related("client")
        if self.instance.pk:
            projects = projects.filter(client=self.instance.site.client_id)
        self.fields["project"].queryset = projects
        if self.instance.pk and self.instance.status != Assignment.Status.PLANNED:
            del self.fields["report_at"]
        else:
            self.fields["report_at"].help_text = _("Left empty: 9 o'clock on the first day, by the site's clock.")


class DispatchForm(AssignmentForm):
    """Somebody new at a site: the request for this one person and HR's reason for the choice, in one form."""

    reason = forms.CharField(
        label=_("Why they are the right people"),
        widget=forms.Textarea({"rows": 3}),
        help_text=_("It stays with what you saw, and cannot be changed later."),
    )

    class Meta(AssignmentForm.Meta):
        fields = ["person", "site", *AssignmentForm.Meta.fields]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = Site.objects.running()


class EndForm(ReasonForm):
    ended_on = forms.DateField(label=_("Last day"), widget=DayInput)
    returned = forms.BooleanField(
        label=_("Access is switched off; badge, keys and devices are back"),
        required=False,
        help_text=_("Left open, these stand in the handover until the site lead has them."),
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), required=False)

    field_order = ["ended_on", "returned", "reason"]


class HolidaysForm(forms.Form):
    """Which country's holidays of which year."""

    country = forms.CharField(
        label=_("Country"), min_length=2, max_length=2, help_text=_("Country code, for public holidays.")
    )
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100)
