"""One of everything about trainings and talks at a site of the two worlds."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

from apps.personnel.models import (
    CareerChange,
    ClientTraining,
    Course,
    DevelopmentGoal,
    DevelopmentTalk,
    Enrolment,
    LearningNote,
    TrainingSession,
)


def trainings(name: str, site, staff, contact, now: datetime) -> dict[str, object]:
    """A session with a place, a client's need, a learning note, a talk with its goal, a transfer."""
    known = Course.objects.count() + 1  # what everybody in the company may learn bears no name of a world
    course = Course.objects.create(name=f"Course {known}", hours=Decimal(2))
    session = TrainingSession.objects.create(
        course=course, site=site, begins_at=now, ends_at=now + timedelta(hours=2), place=f"{name} room",
        guest_trainer=f"{name} trainer", places=9,
    )  # fmt: skip
    enrolment = Enrolment.objects.create(
        session=session, person=staff, site=site, asked_by=staff, asked_at=now, reason=f"{name} wish", status="approved"
    )
    talk = DevelopmentTalk.objects.create(
        person=staff, site=site, held_by=site.lead, held_on=date(2026, 11, 2), said=f"{name} talk", recorded_at=now
    )
    return {
        "course": course,
        "training_session": session,
        "training_attend": SimpleNamespace(pk=session.token),
        "enrolment": enrolment,
        "client_training": ClientTraining.objects.create(
            site=site, contact=contact, title=f"{name} need", asked_at=now, logged_by=staff
        ),
        "learning_note": LearningNote.objects.create(
            person=staff, topic=f"{name} topic", learned_on=date(2026, 11, 1), hours=Decimal(1), noted_at=now
        ),
        "development_talk": talk,
        "development_goal": DevelopmentGoal.objects.create(talk=talk, text=f"{name} goal", due_on=date(2027, 1, 1)),
        "career_change": CareerChange.objects.create(
            person=staff,
            kind="transfer",
            effective_on=date(2026, 11, 3),
            department=site.department,
            talk=talk,
            reason=f"{name} career",
            decided_by=site.department.head,
            decided_at=now,
        ),  # fmt: skip
    }
