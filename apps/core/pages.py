"""Form pages in front of one verb, buttons for the verbs that fit, and forms that are stored once."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.idempotency import once
from apps.core.verdicts import Verdict, WrongState, no, require
from apps.core.web import FormPage


def may_now(verb, user, thing) -> Verdict:
    """Whether this person may do this to the thing as it is now."""
    if thing.status not in verb.sources:
        return no(
            _("It is “%(status)s” now.") % {"status": thing.get_status_display()},
            remedy=_("Look at its history: somebody may have been faster."),
        )
    return verb.may(user, thing)


def offers(user, thing, *verbs) -> dict[str, Verdict]:
    """A button for each verb that fits the thing's status: by name, whether this person may."""
    return {verb.__name__: verb.may(user, thing) for verb in verbs if thing.status in verb.sources}


class VerbPage(FormPage):
    """A form in front of a verb about one record: a stranger gets 404, the wrong person 403, the wrong status 409.

    Subclasses give `model`, `verb` and `form_class`; the form's fields are the verb's inputs.
    """

    model = None
    verb = None
    related: tuple[str, ...] = ()

    def may_open(self, user):
        rows = self.model.objects.visible_to(user).select_related(*self.related)
        self.thing = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.back = self.thing.get_absolute_url()
        return self.may(user)

    def may(self, user) -> Verdict:
        if self.thing.status not in self.verb.sources:
            require(may_now(self.verb, user, self.thing), WrongState)
        return self.verb.may(user, self.thing)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "thing": self.thing, "user": self.request.user}

    def inputs(self, form) -> dict:
        return {name: value for name, value in form.cleaned_data.items() if name != "key"}

    def act(self, form):
        type(self).verb(self.thing, **self.inputs(form), by=self.request.user, now=timezone.now())
        return self.thing

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"intro": self.intro or str(self.thing)}


class OncePage(FormPage):
    """A form that makes something new, stored once however often it is sent. Its form is an OnceForm."""

    def make(self, inputs: dict):
        raise TypeError(f"{type(self).__name__} makes nothing")

    def act(self, form):
        inputs = {name: value for name, value in form.cleaned_data.items() if name != "key"}

        def run():
            return 201, self.make(inputs).get_absolute_url()

        _status, address = once(
            self.request.user, f"form:{form.identity()}", self.request.path.encode(), run, now=timezone.now()
        )
        return address
