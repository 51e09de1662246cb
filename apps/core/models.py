"""Every table of the core, each at home in the module of its noun."""

from apps.core.approvals import Approval, Delegation, Signature
from apps.core.attachments import Attachment
from apps.core.history import HistoryContext
from apps.core.idempotency import IdempotencyKey
from apps.core.imports import ImportBatch, ImportProgress
from apps.core.notifications import Delivery, Notification, Preference, Robot
from apps.core.obligations import Obligation
from apps.core.parameters import Parameter
from apps.core.pulse import Heartbeat
from apps.core.saved_views import SavedView
from apps.core.transitions import Event

__all__ = [
    "Approval",
    "Attachment",
    "Delegation",
    "Delivery",
    "Event",
    "Heartbeat",
    "HistoryContext",
    "IdempotencyKey",
    "ImportBatch",
    "ImportProgress",
    "Notification",
    "Obligation",
    "Parameter",
    "Preference",
    "Robot",
    "SavedView",
    "Signature",
]
