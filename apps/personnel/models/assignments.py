"""Who is stationed where, from when to when (clause 2.1.1)."""

from datetime import date

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.history import history
from apps.personnel import access
from apps.personnel.models.checks import END_BEFORE_BEGIN
from apps.personnel.models.people import User
from apps.personnel.models.places import Project, Site
from apps.personnel.models.staffing import Selection


def lasts_to(day) -> Q:
    """Assignments whose last day is this one or later: the real last day counts, else the planned one (2.1.1)."""
    return Q(ended_on__gte=day) | Q(ended_on=None) & (Q(planned_to=None) | Q(planned_to__gte=day))


def active_on(day) -> Q:
    """Assignments that run on a day; of one person at most one, as the database's own rule counts the same days."""
    return Q(since__lte=day) & lasts_to(day) & ~Q(status="cancelled")


def plan_passed(day) -> Q:
    """Assignments whose planned end has passed and that nobody has ended or extended."""
    return Q(status__in=["planned", "on_site"], planned_to__lt=day)


class AssignmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.assignments(user))

    def active_on(self, day):
        return self.filter(active_on(day))

    def plan_passed(self, day):
        return self.filter(plan_passed(day))


@history()
class Assignment(models.Model):
    """A person stationed at a site from a day on. Two of one person never overlap (clause 2.1.1)."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        ON_SITE = "on_site", _("On site")
        ENDED = "ended", _("Ended")
        CANCELLED = "cancelled", _("Cancelled")

    class Answer(models.TextChoices):
        """What the person says to it."""

        WAITING = "waiting", _("No answer yet")
        ACCEPTED = "accepted", _("Accepted")
        OBJECTED = "objected", _("Objected")

    person = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="assignments")
    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="assignments")
    project = models.ForeignKey(
        Project,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assignments",
    )
    position = models.CharField(_("role on site"), max_length=80)
    since = models.DateField(_("from"))
    planned_to = models.DateField(_("planned to"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PLANNED)
    selection = models.ForeignKey(
        Selection,
        verbose_name=_("selection"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assignments",
    )
    answer = models.CharField(_("answer"), max_length=10, choices=Answer, default=Answer.WAITING)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    objection = models.TextField(_("objection"), blank=True)
    report_at = models.DateTimeField(_("to report in"), null=True, blank=True)
    reported_at = models.DateTimeField(_("reported in"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        User, verbose_name=_("arrival confirmed by"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(_("arrival confirmed"), null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-pk"]
        constraints = [
            ExclusionConstraint(
                name="assignment_never_overlaps",
                expressions=[
                    (
                        Func(
                            F("since"),
                            Coalesce(F("ended_on"), F("planned_to")),
                            models.Value("[]"),
                            function="DATERANGE",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("person", RangeOperators.EQUAL),
                ],
                condition=~Q(status="cancelled"),
            ),
            models.CheckConstraint(
                condition=Q(planned_to=None) | Q(planned_to__gte=F("since")),
                name="assignment_planned_in_order",
                violation_error_code="planned_to",
                violation_error_message=END_BEFORE_BEGIN,
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("since")),
                name="assignment_ended_in_order",
                violation_error_code="ended_on",
                violation_error_message=END_BEFORE_BEGIN,
            ),
            models.CheckConstraint(
                condition=~Q(answer="objected") | ~Q(objection=""), name="assignment_objection_says_why"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(confirmed_by__isnull=False, reported_at__isnull=False),
                name="assignment_arrival_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="ended") | Q(ended_on__isnull=False), name="assignment_ended_has_a_day"
            ),
        ]
        indexes = [
            models.Index(fields=["site", "status"]),
            models.Index(fields=["since"], condition=Q(status__in=["planned", "on_site"]), name="assignment_live"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="only_from_a_selection",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__selection__isnull=True),
                func="RAISE EXCEPTION 'an assignment comes only from a staffing request (clause 2.1.1)';",
            ),
            pgtrigger.Trigger(
                name="on_site_with_verified_proofs",
                operation=pgtrigger.UpdateOf("status"),
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__status="on_site") & ~pgtrigger.Q(old__status="on_site"),
                func="""
                    IF (SELECT count(*) FROM personnel_proof
                        WHERE person_id = NEW.person_id AND status = 'verified') < 3 THEN
                        RAISE EXCEPTION 'on site only with three verified proofs (clause 2.2.1b)';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="early_end_needs_both_approvals",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("ended_on", "planned_to", "status"),
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__ended_on__lt=pgtrigger.F("new__planned_to"))
                & ~pgtrigger.Q(new__status="cancelled"),
                func="""
                    IF NOT EXISTS (SELECT FROM personnel_departure
                                   WHERE assignment_id = NEW.id AND status = 'approved' AND last_day <= NEW.ended_on)
                       AND NOT EXISTS (SELECT FROM personnel_unapprovedabsence
                                       WHERE assignment_id = NEW.id AND result = 'ended') THEN
                        RAISE EXCEPTION 'before its planned end a posting ends only when approved (clause 2.2.2b)';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="ended_with_a_signed_handover",
                operation=pgtrigger.UpdateOf("status"),
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__status="ended") & ~pgtrigger.Q(old__status="ended"),
                func="""
                    IF NOT EXISTS (SELECT FROM personnel_handover
                                   WHERE assignment_id = NEW.id AND status = 'signed') THEN
                        RAISE EXCEPTION 'a posting ends with a signed handover (clause 2.2.2c)';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")

    def __str__(self):
        return f"{self.person} – {self.site}"

    @property
    def terms(self) -> str:
        """What somebody says yes to: where, as what, and when. Another text once any of it has changed."""
        parts = (
            self.site_id,
            self.position,
            self.since,
            self.planned_to,
            self.report_at and self.report_at.isoformat(),
        )
        return " ".join(map(str, parts))

    def get_absolute_url(self):
        return reverse("assignment", args=[self.pk])

    @property
    def last_day(self) -> date | None:
        """The real one, else the planned one; None while no end is known."""
        return self.ended_on or self.planned_to

    @property
    def plan_passed(self) -> bool:
        """The planned end has passed: the person no longer counts as stationed, but nobody has ended or extended it."""
        live = self.status in (self.Status.PLANNED, self.Status.ON_SITE)
        return live and self.planned_to is not None and self.planned_to < timezone.localdate()

    def get_status_display(self) -> str:
        return _("Planned end passed") if self.plan_passed else self.Status(self.status).label

    @property
    def status_tone(self) -> str:
        tones = {"planned": "info", "on_site": "success"}
        return "warning" if self.plan_passed else tones.get(self.status, "secondary")
