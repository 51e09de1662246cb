"""What stands in the way of work: problems that are followed until they are solved, and what departments are asked
for (clauses 3.3.1, 7.2.1)."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.communication.models import Problem
from apps.core.history import history, never_removed
from apps.personnel.models import Department, Site, User
from apps.workplans import access
from apps.workplans.models.reports import Report
from apps.workplans.models.tasks import Task, person


class WorkProblemQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.problems(user))

    def open(self):
        return self.filter(status=WorkProblem.Status.OPEN)


@history()
class WorkProblem(models.Model):
    """A difficulty at work with an owner and a day; major ones go the way of 3.4.3."""

    class Severity(models.TextChoices):
        MINOR = "minor", _("To be solved here")
        MAJOR = "major", _("Major: departments and leaders are told")

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("status", "Open")
        SOLVED = "solved", _("Solved")

    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="work_problems")
    report = models.ForeignKey(
        Report, verbose_name=_("report"), null=True, blank=True, on_delete=models.PROTECT, related_name="problems"
    )
    task = models.ForeignKey(
        Task, verbose_name=_("task"), null=True, blank=True, on_delete=models.PROTECT, related_name="problems"
    )
    title = models.CharField(_("what stands in the way"), max_length=200)
    detail = models.TextField(_("details"), blank=True)
    severity = models.CharField(_("how grave"), max_length=10, choices=Severity, default=Severity.MINOR)
    raised_by = person(_("raised by"))
    raised_at = models.DateTimeField(_("raised"))
    owner = models.ForeignKey(User, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="work_problems")
    due_on = models.DateField(_("to be solved by"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    outcome = models.TextField(_("how it was solved"), blank=True)
    solved_by = person(_("solved by"), null=True, blank=True)
    solved_at = models.DateTimeField(_("solved"), null=True, blank=True)
    escalated = models.ForeignKey(
        Problem,
        verbose_name=_("major problem"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="work_problems",
    )

    objects = WorkProblemQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="work_problem_says_what"),
            models.CheckConstraint(
                condition=~Q(status="solved") | (Q(solved_at__isnull=False, solved_by__isnull=False) & ~Q(outcome="")),
                name="work_problem_solved_says_how",
            ),
            models.CheckConstraint(
                condition=~Q(severity="major") | Q(escalated__isnull=False), name="work_problem_major_is_escalated"
            ),
        ]
        indexes = [models.Index(fields=["site", "due_on"], condition=Q(status="open"), name="work_problem_open")]
        triggers = never_removed()
        verbose_name = _("problem at work")
        verbose_name_plural = _("problems at work")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("work_problem", args=[self.pk])

    @property
    def late(self) -> bool:
        return self.status == self.Status.OPEN and self.due_on < timezone.localdate(timezone=self.site.zone)

    @property
    def status_tone(self) -> str:
        return "danger" if self.late else {"open": "warning", "solved": "success"}[self.status]


class NeedQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.needs(user))


@history()
class Need(models.Model):
    """What a report asks of a department, so that departments know what the client and the site need (7.2.1)."""

    class Status(models.TextChoices):
        ASKED = "asked", _("To be answered")
        ANSWERED = "answered", _("Answered")

    report = models.ForeignKey(Report, verbose_name=_("report"), on_delete=models.PROTECT, related_name="needs")
    department = models.ForeignKey(
        Department, verbose_name=_("department"), on_delete=models.PROTECT, related_name="needs"
    )
    text = models.TextField(_("what is needed"))
    need_by = models.DateField(_("needed by"), null=True, blank=True)
    asked_at = models.DateTimeField(_("asked"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ASKED)
    answer = models.TextField(_("answer"), blank=True)
    answered_by = person(_("answered by"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = NeedQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="need_says_what"),
            models.CheckConstraint(
                condition=~Q(status="answered")
                | (Q(answered_by__isnull=False, answered_at__isnull=False) & ~Q(answer="")),
                name="need_answered_by_somebody",
            ),
        ]
        triggers = never_removed()
        verbose_name = _("need of a site")
        verbose_name_plural = _("needs of sites")

    def __str__(self):
        return f"{self.department}: {self.text[:80]}"

    def get_absolute_url(self):
        return reverse("need", args=[self.pk])

    @property
    def site(self) -> Site:
        return self.report.site

    @property
    def status_tone(self) -> str:
        return {"asked": "warning", "answered": "success"}[self.status]
