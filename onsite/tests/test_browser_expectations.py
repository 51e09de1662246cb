"""What people expect of every page and never say, each in the real browser."""

import csv
import gzip
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.communication.actions import contact_log, enquiries, meetings
from apps.communication.models import Enquiry
from apps.core import approvals
from apps.core.approvals import Approval
from apps.core.saved_views import SavedView
from apps.personnel.tests.factories import AssignmentFactory, UserFactory
from onsite.tests.browser import DESKTOP, PHONE, axe, tab_to

pytestmark = pytest.mark.browser

FIRST_LOAD = 125_000  # bytes, compressed


@pytest.fixture
def questions(site, staff, contact) -> list[Enquiry]:
    """Three questions at the site, an hour apart."""
    now = timezone.now()
    return [
        enquiries.log_enquiry(
            site=site, contact=contact, subject=subject, text="Please.", channel="phone", by=staff,
            now=now - timedelta(hours=hours), key=subject,
        )
        for hours, subject in enumerate(["Badges", "Scanners", "Parking"], 1)
    ]  # fmt: skip


def waivers(site, lead, *names) -> list[Approval]:
    """Waivers that wait for the head, one for each of these people."""
    now = timezone.now()
    asked = [
        meetings.ask_waiver(
            assignment=AssignmentFactory(site=site, person=UserFactory(name=name)), month=timezone.localdate(),
            ground="illness", reason="In hospital.", by=lead, now=now + timedelta(microseconds=place),
        )
        for place, name in enumerate(names)
    ]  # fmt: skip
    return [Approval.objects.about(one).get() for one in asked]


# --- Phone --------------------------------------------------------------------------------------------


def test_tables_become_cards_on_a_phone(visit, questions, staff):
    page = visit(staff, PHONE)

    page.goto("/enquiries/")
    row = page.locator("tr[data-row]").first
    title, owner = row.locator("td.c-title").bounding_box(), row.locator("td", has_text=staff.name).bounding_box()

    assert row.evaluate("one => getComputedStyle(one).display") == "grid"
    assert owner["y"] >= title["y"] + title["height"] - 1
    assert row.bounding_box()["width"] <= PHONE["width"]


def test_filters_are_folded_away_on_a_phone_and_say_how_many_are_set(visit, questions, lead):
    page = visit(lead, PHONE)
    rows, toggle = page.locator("tr[data-row]"), page.locator(".filters-toggle")
    page.goto("/enquiries/?status=open")
    expect(toggle).to_have_text("Filters1")
    expect(page.locator("[name=status]")).to_be_hidden()
    assert rows.first.bounding_box()["y"] < 420

    toggle.click()
    page.get_by_text("Mine").click()
    expect(rows).to_have_count(0)
    expect(toggle).to_have_text("Filters2")
    page.get_by_text("Mine").click()
    expect(rows).to_have_count(3)
    expect(toggle).to_have_text("Filters1")

    desk = visit(lead, DESKTOP)
    desk.goto("/enquiries/")
    expect(desk.locator("[name=status]")).to_be_visible()
    expect(desk.locator(".filters-toggle")).to_be_hidden()


def test_every_order_can_be_reached_on_a_phone(visit, questions, lead):
    page = visit(lead, PHONE)
    page.goto("/enquiries/")
    page.locator(".sort-fold summary").click()
    choices = page.locator(".sort-choices a")
    assert all(
        box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
        for box in (one.bounding_box() for one in choices.all())
    )

    choices.get_by_text("Question").click()
    page.wait_for_url("**sort=subject")
    expect(page.locator("tr[data-row] .c-title a")).to_have_text(["Badges", "Parking", "Scanners"])
    expect(page.locator(".sort-fold summary")).to_contain_text("Question")


def test_a_notice_on_a_phone_covers_neither_title_nor_buttons(visit, questions, staff):
    page = visit(staff, PHONE)
    page.goto(questions[0].get_absolute_url())
    page.get_by_label("Your answer").fill("At the gate.")
    page.get_by_role("button", name="Answer", exact=True).click()

    notice = page.locator(".notice")
    expect(notice).to_be_visible()
    page.evaluate("window.scrollTo(0, 0)")
    box = notice.bounding_box()
    for other in [page.get_by_role("heading", level=1), page.locator(".page-actions"), page.locator(".bottombar")]:
        place = other.bounding_box()
        assert place["y"] + place["height"] <= box["y"] or place["y"] >= box["y"] + box["height"]
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_have_count(0)


def test_a_form_on_a_phone_keeps_one_bar_at_the_bottom(visit, staff):
    page = visit(staff, PHONE)
    page.goto("/enquiries/new/")

    bar = page.locator(".action-bar").bounding_box()
    expect(page.locator(".bottombar")).to_be_hidden()
    assert bar["height"] < 75
    assert bar["y"] + bar["height"] == PHONE["height"]


def test_the_skip_link_shows_for_the_keyboard_alone(visit, questions, staff):
    page = visit(staff, PHONE)
    skip = page.get_by_role("link", name="Skip to the content")
    page.goto(f"{questions[0].get_absolute_url()}#write")
    hidden = "one => getComputedStyle(one).clipPath"
    assert skip.evaluate(hidden) == "inset(50%)"
    skip.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert skip.evaluate(hidden) == "none"


# --- Lists --------------------------------------------------------------------------------------------


def test_a_list_keeps_every_column_in_view_beside_long_words(visit, site, lead, contact, hr):
    site.name, site.city = "Pudong Automotive Components Assembly Plant No. 2", "Zhangjiagang"
    site.save()
    lead.name = "Alexandria Montgomery-Featherstone"
    lead.save()
    now = timezone.now()
    words = {"mode": "phone", "summary": "W" * 300}
    contact_log.log_contact(site=site, contact=contact, at=now, by=lead, now=now, **words)
    page = visit(hr, DESKTOP)

    for address in ("/sites/", "/contact-log/", "/contact-log/sites/"):
        page.goto(address)
        assert page.evaluate("(one => one.scrollWidth - one.clientWidth)(document.querySelector('.list-scroll'))") == 0


def test_a_filter_works_without_reload_and_lives_in_the_address(visit, questions, lead):
    page = visit(lead, DESKTOP)
    rows = page.locator("tr[data-row]")
    page.goto("/enquiries/")
    expect(rows).to_have_count(3)

    page.evaluate("window.untouched = true")
    page.locator(".filter-q").press_sequentially("badg")
    expect(rows).to_have_count(1)
    page.wait_for_url("**/enquiries/?q=badg")
    assert page.evaluate("window.untouched")

    page.reload()
    expect(rows).to_have_count(1)
    expect(page.locator(".filter-q")).to_have_value("badg")
    page.go_back()
    expect(rows).to_have_count(3)
    page.go_forward()
    expect(rows).to_have_count(1)


def test_a_view_is_kept_under_a_name_and_shared(visit, questions, lead, staff):
    page = visit(lead, DESKTOP)
    page.goto("/enquiries/?q=park")
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Name of this view").fill("Parking")
    page.get_by_label("Share with everybody").check()
    page.get_by_role("button", name="Keep this view").click()
    expect(page.locator("tr[data-row]")).to_have_count(1)

    theirs = visit(staff, DESKTOP)
    theirs.goto("/enquiries/")
    theirs.get_by_role("button", name="Views").click()
    theirs.get_by_role("link", name="Parking").first.click()
    expect(theirs.locator("tr[data-row]")).to_have_count(1)
    assert "q=park" in theirs.url
    assert SavedView.objects.get().person == lead


def test_people_are_found_by_name_number_and_pinyin_and_sorted_by_surname(visit, hr):
    for name, number in [("曾建国", "A1"), ("安娜", "A2"), ("单志强", "A3"), ("王芳", "A4")]:
        UserFactory(name=name, number=number)
    page = visit(hr, DESKTOP, language="zh-hans")
    names = page.locator("tr[data-row] .person > span:last-child")

    for words, found in [("志强", ["单志强"]), ("A1", ["曾建国"]), ("shan", ["单志强"]), ("zeng", ["曾建国"])]:
        page.goto(f"/people/?q={words}")
        expect(names).to_have_text(found)
    page.goto("/people/?q=A")
    expect(names).to_have_text(["安娜", "HR Wang", "单志强", "王芳", "曾建国"])


def test_the_export_is_what_was_filtered(visit, questions, lead):
    page = visit(lead, DESKTOP)
    page.goto("/enquiries/")
    page.locator(".filter-q").press_sequentially("scan")
    expect(page.locator("tr[data-row]")).to_have_count(1)

    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    with open(download.value.path(), encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))

    assert [row["Question"] for row in rows] == ["Scanners"]


# --- Approvals ----------------------------------------------------------------------------------------


def test_many_are_approved_at_once_each_with_its_own_result(visit, site, lead, head):
    first, second, third = waivers(site, lead, "Ann", "Kim", "Cy")
    page = visit(head, DESKTOP)
    page.goto("/approvals/")

    approvals.withdraw(second, by=lead, now=timezone.now())  # while the head looks at the list
    page.get_by_label("Choose all").check()
    page.locator("#bulk").get_by_role("button", name="Approve").click()

    results = page.locator(".card", has_text="What came of it")
    for name, result in [("Ann", "Approved"), ("Kim", "Not done"), ("Cy", "Approved")]:
        expect(results.locator("li").filter(has=page.get_by_role("link", name=name))).to_contain_text(result)
    results.get_by_role("button", name="Undo").click()
    expect(page.locator(".decision")).to_have_count(2)
    assert set(Approval.objects.open().values_list("pk", flat=True)) == {first.pk, third.pk}


def test_a_rejection_needs_a_reason_and_the_next_one_opens(visit, site, lead, head):
    first, second = waivers(site, lead, "Ann", "Bo")
    page = visit(head, DESKTOP)

    page.goto("/approvals/")
    page.locator(".decision", has_text="Ann").get_by_role("link", name="Return or reject").click()
    page.get_by_label("Reject").check()
    page.get_by_role("button", name="Decide").click()
    expect(page.locator(".invalid-feedback")).to_be_visible()
    expect(page.get_by_label("Reason")).to_be_focused()

    page.goto(first.url)
    page.get_by_role("button", name="Reject").click()
    dialog = page.locator("#approval-reject")
    dialog.get_by_label("Reason").fill("A meeting took place on the fifth.")
    dialog.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bo")
    page.goto(first.url)
    expect(page.locator("#approval")).to_contain_text("A meeting took place on the fifth.")


def test_a_second_click_does_not_decide_the_next_one(visit, site, lead, head):
    first, second = waivers(site, lead, "Ann", "Bo")
    page = visit(head, DESKTOP)
    page.goto(first.url)
    page.wait_for_timeout(1500)
    approve = page.get_by_role("button", name="Approve")

    approve.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bo")
    # The page has just come: the browser's clock of the page itself says how young it is.
    page.evaluate("performance.now = () => 700")
    approve.click()
    expect(page.locator(".notice", has_text="Not sent")).to_be_visible()
    assert list(Approval.objects.waiting_for(head)) == [second]

    page.evaluate("performance.now = () => 1600")
    approve.click()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("Bo")
    assert not Approval.objects.waiting_for(head).exists()


def test_the_key_that_approves_takes_every_ticked_row(visit, site, lead, head):
    waivers(site, lead, "Ann", "Bo", "Cy")
    page = visit(head, DESKTOP)
    page.goto("/approvals/")

    for key in "jxjx":
        page.keyboard.press(key)
    expect(page.locator("#bulk")).to_contain_text("2 selected")
    page.keyboard.press("e")

    expect(page.get_by_text("What came of it")).to_be_visible()
    expect(page.locator(".decision")).to_have_count(1)
    assert Approval.objects.waiting_for(head).count() == 1


def test_the_timeline_says_who_when_and_for_whom_it_waits(visit, site, lead, head):
    [approval] = waivers(site, lead, "Ann")
    page = visit(lead, DESKTOP)

    page.goto(approval.url)
    steps = page.locator("#approval .steps-line > li")

    expect(steps.nth(0)).to_contain_text(lead.name)
    expect(steps.nth(1)).to_contain_text(head.name)
    expect(steps.nth(1)).to_contain_text("since just now")


def test_keys_move_select_and_explain_but_never_while_typing(visit, site, lead, head):
    waivers(site, lead, "Ann", "Bo")
    page = visit(head, DESKTOP)
    page.goto("/approvals/")
    here = page.locator("[data-row].here")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(here).to_contain_text("Bo")
    page.keyboard.press("k")
    expect(here).to_contain_text("Ann")
    page.keyboard.press("x")
    expect(here.locator("[data-select]")).to_be_checked()
    expect(page.locator("#bulk")).to_contain_text("1 selected")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ann")

    page.goto("/people/")
    page.locator(".filter-q").press_sequentially("jx?e")
    expect(page.locator(".filter-q")).to_have_value("jx?e")
    expect(page.locator("#keys")).to_be_hidden()


def test_ctrl_k_finds_people_records_and_pages(visit, questions, lead, staff):
    page = visit(lead, DESKTOP)
    page.goto("/policy/")

    for words, found in [("Badges", "Badges"), (staff.name, staff.name), ("Client requ", "Client requests")]:
        page.keyboard.press("Control+k")
        expect(page.locator("#search-input")).to_be_focused()
        page.locator("#search-input").fill(words)
        expect(page.locator("#search-results a", has_text=found).first).to_be_visible()
    page.locator("#search-results a", has_text="Client requests").first.click()
    page.wait_for_url("**/requests/")


def test_ctrl_k_is_worked_by_arrows_and_enter(visit, questions, lead):
    page = visit(lead, DESKTOP)
    page.goto("/sites/")
    box = page.locator("#search-input")
    chosen = page.locator("#search-results [role=option][aria-selected=true]")

    page.keyboard.press("Control+k")
    page.keyboard.type("reque")
    every = page.locator("#search-results [role=option]")
    expect(chosen).to_have_text(every.first.text_content())
    page.keyboard.press("ArrowDown")
    expect(chosen).to_have_text(every.nth(1).text_content())
    expect(box).to_have_attribute("aria-activedescendant", every.nth(1).get_attribute("id"))
    expect(box).to_be_focused()
    assert axe(page) == []
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(chosen).to_have_text(every.last.text_content())
    expect(page.get_by_role("link", name="All results")).to_have_attribute("href", "/search/?q=reque")

    box.fill("")
    page.keyboard.type("7.1.2a")
    page.keyboard.press("Enter")  # before the answer came
    page.wait_for_url("**/policy/#7.1.2a")
    expect(page.locator("[id='7.1.2a']")).to_be_in_viewport()

    page.keyboard.press("Control+k")
    page.keyboard.type("nothing such")
    expect(page.locator("#search-results .search-hint")).to_contain_text("nothing such")
    page.keyboard.press("Enter")
    expect(page.locator("#search")).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "false")


# --- Forms --------------------------------------------------------------------------------------------


def test_a_draft_keeps_itself_and_leaving_is_asked_about(visit, staff):
    page = visit(staff, PHONE)
    asked = []

    def answer(dialog):
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.goto("/enquiries/new/")
    page.get_by_label("What did they ask").press_sequentially("Where is the key?")
    expect(page.locator("[data-draft-note]")).to_contain_text("Draft kept on this device")
    page.goto("/")
    assert asked == ["beforeunload"]

    page.goto("/enquiries/new/")
    expect(page.get_by_label("What did they ask")).to_have_value("Where is the key?")
    page.get_by_role("button", name="Log it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where is the key?")
    page.goto("/enquiries/new/")
    expect(page.get_by_label("What did they ask")).to_have_value("")
    assert asked == ["beforeunload"]


def test_nothing_is_sent_twice(visit, staff):
    page = visit(staff, PHONE)
    page.goto("/enquiries/new/")
    page.get_by_label("What did they ask").fill("Where is the key?")
    # A bad line sends the same bytes once more; then the person presses twice.
    page.evaluate(
        "fetch(location.href, {method: 'POST', body: new FormData(document.querySelector('form[data-guard]'))})"
    )
    page.get_by_role("button", name="Log it").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where is the key?")
    assert Enquiry.objects.count() == 1


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(visit, staff):
    page = visit(staff, PHONE)
    page.goto("/enquiries/new/")
    page.locator("details.more summary").click()
    page.get_by_label("Subject").fill("The key")
    page.get_by_label("When did it come").fill("2099-01-01T10:00")
    page.get_by_role("button", name="Log it").click()

    text = page.get_by_label("What did they ask")
    expect(text).to_be_focused()
    expect(page.locator("#div_id_text .invalid-feedback")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text("Please mend the field marked below.")
    expect(page.get_by_label("Subject")).to_have_value("The key")
    expect(page.get_by_label("When did it come")).to_have_value("2099-01-01T10:00")
    assert not Enquiry.objects.exists()


# --- All ----------------------------------------------------------------------------------------------


def test_language_and_theme_stick_and_come_with_the_page_itself(visit, staff):
    page = visit(staff, DESKTOP, java_script_enabled=True)
    page.goto("/policy/")
    page.get_by_role("button", name="Dark colours").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="You and your settings").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("制度")

    # The bytes of the page carry both, so nothing flashes before a script runs.
    markup = page.reload().text()
    assert '<html lang="zh-hans"' in markup
    assert 'data-bs-theme="dark"' in markup
    page.goto("/enquiries/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_the_first_page_is_light_on_the_line(visit, questions, staff):
    page = visit(staff, PHONE)
    answers = []
    page.on("response", lambda answer: answers.append(answer))

    page.goto("/", wait_until="load")
    page.wait_for_timeout(500)
    sizes = {one.url.rpartition("/")[2] or "page": len(gzip.compress(one.body(), 9)) for one in answers}

    assert {"page", "onsite.css", "tabler.min.css", "onsite.js"} <= set(sizes)
    assert sum(sizes.values()) < FIRST_LOAD, sizes


@pytest.mark.clause("7.1.2a")
def test_a_question_is_answered_with_the_keyboard_alone(visit, questions, staff):
    page = visit(staff, DESKTOP)
    page.goto("/enquiries/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Badges")
    tab_to(page, page.get_by_label("Your answer"))
    page.keyboard.type("At the gate house.")
    tab_to(page, page.locator("[name=answer-channel]"))
    page.keyboard.type("Ph")
    tab_to(page, page.get_by_role("button", name="Answer", exact=True))
    page.keyboard.press("Enter")

    expect(page.locator(".turn-out")).to_contain_text("At the gate house.")
