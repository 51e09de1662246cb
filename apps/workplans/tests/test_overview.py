"""How work stands, site by site, for those who answer for it (3.2.3, 3.3.1, 3.3.3)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core import obligations
from apps.personnel.tests.factories import AssignmentFactory, SiteFactory, UserFactory
from apps.workplans.models import Report, Step
from apps.workplans.obligations.plans import steps_by_their_days
from apps.workplans.obligations.reports import WORK_REPORT, review_soon
from apps.workplans.overview import FIGURES, sites_at_work
from apps.workplans.tests.factories import TaskFactory, plan_for, started

pytestmark = pytest.mark.django_db


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def trouble(assignment, today):
    """A site with one late task of two, late steps, a plan to review, a report missing and one that nobody reads."""
    site, staff, now = assignment.site, assignment.person, timezone.now()
    began = today - timedelta(days=20)
    late = started(TaskFactory(site=site, owner=staff, begins_on=began, due_on=today - timedelta(days=1)), "One", "Two")
    Step.objects.filter(plan__task=late, title="One").update(percent=100, done_at=now)
    steps_by_their_days(late.plans.get(), now=now - timedelta(days=20))
    plan_for(TaskFactory(site=site, owner=staff), status="in_review")
    obligations.start(
        WORK_REPORT, assignment, title="Week", due_at=now - timedelta(days=2), now=now - timedelta(days=9),
        person=staff, site=site, owner=staff, zone=site.zone, period="2026-W40",
    )  # fmt: skip
    report = Report.objects.create(
        assignment=assignment, period="2026-W39", begins_on=began, ends_on=began, done="Much", filed_by=staff,
        filed_at=now - timedelta(days=30),
    )  # fmt: skip
    review_soon(report, now=report.filed_at)
    return site


def figures(user, today) -> dict[str, dict[str, int]]:
    rows = sites_at_work(user, today=today, now=timezone.now())
    return {one.name: {name: getattr(one, name) for name in FIGURES if getattr(one, name)} for one in rows}


@pytest.mark.clause("3.2.3", "3.3.1", "3.3.3")
def test_the_site_with_most_that_is_late_stands_first(trouble, lead, hr, head, today):
    quiet = SiteFactory(lead=lead)
    expected = {
        "people": 1, "tasks_open": 2, "tasks_late": 1, "steps_late": 1, "reports_missing": 1, "reviews_overdue": 1,
        "plans_waiting": 1,
    }  # fmt: skip
    assert list(figures(lead, today).items()) == [(trouble.name, expected), (quiet.name, {})]
    assert figures(hr, today)[trouble.name] == figures(head, today)[trouble.name] == expected


def test_each_sees_the_sites_they_answer_for(
    trouble, other_site, lead, staff, finance, administrator, today, signed_in
):
    assert other_site.name not in figures(lead, today)
    assert figures(staff, today) == {}
    for who in (staff, finance, administrator):
        assert signed_in(who).get(reverse("work_by_site")).status_code == 403
        client = APIClient()
        client.force_authenticate(who)
        assert client.get("/api/v1/work-by-site/").json()["count"] == 0


def test_every_figure_opens_the_rows_that_it_counts(trouble, lead, signed_in):
    browser = signed_in(lead)
    page = browser.get(reverse("work_by_site"))
    row = page.context["table"].page.object_list[0]
    opened = {}
    for column in page.context["table"].columns:
        figure = getattr(column.column, "page", None)
        if figure and figure != "task_gantt" and getattr(row.record, column.name):
            address = f"{reverse(figure)}?site={trouble.pk}&" + "&".join(
                f"{k}={v}" for k, v in column.column.query.items()
            )
            opened[column.name] = len(browser.get(address).context["table"].rows)
    assert opened == {
        "people": 1, "tasks_open": 2, "tasks_late": 1, "reports_missing": 1, "reviews_overdue": 1, "plans_waiting": 1,
    }  # fmt: skip


def test_the_api_tells_the_same(trouble, lead):
    client = APIClient()
    client.force_authenticate(lead)
    found = client.get("/api/v1/work-by-site/", {"ordering": "-worst"}).json()["results"]
    assert [(one["id"], one["tasks_late"], one["worst"]) for one in found] == [(trouble.pk, 1, 4)]


def test_the_page_asks_as_often_for_many_sites_as_for_one(trouble, hr, signed_in):
    browser = signed_in(hr)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(reverse("work_by_site")).status_code == 200
        return len(captured)

    asked()
    one = asked()
    for _number in range(15):
        posting = AssignmentFactory(person=UserFactory())
        started(TaskFactory(site=posting.site, owner=posting.person))
    assert asked() == one
