"""Trainings: places, consent, the attendance list by code, results that verify skills, feedback, the plan (2.4.1)."""

import threading
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from apps.core import approvals, obligations
from apps.core.approvals import Approval, Outcome
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel.actions import training as actions
from apps.personnel.actions.qualifications import verify_skill
from apps.personnel.models import ClientTraining, Course, Enrolment, LearningNote, PersonSkill, Skill, TrainingSession
from apps.personnel.obligations.training import CLIENT_TRAINING, SITE_TRAINING, plan_trainings
from apps.personnel.policy import training as policy
from apps.personnel.tests.factories import (
    NOON,
    AssignmentFactory,
    DepartmentFactory,
    HolidayFactory,
    SiteFactory,
    UserFactory,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGINS = NOON + 2 * DAY
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def course(db):
    """Builds Java to level 3."""
    skill = Skill.objects.create(name="Java")
    return Course.objects.create(name="Java in depth", skill=skill, level=3, hours=Decimal(8))


@pytest.fixture
def session(course, site, hr):
    """Two days ahead at the site, two hours long, with two places."""
    return plan(course, site, hr)


def plan(course, site, hr, *, begins_at=BEGINS, places=2, now=NOON, trainer=None) -> TrainingSession:
    return actions.plan_session(
        course=course, site=site, begins_at=begins_at, ends_at=begins_at + 2 * HOUR, place="Room 3", trainer=trainer,
        guest_trainer="" if trainer else "Mr Guest", places=places, by=hr, now=now,
    )  # fmt: skip


def colleague(site, name="Colleague"):
    return AssignmentFactory(site=site, person=UserFactory(name=name)).person


def decide(enrolment, outcome, by, reason="", now=NOON + HOUR):
    """A decision, and the ten seconds after it."""
    approvals.decide(Approval.objects.about(enrolment).open().get(), outcome, by=by, now=now, reason=reason)
    approvals.settle(now=now + timedelta(minutes=1))
    enrolment.refresh_from_db()


def present(session, person, hr) -> Enrolment:
    """Enrolled and there."""
    [enrolment] = actions.enrol(session, people=[person], by=hr, now=NOON)
    return actions.mark_present(enrolment, by=hr, now=session.begins_at)


# --- Places and consent -------------------------------------------------------------------------------


@pytest.mark.clause("2.4.1")
def test_who_asks_gets_the_place_once_the_site_lead_consents(session, staff, lead):
    asked = actions.ask_place(session, by=staff, now=NOON, reason="I write Java every day.")
    assert (asked.status, asked.site, list(Approval.objects.waiting_for(lead))) == (
        "in_review",
        session.site,
        [Approval.objects.about(asked).get()],
    )

    decide(asked, Outcome.APPROVED, lead)

    assert asked.status == "approved"
    assert Notification.objects.filter(kind="training_enrolled", person=staff).count() == 1


@pytest.mark.clause("2.4.1")
def test_a_declined_place_is_free_again_and_says_why(session, staff, lead, hr, site):
    session.places = 1
    session.save()
    asked = actions.ask_place(session, by=staff, now=NOON)
    with pytest.raises(PolicyBroken) as refused:
        actions.enrol(session, people=[colleague(site)], by=hr, now=NOON)
    assert refused.value.fields == {"person": "All 1 places are taken."}

    decide(asked, Outcome.REJECTED, lead, reason="The line is short of people.")

    assert (asked.status, session.enrolments.seated().count()) == ("rejected", 0)
    told = Notification.objects.get(kind="approval_decided", person=staff)
    assert "The line is short of people." in told.body
    [again] = actions.enrol(session, people=[staff], by=hr, now=NOON)
    assert again.status == "approved"


@pytest.mark.clause("2.4.1")
def test_a_lead_who_asks_needs_the_heads_consent_and_never_their_own(session, site, lead, head):
    AssignmentFactory(site=site, person=lead)

    asked = actions.ask_place(session, by=lead, now=NOON)

    assert list(Approval.objects.waiting_for(head)) == [Approval.objects.about(asked).get()]
    assert list(Approval.objects.waiting_for(lead)) == []


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("stranger", "This session is for the people of another site."),
        ("finance", "You are not stationed at a site on that day, so no site lead can consent."),
    ],
)
def test_who_cannot_ask_learns_why(session, who, why, request):
    with pytest.raises(PolicyBroken) as refused:
        actions.ask_place(session, by=request.getfixturevalue(who), now=NOON)

    assert refused.value.verdict.reason == why


def test_nobody_has_two_places_and_nobody_joins_what_has_begun_or_is_cancelled(session, staff, hr):
    actions.enrol(session, people=[staff], by=hr, now=NOON)
    with pytest.raises(PolicyBroken):
        actions.ask_place(session, by=staff, now=NOON)
    with pytest.raises(PolicyBroken):
        actions.enrol(session, people=[staff], by=hr, now=NOON)
    with pytest.raises(PolicyBroken):
        actions.ask_place(session, by=colleague(session.site), now=BEGINS)
    actions.cancel_session(session, reason="The trainer is ill.", by=hr, now=NOON)
    with pytest.raises(WrongState):
        actions.enrol(session, people=[colleague(session.site)], by=hr, now=NOON)


def test_the_database_refuses_a_place_too_many_too(session, staff, hr):
    actions.enrol(session, people=[staff, colleague(session.site)], by=hr, now=NOON)

    with pytest.raises(InternalError, match="never has more people than places"), transaction.atomic():
        Enrolment.objects.create(
            session=session, person=UserFactory(), asked_by=hr, asked_at=NOON, status=Enrolment.Status.APPROVED
        )


@pytest.mark.clause("2.4.1")
@pytest.mark.django_db(transaction=True)
def test_eight_who_want_the_last_three_places_at_one_moment_get_three(course, site, hr):
    session = plan(course, site, hr, places=3)
    people = [colleague(site, f"Racer {number}") for number in range(8)]
    start, results = threading.Barrier(8), []

    def join(person):
        try:
            start.wait()
            actions.ask_place(TrainingSession.objects.get(pk=session.pk), by=person, now=NOON)
            results.append("place")
        except PolicyBroken:
            results.append("full")
        finally:
            connection.close()

    threads = [threading.Thread(target=join, args=[person]) for person in people]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(results) == ["full"] * 5 + ["place"] * 3
    assert session.enrolments.seated().count() == 3


def test_a_cancelled_session_frees_every_place_and_tells_everybody(session, staff, lead, hr):
    asked = actions.ask_place(session, by=staff, now=NOON)
    [enrolled] = actions.enrol(session, people=[colleague(session.site)], by=hr, now=NOON)

    actions.cancel_session(session, reason="The trainer is ill.", by=hr, now=NOON + HOUR)

    assert list(session.enrolments.values_list("status", flat=True)) == ["withdrawn", "withdrawn"]
    assert Approval.objects.about(asked).get().status == "withdrawn"
    told = Notification.objects.filter(kind="training_cancelled").values_list("person", flat=True)
    assert set(told) == {staff.pk, enrolled.person_id}


def test_a_person_gives_the_place_back_before_it_begins_and_others_need_a_reason(session, staff, hr, lead):
    [enrolment] = actions.enrol(session, people=[staff], by=hr, now=NOON)
    with pytest.raises(NotAllowed):
        actions.cancel_place(enrolment, by=lead, now=NOON)
    with pytest.raises(PolicyBroken) as refused:
        actions.cancel_place(enrolment, by=hr, now=NOON)
    assert list(refused.value.fields) == ["reason"]
    with pytest.raises(WrongState):
        actions.cancel_place(enrolment, by=staff, now=BEGINS)

    actions.cancel_place(enrolment, by=staff, now=NOON)

    assert (enrolment.status, session.enrolments.seated().count()) == ("withdrawn", 0)


def test_places_are_not_taken_away_from_people_who_have_one(session, staff, hr):
    actions.enrol(session, people=[staff, colleague(session.site)], by=hr, now=NOON)
    values = {name: getattr(session, name) for name in ("begins_at", "ends_at", "place", "trainer", "guest_trainer")}

    with pytest.raises(PolicyBroken) as refused:
        actions.change_session(session, **values, places=1, by=hr, now=NOON)

    assert refused.value.fields == {"places": "2 people have a place already."}


# --- Who was there ------------------------------------------------------------------------------------


@pytest.mark.clause("2.4.1")
def test_the_code_counts_from_half_an_hour_before_to_half_an_hour_after(session, staff, hr):
    actions.enrol(session, people=[staff], by=hr, now=NOON)
    for moment in (BEGINS - timedelta(minutes=31), BEGINS + 2 * HOUR + timedelta(minutes=31)):
        with pytest.raises(PolicyBroken):
            actions.sign_in(session, by=staff, now=moment)

    first = actions.sign_in(session, by=staff, now=BEGINS - timedelta(minutes=30))
    again = actions.sign_in(session, by=staff, now=BEGINS + HOUR)

    assert (first.attended_at, again.attended_at) == (BEGINS - timedelta(minutes=30),) * 2
    assert (first.attended_by, Event.objects.filter(verb="training_present").count()) == (staff, 1)


def test_who_is_not_on_the_list_is_not_marked_by_the_code(session, staff, lead):
    actions.ask_place(session, by=staff, now=NOON)  # not answered yet

    with pytest.raises(PolicyBroken) as refused:
        actions.sign_in(session, by=staff, now=BEGINS)

    assert refused.value.verdict.reason == "You are not on the list of this session."


def test_the_trainer_and_hr_mark_by_hand_and_nobody_else(course, site, staff, hr, lead):
    trainer = UserFactory(name="Trainer")
    session = plan(course, site, hr, trainer=trainer)
    [enrolment] = actions.enrol(session, people=[staff], by=hr, now=NOON)
    for nobody in (lead, staff):
        with pytest.raises(NotAllowed):
            actions.mark_present(enrolment, by=nobody, now=BEGINS)
    with pytest.raises(WrongState):
        actions.mark_present(enrolment, by=trainer, now=BEGINS - DAY)

    actions.mark_present(enrolment, by=trainer, now=BEGINS)

    assert enrolment.attended_by == trainer


def test_the_page_that_the_code_leads_to_marks_who_is_signed_in(course, site, staff, stranger, hr, signed_in):
    now = timezone.now()
    session = plan(course, site, hr, begins_at=now + timedelta(minutes=10), now=now)
    actions.enrol(session, people=[staff], by=hr, now=now)
    address = reverse("training_attend", args=[session.token])
    code = signed_in(hr).get(session.get_absolute_url()).content.decode()
    assert ('class="qr"' in code, "style=" in code.split('class="qr"')[1].split("</svg>")[0]) == (True, False)
    assert b'class="qr"' not in signed_in(staff).get(session.get_absolute_url()).content

    assert signed_in(stranger).get(address).status_code == 404
    assert b"I am here" in signed_in(staff).get(address).content
    signed_in(staff).post(address)

    assert session.enrolments.get().attended_by == staff


# --- Results and feedback -----------------------------------------------------------------------------


@pytest.mark.clause("2.4.3a")
def test_passing_verifies_the_level_and_names_the_course_and_leaves_the_claim_alone(session, staff, hr, course):
    PersonSkill.objects.create(person=staff, skill=course.skill, claimed_level=5, claimed_at=NOON)
    enrolment = present(session, staff, hr)

    actions.enter_result(enrolment, result="passed", note="92 of 100", by=hr, now=NOON + 3 * DAY)

    held = PersonSkill.objects.get(person=staff)
    assert (held.claimed_level, held.verified_level, held.verified_by, held.verified_note) == (
        5,
        3,
        hr,
        "Java in depth · 2026-11-20",
    )


@pytest.mark.clause("2.4.3a")
def test_nobody_enters_their_own_result(session, hr):
    other = UserFactory(roles=["hr"])
    enrolment = present(session, hr, other)

    with pytest.raises(NotAllowed):
        actions.enter_result(enrolment, result="passed", by=hr, now=NOON + 3 * DAY)

    actions.enter_result(enrolment, result="passed", by=other, now=NOON + 3 * DAY)
    assert PersonSkill.objects.get(person=hr).verified_by == other


def test_not_passing_verifies_nothing_and_a_higher_level_stays(session, staff, hr, course):
    second = colleague(session.site)
    PersonSkill.objects.create(
        person=second, skill=course.skill, verified_level=5, verified_by=hr, verified_at=NOON, verified_note="Exam"
    )
    for person, result in ((staff, "failed"), (second, "passed")):
        actions.enter_result(present(session, person, hr), result=result, by=hr, now=NOON + 3 * DAY)

    held = PersonSkill.objects.values_list("person", "verified_level", "verified_note")
    assert list(held) == [(second.pk, 5, "Exam")]


def test_only_who_was_there_has_a_result_and_only_one(session, staff, hr, lead):
    [enrolment] = actions.enrol(session, people=[staff], by=hr, now=NOON)
    with pytest.raises(WrongState):
        actions.enter_result(enrolment, result="passed", by=hr, now=BEGINS)
    actions.mark_present(enrolment, by=hr, now=BEGINS)
    with pytest.raises(NotAllowed):
        actions.enter_result(enrolment, result="passed", by=lead, now=BEGINS)
    with pytest.raises(WrongState, match="not over yet"):
        actions.enter_result(enrolment, result="passed", by=hr, now=BEGINS)

    actions.enter_result(enrolment, result="failed", by=hr, now=session.ends_at)

    with pytest.raises(WrongState, match="a result already"):
        actions.enter_result(enrolment, result="passed", by=hr, now=session.ends_at)


@pytest.mark.clause("2.4.1", "2.4.3a")
def test_a_wrong_result_is_corrected_with_a_reason_and_what_it_verified_falls_back(session, staff, hr, lead, course):
    held = PersonSkill.objects.create(
        person=staff, skill=course.skill, verified_level=1, verified_by=hr, verified_at=NOON, verified_note="Exam"
    )
    enrolment = present(session, staff, hr)

    def correct(reason, by=hr):
        return actions.correct_result(enrolment, reason=reason, by=by, now=NOON + 4 * DAY)

    with pytest.raises(WrongState):
        correct("Another sheet")
    actions.enter_result(enrolment, result="passed", by=hr, now=NOON + 3 * DAY)
    held.refresh_from_db()
    assert held.verified_level == course.level > 1
    with pytest.raises(NotAllowed):
        correct("Another sheet", by=lead)
    with pytest.raises(PolicyBroken) as refused:
        correct(" ")
    assert list(refused.value.fields) == ["reason"]

    assert correct("Another sheet").result == "failed"
    held.refresh_from_db()
    assert (held.verified_level, held.verified_note) == (1, "Another sheet")
    assert correct("It was his after all").result == "passed"
    held.refresh_from_db()
    assert held.verified_level == course.level


def test_a_level_that_somebody_verified_since_outlives_the_corrected_result(session, staff, hr, course):
    enrolment = present(session, staff, hr)
    actions.enter_result(enrolment, result="passed", by=hr, now=NOON + 3 * DAY)
    verify_skill(staff, skill=course.skill, level=5, note="Saw it", by=hr, now=NOON + 4 * DAY)
    actions.correct_result(enrolment, reason="Another sheet", by=hr, now=NOON + 5 * DAY)
    assert PersonSkill.objects.get().verified_level == 5


def test_feedback_comes_from_who_was_there_once_and_only_hr_reads_the_name(
    session, staff, hr, lead, finance, administrator, signed_in
):
    with pytest.raises(NotAllowed):
        actions.give_feedback(session, rating=5, by=staff, now=BEGINS)
    present(session, staff, hr)
    with pytest.raises(WrongState, match="not over yet"):
        actions.give_feedback(session, rating=2, by=staff, now=BEGINS + HOUR)
    actions.give_feedback(session, rating=2, words="Too quick by far", by=staff, now=session.ends_at)
    with pytest.raises(WrongState, match="gave your feedback"):
        actions.give_feedback(session, rating=5, by=staff, now=session.ends_at)

    read = {
        who: signed_in(user).get(session.get_absolute_url()).content.decode().partition('id="feedback"')[2]
        for who, user in (("hr", hr), ("lead", lead))
    }
    shown = {
        who: ("Too quick by far" in page, "Staff Chen" in page.partition("</section>")[0]) for who, page in read.items()
    }
    assert shown == {"hr": (True, True), "lead": (True, False)}
    for outsider in (finance, administrator):
        assert "Too quick by far" not in signed_in(outsider).get(session.get_absolute_url()).content.decode()
        told = api(outsider).get(f"/api/v1/training-sessions/{session.pk}/")
        assert (told.status_code, told.json()["feedback"]) == (200, [])
    assert (
        api(lead).get(f"/api/v1/training-sessions/{session.pk}/").json()["feedback"][0]["words"] == "Too quick by far"
    )
    assert not Event.objects.filter(actor=staff).exclude(verb="obligation_met").exists()


# --- The plan -----------------------------------------------------------------------------------------


def promises(site) -> list[tuple]:
    rows = Obligation.objects.kind(SITE_TRAINING).about(site).order_by("due_at")
    return [(one.period, one.status, one.late) for one in rows]


@pytest.mark.clause("2.4.1")
def test_each_site_owes_one_training_a_quarter_and_planning_twice_changes_nothing(assignment, site):
    assert (plan_trainings(NOON), plan_trainings(NOON)) == (1, 0)

    [promise] = Obligation.objects.kind(SITE_TRAINING).about(site)
    assert (promise.period, promise.opened_at, promise.due_at) == (
        "2026Q4",
        datetime(2026, 10, 1, tzinfo=SHANGHAI),
        datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=SHANGHAI),
    )


@pytest.mark.clause("2.4.1")
def test_the_year_ends_on_the_sites_own_clock(db):
    """At the same moment it is the new year in Auckland and still the old one in Los Angeles."""
    sites = [SiteFactory(time_zone=zone) for zone in ("Pacific/Auckland", "America/Los_Angeles")]
    for site in sites:
        AssignmentFactory(site=site, since=date(2026, 1, 1))

    plan_trainings(datetime(2026, 12, 31, 20, tzinfo=ZoneInfo("UTC")))

    assert [promises(site) for site in sites] == [[("2027Q1", "open", False)], [("2026Q4", "open", False)]]


@pytest.mark.clause("2.4.1")
def test_after_an_outage_the_quarters_that_went_by_are_owed_too(assignment, site):
    for moment in (datetime(2026, 11, 18, 12, tzinfo=SHANGHAI), datetime(2027, 7, 2, 12, tzinfo=SHANGHAI)):
        plan_trainings(moment)
    obligations.sweep(now=datetime(2027, 7, 2, 12, tzinfo=SHANGHAI))

    assert promises(site) == [
        ("2026Q4", "open", True),
        ("2027Q1", "open", True),
        ("2027Q2", "open", True),
        ("2027Q3", "open", False),
    ]


def test_other_numbers_a_year_make_other_periods():
    names = {times: [one.name for one in policy.periods(2026, times)][-1] for times in (1, 2, 4, 5, 12)}
    days = policy.periods(2026, 5)

    assert names == {1: "2026", 2: "2026H2", 4: "2026Q4", 5: "2026-5-5", 12: "2026M12"}
    assert (days[0].first, days[-1].last) == (date(2026, 1, 1), date(2026, 12, 31))
    assert [a.last + DAY for a in days[:-1]] == [b.first for b in days[1:]]


@pytest.mark.clause("2.4.1")
def test_the_first_of_the_site_who_is_there_keeps_the_promise(assignment, site, staff, session, hr):
    plan_trainings(NOON)
    stranger_session = session.enrolments.count()
    enrolment = present(session, staff, hr)
    assert (stranger_session, promises(site)) == (0, [("2026Q4", "met", False)])

    actions.mark_absent(enrolment, by=hr, now=BEGINS + HOUR)

    assert promises(site) == [("2026Q4", "open", False)]


@pytest.mark.clause("2.4.1")
def test_people_of_another_site_keep_no_promise_of_this_one(assignment, site, course, stranger, hr):
    plan_trainings(NOON)

    present(plan(course, None, hr), stranger, hr)

    assert promises(site) == [("2026Q4", "open", False)]


@pytest.mark.clause("2.4.1")
def test_a_missed_quarter_warns_hr_and_goes_to_the_head_of_hr(assignment, hr):
    hr.department = DepartmentFactory()
    hr.save()
    plan_trainings(NOON)

    obligations.sweep(now=datetime(2026, 12, 12, 12, tzinfo=SHANGHAI))
    obligations.sweep(now=datetime(2027, 1, 1, 0, 1, tzinfo=SHANGHAI))

    told = Notification.objects.filter(kind__startswith="obligation").order_by("pk")
    assert list(told.values_list("kind", "person__name")) == [
        ("obligation_warning", hr.name),
        ("obligation_breach", hr.department.head.name),
    ]


def test_a_site_where_nobody_is_left_owes_nothing(assignment, site):
    plan_trainings(NOON)
    assignment.planned_to = NOON.date()
    assignment.save()

    plan_trainings(NOON + 2 * DAY)

    assert promises(site) == [("2026Q4", "dropped", False)]


def test_the_plan_shows_what_is_held_planned_and_missing_to_those_who_lead(
    assignment, site, other_site, stranger, course, hr, lead, staff, signed_in
):
    now = timezone.now()
    plan_trainings(now)
    plan(course, site, hr, begins_at=now + timedelta(minutes=1), now=now)

    page = signed_in(lead).get(reverse("training_plan"))

    assert (b"1 planned" in page.content, other_site.name.encode() in page.content) == (True, False)
    assert page.context["figures"] == {"owed": 1, "kept": 0, "missing": 0}
    assert signed_in(staff).get(reverse("training_plan")).status_code == 403
    sheet = b"".join(signed_in(lead).get(reverse("training_plan") + "?export=csv")).decode()
    assert (f"{site.name},{page.context['current']},Open," in sheet, other_site.name in sheet) == (True, False)

    client = APIClient()
    client.force_authenticate(lead)
    [row] = client.get("/api/v1/training-plan/").json()
    part = next(one for one in row["periods"] if one["planned"])
    assert (row["site"], part) == (
        site.pk,
        {"period": page.context["current"], "owed": "open", "held": 0, "planned": 1, "late": False},
    )
    assert client.get("/api/v1/training-plan/", {"year": "soon"}).json()["fields"].keys() == {"year"}
    client.force_authenticate(staff)
    assert client.get("/api/v1/training-plan/").status_code == 403


@pytest.mark.parametrize("count", [1, 4])
def test_the_list_and_the_plan_ask_as_many_questions_for_one_as_for_four(course, hr, count, signed_in):
    for _number in range(count):
        site = SiteFactory()
        session = plan(course, site, hr)
        present(session, colleague(site), hr)
    plan_trainings(NOON)
    browser, asked = signed_in(hr), {}
    for name in ("training_sessions", "training_plan"):
        browser.get(reverse(name))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get(reverse(name))
        asked[name] = len(queries)

    assert asked == QUERIES


QUERIES = {"training_sessions": 10, "training_plan": 11}


# --- What clients ask for (2.4.2) ---------------------------------------------------------------------


@pytest.fixture
def need(site, contact, lead):
    """Logged on a Wednesday at noon."""
    return actions.log_client_training(
        site=site, contact=contact, title="Handling of the new scanner", asked_at=NOON, by=lead, now=NOON
    )


@pytest.mark.clause("2.4.2")
def test_the_first_answer_is_due_after_three_working_days_of_the_site(need, site, contact, lead):
    HolidayFactory(country="", site=site, day=date(2026, 11, 27), name="Harbour day")
    second = actions.log_client_training(
        site=site, contact=contact, title="Forklift", asked_at=NOON + 6 * DAY, by=lead, now=NOON + 6 * DAY
    )

    due = [
        Obligation.objects.kind(CLIENT_TRAINING).about(one).get().due_at.astimezone(site.zone).date()
        for one in (need, second)
    ]
    assert due == [date(2026, 11, 23), date(2026, 11, 30)]


@pytest.mark.clause("2.4.2")
def test_hr_is_warned_a_day_before_and_its_head_the_lead_and_the_head_learn_of_a_late_answer(need, hr, lead, head):
    hr.department = DepartmentFactory()
    hr.save()

    obligations.sweep(now=NOON + 5 * DAY)
    obligations.sweep(now=NOON + 6 * DAY)

    told = Notification.objects.filter(kind__startswith="obligation").values_list("kind", "person__name")
    assert set(told) == {
        ("obligation_warning", hr.name),
        ("obligation_breach", hr.department.head.name),
        ("obligation_breach", lead.name),
        ("obligation_breach", head.name),
    }


@pytest.mark.clause("2.4.2")
def test_an_answer_by_hr_stops_the_clock_and_an_outcome_closes_it(need, hr, lead):
    with pytest.raises(NotAllowed):
        actions.answer_client_training(need, answer="Next week", by=lead, now=NOON)
    with pytest.raises(PolicyBroken):
        actions.answer_client_training(need, answer=" ", by=hr, now=NOON)
    actions.answer_client_training(need, answer="Two hours on Friday by Mr Guest", by=hr, now=NOON + HOUR)

    actions.close_client_training(need, outcome="Twelve people trained", by=hr, now=NOON + 9 * DAY)

    promise = Obligation.objects.kind(CLIENT_TRAINING).about(need).get()
    assert (need.status, promise.status, promise.met_at, promise.late) == ("closed", "met", NOON + HOUR, False)
    assert list(Notification.objects.filter(kind="client_training_answered").values_list("person", flat=True)) == [
        lead.pk
    ]


@pytest.mark.clause("2.4.2")
def test_only_those_of_the_site_log_a_need_and_only_with_a_contact_of_its_client(site, contact, stranger, lead):
    with pytest.raises(NotAllowed):
        actions.log_client_training(site=site, contact=contact, title="A", asked_at=NOON, by=stranger, now=NOON)
    with pytest.raises(PolicyBroken) as refused:
        actions.log_client_training(
            site=SiteFactory(lead=lead), contact=contact, title=" ", asked_at=NOON + DAY, wanted_on=date(2020, 1, 1),
            by=lead, now=NOON,
        )  # fmt: skip

    assert list(refused.value.fields) == ["title", "contact", "asked_at", "wanted_on"]
    assert list(ClientTraining.objects.visible_to(stranger)) == []


# --- Learning of one's own (2.4.3a) -------------------------------------------------------------------


@pytest.mark.clause("2.4.3a")
def test_a_learning_note_is_for_its_writer_the_lead_the_head_and_hr_and_verifies_nothing(
    staff, lead, head, hr, stranger, site, executive, finance, administrator, course
):
    note = actions.note_learning(
        topic="Streams", learned_on=NOON.date(), hours=Decimal("1.5"), skill=course.skill, words="Lazy until asked",
        files=[("notes.txt", b"Streams are lazy")], by=staff, now=NOON,
    )  # fmt: skip
    people = [staff, lead, head, hr, stranger, colleague(site), executive, finance, administrator]

    seen = [note in LearningNote.objects.visible_to(one) for one in people]

    assert seen == [True, True, True, True, False, False, False, False, False]
    assert PersonSkill.objects.count() == 0


def test_what_is_noted_was_learned_by_today_and_took_some_time(staff):
    with pytest.raises(PolicyBroken) as refused:
        actions.note_learning(topic=" ", learned_on=NOON.date() + DAY, hours=Decimal(0), by=staff, now=NOON)

    assert list(refused.value.fields) == ["topic", "learned_on", "hours"]


# --- The same over the API ----------------------------------------------------------------------------


@pytest.mark.clause("2.4.1")
def test_a_training_from_plan_to_feedback_over_the_api(course, site, hr, lead, staff):
    now = timezone.now()
    with_hr, with_staff = api(hr), api(staff)
    plan_of = {
        "course": course.pk, "site": site.pk, "begins_at": (now + timedelta(minutes=5)).isoformat(), "places": 1,
        "ends_at": (now + 2 * HOUR).isoformat(), "place": "Room 3", "guest_trainer": "Mr Guest",
    }  # fmt: skip
    made = with_hr.post("/api/v1/training-sessions/", plan_of, format="json")
    session = TrainingSession.objects.get(pk=made.data["id"])
    path = f"/api/v1/training-sessions/{session.pk}/"
    asked = with_staff.post(f"{path}ask/", {"reason": "For the new line"}, format="json")
    decide(session.enrolments.get(), Outcome.APPROVED, lead, now=now)
    full = with_hr.post(f"{path}enrol/", {"people": [colleague(site).pk]}, format="json")
    assert full.json()["fields"] == {"people": "All 1 places are taken."}
    place = f"/api/v1/enrolments/{session.enrolments.get().pk}/"
    by_code = with_staff.post("/api/v1/training-sessions/attend/", {"token": str(session.token)}, format="json")
    assert (by_code.status_code, session.enrolments.get().attended_by) == (200, staff)
    early = with_hr.post(f"{place}result/", {"result": "passed"}, format="json")
    assert (early.status_code, early.json()["detail"]) == (409, "This session is not over yet.")
    TrainingSession.objects.filter(pk=session.pk).update(begins_at=now - 2 * HOUR, ends_at=now)
    answers = [
        made.status_code,
        asked.status_code,
        full.status_code,
        with_staff.post(f"{place}present/").status_code,
        with_hr.post(f"{place}present/").status_code,
        with_hr.post(f"{place}result/", {"result": "passed"}, format="json").status_code,
        with_staff.post(f"{path}give-feedback/", {"rating": 4, "words": "Good"}, format="json").status_code,
    ]

    assert answers == [201, 200, 422, 403, 409, 200, 200]  # present already, by the code
    assert with_staff.get(path).data["feedback"] == [{"rating": 4, "words": "Good"}]
    assert PersonSkill.objects.get(person=staff).verified_level == 3


def api(user) -> APIClient:
    """A program with a token of this person."""
    _row, token = AuthToken.objects.create(user)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_change_to_the_edge_of_the_calendar_is_refused_beside_its_field(session, hr, signed_in, moment):
    hr.time_zone = "America/New_York"
    hr.save()
    address = reverse("training_session_edit", args=[session.pk])
    form = signed_in(hr).get(address).context["form"]
    given = {name: form[name].value() or "" for name in form.fields} | {"begins_at": moment}
    answer = signed_in(hr).post(address, given)
    assert (answer.status_code, "begins_at" in answer.context["form"].errors) == (422, True)
