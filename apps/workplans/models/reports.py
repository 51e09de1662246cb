"""What people report of their work, how often, and what the lead answered (clauses 3.3.1, 3.3.2, 3.3.3)."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.history import append_only, history, never_removed
from apps.personnel.models import Assignment, Site, User
from apps.workplans import access
from apps.workplans.models.plans import Step
from apps.workplans.models.tasks import person


class Rhythm(models.TextChoices):
    """How often somebody reports."""

    DAILY = "daily", _("Every working day")
    WEEKLY = "weekly", _("Every week")


class OfAssignmentQuerySet(models.QuerySet):
    """Rows that hang on an assignment: the person, who leads or heads the site, HR and executives."""

    def visible_to(self, user):
        return self.filter(access.of_person(user))


@history()
class ReportRhythm(models.Model):
    """How often somebody reports from a day on; without one the policy's number counts (3.3.1)."""

    assignment = models.ForeignKey(
        Assignment, verbose_name=_("assignment"), on_delete=models.PROTECT, related_name="report_rhythms"
    )
    rhythm = models.CharField(_("how often"), max_length=10, choices=Rhythm)
    valid_from = models.DateField(_("from"))
    set_by = person(_("set by"))
    set_at = models.DateTimeField(_("set"))

    objects = OfAssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from"]
        constraints = [models.UniqueConstraint(fields=["assignment", "valid_from"], name="report_rhythm_once_a_day")]
        verbose_name = _("rhythm of reports")
        verbose_name_plural = _("rhythms of reports")

    def __str__(self):
        return f"{self.assignment}: {self.get_rhythm_display()}"


class ReportQuerySet(OfAssignmentQuerySet):
    def to_review(self):
        return self.filter(status=Report.Status.FILED)


@history()
class Report(models.Model):
    """What somebody did in a day or a week, what comes next, and what stands in the way."""

    class Status(models.TextChoices):
        LOGGED = "logged", _("To be confirmed")  # an oral one that the other side has not confirmed yet
        FILED = "filed", _("To be reviewed")
        REVIEWED = "reviewed", _("Reviewed")
        DISPUTED = "disputed", _("Not confirmed")

    class Channel(models.TextChoices):
        WRITTEN = "written", _("Written")
        ORAL = "oral", _("Spoken")
        MAIL = "mail", _("Mail")

    assignment = models.ForeignKey(
        Assignment, verbose_name=_("assignment"), on_delete=models.PROTECT, related_name="reports"
    )
    channel = models.CharField(_("how"), max_length=10, choices=Channel, default=Channel.WRITTEN)
    period = models.CharField(_("period"), max_length=10)  # 2026-11-23 for a day, 2026-W47 for a week
    begins_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    extra = models.BooleanField(_("beside the one that is owed"), default=False)
    done = models.TextField(_("what moved"))
    next = models.TextField(_("what is next"), blank=True)
    difficulties = models.TextField(_("problems and difficulties"), blank=True)
    filed_by = person(_("filed by"))
    filed_at = models.DateTimeField(_("filed"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.FILED)
    confirmed_by = person(_("confirmed by"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    reviewed_by = person(_("reviewed by"), null=True, blank=True)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    comment = models.TextField(_("comment of the reviewer"), blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-ends_on", "-filed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "period"],
                condition=Q(extra=False) & ~Q(status="disputed"),
                name="report_once_a_period",
            ),
            models.CheckConstraint(condition=~Q(done=""), name="report_says_something", violation_error_code="done"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("begins_on")), name="report_days_in_order"),
            models.CheckConstraint(
                condition=~Q(status="reviewed")
                | (Q(reviewed_by__isnull=False, reviewed_at__isnull=False) & ~Q(comment="")),
                name="report_reviewed_with_a_comment",
                violation_error_code="comment",
            ),
            models.CheckConstraint(
                condition=~Q(channel="oral")
                | Q(status__in=["logged", "disputed"])
                | (Q(confirmed_by__isnull=False) & ~Q(confirmed_by=F("filed_by"))),
                name="report_spoken_is_confirmed_by_the_other",
            ),
        ]
        indexes = [
            models.Index(fields=["assignment", "-ends_on"]),
            models.Index(fields=["filed_at"], condition=Q(status="filed"), name="report_to_review"),
            models.Index(fields=["filed_at"], condition=Q(status="logged"), name="report_to_confirm"),
            models.Index(fields=["-ends_on", "-filed_at", "-id"], name="report_newest"),
        ]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="what_was_said_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__done__df=pgtrigger.F("new__done"))
                | pgtrigger.Q(old__next__df=pgtrigger.F("new__next"))
                | pgtrigger.Q(old__difficulties__df=pgtrigger.F("new__difficulties"))
                | pgtrigger.Q(old__filed_at__df=pgtrigger.F("new__filed_at"))
                | pgtrigger.Q(old__assignment_id__df=pgtrigger.F("new__assignment_id"))
                | pgtrigger.Q(old__period__df=pgtrigger.F("new__period"))
                | pgtrigger.Q(old__begins_on__df=pgtrigger.F("new__begins_on"))
                | pgtrigger.Q(old__ends_on__df=pgtrigger.F("new__ends_on"))
                | pgtrigger.Q(old__channel__df=pgtrigger.F("new__channel"))
                | pgtrigger.Q(old__filed_by_id__df=pgtrigger.F("new__filed_by_id"))
                | (
                    pgtrigger.Q(old__status="reviewed")
                    & (
                        pgtrigger.Q(old__comment__df=pgtrigger.F("new__comment"))
                        | pgtrigger.Q(old__reviewed_by_id__df=pgtrigger.F("new__reviewed_by_id"))
                    )
                ),
            ),
            pgtrigger.Trigger(
                name="nobody_reviews_their_own",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("reviewed_by_id"),
                when=pgtrigger.Before,
                func="""
                    IF NEW.reviewed_by_id IS NOT NULL AND EXISTS (
                        SELECT FROM personnel_assignment
                        WHERE id = NEW.assignment_id AND person_id = NEW.reviewed_by_id
                    ) THEN
                        RAISE EXCEPTION 'nobody reviews their own report (clause 3.3.3)';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        verbose_name = _("work report")
        verbose_name_plural = _("work reports")

    def __str__(self):
        return f"{self.assignment.person} · {self.period}"

    def get_absolute_url(self):
        return reverse("report", args=[self.pk])

    @property
    def site(self) -> Site:
        return self.assignment.site

    @property
    def person(self) -> User:
        return self.assignment.person

    @property
    def status_tone(self) -> str:
        return {"logged": "warning", "filed": "info", "reviewed": "success"}.get(self.status, "danger")


class ReportLine(models.Model):
    """How far a step was when it was reported."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="lines")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="report_lines")
    before = models.PositiveSmallIntegerField(_("progress before"))
    percent = models.PositiveSmallIntegerField(_("progress in percent"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["report", "step"], name="report_line_once_a_step"),
            models.CheckConstraint(
                condition=Q(percent__range=(0, 100), before__range=(0, 100)), name="report_line_percent"
            ),
        ]
        triggers = append_only()

    def __str__(self):
        return f"{self.step}: {self.percent} %"
