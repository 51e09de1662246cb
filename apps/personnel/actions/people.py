"""Accounts: opened and kept by HR, given roles and closed by an administrator."""

from collections.abc import Iterable
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import notifications
from apps.core.keeping import keep
from apps.core.transitions import lock, record, verb
from apps.core.verdicts import Findings, NotAllowed, PolicyBroken, Verdict, WrongState, require, unless
from apps.personnel import access, sessions
from apps.personnel.actions import leaving
from apps.personnel.models import Assignment, Department, RoleGrant, Site, User
from apps.personnel.policy import development as career
from apps.personnel.policy import postings as policy
from apps.personnel.roles import Role

OPENED = verb("account_opened", _("Account opened"))
ROLES_SET = verb("roles_set", _("Roles changed"))
CLOSED = verb("account_closed", _("Account closed"))
REOPENED = verb("account_reopened", _("Account opened again"))
SECOND_STEP_OFF = verb("second_step_taken_off", _("Second step taken off"))
ACCOUNT = (OPENED, ROLES_SET, CLOSED, REOPENED, SECOND_STEP_OFF)  # what an administrator keeps

WELCOME = notifications.note_kind(
    "account_opened",
    _("Your account was opened"),
    _("Welcome to Onsite, %(name)s"),
    _("Sign in with %(email)s. Choose your password on the page this notice leads to."),
)

ADDRESS_CHANGED = notifications.note_kind(
    "address_changed",
    _("The mail address of your account was changed"),
    _("%(by)s changed the mail address of your account to %(email)s"),
    _("From now on you sign in with the new address. If you did not ask for this, tell an administrator at once."),
    urgent=True,
)
SECOND_STEP_GONE = notifications.note_kind(
    "second_step_taken_off",
    _("Your second step was taken off"),
    _("%(by)s took off your second step and your passkeys"),
    _("Sign in with your password and set them up again. If you did not ask for this, tell HR at once."),
    urgent=True,
)


@transaction.atomic
def add_person(*, by: User, now: datetime, **values) -> User:
    """Open an account without a password; its owner is told by mail how to choose one.

    Raises: NotAllowed; PolicyBroken beside the fields.
    """
    require(access.may_manage(by), NotAllowed)
    person = User()
    person.set_unusable_password()
    values["email"] = values["email"].strip().lower()
    _check_address(person, values["email"])
    keep(person, by=by, now=now, values=values, added=OPENED)
    notifications.tell(
        [person],
        WELCOME,
        key=WELCOME.key,
        now=now,
        url=reverse("account_reset_password"),
        name=person.name,
        email=person.email,
    )
    return person


@transaction.atomic
def update_person(person: User, *, by: User, now: datetime, **values) -> User:
    """Correct what is known of a person. A new mail address ends every session: it is the key of the account.

    The old address is told. Raises: NotAllowed; PolicyBroken beside the fields.
    """
    require(access.may_change(by, values), NotAllowed)
    before = lock(person).email
    if "email" in values:
        values["email"] = values["email"].strip().lower()
        _check_address(person, values["email"])
        if values["email"] != before:
            require(access.may_change_address(by, person), PolicyBroken, field="email")
    if "grade" in values:
        grade = values["grade"]
        require(career.grade_set(person.grade_id, grade.pk if grade else None, own=by == person), field="grade")
    if "department" in values:
        department = values["department"]
        require(career.department_set(person.department_id, department.pk if department else None), field="department")
    keep(person, by=by, now=now, values=values)
    if person.email != before:
        EmailAddress.objects.filter(user=person).delete()
        sessions.end_all(person)
        _tell_old_address(person, before, by=by, now=now)
    return person


def _tell_old_address(person: User, before: str, *, by: User, now: datetime) -> None:
    """Whoever still reads there learns of it, and the owner on their next visit."""
    key = f"{ADDRESS_CHANGED.key}:{now.isoformat()}"
    words = {"by": by.name, "email": person.email}
    notes = notifications.tell([person], ADDRESS_CHANGED, key=key, now=now, url=person.get_absolute_url(), **words)
    notifications.send_to(notes, before)


def _check_address(person: User, email: str) -> None:
    findings = Findings()
    findings.check(
        unless(
            User.objects.filter(email__iexact=email).exclude(pk=person.pk).exists(),
            _("Somebody here already has this mail address."),
        ),
        "email",
    )
    findings.require()


@transaction.atomic
def set_roles(person: User, roles: Iterable[str], *, by: User, now: datetime) -> User:
    """Give a person exactly these granted roles; those from relations (lead, head, staff) stay as they are.

    Raises: NotAllowed; PolicyBroken when nobody would be left to administer.
    """
    require(access.may_grant(by), NotAllowed)
    lock(person)
    wanted, held = set(roles), set(person.grants.values_list("role", flat=True))
    unknown = wanted - set(Role.granted())
    require(unless(unknown, _("Lead, head and staff come from sites, departments and assignments.")), field="roles")
    if Role.ADMINISTRATOR in held - wanted:
        require(policy.keeps_an_administrator(_other_administrators(person)), field="roles")
    for role in sorted(held - wanted):
        person.grants.get(role=role).delete()
    for role in sorted(wanted - held):
        RoleGrant.objects.create(user=person, role=role)
    if wanted != held:
        person.is_staff = Role.ADMINISTRATOR in wanted
        person.save(update_fields=["is_staff"])
        person.__dict__.pop("role_names", None)
        record(person, ROLES_SET, by=by, now=now, before=sorted(held), after=sorted(wanted))
    return person


def _other_administrators(person: User) -> int:
    """How many more could take over; their grants are held, so that two cannot leave at one moment."""
    rows = RoleGrant.objects.select_for_update(of=("self",)).filter(role=Role.ADMINISTRATOR, user__is_active=True)
    return len([row for row in rows if row.user_id != person.pk])


def ties(person: User) -> dict[str, QuerySet]:
    """Sites they lead, departments they head, postings that run or come: each is given to somebody else by hand."""
    return {
        "leads": Site.objects.led_by(person).running(),
        "heads": Department.objects.filter(head=person),
        "postings": Assignment.objects.select_related("site").filter(
            person=person, status__in=[Assignment.Status.PLANNED, Assignment.Status.ON_SITE]
        ),
    }


def may_leave(person: User, moves: list[leaving.Move], turns: list[leaving.Turn]) -> Verdict:
    """Whether nothing waits for this person that goes to nobody by itself (2.2.2c)."""
    tied = ties(person)
    return policy.may_leave(
        promises=sum(not (move.to or move.no_longer_owed) for move in moves),
        leads=[site.name for site in tied["leads"]],
        heads=[department.name for department in tied["heads"]],
        postings=[posting.site.name for posting in tied["postings"]],
        open_rounds=sum(not turn.to for turn in turns),
    )


@transaction.atomic
def close_account(person: User, *, by: User, now: datetime, reason: str) -> User:
    """The person has left: nobody signs in with this account again, from this moment on.

    Promises that stayed theirs at a site go to its lead, decisions to who could sign in that place: `leaving` says
    it beforehand.
    Raises: NotAllowed; WrongState when it is closed; PolicyBroken naming what still waits for the person.
    """
    require(access.may_grant(by), NotAllowed)
    lock(person)
    require(unless(not person.is_active, _("This account is closed already.")), WrongState)
    require(unless(person == by, _("Nobody closes their own account.")), NotAllowed)
    require(unless(not reason.strip(), _("Say why, so that the history can be understood.")), field="reason")
    moves = leaving.on_leaving_company(person)
    turns = leaving.turns_in_company(person)
    require(may_leave(person, moves, turns), PolicyBroken)
    if Role.ADMINISTRATOR in person.role_names:
        require(policy.keeps_an_administrator(_other_administrators(person)))
    words = str(leaving.LEFT_COMPANY % {"person": person})
    leaving.carry_out(moves, by=by, now=now, reason=words, last_day=None)
    leaving.pass_turns_on(turns, by=by, now=now, reason=words)
    person.is_active = False
    person.save(update_fields=["is_active"])
    sessions.end_all(person)
    record(person, CLOSED, by=by, now=now, note=reason.strip())
    return person


@transaction.atomic
def reopen_account(person: User, *, by: User, now: datetime) -> User:
    """Somebody came back: the account opens again, with the roles it had and without a password.

    Raises: NotAllowed; WrongState when it is open.
    """
    require(access.may_grant(by), NotAllowed)
    lock(person)
    require(unless(person.is_active, _("This account is open.")), WrongState)
    person.is_active = True
    person.set_unusable_password()
    person.save(update_fields=["is_active", "password"])
    record(person, REOPENED, by=by, now=now)
    return person


@transaction.atomic
def take_off_second_step(person: User, *, by: User, now: datetime, reason: str) -> User:
    """Somebody lost the phone and the recovery codes: until they set it up anew the password is enough.

    Raises: NotAllowed; WrongState when there is no second step.
    """
    require(access.may_grant(by), NotAllowed)
    require(unless(person == by, _("Your own second step is in your settings.")), NotAllowed)
    lock(person)
    kept = Authenticator.objects.filter(user=person)
    require(unless(not kept.exists(), _("%(person)s has no second step.") % {"person": person.name}), WrongState)
    require(unless(not reason.strip(), _("Say why, so that the history can be understood.")), field="reason")
    kept.delete()
    sessions.end_all(person)
    record(person, SECOND_STEP_OFF, by=by, now=now, note=reason.strip())
    key = f"{SECOND_STEP_GONE.key}:{now.isoformat()}"
    notifications.tell([person], SECOND_STEP_GONE, key=key, now=now, url=reverse("mfa_index"), by=by.name)
    return person
