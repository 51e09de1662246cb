"""Forms of what stands in the way of work, and of what departments answer."""

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.communication.forms.enquiries import SiteChoice
from apps.core.forms import DayInput, OnceForm
from apps.core.lookups import LookupField
from apps.personnel.models import Assignment, Site, User
from apps.workplans.models import Task, WorkProblem


class WorkProblemForm(OnceForm):
    site = SiteChoice()
    title = forms.CharField(label=_("What stands in the way"), max_length=200)
    detail = forms.CharField(
        label=_("Details"),
        widget=forms.Textarea({"rows": 4}),
        required=False,
        help_text=_("Since when, what it holds up, what was tried."),
    )
    severity = forms.ChoiceField(
        label=_("How grave"),
        choices=WorkProblem.Severity,
        widget=forms.RadioSelect,
        initial=WorkProblem.Severity.MINOR,
    )
    owner = LookupField(
        label=_("Owner"), queryset=None, required=False, help_text=_("Left empty: you, or the site lead.")
    )
    due_on = forms.DateField(
        label=_("To be solved by"),
        widget=DayInput,
        required=False,
        help_text=_("Left empty: within the policy's working days."),
    )
    task = forms.ModelChoiceField(queryset=Task.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, sites, **options):
        options["initial"] = {"site": sites.first(), **(options.get("initial") or {})}
        super().__init__(*args, **options)
        self.fields["site"].queryset = sites
        self.fields["owner"].queryset = people_at(sites)
        self.fields["task"].queryset = Task.objects.visible_to(user).open().filter(site__in=sites)


def people_at(sites):
    """Who could own something at some sites: stationed there or leading; the action checks which."""
    ids = list(sites.values_list("pk", flat=True))
    here = Assignment.objects.active_on(timezone.localdate()).filter(site__in=ids).values("person_id")
    leads = Site.objects.filter(pk__in=ids)
    return User.objects.filter(
        Q(pk__in=here) | Q(pk__in=leads.values("lead_id")) | Q(pk__in=leads.values("deputy_id")), is_active=True
    ).order_by("name_sort", "pk")


class AboutForm(forms.Form):
    """A form in front of a verb about one record."""

    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, **options)
        self.thing = thing


class HandOnForm(AboutForm):
    owner = LookupField(label=_("Hand it to"), queryset=None)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        site = Site.objects.filter(pk=self.thing.site_id)
        self.fields["owner"].queryset = people_at(site).exclude(pk=self.thing.owner_id)


class SolveForm(AboutForm):
    outcome = forms.CharField(label=_("How it was solved"), widget=forms.Textarea({"rows": 4}))


class ReasonForm(AboutForm):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 4}))


class AnswerForm(AboutForm):
    answer = forms.CharField(
        label=_("Answer"),
        widget=forms.Textarea({"rows": 5}),
        help_text=_("What your department will do, and by when."),
    )
