"""What a person's record holds over the API: contacts, identity number, skills, certificates, earlier work."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core.api import (
    Changes,
    Creates,
    Door,
    Files,
    FileSerializer,
    Reads,
    ReasonSerializer,
    Values,
    Visible,
    days,
    exact,
    name_of,
    none_or_some,
    put_files,
    verb,
)
from apps.core.keeping import keep
from apps.core.verdicts import NotAllowed, require
from apps.personnel import access, story
from apps.personnel.actions import contacts, identity, qualifications
from apps.personnel.forms.people_records import OnePicture
from apps.personnel.models import (
    Certificate,
    CertificateKind,
    Grade,
    IdentityNumber,
    Level,
    PersonSkill,
    Skill,
    User,
    WorkHistory,
)

# --- Registers ----------------------------------------------------------------------------------------


class CompanyWide(Visible):
    """A record that everybody in the company may know."""

    def rows(self, user):
        return self.model.objects.all()


class Register(Creates, Changes, Reads):
    """What everybody may choose from; HR keeps it, under the same rule as on the pages."""

    rule = None
    search_fields = ["name"]
    ordering_fields = ["name"]

    def may_open(self, user):
        return access.may_manage(user)

    def get_queryset(self):
        return self.queryset.all()

    def perform(self, given):
        return self.keep(self.queryset.model(), given)

    def change(self, thing, given):
        self.keep(thing, given)

    def keep(self, thing, given: dict):
        known = {name: getattr(thing, name) for name in self.new_class.Meta.fields if name not in given}
        return keep(thing, values=known | given, rule=self.rule, **self.stamp)


class SkillSerializer(serializers.ModelSerializer):
    class Meta:
        model = Skill
        fields = ["id", "name", "kind", "active"]


class SkillValues(Values):
    class Meta:
        model = Skill
        fields = ["name", "kind", "active"]


class Skills(Register):
    """Skills and languages that a posting may ask for."""

    queryset = Skill.objects.all()
    serializer_class = SkillSerializer
    new_class = change_class = SkillValues
    filterset_fields = exact("kind", "active")


class CertificateKindSerializer(serializers.ModelSerializer):
    class Meta:
        model = CertificateKind
        fields = ["id", "name", "issuer", "active"]


class CertificateKindValues(Values):
    class Meta:
        model = CertificateKind
        fields = ["name", "issuer", "active"]


class CertificateKinds(Register):
    """Certificates that a posting may ask for."""

    queryset = CertificateKind.objects.all()
    serializer_class = CertificateKindSerializer
    new_class = change_class = CertificateKindValues
    filterset_fields = exact("active")


class GradeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Grade
        fields = ["id", "name", "rank"]


class GradeValues(Values):
    class Meta:
        model = Grade
        fields = ["name", "rank"]


class Grades(Register):
    """The steps of the company's ladder."""

    queryset = Grade.objects.all()
    serializer_class = GradeSerializer
    new_class = change_class = GradeValues
    ordering_fields = ["rank", "name"]


# --- Contacts and identity number: part of a person ---------------------------------------------------


class PrivateSerializer(serializers.ModelSerializer):
    """What those who answer for a person know of them."""

    grade_name = name_of("grade")

    class Meta:
        model = User
        fields = ["grade", "grade_name", "home_city", "emergency_name", "emergency_relation", "emergency_phone"]


class MaskedSerializer(serializers.ModelSerializer):
    number = serializers.CharField(source="masked")

    class Meta:
        model = IdentityNumber
        fields = ["kind", "number", "set_at"]


class WithPrivateFacts(serializers.Serializer):
    """`record`: null for those who may not know it. `identity`: masked, null for all but the person and HR."""

    photo = serializers.SerializerMethodField()
    record = serializers.SerializerMethodField()
    identity = serializers.SerializerMethodField()

    @extend_schema_field(FileSerializer(allow_null=True))
    def get_photo(self, person):
        return FileSerializer(person.photo).data if person.photo else None

    @extend_schema_field(PrivateSerializer(allow_null=True))
    def get_record(self, person):
        known = access.sees_record_of(self.context["request"].user, person)
        return PrivateSerializer(person).data if known else None

    @extend_schema_field(MaskedSerializer(allow_null=True))
    def get_identity(self, person):
        if not access.may_see_identity(self.context["request"].user, person):
            return None
        known = IdentityNumber.objects.filter(person=person).first()
        return MaskedSerializer(known).data if known else None


class Picture(serializers.FileField):
    """One photo, checked by its bytes: `(name, bytes)`."""

    def to_internal_value(self, data):
        return OnePicture().clean(super().to_internal_value(data))


class ContactsSerializer(Values):
    """What is sent changes; the rest stays. A photo comes as multipart."""

    photo = Picture(required=False, write_only=True)
    no_photo = serializers.BooleanField(required=False, default=False)

    class Meta:
        model = User
        fields = [*contacts.OWN, "photo", "no_photo"]


class IdentitySerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=IdentityNumber.Kind.choices)
    number = serializers.CharField(max_length=40, write_only=True)


class WholeSerializer(serializers.Serializer):
    number = serializers.CharField()


class PassageSerializer(serializers.Serializer):
    """Something that happened on a day."""

    on = serializers.DateField()
    title = serializers.CharField()
    detail = serializers.CharField()
    url = serializers.CharField()


class VouchSerializer(serializers.Serializer):
    """A skill that somebody else has seen, claimed or not."""

    skill = CompanyWide(Skill)
    level = serializers.ChoiceField(choices=Level.choices)
    note = serializers.CharField(max_length=300)


class RecordVerbs(Door):
    """What a person's record adds to the people of the API."""

    @extend_schema(responses=PassageSerializer(many=True))
    @action(detail=True, methods=["get"])
    def story(self, request, *args, **kwargs):
        """The person's story, as far as the reader may know it, the newest first."""
        return Response(PassageSerializer(story.story_of(self.get_object(), reader=request.user), many=True).data)

    @verb(ContactsSerializer, may=access.may_correct_contacts)
    def contacts(self, person, **given):
        """Correct one's own contacts and photo."""
        contacts.correct_contacts(person, **given)

    @verb(VouchSerializer, may=access.may_vouch)
    def vouch(self, person, **given):
        """Enter a skill that one has seen, claimed or not; it counts as verified (2.4.3a)."""
        qualifications.enter_skill(person, **given)

    @action(detail=True, methods=["put"])
    def identity(self, request, *args, **kwargs):
        """Set the number of the identity document: the person or HR. Nothing of it is kept but sealed."""
        person = self.get_object()
        require(access.may_see_identity(request.user, person), NotAllowed)
        identity.set_identity(person, **self.given(IdentitySerializer), **self.stamp)
        return Response(self.afresh(person))

    identity.given = IdentitySerializer

    @extend_schema(request=None, responses=WholeSerializer)
    @action(detail=True, methods=["post"], url_path="identity/show", url_name="identity_show")
    def identity_show(self, request, *args, **kwargs):
        """The whole number. Who asked, and when, is recorded; no `Idempotency-Key` keeps the answer."""
        whole = identity.look_at(self.get_object(), by=request.user, now=timezone.now())
        answer = Response({"number": whole})
        answer["Cache-Control"] = "private, no-store"
        return answer


# --- Skills -------------------------------------------------------------------------------------------


class PersonSkillSerializer(serializers.ModelSerializer):
    person_name = name_of("person")
    skill_name = name_of("skill")
    verified_by_name = name_of("verified_by")

    class Meta:
        model = PersonSkill
        fields = [
            "id", "person", "person_name", "skill", "skill_name", "claimed_level", "claimed_at", "evidence",
            "verified_level", "verified_by", "verified_by_name", "verified_at", "verified_note",
        ]  # fmt: skip


class ClaimSerializer(serializers.Serializer):
    """A skill of one's own."""

    skill = CompanyWide(Skill)
    level = serializers.ChoiceField(choices=Level.choices)
    evidence = serializers.CharField()


class VerifySkillSerializer(serializers.Serializer):
    level = serializers.ChoiceField(choices=Level.choices)
    note = serializers.CharField(max_length=300)


class PersonSkills(Creates, Reads):
    """What people claim they can do, and what somebody else has verified (2.4.3a)."""

    queryset = PersonSkill.objects.select_related("person", "skill", "verified_by")
    serializer_class = PersonSkillSerializer
    new_class = ClaimSerializer
    filterset_fields = exact("person", "skill", "claimed_level", "verified_level") | none_or_some("verified_at")
    search_fields = ["person__name", "person__number", "skill__name"]
    ordering_fields = ["claimed_at", "verified_at"]

    def perform(self, given):
        return qualifications.claim_skill(User.objects.get(pk=self.request.user.pk), **given, **self.stamp)

    @verb(VerifySkillSerializer, may=lambda user, held: access.may_vouch(user, held.person))
    def verify(self, held, **given):
        """Somebody else has seen how well they can do it."""
        qualifications.verify_skill(held.person, skill=held.skill, **given)

    def destroy(self, request, *args, **kwargs):
        """Take one's claim back; a level that was verified stays."""
        qualifications.take_back_claim(self.get_object(), **self.stamp)
        return Response(status=204)


# --- Certificates -------------------------------------------------------------------------------------


class CertificateSerializer(serializers.ModelSerializer):
    person_name = name_of("person")
    kind_name = name_of("kind")
    status = serializers.CharField(read_only=True)

    class Meta:
        model = Certificate
        fields = [
            "id", "person", "person_name", "kind", "kind_name", "number", "issued_on", "expires_on", "status",
            "verified_by", "verified_at", "withdrawn_at",
        ]  # fmt: skip


class CertificateDetailSerializer(CertificateSerializer):
    files = FileSerializer(many=True, read_only=True)

    class Meta(CertificateSerializer.Meta):
        fields = [*CertificateSerializer.Meta.fields, "added_by", "added_at", "files"]


class NewCertificateSerializer(Values):
    """Of oneself; for HR, of anybody."""

    person = Visible(User)
    kind = CompanyWide(CertificateKind)
    files = Files()

    class Meta:
        model = Certificate
        fields = ["person", "kind", "number", "issued_on", "expires_on", "files"]


class MoreFilesSerializer(serializers.Serializer):
    files = Files()


class CheckNoteSerializer(serializers.Serializer):
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class Certificates(Creates, Reads):
    """Who holds which certificate, and until when (2.1.2)."""

    queryset = Certificate.objects.select_related("person", "kind")
    serializer_class = CertificateSerializer
    detail_class = CertificateDetailSerializer
    new_class = NewCertificateSerializer
    filterset_fields = (
        exact("person", "kind") | days("issued_on", "expires_on") | none_or_some("verified_at", "withdrawn_at")
    )
    search_fields = ["person__name", "person__number", "kind__name", "number"]
    ordering_fields = ["issued_on", "expires_on"]

    def prepare(self, certificate):
        put_files([certificate])

    def perform(self, given):
        return qualifications.add_certificate(**given, **self.stamp)

    @verb(MoreFilesSerializer, may=lambda user, one: access.may_keep_record(user, one.person))
    def files(self, certificate, **given):
        """Add pictures of it; they are sealed."""
        qualifications.add_files(certificate, **given)

    @verb(CheckNoteSerializer, may=lambda user, one: access.may_vouch(user, one.person))
    def verify(self, certificate, **given):
        """Somebody else has seen that it is real."""
        qualifications.verify_certificate(certificate, **given)

    @verb(ReasonSerializer, may=lambda user, one: access.may_keep_record(user, one.person))
    def withdraw(self, certificate, **given):
        """It was entered wrongly, or no longer counts."""
        qualifications.withdraw_certificate(certificate, **given)


# --- Earlier work -------------------------------------------------------------------------------------


class WorkSerializer(serializers.ModelSerializer):
    person_name = name_of("person")

    class Meta:
        model = WorkHistory
        fields = ["id", "person", "person_name", "employer", "position", "since", "until", "note"]


class WorkValues(Values):
    class Meta:
        model = WorkHistory
        fields = ["employer", "position", "since", "until", "note"]


class NewWorkValues(WorkValues):
    """Of oneself; for HR, of anybody."""

    person = Visible(User)

    class Meta(WorkValues.Meta):
        fields = ["person", *WorkValues.Meta.fields]


class EarlierWork(Creates, Changes, Reads):
    """Where people worked before they came to us."""

    queryset = WorkHistory.objects.select_related("person")
    serializer_class = WorkSerializer
    new_class = NewWorkValues
    change_class = WorkValues
    filterset_fields = exact("person") | days("since")
    search_fields = ["person__name", "employer", "position"]
    ordering_fields = ["since", "until"]

    def perform(self, given):
        return qualifications.keep_work(WorkHistory(person=given.pop("person")), **given, **self.stamp)

    def change(self, work, given):
        qualifications.keep_work(work, **given, **self.stamp)

    def destroy(self, request, *args, **kwargs):
        """Take out what was entered by mistake."""
        qualifications.remove_work(self.get_object(), **self.stamp)
        return Response(status=204)


ENDPOINTS = {
    "skills": Skills,
    "certificate-kinds": CertificateKinds,
    "grades": Grades,
    "person-skills": PersonSkills,
    "certificates": Certificates,
    "work-history": EarlierWork,
}
