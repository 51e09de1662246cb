"""The core over the API: decide, promises, notices, the policy and its numbers."""

from django.contrib.auth import get_user_model
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core import approvals, clauses, notifications, parameters
from apps.core.api import Creates, Reads
from apps.core.approvals import Approval, Delegation, Outcome, Signature
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.parameters import Parameter


@extend_schema_field(OpenApiTypes.INT)
class VisiblePerson(serializers.PrimaryKeyRelatedField):
    """Somebody of ours, by id; an id one may not see answers like one that does not exist."""

    def get_queryset(self):
        request = self.context.get("request")
        people = get_user_model().objects
        return people.visible_to(request.user) if request else people.none()


class SignatureSerializer(serializers.ModelSerializer):
    step = serializers.CharField(source="label")

    class Meta:
        model = Signature
        fields = ["id", "order", "step", "person", "role", "status", "since_at", "decided_by", "decided_at", "reason"]


class ApprovalSerializer(serializers.ModelSerializer):
    signatures = SignatureSerializer(many=True)

    class Meta:
        model = Approval
        fields = ["id", "title", "clause", "url", "applicant", "status", "opened_at", "closed_at", "signatures"]


class DecisionSerializer(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = serializers.CharField(required=False, allow_blank=True, default="")


class TransferSerializer(serializers.Serializer):
    to = VisiblePerson()
    reason = serializers.CharField()


class Approvals(Reads):
    """Rounds of signatures. `waiting=true`: those the person may decide now."""

    queryset = Approval.objects.prefetch_related("signatures")
    serializer_class = ApprovalSerializer
    filterset_fields = ["status", "clause", "applicant"]

    def get_queryset(self):
        rows = super().get_queryset()
        return rows.waiting_for(self.request.user) if self.request.GET.get("waiting") == "true" else rows

    def _answer(self, approval):
        return Response(ApprovalSerializer(self.queryset.get(pk=approval.pk)).data)

    def _input(self, kind):
        serializer = kind(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    @extend_schema(request=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request, pk=None):
        """Approve, return or reject; it can be undone for ten seconds."""
        approval = self.get_object()
        approvals.decide(approval, by=request.user, now=timezone.now(), **self._input(DecisionSerializer))
        return self._answer(approval)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def undo(self, request, pk=None):
        """Take one's own decision back, before anybody was told."""
        approval = self.get_object()
        signature = get_object_or_404(approval.signatures, decided_by=request.user, settled_at=None)
        approvals.undo(signature, by=request.user, now=timezone.now())
        return self._answer(approval)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk=None):
        """The applicant takes the round back."""
        approval = self.get_object()
        approvals.withdraw(approval, by=request.user, now=timezone.now())
        return self._answer(approval)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def remind(self, request, pk=None):
        """The applicant reminds those whose turn it is."""
        approval = self.get_object()
        approvals.remind(approval, by=request.user, now=timezone.now())
        return self._answer(approval)

    @extend_schema(request=TransferSerializer)
    @action(detail=True, methods=["post"])
    def transfer(self, request, pk=None):
        """Pass one's turn to somebody else."""
        approval = self.get_object()
        approvals.transfer(approval, by=request.user, now=timezone.now(), **self._input(TransferSerializer))
        return self._answer(approval)


class DelegationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Delegation
        fields = ["id", "person", "delegate", "since", "until", "reason", "offered_at", "accepted_at", "ended_at"]


class NewDelegationSerializer(serializers.Serializer):
    delegate = VisiblePerson()
    since = serializers.DateField()
    until = serializers.DateField()
    reason = serializers.CharField()


class Delegations(Creates, Reads):
    """Who decides for whom: those one gave and those one was asked to take."""

    queryset = Delegation.objects.all()
    read_serializer_class = DelegationSerializer
    filterset_fields = ["since", "until"]

    def get_serializer_class(self):
        return NewDelegationSerializer if self.action == "create" else DelegationSerializer

    def perform(self, data):
        return approvals.delegate(
            by=self.request.user,
            to=data["delegate"],
            since=data["since"],
            until=data["until"],
            reason=data["reason"],
            now=timezone.now(),
            today=timezone.localdate(),
        )

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def accept(self, request, pk=None):
        delegation = self.get_object()
        approvals.accept_delegation(delegation, by=request.user, now=timezone.now())
        return Response(DelegationSerializer(delegation).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def end(self, request, pk=None):
        delegation = self.get_object()
        approvals.end_delegation(delegation, by=request.user, now=timezone.now())
        return Response(DelegationSerializer(delegation).data)


class ObligationSerializer(serializers.ModelSerializer):
    clause = serializers.CharField()
    late = serializers.BooleanField()

    class Meta:
        model = Obligation
        fields = [
            "id", "kind", "clause", "title", "url", "period", "person", "site", "owner", "status",
            "opened_at", "due_at", "met_at", "breached_at", "late",
        ]  # fmt: skip


class Obligations(Reads):
    """Promises with a clock: one's own and those of one's sites."""

    queryset = Obligation.objects.all()
    serializer_class = ObligationSerializer
    filterset_fields = ["kind", "status", "site", "owner", "period"]


class NotificationSerializer(serializers.ModelSerializer):
    title = serializers.CharField()
    body = serializers.CharField()

    class Meta:
        model = Notification
        fields = ["id", "kind", "title", "body", "url", "created_at", "read_at"]


class Notifications(Reads):
    """What one was told."""

    queryset = Notification.objects.select_related("person")
    serializer_class = NotificationSerializer
    filterset_fields = ["kind"]

    @extend_schema(request=None)
    @action(detail=False, methods=["post"])
    def read(self, request):
        """Mark all as read."""
        return Response({"marked": notifications.mark_read(request.user)})


class ParameterSerializer(serializers.ModelSerializer):
    class Meta:
        model = Parameter
        fields = ["id", "key", "value", "valid_from", "reason", "set_by", "set_at"]


class Parameters(mixins.ListModelMixin, viewsets.GenericViewSet):
    """The policy's numbers with their history."""

    queryset = Parameter.objects.all()
    serializer_class = ParameterSerializer
    filterset_fields = ["key"]


class Clauses(viewsets.ViewSet):
    """The policy, clause by clause, in the reader's language, with the numbers in force today."""

    @extend_schema(responses={200: serializers.ListSerializer(child=serializers.DictField())})
    def list(self, request):
        keys = {key for clause in clauses.all() for key in clause.parameters}
        numbers = parameters.values(timezone.localdate(), *keys)
        return Response(
            [
                {
                    "code": clause.code,
                    "title": str(clause.title),
                    "duty": str(clause.duty),
                    "kept_by": str(clause.kept_by),
                    "ours": clause.ours,
                    "parameters": {key: numbers[key] for key in clause.parameters},
                }
                for clause in clauses.all()
            ]
        )


ENDPOINTS = {
    "approvals": Approvals,
    "delegations": Delegations,
    "obligations": Obligations,
    "notifications": Notifications,
    "parameters": Parameters,
    "clauses": Clauses,
}
