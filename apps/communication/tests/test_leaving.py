"""Whoever leaves a site, or the company, leaves no promise behind that nobody keeps (clause 2.2.2c)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from apps.communication.actions import enquiries, requests
from apps.communication.obligations import contact_log
from apps.communication.obligations.enquiries import CLIENT_REPLY
from apps.communication.obligations.meetings import MONTHLY_MEETING, plan_meetings
from apps.core import obligations
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.verdicts import PolicyBroken
from apps.personnel import actions
from apps.personnel.actions import leaving
from apps.personnel.models import Site, User
from apps.personnel.tests.factories import NOON, AssignmentFactory, SiteFactory, UserFactory, hand_over_and_end

HOUR = timedelta(hours=1)
TODAY = NOON.date()  # the 18th: twelve working days of November are over


def ask(site, by, now=NOON, key="1"):
    return enquiries.log_enquiry(site=site, text="How long?", channel="phone", by=by, now=now, key=key)


def open_promises(person):
    return Obligation.objects.open().of(person)


def left_behind(site, person, now=NOON):
    """An enquiry that reached somebody in the moment they left."""
    enquiry = ask(site, site.lead, now=now)
    type(enquiry).objects.filter(pk=enquiry.pk).update(owner=person)
    Obligation.objects.kind(CLIENT_REPLY).about(enquiry).update(owner=person)
    return enquiry


def end(assignment, *, ended_on=TODAY, now=NOON):
    return hand_over_and_end(assignment, ended_on=ended_on, now=now)


@pytest.fixture
def owing(assignment, staff, contact):
    """An enquiry, an accepted request and November's meeting, all owed by `staff`."""
    enquiry = ask(assignment.site, staff)
    request = requests.log_request(
        site=assignment.site, contact=contact, title="A valve", received_at=NOON, owner=staff, by=staff, now=NOON
    )
    requests.accept(request, owner=staff, agreed_due_at=NOON + 48 * HOUR, by=staff, now=NOON)
    plan_meetings(NOON)
    assert set(open_promises(staff).values_list("kind", flat=True)) == {
        "client_reply",
        "request_due",
        "monthly_meeting",
    }
    return enquiry, request


@pytest.mark.clause("2.2.2c")
def test_what_was_promised_goes_to_the_lead_with_its_record_and_history(owing, assignment, staff, lead, hr):
    enquiry, request = owing
    due = dict(open_promises(staff).values_list("kind", "due_at"))

    end(assignment)

    assert not open_promises(staff).exists()
    assert dict(open_promises(lead).exclude(kind="client_silence").values_list("kind", "due_at")) == due
    enquiry.refresh_from_db(), request.refresh_from_db()
    assert (enquiry.owner, request.owner) == (lead, lead)
    handed = Event.objects.about(enquiry).filter(verb="obligation_handed_over").get()
    assert (handed.actor, handed.note) == (lead, "Staff Chen has left the site.")


@pytest.mark.clause("7.1.1")
def test_a_month_with_too_few_days_on_site_is_no_longer_owed(assignment, hr, lead, staff):
    plan_meetings(NOON)
    end(assignment, ended_on=date(2026, 11, 12))
    meeting = Obligation.objects.kind(MONTHLY_MEETING).about(assignment).get()
    assert (meeting.status, meeting.owner) == (Obligation.Status.DROPPED, staff)
    plan_meetings(NOON + HOUR)
    assert not Obligation.objects.kind(MONTHLY_MEETING).about(assignment).open().exists()


def test_the_deputy_or_a_head_takes_over_where_there_is_no_lead(assignment, staff, hr, site, head):
    enquiry = ask(site, staff)
    site.lead.is_active = False
    site.lead.save()
    end(assignment)
    enquiry.refresh_from_db()
    assert enquiry.owner == head


def test_where_nobody_is_there_to_take_over_the_posting_does_not_end(assignment, staff, hr, site):
    ask(site, staff)
    site.lead, site.department.head = None, None
    site.save(), site.department.save()
    with pytest.raises(PolicyBroken) as refused:
        actions.end(assignment, ended_on=TODAY, reason="", returned=True, by=hr, now=NOON)
    assert "How long?" in str(refused.value.verdict.reason)
    assignment.refresh_from_db()
    assert (assignment.status, open_promises(staff).count()) == ("on_site", 1)


@pytest.mark.parametrize("tie", ["leads the site", "heads its department", "comes back tomorrow"])
def test_whoever_stays_by_another_tie_keeps_what_they_promised(tie, assignment, staff, hr, site):
    enquiry = ask(site, staff)
    if tie == "leads the site":
        site.lead = staff
    elif tie == "heads its department":
        site.department.head = staff
        site.department.save()
    else:
        assignment.planned_to = TODAY
        assignment.save()
        AssignmentFactory(person=staff, site=site, since=TODAY + timedelta(days=1), status="planned")
    site.save()
    end(assignment)
    enquiry.refresh_from_db()
    assert enquiry.owner == staff


def test_what_is_owed_at_another_site_stays(assignment, staff, hr, other_site):
    elsewhere = Obligation.objects.create(
        kind=CLIENT_REPLY.key, subject=other_site, title="x", url="/", site=other_site, owner=staff,
        opened_at=NOON, due_at=NOON + HOUR,
    )  # fmt: skip
    end(assignment)
    elsewhere.refresh_from_db()
    assert elsewhere.owner == staff


def test_who_never_began_leaves_nothing_either(site, hr, lead):
    planned = AssignmentFactory(site=site, since=timezone.localdate(), status="planned")
    enquiry = left_behind(site, planned.person, now=timezone.now())
    actions.cancel(planned, reason="Postponed", by=hr, now=timezone.now())
    enquiry.refresh_from_db()
    assert enquiry.owner == lead


def test_a_closed_account_leaves_its_promises_to_the_leads(assignment, staff, lead, hr, administrator, site):
    end(assignment)
    missed = left_behind(site, staff)
    actions.close_account(staff, by=administrator, now=NOON, reason="Left")
    missed.refresh_from_db()
    assert (missed.owner, open_promises(staff).count(), staff.is_active) == (lead, 0, False)


def test_what_arrived_in_the_moment_of_leaving_is_passed_on_soon_after(assignment, staff, lead, hr, site):
    now = timezone.now()
    end(assignment, ended_on=timezone.localdate(), now=now)
    missed = left_behind(site, staff, now=now)
    leaving.pass_on_what_was_left(now)
    missed.refresh_from_db()
    assert missed.owner == staff  # the last day is still theirs

    tomorrow = now + timedelta(days=1)
    leaving.pass_on_what_was_left(tomorrow)
    leaving.pass_on_what_was_left(tomorrow)
    missed.refresh_from_db()
    assert (missed.owner, open_promises(staff).count()) == (lead, 0)
    assert Event.objects.about(missed).filter(verb="enquiry_assigned").count() == 1


def test_the_planner_leaves_everybody_else_alone(owing, staff, lead, head, site, assignment):
    before = list(Obligation.objects.order_by("pk").values_list("pk", "owner"))
    leaving.pass_on_what_was_left(NOON)
    assert list(Obligation.objects.order_by("pk").values_list("pk", "owner")) == before


def test_the_page_says_what_moves_where_before_the_button_is_pressed(owing, assignment, hr, lead, signed_in):
    address = reverse("assignment_end", args=[assignment.pk])
    page = signed_in(hr).get(address, {"ended_on": "2026-11-18"}).content.decode()
    assert page.count(f"Goes to {lead.name}") == 3
    fewer = signed_in(hr).get(address, {"ended_on": "2026-11-12"}).content.decode()
    assert (fewer.count(f"Goes to {lead.name}"), fewer.count("No longer owed: ")) == (2, 1)


def test_the_page_of_closing_an_account_says_it_too(assignment, staff, lead, hr, administrator, site, signed_in):
    end(assignment)
    left_behind(site, staff)
    page = signed_in(administrator).get(reverse("person_deactivate", args=[staff.pk])).content.decode()
    assert f"Goes to {lead.name}" in page


def test_the_page_of_closing_an_account_names_what_is_in_the_way_and_leads_there(
    site, lead, administrator, assignment, staff, signed_in
):
    browser = signed_in(administrator)
    page = browser.get(reverse("person_deactivate", args=[lead.pk])).content.decode()
    assert "They lead this site: name another lead." in page
    assert f'href="{site.get_absolute_url()}"' in page
    posted = browser.get(reverse("person_deactivate", args=[staff.pk])).content.decode()
    assert "They are stationed here: end the posting." in posted
    assert "Not yet possible" not in browser.get(reverse("person_deactivate", args=[UserFactory().pk])).content.decode()


@pytest.mark.clause("2.2.2c")
@pytest.mark.parametrize("stationed", [True, False])
def test_a_new_lead_takes_what_the_lead_owes_and_all_of_who_has_no_other_tie(site, lead, hr, contact, stationed):
    if stationed:
        AssignmentFactory(person=lead, site=site)
    enquiry = ask(site, lead)
    requests.log_request(site=site, contact=contact, title="A valve", received_at=NOON, by=lead, now=NOON)
    contact_log.plan_silence(NOON)
    new = UserFactory()

    actions.update_site(site, lead=new, by=hr, now=NOON)

    enquiry.refresh_from_db()
    assert enquiry.owner == (lead if stationed else new)
    of_the_lead = {"client_silence", "request_owner"}
    assert set(open_promises(new).values_list("kind", flat=True)) == of_the_lead | (
        set() if stationed else {"client_reply"}
    )
    assert set(open_promises(lead).values_list("kind", flat=True)) == ({"client_reply"} if stationed else set())
    assert Notification.objects.filter(person=new).exists()


@pytest.mark.clause("2.2.2c")
def test_a_site_stops_running_only_when_nothing_is_left_open_there(site, lead, hr, assignment, staff, contact):
    enquiry = ask(site, lead)
    contact_log.plan_silence(NOON)
    with pytest.raises(PolicyBroken) as refused:
        actions.update_site(site, active=False, by=hr, now=NOON)
    assert list(refused.value.fields) == ["active"]
    assert all(word in str(refused.value.fields["active"]) for word in (staff.name, "still open: 1"))
    site.refresh_from_db()
    assert site.active

    end(assignment)
    enquiries.answer(enquiry, text="Tomorrow", channel="phone", by=lead, now=NOON + HOUR, key="a")
    actions.update_site(site, active=False, by=hr, now=NOON + HOUR)
    contact_log.plan_silence(NOON + HOUR)
    assert not Obligation.objects.open().filter(site=site).exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_is_sent_to_a_site_that_stops_at_this_moment():
    hr, sites = UserFactory(roles=["hr"]), [SiteFactory() for _one in range(12)]

    def close(site):
        actions.update_site(Site.objects.get(pk=site.pk), active=False, by=hr, now=timezone.now())

    def send(site):
        actions.dispatch_named(
            person=UserFactory(),
            site=Site.objects.get(pk=site.pk),
            position="Fitter",
            since=timezone.localdate(),
            reason="Knows it",
            by=hr,
            now=timezone.now(),
        )

    def act(verb, site, barrier):
        try:
            barrier.wait()
            verb(site)
        except PolicyBroken:
            return False
        else:
            return True
        finally:
            connection.close()

    for site in sites:
        barrier = Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(act, (close, send), [site] * 2, [barrier] * 2))
        assert sorted(done) == [False, True]


@pytest.mark.django_db(transaction=True)
def test_leaving_while_the_sweep_rings_neither_loses_nor_repeats_anything():
    """20 people with an enquiry that falls due are taken off their site while two sweeps ring."""
    site = SiteFactory()
    postings = [AssignmentFactory(site=site) for _one in range(20)]
    asked = [ask(site, one.person, now=NOON - 25 * HOUR, key=str(one.pk)) for one in postings]
    together = Barrier(4)

    def take_off(some):
        together.wait()
        for posting in some:
            end(posting)
        connection.close()

    def ring():
        together.wait()
        for _round in range(5):
            obligations.sweep(now=NOON, limit=3)
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        work = [
            pool.submit(take_off, postings[:10]),
            pool.submit(take_off, postings[10:]),
            *(pool.submit(ring) for _one in "ab"),
        ]
        for one in work:
            one.result()
    obligations.sweep(now=NOON)

    people = User.objects.filter(assignments__in=postings)
    assert not Obligation.objects.open().filter(owner__in=people).exists()
    replies = Obligation.objects.kind(CLIENT_REPLY)
    assert (replies.open().filter(owner=site.lead).count(), replies.exclude(breached_at=None).count()) == (20, 20)
    assert Event.objects.filter(verb="obligation_breached").count() == 20
    assert Notification.objects.filter(person=site.lead, kind="obligation_breach").count() == 20
    assert {one.owner_id for one in type(asked[0]).objects.all()} == {site.lead.pk}
