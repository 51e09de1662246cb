"""Handing over before leaving: everything has a taker, then the lead signs and the posting ends (2.2.2c)."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.core import notifications, obligations
from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import Findings, NotAllowed, Verdict, WrongState, require, unless
from apps.core.words import listed
from apps.personnel import access
from apps.personnel.actions.assignments import as_planned, end_posting, ends_in_order, one_calendar
from apps.personnel.actions.loose_ends import LOOSE_ENDS, collected, takers, works_here
from apps.personnel.models import RETURNS, Assignment, Handover, HandoverItem, User
from apps.personnel.policy import departures as policy
from apps.personnel.roles import Role

Status = Handover.Status
State = HandoverItem.State
RETURN = "return"  # the source of what is given back: access, badge, keys, devices
FROM_REGISTRY = _("Done or moved meanwhile.")

OPENED = verb("handover_opened", _("Handover opened"))
CALLED_OFF = verb("handover_called_off", _("Called off"))

HANDOVER_BEGINS = notifications.note_kind(
    "handover_begins",
    _("A handover begins"),
    _("%(person)s leaves %(site)s on %(day)s: hand over"),
    _("Everything that is still open gets a successor; the site lead signs."),
)
TAKE_OVER = notifications.note_kind(
    "handover_take_over",
    _("You are asked to take something over"),
    _("%(person)s leaves %(site)s: take over %(count)s from them"),
    _("%(things)s"),
    by_mail=True,
)
DECLINED = notifications.note_kind(
    "handover_declined",
    _("Somebody declines to take something over"),
    _("%(successor)s does not take over: %(things)s"),
    _("%(reason)s"),
)
CLOSE_ACCOUNT = notifications.note_kind(
    "handover_close_account",
    _("Somebody has left the company: the account is to be closed"),
    _("%(person)s has left the company: close the account"),
    _("Their last day at %(site)s was %(day)s."),
)


# --- Opening, and what is on the list -----------------------------------------------------------------


def may_begin(assignment: Assignment) -> Verdict:
    return unless(
        assignment.status != Assignment.Status.ON_SITE,
        _("Only the posting of somebody who is on site is handed over."),
        remedy=_("What has not begun is cancelled instead."),
        clause="2.2.2c",
    )


@transaction.atomic
def begin(assignment: Assignment, *, last_day: date, by: User, now: datetime) -> Handover:
    """Open the handover of a posting that comes to its end, or move the last day of the open one.

    Raises: NotAllowed, WrongState; PolicyBroken beside `last_day`, also when it lies before the planned end and no
    departure is approved (2.2.2b).
    """
    require(access.may_hand_over_posting(by, assignment), NotAllowed)
    lock(assignment)
    require(may_begin(assignment), WrongState)
    require(
        unless(last_day < assignment.since, _("The last day lies before the first day."), clause="2.2.2c")
        & policy.not_after_plan(last_day, assignment.planned_to, now.astimezone(assignment.site.zone).date())
        & as_planned(assignment, last_day),
        field="last_day",
    )
    return open_for(assignment, last_day=last_day, by=by, now=now)


def open_for(assignment: Assignment, *, last_day: date, by: User | None, now: datetime) -> Handover:
    """The handover of a posting with this last day; the caller has asked whether it may end then."""
    handover = assignment.handovers.filter(status=Status.OPEN).first()
    if handover is not None:
        lock(handover)
        handover.last_day = last_day
        handover.save(update_fields=["last_day"])
        _take_in(handover, by=by, now=now)
        return handover
    handover = Handover.objects.create(assignment=assignment, last_day=last_day, opened_by=by, opened_at=now)
    record(handover, OPENED, by=by, now=now)
    record(assignment, OPENED, by=by, now=now, handover=handover.pk)
    _ask_back(handover)
    _take_in(handover, by=by, now=now)
    notifications.tell(
        [one for one in dict.fromkeys((*assignment.site.leads, assignment.person)) if one != by],
        HANDOVER_BEGINS,
        key=f"handover:{handover.pk}:begins",
        now=now,
        subject=handover,
        person=assignment.person.name,
        site=assignment.site.name,
        day=last_day.isoformat(),
    )
    return handover


def _ask_back(handover: Handover) -> None:
    """Everybody gives back access, badge and devices; who had none of a kind has that closed with the reason."""
    keeper = next(iter(handover.site.leads), handover.assignment.person)
    with translation.override(keeper.language):
        HandoverItem.objects.bulk_create(
            HandoverItem(handover=handover, source=RETURN, key=f"{RETURN}:{kind}", title=str(title))
            for kind, title in RETURNS.items()
        )


def _take_in(handover: Handover, *, by: User | None, now: datetime) -> int:
    """Bring the list up to date: new loose ends join, what was done meanwhile is closed; answers how many joined."""
    found = collected(handover.assignment, handover.last_day)
    known = {item.key: item for item in handover.items.all()}
    fresh = [
        HandoverItem(handover=handover, source=source.name, key=key, title=one.title[:300], detail=one.detail[:300],
                     url=one.url)
        for key, (source, one) in found.items()
        if key not in known
    ]  # fmt: skip
    HandoverItem.objects.bulk_create(fresh)
    for key, item in known.items():
        if item.source != RETURN and key not in found and not item.settled:
            item.state, item.reason = State.CLOSED, str(FROM_REGISTRY)
            item.decided_by, item.decided_at = by, now
            item.save()
    _take_back(handover, [item for key, item in known.items() if key in found], now)
    return len(fresh)


def _take_back(handover: Handover, items: Iterable[HandoverItem], now: datetime) -> None:
    """What somebody was to take who cannot any more, because they leave too, is open again; the lead is told."""
    lost: dict[tuple[User, str], list[str]] = {}
    for item in items:
        if item.state in (State.OFFERED, State.ACCEPTED):
            verdict = may_take(item.successor, handover, item)
            if not verdict:
                item.state, item.reason = State.OPEN, str(verdict.reason)
                item.decided_by = item.decided_at = None
                item.save()
                lost.setdefault((item.successor, item.reason), []).append(item.name)
    for (successor, reason), titles in lost.items():
        _tell_declined(handover, successor, titles, reason, now)


def _tell_declined(handover: Handover, successor: User, titles: list[str], reason: str, now: datetime) -> None:
    notifications.tell(
        [one for one in handover.site.leads or handover.site.heads if one != successor],
        DECLINED,
        key=f"handover:{handover.pk}:declined:{successor.pk}:{now.isoformat()}",
        now=now,
        subject=handover,
        successor=successor.name,
        things=listed(titles),
        reason=reason,
    )


def joined(handover: Handover) -> list[str]:
    """Titles of what has come up since the list was made."""
    known = set(handover.items.values_list("key", flat=True))
    return [
        one.title for key, (_s, one) in collected(handover.assignment, handover.last_day).items() if key not in known
    ]


@transition(Status.OPEN, may=access.may_keep_handover, name="handover_refreshed", text=_("Looked again what is left"))
def refresh(handover: Handover, *, by: User, now: datetime) -> None:
    """Take in what has come up since."""
    _take_in(handover, by=by, now=now)


@obligations.planner
def refresh_open(now: datetime) -> int:
    """New loose ends join the open handovers by themselves; opens no promise."""
    for handover in Handover.objects.filter(status=Status.OPEN).order_by("pk"):
        with transaction.atomic():
            lock(handover)
            if handover.status == Status.OPEN:
                _take_in(handover, by=None, now=now)
    return 0


@transition(Status.OPEN, may=access.may_keep_handover, name="handover_return_added", text=_("To be given back"))
def add_return(handover: Handover, *, title: str, detail: str = "", by: User, now: datetime) -> str:
    """Add something that is to be given back: access, a badge, keys, a device.

    Raises: PolicyBroken beside `title`, also when it is on the list.
    """
    title = title.strip()
    findings = Findings(clause="2.2.2c")
    findings.check(policy.said(title, _("Say what is to be given back."), "2.2.2c"), "title")
    twin = any(one.name.casefold() == title.casefold() for one in handover.items.filter(source=RETURN))
    findings.check(unless(twin, _("This is on the list already."), clause="2.2.2c"), "title")
    findings.require()
    number = handover.items.filter(source=RETURN).count() + 1
    HandoverItem.objects.create(
        handover=handover, source=RETURN, key=f"{RETURN}:{number}", title=title[:300], detail=detail.strip()[:300]
    )
    return title


# --- Successors ---------------------------------------------------------------------------------------


def _of(handover: Handover, items: Collection[HandoverItem]) -> list[HandoverItem]:
    """These items of the handover, read afresh."""
    rows = list(handover.items.filter(pk__in=[one.pk for one in items]).select_related("successor"))
    require(unless(not rows, _("Mark at least one thing."), clause="2.2.2c"), field="items")
    return rows


def may_take(person: User, handover: Handover, item: HandoverItem) -> Verdict:
    """Whether somebody can own this from then on."""
    if item.source == RETURN:
        return works_here(person, handover.assignment)
    return LOOSE_ENDS[item.source].may_take(person, handover.assignment, item.key.partition(":")[2])


@transition(Status.OPEN, may=access.may_keep_handover, name="handover_successor_named", text=_("Successor named"))
def name_successor(
    handover: Handover, *, items: Collection[HandoverItem], successor: User, by: User, now: datetime
) -> str:
    """Ask somebody to take things over; whoever names themselves has accepted.

    Raises: PolicyBroken beside `items`, or beside `successor` when they cannot own one of them.
    """
    rows = [one for one in _of(handover, items) if one.source != RETURN]
    require(
        unless(
            not rows, _("What is given back needs no successor."), remedy=_("Mark it as given back."), clause="2.2.2c"
        ),
        field="items",
    )
    require(
        unless(any(one.settled for one in rows), _("One of these is settled already."), clause="2.2.2c"), field="items"
    )
    require(
        unless(
            successor.pk == handover.assignment.person_id,
            _("%(person)s is the one who leaves.") % {"person": successor},
            clause="2.2.2c",
        ),
        field="successor",
    )
    for one in rows:
        require(may_take(successor, handover, one), field="successor")
    mine = successor.pk == by.pk
    for one in rows:
        one.successor, one.reason = successor, ""
        one.state = State.ACCEPTED if mine else State.OFFERED
        one.decided_by, one.decided_at = (by, now) if mine else (None, None)
        one.save()
    handover.successor = successor
    if not mine:
        _tell(handover, successor, rows, now)
    return f"{successor}: {', '.join(one.name for one in rows)}"


def _tell(handover: Handover, successor: User, rows: list[HandoverItem], now: datetime) -> None:
    notifications.tell(
        [successor],
        TAKE_OVER,
        key=f"handover:{handover.pk}:{successor.pk}:{now.isoformat()}",
        now=now,
        subject=handover,
        url=reverse("handover_take", args=[handover.pk]),
        person=handover.assignment.person.name,
        site=handover.site.name,
        count=len(rows),
        things="\n".join(one.name for one in rows),
    )


def may_answer(user: User, handover: Handover) -> Verdict:
    return unless(
        not handover.items.filter(successor=user).exists(),
        _("Nobody asked you to take something over here."),
        remedy=_("Ask the site lead."),
        clause="2.2.2c",
    )


def _offered(handover: Handover, items: Collection[HandoverItem], by: User) -> list[HandoverItem]:
    rows = _of(handover, items)
    require(
        unless(
            any(one.successor_id != by.pk or one.state != State.OFFERED for one in rows),
            _("One of these is no longer offered to you."),
            remedy=_("Open the page again: it shows what still is."),
            clause="2.2.2c",
        ),
        field="items",
    )
    return rows


@transition(Status.OPEN, may=may_answer, name="handover_accepted", text=_("Taken over"))
def accept(handover: Handover, *, items: Collection[HandoverItem], by: User, now: datetime) -> str:
    """I take these over; they are mine when the lead signs.

    Raises: PolicyBroken beside `items`, also when I could no longer own one of them.
    """
    rows = _offered(handover, items, by)
    for one in rows:
        require(may_take(by, handover, one), field="items")
        one.state, one.decided_by, one.decided_at = State.ACCEPTED, by, now
        one.save()
    return listed(one.name for one in rows)


@transition(Status.OPEN, may=may_answer, name="handover_declined", text=_("Not taken over"))
def decline(handover: Handover, *, items: Collection[HandoverItem], reason: str, by: User, now: datetime) -> str:
    """I cannot take these over, and why; the lead is told and names somebody else.

    Raises: PolicyBroken beside `items` or `reason`.
    """
    rows = _offered(handover, items, by)
    require(policy.said(reason, _("Say why, so that somebody else can be found."), "2.2.2c"), field="reason")
    for one in rows:
        one.state, one.reason, one.decided_by, one.decided_at = State.OPEN, reason.strip(), by, now
        one.save()
    titles = [one.name for one in rows]
    _tell_declined(handover, by, titles, reason.strip(), now)
    return f"{', '.join(titles)}: {reason.strip()}"


# --- Settled without a successor ----------------------------------------------------------------------


@transition(Status.OPEN, may=access.may_keep_handover, name="handover_given_back", text=_("Given back"))
def give_back(handover: Handover, *, items: Collection[HandoverItem], by: User, now: datetime) -> str:
    """The lead has these in hand, or the access is switched off.

    Raises: PolicyBroken beside `items`.
    """
    rows = _of(handover, items)
    require(
        unless(
            any(one.source != RETURN or one.settled for one in rows),
            _("Only what is to be given back is given back, once."),
            clause="2.2.2c",
        ),
        field="items",
    )
    for one in rows:
        one.state, one.decided_by, one.decided_at = State.RETURNED, by, now
        one.save()
    return listed(one.name for one in rows)


@transition(
    Status.OPEN, may=access.may_keep_handover, name="handover_item_closed", text=_("Closed without a successor")
)
def close(handover: Handover, *, items: Collection[HandoverItem], reason: str, by: User, now: datetime) -> str:
    """Nobody needs to take these over, and why. A clock never stops by this: what is still owed goes to the lead.

    Raises: PolicyBroken beside `items` or `reason`.
    """
    rows = _of(handover, items)
    require(
        unless(any(one.settled for one in rows), _("One of these is settled already."), clause="2.2.2c"), field="items"
    )
    require(policy.said(reason, _("Say why nobody needs to take it over."), "2.2.2c"), field="reason")
    for one in rows:
        one.state, one.reason, one.decided_by, one.decided_at = State.CLOSED, reason.strip(), by, now
        one.save()
    return f"{', '.join(one.name for one in rows)}: {reason.strip()}"


# --- The end ------------------------------------------------------------------------------------------


def left(handover: Handover) -> list[str]:
    """Titles of what is not settled, or whose taker could no longer own it."""
    open_ones = []
    live = collected(handover.assignment, handover.last_day)
    for one in handover.items.select_related("successor"):
        accepted = one.state == State.ACCEPTED and one.key in live
        if not one.settled or (accepted and not may_take(one.successor, handover, one)):
            open_ones.append(one.name)
    return open_ones


def ready(handover: Handover) -> Verdict:
    """Whether the lead could sign now, and if not, what is missing."""
    absent = handover.assignment.absences.filter(status="open").exists()
    return unless(
        absent,
        _("They are recorded as gone without approval."),
        remedy=_("Take that up first: say how it came out."),
        clause="2.2.2b",
    ) & policy.all_settled(left(handover), joined(handover))


def last_day_has_come(handover: Handover, now: datetime) -> Verdict:
    """Whether any day up to now could be written down as the last one."""
    today = now.astimezone(handover.site.zone).date()
    early = handover.last_day > today and not ends_in_order(handover.assignment, today, now)
    return unless(
        early,
        _("The last day, %(day)s, has not come yet.") % {"day": date_format(handover.last_day, "DATE_FORMAT")},
        remedy=_("It can be signed from that day on."),
        clause="2.2.2c",
    )


def sign(
    handover: Handover,
    *,
    ended_on: date | None = None,
    note: str = "",
    leaves_company: bool | None = None,
    by: User,
    now: datetime,
) -> Handover:
    """The lead signs: the posting ends, and every clock and turn moves to its successor in this transaction.

    ended_on: the last day, as planned if not said. leaves_company: as the departure says, if not said.
    Raises: NotAllowed, WrongState; PolicyBroken when something is not settled, or beside `ended_on`.
    """
    assignment = handover.assignment
    with transaction.atomic(), one_calendar(assignment.person):
        handover.refresh_from_db()
        ended_on = ended_on or handover.last_day
        put_signature(handover, ended_on=ended_on, note=note, by=by, now=now)
        accepted = {
            one.key: one.successor for one in handover.items.filter(state=State.ACCEPTED).select_related("successor")
        }
        who = takers(assignment, ended_on, accepted)
        end_posting(assignment, ended_on=ended_on, reason=note, takers=who, by=by, now=now)
        if leaves_company is None:
            leaves_company = assignment.departures.filter(status="approved", leaves_company=True).exists()
        if leaves_company:
            _tell_to_close_account(assignment, now)
    return handover


@transition(Status.OPEN, to=Status.SIGNED, may=access.may_sign_handover, name="handover_signed", text=_("Signed"))
def put_signature(handover: Handover, *, ended_on: date, note: str, by: User, now: datetime) -> str:
    require(ends_in_order(handover.assignment, ended_on, now), field="ended_on")
    handover.last_day = ended_on
    require(ready(handover))
    handover.signed_by, handover.signed_at, handover.note = by, now, note.strip()
    return note.strip()


def _tell_to_close_account(assignment: Assignment, now: datetime) -> None:
    notifications.tell(
        list(User.objects.with_role(Role.ADMINISTRATOR) | User.objects.with_role(Role.HR)),
        CLOSE_ACCOUNT,
        key=f"assignment:{assignment.pk}:close_account",
        now=now,
        subject=assignment.person,
        url=assignment.person.get_absolute_url(),
        person=assignment.person.name,
        site=assignment.site.name,
        day=assignment.ended_on.isoformat(),
    )


def end(
    assignment: Assignment, *, ended_on: date, reason: str, returned: bool = False, by: User, now: datetime
) -> Assignment:
    """End a posting in one step where nothing is left to hand over; else the handover comes first.

    returned: access is switched off, badge, keys and devices are back.
    Raises: NotAllowed, WrongState; PolicyBroken beside `ended_on` (2.2.2b), or when something is loose (2.2.2c).
    """
    with transaction.atomic(), one_calendar(assignment.person):
        assignment.refresh_from_db()
        require(access.may_sign_off(by, assignment), NotAllowed)
        require(may_begin(assignment), WrongState)
        require(ends_in_order(assignment, ended_on, now), field="ended_on")
        handover = open_for(assignment, last_day=ended_on, by=by, now=now)
        if returned:
            back = handover.items.filter(source=RETURN, state=State.OPEN)
            back.update(state=State.RETURNED, decided_by=by, decided_at=now)
        require(
            unless(
                left(handover),
                _("Not handed over yet: %(things)s.") % {"things": listed(left(handover))},
                remedy=_("Open the handover first: name a successor who accepts each, or close it with a reason."),
                clause="2.2.2c",
            )
        )
        sign(handover, ended_on=ended_on, note=reason, by=by, now=now)
        assignment.refresh_from_db()
    return assignment


def call_off_of(assignment: Assignment, *, reason: str, by: User, now: datetime) -> None:
    """The open handover of a posting is no longer wanted."""
    for handover in assignment.handovers.filter(status=Status.OPEN):
        _call_off(handover, reason=reason, by=by, now=now)


@transition(Status.OPEN, to=Status.CANCELLED, may=access.may_keep_handover, name=CALLED_OFF)
def call_off(handover: Handover, *, reason: str, by: User, now: datetime) -> str:
    """They do not leave now after all; the posting runs as planned.

    Raises: NotAllowed; WrongState when an approved departure or HR's word is behind it; PolicyBroken beside `reason`.
    """
    assignment = handover.assignment
    require(can_call_off(assignment), WrongState)
    require(policy.said(reason, _("Say why they stay."), "2.2.2c"), field="reason")
    return reason.strip()


def can_call_off(assignment: Assignment) -> Verdict:
    return unless(
        assignment.departures.filter(status="approved").exists(),
        _("Both sides have approved that they leave."),
        remedy=_("HR calls off the departure: the handover goes with it."),
        clause="2.2.2a",
    ) & unless(
        assignment.absences.filter(result="ended").exists(),
        _("HR has written down that they left."),
        clause="2.2.2b",
    )


@transition(Status.OPEN, to=Status.CANCELLED, name=CALLED_OFF)
def _call_off(handover: Handover, *, reason: str, by: User, now: datetime) -> str:
    return reason
