"""Tasks, plans, steps and task templates over the API (3.1, 3.2)."""

import uuid

from django.utils.translation import gettext as _
from rest_framework import serializers

from apps.communication.models import ClientRequest
from apps.core import approvals
from apps.core.api import (
    Changes,
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
    none_or_some,
    put_files,
    verb,
)
from apps.core.approvals import Approval, Outcome
from apps.core.verdicts import PolicyBroken, WrongState, no
from apps.personnel.endpoints.people_records import CompanyWide, Register
from apps.personnel.models import ClientContact, Level, Project, Site, Skill, User
from apps.workplans import access
from apps.workplans.actions import plans, tasks
from apps.workplans.actions.plans import Line
from apps.workplans.models import Plan, Step, Task, TaskSkill, TaskTemplate


class TaskSkillSerializer(serializers.ModelSerializer):
    skill_name = name_of("skill")

    class Meta:
        model = TaskSkill
        fields = ["skill", "skill_name", "level"]


class TaskSerializer(serializers.ModelSerializer):
    site_name = name_of("site")
    owner_name = name_of("owner")
    late = serializers.BooleanField(read_only=True)

    class Meta:
        model = Task
        fields = [
            "id", "site", "site_name", "project", "request", "report", "title", "owner", "owner_name", "begins_on",
            "due_on", "hours", "priority", "status", "late", "assigned_by", "assigned_at", "started_at",
            "delivered_at", "closed_at",
        ]  # fmt: skip


class WorkPlanRowSerializer(serializers.ModelSerializer):
    class Meta:
        model = Plan
        fields = ["id", "version", "status", "submitted_at", "decided_at"]


class TaskDetailSerializer(TaskSerializer):
    skills = TaskSkillSerializer(many=True)
    plans = WorkPlanRowSerializer(many=True)
    files = FileSerializer(many=True, read_only=True)

    class Meta(TaskSerializer.Meta):
        fields = [
            *TaskSerializer.Meta.fields,
            "deliverable", "acceptance", "helpers", "waits_for", "skills", "fit", "outcome", "verdict", "accepted_by",
            "client_contact", "plans", "files",
        ]  # fmt: skip


class WantedSkillSerializer(serializers.Serializer):
    skill = CompanyWide(Skill)
    level = serializers.ChoiceField(choices=Level.choices)

    def validate(self, row):
        """A change may leave out fields of the task, never half of a row."""
        if missing := self.fields.keys() - row.keys():
            raise serializers.ValidationError(dict.fromkeys(missing, self.error_messages["required"]))
        return row


class TaskValues(Values):
    """`confirm_load`: it is meant, although it is more than the owner's hours."""

    owner = Visible(User)
    helpers = Visible(User, many=True, required=False)
    waits_for = Visible(Task, many=True, required=False)
    request = Visible(ClientRequest, required=False, allow_null=True)
    project = Visible(Project, required=False, allow_null=True)
    skills = WantedSkillSerializer(many=True, required=False)
    confirm_load = serializers.BooleanField(required=False, default=False)

    class Meta:
        model = Task
        fields = [
            "title", "deliverable", "acceptance", "begins_on", "due_on", "hours", "priority", "owner", "helpers",
            "waits_for", "request", "project", "skills", "confirm_load",
        ]  # fmt: skip


class NewTaskValues(TaskValues):
    site = Visible(Site)

    class Meta(TaskValues.Meta):
        fields = ["site", *TaskValues.Meta.fields]


class ChangedTaskValues(TaskValues):
    """`reason`: why a day that is over moves."""

    reason = serializers.CharField(required=False, allow_blank=True, default="")

    class Meta(TaskValues.Meta):
        fields = [*TaskValues.Meta.fields, "reason"]


class DeliverSerializer(serializers.Serializer):
    outcome = serializers.CharField()
    files = Files()


class AcceptTaskSerializer(serializers.Serializer):
    """`client_contact`: who of the client accepted it; then `files` prove it."""

    verdict = serializers.CharField()
    client_contact = Visible(ClientContact, required=False, allow_null=True)
    files = Files()


def _by_skill(given: dict) -> dict:
    """Skills as the actions take them."""
    if "skills" not in given:
        return given
    return given | {"skills": {one["skill"]: int(one["level"]) for one in given["skills"]}}


class Tasks(Creates, Changes, Reads):
    """What is to be done at sites: measurable, with one owner."""

    queryset = Task.objects.select_related("site", "owner")
    serializer_class = TaskSerializer
    detail_class = TaskDetailSerializer
    new_class = NewTaskValues
    change_class = ChangedTaskValues
    details = ("skills__skill", "plans", "helpers", "waits_for")
    filterset_fields = (
        exact("site", "owner", "helpers", "status", "priority")
        | exact_or_none("request", "project")
        | days("begins_on", "due_on")
    )
    search_fields = ["title", "owner__name"]
    ordering_fields = ["due_on", "begins_on", "priority", "status", "title"]

    def may_open(self, user):
        return access.may_assign_somewhere(user)

    def prepare(self, task):
        put_files([task])

    def perform(self, given):
        return tasks.give(**_by_skill(given), **self.stamp)

    def change(self, task, given):
        tasks.change(task, **_by_skill(given), **self.stamp)

    @verb(may=tasks.start.may)
    def start(self, task, **given):
        """Begin it, under an approved plan."""
        tasks.start(task, **given)

    @verb(DeliverSerializer, may=tasks.deliver.may)
    def deliver(self, task, **given):
        """Hand in what was asked for; multipart with files."""
        tasks.deliver(task, **given)

    @verb(AcceptTaskSerializer, may=tasks.accept.may)
    def accept(self, task, **given):
        """It is what was asked for; multipart where the client accepted it."""
        tasks.accept(task, **given)

    @verb(ReasonSerializer, may=tasks.send_back.may)
    def send_back(self, task, **given):
        """It is not what was asked for."""
        tasks.send_back(task, **given)

    @verb(ReasonSerializer, may=tasks.cancel.may)
    def cancel(self, task, **given):
        """It is no longer wanted."""
        tasks.cancel(task, **given)

    @verb(may=access.may_write_plan)
    def plan(self, task, **given):
        """Begin the next version of its plan, or find the draft: see `plans` of the answer."""
        plans.begin(task, **given)


# --- Plans --------------------------------------------------------------------------------------------


class WorkStepSerializer(serializers.ModelSerializer):
    responsible_name = name_of("responsible")

    class Meta:
        model = Step
        fields = [
            "id", "key", "order", "title", "begins_on", "due_on", "responsible", "responsible_name", "remark",
            "percent", "done_at",
        ]  # fmt: skip


class WorkPlanSerializer(serializers.ModelSerializer):
    task_title = serializers.CharField(source="task.title", read_only=True)

    class Meta:
        model = Plan
        fields = [
            "id", "task", "task_title", "version", "status", "written_by", "written_at", "submitted_at", "decided_at",
        ]  # fmt: skip


class WorkPlanDetailSerializer(WorkPlanSerializer):
    """Remarks are told once they are decided, and can no longer be undone."""

    steps = WorkStepSerializer(many=True)

    class Meta(WorkPlanSerializer.Meta):
        fields = [*WorkPlanSerializer.Meta.fields, "goals", "resources", "risks", "change", "remarks", "steps"]

    def to_representation(self, plan):
        told = super().to_representation(plan)
        if plan.status == Plan.Status.IN_REVIEW:
            told["remarks"] = ""
            for step in told["steps"]:
                step["remark"] = ""
        return told


class LineSerializer(serializers.Serializer):
    """`key`: of the same step in the version before; it keeps its progress."""

    title = serializers.CharField(max_length=200)
    begins_on = serializers.DateField()
    due_on = serializers.DateField()
    responsible = Visible(User)
    key = serializers.UUIDField(required=False, default=None, allow_null=True)


class WriteSerializer(serializers.Serializer):
    """The whole draft: what is left out is emptied."""

    goals = serializers.CharField(required=False, default="", allow_blank=True)
    resources = serializers.CharField(required=False, default="", allow_blank=True)
    risks = serializers.CharField(required=False, default="", allow_blank=True)
    change = serializers.CharField(required=False, default="", allow_blank=True)
    steps = LineSerializer(many=True, allow_empty=True)


class RemarkSerializer(serializers.Serializer):
    step = serializers.IntegerField()
    remark = serializers.CharField()


class ReviewSerializer(serializers.Serializer):
    """`reason` is needed to reject; to return, remarks on steps are enough."""

    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = serializers.CharField(required=False, default="", allow_blank=True)
    remarks = RemarkSerializer(many=True, required=False, default=list)


class Plans(Reads):
    """Versions of plans. A version that was submitted no longer changes."""

    queryset = Plan.objects.select_related("task")
    serializer_class = WorkPlanSerializer
    detail_class = WorkPlanDetailSerializer
    details = ("steps__responsible",)
    filterset_fields = exact("task", "status", "written_by") | moments("submitted_at", "decided_at")
    search_fields = ["task__title"]
    ordering_fields = ["submitted_at", "version"]

    @verb(WriteSerializer, may=access.may_change_plan)
    def write(self, plan, *, steps, **given):
        """Keep the draft."""
        lines = [Line(**{**one, "key": one["key"] or uuid.uuid4()}) for one in steps]
        plans.write(plan, steps=lines, **given)

    @verb(may=access.may_change_plan)
    def submit(self, plan, **given):
        """Send it to the site lead."""
        plans.submit(plan, **given)

    @verb(may=access.may_change_plan)
    def withdraw(self, plan, **given):
        """Take it back to write on."""
        round_ = Approval.objects.about(plan).open().first()
        if round_ is None:
            raise WrongState(plans.may_be_reviewed(plan))
        approvals.withdraw(round_, **given)

    @verb(ReviewSerializer)
    def review(self, plan, *, outcome, reason, remarks, **given):
        """Approve, return with remarks on steps, or reject; it can be undone for ten seconds (`approvals`)."""
        known = set(plan.steps.values_list("pk", flat=True))
        if any(one["step"] not in known for one in remarks):
            words = no(_("A remark speaks of a step that this version has not."), clause="3.2.1")
            raise PolicyBroken(words, fields={"remarks": str(words.reason)})
        of_steps = {one["step"]: one["remark"] for one in remarks}
        plans.review(plan, outcome, reason=reason, of_steps=of_steps, **given)


class WorkPlanStepSerializer(WorkStepSerializer):
    task = serializers.IntegerField(source="plan.task_id", read_only=True)

    class Meta(WorkStepSerializer.Meta):
        fields = ["task", "plan", *(name for name in WorkStepSerializer.Meta.fields if name != "remark")]


class StepMoveSerializer(serializers.Serializer):
    percent = serializers.IntegerField()
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=300)


class Steps(Reads):
    """Steps of plans; those of the version in force move."""

    queryset = Step.objects.select_related("plan__task__site", "plan__task__owner", "responsible")
    serializer_class = WorkPlanStepSerializer
    filterset_fields = exact("plan", "responsible") | none_or_some("done_at") | days("begins_on", "due_on")
    search_fields = ["title"]
    ordering_fields = ["due_on", "order"]

    @verb(StepMoveSerializer, may=access.may_move_step)
    def move(self, step, **given):
        """How far it is, in percent; at 100 it is done."""
        plans.move(step, **given)


# --- Templates ----------------------------------------------------------------------------------------


class TemplateSerializer(serializers.ModelSerializer):
    class Meta:
        model = TaskTemplate
        fields = [
            "id", "name", "project_kind", "title", "deliverable", "acceptance", "hours", "days", "steps", "active",
        ]  # fmt: skip


class TemplateValues(Values):
    class Meta:
        model = TaskTemplate
        fields = TemplateSerializer.Meta.fields[1:]


class TaskTemplates(Register):
    """Words to begin a task with, by kind of project."""

    queryset = TaskTemplate.objects.all()
    serializer_class = TemplateSerializer
    new_class = change_class = TemplateValues
    filterset_fields = exact("project_kind", "active")
    search_fields = ["name", "title"]

    def may_open(self, user):
        return access.may_keep_templates(user)


ENDPOINTS = {"tasks": Tasks, "plans": Plans, "steps": Steps, "task-templates": TaskTemplates}
