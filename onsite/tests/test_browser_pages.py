"""Every page in a real browser: it fits a phone, axe finds nothing, no policy report, no script error."""

from pprint import pformat

import pytest

from onsite.tests.browser import DESKTOP, PHONE, axe, covered, crawl, sideways, too_small

pytestmark = pytest.mark.browser

EVERYBODY = {"home", "inbox", "obligations", "notifications", "preferences", "policy"}


@pytest.mark.parametrize("who", ["staff", "lead", "head", "hr", "admin"])
def test_every_page_fits_a_phone(company, live_server, visit, who):
    """No sideways scroll, room for a finger on every button, and no action under the bar at the bottom."""
    page = visit(company[who], PHONE, language="zh-hans", locale="zh-CN")

    found, routes = [], set()
    for name, address in crawl(page, live_server):
        routes.add(name)
        if "answered" in address:
            found.append(address)
            continue
        if wide := sideways(page):
            found.append(f"{name} {address} is {wide} px too wide")
        found += [f"{name} {address}, small: {one}" for one in too_small(page)]
        found += [f"{name} {address}, covered: {one}" for one in covered(page)]

    assert sorted(found) == []
    assert routes >= EVERYBODY


def test_axe_finds_nothing_in_both_themes(company, live_server, visit):
    """Each route once, seen by the first of these who reaches it; the dark theme differs in its colours only."""
    found, seen = {}, set()
    for who in ("lead", "hr", "admin"):
        page = visit(company[who], DESKTOP, bypass_csp=True, reduced_motion="reduce")
        for name, _address in crawl(page, live_server):
            if name in seen:
                continue
            seen.add(name)
            problems = axe(page)
            page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
            if problems := problems + [f"dark: {one}" for one in axe(page, "color-contrast")]:
                found[name] = problems

    assert not found, pformat(found, width=160)
