"""Assignments by the sheet: postings that were agreed elsewhere are taken over, each under a staffing request (2.1.1).

They come in as planned: papers are checked and arrivals confirmed as for everybody.
"""

from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import notifications, obligations
from apps.core.imports import cannot_be_undone, importer
from apps.core.obligations import promises_for
from apps.core.sheets_in import Column, Fault, day
from apps.core.transitions import record_all
from apps.personnel import access
from apps.personnel.actions.assignments import CANCELLED, DISPATCHED, YOURS
from apps.personnel.imports.cells import BATCH, Book, check_fields, column, resolve, write_history
from apps.personnel.models import Assignment, Project, Selection, Site, StaffingRequest, User
from apps.personnel.policy import postings as policy
from apps.personnel.policy.papers import report_when

Status = Assignment.Status
COLUMNS = (
    Column("person", _("person"), required=True, help=_("Mail address or staff number."), example="E00123"),
    Column("site", _("site"), required=True, help=_("The code of a site."), example="SZ-PS"),
    column(Assignment, "position", required=True, example="Java 开发工程师"),
    Column("project", _("project"), help=_("The code of a project of the site's client."), example="P-BYD"),
    column(Assignment, "since", required=True, read=day, example="2026-12-01"),
    column(Assignment, "planned_to", read=day, example="2027-05-31", help=_("Empty while no end is known.")),
)
BY_KEY = {one.key: one for one in COLUMNS}
MOST_IN_REQUEST = 200  # as the database allows
IMPORT_CANCELLED = "assignment_cancelled"


def _books() -> dict[str, Book]:
    people = User.objects.only("name", "email", "number", "is_active", "hired_on")
    sites = Site.objects.only("code", "name", "client_id", "time_zone", "active")
    return {
        "person": Book(
            people, "email", "number", nobody=_("Nobody here has the mail address or staff number “%(words)s”.")
        ),
        "site": Book(sites, "code", nobody=_("No site has the code “%(words)s”.")),
        "project": Book(Project.objects.all(), "code", nobody=_("No project has the code “%(words)s”.")),
    }


def check(rows, faults, *, by, now, tick) -> None:
    books, spans, unread = _books(), {}, {fault.row for fault in faults}
    for done, (number, values) in enumerate(rows, 1):
        found = resolve(number, values, books, BY_KEY, faults)
        person, site, project = (found.get(key) for key in ("person", "site", "project"))
        since, until = found["since"], found["planned_to"]
        check_fields(number, Assignment(position=found["position"] or ""), ["position"], BY_KEY, faults)
        verdicts = {"planned_to": policy.dates_in_order(since, until)} if since else {}
        if person and site:
            verdicts["person"] = policy.still_with_us(person, person.is_active)
            verdicts["site"] = policy.site_runs(site, site.active)
            if since:
                today = now.astimezone(site.zone).date()
                verdicts["since"] = policy.first_day_sensible(since, person.hired_on, today)
            verdicts["project"] = policy.project_of_client(project.client_id if project else None, site.client_id)
        wrong = [(key, verdict) for key, verdict in verdicts.items() if not verdict]
        faults += [Fault(number, str(BY_KEY[key].label), str(verdict.reason)) for key, verdict in wrong]
        if person and site and since and not wrong and number not in unread:
            spans.setdefault(person, []).append((since, until, number, site.name))
        tick(done)
    _overlaps(spans, faults)


def _overlaps(spans: dict[User, list], faults: list[Fault]) -> None:
    """Nobody is at two places on one day: neither by this sheet, nor by it and what is known."""
    known = (
        Assignment.objects.filter(person__in=list(spans))
        .exclude(status=Status.CANCELLED)
        .annotate(until=Coalesce("ended_on", "planned_to"))
        .values_list("person_id", "since", "until", "site__name")
    )
    taken: dict[int, list] = {}
    for person, since, until, site in known:
        taken.setdefault(person, []).append((since, until, 0, site))
    for person, wanted in spans.items():
        for place, one in enumerate(wanted):
            others = [*taken.get(person.pk, []), *wanted[:place]]
            other = next((other for other in others if _shared(one, other)), None)
            if other:
                verdict = policy.free_then(person.name, (other[3], other[0], other[1]))
                faults.append(Fault(one[2], str(BY_KEY["since"].label), str(verdict.reason)))


def _shared(one, other) -> bool:
    return (other[1] or date.max) >= one[0] and other[0] <= (one[1] or date.max)


def save(rows, batch, *, by, now, tick) -> dict[str, list[int]]:
    """One staffing request and choice for each site, role and project of the sheet; everybody is told."""
    with connection.cursor() as cursor:  # a lock for each of ten thousand people would not fit into the server
        cursor.execute("LOCK TABLE personnel_assignment IN SHARE ROW EXCLUSIVE MODE")
    books, groups = _books(), {}
    for number, values in rows:
        found = resolve(number, values, books, BY_KEY, [])
        key = (found["site"].pk, found["position"].casefold(), found["project"].pk if found.get("project") else None)
        groups.setdefault(key, []).append(found)
    reason = str(_("Taken over with the sheet %(file)s.") % {"file": batch.file_name})
    parts = [
        part[begin : begin + MOST_IN_REQUEST]
        for part in groups.values()
        for begin in range(0, len(part), MOST_IN_REQUEST)
    ]
    requests = StaffingRequest.objects.bulk_create(
        (_request(part, reason, by, now) for part in parts), batch_size=BATCH
    )
    selections = Selection.objects.bulk_create(
        (
            Selection(request=request, reason=reason, decided_by=by, decided_at=now, seen=_seen(part, request, batch))
            for request, part in zip(requests, parts, strict=True)
        ),
        batch_size=BATCH,
    )
    postings = [
        Assignment(
            person=one["person"],
            site=one["site"],
            project=one.get("project"),
            position=one["position"].strip(),
            since=one["since"],
            planned_to=one["planned_to"],
            selection=selection,
            report_at=report_when(one["since"], one["site"].zone, now),
        )
        for selection, part in zip(selections, parts, strict=True)
        for one in part
    ]
    for begin in range(0, len(postings), BATCH):
        some = Assignment.objects.bulk_create(postings[begin : begin + BATCH])
        write_history(some, DISPATCHED, by=by, now=now, batch=batch)
        notifications.tell_many((_told(one, YOURS) for one in some), YOURS, now=now)
        tick(begin + len(some))
    obligations.plan(now)
    return {"assignments": [one.pk for one in postings], "requests": [one.pk for one in requests]}


def _request(part: list[dict], reason: str, by: User, now) -> StaffingRequest:
    ends = [one["planned_to"] for one in part]
    return StaffingRequest(
        site=part[0]["site"],
        project=part[0].get("project"),
        position=part[0]["position"].strip(),
        headcount=len(part),
        since=min(one["since"] for one in part),
        planned_to=None if None in ends else max(ends),
        detail=reason,
        asked_by=by,
        asked_at=now,
        status=StaffingRequest.Status.FILLED,
    )


def _seen(part: list[dict], request: StaffingRequest, batch) -> dict:
    """Nobody was ranked: the choice was made elsewhere, and that is what stays written."""
    return {
        "import": batch.pk,
        "chosen": [one["person"].pk for one in part],
        "since": request.since.isoformat(),
        "planned_to": request.planned_to and request.planned_to.isoformat(),
        "headcount": request.headcount,
        "requirements": [],
        "ranked": 0,
        "fitting": 0,
        "candidates": [],
    }


def _told(one: Assignment, which, **words) -> tuple:
    """A row for `tell_many`: whoever goes, with their pack."""
    facts = {"site": one.site.name, "since": one.since.isoformat(), "position": one.position, **words}
    if one.report_at:
        facts["report_at"] = one.report_at.isoformat()
    return one.person, f"assignment:{one.pk}:{which.key}", one, reverse("assignment_pack", args=[one.pk]), facts


def undo(made, *, by, now, tick) -> None:
    """They never began: cancelled all together, with what was promised for them; the history keeps them.

    tick: told at the end, for it is done in a few strokes.
    """
    rows = Assignment.objects.select_for_update(of=("self",)).filter(pk__in=made["assignments"])
    postings = list(rows.select_related("person", "site").order_by("pk"))
    begun = [one.person.name for one in postings if one.status not in (Status.PLANNED, Status.CANCELLED)]
    if begun:
        raise cannot_be_undone(begun)
    live = [one for one in postings if one.status == Status.PLANNED]
    reason = str(_("The import was undone."))
    Assignment.objects.filter(pk__in=[one.pk for one in live]).update(status=Status.CANCELLED)
    kind = ContentType.objects.get_for_model(Assignment).pk
    record_all(IMPORT_CANCELLED, ((kind, one.pk, {}) for one in live), by=by, now=now, note=reason)
    about = promises_for(Assignment).filter(subject_id__in=[one.pk for one in live])
    obligations.drop(about, by=by, now=now, reason=reason)
    requests = StaffingRequest.objects.filter(pk__in=made["requests"])
    requests.update(status=StaffingRequest.Status.CLOSED, outcome=reason, closed_at=now)
    notifications.tell_many((_told(one, CANCELLED, reason=reason) for one in live), CANCELLED, now=now)
    tick(len(postings))


importer(
    "assignments",
    label=_("Assignments"),
    icon="id",
    columns=COLUMNS,
    may=access.may_manage,
    check=check,
    save=save,
    undo=undo,
    order=30,
)
