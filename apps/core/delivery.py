"""Carrying notices out of the house: lease a row, send with a stable id, mark. A repeat is recognisable."""

import logging
import smtplib
import socket
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from apps.core.channels import DeliveryFailed, send_to_robot
from apps.core.locks import hold
from apps.core.notifications import Channel, Delivery, Robot
from apps.core.obligations import database_now
from apps.core.verdicts import WrongState, require, unless

LEASE = timedelta(minutes=2)
BATCH = 5  # a hung robot costs 13 s; five of them must fit into one lease
BACKOFF = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12)]

HELD_BACK = timedelta(minutes=1)

logger = logging.getLogger(__name__)


def deliver(
    *, now: datetime | None = None, seconds: float | None = None, only_urgent: bool = False, channel: str = ""
) -> int:
    """Send what waits in the outbox, what is urgent first; answers how many were sent. Several workers may run it.

    seconds: begin nothing new after that long, so that a full outbox never keeps a worker from the clocks.
    channel: only this one, so that one which hangs never holds up the other.
    A door that does not answer is left alone for HELD_BACK, with everything that waits before it.
    """
    sent = 0
    limit = None if seconds is None else time.monotonic() + seconds
    while limit is None or time.monotonic() < limit:
        leased = _lease(now or database_now(), only_urgent, channel)
        if not leased:
            break
        shut = set()
        for group in _groups(leased):
            if _door(group[0]) in shut:
                continue
            try:
                sent += _send(group, now or database_now())
            except Shut:
                shut.add(_door(group[0]))
                _hold_back(group[0], leased, now or database_now())
    return sent


class Shut(Exception):
    """The mail server or chat system behind a delivery does not answer at all."""


def unreached(error: Exception) -> bool:
    """Whether the mail server is not there at all, or says nothing; the library hides the latter in its own error."""
    silent = isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, TimeoutError)
    gone = (TimeoutError, ConnectionRefusedError, socket.gaierror, smtplib.SMTPConnectError)
    return silent or isinstance(error, gone)


def _door(row: Delivery) -> tuple:
    """What a delivery goes through: the mail server, or a chat system."""
    return row.channel, row.robot.provider if row.robot else ""


def _hold_back(failed: Delivery, leased: list[Delivery], now: datetime) -> None:
    """What else waits before a shut door tries later; what another worker holds is its own affair."""
    free = models.Q(leased_until=None) | models.Q(leased_until__lte=now) | models.Q(pk__in=[row.pk for row in leased])
    behind = Delivery.objects.filter(free, status=Delivery.Status.WAITING, channel=failed.channel)
    if failed.robot:
        behind = behind.filter(robot__in=Robot.objects.filter(provider=failed.robot.provider))
    later = now + HELD_BACK
    behind.filter(next_try_at__lt=later).update(next_try_at=later, leased_until=None)


@transaction.atomic
def _lease(now: datetime, only_urgent: bool, channel: str) -> list[Delivery]:
    """The next few that are due, and with a part of a digest all of it; one worker at a time keeps it whole."""
    hold("outbox")
    free = models.Q(leased_until=None) | models.Q(leased_until__lte=now)
    these = models.Q(urgent=True) if only_urgent else models.Q()
    these &= models.Q(channel=channel) if channel else models.Q()
    due = Delivery.objects.filter(free, these, status=Delivery.Status.WAITING, next_try_at__lte=now)
    due = due.select_for_update(skip_locked=True, of=("self",))
    rows = list(due.order_by("-urgent", "next_try_at", "pk")[:BATCH])
    begun = Delivery.objects.filter(pk__in=[row.pk for row in rows], digest=True).order_by()
    for person, through, robot in begun.values_list("notification__person", "channel", "robot").distinct():
        rows += due.filter(notification__person=person, channel=through, robot=robot, digest=True)
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(leased_until=now + LEASE)
    return list(
        Delivery.objects.filter(pk__in=[row.pk for row in rows])
        .select_related("notification__person", "robot")
        .order_by("-urgent", "pk")
    )


def _together(row: Delivery) -> tuple:
    """What goes into one digest."""
    return row.notification.person_id, row.channel, row.robot_id


def _groups(rows: list[Delivery]) -> list[list[Delivery]]:
    """Each alone, but a person's digest by one channel together."""
    groups: dict[tuple, list[Delivery]] = {}
    for row in rows:
        together = _together(row) if row.digest else (row.pk,)
        groups.setdefault(together, []).append(row)
    return list(groups.values())


def _send(group: list[Delivery], now: datetime) -> int:
    """How many went out. Raises: Shut."""
    first = group[0]
    try:
        with translation.override(first.notification.person.language):
            if first.channel == Channel.MAIL:
                _mail(group)
            else:
                _robot(group, now)
    except DeliveryFailed as failure:
        _failed(group, now, str(failure), failure.retry, timedelta(seconds=failure.retry_after or 0))
        if failure.shut:
            raise Shut from failure
        return 0
    except smtplib.SMTPRecipientsRefused as error:
        _failed(group, now, str(error), any(code < 500 for code, _text in error.recipients.values()))
        return 0
    except smtplib.SMTPResponseException as error:
        _failed(group, now, str(error), error.smtp_code < 500)
        return 0
    except (OSError, smtplib.SMTPException, ValueError) as error:
        _failed(group, now, f"{type(error).__name__}: {error}", not isinstance(error, ValueError))
        if unreached(error):
            raise Shut from error
        return 0
    Delivery.objects.filter(pk__in=[row.pk for row in group]).update(
        status=Delivery.Status.SENT, sent_at=now, leased_until=None, error=""
    )
    return len(group)


def _failed(group: list[Delivery], now: datetime, error: str, retry: bool, at_least=timedelta(0)) -> None:
    for row in group:
        row.attempts += 1
        row.error = error[:2000]
        row.leased_until = None
        if retry and row.attempts <= len(BACKOFF):
            row.next_try_at = now + max(BACKOFF[row.attempts - 1], at_least)
        else:
            row.status = Delivery.Status.FAILED
            logger.error("delivery %s failed for good: %s", row.pk, row.error)
        row.save(update_fields=["attempts", "error", "leased_until", "status", "next_try_at"])


def _words(group: list[Delivery]) -> tuple[str, str, str]:
    """Title, text and address of one notice, or of a digest."""
    note = group[0].notification
    if len(group) == 1:
        return note.title, note.body, f"{settings.PUBLIC_URL}{note.url}"
    lines = [f"• {row.notification.title}\n  {settings.PUBLIC_URL}{row.notification.url}" for row in group]
    return _("Your digest: %(count)s notices") % {"count": len(group)}, "\n\n".join(lines), settings.PUBLIC_URL


def _mail(group: list[Delivery]) -> None:
    title, text, url = _words(group)
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    EmailMessage(
        subject=" ".join(title.split())[:200],
        body=f"{title}\n\n{text}\n\n{url}\n",
        to=[group[0].address or group[0].notification.person.email],
        headers={"Message-ID": f"<delivery-{group[0].pk}@{host}>", "Auto-Submitted": "auto-generated"},
    ).send()


def _robot(group: list[Delivery], now: datetime) -> None:
    title, text, url = _words(group)
    robot = group[0].robot
    if robot is None or not robot.active:
        raise DeliveryFailed(_("This chat robot is no longer there."), retry=False)
    send_to_robot(robot.provider, token=robot.token, secret=robot.secret, title=title, text=text, url=url, at=now)


@transaction.atomic
def resend(delivery: Delivery, *, now: datetime) -> None:
    """Try a failed delivery again.

    Raises: WrongState unless it failed.
    """
    delivery.refresh_from_db(from_queryset=Delivery.objects.select_for_update())
    require(unless(delivery.status != Delivery.Status.FAILED, _("Only a failed delivery can be resent.")), WrongState)
    delivery.status = Delivery.Status.WAITING
    delivery.attempts = 0
    delivery.next_try_at = now
    delivery.save(update_fields=["status", "attempts", "next_try_at"])
