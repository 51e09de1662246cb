"""The clocks of the first day: reporting in (2.2.1a), and signing a new edition of a site's documents (1.3.1)."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import obligations, parameters
from apps.core.obligations import Obligation, Promise, kind, lead, owner, role
from apps.personnel import coverage
from apps.personnel.actions import checklist, leaving
from apps.personnel.actions.assignments import stationed
from apps.personnel.models import Assignment, DocumentVersion, lasts_to
from apps.personnel.policy import papers as policy
from apps.personnel.roles import Role

REPORT_IN = kind(
    "report_in",
    clause="2.2.1a",
    label=_("Reports in at the site on time"),
    warn=[owner(before="report_in_reminder_hours")],
    breach=[lead(late_by="report_in_late_hours"), role(Role.HR.value, late_by="report_in_late_hours")],
)

DOCUMENT_RENEWAL = kind(
    "document_renewal",
    clause="1.3.1",
    label=_("A new edition is signed in time"),
    warn=[owner(before="rulebook_remind_hours")],
    breach=[owner(), lead()],
)

NOT_COMING = _("No longer coming to this site.")
NOT_HERE = _("No longer at this site.")
NEWER_EDITION = _("A newer edition is to be signed instead.")
FIRST_DAY_MOVED = _("The time to report in has changed.")


# --- Reporting in (2.2.1a) ----------------------------------------------------------------------------


def due_of(assignment: Assignment, now: datetime) -> datetime:
    """When the person is to be there; dispatched after that hour, they have until the day is over."""
    zone = assignment.site.zone
    due = policy.report_due(assignment.since, assignment.report_at, zone)
    return due if due > now else datetime.combine(now.astimezone(zone).date(), time(23, 59), zone)


def _promise(assignment: Assignment, now: datetime) -> Promise:
    return Promise(
        subject=assignment,
        title=f"{assignment.person.name} · {assignment.site.name}",
        url=assignment.get_absolute_url(),
        opened_at=now,
        due_at=due_of(assignment, now),
        zone=assignment.site.zone,
        person=assignment.person,
        site=assignment.site,
        owner=assignment.person,
    )


@stationed
def expect(assignment: Assignment, now: datetime) -> None:
    """Whoever is planned is expected; the clock moves along with their first day."""
    if assignment.status != Assignment.Status.PLANNED or assignment.reported_at is not None:
        return
    running = Obligation.objects.kind(REPORT_IN).about(assignment).open().first()
    if running is None:
        obligations.start_many(REPORT_IN, [_promise(assignment, now)], now=now)
        return
    due = policy.report_due(assignment.since, assignment.report_at, assignment.site.zone)
    if due != running.due_at and due > now:
        obligations.reschedule(running, due_at=due, by=None, now=now, reason=str(FIRST_DAY_MOVED))


@obligations.planner
def expect_everybody(now: datetime) -> int:
    """Open what came in by another way than dispatch, and let go of what was cancelled; safe to repeat."""
    clocks = Obligation.objects.kind(REPORT_IN, DOCUMENT_RENEWAL).open()
    over = Assignment.objects.filter(status__in=[Assignment.Status.CANCELLED, Assignment.Status.ENDED])
    about = clocks.filter(subject_type=ContentType.objects.get_for_model(Assignment))
    obligations.drop(about.filter(subject_id__in=over.values("pk")), by=None, now=now, reason=str(NOT_COMING))
    waiting = not_expected(Assignment.objects.all(), now).select_related("person", "site")
    return obligations.start_many(REPORT_IN, [_promise(one, now) for one in waiting], now=now)


@coverage.covers(REPORT_IN)
def not_expected(assignments, now: datetime):
    """Those planned who have not reported in and whose clock does not run (1.2)."""
    running = Obligation.objects.kind(REPORT_IN).open().filter(subject_id=OuterRef("pk"))
    return assignments.filter(status=Assignment.Status.PLANNED, reported_at=None).filter(
        ~Exists(running), lasts_to(now.date())
    )


@leaving.ends_with_posting(REPORT_IN)
def _nobody_expected(promise: Obligation, last_day):
    return NOT_COMING


# --- New editions (1.3.1) -----------------------------------------------------------------------------


@leaving.ends_with_posting(DOCUMENT_RENEWAL)
def _nobody_to_sign(promise: Obligation, last_day):
    return NOT_HERE


def period_of(version: DocumentVersion) -> str:
    return f"doc:{version.pk}"


def ask_again(version: DocumentVersion, asked: Iterable[Assignment], now: datetime) -> list[Promise]:
    """Each of these people signs the new edition within days; whoever is yet to come, by their first day at the latest.

    What they still owed for an earlier edition of the same document is let go.
    """
    asked = list(asked)
    others = DocumentVersion.objects.filter(kind=version.kind).exclude(pk=version.pk)
    before = Obligation.objects.kind(DOCUMENT_RENEWAL).filter(
        subject_type=ContentType.objects.get_for_model(Assignment),
        subject_id__in=[one.pk for one in asked],
        period__in=[period_of(one) for one in others.only("pk")],
    )
    obligations.drop(before, by=None, now=now, reason=str(NEWER_EDITION))
    promises = []
    for assignment in asked:
        zone = assignment.site.zone
        days = parameters.value("rulebook_renew_days", on=now.astimezone(zone).date())
        first_day = policy.report_due(assignment.since, assignment.report_at, zone)
        promises.append(
            Promise(
                subject=assignment,
                title=f"{assignment.person.name} · {version.title}",
                url=reverse("document", args=[version.pk]),
                opened_at=now,
                due_at=max(now + timedelta(days=float(days)), first_day),
                zone=zone,
                period=period_of(version),
                person=assignment.person,
                site=assignment.site,
                owner=assignment.person,
            )
        )
    obligations.start_many(DOCUMENT_RENEWAL, promises, now=now)
    return promises


@coverage.covers(DOCUMENT_RENEWAL)
def not_asked(assignments, now: datetime):
    """Those on site with an edition in force that they neither signed nor are asked to sign (1.2)."""
    asked = checklist.number(
        Obligation.objects.kind(DOCUMENT_RENEWAL).open().filter(subject_id=OuterRef("pk")), "subject_id"
    )
    return (
        checklist.with_unsigned(assignments.filter(status=Assignment.Status.ON_SITE))
        .filter(lasts_to(now.date()))
        .filter(unsigned__gt=asked)
    )


@obligations.planner
def ask_everybody(now: datetime) -> int:
    """Ask whoever is on site for each signature that is missing and not asked for; safe to repeat."""
    lacking = list(not_asked(Assignment.objects.all(), now).select_related("person", "site"))
    return sum(len(ask_again(version, people, now)) for version, people in checklist.unsigned(lacking).items())
