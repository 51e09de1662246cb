"""The core's own pages: Do, notices, preferences, policy, deliveries, search, saved views, health."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken

from apps.core import notifications, obligations, parameters, pulse, web
from apps.core.approvals import Delegation
from apps.core.notifications import Delivery, Notification, Preference, Robot
from apps.core.obligations import KINDS, Obligation
from apps.core.parameters import Parameter
from apps.core.pulse import Heartbeat
from apps.core.saved_views import SavedView
from apps.core.web import Hit

pytestmark = pytest.mark.django_db
PAGES = [
    "home", "inbox", "obligations", "notifications", "preferences", "preferences_notices", "delegations", "tokens",
    "policy", "search", "robot_add",
]  # fmt: skip


@pytest.fixture
def owe(site):
    """`owe(person, title, hours)`: a promise of theirs at the site, due in so many hours."""
    kind = obligations.kind("story_page", clause="7.1.2a", label="Reply")

    def one(person, title, hours, **details) -> Obligation:
        now = timezone.now()
        return obligations.start(
            kind, person, title=title, now=now - timedelta(days=9), due_at=now + timedelta(hours=hours), owner=person,
            site=site, url="/somewhere/", period=title, **details,
        )  # fmt: skip

    yield one
    del KINDS["story_page"]


@pytest.fixture
def note(staff):
    def one(key="k", url="/obligations/", person=None) -> Notification:
        kind = notifications.KINDS["approval_your_turn"]
        context = {"what": "the waiver", "applicant": "Li"}
        return notifications.tell([person or staff], kind, key=key, now=timezone.now(), url=url, **context)[0]

    return one


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_for_everybody_signed_in_and_nobody_else(name, signed_in, client, staff, lead, hr):
    for person in (staff, lead, hr):
        assert signed_in(person).get(reverse(name)).status_code == 200
    answer = client.get(reverse(name))
    assert (answer.status_code, answer.url.partition("?")[0]) == (302, reverse("account_login"))


# --- Do -----------------------------------------------------------------------------------------------


def titles(answer) -> list[str]:
    return [row.record.title for row in answer.context["table"].paginated_rows]


def test_do_shows_mine_open_what_is_due_first_on_top(owe, signed_in, staff, lead):
    for title, hours in (("tomorrow", 24), ("late", -2), ("soon", 1)):
        owe(staff, title, hours)
    owe(lead, "the lead's", 3)
    kept = owe(staff, "kept", 5)
    obligations.meet(KINDS[kept.kind], staff, by=staff, at=timezone.now(), period="kept")

    assert titles(signed_in(staff).get(reverse("obligations"))) == ["late", "soon", "tomorrow"]
    assert titles(signed_in(lead).get(reverse("obligations"))) == ["the lead's"]


def test_do_filters_by_owner_site_status_and_lateness(owe, signed_in, staff, lead, other_site):
    owe(staff, "late", -2)
    owe(staff, "soon", 1)
    browser = signed_in(lead)
    late = KINDS["story_page"].key

    def found(**query):
        return titles(browser.get(reverse("obligations"), query))

    assert found(whose="all") == ["late", "soon"]
    assert found(whose="all", late="late") == ["late"]
    assert found(whose="all", late="soon") == ["soon"]
    assert found(whose="all", kind=late, q="SOO") == ["soon"]
    assert found(whose="all", status="met") == []
    # A site that one does not see is no filter, like one that there is not.
    assert found(whose="all", site=other_site.pk) == found(whose="all", site=10**6) == ["late", "soon"]


def test_an_empty_list_tells_what_comes_here_and_a_filtered_one_how_to_see_more(signed_in, staff):
    browser = signed_in(staff)

    def words(**query):
        shown = browser.get(reverse("obligations"), query).content.decode()
        return [text in shown for text in ("Nothing is owed here.", "Nothing matches", "Take a filter away")]

    assert (words(), words(q="nothing like it")) == ([True, False, False], [False, True, True])


def test_a_stranger_sees_no_promise_of_another_site(owe, signed_in, staff, stranger):
    promise = owe(staff, "secret", 1)
    browser = signed_in(stranger)

    assert titles(browser.get(reverse("obligations"), {"whose": "all"})) == []
    assert browser.get(reverse("obligation_hand_over", args=[promise.pk])).status_code == 404


def test_the_list_costs_the_same_for_one_and_for_twenty(owe, signed_in, lead, staff, django_assert_num_queries):
    browser = signed_in(lead)
    owe(staff, "first", 1)
    browser.get(reverse("obligations"), {"whose": "all"})
    with CaptureQueriesContext(connection) as one_row:
        browser.get(reverse("obligations"), {"whose": "all"})
    for number in range(19):
        owe(staff, f"number {number}", 2)
    with django_assert_num_queries(len(one_row)):
        browser.get(reverse("obligations"), {"whose": "all"})


def test_filtering_swaps_only_the_list(owe, signed_in, staff):
    owe(staff, "mine", 1)

    answer = signed_in(staff).get(reverse("obligations"), headers={"HX-Request": "true"})

    assert answer.content.strip().startswith(b'<div id="list"')
    assert b"<html" not in answer.content


def test_the_export_is_what_was_filtered(owe, signed_in, staff):
    owe(staff, "=2+5", 1)
    owe(staff, "other", 2)
    browser = signed_in(staff)

    csv = b"".join(browser.get(reverse("obligations"), {"q": "2+5", "export": "csv"}).streaming_content).decode()
    assert csv.count("\n") == 2
    assert "'=2+5" in csv

    xlsx = browser.get(reverse("obligations"), {"export": "xlsx"})
    assert xlsx.content[:2] == b"PK"


@pytest.mark.clause("2.3.2c")
def test_handing_over_is_a_form_with_people_of_the_site(owe, signed_in, staff, lead, stranger, hr):
    promise = owe(staff, "mine", 1)
    url = reverse("obligation_hand_over", args=[promise.pk])
    browser = signed_in(staff)

    offered = browser.get(url).context["form"].fields["to"].queryset
    assert list(offered) == [lead]

    refused = browser.post(url, {"to": stranger.pk, "reason": "Away"})
    assert (refused.status_code, "to" in refused.context["form"].errors) == (422, True)
    assert browser.post(url, {"to": lead.pk, "reason": "Away"}).url == reverse("obligations")
    promise.refresh_from_db()
    assert promise.owner == lead

    assert signed_in(hr).get(url).status_code == 200
    assert browser.get(url).status_code == 404


# --- Home ---------------------------------------------------------------------------------------------


def test_home_has_the_next_promises_and_for_leads_what_is_late(owe, signed_in, staff, lead, stranger):
    for number in range(9):
        owe(staff, f"promise {number}", number - 0.5)

    mine = signed_in(staff).get(reverse("home"))
    assert [todo.title for todo in mine.context["todos"]] == [f"promise {number}" for number in range(7)]
    assert mine.context["counts"] == {"open": 9, "late": 1, "urgent": 9}

    assert "1 promise late" in signed_in(lead).get(reverse("home")).content.decode()
    assert "promise late" not in signed_in(stranger).get(reverse("home")).content.decode()


def test_home_of_somebody_who_owes_nothing_says_so_in_one_line_and_shows_where_to_look(signed_in, finance):
    page = signed_in(finance).get(reverse("home")).content.decode()

    assert "Nothing to decide, nothing due." in page
    assert page.partition('<div class="home">')[2].count(f'href="{reverse("sites")}"') == 1


def test_home_costs_the_same_with_one_and_with_many(owe, signed_in, lead, django_assert_max_num_queries):
    browser = signed_in(lead)
    for number in range(20):
        owe(lead, f"promise {number}", number)
    with django_assert_max_num_queries(40):
        browser.get(reverse("home"))


# --- Notices ------------------------------------------------------------------------------------------


def test_opening_a_notice_marks_it_read_and_leads_on(note, signed_in, staff, lead):
    notice, other = note(), note("other")
    browser = signed_in(staff)
    assert "(unread)" in browser.get(reverse("notifications")).content.decode()
    assert Notification.objects.of(staff).unread().count() == 2

    assert browser.post(reverse("notification_open", args=[notice.pk])).url == "/obligations/"
    assert signed_in(lead).post(reverse("notification_open", args=[other.pk])).status_code == 404

    assert list(Notification.objects.of(staff).unread()) == [other]
    browser.post(reverse("notifications_read"))
    assert Notification.objects.of(staff).unread().count() == 0


def test_a_notice_never_leads_out_of_the_house(note, signed_in, staff):
    notice = note(url="//evil.example/")

    assert signed_in(staff).post(reverse("notification_open", args=[notice.pk])).url == reverse("notifications")


# --- Deliveries ---------------------------------------------------------------------------------------


def test_only_an_administrator_tends_deliveries(note, signed_in, administrator, hr, staff):
    note()
    Delivery.objects.update(status="failed", attempts=6, error="550 no mailbox")
    row = Delivery.objects.get()
    for person in (hr, staff):
        assert signed_in(person).get(reverse("deliveries")).status_code == 403
        assert signed_in(person).post(reverse("delivery_resend", args=[row.pk])).status_code == 403

    browser = signed_in(administrator)
    assert "550 no mailbox" in browser.get(reverse("deliveries")).content.decode()
    browser.post(reverse("delivery_resend", args=[row.pk]))
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("waiting", 0)
    assert browser.post(reverse("delivery_resend", args=[row.pk])).status_code == 409


# --- Preferences --------------------------------------------------------------------------------------


def test_preferences_are_kept_and_quiet_hours_come_in_pairs(signed_in, staff):
    browser = signed_in(staff)
    given = {"language": "zh-hant", "theme": "dark", "time_zone": "Europe/Berlin", "digest_at": "07:15"}

    refused = browser.post(reverse("preferences"), given | {"quiet_from": "22:00", "quiet_until": ""})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["quiet_until"])

    same = browser.post(reverse("preferences"), given | {"quiet_from": "22:00", "quiet_until": "22:00"})
    assert (same.status_code, list(same.context["form"].errors)) == (422, ["quiet_until"])

    browser.post(reverse("preferences"), given | {"quiet_from": "22:00", "quiet_until": "07:00"})
    staff.refresh_from_db()
    assert (staff.language, staff.theme, staff.time_zone, f"{staff.quiet_from:%H:%M}") == (
        "zh-hant",
        "dark",
        "Europe/Berlin",
        "22:00",
    )


def test_a_new_language_says_at_once_that_it_is_kept(signed_in, staff):
    given = {"language": "zh-hans", "theme": "dark", "time_zone": "Europe/Berlin", "digest_at": "07:15"}

    answer = signed_in(staff).post(reverse("preferences"), given, follow=True)

    assert [str(message) for message in answer.context["messages"]] == ["已保存。"]


def test_quick_preferences_come_back_to_the_page_but_never_leave_the_house(signed_in, staff):
    browser = signed_in(staff)

    answer = browser.post(reverse("preferences_quick"), {"language": "zh-hans", "next": "/policy/"})
    assert (answer.url, answer.cookies["django_language"].value) == ("/policy/", "zh-hans")
    away = browser.post(reverse("preferences_quick"), {"theme": "pink", "next": "https://evil.example/"})
    assert away.url == reverse("home")

    staff.refresh_from_db()
    assert (staff.language, staff.theme) == ("zh-hans", "auto")
    assert browser.get(reverse("preferences_quick")).status_code == 405


def test_how_one_is_told_is_kept_by_kind_and_channel(signed_in, staff):
    browser = signed_in(staff)
    plain = next(kind for kind in notifications.KINDS.values() if not kind.urgent)
    urgent = next(kind for kind in notifications.KINDS.values() if kind.urgent)
    form = browser.get(reverse("preferences_notices")).context["form"]
    given = dict.fromkeys(form.fields, "now") | {f"{plain.key}-mail": "digest", f"{urgent.key}-mail": "off"}

    browser.post(reverse("preferences_notices"), given)

    assert list(Preference.objects.filter(person=staff).values_list("kind", "channel", "mode")) == [
        (plain.key, "mail", "digest")
    ]


def test_a_robots_token_is_never_shown_again(signed_in, staff, lead):
    browser = signed_in(staff)
    token = "T0AAA/B0BBB/secretsecretsecret1234"
    given = {"name": "Group", "provider": "slack", "token": token, "secret": "", "active": "on"}

    assert browser.post(reverse("robot_add"), given | {"token": "https://evil.example/x"}).status_code == 422
    browser.post(reverse("robot_add"), given)

    robot = Robot.objects.get(person=staff)
    url = reverse("robot", args=[robot.pk])
    for page in (reverse("preferences"), url):
        assert token not in browser.get(page).content.decode()
    browser.post(url, given | {"name": "Renamed", "token": ""})
    robot.refresh_from_db()
    assert (robot.name, robot.token) == ("Renamed", token)

    other = signed_in(lead)
    assert [other.get(url).status_code, other.post(reverse("robot_test", args=[robot.pk])).status_code] == [404, 404]
    assert other.post(reverse("robot_delete", args=[robot.pk])).status_code == 404
    browser.post(reverse("robot_delete", args=[robot.pk]))
    assert Robot.objects.count() == 0


def test_a_delegation_is_asked_for_accepted_and_ended(signed_in, staff, lead, head, stranger):
    today = timezone.localdate()
    asks, answers = signed_in(lead), signed_in(head)
    given = {"since": today, "until": today + timedelta(days=2), "reason": "Leave"}

    for one in (staff, stranger):
        nobody = asks.post(reverse("delegations"), given | {"delegate": one.pk})
        assert (nobody.status_code, list(nobody.context["form"].errors)) == (422, ["delegate"])
    asks.post(reverse("delegations"), given | {"delegate": head.pk})

    delegation = Delegation.objects.get()
    assert asks.post(reverse("delegation_accept", args=[delegation.pk])).status_code == 403
    assert signed_in(stranger).post(reverse("delegation_accept", args=[delegation.pk])).status_code == 404
    answers.post(reverse("delegation_accept", args=[delegation.pk]))
    assert Delegation.objects.in_force(today).count() == 1
    answers.post(reverse("delegation_end", args=[delegation.pk]))
    assert Delegation.objects.in_force(today).count() == 0


def test_a_token_is_shown_once_and_revoked_by_its_owner_only(signed_in, staff, lead):
    browser = signed_in(staff)
    fresh = browser.post(reverse("token_create")).context["fresh"]
    row = AuthToken.objects.get(user=staff)

    assert fresh.startswith(row.token_key)
    assert fresh not in browser.get(reverse("tokens")).content.decode()
    assert signed_in(lead).post(reverse("token_revoke", args=[row.pk])).status_code == 404
    browser.post(reverse("token_revoke", args=[row.pk]))
    assert AuthToken.objects.count() == 0


# --- Policy -------------------------------------------------------------------------------------------


def test_the_policy_has_every_clause_by_its_code_and_its_numbers(signed_in, staff):
    page = signed_in(staff).get(reverse("policy")).content.decode()

    assert 'id="7.1.2a"' in page
    assert "24 hours" in page
    assert "our addition" in page
    assert reverse("policy_number", args=["meeting_warn_day_1"]) not in page


def test_hr_finds_every_number_in_one_list_with_its_way_to_change(signed_in, hr, staff):
    url = reverse("policy_number", args=["meeting_warn_day_1"])
    assert url in signed_in(hr).get(reverse("policy_numbers")).content.decode()
    assert reverse("policy_numbers") in signed_in(hr).get(reverse("home")).content.decode()
    assert url not in signed_in(staff).get(reverse("policy_numbers")).content.decode()


def test_a_number_says_since_when_it_counts_and_what_it_was(signed_in, hr):
    key, today = "meeting_warn_day_1", timezone.localdate()
    for value, days in ((14, 0), (12, 30)):
        parameters.change(
            key, value, valid_from=today + timedelta(days), reason="Earlier", by=hr, now=timezone.now(), today=today
        )
    number = signed_in(hr).get(reverse("policy_number", args=[key])).context["number"]
    assert (number.changed, number.in_force.value, [row.value for row in number.coming]) == (True, 14, [12])
    assert len(number.rows) == 3


@pytest.mark.clause("7.1.1")
def test_hr_changes_a_number_from_a_day_on(signed_in, hr, lead):
    url = reverse("policy_number", args=["meeting_warn_day_1"])
    assert signed_in(lead).get(url).status_code == 403
    assert signed_in(hr).get(reverse("policy_number", args=["no_such"])).status_code == 404
    browser = signed_in(hr)
    tomorrow = timezone.localdate() + timedelta(days=1)

    assert browser.post(url, {"value": "99", "valid_from": tomorrow, "reason": "Why"}).status_code == 422
    done = browser.post(url, {"value": "15", "valid_from": tomorrow, "reason": "Earlier"})

    assert done.url == f"{reverse('policy')}#7.1.1"
    assert parameters.value("meeting_warn_day_1", on=tomorrow) == 15
    assert Parameter.objects.get(key="meeting_warn_day_1", valid_from=tomorrow).value == Decimal(15)
    assert "15 day of the month" in browser.get(reverse("policy")).content.decode()


# --- Search, saved views ------------------------------------------------------------------------------


def test_search_finds_pages_and_what_the_apps_register(signed_in, staff, monkeypatch):
    def things(user, words, most):
        return [Hit(f"{words}!", str(user), "/x/", "star")] * most

    monkeypatch.setattr(web, "SEARCHES", [("Things", things)])
    browser = signed_in(staff)

    whole = browser.get(reverse("search"), {"q": "poli"}).content.decode()
    assert (reverse("policy") in whole, "poli!" in whole, "<html" in whole) == (True, True, True)
    part = browser.get(reverse("search"), {"q": "po"}, headers={"HX-Request": "true"}).content.decode()
    assert (part.count("po!"), "<html" in part) == (6, False)
    assert whole.count("poli!") == 50
    assert "po!" not in browser.get(reverse("search"), {"q": "p"}, headers={"HX-Request": "true"}).content.decode()


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("7.1.2a", ["7.1.2a", "3.4.2"]),  # which speaks of it
        ("7.1.2A", ["7.1.2a", "3.4.2"]),
        ("§ 7.1.2", ["7.1.2a", "7.1.2b"]),
        ("第7.1.2条", ["7.1.2a", "7.1.2b"]),
        ("questions within 24", ["7.1.2a"]),
        ("客户 24", ["7.1.2a"]),
        ("no such thing at all", []),
        ("§§", []),
    ],
)
def test_search_finds_clauses_and_leads_to_their_place(words, codes, signed_in, finance):
    page = signed_in(finance).get(reverse("search"), {"q": words})

    places = [hit.url for _label, hits in page.context["groups"] for hit in hits]
    assert places == [f"{reverse('policy')}#{code}" for code in codes]
    policy = signed_in(finance).get(reverse("policy")).content.decode()
    assert [f'id="{code}"' in policy for code in codes] == [True] * len(codes)


def test_only_who_has_something_to_add_is_offered_a_plus(signed_in, finance, staff):
    offered = [b'data-bs-target="#create"' in signed_in(one).get("/").content for one in (finance, staff)]
    assert offered == [False, True]


def test_people_are_suggested_only_to_those_who_see_them(signed_in, staff, lead, stranger):
    def suggested(person, words):
        return signed_in(person).get(reverse("user_suggest"), {"to": words}).content.decode()

    assert staff.email in suggested(lead, staff.name)
    assert staff.email not in suggested(stranger, staff.name)


def test_a_view_is_kept_shared_replaced_and_removed(signed_in, staff, lead):
    browser, other = signed_in(staff), signed_in(lead)
    given = {"page": "obligations", "name": "Late ones", "query": "late=late"}

    assert browser.post(reverse("saved_view_create"), given).url == f"{reverse('obligations')}?late=late"
    assert "Late ones" not in other.get(reverse("obligations")).content.decode()
    browser.post(reverse("saved_view_create"), given | {"shared": "on", "query": "late=soon"})

    view = SavedView.objects.get()
    assert (view.query, "Late ones" in other.get(reverse("obligations")).content.decode()) == ("late=soon", True)
    assert other.post(reverse("saved_view_delete", args=[view.pk])).status_code == 404
    browser.post(reverse("saved_view_delete", args=[view.pk]))
    assert SavedView.objects.count() == 0
    assert browser.post(reverse("saved_view_create"), given | {"name": ""}).status_code == 422


# --- Health -------------------------------------------------------------------------------------------


def test_health_names_who_is_silent(client, settings):
    answer = client.get(reverse("healthz"))
    assert (answer.status_code, answer.json()["worker"], answer.json()["beat"]) == (503, "silent", "silent")

    for process in ("worker", "beat"):
        pulse.beat(process)
    answer = client.get(reverse("healthz"))
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "database": "ok", "redis": "ok", "worker": "ok", "beat": "ok"},
    )

    Heartbeat.objects.filter(process="beat").update(at=timezone.now() - timedelta(seconds=95))
    assert client.get(reverse("healthz")).json()["beat"] == "silent"

    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get(reverse("healthz"))
    assert (answer.status_code, answer.json()["redis"]) == (503, "silent")


def test_silence_is_told_to_administrators_once_and_shown_on_top(signed_in, administrator, staff):
    pulse.beat("worker")
    assert pulse.raise_alarm() == 0
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=5))

    assert [pulse.raise_alarm(), pulse.raise_alarm()] == [1, 0]
    assert "No sign of life from “worker”" in signed_in(administrator).get(reverse("policy")).content.decode()
    assert "No sign of life" not in signed_in(staff).get(reverse("policy")).content.decode()
    assert get_user_model().objects.with_role("administrator").get() == administrator


def test_pages_of_rows_that_are_equal_neither_repeat_nor_skip_one(owe, lead, signed_in):
    for number in range(60):
        owe(lead, f"promise {number}", 5)
    Obligation.objects.update(due_at=timezone.now() + timedelta(days=3))
    browser = signed_in(lead)
    seen = []
    for page in (1, 2, 3):
        Obligation.objects.filter(title__endswith=str(page)).update(title=F("title"))  # the table's order on disk moves
        found = browser.get(reverse("obligations"), {"page": page, "sort": "due_at"}).context["table"]
        seen += [row.record.pk for row in found.paginated_rows]
    assert (len(seen), len(set(seen))) == (60, 60)
