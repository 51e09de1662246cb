"""Somebody's work is assessed; who falls short is heard, decided about and followed up (clause 3.5)."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import notifications, obligations, parameters
from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import YES, Findings, NotAllowed, Verdict, WrongState, no, require, unless
from apps.personnel.models import Assignment, User
from apps.workplans import access, quality_figures
from apps.workplans.models import QualityAssessment, QualityCase, Report, Task
from apps.workplans.obligations import quality as clocks
from apps.workplans.policy import quality as policy
from apps.workplans.policy.quality import Period

Status, Decision = QualityCase.Status, QualityCase.Decision

ASSESSED = verb("quality_assessed", _("Quality assessed"))
CASE_OPENED = verb("quality_case_opened", _("Opened, below standard"))

GIVEN = notifications.note_kind(
    "quality_assessed",
    _("Your work was assessed"),
    _("Your work in %(month)s was assessed"),
    _("By %(by)s. Look at the three indicators and what they rest on."),
)
YOUR_WORD = notifications.note_kind(
    "quality_case_opened",
    _("Your work was found below standard: say how it came"),
    _("Say how it came: your work in %(month)s was found below standard"),
    _("Your statement is read before anything is decided. It is awaited until %(due_at)s."),
)
TO_DECIDE = notifications.note_kind(
    "quality_case_to_decide",
    _("Work was found below standard"),
    _("%(person)s, %(month)s: work below standard at %(site)s"),
    _("The person is heard first; then decide what follows."),
)
STATED = notifications.note_kind(
    "quality_case_stated",
    _("A statement was given"),
    _("%(person)s gave a statement"),
    _("Read it, then decide what follows."),
)
DECIDED = notifications.note_kind(
    "quality_case_decided",
    _("It was decided what follows from your assessment"),
    _("%(decision)s, after your assessment of %(month)s"),
    _("%(reason)s"),
)
FOLLOWED_UP = notifications.note_kind(
    "quality_case_followed_up",
    _("What was decided about you was followed up"),
    _("Followed up: your assessment of %(month)s"),
    _("%(result)s"),
)


# --- Assessing ----------------------------------------------------------------------------------------


def may_assess_period(assignment: Assignment, period: Period, now: datetime) -> Verdict:
    """Whether this period of an assignment can be assessed now, whoever asks."""
    today = now.astimezone(assignment.site.zone).date()
    left = assignment.ended_on is not None and assignment.ended_on < today
    there = policy.worked_then(assignment.since, assignment.last_day, period.first_day, period.last_day)
    return (
        unless(
            assignment.status == Assignment.Status.CANCELLED,
            _("This assignment was cancelled."),
            clause=policy.REGULAR,
        )
        & there
        & policy.over(period.last_day, today, left=left)
    )


def standards_on(day: date) -> dict[str, int]:
    """What counts as enough on a day, by indicator."""
    keys = {name: f"quality_{name}_min" for name in ("completion", "results", "satisfaction")}
    numbers = parameters.values(day, *keys.values())
    return {name: float(numbers[key]) for name, key in keys.items()}


def may_give(assignment: Assignment, period: Period) -> Verdict:
    """Whether nobody has assessed this period yet."""
    given = QualityAssessment.objects.filter(assignment=assignment, month=period.month).first()
    if given is None:
        return YES
    return no(
        _("%(person)s has assessed this month already.") % {"person": given.assessed_by.name},
        remedy=_("Look at it: an assessment stays as it was given."),
        clause=policy.REGULAR,
    )


@transaction.atomic
def assess(
    assignment: Assignment,
    *,
    month: date,
    results: int,
    results_reason: str,
    tasks: Iterable[Task] = (),
    reports: Iterable[Report] = (),
    comment: str = "",
    by: User,
    now: datetime,
) -> QualityAssessment:
    """Give the assessment of a period: quality is judged here, completion and satisfaction are computed as they stand.

    month: the first day of the period's last month. tasks, reports: what was looked at, of this person.
    Below standard opens a case by itself (3.5.3).
    Raises: NotAllowed; WrongState when somebody was faster; PolicyBroken beside `month`, `results`,
    `results_reason`, `tasks` or `reports`.
    """
    require(access.may_assess(by, assignment), NotAllowed)
    lock(assignment)  # two leads at once: the second one reads what the first has given
    known = month.year > parameters.BEGINNING.year
    period = clocks.period_of(month.replace(day=1)) if known else None
    tasks, reports = list(tasks), list(reports)
    _check(assignment, period, results, results_reason, tasks, reports, now)
    require(may_give(assignment, period), WrongState)
    completion, completion_basis = quality_figures.completion(assignment, period, now)
    satisfaction, satisfaction_basis = quality_figures.satisfaction(assignment, period, now)
    standards = standards_on(period.last_day)
    assessment = QualityAssessment(
        assignment=assignment,
        month=period.month,
        months=period.months,
        completion=completion,
        completion_basis=completion_basis,
        results=results,
        results_reason=results_reason.strip(),
        samples=[["task", one.pk] for one in tasks] + [["report", one.pk] for one in reports],
        satisfaction=satisfaction,
        satisfaction_basis=satisfaction_basis,
        standards=standards,
        below=policy.short(completion, results, satisfaction, standards),
        comment=comment.strip(),
        assessed_by=by,
        assessed_at=now,
    )
    if period.last_day < now.astimezone(assignment.site.zone).date():  # the planner may not have come by yet
        clocks.open_period(period, [assignment.site.time_zone], now, only=assignment)
    try:
        with transaction.atomic():
            assessment.save()
    except IntegrityError as error:
        raise WrongState(may_give(assignment, period)) from error
    record(assessment, ASSESSED, by=by, now=now)
    clocks.count(assessment, by=by, now=now)
    notifications.tell(
        [assignment.person],
        GIVEN,
        key=f"quality:{assessment.pk}",
        now=now,
        subject=assessment,
        month=period.key,
        by=str(by),
    )
    if assessment.below:
        _open_case(assessment, by=by, now=now)
    return assessment


def _check(assignment, period, results, results_reason, tasks, reports, now) -> None:
    findings = Findings(clause=policy.INDICATORS)
    findings.check(
        unless(period is None, _("No assessment is due at the end of this month."), clause=policy.REGULAR), "month"
    )
    findings.require()
    findings.check(may_assess_period(assignment, period, now), "month")
    known = QualityAssessment.Grade.values
    findings.check(unless(results not in known, _("Choose a grade from 1 to 5."), clause=policy.INDICATORS), "results")
    findings.check(policy.said(results_reason, _("Say by what you judge.")), "results_reason")
    findings.check(policy.sampled(len(tasks) + len(reports)), "tasks")
    fitting_tasks, fitting_reports = quality_figures.samples_of(assignment, period)
    strange = _("Choose work of this person in this period.")
    known_tasks = set(fitting_tasks.filter(pk__in=[one.pk for one in tasks]).values_list("pk", flat=True))
    known_reports = set(fitting_reports.filter(pk__in=[one.pk for one in reports]).values_list("pk", flat=True))
    findings.check(unless({one.pk for one in tasks} - known_tasks, strange, clause=policy.INDICATORS), "tasks")
    findings.check(unless({one.pk for one in reports} - known_reports, strange, clause=policy.INDICATORS), "reports")
    findings.require()


# --- Cases --------------------------------------------------------------------------------------------


def _open_case(assessment: QualityAssessment, *, by: User, now: datetime) -> QualityCase:
    """The person is told and heard; the lead decides, the department head knows (3.5.3)."""
    site, person = assessment.site, assessment.person
    case = QualityCase.objects.create(
        assessment=assessment, opened_at=now, statement_due_at=clocks.statement_due(site, now)
    )
    record(case, CASE_OPENED, by=None, now=now)
    clocks.hear_and_decide(case, now=now)
    month = f"{assessment.month:%Y-%m}"
    notifications.tell(
        [person],
        YOUR_WORD,
        key=f"quality_case:{case.pk}:yours",
        now=now,
        subject=case,
        month=month,
        due_at=case.statement_due_at,
    )
    notifications.tell(
        {*site.leads, *filter(None, [site.head])} - {by, person},
        TO_DECIDE,
        key=f"quality_case:{case.pk}",
        now=now,
        subject=case,
        person=person.name,
        site=site.name,
        month=month,
    )
    return case


@transition(Status.OPEN, may=access.may_state, name="quality_case_stated", text=_("Statement given"))
def state(case: QualityCase, *, statement: str, by: User, now: datetime) -> None:
    """The person says how it came, once; it is read before anything is decided.

    Raises: WrongState when it was given; PolicyBroken beside `statement`.
    """
    require(may_be_stated(case), WrongState)
    require(policy.said(statement, _("Say how it came."), policy.CASE), field="statement")
    case.statement, case.statement_at = statement.strip(), now
    obligations.meet(clocks.QUALITY_STATEMENT, case, by=by, at=now)
    notifications.tell(
        {*case.site.leads, *filter(None, [case.site.head])} - {by},
        STATED,
        key=f"quality_case:{case.pk}:stated",
        now=now,
        subject=case,
        person=by.name,
    )


def may_be_stated(case: QualityCase) -> Verdict:
    return unless(bool(case.statement), _("The statement was given already."), clause=policy.CASE)


def may_be_decided(case: QualityCase, now: datetime) -> Verdict:
    """Nobody is decided about unheard."""
    return policy.heard(stated=bool(case.statement), statement_due_at=case.statement_due_at, now=now)


@transition(Status.OPEN, may=access.may_handle, name="quality_case_decided", text=_("Decided what follows"))
def decide(
    case: QualityCase, *, decision: str, reason: str, follow_up_on: date | None = None, by: User, now: datetime
) -> str:
    """Coaching, a deduction or a transfer with a day to look again, or nothing; always with a reason.

    Raises: NotAllowed for a deduction or a transfer by who is not the department head; PolicyBroken before the
    person is heard, or beside `decision`, `reason` or `follow_up_on`.
    """
    if decision in QualityCase.GRAVE:
        require(access.may_decide_gravely(by, case), NotAllowed, field="decision")
    require(may_be_decided(case, now))
    today = now.astimezone(case.site.zone).date()
    waived = decision == Decision.WAIVED
    findings = Findings(clause=policy.CASE)
    findings.check(unless(decision not in Decision.values, _("Choose what follows."), clause=policy.CASE), "decision")
    findings.check(policy.said(reason, _("Say why."), policy.CASE), "reason")
    findings.check(policy.follow_up(follow_up_on, today, waived=waived), "follow_up_on")
    findings.require()
    case.decision, case.decision_reason, case.follow_up_on = decision, reason.strip(), follow_up_on
    case.decided_by, case.decided_at = by, now
    case.status = Status.WAIVED if waived else Status.DECIDED
    obligations.drop(
        clocks.about(case, clocks.QUALITY_STATEMENT), by=by, now=now, reason=str(_("Decided without a statement."))
    )
    obligations.meet(clocks.QUALITY_CASE, case, by=by, at=now)
    if not waived:
        clocks.follow_up(case, now=now)
    notifications.tell(
        [case.person],
        DECIDED,
        key=f"quality_case:{case.pk}:decided",
        now=now,
        subject=case,
        decision=Decision(decision).label,
        month=f"{case.assessment.month:%Y-%m}",
        reason=case.decision_reason,
    )
    return f"{Decision(decision).label}: {case.decision_reason}"


@transition(
    Status.DECIDED, to=Status.CLOSED, may=access.may_handle, name="quality_case_followed_up", text=_("Followed up")
)
def follow_up(case: QualityCase, *, result: str, by: User, now: datetime) -> str:
    """What came of it; closes the case.

    Raises: PolicyBroken beside `result`.
    """
    require(policy.said(result, _("Say what has changed."), policy.CASE), field="result")
    case.follow_up_result, case.followed_up_by, case.followed_up_at = result.strip(), by, now
    obligations.meet(clocks.QUALITY_FOLLOW_UP, case, by=by, at=now)
    notifications.tell(
        [case.person],
        FOLLOWED_UP,
        key=f"quality_case:{case.pk}:followed_up",
        now=now,
        subject=case,
        month=f"{case.assessment.month:%Y-%m}",
        result=case.follow_up_result,
    )
    return case.follow_up_result


def _may_take(to: User, promise) -> Verdict:
    assignment = promise.subject if promise.kind == clocks.QUALITY_ASSESSMENT.key else promise.subject.assignment
    return access.may_assess(to, assignment)


def _hand_over(promise, *, to: User, by, now: datetime, reason: str) -> None:
    """Only to somebody who may judge.

    Raises: PolicyBroken beside `to`.
    """
    require(_may_take(to, promise), field="to")
    obligations.hand_over(obligations.Obligation.objects.filter(pk=promise.pk), to=to, by=by, now=now, reason=reason)


for _kind in (clocks.QUALITY_ASSESSMENT, clocks.QUALITY_CASE, clocks.QUALITY_FOLLOW_UP):
    obligations.handed_over_by(_kind)(_hand_over)


@obligations.handed_over_by(clocks.QUALITY_STATEMENT)
def hand_over_statement(promise, *, to: User, by, now: datetime, reason: str) -> None:
    """Raises: NotAllowed: nobody speaks for another."""
    require(access.may_state(to, promise.subject), NotAllowed)
