"""Signing in with a real browser: passkeys of a virtual device, and the company's own account."""

from urllib.parse import urljoin, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from playwright.sync_api import expect

from apps.personnel.tests.company_provider import employee
from apps.personnel.tests.factories import PASSWORD, UserFactory
from onsite.tests.browser import DESKTOP, PHONE

pytestmark = pytest.mark.browser


@pytest.fixture
def person(transactional_db):
    cache.clear()
    return UserFactory(name="Fan Li", email="fan.li@harbour.example")


@pytest.fixture
def device(visit, live_server):
    """`device()`: a page of a browser whose device keeps passkeys, asks its owner, and always hears yes."""

    def begin(size=PHONE):
        page = visit(None, size)
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
        able = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
        session.send("WebAuthn.addVirtualAuthenticator", {"options": options | able})
        # Browsers keep no passkey for a bare number.
        page.goto(live_server.url.replace("127.0.0.1", "localhost") + "/accounts/login/")
        return page

    return begin


def give_password(page, person) -> None:
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page) -> None:
    page.goto(address(page, "/accounts/logout/"))
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")


def address(page, path: str) -> str:
    return urljoin(page.url, path)


def add_key(page, *, passwordless: bool) -> None:
    page.goto(address(page, "/accounts/2fa/webauthn/add/"))
    page.get_by_label("Password").fill(PASSWORD)  # who is it, once more
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name of the device or key").fill("My phone")
    page.get_by_label("Sign in with it instead of the password").set_checked(passwordless)
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/recovery-codes/**")


def is_inside(page) -> None:
    page.wait_for_url(lambda now: urlsplit(now).path == "/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Fan Li")


def test_a_passkey_opens_the_account_without_a_password(device, person):
    page = device()
    give_password(page, person)
    is_inside(page)
    add_key(page, passwordless=True)
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"webauthn", "recovery_codes"}

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    is_inside(page)


def test_a_device_without_the_passkey_is_told_so_and_stays_outside(device, person):
    page = device(DESKTOP)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("passkey")
    expect(page).to_have_url(address(page, "/accounts/login/"))


def test_a_key_is_the_second_step_after_the_password(device, person):
    page = device(DESKTOP)
    give_password(page, person)
    add_key(page, passwordless=False)
    sign_out(page)

    give_password(page, person)
    page.wait_for_url("**/2fa/authenticate/**")
    page.goto(address(page, "/"))  # the password alone opens nothing
    page.wait_for_url("**/2fa/authenticate/**")
    page.get_by_role("button", name="Use a security key").click()
    is_inside(page)


def test_where_the_address_is_a_number_a_key_is_not_asked_for(device, person, live_server):
    page = device(DESKTOP)
    give_password(page, person)
    add_key(page, passwordless=False)
    sign_out(page)

    page.goto(live_server.url.replace("localhost", "127.0.0.1") + "/accounts/login/")
    expect(page.get_by_text("Passkeys need a name in the address")).to_be_visible()
    give_password(page, person)
    page.wait_for_url("**/2fa/authenticate/**")
    expect(page.get_by_label("Recovery code")).to_be_visible()
    expect(page.get_by_role("button", name="Use a security key")).to_have_count(0)
    page.get_by_role("link", name="localhost").click()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()


@pytest.mark.parametrize("place", ["/preferences/", "/accounts/2fa/", "/accounts/sessions/", "/tokens/"])
def test_on_a_phone_the_tab_of_the_open_settings_is_in_sight(visit, person, place):
    page = visit(person, PHONE)
    page.goto(place)
    here = page.locator(".account-tabs [aria-current=page]")
    expect(here).to_be_in_viewport(ratio=0.9)
    if place == "/tokens/":
        page.get_by_role("button", name="New token").click()
        expect(page.get_by_text("Copy it now")).to_be_visible()
        expect(here).to_be_in_viewport(ratio=0.9)


def test_the_company_account_leads_there_and_back_under_the_content_policy(provider, visit, person):
    provider.person = employee(person)
    page = visit(None, PHONE)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with Harbour Group").click()
    is_inside(page)
