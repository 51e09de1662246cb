"""No table that keeps history, of whatever app, can be rewritten (G15)."""

import pghistory.models
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.core.history import HistoryContext
from apps.core.transitions import Event, record
from onsite.tests import world


def history_tables() -> list[str]:
    """Those of tracked models, the verbs', who did it."""
    tracked = [model for model in apps.get_models() if issubclass(model, pghistory.models.Event)]
    own = [model for model in tracked if model._meta.managed]
    return sorted({model._meta.db_table for model in [*own, Event, HistoryContext]})


def ask(cursor, sql: str):
    cursor.execute(sql)
    return cursor.fetchone() if cursor.description else None


@pytest.fixture
def cursor(administrator, signed_in):
    """To a database in which every history holds something."""
    page = signed_in(administrator).post("/preferences/quick/", {"theme": "dark", "next": "/"})
    assert page.status_code == 302
    record(world.build("Own").things["assignment"], "seen", by=administrator, now=timezone.now())
    with connection.cursor() as cursor:
        ask(cursor, "SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE refuses a table with checks still to be made
        yield cursor


def test_history_is_kept_of_what_people_are_judged_by():
    assert set(history_tables()) >= {
        "core_event",
        "personnel_assignmentevent",
        "personnel_rolegrantevent",
        "personnel_siteevent",
        "personnel_userevent",
        "pghistory_context",
        "workplans_qualitycaseevent",
        "workplans_reportevent",
        "workplans_taskevent",
    }


@pytest.mark.parametrize(
    "how",
    [
        "UPDATE {table} SET {column} = {value}",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
    ],
)
def test_no_history_is_ever_rewritten(how, cursor):
    columns = {"core_event": ("note", "note || 'x'"), "pghistory_context": ("id", "gen_random_uuid()")}
    for table in history_tables():
        column, value = columns.get(table, ("pgh_label", "pgh_label || 'x'"))
        assert ask(cursor, f"SELECT count(*) FROM {table}") > (0,), table
        with pytest.raises(DatabaseError, match="never removed|Cannot (update|delete)"), transaction.atomic():
            ask(cursor, how.format(table=table, column=column, value=value))
