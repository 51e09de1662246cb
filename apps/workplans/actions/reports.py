"""What happens to a report: filed, logged and confirmed, sent by mail, reviewed (clauses 3.3.1, 3.3.2, 3.3.3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import notifications, obligations
from apps.core.forms import attach_all
from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import Findings, NotAllowed, PolicyBroken, Refused, Verdict, no, require, unless
from apps.core.words import signs
from apps.personnel.calendar import working_days
from apps.personnel.models import Assignment, Department, User
from apps.workplans import access
from apps.workplans.actions import needs as need_actions
from apps.workplans.actions import plans
from apps.workplans.actions import problems as problem_actions
from apps.workplans.models import Report, ReportLine, ReportRhythm, Rhythm, Step, Task
from apps.workplans.obligations import reports as clocks
from apps.workplans.policy import reports as policy

Status, Channel = Report.Status, Report.Channel
Files = Sequence[tuple[str, bytes]]
MOST_ROWS = 20  # steps, problems or needs of one report

FILED = verb("report_filed", _("Report filed"))
LOGGED = verb("report_logged", _("Spoken report logged"))
RHYTHM_SET = verb("report_rhythm_set", _("Rhythm of reports set"))

TO_CONFIRM = notifications.note_kind(
    "report_to_confirm",
    _("A spoken report waits for your confirmation"),
    _("Was it said so? Report of %(person)s, %(period)s"),
    _("Logged by %(by)s. It counts once you confirm it."),
)
CONFIRMED = notifications.note_kind(
    "report_confirmed",
    _("A spoken report was answered"),
    _("%(outcome)s: report of %(person)s, %(period)s"),
    _("%(words)s"),
)
REVIEWED = notifications.note_kind(
    "report_reviewed", _("Your report was reviewed"), _("%(by)s on your report %(period)s"), _("%(words)s")
)
BY_MAIL = notifications.note_kind(
    "report_by_mail",
    _("Your mail was taken in as a report"),
    _("Your mail is your report for %(period)s"),
    _("It waits for the review by your site lead."),
)


@dataclass(frozen=True)
class Line:
    """How far a step is now."""

    step: Step
    percent: int
    note: str = ""


@dataclass(frozen=True)
class Trouble:
    """A problem that a report raises."""

    title: str
    severity: str = "minor"
    detail: str = ""
    task: Task | None = None


@dataclass(frozen=True)
class Wish:
    """What a report asks of a department."""

    department: Department
    text: str
    need_by: date | None = None


# --- Filing -------------------------------------------------------------------------------------------


@transaction.atomic
def file(
    assignment: Assignment,
    *,
    day: date,
    done: str,
    next: str = "",
    difficulties: str = "",
    lines: Iterable[Line] = (),
    problems: Iterable[Trouble] = (),
    needs: Iterable[Wish] = (),
    extra: bool = False,
    files: Files = (),
    by: User,
    now: datetime,
) -> Report:
    """File what was done on a day, or in its week: steps move, problems are tracked, departments are asked.

    extra: an addition beside the report that is there already.
    Raises: NotAllowed; PolicyBroken beside `day`, `done`, `files`, or `line-N`, `problem-N`, `need-N`.
    """
    require(access.may_report(by, assignment), NotAllowed)
    report = _store(
        assignment, day=day, done=done, next=next, difficulties=difficulties, extra=extra, channel=Channel.WRITTEN,
        status=Status.FILED, by=by, now=now,
    )  # fmt: skip
    _with_rows(report, list(lines), list(problems), list(needs), by=by, now=now)
    attach_all(report, files, by=by, now=now)
    record(report, FILED, by=by, now=now, period=report.period)
    _counts(report, at=now, by=by, now=now)
    return report


def _store(
    assignment: Assignment, *, day: date, done: str, next: str, difficulties: str, extra: bool, channel: str,
    status: str, by: User, now: datetime, ever: bool = False,
) -> Report:  # fmt: skip
    """Check what every report must be, and keep it. ever: however long its day is over."""
    lock(assignment)
    site = assignment.site
    today = now.astimezone(site.zone).date()
    findings = Findings(clause=policy.REGULAR)
    findings.check(is_there(assignment), "day")
    findings.check(policy.reportable(day, today, assignment.since, assignment.last_day, ever=ever), "day")
    findings.check(policy.said(done, _("Say what moved.")), "done")
    if "day" in findings.fields:  # a day at the edge of the calendar lies in no week
        findings.require()
    period = policy.period_of(clocks.rhythm_of(assignment, day), day)
    if not extra:
        is_worked = period.first != period.last or bool(working_days(site, day, day))
        findings.check(policy.worked(is_worked), "day")
        findings.check(policy.not_twice(_known(assignment, period.key)), "day")
    findings.require()
    report = Report(
        assignment=assignment, channel=channel, period=period.key, begins_on=max(period.first, assignment.since),
        ends_on=min(period.last, assignment.last_day or period.last), extra=extra, done=done.strip(),
        next=next.strip(), difficulties=difficulties.strip(), filed_by=by, filed_at=now, status=status,
    )  # fmt: skip
    try:
        with transaction.atomic():
            report.save()
    except IntegrityError as error:
        words = policy.not_twice(_known(assignment, period.key) or period.key)
        raise PolicyBroken(words, fields={"day": words.reason}) from error
    return report


def is_there(assignment: Assignment) -> Verdict:
    """Who has left, or has not begun, reports nothing."""
    return unless(
        assignment.status != Assignment.Status.ON_SITE,
        _("This posting is “%(status)s”: reports are filed while one is on site.")
        % {"status": assignment.get_status_display()},
        remedy=_("What is left to say stands in the handover."),
        clause=policy.REGULAR,
    )


def _known(assignment: Assignment, key: str) -> str:
    """What stands for a period already, in words."""
    rows = assignment.reports.filter(period=key, extra=False).exclude(status=Status.DISPUTED)
    one = rows.select_related("assignment__person").first()
    return f"{one.get_channel_display()}, {one.period}, {one.get_status_display()}" if one else ""


def _with_rows(report: Report, lines, problems, needs, *, by: User, now: datetime) -> None:
    """Move the steps, raise the problems, ask the departments; each fault beside its row."""
    for name, rows in (("line", lines), ("problem", problems), ("need", needs)):
        words = _("At most %(count)s of these in one report.") % {"count": MOST_ROWS}
        require(unless(len(rows) > MOST_ROWS, words, clause=policy.REGULAR), field=f"{name}-{MOST_ROWS}")
    faults: dict[str, str] = {}
    for number, line in enumerate(lines):
        _try(faults, f"line-{number}", lambda line=line: _move(report, line, by=by, now=now))
    for number, one in enumerate(problems):
        _try(faults, f"problem-{number}", lambda one=one: _raise(report, one, by=by, now=now))
    for number, one in enumerate(needs):
        _try(faults, f"need-{number}", lambda one=one: _ask(report, one, by=by, now=now))
    if faults:
        raise PolicyBroken(no(next(iter(faults.values())), clause=policy.REGULAR), fields=faults)


def _try(faults: dict[str, str], name: str, act) -> None:
    """Do it, or note beside its row why not; everything is undone together."""
    try:
        with transaction.atomic():
            act()
    except Refused as refused:
        faults[name] = str(refused.verdict.reason)


def _move(report: Report, line: Line, *, by: User, now: datetime) -> None:
    require(access.may_move_step(by, line.step), NotAllowed)
    twice = report.lines.filter(step=line.step).exists()
    require(unless(twice, _("This step stands in the report already."), clause=policy.REGULAR))
    before = line.step.percent
    if line.percent != before:
        plans.move(line.step, percent=line.percent, note=line.note, by=by, now=now)
    ReportLine.objects.create(report=report, step=line.step, before=before, percent=line.percent, note=line.note[:300])


def _raise(report: Report, one: Trouble, *, by: User, now: datetime) -> None:
    problem_actions.raise_problem(
        site=report.site, title=one.title, detail=one.detail, severity=one.severity, task=one.task, report=report,
        by=by, now=now,
    )  # fmt: skip


def _ask(report: Report, one: Wish, *, by: User, now: datetime) -> None:
    need_actions.ask(report=report, department=one.department, text=one.text, need_by=one.need_by, by=by, now=now)


def _counts(report: Report, *, at: datetime, by: User, now: datetime) -> None:
    """From now on it is a report: the promise of its period is kept, and its review is owed."""
    if not report.extra:
        obligations.meet(clocks.WORK_REPORT, report.assignment, by=by, at=at, period=report.period)
    clocks.review_soon(report, now=now)


# --- Spoken reports (3.3.2) ---------------------------------------------------------------------------


@transaction.atomic
def log_oral(
    assignment: Assignment, *, day: date, done: str, next: str = "", difficulties: str = "", extra: bool = False,
    by: User, now: datetime,
) -> Report:  # fmt: skip
    """Write down what was said aloud; it counts once the other side confirms it.

    Raises: NotAllowed; PolicyBroken beside `day` or `done`.
    """
    require(access.may_log_oral(by, assignment), NotAllowed)
    report = _store(
        assignment, day=day, done=done, next=next, difficulties=difficulties, extra=extra, channel=Channel.ORAL,
        status=Status.LOGGED, by=by, now=now,
    )  # fmt: skip
    record(report, LOGGED, by=by, now=now, period=report.period)
    notifications.tell(
        _other_side(report),
        TO_CONFIRM,
        key=f"report:{report.pk}:confirm",
        now=now,
        subject=report,
        person=report.person.name,
        period=report.period,
        by=str(by),
    )
    return report


def _other_side(report: Report) -> list[User]:
    """Who confirms: the person, or whoever leads the site."""
    if report.filed_by_id != report.assignment.person_id:
        return [report.person]
    reviewer = clocks.reviewer_of(report.assignment)
    return [one for one in (report.site.leads or [reviewer]) if one and one.pk != report.filed_by_id]


@transition(Status.LOGGED, to=Status.FILED, may=access.may_confirm_oral, name="report_confirmed", text=_("Confirmed"))
def confirm(report: Report, *, by: User, now: datetime) -> None:
    """It was said so: it counts from the moment it was logged."""
    report.confirmed_by, report.confirmed_at = by, now
    _counts(report, at=report.filed_at, by=by, now=now)
    _tell_logger(report, _("Confirmed"), "", by=by, now=now)


@transition(
    Status.LOGGED, to=Status.DISPUTED, may=access.may_confirm_oral, name="report_disputed", text=_("Not confirmed")
)
def dispute(report: Report, *, reason: str, by: User, now: datetime) -> str:
    """It was not said so; another report may take its place.

    Raises: PolicyBroken beside `reason`.
    """
    require(policy.said(reason, _("Say what was said instead.")), field="reason")
    _tell_logger(report, _("Not confirmed"), reason.strip(), by=by, now=now)
    return reason.strip()


def _tell_logger(report: Report, outcome, words: str, *, by: User, now: datetime) -> None:
    notifications.tell(
        [report.filed_by] if report.filed_by != by else [],
        CONFIRMED,
        key=f"report:{report.pk}:answered",
        now=now,
        subject=report,
        outcome=outcome,
        person=report.person.name,
        period=report.period,
        words=words,
    )


# --- By mail (3.3.2) ----------------------------------------------------------------------------------


@transaction.atomic
def from_mail(person: User, *, text: str, arrived_at: datetime, now: datetime) -> Report | None:
    """A mail to the inbound address joins the person's stream; None for whoever is on no site.

    It is the report of its day or week where none is there and the day can be reported, else an addition.
    """
    here = Assignment.objects.filter(person=person, status=Assignment.Status.ON_SITE)
    assignment = here.active_on(arrived_at.astimezone(person.zone).date()).select_related("site", "person").first()
    if assignment is None or not signs(text):
        return None
    day = arrived_at.astimezone(assignment.site.zone).date()
    inputs = {"day": day, "done": text, "next": "", "difficulties": "", "channel": Channel.MAIL}
    stamp = {"status": Status.FILED, "by": person, "now": now}
    try:
        with transaction.atomic():
            report = _store(assignment, **inputs, extra=False, **stamp)
    except PolicyBroken:
        report = _store(assignment, **inputs, extra=True, ever=True, **stamp)
    record(report, FILED, by=person, now=now, period=report.period)
    _counts(report, at=min(arrived_at, now), by=person, now=now)
    notifications.tell([person], BY_MAIL, key=f"report:{report.pk}:mail", now=now, subject=report, period=report.period)
    return report


# --- Review (3.3.3) -----------------------------------------------------------------------------------


@transition(Status.FILED, to=Status.REVIEWED, may=access.may_review, name="report_reviewed", text=_("Reviewed"))
def review(report: Report, *, comment: str, by: User, now: datetime) -> str:
    """The lead has read it and answers with guidance.

    Raises: PolicyBroken beside `comment`.
    """
    words = _("Say something to it: what was good, what comes next, what to do otherwise.")
    require(unless(not signs(comment), words, clause=policy.REVIEW), field="comment")
    report.reviewed_by, report.reviewed_at, report.comment = by, now, comment.strip()
    obligations.meet(clocks.REPORT_REVIEW, report, by=by, at=now)
    notifications.tell(
        [report.person],
        REVIEWED,
        key=f"report:{report.pk}:reviewed",
        now=now,
        subject=report,
        by=str(by),
        period=report.period,
        words=report.comment,
    )
    return report.comment


def acknowledge_many(
    reports: Iterable[Report], *, comment: str, by: User, now: datetime
) -> list[tuple[Report, Verdict | None]]:
    """The same plain words to several, each in its own transaction; a refusal for each that could not be.

    Raises: PolicyBroken beside `comment`.
    """
    require(unless(not signs(comment), _("Say something to them."), clause=policy.REVIEW), field="comment")
    results: list[tuple[Report, Verdict | None]] = []
    for report in reports:
        try:
            review(report, comment=comment, by=by, now=now)
            results.append((report, None))
        except Refused as refused:
            results.append((report, refused.verdict))
    return results


# --- Rhythm (3.3.1) -----------------------------------------------------------------------------------


@transaction.atomic
def set_rhythm(assignment: Assignment, *, rhythm: str, valid_from: date, by: User, now: datetime) -> ReportRhythm:
    """How often somebody reports from a Monday on, or from the first day of a posting that lies ahead.

    Raises: NotAllowed; PolicyBroken beside `rhythm` or `valid_from`.
    """
    lock(assignment)
    require(access.may_set_rhythm(by, assignment), NotAllowed)
    today = now.astimezone(assignment.site.zone).date()
    findings = Findings(clause=policy.REGULAR)
    findings.check(unless(rhythm not in Rhythm.values, _("Choose one of the rhythms.")), "rhythm")
    findings.check(policy.begins_a_week(valid_from, assignment.since, today), "valid_from")
    last = assignment.last_day
    over = last is not None and valid_from > last
    findings.check(unless(over, _("The posting ends before that day."), clause=policy.REGULAR), "valid_from")
    findings.require()
    row, _fresh = ReportRhythm.objects.update_or_create(
        assignment=assignment, valid_from=valid_from, defaults={"rhythm": rhythm, "set_by": by, "set_at": now}
    )
    record(assignment, RHYTHM_SET, by=by, now=now, note=str(row.get_rhythm_display()), valid_from=str(valid_from))
    clocks.change_rhythm(assignment, valid_from, by=by, now=now)
    return row
