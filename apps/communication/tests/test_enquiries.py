"""Enquiries: the 24-hour clock, who answers, what counts (7.1.2a, 1.3.2)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from apps.communication.actions import enquiries as actions
from apps.communication.models import Enquiry, EnquiryMessage
from apps.communication.obligations.enquiries import CLIENT_REPLY, ENQUIRY_OWNER, rounds
from apps.core import obligations
from apps.core.attachments import Attachment
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel.tests.factories import NOON, ClientContactFactory, signed_off

HOUR = timedelta(hours=1)
Status = Enquiry.Status


def logged(by, site, contact=None, **details):
    """A question by phone at NOON."""
    details = {"text": "When do you fix the printer?", "channel": "phone", "now": NOON, "key": "k1"} | details
    return actions.log_enquiry(site=site, contact=contact, by=by, **details)


def answered(enquiry, by, at, **details):
    details = {"text": "Tomorrow at ten.", "channel": "phone", "key": f"a{at.isoformat()}"} | details
    return actions.answer(enquiry, by=by, now=at, **details)


def clock(enquiry) -> Obligation:
    return rounds(enquiry)[-1]


def told(kind: str) -> list[str]:
    return sorted(Notification.objects.filter(kind=kind).values_list("person__name", flat=True))


@pytest.mark.clause("7.1.2a")
def test_the_clock_runs_24_hours_from_arrival_and_belongs_to_who_logged_it(site, staff, contact):
    enquiry = logged(staff, site, contact, arrived_at=NOON - 3 * HOUR)

    assert (enquiry.owner, enquiry.subject, enquiry.status) == (staff, "When do you fix the printer?", Status.OPEN)
    assert (clock(enquiry).opened_at, clock(enquiry).due_at) == (NOON - 3 * HOUR, NOON + 21 * HOUR)
    assert clock(enquiry).owner == staff


@pytest.mark.clause("7.1.2a")
def test_weekends_and_summer_time_do_not_stretch_24_elapsed_hours(staff, site):
    site.time_zone = "Europe/Berlin"
    site.save()
    before_the_change = NOON.replace(month=10, day=25, hour=1)

    enquiry = logged(staff, site, now=before_the_change)

    assert clock(enquiry).due_at - clock(enquiry).opened_at == timedelta(hours=24)


@pytest.mark.clause("7.1.2a")
def test_owner_is_warned_at_12_20_and_23_hours_the_lead_at_23_and_both_sides_of_the_house_at_24(
    site, staff, lead, head
):
    enquiry = logged(staff, site)
    rung = []
    for hours in (11.9, 12, 20, 23, 23.9, 24):
        obligations.sweep(now=NOON + hours * HOUR)
        rung.append((told("obligation_warning"), told("obligation_breach")))

    mine, his = staff.name, lead.name
    assert rung == [
        ([], []),
        ([mine], []),
        ([mine, mine], []),
        (sorted([mine, mine, mine, his]), []),
        (sorted([mine, mine, mine, his]), []),
        (sorted([mine, mine, mine, his]), sorted([his, head.name])),
    ]
    assert clock(enquiry).breached_at == NOON + 24 * HOUR


@pytest.mark.clause("7.1.2a")
def test_the_first_answer_of_a_person_meets_the_clock_and_later_ones_change_nothing(site, staff):
    enquiry = logged(staff, site)
    answered(enquiry, staff, NOON + 2 * HOUR)
    answered(enquiry, staff, NOON + 30 * HOUR)

    enquiry.refresh_from_db()
    assert (enquiry.status, enquiry.first_answer_at) == (Status.ANSWERED, NOON + 2 * HOUR)
    assert (clock(enquiry).met_at, clock(enquiry).late) == (NOON + 2 * HOUR, False)


@pytest.mark.clause("7.1.2a")
def test_internal_notes_do_not_stop_the_clock(site, staff):
    enquiry = logged(staff, site)
    actions.note(enquiry, text="I think it is the toner.", by=staff, now=NOON + HOUR, key="n")

    assert (enquiry.status, clock(enquiry).status) == (Status.OPEN, Obligation.Status.OPEN)


@pytest.mark.clause("7.1.2a")
def test_late_stays_late_for_ever(site, staff):
    enquiry = logged(staff, site)
    obligations.sweep(now=NOON + 25 * HOUR)
    answered(enquiry, staff, NOON + 26 * HOUR)
    actions.reopen(enquiry, by=staff, now=NOON + 27 * HOUR)
    answered(enquiry, staff, NOON + 28 * HOUR)

    assert [(one.period, one.late, one.met_at) for one in rounds(enquiry)] == [
        ("1", True, NOON + 26 * HOUR),
        ("2", False, NOON + 28 * HOUR),
    ]


@pytest.mark.clause("7.1.2a")
@pytest.mark.parametrize("swept", [True, False])
def test_an_answer_noted_after_the_time_ran_out_is_late_whatever_time_is_typed(site, staff, swept):
    enquiry = logged(staff, site)
    if swept:
        obligations.sweep(now=NOON + 25 * HOUR)

    answered(enquiry, staff, NOON + 25 * HOUR, given_at=NOON + 23 * HOUR)

    assert (clock(enquiry).late, clock(enquiry).met_at) == (True, NOON + 23 * HOUR)


@pytest.mark.clause("7.1.2a")
def test_what_was_asked_and_answered_on_the_spot_may_be_logged_later_and_was_in_time(site, staff):
    enquiry = logged(staff, site, arrived_at=NOON - 30 * HOUR, answer="The code is 4711.", answered_at=NOON - 29 * HOUR)

    assert (enquiry.status, clock(enquiry).late, clock(enquiry).met_at) == (Status.ANSWERED, False, NOON - 29 * HOUR)


@pytest.mark.clause("7.1.2a")
@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"text": " "}, "text"),
        ({"arrived_at": NOON + 2 * HOUR}, "arrived_at"),
        ({"arrived_at": NOON - timedelta(days=8)}, "arrived_at"),
        ({"answer": "Yes.", "answered_at": NOON + HOUR}, "answered_at"),
        ({"answer": "Yes.", "answered_at": NOON - HOUR}, "answered_at"),
        ({"answered_at": NOON}, "answer"),
    ],
)
def test_a_log_that_cannot_be_is_refused_beside_its_field(site, staff, details, field):
    with pytest.raises(PolicyBroken) as refused:
        logged(staff, site, **details)

    assert list(refused.value.fields) == [field]
    assert not Enquiry.objects.exists()


def test_a_contact_of_another_client_is_refused(site, staff):
    with pytest.raises(PolicyBroken) as refused:
        logged(staff, site, ClientContactFactory())
    assert list(refused.value.fields) == ["contact"]


@pytest.mark.parametrize("given_at", [NOON - HOUR, NOON + 3 * HOUR])
def test_an_answer_lies_between_question_and_now(site, staff, given_at):
    enquiry = logged(staff, site)
    with pytest.raises(PolicyBroken) as refused:
        answered(enquiry, staff, NOON + HOUR, given_at=given_at)
    assert list(refused.value.fields) == ["given_at"]


def test_only_those_of_the_site_log_and_answer(site, staff, stranger, hr, head):
    enquiry = logged(staff, site)
    for person in (stranger, hr, head):
        with pytest.raises(NotAllowed):
            logged(person, site, key="other")
        with pytest.raises(NotAllowed):
            answered(enquiry, person, NOON + HOUR)
    assert clock(enquiry).status == Obligation.Status.OPEN


@pytest.mark.clause("7.1.2a")
def test_other_words_from_a_page_that_the_browser_kept_are_another_question(site, staff, contact):
    first = logged(staff, site, contact, key="k", text="Where is the ladder?")
    second = logged(staff, site, contact, key="k", text="Where is the lamp?")
    said = [answered(first, staff, NOON + HOUR, key="a", text=text) for text in ("In the yard.", "No: in the hall.")]
    noted = [actions.note(first, text=text, by=staff, now=NOON, key="n") for text in ("hm", "ah")]

    assert first != second
    assert (said[0] != said[1], noted[0] != noted[1]) == (True, True)


@pytest.mark.clause("7.1.2a")
def test_the_same_words_logged_again_within_minutes_are_one_question(site, staff, contact):
    first = logged(staff, site, contact, key="one", now=NOON)

    with pytest.raises(PolicyBroken) as refused:
        logged(staff, site, contact, key="two", now=NOON + timedelta(minutes=4))
    assert first.number in refused.value.fields["text"]
    another_contact = ClientContactFactory(client=site.client)
    assert logged(staff, site, another_contact, key="three", now=NOON + timedelta(minutes=4))
    assert logged(staff, site, contact, key="four", now=NOON + timedelta(minutes=6))


def test_the_same_form_sent_twice_is_stored_once(site, staff, contact):
    first, second = logged(staff, site), logged(staff, site)
    said = [answered(first, staff, NOON + HOUR, key="a") for _again in range(2)]
    noted = [actions.note(first, text="hm", by=staff, now=NOON, key="n") for _again in range(2)]

    assert first == second
    assert said[0] == said[1]
    assert noted[0] == noted[1]
    assert Enquiry.objects.count() == 1
    assert first.messages.count() == 3
    assert Event.objects.about(first).filter(verb="enquiry_answered").count() == 1


def test_a_mail_answer_waits_to_be_sent_to_the_contact(site, staff, contact):
    enquiry = logged(staff, site, contact, channel="mail")
    message = actions.answer(
        enquiry, text="Tomorrow.", by=staff, now=NOON + HOUR, key="a", files=[("plan.txt", b"ten o'clock")]
    )

    assert (message.dispatch, message.client_address, message.author) == ("waiting", contact.email, staff)
    assert [one.name for one in Attachment.objects.about(message)] == ["plan.txt"]


def test_without_an_address_no_mail_can_be_sent(site, staff):
    enquiry = logged(staff, site)
    with pytest.raises(PolicyBroken) as refused:
        actions.answer(enquiry, text="Tomorrow.", by=staff, now=NOON + HOUR, key="a", channel="mail")
    assert list(refused.value.fields) == ["channel"]


@pytest.mark.clause("1.3.2")
def test_a_question_goes_only_to_those_who_work_at_the_site_and_takes_its_clock_along(site, staff, lead, stranger):
    enquiry = logged(staff, site)
    with pytest.raises(PolicyBroken) as refused:
        actions.assign(enquiry, to=stranger, by=lead, now=NOON + HOUR)
    assert list(refused.value.fields) == ["to"]

    actions.assign(enquiry, to=lead, by=staff, now=NOON + HOUR, reason="I am away")

    assert (enquiry.owner, clock(enquiry).owner, clock(enquiry).due_at) == (lead, lead, NOON + 24 * HOUR)
    assert told("obligation_taken_over") == [lead.name]


@pytest.mark.clause("1.3.2")
def test_the_promise_handed_over_in_the_list_of_promises_hands_over_the_question(site, staff, lead):
    enquiry = logged(staff, site)
    obligations.reassign(clock(enquiry), to=lead, by=staff, now=NOON + HOUR, reason="I am away")

    enquiry.refresh_from_db()
    assert (enquiry.owner, clock(enquiry).owner) == (lead, lead)


@pytest.mark.clause("1.3.2")
def test_without_an_owner_it_escalates_after_four_hours_until_somebody_takes_it(site, staff, head):
    site.lead = None
    site.save()
    with transaction.atomic():
        enquiry = actions.open_enquiry(
            site=site, contact=None, subject="?", channel="mail", arrived_at=NOON, owner=None, by=None, now=NOON
        )
    obligations.sweep(now=NOON + 4 * HOUR)
    assert told("obligation_breach") == [head.name]

    actions.assign(enquiry, to=staff, by=head, now=NOON + 5 * HOUR)

    owned = Obligation.objects.kind(ENQUIRY_OWNER).about(enquiry).get()
    assert (owned.status, owned.late, clock(enquiry).owner) == (Obligation.Status.MET, True, staff)


@pytest.mark.clause("1.3.2")
def test_moved_to_the_right_site_it_keeps_its_clock_and_gets_that_lead(site, other_site, staff, lead, stranger):
    enquiry = logged(staff, site)
    with pytest.raises(NotAllowed):
        actions.move(enquiry, site=other_site, by=staff, now=NOON, reason="not ours")

    actions.move(enquiry, site=other_site, by=lead, now=NOON + HOUR, reason="not ours")

    assert (enquiry.site, enquiry.owner) == (other_site, other_site.lead)
    one = clock(enquiry)
    assert (one.site, one.owner, one.due_at) == (other_site, other_site.lead, NOON + 24 * HOUR)
    assert list(Enquiry.objects.visible_to(staff)) == []
    assert list(Enquiry.objects.visible_to(stranger)) == [enquiry]


def test_correcting_moves_no_clock(site, staff, contact):
    enquiry = logged(staff, site)
    actions.correct(enquiry, subject="The printer", contact=contact, by=staff, now=NOON + HOUR)
    assert (enquiry.subject, enquiry.contact, clock(enquiry).due_at) == ("The printer", contact, NOON + 24 * HOUR)


def test_only_an_answered_question_is_closed(site, staff):
    enquiry = logged(staff, site)
    with pytest.raises(WrongState):
        actions.close(enquiry, by=staff, now=NOON)
    answered(enquiry, staff, NOON + HOUR)
    actions.close(enquiry, by=staff, now=NOON + 2 * HOUR)
    with pytest.raises(WrongState):
        answered(enquiry, staff, NOON + 3 * HOUR)
    assert enquiry.status == Status.CLOSED


@pytest.mark.clause("7.1.2a")
def test_the_lead_may_say_that_nobody_waits_but_not_when_it_is_late(site, staff, lead):
    thanks, late = logged(staff, site, key="t", text="Thanks!"), logged(staff, site, key="l")
    with pytest.raises(NotAllowed):
        actions.needs_no_answer(thanks, by=staff, now=NOON, reason="thanks only")
    with pytest.raises(PolicyBroken):
        actions.needs_no_answer(thanks, by=lead, now=NOON, reason=" ")
    with pytest.raises(WrongState):
        actions.needs_no_answer(late, by=lead, now=NOON + 25 * HOUR, reason="thanks only")

    actions.needs_no_answer(thanks, by=lead, now=NOON + HOUR, reason="thanks only")

    assert (thanks.status, clock(thanks).status) == (Status.CLOSED, Obligation.Status.DROPPED)


def test_a_new_round_does_not_go_to_somebody_who_has_left_the_site(site, staff, lead, assignment):
    enquiry = logged(staff, site)
    answered(enquiry, staff, NOON + HOUR)
    signed_off(assignment, assignment.since)

    actions.reopen(enquiry, by=lead, now=NOON + 2 * HOUR)

    assert (enquiry.owner, clock(enquiry).owner) == (lead, lead)


def test_whoever_writes_while_a_colleague_answers_is_told(site, staff, lead):
    enquiry = logged(staff, site)
    newest = enquiry.messages.get().pk
    answered(enquiry, lead, NOON + HOUR, seen=newest)

    with pytest.raises(WrongState) as refused:
        answered(enquiry, staff, NOON + 2 * HOUR, seen=newest)

    assert lead.name in str(refused.value)
    assert enquiry.messages.filter(direction="out").count() == 1


def test_ones_own_newer_answer_stops_the_one_from_an_old_tab(site, staff):
    enquiry = logged(staff, site)
    newest = enquiry.messages.get().pk
    answered(enquiry, staff, NOON + HOUR, seen=newest, key="tab one")

    with pytest.raises(WrongState, match="You answered already"):
        answered(enquiry, staff, NOON + 2 * HOUR, seen=newest, key="tab two", text="On Friday.")

    read = enquiry.messages.get(direction="out").pk
    answered(enquiry, staff, NOON + 2 * HOUR, seen=read, key="tab two", text="On Friday.")
    assert enquiry.messages.filter(direction="out").count() == 2


def test_what_is_typed_in_an_hour_after_it_came_was_entered_afterwards(site, staff):
    at_once = logged(staff, site, arrived_at=NOON - HOUR, key="at once")
    later = logged(staff, site, arrived_at=NOON - 1.1 * HOUR, key="later", text="And the scanner?")

    assert [at_once.entered_afterwards, later.entered_afterwards] == [False, True]
    assert later.logged_at == NOON


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("7.1.2a")
def test_two_people_who_answer_at_once_send_one_answer(site, staff, lead):
    enquiry = logged(staff, site)
    newest = enquiry.messages.get().pk
    barrier, outcomes = threading.Barrier(2), []

    def reply(person):
        try:
            barrier.wait()
            answered(Enquiry.objects.get(pk=enquiry.pk), person, NOON + HOUR, seen=newest)
            outcomes.append("sent")
        except WrongState:
            outcomes.append("told")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=reply, args=(person,)) for person in (staff, lead)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["sent", "told"]
    assert Obligation.objects.kind(CLIENT_REPLY).about(enquiry).get().status == Obligation.Status.MET


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_by_eight_threads_is_stored_once(site, staff):
    found = []

    def send():
        found.append(logged(staff, site).pk)
        connections.close_all()

    threads = [threading.Thread(target=send) for _one in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert Enquiry.objects.count() == 1


def test_arrival_and_words_cannot_be_changed_by_any_way(site, staff):
    enquiry = logged(staff, site)
    attempts = [
        "UPDATE communication_enquiry SET arrived_at = now()",
        "UPDATE communication_enquirymessage SET text = 'else'",
        "UPDATE communication_enquirymessage SET at = now()",
        "DELETE FROM communication_enquirymessage",
        "DELETE FROM communication_enquiry",
    ]
    for sql in attempts:
        with pytest.raises(Exception, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert EnquiryMessage.objects.get(enquiry=enquiry).text == "When do you fix the printer?"


def test_files_of_a_conversation_are_seen_by_those_who_see_it(site, staff, lead, stranger, finance, signed_in):
    enquiry = logged(staff, site, files=[("plan.txt", b"ten o'clock")])
    url = Attachment.objects.about(enquiry.messages.get()).get().get_absolute_url()

    answers = {person.name: signed_in(person).get(url).status_code for person in (staff, lead, stranger, finance)}

    assert answers == {staff.name: 200, lead.name: 200, stranger.name: 404, finance.name: 404}


def test_an_owner_who_did_not_log_it_is_told(site, lead, deputy):
    logged(deputy, site)
    assert told("enquiry_new") == [lead.name]


@pytest.mark.django_db(transaction=True)
def test_the_same_question_logged_at_one_moment_under_other_keys_is_one(site, staff):
    barrier, outcomes = threading.Barrier(6), []

    def send(number):
        try:
            barrier.wait()
            outcomes.append(logged(staff, site, key=f"key {number}").pk)
        except PolicyBroken:
            outcomes.append("told")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count("told") == 5
    assert Enquiry.objects.count() == 1
