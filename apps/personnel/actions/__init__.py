"""The verbs of this app, a module per noun."""

from apps.personnel.actions.arrivals import arrive, not_here, note_arrival, report_in
from apps.personnel.actions.assignments import cancel, change_assignment, dispatch, end
from apps.personnel.actions.papers import acknowledge, hand_in, publish, send_back, verify
from apps.personnel.actions.people import (
    add_person,
    close_account,
    may_leave,
    reopen_account,
    set_roles,
    take_off_second_step,
    ties,
    update_person,
)
from apps.personnel.actions.places import (
    add_client,
    add_contact,
    add_public_holidays,
    add_site,
    update_client,
    update_contact,
    update_site,
)

__all__ = [
    "acknowledge",
    "add_client",
    "add_contact",
    "add_person",
    "add_public_holidays",
    "add_site",
    "arrive",
    "cancel",
    "change_assignment",
    "close_account",
    "dispatch",
    "end",
    "hand_in",
    "may_leave",
    "not_here",
    "note_arrival",
    "publish",
    "reopen_account",
    "report_in",
    "send_back",
    "set_roles",
    "take_off_second_step",
    "ties",
    "update_client",
    "update_contact",
    "update_person",
    "update_site",
    "verify",
]
