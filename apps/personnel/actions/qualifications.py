"""Skills, certificates and earlier work: claimed by the person, verified by somebody else (2.1.2, 2.4.3a)."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.forms import attach_all
from apps.core.keeping import check, keep
from apps.core.transitions import lock, record, verb
from apps.core.verdicts import Findings, NotAllowed, WrongState, require, unless
from apps.personnel import access
from apps.personnel.models import Certificate, CertificateKind, PersonSkill, Skill, User, WorkHistory
from apps.personnel.policy import qualifications as policy

CLAIMED = verb("skill_claimed", _("Claimed a skill"))
SKILL_VERIFIED = verb("skill_verified", _("Verified a skill"))
TAKEN_BACK = verb("skill_claim_taken_back", _("Took a claim back"))
ADDED = verb("certificate_added", _("Certificate entered"))
VERIFIED = verb("certificate_verified", _("Certificate verified"))
WITHDRAWN = verb("certificate_withdrawn", _("Certificate withdrawn"))
WORKED = verb("earlier_work_added", _("Earlier work entered"))
WORK_REMOVED = verb("earlier_work_removed", _("Earlier work removed"))


# --- Skills -------------------------------------------------------------------------------------------


@transaction.atomic
def claim_skill(person: User, *, skill: Skill, level: int, evidence: str, by: User, now: datetime) -> PersonSkill:
    """Say how well one can do something, and what shows it. What somebody verified before stays as it is (2.4.3a).

    Raises: NotAllowed; PolicyBroken beside `evidence`.
    """
    require(access.may_claim(by, person), NotAllowed)
    require(policy.is_said(evidence), field="evidence")
    lock(person)
    held = PersonSkill.objects.filter(person=person, skill=skill).first() or PersonSkill(person=person, skill=skill)
    if (held.claimed_level, held.evidence) == (level, evidence.strip()):
        return held
    held.claimed_level, held.evidence, held.claimed_at = level, evidence.strip(), now
    check(held, ["person", "skill", "claimed_level", "evidence"])
    held.save()
    record(held, CLAIMED, by=by, now=now, note=held.evidence, level=level)
    return held


@transaction.atomic
def take_back_claim(held: PersonSkill, *, by: User, now: datetime) -> User:
    """The person claims it no longer; a level that was verified stays. Answers the person.

    Raises: NotAllowed; WrongState when nothing is claimed.
    """
    require(access.may_claim(by, held.person), NotAllowed)
    lock(held)
    require(unless(held.claimed_level is None, _("Nothing is claimed here any more.")), WrongState)
    record(held.person, TAKEN_BACK, by=by, now=now, note=held.skill.name)
    if held.verified_level is None:
        held.delete()
    else:
        held.claimed_level, held.claimed_at, held.evidence = None, None, ""
        held.save()
    return held.person


@transaction.atomic
def verify_skill(person: User, *, skill: Skill, level: int, note: str, by: User, now: datetime) -> PersonSkill:
    """Somebody else has seen how well a person can do it, claimed or not; `note` says how (2.4.3a).

    Raises: NotAllowed, for one's own too; PolicyBroken beside `note`.
    """
    require(access.may_vouch(by, person), NotAllowed)
    require(policy.is_said(note), field="note")
    lock(person)
    held = PersonSkill.objects.filter(person=person, skill=skill).first() or PersonSkill(person=person, skill=skill)
    held.verified_level, held.verified_by, held.verified_at, held.verified_note = level, by, now, note.strip()
    check(held, ["person", "skill", "verified_level", "verified_by", "verified_note"])
    held.save()
    record(held, SKILL_VERIFIED, by=by, now=now, note=held.verified_note, level=level)
    return held


@transaction.atomic
def enter_skill(person: User, *, skill: Skill, level: int, note: str, by: User, now: datetime) -> PersonSkill:
    """Enter what somebody can do, seen and so verified, whether they claimed it or not (2.4.3a).

    Raises: NotAllowed; PolicyBroken beside `skill` when a level is verified already, or beside `note`.
    """
    require(access.may_vouch(by, person), NotAllowed)
    lock(person)
    known = PersonSkill.objects.filter(person=person, skill=skill).exclude(verified_level=None).first()
    words = _("Verified at level %(level)s already, by %(person)s.") % {
        "level": known and known.verified_level,
        "person": known and known.verified_by.name,
    }
    anew = _("Verify it anew beside the skill, if it has changed.")
    require(unless(known is not None, words, remedy=anew, clause="2.4.3a"), field="skill")
    return verify_skill(person, skill=skill, level=level, note=note, by=by, now=now)


# --- Certificates -------------------------------------------------------------------------------------


@transaction.atomic
def add_certificate(
    person: User,
    *,
    kind: CertificateKind,
    issued_on: date,
    by: User,
    now: datetime,
    number: str = "",
    expires_on: date | None = None,
    files: list[tuple[str, bytes]] = (),
) -> Certificate:
    """Enter a certificate with pictures of it, which are sealed: papers of this kind often bear an identity number.

    Raises: NotAllowed; PolicyBroken beside the fields.
    """
    require(access.may_keep_record(by, person), NotAllowed)
    findings = Findings()
    findings.check(policy.has_happened(issued_on, timezone.localtime(now).date()), "issued_on")
    findings.check(policy.sensible(issued_on), "issued_on")
    findings.check(policy.sensible(expires_on), "expires_on")
    findings.require()
    certificate = Certificate(person=person, added_by=by, added_at=now)
    values = {"kind": kind, "number": number.strip(), "issued_on": issued_on, "expires_on": expires_on}
    keep(certificate, by=by, now=now, values=values, added=ADDED)
    attach_all(certificate, list(files), by=by, now=now, sensitive=True)
    return certificate


@transaction.atomic
def verify_certificate(certificate: Certificate, *, by: User, now: datetime, note: str = "") -> Certificate:
    """Somebody else has seen that it is real.

    Raises: NotAllowed, for one's own too; WrongState when it is verified or withdrawn.
    """
    require(access.may_vouch(by, certificate.person), NotAllowed)
    lock(certificate)
    require(_standing(certificate), WrongState)
    require(unless(certificate.verified_at is not None, _("It is verified already.")), WrongState)
    certificate.verified_by, certificate.verified_at = by, now
    certificate.save()
    record(certificate, VERIFIED, by=by, now=now, note=note.strip())
    return certificate


@transaction.atomic
def withdraw_certificate(certificate: Certificate, *, reason: str, by: User, now: datetime) -> Certificate:
    """It was entered wrongly or no longer counts: it fits no posting any more, and stays on record.

    Raises: NotAllowed; WrongState when it is withdrawn; PolicyBroken beside `reason`.
    """
    require(access.may_keep_record(by, certificate.person), NotAllowed)
    require(unless(not reason.strip(), _("Say why, so that the history can be understood.")), field="reason")
    lock(certificate)
    require(_standing(certificate), WrongState)
    certificate.withdrawn_at = now
    certificate.save()
    record(certificate, WITHDRAWN, by=by, now=now, note=reason.strip())
    return certificate


@transaction.atomic
def add_files(certificate: Certificate, *, files: list[tuple[str, bytes]], by: User, now: datetime) -> Certificate:
    """More pictures of a certificate. Raises: NotAllowed; WrongState when it is withdrawn; PolicyBroken at `files`."""
    require(access.may_keep_record(by, certificate.person), NotAllowed)
    require(_standing(certificate), WrongState)
    require(unless(not files, _("Choose at least one file.")), field="files")
    attach_all(certificate, files, by=by, now=now, sensitive=True)
    return certificate


def _standing(certificate: Certificate):
    return unless(
        certificate.withdrawn_at is not None,
        _("This certificate was withdrawn."),
        remedy=_("Enter it anew if it counts again."),
    )


# --- Earlier work -------------------------------------------------------------------------------------


@transaction.atomic
def keep_work(work: WorkHistory, *, by: User, now: datetime, **values) -> WorkHistory:
    """Enter or correct where somebody worked before they came to us.

    Raises: NotAllowed; PolicyBroken beside the fields.
    """
    require(access.may_keep_record(by, work.person), NotAllowed)
    findings = Findings()
    today = timezone.localtime(now).date()
    for name in ("since", "until"):
        findings.check(policy.has_happened(values.get(name, getattr(work, name)), today), name)
    findings.check(policy.before_us(values.get("until", work.until), work.person.hired_on), "until")
    findings.require()
    return keep(work, by=by, now=now, values=values, added=WORKED)


@transaction.atomic
def remove_work(work: WorkHistory, *, by: User, now: datetime) -> User:
    """Take out what was entered by mistake; the history tables keep it. Answers the person."""
    require(access.may_keep_record(by, work.person), NotAllowed)
    record(work.person, WORK_REMOVED, by=by, now=now, note=str(work))
    work.delete()
    return work.person
