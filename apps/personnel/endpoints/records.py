"""People, clients, sites and assignments over the API."""

from datetime import datetime

from django.db.models import Prefetch
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core.api import (
    Changes,
    Creates,
    OptionalReasonSerializer,
    Reads,
    ReasonSerializer,
    Values,
    Visible,
    days,
    exact,
    name_of,
    verb,
)
from apps.personnel import access, actions
from apps.personnel.actions.places import check_department
from apps.personnel.endpoints.people_records import CompanyWide, RecordVerbs, Register, WithPrivateFacts
from apps.personnel.models import Assignment, Client, ClientContact, Department, Grade, Project, Site, User
from apps.personnel.policy.papers import report_due
from apps.personnel.roles import Role
from apps.personnel.views.postings import assignment_ics, posting_of


class VisibleProject(Visible):
    """A project of a client that the person may see."""

    def __init__(self, **options):
        super().__init__(Project, **options)

    def rows(self, user):
        return projects_for(user)


def projects_for(user):
    return Project.objects.filter(client__in=Client.objects.visible_to(user))


class KeptByHR:
    """Records that only HR adds and changes."""

    def may_open(self, user):
        return access.may_manage(user)


# --- People -------------------------------------------------------------------------------------------


class PersonSerializer(serializers.ModelSerializer):
    department_name = name_of("department")

    class Meta:
        model = User
        fields = ["id", "name", "number", "email", "phone", "title", "department", "department_name", "is_active"]


class PersonDetailSerializer(WithPrivateFacts, PersonSerializer):
    roles = serializers.SerializerMethodField()

    class Meta(PersonSerializer.Meta):
        more = ["hired_on", "language", "time_zone", "roles", "photo", "record", "identity"]
        fields = [*PersonSerializer.Meta.fields, *more]

    def get_roles(self, person) -> list[str]:
        return sorted(person.role_names)


class PersonValues(Values):
    department = CompanyWide(Department, required=False, allow_null=True)
    grade = CompanyWide(Grade, required=False, allow_null=True)

    class Meta:
        model = User
        fields = [
            "name", "email", "number", "phone", "title", "department", "grade", "hired_on", "home_city",
            "emergency_name", "emergency_relation", "emergency_phone", "language", "time_zone",
        ]  # fmt: skip


class RolesSerializer(serializers.Serializer):
    roles = serializers.ListField(
        child=serializers.ChoiceField(choices=[(role, Role(role).label) for role in Role.granted()])
    )


class People(RecordVerbs, KeptByHR, Creates, Changes, Reads):
    """Oneself, those who share a site, those of one's sites and departments; for HR everybody."""

    queryset = User.objects.select_related("department")
    details = ("grade", "photo")
    serializer_class = PersonSerializer
    detail_class = PersonDetailSerializer
    new_class = change_class = PersonValues
    filterset_fields = exact("department", "is_active") | days("hired_on")
    search_fields = ["name"]
    searches_as_pages = True
    ordering_fields = ["name_sort", "number", "hired_on"]

    def perform(self, given):
        return actions.add_person(**given, **self.stamp)

    def change(self, person, given):
        actions.update_person(person, **given, **self.stamp)

    @verb(RolesSerializer, may=access.may_grant)
    def roles(self, person, roles, **given):
        """Give a person exactly these roles."""
        actions.set_roles(person, roles, **given)

    @verb(ReasonSerializer, may=access.may_grant)
    def close(self, person, **given):
        """The person has left: every session and token ends."""
        actions.close_account(person, **given)

    @verb(may=access.may_grant)
    def reopen(self, person, **given):
        """The person came back."""
        actions.reopen_account(person, **given)


class DepartmentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Department
        fields = ["id", "name", "head", "parent"]


class DepartmentValues(Values):
    head = Visible(User, required=False, allow_null=True)
    parent = CompanyWide(Department, required=False, allow_null=True)

    class Meta:
        model = Department
        fields = ["name", "head", "parent"]


class Departments(Register):
    """How the company is ordered."""

    queryset = Department.objects.all()
    serializer_class = DepartmentSerializer
    new_class = change_class = DepartmentValues
    rule = staticmethod(check_department)
    filterset_fields = exact("head", "parent")


# --- Clients, their people, their sites ---------------------------------------------------------------


class ClientSerializer(serializers.ModelSerializer):
    class Meta:
        model = Client
        fields = ["id", "name", "code", "note"]


class ClientValues(Values):
    class Meta:
        model = Client
        fields = ["name", "code", "note"]


class Clients(KeptByHR, Creates, Changes, Reads):
    """The companies one works for; for HR all."""

    queryset = Client.objects.all()
    serializer_class = ClientSerializer
    new_class = change_class = ClientValues
    search_fields = ["name", "code"]
    ordering_fields = ["name", "code"]

    def perform(self, given):
        return actions.add_client(**given, **self.stamp)

    def change(self, client, given):
        actions.update_client(client, **given, **self.stamp)


class ContactSerializer(serializers.ModelSerializer):
    """A contact with those of their sites that the reader may know."""

    client_name = name_of("client")
    sites = serializers.SerializerMethodField()

    class Meta:
        model = ClientContact
        fields = ["id", "client", "client_name", "sites", "name", "title", "email", "phone", "active"]

    def get_sites(self, contact) -> list[int]:
        return [site.pk for site in contact.known_sites]


class ContactValues(Values):
    client = Visible(Client)
    sites = Visible(Site, many=True, required=False)

    class Meta:
        model = ClientContact
        fields = ["client", "sites", "name", "title", "email", "phone", "active"]


class Contacts(KeptByHR, Creates, Changes, Reads):
    """The people of the clients one works for."""

    queryset = ClientContact.objects.select_related("client")
    serializer_class = ContactSerializer
    new_class = change_class = ContactValues
    filterset_fields = exact("client", "sites", "active")
    search_fields = ["name", "email", "phone", "client__name"]
    ordering_fields = ["name"]

    def rows(self):
        known = Site.objects.visible_to(self.request.user).only("pk")
        return super().rows().prefetch_related(Prefetch("sites", known, to_attr="known_sites"))

    def perform(self, given):
        return actions.add_contact(**given, **self.stamp)

    def change(self, contact, given):
        actions.update_contact(contact, **given, **self.stamp)


class SiteSerializer(serializers.ModelSerializer):
    client_name = name_of("client")
    department_name = name_of("department")
    lead_name = name_of("lead")
    deputy_name = name_of("deputy")

    class Meta:
        model = Site
        fields = [
            "id", "code", "name", "client", "client_name", "department", "department_name", "lead", "lead_name",
            "deputy", "deputy_name", "city", "address", "time_zone", "country", "shift", "report_to", "bring", "active",
        ]  # fmt: skip


class SiteValues(Values):
    client = Visible(Client)
    department = CompanyWide(
        Department,
    )
    lead = Visible(User, required=False, allow_null=True)
    deputy = Visible(User, required=False, allow_null=True)

    class Meta:
        model = Site
        fields = [
            "code", "name", "client", "department", "lead", "deputy", "city", "address", "time_zone", "country",
            "shift", "report_to", "bring", "active",
        ]  # fmt: skip


class Sites(KeptByHR, Creates, Changes, Reads):
    """The sites where one works, leads or heads."""

    queryset = Site.objects.select_related("client", "department", "lead", "deputy")
    serializer_class = SiteSerializer
    new_class = change_class = SiteValues
    filterset_fields = exact("client", "department", "lead", "city", "active")
    search_fields = ["name", "code", "city", "client__name"]
    ordering_fields = ["name", "code", "city"]

    def perform(self, given):
        return actions.add_site(**given, **self.stamp)

    def change(self, site, given):
        actions.update_site(site, **given, **self.stamp)


class ProjectSerializer(serializers.ModelSerializer):
    client_name = name_of("client")

    class Meta:
        model = Project
        fields = ["id", "code", "name", "client", "client_name", "begins_on", "ends_on"]


class ProjectValues(Values):
    client = Visible(Client)

    class Meta:
        model = Project
        fields = ["name", "code", "client", "begins_on", "ends_on"]


class Projects(Register):
    """Work for the clients one may see."""

    queryset = Project.objects.select_related("client")
    serializer_class = ProjectSerializer
    new_class = change_class = ProjectValues
    filterset_fields = exact("client") | days("begins_on", "ends_on")
    search_fields = ["name", "code", "client__name"]
    ordering_fields = ["name", "code", "begins_on", "ends_on"]

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.filter(pk__in=projects_for(self.request.user).values("pk"))


# --- Assignments --------------------------------------------------------------------------------------


class AssignmentSerializer(serializers.ModelSerializer):
    """`objection` is empty for those who do not answer for the person."""

    person_name = name_of("person")
    site_name = name_of("site")
    project_name = name_of("project")
    objection = serializers.SerializerMethodField()

    class Meta:
        model = Assignment
        fields = [
            "id", "person", "person_name", "site", "site_name", "project", "project_name", "position", "since",
            "planned_to", "ended_on", "status", "selection", "answer", "answered_at", "objection", "report_at",
        ]  # fmt: skip

    def get_objection(self, assignment) -> str:
        request = self.context.get("request")  # none: nobody is known to read it
        return assignment.objection if request and access.sees_affairs_of(request.user, assignment) else ""


class AssignmentValues(Values):
    """What may change while somebody is stationed."""

    project = VisibleProject(required=False, allow_null=True)

    class Meta:
        model = Assignment
        fields = ["position", "since", "planned_to", "project", "report_at"]


class AskAgainSerializer(serializers.Serializer):
    answer = serializers.CharField()


class NewAssignmentValues(AssignmentValues):
    """One named person: the request for them and the reason for the choice are kept with it."""

    person = Visible(User)
    site = Visible(Site)
    reason = serializers.CharField()

    class Meta(AssignmentValues.Meta):
        fields = ["person", "site", *AssignmentValues.Meta.fields, "reason"]


class EndSerializer(OptionalReasonSerializer):
    """returned: access is switched off, badge, keys and devices are back."""

    ended_on = serializers.DateField()
    returned = serializers.BooleanField(required=False, default=False)


class ThereForYouSerializer(serializers.Serializer):
    name = serializers.CharField()
    phone = serializers.CharField()
    email = serializers.CharField()


class PackSerializer(serializers.ModelSerializer):
    """What somebody needs before the first day."""

    site_name = name_of("site")
    report_at = serializers.SerializerMethodField()
    address = serializers.CharField(source="site.address")
    city = serializers.CharField(source="site.city")
    time_zone = serializers.CharField(source="site.time_zone")
    report_to = serializers.CharField(source="site.report_to")
    shift = serializers.CharField(source="site.shift")
    bring = serializers.CharField(source="site.bring")
    leads = ThereForYouSerializer(source="site.leads", many=True)

    class Meta:
        model = Assignment
        fields = [
            "id", "site", "site_name", "position", "since", "planned_to", "report_at", "address", "city", "time_zone",
            "report_to", "shift", "bring", "leads", "status", "answer",
        ]  # fmt: skip

    def get_report_at(self, assignment) -> datetime:
        return report_due(assignment.since, assignment.report_at, assignment.site.zone)


class Assignments(KeptByHR, Creates, Changes, Reads):
    """Who is stationed where, from when to when: one's own, and those of the sites one leads or heads."""

    queryset = Assignment.objects.select_related("person", "site", "project")
    serializer_class = AssignmentSerializer
    new_class = NewAssignmentValues
    change_class = AssignmentValues
    filterset_fields = exact("person", "site", "project", "status") | days("since", "planned_to", "ended_on")
    search_fields = ["person__name", "person__number", "site__name", "position"]
    ordering_fields = ["since", "planned_to", "ended_on"]

    def perform(self, given):
        return actions.dispatch_named(**given, **self.stamp)

    def change(self, assignment, given):
        kept = {name: getattr(assignment, name) for name in AssignmentValues.Meta.fields}
        actions.change_assignment(assignment, **kept | given, **self.stamp)

    def perform_content_negotiation(self, request, force=False):
        """A calendar is a calendar, whatever the client says it likes."""
        return super().perform_content_negotiation(request, force=force or self.action == "calendar")

    @extend_schema(responses=PackSerializer)
    @action(detail=True, methods=["get"])
    def pack(self, request, *args, **kwargs):
        """Where, when, to whom, and what to bring."""
        return Response(PackSerializer(posting_of(request, kwargs["pk"])).data)

    @extend_schema(responses={(200, "text/calendar"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def calendar(self, request, pk):
        """The same as an iCalendar file."""
        return assignment_ics(request._request, pk)

    @verb(may=access.may_receive)
    def arrive(self, assignment, **given):
        """The person reported in at the site."""
        actions.arrive(assignment, **given)

    @verb(EndSerializer, may=access.may_sign_off)
    def end(self, assignment, **given):
        """The last day has come, and nothing is left to hand over; else open a handover."""
        actions.end(assignment, **given)

    @verb(may=actions.accept.may)
    def accept(self, assignment, **given):
        """I go."""
        actions.accept(assignment, **given)

    @verb(ReasonSerializer, may=actions.object_to.may)
    def object(self, assignment, **given):
        """I cannot go, and why; HR decides."""
        actions.object_to(assignment, **given)

    @verb(AskAgainSerializer, may=actions.ask_again.may)
    def ask_again(self, assignment, **given):
        """HR answers the objection and asks again."""
        actions.ask_again(assignment, **given)

    @verb(ReasonSerializer, may=access.may_manage)
    def cancel(self, assignment, **given):
        """It never began; the days are free again."""
        actions.cancel(assignment, **given)


ENDPOINTS = {
    "people": People,
    "departments": Departments,
    "clients": Clients,
    "contacts": Contacts,
    "sites": Sites,
    "projects": Projects,
    "assignments": Assignments,
}
