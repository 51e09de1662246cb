"""Lists taken away as spreadsheets: CSV for other programs, XLSX for people."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from urllib.parse import quote

import xlsxwriter
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.core.tables import MomentColumn

MOST_ROWS = 100_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTH = 24  # characters; holds a moment whole


def cells(table) -> Iterator[list]:
    """The headings, then the rows of all pages of a list as plain values; at most `MOST_ROWS` of them."""
    for index, row in enumerate(table.as_values()):
        if index > MOST_ROWS:
            return
        yield [_plain(cell) for cell in row]


def _plain(cell):
    """A moment on the reader's clock; numbers and days as they are, all else as words."""
    if isinstance(cell, datetime):
        return timezone.localtime(cell)
    return "" if cell is None else cell if isinstance(cell, (int, float, date)) else str(cell)


def harmless(cell):
    """A cell that a spreadsheet will not run: what begins like a formula becomes text."""
    if isinstance(cell, str) and cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{cell}"
    return cell


def _named(title, ending: str) -> str:
    """The header that names a file after its page, in the reader's language; in English for programs of old."""
    name = f"{title} {timezone.localdate()}.{ending}"
    with override("en"):
        plain = f"{title} {timezone.localdate()}.{ending}"
    plain = plain.encode("ascii", "ignore").decode().replace('"', "").replace("\\", "")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


# --- CSV ----------------------------------------------------------------------------------------------


class _Echo:
    def write(self, line):
        return line


def _written(cell):
    return cell.isoformat(" ", "minutes") if isinstance(cell, datetime) else harmless(cell)


def export_csv(table, title) -> StreamingHttpResponse:
    """Moments as 2026-11-18 12:30+08:00, so that no program has to know the reader's zone."""
    writer = csv.writer(_Echo())
    lines = (writer.writerow([_written(cell) for cell in row]) for row in cells(table))
    response = StreamingHttpResponse(("\ufeff" + line if not index else line for index, line in enumerate(lines)))
    response["Content-Type"] = "text/csv; charset=utf-8"
    response["Content-Disposition"] = _named(title, "csv")
    return response


# --- XLSX ---------------------------------------------------------------------------------------------


def _headings(table, words: list[str]) -> list[str]:
    """A workbook's moments know no zone: the heading above them names it."""
    zone = timezone.get_current_timezone_name()
    shown = [one.column for one in table.columns.iterall() if not one.column.exclude_from_export]
    zoned = [isinstance(column, MomentColumn) for column in shown]
    with_zone = [_("%(heading)s (%(zone)s)") % {"heading": heading, "zone": zone} for heading in words]
    return [long if named else short for named, long, short in zip(zoned, with_zone, words, strict=True)]


def export_xlsx(table, title) -> HttpResponse:
    """Days and moments as such, to sort and reckon with."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    book = xlsxwriter.Workbook(out, options)
    bold = book.add_format({"bold": True})
    day, moment = (book.add_format({"num_format": words}) for words in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm"))
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    rows = cells(table)
    headings = _headings(table, next(rows))
    sheet.set_column(0, len(headings) - 1, WIDTH)
    sheet.write_row(0, 0, headings, bold)
    for line, row in enumerate(rows, start=1):
        for at, cell in enumerate(row):
            kind = moment if isinstance(cell, datetime) else day if isinstance(cell, date) else None
            sheet.write(line, at, cell, kind)
    book.close()
    response = HttpResponse(out.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = _named(title, "xlsx")
    return response


def workbook(title, sheets: Iterable[tuple[str, list, list]]) -> HttpResponse:
    """A workbook of plain sheets, each (its name, headings, rows of words and numbers)."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    for name, headings, rows in sheets:
        sheet = book.add_worksheet(str(name)[:31])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(headings) - 1, WIDTH)
        sheet.write_row(0, 0, headings, bold)
        for line, row in enumerate(rows, 1):
            sheet.write_row(line, 0, row)
    book.close()
    response = HttpResponse(out.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = _named(title, "xlsx")
    return response


EXPORTS = {"csv": export_csv, "xlsx": export_xlsx}
