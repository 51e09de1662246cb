"""Trainings planned, joined, attended, judged (2.4.1), what clients ask for (2.4.2), learning on one's own (2.4.3a)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.core import approvals, notifications, obligations
from apps.core.forms import attach_all
from apps.core.keeping import keep
from apps.core.transitions import EXPLAIN, Event, lock, record, transition, verb
from apps.core.verdicts import YES, Findings, NotAllowed, Verdict, WrongState, require, unless
from apps.personnel import access
from apps.personnel.models import (
    Assignment,
    ClientTraining,
    Course,
    Enrolment,
    LearningNote,
    PersonSkill,
    Site,
    Skill,
    TrainingFeedback,
    TrainingSession,
    User,
)
from apps.personnel.models.training import SEATED
from apps.personnel.obligations import training as clocks
from apps.personnel.policy import training as policy

Status = TrainingSession.Status
Seat = Enrolment.Status
Files = Sequence[tuple[str, bytes]]

PLANNED = verb("training_planned", _("Session planned"))
CHANGED = verb("training_changed", _("Session changed"))
ENROLLED = verb("training_enrolled", _("Enrolled"))
ASKED = verb("training_asked", _("Asked to take part"))
GIVEN_BACK = verb("training_place_given_back", _("Place given back"))
PRESENT = verb("training_present", _("Was present"))
ABSENT = verb("training_absent", _("Was not present after all"))
RESULT = verb("training_result", _("Result entered"))
EXPLAIN.append(lambda data: dict(Enrolment.Result.choices).get(data.get("result"), ""))
CORRECTED = verb("training_result_corrected", _("Result corrected"))
SKILL_VERIFIED = verb("skill_verified_by_training", _("Level verified by a training"))
SKILL_UNVERIFIED = verb("skill_unverified", _("Level no longer verified: the result was corrected"))
LOGGED = verb("client_training_logged", _("Logged what the client wants to be trained in"))
LEARNED = verb("learning_noted", _("Learning noted"))

YOUR_PLACE = notifications.note_kind(
    "training_enrolled",
    _("You have a place in a training"),
    _("You have a place: %(what)s, %(when)s"),
    _("%(place)s. Scan the code in the room to be marked present."),
)
NO_LONGER = notifications.note_kind(
    "training_cancelled",
    _("A training of yours was cancelled"),
    _("Cancelled: %(what)s, %(when)s"),
    _("%(reason)s"),
)
MOVED = notifications.note_kind(
    "training_moved",
    _("A training of yours was moved"),
    _("New time or place: %(what)s, %(when)s"),
    _("%(place)s."),
)
ANSWERED = notifications.note_kind(
    "client_training_answered",
    _("HR answered what a client wants to be trained in"),
    _("Answered: %(what)s"),
    _("%(answer)s"),
)


# --- Sessions -----------------------------------------------------------------------------------------


@transaction.atomic
def plan_session(*, by: User, now: datetime, **values) -> TrainingSession:
    """Plan a session of a course, at a site or for all; one that was held before may be entered too.

    Raises: NotAllowed; PolicyBroken beside the fields.
    """
    require(access.may_train(by), NotAllowed)
    session = TrainingSession()
    _check_session(session, values, now)
    return keep(session, by=by, now=now, values=values, added=PLANNED)


def _check_session(session: TrainingSession, values: dict, now: datetime) -> None:
    findings = Findings(clause=policy.CLAUSE)
    findings.check(policy.said(values["place"], _("Say where it takes place.")), "place")
    findings.check(policy.when(values["begins_at"], values["ends_at"]), "ends_at")
    findings.check(policy.near(values["begins_at"], now), "begins_at")
    if session.pk:
        findings.check(policy.places_enough(values["places"], session.enrolments.seated().count()), "places")
    findings.require()


@transaction.atomic
def change_session(session: TrainingSession, *, by: User, now: datetime, **values) -> TrainingSession:
    """Another time, place, trainer or number of places; those who have a place are told of time and place.

    Raises: NotAllowed, WrongState; PolicyBroken beside the fields.
    """
    lock(session)
    require(access.may_train(by), NotAllowed)
    require(can_change(session), WrongState)
    before = (session.begins_at, session.ends_at, session.place)
    _check_session(session, values, now)
    keep(session, by=by, now=now, values=values, changed=CHANGED)
    if before != (session.begins_at, session.ends_at, session.place) and session.ends_at > now:
        _tell_all(session, MOVED, by=by, now=now, place=session.place)
    return session


def can_change(session: TrainingSession) -> Verdict:
    """What is cancelled, or what people came to, stays as it was."""
    return unless(session.status == Status.CANCELLED, _("This session is cancelled."), clause=policy.CLAUSE) & unless(
        session.enrolments.present().exists(),
        _("People were marked present already."),
        remedy=_("Plan another session instead."),
        clause=policy.CLAUSE,
    )


@transition(
    Status.PLANNED, to=Status.CANCELLED, may=access.may_train, name="training_called_off", text=_("Session cancelled")
)
def cancel_session(session: TrainingSession, *, reason: str, by: User, now: datetime) -> str:
    """It does not take place; everybody with a place is told.

    Raises: NotAllowed, WrongState; PolicyBroken beside `reason`.
    """
    require(can_change(session), WrongState)
    require(policy.said(reason, _("Say why, so that people understand.")), field="reason")
    session.cancelled_why = reason.strip()
    for enrolment in list(session.enrolments.seated().select_related("person")):
        _leave(enrolment, by=by, now=now, reason=session.cancelled_why)
    return session.cancelled_why


def _words(session: TrainingSession, person: User) -> dict:
    local = session.begins_at.astimezone(person.zone)
    return {"what": session.course.name, "when": date_format(local, "Y-m-d H:i")}


def _tell_all(session: TrainingSession, which, *, by: User, now: datetime, **words) -> None:
    for enrolment in session.enrolments.seated().select_related("person"):
        _tell(enrolment, which, by=by, now=now, **words)


def _tell(enrolment: Enrolment, which, *, by: User | None, now: datetime, **words) -> None:
    session, person = enrolment.session, enrolment.person
    notifications.tell(
        [person] if person != by else [],
        which,
        key=f"{which.key}:{enrolment.pk}:{now.isoformat()}",
        now=now,
        subject=session,
        **_words(session, person),
        **words,
    )


# --- Places -------------------------------------------------------------------------------------------


def site_on(person: User, session: TrainingSession) -> Site | None:
    """Where somebody is stationed on the day of a session; None where nowhere."""
    zone = session.site.zone if session.site else person.zone
    day = session.begins_at.astimezone(zone).date()
    posting = Assignment.objects.active_on(day).filter(person=person).select_related("site").first()
    return posting.site if posting else None


def _seat(session: TrainingSession, person: User, *, by: User, now: datetime, status: str, reason: str) -> Enrolment:
    """Give a place, with the session held: two who want the last one queue here."""
    require(
        unless(
            session.enrolments.seated().filter(person=person).exists(),
            _("%(person)s has a place already, or asked for one.") % {"person": person},
            clause=policy.CLAUSE,
        ),
        field="person",
    )
    require(policy.seat_free(session.places, session.enrolments.seated().count()), field="person")
    return Enrolment.objects.create(
        session=session,
        person=person,
        site=site_on(person, session),
        asked_by=by,
        asked_at=now,
        reason=reason.strip(),
        status=status,
    )


def can_join(session: TrainingSession) -> Verdict:
    return unless(
        session.status == Status.CANCELLED,
        _("This session is cancelled."),
        remedy=_("Choose another one."),
        clause=policy.CLAUSE,
    )


@transaction.atomic
def enrol(session: TrainingSession, *, people: Iterable[User], by: User, now: datetime) -> list[Enrolment]:
    """HR gives people a place, all of them or nobody; also afterwards, for a session that was held.

    Raises: NotAllowed, WrongState; PolicyBroken beside `person` when somebody has one, or when the places are taken.
    """
    lock(session)
    require(access.may_train(by), NotAllowed)
    require(can_join(session), WrongState)
    people = list(dict.fromkeys(people))
    require(unless(not people, _("Name a person, or a site with people."), clause=policy.CLAUSE), field="person")
    seated = session.enrolments.seated()
    fresh = len(people) - seated.filter(person__in=people).count()
    require(policy.seat_free(session.places, seated.count(), fresh), field="person")
    made = []
    for person in people:
        require(
            unless(not person.is_active, _("%(person)s has left.") % {"person": person}, clause=policy.CLAUSE),
            field="person",
        )
        enrolment = _seat(session, person, by=by, now=now, status=Seat.APPROVED, reason="")
        record(enrolment, ENROLLED, by=by, now=now)
        if session.ends_at > now:
            _tell(enrolment, YOUR_PLACE, by=by, now=now, place=session.place)
        made.append(enrolment)
    return made


@transaction.atomic
def ask_place(session: TrainingSession, *, by: User, now: datetime, reason: str = "") -> Enrolment:
    """Ask for a place of one's own; it is held until the site lead has answered.

    Raises: WrongState; PolicyBroken beside `person` or `reason`, also when nobody could consent.
    """
    lock(session)
    require(can_join(session), WrongState)
    require(may_ask_place(by, session, now))
    enrolment = _seat(session, by, by=by, now=now, status=Seat.IN_REVIEW, reason=reason)
    record(enrolment, ASKED, by=by, now=now, note=enrolment.reason)
    when = date_format(session.begins_at.astimezone(enrolment.site.zone), "Y-m-d H:i")
    approvals.start(enrolment, by=by, now=now, title=f"{by.name} · {session.course.name} · {when}")
    return enrolment


def may_ask_place(user: User, session: TrainingSession, now: datetime) -> Verdict:
    """Who is stationed at a site asks its lead; others are enrolled by HR."""
    site = site_on(user, session)
    return (
        policy.not_begun(session.begins_at, now)
        & unless(
            session.enrolments.seated().filter(person=user).exists(),
            _("You have a place already, or asked for one."),
            clause=policy.CLAUSE,
        )
        & unless(
            site is None,
            _("You are not stationed at a site on that day, so no site lead can consent."),
            remedy=_("Ask HR to enrol you."),
            clause=policy.CLAUSE,
        )
        & unless(
            session.site_id is not None and site is not None and site.pk != session.site_id,
            _("This session is for the people of another site."),
            remedy=_("Choose another one, or ask HR."),
            clause=policy.CLAUSE,
        )
        & policy.seat_free(session.places, session.enrolments.seated().count())
    )


@approvals.outcome_of(Enrolment)
def place_decided(enrolment: Enrolment, outcome: str, *, by, now: datetime, reason: str) -> None:
    """The lead consented or not; what was declined frees its place. A session cancelled meanwhile stays so."""
    lock(enrolment)
    if enrolment.status != Seat.IN_REVIEW:
        return
    enrolment.status = outcome
    enrolment.save(update_fields=["status"])
    if outcome == approvals.Outcome.APPROVED:
        _tell(enrolment, YOUR_PLACE, by=by, now=now, place=enrolment.session.place)


@transaction.atomic
def cancel_place(enrolment: Enrolment, *, by: User, now: datetime, reason: str = "") -> Enrolment:
    """Give a place back: the person before the session, HR until somebody was marked present.

    Raises: NotAllowed, WrongState; PolicyBroken beside `reason` when HR takes somebody else's.
    """
    lock(enrolment)
    require(may_cancel_place(by, enrolment), NotAllowed)
    require(can_cancel_place(enrolment, by, now), WrongState)
    if by.pk != enrolment.person_id:
        require(policy.said(reason, _("Say why, so that the person understands.")), field="reason")
    _leave(enrolment, by=by, now=now, reason=reason.strip())
    return enrolment


def may_cancel_place(user: User, enrolment: Enrolment) -> Verdict:
    return unless(
        user.pk != enrolment.person_id and not access.may_train(user),
        _("Only the person or HR gives this place back."),
        clause=policy.CLAUSE,
    )


def can_cancel_place(enrolment: Enrolment, user: User, now: datetime) -> Verdict:
    own = user.pk == enrolment.person_id and not access.may_train(user)
    return (
        unless(enrolment.status not in SEATED, _("There is no place to give back."), clause=policy.CLAUSE)
        & unless(enrolment.attended_at is not None, _("This person was present."), clause=policy.CLAUSE)
        & (policy.not_begun(enrolment.session.begins_at, now) if own else YES)
    )


def _leave(enrolment: Enrolment, *, by: User, now: datetime, reason: str) -> None:
    """The place is free; a round that still waits for the lead is closed with it."""
    for round_ in approvals.Approval.objects.about(enrolment).open():
        approvals.withdraw(round_, by=round_.applicant, now=now)
    enrolment.refresh_from_db()
    enrolment.status = Seat.WITHDRAWN
    enrolment.save(update_fields=["status"])
    record(enrolment, GIVEN_BACK, by=by, now=now, note=reason)
    _tell(enrolment, NO_LONGER, by=by, now=now, reason=reason or "–")


# --- Who was there ------------------------------------------------------------------------------------


def may_sign_in(user: User, session: TrainingSession, now: datetime) -> Verdict:
    """Who is enrolled marks themselves present by the code, while it counts."""
    mine = session.enrolments.filter(person=user, status=Seat.APPROVED)
    return (
        unless(session.status == Status.CANCELLED, _("This session is cancelled."), clause=policy.CLAUSE)
        & unless(
            not mine.exists(),
            _("You are not on the list of this session."),
            remedy=_("Ask the trainer or HR to enrol you."),
            clause=policy.CLAUSE,
        )
        & policy.code_counts(session.begins_at, session.ends_at, now)
    )


@transaction.atomic
def sign_in(session: TrainingSession, *, by: User, now: datetime) -> Enrolment:
    """Mark oneself present; twice is once.

    Raises: PolicyBroken: not on the list, or outside the time in which the code counts.
    """
    require(may_sign_in(by, session, now))
    enrolment = lock(session.enrolments.get(person=by, status=Seat.APPROVED))
    if enrolment.attended_at is None:
        _mark(enrolment, by=by, now=now)
    return enrolment


def _mark(enrolment: Enrolment, *, by: User, now: datetime) -> None:
    enrolment.attended_at, enrolment.attended_by = now, by
    enrolment.save(update_fields=["attended_at", "attended_by"])
    record(enrolment, PRESENT, by=by, now=now)
    clocks.count(enrolment, by=by, now=now)


@transaction.atomic
def mark_present(enrolment: Enrolment, *, by: User, now: datetime) -> Enrolment:
    """HR or the trainer marks somebody by hand; nobody is marked by themselves this way.

    Raises: NotAllowed, WrongState; PolicyBroken before the list opens.
    """
    session = enrolment.session
    require(access.may_mark(by, session), NotAllowed)
    lock(enrolment)
    require(can_mark(enrolment, by, now), WrongState)
    _mark(enrolment, by=by, now=now)
    return enrolment


def can_mark(enrolment: Enrolment, user: User, now: datetime) -> Verdict:
    return (
        unless(enrolment.status != Seat.APPROVED, _("This person is not enrolled."), clause=policy.CLAUSE)
        & unless(enrolment.attended_at is not None, _("This person is marked present."), clause=policy.CLAUSE)
        & unless(
            user.pk == enrolment.person_id,
            _("Scan the code in the room to mark yourself."),
            clause=policy.CLAUSE,
        )
        & policy.list_open(enrolment.session.begins_at, now)
    )


@transaction.atomic
def mark_absent(enrolment: Enrolment, *, by: User, now: datetime) -> Enrolment:
    """Take a mark back that was made by mistake; without a result only.

    Raises: NotAllowed, WrongState.
    """
    require(access.may_mark(by, enrolment.session), NotAllowed)
    lock(enrolment)
    require(can_unmark(enrolment), WrongState)
    enrolment.attended_at = enrolment.attended_by = None
    enrolment.save(update_fields=["attended_at", "attended_by"])
    record(enrolment, ABSENT, by=by, now=now)
    clocks.count_again(enrolment, now=now)
    return enrolment


def can_unmark(enrolment: Enrolment) -> Verdict:
    return unless(
        enrolment.attended_at is None, _("This person is not marked present."), clause=policy.CLAUSE
    ) & unless(bool(enrolment.result), _("There is a result already."), clause=policy.CLAUSE)


# --- Results, and what they verify --------------------------------------------------------------------


@transaction.atomic
def enter_result(enrolment: Enrolment, *, result: str, note: str = "", by: User, now: datetime) -> Enrolment:
    """HR enters whether somebody passed; passing verifies the level of the course's skill, never one's own.

    Raises: NotAllowed, WrongState; PolicyBroken beside `result`.
    """
    require(may_judge(by, enrolment), NotAllowed)
    lock(enrolment)
    require(can_judge(enrolment, now), WrongState)
    require(
        unless(result not in Enrolment.Result.values, _("Say whether it was passed."), clause=policy.CLAUSE),
        field="result",
    )
    enrolment.result, enrolment.result_note = result, note.strip()
    enrolment.result_by, enrolment.result_at = by, now
    enrolment.save(update_fields=["result", "result_note", "result_by", "result_at"])
    record(enrolment, RESULT, by=by, now=now, result=result)
    if result == Enrolment.Result.PASSED:
        _verify_skill(enrolment, by=by, now=now)
    return enrolment


@transaction.atomic
def enter_results(given: Iterable[tuple[Enrolment, str, str]], *, by: User, now: datetime) -> None:
    """Several at once, all or none: `(enrolment, result, note)` each."""
    for enrolment, result, note in given:
        enter_result(enrolment, result=result, note=note, by=by, now=now)


@transaction.atomic
def correct_result(enrolment: Enrolment, *, reason: str, by: User, now: datetime) -> Enrolment:
    """HR turns a result that was entered by mistake: passed becomes not passed, and the other way round.

    A level that this very result had verified falls back to the one before; what was verified since stays.
    Raises: NotAllowed, WrongState; PolicyBroken beside `reason`.
    """
    require(may_judge(by, enrolment), NotAllowed)
    lock(enrolment)
    require(can_correct(enrolment), WrongState)
    require(policy.said(reason, _("Say why it was wrong."), policy.CLAUSE), field="reason")
    before, entered_at = enrolment.result, enrolment.result_at
    passed = before == Enrolment.Result.FAILED
    enrolment.result = Enrolment.Result.PASSED if passed else Enrolment.Result.FAILED
    enrolment.result_by, enrolment.result_at = by, now
    enrolment.save(update_fields=["result", "result_by", "result_at"])
    record(enrolment, CORRECTED, by=by, now=now, note=reason.strip(), changes={"result": [before, enrolment.result]})
    if passed:
        _verify_skill(enrolment, by=by, now=now)
    else:
        _no_longer_verified(enrolment, entered_at, reason.strip(), by=by, now=now)
    return enrolment


def can_correct(enrolment: Enrolment) -> Verdict:
    return unless(not enrolment.result, _("There is no result yet."), clause=policy.CLAUSE)


def may_judge(user: User, enrolment: Enrolment) -> Verdict:
    return access.may_train(user) & unless(
        user.pk == enrolment.person_id,
        _("Nobody enters their own result."),
        remedy=_("Ask somebody else of HR."),
        clause="2.4.3a",
    )


def can_judge(enrolment: Enrolment, now: datetime) -> Verdict:
    return (
        policy.over(enrolment.session.ends_at, now)
        & unless(
            enrolment.attended_at is None,
            _("Only who was present has a result."),
            remedy=_("Mark the person present first."),
            clause=policy.CLAUSE,
        )
        & unless(bool(enrolment.result), _("There is a result already."), clause=policy.CLAUSE)
    )


def _verify_skill(enrolment: Enrolment, *, by: User, now: datetime) -> None:
    """Set the verified level; a higher one that was verified before stays."""
    course: Course = enrolment.session.course
    if course.skill_id is None:
        return
    PersonSkill.objects.get_or_create(person=enrolment.person, skill=course.skill)
    held = PersonSkill.objects.select_for_update(of=("self",)).get(person=enrolment.person, skill=course.skill)
    if held.verified_level is not None and held.verified_level >= course.level:
        return
    before = held.verified_level
    held.verified_level, held.verified_by, held.verified_at = course.level, by, now
    day = enrolment.session.begins_at.astimezone(enrolment.person.zone)
    held.verified_note = f"{course.name} · {day:%Y-%m-%d}"
    held.save()
    changes = {"verified_level": [before, course.level]}
    record(held, SKILL_VERIFIED, by=by, now=now, note=held.verified_note, changes=changes, enrolment=enrolment.pk)


def _no_longer_verified(enrolment: Enrolment, entered_at: datetime, why: str, *, by: User, now: datetime) -> None:
    """Take back what a result has verified, unless somebody has verified it by other means since."""
    held = PersonSkill.objects.select_for_update(of=("self",)).filter(
        person=enrolment.person, skill=enrolment.session.course.skill_id, verified_at=entered_at
    )
    for one in held:
        proof = Event.objects.about(one).filter(verb=SKILL_VERIFIED, data__enrolment=enrolment.pk).last()
        before = proof.data["changes"]["verified_level"][0] if proof else None
        level = one.verified_level
        one.verified_level = before
        one.verified_by, one.verified_at, one.verified_note = (None, None, "") if before is None else (by, now, why)
        one.save()
        record(one, SKILL_UNVERIFIED, by=by, now=now, note=why, changes={"verified_level": [level, before]})


# --- Feedback -----------------------------------------------------------------------------------------


@transaction.atomic
def give_feedback(
    session: TrainingSession, *, rating: int, words: str = "", by: User, now: datetime
) -> TrainingFeedback:
    """What somebody who was there thinks of it, once. No event is written: it would tell who said what.

    Raises: NotAllowed, WrongState; PolicyBroken beside `rating`.
    """
    lock(session)
    require(may_give_feedback(by, session), NotAllowed)
    require(can_give_feedback(by, session, now), WrongState)
    require(policy.rated(rating), field="rating")
    return TrainingFeedback.objects.create(session=session, person=by, rating=rating, words=words.strip(), at=now)


def may_give_feedback(user: User, session: TrainingSession) -> Verdict:
    return unless(
        not session.enrolments.present().filter(person=user).exists(),
        _("Feedback is given by those who were there."),
        clause=policy.CLAUSE,
    )


def can_give_feedback(user: User, session: TrainingSession, now: datetime) -> Verdict:
    return unless(
        session.feedback.filter(person=user).exists(), _("You gave your feedback already."), clause=policy.CLAUSE
    ) & policy.over(session.ends_at, now)


# --- What clients ask for (2.4.2) ---------------------------------------------------------------------


@transaction.atomic
def log_client_training(
    *,
    site: Site,
    contact,
    title: str,
    asked_at: datetime,
    by: User,
    now: datetime,
    detail: str = "",
    wanted_on: date | None = None,
) -> ClientTraining:
    """Write down what a client wants to be trained in; HR owes a first answer within working days of the site.

    Raises: NotAllowed; PolicyBroken beside `title`, `contact`, `asked_at` or `wanted_on`.
    """
    require(access.may_ask_training(by, site), NotAllowed)
    findings = Findings(clause="2.4.2")
    findings.check(policy.said(title, _("Say what the client wants to learn."), "2.4.2"), "title")
    findings.check(
        unless(
            contact.client_id != site.client_id,
            _("%(contact)s does not belong to this site's client.") % {"contact": contact},
            clause="2.4.2",
        ),
        "contact",
    )
    findings.check(policy.asked(asked_at, now), "asked_at")
    findings.check(policy.wanted(wanted_on, now.astimezone(site.zone).date()), "wanted_on")
    findings.require()
    asked = ClientTraining.objects.create(
        site=site,
        contact=contact,
        title=title.strip(),
        detail=detail.strip(),
        wanted_on=wanted_on,
        asked_at=min(asked_at, now),
        logged_by=by,
    )
    record(asked, LOGGED, by=by, now=now)
    clocks.answer_soon(asked, now=now)
    return asked


@transition(
    ClientTraining.Status.NEW,
    to=ClientTraining.Status.ANSWERED,
    may=access.may_answer_training,
    name="client_training_answered",
    text=_("Answered"),
)
def answer_client_training(asked: ClientTraining, *, answer: str, by: User, now: datetime) -> str:
    """HR says what will be done; the clock stops, and who logged it is told.

    Raises: NotAllowed, WrongState; PolicyBroken beside `answer`.
    """
    require(policy.said(answer, _("Say what will be done."), "2.4.2"), field="answer")
    asked.answer, asked.answered_by, asked.answered_at = answer.strip(), by, now
    obligations.meet(clocks.CLIENT_TRAINING, asked, by=by, at=now)
    notifications.tell(
        [person for person in dict.fromkeys([asked.logged_by, *asked.site.leads]) if person != by],
        ANSWERED,
        key=f"client_training:{asked.pk}:answered",
        now=now,
        subject=asked,
        what=asked.title,
        answer=asked.answer,
    )
    return asked.answer


@transition(
    ClientTraining.Status.ANSWERED,
    to=ClientTraining.Status.CLOSED,
    may=access.may_answer_training,
    name="client_training_closed",
    text=_("Closed"),
)
def close_client_training(asked: ClientTraining, *, outcome: str, by: User, now: datetime) -> str:
    """What came out of it.

    Raises: NotAllowed, WrongState; PolicyBroken beside `outcome`.
    """
    require(policy.said(outcome, _("Say what came out."), "2.4.2"), field="outcome")
    asked.outcome, asked.closed_at = outcome.strip(), now
    return asked.outcome


# --- Learning of one's own (2.4.3a) -------------------------------------------------------------------


@transaction.atomic
def note_learning(
    *,
    topic: str,
    learned_on: date,
    hours: Decimal,
    by: User,
    now: datetime,
    skill: Skill | None = None,
    words: str = "",
    files: Files = (),
) -> LearningNote:
    """Note what one learned; it claims nothing about a verified skill.

    Raises: PolicyBroken beside `topic`, `learned_on`, `hours` or `files`.
    """
    findings = Findings(clause="2.4.3a")
    findings.check(policy.said(topic, _("Say what you learned."), "2.4.3a"), "topic")
    findings.check(policy.learned(learned_on, now.astimezone(by.zone).date()), "learned_on")
    findings.check(policy.hours_sensible(hours), "hours")
    findings.require()
    note = LearningNote.objects.create(
        person=by,
        topic=topic.strip(),
        learned_on=learned_on,
        hours=hours,
        skill=skill,
        words=words.strip(),
        noted_at=now,
    )
    record(note, LEARNED, by=by, now=now)
    attach_all(note, files, by=by, now=now)
    return note
