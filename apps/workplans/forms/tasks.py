"""Forms of tasks: given with each person's load and skills in view, delivered, accepted."""

from datetime import date
from decimal import Decimal, InvalidOperation

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from apps.communication.models import ClientRequest
from apps.core.forms import DayInput, FilesField, Fold, OnceForm, Remembering
from apps.core.lookups import LookupField
from apps.core.parameters import BEGINNING
from apps.core.words import is_id
from apps.personnel.models import ClientContact, Level, Project, Site, Skill, User
from apps.workplans import workload
from apps.workplans.models import Priority, Task
from apps.workplans.policy.tasks import LONGEST_DAYS

SKILLS = 3  # rows of the form
OPEN_REQUESTS = [ClientRequest.Status.NEW, ClientRequest.Status.ACCEPTED]


def people_at(site: Site, day: date):
    """Who may own work at a site: stationed there on a day, or leading it."""
    stationed = site.assignments.active_on(day).values("person_id")
    leads = [one.pk for one in site.leads]
    return User.objects.filter(Q(pk__in=stationed) | Q(pk__in=leads), is_active=True)


class OwnerInput(forms.Widget):
    """Each person with how much they carry and what they can do; asked for again when days or skills change."""

    form = None  # the TaskForm that draws it
    choices = ()  # which a ModelChoiceField sets; the offers stand in their place
    use_fieldset = True

    def render(self, name, value, attrs=None, renderer=None):
        return mark_safe(render_to_string("workplans/task_owner.html", self.form.offers(value)))


class TaskForm(OnceForm):
    """A task for somebody of one site. What the template says is there already."""

    title = forms.CharField(label=_("Task"), max_length=200)
    deliverable = forms.CharField(label=_("What is delivered"), widget=forms.Textarea({"rows": 2}))
    acceptance = forms.CharField(
        label=_("How we shall know"),
        widget=forms.Textarea({"rows": 2}),
        help_text=_("A figure, a test, whose yes: for example “500 cases pass” or “the client signs the record”."),
    )
    begins_on = forms.DateField(label=_("From"), widget=DayInput)
    due_on = forms.DateField(label=_("Due"), widget=DayInput)
    hours = forms.DecimalField(label=_("Hours of work"), max_digits=7, decimal_places=1, initial=8)
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none(), widget=OwnerInput)
    confirm_load = forms.BooleanField(
        label=_("I mean it, although it is more than their hours"), required=False, widget=forms.HiddenInput
    )
    priority = forms.TypedChoiceField(label=_("Priority"), choices=Priority, coerce=int, initial=Priority.NORMAL)
    helpers = forms.ModelMultipleChoiceField(
        label=_("Helpers"), queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    request = LookupField(label=_("Client request it comes from"), required=False)
    project = LookupField(label=_("Project"), required=False)
    waits_for = forms.ModelMultipleChoiceField(
        label=_("Waits for"), queryset=Task.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    files = FilesField(required=False)

    def __init__(self, *args, site: Site, task: Task | None = None, **options):
        super().__init__(*args, **options)
        self.site, self.task = site, task
        today = timezone.localdate(timezone=site.zone)
        here = people_at(site, today)
        self.fields["owner"].queryset = here
        self.fields["owner"].widget.form = self
        self.fields["helpers"].queryset = here
        self.fields["request"].queryset = ClientRequest.objects.filter(site=site, status__in=OPEN_REQUESTS)
        self.fields["project"].queryset = Project.objects.filter(client=site.client_id)
        others = Task.objects.filter(site=site).open().select_related("owner").exclude(pk=task.pk if task else None)
        self.fields["waits_for"].queryset = others
        if not others.exists():
            del self.fields["waits_for"]
        levels = [("", "–"), *Level.choices]
        skills = Skill.objects.filter(active=True)
        for number in range(SKILLS):
            self.fields[f"skill_{number}"] = forms.ModelChoiceField(
                label=_("Skill it asks for"), queryset=skills, required=False
            )
            self.fields[f"level_{number}"] = forms.TypedChoiceField(
                label=_("At least at level"), choices=levels, coerce=int, empty_value=None, required=False
            )
        if self.data.get("confirm_load") == "on":
            self.ask_load()
        skill_rows = [name for number in range(SKILLS) for name in (f"skill_{number}", f"level_{number}")]
        folded = ["helpers", "request", "project", *(["waits_for"] if "waits_for" in self.fields else []), "files"]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        known = [name for name in folded if name in self.fields]
        self.helper.layout = Layout(
            "key",
            *(["seen"] if "seen" in self.fields else []),
            "title", "deliverable", "acceptance", "begins_on", "due_on", "hours", "priority",
            Fold(_("Skills it asks for"), *skill_rows),
            "owner", "confirm_load",
            Fold(_("Helpers, client request, order, files"), *known),
        )  # fmt: skip

    def ask_load(self) -> None:
        """Show the box to confirm a load above the limit."""
        self.fields["confirm_load"].widget = forms.CheckboxInput()

    def wanted(self) -> dict[Skill, int]:
        """The skills asked for, as they stand in the form now, with their levels."""
        found = {}
        known = {str(one.pk): one for one in self.fields["skill_0"].queryset}
        for number in range(SKILLS):
            skill = known.get(str(self._now(f"skill_{number}") or ""))
            level = str(self._now(f"level_{number}") or "")
            if skill is not None:
                found[skill] = int(level) if is_id(level) and 1 <= int(level) <= 5 else Level.GUIDED.value
        return found

    def _now(self, name: str):
        value = self[name].value()
        return getattr(value, "pk", value)

    def offers(self, chosen) -> dict:
        """What the choice of an owner draws, by the days, hours and skills that stand in the form now."""
        today = timezone.localdate(timezone=self.site.zone)
        begins_on, due_on = (_day(self._now(name)) for name in ("begins_on", "due_on"))
        begins_on = begins_on if begins_on and begins_on > BEGINNING else today
        due_on = due_on if due_on and due_on >= begins_on else begins_on
        if (due_on - begins_on).days > LONGEST_DAYS:
            due_on = begins_on
        rows = workload.offers(
            self.site,
            self.fields["owner"].queryset,
            begins_on=begins_on,
            due_on=due_on,
            hours=_number(self._now("hours")),
            skills=self.wanted(),
            without=self.task,
        )
        return {
            "offers": rows,
            "chosen": str(getattr(chosen, "pk", chosen) or ""),
            "site": self.site,
            "task": self.task,
        }

    def clean(self):
        given = super().clean()
        given["skills"] = self.wanted()
        for number in range(SKILLS):
            given.pop(f"skill_{number}", None)
            given.pop(f"level_{number}", None)
        return given


def _day(value) -> date | None:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        return None


def _number(value) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return Decimal(8)
    return min(max(number, Decimal(0)), Decimal(10_000)) if number.is_finite() else Decimal(8)


class TaskChangeForm(Remembering, TaskForm):
    """A task as it stands; what somebody else changed meanwhile stays."""

    key = None
    files = None

    def __init__(self, *args, site: Site, task: Task, **options):
        skills = list(task.skills.select_related("skill"))[:SKILLS]
        rows = {f"skill_{number}": one.skill_id for number, one in enumerate(skills)}
        rows |= {f"level_{number}": one.level for number, one in enumerate(skills)}
        names = ("title", "deliverable", "acceptance", "begins_on", "due_on", "hours", "priority", "owner", "request")
        standing = {name: getattr(task, name) for name in (*names, "project")}
        standing |= {"helpers": list(task.helpers.all()), "waits_for": list(task.waits_for.all()), **rows}
        options["initial"] = {**standing, **(options.get("initial") or {})}
        super().__init__(*args, site=site, task=task, **options)
        self.fields["owner"].queryset |= User.objects.filter(pk=task.owner_id)
        self.fields["request"].queryset |= ClientRequest.objects.filter(pk=task.request_id)
        self.remember()
        self.helper.layout.fields.insert(0, "seen")
        self.helper.layout.fields.remove("key")
        if task.late:
            self.fields["reason"] = forms.CharField(
                label=_("Why its day moves"),
                required=False,
                help_text=_("Only where you move a day that is over. It stays late in the figures of its month."),
            )
            self.helper.layout.fields.insert(self.helper.layout.fields.index("due_on") + 1, "reason")

    def standing(self):
        left_out = {"confirm_load", *(f"{kind}_{number}" for kind in ("skill", "level") for number in range(SKILLS))}
        return {name: value for name, value in super().standing().items() if name not in left_out}


class TaskActForm(forms.Form):
    def __init__(self, *args, thing, user, **options):
        super().__init__(*args, **options)
        self.thing = thing


class DeliverForm(TaskActForm):
    outcome = forms.CharField(
        label=_("What you deliver"),
        widget=forms.Textarea({"rows": 4}),
        help_text=_("What it is, where it lies, and how it compares with what was agreed."),
    )
    files = FilesField(required=False)


class AcceptForm(TaskActForm):
    verdict = forms.CharField(
        label=_("By what do you know"),
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Compare with what was agreed: figures, tests, whose yes."),
    )
    client_contact = forms.ModelChoiceField(
        label=_("Accepted for the client by"), queryset=ClientContact.objects.none(), required=False
    )
    files = FilesField(
        label=_("Proof of the client's acceptance"),
        required=False,
        help_text=_("A signed record, a mail, a photo; needed where somebody of the client accepted it."),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        contacts = ClientContact.objects.filter(client=self.thing.site.client_id, active=True)
        self.fields["client_contact"].queryset = contacts
        self.fields["client_contact"].empty_label = _("Nobody of the client: accepted by us")


class WhyForm(TaskActForm):
    reason = forms.CharField(label=_("Why"), widget=forms.Textarea({"rows": 3}))


class SendBackForm(TaskActForm):
    reason = forms.CharField(label=_("What is missing"), widget=forms.Textarea({"rows": 3}))


class StepMoveForm(forms.Form):
    percent = forms.IntegerField(label=_("Progress in percent"), min_value=0, max_value=100)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
