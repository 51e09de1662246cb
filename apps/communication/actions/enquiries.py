"""The verbs of enquiries. The clock runs from arrival to the first human answer (7.1.2a)."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.communication import access
from apps.communication.actions.contact_log import touched
from apps.communication.mail import new_message_id
from apps.communication.models import Enquiry, EnquiryMessage
from apps.communication.obligations.enquiries import CLIENT_REPLY, ENQUIRY_OWNER, start_clocks
from apps.communication.policy import enquiries as policy
from apps.core import obligations
from apps.core.forms import attach_all
from apps.core.locks import hold
from apps.core.notifications import note_kind, tell
from apps.core.obligations import Obligation
from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import YES, Findings, NotAllowed, PolicyBroken, Verdict, WrongState, require, unless
from apps.personnel import access as personnel
from apps.personnel.models import ClientContact, Site

Status, Direction, Channel = Enquiry.Status, EnquiryMessage.Direction, Enquiry.Channel
EVERY_STATUS = tuple(Status)
Files = Sequence[tuple[str, bytes]]
SUBJECT_MAX = 300

LOGGED = verb("enquiry_logged", _("Question logged"))
ARRIVED = verb("enquiry_arrived", _("Question arrived by mail"))
ASKED_MORE = verb("enquiry_asked_more", _("The client wrote again"))
ASKED_AGAIN = verb("enquiry_asked_again", _("The client wrote again: a new clock runs"))
ANSWERED = verb("enquiry_answered", _("Answered the client"))
BOUNCED = verb("answer_bounced", _("Our answer could not be delivered"))

NEW_QUESTION = note_kind(
    "enquiry_new",
    _("A client asks something"),
    _("%(contact)s asks: %(question)s"),
    _("%(site)s. Please answer by %(due_at)s."),
)
MORE_WORDS = note_kind(
    "enquiry_more",
    _("A client wrote again"),
    _("%(contact)s wrote again: %(question)s"),
    _("%(site)s. It belongs to a question that still waits for your answer."),
)
NOT_DELIVERED = note_kind(
    "answer_not_delivered",
    _("An answer did not reach the client"),
    _("Your answer did not reach %(address)s: %(question)s"),
    _("Check the address, send it again, or call the client."),
)


# --- Opening ------------------------------------------------------------------------------------------


def default_owner(site: Site, logger=None):
    """Who owns a new question: whoever logged it if they are stationed there, else the lead or the deputy."""
    if logger is not None and personnel.works_at(logger, site):
        return logger
    return next((one for one in site.leads if one.is_active), None)


def open_enquiry(
    *,
    site: Site,
    contact: ClientContact | None,
    subject: str,
    channel: str,
    arrived_at: datetime,
    owner,
    by,
    now,
    logged_at: datetime | None = None,
) -> Enquiry:
    """A question exists: its clock runs from `arrived_at`, and its owner is told.

    logged_at: when a person said when it arrived; none for a letter, whose arrival the mail server knows.
    """
    enquiry = Enquiry.objects.create(
        site=site,
        contact=contact,
        subject=subject[:SUBJECT_MAX],
        channel=channel,
        owner=owner,
        logged_by=by,
        logged_at=logged_at,
        arrived_at=arrived_at,
        opened_at=arrived_at,
    )
    record(enquiry, LOGGED if by else ARRIVED, by=by, now=now)
    touched(site, at=arrived_at, by=by, learned_at=now)
    start_clocks(enquiry, now=now)
    _tell_owner(enquiry, NEW_QUESTION, f"{enquiry.pk}:{enquiry.round}", by=by, now=now)
    return enquiry


def _tell_owner(enquiry: Enquiry, kind, key: str, *, by, now: datetime, letter: EnquiryMessage | None = None) -> None:
    """letter: what the client wrote further, which may come from another of their people."""
    if enquiry.owner is None or enquiry.owner == by:
        return
    clock = Obligation.objects.kind(CLIENT_REPLY).about(enquiry).filter(period=str(enquiry.round)).first()
    sender = letter and (letter.contact or letter.client_address)
    tell(
        [enquiry.owner],
        kind,
        key=f"{kind.key}:{key}",
        now=now,
        subject=enquiry,
        contact=str(sender or enquiry.contact or enquiry.site.client),
        question=str(enquiry),
        site=str(enquiry.site),
        due_at=clock.due_at if clock else None,
    )


@transaction.atomic
def log_enquiry(
    *,
    site: Site,
    text: str,
    channel: str,
    by,
    now: datetime,
    key: str,
    subject: str = "",
    contact: ClientContact | None = None,
    arrived_at: datetime | None = None,
    answer: str = "",
    answered_at: datetime | None = None,
    files: Files = (),
) -> Enquiry:
    """Write down what a client asked, and what was answered if it was answered on the spot.

    key: what the form was drawn with; the same words under the same key are stored once. Without a time, it came now.
    Raises: NotAllowed for those who do not work at the site; PolicyBroken beside the fields.
    """
    require(access.may_work(by, Enquiry(site=site)), NotAllowed)
    text, arrived_at = text.strip(), arrived_at or now
    identity = _identity("log", by.pk, key, text)
    hold(identity)
    if stored := EnquiryMessage.objects.filter(message_id=identity).select_related("enquiry").first():
        return stored.enquiry
    findings = Findings(clause=policy.CLAUSE)
    findings.check(unless(not text, _("Write what the client asked.")), "text")
    hold(f"log {by.pk} at {site.pk}")  # the same words sent twice at one moment wait for each other
    findings.check(_not_logged_before(site, contact, text, by, arrived_at), "text")
    findings.check(policy.arrival(arrived_at, now), "arrived_at")
    findings.check(
        unless(
            contact is not None and contact.client_id != site.client_id,
            _("This person belongs to another client than the site."),
        ),
        "contact",
    )
    findings.check(unless(answered_at is not None and not answer.strip(), _("Write what was answered.")), "answer")
    if answer.strip():
        findings.check(policy.answered(answered_at or now, arrived_at, now), "answered_at")
    findings.require()
    arrived_at = min(arrived_at, now)
    enquiry = open_enquiry(
        site=site,
        contact=contact,
        subject=" ".join(subject.split()) or first_line(text),
        channel=channel,
        arrived_at=arrived_at,
        owner=default_owner(site, by),
        by=by,
        now=now,
        logged_at=now,
    )
    asked = EnquiryMessage.objects.create(
        enquiry=enquiry,
        direction=Direction.IN,
        channel=channel,
        author=by,
        contact=contact,
        text=text,
        at=arrived_at,
        message_id=identity,
    )
    attach_all(asked, list(files), by=by, now=now)
    if answer.strip():
        given_at = policy.between(answered_at or now, arrived_at, now)
        said = EnquiryMessage(
            direction=Direction.OUT, channel=channel, contact=contact, text=answer.strip(), at=given_at
        )
        # Question and answer are learned of in one breath, so the answer's own time decides.
        give_answer(enquiry, by=by, now=now, message=said, learned_at=given_at)
    return enquiry


def _not_logged_before(site: Site, contact, text: str, by, arrived_at: datetime) -> Verdict:
    """The same words of the same person within minutes come from a form sent again after Back."""
    near = (arrived_at - policy.TWICE, arrived_at + policy.TWICE)
    twins = EnquiryMessage.objects.filter(
        enquiry__site=site, contact=contact, author=by, direction=Direction.IN, text=text, at__range=near
    )
    twin = twins.select_related("enquiry").first() if text else None
    return unless(
        twin is not None,
        _("You logged this already, as %(number)s. If the client asked twice, say so in the text.")
        % {"number": twin.enquiry.number if twin else ""},
        clause=policy.CLAUSE,
    )


def first_line(text: str) -> str:
    """A subject for a question that has none."""
    line = text.strip().split("\n", 1)[0].strip()
    return line if len(line) <= 80 else f"{line[:79].rstrip()}…"


def _identity(*parts) -> str:
    """A stable Message-ID for something written here: the same form sent twice gives the same one."""
    domain = settings.CLIENT_MAIL_FROM.rpartition("@")[2].rstrip("> ")
    return new_message_id(":".join(str(part) for part in parts), domain)


# --- Answering ----------------------------------------------------------------------------------------


def addresses(enquiry: Enquiry) -> list[str]:
    """Where an answer can be sent, the likeliest first: who wrote last, the contact, others in the conversation."""
    wrote = (
        enquiry.messages.filter(direction=Direction.IN, channel=Channel.MAIL, automatic=False)
        .exclude(client_address="")
        .order_by("-at", "-pk")
        .values_list("client_address", "contact_id")
    )
    known = [address for address, contact in wrote if contact]
    strangers = [address for address, contact in wrote if not contact]
    contact = [enquiry.contact.email.lower()] if enquiry.contact and enquiry.contact.email else []
    return list(dict.fromkeys([*known, *contact, *strangers]))


@transaction.atomic
def answer(
    enquiry: Enquiry,
    *,
    text: str,
    by,
    now: datetime,
    key: str,
    channel: str = Channel.MAIL,
    to: str = "",
    given_at: datetime | None = None,
    seen: int | None = None,
    files: Files = (),
) -> EnquiryMessage:
    """Answer the client: by a mail that leaves soon, or by noting what was said, and when.

    seen: the newest message the writer had before them; a later answer, a colleague's or their own, stops this one.
    Raises: NotAllowed; WrongState when closed, or answered meanwhile; PolicyBroken beside the fields.
    """
    lock(enquiry)
    identity = _identity(enquiry.pk, by.pk, key, text.strip())
    if stored := EnquiryMessage.objects.filter(message_id=identity).first():
        return stored
    possible = addresses(enquiry)
    to = (to or next(iter(possible), "")).lower()
    findings = Findings(clause=policy.CLAUSE)
    findings.check(unless(not text.strip(), _("Write the answer.")), "text")
    if channel == Channel.MAIL:
        findings.check(
            unless(
                to not in possible,
                _("No mail address of the client is known here. Choose how you answered them."),
            ),
            "channel",
        )
        given_at = now
    else:
        given_at = given_at or now
        findings.check(policy.answered(given_at, enquiry.opened_at, now), "given_at")
        given_at = policy.between(given_at, enquiry.opened_at, now)
    findings.require()
    message = EnquiryMessage(
        direction=Direction.OUT,
        channel=channel,
        contact=enquiry.contact,
        text=text.strip(),
        at=given_at,
        message_id=identity,
    )
    if channel == Channel.MAIL:
        message.client_address = to
        message.dispatch = EnquiryMessage.Dispatch.WAITING
        message.next_try_at = now
    give_answer(enquiry, by=by, now=now, message=message, seen=seen, files=files)
    return message


@transition((Status.OPEN, Status.ANSWERED), may=access.may_work, name=ANSWERED)
def give_answer(
    enquiry: Enquiry, *, by, now, message: EnquiryMessage, seen=None, files: Files = (), learned_at=None
) -> None:
    require(_nobody_was_faster(enquiry, by, seen), WrongState)
    message.enquiry = enquiry
    message.author = by
    message.logged_at, message.round = now, enquiry.round
    message.save()
    touched(enquiry.site, at=message.at, by=by, learned_at=now)
    attach_all(message, list(files), by=by, now=now)
    if enquiry.owner is None:
        _give(enquiry, to=by, by=by, now=now)
    count_answer(enquiry, message, by=by, learned_at=learned_at or now)


def _nobody_was_faster(enquiry: Enquiry, by, seen: int | None) -> Verdict:
    if seen is None:
        return YES
    newer = enquiry.messages.filter(pk__gt=seen, direction=Direction.OUT, automatic=False)
    faster = newer.select_related("author").order_by("-pk").first()
    return unless(
        faster is not None and faster.author == by,
        _("You answered already since you opened this page."),
        remedy=_("Read that answer first; then send this one if it is still needed."),
        clause=policy.CLAUSE,
    ) & unless(
        faster is not None,
        _("%(person)s answered while you were writing.") % {"person": faster.author if faster else ""},
        remedy=_("Read that answer first; then send yours if it is still needed."),
        clause=policy.CLAUSE,
    )


def count_answer(
    enquiry: Enquiry, message: EnquiryMessage, *, by, learned_at: datetime, at: datetime | None = None
) -> None:
    """The first answer by a person to the client stops the clock; later ones change nothing.

    at: when it was given, unless when it was written. The caller holds the row and saves it.
    """
    counts = policy.counts(to_client=message.direction == Direction.OUT, automatic=message.automatic)
    if enquiry.status != Status.OPEN or not counts:
        return
    at = max(at or message.at, enquiry.opened_at)
    enquiry.status = Status.ANSWERED
    enquiry.first_answer_at = at
    obligations.meet(CLIENT_REPLY, enquiry, by=by, at=at, period=str(enquiry.round), learned_at=max(learned_at, at))


@transaction.atomic
def did_not_arrive(answer: EnquiryMessage, *, now: datetime) -> None:
    """An answer that did not reach the client answered nothing: without another one the clock runs on (7.1.2a)."""
    enquiry = lock(answer.enquiry)
    record(enquiry, BOUNCED, by=None, now=now, note=answer.client_address)
    if enquiry.first_answer_at is not None and answer.round == enquiry.round:
        _without(enquiry, answer, now)
        enquiry.save()
    tell(
        {one.pk: one for one in (answer.author, enquiry.owner) if one}.values(),
        NOT_DELIVERED,
        key=f"{NOT_DELIVERED.key}:{answer.pk}:{answer.attempts}",
        now=now,
        subject=enquiry,
        url=answer.get_absolute_url(),
        address=answer.client_address or "–",
        question=str(enquiry),
    )


def _without(enquiry: Enquiry, answer: EnquiryMessage, now: datetime) -> None:
    """How the question stands without this answer; the caller holds the row and saves it."""
    others = enquiry.messages.filter(direction=Direction.OUT, automatic=False, round=enquiry.round)
    other = others.exclude(pk=answer.pk).exclude(dispatch=EnquiryMessage.Dispatch.FAILED).order_by("pk").first()
    if other and enquiry.first_answer_at not in (answer.at, answer.sent_at):
        return
    if enquiry.owner is None or not enquiry.owner.is_active or not personnel.belongs_to(enquiry.owner, enquiry.site):
        enquiry.owner = default_owner(enquiry.site)
    enquiry.status, enquiry.first_answer_at, enquiry.closed_at = Status.OPEN, None, None
    obligations.run_on(
        CLIENT_REPLY,
        enquiry,
        owner=enquiry.owner,
        now=now,
        period=str(enquiry.round),
        reason=str(_("The answer did not reach the client.")),
    )
    if other:
        count_answer(enquiry, other, by=other.author, learned_at=other.logged_at or other.at)


@transaction.atomic
def arrived_after_all(answer: EnquiryMessage, *, now: datetime) -> None:
    """An answer that had not reached the client was sent again and left: it counts from now on."""
    enquiry = lock(answer.enquiry)
    if enquiry.status == Status.OPEN and answer.round == enquiry.round:
        count_answer(enquiry, answer, by=answer.author, learned_at=now, at=now)
        enquiry.save()


@transaction.atomic
def note(enquiry: Enquiry, *, text: str, by, now: datetime, key: str, files: Files = ()) -> EnquiryMessage:
    """A note among ourselves. The client never sees it, and it stops no clock."""
    lock(enquiry)
    require(access.may_assign(by, enquiry), NotAllowed)
    identity = _identity("note", enquiry.pk, by.pk, key, text.strip())
    if stored := EnquiryMessage.objects.filter(message_id=identity).first():
        return stored
    require(unless(not text.strip(), _("Write the note.")), field="text")
    message = EnquiryMessage.objects.create(
        enquiry=enquiry,
        direction=Direction.NOTE,
        channel=enquiry.channel,
        author=by,
        text=text.strip(),
        at=now,
        message_id=identity,
    )
    attach_all(message, list(files), by=by, now=now)
    return message


# --- Whose it is, and where ---------------------------------------------------------------------------


@transition(
    (Status.OPEN, Status.ANSWERED), may=access.may_assign, name="enquiry_assigned", text=_("Handed to another owner")
)
def assign(enquiry: Enquiry, *, to, by, now: datetime, reason: str = "") -> str:
    """Give the question to somebody who works at the site; its clock runs on (1.3.2).

    Raises: PolicyBroken beside `to`.
    """
    require(unless(to == enquiry.owner, _("They own it already.")), field="to")
    require(
        unless(
            not to.is_active or not personnel.belongs_to(to, enquiry.site),
            _("%(person)s does not work at this site.") % {"person": to},
            remedy=_("Choose somebody stationed there, or its lead."),
            clause="1.3.2",
        ),
        field="to",
    )
    _give(enquiry, to=to, by=by, now=now, reason=reason)
    return _handed_to(to, reason)


def _handed_to(owner, reason: str) -> str:
    return f"→ {owner}\n{reason}".strip()


def _give(enquiry: Enquiry, *, to, by, now: datetime, reason: str = "") -> None:
    enquiry.owner = to
    if to is not None:
        obligations.meet(ENQUIRY_OWNER, enquiry, by=by, at=now)
    obligations.hand_over(
        Obligation.objects.kind(CLIENT_REPLY).about(enquiry), to=to, by=by, now=now, reason=reason.strip()
    )


@obligations.handed_over_by(CLIENT_REPLY)
def _hand_over_promise(obligation: Obligation, *, to, by, now: datetime, reason: str) -> None:
    go_along(obligation.subject, to=to, by=by, now=now, reason=reason)


@transition((Status.OPEN, Status.ANSWERED), name="enquiry_assigned")
def go_along(enquiry: Enquiry, *, to, by, now: datetime, reason: str) -> str:
    """Whoever takes the promise takes the question; who may hand it over was asked there."""
    _give(enquiry, to=to, by=by, now=now, reason=reason)
    return _handed_to(to, reason)


@transition(EVERY_STATUS, may=access.may_move, name="enquiry_moved", text=_("Moved to another site"))
def move(enquiry: Enquiry, *, site: Site, by, now: datetime, reason: str, contact: ClientContact | None = None) -> str:
    """Put right what reached the wrong site. The clock runs on from the arrival; the new site's lead owns it.

    Raises: PolicyBroken beside `site`, `contact` or `reason`.
    """
    findings = Findings(clause="1.3.2")
    findings.check(unless(site == enquiry.site, _("It belongs to this site already.")), "site")
    findings.check(
        unless(
            contact is not None and contact.client_id != site.client_id,
            _("This person belongs to another client than the site."),
        ),
        "contact",
    )
    findings.check(unless(not reason.strip(), _("Say why, so that the new site understands.")), "reason")
    findings.require()
    if contact is None and enquiry.contact and enquiry.contact.client_id == site.client_id:
        contact = enquiry.contact
    before = enquiry.site
    enquiry.site, enquiry.contact = site, contact
    promises = Obligation.objects.kind(CLIENT_REPLY, ENQUIRY_OWNER).about(enquiry).open()
    promises.update(site=site)
    owner = default_owner(site)
    if owner is not None:
        _give(enquiry, to=owner, by=by, now=now, reason=reason)
    return f"{before} → {site}\n{reason}".strip()


@transition(EVERY_STATUS, may=access.may_assign, name="enquiry_corrected", text=_("Subject or contact corrected"))
def correct(enquiry: Enquiry, *, subject: str, contact: ClientContact | None, by, now: datetime) -> str:
    """Correct the subject or who asked. Arrival and clock stay as they are.

    Raises: PolicyBroken beside `subject` or `contact`.
    """
    subject = " ".join(subject.split())
    findings = Findings()
    findings.check(unless(not subject, _("Give it a subject.")), "subject")
    findings.check(unless(len(subject) > SUBJECT_MAX, _("At most 300 characters.")), "subject")
    findings.check(
        unless(
            contact is not None and contact.client_id != enquiry.site.client_id,
            _("This person belongs to another client than the site."),
        ),
        "contact",
    )
    findings.require()
    before = f"{enquiry.subject} ({enquiry.contact or '–'})"
    enquiry.subject, enquiry.contact = subject, contact
    return f"{before} → {subject} ({contact or '–'})"


# --- Closing and opening again ------------------------------------------------------------------------


@transition(Status.ANSWERED, to=Status.CLOSED, may=access.may_assign, name="enquiry_closed", text=_("Closed"))
def close(enquiry: Enquiry, *, by, now: datetime) -> None:
    """Nothing more is to be done. A further mail of the client opens it again."""
    enquiry.closed_at = now


@transition(
    (Status.ANSWERED, Status.CLOSED),
    to=Status.OPEN,
    may=access.may_assign,
    name="enquiry_reopened",
    text=_("Opened again: a new clock"),
)
def reopen(enquiry: Enquiry, *, by, now: datetime, reason: str = "") -> str:
    """The question is not settled: a new round with a clock of its own. What was late before stays late."""
    begin_round(enquiry, at=now, by=by, now=now)
    return reason.strip()


def begin_round(enquiry: Enquiry, *, at: datetime, by, now: datetime, letter: EnquiryMessage | None = None) -> None:
    """Start the next round at the moment the client asked again. The caller holds the row and saves it."""
    enquiry.round += 1
    enquiry.status = Status.OPEN
    enquiry.opened_at = max(at, enquiry.arrived_at)
    enquiry.first_answer_at = None
    enquiry.closed_at = None
    if enquiry.owner is None or not enquiry.owner.is_active or not personnel.belongs_to(enquiry.owner, enquiry.site):
        enquiry.owner = default_owner(enquiry.site)
    start_clocks(enquiry, now=now)
    _tell_owner(enquiry, NEW_QUESTION, f"{enquiry.pk}:{enquiry.round}", by=by, now=now, letter=letter)


@transition(
    Status.OPEN, to=Status.CLOSED, may=access.may_lead, name="enquiry_needs_no_answer", text=_("Needs no answer")
)
def needs_no_answer(enquiry: Enquiry, *, by, now: datetime, reason: str) -> str:
    """A thank-you, a misdirected mail: the lead decides, with a reason, that nobody waits. Late stays late.

    Raises: PolicyBroken beside `reason`.
    """
    require(
        unless(not reason.strip(), _("Say why the client needs no answer."), clause=policy.CLAUSE),
        PolicyBroken,
        field="reason",
    )
    promises = Obligation.objects.kind(CLIENT_REPLY, ENQUIRY_OWNER).about(enquiry)
    require(
        unless(
            promises.open().filter(due_at__lt=now).exists(),
            _("It is late already, so it can no longer be put aside."),
            remedy=_("Answer the client."),
            clause=policy.CLAUSE,
        ),
        WrongState,
    )
    obligations.drop(promises, by=by, now=now, reason=reason.strip())
    enquiry.closed_at = now
    return reason.strip()


# --- What the client writes further -------------------------------------------------------------------


@transaction.atomic
def join(enquiry: Enquiry, message: EnquiryMessage, *, now: datetime) -> EnquiryMessage:
    """A letter joins its enquiry: a person's of the client's opens it again, or only joins while it is open.

    message: unsaved. Automatic ones and notes change nothing; a colleague's to the client is an answer.
    """
    lock(enquiry)
    message.enquiry = enquiry
    message.logged_at, message.round = now, enquiry.round
    message.save()
    if not message.automatic:
        _take_effect(enquiry, message, now)
    return message


@transaction.atomic
def rejoin(enquiry: Enquiry, message: EnquiryMessage, *, now: datetime) -> None:
    """What was taken for an automatic reply was a person's letter after all."""
    lock(enquiry)
    message.automatic = False
    message.save(update_fields=["automatic"])
    _take_effect(enquiry, message, now)


def _take_effect(enquiry: Enquiry, message: EnquiryMessage, now: datetime) -> None:
    if message.direction != Direction.NOTE:
        touched(enquiry.site, at=message.at, by=message.author, learned_at=now)
    if message.direction == Direction.OUT:
        record(enquiry, ANSWERED, by=message.author, now=now)
        if enquiry.status == Status.OPEN:
            count_answer(enquiry, message, by=message.author, learned_at=now)
            if enquiry.owner is None and personnel.belongs_to(message.author, enquiry.site):
                _give(enquiry, to=message.author, by=message.author, now=now)
            enquiry.save()
    elif message.direction == Direction.IN and enquiry.status == Status.OPEN:
        record(enquiry, ASKED_MORE, by=None, now=now)
        _tell_owner(enquiry, MORE_WORDS, str(message.pk), by=None, now=now, letter=message)
    elif message.direction == Direction.IN:
        begin_round(enquiry, at=message.at, by=None, now=now, letter=message)
        enquiry.save()
        record(enquiry, ASKED_AGAIN, by=None, now=now)
