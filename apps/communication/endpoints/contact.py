"""Requests, meetings, waivers, problems and the contact log over the API (7.1.1, 7.1.2b, 3.4)."""

from django.db.models import Prefetch
from django.utils import timezone
from rest_framework import serializers

from apps.communication import access
from apps.communication.actions import contact_log, meetings, problems, requests
from apps.communication.models import (
    ClientRequest,
    ContactLog,
    DateChange,
    Enquiry,
    Meeting,
    MeetingWaiver,
    PlanSignature,
    Problem,
)
from apps.core.api import (
    Changes,
    Creates,
    Files,
    FileSerializer,
    Moment,
    OptionalReasonSerializer,
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
from apps.core.obligations import with_late
from apps.personnel.models import Assignment, ClientContact, Site, User


class OutcomeSerializer(serializers.Serializer):
    outcome = serializers.CharField()


class NamedSerializer(serializers.Serializer):
    """Somebody who takes part."""

    id = serializers.IntegerField()
    name = serializers.CharField()


# --- Requests (7.1.2b) --------------------------------------------------------------------------------


class DateChangeSerializer(serializers.ModelSerializer):
    proposed_by_name = name_of("proposed_by")
    consent_by_name = name_of("consent_by")

    class Meta:
        model = DateChange
        fields = [
            "id", "request", "proposed_by", "proposed_by_name", "before_at", "due_at", "reason", "consent_by",
            "consent_by_name", "consent_at", "status",
        ]  # fmt: skip


class DateChangeDetailSerializer(DateChangeSerializer):
    files = FileSerializer(many=True, read_only=True)

    class Meta(DateChangeSerializer.Meta):
        fields = [*DateChangeSerializer.Meta.fields, "files"]


class RequestSerializer(serializers.ModelSerializer):
    site_name = name_of("site")
    contact_name = name_of("contact")
    owner_name = name_of("owner")
    late = serializers.BooleanField()

    class Meta:
        model = ClientRequest
        fields = [
            "id", "site", "site_name", "contact", "contact_name", "title", "owner", "owner_name", "status",
            "received_at", "agreed_due_at", "accepted_at", "closed_at", "late",
        ]  # fmt: skip


class RequestDetailSerializer(RequestSerializer):
    date_changes = DateChangeSerializer(many=True)

    class Meta(RequestSerializer.Meta):
        fields = [*RequestSerializer.Meta.fields, "detail", "outcome", "enquiry", "logged_by", "date_changes"]


class RequestValues(Values):
    """Without a time, the client asked just now."""

    site = Visible(Site)
    contact = Visible(ClientContact)
    enquiry = Visible(Enquiry, required=False, allow_null=True)
    owner = Visible(User, required=False, allow_null=True)
    received_at = Moment(required=False)

    class Meta:
        model = ClientRequest
        fields = ["site", "contact", "enquiry", "title", "detail", "received_at", "owner"]


class AcceptSerializer(serializers.Serializer):
    owner = Visible(User)
    agreed_due_at = Moment()


class OwnerSerializer(OptionalReasonSerializer):
    owner = Visible(User)


class FinishSerializer(OutcomeSerializer):
    """Without a time, it was done just now."""

    done_at = Moment(required=False)


class DateSerializer(serializers.Serializer):
    """Another due time, with the client's consent: who, when, and files that prove it."""

    due_at = Moment()
    reason = serializers.CharField()
    consent_by = Visible(ClientContact)
    consent_at = Moment()
    files = Files()


class Requests(Creates, Reads):
    """What clients want done, each with an owner and an agreed due time."""

    queryset = ClientRequest.objects.select_related("site", "contact", "owner")
    serializer_class = RequestSerializer
    detail_class = RequestDetailSerializer
    new_class = RequestValues
    details = (Prefetch("date_changes", DateChange.objects.select_related("proposed_by", "consent_by")),)
    filterset_fields = (
        exact("site", "contact", "status") | exact_or_none("owner") | moments("received_at", "agreed_due_at")
    )
    search_fields = ["title", "contact__name"]
    ordering_fields = ["received_at", "agreed_due_at", "status"]

    def rows(self):
        return with_late(super().rows(), timezone.now())

    def perform(self, given):
        stamp = self.stamp
        return requests.log_request(**{"received_at": stamp["now"], **given}, **stamp)

    @verb(OwnerSerializer, may=requests.assign.may)
    def hand_over(self, request, **given):
        """Name the owner, or hand it to another one."""
        requests.assign(request, **given)

    @verb(AcceptSerializer, may=requests.accept.may)
    def accept(self, request, **given):
        """Promise it to the client, by a time agreed with them."""
        requests.accept(request, **given)

    @verb(OutcomeSerializer, may=requests.decline.may)
    def decline(self, request, **given):
        """Tell the client no, and why."""
        requests.decline(request, **given)

    @verb(FinishSerializer, may=requests.finish.may)
    def done(self, request, **given):
        """The work is done: what came out, and when."""
        requests.finish(request, **{"done_at": given["now"], **given})

    @verb(DateSerializer, may=requests.may_propose_date)
    def propose_date(self, request, **given):
        """Ask for another due time; the site lead signs it. Multipart: the proof is a file."""
        requests.propose_date(request, **given)


class DateChanges(Reads):
    """Changes of agreed dates: those of one's sites, and those one may sign."""

    queryset = DateChange.objects.select_related("request", "proposed_by", "consent_by")
    serializer_class = DateChangeSerializer
    detail_class = DateChangeDetailSerializer
    filterset_fields = exact("request", "status", "proposed_by") | moments("due_at")
    ordering_fields = ["due_at"]

    def prepare(self, change):
        put_files([change])

    @verb(DateSerializer, may=requests.revise_date.may)
    def revise(self, change, **given):
        """Answer what was returned, and send it again."""
        requests.revise_date(change, **given)

    @verb(may=requests.give_up_date.may)
    def give_up(self, change, **given):
        """Keep the agreed due time after all."""
        requests.give_up_date(change, **given)


# --- Meetings (7.1.1) ---------------------------------------------------------------------------------


class MeetingSerializer(serializers.ModelSerializer):
    site_name = name_of("site")
    organiser_name = name_of("organiser")
    staff = NamedSerializer(many=True)
    contacts = NamedSerializer(many=True)

    class Meta:
        model = Meeting
        fields = [
            "id", "site", "site_name", "organiser", "organiser_name", "mode", "begins_at", "place", "agenda", "staff",
            "contacts", "status", "confirmed_by", "confirmed_for", "confirmed_at",
        ]  # fmt: skip


class MeetingDetailSerializer(MeetingSerializer):
    files = FileSerializer(many=True, read_only=True)

    class Meta(MeetingSerializer.Meta):
        fields = [*MeetingSerializer.Meta.fields, "minutes", "files"]


class MeetingValues(Values):
    """When, where and who."""

    staff = Visible(User, many=True)
    contacts = Visible(ClientContact, many=True, required=False)

    class Meta:
        model = Meeting
        fields = ["mode", "begins_at", "place", "agenda", "staff", "contacts"]


class NewMeetingValues(MeetingValues):
    """With minutes it is recorded as held; without them it is planned, and lies ahead."""

    site = Visible(Site)

    class Meta(MeetingValues.Meta):
        fields = ["site", *MeetingValues.Meta.fields, "minutes"]


class HeldSerializer(serializers.Serializer):
    """What is left out stays as planned."""

    begins_at = Moment(required=False)
    staff = Visible(User, many=True, required=False)
    contacts = Visible(ClientContact, many=True, required=False)
    minutes = serializers.CharField()
    files = Files()


class ConfirmSerializer(serializers.Serializer):
    """`confirmed_for`: who of the client confirmed it, as one heard it."""

    confirmed_for = Visible(ClientContact, required=False, allow_null=True)


class AddFilesSerializer(serializers.Serializer):
    files = Files(required=True, default=serializers.empty, allow_empty=False)


class Meetings(Creates, Changes, Reads):
    """Talks with clients. One face to face, confirmed, is owed each month."""

    queryset = Meeting.objects.select_related("site", "organiser").prefetch_related("staff", "contacts")
    serializer_class = MeetingSerializer
    detail_class = MeetingDetailSerializer
    new_class = NewMeetingValues
    change_class = MeetingValues
    filterset_fields = exact("site", "organiser", "staff", "contacts", "mode", "status") | moments("begins_at")
    search_fields = ["agenda", "place"]
    ordering_fields = ["begins_at", "status"]

    def prepare(self, meeting):
        put_files([meeting])

    def perform(self, given):
        values = {"contacts": [], **given}
        minutes = values.pop("minutes", "")
        if minutes.strip():
            return meetings.log_meeting(**values, minutes=minutes, **self.stamp)
        return meetings.plan_meeting(**values, **self.stamp)

    def change(self, meeting, given):
        kept = {name: getattr(meeting, name) for name in ("mode", "begins_at", "place", "agenda")}
        meetings.change_meeting(meeting, **kept | self._company(meeting) | given, **self.stamp)

    def _company(self, meeting) -> dict:
        return {"staff": list(meeting.staff.all()), "contacts": list(meeting.contacts.all())}

    @verb(HeldSerializer, may=meetings.record_held.may)
    def held(self, meeting, **given):
        """It took place: what was said and who was really there. The site lead is asked to confirm it."""
        meetings.record_held(meeting, **{"begins_at": meeting.begins_at, **self._company(meeting), **given})

    @verb(ConfirmSerializer, may=meetings.confirm.may)
    def confirm(self, meeting, **given):
        """From now on it counts for its month. Whoever organised it or was there cannot confirm it."""
        meetings.confirm(meeting, **given)

    @verb(ReasonSerializer, may=meetings.cancel.may)
    def cancel(self, meeting, **given):
        """It does not take place, or did not."""
        meetings.cancel(meeting, **given)

    @verb(AddFilesSerializer, may=access.may_change_meeting)
    def files(self, meeting, **given):
        """Add photos or files."""
        meetings.add_files(meeting, **given)


class WaiverSerializer(serializers.ModelSerializer):
    person = serializers.IntegerField(source="assignment.person_id")
    person_name = name_of("assignment.person")
    site = serializers.IntegerField(source="assignment.site_id")
    site_name = name_of("assignment.site")

    class Meta:
        model = MeetingWaiver
        fields = [
            "id", "assignment", "person", "person_name", "site", "site_name", "month", "ground", "reason", "asked_by",
            "status",
        ]  # fmt: skip


class ReviseWaiverValues(Values):
    class Meta:
        model = MeetingWaiver
        fields = ["ground", "reason"]


class WaiverValues(ReviseWaiverValues):
    """`month`: any day of it."""

    assignment = Visible(Assignment)

    class Meta(ReviseWaiverValues.Meta):
        fields = ["assignment", "month", *ReviseWaiverValues.Meta.fields]


class Waivers(Creates, Reads):
    """Months in which no meeting is owed, because the head said so."""

    queryset = MeetingWaiver.objects.select_related("assignment__person", "assignment__site")
    serializer_class = WaiverSerializer
    new_class = WaiverValues
    filterset_fields = exact("assignment", "assignment__site", "assignment__person", "ground", "status") | days("month")
    search_fields = ["assignment__person__name"]
    ordering_fields = ["month"]

    def perform(self, given):
        return meetings.ask_waiver(**given, **self.stamp)

    @verb(ReviseWaiverValues, may=meetings.revise_waiver.may)
    def revise(self, waiver, **given):
        """Answer what the head returned, and send it again."""
        meetings.revise_waiver(waiver, **given)

    @verb(may=meetings.give_up_waiver.may)
    def give_up(self, waiver, **given):
        """The month's meeting stays owed after all."""
        meetings.give_up_waiver(waiver, **given)


# --- Complaints and major problems (3.4.3) ------------------------------------------------------------


class PlanSignatureSerializer(serializers.ModelSerializer):
    person_name = name_of("person")

    class Meta:
        model = PlanSignature
        fields = ["id", "version", "person", "person_name", "for_company", "for_site", "at"]


class ProblemSerializer(serializers.ModelSerializer):
    site_name = name_of("site")
    contact_name = name_of("contact")
    raised_by_name = name_of("raised_by")

    class Meta:
        model = Problem
        fields = [
            "id", "kind", "site", "site_name", "contact", "contact_name", "title", "raised_by", "raised_by_name",
            "raised_at", "status", "acknowledged_by", "acknowledged_at", "closed_at",
        ]  # fmt: skip


class ProblemDetailSerializer(ProblemSerializer):
    signatures = PlanSignatureSerializer(many=True)

    class Meta(ProblemSerializer.Meta):
        fields = [
            *ProblemSerializer.Meta.fields, "detail", "enquiry", "plan", "plan_version", "outcome", "signatures"
        ]  # fmt: skip


class ProblemValues(Values):
    site = Visible(Site)
    contact = Visible(ClientContact, required=False, allow_null=True)
    enquiry = Visible(Enquiry, required=False, allow_null=True)

    class Meta:
        model = Problem
        fields = ["kind", "site", "contact", "enquiry", "title", "detail"]


class PlanSerializer(serializers.Serializer):
    plan = serializers.CharField()


class SignSerializer(serializers.Serializer):
    """`version`: of the plan one has read."""

    version = serializers.IntegerField(min_value=1, max_value=32767)


class Problems(Creates, Reads):
    """Complaints and major problems: acknowledged, planned together, signed by both sides, closed."""

    queryset = Problem.objects.select_related("site", "contact", "raised_by")
    serializer_class = ProblemSerializer
    detail_class = ProblemDetailSerializer
    new_class = ProblemValues
    details = (Prefetch("signatures", PlanSignature.objects.select_related("person")),)
    filterset_fields = exact("kind", "site", "contact", "status") | moments("raised_at")
    search_fields = ["title"]
    ordering_fields = ["raised_at", "status"]

    def perform(self, given):
        return problems.raise_problem(**given, **self.stamp)

    @verb(may=problems.acknowledge.may)
    def acknowledge(self, problem, **given):
        """A department or leader takes it on."""
        problems.acknowledge(problem, **given)

    @verb(PlanSerializer, may=problems.write_plan.may)
    def plan(self, problem, **given):
        """Write or change the joint plan; a new text is signed afresh."""
        problems.write_plan(problem, **given)

    @verb(SignSerializer, may=problems.write_plan.may)
    def sign(self, problem, **given):
        """Sign the joint plan in the version one has read."""
        problems.sign_plan(problem, **given)

    @verb(OutcomeSerializer, may=problems.close.may)
    def close(self, problem, **given):
        """Close it with what came out, once both sides signed."""
        problems.close(problem, **given)


# --- The contact log (3.4.1) --------------------------------------------------------------------------


class ContactLogSerializer(serializers.ModelSerializer):
    site_name = name_of("site")
    contact_name = name_of("contact")
    person_name = name_of("person")

    class Meta:
        model = ContactLog
        fields = [
            "id", "site", "site_name", "contact", "contact_name", "person", "person_name", "mode", "at", "summary",
            "logged_at",
        ]  # fmt: skip


class ContactLogValues(Values):
    """Without a time, it was just now."""

    site = Visible(Site)
    contact = Visible(ClientContact)
    at = Moment(required=False)

    class Meta:
        model = ContactLog
        fields = ["site", "contact", "mode", "at", "summary"]


class ContactLogs(Creates, Reads):
    """Every contact with a client, however it came about."""

    queryset = ContactLog.objects.select_related("site", "contact", "person")
    serializer_class = ContactLogSerializer
    new_class = ContactLogValues
    filterset_fields = exact("site", "contact", "person", "mode") | moments("at")
    search_fields = ["summary", "contact__name"]
    ordering_fields = ["at"]

    def perform(self, given):
        stamp = self.stamp
        return contact_log.log_contact(**{"at": stamp["now"], **given}, **stamp)


ENDPOINTS = {
    "requests": Requests,
    "date-changes": DateChanges,
    "meetings": Meetings,
    "waivers": Waivers,
    "problems": Problems,
    "contact-log": ContactLogs,
}
