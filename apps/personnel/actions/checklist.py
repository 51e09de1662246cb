"""What is missing before somebody is on site: documents to sign, proofs to verify (1.3.1, 2.2.1b, 4.2.1, 4.3.1, 4.3.3).

One sentence is said in two ways: `checklists` names each thing for the people, `with_missing` counts them in the
database for lists.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.verdicts import Verdict
from apps.personnel.models import Acknowledgement, Assignment, DocumentVersion, Proof, lasts_to
from apps.personnel.policy import papers as policy

PERSON, HR = "person", "hr"
DOCUMENTS, PROOFS = DocumentVersion.Kind.values, Proof.Kind.values
EVERYTHING = len(DOCUMENTS) + len(PROOFS)
COMING = (Assignment.Status.PLANNED, Assignment.Status.ON_SITE)


@dataclass(frozen=True)
class Item:
    """One thing of the checklist: how it stands, who is to act (PERSON, HR or nobody any more), and where."""

    name: str
    clause: str
    state: str
    who: str = ""
    url: str = ""
    verb: str = ""

    @property
    def done(self) -> bool:
        return not self.who

    @property
    def who_text(self) -> str:
        return {PERSON: _("the person"), HR: _("HR")}.get(self.who, "")


@dataclass(frozen=True)
class Checklist:
    assignment: Assignment
    items: tuple[Item, ...]

    @property
    def missing(self) -> list[Item]:
        return [item for item in self.items if not item.done]

    @property
    def done_count(self) -> int:
        return len(self.items) - len(self.missing)

    @property
    def complete(self) -> Verdict:
        return policy.papers_complete([(f"{one.name} ({one.state})", one.clause) for one in self.missing])

    def acts(self, who: str) -> list[Item]:
        """What waits for the person, or for HR."""
        return [item for item in self.missing if item.who == who]


def checklist(assignment: Assignment, *, now: datetime) -> Checklist:
    return checklists([assignment], now=now)[assignment.pk]


def checklists(assignments: Iterable[Assignment], *, now: datetime) -> dict[int, Checklist]:
    """The checklist of each assignment, with three queries for all of them."""
    assignments = list(assignments)
    people = {one.person_id for one in assignments}
    current = current_documents({one.site_id for one in assignments})
    signed = set(
        Acknowledgement.objects.filter(person__in=people, version__in={one.pk for one in current.values()}).values_list(
            "person_id", "version_id"
        )
    )
    proofs: dict[tuple[int, str], dict[str, Proof]] = {}
    for proof in Proof.objects.filter(person__in=people).exclude(status=Proof.Status.REPLACED).order_by("pk"):
        proofs.setdefault((proof.person_id, proof.kind), {})[proof.status] = proof
    found = {}
    for one in assignments:
        day = max(one.since, now.astimezone(one.site.zone).date())
        items = [_document(kind, one, current.get((one.site_id, kind)), signed) for kind in DocumentVersion.Kind]
        items += [_proof(kind, proofs.get((one.person_id, kind.value), {}), day) for kind in Proof.Kind]
        found[one.pk] = Checklist(one, tuple(items))
    return found


def _document(kind, assignment: Assignment, version: DocumentVersion | None, signed: set) -> Item:
    clause = DocumentVersion.CLAUSES[kind.value]
    if version is None:
        address = f"{reverse('document_new')}?kind={kind.value}"
        return Item(str(kind.label), clause, _("no edition is published"), HR, address, _("Publish one"))
    if (assignment.person_id, version.pk) in signed:
        return Item(str(kind.label), clause, _("signed"), url=version.get_absolute_url())
    return Item(str(kind.label), clause, _("to be read and signed"), PERSON, version.get_absolute_url(), _("Read"))


def _proof(kind, found: dict[str, Proof], day: date) -> Item:
    verified, waiting, returned = (
        found.get(status) for status in (Proof.Status.VERIFIED, Proof.Status.WAITING, Proof.Status.RETURNED)
    )
    name, clause = str(kind.label), "2.2.1b"
    if verified is not None and not verified.runs_out_before(day):
        return Item(name, clause, _("verified"), url=verified.get_absolute_url())
    if waiting is not None:
        return Item(name, clause, _("not verified yet"), HR, waiting.get_absolute_url(), _("Look"))
    address = f"{reverse('proof_new')}?kind={kind.value}"
    if verified is not None:
        return Item(name, clause, _("runs out too early"), PERSON, address, _("Hand in a new one"))
    if returned is not None:
        state = _("returned: %(reason)s") % {"reason": returned.reason}
        return Item(name, clause, state, PERSON, address, _("Hand in again"))
    return Item(name, clause, _("not handed in"), PERSON, address, _("Hand in"))


def current_documents(sites: Iterable[int]) -> dict[tuple[int, str], DocumentVersion]:
    """By site and kind the edition that holds there: the site's own newest, else the newest for all sites."""
    sites = set(sites)
    rows = DocumentVersion.objects.current().filter(Q(site=None) | Q(site__in=sites)).defer("text", "changes")
    own = {(row.site_id, row.kind): row for row in rows}
    found = {}
    for site in sites:
        for kind in DOCUMENTS:
            version = own.get((site, kind)) or own.get((None, kind))
            if version is not None:
                found[site, kind] = version
    return found


def coming(day: date | None = None):
    """Assignments whose papers matter: planned or on site, and not over."""
    return Assignment.objects.filter(status__in=COMING).filter(lasts_to(day or timezone.localdate()))


def asked_for(version: DocumentVersion):
    """Assignments for which an edition holds now; none once there is a newer one."""
    if not DocumentVersion.objects.current().filter(pk=version.pk).exists():
        return Assignment.objects.none()
    if version.site_id is not None:
        return coming().filter(site=version.site_id)
    own = DocumentVersion.objects.filter(kind=version.kind).exclude(site=None)
    return coming().exclude(site__in=own.values("site_id"))


def _holds(version: str, here, site) -> Q:
    """Of editions reached as `version`: those that hold at a site, its own before those for all sites.

    here: the site's id as the query knows it, site: as a query within it does.
    """
    own = DocumentVersion.objects.filter(site=site, kind=OuterRef(f"{version}__kind"))
    current = Q(**{f"{version}__in": DocumentVersion.objects.current().values("pk")})
    return current & (Q(**{f"{version}__site": here}) | Q(**{f"{version}__site": None}) & ~Exists(own))


def _signed():
    """Signatures of a person under the editions that hold at a site now, for a query about assignments."""
    holds = _holds("version", OuterRef("site_id"), OuterRef(OuterRef("site_id")))
    return Acknowledgement.objects.filter(holds, person=OuterRef("person_id"))


def _with_all(rows, of: str, condition: Q, count: int):
    """Ids of those assignments that have so many of something; one pass over all of them, not one look for each."""
    some = Assignment.objects.filter(pk__in=rows.order_by().values("pk"))
    return some.order_by().filter(condition).values("pk").annotate(found=Count(of)).filter(found=count).values("pk")


def _signed_all(rows):
    signed = "person__acknowledgements__version"
    return _with_all(rows, signed, _holds(signed, F("site_id"), OuterRef("site_id")), len(DOCUMENTS))


def _verified_all(rows, day: date):
    lasts = Q(person__proofs__expires_on=None) | Q(person__proofs__expires_on__gte=Greatest(F("since"), Value(day)))
    return _with_all(rows, "person__proofs", Q(person__proofs__status=Proof.Status.VERIFIED) & lasts, len(PROOFS))


def with_missing(rows, day: date):
    """Assignments with `missing`: how many of the things of their checklist are not done."""
    proofs = Proof.objects.filter(person=OuterRef("person_id"), status=Proof.Status.VERIFIED).filter(
        Q(expires_on=None) | Q(expires_on__gte=Greatest(OuterRef("since"), Value(day)))
    )
    return rows.annotate(missing=Value(EVERYTHING) - number(_signed(), "person") - number(proofs, "person"))


def with_unsigned(rows):
    """Those assignments that have not signed every kind, with `unsigned`: of how many editions that hold at their site
    the signature is missing (none, where a kind has no edition).
    """
    held = (
        DocumentVersion.objects.filter(Q(site=None) | Q(site=OuterRef("site_id")))
        .order_by()
        .annotate(all=Value(1))
        .values("all")
        .annotate(number=Count("kind", distinct=True))
        .values("number")
    )
    return rows.exclude(pk__in=_signed_all(rows)).annotate(
        unsigned=Coalesce(Subquery(held), 0) - number(_signed(), "person")
    )


def unsigned(assignments: Iterable[Assignment]) -> dict[DocumentVersion, list[Assignment]]:
    """By edition those of these assignments that have not signed it where it holds."""
    assignments = list(assignments)
    current = current_documents({one.site_id for one in assignments})
    signed = set(
        Acknowledgement.objects.filter(person__in=[one.person_id for one in assignments]).values_list(
            "person_id", "version_id"
        )
    )
    found: dict[DocumentVersion, list[Assignment]] = {}
    for one in assignments:
        for kind in DOCUMENTS:
            version = current.get((one.site_id, kind))
            if version is not None and (one.person_id, version.pk) not in signed:
                found.setdefault(version, []).append(one)
    return found


def number(rows, of: str):
    """How many of these rows there are for one value of a column; for a query about what it refers to."""
    counted = rows.order_by().values(of).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def incomplete(rows, day: date):
    """Those of these assignments with something missing, whoever waits longest first."""
    lacks = ~Q(pk__in=_signed_all(rows)) | ~Q(pk__in=_verified_all(rows, day))
    return with_missing(rows, day).filter(lacks).order_by("since", "pk")
