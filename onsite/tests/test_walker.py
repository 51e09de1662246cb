"""Closed by default (G19), no object of another site (G20), and GET changes nothing (G25): every route, every role."""

import csv
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import resolve

from apps.communication.models import InboundMail
from apps.core.web import ListPage
from apps.personnel.models import CertificateKind, Course, Department, Grade, Skill
from apps.personnel.roles import Role
from apps.personnel.tests.factories import UserFactory
from apps.workplans.models import TaskTemplate
from onsite.tests import routes
from onsite.tests.world import NOW, build

TABLE = Path(__file__).with_name("access_table.txt")
METHODS = ("GET", "POST")
NO_ID, NO_KEY = "987654321", "00000000-0000-4000-8000-000000000000"
OF_THE_WHOLE_COMPANY = {  # everybody may know that these exist
    "policy_number",
    "policy_number_back",
    "api-certificate-kinds-detail",
    "api-courses-detail",
    "api-departments-detail",
    "api-grades-detail",
    "api-skills-detail",
    "api-task-templates-detail",
    "task_templates_edit",
}


COMPANY_WIDE = (CertificateKind, Course, Department, Grade, Skill, TaskTemplate)  # everybody may know these


class Undo(Exception):
    """Ends a block so that its changes are rolled back."""


@pytest.fixture
def worlds(db):
    return build("HERE"), build("ELSEWHERE")


@pytest.fixture
def cast(worlds):
    here, elsewhere = worlds
    return {
        "anyone": None,
        "staff": here.people.staff,
        "lead": here.people.lead,
        "head": here.people.head,
        "stranger": elsewhere.people.staff,
        "finance": UserFactory(roles=[Role.FINANCE]),
        "hr": UserFactory(roles=[Role.HR]),
        "executive": UserFactory(roles=[Role.EXECUTIVE]),
        "admin": UserFactory(roles=[Role.ADMINISTRATOR]),
    }


CLIENTS: dict[int | None, Client] = {}


@pytest.fixture(autouse=True)
def _new_clients():
    CLIENTS.clear()


def browser_of(user) -> Client:
    """One signed-in browser a person, for the whole test."""
    key = user.pk if user else None
    if key not in CLIENTS:
        CLIENTS[key] = Client(raise_request_exception=False)
        if user is not None:
            CLIENTS[key].force_login(user)
    return CLIENTS[key]


def ask(user, method: str, address: str):
    """The answer to a request whose changes are taken back, the session's too."""
    client = browser_of(user)
    cookies = client.cookies.copy()
    answer = None
    try:
        with transaction.atomic():
            answer = client.generic(method, address)
            if hasattr(answer, "render") and not answer.is_rendered:
                answer.render()
            raise Undo
    except Undo:
        client.cookies = cookies
        return answer


def test_every_route_answers_every_role_as_the_table_says(worlds, cast):
    """An address that is not in the table, or a role that gets another answer than written there, fails.

    `ONSITE_WRITE_TABLE=1 pytest …` writes what is; read the difference before you keep it.
    """
    here, _elsewhere = worlds
    lines, without_thing, broken = [], [], []
    for name, parameters in routes.every_route():
        address = routes.address(name, parameters, here.things)
        if address is None:
            if parameters != ("format",):
                without_thing.append(name)
            continue
        for method in METHODS:
            statuses = {role: ask(user, method, address).status_code for role, user in cast.items()}
            broken += [
                f"{method} {name} {role}" for role, status in statuses.items() if status >= 500 and name != "healthz"
            ]
            lines.append(f"{method:<5}{name:<32}" + " ".join(f"{role}={status}" for role, status in statuses.items()))
    assert (without_thing, broken) == ([], [])
    if os.environ.get("ONSITE_WRITE_TABLE"):
        TABLE.write_text("\n".join(lines) + "\n")
    assert lines == TABLE.read_text().splitlines()


def test_a_nul_typed_anywhere_breaks_no_page(worlds, cast):
    """PostgreSQL refuses it in any text; nobody types it, scanners and clipboards do."""
    here, _elsewhere = worlds
    names = ("q", "search", "person", "site", "day", "month", "ordering", "sort", "page")
    broken, asked = [], 0
    for name, parameters in routes.every_route():
        if parameters:
            continue
        address = f"{routes.address(name, parameters, here.things)}?{'&'.join(f'{one}=a%00b' for one in names)}"
        for role in ("staff", "hr"):
            asked += 1
            if ask(cast[role], "GET", address).status_code >= 500 and name != "healthz":
                broken.append(f"{role} {address}")
    assert broken == []
    assert asked > 100


def test_nobody_gets_anything_without_signing_in(worlds):
    here, _elsewhere = worlds
    public = {"healthz", "set_language"}
    opened = []
    for name, parameters in routes.every_route():
        address = routes.address(name, parameters, here.things)
        if address and name not in public:
            for method in METHODS:
                answer = ask(None, method, address)
                sent_to_sign_in = answer.status_code == 302 and "/accounts/login/" in answer["Location"]
                if not sent_to_sign_in and answer.status_code != 401:
                    opened.append(f"{method} {address}: {answer.status_code}")
    assert opened == []


def test_another_sites_id_answers_like_one_that_does_not_exist(worlds):
    """Twin worlds: staff and lead of one site ask for everything of the other."""
    here, elsewhere = worlds
    leaks = []
    for name, parameters in routes.every_route():
        if not parameters or parameters == ("format",) or name in OF_THE_WHOLE_COMPANY:
            continue
        address = routes.address(name, parameters, elsewhere.things)
        own = str(routes.subject_of(name, elsewhere.things).pk)
        missing = address.replace(f"/{own}/", f"/{NO_KEY if '-' in own else NO_ID}/")
        for role in ("staff", "lead", "head"):
            for method in METHODS:
                theirs = ask(getattr(here.people, role), method, address)
                nothing = ask(getattr(here.people, role), method, missing)
                if theirs.status_code != nothing.status_code or b"ELSEWHERE" in theirs.content:
                    leaks.append(f"{role} {method} {address}: {theirs.status_code}, missing: {nothing.status_code}")
    assert leaks == [], "\n".join(leaks)


def test_exports_hold_words_and_no_markup(worlds, cast):
    here, _elsewhere = worlds
    marked, exports = [], 0
    for name, parameters in routes.every_route():
        if parameters:
            continue
        for role in ("lead", "hr", "admin"):
            answer = ask(cast[role], "GET", f"{routes.address(name, parameters, here.things)}?export=csv")
            if answer.headers.get("Content-Type", "").startswith("text/csv"):
                exports += 1
                text = b"".join(answer.streaming_content).decode()
                marked += [f"{role} {name}: {line}" for line in text.splitlines() if re.search(r"</?\w+[^>]*>", line)]
    assert exports > 20
    assert marked == [], "\n".join(marked)


def test_an_export_holds_exactly_the_rows_that_its_list_shows_on_all_pages(worlds, cast):
    """Without any filter in the address, so with the list's own: for each list and whoever may open it."""
    here, _elsewhere = worlds
    many = range(30)  # more than one page
    for number in many:
        UserFactory(name=f"Person {number:02}", is_active=bool(number % 10))
        InboundMail.objects.create(
            message_id=f"<{number}@client>", sender="a@client.example", subject=f"Letter {number:02}", size=4,
            arrived_at=NOW + timedelta(minutes=number), status=("triage", "dismissed")[number % 10 == 0],
        )  # fmt: skip
    wrong, compared, longest = [], set(), 0
    for name, parameters in routes.every_route():
        address = None if parameters else routes.address(name, parameters, here.things)
        if not address or not issubclass(getattr(resolve(address).func, "view_class", object), ListPage):
            continue
        for role, user in cast.items():
            pages = rows_by_page(user, address)
            if pages is None:
                continue
            sheet = ask(user, "GET", f"{address}?export=csv")
            lines = list(csv.reader(b"".join(sheet.streaming_content).decode().splitlines()))
            shown, longest = sorted(sum(pages, [])), max(longest, len(pages))
            compared.add(name)
            if sorted(line[0] for line in lines[1:]) != shown:
                wrong.append(f"{role} {name}: {len(shown)} rows on the pages, {len(lines) - 1} in the sheet")
    assert wrong == [], "\n".join(wrong)
    assert len(compared) > 15
    assert longest > 1


def rows_by_page(user, address: str) -> list[list[str]] | None:
    """What stands first in each row of a list, page by page; None where the person may not open it."""
    pages, query = [], ""
    while True:
        answer = ask(user, "GET", address + query)
        if answer.status_code != 200:
            return None
        table = answer.context["table"]
        first = next(one.name for one in table.columns.iterall() if not one.column.exclude_from_export)
        pages.append([str(row.get_cell_value(first)) for row in table.paginated_rows])
        if not table.page.has_next():
            return pages
        query = f"?page={table.page.next_page_number()}"


def test_lists_never_show_the_other_world(worlds):
    here, _elsewhere = worlds
    leaks = []
    for name, parameters in routes.every_route():
        if parameters:
            continue
        address = routes.address(name, parameters, here.things)
        for role in ("staff", "lead", "head"):
            for query in ("", "?export=csv"):
                answer = ask(getattr(here.people, role), "GET", address + query)
                content = b"".join(answer.streaming_content) if answer.streaming else answer.content
                if b"ELSEWHERE" in content:
                    leaks.append(f"{role} {address}{query}")
    assert leaks == [], "\n".join(leaks)


PASSING = re.compile(rb'[A-Za-z0-9]{64}|nonce="[^"]*"|\d+ (?:minutes?|seconds?)')  # differs from answer to answer


def test_another_sites_id_in_a_lists_filter_answers_like_one_that_does_not_exist(worlds):
    here, elsewhere = worlds
    theirs = {type(thing): thing.pk for thing in elsewhere.things.values() if hasattr(thing, "pk")}
    leaks, asked = [], 0
    for name, parameters in routes.every_route():
        address = None if parameters else routes.address(name, parameters, here.things)
        page = getattr(resolve(address).func, "view_class", None) if address else None
        for field, filter_ in getattr(getattr(page, "filterset_class", None), "base_filters", {}).items():
            rows = filter_.extra.get("queryset")
            rows = rows(None) if callable(rows) else rows
            if rows is None or rows.model not in theirs or rows.model in COMPANY_WIDE:
                continue
            ids = (str(theirs[rows.model]), NO_ID)
            echoed = re.compile(rf"(?<!\d)(?:{'|'.join(ids)})(?!\d)".encode())
            for role in ("staff", "lead", "head"):
                asked_for = [ask(getattr(here.people, role), "GET", f"{address}?{field}={pk}").content for pk in ids]
                answers = {echoed.sub(b"", PASSING.sub(b"", content)) for content in asked_for}
                asked += 1
                if len(answers) != 1:
                    leaks.append(f"{role} {address}?{field}=")
    assert leaks == [], "\n".join(leaks)
    assert asked > 30


def fingerprint() -> dict[str, str]:
    """A hash of every table but those of sessions and sign-ins."""
    passing = {"django_session", "usersessions_usersession", "onsite_cache"}
    with connection.cursor() as cursor:
        tables = [table for table in connection.introspection.table_names(cursor) if table not in passing]
        hashes = {}
        for table in tables:
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{table}\" t")
            hashes[table] = cursor.fetchone()[0]
    return hashes


def test_get_changes_nothing(worlds, cast):
    here, _elsewhere = worlds
    clients = {}
    for role, user in cast.items():
        clients[role] = Client(raise_request_exception=False)
        if user is not None:
            clients[role].force_login(user)
    before = fingerprint()
    changed = []
    for name, parameters in routes.every_route():
        address = routes.address(name, parameters, here.things)
        if address is None:
            continue
        for client in clients.values():
            client.get(address)
        after = fingerprint()
        if after != before:
            changed.append((name, [table for table in after if after[table] != before.get(table)]))
            before = after
    assert changed == []
