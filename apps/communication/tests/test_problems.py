"""Complaints and major problems (3.4.3)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.communication.actions import problems as actions
from apps.communication.models import PlanSignature, Problem
from apps.communication.obligations.problems import PROBLEM_ACKNOWLEDGE
from apps.communication.policy import problems as policy
from apps.communication.views.problems import find_problems
from apps.core import obligations
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel.tests.factories import NOON, ClientContactFactory, UserFactory

HOUR = timedelta(hours=1)
Status = Problem.Status


def raise_one(site, by, now=NOON, **changes):
    words = {"kind": "complaint", "title": "Late again", "detail": "Third time this month"} | changes
    return actions.raise_problem(site=site, by=by, now=now, **words)


@pytest.fixture
def raised(site, staff, hr, executive):
    return raise_one(site, staff)


@pytest.fixture
def planned(raised, head, lead):
    """Acknowledged by the head, with a plan."""
    actions.acknowledge(raised, by=head, now=NOON + HOUR)
    return actions.write_plan(raised, plan="We come earlier", by=lead, now=NOON + 2 * HOUR)


@pytest.mark.clause("3.4.3")
def test_lead_head_hr_and_executives_are_told_at_once_and_quiet_hours_do_not_hold_it_back(
    raised, lead, head, hr, executive, finance
):
    told = Notification.objects.filter(kind="problem_raised")

    assert {note.person for note in told} == {lead, head, hr, executive}
    assert all(note.urgent for note in told)


@pytest.mark.clause("3.4.3")
def test_two_hours_without_acknowledgement_go_to_the_head_and_the_executives(raised, head, executive):
    obligations.sweep(now=NOON + 2 * HOUR - timedelta(minutes=1))
    assert not Notification.objects.filter(kind="obligation_breach").exists()

    obligations.sweep(now=NOON + 2 * HOUR)

    assert {n.person for n in Notification.objects.filter(kind="obligation_breach")} == {head, executive}


@pytest.mark.clause("3.4.3")
def test_head_hr_and_executives_acknowledge_nobody_else(site, staff, lead, head, hr, executive):
    for by in (staff, lead):
        with pytest.raises(NotAllowed):
            actions.acknowledge(raise_one(site, staff), by=by, now=NOON + HOUR)

    for by in (head, hr, executive):
        problem = actions.acknowledge(raise_one(site, staff), by=by, now=NOON + HOUR)
        promise = Obligation.objects.kind(PROBLEM_ACKNOWLEDGE).about(problem).get()
        assert (problem.status, problem.acknowledged_by, promise.status) == (Status.ACKNOWLEDGED, by, "met")


@pytest.mark.clause("3.4.3")
def test_it_closes_only_after_both_sides_signed_the_plan_as_it_stands(planned, lead, head, hr):
    with pytest.raises(PolicyBroken):
        actions.close(planned, outcome="Fixed", by=lead, now=NOON + 3 * HOUR)
    actions.sign_plan(planned, version=1, by=head, now=NOON + 3 * HOUR)
    actions.sign_plan(planned, version=1, by=hr, now=NOON + 3 * HOUR)
    with pytest.raises(PolicyBroken):
        actions.close(planned, outcome="Fixed", by=head, now=NOON + 3 * HOUR)

    actions.sign_plan(planned, version=1, by=lead, now=NOON + 4 * HOUR)
    actions.close(planned, outcome="Fixed", by=head, now=NOON + 5 * HOUR)

    assert (planned.status, planned.outcome, planned.closed_at) == (Status.CLOSED, "Fixed", NOON + 5 * HOUR)


@pytest.mark.clause("3.4.3")
def test_a_new_text_voids_the_signatures_under_the_old_one(planned, lead, head):
    for by in (lead, head):
        actions.sign_plan(planned, version=1, by=by, now=NOON + 3 * HOUR)

    actions.write_plan(planned, plan="We come earlier and call", by=head, now=NOON + 4 * HOUR)

    with pytest.raises(PolicyBroken):
        actions.close(planned, outcome="Fixed", by=head, now=NOON + 5 * HOUR)
    assert lead in {n.person for n in Notification.objects.filter(kind="problem_plan_changed")}


@pytest.mark.clause("3.4.3")
def test_a_signature_keeps_the_side_it_was_given_for(planned, site, lead, head):
    actions.sign_plan(planned, version=1, by=head, now=NOON + 3 * HOUR)
    actions.sign_plan(planned, version=1, by=lead, now=NOON + 3 * HOUR)
    site.lead = UserFactory()
    site.save()

    assert actions.signed(Problem.objects.get(pk=planned.pk))
    assert list(planned.signatures.values_list("person", "for_company", "for_site")) == [
        (head.pk, True, False),
        (lead.pk, False, True),
    ]


@pytest.mark.clause("3.4.3")
def test_nobody_signs_a_text_they_have_not_read(planned, lead, head):
    actions.write_plan(planned, plan="Something else", by=lead, now=NOON + 3 * HOUR)

    with pytest.raises(WrongState):
        actions.sign_plan(planned, version=1, by=head, now=NOON + 4 * HOUR)


@pytest.mark.clause("3.4.3")
def test_nobody_signs_twice_and_outsiders_not_at_all(planned, lead, staff):
    actions.sign_plan(planned, version=1, by=lead, now=NOON + 3 * HOUR)

    with pytest.raises(WrongState):
        actions.sign_plan(planned, version=1, by=lead, now=NOON + 4 * HOUR)
    with pytest.raises(NotAllowed):
        actions.sign_plan(planned, version=1, by=staff, now=NOON + 4 * HOUR)
    assert PlanSignature.objects.count() == 1


@pytest.mark.clause("3.4.3")
@pytest.mark.parametrize(
    ("company", "site", "enough"),
    [
        (set(), set(), False),
        ({1}, set(), False),
        (set(), {1}, False),
        ({1, 2}, set(), False),
        ({1}, {1}, False),
        ({1}, {2}, True),
        ({1}, {1, 2}, True),
        ({1, 2}, {1}, True),
    ],
)
def test_one_person_on_both_sides_is_still_one_signature(company, site, enough):
    assert bool(policy.signed_by_both(company, site)) == enough


@pytest.mark.clause("3.4.3")
def test_a_plan_is_written_after_it_was_acknowledged(raised, lead):
    with pytest.raises(WrongState):
        actions.write_plan(raised, plan="We come earlier", by=lead, now=NOON)


def test_the_same_text_is_no_new_version(planned, lead):
    with pytest.raises(PolicyBroken) as refused:
        actions.write_plan(planned, plan=" We come earlier ", by=lead, now=NOON + 3 * HOUR)

    assert (list(refused.value.fields), planned.plan_version) == (["plan"], 1)


def test_everything_wrong_is_said_at_once(site, staff):
    with pytest.raises(PolicyBroken) as refused:
        raise_one(site, staff, title=" ", detail="", contact=ClientContactFactory())

    assert sorted(refused.value.fields) == ["contact", "detail", "title"]
    assert not Notification.objects.exists()


def test_those_of_the_site_its_head_hr_and_executives_raise_one(site, staff, lead, head, hr, executive, stranger):
    for by in (staff, lead, head, hr, executive):
        assert raise_one(site, by).raised_by == by
    with pytest.raises(NotAllowed):
        raise_one(site, stranger)


# --- Pages --------------------------------------------------------------------------------------------


def test_it_lives_its_life_in_the_browser(site, contact, staff, lead, head, signed_in):
    worker, boss, above = signed_in(staff), signed_in(lead), signed_in(head)
    key = worker.get(reverse("problem_new")).context["form"]["key"].value()
    worker.post(
        reverse("problem_new"),
        {"key": key, "kind": "major", "site": site.pk, "title": "Line stands", "detail": "Since noon"},
    )
    problem = Problem.objects.get()

    above.post(reverse("problem_acknowledge", args=[problem.pk]))
    boss.post(reverse("problem_plan", args=[problem.pk]), {"plan": "Two shifts"})
    refused = boss.post(reverse("problem_close", args=[problem.pk]), {"outcome": "Runs"})
    for browser in (boss, above):
        browser.post(reverse("problem_sign", args=[problem.pk]), {"version": "1"})
    closed = boss.post(reverse("problem_close", args=[problem.pk]), {"outcome": "Runs"})

    problem.refresh_from_db()
    assert (refused.status_code, closed.status_code, problem.status) == (422, 302, Status.CLOSED)
    for browser in (worker, boss, above):
        assert browser.get(problem.get_absolute_url()).status_code == 200


def test_strangers_see_nothing_and_staff_are_told_why_they_may_not(planned, staff, stranger, finance, signed_in):
    sign, plan = reverse("problem_sign", args=[planned.pk]), reverse("problem_plan", args=[planned.pk])

    for outsider in (stranger, finance):
        browser = signed_in(outsider)
        answers = [browser.get(planned.get_absolute_url()), browser.get(plan), browser.post(sign, {"version": "1"})]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
    browser = signed_in(staff)
    assert [browser.get(plan).status_code, browser.post(sign, {"version": "1"}).status_code] == [403, 403]
    assert "Late again" not in signed_in(stranger).get(reverse("problems")).content.decode()
    assert find_problems(stranger, "late", 6) == []
    assert [hit.title for hit in find_problems(staff, "late", 6)] == ["Late again"]


def test_the_list_costs_the_same_for_one_row_and_for_twenty(site, staff, hr, signed_in):
    browser = signed_in(hr)
    costs = []
    for count in (1, 19):
        for _number in range(count):
            raise_one(site, staff, now=timezone.now())
        browser.get(reverse("problems"))
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("problems"))
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_two_who_write_the_plan_at_once_do_not_overwrite_each_other(planned, lead, head, signed_in):
    address = reverse("problem_plan", args=[planned.pk])
    browser = signed_in(lead)
    opened = browser.get(address).context["form"]
    actions.write_plan(planned, plan="We call each day", by=head, now=NOON + 3 * HOUR)

    typed = {"plan": "Two shifts", "seen": opened["seen"].value()}
    asked = browser.post(address, typed)
    assert (asked.status_code, "We call each day" in asked.content.decode()) == (422, True)
    planned.refresh_from_db()
    assert planned.plan == "We call each day"

    browser.post(address, typed | {"seen": asked.context["form"]["seen"].value()})
    planned.refresh_from_db()
    assert planned.plan == "Two shifts"
