"""How well somebody works: the three indicators of a period, and what follows from a poor one (clause 3.5)."""

from calendar import monthrange
from datetime import date

import pgtrigger
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.history import append_only, history, never_removed
from apps.personnel.models import Assignment, Site, User
from apps.workplans import access
from apps.workplans.models.reports import OfAssignmentQuerySet
from apps.workplans.models.tasks import person


class QualityAssessmentQuerySet(OfAssignmentQuerySet):
    def below(self):
        return self.filter(below=True)


class QualityAssessment(models.Model):
    """The three indicators of somebody's work in a period; never changed once it is given (3.5.1, 3.5.2).

    completion, satisfaction: 0 to 100, None where nothing is known; each with the records it rests on, by id.
    results: 1 to 5, judged. standards: what counted as enough on that day.
    """

    class Grade(models.IntegerChoices):
        POOR = 1, _("1 – poor")
        WEAK = 2, _("2 – weak")
        FAIR = 3, _("3 – as expected")
        GOOD = 4, _("4 – good")
        EXCELLENT = 5, _("5 – excellent")

    assignment = models.ForeignKey(
        Assignment, verbose_name=_("assignment"), on_delete=models.PROTECT, related_name="quality_assessments"
    )
    month = models.DateField(_("month"))  # the first day of the period's last month
    months = models.PositiveSmallIntegerField(_("months of the period"), default=1)
    completion = models.PositiveSmallIntegerField(_("task completion"), null=True, blank=True)
    completion_basis = models.JSONField(_("what completion rests on"), default=dict)
    results = models.PositiveSmallIntegerField(_("quality of results"), choices=Grade)
    results_reason = models.TextField(_("why"))
    samples = models.JSONField(_("samples"), default=list)  # [["task", 7], ["report", 12]]
    satisfaction = models.PositiveSmallIntegerField(_("client satisfaction"), null=True, blank=True)
    satisfaction_basis = models.JSONField(_("what satisfaction rests on"), default=dict)
    standards = models.JSONField(_("standards"), default=dict)
    below = models.BooleanField(_("below standard"))
    comment = models.TextField(_("comment"), blank=True)
    assessed_by = person(_("assessed by"))
    assessed_at = models.DateTimeField(_("assessed"))

    objects = QualityAssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "month"], name="quality_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="quality_month_is_a_month"),
            models.CheckConstraint(condition=Q(months__range=(1, 12)), name="quality_period_within_a_year"),
            models.CheckConstraint(
                condition=Q(completion=None) | Q(completion__range=(0, 100)), name="quality_completion_percent"
            ),
            models.CheckConstraint(
                condition=Q(satisfaction=None) | Q(satisfaction__range=(0, 100)), name="quality_satisfaction_percent"
            ),
            models.CheckConstraint(condition=Q(results__range=(1, 5)), name="quality_results_grade"),
            models.CheckConstraint(
                condition=~Q(results_reason="") & ~Q(samples=[]), name="quality_judged_with_reason_and_samples"
            ),
        ]
        indexes = [models.Index(fields=["-month", "-id"], name="quality_newest")]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="nobody_assesses_themselves",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                    IF EXISTS (
                        SELECT FROM personnel_assignment
                        WHERE id = NEW.assignment_id AND person_id = NEW.assessed_by_id
                    ) THEN
                        RAISE EXCEPTION 'nobody assesses themselves (clause 3.5.1)';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        verbose_name = _("quality assessment")
        verbose_name_plural = _("quality assessments")

    def __str__(self):
        return f"{self.assignment.person} · {self.month:%Y-%m}"

    def get_absolute_url(self):
        return reverse("quality_assessment", args=[self.pk])

    @property
    def site(self) -> Site:
        return self.assignment.site

    @property
    def person(self) -> User:
        return self.assignment.person

    @property
    def first_day(self) -> date:
        """Of the period."""
        back = self.month.year * 12 + self.month.month - self.months
        return date(back // 12, back % 12 + 1, 1)

    @property
    def last_day(self) -> date:
        return self.month.replace(day=monthrange(self.month.year, self.month.month)[1])

    def get_status_display(self):
        return _("Below standard") if self.below else _("Up to standard")

    @property
    def status_tone(self) -> str:
        return "danger" if self.below else "success"

    @property
    def short_of(self) -> set[str]:
        """The indicators that fell short; one without data never does."""
        figures = {"completion": self.completion, "results": self.results, "satisfaction": self.satisfaction}
        return {name for name, value in figures.items() if value is not None and value < self.standards[name]}


class QualityCaseQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.of_person(user, "assessment__assignment"))

    def open(self):
        return self.filter(status__in=[QualityCase.Status.OPEN, QualityCase.Status.DECIDED])


@history()
class QualityCase(models.Model):
    """What follows from an assessment below standard: the person is heard, it is decided, and followed up (3.5.3)."""

    class Status(models.TextChoices):
        OPEN = "open", _("Waits for a decision")
        DECIDED = "decided", _("To be followed up")
        CLOSED = "closed", _("Closed")
        WAIVED = "waived", _("Waived")

    class Decision(models.TextChoices):
        COACHING = "coaching", _("Coaching")
        DEDUCTION = "deduction", _("Deduction")
        TRANSFER = "transfer", _("Transfer to other work")
        WAIVED = "waived", _("Nothing follows")

    GRAVE = [Decision.DEDUCTION, Decision.TRANSFER]

    assessment = models.OneToOneField(
        QualityAssessment, verbose_name=_("quality assessment"), on_delete=models.PROTECT, related_name="case"
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    opened_at = models.DateTimeField(_("opened"))
    statement_due_at = models.DateTimeField(_("statement due"))
    statement = models.TextField(_("statement of the person"), blank=True)
    statement_at = models.DateTimeField(_("statement given"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision, blank=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)
    decided_by = person(_("decided by"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    follow_up_on = models.DateField(_("follow-up on"), null=True, blank=True)
    follow_up_result = models.TextField(_("result of the follow-up"), blank=True)
    followed_up_by = person(_("followed up by"), null=True, blank=True)
    followed_up_at = models.DateTimeField(_("followed up"), null=True, blank=True)

    objects = QualityCaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(statement="", statement_at=None) | (~Q(statement="") & Q(statement_at__isnull=False)),
                name="quality_case_statement_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(status="open", decision="")
                | (~Q(status="open") & ~Q(decision="") & ~Q(decision_reason="") & Q(decided_by__isnull=False)),
                name="quality_case_decided_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(status="open")
                | Q(status="waived", decision="waived")
                | (~Q(decision="waived") & Q(follow_up_on__isnull=False, status__in=["decided", "closed"])),
                name="quality_case_decided_is_followed_up",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | (~Q(follow_up_result="") & Q(followed_up_by__isnull=False)),
                name="quality_case_closed_with_a_result",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | ~Q(statement="") | Q(decided_at__gt=models.F("statement_due_at")),
                name="quality_case_person_is_heard",
            ),
        ]
        indexes = [
            models.Index(fields=["-opened_at"], condition=Q(status__in=["open", "decided"]), name="quality_open")
        ]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="what_was_said_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__assessment_id__df=pgtrigger.F("new__assessment_id"))
                | (~pgtrigger.Q(old__statement="") & pgtrigger.Q(old__statement__df=pgtrigger.F("new__statement")))
                | (
                    ~pgtrigger.Q(old__decision="")
                    & (
                        pgtrigger.Q(old__decision__df=pgtrigger.F("new__decision"))
                        | pgtrigger.Q(old__decision_reason__df=pgtrigger.F("new__decision_reason"))
                        | pgtrigger.Q(old__decided_by_id__df=pgtrigger.F("new__decided_by_id"))
                    )
                ),
            ),
            pgtrigger.Trigger(
                name="nobody_decides_about_themselves",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("decided_by_id", "followed_up_by_id"),
                when=pgtrigger.Before,
                func="""
                    IF EXISTS (
                        SELECT FROM workplans_qualityassessment given
                        JOIN personnel_assignment posting ON posting.id = given.assignment_id
                        WHERE given.id = NEW.assessment_id
                            AND posting.person_id IN (NEW.decided_by_id, NEW.followed_up_by_id)
                    ) THEN
                        RAISE EXCEPTION 'nobody decides about themselves (clause 3.5.3)';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        verbose_name = _("quality case")
        verbose_name_plural = _("quality cases")

    def __str__(self):
        return str(self.assessment)

    def get_absolute_url(self):
        return reverse("quality_case", args=[self.pk])

    @property
    def assignment(self) -> Assignment:
        return self.assessment.assignment

    @property
    def site(self) -> Site:
        return self.assignment.site

    @property
    def person(self) -> User:
        return self.assignment.person

    @property
    def status_tone(self) -> str:
        return {"open": "danger", "decided": "warning", "closed": "success"}.get(self.status, "neutral")
