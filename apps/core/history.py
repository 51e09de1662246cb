"""Row history by database triggers: every change of a row, however it was made, deletions too."""

import pghistory


def history(**options):
    """Keep a model's history in an append-only table of its own; `exclude` leaves fields out."""
    return pghistory.track(
        pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True, **options
    )
