"""Every page in a real browser: nothing scrolls sideways, axe finds nothing, no policy report, no script error."""

import pytest
from django.core.management import call_command

from onsite.tests.browser import DESKTOP, PHONE, axe, crawl, sideways, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def company(transactional_db):
    """The small demo company."""
    call_command("demo", verbosity=0)


def listen(page) -> list[str]:
    """What the browser complains of while pages are open: script errors and reports of the content policy."""
    complaints = []
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("console", lambda line: complaints.append(f"{page.url}: {line.text}") if line.type == "error" else None)
    return complaints


@pytest.mark.parametrize("who", ["staff", "lead", "hr", "head", "finance", "admin"])
def test_no_page_scrolls_sideways_on_a_phone(company, live_server, browser, who):
    context = browser.new_context(viewport=PHONE, locale="zh-CN")
    sign_in(context, live_server, f"{who}@demo.onsite", language="zh-hans")
    page = context.new_page()
    complaints = listen(page)

    wide, broken, routes = [], [], set()
    for name, address in crawl(page, live_server):
        routes.add(name)
        if "answered" in address:
            broken.append(address)
        elif sideways(page) > 0:
            wide.append(f"{name} {address}: {sideways(page)} px")
    context.close()

    assert (wide, broken, complaints) == ([], [], [])
    assert {"home", "inbox", "obligations", "notifications", "preferences", "policy"} <= routes


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("who", ["lead", "hr", "admin"])
def test_axe_finds_nothing(company, live_server, browser, who, theme):
    context = browser.new_context(viewport=DESKTOP, bypass_csp=True, reduced_motion="reduce")
    sign_in(context, live_server, f"{who}@demo.onsite", theme=theme)
    page = context.new_page()

    found = {}
    for name, _address in crawl(page, live_server):
        if problems := axe(page):
            found[name] = problems
    context.close()

    assert found == {}
