"""Everybody's work is assessed regularly (3.5.1), by three indicators (3.5.2); who falls short is heard (3.5.3)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.communication.models import ClientRequest, Problem
from apps.core import obligations, parameters
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel.actions.places import update_site
from apps.personnel.coverage import uncovered
from apps.personnel.models import Assignment
from apps.personnel.story import story_of
from apps.personnel.tests.factories import AssignmentFactory, SiteFactory, UserFactory, hand_over_and_end
from apps.workplans.actions import quality as actions
from apps.workplans.actions import tasks
from apps.workplans.models import Plan, QualityAssessment, QualityCase, Step, Task
from apps.workplans.obligations import quality as clocks
from apps.workplans.obligations import tasks as task_clocks
from apps.workplans.obligations.quality import (
    QUALITY_ASSESSMENT,
    QUALITY_CASE,
    QUALITY_FOLLOW_UP,
    QUALITY_STATEMENT,
    plan_assessments,
)
from apps.workplans.policy import quality as policy
from apps.workplans.quality_figures import completion, satisfaction
from apps.workplans.tests.factories import TaskFactory, plan_for
from apps.workplans.tests.test_problems import report_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
MORNING = datetime(2026, 12, 2, 9, tzinfo=SHANGHAI)  # a Wednesday
DAY = timedelta(days=1)
HOSTILE = "<script>alert(1)</script> 📊 عربي 说明"
Status, Decision = QualityCase.Status, QualityCase.Decision


@pytest.fixture
def assignment(site):
    """`staff` was at the site all November."""
    return AssignmentFactory(site=site, person=UserFactory(name="Staff Chen"), since=date(2026, 9, 1))


@pytest.fixture
def sample(assignment):
    return report_of(assignment, now=datetime(2026, 11, 18, 12, tzinfo=SHANGHAI))


def due(site, owner, day, *, delivered=None, **given):
    """A task due on a day in November; delivered: on which day."""
    task = TaskFactory(site=site, owner=owner, begins_on=date(2026, 10, 1), due_on=date(2026, 11, day), **given)
    if delivered:
        plan = plan_for(task)
        plan.steps.update(responsible=site.lead)  # somebody else's, so that only the task counts
        Plan.objects.filter(pk=plan.pk).update(status="approved", submitted_at=MORNING)
        moment = datetime.combine(delivered, datetime.min.time(), SHANGHAI) + timedelta(hours=20)
        Task.objects.filter(pk=task.pk).update(
            status="delivered", started_at=moment, delivered_at=moment, outcome="Here it is"
        )
        task.refresh_from_db()
    return task


def assess(assignment, by, sample, now=MORNING, **changes):
    given = {"month": NOVEMBER, "results": 4, "results_reason": "Clear figures", "reports": [sample]} | changes
    return actions.assess(assignment, by=by, now=now, **given)


@pytest.fixture
def case(assignment, lead, sample):
    """Work in November was below standard."""
    return assess(assignment, lead, sample, results=2).case


def promises(which=QUALITY_ASSESSMENT):
    return Obligation.objects.kind(which)


def set_number(key, value, since=date(2026, 1, 1)):
    now = datetime(2026, 1, 1, tzinfo=SHANGHAI)
    parameters.Parameter.objects.create(key=key, value=value, valid_from=since, set_at=now)


# --- The promise (3.5.1) ------------------------------------------------------------------------------


@pytest.mark.clause("3.5.1")
def test_once_a_month_is_over_the_lead_owes_an_assessment_of_everybody(assignment, site, staff, lead):
    short = AssignmentFactory(site=site, person=UserFactory(), since=date(2026, 11, 23))  # six working days
    before = datetime(2026, 11, 30, 23, 59, tzinfo=SHANGHAI)
    plan_assessments(before)
    assert not promises().filter(period="2026-11").exists()

    plan_assessments(before + timedelta(minutes=2))

    promise = promises().get(period="2026-11")
    assert (promise.subject, promise.owner, promise.person) == (assignment, lead, staff)
    assert promise.due_at.astimezone(SHANGHAI) == datetime(2026, 12, 7, 23, 59, 59, 999999, tzinfo=SHANGHAI)
    assert not promises().about(short).exists()
    assert plan_assessments(MORNING) == 0


@pytest.mark.clause("3.5.1")
def test_opened_after_its_day_it_is_not_late_at_once(assignment):
    plan_assessments(datetime(2026, 12, 20, 9, tzinfo=SHANGHAI))

    assert promises().get().due_at.astimezone(SHANGHAI).date() == date(2026, 12, 27)


@pytest.mark.clause("3.5.1")
def test_late_it_goes_to_who_owes_it_and_to_the_head(assignment, lead, head):
    plan_assessments(MORNING)

    obligations.sweep(now=datetime(2026, 12, 8, 0, 1, tzinfo=SHANGHAI))

    told = {note.person for note in Notification.objects.filter(kind="obligation_breach", context__clause="3.5.1")}
    assert told == {lead, head}


@pytest.mark.clause("3.5.1")
def test_nobody_owes_their_own(site, lead, head, deputy):
    own = AssignmentFactory(site=site, person=lead, since=date(2026, 9, 1))
    plan_assessments(MORNING)
    assert promises().about(own).get(period="2026-11").owner == deputy

    site.deputy = None
    site.save()
    rows = promises().about(own)
    rows.update(owner=lead)
    plan_assessments(MORNING)

    assert rows.get(period="2026-11").owner == head


@pytest.mark.clause("3.5.1")
def test_planning_is_safe_to_repeat_over_the_end_of_a_year_and_after_an_outage(assignment):
    plan_assessments(datetime(2026, 12, 1, 0, 5, tzinfo=SHANGHAI))
    plan_assessments(datetime(2027, 1, 1, 0, 5, tzinfo=SHANGHAI))
    plan_assessments(datetime(2027, 1, 1, 0, 6, tzinfo=SHANGHAI))
    plan_assessments(datetime(2027, 4, 2, tzinfo=SHANGHAI))  # nobody planned in February and March

    assert list(promises().order_by("period").values_list("period", flat=True)) == [
        "2026-11", "2026-12", "2027-01", "2027-02", "2027-03",
    ]  # fmt: skip
    december = promises().get(period="2026-12")
    assert december.opened_at.astimezone(SHANGHAI).date() == date(2026, 12, 31)
    assert december.due_at.astimezone(SHANGHAI).date() == date(2027, 1, 7)


@pytest.mark.clause("3.5.1")
@pytest.mark.django_db
def test_a_month_ends_on_the_sites_own_clock():
    west = AssignmentFactory(site=SiteFactory(time_zone="America/Los_Angeles", country="US"), since=date(2026, 9, 1))
    east = AssignmentFactory(site=SiteFactory(time_zone="Asia/Tokyo", country="JP"), since=date(2026, 9, 1))
    plan_assessments(datetime(2026, 11, 1, 20, tzinfo=SHANGHAI))

    plan_assessments(datetime(2026, 12, 1, 1, tzinfo=ZoneInfo("Asia/Tokyo")))
    assert [row.subject for row in promises().filter(period="2026-11")] == [east]
    plan_assessments(datetime(2026, 12, 1, 1, tzinfo=ZoneInfo("America/Los_Angeles")))

    assert {row.subject for row in promises().filter(period="2026-11")} == {east, west}


@pytest.mark.clause("3.5.1")
@pytest.mark.parametrize(("a_year", "months"), [(12, 1), (7, 1), (6, 2), (5, 2), (4, 3), (3, 4), (2, 6), (1, 12)])
def test_so_many_a_year_means_a_period_of_so_many_months(a_year, months):
    assert policy.months_of_a_period(a_year) == months
    assert sum(policy.ends_period(date(2026, month, 1), months) for month in range(1, 13)) >= a_year


@pytest.mark.clause("3.5.1")
def test_quarterly_assessments_cover_three_months(assignment, lead, sample):
    set_number("quality_assessments_per_year", 4)
    plan_assessments(MORNING)
    assert [row.period for row in promises()] == ["2026-09"]
    plan_assessments(datetime(2027, 1, 2, tzinfo=SHANGHAI))

    with pytest.raises(PolicyBroken) as refused:
        assess(assignment, lead, sample)
    assert set(refused.value.fields) == {"month"}
    given = assess(assignment, lead, sample, month=DECEMBER, now=datetime(2027, 1, 3, tzinfo=SHANGHAI))

    assert (given.months, given.first_day, given.last_day) == (3, date(2026, 10, 1), date(2026, 12, 31))
    assert promises().get(period="2026-12").status == "met"


@pytest.mark.clause("1.2")
def test_whoever_lacks_the_promise_is_listed_until_the_planner_comes(assignment):
    def lacking():
        found = {cover.kind.key: list(rows) for cover, rows in uncovered(Assignment.objects.all(), MORNING)}
        return found["quality_assessment"]

    assert lacking() == [assignment]
    plan_assessments(MORNING)
    assert lacking() == []


@pytest.mark.clause("3.5.1")
def test_who_left_early_is_no_longer_owed_one_and_back_again_is(assignment):
    plan_assessments(MORNING)
    Assignment.objects.filter(pk=assignment.pk).update(planned_to=date(2026, 11, 9))
    plan_assessments(MORNING)
    assert promises().get().status == "dropped"

    Assignment.objects.filter(pk=assignment.pk).update(planned_to=None)
    plan_assessments(MORNING)

    assert promises().get().status == "open"


@pytest.mark.clause("3.5.1")
def test_a_new_lead_owes_what_the_last_one_owed(case, site, lead, hr):
    AssignmentFactory(site=site, person=UserFactory(), since=date(2026, 9, 1))
    plan_assessments(MORNING)
    new = UserFactory(name="New lead")

    update_site(site, lead=new, by=hr, now=MORNING)

    owners = Obligation.objects.kind(QUALITY_ASSESSMENT, QUALITY_CASE).open().values_list("kind", "owner")
    assert set(owners) == {("quality_assessment", new.pk), ("quality_case", new.pk)}


@pytest.mark.clause("2.2.2c")
def test_a_statement_is_nobody_elses_when_the_person_leaves(case, assignment, lead, head):
    hand_over_and_end(assignment, ended_on=MORNING.date(), now=MORNING)

    assert promises(QUALITY_STATEMENT).get().status == "dropped"
    assert promises(QUALITY_CASE).get().status == "open"


@pytest.mark.clause("3.5.1")
def test_it_is_handed_only_to_somebody_who_may_judge(assignment, site, staff, lead, deputy):
    plan_assessments(MORNING)
    colleague = AssignmentFactory(site=site, person=UserFactory(), since=date(2026, 11, 25)).person

    for to in (colleague, staff):
        with pytest.raises(PolicyBroken):
            obligations.reassign(promises().get(), to=to, by=lead, now=MORNING, reason="Please")
    obligations.reassign(promises().get(), to=deputy, by=lead, now=MORNING, reason="On leave")

    assert promises().get().owner == deputy


# --- The three indicators (3.5.2) ---------------------------------------------------------------------


@pytest.mark.clause("3.5.2")
def test_a_task_whose_day_went_by_counts_in_its_month_though_it_was_put_off(assignment, site, lead):
    """Else the lead could make a month look better after it."""
    task = due(site, assignment.person, 12)
    task_clocks.deliver_by(task, now=datetime(2026, 10, 1, tzinfo=SHANGHAI))
    at = datetime(2026, 11, 20, 9, tzinfo=SHANGHAI)
    tasks.change(task, due_on=date(2026, 12, 20), reason="The hall is closed", confirm_load=True, by=lead, now=at)

    month = policy.Period(NOVEMBER, 1)
    assert completion(assignment, month, MORNING) == (0, {"in_time": {}, "late": {"task": [task.pk]}, "open": {}})


@pytest.mark.clause("3.5.2")
def test_completion_is_the_share_done_by_its_day_and_opens_its_records(assignment, site, staff, lead):
    first = due(site, staff, 10, delivered=date(2026, 11, 10))
    late = due(site, staff, 12, delivered=date(2026, 11, 13))
    never = due(site, staff, 20)
    planned = due(site, lead, 30)  # the lead's task, with steps of the person
    plan = plan_for(planned, "Measure", "Write")
    measure, write = plan.steps.all()
    Step.objects.filter(plan=plan).update(responsible=staff)
    moment = datetime(2026, 11, 14, 8, tzinfo=SHANGHAI)
    Step.objects.filter(pk=measure.pk).update(begins_on=date(2026, 11, 11), due_on=date(2026, 11, 15))
    Step.objects.filter(pk=write.pk).update(begins_on=date(2026, 11, 16), due_on=date(2026, 11, 30))
    Plan.objects.filter(pk=plan.pk).update(status="approved", submitted_at=moment)
    Step.objects.filter(pk=measure.pk).update(percent=100, done_at=moment)
    due(site, staff, 15, status="cancelled")
    due(site, lead, 15)
    TaskFactory(site=site, owner=staff, begins_on=date(2026, 11, 1), due_on=date(2026, 12, 1))

    percent, basis = completion(assignment, policy.Period(NOVEMBER, 1), MORNING)

    assert percent == 40
    assert basis == {
        "in_time": {"task": [first.pk], "step": [measure.pk]},
        "late": {"task": [late.pk]},
        "open": {"task": [never.pk], "step": [write.pk]},
    }


@pytest.mark.clause("3.5.2")
def test_satisfaction_is_the_share_of_good_signs(assignment, site, staff, contact, lead):
    accepted = due(site, staff, 5, delivered=date(2026, 11, 5))
    inside = datetime(2026, 11, 30, 23, 59, tzinfo=SHANGHAI)
    Task.objects.filter(pk=accepted.pk).update(
        status="accepted", client_contact=contact, accepted_by=lead, closed_at=inside, verdict="Fine"
    )
    given = {"site": site, "contact": contact, "owner": staff, "logged_by": staff, "received_at": inside - 20 * DAY}
    kept = ClientRequest.objects.create(
        title="A", status="done", agreed_due_at=inside, closed_at=inside - DAY, outcome="Done", **given
    )
    broken = ClientRequest.objects.create(
        title="B", status="done", agreed_due_at=inside - 5 * DAY, closed_at=inside, outcome="Done", **given
    )
    overdue = ClientRequest.objects.create(title="C", status="accepted", agreed_due_at=inside - DAY, **given)
    complaint = Problem.objects.create(
        kind="complaint", site=site, title="Loud", detail="Loud", raised_by=lead, raised_at=inside
    )
    Problem.objects.create(kind="major", site=site, title="X", detail="X", raised_by=lead, raised_at=inside)
    Problem.objects.create(
        kind="complaint", site=site, title="Later", detail="L", raised_by=lead, raised_at=inside + timedelta(minutes=2)
    )

    percent, basis = satisfaction(assignment, policy.Period(NOVEMBER, 1), MORNING)

    assert percent == 40
    assert basis == {
        "good": {"task": [accepted.pk], "request": [kept.pk]},
        "bad": {"request": [broken.pk, overdue.pk], "problem": [complaint.pk]},
    }


@pytest.mark.clause("3.5.2")
def test_no_data_is_said_and_never_counts_as_below(assignment, lead, sample):
    given = assess(assignment, lead, sample, results=3)

    assert (given.completion, given.satisfaction, given.below) == (None, None, False)
    assert not QualityCase.objects.exists()


@pytest.mark.clause("3.5.2")
@pytest.mark.parametrize(
    ("figures", "below"),
    [((80, 3, 60), False), ((79, 5, 100), True), ((100, 2, 100), True), ((100, 5, 59), True), ((None, 3, None), False)],
)
def test_below_standard_is_one_of_the_three_below_its_own(figures, below):
    standards = {"completion": 80, "results": 3, "satisfaction": 60}

    assert policy.short(*figures, standards) is below


@pytest.mark.clause("3.5.3")
def test_the_standard_of_the_month_counts_not_todays(assignment, site, staff, lead, sample):
    due(site, staff, 10, delivered=date(2026, 11, 10))
    due(site, staff, 20)
    set_number("quality_completion_min", 50)
    set_number("quality_completion_min", 90, since=date(2026, 12, 1))

    given = assess(assignment, lead, sample)

    assert (given.completion, given.standards["completion"], given.below) == (50, 50, False)


@pytest.mark.clause("3.5.2")
def test_quality_is_judged_with_a_reason_and_samples_of_this_person(assignment, site, lead, sample, other_site):
    foreign = report_of(AssignmentFactory(site=site, person=UserFactory(), since=date(2026, 9, 1)))
    others = due(site, lead, 10)

    wrong = {"results": 6, "results_reason": " ", "reports": [foreign], "tasks": [others]}
    with pytest.raises(PolicyBroken) as refused:
        assess(assignment, lead, sample, **wrong)
    assert set(refused.value.fields) == {"results", "results_reason", "tasks", "reports"}
    with pytest.raises(PolicyBroken) as refused:
        assess(assignment, lead, sample, reports=[])
    assert set(refused.value.fields) == {"tasks"}
    assert not QualityAssessment.objects.exists()


@pytest.mark.clause("3.5.1")
def test_a_month_that_is_not_over_or_without_the_person_is_not_assessed(assignment, lead, sample):
    for month, now in ((DECEMBER, MORNING), (date(2026, 8, 1), MORNING)):
        with pytest.raises(PolicyBroken) as refused:
            assess(assignment, lead, sample, month=month, now=now)
        assert "month" in refused.value.fields


@pytest.mark.clause("3.5.1")
def test_giving_it_keeps_the_promise_and_tells_the_person(assignment, staff, lead, sample):
    given = assess(assignment, lead, sample)  # before the planner came by

    assert promises().get(period="2026-11").status == "met"
    assert [note.person for note in Notification.objects.filter(kind="quality_assessed")] == [staff]
    assert list(Event.objects.about(given).values_list("verb", flat=True)) == ["quality_assessed"]
    assert plan_assessments(MORNING) == 0


@pytest.mark.clause("3.5.1")
def test_lead_deputy_and_head_assess_nobody_else_and_never_themselves(
    site, assignment, staff, deputy, head, hr, executive, stranger, sample, lead
):
    for by in (staff, hr, executive, stranger):
        with pytest.raises(NotAllowed):
            assess(assignment, by, sample)
    own = AssignmentFactory(site=site, person=deputy, since=date(2026, 9, 1))
    with pytest.raises(NotAllowed):
        assess(own, deputy, report_of(own))
    others = AssignmentFactory(site=site, person=UserFactory(), since=date(2026, 9, 1))

    assert assess(assignment, deputy, sample).assessed_by == deputy
    assert assess(others, head, report_of(others)).assessed_by == head


@pytest.mark.clause("3.5.1")
def test_there_is_one_a_month(assignment, lead, deputy, sample):
    assess(assignment, lead, sample)

    with pytest.raises(WrongState) as refused:
        assess(assignment, deputy, sample)

    assert lead.name in str(refused.value)


@pytest.mark.clause("3.5.1")
@pytest.mark.django_db(transaction=True)
def test_two_leads_who_assess_at_once_give_one(assignment, lead, deputy, sample):
    together = Barrier(2)

    def give(by):
        try:
            together.wait()
            assess(Assignment.objects.get(pk=assignment.pk), by, sample, results=2)
        except WrongState as refused:
            return str(refused)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(give, (lead, deputy)))

    assert answers[0] == ""
    assert "has assessed this month already" in answers[1]
    assert (QualityAssessment.objects.count(), QualityCase.objects.count()) == (1, 1)


@pytest.mark.clause("3.5.2")
def test_the_database_keeps_what_was_given(assignment, lead, staff, sample):
    given = assess(assignment, lead, sample)

    for change in (
        lambda: QualityAssessment.objects.filter(pk=given.pk).update(results=5),
        lambda: QualityAssessment.objects.filter(pk=given.pk).delete(),
        lambda: QualityAssessment.objects.create(
            assignment=assignment, month=date(2026, 10, 1), results=5, results_reason="Fine", samples=[["task", 1]],
            below=False, assessed_by=staff, assessed_at=MORNING,
        ),
    ):  # fmt: skip
        with pytest.raises(InternalError), transaction.atomic():
            change()
    with pytest.raises(IntegrityError), transaction.atomic():
        QualityAssessment.objects.create(
            assignment=assignment, month=NOVEMBER, results=5, results_reason="Fine", samples=[["task", 1]],
            below=False, assessed_by=lead, assessed_at=MORNING,
        )  # fmt: skip
    assert QualityAssessment.objects.get().results == 4


# --- Below standard (3.5.3) ---------------------------------------------------------------------------


@pytest.mark.clause("3.5.3")
def test_below_standard_opens_a_case_by_itself_and_everybody_concerned_is_told(case, staff, lead, head, site):
    assert (case.status, case.statement_due_at.astimezone(SHANGHAI).date()) == (Status.OPEN, date(2026, 12, 7))
    assert [note.person for note in Notification.objects.filter(kind="quality_case_opened")] == [staff]
    assert [note.person for note in Notification.objects.filter(kind="quality_case_to_decide")] == [head]
    assert promises(QUALITY_STATEMENT).get().owner == staff
    decide = promises(QUALITY_CASE).get()
    assert (decide.owner, decide.due_at.astimezone(SHANGHAI).date()) == (lead, date(2026, 12, 12))


@pytest.mark.clause("3.5.3")
def test_the_person_is_heard_before_anything_is_decided(case, staff, lead):
    words = {"decision": Decision.COACHING, "reason": "Pairing", "follow_up_on": date(2027, 1, 15)}
    with pytest.raises(PolicyBroken):
        actions.decide(case, **words, by=lead, now=MORNING + DAY)
    with pytest.raises(NotAllowed):
        actions.state(case, statement="For them", by=lead, now=MORNING)
    with pytest.raises(PolicyBroken) as refused:
        actions.state(case, statement=" ", by=staff, now=MORNING)
    assert set(refused.value.fields) == {"statement"}

    actions.state(case, statement="The server was down", by=staff, now=MORNING + DAY)
    with pytest.raises(WrongState):
        actions.state(case, statement="Another", by=staff, now=MORNING + DAY)
    actions.decide(case, **words, by=lead, now=MORNING + DAY)

    assert (case.status, case.statement, promises(QUALITY_STATEMENT).get().status) == (
        Status.DECIDED, "The server was down", "met",
    )  # fmt: skip
    assert promises(QUALITY_CASE).get().status == "met"
    follow = promises(QUALITY_FOLLOW_UP).get()
    assert (follow.owner, follow.due_at.astimezone(SHANGHAI).date()) == (lead, date(2027, 1, 15))
    assert [note.person for note in Notification.objects.filter(kind="quality_case_decided")] == [staff]


@pytest.mark.clause("3.5.3")
def test_without_a_statement_it_is_decided_when_its_time_is_over(case, lead):
    words = {"decision": Decision.WAIVED, "reason": "A first month"}

    with pytest.raises(PolicyBroken):
        actions.decide(case, **words, by=lead, now=case.statement_due_at)
    actions.decide(case, **words, by=lead, now=case.statement_due_at + timedelta(seconds=1))

    assert (case.status, case.follow_up_on) == (Status.WAIVED, None)
    assert promises(QUALITY_STATEMENT).get().status == "dropped"
    assert not promises(QUALITY_FOLLOW_UP).exists()


@pytest.mark.clause("3.5.3")
def test_a_deduction_or_a_transfer_is_the_heads(case, staff, lead, deputy, head, hr, executive):
    actions.state(case, statement="It was hard", by=staff, now=MORNING)
    words = {"reason": "Twice already", "follow_up_on": date(2027, 1, 15)}
    for decision in QualityCase.GRAVE:
        for by in (lead, deputy, staff, hr, executive):
            with pytest.raises(NotAllowed):
                actions.decide(case, decision=decision, **words, by=by, now=MORNING)

    actions.decide(case, decision=Decision.DEDUCTION, **words, by=head, now=MORNING)

    assert (case.decision, case.decided_by) == (Decision.DEDUCTION, head)


@pytest.mark.clause("3.5.3")
def test_nobody_decides_about_themselves_not_even_the_head(site, head, lead):
    own = AssignmentFactory(site=site, person=head, since=date(2026, 9, 1))
    case = assess(own, lead, report_of(own), results=1).case
    actions.state(case, statement="Well", by=head, now=MORNING)

    with pytest.raises(NotAllowed):
        actions.decide(case, decision=Decision.WAIVED, reason="Fine", by=head, now=MORNING)
    with pytest.raises(InternalError), transaction.atomic():
        QualityCase.objects.filter(pk=case.pk).update(
            status="waived", decision="waived", decision_reason="Fine", decided_by=head, decided_at=MORNING
        )


@pytest.mark.clause("3.5.3")
def test_a_decision_needs_a_reason_and_a_day_to_look_again(case, staff, lead):
    actions.state(case, statement="It was hard", by=staff, now=MORNING)
    for changes, field in (
        ({"reason": " "}, "reason"),
        ({"follow_up_on": None}, "follow_up_on"),
        ({"follow_up_on": MORNING.date()}, "follow_up_on"),
        ({"follow_up_on": date(2036, 1, 1)}, "follow_up_on"),
        ({"decision": "praise"}, "decision"),
        ({"decision": Decision.WAIVED}, "follow_up_on"),
    ):
        words = {"decision": Decision.COACHING, "reason": "Pairing", "follow_up_on": date(2027, 1, 15)} | changes
        with pytest.raises(PolicyBroken) as refused:
            actions.decide(case, **words, by=lead, now=MORNING)
        assert set(refused.value.fields) == {field}


@pytest.mark.clause("3.5.3")
def test_what_was_decided_is_followed_up_and_then_closed(case, staff, lead):
    actions.state(case, statement="It was hard", by=staff, now=MORNING)
    actions.decide(
        case, decision=Decision.COACHING, reason="Pairing", follow_up_on=date(2027, 1, 15), by=lead, now=MORNING
    )
    with pytest.raises(NotAllowed):
        actions.follow_up(case, result="All well", by=staff, now=MORNING)
    with pytest.raises(PolicyBroken):
        actions.follow_up(case, result=" ", by=lead, now=MORNING)

    actions.follow_up(case, result="Two clean weeks", by=lead, now=MORNING + 40 * DAY)

    assert (case.status, promises(QUALITY_FOLLOW_UP).get().status) == (Status.CLOSED, "met")
    verbs = list(
        Event.objects.about(case).filter(verb__startswith="quality").order_by("pk").values_list("verb", flat=True)
    )
    assert verbs == [
        "quality_case_opened", "quality_case_stated", "quality_case_decided", "quality_case_followed_up",
    ]  # fmt: skip


@pytest.mark.clause("3.5.3")
def test_an_undecided_case_goes_to_the_head(case, lead, head):
    obligations.sweep(now=promises(QUALITY_CASE).get().due_at + timedelta(minutes=1))

    found = Notification.objects.filter(kind="obligation_breach", url=case.get_absolute_url())
    assert {note.person for note in found} >= {lead, head}


@pytest.mark.clause("3.5.3")
def test_the_database_keeps_statement_and_decision(case, staff, lead):
    actions.state(case, statement="It was hard", by=staff, now=MORNING)
    actions.decide(case, decision=Decision.WAIVED, reason="A first month", by=lead, now=MORNING)

    for change in ({"statement": "Other"}, {"decision_reason": "Other"}, {"decision": "coaching"}):
        with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
            QualityCase.objects.filter(pk=case.pk).update(**change)


# --- Pages --------------------------------------------------------------------------------------------


@pytest.fixture
def frozen_december(monkeypatch):
    """Pages are opened on the morning of 2 December 2026."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: MORNING)


def test_the_overview_shows_each_month_what_is_missing_and_what_is_below(case, site, lead, signed_in, frozen_december):
    missing = AssignmentFactory(site=site, person=UserFactory(name="Missing Min"), since=date(2026, 9, 1))
    plan_assessments(MORNING)
    browser = signed_in(lead)

    page = browser.get(reverse("quality")).content.decode()
    assert case.assessment.get_absolute_url() in page
    assert f"{reverse('assignment_assess', args=[missing.pk])}?month=2026-11" in page

    def people(**wanted):
        return [row.record.person.name for row in browser.get(reverse("quality"), wanted).context["table"].rows]

    assert people() == ["Missing Min", "Staff Chen"]
    assert people(state="missing") == ["Missing Min"]
    assert people(state="below") == ["Staff Chen"]
    assert people(q="chen") == ["Staff Chen"]
    assert people(until="2026-10", state="below") == []
    sheet = browser.get(reverse("quality"), {"export": "csv", "state": "below"})
    text = b"".join(sheet.streaming_content if sheet.streaming else [sheet.content]).decode()
    assert "– / 2 / –" in text
    assert "Missing Min" not in text


def test_an_assessment_is_given_on_the_page_with_the_figures_above_it(
    assignment, site, staff, lead, sample, signed_in, frozen_december
):
    task = due(site, staff, 10, delivered=date(2026, 11, 10))
    plan_assessments(MORNING)
    browser, address = signed_in(lead), reverse("assignment_assess", args=[assignment.pk])
    bare = browser.get(address)
    assert bare.url == f"{address}?month=2026-11"
    address = bare.url

    opened = browser.get(address)
    assert opened.context["figures"]["completion"]["value"] == 100
    assert task.title in opened.content.decode()
    given = {"key": opened.context["form"]["key"].value(), "results": 2, "results_reason": HOSTILE}
    refused = browser.post(address, given)
    assert refused.status_code == 422
    assert "tasks" in refused.context["form"].errors
    assert "📊 عربي 说明" in refused.content.decode()
    given |= {"tasks": [task.pk], "reports": [sample.pk]}
    first, second = browser.post(address, given), browser.post(address, given)

    assessment = QualityAssessment.objects.get()
    assert first.url == second.url == assessment.get_absolute_url()
    again = browser.post(address, given | {"results_reason": "Other words"})
    assert "has assessed this month already" in again.content.decode()
    assert "Other words" in again.content.decode()
    assert (assessment.samples, assessment.below) == ([["task", task.pk], ["report", sample.pk]], True)
    page = browser.get(assessment.get_absolute_url()).content.decode()
    assert "<script>alert" not in page
    assert task.title in page
    assert browser.get(address).status_code == 409


def test_the_case_goes_its_way_over_pages(case, staff, lead, head, signed_in, frozen_december):
    address = case.get_absolute_url()
    own = signed_in(staff)
    assert reverse("quality_case_state", args=[case.pk]) in own.get(address).content.decode()
    assert case.get_absolute_url() in own.get(reverse("quality_mine")).content.decode()

    own.post(reverse("quality_case_state", args=[case.pk]), {"statement": HOSTILE})
    decide = reverse("quality_case_decide", args=[case.pk])
    choices = [value for value, _label in signed_in(lead).get(decide).context["form"].fields["decision"].choices]
    assert choices == ["coaching", "waived"]
    page = signed_in(head).get(decide)
    assert "📊 عربي 说明" in page.content.decode()
    signed_in(head).post(decide, {"decision": "transfer", "reason": "Better fit", "follow_up_on": "2027-01-15"})
    signed_in(lead).post(reverse("quality_case_follow_up", args=[case.pk]), {"result": "Settled in"})

    case.refresh_from_db()
    assert (case.decision, case.status) == ("transfer", Status.CLOSED)
    page = own.get(address).content.decode()
    assert "<script>alert" not in page
    assert "Settled in" in page


def test_who_sees_how_somebody_was_judged(
    case, site, staff, lead, head, hr, executive, stranger, finance, administrator, signed_in
):
    colleague = AssignmentFactory(site=site, person=UserFactory(), since=date(2026, 9, 1)).person
    pages = [case.get_absolute_url(), case.assessment.get_absolute_url()]

    def codes(user, *addresses):
        return [signed_in(user).get(address).status_code for address in addresses]

    assert [codes(one, *pages) for one in (staff, lead, head, hr, executive)] == [[200, 200]] * 5
    assert [codes(one, *pages) for one in (stranger, colleague, finance, administrator)] == [[404, 404]] * 4
    lists = [reverse(name) for name in ("quality", "quality_assessments", "quality_cases")]
    assert [codes(one, *lists) for one in (lead, head, hr, executive)] == [[200] * 3] * 4
    assert codes(staff, *lists) == [403, 200, 200]
    assert [codes(one, *lists) for one in (finance, administrator)] == [[403] * 3] * 2
    assert "Staff Chen" not in signed_in(colleague).get(lists[1]).content.decode()
    form = reverse("assignment_assess", args=[case.assignment.pk])
    assert [codes(one, form) for one in (staff, hr, executive)] == [[403]] * 3
    assert [codes(one, form) for one in (stranger, colleague, finance, administrator)] == [[404]] * 4
    decide = reverse("quality_case_decide", args=[case.pk])
    assert [codes(one, decide) for one in (lead, head, hr, executive, staff)] == [[200], [200], [403], [403], [403]]


def test_person_page_home_and_story_tell_only_those_who_may_know(
    case, site, staff, lead, hr, finance, signed_in, frozen_december
):
    address = case.assessment.get_absolute_url()

    assert address in signed_in(lead).get(staff.get_absolute_url()).content.decode()
    assert address not in signed_in(finance).get(staff.get_absolute_url()).content.decode()
    assert case.get_absolute_url() in signed_in(lead).get("/").content.decode()
    assert any(one.url == address for one in story_of(staff, reader=hr))
    assert not any(one.url == address for one in story_of(staff, reader=finance))
    badges = {
        place["name"]: place["badge"]
        for group in signed_in(staff).get("/").context["menu"]
        for place in group["places"]
    }
    assert badges["quality_mine"] == 1


def queries(browser, address) -> int:
    browser.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(address).status_code == 200
    return len(asked)


def test_lists_of_many_ask_no_more_than_lists_of_one(case, site, lead, signed_in, frozen_december):
    browser = signed_in(lead)
    AssignmentFactory(site=site, person=UserFactory(), since=date(2026, 9, 1))
    plan_assessments(MORNING)
    names = ("quality", "quality_assessments", "quality_cases")
    one = {name: queries(browser, reverse(name)) for name in names}

    for number in range(4):
        more = AssignmentFactory(site=site, person=UserFactory(), since=date(2026, 9, 1))
        if number:
            assess(more, lead, report_of(more), results=1)
    plan_assessments(MORNING)

    assert {name: queries(browser, reverse(name)) for name in names} == one


def test_planning_for_many_asks_no_more_than_for_one(assignment, site):
    def counted():
        with CaptureQueriesContext(connection) as asked:
            plan_assessments(MORNING)
        return len(asked)

    counted()
    Obligation.objects.kind(QUALITY_ASSESSMENT).update(status="dropped", next_alarm_at=None)
    AssignmentFactory(site=site, person=UserFactory(), since=date(2026, 9, 1))
    one = counted()
    Obligation.objects.kind(QUALITY_ASSESSMENT).update(status="dropped", next_alarm_at=None)
    for _number in range(4):
        AssignmentFactory(site=site, person=UserFactory(), since=date(2026, 9, 1))

    assert counted() == one


# --- API ----------------------------------------------------------------------------------------------


def test_assessments_and_cases_over_the_api(
    assignment, staff, lead, head, stranger, sample, signed_in, frozen_december
):
    browser = signed_in(lead)
    given = {
        "assignment": assignment.pk, "month": "2026-11-01", "results": 1, "results_reason": "Nothing works",
        "reports": [sample.pk],
    }  # fmt: skip

    made = browser.post("/api/v1/quality-assessments/", given, "application/json", headers={"Idempotency-Key": "a"})
    again = browser.post("/api/v1/quality-assessments/", given, "application/json", headers={"Idempotency-Key": "a"})
    twice = browser.post("/api/v1/quality-assessments/", given, "application/json")
    assert (made.status_code, twice.status_code) == (201, 409)
    assert made.json() == again.json()
    assert (made.json()["completion"], made.json()["below"], made.json()["samples"]) == (
        None, True, [["report", sample.pk]],
    )  # fmt: skip
    assert signed_in(staff).post("/api/v1/quality-assessments/", given, "application/json").status_code == 403
    assert signed_in(stranger).post("/api/v1/quality-assessments/", given, "application/json").status_code == 400

    case = QualityCase.objects.get()
    address = f"/api/v1/quality-cases/{case.pk}/"
    assert signed_in(stranger).get(address).status_code == 404
    stated = signed_in(staff).post(f"{address}state/", {"statement": "It was hard"}, "application/json")
    assert stated.json()["statement"] == "It was hard"
    words = {"decision": "deduction", "reason": "Twice", "follow_up_on": "2027-01-15"}
    assert browser.post(f"{address}decide/", words, "application/json").status_code == 403
    assert signed_in(head).post(f"{address}decide/", words, "application/json").json()["status"] == "decided"
    closed = browser.post(f"{address}follow-up/", {"result": "Better"}, "application/json")
    assert closed.json()["status"] == "closed"


def test_a_month_that_makes_no_sense_is_the_last_one(assignment, lead, signed_in, frozen_december):
    for words in ("2026-13", "x", "99999-01", "0001-01"):
        page = signed_in(lead).get(reverse("assignment_assess", args=[assignment.pk]), {"month": words})
        assert page.context["period"] == clocks.last_period(MORNING.date())
        assert signed_in(lead).get(reverse("quality"), {"until": words}).status_code == 200


def test_a_month_before_the_policy_began_is_refused_beside_it(assignment, lead, sample):
    for month in (date(1, 1, 1), date(1999, 5, 1)):
        with pytest.raises(PolicyBroken) as refused:
            actions.assess(
                assignment, month=month, results=3, results_reason="As expected", tasks=[sample], by=lead, now=MORNING
            )
        assert list(refused.value.fields) == ["month"]
