"""A create sent twice is stored once: the answer to an Idempotency-Key is kept and given again."""

import hashlib

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.verdicts import Refused, no


class KeyReused(Refused):
    """The same key came with another body (422)."""


class IdempotencyKey(models.Model):
    """A key a person used, what they sent under it, and what was answered."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"])]

    def __str__(self):
        return self.key


@transaction.atomic
def once(person, key: str, request_bytes: bytes, run, *, now) -> tuple[int, object]:
    """Run a create under a key, or give the stored answer; two at once wait for each other.

    run: answers (status, JSON). Only success is remembered: a refusal leaves nothing, so it may be tried again.
    Raises: KeyReused when the key came before with another body.
    """
    digest = hashlib.sha256(request_bytes).hexdigest()
    row, fresh = IdempotencyKey.objects.get_or_create(
        person=person, key=key, defaults={"request_hash": digest, "created_at": now}
    )
    if not fresh:
        if row.request_hash != digest:
            raise KeyReused(
                no(
                    _("This Idempotency-Key was used for something else."),
                    remedy=_("Use a new key for a new record."),
                )
            )
        return row.status, row.answer
    status, answer = run()
    row.status, row.answer = status, answer
    row.save(update_fields=["status", "answer"])
    return status, answer
