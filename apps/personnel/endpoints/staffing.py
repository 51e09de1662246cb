"""Staffing requests, candidates, selections and waivers over the API (2.1.1, 2.1.2)."""

from django.db.models import Prefetch
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core.api import Changes, Creates, Moment, Reads, Values, Visible, days, exact, name_of, verb
from apps.core.verdicts import NotAllowed, require
from apps.personnel import access, actions
from apps.personnel.actions.candidates import Ranking, today_at
from apps.personnel.endpoints.records import VisibleProject
from apps.personnel.models import (
    CertificateKind,
    Level,
    QualificationWaiver,
    Requirement,
    Selection,
    Site,
    Skill,
    StaffingRequest,
    User,
)
from apps.personnel.views.staffing import people_in

MOST = 100  # candidates in one answer


class RequirementSerializer(serializers.ModelSerializer):
    what = serializers.CharField(source="__str__", read_only=True)

    class Meta:
        model = Requirement
        fields = ["id", "what", "skill", "level", "certificate", "mandatory"]


class RequirementValues(serializers.Serializer):
    """A skill or language at a level, or a certificate."""

    skill = serializers.PrimaryKeyRelatedField(queryset=Skill.objects.filter(active=True), required=False)
    level = serializers.ChoiceField(choices=Level.choices, required=False)
    certificate = serializers.PrimaryKeyRelatedField(
        queryset=CertificateKind.objects.filter(active=True), required=False
    )
    mandatory = serializers.BooleanField(required=False, default=True)


class RequirementIdSerializer(serializers.Serializer):
    requirement = serializers.IntegerField(min_value=1)


class StaffingSerializer(serializers.ModelSerializer):
    site_name = name_of("site")
    asked_by_name = name_of("asked_by")

    class Meta:
        model = StaffingRequest
        fields = [
            "id", "site", "site_name", "project", "position", "headcount", "since", "planned_to", "asked_by",
            "asked_by_name", "asked_at", "status",
        ]  # fmt: skip


class StaffingDetailSerializer(StaffingSerializer):
    requirements = RequirementSerializer(many=True)

    class Meta(StaffingSerializer.Meta):
        fields = [*StaffingSerializer.Meta.fields, "detail", "closed_at", "outcome", "requirements"]


class StaffingValues(Values):
    site = Visible(Site)
    project = VisibleProject(required=False, allow_null=True)
    requirements = RequirementValues(many=True, required=False)

    class Meta:
        model = StaffingRequest
        fields = ["site", "project", "position", "headcount", "since", "planned_to", "detail", "requirements"]


class StaffingChangeValues(Values):
    """What may change while a request runs; its requirements have verbs of their own."""

    project = VisibleProject(required=False, allow_null=True)

    class Meta:
        model = StaffingRequest
        fields = ["project", "position", "headcount", "since", "planned_to", "detail"]


class StaffingOutcomeSerializer(serializers.Serializer):
    outcome = serializers.CharField()


class DecideSerializer(serializers.Serializer):
    """Who goes and why; without `since` from the day asked for, without `report_at` at nine on that day."""

    people = Visible(User, many=True)
    reason = serializers.CharField()
    since = serializers.DateField(required=False)
    report_at = Moment(required=False)


class WaiverAskSerializer(serializers.Serializer):
    requirement = serializers.IntegerField(min_value=1)
    person = Visible(User)
    reason = serializers.CharField()
    until = serializers.DateField()


class StaySerializer(serializers.Serializer):
    site = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField(allow_null=True)


class ReplySerializer(serializers.Serializer):
    requirement = serializers.IntegerField()
    what = serializers.CharField()
    mandatory = serializers.BooleanField()
    answer = serializers.CharField()
    reason = serializers.CharField()
    waiver = serializers.IntegerField(allow_null=True)
    waived_until = serializers.DateField(allow_null=True)
    asked = serializers.IntegerField(allow_null=True, help_text="A waiver that is not signed yet.")


class CandidateSerializer(serializers.Serializer):
    """Somebody as HR sees them beside a request; `km` is null where a city is not known."""

    person = serializers.IntegerField()
    name = serializers.CharField()
    rank = serializers.IntegerField()
    eligible = serializers.BooleanField()
    replies = ReplySerializer(many=True)
    taken = StaySerializer(allow_null=True)
    current = StaySerializer(allow_null=True)
    home_city = serializers.CharField()
    km = serializers.IntegerField(allow_null=True)
    days = serializers.IntegerField()
    objected = serializers.BooleanField(help_text="To this very request, before.")
    offices = serializers.ListField(child=serializers.CharField(), help_text="Roles that keep them where they are.")


class StaffingRequests(Creates, Changes, Reads):
    """What sites ask for: those one leads or heads; for HR all."""

    queryset = StaffingRequest.objects.select_related("site", "asked_by")
    serializer_class = StaffingSerializer
    detail_class = StaffingDetailSerializer
    new_class = StaffingValues
    change_class = StaffingChangeValues
    details = (Prefetch("requirements", Requirement.objects.select_related("skill", "certificate")),)
    filterset_fields = exact("site", "project", "status", "asked_by") | days("since", "planned_to")
    search_fields = ["position", "site__name"]
    ordering_fields = ["since", "planned_to", "asked_at"]

    def may_open(self, user):
        return access.may_ask_people_somewhere(user)

    def perform(self, given):
        return actions.ask_for_people(**given, **self.stamp)

    def change(self, request, given):
        kept = {name: getattr(request, name) for name in StaffingChangeValues.Meta.fields}
        actions.change_request(request, **kept | given, **self.stamp)

    @verb(RequirementValues, may=access.may_shape)
    def require(self, request, **given):
        """Ask for one thing more."""
        actions.require_of(request, **given)

    @verb(RequirementIdSerializer, may=access.may_shape)
    def take_away(self, request, requirement, **given):
        """No longer ask for it."""
        actions.take_away(_wanted(request, requirement), **given)

    @verb(StaffingOutcomeSerializer, may=actions.close_request.may)
    def close(self, request, **given):
        """Nobody more is needed."""
        actions.close_request(request, **given)

    @verb(DecideSerializer, may=access.may_choose)
    def decide(self, request, **given):
        """HR decides who goes: all of them or none."""
        actions.dispatch(request, **given)

    @verb(WaiverAskSerializer, may=access.may_choose)
    def ask_waiver(self, request, requirement, **given):
        """Ask the head to let somebody go although a mandatory requirement is not met."""
        actions.ask_waiver(request, requirement=_wanted(request, requirement), **given)

    @extend_schema(
        responses=CandidateSerializer(many=True),
        parameters=[
            OpenApiParameter("search", str, description="Only whose name, number or pinyin fits."),
            OpenApiParameter("people", int, many=True, description="Only these, to compare them."),
        ],
    )
    @action(detail=True, methods=["get"])
    def candidates(self, request, *args, **kwargs):
        """The first hundred in the order in which they fit, each with the reason per requirement."""
        shown = self.get_object()
        require(access.may_choose(request.user), NotAllowed)
        words = request.query_params.get("search", "").replace("\x00", "")[:100]
        ranking = Ranking(shown, today=today_at(shown, timezone.now()), words=words)
        wanted = people_in(request.query_params)
        found = ranking.of(wanted) if wanted else ranking[:MOST]
        return Response(CandidateSerializer(found, many=True).data)


def _wanted(request: StaffingRequest, pk: int) -> Requirement:
    found = request.requirements.filter(pk=pk).first()
    if found is None:
        raise serializers.ValidationError({"requirement": "This request has no such requirement."})
    return found


class SelectionSerializer(serializers.ModelSerializer):
    decided_by_name = name_of("decided_by")

    class Meta:
        model = Selection
        fields = ["id", "request", "reason", "decided_by", "decided_by_name", "decided_at"]


class SelectionDetailSerializer(SelectionSerializer):
    class Meta(SelectionSerializer.Meta):
        fields = [*SelectionSerializer.Meta.fields, "seen"]


class Selections(Reads):
    """Whom HR chose and why, with what it saw."""

    queryset = Selection.objects.select_related("decided_by")
    serializer_class = SelectionSerializer
    detail_class = SelectionDetailSerializer
    filterset_fields = exact("request", "decided_by")
    ordering_fields = ["decided_at"]


class QualificationWaiverSerializer(serializers.ModelSerializer):
    person_name = name_of("person")
    what = serializers.CharField(source="requirement.__str__", read_only=True)

    class Meta:
        model = QualificationWaiver
        fields = [
            "id", "request", "requirement", "what", "person", "person_name", "reason", "until", "asked_by",
            "asked_at", "status",
        ]  # fmt: skip


class WaiverReviseSerializer(serializers.Serializer):
    reason = serializers.CharField()
    until = serializers.DateField()


class QualificationWaivers(Reads):
    """Requirements that somebody does not meet and goes all the same: those of one's sites, and those one may sign."""

    queryset = QualificationWaiver.objects.select_related("person", "requirement__skill", "requirement__certificate")
    serializer_class = QualificationWaiverSerializer
    filterset_fields = exact("request", "person", "status")
    ordering_fields = ["asked_at", "until"]

    @verb(WaiverReviseSerializer, may=actions.revise_waiver.may)
    def revise(self, waiver, **given):
        """Answer what was returned, and send it again."""
        actions.revise_waiver(waiver, **given)

    @verb(may=actions.give_up_waiver.may)
    def give_up(self, waiver, **given):
        """The requirement holds after all."""
        actions.give_up_waiver(waiver, **given)


ENDPOINTS = {
    "staffing-requests": StaffingRequests,
    "selections": Selections,
    "qualification-waivers": QualificationWaivers,
}
