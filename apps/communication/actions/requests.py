"""What we do with a client's request (clauses 1.3.2, 7.1.2b): log, give an owner, accept, move, finish."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.communication import access
from apps.communication.models import ClientRequest, DateChange
from apps.communication.obligations import requests as clocks
from apps.communication.policy import requests as policy
from apps.communication.policy.enquiries import between
from apps.core import approvals, notifications, obligations
from apps.core.forms import attach_all
from apps.core.obligations import Obligation
from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import Findings, NotAllowed, WrongState, no, require, unless

Status = ClientRequest.Status
Files = Sequence[tuple[str, bytes]]

LOGGED = verb("request_logged", _("Logged what the client wants"))
DATE_PROPOSED = verb("date_change_proposed", _("Proposed another due time"))
DATE_CHANGED = verb("request_date_changed", _("Due time changed"))

NEW_REQUEST = notifications.note_kind(
    "request_new",
    _("A client wants something done"),
    _("Needs an owner: %(what)s"),
    _("%(site)s, asked by %(contact)s. Name an owner and agree a due time."),
)
YOURS = notifications.note_kind(
    "request_yours",
    _("A client's request is yours"),
    _("Yours now: %(what)s"),
    _("%(site)s, asked by %(contact)s."),
)


# --- Into the house -----------------------------------------------------------------------------------


@transaction.atomic
def log_request(
    *, site, contact, title: str, received_at: datetime, by, now: datetime, detail: str = "", enquiry=None, owner=None
) -> ClientRequest:
    """Write down what the client wants; from then on it needs an owner and a due time.

    Raises: NotAllowed; PolicyBroken beside `title`, `contact`, `received_at`, `enquiry` or `owner`.
    """
    request = ClientRequest(
        site=site,
        contact=contact,
        enquiry=enquiry,
        title=title.strip(),
        detail=detail.strip(),
        owner=owner,
        logged_by=by,
        received_at=min(received_at, now),
    )
    require(access.may_assign(by, request), NotAllowed)
    findings = Findings(clause="1.3.2")
    findings.check(policy.said(title, _("Say what the client wants.")), "title")
    findings.check(access.of_client(contact, site), "contact")
    findings.check(policy.received(received_at, now), "received_at")
    findings.check(access.of_site(enquiry, site), "enquiry")
    if owner is not None:
        findings.check(access.may_own(owner, request), "owner")
    findings.require()
    request.save()
    record(request, LOGGED, by=by, now=now)
    clocks.find_owner(request, now=now)
    if owner is None:
        notifications.tell(
            [person for person in site.leads if person != by],
            NEW_REQUEST,
            key=f"request:{request.pk}:new",
            now=now,
            subject=request,
            what=request.title,
            site=site.name,
            contact=contact.name,
        )
    else:
        _now_owned(request, by=by, now=now)
    return request


def _now_owned(request: ClientRequest, *, by, now: datetime) -> None:
    """The request has its first owner: that clock stops, and the one to agree a due time starts."""
    obligations.meet(clocks.REQUEST_OWNER, request, by=by, at=now)
    clocks.agree_due_time(request, now=now)
    _tell_owner(request, by=by, now=now)


def _tell_owner(request: ClientRequest, *, by, now: datetime) -> None:
    notifications.tell(
        [request.owner] if request.owner != by else [],
        YOURS,
        key=f"request:{request.pk}:owner:{now.isoformat()}",
        now=now,
        subject=request,
        what=request.title,
        site=request.site.name,
        contact=request.contact.name,
    )


# --- Owner and due time -------------------------------------------------------------------------------


@transition([Status.NEW, Status.ACCEPTED], may=access.may_give, name="request_assigned", text=_("Owner named"))
def assign(request: ClientRequest, *, owner, by, now: datetime, reason: str = "") -> str:
    """Name the owner, or hand the request to another one; its clocks go along as they run.

    Raises: PolicyBroken beside `owner`; for a request that has an owner also beside `reason`.
    """
    findings = Findings(clause="1.3.2")
    findings.check(access.may_own(owner, request), "owner")
    findings.check(unless(owner.pk == request.owner_id, _("This person owns it already.")), "owner")
    if request.owner_id:
        findings.check(policy.said(reason, _("Say why, so that the new owner knows.")), "reason")
    findings.require()
    return _give(request, owner=owner, by=by, now=now, reason=reason)


def _give(request: ClientRequest, *, owner, by, now: datetime, reason: str) -> str:
    first = request.owner_id is None
    request.owner = owner
    if first:
        _now_owned(request, by=by, now=now)
    else:
        running = Obligation.objects.kind(clocks.REQUEST_AGREE, clocks.REQUEST_DUE).about(request)
        obligations.hand_over(running, to=owner, by=by, now=now, reason=reason.strip())
    return reason.strip() or str(owner)


@obligations.handed_over_by(clocks.REQUEST_OWNER)
@obligations.handed_over_by(clocks.REQUEST_AGREE)
@obligations.handed_over_by(clocks.REQUEST_DUE)
def hand_over(obligation: Obligation, *, to, by, now: datetime, reason: str) -> None:
    go_along(obligation.subject, owner=to, by=by, now=now, reason=reason)


@transition([Status.NEW, Status.ACCEPTED], name="request_assigned")
def go_along(request: ClientRequest, *, owner, by, now: datetime, reason: str) -> str:
    """A clock that is handed over takes its request along; who may hand it over was asked there."""
    return _give(request, owner=owner, by=by, now=now, reason=reason)


@transition(Status.NEW, to=Status.ACCEPTED, may=access.may_assign, name="request_accepted", text=_("Accepted"))
def accept(request: ClientRequest, *, owner, agreed_due_at: datetime, by, now: datetime) -> None:
    """Promise it to the client, with an owner, by a time agreed with them (7.1.2b).

    Raises: PolicyBroken beside `owner` or `agreed_due_at`.
    """
    findings = Findings(clause=policy.CLAUSE)
    findings.check(access.may_own(owner, request), "owner")
    findings.check(policy.due_ahead(agreed_due_at, now), "agreed_due_at")
    findings.require()
    changed = request.owner_id != owner.pk
    request.owner = owner
    request.agreed_due_at = agreed_due_at
    request.accepted_at = now
    obligations.meet(clocks.REQUEST_OWNER, request, by=by, at=now)
    obligations.meet(clocks.REQUEST_AGREE, request, by=by, at=now)
    clocks.do_by_agreed_time(request, now=now)
    if changed:
        _tell_owner(request, by=by, now=now)


@transition(Status.NEW, to=Status.DECLINED, may=access.may_lead, name="request_declined", text=_("Declined"))
def decline(request: ClientRequest, *, outcome: str, by, now: datetime) -> str:
    """Tell the client no, and why; only before it was promised.

    Raises: PolicyBroken beside `outcome`.
    """
    require(policy.said(outcome, _("Say why, and what the client was told.")), field="outcome")
    request.outcome = outcome.strip()
    request.closed_at = now
    obligations.meet(clocks.REQUEST_OWNER, request, by=by, at=now)
    obligations.meet(clocks.REQUEST_AGREE, request, by=by, at=now)
    return request.outcome


@transition(Status.ACCEPTED, to=Status.DONE, may=access.may_give, name="request_done", text=_("Done"))
def finish(request: ClientRequest, *, outcome: str, done_at: datetime, by, now: datetime) -> str:
    """The work is done: what came out, and when. Said after the due time, it is late for ever.

    Raises: PolicyBroken beside `outcome` or `done_at`.
    """
    findings = Findings(clause=policy.CLAUSE)
    findings.check(policy.said(outcome, _("Say what came out.")), "outcome")
    findings.check(policy.completion(done_at, request.received_at, now), "done_at")
    findings.require()
    request.outcome = outcome.strip()
    request.closed_at = between(done_at, request.received_at, now)
    obligations.meet(clocks.REQUEST_DUE, request, by=by, at=request.closed_at, learned_at=now)
    return request.outcome


# --- Another due time (7.1.2b) ------------------------------------------------------------------------


def _check_change(request: ClientRequest, *, due_at, reason, consent_by, consent_at, has_evidence: bool, now) -> None:
    findings = Findings(clause=policy.CLAUSE)
    findings.check(policy.due_ahead(due_at, now) & policy.due_moves(due_at, request.agreed_due_at), "due_at")
    findings.check(policy.said(reason, _("Say why the date must change.")), "reason")
    findings.check(access.of_client(consent_by, request.site), "consent_by")
    findings.check(policy.consent(consent_at, request.received_at, now), "consent_at")
    findings.check(
        unless(
            not has_evidence,
            _("Add the proof of the client's consent: a mail, a letter, a photo."),
            clause=policy.CLAUSE,
        ),
        "files",
    )
    findings.require()


def _title(change: DateChange) -> str:
    """The request with both dates on the site's clock."""
    zone = change.site.zone
    dates = [date_format(moment.astimezone(zone), "Y-m-d H:i") for moment in (change.before_at, change.due_at)]
    return f"{change.request.title} · {dates[0]} → {dates[1]}"


@transaction.atomic
def propose_date(
    request: ClientRequest,
    *,
    due_at: datetime,
    reason: str,
    consent_by,
    consent_at: datetime,
    files: Files,
    by,
    now: datetime,
) -> DateChange:
    """Ask for another due time, with the client's consent in hand: who, when, and a file that proves it.

    Raises: NotAllowed; WrongState when it is not accepted or a change is under way; PolicyBroken beside its fields.
    """
    lock(request)
    require(may_propose_date(by, request), NotAllowed)
    require(date_can_change(request), WrongState)
    _check_change(
        request,
        due_at=due_at,
        reason=reason,
        consent_by=consent_by,
        consent_at=consent_at,
        has_evidence=bool(files),
        now=now,
    )
    change = DateChange.objects.create(
        request=request,
        proposed_by=by,
        before_at=request.agreed_due_at,
        due_at=due_at,
        reason=reason.strip(),
        consent_by=consent_by,
        consent_at=min(consent_at, now),
        status=DateChange.Status.IN_REVIEW,
    )
    attach_all(change, files, by=by, now=now)
    record(request, DATE_PROPOSED, by=by, now=now, note=change.reason, change=change.pk)
    approvals.start(change, by=by, now=now, title=_title(change))
    return change


def may_propose_date(user, request: ClientRequest):
    return access.may_give(user, request)


def date_can_change(request: ClientRequest):
    """Only an accepted request has a date to change, and one change at a time."""
    if request.status != Status.ACCEPTED:
        return no(_("Only the due time of an accepted request can change."), clause=policy.CLAUSE)
    under_way = request.date_changes.filter(
        status__in=[DateChange.Status.DRAFT, DateChange.Status.IN_REVIEW, DateChange.Status.RETURNED]
    )
    return unless(
        under_way.exists(),
        _("Another change of this date is under way."),
        remedy=_("Wait for its decision, or take it back first."),
        clause=policy.CLAUSE,
    )


@transition(
    DateChange.Status.RETURNED,
    to=DateChange.Status.IN_REVIEW,
    may=access.may_revise,
    name="date_change_revised",
    text=_("Revised and sent again"),
)
def revise_date(
    change: DateChange,
    *,
    due_at: datetime,
    reason: str,
    consent_by,
    consent_at: datetime,
    files: Files = (),
    by,
    now: datetime,
) -> str:
    """Answer what the lead returned, and send it again; the proof given before stays.

    Raises: WrongState when the request is closed; PolicyBroken beside its fields.
    """
    request = lock(change.request)
    require(unless(request.status != Status.ACCEPTED, _("This request is closed.")), WrongState)
    _check_change(
        request,
        due_at=due_at,
        reason=reason,
        consent_by=consent_by,
        consent_at=consent_at,
        has_evidence=True,
        now=now,
    )
    change.before_at = request.agreed_due_at
    change.due_at = due_at
    change.reason = reason.strip()
    change.consent_by = consent_by
    change.consent_at = min(consent_at, now)
    attach_all(change, files, by=by, now=now)
    approvals.start(change, by=by, now=now, title=_title(change))
    return change.reason


@transition(
    DateChange.Status.RETURNED,
    to=DateChange.Status.WITHDRAWN,
    may=access.may_revise,
    name="date_change_given_up",
    text=_("Given up"),
)
def give_up_date(change: DateChange, *, by, now: datetime) -> None:
    """Keep the agreed due time after all."""


@approvals.outcome_of(DateChange)
def date_decided(change: DateChange, outcome: str, *, by, now: datetime, reason: str) -> None:
    """Signed: the due time and its clock move. A request that was closed meanwhile keeps its history."""
    lock(change)
    change.status = outcome
    change.save(update_fields=["status"])
    request = lock(change.request)
    if outcome != approvals.Outcome.APPROVED or request.status != Status.ACCEPTED:
        return
    request.agreed_due_at = change.due_at
    request.save(update_fields=["agreed_due_at"])
    for clock in Obligation.objects.kind(clocks.REQUEST_DUE).about(request).open():
        obligations.reschedule(clock, due_at=change.due_at, by=by, now=now, reason=change.reason)
    record(
        request,
        DATE_CHANGED,
        by=by,
        now=now,
        note=change.reason,
        before=change.before_at.isoformat(),
        after=change.due_at.isoformat(),
        change=change.pk,
    )
