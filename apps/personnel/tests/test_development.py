"""Talks about development a year after the last, goals, and promotions and transfers with their basis (2.4.3b)."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import InternalError, transaction
from django.urls import reverse
from rest_framework.test import APIClient

from apps.core import obligations
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel.actions import development as actions
from apps.personnel.actions import people
from apps.personnel.models import CareerChange, Course, DevelopmentTalk, Enrolment, Grade, TrainingSession
from apps.personnel.obligations.development import DEVELOPMENT_TALK, plan_talks
from apps.personnel.story import story_of
from apps.personnel.tests.factories import NOON, AssignmentFactory, DepartmentFactory, SiteFactory, UserFactory

DAY = timedelta(days=1)
TODAY = NOON.date()
SHANGHAI = ZoneInfo("Asia/Shanghai")


def here_since(site, day, **person) -> AssignmentFactory:
    return AssignmentFactory(site=site, since=day, person=UserFactory(**person))


def owed(person) -> list[tuple]:
    rows = Obligation.objects.kind(DEVELOPMENT_TALK).about(person).order_by("due_at")
    return [(one.status, one.owner, one.due_at.astimezone(SHANGHAI).date()) for one in rows]


def talk_with(person, by, *, held_on=TODAY, goals=(), now=NOON) -> DevelopmentTalk:
    return actions.record_talk(person, held_on=held_on, said="A good year.", goals=goals, by=by, now=now)


@pytest.mark.clause("2.4.3b")
def test_a_talk_falls_due_a_year_after_the_first_posting_and_the_lead_is_asked_a_month_before(site, lead):
    soon = here_since(site, TODAY - 340 * DAY).person
    later = here_since(site, TODAY - 300 * DAY).person

    assert (plan_talks(NOON), plan_talks(NOON)) == (1, 0)

    assert (owed(soon), owed(later)) == ([("open", lead, TODAY + 25 * DAY)], [])


@pytest.mark.clause("2.4.3b")
def test_nobody_is_late_on_the_day_the_clock_is_first_seen(site, lead):
    old = here_since(site, TODAY - 2000 * DAY).person

    plan_talks(NOON)

    assert owed(old) == [("open", lead, TODAY + 30 * DAY)]


@pytest.mark.clause("2.4.3b")
def test_whoever_was_hired_after_the_first_posting_counts_from_then(site):
    new = here_since(site, TODAY - 360 * DAY, hired_on=TODAY - 100 * DAY).person

    plan_talks(NOON)

    assert owed(new) == []


@pytest.mark.clause("2.4.3b")
def test_a_talk_keeps_the_promise_and_the_next_falls_due_a_year_later(site, lead):
    person = here_since(site, TODAY - 340 * DAY).person
    plan_talks(NOON)

    talk_with(person, lead)
    plan_talks(NOON + 340 * DAY)

    assert owed(person) == [("met", lead, TODAY + 25 * DAY), ("open", lead, TODAY + 365 * DAY)]


@pytest.mark.clause("2.4.3b")
def test_a_missed_talk_goes_to_the_lead_and_the_head(site, lead, head):
    here_since(site, TODAY - 340 * DAY)
    plan_talks(NOON)

    obligations.sweep(now=NOON + 27 * DAY)

    told = Notification.objects.filter(kind="obligation_breach").order_by("pk").values_list("person__name", flat=True)
    assert list(told) == [lead.name, head.name]


def test_the_head_owes_the_talk_with_a_lead_who_is_stationed(site, lead, head):
    AssignmentFactory(site=site, person=lead, since=TODAY - 340 * DAY)

    plan_talks(NOON)

    assert owed(lead) == [("open", head, TODAY + 25 * DAY)]


def test_whoever_leaves_the_site_is_no_longer_owed_a_talk(site):
    posting = here_since(site, TODAY - 340 * DAY)
    plan_talks(NOON)
    posting.planned_to = TODAY
    posting.save()

    plan_talks(NOON + DAY)

    assert [status for status, _owner, _due in owed(posting.person)] == ["dropped"]


@pytest.mark.clause("2.4.3b")
def test_the_person_confirms_or_comments_what_was_written_and_nobody_else(staff, lead, hr):
    first, second = talk_with(staff, lead), talk_with(staff, hr)
    for nobody in (lead, hr):
        with pytest.raises(NotAllowed):
            actions.confirm_talk(first, by=nobody, now=NOON)
    with pytest.raises(PolicyBroken):
        actions.comment_talk(second, comment=" ", by=staff, now=NOON)

    actions.confirm_talk(first, by=staff, now=NOON + DAY)
    actions.comment_talk(second, comment="I asked for Java, not for SAP.", by=staff, now=NOON + DAY)

    assert (first.status, second.status, second.comment, second.said) == (
        "confirmed",
        "commented",
        "I asked for Java, not for SAP.",
        "A good year.",
    )
    with pytest.raises(WrongState):
        actions.confirm_talk(second, by=staff, now=NOON + DAY)


@pytest.mark.clause("2.4.3b")
def test_goals_come_with_their_day_and_are_moved_on_by_who_holds_the_talks(staff, lead, stranger):
    with pytest.raises(PolicyBroken) as refused:
        talk_with(staff, lead, goals=[("Lead a shift", None), ("Java 4", TODAY - DAY), ("", None)])
    assert list(refused.value.fields) == ["goal_1", "goal_2"]
    talk = talk_with(staff, lead, goals=[("Lead a shift", TODAY + 90 * DAY), ("", None)])
    goal = talk.goals.get()
    for nobody in (staff, stranger):
        with pytest.raises(NotAllowed):
            actions.set_goal(goal, status="reached", by=nobody, now=NOON)

    actions.set_goal(goal, status="reached", by=lead, now=NOON)

    assert (goal.status, list(DevelopmentTalk.objects.visible_to(stranger))) == ("reached", [])


def test_talks_are_held_by_those_above_never_with_oneself_and_not_ahead_of_time(staff, lead, head, stranger, site):
    other_lead = SiteFactory().lead
    for nobody in (staff, stranger, other_lead):
        with pytest.raises(NotAllowed):
            talk_with(staff, nobody)
    with pytest.raises(PolicyBroken) as refused:
        talk_with(staff, head, held_on=TODAY + DAY)

    assert list(refused.value.fields) == ["held_on"]


def test_talks_are_seen_by_the_person_those_above_hr_and_executives(
    staff, lead, head, hr, executive, stranger, finance, administrator, site
):
    talk = talk_with(staff, lead)
    colleague = here_since(site, TODAY - 10 * DAY).person
    people = [staff, lead, head, hr, executive, colleague, stranger, finance, administrator]

    seen = [DevelopmentTalk.objects.visible_to(one).filter(pk=talk.pk).exists() for one in people]

    assert seen == [True] * 5 + [False] * 4


# --- Promotions and transfers -------------------------------------------------------------------------


@pytest.fixture
def grades(db):
    return [Grade.objects.create(name=f"P{rank}", rank=rank) for rank in (4, 5)]


@pytest.fixture
def talk(staff, lead, grades):
    staff.grade = grades[0]
    staff.save()
    return talk_with(staff, lead)


def promote(person, by, **changes) -> CareerChange:
    values = {"kind": "promotion", "effective_on": TODAY, "reason": "Led two projects."} | changes
    return actions.change_career(person, **values, by=by, now=NOON)


@pytest.mark.clause("2.4.3b")
def test_a_promotion_cites_its_talk_and_changes_the_grade_with_its_history(staff, hr, talk, grades):
    change = promote(staff, hr, grade=grades[1], talk=talk)

    staff.refresh_from_db()
    event = Event.objects.get(verb="person_career_changed")
    assert (staff.grade, change.grade_before, event.data["changes"]) == (
        grades[1],
        grades[0],
        {"grade": ["P4", "P5"]},
    )
    assert Notification.objects.filter(kind="career_change", person=staff).count() == 1
    with pytest.raises(InternalError), transaction.atomic():
        CareerChange.objects.filter(pk=change.pk).update(reason="Other")


@pytest.mark.clause("2.4.3b")
def test_a_transfer_may_rest_on_a_passed_result_but_not_on_a_failed_or_a_foreign_one(staff, stranger, hr):
    session = TrainingSession.objects.create(
        course=Course.objects.create(name="Safety", hours=Decimal(2)), begins_at=NOON - DAY, ends_at=NOON, place="1",
        guest_trainer="Guest", places=9,
    )  # fmt: skip
    passed, failed, foreign = (
        Enrolment.objects.create(
            session=session, person=person, asked_by=hr, asked_at=NOON, status="approved", attended_at=NOON,
            attended_by=hr, result=result, result_by=hr, result_at=NOON,
        )
        for person, result in ((staff, "passed"), (UserFactory(), "failed"), (stranger, "passed"))
    )  # fmt: skip
    there = DepartmentFactory()
    for person, basis in ((failed.person, failed), (staff, foreign)):
        with pytest.raises(PolicyBroken) as refused:
            promote(person, hr, kind="transfer", department=there, enrolment=basis)
        assert list(refused.value.fields) == ["enrolment"]

    promote(staff, hr, kind="transfer", department=there, enrolment=passed)

    staff.refresh_from_db()
    assert staff.department == there
    told = [one.title for one in story_of(staff, reader=hr)]
    assert (f"Transfer: {there}" in told, "Training: Safety" in told) == (True, True)


@pytest.mark.parametrize(("held_on", "due_on"), [("9999-12-31", "9999-12-31"), ("0001-01-01", "9999-12-31")])
def test_a_talk_at_the_edge_of_the_calendar_is_refused_beside_its_day(staff, lead, held_on, due_on):
    client = APIClient()
    client.force_authenticate(lead)
    given = {"person": staff.pk, "held_on": held_on, "said": "Well", "goals": [{"text": "Java", "due_on": due_on}]}
    answer = client.post("/api/v1/development-talks/", given, format="json")
    assert (answer.status_code, "held_on" in answer.json()["fields"]) == (422, True)


@pytest.mark.clause("2.4.3b")
def test_a_department_that_is_set_changes_by_a_transfer_only(staff, hr, talk, lead, signed_in):
    first, other = DepartmentFactory(), DepartmentFactory()
    staff.department = None
    staff.save()
    people.update_person(staff, department=first, by=hr, now=NOON)  # the first one comes with the record
    with pytest.raises(PolicyBroken, match="by a transfer") as refused:
        people.update_person(staff, department=other, by=hr, now=NOON)
    assert (list(refused.value.fields), refused.value.verdict.clause) == (["department"], "2.4.3b")
    client = APIClient()
    client.force_authenticate(hr)
    answer = client.patch(f"/api/v1/people/{staff.pk}/", {"department": other.pk}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["department"])
    page = signed_in(hr).get(reverse("person_edit", args=[staff.pk]))
    assert page.context["form"].fields["department"].disabled
    assert f"Development talk with {lead.name}" in [one.title for one in story_of(staff, reader=hr)]
    staff.refresh_from_db()
    assert staff.department == first


@pytest.mark.clause("2.4.3b")
@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        ({"talk": None}, ["talk"]),
        ({"grade": None}, ["grade"]),
        ({"grade": "same"}, ["grade"]),
        ({"effective_on": date(2026, 11, 19)}, ["effective_on"]),
        ({"reason": " "}, ["reason"]),
        ({"kind": "transfer", "grade": None}, ["department"]),
    ],
)
def test_what_is_missing_stands_beside_its_field(staff, hr, talk, grades, changes, beside):
    values = {"grade": grades[1], "talk": talk} | changes
    values["grade"] = grades[0] if values["grade"] == "same" else values["grade"]

    with pytest.raises(PolicyBroken) as refused:
        promote(staff, hr, **values)

    assert list(refused.value.fields) == beside


def test_nobody_promotes_themselves_and_leads_promote_nobody(staff, lead, hr, talk, grades):
    for person, by in ((staff, lead), (hr, hr)):
        with pytest.raises(NotAllowed):
            promote(person, by, grade=grades[1], talk=talk)


# --- Pages --------------------------------------------------------------------------------------------


def test_a_lead_writes_a_talk_down_on_the_persons_page_and_the_person_signs_it(staff, lead, signed_in):
    page = signed_in(lead).get(reverse("person_talk", args=[staff.pk]))
    sent = {
        "key": page.context["form"]["key"].value(), "held_on": "2026-01-05", "said": "Doing well",
        "goal_1": "Lead a shift", "by_1": "2026-06-30", "goal_2": "", "by_2": "", "goal_3": "", "by_3": "",
    }  # fmt: skip
    for _twice in range(2):
        signed_in(lead).post(reverse("person_talk", args=[staff.pk]), sent)
    talk = DevelopmentTalk.objects.get()
    home = signed_in(staff).get("/").content.decode()
    signed_in(staff).post(reverse("development_talk_confirm", args=[talk.pk]))
    talk.refresh_from_db()

    assert (list(talk.goals.values_list("text", "due_on")), talk.status) == (
        [("Lead a shift", date(2026, 6, 30))],
        "confirmed",
    )
    assert "Confirm or comment your development talk" in home
    signed_in(lead).post(reverse("development_goal_set", args=[talk.goals.get().pk]), {"status": "reached"})
    assert talk.goals.get().status == "reached"
