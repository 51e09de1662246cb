"""The second step: codes of an app, recovery codes; each good once, and guessing them is throttled."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib import auth
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from apps.core.delivery import deliver
from apps.core.transitions import Event
from apps.personnel.tests.factories import PASSWORD, UserFactory

LOGIN, SECOND = "/accounts/login/", "/accounts/2fa/authenticate/"
PERIOD = 30  # seconds that a code is good for


@pytest.fixture(autouse=True)
def fresh_counters(db):
    cache.clear()


@pytest.fixture
def person(db):
    return UserFactory(name="Fan Li")


@pytest.fixture
def secret(person):
    """What the app of `person` keeps, who has recovery codes too."""
    kept = generate_totp_secret()
    TOTP.activate(person, kept)
    RecoveryCodes.activate(person)
    return kept


def code(secret: str, *, periods_ago: int = 0) -> str:
    """What the app shows now, for at least some seconds to come; or showed before."""
    left = PERIOD - time.time() % PERIOD
    if left < 8:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD - periods_ago))


def wrong(right: str) -> str:
    return f"{(int(right) + 1) % 1_000_000:06}"


def who(browser):
    user = auth.get_user(browser)
    return user if user.is_authenticated else None


def give_password(person) -> Browser:
    """A browser that stands before the second step."""
    browser = Browser()
    answer = browser.post(LOGIN, {"login": person.email, "password": PASSWORD})
    assert answer.headers["Location"].startswith(SECOND)
    assert who(browser) is None
    return browser


def prove(browser) -> Browser:
    """The password once more, as what guards the account asks for."""
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def test_a_person_switches_the_app_on_and_then_signs_in_with_its_code(person):
    browser = Browser()
    browser.post(LOGIN, {"login": person.email, "password": PASSWORD})
    page = prove(browser).get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'value="([A-Z2-7]{32})"', page)[1]

    refused = browser.post("/accounts/2fa/totp/activate/", {"code": wrong(code(secret))})
    assert refused.status_code == 200
    assert not Authenticator.objects.exists()

    browser.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    assert set(Authenticator.objects.filter(user=person).values_list("type", flat=True)) == {"totp", "recovery_codes"}

    fresh = give_password(person)
    fresh.post(SECOND, {"code": code(secret)})
    assert who(fresh) == person


def test_the_password_alone_opens_no_page(person, secret):
    browser = give_password(person)
    assert browser.get("/").status_code == 302
    assert who(browser) is None


def test_a_wrong_code_and_one_of_before_are_refused(person, secret):
    browser = give_password(person)
    for given in (wrong(code(secret)), code(secret, periods_ago=2), ""):
        assert browser.post(SECOND, {"code": given}).status_code == 200
        assert who(browser) is None


def test_a_code_is_good_once(person, secret):
    first, second, given = give_password(person), give_password(person), code(secret)
    first.post(SECOND, {"code": given})
    second.post(SECOND, {"code": given})
    assert (who(first), who(second)) == (person, None)


def test_each_recovery_code_is_good_once(person, secret):
    browser = give_password(person)
    browser.post(SECOND, {"code": code(secret)})
    prove(browser).post("/accounts/2fa/recovery-codes/generate/")
    kept = browser.get("/accounts/2fa/recovery-codes/download/").content.decode().split()
    assert len(set(kept)) == 10

    for given in kept[:2]:
        first, again = give_password(person), give_password(person)
        first.post(SECOND, {"code": given})
        again.post(SECOND, {"code": given})
        assert (who(first), who(again)) == (person, None)
    left = Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()
    assert left == kept[2:]


def test_new_recovery_codes_replace_the_old_ones(person, secret):
    browser = give_password(person)
    browser.post(SECOND, {"code": code(secret)})
    prove(browser)
    kept = []
    for _time in range(2):
        browser.post("/accounts/2fa/recovery-codes/generate/")
        kept.append(browser.get("/accounts/2fa/recovery-codes/download/").content.decode().split()[0])
    old, new = give_password(person), give_password(person)
    old.post(SECOND, {"code": kept[0]})
    new.post(SECOND, {"code": kept[1]})
    assert (who(old), who(new)) == (None, person)


def test_a_thousand_guessed_codes_get_ten_tries_at_most(person, secret, monkeypatch):
    tried = []
    check = TOTP.validate_code
    monkeypatch.setattr(TOTP, "validate_code", lambda self, given: tried.append(given) or check(self, given))
    for number in range(1000):
        if number % 100 == 0:  # a fresh session from another address does not help
            browser = Browser(REMOTE_ADDR=f"10.0.0.{number // 100}")
            browser.post(LOGIN, {"login": person.email, "password": PASSWORD})
        browser.post(SECOND, {"code": "000"}, headers={"X-Forwarded-For": f"10.1.{number // 256}.{number % 256}"})
    assert 1 <= len(tried) <= 10


def test_the_second_step_asks_for_what_the_account_has(person, secret):
    page = give_password(person).get(SECOND).content.decode()
    assert "A recovery code works here too." in page
    assert "security key" not in page

    Authenticator.objects.filter(type="recovery_codes").delete()
    assert "recovery code" not in give_password(person).get(SECOND).content.decode()


def test_who_guesses_codes_too_often_is_told_how_long_to_wait(person, secret):
    browser = give_password(person)
    for _time in range(5):
        assert "Too many" not in browser.post(SECOND, {"code": "000"}).content.decode()
    assert "Wait 5 minutes, then try again." in browser.post(SECOND, {"code": "000"}).content.decode()


SETTINGS, ADD_KEY = "/accounts/2fa/", "/accounts/2fa/webauthn/add/"


@pytest.mark.parametrize(
    ("host", "public", "elsewhere"),
    [
        ("127.0.0.1:8100", "http://127.0.0.1:8100", "http://localhost:8100"),
        ("[::1]:8100", "http://127.0.0.1:8100", "http://localhost:8100"),
        ("127.0.0.1", "https://onsite.example", "https://onsite.example"),
        ("10.1.2.3", "http://10.1.2.3", None),
    ],
)
def test_passkeys_are_not_offered_at_a_number_but_where_they_work(person, settings, host, public, elsewhere):
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = ["*"], public
    browser = Browser(headers={"Host": host})
    entrance = browser.get(f"{LOGIN}?next=/policy/").content.decode()
    browser.post(LOGIN, {"login": person.email, "password": PASSWORD})
    pages = {page: prove(browser).get(page).content.decode() for page in (SETTINGS, f"{SETTINGS}webauthn/", ADD_KEY)}

    assert "passkey_login" not in entrance
    assert f'href="{ADD_KEY}"' not in pages[SETTINGS] + pages[f"{SETTINGS}webauthn/"]
    assert "mfa_webauthn_add" not in pages[ADD_KEY]
    for address, page in {f"{LOGIN}?next=/policy/": entrance, **pages}.items():
        assert "Passkeys need a name in the address" in page
        assert elsewhere is None or f'<a href="{elsewhere}{address}">{elsewhere}</a>' in page


@pytest.mark.parametrize(("host", "offered"), [("localhost", True), ("127.0.0.1", False)])
def test_a_key_proves_who_it_is_only_where_the_address_has_a_name(person, secret, host, offered):
    Authenticator.objects.create(user=person, type="webauthn", data={})
    browser = Browser(headers={"Host": host})
    browser.force_login(person)
    page = browser.get("/accounts/reauthenticate/").content.decode()
    assert ("Use a security key" in page) is offered
    assert "Use authenticator app or code" in page
    assert "A recovery code works here too." in browser.get("/accounts/2fa/reauthenticate/").content.decode()


def test_passkeys_are_offered_where_the_address_has_a_name(person):
    browser = Browser(headers={"Host": "localhost:8100"})
    assert "passkey_login" in browser.get(LOGIN).content.decode()
    browser.post(LOGIN, {"login": person.email, "password": PASSWORD})
    for page in (SETTINGS, f"{SETTINGS}webauthn/"):
        assert f'href="{ADD_KEY}"' in browser.get(page).content.decode()
    assert "mfa_webauthn_add" in prove(browser).get(ADD_KEY).content.decode()


def test_an_administrator_takes_it_off_for_somebody_who_lost_everything(
    person, secret, administrator, hr, signed_in, mailoutbox
):
    browser = give_password(person)
    browser.post(SECOND, {"code": code(secret)})
    page = reverse("person_second_step", args=[person.pk])
    assert signed_in(hr).post(page, {"reason": "lost"}).status_code == 403
    shown = signed_in(administrator)
    assert page in shown.get(person.get_absolute_url()).content.decode()
    assert shown.post(page, {"reason": " "}).status_code == 422

    assert shown.post(page, {"reason": "Phone lost, seen in person"}).status_code == 302

    assert not Authenticator.objects.filter(user=person).exists()
    assert who(browser) is None
    assert browser.post(LOGIN, {"login": person.email, "password": PASSWORD}).headers["Location"] == "/"
    assert Event.objects.about(person).get().note == "Phone lost, seen in person"
    deliver()
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [
        ([person.email], f"{administrator.name} took off your second step and your passkeys")
    ]
    assert page not in shown.get(person.get_absolute_url()).content.decode()
    assert shown.post(page, {"reason": "again"}).status_code == 422


def test_an_administrator_does_not_take_off_their_own(administrator, signed_in):
    TOTP.activate(administrator, generate_totp_secret())
    own = reverse("person_second_step", args=[administrator.pk])
    assert signed_in(administrator).post(own, {"reason": "mine"}).status_code == 403
    assert Authenticator.objects.filter(user=administrator).exists()


def test_the_second_step_is_changed_only_after_asking_who_it_is(person, secret):
    browser = Browser()
    browser.force_login(person)  # as a browser left open: nothing was proved in this session
    pages = (
        "totp/deactivate/",
        "recovery-codes/",
        "recovery-codes/download/",
        "recovery-codes/generate/",
        "webauthn/add/",
    )
    prove_first = {page: browser.get(f"/accounts/2fa/{page}").headers.get("Location", "") for page in pages}
    assert {page: "reauthenticate" in where for page, where in prove_first.items()} == dict.fromkeys(pages, True)
    browser.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(user=person, type="totp").exists()

    prove(browser).post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=person).exists()
