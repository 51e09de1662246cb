"""People and sites by the sheet: tried out row by row, saved all or not at all, undone as a whole (2.1.1)."""

import hashlib
import io
import re
import zipfile
from datetime import date

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from python_calamine import load_workbook
from rest_framework.test import APIClient

from apps.core import imports
from apps.core.imports import IMPORTERS, ImportBatch
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel.models import Assignment, Site, User
from apps.personnel.tests.factories import NOON, AssignmentFactory, ClientFactory, DepartmentFactory, UserFactory
from onsite.tests.test_approvals import together


def book(*lines, merged=None) -> bytes:
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out)
    sheet = workbook.add_worksheet()
    for number, line in enumerate(lines):
        sheet.write_row(number, 0, line)
    if merged:
        sheet.merge_range(merged, "merged")
    workbook.close()
    return out.getvalue()


def hand_in(kind: str, content: bytes, by, name="people.xlsx") -> ImportBatch:
    digest = hashlib.sha256(content).hexdigest()
    batch = imports.upload(kind, name=name, content=content, sha256=digest, by=by, now=NOON)
    imports.work(now=NOON)
    batch.refresh_from_db()
    return batch


def faults(batch: ImportBatch) -> list[tuple]:
    return [tuple(fault) for fault in batch.faults]


HEADS = ("Name", "Mail address", "Staff number", "Department", "Hired on")


@pytest.fixture
def delivery():
    return DepartmentFactory(name="Delivery")


@pytest.mark.clause("2.1.1")
def test_a_sheet_that_is_well_is_saved_when_hr_says_so_and_its_people_are_told(hr, delivery):
    batch = hand_in(
        "people",
        book(
            HEADS, ("王芳", "Fang@Example.com", "E1", "delivery", "2024-03-01"), ("Zoë", "zoe@example.com", "", "", "")
        ),
        hr,
    )
    assert (batch.status, batch.total, User.objects.filter(email="fang@example.com").count()) == ("ready", 2, 0)

    imports.confirm(batch, by=hr, now=NOON)
    imports.work(now=NOON)

    batch.refresh_from_db()
    fang = User.objects.get(email="fang@example.com")
    assert (fang.name, fang.name_sort, fang.number, fang.department) == ("王芳", "wang fang", "E1", delivery)
    assert (str(fang.hired_on), fang.has_usable_password()) == ("2024-03-01", False)
    assert (batch.status, batch.rows, batch.progress.batch_id) == ("done", [], batch.pk)
    assert [event.data for event in Event.objects.about(fang)] == [{"import": batch.pk}]
    assert [note.kind for note in Notification.objects.of(fang)] == ["account_opened"]


def test_everything_wrong_with_a_sheet_is_said_by_row_and_column_and_nothing_is_saved(hr, delivery):
    UserFactory(email="taken@example.com", number="T1")
    before = User.objects.count()

    batch = hand_in(
        "people",
        book(
            HEADS,
            ("A", "a@example.com", "E1", "Nowhere", ""),
            ("", "b@example.com", "T1", "", "03/04/2026"),
            ("C", "TAKEN@example.com", "t1", "", ""),
            ("D", "a@example.com", "", "", "2026-02-30"),
            ("E", "no address", "", "", "1900-01-01"),
        ),
        hr,
    )

    assert faults(batch) == [
        (2, "department", "No department is called “Nowhere”."),
        (3, "name", "This is missing."),
        (3, "hired on", "“03/04/2026” is not a day that everybody reads alike. Write it as 2026-11-22."),
        (3, "staff number", "This is taken already."),
        (4, "mail address", "This is taken already."),
        (4, "staff number", "It stands in row 3 already."),
        (5, "hired on", "“2026-02-30” is no day of the calendar."),
        (5, "mail address", "It stands in row 2 already."),
        (6, "mail address", "Enter a valid email address."),
        (6, "hired on", "Choose a day from 1950 to a year from now."),
    ]
    assert (batch.status, User.objects.count()) == ("refused", before)
    with pytest.raises(WrongState):
        imports.confirm(batch, by=hr, now=NOON)


def test_the_same_person_twice_in_a_sheet_is_named_with_both_rows(hr):
    batch = hand_in("people", book(HEADS[:2], ("A", "a@example.com"), ("B", "A@Example.com")), hr)
    assert faults(batch) == [(3, "mail address", "It stands in row 2 already.")]


def test_what_changed_between_trying_out_and_saving_is_found(hr):
    batch = hand_in("people", book(HEADS[:2], ("A", "a@example.com"), ("B", "b@example.com")), hr)
    imports.confirm(batch, by=hr, now=NOON)
    UserFactory(email="b@example.com")

    imports.work(now=NOON)

    batch.refresh_from_db()
    assert (batch.status, faults(batch)) == ("refused", [(3, "mail address", "This is taken already.")])
    assert not User.objects.filter(email="a@example.com").exists()


def test_merged_cells_and_formulas_have_a_clear_answer(hr):
    merged = hand_in("people", book(HEADS[:2], ("A", "a@example.com"), ("", "b@example.com"), merged="A2:A3"), hr)
    assert faults(merged) == [
        (2, "", "Cells are merged down to row 3. Take the merging off."),
        (3, "name", "This is missing."),
    ]
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out)
    sheet = workbook.add_worksheet()
    sheet.write_row(0, 0, HEADS[:2])
    sheet.write_row(1, 0, ("A", ""))
    sheet.write_formula(1, 1, '=LOWER("A@EXAMPLE.COM")', None, "a@example.com")
    workbook.close()
    assert hand_in("people", out.getvalue(), hr).rows == [[2, {"name": "A", "email": "a@example.com"}]]


def test_a_formula_without_its_result_is_named_where_it_stands(hr):
    """As a program writes it that never opened the sheet: neither missing nor left out in silence."""
    content = book(
        HEADS, ("@", "a@example.com", "@", "", ""), ("B", "b@example.com", "", "", ""), ("", "", "@", "", "")
    )
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        strings = re.findall(rb"<si>(.*?)</si>", before.read("xl/sharedStrings.xml"))
        place = strings.index(b"<t>@</t>")
        for name in before.namelist():
            part = before.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = re.sub(rb't="s"><v>%d</v>' % place, b"><f>CONCAT(Z1,Z2)</f><v></v>", part)
            after.writestr(name, part)

    batch = hand_in("people", out.getvalue(), hr)

    words = "This is a formula without its result. Type the value, or open and save the sheet once."
    assert (batch.status, faults(batch)) == (
        "refused",
        [(2, "name", words), (2, "staff number", words), (4, "staff number", words)],
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04broken", "cannot be read"),
        (b"\x00\x01\x02", "neither a workbook nor a CSV"),
        (book(), "nothing in the first sheet"),
        (book(HEADS[:2]), "no rows under them"),
        (book(("Name",), ("A",)), "Headings are missing: mail address"),
        (book(("Name", "Mail address", "Shoe size"), ("A", "a@example.com", "44")), "Nobody here knows these headings"),
        (book(("Name", "name", "Mail address"), ("A", "A", "a@example.com")), "more than once"),
        (book(HEADS[:2], *[("A", "a@example.com")] * 20_001), "At most 20000 rows"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_beside_its_field(content, words, hr):
    with pytest.raises(PolicyBroken) as refused:
        hand_in("people", content, hr)
    assert list(refused.value.fields) == ["file"]
    assert words in str(refused.value.fields["file"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_of_any_office_program_is_read(encoding, delimiter, hr):
    lines = [("姓名", "邮箱"), ("王芳", "fang@example.com")]
    text = "\r\n".join(delimiter.join(line) for line in lines)
    assert hand_in("people", text.encode(encoding), hr, "people.csv").rows == [
        [2, {"name": "王芳", "email": "fang@example.com"}]
    ]


def test_sites_come_by_the_sheet_with_their_leads(hr, delivery):
    lead = UserFactory(number="L1")
    client = ClientFactory(code="BYD")
    heads = ("Code", "Name", "Client", "Responsible department", "Site lead", "Deputy", "City")
    batch = hand_in("sites", book(heads, ("S-1", "Plant", "byd", "Delivery", "l1", "", "Shenzhen")), hr)
    imports.confirm(batch, by=hr, now=NOON)
    imports.work(now=NOON)
    site = Site.objects.get(code="S-1")
    assert (site.client, site.lead, site.department, site.time_zone) == (client, lead, delivery, "Asia/Shanghai")
    again = hand_in("sites", book(heads, ("s-1", "Plant", "BYD", "Delivery", "L1", lead.email, "Shenzhen")), hr)
    assert faults(again) == [
        (2, "deputy", "The deputy is somebody else than the lead."),
        (2, "code", "This is taken already."),
    ]


def saved(hr) -> ImportBatch:
    batch = hand_in("people", book(HEADS[:2], ("A", "a@example.com"), ("B", "b@example.com")), hr)
    imports.confirm(batch, by=hr, now=NOON)
    imports.work(now=NOON)
    batch.refresh_from_db()
    return batch


def undone(batch: ImportBatch, by) -> ImportBatch:
    imports.undo(batch, reason="The wrong sheet", by=by, now=NOON)
    imports.work(now=NOON)
    batch.refresh_from_db()
    return batch


def test_a_batch_is_undone_as_a_whole_by_a_worker_in_the_name_of_who_said_so(hr):
    batch, another = saved(hr), UserFactory(roles=["hr"])
    with pytest.raises(PolicyBroken) as refused:
        imports.undo(batch, reason=" ", by=hr, now=NOON)
    assert list(refused.value.fields) == ["reason"]

    undone(batch, another)

    told, gone = reversed(Event.objects.about(batch)[:2])
    assert [(one.verb_text, one.actor, one.note) for one in (told, gone)] == [
        ("Told to undo it", another, "The wrong sheet"),
        ("Undone", another, ""),
    ]
    assert (batch.status, User.objects.filter(email__in=["a@example.com", "b@example.com"]).count()) == ("undone", 0)
    events = Event.objects.about(batch)
    assert [one.verb for one in events if one.verb_text == one.verb] == []  # the history has words for each


def test_a_batch_on_which_something_hangs_stays_whole(hr):
    batch = saved(hr)
    AssignmentFactory(person=User.objects.get(email="b@example.com"))
    undone(batch, hr)
    [(_row, _column, words)] = faults(batch)
    assert words.startswith("Something hangs on it already: B – ")
    assert words.endswith("close or correct these records one by one.")
    assert Event.objects.about(batch)[0].note == words
    assert (batch.status, User.objects.filter(pk__in=batch.made["people"]).count()) == ("done", 2)


def test_only_hr_imports_and_sees_imports(hr, lead, staff, finance, signed_in):
    batch = hand_in("people", book(HEADS[:2], ("A", "a@example.com")), hr)
    for user in (lead, staff, finance):
        with pytest.raises(NotAllowed):
            hand_in("people", book(HEADS[:2], ("A", "a@example.com")), user)
        with pytest.raises(NotAllowed):
            imports.confirm(batch, by=user, now=NOON)
        assert list(ImportBatch.objects.visible_to(user)) == []
        assert signed_in(user).get(reverse("import", args=[batch.pk])).status_code == 404


def test_a_template_is_handed_in_as_it_comes(hr, signed_in):
    for kind, importer in IMPORTERS.items():
        answer = signed_in(hr).get(reverse("import_template", args=[kind]))
        filled = load_workbook(io.BytesIO(answer.content))
        heads = filled.get_sheet_by_index(0).to_python()[0]
        assert len(heads) == len(importer.columns)
        with pytest.raises(PolicyBroken, match="no rows under them"):
            hand_in(kind, answer.content, hr)


def test_hr_imports_in_the_browser_and_takes_the_faults_away(hr, signed_in):
    browser = signed_in(hr)
    file = SimpleUploadedFile("staff.xlsx", book(HEADS[:2], ("A", "a@example.com"), ("", "b@example.com")))
    answer = browser.post(reverse("import_new"), {"kind": "people", "file": file})
    batch = ImportBatch.objects.get()
    assert answer.url == batch.get_absolute_url()
    assert b"import-progress" in browser.get(answer.url).content

    imports.work(now=timezone.now())

    assert browser.get(answer.url, headers={"hx-request": "true"})["HX-Refresh"] == "true"
    assert "This is missing." in browser.get(answer.url).content.decode()
    sheet = load_workbook(io.BytesIO(browser.get(reverse("import_faults", args=[batch.pk])).content))
    assert sheet.get_sheet_by_index(0).to_python()[1] == [3.0, "name", "This is missing."]


def test_the_same_by_the_api(hr, lead):
    client = APIClient()
    client.force_authenticate(hr)
    content = book(HEADS[:2], ("A", "a@example.com"))

    def send(user_client=client, key="k1"):
        file = SimpleUploadedFile("staff.xlsx", content)
        return user_client.post("/api/v1/imports/", {"kind": "people", "file": file}, HTTP_IDEMPOTENCY_KEY=key)

    template = client.get("/api/v1/imports/template/", {"kind": "people"})
    assert len(load_workbook(io.BytesIO(template.content)).get_sheet_by_index(0).to_python()[0]) == 14
    assert client.get("/api/v1/imports/template/", {"kind": "cats"}).status_code == 404
    first, again = send(), send()
    assert (first.status_code, first.json()["status"], again.json()["id"]) == (201, "checking", first.json()["id"])
    where = f"/api/v1/imports/{first.json()['id']}/"
    assert client.post(f"{where}save/").status_code == 409
    imports.work(now=NOON)
    assert (client.get(where).json()["status"], client.get(where).json()["faults"]) == ("ready", [])
    assert load_workbook(io.BytesIO(client.get(f"{where}sheet/").content)).sheet_names == ["Faults"]
    assert client.post(f"{where}save/").json()["status"] == "saving"
    imports.work(now=NOON)
    assert client.get(where).json()["status"] == "done"
    assert client.post(f"{where}undo/", {"reason": "Wrong"}).json()["status"] == "undoing"
    imports.work(now=NOON)
    assert client.get(where).json()["status"] == "undone"
    assert not User.objects.filter(email="a@example.com").exists()

    stranger = APIClient()
    stranger.force_authenticate(lead)
    assert (send(stranger, "k2").status_code, stranger.get(where).status_code) == (403, 404)


def test_two_workers_save_a_batch_once_and_undo_it_once(transactional_db):
    hr = UserFactory(roles=["hr"])
    content = book(HEADS[:2], *((f"A{number}", f"a{number}@example.com") for number in range(300)))
    batch = hand_in("people", content, hr)
    imports.confirm(batch, by=hr, now=NOON)

    together(4, lambda _index: imports.work(now=NOON))
    imports.work(now=NOON)

    batch.refresh_from_db()
    assert (batch.status, User.objects.filter(email__startswith="a").exclude(pk=hr.pk).count()) == ("done", 300)
    assert batch.progress.done == 300

    imports.undo(batch, reason="The wrong sheet", by=hr, now=NOON)
    assert ImportBatch.objects.get().progress.done == 0
    together(4, lambda _index: imports.work(now=NOON))
    imports.work(now=NOON)

    batch = ImportBatch.objects.get()
    assert (batch.status, User.objects.exclude(pk=hr.pk).count(), batch.progress.done) == ("undone", 0, 300)
    assert [event.verb for event in Event.objects.about(batch)].count("import_undone") == 1


POSTINGS = ("Person", "Site", "Role on site", "From", "Planned to")


@pytest.mark.clause("2.1.1")
def test_postings_come_by_the_sheet_each_under_a_request_and_wait_for_their_papers(hr, site):
    one, two = UserFactory(number="N1"), UserFactory(number="N2")
    lines = [
        (one.email, site.code, "Fitter", "2026-12-01", "2027-03-31"),
        ("n2", site.code, "fitter", "2026-12-08", ""),
    ]

    batch = hand_in("assignments", book(POSTINGS, *lines), hr)
    assert (batch.status, faults(batch)) == ("ready", [])
    imports.confirm(batch, by=hr, now=NOON)
    imports.work(now=NOON)

    first, second = Assignment.objects.order_by("since")
    assert (first.person, second.person, first.status, first.answer) == (one, two, "planned", "waiting")
    request = first.selection.request
    assert (second.selection, request.headcount, request.status, str(request.since), request.planned_to) == (
        first.selection, 2, "filled", "2026-12-01", None,
    )  # fmt: skip
    assert first.selection.reason == "Taken over with the sheet people.xlsx."
    assert Obligation.objects.about(first).filter(kind="report_in", owner=one).open().count() == 1
    assert [note.kind for note in Notification.objects.of(one)] == ["posting_yours"]


def test_postings_that_share_a_day_are_named_in_the_sheet_and_with_what_is_known(hr, site):
    known = AssignmentFactory(person=UserFactory(number="N1"), site=site, planned_to=date(2026, 12, 31))
    UserFactory(number="N2", name="Li")
    batch = hand_in(
        "assignments",
        book(
            POSTINGS,
            ("N1", site.code, "Fitter", "2026-12-31", "2027-03-31"),
            ("N2", site.code, "Fitter", "2026-12-01", "2027-03-31"),
            ("N2", site.code, "Fitter", "2027-03-31", ""),
            ("N3", "nowhere", "Fitter", "2027-03-31", "2027-01-01"),
        ),
        hr,
    )
    assert [(row, column, words.partition(" from ")[0]) for row, column, words in faults(batch)] == [
        (2, "from", f"{known.person.name} is at {site.name}"),
        (4, "from", f"Li is at {site.name}"),
        (5, "person", "Nobody here has the mail address or staff number “N3”."),
        (5, "site", "No site has the code “nowhere”."),
        (5, "planned to", "The planned end lies before the first day."),
    ]


def test_an_import_of_postings_is_undone_while_nobody_has_begun(hr, site):
    UserFactory(number="N1")
    batch = hand_in("assignments", book(POSTINGS, ("N1", site.code, "Fitter", "2026-12-01", "")), hr)
    imports.confirm(batch, by=hr, now=NOON)
    imports.work(now=NOON)
    batch.refresh_from_db()

    undone(batch, hr)

    [posting] = Assignment.objects.all()
    assert (posting.status, posting.selection.request.status) == ("cancelled", "closed")
    assert Obligation.objects.about(posting).open().count() == 0
    again = hand_in("assignments", book(POSTINGS, ("N1", site.code, "Fitter", "2026-12-01", "")), hr)
    assert again.status == "ready"
