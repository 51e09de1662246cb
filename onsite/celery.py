"""The Celery application: the clock and the muscle. What matters is in PostgreSQL, never here."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite.settings")

app = Celery("onsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
