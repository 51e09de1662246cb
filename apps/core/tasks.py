"""Celery's doors to the core. Each claims its work in the database; a lost or doubled call changes nothing."""

from celery import shared_task
from django.utils import timezone

from apps.core import approvals, attachments, delivery, imports, obligations
from apps.core.locks import only_one
from apps.core.notifications import Channel


@shared_task
def sweep():
    obligations.sweep()


@shared_task
def settle():
    approvals.settle(now=timezone.now())


@shared_task
def deliver():
    delivery.deliver(seconds=8, channel=Channel.MAIL)


@shared_task
def deliver_to_robots():
    """One process at a time: chat systems that hang never hold all of them."""
    with only_one("robots") as mine:
        if mine:
            delivery.deliver(seconds=8, channel=Channel.ROBOT)


@shared_task
def plan():
    obligations.plan(timezone.now())


@shared_task
def work_on_imports():
    imports.work(now=timezone.now())


@shared_task
def tidy_files():
    attachments.remove_orphans(now=timezone.now())
