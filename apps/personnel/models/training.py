"""Courses, their sessions and who takes part; what clients want to be trained in; learning on one's own (2.4)."""

import uuid

import pgtrigger
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.approvals import Approvable, Approval, Step
from apps.core.history import append_only, history, never_removed
from apps.core.lookups import SearchableQuerySet
from apps.personnel import access
from apps.personnel.models.checks import END_BEFORE_BEGIN
from apps.personnel.models.people import User
from apps.personnel.models.places import ClientContact, Site
from apps.personnel.models.skills import NOT_BY_ONESELF, Level, Skill
from apps.personnel.names import Named


def somebody(label, **options):
    """A reference to one of our people."""
    return models.ForeignKey(User, verbose_name=label, on_delete=models.PROTECT, related_name="+", **options)


class CourseQuerySet(SearchableQuerySet):
    def visible_to(self, user):
        return self.all()

    def offered(self, user):
        return self.filter(active=True)


@history(exclude=["name_sort"])
class Course(Named):
    """Something that is taught: the skill it builds, and the level that whoever passes has reached."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    skill = models.ForeignKey(
        Skill,
        verbose_name=_("skill it builds"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="courses",
    )
    level = models.PositiveSmallIntegerField(_("level reached"), choices=Level, null=True, blank=True)
    hours = models.DecimalField(_("hours"), max_digits=5, decimal_places=1)
    text = models.TextField(_("what is taught"), blank=True)
    active = models.BooleanField(_("in use"), default=True)

    objects = CourseQuerySet.as_manager()
    lookup_key = "name"

    class Meta:
        ordering = ["name_sort", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(skill=None, level=None) | Q(skill__isnull=False, level__isnull=False),
                name="course_skill_with_level",
                violation_error_code="level",
                violation_error_message=_("Name the skill and the level together, or neither."),
            ),
            models.CheckConstraint(
                condition=Q(hours__gt=0),
                name="course_takes_time",
                violation_error_code="hours",
                violation_error_message=_("A course takes time."),
            ),
        ]
        verbose_name = _("course")
        verbose_name_plural = _("courses")

    def __str__(self):
        return self.name


class TrainingSessionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.training_sessions(user))

    def planned(self):
        return self.filter(status=TrainingSession.Status.PLANNED)

    def attended(self):
        """Those to which somebody came."""
        return self.filter(pk__in=Enrolment.objects.present().values("session"))


class TrainingSession(models.Model):
    """A course held once, at one site or for all; never more people than places (2.4.1)."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        CANCELLED = "cancelled", _("Cancelled")

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="sessions")
    site = models.ForeignKey(
        Site,
        verbose_name=_("site"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="training_sessions",
        help_text=_("Left empty: for the people of all sites."),
    )
    begins_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    place = models.CharField(_("place"), max_length=150)
    trainer = models.ForeignKey(
        User,
        verbose_name=_("trainer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="trains",
    )
    guest_trainer = models.CharField(_("trainer from outside"), max_length=100, blank=True)
    places = models.PositiveSmallIntegerField(_("places"))
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PLANNED)
    cancelled_why = models.TextField(_("why it was cancelled"), blank=True)

    objects = TrainingSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-begins_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")),
                name="training_session_in_order",
                violation_error_code="ends_at",
                violation_error_message=END_BEFORE_BEGIN,
            ),
            models.CheckConstraint(
                condition=Q(places__range=(1, 1000)),
                name="training_session_has_places",
                violation_error_code="places",
                violation_error_message=_("A session has 1 to 1,000 places."),
            ),
            models.CheckConstraint(
                condition=Q(trainer__isnull=False) | ~Q(guest_trainer=""),
                name="training_session_has_a_trainer",
                violation_error_code="trainer",
                violation_error_message=_("Name who teaches: one of ours, or somebody from outside."),
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | ~Q(cancelled_why=""), name="training_session_cancelled_says_why"
            ),
        ]
        indexes = [models.Index(fields=["begins_at"], name="training_session_begins")]
        triggers = never_removed()
        verbose_name = _("training session")
        verbose_name_plural = _("training sessions")

    def __str__(self):
        return self.course.name

    def get_absolute_url(self):
        return reverse("training_session", args=[self.pk])

    @property
    def trainer_name(self) -> str:
        return self.trainer.name if self.trainer else self.guest_trainer

    @property
    def over(self) -> bool:
        return self.ends_at < timezone.now()

    @property
    def status_tone(self) -> str:
        if self.status == self.Status.CANCELLED:
            return "secondary"
        return "success" if self.over else "info"

    def get_status_display(self) -> str:
        """What was planned and is over is called so."""
        if self.status == self.Status.PLANNED and self.over:
            return _("Over")
        return self.Status(self.status).label


COUNT_PLACES = """
    SELECT s.places INTO places FROM personnel_trainingsession s WHERE s.id = NEW.session_id FOR NO KEY UPDATE;
    SELECT count(*) INTO taken FROM personnel_enrolment e
        WHERE e.session_id = NEW.session_id AND e.id <> NEW.id AND e.status IN ('in_review', 'approved');
    IF taken >= places THEN
        RAISE EXCEPTION 'a training session never has more people than places';
    END IF;
    RETURN NEW;
"""


def never_overfull(name: str, **when) -> pgtrigger.Trigger:
    """Refuse a place that the session does not have, whoever writes it; two at one moment wait for each other."""
    counted = [("places", "INTEGER"), ("taken", "INTEGER")]
    return pgtrigger.Trigger(name=name, when=pgtrigger.Before, declare=counted, func=COUNT_PLACES, **when)


SEATED_NOW = pgtrigger.Q(new__status__in=["in_review", "approved"])
NEVER_OVERFULL = [
    never_overfull("no_place_too_many", operation=pgtrigger.Insert, condition=SEATED_NOW),
    never_overfull(
        "no_place_taken_back",
        operation=pgtrigger.UpdateOf("status", "session_id"),
        condition=SEATED_NOW & ~pgtrigger.Q(old__status__in=["in_review", "approved"]),
    ),
]


class EnrolmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        rounds = Approval.objects.visible_to(user).filter(subject_type=ContentType.objects.get_for_model(Enrolment))
        return self.filter(access.enrolments(user) | Q(pk__in=rounds.values("subject_id")))

    def seated(self):
        """Those that hold a place: enrolled, or asked for and not decided yet."""
        return self.filter(status__in=SEATED)

    def present(self):
        return self.filter(attended_at__isnull=False)


class Enrolment(Approvable):
    """Somebody takes part in a session: entered by HR, or asked for with the site lead's consent (2.4.1).

    Who asks holds a place until the lead has answered.
    """

    approval_clause = "2.4.1"

    class Result(models.TextChoices):
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Not passed")

    session = models.ForeignKey(
        TrainingSession, verbose_name=_("training session"), on_delete=models.PROTECT, related_name="enrolments"
    )
    person = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="enrolments")
    site = models.ForeignKey(
        Site, verbose_name=_("site"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_by = somebody(_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    reason = models.TextField(_("reason"), blank=True)
    attended_at = models.DateTimeField(_("present since"), null=True, blank=True)
    attended_by = somebody(_("marked present by"), null=True, blank=True)
    result = models.CharField(_("result"), max_length=10, choices=Result, blank=True)
    result_note = models.CharField(_("note"), max_length=300, blank=True)
    result_by = somebody(_("result entered by"), null=True, blank=True)
    result_at = models.DateTimeField(null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["person__name_sort", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "person"],
                condition=Q(status__in=["draft", "in_review", "approved"]),
                name="enrolment_once",
            ),
            models.CheckConstraint(
                condition=Q(attended_at=None, attended_by=None)
                | Q(attended_at__isnull=False, attended_by__isnull=False, status="approved"),
                name="enrolment_present_are_enrolled",
            ),
            models.CheckConstraint(
                condition=Q(result="", result_by=None, result_at=None)
                | ~Q(result="") & Q(result_by__isnull=False, result_at__isnull=False, attended_at__isnull=False),
                name="enrolment_result_of_who_was_there",
            ),
            models.CheckConstraint(
                condition=Q(result_by=None) | ~Q(result_by=F("person")),
                name="enrolment_result_by_another",
                violation_error_message=NOT_BY_ONESELF,
            ),
        ]
        triggers = [*never_removed(), *NEVER_OVERFULL]
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")

    def __str__(self):
        return f"{self.person} · {self.session}"

    def get_absolute_url(self):
        return reverse("enrolment", args=[self.pk])

    def get_status_display(self) -> str:
        return ENROLMENT_WORDS[self.status]

    def approval_site(self):
        return self.site

    def approval_parties(self):
        yield self.person

    def approval_route(self):
        """The lead of the site where the person works; whoever leads it themselves asks the deputy or the head."""
        parties = {self.asked_by_id, self.person_id}
        instead = next((one for one in (self.site.deputy, *self.site.heads) if one and one.pk not in parties), None)
        yield Step(_("site lead"), person=self.site.lead, instead=instead)

    def approval_stand_ins(self):
        yield from self.site.leads
        yield from self.site.heads
        yield from super().approval_stand_ins()

    def approval_heads(self):
        return self.site.heads


SEATED = (Enrolment.Status.IN_REVIEW, Enrolment.Status.APPROVED)
ENROLMENT_WORDS = {
    Enrolment.Status.DRAFT: _("Draft"),
    Enrolment.Status.IN_REVIEW: _("Asked the site lead"),
    Enrolment.Status.APPROVED: _("Enrolled"),
    Enrolment.Status.RETURNED: _("Returned"),
    Enrolment.Status.REJECTED: _("Declined"),
    Enrolment.Status.WITHDRAWN: _("Cancelled"),
}


class TrainingFeedbackQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(session__in=TrainingSession.objects.visible_to(user))


class TrainingFeedback(models.Model):
    """What somebody who was there says of a session: a number and words. Only HR is told whose they are (2.4.1)."""

    session = models.ForeignKey(
        TrainingSession, verbose_name=_("training session"), on_delete=models.PROTECT, related_name="feedback"
    )
    person = somebody(_("person"))
    rating = models.PositiveSmallIntegerField(
        _("rating"), choices=[(number, str(number)) for number in range(1, 6)], help_text=_("5 is the best.")
    )
    words = models.TextField(_("words"), blank=True)
    at = models.DateTimeField()

    objects = TrainingFeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["-rating", "words"]  # not by time: that would tell who wrote it
        constraints = [
            models.UniqueConstraint(fields=["session", "person"], name="training_feedback_once"),
            models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="training_feedback_one_to_five"),
        ]
        triggers = append_only()
        verbose_name = _("feedback on a training")
        verbose_name_plural = _("feedback on trainings")

    def __str__(self):
        return str(self.rating)


class ClientTrainingQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.client_trainings(user))

    def unanswered(self):
        return self.filter(status=ClientTraining.Status.NEW)


class ClientTraining(models.Model):
    """Training that a client asks for: HR answers within working days what will be done, then what came out (2.4.2)."""

    class Status(models.TextChoices):
        NEW = "new", _("Waits for an answer")
        ANSWERED = "answered", _("Answered")
        CLOSED = "closed", _("Closed")

    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="client_trainings")
    contact = models.ForeignKey(
        ClientContact, verbose_name=_("client contact"), on_delete=models.PROTECT, related_name="+"
    )
    title = models.CharField(_("what they want to learn"), max_length=200)
    detail = models.TextField(_("details"), blank=True)
    wanted_on = models.DateField(_("wanted by"), null=True, blank=True)
    asked_at = models.DateTimeField(_("asked"))
    logged_by = somebody(_("logged by"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.NEW)
    answer = models.TextField(_("what will be done"), blank=True)
    answered_by = somebody(_("answered by"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    outcome = models.TextField(_("outcome"), blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = ClientTrainingQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="new") | ~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False),
                name="client_training_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | ~Q(outcome="") & Q(closed_at__isnull=False),
                name="client_training_closed_with_outcome",
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], condition=Q(status="new"), name="client_training_waits")]
        triggers = never_removed()
        verbose_name = _("client's training request")
        verbose_name_plural = _("clients' training requests")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("client_training", args=[self.pk])

    @property
    def status_tone(self) -> str:
        return {"new": "warning", "answered": "info"}.get(self.status, "success")


class LearningNoteQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.learning_notes(user))


@history()
class LearningNote(models.Model):
    """Something a person learned on their own; it says nothing about a verified skill (2.4.3a)."""

    person = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="learning_notes")
    topic = models.CharField(_("topic"), max_length=200)
    learned_on = models.DateField(_("day"))
    hours = models.DecimalField(_("hours"), max_digits=5, decimal_places=1)
    skill = models.ForeignKey(
        Skill, verbose_name=_("skill"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    words = models.TextField(_("what I learned"), blank=True)
    noted_at = models.DateTimeField()

    objects = LearningNoteQuerySet.as_manager()

    class Meta:
        ordering = ["-learned_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(hours__gt=0), name="learning_note_takes_time"),
            models.CheckConstraint(condition=~Q(topic=""), name="learning_note_says_what"),
        ]
        verbose_name = _("learning note")
        verbose_name_plural = _("learning notes")

    def __str__(self):
        return self.topic

    def get_absolute_url(self):
        return reverse("learning_note", args=[self.pk])
