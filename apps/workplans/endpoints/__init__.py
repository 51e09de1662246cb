"""The API of this app, a module per noun."""

from apps.workplans.endpoints import tasks

ENDPOINTS = {**tasks.ENDPOINTS}
