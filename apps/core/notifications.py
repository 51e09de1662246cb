"""Telling people once. Written in the transaction of the cause; the unsent row is the outbox."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.core.channels import PROVIDERS, validate_secret, validate_token


@dataclass(frozen=True)
class NoteKind:
    """A kind of notice: its words with %(placeholders)s; urgent: quiet hours do not hold it back.

    by_mail: a mail at once whatever the reader prefers, if not in quiet hours.
    """

    key: str
    label: str
    title: str
    body: str = ""
    urgent: bool = False
    by_mail: bool = False

    def fixed(self, channel: str) -> bool:
        """Whether nobody chooses how it is told by this channel."""
        return self.urgent or (self.by_mail and channel == Channel.MAIL)


KINDS: dict[str, NoteKind] = {}


def note_kind(key: str, label, title, body="", *, urgent=False, by_mail=False) -> NoteKind:
    KINDS[key] = NoteKind(key, label, title, body, urgent, by_mail)
    return KINDS[key]


class Channel(models.TextChoices):
    MAIL = "mail", _("Mail")
    ROBOT = "robot", _("Chat robot")


class Mode(models.TextChoices):
    NOW = "now", _("At once")
    DIGEST = "digest", _("Daily digest")
    OFF = "off", _("Off")


class NotificationQuerySet(models.QuerySet):
    def of(self, person):
        return self.filter(person=person)

    visible_to = of

    def unread(self):
        return self.filter(read_at=None)


class Notification(models.Model):
    """One thing told to one person, once per key."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    context = models.JSONField(default=dict)
    subject_type = models.ForeignKey(ContentType, null=True, on_delete=models.PROTECT, related_name="+")
    subject_id = models.BigIntegerField(null=True)
    subject = GenericForeignKey("subject_type", "subject_id")
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="notification_once_per_key")]
        indexes = [
            models.Index(fields=["person", "-created_at"]),
            models.Index(fields=["person"], condition=models.Q(read_at=None), name="notification_unread"),
        ]
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")

    def __str__(self):
        return self.kind_label  # what it says is for its reader alone

    def get_absolute_url(self):
        return self.url

    @property
    def kind_label(self) -> str:
        return str(KINDS[self.kind].label)

    def _words(self, template) -> str:
        return str(template) % _readable(self.context, self.person.zone)

    @property
    def title(self) -> str:
        """In the language active now, times in the reader's zone."""
        return self._words(KINDS[self.kind].title)

    @property
    def body(self) -> str:
        return self._words(KINDS[self.kind].body)

    @property
    def urgent(self) -> bool:
        return KINDS[self.kind].urgent


def _readable(context: dict, zone: ZoneInfo) -> dict:
    """The context with words for today's language: a dict is a text in three languages, `…_at` a moment."""
    language = translation.get_language() or "en"
    words = {}
    for name, given in context.items():
        if isinstance(given, dict):
            given = given.get(language) or given.get("en", "")
        elif name.endswith("_at") and given:
            given = date_format(datetime.fromisoformat(given).astimezone(zone), "SHORT_DATETIME_FORMAT")
        words[name] = given
    return words


def in_languages(text) -> dict[str, str]:
    """A lazy text frozen in every language, to be stored in a notification's context."""
    frozen = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            frozen[code] = str(text)
    return frozen


class Delivery(models.Model):
    """A notification on its way out of the house by one channel. Unsent is the outbox."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=Channel)
    robot = models.ForeignKey("core.Robot", null=True, on_delete=models.SET_NULL, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    digest = models.BooleanField(default=False)
    urgent = models.BooleanField(default=False)
    next_try_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    address = models.EmailField(blank=True)  # where it goes, if not to the reader's own
    error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["notification"], condition=models.Q(channel="mail"), name="delivery_once_by_mail"
            ),
            models.UniqueConstraint(fields=["notification", "robot"], name="delivery_once_by_robot"),
        ]
        indexes = [
            models.Index(
                fields=["-urgent", "next_try_at"],
                condition=models.Q(status="waiting"),
                name="delivery_waiting_in_order",
            ),
        ]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")

    def __str__(self):
        return f"{self.get_channel_display()}: {self.notification_id}"

    @property
    def status_tone(self) -> str:
        return {"waiting": "info", "sent": "success", "failed": "danger"}[self.status]


class Preference(models.Model):
    """How a person wants to be told of one kind of notice by one channel. None: at once by mail and robot."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences")
    kind = models.CharField(max_length=60)
    channel = models.CharField(max_length=10, choices=Channel)
    mode = models.CharField(max_length=10, choices=Mode)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind", "channel"], name="preference_once")]

    def __str__(self):
        return f"{self.kind} {self.channel}: {self.mode}"


class Robot(models.Model):
    """A chat group's robot that repeats a person's notices there."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="robots")
    name = models.CharField(_("name"), max_length=80)
    provider = models.CharField(
        _("provider"), max_length=10, choices=[(key, provider.label) for key, provider in PROVIDERS.items()]
    )
    token = models.CharField(_("key or token"), max_length=500)
    secret = models.CharField(_("signing secret"), max_length=200, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("chat robot")
        verbose_name_plural = _("chat robots")

    def __str__(self):
        return self.name

    def clean(self):
        wrong = {}
        for name, check in (("token", validate_token), ("secret", validate_secret)):
            try:
                check(self.provider, getattr(self, name))
            except ValidationError as error:
                wrong[name] = error
        if wrong:
            raise ValidationError(wrong)


def tell(
    people: Iterable, kind: NoteKind, /, *, key: str, now: datetime, subject=None, url: str = "", **context
) -> list[Notification]:
    """Tell people something, each once per key, in this transaction. Returns what is new.

    Context values: strings, numbers, datetimes under a name that ends in `_at`, or lazy texts.
    """
    return tell_many([(person, key, subject, url, context) for person in people], kind, now=now)


def send_to(notes: Iterable[Notification], address: str) -> None:
    """Let notices that were just told leave by mail for another address than the reader's own."""
    Delivery.objects.filter(notification__in=notes, channel=Channel.MAIL).update(address=address)


def tell_many(rows: Iterable[tuple], kind: NoteKind, *, now: datetime) -> list[Notification]:
    """Many notices of one kind: rows of (person, key, subject, url, context); a constant number of queries."""
    wanted = {}
    for person, key, subject, url, context in rows:
        if person is None or not person.is_active:
            continue
        wanted[(person.pk, key)] = Notification(
            person=person,
            kind=kind.key,
            key=key,
            context={name: _storable(given) for name, given in context.items()},
            subject_type=ContentType.objects.get_for_model(subject, for_concrete_model=True) if subject else None,
            subject_id=subject.pk if subject else None,
            url=url or (subject.get_absolute_url() if hasattr(subject, "get_absolute_url") else ""),
            created_at=now,
        )
    if not wanted:
        return []
    with transaction.atomic():
        before = set(
            Notification.objects.filter(
                person__in={pk for pk, _key in wanted}, key__in={key for _pk, key in wanted}
            ).values_list("person_id", "key")
        )
        fresh = [row for where, row in wanted.items() if where not in before]
        Notification.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)
        stored = {
            (person, key): pk
            for pk, person, key in Notification.objects.filter(
                person__in={row.person_id for row in fresh},
                key__in={row.key for row in fresh},
                created_at=now,
            ).values_list("pk", "person_id", "key")
        }
        for row in fresh:
            row.pk = stored.get((row.person_id, row.key))
        fresh = [row for row in fresh if row.pk]
        _queue(fresh, now)
    return fresh


def _storable(given):
    if isinstance(given, datetime):
        return given.isoformat()
    if isinstance(given, (int, float, str)) or given is None:
        return given
    return in_languages(given)


def _queue(notes: list[Notification], now: datetime) -> None:
    """Put new notices into the outbox, as their readers want them."""
    people = {note.person_id for note in notes}
    wishes = {
        (wish.person_id, wish.kind, wish.channel): wish.mode
        for wish in Preference.objects.filter(person__in=people, kind__in={note.kind for note in notes})
    }
    robots: dict[int, list[Robot]] = {}
    for robot in Robot.objects.filter(person__in=people, active=True):
        robots.setdefault(robot.person_id, []).append(robot)
    outbox = []
    for note in notes:
        for channel, robot in [
            (Channel.MAIL, None),
            *((Channel.ROBOT, robot) for robot in robots.get(note.person_id, [])),
        ]:
            wish = wishes.get((note.person_id, note.kind, channel), Mode.NOW)
            mode = Mode.NOW if KINDS[note.kind].fixed(channel) else wish
            if mode == Mode.OFF:
                continue
            digest = mode == Mode.DIGEST
            outbox.append(
                Delivery(
                    notification=note,
                    channel=channel,
                    robot=robot,
                    digest=digest,
                    urgent=note.urgent,
                    next_try_at=_when(note, digest, now),
                )
            )
    Delivery.objects.bulk_create(outbox, ignore_conflicts=True, batch_size=1000)


def _when(note: Notification, digest: bool, now: datetime) -> datetime:
    """At once; with the next digest; or when the reader's quiet hours are over (urgent ones never wait)."""
    if note.urgent:
        return now
    person = note.person
    if digest:
        return next_time(now, person.digest_at, person.zone)
    if is_quiet(now, person.quiet_from, person.quiet_until, person.zone):
        return next_time(now, person.quiet_until, person.zone)
    return now


def is_quiet(now: datetime, begins: time | None, ends: time | None, zone: ZoneInfo) -> bool:
    """Whether a moment lies in the quiet hours, which may run over midnight."""
    if begins is None or ends is None or begins == ends:
        return False
    clock = now.astimezone(zone).time()
    return begins <= clock < ends if begins < ends else clock >= begins or clock < ends


def next_time(now: datetime, clock: time, zone: ZoneInfo) -> datetime:
    """The next moment at which a wall clock in that zone shows this time."""
    local = now.astimezone(zone)
    moment = datetime.combine(local.date(), clock, zone)
    return moment if moment > local else datetime.combine(local.date() + timedelta(days=1), clock, zone)


def mark_read(person, notes=None) -> int:
    """Mark notices of a person as read: all, or those in a queryset."""
    rows = Notification.objects.of(person).unread()
    if notes is not None:
        rows = rows.filter(pk__in=notes)
    return rows.update(read_at=timezone.now())


@transaction.atomic
def prefer(person, wishes: dict[tuple[str, str], str]) -> None:
    """Keep how a person wants to be told: {(kind, channel): mode}; at once is the default and needs no row."""
    Preference.objects.filter(person=person, kind__in={kind for kind, _channel in wishes}).delete()
    Preference.objects.bulk_create(
        Preference(person=person, kind=kind, channel=channel, mode=mode)
        for (kind, channel), mode in wishes.items()
        if mode != Mode.NOW
    )
