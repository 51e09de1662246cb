"""Signing in with the company's own account (OIDC), switched on by settings alone."""

import re
from html import unescape

import pytest
import requests
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.contrib import auth
from django.test import Client as Browser
from django.utils import timezone

from apps.personnel import actions
from apps.personnel.models import User
from apps.personnel.tests.company_provider import employee
from apps.personnel.tests.factories import UserFactory

LOGIN = "/accounts/login/"


@pytest.fixture
def person(db):
    return UserFactory(name="Fan Li", email="fan.li@harbour.example")


def press_the_button(browser, entry=LOGIN):
    """From the sign-in page to the provider and back; the answer to the last step."""
    page = browser.get(entry).content.decode()
    assert "Sign in with Harbour Group" in page
    leaving = browser.post(unescape(re.search(r'action="(/accounts/oidc/[^"]+)"', page)[1]))
    address = unescape(re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', leaving.content.decode())[1])
    back = requests.get(
        requests.get(address, allow_redirects=False, timeout=5).headers["Location"], allow_redirects=False, timeout=5
    ).headers["Location"]
    return browser.get(back.removeprefix("http://testserver"), follow=True)


def who(browser) -> User | None:
    user = auth.get_user(browser)
    return user if user.is_authenticated else None


def words(page) -> str:
    return unescape(page.content.decode())


def test_without_settings_there_is_no_such_way(db):
    assert "/accounts/oidc/" not in Browser().get(LOGIN).content.decode()
    assert Browser().post("/accounts/oidc/company/login/").status_code == 404


def test_a_confirmed_address_opens_the_account_that_has_it_whatever_its_case(provider, person):
    provider.person = employee(person, email="Fan.Li@Harbour.example")
    before, browser = User.objects.count(), Browser()

    page = press_the_button(browser)

    assert (page.redirect_chain[-1][0], page.status_code, who(browser)) == ("/", 200, person)
    assert User.objects.count() == before
    again = Browser()
    press_the_button(again)
    assert who(again) == person
    assert SocialAccount.objects.get().user == person


@pytest.mark.parametrize("confirmed", [False, "false", None])
def test_an_address_the_company_does_not_confirm_opens_nothing(provider, person, confirmed):
    provider.person = employee(person, email_verified=confirmed)
    browser = Browser()
    page = press_the_button(browser)
    assert who(browser) is None
    assert "does not confirm its mail address" in words(page)
    assert not SocialAccount.objects.exists()


def test_nobody_gets_an_account_by_a_company_account(provider, person):
    provider.person = employee(person, email="somebody.else@harbour.example")
    before, browser = set(User.objects.values_list("email", flat=True)), Browser()

    page = press_the_button(browser)

    assert who(browser) is None
    assert "No account here has this address. Ask HR to add you." in words(page)
    browser.post("/accounts/3rdparty/signup/", {"email": "somebody.else@harbour.example"})
    assert set(User.objects.values_list("email", flat=True)) == before
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("known_before", [False, True])
def test_who_left_stays_out(provider, person, known_before):
    provider.person = employee(person)
    if known_before:
        press_the_button(Browser())
    User.objects.filter(pk=person.pk).update(is_active=False)
    browser = Browser()
    press_the_button(browser)
    assert who(browser) is None


def test_the_administration_is_entered_by_the_same_way(provider, administrator):
    provider.person = employee(administrator)
    browser = Browser()
    entry = browser.get("/admin/", follow=True).redirect_chain[-1][0]
    page = press_the_button(browser, entry)
    assert (page.redirect_chain[-1][0], page.status_code) == ("/admin/", 200)


def test_a_second_step_is_asked_for_here_too(provider, person):
    TOTP.activate(person, generate_totp_secret())
    provider.person = employee(person)
    browser = Browser()
    page = press_the_button(browser)
    assert page.redirect_chain[-1][0].startswith("/accounts/2fa/authenticate/")
    assert who(browser) is None


def test_a_new_address_cuts_the_company_account_of_the_old_one(provider, person, hr):
    provider.person = employee(person)
    press_the_button(Browser())
    actions.update_person(person, email="f.li@harbour.example", by=hr, now=timezone.now())
    browser = Browser()
    press_the_button(browser)
    assert who(browser) is None


def test_nobody_ties_another_company_account_to_their_own(provider, person, signed_in):
    assert signed_in(person).get("/accounts/3rdparty/").status_code == 404


def test_who_cancels_is_back_at_the_door(provider, person):
    provider.cancels = True
    page = press_the_button(Browser())
    assert (page.status_code, "You are not signed in" in words(page)) == (200, True)


def test_a_forged_answer_opens_nothing(provider, person):
    provider.person = employee(person)
    browser = Browser()
    page = browser.get("/accounts/oidc/company/login/callback/?code=guessed&state=guessed")
    assert "did not open Onsite" in words(page)
    assert who(browser) is None


def test_a_provider_that_does_not_answer_is_named_and_breaks_nothing(provider, person):
    provider.server.shutdown()
    provider.server.server_close()
    page = Browser().post("/accounts/oidc/company/login/")
    assert page.status_code == 502
    assert "sign in with your password" in words(page)
