"""The papers of the first day: what a person hands in, and what they sign (1.3.1, 2.2.1b, 4.2.1, 4.3.1, 4.3.3)."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.history import append_only, never_removed
from apps.personnel import access
from apps.personnel.models.people import User
from apps.personnel.models.places import Site
from apps.personnel.models.skills import NOT_BY_ONESELF


class ProofQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.proofs(user))

    def waiting(self):
        return self.filter(status=Proof.Status.WAITING)


class Proof(models.Model):
    """Proof of identity, education or work experience, handed in by the person and verified by HR (2.2.1b).

    Its files are sensitive: sealed at rest, and every look at them is on record.
    """

    class Kind(models.TextChoices):
        IDENTITY = "identity", _("Identity")
        EDUCATION = "education", _("Education")
        WORK = "work", _("Work experience")

    class Status(models.TextChoices):
        WAITING = "waiting", _("To be verified")
        VERIFIED = "verified", _("Verified")
        RETURNED = "returned", _("Returned")
        REPLACED = "replaced", _("Replaced")

    person = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="proofs")
    kind = models.CharField(_("proof of"), max_length=10, choices=Kind)
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    submitted_by = models.ForeignKey(User, verbose_name=_("handed in by"), on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(_("handed in"))
    decided_by = models.ForeignKey(
        User, verbose_name=_("checked by"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("checked"), null=True, blank=True)
    reason = models.TextField(_("why it was returned"), blank=True)

    objects = ProofQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind"], condition=Q(status="waiting"), name="proof_one_waits_for_each_kind"
            ),
            models.UniqueConstraint(
                fields=["person", "kind"], condition=Q(status="verified"), name="proof_one_counts_for_each_kind"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["verified", "returned"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="proof_checked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("person")),
                name="proof_checked_by_another",
                violation_error_message=NOT_BY_ONESELF,
            ),
            models.CheckConstraint(condition=~Q(status="returned") | ~Q(reason=""), name="proof_returned_says_why"),
        ]
        indexes = [models.Index(fields=["submitted_at"], condition=Q(status="waiting"), name="proof_waiting")]
        triggers = never_removed()
        verbose_name = _("proof")
        verbose_name_plural = _("proofs")

    def __str__(self):
        return f"{self.person} · {self.get_kind_display()}"

    def get_absolute_url(self):
        return reverse("proof", args=[self.pk])

    @property
    def status_tone(self) -> str:
        return {"waiting": "warning", "verified": "success", "returned": "danger"}.get(self.status, "secondary")

    def runs_out_before(self, day: date) -> bool:
        return self.expires_on is not None and self.expires_on < day


class DocumentVersionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.documents(user))

    def current(self):
        """The newest of each kind at each site, and of each kind for all sites."""
        newest = self.order_by("site_id", "kind", "-number").distinct("site_id", "kind")
        return self.filter(pk__in=newest.values("pk"))


class DocumentVersion(models.Model):
    """One edition of something that people sign before their first day at a site; never changed afterwards.

    site: None for the edition that holds wherever a site has none of its own.
    """

    class Kind(models.TextChoices):
        RULEBOOK = "rulebook", _("Rulebook of the site")
        SAFETY = "safety", _("Safety induction")
        CONFIDENTIALITY = "confidentiality", _("Confidentiality agreement")
        IT_RULES = "it_rules", _("Rules for computers and networks")

    CLAUSES = {"rulebook": "1.3.1", "safety": "4.2.1", "confidentiality": "4.3.1", "it_rules": "4.3.3"}

    site = models.ForeignKey(
        Site, verbose_name=_("site"), null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    kind = models.CharField(_("document"), max_length=20, choices=Kind)
    number = models.PositiveSmallIntegerField(_("edition"))
    title = models.CharField(_("title"), max_length=150)
    text = models.TextField(_("text"))
    changes = models.TextField(_("what is new"), blank=True)
    sha256 = models.CharField(max_length=64)
    published_by = models.ForeignKey(User, verbose_name=_("published by"), on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("published"))

    objects = DocumentVersionQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "site_id", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "kind", "number"], nulls_distinct=False, name="document_edition_once"
            ),
        ]
        triggers = append_only()
        verbose_name = _("site document")
        verbose_name_plural = _("site documents")

    def __str__(self):
        return f"{self.title} · {self.number}"

    def get_absolute_url(self):
        return reverse("document", args=[self.pk])

    @property
    def clause(self) -> str:
        return self.CLAUSES[self.kind]


class AcknowledgementQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.acknowledgements(user))


class Acknowledgement(models.Model):
    """Somebody's signature under one edition: the name they typed, the moment, and the hash of what they signed."""

    version = models.ForeignKey(
        DocumentVersion, verbose_name=_("site document"), on_delete=models.PROTECT, related_name="acknowledgements"
    )
    person = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="acknowledgements"
    )
    signed_name = models.CharField(_("signed as"), max_length=100)
    signed_at = models.DateTimeField(_("signed"))
    sha256 = models.CharField(max_length=64)

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        ordering = ["-signed_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["version", "person"], name="acknowledged_once")]
        triggers = append_only()
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")

    def __str__(self):
        return f"{self.person} · {self.version}"

    def get_absolute_url(self):
        return self.version.get_absolute_url()
