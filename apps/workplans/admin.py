"""This app's tables in the technical administration, without the words that people write of their work."""

from django.contrib.admin import site

from apps.workplans import models

site.show(
    models.Task,
    "title",
    "site",
    "owner",
    "status",
    "due_on",
    search=["title"],
    exclude=["deliverable", "acceptance", "fit", "outcome", "verdict"],
)
site.show(models.Plan, exclude=["goals", "resources", "risks", "change", "remarks"])
site.show(models.TaskTemplate)
