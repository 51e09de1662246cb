"""The API of this app, a module per noun."""

from apps.workplans.endpoints import overview, problems, quality, reports, tasks

MODULES = (overview, tasks, reports, problems, quality)
ENDPOINTS = {name: door for module in MODULES for name, door in module.ENDPOINTS.items()}
