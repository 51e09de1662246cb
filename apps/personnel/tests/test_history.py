"""What happened cannot be unwritten: row history by trigger, events that only grow (G15)."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.core.history import HistoryContext
from apps.core.transitions import Event, record
from apps.personnel.models import (
    Assignment,
    RoleGrant,
    User,
)
from apps.personnel.tests.factories import AssignmentFactory, UserFactory


def rows_of(model):
    """The history table of a model."""
    return model.pgh_event_model.objects


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.update(title="Fitter"),
        lambda rows: User.objects.bulk_update([setattr(row, "title", "Fitter") or row for row in rows], ["title"]),
        lambda rows: raw("UPDATE personnel_user SET title = 'Fitter'"),
    ],
    ids=["queryset update", "bulk update", "raw SQL"],
)
def test_every_way_to_change_rows_is_written_down(change, db):
    UserFactory.create_batch(20)
    before = rows_of(User).count()
    change(User.objects.all())
    assert rows_of(User).count() == before + 20
    assert rows_of(User).filter(title="Fitter").count() == 20


def raw(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_additions_in_bulk_and_removals_are_written_down_too(hr, site):
    people = UserFactory.create_batch(3)
    RoleGrant.objects.bulk_create(RoleGrant(user=one, role="finance") for one in people)
    RoleGrant.objects.filter(role="finance").delete()
    labels = rows_of(RoleGrant).filter(role="finance").order_by("pk").values_list("pgh_label", flat=True)
    assert list(labels) == ["insert"] * 3 + ["delete"] * 3
    posting = AssignmentFactory()
    key = posting.pk
    raw(f"DELETE FROM personnel_assignment WHERE id = {key}")
    assert rows_of(Assignment).filter(pgh_obj_id=key, pgh_label="delete").exists()


def test_the_history_keeps_no_password(db):
    person = UserFactory()
    person.set_password("another secret")
    person.save()
    assert not {"password", "last_login"} & {field.name for field in User.pgh_event_model._meta.fields}


@pytest.fixture
def something_written(administrator, assignment, signed_in):
    """Rows in the histories, and a context: a page that changed one."""
    page = signed_in(administrator).post("/preferences/quick/", {"theme": "dark", "next": "/"})
    assert page.status_code == 302
    record(assignment, "seen", by=administrator, now=timezone.now())
    raw("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE refuses a table with checks still to be made, whatever triggers say


def test_emptying_a_tracked_table_by_cascade_is_refused_too(something_written):
    with pytest.raises(DatabaseError, match="events are never removed"), transaction.atomic():
        raw("TRUNCATE personnel_user CASCADE")


def test_who_made_a_change_and_where_stays_written(something_written, administrator):
    raw("""UPDATE pghistory_context SET metadata = metadata || '{"device": "phone"}'""")
    for lie in ('{"user": 0}', '{"url": "/elsewhere/"}'):
        with pytest.raises(DatabaseError), transaction.atomic():
            raw(f"UPDATE pghistory_context SET metadata = metadata || '{lie}'")
    with pytest.raises(DatabaseError), transaction.atomic():
        raw("UPDATE pghistory_context SET metadata = metadata - 'user'")
    context = HistoryContext.objects.get()
    assert context.metadata == {"user": administrator.pk, "url": "/preferences/quick/", "device": "phone"}


def test_changes_outside_a_request_bear_no_context(something_written, administrator):
    """Also on a connection that had one: PostgreSQL then answers with an empty word instead of nothing."""
    raw("SELECT set_config('pghistory.context_id', '', false), set_config('pghistory.context_metadata', '', false)")
    raw(f"UPDATE personnel_user SET title = 'Fitter' WHERE id = {administrator.pk}")
    assert rows_of(User).filter(pgh_obj_id=administrator.pk).latest("pgh_id").pgh_context_id is None


def test_an_event_cannot_be_removed_by_the_product_either(site, hr):
    record(site, "seen", by=hr, now=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.all().delete()
    assert Event.objects.about(site).count() == 1


def test_no_trigger_catches_errors_for_each_row(db):
    """A caught error ends a subtransaction, which looks through every row that a statement has still to write."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE prosrc LIKE '%EXCEPTION WHEN%' AND proname LIKE '\\_pg%'")
        assert cursor.fetchall() == []
