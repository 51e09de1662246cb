"""The promise itself, and the questions asked about many of them."""

from collections.abc import Callable
from datetime import datetime

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Upper
from django.db.models.lookups import IsNull
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.history import never_removed
from apps.core.obligations.kinds import KINDS, Kind

SITE_MODEL = "personnel.Site"


class ObligationQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status=Obligation.Status.OPEN)

    def of(self, person):
        return self.filter(owner=person)

    def about(self, subject: models.Model):
        return self.filter(
            subject_type=ContentType.objects.get_for_model(subject, for_concrete_model=True), subject_id=subject.pk
        )

    def kind(self, *kinds: Kind):
        return self.filter(kind__in=[one.key for one in kinds])

    def overdue(self, now: datetime):
        return self.open().filter(due_at__lt=now)

    def broken(self):
        """Not kept in time, whether kept later or not: late stays late."""
        return self.exclude(breached_at=None)

    def ever_late(self, now: datetime):
        """Broken, or overdue now."""
        return self.filter(Q(breached_at__isnull=False) | Q(status=Obligation.Status.OPEN, due_at__lt=now))

    def visible_to(self, user):
        """Those a person owes, or that concern them, or that VISIBLE (filled by personnel) adds."""
        mine = Q(owner=user) | Q(person=user)
        for rule in VISIBLE:
            mine |= rule(user)
        return self.filter(mine)


def promises_for(model: type[models.Model]) -> ObligationQuerySet:
    """The promises about each row of a query over `model`: `subject_id` is the row's id."""
    about = ContentType.objects.get_for_model(model, for_concrete_model=True)
    return Obligation.objects.filter(subject_type=about)


def with_late(rows, now: datetime, *kinds: Kind):
    """Rows with `late`: whether a promise about them (of these kinds) was, or is now, late."""
    kept = promises_for(rows.model).filter(subject_id=OuterRef("pk")).ever_late(now)
    kept = kept.kind(*kinds) if kinds else kept
    # Not Exists(): PostgreSQL would look for every late promise first, to show twenty-five rows.
    return rows.annotate(late=IsNull(Subquery(kept.values("pk")[:1]), False))


def by_lateness(rows, late: bool, now: datetime, *kinds: Kind):
    """Only the rows that `with_late` calls late, or only the others."""
    kept = promises_for(rows.model).ever_late(now)
    kept = kept.kind(*kinds) if kinds else kept
    chosen = Q(pk__in=kept.values("subject_id"))
    return rows.filter(chosen if late else ~chosen)


VISIBLE: list[Callable] = []
STEERS: list[Callable] = []  # f(user, obligation) -> bool: who beside the owner may hand a promise over
TAKERS: list[Callable] = []  # f(obligation) -> Q over people: who may take one
HANDING: dict[str, Callable] = {}  # kind -> the verb of the app whose record names an owner of its own


class Obligation(models.Model):
    """A promise with a clock."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("status", "Open")
        MET = "met", _("Kept")
        DROPPED = "dropped", _("Dropped")

    kind = models.CharField(max_length=40)
    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+", db_index=False)
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    title = models.CharField(max_length=300)
    url = models.CharField(max_length=300, blank=True)
    period = models.CharField(max_length=20, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    site = models.ForeignKey(SITE_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="obligations")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="obligations"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    alarms = models.JSONField(default=list)
    alarms_rung = models.PositiveSmallIntegerField(default=0)
    next_alarm_at = models.DateTimeField(null=True, blank=True)

    objects = ObligationQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id", "period"],
                condition=Q(status="open") | ~Q(period=""),
                name="obligation_once_per_period",
            ),
            models.CheckConstraint(
                condition=Q(status="met", met_at__isnull=False) | (~Q(status="met") & Q(met_at=None)),
                name="obligation_met_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(status="open") | Q(next_alarm_at=None), name="obligation_closed_is_silent"
            ),
            models.CheckConstraint(
                condition=~Q(status="met") | Q(met_at__lte=F("due_at")) | Q(breached_at__isnull=False),
                name="obligation_late_is_late",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_alarm_at"], condition=Q(next_alarm_at__isnull=False), name="obligation_next_alarm"
            ),
            models.Index(fields=["due_at"], name="obligation_due"),
            models.Index(fields=["due_at"], condition=Q(status="open"), name="obligation_open"),
            models.Index(fields=["kind", "period"], name="obligation_period"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="obligation_title_trigrams"),
            models.Index(fields=["owner", "due_at"], condition=Q(status="open"), name="obligation_owner_open"),
            models.Index(fields=["site", "due_at"], condition=Q(status="open"), name="obligation_site_open"),
            models.Index(
                fields=["site", "-breached_at"],
                condition=Q(breached_at__isnull=False),
                name="obligation_site_broken",
            ),
            models.Index(fields=["subject_type", "subject_id", "kind", "period"], name="obligation_subject"),
        ]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="late_stays_late",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__breached_at__isnull=False)
                & pgtrigger.Q(old__breached_at__df=pgtrigger.F("new__breached_at")),
            ),
        ]
        verbose_name = _("obligation")
        verbose_name_plural = _("obligations")

    def __str__(self):
        return f"{self.label}: {self.title}"

    def get_absolute_url(self):
        return self.url

    @property
    def label(self):
        return KINDS[self.kind].label if self.kind in KINDS else self.kind

    @property
    def clause(self) -> str:
        return KINDS[self.kind].clause if self.kind in KINDS else ""

    @property
    def may_pass_by_hand(self) -> bool:
        """Whether it can be handed over by itself, or goes along with what it is about."""
        return self.kind not in KINDS or not KINDS[self.kind].instead

    @property
    def late(self) -> bool:
        return self.breached_at is not None

    @property
    def status_tone(self) -> str:
        if self.status == self.Status.DROPPED:
            return "secondary"
        if self.late:
            return "danger"
        return "success" if self.status == self.Status.MET else "info"


def notice_words(obligation: Obligation) -> dict:
    """What a notice about a promise fills its sentences with."""
    return {
        "what": obligation.title,
        "promise": KINDS[obligation.kind].label,
        "clause": KINDS[obligation.kind].clause,
        "due_at": obligation.due_at,
        "owner": str(obligation.owner or "–"),
    }
