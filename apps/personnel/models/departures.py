"""Leaving a site, planned or early, and what is handed over before (clauses 2.2.2a, 2.2.2b, 2.2.2c)."""

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.approvals import Approvable, Approval, Step
from apps.core.attachments import Attachment
from apps.core.history import never_removed
from apps.core.verdicts import YES
from apps.personnel import access
from apps.personnel.models.assignments import Assignment
from apps.personnel.models.people import User
from apps.personnel.models.places import ClientContact, Site
from apps.personnel.policy import departures as policy
from apps.personnel.roles import Role


def person(label, **options):
    """A reference to one of our people."""
    return models.ForeignKey(User, verbose_name=label, on_delete=models.PROTECT, related_name="+", **options)


class DepartureQuerySet(models.QuerySet):
    def visible_to(self, user):
        rounds = Approval.objects.visible_to(user).filter(subject_type=ContentType.objects.get_for_model(Departure))
        return self.filter(access.departures(user) | Q(pk__in=rounds.values("subject_id")))

    def out_of_company(self):
        """Approved ones with which somebody leaves the company; who was hired again since is with us."""
        hired = models.F("assignment__person__hired_on")
        rows = self.filter(status="approved", leaves_company=True)
        return rows.filter(Q(assignment__person__hired_on=None) | Q(last_day__gte=hired))


class Departure(Approvable):
    """Somebody asks to leave a site before the planned end; HR and the client side both decide (2.2.2a).

    The client has no account: the site lead records what the contact decided, with evidence, and signs for that side.
    """

    approval_clause = "2.2.2a"
    HR_STEP, CLIENT_STEP = _("HR"), _("client side, through the site lead")

    assignment = models.ForeignKey(
        Assignment, verbose_name=_("assignment"), on_delete=models.PROTECT, related_name="departures"
    )
    last_day = models.DateField(_("last day"))
    leaves_company = models.BooleanField(_("leaves the company too"), default=False)
    reason = models.TextField(_("reason"))
    short_notice_reason = models.TextField(_("why the notice is shorter"), blank=True)
    asked_by = person(_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    client_contact = models.ForeignKey(
        ClientContact,
        verbose_name=_("client contact"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    client_agreed = models.BooleanField(_("the client agreed"), null=True, blank=True)
    client_said_at = models.DateTimeField(_("when they said so"), null=True, blank=True)
    client_words = models.TextField(_("what they said"), blank=True)
    client_recorded_by = person(_("recorded by"), null=True, blank=True)
    client_recorded_at = models.DateTimeField(null=True, blank=True)

    objects = DepartureQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"],
                condition=Q(status__in=["draft", "in_review", "returned", "approved"]),
                name="departure_one_at_a_time",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="departure_says_why"),
            models.CheckConstraint(
                condition=Q(client_agreed=None)
                | Q(client_contact__isnull=False, client_said_at__isnull=False, client_recorded_by__isnull=False),
                name="departure_client_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(client_agreed__isnull=False, client_agreed=True),
                name="departure_approved_by_the_client_too",
            ),
        ]
        triggers = never_removed()
        verbose_name = _("departure")
        verbose_name_plural = _("departures")

    def __str__(self):
        return f"{self.assignment} · {self.last_day:%Y-%m-%d}"

    def get_absolute_url(self):
        return reverse("departure", args=[self.pk])

    @property
    def site(self) -> Site:
        return self.assignment.site

    @property
    def person(self) -> User:
        return self.assignment.person

    def approval_site(self):
        return self.site

    def approval_parties(self):
        yield self.assignment.person

    def approval_route(self):
        """HR, and the client side through the site lead, in parallel."""
        parties = {self.asked_by_id, self.assignment.person_id}
        instead = next((one for one in (self.site.deputy, *self.site.heads) if one and one.pk not in parties), None)
        yield Step(self.HR_STEP, role=Role.HR, order=0)
        yield Step(self.CLIENT_STEP, person=self.site.lead, instead=instead, order=0)

    def approval_check(self, signature, outcome):
        """The client side signs what the client decided, once that is on record with its proof (2.2.2a)."""
        if signature.role == Role.HR:
            return YES
        has_evidence = Attachment.objects.about(self).exists()
        return policy.side_may_sign(outcome, self.client_agreed, has_evidence)

    def approval_stand_ins(self):
        yield from self.site.leads
        yield from self.site.heads
        yield from super().approval_stand_ins()

    def approval_heads(self):
        return self.site.heads


class HandoverQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.handovers(user))


class Handover(models.Model):
    """What somebody leaves behind at a site, each thing with its taker; the lead's signature ends it (2.2.2c)."""

    class Status(models.TextChoices):
        OPEN = "open", _("Being handed over")
        SIGNED = "signed", _("Signed")
        CANCELLED = "cancelled", _("Called off")

    assignment = models.ForeignKey(
        Assignment, verbose_name=_("assignment"), on_delete=models.PROTECT, related_name="handovers"
    )
    last_day = models.DateField(_("last day"))
    successor = person(_("successor"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    opened_by = person(_("opened by"), null=True, blank=True)
    opened_at = models.DateTimeField()
    signed_by = person(_("signed by"), null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"], condition=~Q(status="cancelled"), name="handover_one_for_each_posting"
            ),
            models.CheckConstraint(
                condition=~Q(status="signed") | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="handover_signed_by_somebody",
            ),
        ]
        triggers = never_removed()
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")

    def __str__(self):
        return str(self.assignment)

    def get_absolute_url(self):
        return reverse("handover", args=[self.pk])

    @property
    def site(self) -> Site:
        return self.assignment.site

    @property
    def status_tone(self) -> str:
        return {"open": "warning", "signed": "success"}.get(self.status, "secondary")


RETURNS = {  # what everybody gives back, by the last part of the item's key
    "access": _("System and door access"),
    "badge": _("Site badge and keys"),
    "devices": _("Devices and data media"),
}


class HandoverItem(models.Model):
    """One thing of a handover: taken over by somebody who accepts it, given back, or closed with a reason.

    source: who brought it (a key of the registry of loose ends; `return` for access and devices).
    key: the same thing is listed once.
    """

    class State(models.TextChoices):
        OPEN = "open", _("To be settled")
        OFFERED = "offered", _("Offered to a successor")
        ACCEPTED = "accepted", _("Taken over")
        RETURNED = "returned", _("Given back")
        CLOSED = "closed", _("Closed")

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="items")
    source = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    title = models.CharField(_("what"), max_length=300)
    detail = models.CharField(_("details"), max_length=300, blank=True)
    url = models.CharField(max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    successor = person(_("successor"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    decided_by = person(_("decided by"), null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["source", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["handover", "key"], name="handover_item_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["offered", "accepted"]) | Q(successor__isnull=False),
                name="handover_item_has_a_taker",
            ),
            models.CheckConstraint(condition=~Q(state="closed") | ~Q(reason=""), name="handover_item_closed_says_why"),
        ]
        triggers = never_removed()
        verbose_name = _("item of a handover")
        verbose_name_plural = _("items of a handover")

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        """What it is; what everybody gives back stands in the reader's language."""
        return str(RETURNS.get(self.key.removeprefix("return:"), self.title))

    @property
    def settled(self) -> bool:
        return self.state in (self.State.ACCEPTED, self.State.RETURNED, self.State.CLOSED)

    @property
    def status_tone(self) -> str:
        return "success" if self.settled else "warning"


class AbsenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.absences(user))


class UnapprovedAbsence(models.Model):
    """Somebody left a site without both approvals; it stays on record and goes up until it is taken up (2.2.2b)."""

    class Status(models.TextChoices):
        OPEN = "open", _("To be taken up")
        CLOSED = "closed", _("Taken up")

    class Result(models.TextChoices):
        """How it was taken up."""

        CAME_BACK = "came_back", _("Came back")
        DEPARTURE = "departure", _("A departure was asked for")
        ENDED = "ended", _("Posting ended: left without approval")

    assignment = models.ForeignKey(
        Assignment, verbose_name=_("assignment"), on_delete=models.PROTECT, related_name="absences"
    )
    gone_since = models.DateField(_("gone since"))
    note = models.TextField(_("what is known"))
    reported_by = person(_("reported by"))
    reported_at = models.DateTimeField(_("reported"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    result = models.CharField(_("how it was taken up"), max_length=10, choices=Result, blank=True)
    outcome = models.TextField(_("outcome"), blank=True)
    closed_by = person(_("closed by"), null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["-reported_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["assignment"], condition=Q(status="open"), name="absence_one_open"),
            models.CheckConstraint(
                condition=~Q(status="closed") | ~Q(outcome="") & ~Q(result=""), name="absence_closed_says_how"
            ),
        ]
        triggers = never_removed()
        verbose_name = _("absence without approval")
        verbose_name_plural = _("absences without approval")

    def __str__(self):
        return str(self.assignment)

    def get_absolute_url(self):
        return reverse("absence", args=[self.pk])

    @property
    def site(self) -> Site:
        return self.assignment.site

    @property
    def status_tone(self) -> str:
        return "danger" if self.status == self.Status.OPEN else "secondary"
