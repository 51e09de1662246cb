"""Rows for tests: the smallest believable ones, in English so that words can be asserted."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from apps.core import approvals
from apps.personnel.actions import departures, handovers
from apps.personnel.models import (
    Acknowledgement,
    Assignment,
    Client,
    ClientContact,
    Department,
    DocumentVersion,
    Handover,
    Holiday,
    Project,
    Proof,
    Requirement,
    RoleGrant,
    Selection,
    Site,
    StaffingRequest,
    User,
)

PASSWORD = "correct horse battery"
NOON = datetime(2026, 11, 18, 12, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Wednesday


def long_ago() -> date:
    """90 days before today and before NOON, whichever comes first."""
    return min(timezone.localdate(), NOON.date()) - timedelta(days=90)


class UserFactory(DjangoModelFactory):
    """A person with a password; `roles=["hr"]` grants roles."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@example.com")
    number = factory.Sequence(lambda n: f"P{n:05}")
    language = User.Language.EN
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def roles(self, create, extracted, **_kwargs):
        for role in extracted or ():
            RoleGrant.objects.create(user=self, role=role)


class DepartmentFactory(DjangoModelFactory):
    """A department with a head."""

    class Meta:
        model = Department

    name = factory.Sequence(lambda n: f"Department {n}")
    head = factory.SubFactory(UserFactory, name=factory.Sequence(lambda n: f"Head {n}"))


class ClientFactory(DjangoModelFactory):
    class Meta:
        model = Client

    name = factory.Sequence(lambda n: f"Client {n}")
    code = factory.Sequence(lambda n: f"C{n}")


class SiteFactory(DjangoModelFactory):
    """A site with a lead, without a deputy, in a department with a head."""

    class Meta:
        model = Site

    code = factory.Sequence(lambda n: f"S{n}")
    name = factory.Sequence(lambda n: f"Site {n}")
    client = factory.SubFactory(ClientFactory)
    department = factory.SubFactory(DepartmentFactory)
    lead = factory.SubFactory(UserFactory, name=factory.Sequence(lambda n: f"Lead {n}"))
    deputy = None
    city = "Shanghai"


class ClientContactFactory(DjangoModelFactory):
    """A person of the client; `sites=[site]` puts them on sites."""

    class Meta:
        model = ClientContact
        skip_postgeneration_save = True

    client = factory.SubFactory(ClientFactory)
    name = factory.Sequence(lambda n: f"Contact {n}")
    email = factory.Sequence(lambda n: f"contact{n}@client.example")

    @factory.post_generation
    def sites(self, create, extracted, **_kwargs):
        if extracted:
            self.sites.set(extracted)


class ProjectFactory(DjangoModelFactory):
    class Meta:
        model = Project

    code = factory.Sequence(lambda n: f"J{n}")
    name = factory.Sequence(lambda n: f"Project {n}")
    client = factory.SubFactory(ClientFactory)


class StaffingRequestFactory(DjangoModelFactory):
    """A site asks for one engineer for a month from NOON on."""

    class Meta:
        model = StaffingRequest

    site = factory.SubFactory(SiteFactory)
    position = "Engineer"
    since = NOON.date()
    planned_to = NOON.date() + timedelta(days=30)
    asked_by = factory.LazyAttribute(lambda request: request.site.lead or UserFactory())
    asked_at = NOON


class RequirementFactory(DjangoModelFactory):
    class Meta:
        model = Requirement

    request = factory.SubFactory(StaffingRequestFactory)


class SelectionFactory(DjangoModelFactory):
    """The choice that an assignment of a test comes from."""

    class Meta:
        model = Selection

    request = factory.SubFactory(StaffingRequestFactory)
    reason = "Knows the site"
    decided_by = factory.LazyAttribute(lambda selection: selection.request.asked_by)
    decided_at = NOON
    seen = factory.LazyFunction(lambda: {"chosen": [], "candidates": []})


class AssignmentFactory(DjangoModelFactory):
    """Somebody on site for 90 days, chosen for a request that is filled by them."""

    class Meta:
        model = Assignment

    person = factory.SubFactory(UserFactory)
    site = factory.SubFactory(SiteFactory)
    position = "Engineer"
    since = factory.LazyFunction(long_ago)
    status = Assignment.Status.ON_SITE
    selection = factory.SubFactory(
        SelectionFactory,
        request=factory.SubFactory(
            StaffingRequestFactory,
            site=factory.SelfAttribute("...site"),
            since=factory.SelfAttribute("...since"),
            planned_to=None,
            status="filled",
        ),
    )


class HolidayFactory(DjangoModelFactory):
    class Meta:
        model = Holiday

    country = "CN"
    day = date(2026, 10, 1)
    name = "National Day"


class DocumentFactory(DjangoModelFactory):
    """The first edition of a rulebook for all sites."""

    class Meta:
        model = DocumentVersion

    site = None
    kind = DocumentVersion.Kind.RULEBOOK
    number = 1
    title = "House rules"
    text = "Wear the badge."
    sha256 = "0" * 64
    published_by = factory.SubFactory(UserFactory)
    published_at = NOON - timedelta(days=60)


class ProofFactory(DjangoModelFactory):
    """A proof that waits, without files."""

    class Meta:
        model = Proof

    person = factory.SubFactory(UserFactory)
    kind = Proof.Kind.IDENTITY
    submitted_by = factory.SelfAttribute("person")
    submitted_at = NOON - timedelta(days=2)


def with_papers(person, site=None):
    """Everything that is asked of somebody before they are on site: four documents signed, three proofs verified."""
    for kind in DocumentVersion.Kind.values:
        rows = DocumentVersion.objects.filter(kind=kind)
        version = (
            rows.filter(site=site).order_by("number").last()
            or rows.filter(site=None).order_by("number").last()
            or DocumentFactory(kind=kind, title=kind)
        )
        Acknowledgement.objects.get_or_create(
            version=version,
            person=person,
            defaults={"signed_name": person.name, "signed_at": version.published_at, "sha256": version.sha256},
        )
    for kind in Proof.Kind.values:
        if not Proof.objects.filter(person=person, kind=kind, status="verified").exists():
            ProofFactory(
                person=person,
                kind=kind,
                status="verified",
                decided_by=UserFactory(),
                decided_at=NOON - timedelta(1),
            )
    return person


def signed_off(assignment, day):
    """A posting that has ended on a day, its handover signed by the lead."""
    lead = assignment.site.lead
    Handover.objects.create(
        assignment=assignment, last_day=day, status="signed", opened_at=NOON, signed_by=lead, signed_at=NOON
    )
    assignment.ended_on, assignment.status = day, Assignment.Status.ENDED
    assignment.save()


def hand_over_and_end(assignment, *, ended_on, now=NOON, successor=None):
    """End a posting as people do: open the handover, give everything a taker who accepts, and let the lead sign."""
    site = assignment.site
    signer = next(one for one in (*site.leads, *site.heads) if one.is_active and one != assignment.person)
    handover = handovers.begin(assignment, last_day=ended_on, by=signer, now=now)
    handovers.give_back(handover, items=handover.items.filter(source="return"), by=signer, now=now)
    items = list(handover.items.filter(state="open"))
    if items:
        handovers.name_successor(handover, items=items, successor=successor or signer, by=signer, now=now)
        if successor and successor != signer:
            handovers.accept(handover, items=items, by=successor, now=now)
    handovers.sign(handover, note="Done", by=signer, now=now)
    assignment.refresh_from_db()
    return assignment


def let_go(assignment, last_day, *, now=NOON, **values):
    """An early departure that both sides have approved, and its open handover."""
    site = assignment.site
    hr = UserFactory(roles=["hr"])
    asked = departures.ask_departure(
        assignment, last_day=last_day, reason="Family", short_notice_reason="Sudden", by=assignment.person, now=now,
        **values,
    )  # fmt: skip
    contact = site.contacts.first() or ClientContactFactory(client=site.client, sites=[site])
    speaker = next(one for one in (*site.leads, *site.heads) if one != assignment.person)
    departures.record_client_decision(
        asked, contact=contact, agreed=True, said_at=now, words="Fine", files=[("mail.txt", b"Fine with us.")],
        by=speaker, now=now,
    )  # fmt: skip
    approval = approvals.Approval.objects.about(asked).open().get()
    approvals.decide(approval, "approved", by=hr, now=now)
    approvals.decide(approval, "approved", by=speaker, now=now)
    approvals.settle(now=now + timedelta(seconds=approvals.UNDO_SECONDS))
    asked.refresh_from_db()
    return asked
