"""The staffing board (2.1.1), and that nobody on site lacks a promise (1.2)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core import obligations
from apps.core.obligations import KINDS, Obligation
from apps.personnel import coverage
from apps.personnel.models import Assignment, Departure, DocumentVersion
from apps.personnel.tests.factories import (
    AssignmentFactory,
    ClientContactFactory,
    DocumentFactory,
    SiteFactory,
    UserFactory,
    with_papers,
)

BOARD = "/board/"


@pytest.fixture
def today():
    return timezone.localdate()


def board(browser, **query):
    answer = browser.get(BOARD, query)
    assert answer.status_code == 200
    return answer


def test_a_lead_sees_their_own_sites_on_the_board(lead, assignment, signed_in, today):
    theirs = AssignmentFactory(site=SiteFactory(name="Far away"), person=UserFactory(name="Stranger"))
    assignment.planned_to = today + timedelta(days=30)
    assignment.save()

    answer = board(signed_in(lead))

    words = answer.content.decode()
    assert (assignment.person.name in words, assignment.site.name in words) == (True, True)
    assert (theirs.person.name in words, theirs.site.name in words) == (False, False)
    assert (answer.context["facts"].on_site, answer.context["leaving_count"]) == (1, 1)


def test_an_approved_early_departure_counts_as_the_end(hr, assignment, signed_in, today):
    Assignment.objects.filter(pk=assignment.pk).update(planned_to=today + timedelta(days=200))
    row = Departure.objects.create(
        assignment=assignment, last_day=today + timedelta(days=9), reason="A job at home", asked_by=assignment.person,
        asked_at=timezone.now(), status="in_review",
    )  # fmt: skip
    assert board(signed_in(hr)).context["leaving_count"] == 0
    Departure.objects.filter(pk=row.pk).update(
        status="approved", client_agreed=True, client_contact=ClientContactFactory(), client_said_at=timezone.now(),
        client_recorded_by=hr,
    )  # fmt: skip
    answer = board(signed_in(hr))
    assert (answer.context["leaving_count"], answer.context["facts"].leaving[0].until) == (1, row.last_day)
    page = signed_in(hr).get(assignment.get_absolute_url())
    assert page.context["leaves_on"] == row.last_day
    assert signed_in(UserFactory(roles=["finance"])).get(assignment.get_absolute_url()).context["leaves_on"] is None


def test_who_was_planned_and_never_came_is_not_counted(hr, assignment, signed_in, today):
    AssignmentFactory(site=assignment.site, status="planned", since=today - timedelta(days=40))
    assert [count for _day, count in board(signed_in(hr)).context["facts"].headcount][-1] == 1


def test_who_is_where_goes_out_as_a_sheet_as_filtered(lead, assignment, other_site, signed_in):
    AssignmentFactory(site=other_site, person=UserFactory(name="Elsewhere Xu"))
    sheet = b"".join(signed_in(lead).get(reverse("board") + "?export=csv")).decode()
    assert (assignment.person.name in sheet, "Elsewhere Xu" in sheet) == (True, False)
    none = b"".join(signed_in(lead).get(f"{reverse('board')}?export=csv&site={other_site.pk}")).decode()
    assert "Elsewhere Xu" not in none


def test_by_person_the_rows_are_people(hr, assignment, signed_in):
    answer = board(signed_in(hr), by="person")
    assert [person.name for person in answer.context["page"]] == [assignment.person.name]


def test_the_chart_leaves_out_what_was_cancelled_or_is_long_over(hr, assignment, signed_in, today):
    AssignmentFactory(site=assignment.site, person=UserFactory(name="Cancelled one"), status="cancelled")
    AssignmentFactory(
        site=assignment.site, person=UserFactory(name="Long gone"), status="ended", since=today - timedelta(days=400),
        ended_on=today - timedelta(days=300),
    )  # fmt: skip
    words = str(board(signed_in(hr)).context["gantt"])
    assert [name in words for name in (assignment.person.name, "Cancelled one", "Long gone")] == [True, False, False]


@pytest.mark.parametrize("who", ["staff", "finance"])
def test_the_board_is_for_those_who_plan(who, assignment, signed_in, request):
    assert signed_in(request.getfixturevalue(who)).get(BOARD).status_code == 403


def test_the_board_asks_as_often_for_many_as_for_one(hr, assignment, signed_in, django_assert_max_num_queries):
    browser = signed_in(hr)
    board(browser)
    with django_assert_max_num_queries(45) as one:
        board(browser)
    for _number in range(12):
        AssignmentFactory(planned_to=timezone.localdate() + timedelta(days=20))
    with django_assert_max_num_queries(len(one)):
        board(browser)


def test_milestones_are_counted_from_the_day_somebody_was_hired(hr, assignment, signed_in, today):
    for days, name in [(30, "Next month"), (-40, "Long past"), (200, "Far off")]:
        hired = today - timedelta(days=90) + timedelta(days=days)
        AssignmentFactory(site=assignment.site, person=UserFactory(name=name, hired_on=hired))
    found = [(day, who.name, str(words)) for day, who, words in board(signed_in(hr)).context["facts"].milestones]
    assert found == [
        (today + timedelta(days=30), "Next month", "three months with the company"),
        (today + timedelta(days=50), "Long past", "six months with the company"),
    ]


def lacking(now) -> dict[str, list]:
    """By the label of a promise, the postings that lack it."""
    found = coverage.uncovered(Assignment.objects.all(), now)
    return {str(cover.label): list(rows) for cover, rows in found if rows}


@pytest.mark.clause("1.2")
def test_who_lacks_a_promise_is_named_until_the_planner_came_by(assignment):
    now = timezone.now()
    coming = AssignmentFactory(status="planned", since=timezone.localdate() + timedelta(days=3))
    for kind in DocumentVersion.Kind.values:  # in force, and nobody was asked for a signature
        DocumentFactory(kind=kind, title=kind)
    assert lacking(now) == {
        "Reports in at the site on time": [coming],
        "A new edition is signed in time": [assignment],
        "Everybody meets the client face to face each month": [assignment],
        "Work is reported regularly": [assignment],
        "The quality of everybody's work is assessed": [assignment],
    }
    obligations.plan(now)
    assert lacking(now) == {}
    asked = Obligation.objects.kind(KINDS["document_renewal"]).open()
    assert {(one.owner, one.subject_id) for one in asked} == {(assignment.person, assignment.pk)}
    assert asked.count() == len(DocumentVersion.Kind.values)


@pytest.mark.clause("1.2", "1.3.1")
def test_a_signature_counts_as_covered_whatever_becomes_of_its_clock(assignment):
    now = timezone.now()
    with_papers(assignment.person, assignment.site)
    obligations.plan(now)
    assert (lacking(now), Obligation.objects.kind(KINDS["document_renewal"]).count()) == ({}, 0)


def test_the_clause_of_coverage_leads_to_the_board(hr, signed_in):
    assert BOARD in signed_in(hr).get(reverse("policy")).content.decode()


def told(user, **query):
    client = APIClient()
    client.force_authenticate(user)
    return client.get("/api/v1/board/", query)


@pytest.mark.clause("1.2")
def test_the_api_tells_the_same_as_the_board(lead, staff, assignment, today, django_assert_max_num_queries):
    far = AssignmentFactory(site=SiteFactory(name="Far away"))
    assignment.planned_to = today + timedelta(days=30)
    assignment.save()

    answer = told(lead).json()

    assert (answer["on_site"], answer["planned"], answer["leaving_count"], answer["request_count"]) == (1, 0, 1, 0)
    assert [(one["id"], one["until"]) for one in answer["leaving"]] == [
        (assignment.pk, str(today + timedelta(days=30)))
    ]
    assert answer["headcount"][-1] == {"on": str(today), "people": 1}
    lacks = {one["kind"]: (one["count"], one["assignments"]) for one in answer["coverage"]}
    assert lacks["monthly_meeting"] == (1, [assignment.pk])
    assert told(staff).status_code == 403
    assert told(lead, site=far.site_id).status_code == 400
    assert told(lead, site=assignment.site_id).json()["on_site"] == 1

    with django_assert_max_num_queries(45) as one:
        told(lead)
    for _number in range(6):
        AssignmentFactory(site=assignment.site, planned_to=today + timedelta(days=20))
    with django_assert_max_num_queries(len(one)):
        assert told(lead).json()["leaving_count"] == 7
