"""What happened cannot be unwritten: row history by trigger, events that only grow (G15)."""

from datetime import date

import pghistory.models
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.core.history import HistoryContext
from apps.core.transitions import Event, record
from apps.personnel.models import (
    Assignment,
    Certificate,
    CertificateKind,
    Course,
    DevelopmentGoal,
    DevelopmentTalk,
    LearningNote,
    PersonSkill,
    RoleGrant,
    Skill,
    User,
    WorkHistory,
)
from apps.personnel.tests.factories import NOON, AssignmentFactory, UserFactory


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


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


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


def history_tables() -> list[str]:
    """Every table that keeps history, of whatever app: those of tracked models, the verbs', who did it."""
    tracked = [model for model in apps.get_models() if issubclass(model, pghistory.models.Event)]
    own = [model for model in tracked if model._meta.managed]
    return sorted({model._meta.db_table for model in [*own, Event, HistoryContext]})


def test_history_is_kept_of_people_sites_and_postings():
    assert set(history_tables()) >= {
        "core_event",
        "personnel_assignmentevent",
        "personnel_rolegrantevent",
        "personnel_siteevent",
        "personnel_userevent",
        "pghistory_context",
    }


@pytest.fixture
def something_in_every_history_table(administrator, assignment, signed_in, hr):
    page = signed_in(administrator).post("/preferences/quick/", {"theme": "dark", "next": "/"})
    assert page.status_code == 302
    person, day = assignment.person, date(2026, 11, 2)
    kind = CertificateKind.objects.create(name="Welding")
    skill = Skill.objects.create(name="Welder")
    Certificate.objects.create(person=person, kind=kind, issued_on=day, added_by=hr, added_at=NOON)
    PersonSkill.objects.create(person=person, skill=skill, claimed_level=2, claimed_at=NOON)
    WorkHistory.objects.create(person=person, employer="Elsewhere", position="Welder", since=day)
    Course.objects.create(name="Welding", hours=8)
    LearningNote.objects.create(person=person, topic="Seams", learned_on=day, hours=1, noted_at=NOON)
    talk = DevelopmentTalk.objects.create(person=person, held_by=hr, held_on=day, said="Well done", recorded_at=NOON)
    DevelopmentGoal.objects.create(talk=talk, text="Lead a crew", due_on=day)
    record(assignment, "seen", by=administrator, now=timezone.now())
    raw("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE refuses a table with checks still to be made, whatever triggers say


@pytest.mark.parametrize("table", history_tables())
@pytest.mark.parametrize(
    "how",
    [
        "UPDATE {table} SET {column} = {column} || 'x'",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
    ],
)
def test_the_history_itself_is_never_rewritten(table, how, something_in_every_history_table):
    column = {"core_event": "note", "pghistory_context": "id"}.get(table, "pgh_label")
    how = how.replace("{column} || 'x'", "gen_random_uuid()") if column == "id" else how
    assert count(table) > 0
    with pytest.raises(DatabaseError, match="never removed|Cannot (update|delete)"), transaction.atomic():
        raw(how.format(table=table, column=column))


def test_emptying_a_tracked_table_by_cascade_is_refused_too(something_in_every_history_table):
    with pytest.raises(DatabaseError, match="events are never removed"), transaction.atomic():
        raw("TRUNCATE personnel_user CASCADE")


def test_who_made_a_change_and_where_stays_written(something_in_every_history_table, administrator):
    raw("""UPDATE pghistory_context SET metadata = metadata || '{"device": "phone"}'""")
    for lie in ('{"user": 0}', '{"url": "/elsewhere/"}'):
        with pytest.raises(DatabaseError), transaction.atomic():
            raw(f"UPDATE pghistory_context SET metadata = metadata || '{lie}'")
    with pytest.raises(DatabaseError), transaction.atomic():
        raw("UPDATE pghistory_context SET metadata = metadata - 'user'")
    context = HistoryContext.objects.get()
    assert context.metadata == {"user": administrator.pk, "url": "/preferences/quick/", "device": "phone"}


def test_changes_outside_a_request_bear_no_context(something_in_every_history_table, administrator):
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
