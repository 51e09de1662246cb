"""Celery's doors to this app. Each claims its work in the database; a lost or doubled call changes nothing."""

from celery import shared_task

from apps.communication.actions import mailbox, sending


@shared_task
def fetch_mail():
    mailbox.keep_reading()


@shared_task
def send_answers():
    sending.send_waiting()
