"""People: the list, a person, and the forms of HR and administrators."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.core import web
from apps.core.forms import ReasonForm
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.words import listed
from apps.personnel import access, actions
from apps.personnel.actions import leaving
from apps.personnel.forms.records import AddressForm, PersonForm, RolesForm
from apps.personnel.models import Assignment, Department, Site, User
from apps.personnel.roles import Role
from apps.personnel.tables.filters import PeopleFilter
from apps.personnel.tables.records import PeopleTable

TIMELINE = 20


def with_relations(rows, viewer):
    """People with their roles and with where they are today, as far as the viewer may know."""
    postings = (
        Assignment.objects.active_on(timezone.localdate())
        .filter(site__in=Site.objects.visible_to(viewer))
        .select_related("site")
    )
    return (
        rows.select_related("department")
        .prefetch_related("grants", Prefetch("assignments", postings, to_attr="postings"))
        .annotate(
            is_head=Exists(Department.objects.filter(head=OuterRef("pk"))),
            is_lead=Exists(Site.objects.filter(Q(lead=OuterRef("pk")) | Q(deputy=OuterRef("pk")))),
            is_stationed=Exists(Assignment.objects.exclude(status="cancelled").filter(person=OuterRef("pk"))),
        )
    )


class People(web.ListPage):
    model = User
    table_class = PeopleTable
    filterset_class = PeopleFilter
    title = _("People")
    icon = "users"
    empty = _("The people you work with will stand here.")
    defaults = {"state": "active"}

    def get_queryset(self):
        return with_relations(super().get_queryset(), self.request.user)

    def actions(self, user):
        return [
            {
                "label": _("New person"),
                "icon": "user-plus",
                "url": reverse("person_new"),
                "verdict": access.may_manage(user),
            }
        ]


def person(request, pk):
    """Everything about one person that the reader may see."""
    me = request.user
    shown = get_object_or_404(User.objects.visible_to(me).select_related("department", "grade", "photo"), pk=pk)
    assignments = Assignment.objects.visible_to(me).filter(person=shown).select_related("site", "project")
    promises = Obligation.objects.visible_to(me).open().of(shown).select_related("site")[:TIMELINE]
    grants = access.may_grant(me)
    return render(
        request,
        "personnel/user_detail.html",
        {
            "person": shown,
            "assignments": assignments if assignments or access.sees_postings_of(me, shown) else None,
            "promises": promises if promises or access.sees_record_of(me, shown) else None,
            "history": history(me, shown, assignments) if access.may_see_history(me, shown) else None,
            "tiles": web.panels("person_tiles", request, shown),
            "panels": web.panels("person", request, shown),
            "side": web.panels("person_side", request, shown),
            "may_edit": access.may_change(me, ["email"]),
            "may_grant": grants,
            "has_second_step": bool(grants) and Authenticator.objects.filter(user=shown).exists(),
            "may_dispatch": access.may_manage(me),
            "dispatch_url": f"{reverse('assignment_new')}?person={shown.pk}",
        },
    )


def history(me: User, shown: User, assignments) -> list[Event]:
    """The last things that happened to a person's account; to their record and assignments for whose eyes those are."""
    found = Event.objects.about(shown)
    if access.sees_record_of(me, shown):
        postings = [one.pk for one in assignments]
        found |= Event.objects.filter(
            subject_type=ContentType.objects.get_for_model(Assignment), subject_id__in=postings
        )
    else:
        found = found.filter(verb__in=actions.people.ACCOUNT)
    return list(found.select_related("actor")[:TIMELINE])


class PersonPage(web.FormPage):
    """A form about one person; HR keeps the record."""

    def may_open(self, user):
        self.shown = get_object_or_404(User.objects.visible_to(user), pk=self.kwargs["pk"])
        self.back = self.shown.get_absolute_url()
        return access.may_manage(user)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"intro": self.shown.name, "person": self.shown}

    @property
    def moment(self) -> dict:
        return {"by": self.request.user, "now": timezone.now()}


class PersonNew(web.FormPage):
    form_class = PersonForm
    title = _("New person")
    button = _("Open the account")
    intro = _("They get a mail that leads them to choose their password.")
    back = reverse_lazy("people")
    done = _("The account is open; a mail is on its way.")

    def may_open(self, user):
        return access.may_manage(user)

    def act(self, form):
        return actions.add_person(by=self.request.user, now=timezone.now(), **form.cleaned_data)


class PersonEdit(PersonPage):
    done = _("Saved.")
    title = _("Change a person")

    def may_open(self, user):
        super().may_open(user)
        return access.may_change(user, self.get_form_class().Meta.fields)

    def get_form_class(self):
        return PersonForm if access.may_manage(self.request.user) else AddressForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": User.objects.get(pk=self.shown.pk)}

    def act(self, form):
        return actions.update_person(self.shown, **self.moment, **form.cleaned_data)


class PersonRoles(PersonPage):
    done = _("Saved.")
    form_class = RolesForm
    title = _("Roles")

    def may_open(self, user):
        super().may_open(user)
        return access.may_grant(user)

    def get_initial(self):
        return {"roles": list(self.shown.grants.values_list("role", flat=True))}

    def get_context_data(self, **kwargs):
        derived = [str(Role(name).label) for name in (Role.HEAD, Role.LEAD, Role.STAFF) if self.shown.has_role(name)]
        context = super().get_context_data(**kwargs)
        if derived:
            context["intro"] = _("%(person)s is also: %(roles)s.") % {
                "person": self.shown.name,
                "roles": listed(derived),
            }
        return context

    def act(self, form):
        return actions.set_roles(self.shown, form.cleaned_data["roles"], **self.moment)


class PersonDeactivate(PersonPage):
    form_class = ReasonForm
    title = _("Close an account")
    button = _("Close the account")
    clause = "2.2.2c"
    template_name = "personnel/leaving_form.html"
    done = _("The account is closed; every session and token has ended.")

    def may_open(self, user):
        super().may_open(user)
        return access.may_grant(user)

    def get_context_data(self, **kwargs):
        moves, turns = leaving.on_leaving_company(self.shown), leaving.turns_in_company(self.shown)
        return super().get_context_data(**kwargs) | {
            "moves": moves,
            "turns": turns,
            "verdict": actions.may_leave(self.shown, moves, turns),
            "ties": actions.ties(self.shown),
        }

    def act(self, form):
        return actions.close_account(self.shown, **self.moment, reason=form.cleaned_data["reason"])


class PersonSecondStep(PersonPage):
    form_class = ReasonForm
    title = _("Take off the second step")
    button = _("Take it off")
    done = _("Second step and passkeys are gone; every session and token has ended. The password is enough now.")

    def may_open(self, user):
        super().may_open(user)
        return access.may_grant(user)

    def act(self, form):
        return actions.take_off_second_step(self.shown, **self.moment, reason=form.cleaned_data["reason"])


@require_POST
def person_reopen(request, pk):
    shown = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    actions.reopen_account(shown, by=request.user, now=timezone.now())
    messages.success(request, _("The account is open again. They choose a new password by “Forgot password”."))
    return redirect(shown)
