"""Records that come by the sheet: read, tried out row by row, saved all or not at all, and undone as a whole.

An app declares what can be imported by `importer`; the work is done by Celery, and whatever dies is begun again:
nothing is stored before all of it is.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import OperationalError, connection, models, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from apps.core.history import never_removed
from apps.core.locks import only_one
from apps.core.sheets_in import Column, Fault, Sheet, read_cells, read_sheet
from apps.core.transitions import lock, record, transition, verb
from apps.core.verdicts import NotAllowed, PolicyBroken, Refused, Verdict, WrongState, no, require, unless
from apps.core.words import listed

logger = logging.getLogger(__name__)
MOST_FAULTS = 2000  # that are kept; a file with more has one cause
STEP = 250  # rows between two signs of progress

UPLOADED = verb("import_uploaded", _("File handed in"))
TRIED = verb("import_tried", _("Tried out"))
SAVED = verb("import_saved", _("Saved"))
UNDONE = verb("import_undone", _("Undone"))
KEPT = verb("import_kept", _("Could not be undone"))


@dataclass(frozen=True)
class Importer:
    """What can be imported: its columns, who may, and three functions.

    check: `check(rows, faults, by=, now=, tick=)` adds to the faults of reading, with rows as (number in the sheet,
        values); a value that is missing or could not be read is None, and what is said of such a cell is not kept.
    save: `save(rows, batch, by=, now=, tick=)` stores them and answers the ids by kind; it trusts what was checked.
    undo: `undo(made, by=, now=, tick=)` takes all of it away, or raises PolicyBroken saying what hangs on it.
    """

    key: str
    label: str
    icon: str
    columns: Sequence[Column]
    may: Callable[..., Verdict]
    check: Callable
    save: Callable
    undo: Callable
    order: int = 50


IMPORTERS: dict[str, Importer] = {}


def importer(key: str, **parts) -> Importer:
    """Declare something that can be imported."""
    IMPORTERS[key] = Importer(key, **parts)
    return IMPORTERS[key]


class ImportBatchQuerySet(models.QuerySet):
    def visible_to(self, user):
        kinds = [one.key for one in IMPORTERS.values() if one.may(user)]
        return self.filter(kind__in=kinds)

    def to_do(self):
        return self.filter(status__in=RUNNING)


class ImportBatch(models.Model):
    """One sheet of records. made: the ids of what it became, by kind; told_by: who had it saved, or undone, last."""

    class Status(models.TextChoices):
        CHECKING = "checking", _("Being tried out")
        REFUSED = "refused", _("To be mended")
        READY = "ready", _("Ready to save")
        SAVING = "saving", _("Being saved")
        DONE = "done", _("Saved")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        DROPPED = "dropped", _("Dropped")

    kind = models.CharField(_("what"), max_length=20)
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    rows = models.JSONField(default=list)
    faults = models.JSONField(default=list)
    made = models.JSONField(default=dict)
    total = models.PositiveIntegerField(_("rows"), default=0)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.CHECKING)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("handed in"))
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        indexes = [
            models.Index(
                fields=["uploaded_at"],
                condition=models.Q(status__in=["checking", "saving", "undoing"]),
                name="import_to_do",
            )
        ]
        triggers = never_removed()
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self):
        return self.file_name

    def get_absolute_url(self):
        return reverse("import", args=[self.pk])

    @property
    def importer(self) -> Importer:
        return IMPORTERS[self.kind]

    @property
    def kind_text(self) -> str:
        return str(self.importer.label)

    @property
    def on_behalf_of(self):
        return self.told_by or self.uploaded_by

    @property
    def running(self) -> bool:
        return self.status in RUNNING

    @property
    def status_tone(self) -> str:
        tones = {"refused": "danger", "ready": "info", "done": "success"} | dict.fromkeys(RUNNING, "warning")
        return tones.get(self.status, "secondary")


RUNNING = (ImportBatch.Status.CHECKING, ImportBatch.Status.SAVING, ImportBatch.Status.UNDOING)


class ImportProgress(models.Model):
    """How many rows of a batch are through; a row of its own, so that it is told while the batch is being saved."""

    batch = models.OneToOneField(ImportBatch, on_delete=models.CASCADE, related_name="progress")
    done = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"{self.batch_id}: {self.done}"

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.done / max(self.batch.total, 1)))


# --- By people ----------------------------------------------------------------------------------------


def may_import(user, batch: ImportBatch) -> Verdict:
    return batch.importer.may(user)


@transaction.atomic
def upload(kind: str, *, name: str, content: bytes, sha256: str, by, now: datetime) -> ImportBatch:
    """Take a sheet in; it is tried out at once, and nothing is saved yet.

    Raises: NotAllowed; PolicyBroken beside `file`.
    """
    which = IMPORTERS[kind]
    require(which.may(by), NotAllowed)
    sheet = read_sheet(name, content, which.columns)
    batch = ImportBatch.objects.create(
        kind=kind,
        file_name=name[:200],
        sha256=sha256,
        rows=sheet.rows,
        faults=[[fault.row, fault.column, fault.words] for fault in sheet.faults[:MOST_FAULTS]],
        total=len(sheet.rows),
        uploaded_by=by,
        uploaded_at=now,
    )
    ImportProgress.objects.create(batch=batch)
    record(batch, UPLOADED, by=by, now=now)
    return batch


@transition(
    ImportBatch.Status.READY,
    to=ImportBatch.Status.SAVING,
    may=may_import,
    name="import_confirmed",
    text=_("Told to save it"),
)
def confirm(batch: ImportBatch, *, by, now: datetime) -> None:
    """Save all of it, now that every row is well."""
    batch.told_by = by
    ImportProgress.objects.filter(batch=batch).update(done=0)


@transition(
    [ImportBatch.Status.READY, ImportBatch.Status.REFUSED],
    to=ImportBatch.Status.DROPPED,
    may=may_import,
    name="import_dropped",
    text=_("Dropped"),
)
def drop(batch: ImportBatch, *, by, now: datetime) -> None:
    """It will not be saved; what it said of people is forgotten."""
    batch.rows = []


@transition(
    ImportBatch.Status.DONE,
    to=ImportBatch.Status.UNDOING,
    may=may_import,
    name="import_undo_told",
    text=_("Told to undo it"),
)
def undo(batch: ImportBatch, *, by, now: datetime, reason: str) -> str:
    """Have everything the batch brought taken away, or nothing; where something hangs on it the batch says so.

    Raises: PolicyBroken beside `reason`.
    """
    require(unless(not reason.strip(), _("Say why, so that the history can be understood.")), field="reason")
    batch.told_by, batch.faults = by, []
    ImportProgress.objects.filter(batch=batch).update(done=0)
    return reason.strip()


# --- By Celery ----------------------------------------------------------------------------------------


def work(*, now: datetime) -> int:
    """Try out, save and undo what waits; answers how many batches moved. Several workers may run it."""
    moved = 0
    for pk in ImportBatch.objects.to_do().order_by("pk").values_list("pk", flat=True):
        with only_one(f"import {pk}") as mine:
            if mine:
                moved += _work(pk, now)
    return moved


def _work(pk: int, now: datetime) -> bool:
    batch = ImportBatch.objects.to_do().filter(pk=pk).select_related("uploaded_by", "told_by").first()
    if batch is None:
        return False
    tick = _ticker(batch)
    with translation.override(batch.on_behalf_of.language):
        try:
            _go_on(batch, now, tick)
        except OperationalError:
            raise  # the database is away: the next one begins it again
        except Exception:
            logger.exception("Import %s cannot be worked on.", pk)
            _give_up(batch, now)
        finally:
            tick.close()
    return True


@transaction.atomic
def _give_up(batch: ImportBatch, now: datetime) -> None:
    lock(batch)
    words = str(_("Something went wrong on our side. The log says what; tell an administrator."))
    if batch.status == ImportBatch.Status.UNDOING:
        _keep(batch, words, now)
    else:
        _judge(batch, [Fault(0, "", words)], now)


def _go_on(batch: ImportBatch, now: datetime, tick) -> None:
    steps = {ImportBatch.Status.CHECKING: _try_out, ImportBatch.Status.SAVING: _save, ImportBatch.Status.UNDOING: _undo}
    steps[batch.status](batch, now, tick)


def _checked(batch: ImportBatch, now: datetime, tick) -> tuple[list[tuple[int, dict]], list[Fault]]:
    """Every row as values, and everything wrong with them: a cell that cannot be read is not judged as well."""
    sheet = Sheet([(number, typed) for number, typed in batch.rows], [Fault(*one) for one in batch.faults])
    rows = list(read_cells(sheet, batch.importer.columns))
    faults = sheet.faults
    unread = {(fault.row, fault.column) for fault in faults}
    read = len(faults)
    batch.importer.check(rows, faults, by=batch.on_behalf_of, now=now, tick=tick)
    return rows, faults[:read] + [fault for fault in faults[read:] if (fault.row, fault.column) not in unread]


@transaction.atomic
def _try_out(batch: ImportBatch, now: datetime, tick) -> None:
    _rows, faults = _checked(batch, now, tick)
    lock(batch)
    if batch.status == ImportBatch.Status.CHECKING:
        _judge(batch, faults, now)


def _judge(batch: ImportBatch, faults: list[Fault], now: datetime) -> None:
    batch.faults = [[one.row, one.column, one.words] for one in sorted(faults, key=lambda one: one.row)][:MOST_FAULTS]
    batch.status = ImportBatch.Status.REFUSED if faults else ImportBatch.Status.READY
    batch.save(update_fields=["faults", "status"])
    record(batch, TRIED, by=None, now=now, faults=len(faults), rows=batch.total)


def _save(batch: ImportBatch, now: datetime, tick) -> None:
    """All or nothing: what changed in the house since it was tried out is found here."""
    try:
        with transaction.atomic():
            rows, faults = _checked(batch, now, lambda done: None)
            if faults:
                lock(batch)
                _judge(batch, faults, now)
                return
            made = batch.importer.save(rows, batch, by=batch.on_behalf_of, now=now, tick=tick)
            lock(batch)
            require(unless(batch.status != ImportBatch.Status.SAVING, _("Somebody else saved it.")), WrongState)
            batch.status = ImportBatch.Status.DONE
            batch.made, batch.finished_at, batch.rows = made, now, []
            batch.save(update_fields=["status", "made", "finished_at", "rows"])
            record(batch, SAVED, by=batch.on_behalf_of, now=now, rows=batch.total)
    except Refused as refused:
        with transaction.atomic():
            lock(batch)
            _judge(batch, [Fault(0, "", str(refused.verdict.reason))], now)


def _undo(batch: ImportBatch, now: datetime, tick) -> None:
    """All of it goes, or none."""
    try:
        with transaction.atomic():
            batch.importer.undo(batch.made, by=batch.on_behalf_of, now=now, tick=tick)
            lock(batch)
            require(unless(batch.status != ImportBatch.Status.UNDOING, _("Somebody else undid it.")), WrongState)
            batch.status = ImportBatch.Status.UNDONE
            batch.save(update_fields=["status"])
            record(batch, UNDONE, by=batch.on_behalf_of, now=now, rows=batch.total)
    except Refused as refused:
        with transaction.atomic():
            lock(batch)
            verdict = refused.verdict
            _keep(batch, " ".join(str(words) for words in (verdict.reason, verdict.remedy) if words), now)


def _keep(batch: ImportBatch, words: str, now: datetime) -> None:
    """It stays saved, and says why it could not be undone."""
    batch.faults, batch.status = [[0, "", words]], ImportBatch.Status.DONE
    batch.save(update_fields=["faults", "status"])
    record(batch, KEPT, by=None, now=now, note=words)


def _ticker(batch: ImportBatch):
    """`tick(done)` tells how far one is, over a line of its own: the one that saves tells nothing before the end."""
    line = connection.copy()

    def tick(done: int) -> None:
        if done % STEP == 0 or done >= batch.total:
            with line.cursor() as cursor:
                cursor.execute("UPDATE core_importprogress SET done = %s WHERE batch_id = %s", [done, batch.pk])

    tick.close = line.close
    return tick


def cannot_be_undone(names: Sequence[str]) -> PolicyBroken:
    """What an importer raises when something hangs on what came by a batch."""
    return PolicyBroken(
        no(
            _("Something hangs on it already: %(names)s.") % {"names": listed(names[:8])},
            remedy=_(
                "Take that away first. What the history keeps, a cancelled posting too, stays for good: then close "
                "or correct these records one by one."
            ),
        )
    )
