"""The core over the API: decide, promises, notices, files, the policy and its numbers."""

import hashlib

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core import approvals, attachments, clauses, imports, notifications, obligations, parameters, viewing
from apps.core.api import (
    Creates,
    Reads,
    ReasonSerializer,
    Visible,
    days,
    exact,
    moments,
    name_of,
    none_or_some,
    verb,
)
from apps.core.approvals import Approval, Delegation, Outcome, Signature
from apps.core.attachments import Attachment
from apps.core.imports import IMPORTERS, ImportBatch
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.parameters import Parameter
from apps.core.verdicts import WrongState, require, unless
from apps.core.views import files
from apps.core.views.approvals import passable
from apps.core.views.imports import import_faults, import_template, may_import

User = get_user_model()


# --- Decide -------------------------------------------------------------------------------------------


class SignatureSerializer(serializers.ModelSerializer):
    step = serializers.CharField(source="label")

    class Meta:
        model = Signature
        fields = ["id", "order", "step", "person", "role", "status", "since_at", "decided_by", "decided_at", "reason"]


class ApprovalSerializer(serializers.ModelSerializer):
    applicant_name = name_of("applicant")
    signatures = SignatureSerializer(many=True)

    class Meta:
        model = Approval
        fields = [
            "id", "title", "clause", "url", "applicant", "applicant_name", "status", "opened_at", "closed_at",
            "signatures",
        ]  # fmt: skip


class DecisionSerializer(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = serializers.CharField(required=False, allow_blank=True, default="")


class StandIn(Visible):
    """Somebody the person sees, or who may sign in the place that is passed on."""

    def get_queryset(self):
        seen = super().get_queryset()
        if "request" not in self.context:
            return seen
        signature = approvals.to_pass_on(self.context["request"].user, self.context["view"].get_object())
        able = [one.pk for one in approvals.stand_ins(signature)] if signature else []
        return User.objects.filter(Q(pk__in=seen.values("pk")) | Q(pk__in=able))


class PassOnSerializer(serializers.Serializer):
    to = Visible(User)
    reason = serializers.CharField()


class TransferSerializer(PassOnSerializer):
    to = StandIn(User)


class Approvals(Reads):
    """Rounds of signatures that one asked for, gave or may give."""

    queryset = Approval.objects.select_related("applicant").prefetch_related("signatures")
    serializer_class = ApprovalSerializer
    filterset_fields = exact("status", "clause", "applicant") | moments("opened_at")
    search_fields = ["title", "applicant__name"]
    ordering_fields = ["opened_at", "closed_at"]
    more_filters = ("waiting",)

    def get_queryset(self):
        rows = super().get_queryset()
        return rows.waiting_for(self.request.user) if self.request.GET.get("waiting") == "true" else rows

    def get_object(self):
        if self.action == "transfer":
            return passable(self.request.user, self.kwargs["pk"])
        return super().get_object()

    @extend_schema(parameters=[OpenApiParameter("waiting", bool, description="Only what one may decide now.")])
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)

    @verb(DecisionSerializer)
    def decide(self, approval, **given):
        """Approve, return or reject; it can be undone for ten seconds."""
        approvals.decide(approval, **given)

    @verb()
    def undo(self, approval, **given):
        """Take one's own decision back, before anybody was told."""
        mine = approval.signatures.filter(decided_by=given["by"], settled_at=None).first()
        if mine is None:
            raise Http404
        approvals.undo(mine, **given)

    @verb()
    def withdraw(self, approval, **given):
        """The applicant takes the round back."""
        approvals.withdraw(approval, **given)

    @verb()
    def remind(self, approval, **given):
        """The applicant reminds those whose turn it is."""
        approvals.remind(approval, **given)

    @verb(TransferSerializer)
    def transfer(self, approval, **given):
        """Pass a turn, one's own or of somebody below, to somebody who could sign in that place."""
        approvals.transfer(approval, **given)


class DelegationSerializer(serializers.ModelSerializer):
    person_name = name_of("person")
    delegate_name = name_of("delegate")

    class Meta:
        model = Delegation
        fields = [
            "id", "person", "person_name", "delegate", "delegate_name", "since", "until", "reason", "offered_at",
            "accepted_at", "ended_at",
        ]  # fmt: skip


class Delegate(Visible):
    """Somebody the person sees, or who may sign in their place."""

    def rows(self, user):
        able = User.objects.standing_in_for(user).values("pk")
        return User.objects.filter(Q(pk__in=super().rows(user).values("pk")) | Q(pk__in=able))


class NewDelegationSerializer(serializers.Serializer):
    delegate = Delegate(User)
    since = serializers.DateField()
    until = serializers.DateField()
    reason = serializers.CharField(max_length=300)


class Delegations(Creates, Reads):
    """Who decides for whom: those one gave and those one was asked to take."""

    queryset = Delegation.objects.select_related("person", "delegate")
    serializer_class = DelegationSerializer
    new_class = NewDelegationSerializer
    filterset_fields = days("since", "until")
    ordering_fields = ["since", "until"]

    def perform(self, given):
        to = given.pop("delegate")
        return approvals.delegate(to=to, today=timezone.localdate(), **given, **self.stamp)

    @verb()
    def accept(self, delegation, **given):
        """Agree to decide for the person; from then on it counts."""
        approvals.accept_delegation(delegation, **given)

    @verb()
    def end(self, delegation, **given):
        """Decline, take back or end, as it stands."""
        approvals.end_delegation(delegation, **given)


# --- Do -----------------------------------------------------------------------------------------------


class ObligationSerializer(serializers.ModelSerializer):
    clause = serializers.CharField()
    late = serializers.BooleanField()
    site_name = name_of("site")
    owner_name = name_of("owner")

    class Meta:
        model = Obligation
        fields = [
            "id", "kind", "clause", "title", "url", "period", "person", "site", "site_name", "owner", "owner_name",
            "status", "opened_at", "due_at", "met_at", "breached_at", "late",
        ]  # fmt: skip


class Obligations(Reads):
    """Promises with a clock: one's own and those of one's sites."""

    queryset = Obligation.objects.select_related("site", "owner")
    serializer_class = ObligationSerializer
    filterset_fields = (
        exact("kind", "status", "site", "owner", "person", "period") | moments("due_at") | none_or_some("breached_at")
    )
    search_fields = ["title", "owner__name"]
    ordering_fields = ["due_at", "opened_at"]

    @verb(PassOnSerializer)
    def hand_over(self, obligation, **given):
        """Give it to somebody else of the site; the clock runs on."""
        obligations.reassign(obligation, **given)


# --- Notices ------------------------------------------------------------------------------------------


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
    filterset_fields = exact("kind") | moments("created_at") | none_or_some("read_at")
    ordering_fields = ["created_at"]

    @extend_schema(request=None, responses=inline_serializer("Marked", {"marked": serializers.IntegerField()}))
    @action(detail=False, methods=["post"])
    def read(self, request):
        """Mark all as read."""
        return self.once(lambda: (200, {"marked": notifications.mark_read(request.user)}))


# --- Files --------------------------------------------------------------------------------------------


@extend_schema(parameters=[OpenApiParameter("key", OpenApiTypes.UUID, OpenApiParameter.PATH)])
class Files(viewsets.ViewSet):
    """Files of records one may see. Their addresses stand beside the records."""

    lookup_field = "key"
    lookup_value_converter = "uuid"

    def perform_content_negotiation(self, request, force=False):
        """A file has its own type, whatever the client says it likes."""
        return super().perform_content_negotiation(request, force=True)

    def _found(self, request, key) -> Attachment:
        found = get_object_or_404(Attachment.objects.select_related("subject_type"), key=key)
        if not attachments.visible_to(request.user, found):
            raise Http404
        return found

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def retrieve(self, request, key):
        """The file itself. A sensitive one is opened by POST."""
        require(
            unless(
                self._found(request, key).sensitive,
                _("This file is sensitive: whoever opens it is recorded."),
                remedy=_("Ask for it by POST at its address with open/ behind it."),
            ),
            WrongState,
        )
        return files.attachment(request._request, key)

    @extend_schema(request=None, responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["post"])
    def open(self, request, key):
        """The file itself. A sensitive one as `pages`, JPEGs in base64 with the reader's name; that is recorded."""
        found = self._found(request, key)
        if not found.sensitive:
            return files.attachment(request._request, key)
        answer = Response({"name": found.name, "pages": viewing.look_at(found, by=request.user, now=timezone.now())})
        answer["Cache-Control"] = "private, no-store"
        return answer


# --- Imports ------------------------------------------------------------------------------------------


class ImportSerializer(serializers.ModelSerializer):
    """`done`: rows that are through while it is tried out or saved."""

    uploaded_by_name = name_of("uploaded_by")
    done = serializers.IntegerField(source="progress.done")

    class Meta:
        model = ImportBatch
        fields = [
            "id", "kind", "file_name", "sha256", "total", "done", "status", "uploaded_by", "uploaded_by_name",
            "uploaded_at", "finished_at",
        ]  # fmt: skip


class ImportDetailSerializer(ImportSerializer):
    """`faults`: [row, column, what is wrong] each."""

    class Meta(ImportSerializer.Meta):
        fields = [*ImportSerializer.Meta.fields, "faults"]


class NewImportSerializer(serializers.Serializer):
    """Multipart. `kind`: what is in the sheet, such as `people` or `sites`."""

    kind = serializers.ChoiceField(choices=[])
    file = serializers.FileField()

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["kind"].choices = [(key, one.label) for key, one in IMPORTERS.items()]


SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Imports(Creates, Reads):
    """Sheets of records: tried out first, saved all or not at all, undone as a whole."""

    queryset = ImportBatch.objects.select_related("uploaded_by", "progress").defer("rows")
    serializer_class = ImportSerializer
    detail_class = ImportDetailSerializer
    new_class = NewImportSerializer
    filterset_fields = exact("kind", "status") | moments("uploaded_at")
    search_fields = ["file_name"]
    ordering_fields = ["uploaded_at"]

    def may_open(self, user):
        return may_import(user)

    def perform(self, given):
        content = given["file"].read(attachments.MAX_BYTES + 1)
        digest = hashlib.sha256(content).hexdigest()
        name = attachments.safe_name(given["file"].name)
        return imports.upload(given["kind"], name=name, content=content, sha256=digest, **self.stamp)

    def perform_content_negotiation(self, request, force=False):
        """A sheet is a sheet, whatever the client says it likes."""
        return super().perform_content_negotiation(request, force=force or self.action in ("template", "sheet"))

    @extend_schema(
        responses={(200, SHEET): OpenApiTypes.BINARY},
        parameters=[OpenApiParameter("kind", str, required=True)],
        filters=False,
    )
    @action(detail=False, methods=["get"])
    def template(self, request):
        """The workbook to fill in, for a kind."""
        return import_template(request._request, request.query_params.get("kind", ""))

    @extend_schema(responses={(200, SHEET): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def sheet(self, request, pk):
        """What is wrong, row by row, as a workbook."""
        return import_faults(request._request, pk)

    @verb(may=imports.may_import)
    def save(self, batch, **given):
        """Save all of it, once every row is well."""
        imports.confirm(batch, **given)

    @verb(may=imports.may_import)
    def drop(self, batch, **given):
        """It will not be saved."""
        imports.drop(batch, **given)

    @verb(ReasonSerializer, may=imports.may_import)
    def undo(self, batch, **given):
        """Take away everything it brought, or nothing; a worker does it, and `faults` say why not."""
        imports.undo(batch, **given)


# --- The policy ---------------------------------------------------------------------------------------


class ParameterSerializer(serializers.ModelSerializer):
    class Meta:
        model = Parameter
        fields = ["id", "key", "value", "valid_from", "reason", "set_by", "set_at", "taken_back_at"]


class NewValueSerializer(serializers.Serializer):
    """What a number of the policy is from a day on, and why."""

    parameter = serializers.ChoiceField(choices=sorted(parameters.CATALOGUE), help_text="The `key` of the number.")
    value = serializers.DecimalField(max_digits=12, decimal_places=2)
    valid_from = serializers.DateField()
    reason = serializers.CharField(max_length=300)


class Parameters(mixins.ListModelMixin, Creates):
    """The policy's numbers with their history; HR sets a new value from a day on."""

    queryset = Parameter.objects.all()
    serializer_class = ParameterSerializer
    new_class = NewValueSerializer
    filterset_fields = exact("key") | days("valid_from")
    ordering_fields = ["key", "valid_from"]

    def get_queryset(self):
        return self.queryset.all()

    def may_open(self, user):
        return parameters.may_change(user)

    def perform(self, given):
        value = given.pop("value")
        return parameters.change(given.pop("parameter"), value, today=timezone.localdate(), **given, **self.stamp)


class ClauseSerializer(serializers.Serializer):
    """A clause in the reader's language, with the numbers in force today."""

    code = serializers.CharField()
    title = serializers.CharField()
    duty = serializers.CharField()
    kept_by = serializers.CharField()
    ours = serializers.BooleanField()
    parameters = serializers.DictField(child=serializers.DecimalField(max_digits=12, decimal_places=2))


class Clauses(viewsets.ViewSet):
    """The policy, clause by clause."""

    @extend_schema(responses=ClauseSerializer(many=True))
    def list(self, request):
        """Every clause, in the reader's language, with the numbers in force today."""
        keys = {key for clause in clauses.all() for key in clause.parameters}
        numbers = parameters.values(timezone.localdate(), *keys)
        rows = [
            {
                "code": clause.code,
                "title": clause.title,
                "duty": clause.duty,
                "kept_by": clause.kept_by,
                "ours": clause.ours,
                "parameters": {key: numbers[key] for key in clause.parameters},
            }
            for clause in clauses.all()
        ]
        return Response(ClauseSerializer(rows, many=True).data)


ENDPOINTS = {
    "approvals": Approvals,
    "delegations": Delegations,
    "obligations": Obligations,
    "notifications": Notifications,
    "files": Files,
    "imports": Imports,
    "parameters": Parameters,
    "clauses": Clauses,
}
