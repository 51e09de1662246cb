"""Meeting the client face to face every month (7.1.1)."""

import threading
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.communication.actions import meetings as actions
from apps.communication.models import Meeting, MeetingWaiver
from apps.communication.obligations.meetings import MONTHLY_MEETING, plan_meetings, will_miss
from apps.communication.policy.meetings import month_after, month_before
from apps.communication.views.meetings import find_meetings
from apps.core import approvals, obligations
from apps.core.approvals import Approval, Outcome
from apps.core.attachments import Attachment
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, Refused, WrongState
from apps.personnel.actions import change_assignment, dispatch_named
from apps.personnel.models import Assignment
from apps.personnel.roles import Role
from apps.personnel.tests.factories import (
    NOON,
    AssignmentFactory,
    ClientContactFactory,
    DepartmentFactory,
    HolidayFactory,
    SiteFactory,
    UserFactory,
    signed_off,
    with_papers,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
Status = Meeting.Status


def at(year, month, day, hour=12, minute=0, zone=SHANGHAI):
    return datetime(year, month, day, hour, minute, tzinfo=zone)


def months(assignment) -> list[tuple[str, str]]:
    """The promises of an assignment: (month, status), in order."""
    rows = Obligation.objects.kind(MONTHLY_MEETING).about(assignment).order_by("period")
    return list(rows.values_list("period", "status"))


def promise(assignment, period="2026-11") -> Obligation:
    return Obligation.objects.kind(MONTHLY_MEETING).about(assignment).get(period=period)


@pytest.fixture
def november(assignment):
    """The month has been planned; `assignment` owes a meeting."""
    plan_meetings(at(2026, 11, 1))
    return promise(assignment)


def plan(site, by, staff, contacts, begins_at=NOON, mode="in_person", now=NOON - DAY):
    return actions.plan_meeting(
        site=site,
        mode=mode,
        begins_at=begins_at,
        agenda="Progress",
        place="Their office",
        staff=staff,
        contacts=contacts,
        by=by,
        now=now,
    )


def hold(meeting, by, now=None, **changes):
    words = {
        "begins_at": meeting.begins_at,
        "minutes": "All well",
        "staff": meeting.staff.all(),
        "contacts": meeting.contacts.all(),
    }
    return actions.record_held(meeting, **(words | changes), by=by, now=now or meeting.begins_at + HOUR)


@pytest.fixture
def held(november, site, staff, contact):
    """Organised by `staff`, face to face with the client, waiting to be confirmed."""
    return hold(plan(site, staff, [staff], [contact]), staff)


# --- Who owes a meeting, and when ---------------------------------------------------------------------


@pytest.mark.clause("7.1.1")
def test_each_assignment_owes_one_meeting_a_month_until_the_month_ends_at_its_site(november, assignment, staff, site):
    assert (november.owner, november.person, november.site) == (staff, staff, site)
    assert november.opened_at == at(2026, 11, 1, 0)
    assert november.due_at == at(2026, 12, 1, 0) - timedelta(microseconds=1)


@pytest.mark.clause("7.1.1")
def test_planning_again_opens_nothing_twice_over_a_turn_of_the_year(assignment):
    days = [at(2026, 11, 30, 23, 59), at(2026, 12, 1, 0), at(2026, 12, 15), at(2026, 12, 31, 23, 59), at(2027, 1, 1, 0)]

    opened = [plan_meetings(moment) for moment in days for _again in range(2)]

    assert opened == [1, 0, 1, 0, 0, 0, 0, 0, 1, 0]
    assert months(assignment) == [("2026-11", "open"), ("2026-12", "open"), ("2027-01", "open")]
    assert promise(assignment, "2026-12").due_at == at(2027, 1, 1, 0) - timedelta(microseconds=1)


@pytest.mark.clause("7.1.1")
@pytest.mark.parametrize(("year", "last"), [(2027, 28), (2028, 29)])
def test_february_ends_on_its_last_day(assignment, year, last):
    plan_meetings(at(year, 2, 10))

    assert promise(assignment, f"{year}-02").due_at.astimezone(SHANGHAI).date() == date(year, 2, last)


@pytest.mark.clause("7.1.1")
@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("Pacific/Kiritimati", datetime(2026, 11, 30, 10, tzinfo=ZoneInfo("UTC"))),
        ("Asia/Shanghai", datetime(2026, 11, 30, 16, tzinfo=ZoneInfo("UTC"))),
        ("America/New_York", datetime(2026, 12, 1, 5, tzinfo=ZoneInfo("UTC"))),
    ],
)
def test_the_month_begins_and_ends_on_the_sites_own_clock(assignment, site, zone, begins):
    site.time_zone = zone
    site.save()
    plan_meetings(begins - timedelta(seconds=1))
    assert months(assignment) == [("2026-11", "open")]
    assert promise(assignment).due_at == begins - timedelta(microseconds=1)

    plan_meetings(begins)

    assert months(assignment) == [("2026-11", "open"), ("2026-12", "open")]
    assert promise(assignment, "2026-12").opened_at == begins


@pytest.mark.clause("7.1.1")
def test_sites_around_the_world_each_get_their_month_once(site, assignment):
    far = AssignmentFactory(site=SiteFactory(time_zone="Pacific/Kiritimati"))
    west = AssignmentFactory(site=SiteFactory(time_zone="America/New_York"))
    moment = datetime(2026, 11, 30, 12, tzinfo=ZoneInfo("UTC"))

    assert (plan_meetings(moment), plan_meetings(moment)) == (3, 0)

    assert [months(one) for one in (far, assignment, west)] == [
        [("2026-12", "open")],
        [("2026-11", "open")],
        [("2026-11", "open")],
    ]


@pytest.mark.clause("7.1.1")
@pytest.mark.parametrize(("days_off", "owed"), [(11, 1), (12, 0)])
def test_a_month_with_fewer_than_ten_working_days_owes_none(assignment, days_off, owed):
    """November 2026 has 21 working days from Monday to Friday."""
    workdays = [date(2026, 11, day) for day in range(1, 31) if date(2026, 11, day).weekday() < 5]
    for day in workdays[:days_off]:
        HolidayFactory(day=day)

    assert plan_meetings(at(2026, 11, 2)) == owed


@pytest.mark.clause("7.1.1")
def test_a_make_up_working_day_counts(assignment):
    workdays = [date(2026, 11, day) for day in range(1, 31) if date(2026, 11, day).weekday() < 5]
    for day in workdays[:12]:
        HolidayFactory(day=day)
    HolidayFactory(day=date(2026, 11, 28), working=True)

    assert plan_meetings(at(2026, 11, 2)) == 1


@pytest.mark.clause("7.1.1")
@pytest.mark.parametrize(("since", "owed"), [(date(2026, 11, 17), 1), (date(2026, 11, 18), 0)])
def test_whoever_arrives_in_the_month_owes_one_with_ten_working_days_left(site, since, owed):
    """From Tuesday 17 November ten working days are left, from Wednesday nine."""
    AssignmentFactory(site=site, since=since)

    assert plan_meetings(at(2026, 11, 20)) == owed


@pytest.mark.clause("7.1.1")
def test_nothing_is_asked_before_somebody_arrives(site):
    arriving = AssignmentFactory(site=site, since=date(2026, 11, 9))
    assert plan_meetings(at(2026, 11, 2)) == 0

    plan_meetings(at(2026, 11, 9, 8))

    assert promise(arriving).opened_at == at(2026, 11, 9, 0)


@pytest.mark.clause("7.1.1")
def test_an_assignment_that_ends_early_owes_nothing_any_more_and_again_when_that_was_a_mistake(november, assignment):
    signed_off(assignment, date(2026, 11, 12))
    plan_meetings(at(2026, 11, 12))
    assert months(assignment) == [("2026-11", "dropped")]

    with_papers(assignment.person)
    assignment.ended_on, assignment.status = None, Assignment.Status.ON_SITE
    assignment.save()
    plan_meetings(at(2026, 11, 13))

    assert months(assignment) == [("2026-11", "open")]
    assert promise(assignment).next_alarm_at == at(2026, 11, 20, 9)


@pytest.mark.clause("7.1.1")
def test_whoever_leaves_after_ten_working_days_still_owes_the_month(november, assignment):
    signed_off(assignment, date(2026, 11, 13))

    plan_meetings(at(2026, 11, 14))

    assert months(assignment) == [("2026-11", "open")]


@pytest.mark.clause("7.1.1")
def test_a_cancelled_assignment_owes_nothing(november, assignment):
    assignment.status = Assignment.Status.CANCELLED
    assignment.save()

    plan_meetings(at(2026, 11, 12))

    assert months(assignment) == [("2026-11", "dropped")]


@pytest.mark.clause("7.1.1")
def test_a_planned_end_ends_the_duty_until_it_is_extended(site, hr):
    short = AssignmentFactory(site=site, since=date(2026, 10, 1), planned_to=date(2026, 11, 10))
    assert plan_meetings(at(2026, 11, 2)) == 0
    assert plan_meetings(at(2026, 11, 12)) == 0

    change_assignment(
        short,
        position="Fitter",
        since=short.since,
        planned_to=date(2026, 12, 31),
        project=None,
        by=hr,
        now=at(2026, 11, 12),
    )

    assert months(short) == [("2026-11", "open")]


@pytest.mark.clause("7.1.1")
def test_a_new_assignment_owes_its_month_at_once_and_only_once(site, hr):
    person = UserFactory()
    monday = at(2026, 11, 2)
    posting = dispatch_named(
        person=person, site=site, position="Fitter", since=monday.date(), reason="Fits best", by=hr, now=monday
    )
    assert months(posting) == [("2026-11", "open")]

    assert plan_meetings(monday) == 0
    days = {"position": "Fitter", "since": posting.since, "project": None, "by": hr, "now": monday}
    change_assignment(posting, planned_to=date(2026, 11, 4), **days)
    assert months(posting) == [("2026-11", "dropped")]
    change_assignment(posting, planned_to=None, **days)
    assert months(posting) == [("2026-11", "open")]


@pytest.mark.clause("7.1.1")
def test_an_outage_over_a_whole_month_leaves_no_hole(november, assignment, site):
    late = AssignmentFactory(site=site, since=date(2026, 12, 1))

    opened = plan_meetings(at(2027, 1, 5))

    assert opened == 4
    assert months(assignment) == [("2026-11", "open"), ("2026-12", "open"), ("2027-01", "open")]
    assert months(late) == [("2026-12", "open"), ("2027-01", "open")]


@pytest.mark.clause("7.1.1")
def test_a_new_company_owes_nothing_for_the_months_before_it_began(assignment):
    assert plan_meetings(at(2026, 11, 18)) == 1


def test_ten_thousand_would_cost_as_many_queries_as_one(site):
    def cost(moment):
        with CaptureQueriesContext(connection) as queries:
            plan_meetings(moment)
        return len(queries)

    AssignmentFactory(site=site)
    first = cost(at(2026, 11, 2))
    for _number in range(30):
        AssignmentFactory(site=site)

    assert cost(at(2026, 11, 2)) <= first
    assert Obligation.objects.kind(MONTHLY_MEETING).filter(period="2026-11").count() == 31


@pytest.mark.parametrize(
    ("month", "before", "after"),
    [
        (date(2026, 1, 1), date(2025, 12, 1), date(2026, 2, 1)),
        (date(2026, 12, 1), date(2026, 11, 1), date(2027, 1, 1)),
        (date(2026, 6, 1), date(2026, 5, 1), date(2026, 7, 1)),
    ],
)
def test_months_follow_each_other(month, before, after):
    assert (month_before(month), month_after(month)) == (before, after)


# --- Warned and escalated -----------------------------------------------------------------------------


@pytest.mark.clause("7.1.1")
def test_the_person_is_warned_on_day_20_and_25_the_lead_at_month_end_the_head_a_day_later(november, staff, lead, head):
    told = []
    for moment in (at(2026, 11, 19), at(2026, 11, 20, 9), at(2026, 11, 25, 9), at(2026, 12, 1, 0), at(2026, 12, 2, 0)):
        before = set(Notification.objects.values_list("pk", flat=True))
        obligations.sweep(now=moment)
        fresh = Notification.objects.exclude(pk__in=before).order_by("pk")
        told.append([(note.kind.removeprefix("obligation_"), note.person) for note in fresh])

    assert told == [[], [("warning", staff)], [("warning", staff)], [("breach", lead)], [("breach", head)]]


# --- What counts --------------------------------------------------------------------------------------


@pytest.mark.clause("7.1.1")
def test_a_confirmed_meeting_in_person_counts_for_everybody_of_us_who_took_part(held, site, lead, assignment, contact):
    colleague = AssignmentFactory(site=site)
    absent = AssignmentFactory(site=site)
    plan_meetings(NOON)
    hold(held, lead, staff=[assignment.person, colleague.person])

    actions.confirm(held, by=lead, now=NOON + DAY)

    assert [months(one) for one in (assignment, colleague, absent)] == [
        [("2026-11", "met")],
        [("2026-11", "met")],
        [("2026-11", "open")],
    ]
    assert (promise(assignment).met_at, promise(assignment).late) == (NOON, False)


@pytest.mark.clause("7.1.1")
def test_before_it_is_confirmed_it_counts_for_nothing(held, assignment):
    assert months(assignment) == [("2026-11", "open")]


@pytest.mark.clause("7.1.1")
@pytest.mark.parametrize("mode", ["phone", "video"])
def test_phone_and_video_are_kept_but_cannot_be_confirmed(november, site, staff, lead, contact, assignment, mode):
    meeting = hold(plan(site, staff, [staff], [contact], mode=mode), staff)

    with pytest.raises(NotAllowed) as refused:
        actions.confirm(meeting, by=lead, now=NOON + DAY)

    assert (refused.value.verdict.clause, meeting.minutes, months(assignment)) == (
        "7.1.1",
        "All well",
        [("2026-11", "open")],
    )


@pytest.mark.clause("7.1.1")
def test_without_somebody_of_the_client_it_cannot_be_confirmed(november, site, staff, lead, assignment):
    meeting = hold(plan(site, staff, [staff], []), staff)

    with pytest.raises(NotAllowed):
        actions.confirm(meeting, by=lead, now=NOON + DAY)

    assert months(assignment) == [("2026-11", "open")]


@pytest.mark.clause("7.1.1")
def test_the_organiser_who_is_not_the_lead_cannot_confirm(held, staff):
    with pytest.raises(NotAllowed):
        actions.confirm(held, by=staff, now=NOON + DAY)


@pytest.mark.clause("7.1.1")
@pytest.mark.parametrize("organised", [True, False])
def test_nobody_confirms_a_meeting_of_their_own_not_even_with_the_clients_word(
    november, site, staff, lead, deputy, head, contact, assignment, organised
):
    meeting = hold(plan(site, deputy if organised else staff, [staff, deputy], [contact]), staff)

    for confirmed_for in (None, contact):
        with pytest.raises(NotAllowed) as refused:
            actions.confirm(meeting, by=deputy, now=NOON + DAY, confirmed_for=confirmed_for)
        assert refused.value.verdict.clause == "7.1.1"
    assert months(assignment) == [("2026-11", "open")]
    assert set(Notification.objects.filter(kind="meeting_to_confirm").values_list("person", flat=True)) == {lead.pk}

    actions.confirm(meeting, by=lead, now=NOON + DAY, confirmed_for=contact)
    assert (meeting.confirmed_for, months(assignment)) == (contact, [("2026-11", "met")])


@pytest.mark.clause("7.1.1")
def test_a_lead_who_met_the_client_is_confirmed_by_the_head(november, site, staff, lead, head, contact, signed_in):
    meeting = hold(plan(site, lead, [staff, lead], [contact]), lead)
    outsider = ClientContactFactory(client=site.client)
    page = reverse("meeting_confirm", args=[meeting.pk])
    own = signed_in(lead)

    assert own.post(page, {"confirmed_for": contact.pk}).status_code == 403
    answer = own.post(f"/api/v1/meetings/{meeting.pk}/confirm/", {"confirmed_for": contact.pk}, "application/json")
    assert (answer.status_code, answer.json()["clause"]) == (403, "7.1.1")
    assert set(Notification.objects.filter(kind="meeting_to_confirm").values_list("person", flat=True)) == {head.pk}
    with pytest.raises(PolicyBroken) as refused:
        actions.confirm(meeting, by=head, now=NOON + DAY, confirmed_for=outsider)
    assert list(refused.value.fields) == ["confirmed_for"]

    assert signed_in(head).post(page, {"confirmed_for": contact.pk}).status_code == 302
    meeting.refresh_from_db()
    assert (meeting.status, meeting.confirmed_by) == (Status.CONFIRMED, head)


@pytest.mark.clause("7.1.1")
def test_the_month_of_the_meeting_counts_not_that_of_its_confirmation(november, site, staff, lead, contact, assignment):
    last = at(2026, 11, 30, 23, 30)
    meeting = hold(plan(site, staff, [staff], [contact], begins_at=last), staff)
    plan_meetings(at(2026, 12, 1))

    actions.confirm(meeting, by=lead, now=at(2026, 12, 2))

    assert months(assignment) == [("2026-11", "met"), ("2026-12", "open")]
    assert promise(assignment).met_at == last


@pytest.mark.clause("7.1.1")
@pytest.mark.parametrize("swept", [True, False])
def test_confirmed_after_the_month_it_is_kept_but_late(held, lead, assignment, swept):
    if swept:
        obligations.sweep(now=at(2026, 12, 1, 0))

    actions.confirm(held, by=lead, now=at(2026, 12, 2))

    assert (promise(assignment).status, promise(assignment).late, promise(assignment).met_at) == ("met", True, NOON)


@pytest.mark.clause("7.1.1")
def test_a_meeting_after_the_month_is_one_of_the_next(november, site, staff, lead, contact, assignment):
    plan_meetings(at(2026, 12, 1))
    first = at(2026, 12, 1, 0)
    actions.confirm(hold(plan(site, staff, [staff], [contact], begins_at=first), staff), by=lead, now=first + DAY)

    assert months(assignment) == [("2026-11", "open"), ("2026-12", "met")]


@pytest.mark.clause("7.1.1")
def test_the_month_is_the_sites_not_the_readers(site, contact, lead):
    site.time_zone = "America/New_York"
    site.save()
    posted = AssignmentFactory(site=site)
    new_york = ZoneInfo("America/New_York")
    plan_meetings(at(2026, 11, 10, zone=new_york))
    evening = at(2026, 11, 30, 20, zone=new_york)  # already December in Shanghai
    meeting = plan(site, posted.person, [posted.person], [contact], begins_at=evening)

    actions.confirm(hold(meeting, posted.person), by=lead, now=evening + DAY)

    assert months(posted) == [("2026-11", "met")]


@pytest.mark.clause("7.1.1")
def test_a_meeting_confirmed_before_the_assignment_was_entered_counts_once_it_is(site, contact, lead, assignment):
    arrived = AssignmentFactory(site=site, since=date(2026, 11, 2))
    staff = [assignment.person, arrived.person]
    meeting = hold(plan(site, assignment.person, staff, [contact]), assignment.person)
    actions.confirm(meeting, by=lead, now=NOON + DAY)

    plan_meetings(NOON + 2 * DAY)

    assert [months(assignment), months(arrived)] == [[("2026-11", "met")]] * 2


@pytest.mark.clause("7.1.1")
def test_two_confirmations_at_once_count_once(transactional_db, request):
    site, staff, lead, contact = (request.getfixturevalue(one) for one in ("site", "staff", "lead", "contact"))
    head = request.getfixturevalue("head")
    plan_meetings(at(2026, 11, 1))
    meeting = hold(plan(site, staff, [staff], [contact]), staff)
    together, answers = threading.Barrier(2), []

    def confirm(by):
        mine = Meeting.objects.select_related("site").get(pk=meeting.pk)
        together.wait()
        try:
            actions.confirm(mine, by=by, now=NOON + DAY)
            answers.append("confirmed")
        except Refused as refused:
            answers.append(type(refused).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=(by,)) for by in (lead, head)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["WrongState", "confirmed"]
    assert Event.objects.filter(verb="meeting_confirmed").count() == 1
    assert Event.objects.filter(verb="obligation_met").exclude(data__promise="client_silence").count() == 1


@pytest.mark.clause("7.1.1")
def test_the_lead_is_asked_to_confirm_what_can_count(held, lead):
    assert [note.person for note in Notification.objects.filter(kind="meeting_to_confirm")] == [lead]


def test_a_meeting_is_recorded_after_it_began_with_minutes_and_people(november, site, staff, contact, stranger):
    meeting = plan(site, staff, [staff], [contact])

    with pytest.raises(PolicyBroken) as early:
        hold(meeting, staff, now=NOON - HOUR)
    with pytest.raises(PolicyBroken) as bare:
        hold(meeting, staff, minutes=" ", staff=[stranger], contacts=[ClientContactFactory()])

    assert (list(early.value.fields), sorted(bare.value.fields)) == (["begins_at"], ["contacts", "minutes", "staff"])


def test_only_those_of_the_site_plan_and_only_those_who_take_part_change(site, staff, stranger, hr, contact):
    for outsider in (stranger, hr):
        with pytest.raises(NotAllowed):
            plan(site, outsider, [staff], [contact])
    meeting = plan(site, staff, [staff], [contact])
    colleague = AssignmentFactory(site=site).person
    with pytest.raises(NotAllowed):
        actions.cancel(meeting, reason="Moved", by=colleague, now=NOON - HOUR)

    assert actions.cancel(meeting, reason="Moved", by=staff, now=NOON - HOUR).status == Status.CANCELLED


def test_a_confirmed_meeting_is_not_changed_or_cancelled_any_more(held, lead, staff):
    actions.confirm(held, by=lead, now=NOON + DAY)

    for verb, inputs in ((actions.cancel, {"reason": "No"}), (hold, {})):
        with pytest.raises(WrongState):
            verb(held, by=staff, now=NOON + 2 * DAY, **inputs)


# --- Will miss the month ------------------------------------------------------------------------------


@pytest.mark.clause("7.1.1")
def test_the_forecast_lists_who_has_no_meeting_ahead_that_could_count(november, site, staff, contact, assignment):
    rows = Obligation.objects.all()
    without = AssignmentFactory(site=site)
    plan_meetings(NOON)

    def missing(now=NOON):
        return {one.person for one in will_miss(rows, now)}

    assert missing() == {staff, without.person}
    for mode, contacts, begins_at in (
        ("video", [contact], NOON + DAY),
        ("in_person", [], NOON + DAY),
        ("in_person", [contact], at(2026, 12, 1, 0)),
        ("in_person", [contact], NOON - HOUR),
    ):
        plan(site, staff, [staff], contacts, mode=mode, begins_at=begins_at)
        assert missing() == {staff, without.person}

    plan(site, staff, [staff], [contact], begins_at=NOON + DAY)
    assert missing() == {without.person}
    assert missing(NOON + 2 * DAY) == {staff, without.person}
    assert missing(at(2026, 12, 1, 0)) == set()


@pytest.mark.clause("7.1.1")
def test_what_was_held_and_waits_for_its_confirmation_saves_the_month(held):
    assert not will_miss(Obligation.objects.all(), NOON + 2 * DAY).exists()


# --- Waivers ------------------------------------------------------------------------------------------


def ask(assignment, by, month=date(2026, 11, 5), reason="Ill since the third"):
    return actions.ask_waiver(assignment=assignment, month=month, ground="illness", reason=reason, by=by, now=NOON)


def settle(waiver, outcome, by, reason="", now=NOON + HOUR):
    approvals.decide(Approval.objects.about(waiver).open().get(), outcome, by=by, now=now, reason=reason)
    approvals.settle(now=now + timedelta(minutes=1))
    waiver.refresh_from_db()


@pytest.mark.clause("7.1.1")
def test_a_month_is_waived_at_most_one_ahead(november, assignment, staff):
    for month in (date(2027, 1, 1), date(2031, 5, 5)):
        with pytest.raises(PolicyBroken) as refused:
            ask(assignment, staff, month=month)
        assert (list(refused.value.fields), refused.value.verdict.clause) == (["month"], "7.1.1")

    assert ask(assignment, staff, month=date(2026, 12, 31)).month == date(2026, 12, 1)


@pytest.mark.clause("7.1.1")
def test_the_head_waives_the_month_of_somebody_who_was_ill(november, assignment, staff, lead, head):
    waiver = ask(assignment, staff)
    assert list(Approval.objects.waiting_for(lead)) == []

    settle(waiver, Outcome.APPROVED, head)
    plan_meetings(NOON + DAY)

    assert (waiver.status, months(assignment)) == ("approved", [("2026-11", "dropped")])
    note = Event.objects.about(assignment).get(verb="obligation_dropped").note
    assert note == "Illness: Ill since the third"


@pytest.mark.clause("7.1.1")
@pytest.mark.parametrize("outcome", [Outcome.RETURNED, Outcome.REJECTED])
def test_a_waiver_that_is_not_approved_leaves_the_month_owed(november, assignment, staff, head, outcome):
    waiver = ask(assignment, staff)

    settle(waiver, outcome, head, reason="Which days?")

    assert (waiver.status, months(assignment)) == (outcome, [("2026-11", "open")])


@pytest.mark.clause("7.1.1")
def test_a_returned_waiver_is_revised_or_given_up(november, assignment, staff, head):
    waiver = ask(assignment, staff)
    settle(waiver, Outcome.RETURNED, head, reason="Which days?")

    actions.revise_waiver(waiver, ground="illness", reason="From the 3rd to the 30th", by=staff, now=NOON + 2 * HOUR)
    settle(waiver, Outcome.APPROVED, head, now=NOON + 3 * HOUR)

    assert (waiver.status, months(assignment)) == ("approved", [("2026-11", "dropped")])


@pytest.mark.clause("7.1.1")
def test_a_head_who_is_stationed_does_not_waive_their_own_month(site, head, lead):
    above = UserFactory(name="Above")
    site.department.parent = DepartmentFactory(head=above)
    site.department.save()
    own = AssignmentFactory(site=site, person=head)
    plan_meetings(NOON)

    for by in (head, lead):
        waiver = ask(own, by)
        assert list(Approval.objects.waiting_for(head)) == []
        assert list(Approval.objects.waiting_for(above)) == list(Approval.objects.about(waiver).open())
        settle(waiver, Outcome.REJECTED, above, reason="There is time")


@pytest.mark.clause("7.1.1")
def test_where_nobody_stands_above_an_executive_decides_for_the_head(site, head, executive):
    waiver = ask(AssignmentFactory(site=site, person=head), head)

    assert list(Approval.objects.waiting_for(executive)) == list(Approval.objects.about(waiver))


@pytest.mark.clause("7.1.1")
def test_the_person_it_is_about_cannot_sign_as_a_delegate_either(november, assignment, staff, lead, head):
    today = timezone.localdate()
    approvals.Delegation.objects.create(
        person=head, delegate=staff, since=today, until=today + DAY, reason="Away", offered_at=NOON, accepted_at=NOON
    )

    waiver = ask(assignment, lead)

    with pytest.raises(NotAllowed):
        settle(waiver, Outcome.APPROVED, staff)


@pytest.mark.clause("7.1.1")
def test_a_waiver_before_the_month_keeps_it_from_being_asked(assignment, staff, head):
    settle(ask(assignment, staff, month=date(2026, 12, 1)), Outcome.APPROVED, head)

    plan_meetings(at(2026, 12, 2))

    assert months(assignment) == []


def test_a_waiver_is_asked_once_for_a_month_that_is_still_owed(
    november, assignment, staff, stranger, site, contact, lead
):
    with pytest.raises(NotAllowed):
        ask(assignment, stranger)
    with pytest.raises(PolicyBroken) as refused:
        ask(assignment, staff, month=date(2020, 1, 1), reason=" ")
    assert sorted(refused.value.fields) == ["month", "reason"]
    ask(assignment, staff)
    with pytest.raises(WrongState):
        ask(assignment, lead)


def test_a_month_that_was_kept_needs_no_waiver(held, assignment, staff, lead):
    actions.confirm(held, by=lead, now=NOON + DAY)

    with pytest.raises(PolicyBroken) as refused:
        ask(assignment, staff)

    assert list(refused.value.fields) == ["month"]


def test_a_waiver_is_not_approved_once_the_client_was_met(held, assignment, staff, lead, head):
    waiver = ask(assignment, staff)
    actions.confirm(held, by=lead, now=NOON + DAY)

    with pytest.raises(PolicyBroken, match="nothing to waive"):
        settle(waiver, Outcome.APPROVED, head)
    settle(waiver, Outcome.REJECTED, head, reason="Not needed")

    assert (waiver.status, months(assignment)) == ("rejected", [("2026-11", "met")])


# --- Pages --------------------------------------------------------------------------------------------


def test_the_month_shows_each_meeting_on_the_day_of_its_site(held, staff, lead, stranger, signed_in):
    shown = signed_in(staff).get(reverse("meetings") + "?month=2026-11")

    day = next(
        cell for week in shown.context["weeks"] for cell in week if [one.pk for one in cell["meetings"]] == [held.pk]
    )
    assert day["day"] == date(2026, 11, 18)
    assert shown.context["figures"] is None  # staff see their own month alone
    assert signed_in(lead).get(reverse("meetings") + "?month=2026-11").context["figures"] == {
        "owed": 1,
        "met": 0,
        "waived": 0,
    }
    hidden = signed_in(stranger).get(reverse("meetings") + "?month=2026-11").content.decode()
    assert "Progress" not in hidden


@pytest.mark.parametrize("wrong", ["2026-13", "hello", "", "0000-00", "999999", "0001-01", "9999-12"])
def test_a_month_that_is_none_shows_this_month_and_says_so(staff, signed_in, wrong):
    page = signed_in(staff).get(reverse("meetings"), {"month": wrong, "site": wrong})

    assert (page.status_code, page.context["month"]) == (200, timezone.localdate().replace(day=1))
    assert ("Not understood, so left out: Month, Site." in page.content.decode()) == bool(wrong)


@pytest.mark.clause("7.1.1")
def test_a_moment_that_has_passed_is_not_planned_but_can_be_recorded_as_held(
    november, assignment, site, contact, staff, lead, signed_in
):
    browser, address = signed_in(staff), reverse("meeting_new")
    when = timezone.localtime() - HOUR
    sent = {
        "key": browser.get(address).context["form"]["key"].value(), "mode": "in_person", "agenda": "Badges",
        "begins_at": f"{when:%Y-%m-%dT%H:%M}", "staff": [staff.pk], "contacts": [contact.pk],
    }  # fmt: skip

    refused = browser.post(address, sent)
    silent = browser.post(address, sent | {"held": "on"})
    assert Meeting.objects.count() == 0
    assert [list(page.context["form"].errors) for page in (refused, silent)] == [["begins_at"], ["minutes"]]
    assert refused.context["form"].refusal.clause == "7.1.1"

    browser.post(address, sent | {"held": "on", "minutes": "Two more badges."})
    meeting = Meeting.objects.get()
    assert (meeting.status, meeting.minutes, list(meeting.staff.all())) == (Status.HELD, "Two more badges.", [staff])
    assert [event.verb for event in Event.objects.about(meeting)] == ["meeting_held"]
    assert Notification.objects.filter(kind="meeting_to_confirm").get().person == lead


@pytest.mark.clause("7.1.1")
def test_a_planned_meeting_moves_only_ahead_but_its_place_may_change_when_it_has_passed(site, staff, contact):
    meeting = plan(site, staff, [staff], [contact])
    values = {"mode": "in_person", "agenda": "Progress", "staff": [staff], "contacts": [contact], "by": staff}

    with pytest.raises(PolicyBroken) as refused:
        actions.change_meeting(meeting, begins_at=NOON - HOUR, now=NOON, **values)
    assert (list(refused.value.fields), refused.value.verdict.clause) == (["begins_at"], "7.1.1")

    actions.change_meeting(meeting, begins_at=NOON, place="Hall 3", now=NOON + HOUR, **values)
    meeting.refresh_from_db()
    assert (meeting.begins_at, meeting.place) == (NOON, "Hall 3")


def test_people_are_ticked_in_a_box_with_the_chosen_first_and_a_search_where_it_is_long(site, lead, signed_in):
    few = signed_in(lead).get(reverse("meeting_new")).content.decode()
    several = [AssignmentFactory(site=site).person for _number in range(8)]
    many = signed_in(lead).get(reverse("meeting_new") + f"?staff={several[5].pk}")

    box = many.content.decode().partition("data-choose-search")[2]
    assert ("data-choose-search" in few, "data-choose-search" in many.content.decode()) == (False, True)
    assert box.index(f'value="{several[5].pk}"') < min(box.index(f'value="{one.pk}"') for one in several[:5])
    assert box.count(" checked>") == 1


def test_a_meeting_lives_its_life_in_the_browser(site, contact, staff, lead, signed_in):
    worker, boss = signed_in(staff), signed_in(lead)
    ahead, when = (f"{timezone.localtime() + span:%Y-%m-%dT%H:%M}" for span in (HOUR, -HOUR))
    page = worker.get(reverse("meeting_new"))
    people = {"begins_at": ahead, "staff": [staff.pk], "contacts": [contact.pk]}
    new = {"key": page.context["form"]["key"].value(), "mode": "in_person", "agenda": "Progress", **people}
    for _time in range(2):
        made = worker.post(reverse("meeting_new"), new)
    meeting = Meeting.objects.get()

    edit = worker.get(reverse("meeting_edit", args=[meeting.pk]))
    worker.post(reverse("meeting_edit", args=[meeting.pk]), new | {"agenda": "Progress and plans"})
    held = worker.get(reverse("meeting_held", args=[meeting.pk]))
    photo = SimpleUploadedFile("note.txt", b"Minutes by hand")
    worker.post(
        reverse("meeting_held", args=[meeting.pk]),
        {"key": "k", "minutes": "All well", "files": photo, **people, "begins_at": when},
    )
    worker.post(reverse("meeting_files", args=[meeting.pk]), {"files": SimpleUploadedFile("b.txt", b"More")})
    refused = worker.get(reverse("meeting_confirm", args=[meeting.pk]))
    confirmed = boss.post(reverse("meeting_confirm", args=[meeting.pk]), {})

    meeting.refresh_from_db()
    assert made.headers["Location"] == meeting.get_absolute_url()
    assert [edit.status_code, held.status_code, refused.status_code, confirmed.status_code] == [200, 200, 403, 302]
    assert (meeting.status, meeting.agenda, meeting.confirmed_by) == (Status.CONFIRMED, "Progress and plans", lead)
    assert Attachment.objects.about(meeting).count() == 2
    assert boss.get(meeting.get_absolute_url()).status_code == 200


def test_meetings_to_confirm_stand_under_do_on_the_leads_home(held, staff, lead, signed_in):
    def told(person):
        todos = signed_in(person).get(reverse("home")).context["todos"]
        return [todo.url for todo in todos if todo.title == "Confirm 1 meeting"]

    assert (told(lead), told(staff)) == ([reverse("meeting_list") + "?status=held"], [])
    actions.confirm(held, by=lead, now=NOON + DAY)
    assert told(lead) == []


def test_whoever_works_for_several_sites_chooses_one_first(site, lead, signed_in):
    second = SiteFactory(lead=lead, name="Second")
    browser = signed_in(lead)

    first = browser.get(reverse("meeting_new"))
    then = browser.get(reverse("meeting_new") + f"?site={second.pk}")
    blind = browser.post(reverse("meeting_new"), {})
    foreign = browser.get(reverse("meeting_new") + f"?site={SiteFactory().pk}")

    assert "Second" in first.content.decode()
    assert [then.status_code, then.context["form"].fields["staff"].queryset.count()] == [200, 2]
    assert [blind.status_code, foreign.status_code] == [422, 404]


def test_a_waiver_is_asked_for_and_decided_in_the_browser(november, assignment, staff, head, signed_in):
    worker = signed_in(staff)
    key = worker.get(reverse("waiver_new")).context["form"]["key"].value()
    sent = {"key": key, "month": "2026-11", "ground": "closed", "reason": "Their works holiday"}
    asked = worker.post(reverse("waiver_new"), sent)
    waiver = MeetingWaiver.objects.get()

    assert asked.headers["Location"] == waiver.get_absolute_url()
    assert (waiver.assignment, waiver.month) == (assignment, date(2026, 11, 1))
    for browser in (worker, signed_in(head)):
        assert browser.get(waiver.get_absolute_url()).status_code == 200
        assert browser.get(reverse("waivers")).status_code == 200


def test_strangers_see_no_meeting_and_no_waiver(held, assignment, staff, stranger, finance, signed_in):
    waiver = ask(AssignmentFactory(site=held.site), held.site.lead)

    for outsider in (stranger, finance):
        browser = signed_in(outsider)
        pages = [
            held.get_absolute_url(),
            waiver.get_absolute_url(),
            reverse("meeting_held", args=[held.pk]),
            reverse("meeting_files", args=[held.pk]),
        ]
        assert [browser.get(page).status_code for page in pages] == [404] * 4
        assert browser.get(reverse("meeting_forecast")).status_code == 403
        assert find_meetings(outsider, "progress", 6) == []
    assert [hit.title for hit in find_meetings(staff, "progress", 6)] == ["Progress"]


def test_the_forecast_page_is_for_those_who_steer(november, site, staff, lead, head, signed_in):
    plan_meetings(timezone.now())
    AssignmentFactory(site=SiteFactory(), person=UserFactory(name="Somebody Elsewhere"))
    plan_meetings(timezone.now())

    for steering in (lead, head, UserFactory(roles=[Role.HR])):
        page = signed_in(steering).get(reverse("meeting_forecast")).content.decode()
        assert staff.name in page
    assert "Somebody Elsewhere" not in signed_in(lead).get(reverse("meeting_forecast")).content.decode()


def _more_meetings(site, staff, contact, count):
    for number in range(count):
        plan(site, staff, [staff], [contact], begins_at=timezone.now() + number * HOUR)


def _more_waivers(site, staff, contact, count):
    for _number in range(count):
        ask(AssignmentFactory(site=site), site.lead)


def _more_misses(site, staff, contact, count):
    for _number in range(count):
        AssignmentFactory(site=site)
    plan_meetings(timezone.now())


@pytest.mark.parametrize(
    ("name", "add"),
    [
        ("meetings", _more_meetings),
        ("meeting_list", _more_meetings),
        ("waivers", _more_waivers),
        ("meeting_forecast", _more_misses),
    ],
)
def test_the_lists_cost_the_same_for_one_row_and_for_twenty(site, staff, contact, hr, signed_in, name, add):
    browser = signed_in(hr)
    costs = []
    for count in (1, 19):
        add(site, staff, contact, count)
        browser.get(reverse(name))
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse(name))
        costs.append(len(queries))

    assert costs[0] == costs[1]


@pytest.mark.parametrize("name", ["meeting_list", "waivers", "meeting_forecast"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_lists_can_be_taken_away_as_sheets(november, held, assignment, staff, hr, signed_in, name, kind):
    ask(assignment, staff)

    assert signed_in(hr).get(reverse(name), {"export": kind}).status_code == 200


def test_the_pages_of_a_site_and_a_person_show_the_months(november, held, site, staff, lead, signed_in):
    browser = signed_in(lead)

    assert "Progress" in browser.get(site.get_absolute_url()).content.decode()
    assert "2026-11" in browser.get(staff.get_absolute_url()).content.decode()


@pytest.mark.clause("7.1.1")
def test_a_colleague_does_not_read_of_somebodys_illness(assignment, site, lead, head, signed_in):
    colleague = AssignmentFactory(site=site).person
    waiver = MeetingWaiver.objects.create(
        assignment=assignment,
        month=NOON.date().replace(day=1),
        ground="illness",
        reason="In hospital",
        asked_by=lead,
        status="in_review",
    )

    seen = {one: MeetingWaiver.objects.visible_to(one).exists() for one in (colleague, assignment.person, lead, head)}

    assert seen == {colleague: False, assignment.person: True, lead: True, head: True}
    assert signed_in(colleague).get(waiver.get_absolute_url()).status_code == 404


def test_a_meeting_changed_in_two_tabs_keeps_both_changes(november, site, staff, contact, signed_in):
    now = timezone.now()
    planned = plan(site, staff, [staff], [contact], begins_at=now + DAY, now=now)
    browser, address = signed_in(staff), reverse("meeting_edit", args=[planned.pk])
    form = browser.get(address).context["form"]
    stale = {bound.name: bound.value() for bound in form} | {
        "staff": [one.pk for one in planned.staff.all()],
        "contacts": [one.pk for one in planned.contacts.all()],
        "begins_at": timezone.localtime(planned.begins_at).strftime("%Y-%m-%dT%H:%M"),
    }
    later = planned.begins_at + timedelta(hours=2)
    type(planned).objects.filter(pk=planned.pk).update(begins_at=later, place="Hall 2")

    assert browser.post(address, stale | {"agenda": "Another matter"}).status_code == 302
    planned.refresh_from_db()
    assert (planned.begins_at, planned.place, planned.agenda) == (later, "Hall 2", "Another matter")
