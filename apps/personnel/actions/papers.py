"""The papers of the first day: editions that are signed, proofs that are verified (1.3.1, 2.2.1b, 4.2.1, 4.3.x)."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection, transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from apps.core import attachments, notifications, obligations
from apps.core.forms import attach_all
from apps.core.transitions import Event, record, transition, verb
from apps.core.verdicts import YES, Findings, NotAllowed, Verdict, WrongState, no, require, unless
from apps.personnel import access
from apps.personnel.actions import checklist
from apps.personnel.models import Acknowledgement, DocumentVersion, Proof, Site, User
from apps.personnel.obligations import arrivals as clocks
from apps.personnel.policy import papers as policy

Status = Proof.Status
Files = Sequence[tuple[str, bytes]]
EDITIONS, PAPERS_OF = 212, 213  # of advisory locks: on a site's editions, and on a person's papers

PUBLISHED = verb("document_published", _("Published"))
HANDED_IN = verb("proof_handed_in", _("Paper handed in"))
REPLACED = verb("proof_replaced", _("Replaced by a newer one"))

NEW_EDITION = notifications.note_kind(
    "document_new",
    _("A new edition is to be signed"),
    _("Read and sign: %(what)s"),
    _("A new edition was published. Sign it by %(due_at)s."),
)
RETURNED = notifications.note_kind(
    "proof_returned",
    _("A paper of yours was returned"),
    _("Returned: %(what)s"),
    _("%(reason)s Hand it in again."),
)


def _hold(space: int, key: int) -> None:
    """Hold what has no row of its own until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [space, key])


# --- Editions (1.3.1, 4.2.1, 4.3.1, 4.3.3) ------------------------------------------------------------


def digest(kind: str, title: str, text: str) -> str:
    """The hash of what is signed."""
    return hashlib.sha256(f"{kind}\n{title}\n{text}".encode()).hexdigest()


@transaction.atomic
def publish(
    *, site: Site | None, kind: str, title: str, text: str, changes: str = "", by: User, now: datetime
) -> DocumentVersion:
    """Publish an edition; from now on it is the one to sign, by everybody on site or planned there.

    Raises: NotAllowed; PolicyBroken beside `title`, `text` or `changes`.
    """
    require(access.may_publish(by, site), NotAllowed)
    _hold(EDITIONS, site.pk if site else 0)
    clause = DocumentVersion.CLAUSES[kind]
    last = DocumentVersion.objects.filter(site=site, kind=kind).order_by("-number").first()
    title, text, changes = title.strip(), text.strip().replace("\r\n", "\n"), changes.strip()
    findings = Findings(clause=clause)
    findings.check(unless(not title, _("Give it a title.")), "title")
    findings.check(unless(not text, _("Write what is to be signed.")), "text")
    findings.check(
        unless(last is not None and not changes, _("Say what is new, for those who signed the last edition.")),
        "changes",
    )
    findings.check(
        unless(last is not None and (last.title, last.text) == (title, text), _("This is the last edition unchanged.")),
        "text",
    )
    findings.require()
    version = DocumentVersion.objects.create(
        site=site,
        kind=kind,
        number=last.number + 1 if last else 1,
        title=title,
        text=text,
        changes=changes,
        sha256=digest(kind, title, text),
        published_by=by,
        published_at=now,
    )
    record(version, PUBLISHED, by=by, now=now, note=changes, sha256=version.sha256)
    asked = checklist.asked_for(version).select_related("person", "site")
    promises = clocks.ask_again(version, asked, now)
    notifications.tell_many(
        (
            (one.owner, f"document:{version.pk}", version, "", {"what": version.title, "due_at": one.due_at})
            for one in promises
        ),
        NEW_EDITION,
        now=now,
    )
    return version


def may_sign(user: User, version: DocumentVersion) -> Verdict:
    """Those sign who are on site or planned where this edition holds; of an old one they hear that it is old."""
    if not still_holds(version):
        return YES
    return unless(
        not checklist.asked_for(version).filter(person=user).exists(),
        _("This edition is signed by those who are stationed where it holds."),
        clause=version.clause,
    )


def still_holds(version: DocumentVersion) -> Verdict:
    newer = DocumentVersion.objects.filter(site=version.site_id, kind=version.kind, number__gt=version.number)
    return unless(
        newer.exists(),
        _("A newer edition has been published meanwhile."),
        remedy=_("Read and sign the newer one."),
        clause=version.clause,
    )


def unsigned(user: User, version: DocumentVersion) -> Verdict:
    mine = Acknowledgement.objects.filter(person=user, version=version).first()
    if mine is None:
        return YES
    moment = date_format(localtime(mine.signed_at), "SHORT_DATETIME_FORMAT")
    return no(_("You signed this edition already, on %(moment)s.") % {"moment": moment}, clause=version.clause)


@transaction.atomic
def acknowledge(version: DocumentVersion, *, signed_name: str, by: User, now: datetime) -> Acknowledgement:
    """Sign an edition by one's own name; the moment and the hash of the words stay with it.

    Raises: WrongState for an edition that no longer holds or is signed already; NotAllowed; PolicyBroken beside
    `signed_name`.
    """
    _hold(PAPERS_OF, by.pk)
    require(still_holds(version), WrongState)
    require(may_sign(by, version), NotAllowed)
    require(unsigned(by, version), WrongState)
    require(policy.signed_as(signed_name, by.name, version.clause), field="signed_name")
    signed = Acknowledgement.objects.create(
        version=version,
        person=by,
        signed_name=" ".join(signed_name.split()),
        signed_at=now,
        sha256=digest(version.kind, version.title, version.text),
    )
    for assignment in checklist.asked_for(version).filter(person=by):
        obligations.meet(clocks.DOCUMENT_RENEWAL, assignment, by=by, at=now, period=clocks.period_of(version))
    return signed


# --- Proofs (2.2.1b) ----------------------------------------------------------------------------------


@transaction.atomic
def hand_in(*, kind: str, files: Files, expires_on: date | None = None, by: User, now: datetime) -> Proof:
    """Hand in a proof of one's own; one that still waits is replaced, a verified one counts until this one does.

    Raises: PolicyBroken beside `files` or `expires_on`.
    """
    _hold(PAPERS_OF, by.pk)
    findings = Findings(clause="2.2.1b")
    findings.check(
        unless(not files, _("Add a photo of each page, or a PDF."), clause="2.2.1b"),
        "files",
    )
    findings.check(policy.papers_valid(expires_on, localtime(now).date()), "expires_on")
    findings.require()
    for earlier in Proof.objects.waiting().filter(person=by, kind=kind).select_for_update():
        _replace(earlier, by=by, now=now)
    proof = Proof.objects.create(person=by, kind=kind, expires_on=expires_on, submitted_by=by, submitted_at=now)
    attach_all(proof, list(files), by=by, now=now, sensitive=True)
    record(proof, HANDED_IN, by=by, now=now)
    return proof


def _replace(proof: Proof, *, by: User, now: datetime) -> None:
    proof.status = Status.REPLACED
    proof.save(update_fields=["status"])
    record(proof, REPLACED, by=by, now=now)


def still_waits(proof: Proof) -> Verdict:
    """Only a proof that waits is decided; whoever comes second learns who was faster."""
    if proof.status == Status.WAITING:
        return YES
    if proof.decided_by is not None:
        reason = _("%(person)s was faster: it is “%(status)s” now.") % {
            "person": proof.decided_by,
            "status": proof.get_status_display(),
        }
    else:
        reason = _("The person has handed in a newer one meanwhile.")
    return no(reason, remedy=_("Look at its history."), clause="2.2.1b")


def looked_at(user: User, proof: Proof) -> Verdict:
    """Verified means looked at: each file was opened by whoever verifies."""
    files = set(attachments.Attachment.objects.about(proof).values_list("sha256", flat=True))
    seen = Event.objects.about(proof).filter(verb=attachments.VIEWED, actor=user)
    return unless(
        files - set(seen.values_list("data__sha256", flat=True)),
        _("Look at the papers first."),
        remedy=_("Open them on this page; the look is on record."),
        clause="2.2.1b",
    )


@transition(list(Status), may=access.may_verify, name="proof_verified", text=_("Verified"))
def verify(proof: Proof, *, by: User, now: datetime) -> None:
    """The paper proves what it should; an older one of the same kind is replaced by it.

    Raises: WrongState when somebody was faster; NotAllowed; PolicyBroken when it has run out or was not looked at.
    """
    require(still_waits(proof), WrongState)
    require(looked_at(by, proof))
    require(policy.papers_valid(proof.expires_on, localtime(now).date()))
    for earlier in Proof.objects.filter(person=proof.person_id, kind=proof.kind, status=Status.VERIFIED):
        _replace(earlier, by=by, now=now)
    proof.status = Status.VERIFIED
    proof.decided_by, proof.decided_at = by, now


@transition(list(Status), may=access.may_verify, name="proof_returned", text=_("Returned"))
def send_back(proof: Proof, *, reason: str, by: User, now: datetime) -> str:
    """The paper does not do; the person is told why, and hands in another.

    Raises: WrongState when somebody was faster; NotAllowed; PolicyBroken beside `reason`.
    """
    require(still_waits(proof), WrongState)
    require(
        unless(not reason.strip(), _("Say what is wrong with it, so that the next one does."), clause="2.2.1b"),
        field="reason",
    )
    proof.status = Status.RETURNED
    proof.decided_by, proof.decided_at, proof.reason = by, now, reason.strip()
    notifications.tell(
        [proof.person],
        RETURNED,
        key=f"proof:{proof.pk}:returned",
        now=now,
        subject=proof,
        what=proof.get_kind_display(),
        reason=proof.reason,
    )
    return proof.reason
