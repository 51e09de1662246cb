"""The number of somebody's identity document: set, and looked at by those who must; each look is recorded (G28)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.core import encryption
from apps.core.transitions import lock, record, verb
from apps.core.verdicts import NotAllowed, PolicyBroken, Verdict, WrongState, no, require, unless
from apps.personnel import access
from apps.personnel.models import IdentityNumber, Proof, User
from apps.personnel.policy import identity as policy
from apps.personnel.roles import Role

SET = verb("identity_number_set", _("Identity number set"))
SEEN = verb("identity_number_seen", _("Looked at the whole identity number"))


@sensitive_variables()
@transaction.atomic
def set_identity(person: User, *, kind: str, number: str, by: User, now: datetime) -> IdentityNumber:
    """Keep the number of a person's identity document, sealed; the history says that it was set, never to what.

    Raises: NotAllowed; PolicyBroken beside `number` when it can be none, or belongs to somebody else.
    """
    require(access.may_see_identity(by, person), NotAllowed)
    require(may_be_set(by, person), NotAllowed)
    number = policy.normal(number)
    require(policy.valid(kind, number, timezone.localtime(now).date()), field="number")
    lock(person)
    others = IdentityNumber.objects.exclude(person=person)
    words = IdentityNumber.hashed(kind, number)
    taken = TAKEN if by == person else TAKEN_FROM_HR
    require(_unused(others.filter(digest__in=encryption.digests(words)).exists(), taken), field="number")
    known = IdentityNumber.objects.filter(person=person).first() or IdentityNumber(person=person)
    known.keep_number(kind, number)
    known.set_by, known.set_at = by, now
    try:
        with transaction.atomic():
            known.save()
    except IntegrityError:
        raise PolicyBroken(_unused(True, taken), fields={"number": taken}) from None
    record(person, SET, by=by, now=now, kind=kind)
    return known


def may_be_set(user, person: User) -> Verdict:
    """Once HR has verified the paper that proves it, the number is HR's to correct (2.2.1b)."""
    verified = Proof.objects.filter(person=person, kind=Proof.Kind.IDENTITY, status=Proof.Status.VERIFIED).exists()
    return unless(
        verified and not user.has_role(Role.HR),
        _("HR has verified the paper that proves this number."),
        remedy=_("Ask HR to correct it."),
        clause="2.2.1b",
    )


TAKEN = _("This number is on record for somebody else. Copy it again from the document; if it is right, tell HR.")
TAKEN_FROM_HR = _(
    "This number is on record for somebody else. Copy it again from the document; if it is right, it stands with the "
    "wrong person: look at those whose papers came in with these."
)


def _unused(used: bool, words) -> Verdict:
    """Whose it is, is not said: looking at a number leaves a record, guessing one must not."""
    return unless(used, words, clause="2.2.1b")


@transaction.atomic
def look_at(person: User, *, by: User, now: datetime) -> str:
    """The whole number; who looked and when is recorded.

    Raises: NotAllowed; WrongState when none is on record.
    """
    require(access.may_see_identity(by, person), NotAllowed)
    known = IdentityNumber.objects.filter(person=person).first()
    if known is None:
        raise WrongState(no(_("No identity number is on record."), remedy=_("Set it first."), clause="2.2.1b"))
    record(person, SEEN, by=by, now=now)
    return known.whole()
