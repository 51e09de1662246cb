"""Clients, their people, and the sites where we work: kept by HR."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.approvals import Approval
from apps.core.keeping import keep
from apps.core.obligations import Obligation
from apps.core.transitions import lock
from apps.core.verdicts import Findings, NotAllowed, Verdict, require, unless
from apps.personnel import access, calendar
from apps.personnel.actions import leaving
from apps.personnel.models import Assignment, Client, ClientContact, Department, Holiday, Site, User
from apps.personnel.policy import postings as policy


def add_client(*, by: User, now: datetime, **values) -> Client:
    """Raises: NotAllowed; PolicyBroken beside the fields."""
    return update_client(Client(), by=by, now=now, **values)


def update_client(client: Client, *, by: User, now: datetime, **values) -> Client:
    """Raises: NotAllowed; PolicyBroken beside the fields."""
    require(access.may_manage(by), NotAllowed)
    return keep(client, by=by, now=now, values=values)


def add_contact(*, by: User, now: datetime, **values) -> ClientContact:
    """Raises: NotAllowed; PolicyBroken beside the fields."""
    return update_contact(ClientContact(), by=by, now=now, **values)


@transaction.atomic
def update_contact(contact: ClientContact, *, by: User, now: datetime, **values) -> ClientContact:
    """A mail address stands for one active contact only: incoming mail is filed by it.

    Raises: NotAllowed; PolicyBroken beside the fields.
    """
    require(access.may_manage(by), NotAllowed)
    new = _after(contact, values)
    findings = Findings()
    values["email"] = new["email"].strip().lower()
    others = ClientContact.objects.filter(active=True, email__iexact=values["email"]).exclude(pk=contact.pk)
    findings.check(
        unless(
            new["active"] and values["email"] and others.exists(),
            _("Another active contact has this mail address."),
        ),
        "email",
    )
    if "sites" in values:
        findings.check(policy.contacts_sites(new["client"].pk, [site.client_id for site in values["sites"]]), "sites")
    findings.require()
    return keep(contact, by=by, now=now, values=values)


def add_site(*, by: User, now: datetime, **values) -> Site:
    """Raises: NotAllowed; PolicyBroken beside the fields."""
    return update_site(Site(), by=by, now=now, **values)


@transaction.atomic
def update_site(site: Site, *, by: User, now: datetime, **values) -> Site:
    """Correct what is known of a site. What its lead owes or has to sign goes to the new one (2.2.2c).

    Raises: NotAllowed; PolicyBroken beside the fields.
    """
    require(access.may_manage(by), NotAllowed)
    if "country" in values:
        values["country"] = values["country"].strip().upper()
    new = _after(site, values)
    findings = Findings()
    for name in ("lead", "deputy"):
        person = new[name]
        if person is not None and name in values:
            findings.check(policy.still_with_us(person, person.is_active), name)
    if new["lead"] and new["deputy"]:
        findings.check(policy.deputy_is_another(new["lead"].pk, new["deputy"].pk), "deputy")
    if site.pk and new["client"].pk != site.client_id:
        findings.check(_may_change_client(site), "client")
    if site.pk and site.active and not new["active"]:
        findings.check(_may_close(site), "active")
    findings.require()
    before = None if site._state.adding else site.lead
    keep(site, by=by, now=now, values=values)
    if before and before != site.lead:
        words = str(leaving.NEW_LEAD % {"person": before})
        moves, turns = leaving.on_losing_lead(site, before), leaving.turns_lost(before, site)
        leaving.carry_out(moves, by=by, now=now, reason=words, last_day=None)
        leaving.pass_turns_on(turns, by=by, now=now, reason=words)
    return site


def _may_change_client(site: Site) -> Verdict:
    """Asked with the site held, so that nobody is dispatched there meanwhile."""
    lock(site)
    known = (Assignment.objects.filter(site=site), site.contacts.all(), Obligation.objects.filter(site=site))
    return policy.keeps_its_client(any(rows.exists() for rows in known))


def _may_close(site: Site) -> Verdict:
    """Asked with the site held; the promises about the site itself end with it."""
    lock(site)
    posted = Assignment.objects.filter(site=site, status__in=[Assignment.Status.PLANNED, Assignment.Status.ON_SITE])
    its_own = Obligation.objects.about(site).values("pk")
    return policy.site_may_close(
        people=[posting.person.name for posting in posted.select_related("person")],
        promises=Obligation.objects.open().filter(site=site).exclude(pk__in=its_own).count(),
        open_rounds=Approval.objects.open().filter(site=site).count(),
    )


def _after(thing, values: dict) -> dict:
    """Every field as it will be."""
    known = {
        field.name: None if field.is_relation and getattr(thing, field.attname) is None else getattr(thing, field.name)
        for field in thing._meta.fields
    }
    return known | values


def check_department(department: Department, values: dict, findings: Findings) -> None:
    """For the register: no circles, and heads who work here."""
    parent, head = values["parent"], values["head"]
    below = access.below({department.pk}) if department.pk else set()
    findings.check(policy.department_above(department.pk, parent.pk if parent else None, below), "parent")
    if head is not None:
        findings.check(policy.still_with_us(head, head.is_active), "head")


def add_public_holidays(*, country: str, year: int, by: User) -> tuple[int, int]:
    """Fill the calendar of a country and year; what was entered before stays. Answers as `calendar.seed` does.

    Raises: NotAllowed; PolicyBroken for an unknown country.
    """
    require(access.may_manage(by), NotAllowed)
    return calendar.seed(country.strip().upper(), year)


def check_holiday(holiday: Holiday, values: dict, findings: Findings) -> None:
    """For the register: a country's or a site's, never both."""
    values["country"] = values["country"].strip().upper()
    findings.check(policy.holiday_place(values["country"], values["site"].pk if values["site"] else None), "country")
