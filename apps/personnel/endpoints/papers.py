"""Site documents, proofs and first days over the API (1.3.1, 2.2.1, 4.2.1, 4.3.1, 4.3.3)."""

from django.utils import timezone
from rest_framework import serializers

from apps.core.api import (
    Creates,
    Files,
    FileSerializer,
    Reads,
    ReasonSerializer,
    Values,
    Visible,
    days,
    exact,
    exact_or_none,
    moments,
    name_of,
    put_files,
    verb,
)
from apps.personnel import access
from apps.personnel.actions import arrivals, checklist, papers
from apps.personnel.models import Acknowledgement, Assignment, DocumentVersion, Proof, Site

# --- Site documents -----------------------------------------------------------------------------------


class DocumentSerializer(serializers.ModelSerializer):
    site_name = name_of("site")
    published_by_name = name_of("published_by")

    class Meta:
        model = DocumentVersion
        fields = [
            "id", "site", "site_name", "kind", "number", "title", "sha256", "published_by", "published_by_name",
            "published_at",
        ]  # fmt: skip


class DocumentDetailSerializer(DocumentSerializer):
    class Meta(DocumentSerializer.Meta):
        fields = [*DocumentSerializer.Meta.fields, "text", "changes"]


class DocumentValues(Values):
    """Without a site, an edition for every site that has none of its own."""

    site = Visible(Site, required=False, allow_null=True, default=None)

    class Meta:
        model = DocumentVersion
        fields = ["site", "kind", "title", "text", "changes"]


class DocumentSignSerializer(serializers.Serializer):
    """One's own name, typed out."""

    signed_name = serializers.CharField(max_length=100)


class Documents(Creates, Reads):
    """Every edition of what is signed where one works, and of what holds everywhere."""

    queryset = DocumentVersion.objects.select_related("site", "published_by")
    serializer_class = DocumentSerializer
    detail_class = DocumentDetailSerializer
    new_class = DocumentValues
    filterset_fields = exact("kind", "number") | exact_or_none("site") | moments("published_at")
    search_fields = ["title", "site__name"]
    ordering_fields = ["published_at", "number"]

    def may_open(self, user):
        return access.may_publish_somewhere(user)

    def perform(self, given):
        return papers.publish(**given, **self.stamp)

    @verb(DocumentSignSerializer, may=papers.may_sign)
    def sign(self, version, **given):
        """Sign it with one's own name."""
        papers.acknowledge(version, **given)


class AcknowledgementSerializer(serializers.ModelSerializer):
    person_name = name_of("person")

    class Meta:
        model = Acknowledgement
        fields = ["id", "version", "person", "person_name", "signed_name", "signed_at", "sha256"]


class Acknowledgements(Reads):
    """Who signed which edition, when, and the hash of what they signed."""

    queryset = Acknowledgement.objects.select_related("person")
    serializer_class = AcknowledgementSerializer
    filterset_fields = exact("version", "person") | moments("signed_at")
    ordering_fields = ["signed_at"]


# --- Proofs -------------------------------------------------------------------------------------------


class ProofSerializer(serializers.ModelSerializer):
    person_name = name_of("person")
    decided_by_name = name_of("decided_by")

    class Meta:
        model = Proof
        fields = [
            "id", "person", "person_name", "kind", "expires_on", "status", "submitted_at", "decided_by",
            "decided_by_name", "decided_at", "reason",
        ]  # fmt: skip


class ProofDetailSerializer(ProofSerializer):
    files = FileSerializer(many=True, read_only=True)

    class Meta(ProofSerializer.Meta):
        fields = [*ProofSerializer.Meta.fields, "files"]


class ProofValues(Values):
    """Multipart: photos of each page, or a PDF."""

    files = Files()

    class Meta:
        model = Proof
        fields = ["kind", "expires_on", "files"]


class Proofs(Creates, Reads):
    """One's own papers; for HR those of everybody. Verified means looked at: each file is opened first."""

    queryset = Proof.objects.select_related("person", "decided_by")
    serializer_class = ProofSerializer
    detail_class = ProofDetailSerializer
    new_class = ProofValues
    filterset_fields = exact("person", "kind", "status") | days("expires_on") | moments("submitted_at")
    search_fields = ["person__name", "person__number"]
    ordering_fields = ["submitted_at", "expires_on"]

    def prepare(self, proof):
        put_files([proof])

    def perform(self, given):
        return papers.hand_in(**given, **self.stamp)

    @verb(may=access.may_verify)
    def verify(self, proof, **given):
        """The paper proves what it should."""
        papers.verify(proof, **given)

    @verb(ReasonSerializer, may=access.may_verify)
    def send_back(self, proof, **given):
        """The paper does not do, and why."""
        papers.send_back(proof, **given)


# --- First days ---------------------------------------------------------------------------------------


class ItemSerializer(serializers.Serializer):
    """One thing of a checklist: how it stands, and who is to act."""

    name = serializers.CharField()
    clause = serializers.CharField()
    state = serializers.CharField()
    done = serializers.BooleanField()
    who = serializers.CharField()


class ArrivalSerializer(serializers.ModelSerializer):
    person_name = name_of("person")
    site_name = name_of("site")
    missing = serializers.IntegerField()

    class Meta:
        model = Assignment
        fields = [
            "id", "person", "person_name", "site", "site_name", "since", "status", "report_at", "reported_at",
            "confirmed_by", "confirmed_at", "missing",
        ]  # fmt: skip


class ArrivalDetailSerializer(ArrivalSerializer):
    checklist = ItemSerializer(many=True)

    class Meta(ArrivalSerializer.Meta):
        fields = [*ArrivalSerializer.Meta.fields, "checklist"]


class Arrivals(Reads):
    """Assignments with how many of their papers are missing; one of them with its checklist."""

    queryset = Assignment.objects.select_related("person", "site")
    serializer_class = ArrivalSerializer
    detail_class = ArrivalDetailSerializer
    filterset_fields = exact("person", "site", "status") | days("since")
    search_fields = ["person__name", "person__number", "site__name"]
    ordering_fields = ["since"]

    def rows(self):
        rows = super().rows().filter(access.of_person(self.request.user))
        return checklist.with_missing(rows, timezone.localdate())

    def prepare(self, assignment):
        assignment.checklist = checklist.checklist(assignment, now=timezone.now()).items

    @verb(may=access.may_report_in)
    def report_in(self, assignment, **given):
        """I am here."""
        arrivals.report_in(assignment, **given)

    @verb(may=access.may_receive)
    def note(self, assignment, **given):
        """The lead sees that somebody is there."""
        arrivals.note_arrival(assignment, **given)

    @verb(ReasonSerializer, may=access.may_receive)
    def take_back(self, assignment, **given):
        """Somebody reported in who is not there: the clock runs on."""
        arrivals.not_here(assignment, **given)

    @verb(may=access.may_receive)
    def confirm(self, assignment, **given):
        """Confirm the arrival, once all papers are there: from now on they are on site."""
        arrivals.arrive(assignment, **given)


ENDPOINTS = {
    "documents": Documents,
    "acknowledgements": Acknowledgements,
    "proofs": Proofs,
    "arrivals": Arrivals,
}
