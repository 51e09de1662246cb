"""Clients, their people, and the sites where we work."""

from django.db.models import Case, Count, OuterRef, Prefetch, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import web
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.personnel import access, actions
from apps.personnel.forms.records import ClientForm, ContactForm, SiteForm
from apps.personnel.models import Assignment, Client, ClientContact, Project, Site
from apps.personnel.tables.filters import ClientFilter, ContactFilter, SiteFilter
from apps.personnel.tables.records import ClientsTable, ContactsTable, SitesTable

SHOWN = 20


def new_button(user, name: str, label) -> list[dict]:
    """The button above a list that leads to its form."""
    return [{"label": label, "icon": "plus", "url": reverse(name), "verdict": access.may_manage(user)}]


class Keeping(web.FormPage):
    """A form of HR about a new or a known record of `model`; `add` and `update` are the actions."""

    done = _("Saved.")
    model = None
    add = update = None

    def may_open(self, user):
        self.shown = None
        if "pk" in self.kwargs:
            self.shown = get_object_or_404(self.model.objects.visible_to(user), pk=self.kwargs["pk"])
            self.back = self.shown.get_absolute_url()
        return access.may_manage(user)

    def get_form_kwargs(self):
        known = {"instance": self.model.objects.get(pk=self.shown.pk)} if self.shown else {}
        return super().get_form_kwargs() | known

    def get_initial(self):
        """A new record may be asked for with what it belongs to: `?client=7`."""
        return {} if self.shown else {name: value for name, value in self.request.GET.items() if value.isdecimal()}

    def act(self, form):
        moment = {"by": self.request.user, "now": timezone.now()}
        if self.shown:
            return self.update(self.shown, **moment, **form.cleaned_data)
        return self.add(**moment, **form.cleaned_data)


# --- Clients ------------------------------------------------------------------------------------------


class Clients(web.ListPage):
    model = Client
    table_class = ClientsTable
    filterset_class = ClientFilter
    title = _("Clients")
    icon = "briefcase"
    empty = _("The companies we work for will stand here.")

    def get_queryset(self):
        running = Q(sites__active=True, sites__in=Site.objects.visible_to(self.request.user))
        counts = Count("sites", filter=running, distinct=True)
        return super().get_queryset().annotate(site_count=counts).order_by("name_sort", "pk")

    def actions(self, user):
        return new_button(user, "client_new", _("New client"))


def client(request, pk):
    shown = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    me = request.user
    return render(
        request,
        "personnel/client_detail.html",
        {
            "client": shown,
            "sites": Site.objects.visible_to(me).filter(client=shown).select_related("lead"),
            "contacts": contacts_of(me, shown),
            "projects": Project.objects.filter(client=shown) if access.may_manage(me) else (),
            "panels": web.panels("client", request, shown),
            "contact_url": f"{reverse('contact_new')}?client={shown.pk}",
            "may_edit": access.may_manage(me),
        },
    )


def contacts_of(user, client, **narrower):
    """Those on a client's side, or fewer of them; None where they are not for these eyes."""
    if not access.sees_contacts_of(user, client):
        return None
    return ClientContact.objects.visible_to(user).filter(client=client, active=True, **narrower)


class ClientPage(Keeping):
    model = Client
    form_class = ClientForm
    title = _("Client")
    back = reverse_lazy("clients")
    add = staticmethod(actions.add_client)
    update = staticmethod(actions.update_client)


# --- Contacts -----------------------------------------------------------------------------------------


class Contacts(web.ListPage):
    model = ClientContact
    table_class = ContactsTable
    filterset_class = ContactFilter
    title = _("Client contacts")
    icon = "heart-handshake"
    empty = _("The people on the client's side will stand here.")

    def may_open(self, user):
        return access.may_look_at_contacts(user)

    def get_queryset(self):
        sites = Site.objects.visible_to(self.request.user)
        return (
            super()
            .get_queryset()
            .select_related("client")
            .prefetch_related(Prefetch("sites", sites, to_attr="shown_sites"))
            .distinct()
        )

    def actions(self, user):
        return new_button(user, "contact_new", _("New contact"))


def contact(request, pk):
    me = request.user
    shown = get_object_or_404(ClientContact.objects.visible_to(me).select_related("client"), pk=pk)
    sites = shown.sites.visible_to(me).select_related("lead")
    return render(
        request,
        "personnel/clientcontact_detail.html",
        {
            "contact": shown,
            "sites": sites if sites or access.oversees_all(me) else None,
            "panels": web.panels("contact", request, shown),
            "may_edit": access.may_manage(me),
        },
    )


class ContactPage(Keeping):
    model = ClientContact
    form_class = ContactForm
    title = _("Client contact")
    back = reverse_lazy("contacts")
    add = staticmethod(actions.add_contact)
    update = staticmethod(actions.update_contact)


# --- Sites --------------------------------------------------------------------------------------------


def counted(rows):
    """How many of some rows belong to each site, as a subquery: joins of several counts would multiply."""
    found = rows.filter(site=OuterRef("pk")).order_by().values("site").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(found), 0)


def overseen_by(user, figure):
    """A figure of each site, for the sites at which this person sees all of it; else none."""
    return Case(When(access.affairs(user, ""), then=figure), default=None)


class Sites(web.ListPage):
    model = Site
    table_class = SitesTable
    filterset_class = SiteFilter
    title = _("Sites")
    icon = "map-pin"
    empty = _("The places where we work will stand here.")

    def get_queryset(self):
        me, now = self.request.user, timezone.now()
        promises = Obligation.objects.visible_to(me).open()
        return (
            super()
            .get_queryset()
            .select_related("client", "department", "lead")
            .annotate(
                people_count=counted(Assignment.objects.active_on(timezone.localdate())),
                promise_count=overseen_by(me, counted(promises)),
                late_count=overseen_by(me, counted(promises.filter(due_at__lt=now))),
            )
        )

    def get_table_kwargs(self):
        hidden = () if access.sees_owed_somewhere(self.request.user) else ("promises", "late")
        return {**super().get_table_kwargs(), "exclude": hidden}

    def actions(self, user):
        return new_button(user, "site_new", _("New site"))


def site(request, pk):
    """A site at a glance: who works here, who stands on the client's side, what we owe, what was late."""
    shown = get_object_or_404(
        Site.objects.visible_to(request.user).select_related("client", "department__head", "lead", "deputy"), pk=pk
    )
    me = request.user
    overseen, sees_owed = access.oversees(me, shown), access.sees_owed_at(me, shown)
    return render(
        request,
        "personnel/site_detail.html",
        (owed_at(me, shown, timezone.now()) if sees_owed else {})
        | {
            "site": shown,
            "sees_owed": sees_owed,
            "people": Assignment.objects.active_on(timezone.localdate())
            .filter(site=shown)
            .select_related("person")
            .order_by("person__name_sort", "pk"),
            "contacts": contacts_of(me, shown.client, sites=shown),
            "history": Event.objects.about(shown).select_related("actor")[:SHOWN] if overseen else None,
            "tiles": web.panels("site_tiles", request, shown),
            "panels": web.panels("site", request, shown),
            "side": web.panels("site_side", request, shown),
            "may_edit": access.may_manage(me),
            "may_dispatch": access.may_manage(me),
            "dispatch_url": f"{reverse('assignment_new')}?site={shown.pk}",
        },
    )


def owed_at(user, site, now) -> dict:
    """What we owe at a site and what was late, for those who see all of it."""
    here = Obligation.objects.visible_to(user).filter(site=site)
    promises, broken = here.open().select_related("owner"), here.broken()
    return {
        "promises": promises[:SHOWN],
        "promise_count": promises.count(),
        "late_count": promises.overdue(now).count(),
        "breaches": broken.select_related("owner").order_by("-breached_at")[:SHOWN],
        "breach_count": broken.filter(breached_at__gte=now - timezone.timedelta(days=30)).count(),
    }


class SitePage(Keeping):
    model = Site
    form_class = SiteForm
    title = _("Site")
    back = reverse_lazy("sites")
    add = staticmethod(actions.add_site)
    update = staticmethod(actions.update_site)
