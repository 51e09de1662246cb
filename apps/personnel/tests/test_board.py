"""The staffing board (2.1.1), and that nobody on site lacks a promise (1.2)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.core import obligations
from apps.personnel import coverage
from apps.personnel.models import Assignment
from apps.personnel.tests.factories import AssignmentFactory, SiteFactory, UserFactory

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
    assert (answer.context["on_site"], answer.context["leaving_count"]) == (1, 1)


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
    with django_assert_max_num_queries(40) as one:
        board(browser)
    for _number in range(12):
        AssignmentFactory(planned_to=timezone.localdate() + timedelta(days=20))
    with django_assert_max_num_queries(len(one)):
        board(browser)


def test_milestones_are_counted_from_the_day_somebody_was_hired(hr, assignment, signed_in, today):
    for days, name in [(30, "Next month"), (-40, "Long past"), (200, "Far off")]:
        hired = today - timedelta(days=90) + timedelta(days=days)
        AssignmentFactory(site=assignment.site, person=UserFactory(name=name, hired_on=hired))
    found = [(day, who.name, str(words)) for day, who, words in board(signed_in(hr)).context["milestones"]]
    assert found == [
        (today + timedelta(days=30), "Next month", "three months with the company"),
        (today + timedelta(days=50), "Long past", "six months with the company"),
    ]


@pytest.mark.clause("1.2")
def test_who_lacks_a_promise_is_named_until_the_planner_came_by(assignment):
    """Apps above register their promises; each is opened by its planner."""
    now = timezone.now()
    rows = Assignment.objects.filter(pk=assignment.pk)
    obligations.plan(now)
    assert [(str(cover.label), list(found)) for cover, found in coverage.uncovered(rows, now) if found] == []


def test_the_clause_of_coverage_leads_to_the_board(hr, signed_in):
    assert BOARD in signed_in(hr).get(reverse("policy")).content.decode()
