"""What the importers of this app share: cells that name records, and checking and storing many rows at once."""

from collections.abc import Callable, Iterable

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from apps.core.imports import cannot_be_undone
from apps.core.sheets_in import Column, Fault
from apps.core.transitions import record_all
from apps.core.words import listed

BATCH = 1000


def column(model: type[models.Model], name: str, **parts) -> Column:
    """A column under the name of a model's field."""
    return Column(name, model._meta.get_field(name).verbose_name, **parts)


def choice(choices: Iterable[tuple[str, str]]) -> Callable[[str], str]:
    """Reads one of several values, by its key or by its words."""
    known = {}
    for key, label in choices:
        known |= {str(key).casefold(): key, str(label).casefold(): key}

    def read(words: str) -> str:
        if words.casefold() not in known:
            raise ValueError(
                _("Choose one of: %(values)s.") % {"values": listed(sorted(set(map(str, known.values()))))}
            )
        return known[words.casefold()]

    return read


class Book:
    """Records by what names them in a sheet, found with one query."""

    def __init__(self, rows: models.QuerySet, *names: str, nobody):
        self.nobody = nobody
        self.known: dict[str, list] = {}
        for row in rows:
            for words in {str(getattr(row, name) or "").strip().casefold() for name in names} - {""}:
                self.known.setdefault(words, []).append(row)

    def find(self, words: str):
        """Raises: ValueError for nobody, and for several."""
        found = self.known.get(words.strip().casefold(), [])
        if len(found) != 1:
            several = _("Several are called “%(words)s”: give a code, number or mail address.")
            raise ValueError((several if found else self.nobody) % {"words": words[:60]})
        return found[0]


def resolve(number: int, values: dict, books: dict[str, Book], columns: dict[str, Column], faults: list[Fault]) -> dict:
    """The values of a row with records in the place of their names; what names nobody joins the faults."""
    found = dict(values)
    for key, book in books.items():
        if values.get(key):
            try:
                found[key] = book.find(values[key])
            except ValueError as error:
                faults.append(Fault(number, str(columns[key].label), str(error)))
                found[key] = None
    return found


def check_fields(number: int, thing: models.Model, names, columns: dict[str, Column], faults: list[Fault]) -> None:
    """Ask the model's fields, not its constraints: those look into the database row by row."""
    others = {field.name for field in thing._meta.fields} - set(names)
    try:
        thing.clean_fields(exclude=others)
    except ValidationError as error:
        for name, words in error.message_dict.items():
            label = columns[name].label if name in columns else name
            faults.append(Fault(number, str(label), " ".join(words)))


def once(rows, key: str, taken: set[str], columns: dict[str, Column], faults: list[Fault]) -> None:
    """A value that stands for one record stands once in the sheet, and in no record that is known."""
    seen: dict[str, int] = {}
    for number, values in rows:
        words = str(values.get(key) or "").strip().casefold()
        if not words:
            continue
        if words in seen:
            reason = _("It stands in row %(row)s already.") % {"row": seen[words]}
            faults.append(Fault(number, str(columns[key].label), str(reason)))
        elif words in taken:
            faults.append(Fault(number, str(columns[key].label), str(_("This is taken already."))))
        seen.setdefault(words, number)


def write_history(things: list[models.Model], verb: str, *, by, now, batch) -> None:
    """One Event for each record that came by a batch."""
    kind = ContentType.objects.get_for_model(things[0]).pk
    record_all(verb, ((kind, thing.pk, {"import": batch.pk}) for thing in things), by=by, now=now)


def take_away(rows: models.QuerySet, tick) -> None:
    """Delete all of them, or say what hangs on them; the caller's transaction holds it together.

    Raises: PolicyBroken.
    """
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    try:
        for begin in range(0, len(ids), BATCH):
            some = ids[begin : begin + BATCH]
            rows.filter(pk__in=some).delete()
            tick(begin + len(some))
    except ProtectedError as error:
        raise cannot_be_undone(sorted({str(one) for one in error.protected_objects})) from error
