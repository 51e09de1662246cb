"""Heartbeats: every process beats into PostgreSQL, and whoever lives notices who has fallen silent.

So does what must go on working from outside, such as the mailbox of clients: an app says by `watch` what it is.
"""

import logging
import threading
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import DatabaseError, close_old_connections, connections, models, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import notifications, obligations

SECONDS = 15
URGENT_SECONDS = 5  # begins nothing new after that; its last batch and this pause stay below SILENT_AFTER
SILENT_AFTER = timedelta(seconds=90)

logger = logging.getLogger(__name__)

SILENCE = notifications.note_kind(
    "process_silent",
    _("A part of the system stands still"),
    _("No sign of life from %(process)s since %(since_at)s"),
    _("Reminders may come late. Restart it; nothing is lost, and what is due is caught up."),
    urgent=True,
)


class Heartbeat(models.Model):
    """The last sign of life of a kind of process."""

    process = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("sign of life")
        verbose_name_plural = _("signs of life")

    def __str__(self):
        return f"{self.process}: {self.at}"


@dataclass(frozen=True)
class Watched:
    """What must not fall silent for `after`; administrators get a notice of `kind` and see `banner` on every page."""

    kind: notifications.NoteKind
    banner: str
    after: timedelta = SILENT_AFTER


WATCHED: dict[str, Watched] = {}


def watch(process: str, kind, banner, *, after: timedelta = SILENT_AFTER) -> None:
    """banner: words with %(process)s and %(since)s."""
    WATCHED[process] = Watched(kind, banner, after)


for name in ("web", "worker", "beat"):
    watch(name, SILENCE, _("No sign of life from “%(process)s” since %(since)s. Reminders may come late."))


def beat(process: str) -> None:
    """Write a sign of life by the database's clock."""
    Heartbeat.objects.update_or_create(process=process, defaults={"at": obligations.database_now()})


def expect(process: str) -> None:
    """From now on a sign of life is missed, though there was none yet."""
    Heartbeat.objects.get_or_create(process=process, defaults={"at": obligations.database_now()})


def silent() -> list[Heartbeat]:
    """What was expected, or beat once, and has been silent since for too long."""
    now = obligations.database_now()
    late = models.Q(pk__in=[])
    for name, one in WATCHED.items():
        late |= models.Q(process=name, at__lte=now - one.after)
    return list(Heartbeat.objects.filter(late))


def raise_alarm() -> int:
    """Tell administrators of whatever is silent, once per outage; answers how many notices are new."""
    told = 0
    for heartbeat in silent():
        with transaction.atomic():
            told += len(
                notifications.tell(
                    get_user_model().objects.with_role("administrator"),
                    WATCHED[heartbeat.process].kind,
                    key=f"silent:{heartbeat.process}:{heartbeat.at.isoformat()}",
                    now=obligations.database_now(),
                    url="/",
                    process=heartbeat.process,
                    since_at=heartbeat.at,
                )
            )
    return told


def start(process: str) -> threading.Thread:
    """Beat from a thread of this process until it ends; needs PostgreSQL only."""
    thread = threading.Thread(target=_run, args=(process,), name=f"pulse-{process}", daemon=True)
    thread.start()
    return thread


def _run(process: str) -> None:
    pause = threading.Event()
    while True:
        try:
            close_old_connections()
            breathe(process)
        except DatabaseError as error:
            logger.warning("no heartbeat of %s: %s", process, error)
            connections.close_all()
        pause.wait(SECONDS)


def breathe(process: str) -> None:
    """A sign of life, a look at the others, and what is urgent sent on: all of it without Redis.

    A full outbox must not stop the breath, or this process would be missed itself: ordinary mail is the workers'.
    """
    from apps.core.delivery import deliver
    from apps.core.notifications import Channel

    beat(process)
    raise_alarm()
    for channel in Channel:
        deliver(only_urgent=True, seconds=URGENT_SECONDS, channel=channel)
