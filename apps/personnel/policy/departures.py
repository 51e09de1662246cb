"""Rules over plain values about leaving a site: notice, the client's decision, the last day (2.2.2)."""

from collections.abc import Collection
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.core import clauses
from apps.core.verdicts import YES, Verdict, no, unless
from apps.core.words import listed

clauses.claim("2.2.2a", "apps.personnel.policy.departures.side_may_sign")
clauses.claim("2.2.2b", "apps.personnel.policy.departures.may_end_on")
clauses.claim("2.2.2c", "apps.personnel.policy.departures.all_settled")


def said(text: str, reason, clause: str) -> Verdict:
    return unless(not text.strip(), reason, clause=clause)


def leaves_early(last_day: date, since: date, planned_to: date | None, today: date) -> Verdict:
    """A departure is asked for ahead of the planned end, and of the day itself."""
    return (
        unless(last_day < since, _("The last day lies before the first day."), clause="2.2.2a")
        & unless(last_day < today, _("The last day has passed already."), clause="2.2.2a")
        & unless(
            planned_to is not None and last_day >= planned_to,
            _("The posting is planned to end then anyway, so nobody needs to ask."),
            remedy=_("Start the handover instead."),
            clause="2.2.2a",
        )
    )


def notice(last_day: date, asked_on: date, days: int, why_shorter: str) -> Verdict:
    """In good time, or with a reason why not."""
    return unless(
        (last_day - asked_on).days < days and not why_shorter.strip(),
        _("This is less than %(days)s days ahead: say why the notice is shorter.") % {"days": days},
        clause="2.2.2a",
    )


def client_heard(said_at: datetime, asked_at: datetime, now: datetime) -> Verdict:
    """The client decided about what was asked, and not in the future."""
    return unless(
        said_at > now, _("This lies in the future: record what they have said already."), clause="2.2.2a"
    ) & unless(said_at < asked_at, _("Nobody had asked to leave then."), clause="2.2.2a")


def side_may_sign(outcome: str, client_agreed: bool | None, has_evidence: bool) -> Verdict:
    """The lead signs what the client decided, not an opinion: nothing before it is on record, and nothing else then."""
    if outcome == "returned":
        return YES
    if client_agreed is None or not has_evidence:
        return no(
            _("The client's decision is not on record yet."),
            remedy=_("Record who of the client decided, when, what they said, and add the proof."),
            clause="2.2.2a",
        )
    return unless(
        outcome == "approved" and not client_agreed,
        _("The client refused, so this side cannot approve."),
        remedy=_("Reject it, or return it so that another day is asked for."),
        clause="2.2.2a",
    ) & unless(
        outcome == "rejected" and client_agreed,
        _("The client agreed, so this side does not reject."),
        remedy=_("Approve it, or return it with what has to change."),
        clause="2.2.2a",
    )


def may_end_on(
    ended_on: date, planned_to: date | None, approved_from: date | None, left_without: bool, gone: bool = False
) -> Verdict:
    """Before the planned end a posting ends only on a day that both sides approved (2.2.2b).

    approved_from: the last day of the approved departure. left_without: HR has recorded that they left without one.
    gone: they are recorded as gone, and nobody has taken that up.
    """
    early = planned_to is not None and ended_on < planned_to
    if not early or left_without:
        return YES
    if approved_from is None:
        return no(
            _("The posting is planned to %(day)s, and no early departure is approved.")
            % {"day": date_format(planned_to, "DATE_FORMAT")},
            remedy=_("They are recorded as gone: HR takes that up as “Posting ended”, then it is handed over.")
            if gone
            else _("Ask for the departure; HR and the client side decide. Whoever is gone already is recorded."),
            clause="2.2.2b",
        )
    return unless(
        ended_on < approved_from,
        _("The departure is approved for %(day)s, not before.") % {"day": date_format(approved_from, "DATE_FORMAT")},
        remedy=_("Choose that day or a later one."),
        clause="2.2.2b",
    )


def end_not_dropped(planned_to: date | None, agreed: date | None) -> Verdict:
    """An agreed end is not left open, else the posting could end on any day without the departure of 2.2.2b."""
    return unless(
        planned_to is None and agreed is not None,
        _("An agreed end cannot be left open while somebody is on site."),
        remedy=_("Choose a later day, or ask for an early departure."),
        clause="2.2.2b",
    )


def all_settled(left: Collection[str], joined: Collection[str]) -> Verdict:
    """The lead signs when everything has a taker who accepted, is given back or closed.

    left: what is not settled. joined: what has come up since the list was made.
    """
    return unless(
        joined,
        _("Something more is to be handed over by now: %(things)s.") % {"things": listed(joined)},
        remedy=_("Take it into the handover and name who takes it over."),
        clause="2.2.2c",
    ) & unless(
        left,
        _("Not handed over yet: %(things)s.") % {"things": listed(left)},
        remedy=_("Name a successor who accepts each, or close it with a reason."),
        clause="2.2.2c",
    )


def gone(gone_since: date, since: date, today: date) -> Verdict:
    return unless(gone_since > today, _("This day lies ahead."), clause="2.2.2b") & unless(
        gone_since < since, _("The posting had not begun then."), clause="2.2.2b"
    )


def not_after_plan(last_day: date, planned_to: date | None, today: date) -> Verdict:
    """A last day that is still to come lies within the plan; who stays longer has the posting changed first."""
    return unless(
        planned_to is not None and last_day > max(planned_to, today),
        _("The posting is planned to %(day)s.") % {"day": planned_to and date_format(planned_to, "DATE_FORMAT")},
        remedy=_("If they stay longer, change the posting first."),
        clause="2.1.1",
    )
