"""What stands in the way of work, what a site needs, and how work was judged, in the worlds of the walker."""

from datetime import date, datetime, timedelta

from apps.personnel.models import Department
from apps.workplans.models import Need, QualityAssessment, QualityCase, Report, WorkProblem


def judged(name: str, assignment, now: datetime) -> dict[str, object]:
    """One of each at the site of an assignment. `name` appears in every text, so that a leak shows."""
    site, staff = assignment.site, assignment.person
    report = Report.objects.filter(assignment=assignment).first() or Report.objects.create(
        assignment=assignment, period="2026-W46", begins_on=date(2026, 11, 9), ends_on=date(2026, 11, 15),
        done=f"{name} done", filed_by=staff, filed_at=now,
    )  # fmt: skip
    problem = WorkProblem.objects.create(
        site=site, report=report, title=f"{name} hindrance", raised_by=staff, raised_at=now, owner=staff,
        due_on=date(2026, 11, 30),
    )  # fmt: skip
    need = Need.objects.create(
        report=report,
        department=Department.objects.get(pk=site.department_id),
        text=f"{name} need",
        asked_at=now,
    )
    assessment = QualityAssessment.objects.create(
        assignment=assignment, month=date(2026, 10, 1), results=2, results_reason=f"{name} judged",
        samples=[["report", report.pk]], standards={"completion": 80, "results": 3, "satisfaction": 60}, below=True,
        assessed_by=site.lead, assessed_at=now,
    )  # fmt: skip
    case = QualityCase.objects.create(
        assessment=assessment, opened_at=now, statement_due_at=now + timedelta(days=3), statement=f"{name} statement",
        statement_at=now,
    )  # fmt: skip
    return {"work_problem": problem, "need": need, "quality_assessment": assessment, "quality_case": case}
