"""Do: what a person owes, first what is due first; handing it over."""

from datetime import timedelta

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import obligations
from apps.core.filters import ObligationFilter
from apps.core.forms import HandOverForm
from apps.core.obligations import Obligation
from apps.core.tables import ObligationTable
from apps.core.verdicts import NotAllowed, require
from apps.core.web import FormPage, ListPage


class Obligations(ListPage):
    """Mine and open, unless the address says otherwise."""

    model = Obligation
    table_class = ObligationTable
    filterset_class = ObligationFilter
    title = _("Do")
    subtitle = _("What is owed, first what falls due first. Late stays late.")
    icon = "list-check"
    empty = _("Nothing is owed here. Promises to clients appear with their clocks.")
    defaults = {"whose": "mine", "status": Obligation.Status.OPEN}

    def get_queryset(self):
        return super().get_queryset().select_related("owner", "site")


class HandOver(FormPage):
    form_class = HandOverForm
    title = _("Hand over")
    button = _("Hand over")
    done = _("Handed over. The new owner was told; the clock runs on.")

    def dispatch(self, request, *args, **kwargs):
        self.obligation = get_object_or_404(Obligation.objects.visible_to(request.user), pk=kwargs["pk"])
        self.clause = self.obligation.clause
        self.intro = self.obligation.title
        require(obligations.may_hand_over(request.user, self.obligation), NotAllowed)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        people = obligations.takers(self.obligation, self.request.user)
        return super().get_form_kwargs() | {"people": people}

    def act(self, form):
        obligations.reassign(self.obligation, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return reverse("obligations")


def urgent_of(user):
    """The badge in the menu: a person's promises that are late or fall due within a day."""
    return Obligation.objects.of(user).open().filter(due_at__lt=timezone.now() + timedelta(days=1))
