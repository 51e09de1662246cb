"""What happened cannot be unwritten: row history by trigger, events that only grow (G15)."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.core.transitions import Event, record
from apps.personnel.models import Assignment, RoleGrant, Site, User
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


@pytest.mark.parametrize("model", [User, Site, Assignment, RoleGrant])
@pytest.mark.parametrize("how", ["UPDATE {} SET pgh_label = 'x'", "DELETE FROM {}"])
def test_the_history_itself_is_never_rewritten(model, how, hr, assignment):
    table = model.pgh_event_model._meta.db_table
    with pytest.raises(DatabaseError), transaction.atomic():
        raw(how.format(table))


@pytest.mark.parametrize(
    "how",
    ["UPDATE core_event SET note = 'x'", "DELETE FROM core_event", "TRUNCATE core_event"],
)
def test_events_are_never_changed_or_removed(how, site, hr):
    record(site, "seen", by=hr, now=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        raw(f"SET LOCAL onsite.may_truncate = 'off'; {how}")
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.all().delete()
    assert Event.objects.about(site).get().note == ""
