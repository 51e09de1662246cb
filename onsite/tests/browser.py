"""Driving the real browser: visits of one person with one device, and what to look for on the pages they open."""

from datetime import datetime
from io import StringIO
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import expect

from apps.personnel.models import User
from onsite.demo.accounts import ACCOUNTS

AXE = (Path(__file__).parent / "vendor" / "axe" / "axe.min.js").read_text()
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
PATIENCE = 15_000  # milliseconds; two busy cores are slow, never wrong

expect.set_options(timeout=PATIENCE)


@pytest.fixture
def company(transactional_db) -> dict[str, User]:
    """The small demo company: by role, who signs in for it."""
    call_command("demo", stdout=StringIO())
    return {account.partition("@")[0]: User.objects.get(email=account) for account in ACCOUNTS}


@pytest.fixture
def visit(browser, live_server):
    """`visit(user, PHONE)`: a page of a fresh browser, signed in as this person, or as nobody.

    Script errors and reports of the content policy on any page opened so fail the test.
    """
    contexts, complaints = [], []

    def begin(user=None, device=DESKTOP, *, theme="light", language="en", **options):
        touch = {"has_touch": True, "is_mobile": True} if device == PHONE else {}
        context = browser.new_context(viewport=device, base_url=live_server.url, **touch, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if user is not None:
            sign_in(context, live_server, user.email, theme=theme, language=language)
        page = context.new_page()
        listen(page, complaints)
        return page

    yield begin
    for context in contexts:
        context.close()
    assert complaints == []


def listen(page, complaints: list[str]) -> None:
    """Note what the browser complains of; pages that were asked for and refused are no complaint."""
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))

    def said(line):
        if line.type == "error" and not line.text.startswith("Failed to load resource"):
            complaints.append(f"{page.url}: {line.text}")

    page.on("console", said)


def sign_in(context, live_server, email: str, *, theme: str = "light", language: str = "en") -> User:
    """Give a browser context the session of a demo person, with a theme and a language."""
    User.objects.filter(email=email).update(theme=theme, language=language)
    user = User.objects.get(email=email)
    client = Client()
    client.force_login(user)
    context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": live_server.url,
            }
        ]
    )
    return user


def typed(moment: datetime, user: User) -> str:
    """A moment as this person types it into a field for date and time."""
    return f"{moment.astimezone(user.zone):%Y-%m-%dT%H:%M}"


def route(address: str) -> str | None:
    """The name of the page behind an address; None for what is no page of ours."""
    parts = urlsplit(address)
    try:
        found = resolve(parts.path)
    except Resolver404:
        return None
    if found.url_name is None or parts.path.startswith(("/static/", "/admin/", "/files/", "/api/")):
        return None
    return found.url_name


def crawl(page, live_server, *, start: str = "/", most: int = 120):
    """Visit one page of every route that links lead to; yields (route, address) with the page open."""
    seen, waiting = set(), [start]
    while waiting and len(seen) < most:
        address = waiting.pop(0)
        name = route(address)
        if name is None or name in seen or "logout" in name:
            continue
        seen.add(name)
        answer = page.goto(urljoin(live_server.url, address))
        if answer.status != 200:
            yield name, f"{address} answered {answer.status}"
            continue
        page.wait_for_load_state("load")
        links = page.eval_on_selector_all(  # links in a chart keep no text in .href
            "a[href]:not([download])", "all => all.map(one => new URL(one.getAttribute('href'), document.baseURI).href)"
        )
        waiting += [link for link in links if link.startswith(live_server.url) and "export=" not in link]
        yield name, address


def tab_to(page, wanted, *, most: int = 80) -> None:
    """Press Tab until something has the focus, and see that it shows."""
    for _press in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{wanted} cannot be reached with the keyboard")


def covered(page) -> list[str]:
    """At the end of a page: what can be pressed but lies under the bar at the bottom."""
    return page.evaluate(
        """() => {
            window.scrollTo({top: document.documentElement.scrollHeight, behavior: 'instant'});
            return [...document.querySelectorAll('main a, main button, main input, main select, main textarea')]
                .filter(one => { const box = one.getBoundingClientRect();
                    const x = box.left + box.width / 2, y = box.top + box.height / 2;
                    return one.checkVisibility() && document.elementFromPoint(x, y)?.closest('.bottombar'); })
                .map(one => `${one.tagName} ${one.textContent.trim().slice(0, 20)}`); }"""
    )


def sideways(page) -> int:
    """How many pixels wider than the window the page is."""
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def too_small(page) -> list[str]:
    """Buttons and links that stand alone and are less than 44 pixels high or wide to a finger."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.btn, .nav-link, .bottombar a, .bottombar button')]
            .filter(one => { const box = one.getBoundingClientRect();
                return box.width && box.height && (box.height < 43.5 || box.width < 43.5) && one.offsetParent; })
            .map(one => `${one.className}: ${one.textContent.trim().slice(0, 20)}`)"""
    )


def axe(page, *rules: str) -> list[str]:
    """What axe finds on the open page, a line each; by these rules alone, or by all."""
    if not page.evaluate("typeof window.axe !== 'undefined'"):
        page.evaluate(AXE)
    only = {"runOnly": list(rules)} if rules else {}
    found = page.evaluate("options => axe.run(document, options)", {"resultTypes": ["violations"], **only})
    return [f"{one['id']}: {one['nodes'][0]['html'][:150]} (+{len(one['nodes']) - 1})" for one in found["violations"]]
