"""A project asks for people; HR chooses among ranked candidates, and what it saw stays (clauses 2.1.1, 2.1.2)."""

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.approvals import Approvable, Approval, Step
from apps.core.history import append_only, history, never_removed
from apps.personnel import access
from apps.personnel.models.checks import END_BEFORE_BEGIN
from apps.personnel.models.people import User
from apps.personnel.models.places import Project, Site
from apps.personnel.models.skills import CertificateKind, Level, Skill
from apps.personnel.roles import Role


class StaffingRequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.staffing_requests(user))

    def open(self):
        return self.filter(status=StaffingRequest.Status.OPEN)

    def with_seats(self):
        """Each with `taken`: how many of its places are taken."""
        held = ~Q(selections__assignments__status="cancelled")
        return self.annotate(taken=models.Count("selections__assignments", filter=held, distinct=True))


@history()
class StaffingRequest(models.Model):
    """So many people with such skills, for a site from a day on (2.1.1)."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("status", "Open")
        FILLED = "filled", _("Filled")
        CLOSED = "closed", _("Closed")

    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="staffing_requests")
    project = models.ForeignKey(
        Project,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="staffing_requests",
    )
    position = models.CharField(_("role on site"), max_length=80)
    headcount = models.PositiveSmallIntegerField(_("people needed"), default=1)
    since = models.DateField(_("from"))
    planned_to = models.DateField(_("planned to"), null=True, blank=True)
    detail = models.TextField(_("what the work is"), blank=True)
    asked_by = models.ForeignKey(User, verbose_name=_("asked by"), on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(_("why it was closed"), blank=True)

    objects = StaffingRequestQuerySet.as_manager()

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(headcount__range=(1, 200)), name="staffing_request_headcount"),
            models.CheckConstraint(
                condition=Q(planned_to=None) | Q(planned_to__gte=F("since")),
                name="staffing_request_in_order",
                violation_error_code="planned_to",
                violation_error_message=END_BEFORE_BEGIN,
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | ~Q(outcome=""), name="staffing_request_closed_says_why"
            ),
        ]
        indexes = [models.Index(fields=["since"], condition=Q(status="open"), name="staffing_request_open")]
        triggers = never_removed()
        verbose_name = _("staffing request")
        verbose_name_plural = _("staffing requests")

    def __str__(self):
        return f"{self.number} · {self.position}"

    def get_absolute_url(self):
        return reverse("staffing_request", args=[self.pk])

    @property
    def number(self) -> str:
        return f"SR-{self.pk:05}" if self.pk else "SR"

    @property
    def status_tone(self) -> str:
        return {"open": "warning", "filled": "success"}.get(self.status, "secondary")


class Requirement(models.Model):
    """One thing a staffing request asks for: a skill or language at a level, or a certificate; mandatory or wished."""

    request = models.ForeignKey(StaffingRequest, on_delete=models.PROTECT, related_name="requirements")
    skill = models.ForeignKey(
        Skill, verbose_name=_("skill"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    level = models.PositiveSmallIntegerField(_("level"), choices=Level, null=True, blank=True)
    certificate = models.ForeignKey(
        CertificateKind,
        verbose_name=_("certificate"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    mandatory = models.BooleanField(_("mandatory"), default=True)

    class Meta:
        ordering = ["-mandatory", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(skill__isnull=False, level__range=(1, 5), certificate=None)
                | Q(skill=None, level=None, certificate__isnull=False),
                name="requirement_of_one_thing",
            ),
            models.UniqueConstraint(fields=["request", "skill"], name="requirement_skill_once"),
            models.UniqueConstraint(fields=["request", "certificate"], name="requirement_certificate_once"),
        ]
        verbose_name = _("requirement")
        verbose_name_plural = _("requirements")

    def __str__(self):
        return str(self.certificate) if self.certificate_id else f"{self.skill} ≥ {self.level}"


class SelectionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.selections(user))


class Selection(models.Model):
    """HR's choice: whom, why, and what HR saw at that moment, frozen (2.1.1, 2.1.2).

    seen: the candidates as ranked, each with the answer to every requirement and the waivers that opened the way.
    """

    request = models.ForeignKey(
        StaffingRequest, verbose_name=_("staffing request"), on_delete=models.PROTECT, related_name="selections"
    )
    reason = models.TextField(_("reason"))
    decided_by = models.ForeignKey(User, verbose_name=_("decided by"), on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    seen = models.JSONField()

    objects = SelectionQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="selection_has_a_reason")]
        triggers = append_only()
        verbose_name = _("selection")
        verbose_name_plural = _("selections")

    def __str__(self):
        return f"{self.request} · {self.decided_at:%Y-%m-%d}"

    def get_absolute_url(self):
        return reverse("selection", args=[self.pk])


class QualificationWaiverQuerySet(models.QuerySet):
    def visible_to(self, user):
        rounds = Approval.objects.visible_to(user).filter(
            subject_type=ContentType.objects.get_for_model(QualificationWaiver)
        )
        return self.filter(access.affairs(user, "request__site") | Q(pk__in=rounds.values("subject_id")))

    def in_force(self, day):
        return self.filter(status=QualificationWaiver.Status.APPROVED, until__gte=day)


class QualificationWaiver(Approvable):
    """Somebody may go although a mandatory requirement is not met, until a day; the head signs (2.1.2)."""

    approval_clause = "2.1.2"

    request = models.ForeignKey(
        StaffingRequest, verbose_name=_("staffing request"), on_delete=models.PROTECT, related_name="waivers"
    )
    requirement = models.ForeignKey(
        Requirement, verbose_name=_("requirement"), on_delete=models.PROTECT, related_name="waivers"
    )
    person = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"))
    until = models.DateField(_("until"))
    asked_by = models.ForeignKey(User, verbose_name=_("asked by"), on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    objects = QualificationWaiverQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["requirement", "person"],
                condition=Q(status__in=["draft", "in_review", "returned"]),
                name="qualification_waiver_once",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="qualification_waiver_says_why"),
        ]
        triggers = never_removed()
        verbose_name = _("qualification waiver")
        verbose_name_plural = _("qualification waivers")

    def __str__(self):
        return f"{self.person} · {self.requirement}"

    def get_absolute_url(self):
        return reverse("qualification_waiver", args=[self.pk])

    @property
    def site(self) -> Site:
        return self.request.site

    def approval_site(self):
        return self.site

    def approval_parties(self):
        yield self.person

    def approval_route(self):
        """The head of the site's department; the head's own wish goes to one above, else to an executive."""
        parties = {self.asked_by_id, self.person_id}
        head = next((one for one in self.site.heads if one.is_active and one.pk not in parties), None)
        yield Step(_("department head"), person=head) if head else Step(_("executive"), role=Role.EXECUTIVE)

    def approval_stand_ins(self):
        yield from self.site.heads
        yield from super().approval_stand_ins()

    def approval_heads(self):
        return self.site.heads
