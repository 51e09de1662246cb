"""What people fill in about trainings (2.4.1–2.4.3a)."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.forms import DayInput, FilesField, JustNowField, MomentInput, OnceForm, RecordForm
from apps.core.lookups import LookupField, PersonField
from apps.personnel.models import ClientContact, Course, Enrolment, Site, Skill, TrainingSession, User

SESSION_FIELDS = ["course", "site", "begins_at", "ends_at", "place", "trainer", "guest_trainer", "places"]


class SessionForm(OnceForm):
    course = LookupField(label=_("Course"), queryset=None)
    site = LookupField(
        label=_("Site"), queryset=None, required=False, help_text=_("Left empty: for the people of all sites.")
    )
    begins_at = forms.DateTimeField(label=_("Begins"), widget=MomentInput)
    ends_at = forms.DateTimeField(label=_("Ends"), widget=MomentInput)
    place = forms.CharField(label=_("Place"), max_length=150)
    trainer = PersonField(
        label=_("Trainer"), required=False, queryset=None, help_text=_("One of ours; or name somebody below.")
    )
    guest_trainer = forms.CharField(label=_("Trainer from outside"), required=False, max_length=100)
    places = forms.IntegerField(label=_("Number of places"), min_value=1, max_value=1000, initial=20)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["course"].queryset = Course.objects.filter(active=True)
        self.fields["site"].queryset = Site.objects.running()
        self.fields["trainer"].queryset = User.objects.filter(is_active=True)


class SessionEditForm(RecordForm):
    class Meta(RecordForm.Meta):
        model = TrainingSession
        fields = ["begins_at", "ends_at", "place", "trainer", "guest_trainer", "places"]
        widgets = {"begins_at": MomentInput, "ends_at": MomentInput}


class EnrolForm(OnceForm):
    """One person, or everybody of a site who has no place yet."""

    person = PersonField(label=_("Person"), required=False, queryset=None)
    everybody_of = LookupField(
        label=_("Everybody of a site"),
        required=False,
        queryset=None,
        help_text=_("All who are stationed there on the day and have no place yet."),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["person"].queryset = User.objects.filter(is_active=True)
        self.fields["everybody_of"].queryset = Site.objects.running()


class AskPlaceForm(OnceForm):
    reason = forms.CharField(
        label=_("Why you would like to take part"), required=False, widget=forms.Textarea({"rows": 3})
    )


class ResultsForm(forms.Form):
    """A result and a note for each who was there and has none; left empty, it stays open."""

    def __init__(self, *args, enrolments, **options):
        super().__init__(*args, **options)
        self.enrolments = enrolments
        for one in enrolments:
            self.fields[f"result_{one.pk}"] = forms.ChoiceField(
                label=one.person.name, required=False, choices=[("", _("No result yet")), *Enrolment.Result.choices]
            )
            self.fields[f"note_{one.pk}"] = forms.CharField(
                label=_("Note on %(person)s") % {"person": one.person.name}, required=False, max_length=300
            )

    def given(self):
        """(enrolment, result, note) of each that got one."""
        for one in self.enrolments:
            if result := self.cleaned_data[f"result_{one.pk}"]:
                yield one, result, self.cleaned_data[f"note_{one.pk}"]


class FeedbackForm(OnceForm):
    rating = forms.TypedChoiceField(
        label=_("How good was it"),
        coerce=int,
        choices=[(5, _("5 · very good")), (4, "4"), (3, "3"), (2, "2"), (1, _("1 · poor"))],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("In your words"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Others read it without your name; only HR is told who wrote it."),
    )


class ClientTrainingForm(OnceForm):
    site = LookupField(label=_("Site"), queryset=None)
    contact = LookupField(label=_("Who of the client"), queryset=None)
    title = forms.CharField(label=_("What do they want to learn"), max_length=200)
    detail = forms.CharField(label=_("Details"), required=False, widget=forms.Textarea({"rows": 4}))
    wanted_on = forms.DateField(label=_("Wanted by"), required=False, widget=DayInput)
    asked_at = JustNowField(label=_("When did they ask"))

    def __init__(self, *args, sites, **options):
        options["initial"] = {"site": sites.first(), **(options.get("initial") or {})}
        super().__init__(*args, **options)
        self.fields["site"].queryset = sites
        self.fields["contact"].queryset = (
            ClientContact.objects.filter(client__in=sites.values("client"), active=True)
            .select_related("client")
            .order_by("client__name_sort", "name_sort")
        )


class AboutForm(forms.Form):
    """A form about one record; who fills it in is known to the action."""

    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, **options)
        self.thing, self.user = thing, user


class AnswerForm(AboutForm):
    answer = forms.CharField(
        label=_("What will be done, by whom and when"),
        widget=forms.Textarea({"rows": 4}),
        help_text=_("This is the first answer to the client; those of the site are told."),
    )


class OutcomeForm(AboutForm):
    outcome = forms.CharField(label=_("What came out"), widget=forms.Textarea({"rows": 4}))


class WhyForm(AboutForm):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}))


class LearningForm(OnceForm):
    topic = forms.CharField(label=_("What did you learn"), max_length=200)
    learned_on = forms.DateField(label=_("Day"), widget=DayInput, initial=timezone.localdate)
    hours = forms.DecimalField(label=_("Hours"), max_digits=5, decimal_places=1)
    skill = forms.ModelChoiceField(
        label=_("Skill"), required=False, queryset=None, help_text=_("It stays a claim until somebody verifies it.")
    )
    words = forms.CharField(label=_("Notes"), required=False, widget=forms.Textarea({"rows": 4}))
    files = FilesField(label=_("Evidence"), required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["skill"].queryset = Skill.objects.filter(active=True)
