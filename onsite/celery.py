"""The Celery application: the clock and the muscle. What matters is in PostgreSQL, never here."""

import os

from celery import Celery
from celery.signals import beat_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite.settings")

app = Celery("onsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def worker_lives(**_details):
    """The worker's main process beats; the models are loaded only now."""
    from apps.core import pulse

    pulse.start("worker")


@beat_init.connect
def beat_lives(**_details):
    from apps.core import pulse

    pulse.start("beat")
