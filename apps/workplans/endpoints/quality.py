"""Assessments and what follows from poor ones, over the API (3.5)."""

from django.db.models import Q
from rest_framework import serializers

from apps.core.api import Creates, Reads, Visible, days, exact, moments, name_of, verb
from apps.personnel import access as personnel
from apps.personnel.models import Assignment
from apps.workplans.actions import quality
from apps.workplans.models import QualityAssessment, QualityCase, Report, Task


class QualityAssessmentSerializer(serializers.ModelSerializer):
    """The three indicators; null where there is no data."""

    person = serializers.IntegerField(source="assignment.person_id")
    person_name = name_of("assignment.person")
    site = serializers.IntegerField(source="assignment.site_id")
    site_name = name_of("assignment.site")

    class Meta:
        model = QualityAssessment
        fields = [
            "id", "assignment", "person", "person_name", "site", "site_name", "month", "months", "completion",
            "results", "satisfaction", "below", "assessed_by", "assessed_at",
        ]  # fmt: skip


class QualityAssessmentDetailSerializer(QualityAssessmentSerializer):
    class Meta(QualityAssessmentSerializer.Meta):
        fields = [
            *QualityAssessmentSerializer.Meta.fields, "completion_basis", "results_reason", "samples",
            "satisfaction_basis", "standards", "comment",
        ]  # fmt: skip


class Judged(Visible):
    """An assignment whose work the person may see judged."""

    def rows(self, user):
        return Assignment.objects.filter(personnel.affairs(user) | Q(person=user))


class QualityAssessmentValues(serializers.Serializer):
    """The judgement of one month, given by its first day. Completion and satisfaction are computed."""

    assignment = Judged(Assignment)
    month = serializers.DateField()
    results = serializers.IntegerField()
    results_reason = serializers.CharField()
    tasks = Visible(Task, many=True, required=False)
    reports = Visible(Report, many=True, required=False)
    comment = serializers.CharField(required=False, allow_blank=True, default="")


class QualityAssessments(Creates, Reads):
    """How everybody's work was judged, month by month: those one may see, and one's own."""

    queryset = QualityAssessment.objects.select_related("assignment__person", "assignment__site")
    serializer_class = QualityAssessmentSerializer
    detail_class = QualityAssessmentDetailSerializer
    new_class = QualityAssessmentValues
    filterset_fields = exact("assignment", "assignment__site", "assignment__person", "below") | days("month")
    search_fields = ["assignment__person__name"]
    ordering_fields = ["month", "assessed_at"]

    def perform(self, given):
        given = dict(given)
        return quality.assess(given.pop("assignment"), **given, **self.stamp)


class QualityCaseSerializer(serializers.ModelSerializer):
    person = serializers.IntegerField(source="assessment.assignment.person_id")
    person_name = name_of("assessment.assignment.person")
    site = serializers.IntegerField(source="assessment.assignment.site_id")
    site_name = name_of("assessment.assignment.site")
    month = serializers.DateField(source="assessment.month")

    class Meta:
        model = QualityCase
        fields = [
            "id", "assessment", "person", "person_name", "site", "site_name", "month", "status", "opened_at",
            "statement_due_at", "statement_at", "decision", "decided_by", "decided_at", "follow_up_on",
            "followed_up_at",
        ]  # fmt: skip


class QualityCaseDetailSerializer(QualityCaseSerializer):
    class Meta(QualityCaseSerializer.Meta):
        fields = [
            *QualityCaseSerializer.Meta.fields, "statement", "decision_reason", "follow_up_result", "followed_up_by",
        ]  # fmt: skip


class StatementSerializer(serializers.Serializer):
    statement = serializers.CharField()


class CaseDecisionSerializer(serializers.Serializer):
    """`follow_up_on` is needed unless nothing follows."""

    decision = serializers.ChoiceField(choices=QualityCase.Decision.choices)
    reason = serializers.CharField()
    follow_up_on = serializers.DateField(required=False, allow_null=True)


class FollowUpSerializer(serializers.Serializer):
    result = serializers.CharField()


class QualityCases(Reads):
    """Work below standard: the statement, what was decided, and what came of it."""

    queryset = QualityCase.objects.select_related("assessment__assignment__person", "assessment__assignment__site")
    serializer_class = QualityCaseSerializer
    detail_class = QualityCaseDetailSerializer
    filterset_fields = exact("status", "decision", "assessment__assignment__site") | moments("opened_at")
    ordering_fields = ["opened_at", "status"]

    @verb(StatementSerializer, may=quality.state.may)
    def state(self, case, **given):
        """The person says how it came."""
        quality.state(case, **given)

    @verb(CaseDecisionSerializer, may=quality.decide.may)
    def decide(self, case, **given):
        """Coaching, a deduction or a transfer, or nothing; a deduction or a transfer by the department head."""
        quality.decide(case, **given)

    @verb(FollowUpSerializer, may=quality.follow_up.may)
    def follow_up(self, case, **given):
        """What came of it; closes the case."""
        quality.follow_up(case, **given)


ENDPOINTS = {"quality-assessments": QualityAssessments, "quality-cases": QualityCases}
