"""The policy, clause by clause: what it asks, how it is kept, its numbers and who changed them."""

from dataclasses import dataclass

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import clauses, parameters
from apps.core.forms import ParameterForm, ReasonForm
from apps.core.obligations import KINDS
from apps.core.parameter_catalogue import UNIT_LABELS, Number
from apps.core.parameters import Parameter
from apps.core.verdicts import NotAllowed, WrongState, require
from apps.core.web import FormPage


@dataclass(frozen=True)
class NumberShown:
    """A number of the policy with the value in force today, what comes, and what was."""

    number: Number
    rows: list[Parameter]
    today: object

    @property
    def unit(self):
        return UNIT_LABELS[self.number.unit]

    @property
    def in_force(self) -> Parameter | None:
        return next((row for row in self.rows if row.valid_from <= self.today and not row.taken_back_at), None)

    @property
    def changed(self) -> bool:
        """Whether its value in force was set by somebody, and did not come with the policy."""
        return self.in_force is not None and self.in_force.valid_from > parameters.BEGINNING

    @property
    def coming(self) -> list[Parameter]:
        """What will hold, each day once: neither replaced nor taken back."""
        return [row for row in self.rows if row.valid_from > self.today and not (row.replaced or row.taken_back_at)]


@dataclass(frozen=True)
class ClauseShown:
    clause: clauses.Clause
    kept: bool
    promises: list
    numbers: list[NumberShown]


def _promises(code: str) -> list:
    """The promises that keep a clause, by name."""
    kinds = (KINDS.get(claim.removeprefix("obligation ")) for claim in clauses.claims(code))
    return [kind.label for kind in kinds if kind]


def _numbers() -> dict[str, NumberShown]:
    """Every number by its key."""
    history, today = parameters.history(), timezone.localdate()
    return {key: NumberShown(number, history.get(key, []), today) for key, number in parameters.CATALOGUE.items()}


def policy(request):
    numbers = _numbers()
    chapters = [
        (
            chapter,
            [
                ClauseShown(
                    clause,
                    clauses.is_kept(clause),
                    _promises(clause.code),
                    [numbers[key] for key in clause.parameters],
                )
                for clause in chapter.clauses
            ],
        )
        for chapter in clauses.chapters()
    ]
    context = {"chapters": chapters, "may_change": parameters.may_change(request.user)}
    return render(request, "core/policy.html", context)


def policy_numbers(request):
    """Every number of the policy in one list, each with its way to a new value."""
    numbers = _numbers()
    chapters = [
        (chapter, [numbers[key] for key in dict.fromkeys(key for one in chapter.clauses for key in one.parameters)])
        for chapter in clauses.chapters()
    ]
    context = {
        "chapters": [(chapter, shown) for chapter, shown in chapters if shown],
        "may_change": parameters.may_change(request.user),
    }
    return render(request, "core/policy_numbers.html", context)


class ChangeNumber(FormPage):
    """A new value of one number from a day on; what happened before keeps the old one."""

    form_class = ParameterForm
    template_name = "core/policy_number_form.html"
    title = _("Change a number of the policy")
    done = _("Noted. It counts from that day on.")

    def dispatch(self, request, *args, **kwargs):
        if kwargs["key"] not in parameters.CATALOGUE:
            raise Http404
        self.number = parameters.CATALOGUE[kwargs["key"]]
        self.intro, self.clause = self.number.label.text, self.number.clause
        require(parameters.may_change(request.user), NotAllowed)
        require(parameters.is_open(self.number), WrongState)
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self):
        today = timezone.localdate()
        return {"value": parameters.value(self.number.key, on=today), "valid_from": today}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"number": _numbers()[self.number.key]}

    def act(self, form):
        given = form.cleaned_data
        parameters.change(
            self.number.key,
            given["value"],
            valid_from=given["valid_from"],
            reason=given["reason"],
            by=self.request.user,
            now=timezone.now(),
            today=timezone.localdate(),
        )
        return f"{reverse('policy')}#{self.number.clause}"


class TakeNumberBack(FormPage):
    """A value that lies ahead is taken back; the history keeps it."""

    form_class = ReasonForm
    title = _("Take a coming value back")
    button = _("Take it back")
    done = _("Taken back. What holds today goes on.")

    def may_open(self, user):
        self.parameter = get_object_or_404(Parameter, pk=self.kwargs["pk"], key__in=parameters.CATALOGUE)
        number = parameters.CATALOGUE[self.parameter.key]
        self.intro, self.clause = number.label.text, number.clause
        self.back = reverse("policy_numbers")
        return parameters.may_change(user)

    def act(self, form):
        parameters.take_back(
            self.parameter, **form.cleaned_data, by=self.request.user, now=timezone.now(), today=timezone.localdate()
        )
        return reverse("policy_numbers")
