"""What a browser says of itself, in words for people."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from apps.personnel.templatetags.devices import device
from apps.personnel.tests.factories import PASSWORD, UserFactory

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (f"{WINDOWS} Chrome/126.0.0.0 Safari/537.36", "Chrome · Windows"),
        (f"{WINDOWS} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "Edge · Windows"),
        (f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1", "Safari · iPhone"),
        (f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.49", "WeChat · iPhone"),
        (f"{IPHONE} Mobile/15E148 wxwork/4.1.26 MicroMessenger/7.0.1", "WeCom · iPhone"),
        ("curl/8.5.0", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_browser_and_system_are_named_as_people_call_them(said, words):
    assert device(said) == words


def test_the_list_of_devices_names_them(db):
    person, browser = UserFactory(), Browser(headers={"User-Agent": f"{IPHONE} Safari/604.1"})
    browser.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert "Safari · iPhone" in browser.get(reverse("usersessions_list")).content.decode()
