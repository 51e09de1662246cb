"""Verbs that move a thing from one status to another, and the history they write."""

from collections.abc import Callable, Iterable
from functools import wraps

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.history import append_only
from apps.core.verdicts import NotAllowed, WrongState, no, require
from apps.core.words import listed


class EventQuerySet(models.QuerySet):
    def about(self, subject: models.Model):
        return self.filter(
            subject_type=ContentType.objects.get_for_model(subject, for_concrete_model=True), subject_id=subject.pk
        )


class Event(models.Model):
    """Something that happened to something. Never changed, never removed: a trigger refuses both."""

    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    verb = models.CharField(max_length=60)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["subject_type", "subject_id", "-at"])]
        triggers = append_only()
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self):
        return f"{self.verb} {self.subject_type_id}:{self.subject_id}"

    @property
    def verb_text(self) -> str:
        return VERBS.get(self.verb, self.verb)

    @property
    def about_text(self) -> str:
        """What of its subject it concerns, where a thing has several of that kind; else empty."""
        return next((str(words) for explain in EXPLAIN if (words := explain(self.data))), "")

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """What a change of a record changed: the field's name, before and after, as the history keeps them."""
        changes = self.data.get("changes")
        if not changes:
            return []
        model = ContentType.objects.get_for_id(self.subject_type_id).model_class()
        known = {field.name: field for field in model._meta.get_fields()}
        return [
            (str(getattr(known.get(name), "verbose_name", name)), _listed(before), _listed(after))
            for name, (before, after) in changes.items()
        ]


def _listed(value) -> str:
    """A value that the history keeps, for readers."""
    if isinstance(value, list):
        value = listed(value)
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return "–" if value in (None, "") else str(value)


EXPLAIN: list[Callable[[dict], str]] = []  # f(an event's data) -> words, or "" where it is not theirs to say
VERBS: dict[str, str] = {}


def verb(name: str, text) -> str:
    """Declare the past-tense words that a timeline shows for an event; returns the verb's name."""
    VERBS[name] = text
    return name


def record(subject: models.Model, name: str, *, by, now, note: str = "", **data) -> Event:
    """Write what happened. The caller's transaction carries it."""
    return Event.objects.create(
        subject_type=ContentType.objects.get_for_model(subject, for_concrete_model=True),
        subject_id=subject.pk,
        verb=name,
        actor=by,
        at=now,
        note=note,
        data=data,
    )


def record_all(name: str, subjects: Iterable[tuple[int, int, dict]], *, by, now, note: str = "") -> None:
    """Write what happened to many things at once, each as (id of its content type, its id, data)."""
    Event.objects.bulk_create(
        (
            Event(subject_type_id=kind, subject_id=pk, verb=name, actor=by, at=now, note=note, data=data)
            for kind, pk, data in subjects
        ),
        batch_size=1000,
    )


def lock(thing: models.Model) -> models.Model:
    """Hold the row until the transaction ends and read it afresh.

    Rows that refer to it (a notice to a person, say) can still be written: nobody waits in a ring for those.
    """
    thing.refresh_from_db(from_queryset=type(thing)._base_manager.select_for_update(of=("self",), no_key=True))
    return thing


def transition(source, *, to=None, may: Callable | None = None, name: str = "", text=None):
    """Make a function a verb: lock the row, check status and person, run, save, write an Event.

    source: a status, or several; to: the status afterwards (None: unchanged, or set by the body).
    may: `may(user, thing) -> Verdict`; not asked when the system itself acts (`by=None`).
    The wrapped function is called as `verb(thing, by=user, now=moment, ...)`; a string that it returns
    becomes the event's note, a dict its changes (by field, before and after).
    Raises: WrongState, NotAllowed, and whatever the body raises.
    """
    sources = {source} if isinstance(source, str) else set(source)

    def decorate(body):
        event_name = name or body.__name__
        if text is not None:
            verb(event_name, text)

        @wraps(body)
        @transaction.atomic
        def run(thing, *, by, now, **inputs):
            lock(thing)
            if thing.status not in sources:
                raise WrongState(
                    no(
                        _("This is “%(status)s” now, so that can no longer be done.")
                        % {"status": thing.get_status_display()},
                        remedy=_("Look at its history: somebody may have been faster."),
                    )
                )
            if may is not None and by is not None:
                require(may(by, thing), NotAllowed)
            before = thing.status
            note = body(thing, by=by, now=now, **inputs)
            if to is not None:
                thing.status = to
            thing.save()
            record(
                thing,
                event_name,
                by=by,
                now=now,
                note=note if isinstance(note, str) else "",
                before=before,
                after=thing.status,
                **({"changes": note} if note and isinstance(note, dict) else {}),
            )
            return thing

        run.sources = sources
        run.may = may
        return run

    return decorate
