"""Departures, handovers and absences without approval over the API (2.2.2)."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from apps.core.api import (
    LARGEST_ID,
    Creates,
    Files,
    FileSerializer,
    Flag,
    Moment,
    Reads,
    ReasonSerializer,
    Values,
    Visible,
    days,
    exact,
    moments,
    name_of,
    put_files,
    verb,
)
from apps.personnel import access
from apps.personnel.actions import absences, departures, handovers
from apps.personnel.models import (
    Assignment,
    ClientContact,
    Departure,
    Handover,
    HandoverItem,
    UnapprovedAbsence,
    User,
)
from apps.personnel.views.handovers import handover_sheet

WHERE = ("assignment__person", "assignment__site__lead", "assignment__site__deputy", "assignment__site__department")

# --- Departures ---------------------------------------------------------------------------------------


class DepartureSerializer(serializers.ModelSerializer):
    person_name = name_of("assignment.person")
    site_name = name_of("assignment.site")

    class Meta:
        model = Departure
        fields = [
            "id", "assignment", "person_name", "site_name", "last_day", "leaves_company", "status", "asked_by",
            "asked_at", "client_agreed",
        ]  # fmt: skip


class DepartureDetailSerializer(DepartureSerializer):
    files = FileSerializer(many=True, read_only=True)

    class Meta(DepartureSerializer.Meta):
        fields = [
            *DepartureSerializer.Meta.fields, "reason", "short_notice_reason", "client_contact", "client_said_at",
            "client_words", "client_recorded_by", "client_recorded_at", "files",
        ]  # fmt: skip


class RevisedDeparture(Values):
    class Meta:
        model = Departure
        fields = ["last_day", "reason", "short_notice_reason", "leaves_company"]


class DepartureValues(RevisedDeparture):
    assignment = Visible(Assignment)

    class Meta(RevisedDeparture.Meta):
        fields = ["assignment", *RevisedDeparture.Meta.fields]


class ClientDecisionSerializer(serializers.Serializer):
    """Multipart: who of the client decided, when, what they said, and the proof."""

    contact = Visible(ClientContact)
    agreed = Flag()
    said_at = Moment()
    words = serializers.CharField()
    files = Files()


class Departures(Creates, Reads):
    """Who asks to leave early: oneself, those whose site one leads or heads; HR: everybody."""

    queryset = Departure.objects.select_related(*WHERE)
    serializer_class = DepartureSerializer
    detail_class = DepartureDetailSerializer
    new_class = DepartureValues
    filterset_fields = exact("assignment", "status") | days("last_day") | moments("asked_at")
    search_fields = ["assignment__person__name", "assignment__person__number", "assignment__site__name"]
    ordering_fields = ["asked_at", "last_day"]

    def prepare(self, departure):
        put_files([departure])

    def perform(self, given):
        return departures.ask_departure(given.pop("assignment"), **given, **self.stamp)

    @verb(ClientDecisionSerializer, may=access.may_speak_for_client)
    def client_decision(self, departure, **given):
        """Put on record what the client decided; then its side can be signed."""
        departures.record_client_decision(departure, **given)

    @verb(RevisedDeparture, may=access.may_revise_departure)
    def revise(self, departure, **given):
        """Answer what was returned, and send it again."""
        departures.revise_departure(departure, **given)

    @verb(may=access.may_revise_departure)
    def give_up(self, departure, **given):
        """Stay to the planned end after all."""
        departures.give_up_departure(departure, **given)

    @verb(ReasonSerializer, may=access.may_call_off)
    def call_off(self, departure, **given):
        """They stay, although both sides had agreed."""
        departures.call_off(departure, **given)


# --- Handovers ----------------------------------------------------------------------------------------


class HandoverItemSerializer(serializers.ModelSerializer):
    title = serializers.CharField(source="name")
    successor_name = name_of("successor")

    class Meta:
        model = HandoverItem
        fields = [
            "id", "source", "title", "detail", "url", "state", "successor", "successor_name", "reason", "decided_by",
            "decided_at",
        ]  # fmt: skip


class HandoverSerializer(serializers.ModelSerializer):
    person_name = name_of("assignment.person")
    site_name = name_of("assignment.site")

    class Meta:
        model = Handover
        fields = [
            "id", "assignment", "person_name", "site_name", "last_day", "status", "opened_at", "signed_by", "signed_at",
        ]  # fmt: skip


class HandoverDetailSerializer(HandoverSerializer):
    things = HandoverItemSerializer(many=True, read_only=True)

    class Meta(HandoverSerializer.Meta):
        fields = [*HandoverSerializer.Meta.fields, "note", "things"]


class HandoverValues(serializers.Serializer):
    """Which posting comes to its end, and on which day."""

    assignment = Visible(Assignment)
    last_day = serializers.DateField()


class ItemIds(serializers.Serializer):
    """Things of this handover by their ids."""

    items = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), allow_empty=False, max_length=500
    )


class SuccessorSerializer(ItemIds):
    successor = Visible(User)


class ItemsReasonSerializer(ItemIds):
    reason = serializers.CharField()


class ReturnSerializer(serializers.Serializer):
    title = serializers.CharField(max_length=300)
    detail = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")


class HandoverSignSerializer(serializers.Serializer):
    ended_on = serializers.DateField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, default="")
    leaves_company = serializers.BooleanField(required=False, allow_null=True, default=None)


def things(handover: Handover, ids: list[int]) -> list[HandoverItem]:
    """The items of this very handover.

    Raises: ValidationError beside `items` when one of the ids is none of them.
    """
    found = list(handover.items.filter(pk__in=ids))
    strange = set(ids) - {one.pk for one in found}
    if strange:
        raise serializers.ValidationError({"items": f"This handover has no such items: {sorted(strange)}."})
    return found


class Handovers(Creates, Reads):
    """What is handed over before somebody leaves; successors see the things offered to them."""

    queryset = Handover.objects.select_related(*WHERE)
    serializer_class = HandoverSerializer
    detail_class = HandoverDetailSerializer
    new_class = HandoverValues
    filterset_fields = exact("assignment", "status") | days("last_day")
    search_fields = ["assignment__person__name", "assignment__person__number", "assignment__site__name"]
    ordering_fields = ["last_day", "opened_at"]

    def prepare(self, handover):
        user, rows = self.request.user, handover.items.select_related("successor")
        everything = user.pk == handover.assignment.person_id or access.oversees(user, handover.site)
        handover.things = rows if everything else rows.filter(successor=user)

    def perform(self, given):
        return handovers.begin(given.pop("assignment"), **given, **self.stamp)

    def perform_content_negotiation(self, request, force=False):
        """The sheet is a PDF, whatever the client says it likes."""
        return super().perform_content_negotiation(request, force=force or self.action == "sheet")

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def sheet(self, request, pk):
        """The handover on paper: what went to whom, and who signed."""
        return handover_sheet(request._request, pk)

    @verb(may=access.may_keep_handover)
    def refresh(self, handover, **given):
        """Take in what has come up since."""
        handovers.refresh(handover, **given)

    @verb(ReturnSerializer, may=access.may_keep_handover)
    def add_return(self, handover, **given):
        """Add something that is to be given back."""
        handovers.add_return(handover, **given)

    @verb(SuccessorSerializer, may=access.may_keep_handover)
    def name_successor(self, handover, items, **given):
        """Ask somebody to take things over."""
        handovers.name_successor(handover, items=things(handover, items), **given)

    @verb(ItemIds, may=handovers.may_answer)
    def accept(self, handover, items, **given):
        """I take these over."""
        handovers.accept(handover, items=things(handover, items), **given)

    @verb(ItemsReasonSerializer, may=handovers.may_answer)
    def decline(self, handover, items, **given):
        """I cannot take these over, and why."""
        handovers.decline(handover, items=things(handover, items), **given)

    @verb(ItemIds, may=access.may_keep_handover)
    def give_back(self, handover, items, **given):
        """These were given back."""
        handovers.give_back(handover, items=things(handover, items), **given)

    @verb(ItemsReasonSerializer, may=access.may_keep_handover)
    def close(self, handover, items, **given):
        """Nobody needs to take these over, and why; what is still owed goes to the lead."""
        handovers.close(handover, items=things(handover, items), **given)

    @verb(ReasonSerializer, may=access.may_keep_handover)
    def call_off(self, handover, **given):
        """They do not leave now after all."""
        handovers.call_off(handover, **given)

    @verb(HandoverSignSerializer, may=access.may_sign_handover)
    def sign(self, handover, **given):
        """The lead signs: the posting ends, and every clock moves to its successor."""
        handovers.sign(handover, **given)


# --- Gone without approval ----------------------------------------------------------------------------


class AbsenceSerializer(serializers.ModelSerializer):
    person_name = name_of("assignment.person")
    site_name = name_of("assignment.site")

    class Meta:
        model = UnapprovedAbsence
        fields = [
            "id", "assignment", "person_name", "site_name", "gone_since", "note", "reported_by", "reported_at",
            "status", "result", "outcome", "closed_by", "closed_at",
        ]  # fmt: skip


class AbsenceValues(Values):
    assignment = Visible(Assignment)

    class Meta:
        model = UnapprovedAbsence
        fields = ["assignment", "gone_since", "note"]


class TakeUpSerializer(serializers.Serializer):
    result = serializers.ChoiceField(choices=UnapprovedAbsence.Result.choices)
    outcome = serializers.CharField()


class Absences(Creates, Reads):
    """Who is gone without approval: at the sites one leads or heads; HR: everywhere."""

    queryset = UnapprovedAbsence.objects.select_related(*WHERE)
    serializer_class = AbsenceSerializer
    new_class = AbsenceValues
    filterset_fields = exact("assignment", "status", "result") | days("gone_since")
    search_fields = ["assignment__person__name", "assignment__person__number", "assignment__site__name"]
    ordering_fields = ["reported_at", "gone_since"]

    def perform(self, given):
        return absences.report_absence(given.pop("assignment"), **given, **self.stamp)

    @verb(TakeUpSerializer, may=access.may_take_up)
    def take_up(self, absence, **given):
        """Say how it came out."""
        absences.take_up(absence, **given)


ENDPOINTS = {"departures": Departures, "handovers": Handovers, "absences": Absences}
