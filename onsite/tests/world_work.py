"""One of everything about work at a site of the two worlds."""

from datetime import date, datetime
from decimal import Decimal

from apps.core import approvals
from apps.workplans.models import (
    Plan,
    Report,
    ReportLine,
    ReportRhythm,
    Step,
    Task,
    TaskTemplate,
)


def work(name: str, site, staff, assignment, request, now: datetime) -> dict[str, object]:
    """A task with its plan under review, a template; a spoken report with a line, its rhythm."""
    known = TaskTemplate.objects.count() + 1  # what everybody in the company may begin with bears no name of a world
    task = Task.objects.create(
        site=site, request=request, title=f"{name} task", deliverable=f"{name} deliverable",
        acceptance=f"{name} acceptance", begins_on=date(2026, 11, 2), due_on=date(2026, 12, 18), hours=Decimal(20),
        owner=staff, assigned_by=site.lead, assigned_at=now, fit={"load": 40, "before": 10, "skills": []},
    )  # fmt: skip
    plan = Plan.objects.create(
        task=task, version=1, goals=f"{name} aim", written_by=staff, written_at=now, submitted_at=now
    )
    step = Step.objects.create(
        plan=plan, order=1, title=f"{name} step", begins_on=date(2026, 11, 2), due_on=date(2026, 12, 4),
        responsible=staff,
    )  # fmt: skip
    Plan.objects.filter(pk=plan.pk).update(status="in_review")
    plan.refresh_from_db()
    approvals.start(plan, by=staff, now=now)
    report = Report.objects.create(
        assignment=assignment, channel="oral", period="2026-W47", begins_on=date(2026, 11, 16),
        ends_on=date(2026, 11, 22), done=f"{name} week", next=f"{name} coming", difficulties=f"{name} trouble",
        filed_by=site.lead, filed_at=now, status="logged",
    )  # fmt: skip
    ReportLine.objects.create(report=report, step=step, before=0, percent=20, note=f"{name} line")
    return {
        "report": report,
        "report_rhythm": ReportRhythm.objects.create(
            assignment=assignment, rhythm="daily", valid_from=date(2026, 11, 16), set_by=site.lead, set_at=now
        ),
        "task": task,
        "plan": plan,
        "step": step,
        "task_template": TaskTemplate.objects.create(
            name=f"Template {known}", project_kind="Roll-out", title="Begin", deliverable="Record",
            acceptance="The client signs the record",
        ),
    }  # fmt: skip
