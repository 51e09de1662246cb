"""Reading spreadsheets that people hand in: XLSX, XLS, ODS and CSV, as rows under known headings."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from xml.etree import ElementTree

import python_calamine as calamine
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from xlsxwriter.utility import xl_cell_to_rowcol

from apps.core.attachments import MAX_BYTES
from apps.core.verdicts import PolicyBroken, no, require, unless
from apps.core.words import listed

MOST_ROWS = 20_000
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ENCODINGS = ("utf-8-sig", "gb18030", "big5", "utf-16")
DAYS = (
    re.compile(r"^(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?$"),
    re.compile(r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})$"),
)


@dataclass(frozen=True)
class Column:
    """A column of a template. also: what others call it. read: `f(words) -> value`; a ValueError says what is wrong."""

    key: str
    label: str
    help: str = ""
    required: bool = False
    example: str = ""
    also: tuple[str, ...] = ()
    read: Callable[[str], object] = str

    @property
    def names(self) -> set[str]:
        """What its heading may be: its key, its label in any language, or what others call it."""
        found = {self.key, *self.also}
        for language in ("en", "zh-hans", "zh-hant"):
            with translation.override(language):
                found.add(_plain(str(self.label)))
        return found


@dataclass(frozen=True)
class Fault:
    """What is wrong with a cell, or with a whole row where `column` is empty. row: as the sheet counts them."""

    row: int
    column: str
    words: str


@dataclass
class Sheet:
    """Rows by column key as they were typed, each with its number in the sheet; and what stopped some of it."""

    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_sheet(name: str, content: bytes, columns: Sequence[Column]) -> Sheet:
    """The first sheet of a workbook, or a CSV, under the headings of its first row.

    Raises: PolicyBroken beside `file` when it cannot be read, has no rows, too many, or not the headings.
    """
    _require(unless(not content, _("This file is empty.")))
    _require(unless(len(content) > MAX_BYTES, _("This file is larger than %(limit)s MB.") % {"limit": MAX_BYTES >> 20}))
    cells, merged, unfinished = _workbook(content) if _is_workbook(content) else (_csv(content), [], [])
    lines = [(number, line) for number, line in enumerate(cells, 1) if any(cell.strip() for cell in line)]
    _require(unless(not lines, _("There is nothing in the first sheet.")))
    _require(
        unless(
            len(lines) - 1 > MOST_ROWS,
            _("At most %(count)s rows at once.") % {"count": MOST_ROWS},
            remedy=_("Split the file."),
        )
    )
    places = _places(lines[0][1], columns)
    sheet = Sheet()
    for number, line in lines[1:]:
        sheet.rows.append(
            (number, {key: line[place].strip() if place < len(line) else "" for key, place in places.items()})
        )
    for first, last in merged:
        sheet.faults.append(
            Fault(first, "", str(_("Cells are merged down to row %(last)s. Take the merging off.") % {"last": last}))
        )
    headings = {place: str(column.label) for column in columns if (place := places.get(column.key)) is not None}
    for number, place in unfinished:
        if place in headings and number > lines[0][0]:
            words = _("This is a formula without its result. Type the value, or open and save the sheet once.")
            sheet.faults.append(Fault(number, headings[place], str(words)))
    _require(unless(not sheet.rows and not sheet.faults, _("There are headings, but no rows under them.")))
    return sheet


def read_cells(sheet: Sheet, columns: Sequence[Column]) -> Iterator[tuple[int, dict]]:
    """Each row with its cells as values; what cannot be read joins the faults of the sheet, its value is None."""
    known = {(fault.row, fault.column) for fault in sheet.faults}
    for number, typed in sheet.rows:
        values = {}
        for column in columns:
            words = typed.get(column.key, "")
            values[column.key] = None
            if not words:
                if column.required and (number, str(column.label)) not in known:
                    sheet.faults.append(Fault(number, str(column.label), str(_("This is missing."))))
                continue
            if "\x00" in words:
                sheet.faults.append(Fault(number, str(column.label), str(_("It holds a sign that cannot be stored."))))
                continue
            try:
                values[column.key] = column.read(words)
            except ValueError as error:
                sheet.faults.append(Fault(number, str(column.label), str(error)))
        yield number, values


def day(words: str) -> date:
    """2026-11-22, 2026/11/22, 2026年11月22日 or 20261122; nothing that two people could read differently.

    Raises: ValueError.
    """
    for pattern in DAYS:
        found = pattern.match(words.strip().split(" ")[0].split("T")[0])
        if found:
            try:
                return date(*(int(found[part]) for part in ("year", "month", "day")))
            except ValueError:
                raise ValueError(_("“%(words)s” is no day of the calendar.") % {"words": words}) from None
    raise ValueError(
        _("“%(words)s” is not a day that everybody reads alike. Write it as %(example)s.")
        % {"words": words[:40], "example": "2026-11-22"}
    )


def day_words(value: date) -> str:
    return date_format(value, "Y-m-d")


# --- Into cells ---------------------------------------------------------------------------------------


def _require(verdict) -> None:
    require(verdict, field="file")


def _unreadable(reason, remedy) -> PolicyBroken:
    return PolicyBroken(no(reason, remedy=remedy), fields={"file": f"{reason} {remedy}"})


def _is_workbook(content: bytes) -> bool:
    return content[:4] == b"PK\x03\x04" or content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _workbook(content: bytes) -> tuple[list[list[str]], list[tuple[int, int]], list[tuple[int, int]]]:
    """The cells of the first sheet as words, a formula as what it shows; the rows from and to which cells merge;
    and where a formula shows nothing (row, place in it), as in a sheet that no spreadsheet program has opened yet.
    """
    try:
        book = calamine.load_workbook(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0)
        cells = [
            [_words(cell) for cell in line] for line in sheet.to_python(skip_empty_area=False, nrows=MOST_ROWS + 2)
        ]
        ranges = sheet.merged_cell_ranges or []
        unfinished = list(_unfinished(content))
    except calamine.PasswordError:
        raise _unreadable(
            _("This workbook is locked with a password."), _("Save it without a password, and send that.")
        ) from None
    except (calamine.CalamineError, OSError, ValueError, LookupError, ElementTree.ParseError, zipfile.BadZipFile):
        raise _unreadable(
            _("This workbook cannot be read."),
            _("Open it in your spreadsheet program, save it as XLSX, and send that."),
        ) from None
    return cells, [(top + 1, bottom + 1) for (top, _left), (bottom, _right) in ranges], unfinished


def _unfinished(content: bytes) -> Iterator[tuple[int, int]]:
    """Formulas without a result in the first sheet of an XLSX; other workbooks always keep results beside them."""
    if not content.startswith(b"PK"):
        return
    archive = zipfile.ZipFile(io.BytesIO(content))
    if "xl/workbook.xml" not in archive.namelist():
        return
    first = ElementTree.fromstring(archive.read("xl/workbook.xml")).find("{*}sheets")[0]
    parts = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {part.attrib["Id"]: part.attrib["Target"] for part in parts}
    target = targets[first.attrib[f"{{{RELATIONS}}}id"]]
    with archive.open(target[1:] if target.startswith("/") else f"xl/{target}") as page:
        for _event, cell in ElementTree.iterparse(page):
            if not cell.tag.endswith("}c"):
                continue
            if cell.find("{*}f") is not None and not cell.findtext("{*}v"):
                row, place = xl_cell_to_rowcol(cell.attrib["r"])
                yield row + 1, place
            cell.clear()


def _words(cell) -> str:
    """A cell as somebody would type it: days as 2026-11-22, whole numbers without a point."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _csv(content: bytes) -> list[list[str]]:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            continue
        sample = text.split("\n", 1)[0]
        delimiter = max(",;\t", key=sample.count)
        try:
            return [list(line) for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
        except csv.Error:
            break
    raise _unreadable(_("This is neither a workbook nor a CSV file."), _("Fill in the template, and send that."))


def _plain(words: str) -> str:
    return re.sub(r"[\s*]+", " ", words).strip().casefold()


def _places(headings: list[str], columns: Sequence[Column]) -> dict[str, int]:
    """Where each column stands. Raises: PolicyBroken beside `file` for headings that are missing or stand twice."""
    given = [_plain(words) for words in headings]
    places: dict[str, int] = {}
    for column in columns:
        found = [place for place, words in enumerate(given) if words in column.names]
        _require(
            unless(
                len(found) > 1,
                _("The heading “%(heading)s” stands there more than once.") % {"heading": column.label},
            )
        )
        if found:
            places[column.key] = found[0]
    missing = [str(column.label) for column in columns if column.required and column.key not in places]
    _require(
        unless(
            missing,
            _("Headings are missing: %(headings)s.") % {"headings": listed(missing)},
            remedy=_("Use the template; its first row names the columns."),
        )
    )
    known = set().union(*(column.names for column in columns))
    strange = [words for words in headings if words.strip() and _plain(words) not in known]
    _require(
        unless(
            strange,
            _("Nobody here knows these headings: %(headings)s.") % {"headings": listed(strange)[:200]},
            remedy=_("Use the template; its first row names the columns."),
        )
    )
    return places
