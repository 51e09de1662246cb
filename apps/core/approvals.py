"""Signatures as rows. A subject declares its route; nobody signs their own, by no route; no timeout approves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import notifications
from apps.core.history import never_removed
from apps.core.obligations import SITE_MODEL
from apps.core.transitions import lock, record, verb
from apps.core.verdicts import (
    YES,
    Findings,
    NotAllowed,
    PolicyBroken,
    Refused,
    Verdict,
    WrongState,
    no,
    require,
    unless,
)
from apps.core.words import signs

UNDO_SECONDS = 10
REMIND_HOURS = 4

SUBMITTED = verb("approval_submitted", _("Sent for approval"))
SIGNED = {
    "approved": verb("approval_signed", _("Approved")),
    "returned": verb("approval_returned", _("Returned for changes")),
    "rejected": verb("approval_rejected", _("Rejected")),
}
WITHDRAWN = verb("approval_withdrawn", _("Withdrawn"))
TRANSFERRED = verb("approval_transferred", _("Passed on"))
REMINDED = verb("approval_reminded", _("Reminded"))
DELEGATION_OFFERED = verb("delegation_offered", _("Delegation offered"))
DELEGATION_ACCEPTED = verb("delegation_accepted", _("Delegation accepted"))
DELEGATION_ENDED = verb("delegation_ended", _("Delegation ended"))

YOUR_TURN = notifications.note_kind(
    "approval_your_turn",
    _("Something waits for your decision"),
    _("For you to decide: %(what)s"),
    _("From %(applicant)s."),
)
REMINDER = notifications.note_kind(
    "approval_reminder",
    _("Somebody reminds you of a decision"),
    _("Still waiting for your decision: %(what)s"),
    _("From %(applicant)s."),
)
DECIDED = notifications.note_kind(
    "approval_decided",
    _("Something of yours was decided"),
    _("%(outcome)s: %(what)s"),
    _("By %(by)s. %(reason)s"),
)
DELEGATION = notifications.note_kind(
    "delegation",
    _("Somebody asks you to decide for them"),
    _("%(person)s asks you to decide for them from %(since)s to %(until)s"),
)


class Outcome(models.TextChoices):
    APPROVED = "approved", _("Approved")
    RETURNED = "returned", _("Returned")
    REJECTED = "rejected", _("Rejected")


@dataclass(frozen=True)
class Step:
    """One signature of a route: a person or any holder of a role. Steps that share `order` sign in parallel.

    instead: who signs when `person` may not (the applicant's own, or nobody there).
    """

    name: str
    person: object = None
    role: str = ""
    instead: object = None
    order: int | None = None


class Approvable(models.Model):
    """A thing that needs signatures. `approval_route()` reads like the policy's sentence."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Returned")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)

    class Meta:
        abstract = True

    approval_clause = ""

    @property
    def status_tone(self) -> str:
        return {"in_review": "warning", "approved": "success", "returned": "danger", "rejected": "danger"}.get(
            self.status, "secondary"
        )

    def approval_route(self) -> Iterator[Step]:
        raise TypeError(f"{type(self).__name__} declares no approval route")

    def approval_parties(self) -> Iterator:
        """People beside the applicant who may not sign, because it is about them."""
        yield from ()

    def approval_site(self):
        """The site it is about, for subjects that have one."""

    def approval_check(self, signature: "Signature", outcome: str) -> Verdict:
        """Whether a signature may be given now, beyond whose turn it is: what it rests on must be there."""
        return YES

    def approval_stand_ins(self) -> Iterator:
        """Who else could sign in the place of a named person, the nearest first; only to them it is passed on."""
        for role in ("executive", "hr"):
            yield from get_user_model().objects.with_role(role)

    def approval_heads(self) -> Iterator:
        """Who stands above those that sign, and may give a signature to somebody else."""
        yield from ()


OUTCOMES: dict[type, Callable] = {}


def outcome_of(model: type):
    """Register what a settled round does to its subject: `f(subject, outcome, by=, now=, reason=)`."""

    def register(function):
        OUTCOMES[model] = function
        return function

    return register


class ApprovalQuerySet(models.QuerySet):
    def about(self, subject: models.Model):
        return self.filter(
            subject_type=ContentType.objects.get_for_model(subject, for_concrete_model=True), subject_id=subject.pk
        )

    def open(self):
        return self.filter(status=Approval.Status.OPEN)

    def waiting_for(self, user):
        """Those this person may decide now: their own, their role's, or delegated to them; never their own cause."""
        return self.open().filter(pk__in=Signature.objects.signable_by(user).values("approval_id"))

    def visible_to(self, user):
        """Those a person asked for, signed, or could sign, also after somebody else was faster."""
        signed = Signature.objects.filter(
            Q(person=user)
            | Q(decided_by=user)
            | Q(on_behalf_of=user)
            | Q(in_place_of=user)
            | Q(role__in=list(user.role_names))
            | lent_to(user, timezone.localdate())
        )
        return self.filter(Q(applicant=user) | Q(pk__in=signed.values("approval_id")))

    def decided_by(self, user):
        return self.filter(pk__in=Signature.objects.filter(decided_by=user).values("approval_id"))


class Approval(models.Model):
    """One round of signatures on one subject."""

    class Status(models.TextChoices):
        OPEN = "open", _("In review")
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Returned")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    title = models.CharField(max_length=300)
    clause = models.CharField(max_length=10, blank=True)
    url = models.CharField(max_length=300)
    site = models.ForeignKey(SITE_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    applicant = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    parties = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"], condition=Q(status="open"), name="approval_one_open_round"
            ),
            models.CheckConstraint(
                condition=Q(status="open", closed_at=None) | (~Q(status="open") & Q(closed_at__isnull=False)),
                name="approval_closed_has_a_moment",
            ),
        ]
        indexes = [models.Index(fields=["subject_type", "subject_id"])]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="closed_is_closed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__closed_at__isnull=False),
            ),
        ]
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return self.url

    @property
    def status_tone(self) -> str:
        return {"open": "warning", "approved": "success", "withdrawn": "secondary"}.get(self.status, "danger")


class SignatureQuerySet(models.QuerySet):
    def pending(self):
        return self.filter(status=Signature.Status.PENDING)

    def signable_by(self, user):
        mine = Q(person=user) | Q(role__in=list(user.role_names), person=None) | lent_to(user, timezone.localdate())
        others = self.filter(approval=models.OuterRef("approval_id"), decided_by=user, status="approved")
        return (
            self.pending()
            .filter(mine)
            .exclude(approval__applicant=user)
            .exclude(approval__parties=user)
            .exclude(models.Exists(others))
        )

    def undecided_effects(self, now: datetime):
        return self.filter(settles_at__lte=now, settled_at=None, approval__status=Approval.Status.OPEN)


class Signature(models.Model):
    """One signature of a round: whose turn it is, what was decided, on whose behalf, why.

    A role and a person: somebody of the role, to whom it was passed on.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Not yet their turn")
        PENDING = "pending", _("Waiting for a decision")
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Returned")
        REJECTED = "rejected", _("Rejected")
        VOID = "void", _("No longer needed")

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="signatures")
    order = models.PositiveSmallIntegerField()
    name = models.JSONField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    role = models.CharField(max_length=30, blank=True)
    in_place_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    passed_on_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    since_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    settles_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    objects = SignatureQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["returned", "rejected"]) | ~Q(reason=""), name="signature_no_needs_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "returned", "rejected"]) | Q(decided_by__isnull=False),
                name="signature_decided_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["person"], condition=Q(status="pending"), name="signature_pending_person"),
            models.Index(fields=["role"], condition=Q(status="pending"), name="signature_pending_role"),
            models.Index(
                fields=["settles_at"],
                condition=Q(settled_at=None, settles_at__isnull=False),
                name="signature_to_settle",
            ),
        ]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="settled_is_settled",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__settled_at__isnull=False),
            ),
        ]
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")

    def __str__(self):
        return f"{self.label}: {self.get_status_display()}"

    @property
    def label(self) -> str:
        return notifications._readable({"name": self.name}, None)["name"]

    def as_seen_by(self, user) -> "Signature":
        """Itself, or as it stood before: a decision that may still be undone is nobody's but its own signer's."""
        if self.settled_at is None and self.settles_at is not None and self.decided_by_id != user.pk:
            self.status, self.reason = self.Status.PENDING, ""
            self.decided_by = self.on_behalf_of = self.decided_at = None
        return self

    @property
    def undoable_until(self) -> datetime | None:
        return None if self.settled_at else self.settles_at

    def may_be_reminded(self, now: datetime) -> bool:
        return self.reminded_at is None or self.reminded_at <= now - timedelta(hours=REMIND_HOURS)

    @property
    def status_tone(self) -> str:
        return {"approved": "success", "pending": "warning", "returned": "danger", "rejected": "danger"}.get(
            self.status, "secondary"
        )


class DelegationQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(Q(person=user) | Q(delegate=user))

    def in_force(self, day: date):
        return self.filter(accepted_at__isnull=False, ended_at=None, since__lte=day, until__gte=day)


class Delegation(models.Model):
    """Somebody else may decide for a person from a day to a day, once they accepted."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations_given")
    delegate = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations_taken")
    since = models.DateField(_("from"))
    until = models.DateField(_("to"))
    reason = models.CharField(_("reason"), max_length=300)
    offered_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(since__lte=F("until")), name="delegation_dates_in_order"),
            models.CheckConstraint(condition=~Q(person=F("delegate")), name="delegation_to_another"),
        ]
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")

    def __str__(self):
        return f"{self.person} → {self.delegate}"


def lent_to(user, day: date) -> Q:
    """Signatures a person may give for others on a day.

    Lent to them, still theirs to stand in for, and about a site they lead or stand above.
    """
    lent = Delegation.objects.in_force(day).filter(delegate=user).select_related("person")
    could_stand_in = get_user_model().objects.standing_in_for
    lenders = [one.person_id for one in lent if could_stand_in(one.person).filter(pk=user.pk).exists()]
    overseen = apps.get_model(SITE_MODEL).objects.overseen_by(user)
    anywhere = Q(approval__site=None) | Q(approval__site__in=overseen)
    return Q(person__in=lenders) & anywhere if lenders else Q(pk__in=[])


# --- Opening a round ----------------------------------------------------------------------------------


@transaction.atomic
def start(subject: Approvable, *, by, now: datetime, title: str = "") -> Approval:
    """Open a round on a subject: the first signatories are told.

    Raises: WrongState when one is open already; PolicyBroken when a step has nobody who may sign.
    """
    # Two who ask at once queue here; the row is not read afresh, because the caller may be changing it.
    type(subject)._base_manager.select_for_update(of=("self",)).filter(pk=subject.pk).exists()
    if Approval.objects.about(subject).open().exists():
        raise WrongState(no(_("This is in review already.")))
    about = {person.pk for person in subject.approval_parties() if person}
    parties = {by.pk, *about}
    approval = Approval.objects.create(
        subject_type=ContentType.objects.get_for_model(subject, for_concrete_model=True),
        subject_id=subject.pk,
        title=(title or str(subject))[:300],
        clause=subject.approval_clause,
        url=subject.get_absolute_url(),
        site=subject.approval_site(),
        applicant=by,
        opened_at=now,
    )
    approval.parties.set(parties)
    for index, step in enumerate(subject.approval_route()):
        person = step.person
        if not step.role and (person is None or person.pk in parties or not person.is_active):
            person = step.instead
        if step.role:
            holders = set(get_user_model().objects.with_role(step.role).values_list("pk", flat=True))
            alone = by.pk in holders - about and holders <= parties  # a vacant role waits for its next holder
            remedy = _("Let somebody without this role ask for it.") if alone else ""
        else:
            gone = person is None or person.pk in parties or not person.is_active
            remedy = _("Ask HR to name a deputy or a department head.") if gone else ""
        if remedy:
            raise PolicyBroken(
                no(
                    _("Nobody can sign the step “%(step)s”: nobody signs their own.") % {"step": step.name},
                    remedy=remedy,
                    clause=subject.approval_clause,
                )
            )
        Signature.objects.create(
            approval=approval,
            order=index if step.order is None else step.order,
            name=notifications.in_languages(step.name),
            person=person,
            role=step.role,
        )
    record(subject, SUBMITTED, by=by, now=now)
    _next_turn(approval, now)
    return approval


def _next_turn(approval: Approval, now: datetime) -> bool:
    """Wake the next signatures in order; False when none is left."""
    waiting = approval.signatures.filter(status=Signature.Status.WAITING)
    first = waiting.first()
    if first is None:
        return False
    for signature in waiting.filter(order=first.order):
        signature.status = Signature.Status.PENDING
        signature.since_at = now
        signature.save(update_fields=["status", "since_at"])
        _tell_holders(signature, YOUR_TURN, f"approval:{signature.pk}", now)
    return True


def holders(signature: Signature) -> list:
    """The people who may decide this signature today, delegates included, parties left out."""
    people = get_user_model().objects.filter(is_active=True)
    wanted = Q(pk=signature.person_id) if signature.person_id else Q(pk__in=people.with_role(signature.role))
    if signature.person_id:
        today = timezone.localdate()
        lent = Delegation.objects.in_force(today).filter(person=signature.person_id)
        delegates = people.filter(delegations_taken__in=lent)
        this = Signature.objects.filter(pk=signature.pk)
        wanted |= Q(pk__in=[one.pk for one in delegates if this.filter(lent_to(one, today)).exists()])
    return list(people.filter(wanted).exclude(pk__in=signature.approval.parties.values("pk")))


def stand_ins(signature: Signature) -> list:
    """Who could sign in this place: whose it was, then those the subject or the role names; never a party to it."""
    approval = signature.approval
    if signature.role:
        could = list(get_user_model().objects.with_role(signature.role))
    else:
        could = [one for one in (signature.in_place_of, *approval.subject.approval_stand_ins()) if one]
    barred = set(approval.parties.values_list("pk", flat=True)) | {approval.applicant_id}
    others = approval.signatures.exclude(pk=signature.pk)
    barred |= set(others.filter(status=Signature.Status.APPROVED).values_list("decided_by_id", flat=True))
    return [one for one in dict.fromkeys(could) if one.is_active and one.pk not in barred]


def _tell_holders(signature: Signature, which, key: str, now: datetime) -> None:
    approval = signature.approval
    notifications.tell(
        holders(signature),
        which,
        key=key,
        now=now,
        subject=None,
        url=approval.url,
        what=approval.title,
        applicant=str(approval.applicant),
    )


# --- Deciding -----------------------------------------------------------------------------------------


def may_decide(user, approval: Approval) -> Verdict:
    """Whether this person may sign this round now, and if not, why not."""
    if approval.status != Approval.Status.OPEN:
        return _over(approval)
    if approval.applicant_id == user.pk or approval.parties.filter(pk=user.pk).exists():
        return no(_("Nobody signs their own."), remedy=_("Somebody else must decide this."), clause=approval.clause)
    if Signature.objects.signable_by(user).filter(approval=approval).exists():
        return YES
    gone = _just_decided(user, approval)
    return no(_("It is not your turn to decide this."), clause=approval.clause) if gone is None else gone


def _just_decided(user, approval: Approval) -> Verdict | None:
    """Why a turn is gone: it was decided a moment ago, by oneself or for one; None when it never was there."""
    fresh = approval.signatures.filter(decided_by__isnull=False, settled_at=None)
    for_me = fresh.filter(person=user).exclude(decided_by=user).first()
    if for_me:
        words = _("%(person)s has just decided this for you.") % {"person": for_me.decided_by}
        return no(words, remedy=_("Ask them to undo it while that is possible."), clause=approval.clause)
    if fresh.filter(decided_by=user).exists():
        words = _("You have just decided this.")
        return no(words, remedy=_("Undo it while that is possible, to decide anew."), clause=approval.clause)
    return None


def _over(approval: Approval) -> Verdict:
    if approval.status == Approval.Status.WITHDRAWN:
        return no(_("The applicant has withdrawn this."), remedy=_("Look at its history."), clause=approval.clause)
    return no(_("This was decided already."), remedy=_("Look at its history."), clause=approval.clause)


@transaction.atomic
def decide(approval: Approval, outcome: str, *, by, now: datetime, reason: str = "") -> Signature:
    """Sign for oneself, one's role, or the person one stands in for. It takes effect in UNDO_SECONDS.

    Raises: NotAllowed, WrongState, PolicyBroken beside `reason`.
    """
    lock(approval)
    if approval.status != Approval.Status.OPEN:
        raise WrongState(_over(approval))
    verdict = may_decide(by, approval)
    gone = None if verdict else _just_decided(by, approval)
    if gone is not None:
        raise WrongState(gone)  # too late is not the same as not allowed: a form keeps its words
    require(verdict, NotAllowed)
    became_theirs = by in approval.subject.approval_parties()  # since the round began
    words, remedy = _("Nobody signs their own."), _("Somebody else must decide this.")
    require(unless(became_theirs, words, remedy=remedy, clause=approval.clause), NotAllowed)
    require(
        unless(outcome != Outcome.APPROVED and not signs(reason), _("Say why: the other side needs to know.")),
        field="reason",
    )
    signature = _turn_of(by, approval)
    require(approval.subject.approval_check(signature, outcome))
    signature.status = outcome
    signature.decided_by = by
    signature.on_behalf_of_id = signature.person_id if signature.person_id and signature.person_id != by.pk else None
    signature.decided_at = now
    signature.settles_at = now + timedelta(seconds=UNDO_SECONDS)
    signature.reason = reason.strip()
    signature.save()
    return signature


def _turn_of(user, approval: Approval) -> Signature | None:
    """The signature this person may give now: rather their own or their role's than one lent to them."""
    mine = Signature.objects.signable_by(user).filter(approval=approval).order_by("order", "pk")
    return mine.filter(Q(person=user) | Q(person=None)).first() or mine.first()


@transaction.atomic
def undo(signature: Signature, *, by, now: datetime) -> None:
    """Take a decision back before anyone was told.

    Raises: NotAllowed for another person, WrongState once it took effect.
    """
    lock(signature.approval)
    lock(signature)
    require(unless(signature.decided_by_id != by.pk, _("Only the person who decided can undo it.")), NotAllowed)
    require(
        unless(
            signature.settled_at or signature.settles_at is None or now >= signature.settles_at,
            _("It took effect already and people were told."),
            remedy=_("Ask the applicant to submit it again."),
        ),
        WrongState,
    )
    signature.status = Signature.Status.PENDING
    signature.decided_by = signature.on_behalf_of = signature.decided_at = signature.settles_at = None
    signature.reason = ""
    signature.save()


def decide_many(approvals, outcome: str, *, by, now: datetime, reason: str = "") -> list[tuple[Approval, Verdict]]:
    """Decide several, each in its own transaction; a result per item."""
    results = []
    for approval in approvals:
        try:
            decide(approval, outcome, by=by, now=now, reason=reason)
            results.append((approval, YES))
        except Refused as refused:
            results.append((approval, refused.verdict))
    return results


def settle(*, now: datetime) -> int:
    """Carry out decisions whose time to undo is over; answers how many. Several workers may run it."""
    count = 0
    while True:
        with transaction.atomic():
            signature = (
                Signature.objects.undecided_effects(now)
                .select_related("approval")
                .select_for_update(skip_locked=True, of=("self", "approval"))
                .order_by("settles_at", "pk")
                .first()
            )
            if signature is None:
                return count
            _take_effect(signature, now)
            count += 1


def _take_effect(signature: Signature, now: datetime) -> None:
    approval = signature.approval
    signature.settled_at = now
    signature.save(update_fields=["settled_at"])
    record(
        approval.subject,
        SIGNED[signature.status],
        by=signature.decided_by,
        now=signature.decided_at,
        note=signature.reason,
        on_behalf_of=signature.on_behalf_of_id,
        step=signature.name,
    )
    if signature.status == Outcome.APPROVED:
        same = approval.signatures.filter(order=signature.order).exclude(pk=signature.pk)
        if same.exclude(status=Signature.Status.APPROVED, settled_at__isnull=False).exists():
            return
        if _next_turn(approval, now):
            return
    _close(approval, signature.status, signature, now)


def _close(approval: Approval, status: str, signature: Signature, now: datetime) -> None:
    approval.status = status
    approval.closed_at = now
    approval.save(update_fields=["status", "closed_at"])
    approval.signatures.filter(settled_at=None).update(status=Signature.Status.VOID, settles_at=None)
    OUTCOMES[type(approval.subject)](
        approval.subject, status, by=signature.decided_by, now=now, reason=signature.reason
    )
    notifications.tell(
        [approval.applicant],
        DECIDED,
        key=f"approval:{approval.pk}:decided",
        now=now,
        url=approval.url,
        what=approval.title,
        outcome=Outcome(status).label,
        by=str(signature.decided_by),
        reason=signature.reason,
    )


# --- Around a decision --------------------------------------------------------------------------------


def may_withdraw(user, approval: Approval) -> Verdict:
    """The applicant, while it is open."""
    return unless(
        approval.applicant_id != user.pk, _("Only the applicant can withdraw this."), clause=approval.clause
    ) & unless(approval.status != Approval.Status.OPEN, _("This was decided already."), clause=approval.clause)


def may_remind(user, approval: Approval, now: datetime) -> Verdict:
    """The applicant, while somebody's turn it is whom they did not remind within REMIND_HOURS."""
    if approval.applicant_id != user.pk:
        return no(_("Only the applicant can remind."), clause=approval.clause)
    pending = [one for one in approval.signatures.all() if one.status == Signature.Status.PENDING]
    if approval.status != Approval.Status.OPEN or not pending:
        return no(_("Nothing is waiting."), clause=approval.clause)
    return unless(
        not any(one.may_be_reminded(now) for one in pending),
        _("They were reminded less than %(hours)s hours ago.") % {"hours": REMIND_HOURS},
        clause=approval.clause,
    )


@transaction.atomic
def withdraw(approval: Approval, *, by, now: datetime) -> None:
    """The applicant takes the round back; decisions nobody was told of yet are void.

    Raises: NotAllowed for another person, WrongState when decided.
    """
    lock(approval)
    require(may_withdraw(by, approval), WrongState if approval.applicant_id == by.pk else NotAllowed)
    recall(approval, by=by, now=now)


@transaction.atomic
def recall(approval: Approval, *, by, now: datetime, reason: str = "") -> None:
    """Take an open round back, because what it was about is no longer as it was submitted; may was asked there."""
    lock(approval)
    require(unless(approval.status != Approval.Status.OPEN, _("This was decided already.")), WrongState)
    approval.status = Approval.Status.WITHDRAWN
    approval.closed_at = now
    approval.save(update_fields=["status", "closed_at"])
    approval.signatures.filter(settled_at=None).update(status=Signature.Status.VOID, settles_at=None)
    record(approval.subject, WITHDRAWN, by=by, now=now, note=reason)
    OUTCOMES[type(approval.subject)](approval.subject, approval.status, by=by, now=now, reason=reason)


def to_pass_on(user, approval: Approval) -> Signature | None:
    """The signature this person may give to somebody else: their own turn, else one of somebody below them.

    Whose place it was, the heads above and HR may; administrators where the account of who holds it is closed.
    """
    parties = approval.parties.filter(pk=user.pk)
    if approval.status != Approval.Status.OPEN or approval.applicant_id == user.pk or parties.exists():
        return None
    mine = _turn_of(user, approval)
    if mine:
        return mine
    above = user.has_role("hr") or user in approval.subject.approval_heads()
    for signature in approval.signatures.pending().exclude(person=None).select_related("person", "in_place_of"):
        gone = not signature.person.is_active and user.has_role("administrator")
        if above or gone or signature.in_place_of_id == user.pk:
            return signature
    return None


def may_transfer(user, approval: Approval) -> Verdict:
    """Whether this person may give a signature of this round to somebody else, and if not, why not."""
    return YES if to_pass_on(user, approval) else may_decide(user, approval)


def may_take(person, signature: Signature) -> Verdict:
    """A signature goes only to somebody who could sign in that place."""
    approval = signature.approval
    return unless(
        person.pk == approval.applicant_id or approval.parties.filter(pk=person.pk).exists() or not person.is_active,
        _("%(person)s cannot sign this: nobody signs their own.") % {"person": person},
        clause=approval.clause,
    ) & unless(
        person not in stand_ins(signature),
        _("%(person)s cannot sign this as “%(place)s”.") % {"person": person, "place": signature.label},
        remedy=_("Choose one of those who may: they lead the site, stand above it, or hold the role."),
        clause=approval.clause,
    )


@transaction.atomic
def transfer(approval: Approval, *, to, by, now: datetime, reason: str) -> Signature:
    """Pass a turn to somebody else who could sign in that place.

    Raises: NotAllowed, PolicyBroken beside `to` or `reason`.
    """
    lock(approval)
    require(may_transfer(by, approval), NotAllowed)
    signature = to_pass_on(by, approval)
    findings = Findings(clause=approval.clause)
    findings.check(may_take(to, signature), "to")
    findings.check(unless(to.pk in (by.pk, signature.person_id), _("Choose somebody else.")), "to")
    findings.check(unless(not reason.strip(), _("Say why you pass it on.")), "reason")
    findings.require()
    return _pass(signature, to=to, by=by, now=now, reason=reason.strip())


def _pass(signature: Signature, *, to, by, now: datetime, reason: str) -> Signature:
    whose = signature.in_place_of_id or signature.person_id
    back = to.pk == whose
    signature.in_place_of_id = None if back else whose
    signature.passed_on_by = None if back else by
    signature.person = to
    pending = signature.status == Signature.Status.PENDING
    signature.since_at = now if pending else None
    signature.save(update_fields=["person", "in_place_of", "passed_on_by", "since_at"])
    record(signature.approval.subject, TRANSFERRED, by=by, now=now, note=f"{to}: {reason}", to=to.pk)
    if pending:
        _tell_holders(signature, YOUR_TURN, f"approval:{signature.pk}:{to.pk}:{now.isoformat()}", now)
    return signature


def turns_of(person) -> list[Signature]:
    """Signatures that wait, or will wait, for this person by name."""
    open_ones = Signature.objects.filter(
        person=person, status__in=[Signature.Status.WAITING, Signature.Status.PENDING], approval__status="open"
    )
    return list(open_ones.select_related("approval", "person", "in_place_of").order_by("approval_id", "pk"))


def heir(signature: Signature):
    """Who signs when the holder leaves: whose place it was, else the first who could; None when there is nobody."""
    return next((one for one in stand_ins(signature) if one.pk != signature.person_id), None)


@transaction.atomic
def leave_to_heir(signature: Signature, *, by, now: datetime, reason: str, to=None) -> None:
    """Hand on the turn of somebody who leaves; one that was decided meanwhile stays as it is.

    to: who takes it over, as was asked of them; else, or where they could no longer sign, the heir.
    """
    approval = lock(signature.approval)
    signature = approval.signatures.get(pk=signature.pk)
    if approval.status != Approval.Status.OPEN or signature.decided_by_id:
        return
    to = to if to and may_take(to, signature) else heir(signature)
    require(
        unless(
            to is None,
            _("Nobody can sign the step “%(step)s”: nobody signs their own.") % {"step": signature.label},
            remedy=_("Ask HR to name a deputy or a department head."),
            clause=approval.clause,
        )
    )
    _pass(signature, to=to, by=by, now=now, reason=reason)


@transaction.atomic
def remind(approval: Approval, *, by, now: datetime) -> None:
    """The applicant asks those whose turn it is, at most once in REMIND_HOURS.

    Raises: NotAllowed, WrongState.
    """
    lock(approval)
    require(may_remind(by, approval, now), WrongState if approval.applicant_id == by.pk else NotAllowed)
    for signature in approval.signatures.pending():
        if not signature.may_be_reminded(now):
            continue
        signature.reminded_at = now
        signature.save(update_fields=["reminded_at"])
        _tell_holders(signature, REMINDER, f"approval:{signature.pk}:reminder:{now.isoformat()}", now)
    record(approval.subject, REMINDED, by=by, now=now)


@transaction.atomic
def delegate(*, by, to, since: date, until: date, reason: str, now: datetime, today: date) -> Delegation:
    """Ask somebody to decide for one from a day to a day; it counts once they accept.

    Raises: PolicyBroken beside `delegate`, `since`, `until` or `reason`.
    """
    findings = Findings()
    findings.check(unless(to.pk == by.pk, _("Choose somebody else.")), "delegate")
    findings.check(unless(not to.is_active, _("This person has left.")), "delegate")
    findings.check(
        unless(
            not get_user_model().objects.standing_in_for(by).filter(pk=to.pk).exists(),
            _("%(person)s could not sign in your place.") % {"person": to},
            remedy=_("Choose one of those who may: they lead the site, stand above it, or hold the role."),
            clause="2.3.2c",
        ),
        "delegate",
    )
    findings.check(unless(since < today, _("Choose today or a later day.")), "since")
    findings.check(unless(until < since, _("The end lies before the beginning.")), "until")
    findings.check(unless((until - since).days > 92, _("Three months are the most.")), "until")
    findings.check(unless(not reason.strip(), _("Say why.")), "reason")
    findings.require()
    delegation = Delegation.objects.create(
        person=by, delegate=to, since=since, until=until, reason=reason.strip(), offered_at=now
    )
    record(delegation, DELEGATION_OFFERED, by=by, now=now)
    notifications.tell(
        [to],
        DELEGATION,
        key=f"delegation:{delegation.pk}",
        now=now,
        url=settings.DELEGATIONS_URL,
        person=str(by),
        since=since.isoformat(),
        until=until.isoformat(),
    )
    return delegation


@transaction.atomic
def accept_delegation(delegation: Delegation, *, by, now: datetime) -> None:
    """Raises: NotAllowed for anyone but the delegate, WrongState when it was accepted or ended."""
    lock(delegation)
    require(unless(delegation.delegate_id != by.pk, _("Only the person asked can accept.")), NotAllowed)
    require(
        unless(delegation.accepted_at or delegation.ended_at, _("This was answered already.")),
        WrongState,
    )
    delegation.accepted_at = now
    delegation.save(update_fields=["accepted_at"])
    record(delegation, DELEGATION_ACCEPTED, by=by, now=now)


@transaction.atomic
def end_delegation(delegation: Delegation, *, by, now: datetime) -> None:
    """Either side ends it (before acceptance: declines or takes back)."""
    lock(delegation)
    require(
        unless(by.pk not in (delegation.person_id, delegation.delegate_id), _("This is between two other people.")),
        NotAllowed,
    )
    require(unless(delegation.ended_at, _("This has ended already.")), WrongState)
    delegation.ended_at = now
    delegation.save(update_fields=["ended_at"])
    record(delegation, DELEGATION_ENDED, by=by, now=now)
