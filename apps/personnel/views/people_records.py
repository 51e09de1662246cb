"""What a person keeps on their page: contacts, identity number, and the story of their days with us."""

from itertools import groupby

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from apps.core import web
from apps.core.verdicts import NotAllowed, require
from apps.personnel import access, story
from apps.personnel.actions import contacts, identity
from apps.personnel.forms.people_records import ContactsForm, IdentityForm
from apps.personnel.models import IdentityNumber, User
from apps.personnel.views.people import PersonPage

NEWEST = 8


def person_of(request, pk) -> User:
    return get_object_or_404(User.objects.visible_to(request.user), pk=pk)


class PersonContacts(PersonPage):
    form_class = ContactsForm
    title = _("My contacts")
    done = _("Saved.")

    def may_open(self, user):
        super().may_open(user)
        return access.may_correct_contacts(user, self.shown)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": User.objects.get(pk=self.shown.pk)}

    def act(self, form):
        return contacts.correct_contacts(self.shown, **self.moment, **form.cleaned_data)


# --- The number of the identity document --------------------------------------------------------------


def person_identity(request, pk):
    """Masked; the whole number only by POST, which is recorded."""
    shown = person_of(request, pk)
    require(access.may_see_identity(request.user, shown), NotAllowed)
    context = {"person": shown}
    if request.method == "POST":
        context["whole"] = identity.look_at(shown, by=request.user, now=timezone.now())
    context["known"] = IdentityNumber.objects.filter(person=shown).select_related("set_by").first()
    response = render(request, "personnel/identity_detail.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@method_decorator([sensitive_post_parameters("number"), never_cache], name="dispatch")
class PersonIdentityEdit(PersonPage):
    form_class = IdentityForm
    title = _("Identity number")
    clause = "2.2.1b"
    done = _("Stored, encrypted.")
    template_name = "personnel/identity_form.html"

    def may_open(self, user):
        super().may_open(user)
        return access.may_see_identity(user, self.shown)

    def get_initial(self):
        known = IdentityNumber.objects.filter(person=self.shown).first()
        return {"kind": known.kind} if known else {}

    def act(self, form):
        identity.set_identity(self.shown, **form.cleaned_data, **self.moment)
        return self.shown


@web.panel("person_side", 10)
def private_facts(request, shown):
    """Grade, home city, whom to call: for those who answer for the person. The identity number: for them and HR."""
    me = request.user
    if not access.sees_record_of(me, shown):
        return None
    may_see = access.may_see_identity(me, shown)
    known = IdentityNumber.objects.filter(person=shown).first() if may_see else None
    return "personnel/private_facts.html", {
        "person": shown,
        "may_see_identity": may_see,
        "known": known,
        "own": me == shown,
    }


# --- The story ----------------------------------------------------------------------------------------


def person_story(request, pk):
    """Everything of a person that the reader may know, year by year."""
    shown = person_of(request, pk)
    passages = story.story_of(shown, reader=request.user)
    years = [(year, list(rows)) for year, rows in groupby(passages, key=lambda passage: passage.on.year)]
    return render(request, "personnel/person_story.html", {"person": shown, "years": years})


@web.panel("person", 80)
def story_panel(request, shown):
    """The newest of it on the person's page."""
    passages = story.story_of(shown, reader=request.user)
    if not passages:
        return None
    return "personnel/story_panel.html", {
        "person": shown,
        "passages": passages[:NEWEST],
        "more": len(passages) - NEWEST if len(passages) > NEWEST else 0,
    }
