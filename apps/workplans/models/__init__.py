"""Tables of the work at sites, a module per noun."""

from apps.workplans.models.plans import Plan, Step
from apps.workplans.models.problems import Need, WorkProblem
from apps.workplans.models.quality import QualityAssessment, QualityCase
from apps.workplans.models.reports import Report, ReportLine, ReportRhythm, Rhythm
from apps.workplans.models.tasks import Priority, Task, TaskOrder, TaskSkill, TaskTemplate

__all__ = [
    "Need",
    "Plan",
    "Priority",
    "QualityAssessment",
    "QualityCase",
    "Report",
    "ReportLine",
    "ReportRhythm",
    "Rhythm",
    "Step",
    "Task",
    "TaskOrder",
    "TaskSkill",
    "TaskTemplate",
    "WorkProblem",
]
