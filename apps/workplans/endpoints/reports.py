"""Work reports and their rhythm over the API (3.3)."""

import json

from rest_framework import serializers
from rest_framework.utils import html

from apps.core.api import (
    Creates,
    Files,
    FileSerializer,
    Reads,
    ReasonSerializer,
    Visible,
    days,
    exact,
    moments,
    name_of,
    put_files,
    verb,
)
from apps.personnel.endpoints.people_records import CompanyWide
from apps.personnel.models import Assignment, Department
from apps.workplans.actions import reports
from apps.workplans.actions.reports import Line, Trouble, Wish
from apps.workplans.models import Report, ReportLine, ReportRhythm, Step, Task, WorkProblem


class ReportSerializer(serializers.ModelSerializer):
    person = serializers.IntegerField(source="assignment.person_id", read_only=True)
    person_name = name_of("assignment.person")
    site = serializers.IntegerField(source="assignment.site_id", read_only=True)
    site_name = name_of("assignment.site")

    class Meta:
        model = Report
        fields = [
            "id", "assignment", "person", "person_name", "site", "site_name", "channel", "period", "begins_on",
            "ends_on", "extra", "done", "status", "filed_by", "filed_at", "reviewed_by", "reviewed_at",
        ]  # fmt: skip


class ReportLineSerializer(serializers.ModelSerializer):
    step_title = serializers.CharField(source="step.title", read_only=True)

    class Meta:
        model = ReportLine
        fields = ["step", "step_title", "before", "percent", "note"]


class ReportDetailSerializer(ReportSerializer):
    lines = ReportLineSerializer(many=True)
    problems = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    needs = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    files = FileSerializer(many=True, read_only=True)

    class Meta(ReportSerializer.Meta):
        fields = [
            *ReportSerializer.Meta.fields,
            "next", "difficulties", "confirmed_by", "confirmed_at", "comment", "lines", "problems", "needs", "files",
        ]  # fmt: skip


class Rows(serializers.ListSerializer):
    """Several rows; in a form beside files they are one field that holds them as JSON."""

    def get_value(self, dictionary):
        if not html.is_html_input(dictionary):
            return super().get_value(dictionary)
        if self.field_name not in dictionary:
            return serializers.empty
        try:
            return json.loads(dictionary[self.field_name])
        except ValueError:
            return dictionary[self.field_name]  # no list, and told so


class RowSerializer(serializers.Serializer):
    class Meta:
        list_serializer_class = Rows


class StepLineSerializer(RowSerializer):
    step = Visible(Step)
    percent = serializers.IntegerField(min_value=0, max_value=100)
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=300)


class TroubleSerializer(RowSerializer):
    title = serializers.CharField(max_length=200)
    severity = serializers.ChoiceField(choices=WorkProblem.Severity.choices, required=False, default="minor")
    detail = serializers.CharField(required=False, default="", allow_blank=True)
    task = Visible(Task, required=False, default=None, allow_null=True)


class WishSerializer(RowSerializer):
    department = CompanyWide(Department)
    text = serializers.CharField()
    need_by = serializers.DateField(required=False, default=None, allow_null=True)


class NewReportSerializer(serializers.Serializer):
    """`channel`: `written`, filed by the person; `oral`, logged by the person or the lead.

    In a form with files, `lines`, `problems` and `needs` hold JSON. An oral one takes none of these.
    """

    assignment = Visible(Assignment)
    channel = serializers.ChoiceField(choices=["written", "oral"], required=False, default="written")
    day = serializers.DateField()
    done = serializers.CharField()
    next = serializers.CharField(required=False, default="", allow_blank=True)
    difficulties = serializers.CharField(required=False, default="", allow_blank=True)
    extra = serializers.BooleanField(required=False, default=False)
    lines = StepLineSerializer(many=True, required=False, default=list)
    problems = TroubleSerializer(many=True, required=False, default=list)
    needs = WishSerializer(many=True, required=False, default=list)
    files = Files()

    def validate(self, given):
        if given["channel"] == "oral":
            for name in ("lines", "problems", "needs", "files"):
                if given.pop(name):
                    raise serializers.ValidationError({name: "A spoken report is words only."})
        return given


class ReviewCommentSerializer(serializers.Serializer):
    comment = serializers.CharField()


class Reports(Creates, Reads):
    """What people report of their work; send an `Idempotency-Key`, and a doubled filing is stored once."""

    queryset = Report.objects.select_related("assignment__person", "assignment__site")
    serializer_class = ReportSerializer
    detail_class = ReportDetailSerializer
    new_class = NewReportSerializer
    details = ("lines__step", "problems", "needs")
    filterset_fields = (
        exact("assignment", "status", "channel", "period", "extra", "filed_by", "reviewed_by")
        | days("begins_on", "ends_on")
        | moments("filed_at")
    )
    search_fields = ["done"]
    ordering_fields = ["ends_on", "filed_at"]

    def prepare(self, report):
        put_files([report])

    def perform(self, given):
        channel = given.pop("channel")
        assignment = given.pop("assignment")
        if channel == "oral":
            return reports.log_oral(assignment, **given, **self.stamp)
        rows = {
            "lines": [Line(**one) for one in given.pop("lines")],
            "problems": [Trouble(**one) for one in given.pop("problems")],
            "needs": [Wish(**one) for one in given.pop("needs")],
        }
        return reports.file(assignment, **given, **rows, **self.stamp)

    @verb(may=reports.confirm.may)
    def confirm(self, report, **given):
        """What was logged was said so."""
        reports.confirm(report, **given)

    @verb(ReasonSerializer, may=reports.dispute.may)
    def dispute(self, report, **given):
        """It was not said so."""
        reports.dispute(report, **given)

    @verb(ReviewCommentSerializer, may=reports.review.may)
    def review(self, report, **given):
        """Read, with the comment that the person gets."""
        reports.review(report, **given)


class RhythmSerializer(serializers.ModelSerializer):
    class Meta:
        model = ReportRhythm
        fields = ["id", "assignment", "rhythm", "valid_from", "set_by", "set_at"]


class NewRhythmSerializer(serializers.Serializer):
    assignment = Visible(Assignment)
    rhythm = serializers.ChoiceField(choices=ReportRhythm._meta.get_field("rhythm").choices)
    valid_from = serializers.DateField()


class ReportRhythms(Creates, Reads):
    """How often people report, from a day on."""

    queryset = ReportRhythm.objects.all()
    serializer_class = RhythmSerializer
    new_class = NewRhythmSerializer
    filterset_fields = exact("assignment", "rhythm") | days("valid_from")
    ordering_fields = ["valid_from"]

    def perform(self, given):
        return reports.set_rhythm(given.pop("assignment"), **given, **self.stamp)


ENDPOINTS = {"reports": Reports, "report-rhythms": ReportRhythms}
