"""What whoever is sent gets and answers: pack, calendar entry, accepted, objected, changed, cancelled (2.1.1)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from icalendar import Calendar
from rest_framework.test import APIClient

from apps.core.notifications import Notification
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel import actions
from apps.personnel.models import Assignment
from apps.personnel.tests.factories import NOON, UserFactory

TODAY = NOON.date()
DAY = timedelta(days=1)
Answer, Status = Assignment.Answer, Assignment.Status


@pytest.fixture
def ann(db):
    return UserFactory(name="Ann")


@pytest.fixture
def posting(ann, site, hr):
    """Ann is to go in a week, for a month."""
    site.shift, site.report_to, site.bring = "8 to 5", "Gate 3", "Safety shoes"
    site.save()
    words = {"position": "Welder", "since": TODAY + 7 * DAY, "planned_to": TODAY + 37 * DAY}
    return actions.dispatch_named(person=ann, site=site, reason="Fits best", **words, by=hr, now=NOON)


def told(person, kind) -> list[tuple[str, str]]:
    rows = Notification.objects.filter(person=person, kind=kind).order_by("pk")
    return [(one.title, one.body) for one in rows]


@pytest.mark.clause("2.1.1")
def test_the_person_is_told_accepts_and_nobody_answers_for_them(posting, ann, hr, lead):
    for who in (hr, lead):
        with pytest.raises(NotAllowed):
            actions.accept(posting, by=who, now=NOON)

    actions.accept(posting, by=ann, now=NOON + DAY)

    assert told(ann, "posting_yours") == [
        (
            "You are to go to Harbour from 2026-11-25 on",
            "As Welder; report in on 2026-11-25 09:00. Say whether you go: all you need is in the pack.",
        )
    ]
    assert (posting.answer, posting.answered_at, posting.status) == (Answer.ACCEPTED, NOON + DAY, Status.PLANNED)
    with pytest.raises(WrongState):
        actions.object_to(posting, reason="After all", by=ann, now=NOON + DAY)


@pytest.mark.clause("2.1.1")
def test_an_objection_has_a_reason_hr_hears_it_answers_and_asks_again(posting, ann, hr):
    other_hr = UserFactory(roles=["hr"])
    with pytest.raises(PolicyBroken) as refused:
        actions.object_to(posting, reason=" ", by=ann, now=NOON)
    with pytest.raises(WrongState):
        actions.ask_again(posting, answer="Please", by=hr, now=NOON)

    actions.object_to(posting, reason="My child is ill", by=ann, now=NOON)
    actions.ask_again(posting, answer="You begin two days later", by=hr, now=NOON + DAY)

    assert list(refused.value.fields) == ["reason"]
    assert told(hr, "posting_objected") == [("Ann objects to going to Harbour", "My child is ill")]
    assert told(other_hr, "posting_objected") == []
    assert [body for _title, body in told(ann, "posting_asked_again")] == ["You begin two days later"]
    assert posting.answer == Answer.WAITING
    assert [(one.verb, one.note) for one in Event.objects.about(posting)][:2] == [
        ("posting_asked_again", "You begin two days later"),
        ("posting_objected", "My child is ill"),
    ]


@pytest.mark.clause("2.1.1")
def test_whoever_is_asked_again_reads_hrs_answer_where_they_are_asked(posting, ann, hr, signed_in):
    actions.object_to(posting, reason="My child is ill", by=ann, now=NOON)
    actions.ask_again(posting, answer="You begin two days later", by=hr, now=NOON + DAY)
    browser = signed_in(ann)
    pack = browser.get(reverse("assignment_pack", args=[posting.pk])).content.decode()
    assert pack.index("My child is ill") < pack.index("You begin two days later") < pack.index("I go")
    assert f"{hr.name}: You begin two days later" in browser.get("/").content.decode()


@pytest.mark.clause("2.1.1")
def test_after_an_objection_hr_cancels_and_the_days_and_the_place_are_free(posting, ann, hr, other_site):
    actions.object_to(posting, reason="My child is ill", by=ann, now=NOON)

    actions.cancel(posting, reason="Then somebody else", by=hr, now=NOON)

    posting.selection.request.refresh_from_db()
    assert (posting.status, posting.selection.request.status) == (Status.CANCELLED, "open")
    assert told(ann, "posting_cancelled") == [("You do not go to Harbour: cancelled", "Then somebody else")]
    with pytest.raises(WrongState):
        actions.accept(posting, by=ann, now=NOON)
    [note] = posting.site.lead.notifications.filter(kind="posting_not_coming")
    assert (ann.name in note.title, "Ill" in note.body) == (True, False)  # who awaited them learns it, not why


@pytest.mark.clause("2.1.1")
def test_nobody_accepts_days_that_they_have_not_seen(posting, ann, hr, signed_in):
    seen = posting.terms
    page = signed_in(ann).get(reverse("assignment_pack", args=[posting.pk])).content.decode()
    assert "since you opened" not in page
    actions.change_assignment(
        posting, position="Welder", since=TODAY + 9 * DAY, planned_to=posting.planned_to, project=None, by=hr, now=NOON
    )
    late = signed_in(ann).post(reverse("assignment_accept", args=[posting.pk]), {"seen": seen})
    posting.refresh_from_db()
    assert (late.status_code, posting.answer) == (409, "waiting")
    fresh = signed_in(ann).post(reverse("assignment_accept", args=[posting.pk]), {"seen": posting.terms})
    posting.refresh_from_db()
    assert (fresh.status_code, posting.answer) == (302, "accepted")


@pytest.mark.clause("2.1.1")
def test_moved_days_are_told_keep_the_hour_and_ask_again(posting, ann, hr):
    actions.accept(posting, by=ann, now=NOON)

    actions.change_assignment(
        posting, position="Welder", since=TODAY + 9 * DAY, planned_to=posting.planned_to, project=None, by=hr, now=NOON
    )

    assert (posting.answer, f"{posting.report_at.astimezone(posting.site.zone):%m-%d %H:%M}") == (
        "waiting",
        "11-27 09:00",
    )
    [(title, body)] = told(ann, "posting_changed")
    assert (title, body) == (
        "Your posting to Harbour has changed",
        "from: 2026-11-25 → 2026-11-27; to report in: 2026-11-25 09:00 → 2026-11-27 09:00",
    )


@pytest.mark.clause("2.1.1")
def test_whoever_has_not_begun_is_not_moved_to_a_day_that_is_over(posting, hr):
    with pytest.raises(PolicyBroken, match="passed already") as refused:
        actions.change_assignment(
            posting, position="Welder", since=TODAY - DAY, planned_to=None, project=None, by=hr, now=NOON
        )
    assert list(refused.value.fields) == ["since"]


def test_another_word_for_the_work_is_told_and_asks_nobody_again(posting, ann, hr):
    actions.accept(posting, by=ann, now=NOON)
    words = {"since": posting.since, "planned_to": posting.planned_to, "project": None}

    actions.change_assignment(posting, position="Foreman", **words, by=hr, now=NOON)
    actions.change_assignment(posting, position="Foreman", **words, by=hr, now=NOON + DAY)

    assert posting.answer == Answer.ACCEPTED
    assert [body for _title, body in told(ann, "posting_changed")] == ["role on site: Welder → Foreman"]


def test_the_hour_to_report_in_lies_on_the_first_day(posting, hr):
    words = {"position": "Welder", "since": posting.since, "planned_to": posting.planned_to, "project": None}
    with pytest.raises(PolicyBroken) as refused:
        actions.change_assignment(posting, **words, report_at=NOON, by=hr, now=NOON)

    actions.change_assignment(posting, **words, report_at=NOON + 7 * DAY, by=hr, now=NOON)

    assert (list(refused.value.fields), posting.report_at) == (["report_at"], NOON + 7 * DAY)


def test_the_pack_says_all_that_is_needed_and_strangers_see_none(posting, ann, hr, lead, stranger, signed_in):
    address = reverse("assignment_pack", args=[posting.pk])
    page = signed_in(ann).get(address).content.decode()

    assert [words in page for words in ("8 to 5", "Gate 3", "Safety shoes", lead.name, "I go", "I cannot go")] == [
        True
    ] * 6
    assert "I cannot go" not in signed_in(hr).get(address).content.decode()
    assert signed_in(stranger).get(address).status_code == 404


def test_the_calendar_entry_is_on_the_sites_clock(posting, ann, hr, signed_in):
    answer = signed_in(ann).get(reverse("assignment_ics", args=[posting.pk]))
    known = Calendar.from_ical(answer.content)
    first, days = known.walk("VEVENT")

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert [str(one["TZID"]) for one in known.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    assert (str(first["SUMMARY"]), f"{first['DTSTART'].dt:%Y-%m-%d %H:%M}") == (
        "Report in at Harbour",
        "2026-11-25 09:00",
    )
    assert "Safety shoes" in str(first["DESCRIPTION"])
    assert (days["DTSTART"].dt, days["DTEND"].dt) == (posting.since, posting.planned_to + DAY)
    actions.cancel(posting, reason="Ill", by=hr, now=NOON)
    again = Calendar.from_ical(signed_in(ann).get(reverse("assignment_ics", args=[posting.pk])).content)
    later = again.walk("VEVENT")[0]
    assert (str(later["STATUS"]), later["SEQUENCE"] > first["SEQUENCE"], later["UID"] == first["UID"]) == (
        "CANCELLED",
        True,
        True,
    )


def test_the_person_answers_on_the_pages_and_hr_sees_it_on_home(posting, ann, hr, signed_in):
    mine, theirs = signed_in(ann), signed_in(hr)
    assert "Say whether you go to Harbour" in mine.get("/").content.decode()
    objecting = reverse("assignment_object", args=[posting.pk])
    assert theirs.post(objecting, {"reason": "x"}).status_code == 403
    assert mine.post(objecting, {"reason": ""}).status_code == 422
    assert mine.post(objecting, {"reason": "My child is ill"}).status_code == 302
    assert mine.get(objecting).status_code == 409
    home = theirs.get("/").content.decode()
    assert ("Decide 1 objection to a posting" in home, "My child is ill" in home) == (True, True)
    listed = theirs.get(f"{reverse('assignments')}?answer=objected")
    assert list(listed.context["table"].data) == [posting]
    again = reverse("assignment_ask_again", args=[posting.pk])
    assert mine.post(again, {"answer": "x"}).status_code == 403
    assert theirs.post(again, {"answer": "Only for two weeks"}).status_code == 302
    assert mine.post(reverse("assignment_accept", args=[posting.pk])).status_code == 302
    posting.refresh_from_db()
    assert posting.answer == Answer.ACCEPTED


def test_the_person_answers_over_the_api(posting, ann, hr):
    client = APIClient()
    client.force_authenticate(ann)
    address = f"/api/v1/assignments/{posting.pk}/"

    assert client.post(f"{address}object/", {"reason": "Ill"}, format="json").json()["answer"] == "objected"
    client.force_authenticate(hr)
    assert client.post(f"{address}accept/").status_code == 403
    assert client.post(f"{address}ask-again/", {"answer": "Later"}, format="json").json()["answer"] == "waiting"
    client.force_authenticate(ann)
    assert client.post(f"{address}accept/").json()["answer"] == "accepted"


@pytest.mark.clause("2.1.1")
def test_whoever_decides_who_goes_does_not_choose_themselves(site, hr):
    words = {"position": "Welder", "since": TODAY + 7 * DAY, "planned_to": TODAY + 37 * DAY}
    with pytest.raises(PolicyBroken) as refused:
        actions.dispatch_named(person=hr, site=site, reason="I know it best", **words, by=hr, now=NOON)

    assert "Nobody sends themselves" in str(refused.value.fields["people"])
    assert not Assignment.objects.filter(person=hr).exists()
