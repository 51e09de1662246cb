"""Answers on their way to the client: lease a row, send with its stable Message-ID, mark. A repeat is recognisable."""

import logging
import smtplib
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.communication import access
from apps.communication.actions.enquiries import arrived_after_all, did_not_arrive
from apps.communication.mail import compose
from apps.communication.models import Enquiry, EnquiryMessage
from apps.core.attachments import Attachment
from apps.core.delivery import BACKOFF, BATCH, HELD_BACK, LEASE, Shut, unreached
from apps.core.obligations import database_now
from apps.core.transitions import lock, record, verb
from apps.core.verdicts import NotAllowed, WrongState, require, unless

Direction, Dispatch = EnquiryMessage.Direction, EnquiryMessage.Dispatch
RESENT = verb("answer_resent", _("Sending the answer again"))

logger = logging.getLogger(__name__)


def send_waiting(*, now: datetime | None = None) -> int:
    """Send the answers that wait; answers how many left. Several workers may run it."""
    sent = 0
    while leased := _lease(now or database_now()):
        for message in leased:
            try:
                sent += _send(message, now or database_now())
            except Shut:
                _hold_back(leased, now or database_now())
                break
    return sent


def _hold_back(leased: list[EnquiryMessage], now: datetime) -> None:
    """The mail server does not answer: whatever waits, here or behind, tries later."""
    free = Q(leased_until=None) | Q(leased_until__lte=now) | Q(pk__in=[message.pk for message in leased])
    later = now + HELD_BACK
    EnquiryMessage.objects.filter(free, dispatch=Dispatch.WAITING, next_try_at__lt=later).update(
        next_try_at=later, leased_until=None
    )


@transaction.atomic
def _lease(now: datetime) -> list[EnquiryMessage]:
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    rows = list(
        EnquiryMessage.objects.filter(free, dispatch=Dispatch.WAITING, next_try_at__lte=now)
        .order_by("next_try_at", "pk")
        .select_for_update(skip_locked=True, of=("self",))[:BATCH]
    )
    chosen = EnquiryMessage.objects.filter(pk__in=[row.pk for row in rows])
    chosen.update(leased_until=now + LEASE)
    return list(chosen.select_related("enquiry__owner", "author").order_by("pk"))


def _send(message: EnquiryMessage, now: datetime) -> int:
    """Whether it left. Raises: Shut."""
    try:
        letter(message).send()
    except smtplib.SMTPRecipientsRefused as error:
        temporary = any(code < 500 for code, _text in error.recipients.values())
        _failed(message, now, str(error), retry=temporary)
    except smtplib.SMTPResponseException as error:
        _failed(message, now, str(error), retry=error.smtp_code < 500)
    except (OSError, smtplib.SMTPException) as error:
        _failed(message, now, f"{type(error).__name__}: {error}", retry=True)
        if unreached(error):
            raise Shut from error
    except ValueError as error:
        _failed(message, now, str(error), retry=False)
    else:
        EnquiryMessage.objects.filter(pk=message.pk, dispatch=Dispatch.WAITING).update(
            dispatch=Dispatch.SENT, sent_at=now, leased_until=None, next_try_at=None, error=""
        )
        if message.attempts:
            arrived_after_all(message, now=now)
        return 1
    return 0


def letter(message: EnquiryMessage):
    """The mail of an answer: threaded by References and by the token in its subject, files included.

    Raises: ValueError for an address that is none.
    """
    before = list(
        message.enquiry.messages.filter(channel=Enquiry.Channel.MAIL, at__lte=message.at)
        .exclude(pk=message.pk)
        .exclude(message_id="")
        .exclude(direction=Direction.NOTE)
        .exclude(direction=Direction.IN, client_address="")  # logged by us: the client never saw that identifier
        .filter(automatic=False)
        .values_list("message_id", "direction")
    )
    asked = [message_id for message_id, direction in before if direction == Direction.IN]
    return compose(
        sender=_sender(message.author),
        to=message.client_address,
        subject=message.enquiry.subject,
        text=message.text,
        message_id=message.message_id,
        in_reply_to=asked[-1] if asked else "",
        references=[message_id for message_id, _direction in before],
        token=message.enquiry.number,
        files=[_file(one) for one in Attachment.objects.about(message)],
    )


def _file(attachment: Attachment) -> tuple[str, bytes, str]:
    with attachment.file.open("rb") as stored:
        return attachment.name, stored.read(), attachment.content_type


def _sender(author) -> str:
    """Our address for clients, under the writer's name."""
    company, address = parseaddr(settings.CLIENT_MAIL_FROM)
    name = " · ".join(part for part in (author.name, company or settings.COMPANY_NAME) if part).replace('"', "'")
    return f'"{name}" <{address}>' if address else settings.CLIENT_MAIL_FROM


def _failed(message: EnquiryMessage, now: datetime, error: str, *, retry: bool) -> None:
    message.attempts += 1
    message.error = error[:2000]
    message.leased_until = None
    if retry and message.attempts <= len(BACKOFF):
        message.next_try_at = now + BACKOFF[message.attempts - 1]
    else:
        message.dispatch = Dispatch.FAILED
        message.next_try_at = None
        logger.error("answer %s failed for good: %s", message.pk, message.error)
    message.save(update_fields=["attempts", "error", "leased_until", "dispatch", "next_try_at"])
    if message.dispatch == Dispatch.FAILED:
        did_not_arrive(message, now=now)


@transaction.atomic
def resend(message: EnquiryMessage, *, by, now: datetime) -> None:
    """Try an answer again that did not reach the client.

    Raises: NotAllowed; WrongState unless it failed.
    """
    lock(message)
    require(access.may_work(by, message.enquiry), NotAllowed)
    require(unless(message.dispatch != Dispatch.FAILED, _("Only an answer that failed can be sent again.")), WrongState)
    message.dispatch = Dispatch.WAITING
    message.next_try_at = now
    message.leased_until = None
    message.save(update_fields=["dispatch", "next_try_at", "leased_until"])
    record(message.enquiry, RESENT, by=by, now=now, note=message.client_address)
