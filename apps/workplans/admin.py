"""This app's tables in the technical administration, without the words that people write of their work."""

from django.contrib.admin import site

from apps.workplans import models

site.show(
    models.Task,
    "id", "site", "owner", "status", "due_on",
    exclude=["title", "deliverable", "acceptance", "fit", "outcome", "verdict", "request", "waits_for"],
    nameless=True,
)  # fmt: skip
site.show(
    models.Plan,
    "id", "version", "status", "submitted_at", "decided_at",
    exclude=["task", "goals", "resources", "risks", "change", "remarks"],
    nameless=True,
)  # fmt: skip
site.show(models.TaskTemplate)
