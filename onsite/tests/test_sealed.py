"""The canary of G28: a known identity number and a known paper are nowhere to be read."""

import logging
from base64 import b64encode
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from apps.core import encryption
from apps.core.attachments import Attachment
from apps.core.tests.test_encryption import pdf
from apps.personnel.actions import identity
from apps.personnel.models import CertificateKind, IdentityNumber
from onsite.tests import routes
from onsite.tests.test_api import api, at

NUMBER = "11010519491231002X"
PAPER = b"%CANARY-OF-A-DIPLOMA-4711"


def spellings(words: bytes) -> list[bytes]:
    """As it is, and as dumps, JSON and queues write bytes; base64 at each of its three offsets."""
    coded = [b64encode(b"\0" * shift + words)[4 if shift else 0 : -4] for shift in range(3)]
    return [words, words.lower(), words.hex().encode(), *coded]


def dump() -> bytes:
    """Every row of every table, as pg_dump writes it."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables "
                       "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')")  # fmt: skip
        for (table,) in cursor.fetchall():
            with Sink() as sink:
                cursor.copy_expert(f"COPY {table} TO STDOUT", sink)
            found.append(sink.content)
    return b"".join(found)


class Sink:
    """Takes what COPY writes."""

    def __enter__(self):
        self.content = b""
        return self

    def write(self, some):
        self.content += some

    def __exit__(self, *_error):
        return False


def on_disk() -> bytes:
    return b"".join(path.read_bytes() for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())


def in_redis() -> bytes:
    """Whatever lies there; where no Redis answers, nothing does."""
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2)
    try:
        return b"".join(key + (client.dump(key) or b"") for key in client.scan_iter())
    except redis.ConnectionError:
        return b""


@pytest.fixture
def told(staff, hr, signed_in, caplog, capfd):
    """Everything that is ever done with a number and a paper: set, refused, looked at, listed, exported, verified."""
    for name in (None, "django", "django.db.backends"):
        caplog.set_level(logging.DEBUG, logger=name)
    connection.force_debug_cursor = True
    own, office = signed_in(staff), signed_in(hr)
    kind = CertificateKind.objects.create(name="Diploma")
    try:
        edit, look = (reverse(name, args=[staff.pk]) for name in ("person_identity_edit", "person_identity"))
        assert own.post(edit, {"kind": "cn_id", "number": NUMBER}).status_code == 302
        assert NUMBER in office.post(look).content.decode()
        other = reverse("person_identity_edit", args=[hr.pk])
        assert office.post(other, {"kind": "cn_id", "number": NUMBER}).status_code == 422
        assert office.post(other, {"kind": "tw_id", "number": NUMBER}).status_code == 422
        door = api(staff, HTTP_IDEMPOTENCY_KEY="1")
        set_again = door.put(at("people", staff, "identity"), {"kind": "cn_id", "number": NUMBER}, format="json")
        assert set_again.json()["identity"]["number"] == "••••002X"
        assert door.post(at("people", staff, "identity/show")).json() == {"number": NUMBER}
        page = reverse("person_certificate", args=[staff.pk])
        paper = SimpleUploadedFile("diploma.pdf", pdf(1) + b"\n" + PAPER)
        key = own.get(page).context["form"]["key"].value()
        given = {"key": key, "kind": kind.pk, "issued_on": "2020-01-01", "files": paper}
        assert own.post(page, given).status_code == 302
        assert office.post(Attachment.objects.get().get_absolute_url()).status_code == 200
    finally:
        connection.force_debug_cursor = False
    out, err = capfd.readouterr()
    return caplog.text + out + err


@pytest.mark.clause("2.2.1b")
def test_the_canary_is_nowhere(told):
    places = {"dump": dump(), "disk": on_disk(), "redis": in_redis(), "logs": told.encode()}
    found = [
        (name, words)
        for words in (NUMBER.encode(), PAPER)
        for name, content in places.items()
        for spelling in spellings(words)
        if spelling in content
    ]

    assert found == []
    assert [len(places[name]) > 500 for name in ("dump", "disk", "logs")] == [True, True, True]
    assert PAPER in Attachment.objects.get().read()


def test_the_search_would_find_it_if_it_were_there(staff):
    staff.phone, staff.title = NUMBER, PAPER.hex()
    staff.save()
    everything = dump()
    assert [any(one in everything for one in spellings(words)) for words in (NUMBER.encode(), PAPER)] == [True, True]


def test_no_page_list_export_or_door_shows_more_than_the_tail(staff, hr, signed_in):
    identity.set_identity(staff, kind="cn_id", number=NUMBER, by=staff, now=timezone.now())
    shown, asked = [], 0
    browser, door = signed_in(hr), api(hr)
    things = {"person": staff}
    for name, parameters in routes.every_route():
        if name.startswith("api-") and parameters not in ((), ("pk",)):
            continue
        address = routes.address(name, parameters, things)
        if address is None or name == "healthz":
            continue
        client = door if name.startswith("api-") else browser
        for query in ("", "?export=csv"):
            answer = client.get(address + query)
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
            asked += 1
            if NUMBER.encode() in content or encryption.digest(f"cn_id:{NUMBER}").encode() in content:
                shown.append(name)
    assert (shown, asked > 150) == ([], True)
    assert IdentityNumber not in admin.site._registry
