"""What people can do, and what proves it: skills, certificates, work before they came to us (2.1.2, 2.4.3a).

What somebody says of themselves and what another person has checked stand in columns of their own.
"""

from datetime import date

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.history import history
from apps.core.lookups import SearchableQuerySet
from apps.personnel import access
from apps.personnel.models.checks import END_BEFORE_BEGIN
from apps.personnel.models.people import User
from apps.personnel.names import Named

ISSUED_AFTER_EXPIRY = _("It runs out before it was issued.")
NOT_BY_ONESELF = _("Nobody verifies their own.")
CERTIFICATE_STATUS = {
    "withdrawn": _("Withdrawn"),
    "run_out": _("Run out"),
    "verified": _("Verified"),
    "unverified": _("Not verified"),
}


class Level(models.IntegerChoices):
    """How well somebody can do something."""

    BASIC = 1, _("1 · knows the basics")
    GUIDED = 2, _("2 · works with guidance")
    INDEPENDENT = 3, _("3 · works independently")
    ADVANCED = 4, _("4 · solves the difficult cases")
    EXPERT = 5, _("5 · teaches others")


class KnownSkillQuerySet(SearchableQuerySet):
    def offered(self, user):
        return self.filter(active=True)


class Skill(Named):
    """Something that a posting may ask for: a skill, or a language."""

    class Kind(models.TextChoices):
        SKILL = "skill", _("Skill")
        LANGUAGE = "language", _("Language")

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SKILL)
    active = models.BooleanField(_("in use"), default=True)

    objects = KnownSkillQuerySet.as_manager()
    lookup_key = "name"

    class Meta:
        ordering = ["name_sort", "pk"]
        verbose_name = _("skill")
        verbose_name_plural = _("skills")

    def __str__(self):
        return self.name


class CertificateKind(Named):
    """A certificate that a posting may ask for."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    issuer = models.CharField(_("issued by"), max_length=120, blank=True)
    active = models.BooleanField(_("in use"), default=True)

    objects = KnownSkillQuerySet.as_manager()
    lookup_key = "name"

    class Meta:
        ordering = ["name_sort", "pk"]
        verbose_name = _("kind of certificate")
        verbose_name_plural = _("kinds of certificates")

    def __str__(self):
        return self.name


class OfPersonQuerySet(models.QuerySet):
    """Rows that hang on a person: for themselves, those who lead or head where they work, and HR."""

    def visible_to(self, user):
        return self.filter(access.qualifications(user))


@history()
class PersonSkill(models.Model):
    """A skill of a person: the level they claim, and the level that somebody else has verified."""

    person = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="skills")
    skill = models.ForeignKey(Skill, verbose_name=_("skill"), on_delete=models.PROTECT, related_name="held")
    claimed_level = models.PositiveSmallIntegerField(_("claimed level"), choices=Level, null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    evidence = models.TextField(_("evidence"), blank=True)
    verified_level = models.PositiveSmallIntegerField(_("verified level"), choices=Level, null=True, blank=True)
    verified_by = models.ForeignKey(
        User, verbose_name=_("verified by"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_note = models.CharField(_("how it was verified"), max_length=300, blank=True)

    objects = OfPersonQuerySet.as_manager()

    class Meta:
        ordering = ["skill__name_sort", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "skill"], name="person_skill_once"),
            models.CheckConstraint(
                condition=(Q(claimed_level=None) | Q(claimed_level__range=(1, 5)))
                & (Q(verified_level=None) | Q(verified_level__range=(1, 5))),
                name="person_skill_levels",
            ),
            models.CheckConstraint(
                condition=Q(verified_level=None, verified_by=None, verified_at=None)
                | Q(verified_level__isnull=False, verified_by__isnull=False, verified_at__isnull=False),
                name="person_skill_verified_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(verified_by=None) | ~Q(verified_by=F("person")),
                name="person_skill_verified_by_another",
                violation_error_message=NOT_BY_ONESELF,
            ),
        ]
        verbose_name = _("skill of a person")
        verbose_name_plural = _("skills of people")

    def __str__(self):
        return f"{self.person} · {self.skill}"

    def get_absolute_url(self):
        return f"{self.person.get_absolute_url()}#skills"


class CertificateQuerySet(OfPersonQuerySet):
    def standing(self):
        """Not withdrawn, of people who are still here."""
        return self.filter(withdrawn_at=None, person__is_active=True)

    def running_out(self, first: date, last: date):
        """Valid until a day of this span, and nothing newer of the same kind has taken their place."""
        newer = self.model.objects.filter(
            Q(expires_on=None) | Q(expires_on__gt=OuterRef("expires_on")),
            person=OuterRef("person"),
            kind=OuterRef("kind"),
            withdrawn_at=None,
        )
        return self.standing().filter(~Exists(newer), expires_on__range=(first, last))


@history()
class Certificate(models.Model):
    """A certificate of a person, valid from a day to a day; its files hang on it."""

    person = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="certificates")
    kind = models.ForeignKey(
        CertificateKind, verbose_name=_("certificate"), on_delete=models.PROTECT, related_name="held"
    )
    number = models.CharField(_("number"), max_length=60, blank=True)
    issued_on = models.DateField(_("issued on"))
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    added_by = models.ForeignKey(User, verbose_name=_("added by"), on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    verified_by = models.ForeignKey(
        User, verbose_name=_("verified by"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["expires_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "number", "issued_on"],
                condition=Q(withdrawn_at=None),
                name="certificate_once",
                violation_error_code="number",
                violation_error_message=_("This certificate is entered already."),
            ),
            models.CheckConstraint(
                condition=Q(expires_on=None) | Q(expires_on__gte=F("issued_on")),
                name="certificate_dates_in_order",
                violation_error_code="expires_on",
                violation_error_message=ISSUED_AFTER_EXPIRY,
            ),
            models.CheckConstraint(
                condition=Q(verified_by=None, verified_at=None)
                | Q(verified_by__isnull=False, verified_at__isnull=False),
                name="certificate_verified_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(verified_by=None) | ~Q(verified_by=F("person")),
                name="certificate_verified_by_another",
                violation_error_message=NOT_BY_ONESELF,
            ),
        ]
        indexes = [
            models.Index(fields=["expires_on"], condition=Q(withdrawn_at=None), name="certificate_expires"),
        ]
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")

    def __str__(self):
        return f"{self.person} · {self.kind}"

    def get_absolute_url(self):
        return reverse("certificate", args=[self.pk])

    @property
    def status(self) -> str:
        """For the badge: withdrawn, run out, verified, or not yet verified."""
        if self.withdrawn_at:
            return "withdrawn"
        if self.expires_on and self.expires_on < timezone.localdate():
            return "run_out"
        return "verified" if self.verified_at else "unverified"

    @property
    def status_tone(self) -> str:
        return {"withdrawn": "neutral", "run_out": "danger", "verified": "success"}.get(self.status, "warning")

    def get_status_display(self):
        return CERTIFICATE_STATUS[self.status]

    def valid_on(self, day: date) -> bool:
        return self.issued_on <= day and (self.expires_on is None or self.expires_on >= day)


@history()
class WorkHistory(models.Model):
    """Where somebody worked before they came to us."""

    person = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="work_history")
    employer = models.CharField(_("employer"), max_length=150)
    position = models.CharField(_("position"), max_length=120)
    since = models.DateField(_("from"))
    until = models.DateField(_("to"), null=True, blank=True)
    note = models.TextField(_("what they did"), blank=True)

    objects = OfPersonQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="work_history_in_order",
                violation_error_code="until",
                violation_error_message=END_BEFORE_BEGIN,
            ),
        ]
        verbose_name = _("earlier work")
        verbose_name_plural = _("earlier work")

    def __str__(self):
        return f"{self.employer} · {self.position}"

    def get_absolute_url(self):
        return f"{self.person.get_absolute_url()}#work-history"
