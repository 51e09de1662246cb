"""Addresses of people, clients, sites, assignments and registers."""

from django.urls import path, reverse_lazy
from django.utils.translation import gettext_lazy as _

from apps.core.lookups import suggestions
from apps.core.registers import register
from apps.personnel import (
    access,
    menus,  # noqa: F401 (takes its places in the menu)
)
from apps.personnel.actions.places import check_department, check_holiday
from apps.personnel.models import Client, ClientContact, Department, Holiday, Project, Site, User
from apps.personnel.views import assignments, holidays, people, places

urlpatterns = [
    path("people/", people.People.as_view(), name="people"),
    path("people/suggest/", suggestions(User), name="user_suggest"),
    path("people/new/", people.PersonNew.as_view(), name="person_new"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/edit/", people.PersonEdit.as_view(), name="person_edit"),
    path("people/<int:pk>/roles/", people.PersonRoles.as_view(), name="person_roles"),
    path("people/<int:pk>/deactivate/", people.PersonDeactivate.as_view(), name="person_deactivate"),
    path("people/<int:pk>/second-step/", people.PersonSecondStep.as_view(), name="person_second_step"),
    path("people/<int:pk>/reopen/", people.person_reopen, name="person_reopen"),
    path("clients/", places.Clients.as_view(), name="clients"),
    path("clients/suggest/", suggestions(Client), name="client_suggest"),
    path("clients/new/", places.ClientPage.as_view(), name="client_new"),
    path("clients/<int:pk>/", places.client, name="client"),
    path("clients/<int:pk>/edit/", places.ClientPage.as_view(), name="client_edit"),
    path("contacts/", places.Contacts.as_view(), name="contacts"),
    path("contacts/suggest/", suggestions(ClientContact), name="clientcontact_suggest"),
    path("contacts/new/", places.ContactPage.as_view(), name="contact_new"),
    path("contacts/<int:pk>/", places.contact, name="contact"),
    path("contacts/<int:pk>/edit/", places.ContactPage.as_view(), name="contact_edit"),
    path("sites/", places.Sites.as_view(), name="sites"),
    path("sites/suggest/", suggestions(Site), name="site_suggest"),
    path("sites/new/", places.SitePage.as_view(), name="site_new"),
    path("sites/<int:pk>/", places.site, name="site"),
    path("sites/<int:pk>/edit/", places.SitePage.as_view(), name="site_edit"),
    path("assignments/", assignments.Assignments.as_view(), name="assignments"),
    path("assignments/new/", assignments.AssignmentNew.as_view(), name="assignment_new"),
    path("assignments/<int:pk>/", assignments.assignment, name="assignment"),
    path("assignments/<int:pk>/edit/", assignments.AssignmentEdit.as_view(), name="assignment_edit"),
    path("assignments/<int:pk>/arrive/", assignments.assignment_arrive, name="assignment_arrive"),
    path("assignments/<int:pk>/end/", assignments.AssignmentEnd.as_view(), name="assignment_end"),
    path("assignments/<int:pk>/cancel/", assignments.AssignmentCancel.as_view(), name="assignment_cancel"),
    path("projects/suggest/", suggestions(Project), name="project_suggest"),
    *register(
        Department,
        prefix="departments",
        title=_("Departments"),
        icon="building-community",
        fields=["name", "parent", "head"],
        columns=["name", "parent", "head"],
        may=access.may_manage,
        rule=check_department,
    ),
    *register(
        Project,
        prefix="projects",
        title=_("Projects"),
        icon="target",
        fields=["name", "code", "client", "begins_on", "ends_on"],
        columns=["name", "code", "client", "begins_on", "ends_on"],
        may=access.may_manage,
        search=["name", "code", "client__name"],
        filters=["client"],
    ),
    path("holidays/fill/", holidays.HolidaysFill.as_view(), name="holidays_fill"),
    *register(
        Holiday,
        prefix="holidays",
        title=_("Holidays"),
        icon="calendar",
        fields=["day", "name", "working", "country", "site"],
        columns=["name", "day", "working", "country", "site"],
        may=access.may_manage,
        filters=["country", "working", "site"],
        rule=check_holiday,
        notice=holidays.notice,
        links=[
            {
                "label": _("Public holidays of a year"),
                "icon": "calendar-event",
                "url": reverse_lazy("holidays_fill"),
                "tone": "neutral",
            }
        ],
    ),
]
