"""The pages of enquiries and of incoming mail: who sees what, and that they work (7.1.2a)."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.communication.actions import enquiries as actions
from apps.communication.actions import sorting
from apps.communication.models import Enquiry, InboundMail
from apps.communication.obligations.enquiries import rounds
from apps.communication.tests.test_intake import mail, receive
from apps.core.attachments import Attachment
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.personnel.models import Assignment
from apps.personnel.tests.factories import AssignmentFactory, ClientContactFactory

HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def li(site):
    return ClientContactFactory(client=site.client, sites=[site], name="Li Wei", email="li@client.example")


@pytest.fixture
def asked(li, staff, now):
    """A question that came by mail two hours ago, and belongs to `staff`."""
    enquiry = receive(mail(), at=now - 2 * HOUR, now=now).enquiry
    actions.assign(enquiry, to=staff, by=None, now=now)
    return enquiry


def page(browser, name, *args, query=""):
    return browser.get(reverse(name, args=args) + query)


def queries(browser, url) -> int:
    browser.get(url)
    with CaptureQueriesContext(connection) as caught:
        assert browser.get(url).status_code == 200
    return len(caught)


@pytest.mark.clause("4.3.1")
def test_nobody_reads_a_client_before_they_are_on_site(asked, signed_in, site):
    coming = AssignmentFactory(site=site, status=Assignment.Status.PLANNED).person
    there = AssignmentFactory(site=site).person

    pages = [signed_in(one).get(asked.get_absolute_url()).status_code for one in (coming, there)]

    assert pages == [404, 200]


def test_who_opens_a_conversation(asked, signed_in, staff, lead, head, hr, executive, administrator, finance, stranger):
    people = (staff, lead, head, hr, executive, administrator, finance, stranger)
    answers = {who.name: page(signed_in(who), "enquiry", asked.pk).status_code for who in people}
    assert answers == {who.name: 404 if who in (finance, stranger) else 200 for who in people}
    assert [one.name for one in people if asked in Enquiry.objects.visible_to(one)] == [
        name for name, code in answers.items() if code == 200
    ]


def test_the_page_shows_words_clock_and_both_zones(asked, signed_in, staff, site):
    site.time_zone = "Europe/Riga"
    site.save()
    text = page(signed_in(staff), "enquiry", asked.pk).content.decode()
    assert "It is broken." in text
    assert asked.number in text
    assert "21 h 59 min left" in text
    assert "CST" in text
    assert "EET" in text


@pytest.mark.clause("7.1.2a")
def test_an_answer_from_the_page_stops_the_clock_and_waits_to_be_sent(asked, signed_in, staff):
    browser = signed_in(staff)
    form = page(browser, "enquiry", asked.pk).context["answer_form"]
    data = {
        "answer-key": form["key"].value(),
        "answer-seen": form["seen"].value(),
        "answer-text": "Tomorrow at ten.",
        "answer-channel": "mail",
        "answer-to": "li@client.example",
    }
    for _twice in range(2):
        data["answer-files"] = SimpleUploadedFile("plan.txt", b"ten o'clock")
        assert browser.post(reverse("enquiry_answer", args=[asked.pk]), data).status_code == 302

    asked.refresh_from_db()
    message = asked.messages.get(direction="out")
    assert (asked.status, message.dispatch, message.author) == ("answered", "waiting", staff)
    assert rounds(asked)[0].met_at == message.at
    assert Attachment.objects.about(message).count() == 1


def test_a_refused_answer_keeps_what_was_typed_and_says_why(asked, signed_in, staff, lead, now):
    browser = signed_in(staff)
    form = page(browser, "enquiry", asked.pk).context["answer_form"]
    actions.answer(asked, text="Already!", by=lead, now=now, key="k", seen=form["seen"].value())
    data = {"answer-key": "k2", "answer-seen": form["seen"].value(), "answer-text": "Mine.", "answer-channel": "phone"}

    refused = browser.post(reverse("enquiry_answer", args=[asked.pk]), data)

    text = refused.content.decode()
    assert refused.status_code == 422
    assert f"{lead.name} answered while you were writing." in text
    assert "Mine." in text
    assert "Already!" in text
    data["answer-seen"] = refused.context["answer_form"]["seen"].value()
    assert browser.post(reverse("enquiry_answer", args=[asked.pk]), data).status_code == 302


def test_the_wrong_role_sees_a_grey_button_and_is_refused(asked, signed_in, hr):
    browser = signed_in(hr)
    assert "This is for those who work at the site." in page(browser, "enquiry", asked.pk).content.decode()
    data = {"answer-key": "k", "answer-text": "Yes.", "answer-channel": "phone"}
    assert browser.post(reverse("enquiry_answer", args=[asked.pk]), data).status_code == 403
    assert page(browser, "enquiry_assign", asked.pk).status_code == 403
    assert not asked.messages.filter(direction="out").exists()


@pytest.mark.parametrize("name", ["answer", "note", "assign", "correct", "move", "put_aside", "close", "reopen"])
def test_a_stranger_reaches_nothing(asked, signed_in, stranger, name):
    url = reverse(f"enquiry_{name}", args=[asked.pk])
    assert signed_in(stranger).post(url, {}).status_code == 404
    assert signed_in(stranger).post(url.replace(str(asked.pk), "999999"), {}).status_code == 404


def test_every_form_around_a_conversation_works(asked, signed_in, staff, lead, site, other_site, now):
    browser = signed_in(lead)

    def post(name, **data):
        response = browser.post(reverse(f"enquiry_{name}", args=[asked.pk]), data)
        assert response.status_code == 302, response.context["form"].errors
        asked.refresh_from_db()

    post("note", **{"note-key": "n", "note-text": "hm"})
    post("assign", to=lead.pk, reason="away")
    post("correct", subject="The big printer", contact="")
    post("answer", **{"answer-key": "k", "answer-text": "Yes.", "answer-channel": "phone"})
    post("close")
    assert (asked.owner, asked.subject, asked.status) == (lead, "The big printer", "closed")
    post("reopen")
    post("put_aside", reason="opened by mistake")
    post("move", site=other_site.pk, reason="theirs")
    assert (asked.site, asked.status, asked.round) == (other_site, "closed", 2)
    assert [one.note for one in Event.objects.about(asked).filter(verb="enquiry_moved")] == [
        f"{site} → {other_site}\ntheirs"
    ]


def test_logging_on_the_phone_needs_three_answers(signed_in, staff, site):
    browser = signed_in(staff)
    form = page(browser, "enquiry_new").context["form"]
    data = {"key": form["key"].value(), "site": site.pk, "channel": "phone", "text": "Where is the key?"}
    for _twice in range(2):
        stored = browser.post(reverse("enquiry_new"), data)
        assert stored.status_code == 302
    enquiry = Enquiry.objects.get()
    assert stored.url == enquiry.get_absolute_url()
    assert (enquiry.owner, enquiry.subject) == (staff, "Where is the key?")


def test_what_is_wrong_with_a_log_stands_beside_its_field(signed_in, staff, site):
    data = {"key": "k", "site": site.pk, "channel": "phone", "text": "Hm?", "arrived_at": "2099-01-01T10:00"}
    refused = signed_in(staff).post(reverse("enquiry_new"), data)
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["arrived_at"]


def test_only_those_who_work_at_a_site_log(signed_in, hr, finance):
    assert page(signed_in(hr), "enquiry_new").status_code == 403
    assert page(signed_in(finance), "enquiry_new").status_code == 403


def test_the_list_filters_by_everything_and_exports_what_is_filtered(signed_in, staff, lead, site, asked, now):
    late = actions.log_enquiry(
        site=site, text="An old one", channel="phone", by=lead, now=now, key="late", arrived_at=now - 30 * HOUR
    )
    browser = signed_in(staff)

    def found(query):
        rows = page(browser, "enquiries", query=query).context["table"].rows
        return {row.record.pk for row in rows}

    assert found("") == {asked.pk, late.pk}
    assert found("?mine=on") == {asked.pk}
    assert found("?late=late") == {late.pk}
    assert found("?late=in_time") == {asked.pk}
    assert found(f"?owner={lead.pk}&site={site.pk}&status=open") == {late.pk}
    assert found(f"?q={asked.number}") == {asked.pk}
    assert found("?q=old") == {late.pk}
    sheet = b"".join(page(browser, "enquiries", query="?late=late&export=csv").streaming_content).decode()
    assert sheet.count("\n") == 2
    assert late.number in sheet


def test_an_answer_recorded_after_the_clock_ran_out_is_said_to_be_so(signed_in, staff, site, now):
    enquiry = actions.log_enquiry(
        site=site, text="When?", channel="phone", by=staff, now=now, key="k", arrived_at=now - 30 * HOUR
    )
    actions.answer(enquiry, text="Soon.", channel="phone", given_at=now - 15 * HOUR, by=staff, now=now, key="a")
    browser = signed_in(staff)

    card = page(browser, "enquiry", enquiry.pk).content.decode().partition('id="clock"')[2].partition("</dl>")[0]
    assert "15 h 0 min" in card
    assert "recorded after the clock ran out" in card
    assert ">late<" not in card
    rows = page(browser, "enquiries").content.decode()
    assert "recorded after the clock ran out" in rows
    assert "met in time" not in rows


def test_a_question_entered_afterwards_is_marked_on_its_page_in_the_list_and_in_the_sheet(
    signed_in, staff, site, asked, now
):
    browser = signed_in(staff)
    assert "entered afterwards" not in page(browser, "enquiry", asked.pk).content.decode()
    assert "entered afterwards" not in page(browser, "enquiries").content.decode()

    times = {"arrived_at": now - 120 * HOUR, "answered_at": now - 119 * HOUR}
    old = actions.log_enquiry(
        site=site, text="Old", channel="phone", by=staff, now=now, key="k", answer="Yes.", **times
    )

    assert "entered afterwards" in page(browser, "enquiry", old.pk).content.decode()
    assert page(browser, "enquiries").content.decode().count("entered afterwards") == 1
    sheet = b"".join(page(browser, "enquiries", query="?export=csv").streaming_content).decode()
    lines = sheet.splitlines()
    assert lines[0].endswith("Entered afterwards")
    assert [line.rpartition(",")[2] for line in lines[1:]] == ["", "yes"]


@pytest.mark.parametrize("name", ["mail_file", "mail_join", "mail_dismiss"])
def test_a_letter_that_was_sorted_meanwhile_leads_to_where_it_went(asked, unsorted, signed_in, hr, site, now, name):
    sorting.file_into(unsorted, enquiry=asked, by=hr, now=now)
    browser, url = signed_in(hr), reverse(name, args=[unsorted.pk])

    for response in (browser.get(url, follow=True), browser.post(url, {"site": site.pk}, follow=True)):
        assert response.redirect_chain == [(unsorted.get_absolute_url(), 302)]
        assert "Joined an enquiry" in response.content.decode()
        assert asked.number in response.content.decode()
    assert asked.messages.count() == 2


def test_the_list_shows_nothing_of_other_sites(signed_in, stranger, asked):
    assert asked.number not in page(signed_in(stranger), "enquiries").content.decode()
    assert asked.number not in page(signed_in(stranger), "search", query="?q=printer").content.decode()


def test_search_finds_by_subject_and_number(signed_in, staff, asked):
    for words in ("printer", asked.number, asked.token[:5].lower()):
        assert asked.get_absolute_url() in page(signed_in(staff), "search", query=f"?q={words}").content.decode()


def test_pages_cost_the_same_for_one_and_twenty(signed_in, staff, hr, li, asked, now):
    receive(mail(sender="new@client.example", name="<t@x>"), at=now)
    actions.answer(asked, text="Yes.", by=staff, now=now, key="k0")
    pages = [
        (signed_in(staff), reverse("enquiries")),
        (signed_in(staff), asked.get_absolute_url()),
        (signed_in(hr), reverse("mails")),
    ]
    one = [queries(*where) for where in pages]
    for number in range(20):
        receive(mail(name=f"<q{number}@client.example>", subject=f"Q {number}"), at=now)
        receive(mail(sender="new@client.example", name=f"<t{number}@x>", subject=f"T {number}"), at=now)
        actions.answer(asked, text="Yes.", by=staff, now=now, key=f"m{number}", files=[(f"{number}.txt", b"x")])

    assert [queries(*where) for where in pages] == one


# --- Mail ---------------------------------------------------------------------------------------------


@pytest.fixture
def unsorted(now, site):
    return receive(mail(sender="new@client.example"), at=now - HOUR, now=now)


def test_who_opens_incoming_mail(unsorted, signed_in, hr, lead, staff, finance):
    lists = [page(signed_in(who), "mails").status_code for who in (hr, lead, staff, finance)]
    letters = [page(signed_in(who), "mail", unsorted.pk).status_code for who in (hr, lead, staff, finance)]
    assert (lists, letters) == ([200, 200, 403, 403], [200, 404, 404, 404])


def test_hr_files_a_letter_as_a_question_from_the_page(unsorted, signed_in, hr, site):
    browser = signed_in(hr)
    assert b"The printer" in page(browser, "mails").content
    response = browser.post(
        reverse("mail_file", args=[unsorted.pk]), {"site": site.pk, "contact": "", "contact_name": "Ms New"}
    )
    unsorted.refresh_from_db()
    assert response.url == unsorted.enquiry.get_absolute_url()
    assert unsorted.enquiry.contact.name == "Ms New"
    assert b"The printer" not in page(browser, "mails").content


def test_hr_joins_and_dismisses_from_the_page(asked, unsorted, signed_in, hr, now):
    browser = signed_in(hr)
    wrong = browser.post(reverse("mail_join", args=[unsorted.pk]), {"enquiry": "E-NOTTHERE"})
    assert list(wrong.context["form"].errors) == ["enquiry"]
    assert browser.post(reverse("mail_join", args=[unsorted.pk]), {"enquiry": asked.number}).status_code == 302
    spam = receive(mail(sender="shop@spam.example", name="<s@x>"), at=now)
    browser.post(reverse("mail_dismiss", args=[spam.pk]), {"reason": "advertising"})
    assert [one.status for one in InboundMail.objects.filter(pk__in=[unsorted.pk, spam.pk]).order_by("pk")] == [
        "filed",
        "dismissed",
    ]


def test_the_original_comes_by_post_byte_for_byte_and_never_runs(unsorted, signed_in, hr):
    url = reverse("mail_original", args=[unsorted.pk])
    assert signed_in(hr).get(url).status_code == 405
    response = signed_in(hr).post(url)
    assert response.content == mail(sender="new@client.example")
    assert response["Content-Disposition"].startswith("attachment")
    assert Event.objects.about(unsorted).filter(verb="mail_original_opened", actor=hr).exists()


def test_letters_of_every_kind_have_a_page(signed_in, hr, asked, now):
    letters = [
        receive(mail("Auto-Submitted: auto-replied", name="<a@x>"), at=now),
        receive(b"\x00\xff garbage", at=now),
        receive(mail(name="<b@x>", sender="w@x.example", body="<script>alert(1)</script>"), at=now),
        asked.inbound_mails.get(),
    ]
    browser = signed_in(hr)
    assert letters[1].get_absolute_url() in page(browser, "mails").content.decode()
    pages = [page(browser, "mail", one.pk) for one in letters]
    assert [one.status_code for one in pages] == [200] * 4
    assert b"<script>alert" not in pages[2].content


def test_a_filter_that_makes_no_sense_is_left_out_and_the_list_says_so(asked, other_site, lead, signed_in):
    browser = signed_in(lead)

    def shown(**query):
        answer = browser.get(reverse("enquiries"), query, headers={"HX-Request": "true"}).content.decode()
        return asked.number in answer, answer.partition("Not understood, so left out: ")[2].partition(".")[0]

    assert shown(status="open") == (True, "")
    assert shown(status="answered") == (False, "")
    assert shown(status="2026-99") == (True, "Status")
    assert shown(site="nowhere", late="perhaps") == (True, "Site, In time?")
    assert shown(site="nowhere", status="answered") == (False, "Site")
    # A site that one does not see and one that there is not are the same.
    assert shown(site=other_site.pk) == shown(site=10**6) == (True, "Site")


def test_letters_to_sort_stand_under_do_on_the_home_of_those_who_sort(hr, staff, finance, now, signed_in):
    def todos(person):
        shown = page(signed_in(person), "home").context["todos"]
        return [(todo.title, todo.url, todo.due_at) for todo in shown if todo.url == reverse("mails")]

    assert todos(hr) == []
    for hours in (3, 2):
        receive(mail(name=f"<{hours}@x>", sender="unknown@nowhere.example"), at=now - hours * HOUR, now=now)

    assert todos(hr) == [("Sort 2 letters", reverse("mails"), now + 21 * HOUR)]
    assert [todos(person) for person in (staff, finance)] == [[], []]


def test_home_says_which_promises_the_badge_counts(signed_in, staff, site, asked, now):
    late = {"site": site, "channel": "phone", "by": staff, "now": now, "arrived_at": now - 30 * HOUR}
    actions.log_enquiry(text="When?", key="late", **late)
    home = page(signed_in(staff), "home").content.decode()

    mine = Obligation.objects.of(staff).open().count()
    assert f'<div class="stat-value">{mine}</div>' in home
    assert "2 late or due within a day</div>" in home
    assert '2<span class="visually-hidden"> late or due within a day</span>' in home


def test_the_filter_of_mail_names_each_status_once(signed_in, hr):
    choices = signed_in(hr).get(reverse("mails")).context["filter"].form.fields["status"].choices
    names = [str(name) for _value, name in choices]
    assert names.count("To be sorted") == 1
    assert len(names) == len(set(names))
