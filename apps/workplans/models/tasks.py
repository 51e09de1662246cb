"""What is to be done at a site, measurably, by one owner (clauses 3.1.1, 3.1.2)."""

from decimal import Decimal

import pgtrigger
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.communication.models import ClientRequest
from apps.core.history import history, never_removed
from apps.core.lookups import SearchableQuerySet
from apps.personnel.models import ClientContact, Project, Site, Skill, User
from apps.personnel.models.skills import Level
from apps.workplans import access
from apps.workplans.policy import tasks as policy


def measurable(words: str) -> None:
    """Raises: ValidationError for words by which nobody could know that it is done."""
    verdict = policy.measurable(words)
    if not verdict:
        raise ValidationError(f"{verdict.reason} {verdict.remedy}")


def person(label, **options):
    """A reference to one of our people."""
    return models.ForeignKey(User, verbose_name=label, on_delete=models.PROTECT, related_name="+", **options)


class Priority(models.IntegerChoices):
    """Which of several comes first; a higher number comes first."""

    LOW = 1, pgettext_lazy("priority", "Low")
    NORMAL = 2, pgettext_lazy("priority", "Normal")
    HIGH = 3, pgettext_lazy("priority", "High")
    URGENT = 4, pgettext_lazy("priority", "Urgent")


class TaskQuerySet(SearchableQuerySet):
    found_in = ("title", "owner__name")

    def visible_to(self, user):
        return self.filter(access.tasks(user))

    def offered(self, user):
        return self.visible_to(user).open()

    def open(self):
        return self.filter(status__in=Task.OPEN)

    def overdue(self, today):
        return self.filter(status__in=Task.UNDELIVERED, due_on__lt=today)


@history()
class Task(models.Model):
    """Work for one owner at a site: what is delivered, how we shall know, and by when."""

    class Status(models.TextChoices):
        ASSIGNED = "assigned", _("To be started")
        STARTED = "started", _("Under way")
        DELIVERED = "delivered", _("Delivered")
        ACCEPTED = "accepted", pgettext_lazy("of a task", "Accepted")
        CANCELLED = "cancelled", _("Cancelled")

    UNDELIVERED = [Status.ASSIGNED, Status.STARTED]
    OPEN = [*UNDELIVERED, Status.DELIVERED]

    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="tasks")
    project = models.ForeignKey(
        Project, verbose_name=_("project"), null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    request = models.ForeignKey(
        ClientRequest,
        verbose_name=_("client request"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tasks",
    )
    report = models.ForeignKey(
        "workplans.Report",
        verbose_name=_("report in which it was asked for"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tasks",
    )
    template = models.ForeignKey(
        "workplans.TaskTemplate",
        verbose_name=_("task template"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    title = models.CharField(_("task"), max_length=200)
    deliverable = models.TextField(_("what is delivered"))
    acceptance = models.TextField(_("how we shall know"))
    begins_on = models.DateField(_("from"))
    due_on = models.DateField(_("due"))
    hours = models.DecimalField(_("hours of work"), max_digits=7, decimal_places=1, default=Decimal(8))
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    owner = models.ForeignKey(User, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="tasks")
    helpers = models.ManyToManyField(User, verbose_name=_("helpers"), related_name="helps_with", blank=True)
    waits_for = models.ManyToManyField(
        "self", verbose_name=_("waits for"), symmetrical=False, related_name="holds_up", blank=True
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ASSIGNED)
    assigned_by = person(_("given by"))
    assigned_at = models.DateTimeField(_("given"))
    fit = models.JSONField(_("load and skills when it was given"), default=dict)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    outcome = models.TextField(_("what was delivered"), blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    accepted_by = person(_("accepted by"), null=True, blank=True)
    client_contact = models.ForeignKey(
        ClientContact,
        verbose_name=_("accepted for the client by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    verdict = models.TextField(_("what was said at acceptance"), blank=True)

    objects = TaskQuerySet.as_manager()
    lookup_key = "pk"

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(deliverable="") & ~Q(acceptance="") & ~Q(title=""),
                name="task_is_measurable",
                violation_error_message=_("A task says what is delivered and how we shall know."),
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("begins_on")), name="task_dates_in_order", violation_error_code="due_on"
            ),
            models.CheckConstraint(condition=Q(hours__gt=0), name="task_takes_time", violation_error_code="hours"),
            models.CheckConstraint(
                condition=~Q(status__in=["started", "delivered", "accepted"]) | Q(started_at__isnull=False),
                name="task_started_has_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["delivered", "accepted"]) | (Q(delivered_at__isnull=False) & ~Q(outcome="")),
                name="task_delivered_says_what",
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted")
                | (Q(accepted_by__isnull=False, closed_at__isnull=False) & ~Q(accepted_by=F("owner"))),
                name="task_accepted_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "status", "due_on"]),
            models.Index(
                fields=["owner", "due_on"], condition=~Q(status__in=["accepted", "cancelled"]), name="task_of"
            ),
            models.Index(fields=["due_on", "id"], name="task_by_day"),
            models.Index(
                fields=["due_on", "id"], condition=Q(status__in=["assigned", "started", "delivered"]), name="task_open"
            ),
            models.Index(
                fields=["site", "status", "due_on"],
                include=["id"],
                condition=Q(status__in=["assigned", "started", "delivered"]),
                name="task_open_at_site",
            ),
            models.Index(fields=["closed_at"], condition=Q(status="accepted"), name="task_accepted"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="task_title_trigrams"),
        ]
        triggers = [
            *never_removed(),
            pgtrigger.Trigger(
                name="starts_under_an_approved_plan",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__status__in=["started", "delivered", "accepted"]),
                func="""
                    IF NOT EXISTS (SELECT FROM workplans_plan WHERE task_id = NEW.id AND status = 'approved') THEN
                        RAISE EXCEPTION 'a task starts under an approved plan only (clause 3.2.1)';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="stays_around_its_steps",
                operation=pgtrigger.UpdateOf("begins_on", "due_on"),
                when=pgtrigger.Before,
                condition=pgtrigger.Q(old__begins_on__df=pgtrigger.F("new__begins_on"))
                | pgtrigger.Q(old__due_on__df=pgtrigger.F("new__due_on")),
                func="""
                    IF EXISTS (SELECT FROM workplans_step step JOIN workplans_plan plan ON plan.id = step.plan_id
                               WHERE plan.task_id = NEW.id
                                 AND (step.begins_on < NEW.begins_on OR step.due_on > NEW.due_on)
                                 AND (plan.status = 'in_review' OR plan.status = 'approved' AND NOT EXISTS (
                                     SELECT FROM workplans_plan later WHERE later.task_id = plan.task_id
                                        AND later.status = 'approved' AND later.version > plan.version))) THEN
                        RAISE EXCEPTION 'the steps of a plan lie within its task (clause 3.2.2)';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        verbose_name = _("task")
        verbose_name_plural = _("tasks")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("task", args=[self.pk])

    @property
    def full_name(self) -> str:
        return f"{self.title} · {self.owner}"

    @property
    def late(self) -> bool:
        """Not delivered, and its day is over at the site."""
        return self.status in self.UNDELIVERED and self.due_on < timezone.localdate(timezone=self.site.zone)

    @property
    def status_tone(self) -> str:
        if self.late:
            return "danger"
        return {"assigned": "warning", "started": "info", "delivered": "primary", "accepted": "success"}.get(
            self.status, "secondary"
        )

    @property
    def priority_tone(self) -> str:
        return {Priority.URGENT: "danger", Priority.HIGH: "warning"}.get(self.priority, "neutral")


class TaskOrder(Task.waits_for.through):
    """Which task waits for which: of one site, and never in a circle."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="no_circle",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF NOT EXISTS (SELECT FROM workplans_task one JOIN workplans_task other USING (site_id)
                                   WHERE one.id = NEW.from_task_id AND other.id = NEW.to_task_id) THEN
                        RAISE EXCEPTION 'a task waits for tasks of its own site (clause 3.1.2)';
                    END IF;
                    IF EXISTS (WITH RECURSIVE ahead(id) AS (
                                   SELECT NEW.to_task_id
                                   UNION SELECT known.to_task_id FROM ahead
                                         JOIN workplans_task_waits_for known ON known.from_task_id = ahead.id)
                               SELECT FROM ahead WHERE id = NEW.from_task_id) THEN
                        RAISE EXCEPTION 'tasks never wait for each other (clause 3.1.2)';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]


class TaskSkill(models.Model):
    """A skill that a task asks for, at a level."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, verbose_name=_("skill"), on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["task", "skill"], name="task_skill_once"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="task_skill_level"),
        ]

    def __str__(self):
        return f"{self.skill} · {self.get_level_display()}"


class TaskTemplateQuerySet(SearchableQuerySet):
    found_in = ("name", "project_kind")

    def visible_to(self, user):
        return self.all()

    def offered(self, user):
        return self.filter(active=True)


class TaskTemplate(models.Model):
    """What a kind of project asks for again and again: words to begin a task with."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    project_kind = models.CharField(_("kind of project"), max_length=80)
    title = models.CharField(_("task"), max_length=200)
    deliverable = models.TextField(_("what is delivered"))
    acceptance = models.TextField(_("how we shall know"), validators=[measurable])
    hours = models.DecimalField(
        _("hours of work"), max_digits=7, decimal_places=1, default=Decimal(8),
        validators=[MinValueValidator(Decimal("0.1")), MaxValueValidator(policy.MOST_HOURS)],
    )  # fmt: skip
    days = models.PositiveSmallIntegerField(_("days from beginning to due day"), default=7)
    steps = models.TextField(_("steps of its plan, a line each"), blank=True)
    active = models.BooleanField(_("in use"), default=True)

    objects = TaskTemplateQuerySet.as_manager()
    lookup_key = "name"

    class Meta:
        ordering = ["project_kind", "name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(deliverable="") & ~Q(acceptance=""), name="task_template_is_measurable"
            ),
            models.CheckConstraint(
                condition=Q(hours__gt=0), name="task_template_takes_time", violation_error_code="hours"
            ),
        ]
        verbose_name = _("task template")
        verbose_name_plural = _("task templates")

    def __str__(self):
        return self.name
