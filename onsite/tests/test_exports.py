"""Lists taken away as spreadsheets: dates are dates, moments name their zone, and the file has the page's name."""

import csv
import io
import re
from datetime import UTC, datetime
from urllib.parse import unquote
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from django.urls import reverse

from apps.communication.models import InboundMail
from apps.core.sheets import harmless
from apps.personnel.models import Holiday

WHEN = datetime(2026, 11, 18, 4, 30, tzinfo=UTC)
NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture
def letter(db):
    return InboundMail.objects.create(
        message_id="<1@client>", sender="a@client.example", subject="Scanners", arrived_at=WHEN, size=4, status="triage"
    )


def exported(browser, name: str, kind: str):
    return browser.get(reverse(name), {"export": kind})


def table_of(response) -> tuple[list[str], dict[str, tuple]]:
    """Headings of a workbook, and its first row by heading: (value, number format)."""
    book = ZipFile(io.BytesIO(response.content))
    shared = [text.findtext(".//m:t", namespaces=NAMES) for text in parsed(book, "xl/sharedStrings.xml")]
    styles = parsed(book, "xl/styles.xml")
    own = {one.get("numFmtId"): one.get("formatCode") for one in styles.iterfind(".//m:numFmt", NAMES)}
    formats = [own.get(one.get("numFmtId"), "") for one in styles.find("m:cellXfs", NAMES)]

    def cell(one) -> tuple:
        if one.get("t") == "s":
            return shared[int(one.findtext("m:v", namespaces=NAMES))], ""
        if one.get("t") == "inlineStr":
            return one.findtext(".//m:t", namespaces=NAMES), ""
        value = one.findtext("m:v", namespaces=NAMES)
        return value and float(value), formats[int(one.get("s", 0))]

    rows = [
        {re.sub(r"\d", "", one.get("r")): cell(one) for one in row} for row in parsed(book).iter(f"{{{NAMES['m']}}}row")
    ]
    headings, first = rows[0], rows[1]
    return [words for words, _ in headings.values()], {headings[at][0]: one for at, one in first.items()}


def parsed(book: ZipFile, part: str = "xl/worksheets/sheet1.xml"):
    if part not in book.namelist():
        return []
    return ElementTree.fromstring(book.read(part))


def test_a_moment_in_a_workbook_is_a_moment_in_the_readers_zone_named_above_it(letter, hr, signed_in):
    hr.time_zone = "Europe/Berlin"
    hr.save()

    headings, row = table_of(exported(signed_in(hr), "mails", "xlsx"))

    assert "Arrived (Europe/Berlin)" in headings
    half_past_five = (datetime(2026, 11, 18, 5, 30) - datetime(1899, 12, 30)).total_seconds() / 86400
    assert row["Arrived (Europe/Berlin)"] == (pytest.approx(half_past_five), "yyyy-mm-dd hh:mm")
    assert row["Subject"] == ("Scanners", "")


def test_a_day_in_a_workbook_is_a_day(site, hr, signed_in):
    Holiday.objects.create(site=site, day=WHEN.date(), name="Day of the harbour")

    headings, row = table_of(exported(signed_in(hr), "holidays", "xlsx"))

    assert headings[1] == "Day"
    assert row["Day"] == (46344, "yyyy-mm-dd")


def test_a_moment_in_a_text_sheet_names_its_distance_from_utc(letter, site, hr, signed_in):
    Holiday.objects.create(site=site, day=WHEN.date(), name="Day of the harbour")
    browser = signed_in(hr)

    def first(name):
        text = b"".join(exported(browser, name, "csv").streaming_content).decode("utf-8-sig")
        return next(csv.DictReader(io.StringIO(text)))

    assert first("mails")["Arrived"] == "2026-11-18 12:30+08:00"
    assert first("holidays")["Day"] == "2026-11-18"


@pytest.mark.parametrize(
    ("name", "language", "shown"),
    [
        ("mails", "en", "Incoming mail"),
        ("mails", "zh-hans", "来信"),
        ("meeting_forecast", "en", "Will miss this month"),
        ("meeting_forecast", "zh-hant", "本月可能未面談"),
        ("people", "zh-hans", "人员"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_file_bears_the_pages_title_and_the_day(name, language, shown, kind, letter, hr, signed_in):
    hr.language = language
    hr.save()
    browser = signed_in(hr)

    answer = exported(browser, name, kind)
    title = str(browser.get(reverse(name)).context["title"])

    plain, _, own = answer["Content-Disposition"].partition("; filename*=UTF-8''")
    assert re.fullmatch(rf'attachment; filename="[A-Z][A-Za-z ]+ \d{{4}}-\d\d-\d\d\.{kind}"', plain)
    assert re.fullmatch(rf"{title} \d{{4}}-\d\d-\d\d\.{kind}", unquote(own))
    assert title == shown


def test_what_begins_like_a_formula_is_text():
    assert [harmless(cell) for cell in ("=2+5", " @a", "plain", 3)] == ["'=2+5", "' @a", "plain", 3]
