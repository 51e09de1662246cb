"""The API of this app, a module per noun."""

from apps.workplans.endpoints import problems, quality

ENDPOINTS = {**problems.ENDPOINTS, **quality.ENDPOINTS}
