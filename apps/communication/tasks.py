"""Celery's doors to this app. Each claims its work in the database; a lost or doubled call changes nothing."""

from celery import shared_task
from celery.utils.log import get_task_logger

from apps.communication.actions import mailbox, sending

logger = get_task_logger(__name__)


@shared_task
def fetch_mail():
    try:
        mailbox.fetch()
    except (mailbox.MailboxTrouble, OSError) as trouble:
        logger.error("the mailbox of clients cannot be read: %s", trouble)


@shared_task
def send_answers():
    sending.send_waiting()
