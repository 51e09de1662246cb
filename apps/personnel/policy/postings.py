"""Rules over plain values about postings, accounts, sites and registers."""

from collections.abc import Collection
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.core import clauses
from apps.core.verdicts import YES, Verdict, no, unless
from apps.core.words import listed

clauses.claim("2.1.1", "apps.personnel.policy.postings.free_then")

LONGEST_BACK, LONGEST_AHEAD = timedelta(days=2 * 366), timedelta(days=5 * 366)
LONGEST_POSTING = timedelta(days=10 * 366)


def dates_in_order(since: date, planned_to: date | None) -> Verdict:
    """The planned end lies behind the first day, and within what anybody plans."""
    return unless(
        planned_to is not None and planned_to < since,
        _("The planned end lies before the first day."),
        clause="2.1.1",
    ) & unless(
        planned_to is not None and planned_to - since > LONGEST_POSTING,
        _("The planned end lies more than 10 years after the first day."),
        remedy=_("Look at the year; leave it empty while no end is known."),
        clause="2.1.1",
    )


def moved_ahead(since: date, today: date) -> Verdict:
    """Whoever has not begun is not moved to a day that is over."""
    return unless(
        since < today,
        _("This day has passed already."),
        remedy=_("Choose today or a later day."),
        clause="2.1.1",
    )


def first_day_sensible(since: date, hired_on: date | None, today: date) -> Verdict:
    """The first day lies after the person was hired, and within what anybody enters by hand."""
    if hired_on is not None and since < hired_on:
        return no(
            _("They were hired on %(day)s.") % {"day": date_format(hired_on, "DATE_FORMAT")},
            remedy=_("Choose a later first day."),
            clause="2.1.1",
        )
    return unless(
        not today - LONGEST_BACK <= since <= today + LONGEST_AHEAD,
        _("The first day lies more than 2 years back or 5 years ahead."),
        remedy=_("Look at the year."),
        clause="2.1.1",
    )


def first_day_after_arrival(since: date, arrived_on: date) -> Verdict:
    """Whoever has arrived was there from that day at the latest: what they owe from it stays owed (1.2)."""
    return unless(
        since > arrived_on,
        _("They have been on site since %(day)s.") % {"day": date_format(arrived_on, "DATE_FORMAT")},
        remedy=_("The first day may be corrected to that day or an earlier one."),
        clause="2.1.1",
    )


def stays_with_us(person, leaves_on: date | None, planned_to: date | None) -> Verdict:
    """Nobody is sent beyond the day on which they leave the company."""
    return unless(
        leaves_on is not None and (planned_to is None or planned_to > leaves_on),
        _("%(person)s leaves the company on %(day)s.")
        % {"person": person, "day": leaves_on and date_format(leaves_on, "DATE_FORMAT")},
        remedy=_("Choose somebody else; of whoever was hired again, change the day of hire first."),
        clause="2.1.1",
    )


def free_then(person, taken: tuple[str, date, date | None] | None) -> Verdict:
    """Nobody is stationed at two places on one day.

    taken: the other posting, as (site, first day, last day or None for open end); None when there is none.
    """
    if taken is None:
        return YES
    site, since, until = taken
    if until is None:
        reason = _("%(person)s is at %(site)s from %(since)s on, with no end planned.")
    else:
        reason = _("%(person)s is at %(site)s from %(since)s to %(until)s.")
    return no(
        reason
        % {
            "person": person,
            "site": site,
            "since": date_format(since, "DATE_FORMAT"),
            "until": date_format(until, "DATE_FORMAT") if until else "",
        },
        remedy=_("Choose other days, or end that assignment first."),
        clause="2.1.1",
    )


def still_with_us(person, active: bool) -> Verdict:
    return unless(
        not active,
        _("%(person)s no longer works here.") % {"person": person},
        remedy=_("Choose somebody else."),
        clause="2.1.1",
    )


def site_runs(site, active: bool) -> Verdict:
    return unless(not active, _("%(site)s no longer runs.") % {"site": site}, clause="2.1.1")


def project_of_client(project_client: int | None, site_client: int) -> Verdict:
    return unless(
        project_client is not None and project_client != site_client,
        _("This project belongs to another client than the site."),
        clause="2.1.1",
    )


def ended_in_order(since: date, ended_on: date, today: date) -> Verdict:
    """The last day is a day that was worked: from the first day to today."""
    if ended_on < since:
        return no(_("The last day lies before the first day."), remedy=_("Cancel the assignment instead."))
    return unless(
        ended_on > today,
        _("The last day lies ahead."),
        remedy=_("Change the planned end, and end the assignment on its last day."),
    )


def site_may_close(people: Collection[str], promises: int, open_rounds: int) -> Verdict:
    """A site ends when nobody is stationed there, and nothing promised or sent for a signature is left open."""
    reasons = [
        reason
        for bad, reason in (
            (people, _("Stationed there: %(people)s.") % {"people": _listed(people)}),
            (promises, _("Promises to the client, still open: %(count)s.") % {"count": promises}),
            (open_rounds, _("Decisions still open: %(count)s.") % {"count": open_rounds}),
        )
        if bad
    ]
    return unless(
        reasons,
        " ".join(str(reason) for reason in reasons),
        remedy=_("End the postings, and bring what is open to its end; then the site can stop running."),
        clause="2.2.2c",
    )


def keeps_its_client(used: bool) -> Verdict:
    """What was promised at a site was promised to its client."""
    return unless(
        used,
        _("People, contacts or promises of this client belong to the site already."),
        remedy=_("Enter the new client's place as a site of its own."),
        clause="2.1.1",
    )


def deputy_is_another(lead: int | None, deputy: int | None) -> Verdict:
    return unless(lead is not None and lead == deputy, _("The deputy is somebody else than the lead."))


def department_above(department: int | None, above: int | None, below: Collection[int]) -> Verdict:
    """A department never belongs to itself, nor to one below it."""
    return unless(
        above is not None and (above == department or above in below),
        _("A department cannot belong to itself or to one below it."),
    )


def contacts_sites(client: int, site_clients: Collection[int]) -> Verdict:
    return unless(any(one != client for one in site_clients), _("Choose sites of this client."))


def holiday_place(country: str, site: int | None) -> Verdict:
    return unless(
        bool(country) == (site is not None), _("Give either a country or one site: a day off belongs to one of them.")
    )


def may_leave(
    *, promises: int, leads: Collection[str], heads: Collection[str], postings: Collection[str], open_rounds: int
) -> Verdict:
    """An account is closed when nothing waits for its owner any more; else each thing that does is named."""
    reasons = [
        reason
        for bad, reason in (
            (promises, _("Promises nobody else would take, still open: %(count)s.") % {"count": promises}),
            (leads, _("They lead %(sites)s.") % {"sites": _listed(leads)}),
            (heads, _("They head %(departments)s.") % {"departments": _listed(heads)}),
            (postings, _("They are stationed at %(sites)s.") % {"sites": _listed(postings)}),
            (open_rounds, _("Decisions that wait for them: %(count)s.") % {"count": open_rounds}),
        )
        if bad
    ]
    return unless(
        reasons,
        " ".join(str(reason) for reason in reasons),
        remedy=_("Hand these over first; then close the account."),
        clause="2.2.2c",
    )


def somebody_takes_over(left_alone: Collection[str]) -> Verdict:
    """What somebody leaves behind at a site has a new owner: its lead, its deputy or a head above.

    left_alone: the titles of promises for which there is none.
    """
    return unless(
        left_alone,
        _("Nobody is there to take over: %(promises)s.") % {"promises": _listed(left_alone)},
        remedy=_("Give the site a lead first, or hand these over."),
        clause="2.2.2c",
    )


def _listed(names: Collection[str]) -> str:
    return listed(names)


def keeps_an_administrator(others: int) -> Verdict:
    return unless(
        others == 0,
        _("This is the last administrator."),
        remedy=_("Give somebody else the role first."),
    )
