"""The core's tables in the technical administration."""

from django.contrib.admin import site

from apps.core import models

site.show(models.Approval, "id", "clause", "applicant", "status", "opened_at", exclude=["title"], nameless=True)
site.show(
    models.Signature,
    "id", "person", "role", "status", "decided_by", "decided_at",
    exclude=["approval", "reason"], nameless=True,
)  # fmt: skip
site.show(models.Delegation, "person", "delegate", "since", "until", "accepted_at", "ended_at")
site.show(
    models.Attachment,
    "id", "content_type", "size", "uploaded_at",
    exclude=["name", "file", "thumbnail"], nameless=True,
)  # fmt: skip
site.show(
    models.Notification, "person", "kind", "created_at", "read_at", search=["person__name", "key"], exclude=["context"]
)
site.show(models.Delivery, "notification", "channel", "status", "attempts", "next_try_at", "error")
site.show(models.Robot, "name", "provider", "person", "active", exclude=["token", "secret"])
site.show(
    models.Obligation,
    "id", "kind", "owner", "site", "status", "due_at", "next_alarm_at",
    exclude=["title"], nameless=True,
)  # fmt: skip
site.show(models.Parameter, "key", "value", "valid_from", "set_by", "set_at", search=["key"])
site.show(models.Heartbeat)
site.show(models.Event, "subject_type", "subject_id", "verb", "actor", "at", search=["verb"], exclude=["note", "data"])
