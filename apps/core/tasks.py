"""Celery's doors to the core. Each claims its work in the database; a lost or doubled call changes nothing."""

from celery import shared_task
from django.utils import timezone

from apps.core import approvals, attachments, delivery, obligations


@shared_task
def sweep():
    obligations.sweep()


@shared_task
def settle():
    approvals.settle(now=timezone.now())


@shared_task
def deliver():
    delivery.deliver(seconds=8)


@shared_task
def plan():
    obligations.plan(timezone.now())


@shared_task
def tidy_files():
    attachments.remove_orphans(now=timezone.now())
