"""Who may not see something is not told that there is none: cards and figures are left out, lists say why."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.communication.actions import contact_log, enquiries
from apps.communication.obligations.contact_log import plan_silence
from apps.core import obligations
from apps.core.obligations import KINDS
from apps.personnel.tests.factories import AssignmentFactory, UserFactory

LISTS = ["enquiries", "requests", "problems", "meetings", "meeting_list", "waivers", "contact_log", "contact_log_sites"]
NONE = re.compile(r'class="empty-head">([^<]+)')


@pytest.fixture
def full(site, staff, contact):
    """A site with an open question, a promise about the posting and a contact."""
    now = timezone.now()
    enquiries.log_enquiry(site=site, text="When?", channel="phone", by=staff, now=now, key="k", arrived_at=now)
    contact_log.log_contact(
        site=site, contact=contact, mode="phone", at=now, summary="Asked how it goes", by=staff, now=now
    )
    obligations.start(
        KINDS["monthly_meeting"], staff.assignments.get(), title="Meet the client", due_at=now, now=now, site=site,
        owner=staff, period="2026-11",
    )  # fmt: skip
    plan_silence(now)
    return site


def page(browser, thing) -> str:
    return browser.get(thing.get_absolute_url()).content.decode()


def told(html: str) -> tuple[list[str], list[str]]:
    """The figures of a page by their label, and what its empty cards say."""
    return re.findall(r'class="stat-label">(?:<a[^>]*>)?([^<]+)', html), NONE.findall(html)


def test_finance_is_told_of_a_site_only_what_finance_sees(full, finance, hr, signed_in):
    assert told(page(signed_in(finance), full)) == (["People here"], [])
    figures, _nothing = told(page(signed_in(hr), full))
    assert figures == ["People here", "Open promises", "Late now", "Not in time, last 30 days", "Last contact"]


def test_staff_of_a_site_see_what_passes_there_and_no_figures_of_what_others_owe(full, staff, signed_in):
    figures, nothing = told(page(signed_in(staff), full))

    assert figures == ["People here", "Last contact"]
    assert nothing == ["Nothing is asked for", "No meetings yet"]


def test_a_site_lead_sees_it_all_and_elsewhere_only_what_the_posting_there_shows(full, lead, other_site, signed_in):
    AssignmentFactory(site=other_site, person=lead)
    browser = signed_in(lead)

    assert "Open promises" in told(page(browser, full))[0]
    assert "Open promises" not in told(page(browser, other_site))[0]
    rows = browser.get(reverse("sites")).context["table"].rows
    assert {row.record.name: row.record.promise_count for row in rows} == {"Harbour": 3, "Elsewhere": None}


def test_the_list_of_sites_has_no_figures_for_those_who_see_none_of_it(full, staff, finance, hr, signed_in):
    headings = {who: signed_in(who).get(reverse("sites")).content.decode() for who in (staff, finance, hr)}

    assert ["Open promises" in html for html in headings.values()] == [False, False, True]


def test_a_persons_page_is_silent_about_what_the_reader_cannot_see(full, staff, lead, finance, hr, signed_in):
    colleague = AssignmentFactory(site=full, person=UserFactory(name="Ann")).person

    assert told(page(signed_in(finance), staff))[1] == []
    assert "Open promises" not in page(signed_in(finance), staff)
    assert "When?" in page(signed_in(lead), staff)
    shown = page(signed_in(staff), colleague)
    assert ("Not stationed anywhere" in shown, "No open promises" in shown) == (False, False)
    assert "No open promises" in page(signed_in(hr), finance)
    assert "Not stationed anywhere" in page(signed_in(finance), hr)


def test_promises_about_an_assignment_are_not_denied(full, staff, finance, signed_in):
    posting = staff.assignments.get()

    assert "Open promises" in page(signed_in(staff), posting)
    assert "Open promises" not in page(signed_in(finance), posting)


def test_a_clients_people_are_not_denied(full, contact, staff, finance, signed_in):
    assert contact.name in page(signed_in(staff), full.client)
    for thing in (full.client, full):
        html = page(signed_in(finance), thing)
        assert (contact.name in html, "Nobody yet" in html) == (False, False)


@pytest.mark.parametrize("name", [*LISTS, "contacts"])
def test_finance_is_told_that_a_list_is_not_for_finance(name, full, finance, staff, signed_in):
    refused = signed_in(finance).get(reverse(name))

    assert refused.status_code == 403
    assert "Your role does not see" in refused.content.decode() or name == "contacts"
    assert "silent for too long" not in refused.content.decode()
    assert reverse(name) not in signed_in(finance).get("/").content.decode()
    assert signed_in(staff).get(reverse(name)).status_code == 200


def test_the_contact_log_counts_only_silent_sites_whose_contacts_one_sees(full, other_site, finance, signed_in):
    AssignmentFactory(site=full, person=finance)
    plan_silence(timezone.now() - timezone.timedelta(days=400))

    assert signed_in(finance).get(reverse("contact_log")).context["silent"] == 0


def test_staff_are_shown_their_own_month_and_no_figures_of_the_site(full, staff, hr, signed_in):
    def figures(who):
        return told(signed_in(who).get(reverse("meetings")).content.decode())[0]

    assert "Owed this month" in figures(hr)
    assert "Owed this month" not in figures(staff)


@pytest.mark.parametrize(("asked", "shown"), [("1000000", 100), ("-1", 1), ("0", 25), ("x", 25), ("7", 7)])
def test_nobody_asks_a_list_for_more_rows_than_a_page_has(asked, shown, hr, signed_in):
    UserFactory.create_batch(101)
    answer = signed_in(hr).get("/people/", {"per_page": asked})
    assert answer.status_code == 200
    assert answer.content.decode().count("data-row>") == shown
