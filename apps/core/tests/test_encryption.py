"""What must be unreadable at rest is (G28): sealed, bound to its record, and sealed anew when the keys rotate."""

import secrets
from io import BytesIO, StringIO

import pypdfium2 as pdfium
import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.core import encryption
from apps.core.attachments import Attachment, attach
from apps.core.encryption import Unreadable, digest, digests, is_current, seal, unseal
from apps.core.tests.test_attachments import picture
from apps.core.verdicts import PolicyBroken


@pytest.fixture
def old_and_new(settings):
    """Sealed under the old key; then a new one comes first."""
    old = dict(settings.ENCRYPTION_KEYS)

    def come():
        settings.ENCRYPTION_KEYS = {"new": secrets.token_bytes(32), **old}

    def old_goes():
        settings.ENCRYPTION_KEYS = {"new": settings.ENCRYPTION_KEYS["new"]}

    come.old_goes = old_goes
    return come


def test_only_who_names_the_same_record_opens_it():
    sealed = seal(b"440305199001011234", bound_to="identity:7")

    assert unseal(sealed, bound_to="identity:7") == b"440305199001011234"
    assert b"4403" not in sealed
    with pytest.raises(Unreadable):
        unseal(sealed, bound_to="identity:8")


@pytest.mark.parametrize("place", [0, 8, 12, 30, -1])
def test_a_changed_byte_anywhere_is_noticed(place):
    sealed = bytearray(seal(b"a paper", bound_to="x"))
    sealed[place] ^= 1
    with pytest.raises(Unreadable):
        unseal(bytes(sealed), bound_to="x")


def test_the_same_words_are_sealed_differently_and_hashed_alike():
    assert seal(b"same", bound_to="x") != seal(b"same", bound_to="x")
    assert (digest("same") == digest("same"), digest("same") == digest("other")) == (True, False)
    assert len(digest("same")) == 64


def test_after_a_new_key_came_old_seals_open_and_old_hashes_are_found(old_and_new):
    sealed, hashed = seal(b"a paper", bound_to="x"), digest("number")
    old_and_new()

    assert (unseal(sealed, bound_to="x"), is_current(sealed)) == (b"a paper", False)
    assert hashed in digests("number")
    old_and_new.old_goes()
    with pytest.raises(Unreadable, match="not among the ENCRYPTION_KEYS"):
        unseal(sealed, bound_to="x")


# --- Papers -------------------------------------------------------------------------------------------


@pytest.fixture
def paper(site, staff):
    return attach(site, name="passport.jpg", content=picture(), by=staff, now=timezone.now(), sensitive=True)


def on_disk(paper: Attachment) -> bytes:
    with paper.file.open("rb") as file:
        return file.read()


@pytest.mark.clause("2.2.1b")
def test_a_paper_is_sealed_on_disk_without_a_small_picture(paper):
    assert on_disk(paper).startswith(encryption.MARK)
    assert b"JFIF" not in on_disk(paper)
    assert (paper.read()[:3], bool(paper.thumbnail)) == (b"\xff\xd8\xff", False)


def test_a_paper_under_another_record_does_not_open(paper, site, staff):
    other = attach(site, name="other.jpg", content=picture(), by=staff, now=timezone.now(), sensitive=True)
    with open(paper.file.path, "wb") as file:
        file.write(on_disk(other))
    with pytest.raises(Unreadable):
        paper.read()


def test_rotating_seals_every_paper_under_the_new_key_once(paper, old_and_new):
    before = paper.read()
    old_and_new()

    said = StringIO()
    call_command("rotate_keys", stdout=said)
    call_command("rotate_keys", stdout=said)

    assert said.getvalue().splitlines() == [
        "1 sealed again under the first key.",
        "0 sealed again under the first key.",
    ]
    old_and_new.old_goes()
    assert paper.read() == before


def pdf(pages: int) -> bytes:
    document = pdfium.PdfDocument.new()
    for _page in range(pages):
        document.new_page(200, 300)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


LOCKED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"3 0 obj<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>endobj\n"
    b"trailer<</Root 1 0 R/Encrypt 3 0 R/ID[<41><41>]>>\n%%EOF"
)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("locked.pdf", LOCKED, "locked with a password"),
        ("torn.pdf", b"%PDF-1.7\n" + b"x" * 400, "cannot be read"),
        ("degree.txt", b"I have one", "photos or PDFs"),
    ],
)
@pytest.mark.clause("2.2.1b")
def test_a_paper_that_cannot_be_looked_at_is_refused_with_a_way_out(name, content, words, site, staff):
    with pytest.raises(PolicyBroken) as refused:
        attach(site, name=name, content=content, by=staff, now=timezone.now(), sensitive=True)
    assert words in refused.value.fields["file"]
    assert "photos of its pages" in refused.value.fields["file"]


def test_each_page_of_a_pdf_is_shown_with_the_readers_name(site, staff, signed_in):
    paper = attach(site, name="degree.pdf", content=pdf(3), by=staff, now=timezone.now(), sensitive=True)

    page = signed_in(staff).post(paper.get_absolute_url())

    assert len(page.context["pages"]) == 3
    assert "Your name is on the picture" in page.content.decode()
