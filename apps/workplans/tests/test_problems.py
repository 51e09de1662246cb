"""Problems at work are followed until they are solved (3.3.1); departments answer what sites need (7.2.1)."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.communication.actions import problems as joint
from apps.communication.models import Problem
from apps.core import obligations
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel.actions.loose_ends import collected
from apps.personnel.story import story_of
from apps.personnel.tests.factories import (
    NOON,
    AssignmentFactory,
    DepartmentFactory,
    SiteFactory,
    UserFactory,
    hand_over_and_end,
)
from apps.workplans.actions import needs
from apps.workplans.actions import problems as actions
from apps.workplans.models import Need, Report, WorkProblem
from apps.workplans.obligations.problems import NEED_ANSWER, WORK_PROBLEM
from apps.workplans.tests.factories import TaskFactory
from apps.workplans.views.problems import find_problems

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Status = WorkProblem.Status
HOSTILE = "<script>alert(1)</script> 🚧 عربي 仓库的网络断了"


def raise_one(site, by, now=NOON, **changes):
    words = {"title": "No access to the test server", "severity": "minor"} | changes
    return actions.raise_problem(site=site, by=by, now=now, **words)


def report_of(assignment, now=NOON, **changes):
    """A weekly report that was filed."""
    day = now.date() - timedelta(days=now.weekday())
    given = {
        "assignment": assignment,
        "period": f"{day:%G-W%V}",
        "begins_on": day,
        "ends_on": day + timedelta(days=6),
        "done": "Half of the cases",
        "filed_by": assignment.person,
        "filed_at": now,
    } | changes
    return Report.objects.create(**given)


def clock(thing, which=WORK_PROBLEM):
    return Obligation.objects.kind(which).about(thing).latest("pk")


# --- Raising ------------------------------------------------------------------------------------------


@pytest.mark.clause("3.3.1")
def test_a_problem_in_a_report_becomes_a_tracked_item_with_owner_day_and_clock(site, assignment, staff, lead):
    report = report_of(assignment)
    task = TaskFactory(site=site, owner=staff)

    problem = raise_one(site, staff, report=report, task=task, detail="Since Monday")

    five_days = date(2026, 11, 25)  # NOON is a Wednesday
    assert (problem.owner, problem.due_on, problem.status) == (staff, five_days, Status.OPEN)
    assert list(report.problems.all()) == [problem]
    promise = clock(problem)
    assert (promise.owner, promise.clause) == (staff, "3.3.1")
    assert promise.due_at.astimezone(site.zone).date() == five_days
    assert [note.person for note in Notification.objects.filter(kind="work_problem_raised")] == [lead]


@pytest.mark.clause("3.3.1")
def test_without_an_owner_a_head_leaves_it_to_the_lead(site, lead, head):
    problem = raise_one(site, head)

    assert problem.owner == lead
    assert [note.person for note in Notification.objects.filter(kind="work_problem_yours")] == [lead]


@pytest.mark.clause("3.3.1")
def test_what_is_wrong_stands_beside_its_field(site, staff, stranger, assignment, other_site):
    elsewhere = report_of(AssignmentFactory(site=other_site, person=UserFactory()))
    task = TaskFactory(site=other_site)

    with pytest.raises(PolicyBroken) as refused:
        raise_one(
            site,
            staff,
            title=" ",
            severity="huge",
            owner=stranger,
            due_on=NOON.date() - DAY,
            report=elsewhere,
            task=task,
        )

    assert set(refused.value.fields) == {"title", "severity", "owner", "due_on", "report", "task"}
    with pytest.raises(PolicyBroken) as refused:
        raise_one(site, staff, due_on=NOON.date() + 400 * DAY)
    assert set(refused.value.fields) == {"due_on"}
    assert not WorkProblem.objects.exists()


@pytest.mark.clause("3.3.1")
def test_only_those_of_the_site_raise_one(site, stranger, finance, administrator, hr):
    for by in (stranger, finance, administrator, hr):
        with pytest.raises(NotAllowed):
            raise_one(site, by)


# --- Its way ------------------------------------------------------------------------------------------


@pytest.mark.clause("3.3.1")
def test_overdue_it_goes_to_the_owner_and_a_day_later_to_the_lead(site, staff, lead):
    problem = raise_one(site, staff)
    due_at = clock(problem).due_at

    obligations.sweep(now=due_at + timedelta(minutes=1))
    first = {note.person for note in Notification.objects.filter(kind="obligation_breach")}
    obligations.sweep(now=due_at + DAY + timedelta(minutes=1))

    assert first == {staff}
    assert {note.person for note in Notification.objects.filter(kind="obligation_breach")} == {staff, lead}


@pytest.mark.clause("3.3.1")
def test_it_is_handed_on_with_its_clock(site, staff, lead, stranger):
    colleague = AssignmentFactory(site=site, person=UserFactory(name="Colleague")).person
    problem = raise_one(site, staff)

    for owner, reason, field in (
        (stranger, "Knows it", "owner"),
        (staff, "Again", "owner"),
        (colleague, " ", "reason"),
    ):
        with pytest.raises(PolicyBroken) as refused:
            actions.hand_on(problem, owner=owner, reason=reason, by=lead, now=NOON)
        assert set(refused.value.fields) == {field}
    with pytest.raises(NotAllowed):
        actions.hand_on(problem, owner=colleague, reason="Mine", by=colleague, now=NOON)
    actions.hand_on(problem, owner=colleague, reason="Knows the server", by=staff, now=NOON + HOUR)

    assert (problem.owner, clock(problem).owner) == (colleague, colleague)


@pytest.mark.clause("3.3.1")
def test_a_promise_handed_over_by_hand_takes_the_problem_along(site, staff, lead):
    colleague = AssignmentFactory(site=site, person=UserFactory(name="Colleague")).person
    problem = raise_one(site, staff)

    obligations.reassign(clock(problem), to=colleague, by=lead, now=NOON + HOUR, reason="Knows the server")

    problem.refresh_from_db()
    assert problem.owner == colleague


@pytest.mark.clause("3.3.1")
def test_solved_says_how_and_opened_again_its_clock_runs_on(site, staff, lead):
    problem = raise_one(site, staff)
    with pytest.raises(PolicyBroken) as refused:
        actions.solve(problem, outcome=" ", by=staff, now=NOON + HOUR)
    assert set(refused.value.fields) == {"outcome"}

    actions.solve(problem, outcome="A new account", by=lead, now=NOON + HOUR)
    assert (problem.status, problem.solved_by, clock(problem).status) == (Status.SOLVED, lead, "met")
    assert [note.person for note in Notification.objects.filter(kind="work_problem_solved")] == [staff]
    with pytest.raises(WrongState):
        actions.solve(problem, outcome="Twice", by=staff, now=NOON + HOUR)

    actions.reopen(problem, reason="The account was closed again", by=staff, now=NOON + 2 * HOUR)

    assert (problem.status, problem.outcome, clock(problem).status) == (Status.OPEN, "", "open")
    assert Obligation.objects.kind(WORK_PROBLEM).about(problem).count() == 1


@pytest.mark.clause("3.3.1")
def test_opened_again_after_its_day_it_gets_a_new_one_and_the_old_promise_stays_kept(site, staff):
    problem = raise_one(site, staff)
    actions.solve(problem, outcome="A new account", by=staff, now=NOON + HOUR)

    actions.reopen(problem, reason="It is back", by=staff, now=NOON + 30 * DAY)

    assert problem.due_on == date(2026, 12, 25)
    statuses = Obligation.objects.kind(WORK_PROBLEM).about(problem).order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["met", "open"]


@pytest.mark.clause("3.4.3")
def test_a_major_one_is_told_to_leaders_at_once_and_waits_for_the_joint_plan(site, staff, lead, head, hr, executive):
    problem = raise_one(site, staff, severity="major")

    major = Problem.objects.get()
    assert (problem.escalated, major.kind, major.title) == (major, "major", problem.title)
    told = {note.person for note in Notification.objects.filter(kind="problem_raised")}
    assert told == {lead, head, hr, executive}
    with pytest.raises(PolicyBroken) as refused:
        actions.solve(problem, outcome="Done", by=staff, now=NOON + HOUR)
    assert refused.value.verdict.clause == "3.4.3"

    joint.acknowledge(major, by=head, now=NOON + HOUR)
    joint.write_plan(major, plan="A second line", by=lead, now=NOON + HOUR)
    for by in (head, lead):
        joint.sign_plan(major, version=1, by=by, now=NOON + HOUR)
    joint.close(major, outcome="Laid", by=head, now=NOON + 2 * HOUR)
    actions.solve(WorkProblem.objects.get(), outcome="Done", by=staff, now=NOON + 3 * HOUR)

    assert WorkProblem.objects.get().status == Status.SOLVED

    actions.reopen(WorkProblem.objects.get(), reason="Broken again", by=staff, now=NOON + 4 * HOUR)
    again = WorkProblem.objects.get().escalated
    assert (again != major, again.status, Problem.objects.count()) == (True, "raised", 2)
    assert Notification.objects.filter(kind="problem_raised", person=head).count() == 2
    with pytest.raises(PolicyBroken):
        actions.solve(WorkProblem.objects.get(), outcome="Done", by=staff, now=NOON + 5 * HOUR)


@pytest.mark.clause("3.4.3")
def test_a_minor_one_is_made_major_once(site, staff, lead, head):
    problem = raise_one(site, staff, detail="Since Monday")

    with pytest.raises(PolicyBroken):
        actions.escalate(problem, reason="", by=staff, now=NOON + HOUR)
    actions.escalate(problem, reason="The client refuses", by=staff, now=NOON + HOUR)

    assert Problem.objects.get().detail == "Since Monday\n\nThe client refuses"
    with pytest.raises(WrongState):
        actions.escalate(problem, reason="Again", by=lead, now=NOON + HOUR)
    assert Problem.objects.count() == 1


@pytest.mark.clause("2.2.2c")
def test_whoever_leaves_hands_over_their_problems(site, assignment, staff, lead):
    problem = raise_one(site, staff, due_on=NOON.date() + 60 * DAY)
    raise_one(site, lead)

    found = collected(assignment, NOON.date())

    assert [key for key in found if key.startswith("work_problem")] == [f"work_problem:{problem.pk}"]
    assert not any(key.startswith("promise") and one.about == found[f"work_problem:{problem.pk}"][1].about
                   for key, (_source, one) in found.items())  # fmt: skip
    hand_over_and_end(assignment, ended_on=NOON.date(), now=NOON)
    problem.refresh_from_db()
    assert (problem.owner, clock(problem).owner) == (lead, lead)


# --- Pages --------------------------------------------------------------------------------------------


def test_it_is_raised_on_a_phone_and_a_double_click_stores_one(site, staff, signed_in):
    browser, address = signed_in(staff), reverse("work_problem_new")
    key = browser.get(address).context["form"]["key"].value()
    given = {"key": key, "site": site.pk, "title": HOSTILE, "severity": "minor"}

    first, second = browser.post(address, given), browser.post(address, given)

    problem = WorkProblem.objects.get()
    assert first.url == second.url == problem.get_absolute_url()
    page = browser.get(problem.get_absolute_url()).content.decode()
    assert "<script>alert" not in page
    assert "🚧 عربي 仓库" in page


def test_what_was_typed_stays_when_it_is_refused(site, staff, signed_in):
    browser, address = signed_in(staff), reverse("work_problem_new")
    key = browser.get(address).context["form"]["key"].value()

    answer = browser.post(
        address, {"key": key, "site": site.pk, "title": "Kept", "severity": "minor", "due_on": "2020-01-01"}
    )

    assert answer.status_code == 422
    assert "due_on" in answer.context["form"].errors
    assert "Kept" in answer.content.decode()


def test_each_verb_has_its_page(site, staff, lead, signed_in):
    problem = raise_one(site, staff, now=timezone.now())
    browser = signed_in(lead)

    browser.post(reverse("work_problem_hand_on", args=[problem.pk]), {"owner": lead.pk, "reason": "Mine"})
    browser.post(reverse("work_problem_escalate", args=[problem.pk]), {"reason": "Too much"})
    refused = browser.post(reverse("work_problem_solve", args=[problem.pk]), {"outcome": "Words that stay"})

    problem.refresh_from_db()
    assert (problem.owner, problem.severity) == (lead, "major")
    assert refused.status_code == 422
    assert "Words that stay" in refused.content.decode()
    Problem.objects.update(status="closed", plan="p", outcome="o", acknowledged_by=lead)
    browser.post(reverse("work_problem_solve", args=[problem.pk]), {"outcome": "Done"})
    browser.post(reverse("work_problem_reopen", args=[problem.pk]), {"reason": "Back"})
    verbs = list(Event.objects.about(problem).order_by("pk").values_list("verb", flat=True))
    assert [one for one in verbs if one.startswith("work_problem")] == [
        "work_problem_raised", "work_problem_handed_on", "work_problem_escalated", "work_problem_solved",
        "work_problem_reopened",
    ]  # fmt: skip


def test_who_sees_a_problem_and_who_may_act(
    site, staff, lead, head, hr, executive, stranger, finance, administrator, signed_in
):
    problem = raise_one(site, staff, now=timezone.now())
    page, verb = problem.get_absolute_url(), reverse("work_problem_solve", args=[problem.pk])

    assert {one.name: signed_in(one).get(page).status_code for one in (staff, lead, head, hr, executive)} == {
        one.name: 200 for one in (staff, lead, head, hr, executive)
    }
    assert [signed_in(one).get(page).status_code for one in (stranger, finance, administrator)] == [404] * 3
    assert [signed_in(one).get(verb).status_code for one in (staff, lead, head)] == [200] * 3
    assert [signed_in(one).get(verb).status_code for one in (hr, executive)] == [403] * 2
    lists = reverse("work_problems")
    assert [signed_in(one).get(lists).status_code for one in (finance, administrator)] == [403] * 2
    assert problem.title not in signed_in(stranger).get(lists).content.decode()
    assert find_problems(stranger, "server", 5) == find_problems(finance, "server", 5) == []
    assert [hit.title for hit in find_problems(staff, "server", 5)] == [problem.title]


def test_a_colleague_does_not_learn_of_the_report_it_came_from(site, assignment, staff, signed_in):
    colleague = AssignmentFactory(site=site, person=UserFactory(name="Colleague")).person
    report = report_of(assignment)
    problem = raise_one(site, staff, report=report)

    assert report.period in signed_in(staff).get(problem.get_absolute_url()).content.decode()
    assert report.period not in signed_in(colleague).get(problem.get_absolute_url()).content.decode()


def queries(browser, address) -> int:
    browser.get(address)  # content types and parameters are read once
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert browser.get(address).status_code == 200
    return len(asked)


def test_a_list_of_many_asks_no_more_than_a_list_of_one(site, assignment, staff, lead, signed_in):
    browser, now = signed_in(lead), timezone.now()
    department = DepartmentFactory(name="Purchasing")
    report = report_of(assignment, now=now)
    raise_one(site, staff, now=now)
    needs.ask(report=report, department=department, text="Gloves", by=staff, now=now)
    one = {name: queries(browser, reverse(name)) for name in ("work_problems", "needs")}

    for number in range(4):
        raise_one(site, AssignmentFactory(site=site, person=UserFactory()).person, now=now, title=f"P{number}")
        needs.ask(report=report, department=department, text=f"N{number}", by=staff, now=now)

    assert {name: queries(browser, reverse(name)) for name in ("work_problems", "needs")} == one


def test_filters_and_exports_say_the_same(site, staff, lead, signed_in):
    raise_one(site, staff, now=timezone.now(), title="Mine to solve")
    raise_one(site, lead, now=timezone.now(), title="Of the lead")
    browser = signed_in(staff)

    page = browser.get(reverse("work_problems"), {"whose": "mine"}).content.decode()
    sheet = browser.get(reverse("work_problems"), {"whose": "mine", "export": "csv"})

    assert "Mine to solve" in page
    assert "Of the lead" not in page
    text = b"".join(sheet.streaming_content if sheet.streaming else [sheet.content]).decode()
    assert "Mine to solve" in text
    assert "Of the lead" not in text


def test_the_site_page_shows_what_stands_in_the_way_and_the_menu_counts_it(site, assignment, staff, signed_in, finance):
    raise_one(site, staff, now=timezone.now())
    report = report_of(assignment, now=timezone.now())
    needs.ask(report=report, department=DepartmentFactory(), text="Gloves in size L", by=staff, now=timezone.now())

    answer = signed_in(staff).get(site.get_absolute_url())

    page = answer.content.decode()
    assert "No access to the test server" in page
    assert "Gloves in size L" in page
    badges = {place["name"]: place["badge"] for group in answer.context["menu"] for place in group["places"]}
    assert badges["work_problems"] == 1
    assert "No access to the test server" not in signed_in(finance).get(site.get_absolute_url()).content.decode()


def test_the_story_tells_what_somebody_raised_and_solved(site, staff, lead, stranger):
    problem = raise_one(site, staff)
    actions.solve(problem, outcome="A new account", by=lead, now=NOON + HOUR)

    assert "Raised a problem: No access to the test server" in [one.title for one in story_of(staff, reader=lead)]
    assert "Solved a problem: No access to the test server" in [one.title for one in story_of(lead, reader=staff)]
    assert not [one for one in story_of(staff, reader=stranger) if "problem" in one.title]


# --- Needs of departments -----------------------------------------------------------------------------


@pytest.fixture
def purchasing(db):
    return DepartmentFactory(name="Purchasing", parent=DepartmentFactory(name="Operations"))


@pytest.fixture
def asked(assignment, staff, purchasing):
    return needs.ask(report=report_of(assignment), department=purchasing, text="Two scanners", by=staff, now=NOON)


@pytest.mark.clause("7.2.1")
def test_the_head_of_the_department_is_told_at_once_and_answers_within_a_working_day(asked, purchasing, staff, lead):
    assert [note.person for note in Notification.objects.filter(kind="need_asked")] == [purchasing.head]
    promise = clock(asked, NEED_ANSWER)
    assert promise.owner == purchasing.head
    assert promise.due_at.astimezone(asked.site.zone).date() == date(2026, 11, 19)

    needs.answer(asked, answer="On Friday", by=purchasing.head, now=NOON + HOUR)

    assert (asked.status, asked.answered_by, clock(asked, NEED_ANSWER).status) == ("answered", purchasing.head, "met")
    assert {note.person for note in Notification.objects.filter(kind="need_answered")} == {staff, lead}


@pytest.mark.clause("7.2.1")
def test_an_answer_that_is_late_goes_to_the_head_above_and_else_to_executives(asked, purchasing, executive, assignment):
    alone = DepartmentFactory(name="Alone")
    other = needs.ask(report=asked.report, department=alone, text="Something", by=assignment.person, now=NOON)

    obligations.sweep(now=clock(asked, NEED_ANSWER).due_at + timedelta(minutes=1))

    breaches = Notification.objects.filter(kind="obligation_breach")
    told = {(note.person, note.url) for note in breaches}
    assert told == {
        (purchasing.head, asked.get_absolute_url()),
        (purchasing.parent.head, asked.get_absolute_url()),
        (alone.head, other.get_absolute_url()),
        (executive, other.get_absolute_url()),
    }


@pytest.mark.clause("7.2.1")
def test_a_department_without_a_head_is_answered_for_by_the_one_above_or_hr(assignment, staff, purchasing, hr):
    purchasing.head = None
    purchasing.save()
    above = needs.ask(report=report_of(assignment), department=purchasing, text="A", by=staff, now=NOON)
    purchasing.parent.head = None
    purchasing.parent.save()
    nobody = needs.ask(report=above.report, department=purchasing, text="B", by=staff, now=NOON)

    assert clock(above, NEED_ANSWER).owner.name.startswith("Head")
    assert clock(nobody, NEED_ANSWER).owner == hr
    needs.answer(nobody, answer="Yes", by=hr, now=NOON)


@pytest.mark.clause("7.2.1")
def test_people_of_the_department_answer_nobody_else_does(
    asked, purchasing, staff, lead, head, hr, executive, stranger
):
    buyer = UserFactory(name="Buyer", department=purchasing)
    for by in (staff, lead, head, hr, executive, stranger):
        with pytest.raises(NotAllowed):
            needs.answer(asked, answer="Yes", by=by, now=NOON)
    with pytest.raises(PolicyBroken) as refused:
        needs.answer(asked, answer=" ", by=buyer, now=NOON)
    assert set(refused.value.fields) == {"answer"}

    needs.answer(asked, answer="Yes", by=buyer, now=NOON)

    assert asked.answered_by == buyer


@pytest.mark.clause("7.2.1")
def test_only_the_reporter_and_those_who_lead_ask(assignment, staff, lead, stranger, hr, purchasing):
    report = report_of(assignment)
    for by in (stranger, hr):
        with pytest.raises(NotAllowed):
            needs.ask(report=report, department=purchasing, text="X", by=by, now=NOON)
    with pytest.raises(PolicyBroken) as refused:
        needs.ask(report=report, department=purchasing, text=" ", need_by=NOON.date() - DAY, by=lead, now=NOON)
    assert set(refused.value.fields) == {"text", "need_by"}


@pytest.mark.clause("7.2.1")
def test_its_promise_goes_only_to_somebody_of_the_department(asked, purchasing, staff, lead):
    buyer = UserFactory(name="Buyer", department=purchasing)
    promise = clock(asked, NEED_ANSWER)

    with pytest.raises(NotAllowed):
        obligations.reassign(promise, to=buyer, by=lead, now=NOON, reason="Knows it")
    with pytest.raises(PolicyBroken):
        obligations.reassign(promise, to=staff, by=purchasing.head, now=NOON, reason="Knows it")
    obligations.reassign(promise, to=buyer, by=purchasing.head, now=NOON, reason="Knows it")

    promise.refresh_from_db()
    assert promise.owner == buyer


@pytest.mark.clause("7.2.1")
def test_the_department_sees_what_is_asked_of_it_and_how_far_the_work_is(
    asked, purchasing, staff, stranger, finance, administrator, signed_in, site
):
    TaskFactory(site=site, owner=staff, due_on=timezone.localdate() - DAY)
    buyer = UserFactory(name="Buyer", department=purchasing)
    colleague = AssignmentFactory(site=site, person=UserFactory()).person

    page = signed_in(purchasing.head).get(asked.get_absolute_url())

    assert page.context["progress"] == {"running": 1, "late": 1, "delivered": 0, "accepted": 0}
    assert page.context["report"] is None  # what else the report says is not the department's
    codes = [signed_in(one).get(asked.get_absolute_url()).status_code for one in (staff, buyer)]
    assert codes == [200, 200]
    hidden = [signed_in(one).get(asked.get_absolute_url()).status_code
              for one in (stranger, finance, administrator, colleague)]  # fmt: skip
    assert hidden == [404] * 4
    assert "Two scanners" in signed_in(buyer).get(reverse("needs"), {"department": purchasing.pk}).content.decode()
    assert [signed_in(one).get(reverse("needs")).status_code for one in (finance, administrator)] == [403, 403]


@pytest.mark.clause("7.2.1")
def test_needs_are_filtered_by_department_site_and_status(asked, purchasing, head, site, signed_in):
    browser = signed_in(head)

    def shown(**wanted):
        return "Two scanners" in browser.get(reverse("needs"), wanted).content.decode()

    assert shown(department=purchasing.pk, site=site.pk, status="asked")
    assert shown(status="late") is (timezone.now() > clock(asked, NEED_ANSWER).due_at)
    assert not shown(status="answered")
    assert not shown(department=site.department_id)


def test_a_need_is_answered_on_its_page(asked, purchasing, signed_in):
    browser = signed_in(purchasing.head)
    address = reverse("need_answer", args=[asked.pk])

    assert "Two scanners" in browser.get(address).content.decode()
    browser.post(address, {"answer": HOSTILE})

    assert Need.objects.get().answer == HOSTILE
    assert "<script>alert" not in browser.get(asked.get_absolute_url()).content.decode()
    badges = {place["name"]: place["badge"] for group in browser.get("/").context["menu"] for place in group["places"]}
    assert badges["needs"] == 0


# --- API ----------------------------------------------------------------------------------------------


def test_problems_and_needs_over_the_api(site, assignment, staff, lead, stranger, signed_in, purchasing):
    browser = signed_in(staff)
    given = {"site": site.pk, "title": "No network", "severity": "minor"}

    first = browser.post("/api/v1/work-problems/", given, "application/json", headers={"Idempotency-Key": "a"})
    again = browser.post("/api/v1/work-problems/", given, "application/json", headers={"Idempotency-Key": "a"})
    problem = WorkProblem.objects.get()
    assert first.status_code == 201
    assert first.json() == again.json()
    assert first.json()["owner_name"] == "Staff Chen"
    address = f"/api/v1/work-problems/{problem.pk}/"
    assert browser.post(f"{address}solve/", {"outcome": "Cable"}, "application/json").json()["status"] == "solved"
    assert browser.post(f"{address}reopen/", {"reason": "Again"}, "application/json").json()["status"] == "open"
    assert browser.post(f"{address}escalate/", {"reason": "Too big"}, "application/json").json()["problem"]
    given = {"owner": lead.pk, "reason": "Leads"}
    assert browser.post(f"{address}hand-on/", given, "application/json").json()["owner"] == lead.pk
    assert signed_in(stranger).get(address).status_code == 404
    assert signed_in(stranger).get("/api/v1/work-problems/").json()["count"] == 0

    report = report_of(assignment)
    made = browser.post(
        "/api/v1/needs/", {"report": report.pk, "department": purchasing.pk, "text": "Cables"}, "application/json"
    )
    assert (made.status_code, made.json()["site"]) == (201, site.pk)
    address = f"/api/v1/needs/{made.json()['id']}/answer/"
    assert signed_in(lead).post(address, {"answer": "Yes"}, "application/json").status_code == 403
    answered = signed_in(purchasing.head).post(address, {"answer": "Yes"}, "application/json")
    assert answered.json()["status"] == "answered"


def test_a_site_elsewhere_is_refused_like_one_that_does_not_exist(staff, signed_in):
    other = SiteFactory()
    given = {"site": other.pk, "title": "X", "severity": "minor"}

    answer = signed_in(staff).post("/api/v1/work-problems/", given, "application/json")

    assert (answer.status_code, set(answer.json()["fields"])) == (400, {"site"})
