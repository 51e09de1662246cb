"""Dispatch: one place at a time, under any number of hands at once (clause 2.1.1)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel import access, actions
from apps.personnel.models import Assignment, Site
from apps.personnel.tests.factories import (
    NOON,
    AssignmentFactory,
    ProjectFactory,
    SelectionFactory,
    SiteFactory,
    UserFactory,
    with_papers,
)

TODAY = NOON.date()
Status = Assignment.Status


def dispatch(person, site, hr, since=TODAY, planned_to=None, **more):
    """A request for this one person, and HR's choice of them."""
    words = {"position": "Fitter", "since": since, "planned_to": planned_to, "reason": "Knows the plant"}
    return actions.dispatch_named(person=person, site=site, **words, by=hr, now=NOON, **more)


@pytest.mark.clause("2.1.1")
def test_whoever_is_sent_is_planned_until_they_have_arrived(hr, site):
    today = dispatch(UserFactory(), site, hr)
    ahead = dispatch(UserFactory(), site, hr, since=TODAY + timedelta(days=1))

    assert (today.status, ahead.status) == (Status.PLANNED, Status.PLANNED)
    assert [event.verb for event in Event.objects.about(ahead)] == ["obligation_opened", "dispatched"]


@pytest.mark.clause("2.1.1")
@pytest.mark.parametrize(
    ("since", "until", "free"),
    [
        (date(2026, 12, 1), date(2026, 12, 9), True),
        (date(2026, 12, 1), date(2026, 12, 10), False),
        (date(2026, 12, 15), date(2026, 12, 16), False),
        (date(2026, 12, 20), date(2026, 12, 31), False),
        (date(2026, 12, 21), None, True),
        (date(2026, 12, 1), None, False),
    ],
)
def test_two_postings_of_one_person_never_share_a_day(since, until, free, hr, site, other_site):
    person = UserFactory(name="Fan Li")
    dispatch(person, other_site, hr, since=date(2026, 12, 10), planned_to=date(2026, 12, 20))
    if free:
        assert dispatch(person, site, hr, since=since, planned_to=until).pk
        return
    with pytest.raises(PolicyBroken) as refused:
        dispatch(person, site, hr, since=since, planned_to=until)
    assert refused.value.verdict.clause == "2.1.1"
    assert list(refused.value.fields) == ["since"]
    assert "Fan Li is at Elsewhere from" in str(refused.value.verdict.reason)


@pytest.mark.clause("2.1.1")
def test_past_the_planned_end_somebody_is_stationed_only_at_the_next_place(hr, lead, site, other_site, signed_in):
    """The days that the database keeps apart are the days that count as stationed, on every one of them."""
    today = timezone.localdate()
    first = AssignmentFactory(
        person=UserFactory(name="Fan Li"), site=site, since=today - timedelta(days=30), planned_to=today - timedelta(2)
    )
    second = AssignmentFactory(person=first.person, site=other_site, since=today)

    for ago in range(32):
        day = today - timedelta(days=ago)
        assert Assignment.objects.active_on(day).filter(person=first.person).count() <= 1
    assert list(Site.objects.filter(pk__in=access.stationed_at(first.person))) == [other_site]
    assert (first.get_status_display(), second.get_status_display()) == ("Planned end passed", "On site")
    for somebody in (hr, lead):
        browser = signed_in(somebody)
        home = browser.get("/").content.decode()
        assert "End or extend 1 assignment whose planned end has passed" in home
        assert list(browser.get(f"{reverse('assignments')}?status=passed").context["table"].data) == [first]
        assert "no longer counts as stationed here" in browser.get(first.get_absolute_url()).content.decode()
    assert "End or extend" not in signed_in(second.site.lead).get("/").content.decode()
    with pytest.raises(PolicyBroken) as refused:
        actions.change_assignment(
            first, position="x", since=first.since, planned_to=today, project=None, by=hr, now=timezone.now()
        )
    assert list(refused.value.fields) == ["since"]
    actions.end(first, ended_on=today - timedelta(days=1), reason="", returned=True, by=lead, now=timezone.now())
    assert "End or extend" not in signed_in(hr).get("/").content.decode()


def test_nobody_arrives_after_the_planned_end(site):
    posting = AssignmentFactory(
        site=site, since=TODAY - timedelta(days=9), planned_to=TODAY - timedelta(days=1), status=Status.PLANNED
    )
    with pytest.raises(PolicyBroken, match="planned end has passed"):
        actions.arrive(posting, by=site.lead, now=NOON)


@pytest.mark.clause("2.1.1")
@pytest.mark.parametrize(
    ("since", "hired_on", "fine"),
    [
        (date(1900, 1, 1), None, False),
        (date(2026, 10, 31), date(2026, 11, 1), False),
        (date(2026, 11, 1), date(2026, 11, 1), True),
        (date(2025, 1, 1), None, True),
        (date(2032, 1, 1), None, False),
    ],
)
def test_the_first_day_is_one_that_can_be(since, hired_on, fine, hr, site):
    person = UserFactory(hired_on=hired_on)
    if fine:
        assert dispatch(person, site, hr, since=since).since == since
        return
    with pytest.raises(PolicyBroken) as refused:
        dispatch(person, site, hr, since=since)
    assert list(refused.value.fields) == ["since"]
    assert refused.value.verdict.clause == "2.1.1"


def test_the_api_refuses_an_assignment_from_1900_beside_the_field(hr, site, staff):
    client = APIClient()
    client.force_authenticate(hr)
    body = {"person": UserFactory().pk, "site": site.pk, "position": "Fitter", "since": "1900-01-01", "reason": "x"}
    answer = client.post("/api/v1/assignments/", body, format="json", headers={"Idempotency-Key": "one"})
    assert (answer.status_code, "since" in str(answer.json())) == (422, True)


def test_the_page_says_who_is_where(hr, site, other_site, signed_in):
    person = AssignmentFactory(site=other_site, person=UserFactory(name="Fan Li")).person
    response = signed_in(hr).post(
        reverse("assignment_new"),
        {"person": person.number, "site": site.pk, "position": "Fitter", "since": "2026-11-18", "reason": "Why not"},
    )
    assert response.status_code == 422
    assert "Fan Li is at Elsewhere" in str(response.context["form"].errors["since"])
    assert "Fan Li is at Elsewhere" in response.content.decode()


def test_everything_wrong_is_said_at_once(hr, site):
    gone = UserFactory(is_active=False)
    with pytest.raises(PolicyBroken) as refused:
        actions.dispatch_named(
            person=gone,
            site=SiteFactory(active=False),
            position=" ",
            since=TODAY,
            planned_to=TODAY - timedelta(days=1),
            project=ProjectFactory(),
            reason=" ",
            by=hr,
            now=NOON,
        )
    assert list(refused.value.fields) == ["person", "site", "position", "planned_to", "project", "reason"]


def test_an_assignment_is_changed_but_not_into_another(hr, assignment, other_site, staff):
    dispatch_later = {"position": "Foreman", "since": assignment.since, "project": None}
    actions.change_assignment(assignment, planned_to=date(2026, 12, 31), by=hr, now=NOON, **dispatch_later)
    later = dispatch(staff, other_site, hr, since=date(2027, 1, 1))
    with pytest.raises(PolicyBroken) as refused:
        actions.change_assignment(assignment, planned_to=date(2027, 1, 1), by=hr, now=NOON, **dispatch_later)
    assert list(refused.value.fields) == ["since"]
    with pytest.raises(PolicyBroken):
        actions.change_assignment(
            later, position="x", since=date(2026, 12, 31), planned_to=None, project=None, by=hr, now=NOON
        )
    assignment.refresh_from_db()
    assert (assignment.position, assignment.planned_to) == ("Foreman", date(2026, 12, 31))


def test_the_life_of_an_assignment(hr, site, lead, staff):
    person = UserFactory()
    posting = dispatch(person, site, hr, since=TODAY + timedelta(days=1))
    with pytest.raises(NotAllowed):
        actions.arrive(posting, by=staff, now=NOON)
    with pytest.raises(PolicyBroken):
        actions.arrive(posting, by=lead, now=NOON)
    with pytest.raises(WrongState):
        actions.end(posting, ended_on=TODAY, reason="", returned=True, by=lead, now=NOON)
    tomorrow = NOON + timedelta(hours=20)  # eight in the morning
    with_papers(person)
    actions.arrive(posting, by=lead, now=tomorrow)
    with pytest.raises(WrongState):
        actions.cancel(posting, reason="x", by=hr, now=tomorrow)
    for day in (TODAY, TODAY + timedelta(days=2)):
        with pytest.raises(PolicyBroken) as refused:
            actions.end(posting, ended_on=day, reason="", returned=True, by=lead, now=tomorrow)
        assert list(refused.value.fields) == ["ended_on"]
    with pytest.raises(NotAllowed):
        actions.end(posting, ended_on=tomorrow.date(), reason="Done", returned=True, by=hr, now=tomorrow)
    actions.end(posting, ended_on=tomorrow.date(), reason="Done", returned=True, by=lead, now=tomorrow)
    with pytest.raises(WrongState):
        actions.change_assignment(
            posting, position="x", since=TODAY, planned_to=None, project=None, by=hr, now=tomorrow
        )
    assert [(event.verb, event.note) for event in Event.objects.about(posting)] == [
        ("assignment_ended", "Done"),
        ("handover_opened", ""),
        ("arrive", ""),
        ("obligation_met", ""),
        ("obligation_opened", ""),
        ("dispatched", ""),
    ]


def test_a_cancelled_assignment_frees_its_days(hr, site, other_site):
    person = UserFactory()
    posting = dispatch(person, site, hr, since=TODAY + timedelta(days=5))
    with pytest.raises(PolicyBroken):
        actions.cancel(posting, reason="", by=hr, now=NOON)
    actions.cancel(posting, reason="The client postponed", by=hr, now=NOON)
    assert dispatch(person, other_site, hr, since=TODAY + timedelta(days=5)).pk


def test_the_database_is_the_last_line(assignment, other_site):
    twin = Assignment(
        person=assignment.person,
        site=other_site,
        position="x",
        since=assignment.since,
        status=Status.ON_SITE,
        selection=SelectionFactory(),
    )
    with pytest.raises(IntegrityError, match="assignment_never_overlaps"), transaction.atomic():
        twin.save()


def test_the_databases_refusal_reads_like_ours(assignment, other_site, hr, monkeypatch):
    from apps.personnel.actions import assignments

    monkeypatch.setattr(assignments, "other_posting", lambda *args, **options: None)
    with pytest.raises(PolicyBroken) as refused:
        dispatch(assignment.person, other_site, hr)
    assert refused.value.verdict.clause == "2.1.1"


def test_buttons_lead_through_the_pages(hr, lead, site, signed_in):
    person = UserFactory()
    browser = signed_in(hr)
    today = timezone.localdate()
    browser.post(
        reverse("assignment_new"),
        {
            "person": person.email,
            "site": site.pk,
            "position": "Fitter",
            "since": today + timedelta(days=1),
            "reason": "Knows the plant",
        },
    )
    posting = person.assignments.get()
    address = posting.get_absolute_url()
    assert browser.get(f"{address}edit/").status_code == 200
    changed = browser.post(f"{address}edit/", {"position": "Foreman", "since": today, "planned_to": ""})
    assert changed.status_code == 302
    assert browser.get(address).status_code == 200
    with_papers(person)
    assert signed_in(lead).post(f"{address}arrive/").status_code == 302
    assert signed_in(lead).post(f"{address}end/", {"ended_on": today, "returned": "on"}).status_code == 302
    assert browser.post(f"{address}cancel/", {"reason": "x"}).status_code == 422
    posting.refresh_from_db()
    assert (posting.position, posting.status, posting.ended_on) == ("Foreman", Status.ENDED, today)


PEOPLE = 30
THREADS = 8


@pytest.mark.clause("2.1.1")
@pytest.mark.django_db(transaction=True)
def test_hands_at_once_never_station_somebody_twice():
    """30 people, each dispatched to 8 sites by 8 threads at one moment: one wins, the others get the refusal."""
    hr = UserFactory(roles=["hr"])
    people = [UserFactory() for _one in range(PEOPLE)]
    sites = [SiteFactory() for _one in range(THREADS)]

    together = Barrier(THREADS)

    def station_everybody(site) -> list[str]:
        answers = []
        for person in people:
            together.wait()
            try:
                dispatch(person, site, hr)
                answers.append("dispatched")
            except PolicyBroken as refused:
                answers.append(refused.verdict.clause if refused.fields else "refused by the database alone")
        connection.close()
        return answers

    with ThreadPoolExecutor(THREADS) as pool:
        answers = [answer for answers in pool.map(station_everybody, sites) for answer in answers]

    assert (answers.count("dispatched"), answers.count("2.1.1")) == (PEOPLE, PEOPLE * (THREADS - 1))
    assert Assignment.objects.count() == PEOPLE
    assert Assignment.objects.values("person").distinct().count() == PEOPLE


@pytest.mark.django_db(transaction=True)
def test_changing_ending_and_dispatching_at_once_neither_overlap_nor_deadlock():
    hr = UserFactory(roles=["hr"])
    first, second = SiteFactory(), SiteFactory()
    postings = [
        AssignmentFactory(site=first, since=TODAY - timedelta(days=30), planned_to=TODAY) for _one in range(PEOPLE)
    ]

    def change(posting):
        actions.change_assignment(
            Assignment.objects.get(pk=posting.pk),
            position="x",
            since=posting.since,
            planned_to=TODAY + timedelta(days=9),
            project=None,
            by=hr,
            now=NOON,
        )

    def end(posting):
        actions.end(
            Assignment.objects.get(pk=posting.pk), ended_on=TODAY, reason="", returned=True, by=first.lead, now=NOON
        )

    def follow(posting):
        dispatch(posting.person, second, hr, since=TODAY + timedelta(days=1))

    def run(job) -> str:
        act, posting = job
        try:
            act(posting)
            answer = "done"
        except (PolicyBroken, WrongState) as refused:
            answer = type(refused).__name__
        connection.close()
        return answer

    jobs = [(act, posting) for posting in postings for act in (change, follow, end)]
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(run, jobs))

    assert len(answers) == PEOPLE * 3
    assert set(answers) <= {"done", "PolicyBroken", "WrongState"}
    for person in {posting.person for posting in postings}:
        spans = sorted((one.since, one.ended_on or one.planned_to or date.max) for one in person.assignments.all())
        assert all(one[1] < other[0] for one, other in zip(spans, spans[1:], strict=False))


@pytest.mark.clause("2.1.1")
def test_the_first_day_of_somebody_on_site_never_moves_behind_their_arrival(assignment, hr):
    """Else what they owe since then would be let go."""
    stays = {"position": assignment.position, "planned_to": None, "project": None, "by": hr, "now": NOON}
    with pytest.raises(PolicyBroken) as refused:
        actions.change_assignment(assignment, since=assignment.since + timedelta(days=1), **stays)

    assert list(refused.value.fields) == ["since"]
    earlier = assignment.since - timedelta(days=3)
    assert actions.change_assignment(assignment, since=earlier, **stays).since == earlier
