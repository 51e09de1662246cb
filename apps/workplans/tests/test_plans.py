"""Plans: complete, reviewed by the lead, never changed but by a new version (3.2.1, 3.2.2, 3.2.3)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core import approvals
from apps.core.approvals import Approval, Outcome
from apps.core.obligations import Obligation
from apps.core.verdicts import NotAllowed, PolicyBroken, Refused, WrongState
from apps.workplans.actions import plans, tasks
from apps.workplans.actions.plans import Line
from apps.workplans.models import Plan, Task
from apps.workplans.tests.factories import TaskFactory, plan_for, started

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(site, staff):
    return TaskFactory(site=site, owner=staff)


def refusal(call, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def line(task, number: int = 0, **changes) -> Line:
    first = task.begins_on + timedelta(days=number)
    return Line(**{"title": f"Step {number}", "begins_on": first, "due_on": first, "responsible": task.owner} | changes)


def written(task, staff, *lines: Line, goals: str = "Everything tested", **words) -> Plan:
    plan = plans.begin(task, by=staff, now=timezone.now())
    return plans.write(plan, goals=goals, steps=lines or [line(task)], by=staff, now=timezone.now(), **words)


def settled(plan: Plan, outcome: str, by, **words) -> Plan:
    signature = plans.review(plan, outcome, by=by, now=timezone.now(), **words)
    approvals.settle(now=signature.settles_at + timedelta(seconds=1))
    plan.refresh_from_db()
    return plan


def approved(task, staff, lead) -> Plan:
    return settled(plans.submit(written(task, staff), by=staff, now=timezone.now()), Outcome.APPROVED, lead)


@pytest.mark.clause("3.2.2")
def test_a_plan_without_goals_or_steps_is_not_sent(task, staff):
    plan = plans.begin(task, by=staff, now=timezone.now())

    assert sorted(refusal(plans.submit, plan, by=staff, now=timezone.now()).fields) == ["goals", "steps"]


@pytest.mark.clause("3.2.2")
def test_a_step_outside_the_task_is_refused_beside_it(task, staff):
    outside = line(task, due_on=task.due_on + timedelta(days=1))

    assert list(refusal(written, task, staff, line(task), outside).fields) == ["step-1"]


@pytest.mark.clause("3.2.2")
def test_the_database_keeps_no_step_outside_its_task(task, staff):
    plan = plan_for(task)
    with pytest.raises(InternalError, match="within its task"), transaction.atomic():
        plan.steps.update(due_on=task.due_on + timedelta(days=1))


@pytest.mark.clause("3.2.1")
def test_the_lead_reviews_and_the_clock_of_the_review_stops(task, staff, lead):
    plan = plans.submit(written(task, staff), by=staff, now=timezone.now())
    clock = Obligation.objects.get(kind="plan_review")
    assert (clock.owner, clock.status) == (lead, "open")

    settled(plan, Outcome.APPROVED, lead)

    clock.refresh_from_db()
    assert (plan.status, clock.status) == ("approved", "met")
    assert list(Obligation.objects.filter(kind="step_due").values_list("owner", "status")) == [(staff.pk, "open")]


@pytest.mark.clause("3.2.1")
def test_nobody_but_the_lead_reviews_and_nobody_their_own(task, staff, lead, hr, stranger):
    plan = plans.submit(written(task, staff), by=staff, now=timezone.now())

    for somebody in (staff, hr, stranger):
        refused = refusal(plans.review, plan, Outcome.APPROVED, by=somebody, now=timezone.now())
        assert isinstance(refused, NotAllowed)


@pytest.mark.clause("3.2.1")
def test_the_leads_own_plan_is_reviewed_by_the_head(site, lead, head):
    plan = plans.submit(written(TaskFactory(site=site, owner=lead), lead), by=lead, now=timezone.now())

    assert isinstance(refusal(plans.review, plan, Outcome.APPROVED, by=lead, now=timezone.now()), NotAllowed)
    assert settled(plan, Outcome.APPROVED, head).status == "approved"


@pytest.mark.clause("3.2.1")
def test_a_plan_under_review_does_not_change(task, staff):
    plan = plans.submit(written(task, staff), by=staff, now=timezone.now())

    refused = refusal(plans.write, plan, goals="Other", steps=[], by=staff, now=timezone.now())
    assert isinstance(refused, WrongState)
    assert "under review" in str(refused.verdict.reason)
    with pytest.raises(InternalError, match="new version"), transaction.atomic():
        plan.steps.update(title="Other")
    with pytest.raises(InternalError), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(goals="Other")


@pytest.mark.clause("3.2.1")
def test_returned_with_remarks_on_steps_the_next_version_begins_with_what_was_written(task, staff, lead):
    plan = plans.submit(written(task, staff, line(task), line(task, 1)), by=staff, now=timezone.now())
    second = plan.steps.last()

    settled(plan, Outcome.RETURNED, lead, of_steps={second.pk: "Too short"})
    assert (plan.status, plan.steps.last().remark) == ("returned", "Too short")

    after = plans.begin(task, by=staff, now=timezone.now())
    assert (after.version, after.goals, after.steps.count()) == (2, plan.goals, 2)
    assert [one.key for one in after.steps.all()] == [one.key for one in plan.steps.all()]
    assert list(refusal(plans.submit, after, by=staff, now=timezone.now()).fields) == ["change"]


@pytest.mark.clause("3.2.3")
def test_moving_dates_is_a_new_reviewed_version_and_the_old_one_counts_until_then(task, staff, lead):
    first = approved(task, staff, lead)
    tasks.start(task, by=staff, now=timezone.now())
    plans.move(first.steps.get(), percent=50, by=staff, now=timezone.now())
    later = line(task, 5, key=first.steps.get().key)

    second = plans.submit(
        written(task, staff, later, change="The client's room is closed"), by=staff, now=timezone.now()
    )
    assert tasks.plan_in_force(task) == first
    settled(second, Outcome.APPROVED, lead)

    assert tasks.plan_in_force(task) == second
    assert second.steps.get().percent == 50
    assert sorted(Obligation.objects.filter(kind="step_due").values_list("status", flat=True)) == ["dropped", "open"]


@pytest.mark.clause("3.2.3")
def test_a_step_that_is_done_stops_its_clock_and_one_that_is_not_after_all_runs_on(task, staff, lead):
    plan = approved(task, staff, lead)
    step = plan.steps.get()
    assert isinstance(refusal(plans.move, step, percent=10, by=staff, now=timezone.now()), WrongState)
    tasks.start(task, by=staff, now=timezone.now())

    plans.move(step, percent=100, by=staff, now=timezone.now())
    assert Obligation.objects.get(kind="step_due").status == "met"
    plans.move(step, percent=80, note="One case fails", by=staff, now=timezone.now())
    assert Obligation.objects.get(kind="step_due").status == "open"


@pytest.mark.clause("3.2.3")
def test_only_who_answers_for_a_step_or_owns_the_task_moves_it(site, staff, lead, stranger):
    step = started(TaskFactory(site=site, owner=staff)).plans.get().steps.first()

    for somebody in (lead, stranger):
        assert isinstance(refusal(plans.move, step, percent=10, by=somebody, now=timezone.now()), NotAllowed)


@pytest.mark.clause("3.2.2")
def test_the_lead_moves_no_task_away_from_its_steps(task, staff, lead):
    plan = approved(task, staff, lead)
    begins_on = plan.steps.get().begins_on + timedelta(days=3)

    refused = refusal(
        tasks.change,
        task,
        begins_on=begins_on,
        due_on=task.due_on,
        by=lead,
        now=timezone.now(),
    )

    assert list(refused.fields) == ["due_on"]


@pytest.mark.clause("3.2.1")
def test_withdrawn_it_may_be_written_again(task, staff, lead):
    plan = plans.submit(written(task, staff), by=staff, now=timezone.now())
    approvals.withdraw(Approval.objects.about(plan).open().get(), by=staff, now=timezone.now())

    plan.refresh_from_db()
    plans.write(plan, goals="Better", steps=[line(task)], by=staff, now=timezone.now())
    assert (plan.status, Obligation.objects.get(kind="plan_review").status) == ("draft", "dropped")
    assert plans.submit(plan, by=staff, now=timezone.now()).status == "in_review"


@pytest.mark.clause("3.2.1")
def test_another_window_loses_nothing(task, staff):
    plan = written(task, staff)
    seen = plan.written_at.isoformat()
    plans.write(plan, goals="First", steps=[line(task)], seen=seen, by=staff, now=timezone.now())

    refused = refusal(plans.write, plan, goals="Second", steps=[], seen=seen, by=staff, now=timezone.now())

    assert "another window" in str(refused.verdict.reason)
    assert Plan.objects.get().goals == "First"


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("3.2.1")
def test_two_who_review_at_once_decide_once(site, staff, lead, deputy):
    task = TaskFactory(site=site, owner=staff)
    plan = plans.submit(written(task, staff), by=staff, now=timezone.now())

    def decide(outcome):
        try:
            return str(
                plans.review(plan.__class__.objects.get(), outcome, reason="Because", by=lead, now=timezone.now())
            )
        except Refused:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(decide, [Outcome.APPROVED, Outcome.REJECTED]))

    assert sorted(bool(one) for one in answers) == [False, True]


@pytest.mark.clause("3.2.1")
def test_a_task_under_review_keeps_its_owner_and_nobody_approves_what_became_theirs(site, staff, lead, head, hr):
    task = TaskFactory(site=site, owner=staff, assigned_by=lead)
    plan = plan_for(task)
    plans.submit(plan, by=staff, now=timezone.now())
    with pytest.raises(PolicyBroken) as refused:
        tasks.change(task, owner=lead, by=lead, now=timezone.now())
    assert list(refused.value.fields) == ["owner"]
    Task.objects.filter(pk=task.pk).update(owner=lead)  # however it came to be theirs
    with pytest.raises(NotAllowed, match="Nobody signs their own"):
        plans.review(Plan.objects.get(pk=plan.pk), "approved", by=lead, now=timezone.now())
    round_ = Approval.objects.about(plan).get()
    approvals.transfer(round_, to=head, by=hr, now=timezone.now(), reason="It is the lead's own now")
    plans.review(Plan.objects.get(pk=plan.pk), "approved", by=head, now=timezone.now())


@pytest.mark.clause("3.2.2")
def test_the_steps_in_force_count_also_while_a_new_version_is_under_review(site, staff, lead):
    task = started(TaskFactory(site=site, owner=staff, assigned_by=lead), "Prepare", "Carry out")
    last = task.due_on
    plan = plans.begin(task, by=staff, now=timezone.now())
    lines = [Line(one.title, task.begins_on, task.begins_on, staff, key=one.key) for one in plan.steps.all()]
    plans.write(plan, goals="Sooner", change="Sooner", steps=lines, by=staff, now=timezone.now())
    plans.submit(plan, by=staff, now=timezone.now())
    with pytest.raises(PolicyBroken) as refused:
        tasks.change(task, due_on=last - timedelta(days=10), by=lead, now=timezone.now())
    assert list(refused.value.fields) == ["due_on"]


def test_words_of_a_decision_that_was_undone_are_read_by_nobody(site, staff, lead):
    plan = plan_for(TaskFactory(site=site, owner=staff, assigned_by=lead))
    plans.submit(plan, by=staff, now=timezone.now())
    first = plan.steps.first()
    signature = plans.review(plan, "returned", of_steps={first.pk: "secret words"}, by=lead, now=timezone.now())
    client = APIClient()
    client.force_authenticate(staff)
    assert "secret words" not in client.get(f"/api/v1/plans/{plan.pk}/").content.decode()
    approvals.undo(signature, by=lead, now=timezone.now())
    plans.review(plan, "approved", by=lead, now=timezone.now())
    first.refresh_from_db()
    assert first.remark == ""


@pytest.mark.clause("3.2.3")
def test_a_step_that_is_done_stays_what_it_was(site, staff, lead):
    task = started(TaskFactory(site=site, owner=staff, assigned_by=lead), "Prepare", "Carry out")
    first = task.plans.get().steps.first()
    plans.move(first, percent=100, by=staff, now=timezone.now())
    plan = plans.begin(task, by=staff, now=timezone.now())
    lines = [Line(one.title, one.begins_on, one.due_on, staff, key=one.key) for one in plan.steps.all()]
    other = [Line("Everything else", task.begins_on, task.due_on, staff, key=first.key), lines[1]]
    with pytest.raises(PolicyBroken) as refused:
        plans.write(plan, goals="All", steps=other, by=staff, now=timezone.now())
    assert list(refused.value.fields) == ["step-0"]
    plans.write(plan, goals="All", steps=lines, by=staff, now=timezone.now())


@pytest.mark.clause("3.2.1", "3.2.3")
@pytest.mark.parametrize(
    "how",
    [
        "UPDATE workplans_plan SET status = 'draft' WHERE id = {plan}",
        "UPDATE workplans_plan SET change = 'other' WHERE id = {plan}",
        "INSERT INTO workplans_plan (task_id, status, version, goals, resources, risks, change, remarks, written_at, "
        "written_by_id) SELECT task_id, 'approved', 9, goals, '', '', '', '', now(), written_by_id "
        "FROM workplans_plan WHERE id = {plan}",
        "UPDATE workplans_step SET plan_id = {draft} WHERE plan_id = {plan}",
    ],
    ids=["thawed", "other words", "approved without a review", "a step taken away"],
)
def test_the_database_keeps_what_was_approved(how, site, staff):
    task = started(TaskFactory(site=site, owner=staff))
    plan, draft = task.plans.get(), plan_for(TaskFactory(site=site, owner=staff))
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(how.format(plan=plan.pk, draft=draft.pk))


@pytest.mark.clause("3.2.3")
@pytest.mark.parametrize("status", ["draft", "in_review"])
def test_the_database_moves_no_step_before_its_plan_is_approved(task, status):
    steps = plan_for(task, status=status).steps
    with pytest.raises(InternalError, match="3.2.3"), transaction.atomic():
        steps.update(percent=100, done_at=timezone.now())


def test_progress_is_a_whole_number(task, lead):
    step = started(task).plans.get().steps.first()
    assert list(refusal(plans.move, step, percent=50.5, by=task.owner, now=timezone.now()).fields) == ["percent"]


@pytest.mark.clause("3.2.1")
def test_remarks_stand_where_the_next_version_is_written(task, staff, lead, signed_in):
    plan = plans.submit(plan_for(task, "Measure", "Write"), by=staff, now=timezone.now())
    second = plan.steps.last()
    settled(plan, Outcome.RETURNED, lead, reason="Too long", of_steps={second.pk: "Write it on one page"})
    browser = signed_in(staff)

    page = browser.get(task.get_absolute_url()).content.decode()
    assert "Too long" in page
    assert f'href="{plan.get_absolute_url()}"' in page

    draft = plans.begin(task, by=staff, now=timezone.now())
    page = browser.get(reverse("plan_edit", args=[draft.pk]))
    assert [row["remark"] for row in page.context["form"].rows() if not row["empty"]] == ["", "Write it on one page"]
    assert b"Write it on one page" in page.content


@pytest.mark.clause("3.2.1")
def test_a_decision_that_may_still_be_undone_is_read_by_its_signer_alone(task, staff, lead, signed_in):
    plan = plans.submit(plan_for(task), by=staff, now=timezone.now())
    signature = plans.review(plan, "returned", reason="Too long", by=lead, now=timezone.now())
    address = plan.get_absolute_url()
    assert b"Too long" in signed_in(lead).get(address).content
    assert b"Too long" not in signed_in(staff).get(address).content
    approvals.settle(now=signature.settles_at + timedelta(seconds=1))
    assert b"Too long" in signed_in(staff).get(address).content
