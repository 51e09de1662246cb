"""The API of this app, a module per noun."""

from apps.workplans.endpoints import problems, quality, reports, tasks

ENDPOINTS = {**tasks.ENDPOINTS, **reports.ENDPOINTS, **problems.ENDPOINTS, **quality.ENDPOINTS}
