"""Talks about somebody's development with their goals, and promotions and transfers with their basis (2.4.3b)."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.history import append_only, history, never_removed
from apps.personnel import access
from apps.personnel.models.people import Department, Grade, User
from apps.personnel.models.places import Site
from apps.personnel.models.skills import NOT_BY_ONESELF
from apps.personnel.models.training import Enrolment, somebody


class DevelopmentTalkQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.development(user))


class DevelopmentTalk(models.Model):
    """A talk with a person about their work and their way on; the person signs what was written down (2.4.3b)."""

    class Status(models.TextChoices):
        HELD = "held", _("Waits for the person's word")
        CONFIRMED = "confirmed", _("Confirmed")
        COMMENTED = "commented", _("Commented")

    person = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="development_talks"
    )
    site = models.ForeignKey(
        Site, verbose_name=_("site"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    held_by = somebody(_("held by"))
    held_on = models.DateField(_("day of the talk"))
    said = models.TextField(_("what was said"))
    recorded_at = models.DateTimeField()
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.HELD)
    comment = models.TextField(_("comment of the person"), blank=True)
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)

    objects = DevelopmentTalkQuerySet.as_manager()

    class Meta:
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(person=F("held_by")),
                name="development_talk_between_two",
                violation_error_message=_("A talk has two sides: nobody holds their own."),
            ),
            models.CheckConstraint(
                condition=Q(status="held", signed_at=None) | ~Q(status="held") & Q(signed_at__isnull=False),
                name="development_talk_signed_has_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status="commented") | ~Q(comment=""), name="development_talk_comment_says_what"
            ),
            models.CheckConstraint(condition=~Q(said=""), name="development_talk_says_what"),
        ]
        indexes = [models.Index(fields=["person", "-held_on"], name="development_talk_of_person")]
        triggers = never_removed()
        verbose_name = _("development talk")
        verbose_name_plural = _("development talks")

    def __str__(self):
        return f"{self.person} · {self.held_on:%Y-%m-%d}"

    def get_absolute_url(self):
        return reverse("development_talk", args=[self.pk])

    @property
    def status_tone(self) -> str:
        return {"held": "warning", "confirmed": "success"}.get(self.status, "info")


class DevelopmentGoalQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(talk__in=DevelopmentTalk.objects.visible_to(user))


@history()
class DevelopmentGoal(models.Model):
    """Something agreed in a talk, to be reached by a day."""

    class Status(models.TextChoices):
        OPEN = "open", _("Under way")
        REACHED = "reached", _("Reached")
        GIVEN_UP = "given_up", _("Given up")

    talk = models.ForeignKey(DevelopmentTalk, on_delete=models.PROTECT, related_name="goals")
    text = models.CharField(_("goal"), max_length=300)
    due_on = models.DateField(_("by"))
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.OPEN)

    objects = DevelopmentGoalQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="development_goal_says_what")]
        verbose_name = _("development goal")
        verbose_name_plural = _("development goals")

    def __str__(self):
        return self.text

    def get_absolute_url(self):
        return self.talk.get_absolute_url()

    @property
    def late(self) -> bool:
        today: date = timezone.localdate()
        return self.status == self.Status.OPEN and self.due_on < today

    @property
    def status_tone(self) -> str:
        if self.late:
            return "danger"
        return {"open": "info", "reached": "success"}.get(self.status, "secondary")


class CareerChangeQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.development(user))


class CareerChange(models.Model):
    """A promotion or a transfer, with what it rests on: a talk, or a result of a training (2.4.3b)."""

    class Kind(models.TextChoices):
        PROMOTION = "promotion", _("Promotion")
        TRANSFER = "transfer", _("Transfer")

    person = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="career_changes")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    effective_on = models.DateField(_("from"))
    grade_before = models.ForeignKey(Grade, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    grade = models.ForeignKey(
        Grade, verbose_name=_("grade"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    department_before = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(
        Department, verbose_name=_("department"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    talk = models.ForeignKey(
        DevelopmentTalk, verbose_name=_("talk"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    enrolment = models.ForeignKey(
        Enrolment, verbose_name=_("result"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))
    decided_by = somebody(_("entered by"))
    decided_at = models.DateTimeField()

    objects = CareerChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-effective_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(talk__isnull=False) | Q(enrolment__isnull=False), name="career_change_cites_its_basis"
            ),
            models.CheckConstraint(
                condition=~Q(person=F("decided_by")),
                name="career_change_by_another",
                violation_error_message=NOT_BY_ONESELF,
            ),
            models.CheckConstraint(
                condition=Q(kind="promotion", grade__isnull=False) | Q(kind="transfer", department__isnull=False),
                name="career_change_changes_something",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="career_change_says_why"),
        ]
        triggers = append_only()
        verbose_name = _("promotion or transfer")
        verbose_name_plural = _("promotions and transfers")

    def __str__(self):
        return f"{self.get_kind_display()} · {self.person}"

    def get_absolute_url(self):
        return reverse("career_change", args=[self.pk])
