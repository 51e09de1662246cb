"""The verbs of this app, a module per noun."""

from apps.personnel.actions.answers import accept, ask_again, object_to
from apps.personnel.actions.arrivals import arrive, not_here, note_arrival, report_in
from apps.personnel.actions.assignments import cancel, change_assignment, dispatch, dispatch_named
from apps.personnel.actions.handovers import end
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
from apps.personnel.actions.staffing import ask_for_people, change_request, close_request, require_of, take_away
from apps.personnel.actions.waivers import ask_waiver, give_up_waiver, revise_waiver

__all__ = [
    "accept",
    "acknowledge",
    "add_client",
    "add_contact",
    "add_person",
    "add_public_holidays",
    "add_site",
    "arrive",
    "ask_again",
    "ask_for_people",
    "ask_waiver",
    "cancel",
    "change_assignment",
    "change_request",
    "close_account",
    "close_request",
    "dispatch",
    "dispatch_named",
    "end",
    "give_up_waiver",
    "hand_in",
    "may_leave",
    "not_here",
    "note_arrival",
    "object_to",
    "publish",
    "reopen_account",
    "report_in",
    "require_of",
    "revise_waiver",
    "send_back",
    "set_roles",
    "take_away",
    "take_off_second_step",
    "ties",
    "update_client",
    "update_contact",
    "update_person",
    "update_site",
    "verify",
]
