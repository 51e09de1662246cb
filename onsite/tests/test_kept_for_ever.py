"""What may not be deleted may not be emptied away either: TRUNCATE does not ask triggers on rows."""

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction


def kept_for_ever() -> list[str]:
    """Tables of models of ours whose rows a trigger keeps from being deleted."""
    tables = {
        model._meta.db_table
        for model, trigger in pgtrigger.registered()
        if isinstance(trigger, pgtrigger.Protect) and str(pgtrigger.Delete) in str(trigger.operation)
    }
    return sorted(tables)


@pytest.mark.django_db
def test_no_table_that_refuses_to_delete_lets_itself_be_emptied():
    with connection.cursor() as sql:
        sql.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgtype & 32 = 32")  # before TRUNCATE
        guarded = {table for (table,) in sql.fetchall()}
    assert len(kept_for_ever()) > 15
    assert [table for table in kept_for_ever() if table not in guarded] == []


@pytest.mark.django_db
def test_emptying_the_promises_is_refused():
    with pytest.raises(DatabaseError, match="never removed"), transaction.atomic(), connection.cursor() as sql:
        sql.execute("TRUNCATE core_obligation")
