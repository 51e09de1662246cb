"""Signing in: one pathway, guesses throttled, and what ends a session."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken

from apps.core.notifications import Notification
from apps.core.verdicts import NotAllowed, PolicyBroken
from apps.personnel import actions
from apps.personnel.models import User
from apps.personnel.tests.factories import PASSWORD, UserFactory

LOGIN, RESET = "/accounts/login/", "/accounts/password/reset/"
WAY_IN = f'<a class="btn btn-primary" href="{LOGIN}">'


@pytest.fixture(autouse=True)
def fresh_counters(db):
    cache.clear()


@pytest.fixture
def person(db):
    return UserFactory(name="Fan Li")


def sign_in(browser, email, password=PASSWORD, **headers):
    return browser.post(LOGIN, {"login": email, "password": password}, headers=headers)


def is_inside(browser) -> bool:
    return browser.get(reverse("people")).status_code == 200


def token_opens(token) -> bool:
    headers = {"Authorization": f"Token {token}"}
    return Browser().get("/api/v1/schema/", headers=headers).status_code == 200


def test_mail_address_in_any_case_and_password_open_the_account(person):
    browser = Browser()
    assert sign_in(browser, person.email.upper()).status_code == 302
    assert is_inside(browser)


def test_a_wrong_password_does_not(person):
    browser = Browser()
    assert sign_in(browser, person.email, "wrong").status_code == 200
    assert not is_inside(browser)


def test_there_is_no_sign_up(db):
    before = User.objects.count()
    page = Browser().post("/accounts/signup/", {"email": "new@example.com", "password1": PASSWORD})
    assert page.status_code in (200, 403, 404)
    assert User.objects.count() == before


def test_who_left_stays_out(person):
    person.is_active = False
    person.save()
    browser = Browser()
    sign_in(browser, person.email)
    assert not is_inside(browser)


def test_the_administration_has_no_door_of_its_own(person, administrator, signed_in):
    sent = Browser().get("/admin/", follow=True)
    assert sent.redirect_chain[-1] == (f"{LOGIN}?next=%2Fadmin%2F", 302)
    assert Browser().post("/admin/login/", {"username": person.email, "password": PASSWORD}).status_code == 302
    assert signed_in(administrator).get("/admin/").status_code == 200
    assert signed_in(person).get("/admin/", follow=True).status_code == 403
    changing = signed_in(administrator).get("/admin/password_change/")
    assert changing.headers["Location"] == "/accounts/password/change/"


def test_the_administration_shows_our_tables_and_changes_none(administrator, person, signed_in):
    browser = signed_in(administrator)
    tables = [model for app in browser.get("/admin/").context["app_list"] for model in app["models"]]
    assert len(tables) > 20
    assert {model["app_label"] for app in browser.get("/admin/").context["app_list"] for model in [app]} == {
        "core",
        "personnel",
        "communication",
        "workplans",
    }
    for table in tables:
        assert browser.get(table["admin_url"]).status_code == 200, table["admin_url"]
        assert table["add_url"] is None
        assert browser.get(f"{table['admin_url']}add/").status_code == 403
    page = f"/admin/personnel/user/{person.pk}/change/"
    shown = browser.get(page)
    assert shown.status_code == 200
    assert person.password not in shown.content.decode()
    assert browser.post(page, {"name": "Changed"}).status_code == 403
    assert browser.post(f"/admin/personnel/user/{person.pk}/delete/", {"post": "yes"}).status_code == 403
    person.refresh_from_db()
    assert person.name == "Fan Li"


def test_a_thousand_guesses_with_rotating_headers_get_ten_tries_at_most(person, monkeypatch):
    tried = []
    check = User.check_password
    monkeypatch.setattr(User, "check_password", lambda self, raw: tried.append(raw) or check(self, raw))
    for number in range(1000):
        address = f"10.{number // 256}.{number % 256}.7"
        sign_in(
            Browser(),
            person.email,
            f"guess {number}",
            **{"X-Forwarded-For": address, "X-Real-IP": address, "Forwarded": f"for={address}"},
        )
    assert 1 <= len(tried) <= 10


def test_guesses_from_many_real_addresses_are_counted_by_account(person, monkeypatch):
    tried = []
    check = User.check_password
    monkeypatch.setattr(User, "check_password", lambda self, raw: tried.append(raw) or check(self, raw))
    for number in range(50):
        Browser(REMOTE_ADDR=f"10.0.0.{number}").post(LOGIN, {"login": person.email, "password": f"guess {number}"})
    assert 1 <= len(tried) <= 10


def guess_until_locked(person):
    for number in range(12):
        sign_in(Browser(), person.email, f"guess {number}")


def test_a_strangers_guesses_do_not_lock_the_owner_out_of_a_known_device(person):
    mine = Browser()
    sign_in(mine, person.email)
    mine.post("/accounts/logout/")
    guess_until_locked(person)

    elsewhere = Browser()
    sign_in(elsewhere, person.email)
    assert not is_inside(elsewhere)
    sign_in(mine, person.email)
    assert is_inside(mine)


def test_a_known_device_gets_ten_tries_too_and_none_for_other_accounts(person, monkeypatch):
    mine, other = Browser(), UserFactory()
    sign_in(mine, person.email)
    mine.post("/accounts/logout/")
    tried = []
    check = User.check_password
    monkeypatch.setattr(User, "check_password", lambda self, raw: tried.append(self.pk) or check(self, raw))
    for number in range(30):
        sign_in(mine, person.email, f"guess {number}")
        sign_in(mine, other.email, f"guess {number}")
    assert 1 <= tried.count(person.pk) <= 10
    assert 1 <= tried.count(other.pk) <= 10


def test_a_forged_device_counts_as_unknown(person):
    guess_until_locked(person)
    browser = Browser()
    browser.cookies["device"] = f'{{"{person.pk}": "x"}}'
    sign_in(browser, person.email)
    assert not is_inside(browser)


def test_who_guessed_too_often_is_told_how_long_to_wait(person, settings):
    guess_until_locked(person)
    assert "Wait 5 minutes, then try again." in sign_in(Browser(), person.email).content.decode()
    chinese = sign_in(Browser(), person.email, **{"Accept-Language": "zh-hans"}).content.decode()
    assert "请等待 5 分钟后再试" in chinese

    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,1/h/key"}
    guess_until_locked(person)
    assert "Wait 60 minutes, then try again." in sign_in(Browser(), person.email).content.decode()


def test_a_known_device_waits_for_as_long_as_its_own_count_says(person):
    mine = Browser()
    sign_in(mine, person.email)
    mine.post("/accounts/logout/")
    for number in range(10):
        assert "Too many" not in sign_in(mine, person.email, f"guess {number}").content.decode()
    assert "Wait 10 minutes, then try again." in sign_in(mine, person.email).content.decode()


def test_too_many_requests_get_a_page_of_ours(person):
    browser = Browser()
    for _time in range(5):
        browser.post(RESET, {"email": person.email})
    refused = browser.post(RESET, {"email": person.email})
    assert refused.status_code == 429
    assert "Wait a minute, then try again." in refused.content.decode()


def test_logout_ends_the_session_on_the_server_too(person):
    browser = Browser()
    sign_in(browser, person.email)
    kept = browser.cookies["sessionid"].value
    browser.post("/accounts/logout/")
    browser.cookies["sessionid"] = kept
    assert not is_inside(browser)
    assert not Session.objects.filter(session_key=kept).exists()


def test_a_new_password_ends_every_session_and_token(person):
    here, there = Browser(), Browser()
    for browser in (here, there):
        sign_in(browser, person.email)
    _row, token = AuthToken.objects.create(person)
    assert is_inside(there)
    assert token_opens(token)
    changed = here.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "another long secret 7", "password2": "another long secret 7"},
    )
    assert changed.status_code == 302
    assert not is_inside(here)
    assert not is_inside(there)
    assert not token_opens(token)


def test_a_forgotten_password_is_renewed_by_mail_and_ends_every_token(person):
    _row, token = AuthToken.objects.create(person)
    browser = Browser()
    browser.post("/accounts/password/reset/", {"email": person.email})
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[0].body)[1]
    form = browser.get(link, follow=True)
    browser.post(
        form.redirect_chain[-1][0],
        {"password1": "another long secret 7", "password2": "another long secret 7"},
    )
    assert not token_opens(token)
    assert sign_in(Browser(), person.email, "another long secret 7").status_code == 302


def test_each_page_of_a_new_password_leads_on(person):
    browser = Browser()
    assert f'href="{LOGIN}"' in browser.get(RESET).content.decode()
    asked = browser.post(RESET, {"email": person.email}, follow=True).content.decode()
    assert WAY_IN in asked
    assert f'href="{RESET}"' in asked

    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[0].body)[1]
    form = browser.get(link, follow=True)
    given = {"password1": "another long secret 7", "password2": "another long secret 7"}
    assert WAY_IN in browser.post(form.redirect_chain[-1][0], given, follow=True).content.decode()

    used = Browser().get(link, follow=True).content.decode()
    assert f'<a class="btn btn-primary" href="{RESET}">' in used
    assert f'href="{LOGIN}"' in used


def test_the_mail_about_a_new_password_is_ours_in_the_recipients_language(person, settings):
    settings.ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Harbour & Sons] "
    settings.PASSWORD_RESET_TIMEOUT = 2 * 86400
    person.email = "fan&li@example.com"
    person.language = "zh-hant"
    person.save()
    Browser().post(RESET, {"email": person.email}, headers={"Accept-Language": "en"})
    person.language = "en"
    person.save()
    Browser().post(RESET, {"email": person.email}, headers={"Accept-Language": "zh-hant"})

    chinese, english = mail.outbox
    assert (chinese.subject, english.subject) == ("[Harbour & Sons] 設定密碼", "[Harbour & Sons] Choose your password")
    assert "fan&li@example.com" in english.body
    assert "once, within 2 days" in english.body
    assert "it was not you" in english.body
    assert "Choose" not in chinese.body
    for said in (chinese, english):
        assert "/accounts/password/reset/key/" in said.body
        assert "Thank you for using" not in said.body


def test_the_mail_to_an_address_without_account_sends_to_hr_and_offers_no_sign_up(db):
    Browser().post(RESET, {"email": "nobody@example.com"})
    Browser().post(RESET, {"email": "nobody@example.com"}, headers={"Accept-Language": "zh-hans"})

    english, chinese = mail.outbox
    assert english.to == ["nobody@example.com"]
    assert english.subject == "[Onsite] No account with this address"
    assert "ask HR" in english.body
    assert "人力资源部" in chinese.body
    for said in (english, chinese):
        assert "http" not in said.body
        assert "sign up" not in said.body


def test_a_new_person_chooses_a_password_by_mail(hr):
    person = actions.add_person(name="Newcomer", email="new.comer@example.com", by=hr, now=timezone.now())
    assert sign_in(Browser(), person.email, "").status_code == 200
    Browser().post("/accounts/password/reset/", {"email": person.email})
    assert [message.to for message in mail.outbox] == [["new.comer@example.com"]]
    assert "/accounts/password/reset/key/" in mail.outbox[0].body


def test_closing_an_account_ends_every_session_and_token(person, administrator):
    browser = Browser()
    sign_in(browser, person.email)
    _row, token = AuthToken.objects.create(person)
    assert is_inside(browser)
    assert token_opens(token)
    actions.close_account(person, by=administrator, now=timezone.now(), reason="Left the company")
    assert not is_inside(browser)
    assert not token_opens(token)
    assert not Session.objects.filter(session_key=browser.cookies["sessionid"].value).exists()


def test_a_new_mail_address_ends_sessions_and_the_old_address_opens_nothing(person, hr):
    browser, old = Browser(), person.email
    EmailAddress.objects.create(user=person, email=old, verified=True, primary=True)
    sign_in(browser, old)
    assert is_inside(browser)
    actions.update_person(person, email="New.Address@example.com", by=hr, now=timezone.now())
    assert not is_inside(browser)
    sign_in(browser, old)
    assert not is_inside(browser)
    sign_in(browser, "new.address@example.com")
    assert is_inside(browser)


def test_hr_cannot_take_over_an_account_with_a_role_by_its_address(hr, finance, administrator):
    with pytest.raises(PolicyBroken) as refused:
        actions.update_person(finance, email="hr-owned@example.com", by=hr, now=timezone.now())
    assert list(refused.value.fields) == ["email"]
    with pytest.raises(NotAllowed):
        actions.update_person(finance, email="x@example.com", name="X", by=administrator, now=timezone.now())
    actions.update_person(finance, email="x@example.com", by=administrator, now=timezone.now())
    assert User.objects.get(pk=finance.pk).email == "x@example.com"


def test_who_changes_the_password_signs_in_anew_and_is_told(person):
    here = Browser()
    sign_in(here, person.email)
    given = {"oldpassword": PASSWORD, "password1": "a new long word 7", "password2": "a new long word 7"}
    answer = here.post(reverse("account_change_password"), given, follow=True)
    assert [url for url, _status in answer.redirect_chain] == [LOGIN]
    assert "Sign in with the new one" in answer.content.decode()

    [note] = Notification.objects.of(person)
    assert note.kind == "password_changed"
    assert note.deliveries.filter(channel="mail").exists()


def test_the_owner_is_told_once_when_a_second_step_changes(person, rf):
    for kind in ("totp", "recovery_codes"):
        added = Authenticator.objects.create(user=person, type=kind, data={})
        authenticator_added.send(sender=Authenticator, request=rf.get("/"), user=person, authenticator=added)
    assert Notification.objects.of(person).filter(kind="second_step_changed").count() == 1


@pytest.mark.parametrize("known", [True, False])
def test_a_mail_server_that_is_away_is_said_so(person, settings, known):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    browser = Browser()
    address = person.email if known else "nobody@harbour.example"
    answer = browser.post(reverse("account_reset_password"), {"email": address})
    assert (answer.status_code, answer.url) == (302, reverse("account_reset_password"))
    assert "cannot be sent at the moment" in browser.get(answer.url).content.decode()
