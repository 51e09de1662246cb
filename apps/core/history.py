"""Row history by database triggers: every change of a row, however it was made, deletions too.

Three tables tell what happened: `Event` (which verb), a history table for each tracked model (which values), and
pghistory's context (who, on which page). Triggers keep all of them from being rewritten or emptied.
"""

import pghistory
import pgtrigger
from pghistory.models import Context


def never_emptied() -> pgtrigger.Trigger:
    """Refuse TRUNCATE, which triggers on rows do not see."""
    return pgtrigger.Trigger(
        name="no_truncate",
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        func="RAISE EXCEPTION 'events are never removed';",
    )


def never_removed() -> list[pgtrigger.Trigger]:
    """Rows may change, and stay for ever."""
    return [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete), never_emptied()]


def append_only() -> list[pgtrigger.Trigger]:
    """Rows are only ever added."""
    protect = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
    return [protect, never_emptied()]


def history(**options):
    """Keep a model's history in an append-only table of its own; `exclude` leaves fields out."""
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        append_only=True,
        meta={"triggers": [never_emptied()]},
        **options,
    )


class HistoryContext(Context):
    """Who made the changes of one request, and where. A running request may add to it; nothing is taken back."""

    class Meta:
        proxy = True
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="only_grows",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.id <> NEW.id OR OLD.created_at <> NEW.created_at"
                    " OR NOT NEW.metadata @> jsonb_strip_nulls(OLD.metadata)"
                ),
            ),
        ]
