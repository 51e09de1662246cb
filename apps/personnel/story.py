"""The story of a person, day by day: each room adds its chapter through a registry, for those who may read it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.personnel import access
from apps.personnel.models import (
    Assignment,
    CareerChange,
    Certificate,
    DevelopmentTalk,
    Enrolment,
    PersonSkill,
    Proof,
    User,
    WorkHistory,
)


@dataclass(frozen=True)
class Passage:
    """Something that happened on a day. tone: as of a chip; url: where more stands, or empty."""

    on: date
    title: str
    detail: str = ""
    icon: str = "circle-dot"
    tone: str = "neutral"
    url: str = ""


CHAPTERS: list[Callable[[User, User], Iterable[Passage]]] = []


def chapter(function):
    """Register what a room tells of a person: `f(reader, person)` -> Passages that this reader may know."""
    CHAPTERS.append(function)
    return function


def story_of(person: User, *, reader: User) -> list[Passage]:
    """Everything this reader may know of a person, the newest first."""
    return sorted(
        (passage for tell in CHAPTERS for passage in tell(reader, person)), key=lambda passage: passage.on, reverse=True
    )


# --- The chapters of this room ------------------------------------------------------------------------


@chapter
def postings(reader, person):
    """Where they were and are stationed; what is planned stands on the day it begins."""
    status = Assignment.Status
    rows = Assignment.objects.visible_to(reader).filter(person=person).exclude(status=status.CANCELLED)
    for one in rows.select_related("site"):
        began = _("Began at %(site)s") if one.status != status.PLANNED else _("Is to begin at %(site)s")
        yield Passage(
            one.since, began % {"site": one.site.name}, one.position, "map-pin", "primary", one.get_absolute_url()
        )
        if one.ended_on:
            left = _("Left %(site)s") % {"site": one.site.name}
            yield Passage(one.ended_on, left, one.position, "logout", "neutral", one.get_absolute_url())


@chapter
def hired(reader, person):
    """When they came to us."""
    if person.hired_on and access.sees_record_of(reader, person):
        yield Passage(person.hired_on, _("Joined the company"), "", "building", "success")


@chapter
def skills(reader, person):
    """What somebody else has verified that they can do."""
    rows = PersonSkill.objects.visible_to(reader).filter(person=person, verified_level__isnull=False)
    for one in rows.select_related("skill", "verified_by"):
        yield Passage(
            timezone.localdate(one.verified_at),
            _("%(skill)s verified: %(level)s") % {"skill": one.skill.name, "level": one.get_verified_level_display()},
            " · ".join(part for part in (one.verified_by.name, one.verified_note) if part),
            "award",
            "success",
        )


@chapter
def certificates(reader, person):
    """What they hold, and what ran out."""
    rows = Certificate.objects.visible_to(reader).filter(person=person, withdrawn_at=None).select_related("kind")
    today = timezone.localdate()
    for one in rows:
        yield Passage(
            one.issued_on,
            _("Certificate: %(certificate)s") % {"certificate": one.kind.name},
            one.number,
            "shield-check",
            "info",
            one.get_absolute_url(),
        )
        if one.expires_on and one.expires_on < today:
            over = _("Certificate ran out: %(certificate)s") % {"certificate": one.kind.name}
            yield Passage(one.expires_on, over, one.number, "hourglass", "warning", one.get_absolute_url())


@chapter
def proofs(reader, person):
    """Papers that HR has verified: for the person and HR."""
    rows = Proof.objects.visible_to(reader).filter(person=person, status="verified")
    for one in rows:
        shown = _("Verified by HR: %(proof)s") % {"proof": one.get_kind_display()}
        yield Passage(timezone.localdate(one.decided_at), shown, "", "clipboard-check", "success")


@chapter
def earlier_work(reader, person):
    """Where they worked before."""
    for one in WorkHistory.objects.visible_to(reader).filter(person=person):
        until = f" – {one.until:%Y-%m}" if one.until else ""
        yield Passage(one.since, one.employer, f"{one.position} · {one.since:%Y-%m}{until}", "briefcase")


@chapter
def career(reader, person):
    """Promotions and transfers: what they are now."""
    rows = CareerChange.objects.visible_to(reader).filter(person=person).select_related("grade", "department")
    for one in rows:
        now = " · ".join(str(part) for part in (one.grade, one.department) if part)
        yield Passage(one.effective_on, f"{one.get_kind_display()}: {now}", one.reason, "chart-bar", "primary")


@chapter
def talks(reader, person):
    """That a talk took place; what was said stands there, for those who may read it."""
    for one in DevelopmentTalk.objects.visible_to(reader).filter(person=person).select_related("held_by"):
        held = _("Development talk with %(person)s") % {"person": one.held_by.name}
        yield Passage(one.held_on, held, one.get_status_display(), "messages", "info", one.get_absolute_url())


@chapter
def trainings(reader, person):
    """Trainings they were at, with the result."""
    rows = Enrolment.objects.visible_to(reader).present().filter(person=person).select_related("session__course")
    for one in rows:
        yield Passage(
            timezone.localdate(one.session.begins_at),
            _("Training: %(course)s") % {"course": one.session.course.name},
            one.get_result_display(),
            "book",
            "success" if one.result == Enrolment.Result.PASSED else "neutral",
            one.get_absolute_url(),
        )
