"""Problems at work, and what sites need of departments, over the API (3.3.1, 7.2.1)."""

from rest_framework import serializers

from apps.core.api import Creates, Reads, ReasonSerializer, Values, Visible, days, exact, moments, name_of, verb
from apps.personnel.models import Department, Site, User
from apps.workplans import access
from apps.workplans.actions import needs, problems
from apps.workplans.models import Need, Report, Task, WorkProblem


class WorkProblemSerializer(serializers.ModelSerializer):
    site_name = name_of("site")
    owner_name = name_of("owner")
    raised_by_name = name_of("raised_by")

    class Meta:
        model = WorkProblem
        fields = [
            "id", "site", "site_name", "title", "severity", "owner", "owner_name", "raised_by", "raised_by_name",
            "raised_at", "due_on", "status", "solved_at", "late",
        ]  # fmt: skip


class WorkProblemDetailSerializer(WorkProblemSerializer):
    problem = serializers.IntegerField(source="escalated_id", allow_null=True, read_only=True)

    class Meta(WorkProblemSerializer.Meta):
        fields = [
            *WorkProblemSerializer.Meta.fields, "detail", "report", "task", "outcome", "solved_by", "problem",
        ]  # fmt: skip


class WorkProblemValues(Values):
    """Without an owner it is yours, or the site lead's; without a day it is due within the policy's working days."""

    site = Visible(Site)
    owner = Visible(User, required=False, allow_null=True)
    due_on = serializers.DateField(required=False, allow_null=True)
    report = Visible(Report, required=False, allow_null=True)
    task = Visible(Task, required=False, allow_null=True)

    class Meta:
        model = WorkProblem
        fields = ["site", "title", "detail", "severity", "owner", "due_on", "report", "task"]


class HandOnSerializer(ReasonSerializer):
    owner = Visible(User)


class SolutionSerializer(serializers.Serializer):
    outcome = serializers.CharField()


class WorkProblems(Creates, Reads):
    """What stands in the way of work, each with an owner and a day."""

    queryset = WorkProblem.objects.select_related("site", "owner", "raised_by")
    serializer_class = WorkProblemSerializer
    detail_class = WorkProblemDetailSerializer
    new_class = WorkProblemValues
    filterset_fields = exact("site", "owner", "raised_by", "severity", "status", "report", "task") | days("due_on")
    search_fields = ["title"]
    ordering_fields = ["due_on", "raised_at", "status"]

    def perform(self, given):
        return problems.raise_problem(**{"severity": WorkProblem.Severity.MINOR, **given}, **self.stamp)

    @verb(HandOnSerializer, may=problems.hand_on.may)
    def hand_on(self, problem, **given):
        """Give it to somebody else of the site, clock running."""
        problems.hand_on(problem, **given)

    @verb(SolutionSerializer, may=problems.solve.may)
    def solve(self, problem, **given):
        """It no longer stands in the way; a major one waits for its joint plan."""
        problems.solve(problem, **given)

    @verb(ReasonSerializer, may=problems.reopen.may)
    def reopen(self, problem, **given):
        """It stands in the way again."""
        problems.reopen(problem, **given)

    @verb(ReasonSerializer, may=problems.escalate.may)
    def escalate(self, problem, **given):
        """Tell departments and leaders: it becomes a major problem with a joint plan."""
        problems.escalate(problem, **given)


class NeedSerializer(serializers.ModelSerializer):
    department_name = name_of("department")
    site = serializers.IntegerField(source="report.assignment.site_id")
    site_name = name_of("report.assignment.site")
    person = serializers.IntegerField(source="report.assignment.person_id")
    person_name = name_of("report.assignment.person")

    class Meta:
        model = Need
        fields = [
            "id", "department", "department_name", "site", "site_name", "person", "person_name", "text", "need_by",
            "asked_at", "status", "answer", "answered_by", "answered_at",
        ]  # fmt: skip


class AnyDepartment(Visible):
    """Every department may be asked, as everybody knows of them."""

    def rows(self, user):
        return Department.objects.all()


class NeedValues(Values):
    report = Visible(Report)
    department = AnyDepartment(Department)

    class Meta:
        model = Need
        fields = ["report", "department", "text", "need_by"]


class NeedAnswerSerializer(serializers.Serializer):
    answer = serializers.CharField()


class Needs(Creates, Reads):
    """What reports ask of departments, and what these answer."""

    queryset = Need.objects.select_related("department", "report__assignment__site", "report__assignment__person")
    serializer_class = NeedSerializer
    new_class = NeedValues
    filterset_fields = exact("department", "status", "report__assignment__site") | moments("asked_at")
    search_fields = ["text"]
    ordering_fields = ["asked_at", "need_by", "status"]

    def perform(self, given):
        return needs.ask(**given, **self.stamp)

    @verb(NeedAnswerSerializer, may=access.may_answer_need)
    def answer(self, need, **given):
        """Say what the department does, and by when."""
        needs.answer(need, **given)


ENDPOINTS = {"work-problems": WorkProblems, "needs": Needs}
