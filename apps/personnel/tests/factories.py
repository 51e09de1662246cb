"""Rows for tests: the smallest believable ones, in English so that words can be asserted."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

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
