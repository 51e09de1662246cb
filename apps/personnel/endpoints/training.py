"""Trainings, what clients ask for, learning, talks, promotions and transfers over the API (2.4)."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action

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
from apps.core.verdicts import PolicyBroken
from apps.personnel import access
from apps.personnel.actions import development, training
from apps.personnel.endpoints.people_records import CompanyWide, Register
from apps.personnel.models import (
    CareerChange,
    ClientContact,
    ClientTraining,
    Course,
    Department,
    DevelopmentGoal,
    DevelopmentTalk,
    Enrolment,
    Grade,
    LearningNote,
    Site,
    Skill,
    TrainingFeedback,
    TrainingSession,
    User,
)
from apps.personnel.obligations.training import CLIENT_TRAINING


class KeptByTrainers:
    """Records that only HR adds and changes."""

    def may_open(self, user):
        return access.may_train(user)


# --- Courses and sessions -----------------------------------------------------------------------------


class CourseSerializer(serializers.ModelSerializer):
    skill_name = name_of("skill")

    class Meta:
        model = Course
        fields = ["id", "name", "skill", "skill_name", "level", "hours", "text", "active"]


class CourseValues(Values):
    skill = CompanyWide(Skill, required=False, allow_null=True)

    class Meta:
        model = Course
        fields = ["name", "skill", "level", "hours", "text", "active"]


class Courses(KeptByTrainers, Register):
    """What is taught, and the skill it builds."""

    queryset = Course.objects.select_related("skill")
    serializer_class = CourseSerializer
    new_class = change_class = CourseValues
    filterset_fields = exact("skill", "active")
    search_fields = ["name", "text"]


class SessionSerializer(serializers.ModelSerializer):
    course_name = name_of("course")
    site_name = name_of("site")

    class Meta:
        model = TrainingSession
        fields = [
            "id", "course", "course_name", "site", "site_name", "begins_at", "ends_at", "place", "trainer",
            "guest_trainer", "places", "status", "cancelled_why",
        ]  # fmt: skip


class FeedbackSerializer(serializers.ModelSerializer):
    """Without the name of who wrote it."""

    class Meta:
        model = TrainingFeedback
        fields = ["rating", "words"]


class SessionDetailSerializer(SessionSerializer):
    taken = serializers.SerializerMethodField()
    feedback = serializers.SerializerMethodField(help_text="Empty for those who may not read it.")

    class Meta(SessionSerializer.Meta):
        fields = [*SessionSerializer.Meta.fields, "taken", "feedback"]

    def get_taken(self, session) -> int:
        return session.enrolments.seated().count()

    @extend_schema_field(FeedbackSerializer(many=True))
    def get_feedback(self, session):
        reads = access.reads_feedback(self.context["request"].user, session)
        return FeedbackSerializer(session.feedback.all(), many=True).data if reads else []


class SessionValues(Values):
    trainer = Visible(User, required=False, allow_null=True)

    class Meta:
        model = TrainingSession
        fields = ["begins_at", "ends_at", "place", "trainer", "guest_trainer", "places"]


class NewSessionValues(SessionValues):
    course = CompanyWide(Course)
    site = Visible(Site, required=False, allow_null=True)

    class Meta(SessionValues.Meta):
        fields = ["course", "site", *SessionValues.Meta.fields]


class EnrolSerializer(serializers.Serializer):
    people = Visible(User, many=True)


class GivenFeedbackSerializer(serializers.Serializer):
    rating = serializers.IntegerField(min_value=1, max_value=5)
    words = serializers.CharField(required=False, allow_blank=True, default="")


class CodeSerializer(serializers.Serializer):
    """What the code in the room holds."""

    token = serializers.UUIDField()


class Sessions(KeptByTrainers, Creates, Changes, Reads):
    """Courses held at a site, or for all; asking for a place is `ask`, with the site lead's consent."""

    queryset = TrainingSession.objects.select_related("course", "site")
    serializer_class = SessionSerializer
    detail_class = SessionDetailSerializer
    new_class = NewSessionValues
    change_class = SessionValues
    details = (Prefetch("feedback"),)
    filterset_fields = exact("course", "status", "trainer") | exact_or_none("site") | moments("begins_at")
    search_fields = ["course__name", "place"]
    ordering_fields = ["begins_at"]

    def perform(self, given):
        return training.plan_session(**given, **self.stamp)

    def change(self, session, given):
        kept = {name: getattr(session, name) for name in SessionValues.Meta.fields}
        training.change_session(session, **kept | given, **self.stamp)

    @verb(ReasonSerializer, may=training.cancel_session.may)
    def cancel(self, session, **given):
        """It does not take place; everybody with a place is told."""
        training.cancel_session(session, **given)

    @verb(EnrolSerializer, may=access.may_train)
    def enrol(self, session, **given):
        """Give people a place, all of them or nobody."""
        try:
            training.enrol(session, **given)
        except PolicyBroken as refused:  # here the field is called otherwise
            raise PolicyBroken(refused.verdict, fields={"people": refused.verdict.reason}) from refused

    @verb(OptionalReasonSerializer)
    def ask(self, session, **given):
        """Ask for a place of one's own; the site lead answers."""
        training.ask_place(session, **given)

    @extend_schema(request=CodeSerializer, responses=SessionDetailSerializer)
    @action(detail=False, methods=["post"])
    def attend(self, request):
        """I am in the room, says the code on its wall."""

        def run():
            token = self.given(CodeSerializer)["token"]
            session = get_object_or_404(self.get_queryset(), token=token)
            training.sign_in(session, **self.stamp)
            return 200, self.afresh(session)

        return self.once(run)

    @verb(GivenFeedbackSerializer, may=training.may_give_feedback)
    def give_feedback(self, session, **given):
        """What one thinks of it; only HR is told whose it is."""
        training.give_feedback(session, **given)


class EnrolmentSerializer(serializers.ModelSerializer):
    person_name = name_of("person")
    course_name = name_of("session.course")

    class Meta:
        model = Enrolment
        fields = [
            "id", "session", "course_name", "person", "person_name", "site", "status", "asked_by", "asked_at", "reason",
            "attended_at", "attended_by", "result", "result_note", "result_by", "result_at",
        ]  # fmt: skip


class ResultSerializer(serializers.Serializer):
    result = serializers.ChoiceField(choices=Enrolment.Result.choices)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class Enrolments(Reads):
    """Who takes part, who was there, and with what result."""

    queryset = Enrolment.objects.select_related("person", "session__course", "session__site")
    serializer_class = EnrolmentSerializer
    filterset_fields = exact("session", "person", "site", "status", "result")
    ordering_fields = ["asked_at"]

    @verb(may=lambda user, enrolment: access.may_mark(user, enrolment.session))
    def present(self, enrolment, **given):
        """Mark somebody present by hand."""
        training.mark_present(enrolment, **given)

    @verb(may=lambda user, enrolment: access.may_mark(user, enrolment.session))
    def absent(self, enrolment, **given):
        """Take that mark back."""
        training.mark_absent(enrolment, **given)

    @verb(ResultSerializer, may=training.may_judge)
    def result(self, enrolment, **given):
        """Enter whether it was passed; passing verifies the level of the course's skill."""
        training.enter_result(enrolment, **given)

    @verb(ReasonSerializer, may=training.may_judge)
    def correct(self, enrolment, **given):
        """The result was entered by mistake: it is the other one."""
        training.correct_result(enrolment, **given)

    @verb(OptionalReasonSerializer, may=training.may_cancel_place)
    def cancel(self, enrolment, **given):
        """Give the place back."""
        training.cancel_place(enrolment, **given)


# --- What clients ask for -----------------------------------------------------------------------------


class ClientTrainingSerializer(serializers.ModelSerializer):
    site_name = name_of("site")
    contact_name = name_of("contact")
    late = serializers.BooleanField()

    class Meta:
        model = ClientTraining
        fields = [
            "id", "site", "site_name", "contact", "contact_name", "title", "detail", "wanted_on", "asked_at",
            "logged_by", "status", "answer", "answered_by", "answered_at", "outcome", "closed_at", "late",
        ]  # fmt: skip


class ClientTrainingValues(Values):
    """Without a time, the client asked just now."""

    site = Visible(Site)
    contact = Visible(ClientContact)
    asked_at = Moment(required=False)

    class Meta:
        model = ClientTraining
        fields = ["site", "contact", "title", "detail", "wanted_on", "asked_at"]


class TrainingAnswerSerializer(serializers.Serializer):
    answer = serializers.CharField()


class TrainingOutcomeSerializer(serializers.Serializer):
    outcome = serializers.CharField()


class ClientTrainings(Creates, Reads):
    """What clients want to be trained in, with a first answer within working days."""

    queryset = ClientTraining.objects.select_related("site", "contact")
    serializer_class = ClientTrainingSerializer
    new_class = ClientTrainingValues
    filterset_fields = exact("site", "contact", "status") | moments("asked_at")
    search_fields = ["title", "contact__name"]
    ordering_fields = ["asked_at", "status"]

    def rows(self):
        return with_late(super().rows(), timezone.now(), CLIENT_TRAINING)

    def perform(self, given):
        stamp = self.stamp
        return training.log_client_training(**{"asked_at": stamp["now"], **given}, **stamp)

    @verb(TrainingAnswerSerializer, may=training.answer_client_training.may)
    def answer(self, asked, **given):
        """Say what will be done; the clock stops."""
        training.answer_client_training(asked, **given)

    @verb(TrainingOutcomeSerializer, may=training.close_client_training.may)
    def close(self, asked, **given):
        """Say what came out."""
        training.close_client_training(asked, **given)


# --- Learning -----------------------------------------------------------------------------------------


class LearningNoteSerializer(serializers.ModelSerializer):
    person_name = name_of("person")
    skill_name = name_of("skill")

    class Meta:
        model = LearningNote
        fields = ["id", "person", "person_name", "topic", "learned_on", "hours", "skill", "skill_name", "words"]


class LearningNoteDetailSerializer(LearningNoteSerializer):
    files = FileSerializer(many=True, read_only=True)

    class Meta(LearningNoteSerializer.Meta):
        fields = [*LearningNoteSerializer.Meta.fields, "files"]


class LearningNoteValues(Values):
    skill = CompanyWide(Skill, required=False, allow_null=True)
    files = Files()

    class Meta:
        model = LearningNote
        fields = ["topic", "learned_on", "hours", "skill", "words", "files"]


class LearningNotes(Creates, Reads):
    """What one learned on one's own, and what those whom one leads learned."""

    queryset = LearningNote.objects.select_related("person", "skill")
    serializer_class = LearningNoteSerializer
    detail_class = LearningNoteDetailSerializer
    new_class = LearningNoteValues
    filterset_fields = exact("person", "skill") | days("learned_on")
    search_fields = ["topic"]
    ordering_fields = ["learned_on"]

    def prepare(self, note):
        put_files([note])

    def perform(self, given):
        return training.note_learning(**given, **self.stamp)


# --- Talks, promotions, transfers ---------------------------------------------------------------------


class GoalSerializer(serializers.ModelSerializer):
    class Meta:
        model = DevelopmentGoal
        fields = ["id", "talk", "text", "due_on", "status"]


class TalkSerializer(serializers.ModelSerializer):
    person_name = name_of("person")
    held_by_name = name_of("held_by")

    class Meta:
        model = DevelopmentTalk
        fields = ["id", "person", "person_name", "site", "held_by", "held_by_name", "held_on", "status", "signed_at"]


class TalkDetailSerializer(TalkSerializer):
    goals = GoalSerializer(many=True)

    class Meta(TalkSerializer.Meta):
        fields = [*TalkSerializer.Meta.fields, "said", "comment", "goals"]


class GoalValues(serializers.Serializer):
    text = serializers.CharField(max_length=300)
    due_on = serializers.DateField()


class TalkValues(Values):
    person = Visible(User)
    goals = GoalValues(many=True, required=False)

    class Meta:
        model = DevelopmentTalk
        fields = ["person", "held_on", "said", "goals"]


class CommentSerializer(serializers.Serializer):
    comment = serializers.CharField()


class Talks(Creates, Reads):
    """Talks about development; the person confirms or comments what was written."""

    queryset = DevelopmentTalk.objects.select_related("person", "held_by")
    serializer_class = TalkSerializer
    detail_class = TalkDetailSerializer
    new_class = TalkValues
    details = ("goals",)
    filterset_fields = exact("person", "site", "held_by", "status") | days("held_on")
    ordering_fields = ["held_on"]

    def perform(self, given):
        goals = [(goal["text"], goal["due_on"]) for goal in given.pop("goals", [])]
        return development.record_talk(given.pop("person"), **given, goals=goals, **self.stamp)

    @verb(may=development.confirm_talk.may)
    def confirm(self, talk, **given):
        """The person says that this was said and agreed."""
        development.confirm_talk(talk, **given)

    @verb(CommentSerializer, may=development.comment_talk.may)
    def comment(self, talk, **given):
        """The person sees it otherwise."""
        development.comment_talk(talk, **given)


class GoalStateSerializer(serializers.Serializer):
    status = serializers.ChoiceField(choices=DevelopmentGoal.Status.choices)


class Goals(Reads):
    """What was agreed in talks."""

    queryset = DevelopmentGoal.objects.select_related("talk__person")
    serializer_class = GoalSerializer
    filterset_fields = exact("talk", "status") | days("due_on")
    ordering_fields = ["due_on"]

    @verb(GoalStateSerializer, may=lambda user, goal: development.may_set_goal(user, goal, timezone.now()))
    def state(self, goal, **given):
        """How it stands."""
        development.set_goal(goal, **given)


class CareerChangeSerializer(serializers.ModelSerializer):
    person_name = name_of("person")
    grade_name = name_of("grade")
    department_name = name_of("department")

    class Meta:
        model = CareerChange
        fields = [
            "id", "person", "person_name", "kind", "effective_on", "grade_before", "grade", "grade_name",
            "department_before", "department", "department_name", "talk", "enrolment", "reason", "decided_by",
            "decided_at",
        ]  # fmt: skip


class CareerChangeValues(Values):
    person = Visible(User)
    grade = CompanyWide(Grade, required=False, allow_null=True)
    department = CompanyWide(Department, required=False, allow_null=True)
    talk = Visible(DevelopmentTalk, required=False, allow_null=True)
    enrolment = Visible(Enrolment, required=False, allow_null=True)

    class Meta:
        model = CareerChange
        fields = ["person", "kind", "effective_on", "grade", "department", "talk", "enrolment", "reason"]


class CareerChanges(Creates, Reads):
    """Promotions and transfers, each with what it rests on."""

    queryset = CareerChange.objects.select_related("person", "grade", "department")
    serializer_class = CareerChangeSerializer
    new_class = CareerChangeValues
    filterset_fields = exact("person", "kind") | days("effective_on")
    ordering_fields = ["effective_on"]

    def may_open(self, user):
        return access.may_enter_careers(user)

    def perform(self, given):
        return development.change_career(given.pop("person"), **given, **self.stamp)


ENDPOINTS = {
    "courses": Courses,
    "training-sessions": Sessions,
    "enrolments": Enrolments,
    "client-trainings": ClientTrainings,
    "learning-notes": LearningNotes,
    "development-talks": Talks,
    "development-goals": Goals,
    "career-changes": CareerChanges,
}
