"""Clients' questions and incoming mail over the API (7.1.2a)."""

from uuid import uuid4

from django.db.models import Prefetch
from django.utils import timezone
from rest_framework import serializers

from apps.communication import access
from apps.communication.actions import enquiries as actions
from apps.communication.actions import sorting
from apps.communication.models import Enquiry, EnquiryMessage, InboundMail
from apps.communication.obligations.enquiries import with_clock
from apps.core.api import (
    Creates,
    Files,
    FileSerializer,
    Moment,
    OptionalReasonSerializer,
    Reads,
    ReasonSerializer,
    Visible,
    exact,
    exact_or_none,
    moments,
    name_of,
    put_files,
    verb,
)
from apps.personnel.models import ClientContact, Site, User

# --- Enquiries ----------------------------------------------------------------------------------------


class MessageSerializer(serializers.ModelSerializer):
    author_name = name_of("author")
    contact_name = name_of("contact")
    files = FileSerializer(many=True, read_only=True)

    class Meta:
        model = EnquiryMessage
        fields = [
            "id", "direction", "channel", "author", "author_name", "contact", "contact_name", "client_address", "text",
            "at", "automatic", "dispatch", "sent_at", "files",
        ]  # fmt: skip


class EnquirySerializer(serializers.ModelSerializer):
    number = serializers.CharField()
    site_name = name_of("site")
    contact_name = name_of("contact")
    owner_name = name_of("owner")
    due_at = Moment(allow_null=True)
    late = serializers.BooleanField()
    entered_afterwards = serializers.BooleanField(read_only=True)

    class Meta:
        model = Enquiry
        fields = [
            "id", "number", "site", "site_name", "contact", "contact_name", "subject", "channel", "owner", "owner_name",
            "status", "arrived_at", "opened_at", "round", "first_answer_at", "closed_at", "due_at", "late",
            "logged_at", "entered_afterwards",
        ]  # fmt: skip


class EnquiryDetailSerializer(EnquirySerializer):
    messages = MessageSerializer(many=True)

    class Meta(EnquirySerializer.Meta):
        fields = [*EnquirySerializer.Meta.fields, "logged_by", "messages"]


class NewEnquirySerializer(serializers.Serializer):
    """Without a time, it came just now. With an answer, it was answered on the spot."""

    site = Visible(Site)
    contact = Visible(ClientContact, required=False, allow_null=True)
    channel = serializers.ChoiceField(choices=Enquiry.Channel.choices)
    subject = serializers.CharField(max_length=300, required=False, allow_blank=True)
    text = serializers.CharField()
    arrived_at = Moment(required=False, allow_null=True)
    answer = serializers.CharField(required=False, allow_blank=True)
    answered_at = Moment(required=False, allow_null=True)
    files = Files()


class AnswerSerializer(serializers.Serializer):
    """`seen`: the newest message one has read; a later answer then refuses this one (409)."""

    text = serializers.CharField()
    channel = serializers.ChoiceField(choices=Enquiry.Channel.choices, default=Enquiry.Channel.MAIL)
    to = serializers.EmailField(required=False, allow_blank=True)
    given_at = Moment(required=False, allow_null=True)
    seen = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2**63 - 1)
    files = Files()


class NoteSerializer(serializers.Serializer):
    text = serializers.CharField()
    files = Files()


class HandOverSerializer(OptionalReasonSerializer):
    to = Visible(User)


class CorrectionSerializer(serializers.Serializer):
    subject = serializers.CharField(max_length=300)
    contact = Visible(ClientContact, allow_null=True)


class MoveSerializer(ReasonSerializer):
    site = Visible(Site)


class Enquiries(Creates, Reads):
    """What clients asked, each with its 24-hour clock."""

    queryset = Enquiry.objects.select_related("site", "contact", "owner")
    serializer_class = EnquirySerializer
    detail_class = EnquiryDetailSerializer
    new_class = NewEnquirySerializer
    details = (Prefetch("messages", EnquiryMessage.objects.select_related("author", "contact")),)
    filterset_fields = exact("site", "contact", "status", "channel") | exact_or_none("owner") | moments("arrived_at")
    search_fields = ["subject", "=token", "contact__name"]
    ordering_fields = ["arrived_at", "status"]

    def rows(self):
        return with_clock(super().rows(), timezone.now())

    def prepare(self, enquiry):
        put_files(enquiry.messages.all())

    def perform(self, given):
        return actions.log_enquiry(**given, key=uuid4().hex, **self.stamp)

    @verb(AnswerSerializer, may=access.may_work)
    def answer(self, enquiry, **given):
        """Answer the client, by a mail that leaves soon or by noting what was said."""
        actions.answer(enquiry, key=uuid4().hex, **given)

    @verb(NoteSerializer, may=access.may_assign)
    def note(self, enquiry, **given):
        """Write a note among ourselves; it stops no clock."""
        actions.note(enquiry, key=uuid4().hex, **given)

    @verb(HandOverSerializer, may=actions.assign.may)
    def hand_over(self, enquiry, **given):
        """Give it to another owner; the clock runs on."""
        actions.assign(enquiry, **given)

    @verb(CorrectionSerializer, may=actions.correct.may)
    def correct(self, enquiry, **given):
        """Correct the subject or who asked."""
        actions.correct(enquiry, **given)

    @verb(MoveSerializer, may=actions.move.may)
    def move(self, enquiry, **given):
        """Put right what reached the wrong site; the clock runs on from the arrival."""
        actions.move(enquiry, **given)

    @verb(may=actions.close.may)
    def close(self, enquiry, **given):
        """Nothing more is to be done."""
        actions.close(enquiry, **given)

    @verb(OptionalReasonSerializer, may=actions.reopen.may)
    def reopen(self, enquiry, **given):
        """It is not settled: a new round with a clock of its own."""
        actions.reopen(enquiry, **given)

    @verb(ReasonSerializer, may=actions.needs_no_answer.may)
    def needs_no_answer(self, enquiry, **given):
        """A thank-you or a mistake: nobody waits for an answer."""
        actions.needs_no_answer(enquiry, **given)


# --- Incoming mail ------------------------------------------------------------------------------------


class MailSerializer(serializers.ModelSerializer):
    site_name = name_of("site")
    enquiry = serializers.SerializerMethodField()

    class Meta:
        model = InboundMail
        fields = [
            "id", "message_id", "sender", "sender_name", "subject", "sent_at", "arrived_at", "size", "status",
            "reason", "site", "site_name", "enquiry", "sorted_by", "sorted_at",
        ]  # fmt: skip

    def get_enquiry(self, mail) -> int | None:
        """Only of a site that the reader may see."""
        return mail.known_enquiry.pk if mail.known_enquiry else None


class MailDetailSerializer(MailSerializer):
    class Meta(MailSerializer.Meta):
        fields = [*MailSerializer.Meta.fields, "text"]


class FileAsNewSerializer(serializers.Serializer):
    """`contact_name`: enter the sender as a new contact of the site's client."""

    site = Visible(Site)
    contact = Visible(ClientContact, required=False, allow_null=True)
    contact_name = serializers.CharField(max_length=100, required=False, allow_blank=True)


class FileIntoSerializer(serializers.Serializer):
    enquiry = Visible(Enquiry)


class Mails(Reads):
    """Incoming mail, for those who sort it. Nothing is ever dropped."""

    queryset = InboundMail.objects.select_related("site")
    serializer_class = MailSerializer
    detail_class = MailDetailSerializer
    filterset_fields = exact("status", "site") | moments("arrived_at")
    search_fields = ["subject", "sender", "sender_name"]
    ordering_fields = ["arrived_at"]

    def rows(self):
        seen = Enquiry.objects.visible_to(self.request.user)
        rows = super().rows().prefetch_related(Prefetch("enquiry", seen, to_attr="known_enquiry"))
        return rows.defer("text") if self.action == "list" else rows

    @verb(FileAsNewSerializer, may=access.may_sort_mail)
    def file_as_new(self, mail, **given):
        """Make it the question it is; the clock runs from its arrival."""
        sorting.file_as_new(mail, **given)

    @verb(FileIntoSerializer, may=access.may_sort_mail)
    def file_into(self, mail, **given):
        """Add it to the question it belongs to."""
        sorting.file_into(mail, **given)

    @verb(ReasonSerializer, may=access.may_sort_mail)
    def dismiss(self, mail, **given):
        """Nobody waits for an answer to this."""
        sorting.dismiss(mail, **given)


ENDPOINTS = {"enquiries": Enquiries, "mails": Mails}
