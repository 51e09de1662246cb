"""Files cannot hurt, lose their hidden data, and are seen only by those who see their subject."""

import struct
import zlib
from base64 import b64decode
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import InternalError, transaction
from django.utils import timezone
from PIL import Image

from apps.core import attachments
from apps.core.attachments import MAX_BYTES, Attachment, attach, keep, safe_name, sniff
from apps.core.transitions import Event
from apps.core.verdicts import PolicyBroken

pytestmark = pytest.mark.django_db
EICAR_LIKE_EXE = b"MZ\x90\x00" + b"\x00" * 200 + b"PE\x00\x00"
ELF = b"\x7fELF\x02\x01\x01" + b"\x00" * 200
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(1)</script></html>"


def picture(kind="JPEG", size=(60, 40), **options) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    return out.getvalue()


def photo_with_position() -> bytes:
    exif = Image.Exif()
    exif[0x0110] = "SecretCamera 9"
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 14.0, 3.0), 3: "E", 4: (121.0, 28.0, 6.0)})
    return picture(exif=exif)


def png_bomb() -> bytes:
    """A picture of 30,000 × 30,000 that is a few hundred bytes long."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def gif_bomb() -> bytes:
    """A GIF whose screen is 60,000 × 60,000."""
    return (
        b"GIF89a" + struct.pack("<HH", 60000, 60000) + b"\x80\x00\x00" + b"\x00" * 6 + b"\x2c" + b"\x00" * 9 + b"\x3b"
    )


def files_in(folder) -> list:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def store(staff):
    """`store(name, content)`: attach to a person, by that person."""

    def one(name, content, **options) -> Attachment:
        return attach(staff, name=name, content=content, by=staff, now=timezone.now(), **options)

    return one


# --- What is not taken --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("holiday.jpg", EICAR_LIKE_EXE),
        ("report.pdf", ELF),
        ("drawing.svg", SVG),
        ("drawing.png", SVG),
        ("page.html", HTML),
        ("page.txt.html", HTML),
        ("script.js", b"alert(1)"),
        ("run.sh", b"#!/bin/sh\nrm -rf /\n"),
        ("binary.txt", b"text\x00\x01\x02"),
        ("archive.rar", b"Rar!\x1a\x07\x00" + b"\x00" * 100),
        ("noname", b"hello"),
        ("empty.pdf", b""),
        ("cut.jpg", picture()[:200]),
        ("bomb.png", png_bomb()),
        ("bomb.gif", gif_bomb()),
    ],
)
def test_what_is_no_good_is_refused_and_leaves_nothing(store, name, content, tmp_path):
    with pytest.raises(PolicyBroken) as refused:
        store(name, content)

    assert list(refused.value.fields) == ["file"]
    assert Attachment.objects.count() == 0
    assert files_in(tmp_path) == []


def test_a_file_over_the_limit_is_refused_and_one_at_it_is_taken():
    with pytest.raises(PolicyBroken, match="larger than 25 MB"):
        sniff("big.txt", b"a" * (MAX_BYTES + 1))
    assert sniff("big.txt", b"a" * MAX_BYTES) == "text/plain"


def test_a_text_is_never_taken_for_a_page(store):
    """HTML under the name of a text is stored as a text, and a browser is told so."""
    file = store("notes.txt", HTML)

    assert (file.content_type, file.shown_inline) == ("text/plain", False)


# --- What is taken, and how ---------------------------------------------------------------------------


def test_position_and_device_are_removed_from_photos(store):
    before = photo_with_position()
    assert b"SecretCamera" in before

    file = store("site.jpg", before)

    stored = file.file.read()
    with Image.open(BytesIO(stored)) as after:
        assert (dict(after.getexif()), after.getexif().get_ifd(0x8825), after.size) == ({}, {}, (60, 40))
    assert b"SecretCamera" not in stored + file.thumbnail.read()


def test_a_turned_photo_stands_upright(store):
    exif = Image.Exif()
    exif[0x0112] = 6

    with Image.open(store("turned.jpg", picture(exif=exif)).file) as upright:
        assert upright.size == (40, 60)


@pytest.mark.parametrize(("kind", "mime"), [("PNG", "image/png"), ("WEBP", "image/webp"), ("GIF", "image/gif")])
def test_pictures_keep_their_kind_and_get_a_small_one(store, kind, mime):
    file = store("picture.bin", picture(kind, size=(1000, 500)))

    assert file.content_type == mime
    with Image.open(file.thumbnail) as small:
        assert (small.format, small.size) == ("JPEG", (320, 160))


def test_a_photo_of_an_iphone_becomes_one_every_browser_shows(store):
    file = store("IMG_0001.HEIC", picture("HEIF"))

    assert (file.content_type, file.is_image) == ("image/jpeg", True)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\windows\\system32\\evil.txt", "evil.txt"),
        ("a\u202etxt.exe.txt", "atxt.exe.txt"),
        ("line\r\nbreak\x00.txt", "linebreak.txt"),
        ("现场照片 1.txt", "现场照片 1.txt"),
        (f"{'x' * 300}.txt", f"{'x' * 180}.txt"),
        ("/", "file"),
    ],
)
def test_names_are_made_safe(given, kept):
    assert safe_name(given) == kept


def test_a_file_is_stored_under_a_name_nobody_guesses_and_not_executable(store, tmp_path):
    store("plan.txt", b"hello")

    [path] = files_in(tmp_path)
    assert ("plan" in str(path.name), path.stat().st_mode & 0o777) == (False, 0o600)


def test_a_file_of_a_failed_transaction_is_removed_and_no_other(store, tmp_path):
    kept = store("site.jpg", picture())
    with transaction.atomic():
        store("plan.txt", b"hello")
        transaction.set_rollback(True)
    assert len(files_in(tmp_path)) == 3

    assert attachments.remove_orphans(now=timezone.now()) == 0
    assert attachments.remove_orphans(now=timezone.now() + timedelta(days=2)) == 1

    assert {str(path.relative_to(tmp_path / "files")) for path in files_in(tmp_path)} == {
        kept.file.name,
        kept.thumbnail.name,
    }


def test_mail_files_are_all_kept_the_bad_ones_as_mere_bytes(staff):
    file = keep(staff, name="invoice.exe", content=EICAR_LIKE_EXE, content_type="application/x", now=timezone.now())

    assert (file.content_type, file.shown_inline, file.size) == (
        "application/octet-stream",
        False,
        len(EICAR_LIKE_EXE),
    )


def test_stored_files_are_never_changed_or_removed(store):
    file = store("plan.txt", b"hello")
    for act in (lambda: Attachment.objects.filter(pk=file.pk).update(name="other"), file.delete):
        with pytest.raises(InternalError), transaction.atomic():
            act()


# --- The door -----------------------------------------------------------------------------------------


def test_whoever_sees_the_subject_sees_the_file_and_nobody_else(store, signed_in, client, staff, lead, stranger):
    file = store("plan.txt", b"hello")
    url = file.get_absolute_url()

    answers = {person: signed_in(person).get(url).status_code for person in (staff, lead, stranger)}

    assert answers == {staff: 200, lead: 200, stranger: 404}
    assert client.get(url).status_code == 302


def test_nothing_in_a_file_runs(store, signed_in, staff):
    answer = signed_in(staff).get(store("notes.txt", HTML).get_absolute_url())

    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Security-Policy"].startswith("sandbox;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "text/plain"
    assert "private" in answer["Cache-Control"]
    assert b"".join(answer.streaming_content) == HTML


def test_a_picture_is_shown_and_has_a_small_one(store, signed_in, staff):
    file = store("site.jpg", picture(size=(900, 600)))
    browser = signed_in(staff)

    assert browser.get(file.get_absolute_url())["Content-Disposition"].startswith("inline;")
    small = browser.get(f"{file.get_absolute_url()}?small")
    with Image.open(BytesIO(b"".join(small.streaming_content))) as shown:
        assert shown.size == (320, 213)


@pytest.mark.clause("2.2.1b")
def test_a_sensitive_file_opens_by_a_recorded_post_only(store, signed_in, staff, lead):
    file = store("passport.jpg", picture(), sensitive=True)
    browser = signed_in(lead)

    asked = browser.get(file.get_absolute_url())
    assert (asked["Content-Type"].partition(";")[0], browser.get(f"{file.get_absolute_url()}?small").status_code) == (
        "text/html",
        404,
    )
    assert Event.objects.filter(verb=attachments.VIEWED).count() == 0

    opened = browser.post(file.get_absolute_url())

    assert "no-store" in opened["Cache-Control"]
    [page] = opened.context["pages"]
    with Image.open(BytesIO(b64decode(page))) as shown, Image.open(BytesIO(picture())) as original:
        assert shown.size == original.size
        assert shown.convert("RGB").tobytes() != original.convert("RGB").tobytes()
    assert list(Event.objects.filter(verb=attachments.VIEWED).values_list("actor", "note")) == [
        (lead.pk, "passport.jpg")
    ]
