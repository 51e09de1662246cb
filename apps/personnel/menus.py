"""Where this app stands in the menu, under the plus button and in Ctrl-K."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.web import Hit, create, menu, searches, section
from apps.personnel.models import Client, ClientContact, Site, User
from apps.personnel.roles import Role
from apps.personnel.views.departures import absences_open
from apps.personnel.views.papers import waiting_for
from apps.personnel.views.staffing import open_for
from apps.personnel.views.training_plan import waiting_for as unanswered_needs

section("postings", _("Postings and papers"), order=20)
section("skills", _("Skills and training"), order=40)

menu(_("Sites"), "map-pin", "sites", order=10)
menu(_("People"), "users", "people", order=20)
menu(
    _("Staffing board"),
    "layout-dashboard",
    "board",
    order=15,
    roles=[Role.HR, Role.EXECUTIVE, Role.ADMINISTRATOR, Role.HEAD, Role.LEAD],
)
menu(
    _("Staffing requests"),
    "user-plus",
    "staffing_requests",
    section="postings",
    roles=[Role.HR, Role.EXECUTIVE, Role.LEAD, Role.HEAD],
    badge=open_for,
    badge_says=_("open"),
    order=25,
)
menu(_("Assignments"), "id", "assignments", section="postings", order=30)
menu(
    _("Not complete yet"),
    "clipboard-check",
    "arrivals",
    section="postings",
    roles=[Role.HR, Role.EXECUTIVE, Role.LEAD, Role.HEAD],
    order=32,
)
menu(
    _("Proofs"),
    "shield-check",
    "proofs",
    section="postings",
    order=34,
    badge=waiting_for,
    badge_says=_("to be verified"),
)
menu(_("Site documents"), "book", "documents", section="postings", order=36)
menu(
    _("Departures"),
    "logout",
    "departures",
    section="postings",
    roles=[Role.HR, Role.EXECUTIVE, Role.LEAD, Role.HEAD],
    order=40,
)
menu(
    _("Handovers"),
    "arrows-exchange",
    "handovers",
    section="postings",
    roles=[Role.HR, Role.EXECUTIVE, Role.LEAD, Role.HEAD],
    order=42,
)
menu(
    _("Gone without approval"),
    "hand-stop",
    "absences",
    section="postings",
    roles=[Role.HR, Role.EXECUTIVE, Role.LEAD, Role.HEAD],
    badge=absences_open,
    badge_says=_("to be taken up"),
    order=44,
)
menu(_("Trainings"), "book", "training_sessions", section="skills", order=50)
menu(
    _("Clients' training needs"),
    "heart-handshake",
    "client_trainings",
    section="skills",
    roles=[Role.HR, Role.EXECUTIVE, Role.HEAD, Role.LEAD, Role.STAFF],
    badge=unanswered_needs,
    badge_says=_("not answered yet"),
    order=52,
)
menu(_("Learning log"), "note", "learning_notes", section="skills", order=54)
menu(_("Development talks"), "messages", "development_talks", section="skills", order=56)
menu(_("Clients"), "briefcase", "clients", section="keep", roles=[Role.HR, Role.FINANCE], order=10)
menu(_("Client contacts"), "heart-handshake", "contacts", section="keep", roles=[Role.HR], order=20)
menu(_("Projects"), "target", "projects", section="keep", roles=[Role.HR], order=30)
menu(_("Departments"), "building-community", "departments", section="keep", roles=[Role.HR], order=40)
menu(_("Holidays"), "calendar", "holidays", section="keep", roles=[Role.HR], order=50)

create(_("Paper of mine"), "camera", "proof_new", roles=[Role.STAFF], order=58)
create(_("Client's training need"), "heart-handshake", "client_training_new", roles=[Role.STAFF, Role.LEAD], order=56)
create(_("Learning note"), "note", "learning_note_new", roles=[Role.STAFF], order=57)
create(_("Training session"), "book", "training_session_new", roles=[Role.HR], order=64)
create(_("Person"), "user-plus", "person_new", roles=[Role.HR], order=60)
create(_("Staffing request"), "user-plus", "staffing_request_new", roles=[Role.LEAD, Role.HEAD, Role.HR], order=55)
create(_("Assignment"), "id", "assignment_new", roles=[Role.HR], order=61)
create(_("Site"), "map-pin", "site_new", roles=[Role.HR], order=62)
create(_("Client contact"), "heart-handshake", "contact_new", roles=[Role.HR], order=63)


@searches(_("People"))
def people(user, words, most):
    rows = User.objects.visible_to(user).search(words).filter(is_active=True).select_related("department")
    return [
        Hit(one.name, " · ".join(filter(None, [one.number, one.title])), one.get_absolute_url(), "user")
        for one in rows[:most]
    ]


@searches(_("Sites"))
def sites(user, words, most):
    rows = Site.objects.visible_to(user).filter(
        Q(name__icontains=words) | Q(code__icontains=words) | Q(city__icontains=words)
    )
    return [Hit(one.name, f"{one.code} · {one.city}", one.get_absolute_url(), "map-pin") for one in rows[:most]]


@searches(_("Clients"))
def clients(user, words, most):
    rows = Client.objects.visible_to(user).filter(Q(name__icontains=words) | Q(code__icontains=words))
    return [Hit(one.name, one.code, one.get_absolute_url(), "briefcase") for one in rows[:most]]


@searches(_("Client contacts"))
def contacts(user, words, most):
    rows = (
        ClientContact.objects.visible_to(user)
        .filter(Q(name__icontains=words) | Q(email__icontains=words))
        .select_related("client")
    )
    return [Hit(one.name, one.client.name, one.get_absolute_url(), "heart-handshake") for one in rows[:most]]
