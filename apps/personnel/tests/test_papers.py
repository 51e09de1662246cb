"""Papers of the first day: editions signed by name, proofs verified by another (1.3.1, 2.2.1b, 4.2.1, 4.3.x)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from threading import Barrier

import pypdfium2 as pdfium
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InternalError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from apps.core import viewing
from apps.core.attachments import Attachment
from apps.core.obligations import Obligation, sweep
from apps.core.tests.test_encryption import LOCKED
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel import actions
from apps.personnel.models import Acknowledgement, DocumentVersion, Proof
from apps.personnel.tests.factories import (
    NOON,
    AssignmentFactory,
    UserFactory,
)

KINDS = ["rulebook", "safety", "confidentiality", "it_rules"]


def picture(kind="JPEG", size=(60, 40)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


def pdf(pages: int = 1) -> bytes:
    document = pdfium.PdfDocument.new()
    for _page in range(pages):
        document.new_page(200, 200)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def publish(by, *, site=None, kind="rulebook", text="Wear the badge.", changes="", now=NOON, title="House rules"):
    return actions.publish(site=site, kind=kind, title=title, text=text, changes=changes, by=by, now=now)


def hand_in(person, kind="identity", *, now=NOON, **more):
    return actions.hand_in(kind=kind, files=[("card.jpg", picture())], by=person, now=now, **more)


def look(proof, by, now=NOON):
    for paper in Attachment.objects.about(proof):
        viewing.look_at(paper, by=by, now=now)


def asked(version):
    """Everybody who was asked to sign an edition again, and how that stands."""
    rows = Obligation.objects.filter(kind="document_renewal", period=f"doc:{version.pk}")
    return {one.owner: one.status for one in rows}


# --- Editions -----------------------------------------------------------------------------------------


@pytest.mark.clause("1.3.1")
def test_an_edition_is_numbered_hashed_and_asks_everybody_where_it_holds(hr, assignment, other_site, stranger):
    planned = AssignmentFactory(site=assignment.site, status="planned", since=timezone.localdate() + timedelta(days=30))
    first = publish(hr)
    own = publish(other_site.lead, site=other_site, text="Ours.")
    second = publish(hr, text="Wear the badge, always.", changes="Always.")

    assert [(one.site, one.number) for one in (first, own, second)] == [(None, 1), (other_site, 1), (None, 2)]
    assert first.sha256 != second.sha256
    assert asked(first) == {assignment.person: "dropped", stranger: "dropped", planned.person: "dropped"}
    assert asked(own) == {stranger: "open"}
    assert asked(second) == {assignment.person: "open", planned.person: "open"}
    due = Obligation.objects.get(owner=assignment.person, status="open")
    assert (due.due_at, due.clause) == (NOON + timedelta(days=3), "1.3.1")
    assert Obligation.objects.get(owner=planned.person, status="open", period=f"doc:{second.pk}").due_at.date() == (
        planned.since
    )


@pytest.mark.clause("1.3.1")
def test_a_new_edition_that_is_not_signed_in_time_is_told_to_the_lead(hr, lead, assignment):
    version = publish(hr)
    sweep(now=NOON + timedelta(days=3, minutes=1))
    told = {(one.person, one.kind) for one in lead.notifications.all()}
    assert told == {(lead, "obligation_breach")}
    late = actions.acknowledge(version, signed_name="staff  CHEN", by=assignment.person, now=NOON + timedelta(days=4))
    assert (late.signed_name, late.sha256) == ("staff CHEN", version.sha256)
    clock = Obligation.objects.get(kind="document_renewal")
    assert (clock.status, clock.late) == ("met", True)


@pytest.mark.clause("1.3.1")
def test_who_signed_an_old_edition_stays_listed_with_the_hash(hr, lead, staff, finance, signed_in):
    old = publish(hr)
    actions.acknowledge(old, signed_name=staff.name, by=staff, now=NOON)
    publish(hr, text="Newer.", changes="All of it.")
    page = reverse("document_signed", args=[old.pk])
    words = signed_in(hr).get(page).content.decode()
    assert (staff.name in words, old.sha256 in words) == (True, True)
    assert old.sha256 in b"".join(signed_in(hr).get(f"{page}?export=csv")).decode()
    assert page in signed_in(hr).get(old.get_absolute_url()).content.decode()
    assert staff.name in signed_in(lead).get(page).content.decode()  # of their own site
    assert signed_in(staff).get(page).status_code == 403


@pytest.mark.clause("1.3.1")
def test_one_signs_with_ones_own_name_once_and_only_the_edition_that_holds(hr, staff, stranger, other_site, lead):
    publish(hr, site=other_site)
    old = publish(hr)
    version = publish(hr, text="Newer.", changes="All of it.")
    with pytest.raises(WrongState, match="newer edition"):
        actions.acknowledge(old, signed_name=staff.name, by=staff, now=NOON)
    with pytest.raises(PolicyBroken) as refused:
        actions.acknowledge(version, signed_name="Staff Chan", by=staff, now=NOON)
    assert (list(refused.value.fields), refused.value.verdict.clause) == (["signed_name"], "1.3.1")
    for nobody in (stranger, lead):  # elsewhere another edition holds; the lead is not stationed
        with pytest.raises(NotAllowed):
            actions.acknowledge(version, signed_name=nobody.name, by=nobody, now=NOON)
    actions.acknowledge(version, signed_name=staff.name, by=staff, now=NOON)
    with pytest.raises(WrongState, match="already"):
        actions.acknowledge(version, signed_name=staff.name, by=staff, now=NOON)
    assert [(one.person, one.version) for one in Acknowledgement.objects.all()] == [(staff, version)]
    with pytest.raises(InternalError), transaction.atomic():
        Acknowledgement.objects.update(signed_name="x")
    with pytest.raises(InternalError), transaction.atomic():
        DocumentVersion.objects.update(text="x")


def test_who_publishes_what(hr, lead, staff, site, other_site):
    for somebody, where in ((lead, None), (lead, other_site), (staff, site)):
        with pytest.raises(NotAllowed):
            publish(somebody, site=where)
    publish(lead, site=site)
    with pytest.raises(PolicyBroken) as refused:
        publish(lead, site=site, title=" ", text=" ")
    assert list(refused.value.fields) == ["title", "text", "changes"]
    with pytest.raises(PolicyBroken) as refused:
        publish(lead, site=site, changes="Nothing.")
    assert list(refused.value.fields) == ["text"]


# --- Proofs -------------------------------------------------------------------------------------------


@pytest.mark.clause("2.2.1b")
def test_a_proof_is_looked_at_then_verified_by_another_and_sealed(hr, staff, settings):
    proof = hand_in(staff)
    [paper] = Attachment.objects.about(proof)
    assert (paper.sensitive, b"JFIF" in paper.file.open("rb").read()) == (True, False)
    with pytest.raises(PolicyBroken, match="Look at the papers"):
        actions.verify(proof, by=hr, now=NOON)
    look(proof, hr)
    actions.verify(proof, by=hr, now=NOON)
    proof.refresh_from_db()
    assert (proof.status, proof.decided_by, proof.decided_at) == ("verified", hr, NOON)
    assert [one.verb for one in Event.objects.about(proof)] == [
        "proof_verified", "file_viewed", "proof_handed_in", "file_added",
    ]  # fmt: skip


@pytest.mark.clause("2.2.1b")
def test_nobody_verifies_their_own_papers_and_only_hr_does(hr, lead, assignment):
    own = hand_in(hr)
    look(own, hr)
    for somebody, proof in ((hr, own), (lead, hand_in(assignment.person))):
        with pytest.raises(NotAllowed):
            actions.verify(proof, by=somebody, now=NOON)
        with pytest.raises(NotAllowed):
            actions.send_back(proof, reason="x", by=somebody, now=NOON)


@pytest.mark.clause("2.2.1b")
def test_a_returned_paper_says_why_and_a_new_one_replaces_the_verified_only_once_verified(hr, staff):
    first = hand_in(staff)
    with pytest.raises(PolicyBroken) as refused:
        actions.send_back(first, reason=" ", by=hr, now=NOON)
    assert list(refused.value.fields) == ["reason"]
    actions.send_back(first, reason="The number is cut off.", by=hr, now=NOON)
    assert [one.kind for one in staff.notifications.all()] == ["proof_returned"]
    blurred = hand_in(staff)
    second = hand_in(staff)
    look(second, hr)
    actions.verify(second, by=hr, now=NOON)
    third = hand_in(staff, expires_on=NOON.date() + timedelta(days=900))

    def standing():
        return [Proof.objects.get(pk=one.pk).status for one in (first, blurred, second, third)]

    assert standing() == ["returned", "replaced", "verified", "waiting"]
    look(third, hr)
    actions.verify(third, by=hr, now=NOON)
    assert standing() == ["returned", "replaced", "replaced", "verified"]


def test_the_second_of_two_learns_who_was_faster(hr, staff):
    proof, another = hand_in(staff), UserFactory(name="HR Zhou", roles=["hr"])
    stale = Proof.objects.get(pk=proof.pk)
    look(proof, hr)
    actions.verify(proof, by=hr, now=NOON)
    with pytest.raises(WrongState, match="HR Wang was faster: it is “Verified” now"):
        actions.send_back(stale, reason="Blurred.", by=another, now=NOON)
    withdrawn = hand_in(staff, "work")
    hand_in(staff, "work")
    with pytest.raises(WrongState, match="newer one"):
        actions.verify(withdrawn, by=hr, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_two_of_hr_at_one_paper_at_one_moment():
    staff = AssignmentFactory().person
    people = [UserFactory(name=f"HR {number}", roles=["hr"]) for number in range(4)]
    proof = hand_in(staff)
    for one in people:
        look(proof, one)
    together = Barrier(len(people))

    def decide(one) -> str:
        mine = Proof.objects.get(pk=proof.pk)
        together.wait()
        try:
            actions.verify(mine, by=one, now=NOON)
            return "verified"
        except WrongState as refused:
            return str(refused.verdict.reason)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        answers = sorted(pool.map(decide, people))
    proof.refresh_from_db()
    assert answers == [f"{proof.decided_by.name} was faster: it is “Verified” now."] * 3 + ["verified"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("card.pdf", b"%PDF-1.7 broken", "This PDF cannot be read"),
        ("card.jpg", b"MZ\x90\x00" + b"\x00" * 200 + b"PE\x00\x00", "Files of this kind are not taken"),
        ("card.jpg", b"\xff\xd8\xff\xe0 no picture", "This picture cannot be read"),
        ("card.pdf", b"%PDF-1.7" + b"\x00" * (60 * 2**20), "larger than 25 MB"),
        ("card.pdf", b"%PDF-1.7" + b"\x00" * (26 * 2**20), "larger than 25 MB"),
        ("card.txt", b"I am me.", "Papers are photos or PDFs"),
        ("card.jpg", None, "Add a photo of each page"),
    ],
    ids=["broken PDF", "renamed executable", "broken picture", "60 MB", "26 MB", "a text", "nothing"],
)
def test_a_bad_file_is_answered_beside_its_field_and_nothing_is_kept(name, content, says, staff, signed_in):
    files = {"files": SimpleUploadedFile(name, content)} if content is not None else {}
    answer = signed_in(staff).post(reverse("proof_new"), {"key": "1", "kind": "identity", **files})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["files"])
    assert says in str(answer.context["form"].errors["files"])
    assert (Proof.objects.count(), Attachment.objects.count()) == (0, 0)


def test_a_locked_pdf_says_so_and_a_heic_photo_is_taken(staff, signed_in):
    browser = signed_in(staff)
    answer = browser.post(
        reverse("proof_new"), {"key": "1", "kind": "identity", "files": SimpleUploadedFile("a.pdf", LOCKED)}
    )
    assert "locked with a password" in str(answer.context["form"].errors["files"])
    photo = SimpleUploadedFile("a.heic", picture("HEIF", (64, 64)))
    answer = browser.post(
        reverse("proof_new"), {"key": "1", "kind": "identity", "files": [photo, SimpleUploadedFile("b.pdf", pdf())]}
    )
    assert answer.status_code == 302
    proof = Proof.objects.get()
    kept = [(one.content_type, one.name) for one in Attachment.objects.about(proof)]
    assert kept == [("image/jpeg", "a.jpg"), ("application/pdf", "b.pdf")]  # under a name that opens as what it is
    long = {"key": "2", "kind": "work", "files": SimpleUploadedFile("c.pdf", pdf(13))}
    refused = browser.post(reverse("proof_new"), long)
    assert "more than 12 pages" in str(refused.context["form"].errors["files"])
    assert browser.post(reverse("proof_new"), long | {"files": SimpleUploadedFile("c.pdf", pdf(12))}).status_code == 302


def test_a_form_sent_twice_is_one_proof_and_a_day_gone_by_is_refused(staff, signed_in):
    browser, given = signed_in(staff), {"key": "1", "kind": "work"}
    for _turn in range(2):
        answer = browser.post(reverse("proof_new"), given | {"files": SimpleUploadedFile("a.jpg", picture())})
        assert answer.status_code == 302
    assert Proof.objects.count() == 1
    answer = browser.post(
        reverse("proof_new"),
        {"key": "2", "kind": "work", "expires_on": "2020-01-01", "files": SimpleUploadedFile("a.jpg", picture())},
    )
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["expires_on"])
