"""The plan of a task: versions that the lead approves, with steps that have a day and somebody responsible (3.2)."""

import uuid

import pgtrigger
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.approvals import Approvable, Approval
from apps.core.approvals import Step as RouteStep
from apps.core.history import never_emptied, never_removed
from apps.personnel.access import EVERYTHING
from apps.personnel.models import Site, User
from apps.workplans import access
from apps.workplans.models.tasks import Task, person


class PlanQuerySet(models.QuerySet):
    def visible_to(self, user):
        rounds = Approval.objects.visible_to(user).filter(subject_type=ContentType.objects.get_for_model(Plan))
        rule = access.tasks(user, "task")
        if rule == EVERYTHING:
            return self.filter(rule)
        asked = rounds.order_by().values("subject_id")
        if access.reads_much(user):
            return self.filter(rule | Q(pk__in=asked))
        return self.filter(pk__in=Plan.objects.filter(rule).order_by().values("pk").union(asked))


class Plan(Approvable):
    """One version of a task's plan: goals, steps, resources, risks. A change of dates is a new version (3.2.3)."""

    approval_clause = "3.2.1"
    LIVE = ["draft", "in_review"]

    task = models.ForeignKey(Task, verbose_name=_("task"), on_delete=models.PROTECT, related_name="plans")
    version = models.PositiveSmallIntegerField(_("version"))
    goals = models.TextField(_("goals"), blank=True)
    resources = models.TextField(_("resources"), blank=True)
    risks = models.TextField(_("risks"), blank=True)
    change = models.TextField(_("what changes, and why"), blank=True)
    remarks = models.TextField(_("remarks of the reviewer"), blank=True)
    written_by = person(_("written by"))
    written_at = models.DateTimeField(_("written"))
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["task", "version"], name="plan_version_once"),
            models.UniqueConstraint(
                fields=["task"], condition=Q(status__in=["draft", "in_review"]), name="plan_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | ~Q(goals=""), name="plan_has_goals", violation_error_code="goals"
            ),
        ]
        indexes = [models.Index(fields=["-submitted_at"], name="plan_newest")]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="submitted_is_frozen",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__status="draft")
                & (
                    pgtrigger.Q(old__goals__df=pgtrigger.F("new__goals"))
                    | pgtrigger.Q(old__resources__df=pgtrigger.F("new__resources"))
                    | pgtrigger.Q(old__risks__df=pgtrigger.F("new__risks"))
                    | pgtrigger.Q(old__task_id__df=pgtrigger.F("new__task_id"))
                    | pgtrigger.Q(old__version__df=pgtrigger.F("new__version"))
                    | pgtrigger.Q(old__change__df=pgtrigger.F("new__change"))
                    | pgtrigger.Q(old__written_by_id__df=pgtrigger.F("new__written_by_id"))
                ),
            ),
            pgtrigger.Protect(
                name="decided_stays_decided",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["approved", "returned", "rejected"])
                & pgtrigger.Q(old__status__df=pgtrigger.F("new__status")),
            ),
            pgtrigger.Protect(
                name="begins_as_a_draft", operation=pgtrigger.Insert, condition=~pgtrigger.Q(new__status="draft")
            ),
            pgtrigger.Trigger(
                name="submitted_with_steps",
                operation=pgtrigger.UpdateOf("status"),
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__status="in_review"),
                func="""
                    IF NOT EXISTS (SELECT FROM workplans_step WHERE plan_id = NEW.id) THEN
                        RAISE EXCEPTION 'a plan has steps (clause 3.2.2)';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        verbose_name = _("plan")
        verbose_name_plural = _("plans")

    def __str__(self):
        return f"{self.task} · v{self.version}"  # kept in rounds and histories, whose readers speak several languages

    def get_absolute_url(self):
        return reverse("plan", args=[self.pk])

    @property
    def site(self) -> Site:
        return self.task.site

    @property
    def in_force(self) -> bool:
        """The approved version that no later one has replaced."""
        later = self.task.plans.filter(status=self.Status.APPROVED, version__gt=self.version)
        return self.status == self.Status.APPROVED and not later.exists()

    def approval_site(self):
        return self.site

    def approval_parties(self):
        yield self.task.owner
        yield self.written_by

    def approval_route(self):
        """The site lead; where the lead owns the task, the deputy or the head."""
        parties = {self.task.owner_id, self.written_by_id}
        others = (self.site.deputy, *self.site.heads)
        instead = next((one for one in others if one and one.is_active and one.pk not in parties), None)
        yield RouteStep(_("site lead"), person=self.site.lead, instead=instead)

    def approval_stand_ins(self):
        yield from self.site.leads
        yield from self.site.heads
        yield from super().approval_stand_ins()

    def approval_heads(self):
        return self.site.heads


class StepQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.tasks(user, "plan__task"))

    def in_force(self):
        """Steps of the approved versions that no later one has replaced, of tasks that are not cancelled."""
        later = Plan.objects.filter(
            task=models.OuterRef("plan__task"), status="approved", version__gt=models.OuterRef("plan__version")
        )
        return self.filter(~models.Exists(later), plan__status="approved").exclude(plan__task__status="cancelled")

    def open(self):
        return self.filter(done_at=None)


class Step(models.Model):
    """One step of a plan: what, from when to when, and who answers for it. Its progress goes on in later versions."""

    plan = models.ForeignKey(Plan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="steps")
    key = models.UUIDField(default=uuid.uuid4, editable=False)  # the same step in every version
    order = models.PositiveSmallIntegerField(_("order"))
    title = models.CharField(_("step"), max_length=200)
    begins_on = models.DateField(_("from"))
    due_on = models.DateField(_("due"))
    responsible = models.ForeignKey(
        User, verbose_name=_("responsible"), on_delete=models.PROTECT, related_name="plan_steps"
    )
    remark = models.TextField(_("remark of the reviewer"), blank=True)
    percent = models.PositiveSmallIntegerField(_("progress in percent"), default=0)
    moved_at = models.DateTimeField(_("progress said"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    objects = StepQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "key"], name="step_once_in_a_version"),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("begins_on")), name="step_dates_in_order", violation_error_code="due_on"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="step_says_what"),
            models.CheckConstraint(condition=Q(percent__range=(0, 100)), name="step_percent"),
            models.CheckConstraint(
                condition=Q(percent=100, done_at__isnull=False) | (~Q(percent=100) & Q(done_at=None)),
                name="step_done_is_hundred",
            ),
        ]
        indexes = [
            models.Index(fields=["plan", "order"]),
            models.Index(fields=["responsible", "due_on"], condition=Q(done_at=None), name="step_of"),
            models.Index(fields=["due_on"], name="step_by_day"),
            models.Index(fields=["due_on", "plan"], condition=Q(done_at=None), name="step_open_by_day"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="inside_the_task",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("begins_on", "due_on"),
                when=pgtrigger.Before,
                func="""
                    IF NOT EXISTS (SELECT FROM workplans_task task JOIN workplans_plan plan ON plan.task_id = task.id
                                   WHERE plan.id = NEW.plan_id
                                     AND NEW.begins_on >= task.begins_on AND NEW.due_on <= task.due_on) THEN
                        RAISE EXCEPTION 'the steps of a plan lie within its task (clause 3.2.2)';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="frozen_with_its_plan",
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("title", "begins_on", "due_on", "responsible_id", "order", "plan_id", "key")
                | pgtrigger.Delete,
                when=pgtrigger.Before,
                func="""
                    IF EXISTS (SELECT FROM workplans_plan
                               WHERE id IN (NEW.plan_id, OLD.plan_id) AND status <> 'draft') THEN
                        RAISE EXCEPTION 'a plan that was submitted changes by a new version only (clause 3.2.3)';
                    END IF;
                    RETURN COALESCE(NEW, OLD);
                """,
            ),
            pgtrigger.Trigger(
                name="moves_under_an_approved_plan",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(old__percent__df=pgtrigger.F("new__percent")),
                func="""
                    IF NOT EXISTS (SELECT FROM workplans_plan WHERE id = NEW.plan_id AND status = 'approved') THEN
                        RAISE EXCEPTION 'a step moves under an approved plan only (clause 3.2.3)';
                    END IF;
                    RETURN NEW;
                """,
            ),
            never_emptied(),
        ]
        verbose_name = _("step")
        verbose_name_plural = _("steps")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"{reverse('task', args=[self.plan.task_id])}#step-{self.pk}"

    @property
    def late(self) -> bool:
        """Not done, and its day is over at the site."""
        return self.done_at is None and self.due_on < timezone.localdate(timezone=self.plan.task.site.zone)
