"""Told once, as each person wants it."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from apps.core import notifications
from apps.core.forms import NoticesForm
from apps.core.notifications import Channel, Delivery, Mode, Notification, Robot, is_quiet, next_time

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 18, 12, tzinfo=SHANGHAI)
NIGHT = datetime(2026, 11, 18, 23, 30, tzinfo=SHANGHAI)
pytestmark = pytest.mark.django_db


@pytest.fixture
def kinds():
    """An ordinary kind of notice and an urgent one."""
    plain = notifications.note_kind("story_plain", "Plain", "Plain %(what)s", "Due %(due_at)s")
    urgent = notifications.note_kind("story_urgent", "Urgent", "Urgent %(what)s", urgent=True)
    yield plain, urgent
    del notifications.KINDS["story_plain"], notifications.KINDS["story_urgent"]


def tell(person, kind, *, key="k", now=NOON, **context):
    return notifications.tell([person], kind, key=key, now=now, url="/there/", what="it", due_at=NOON, **context)


def outbox(person):
    rows = Delivery.objects.filter(notification__person=person).order_by("pk")
    return list(rows.values_list("channel", "digest", "next_try_at"))


def test_a_key_tells_a_person_once(kinds, staff, lead):
    assert len(tell(staff, kinds[0])) == 1
    assert tell(staff, kinds[0], now=NOON + timedelta(days=1)) == []
    assert len(tell(lead, kinds[0])) == 1
    assert len(tell(staff, kinds[0], key="other")) == 1

    assert Notification.objects.of(staff).count() == 2
    assert outbox(staff) == [("mail", False, NOON)] * 2


def test_many_are_told_with_the_same_number_of_queries(kinds, staff, lead, hr, django_assert_num_queries):
    people = [staff, lead, hr]
    with django_assert_num_queries(8):
        notifications.tell(people[:1], kinds[0], key="one", now=NOON, what="", due_at=NOON)
    with django_assert_num_queries(8):
        notifications.tell(people, kinds[0], key="three", now=NOON, what="", due_at=NOON)


def test_nobody_and_people_who_left_are_left_out(kinds, staff):
    staff.is_active = False

    assert notifications.tell([None, staff], kinds[0], key="k", now=NOON, what="", due_at=NOON) == []


def test_words_are_those_of_the_reader(kinds, staff):
    staff.time_zone = "America/New_York"
    staff.save()
    tell(staff, kinds[0])

    note = Notification.objects.of(staff).get()
    assert note.title == "Plain it"
    assert "23:00" in note.body
    with translation.override("zh-hans"):
        assert "23:00" in note.body


# --- Preferences --------------------------------------------------------------------------------------


def test_preferences_decide_by_kind_and_channel(kinds, staff):
    plain, _urgent = kinds
    Robot.objects.create(person=staff, name="Group", provider="slack", token="T000/B000/XXXX")
    notifications.prefer(staff, {(plain.key, "mail"): Mode.OFF, (plain.key, "robot"): Mode.NOW})

    tell(staff, plain)
    assert outbox(staff) == [("robot", False, NOON)]

    notifications.prefer(staff, {(plain.key, "mail"): Mode.NOW, (plain.key, "robot"): Mode.OFF})
    tell(staff, plain, key="next")
    assert outbox(staff)[1:] == [("mail", False, NOON)]


def test_a_digest_waits_for_the_readers_morning(kinds, staff):
    staff.digest_at = time(8, 30)
    staff.save()
    notifications.prefer(staff, {(kinds[0].key, "mail"): Mode.DIGEST})

    tell(staff, kinds[0])

    assert outbox(staff) == [("mail", True, datetime(2026, 11, 19, 8, 30, tzinfo=SHANGHAI))]


def test_urgent_notices_ignore_every_wish(kinds, staff):
    staff.quiet_from, staff.quiet_until = time(22), time(7)
    staff.save()
    notifications.prefer(staff, {(kinds[1].key, "mail"): Mode.OFF})

    tell(staff, kinds[1], now=NIGHT)

    assert outbox(staff) == [("mail", False, NIGHT)]


# --- Quiet hours --------------------------------------------------------------------------------------


def test_what_is_late_always_comes_by_mail_and_waits_only_for_the_end_of_quiet_hours(staff):
    late = notifications.KINDS["obligation_breach"]
    words = {"what": "Reply", "promise": "Reply", "clause": "7.1.2a", "owner": "Staff", "due_at": NOON}
    notifications.prefer(staff, {(late.key, "mail"): "off"})

    notifications.tell([staff], late, key="late", now=NOON, **words)

    assert list(Delivery.objects.values_list("channel", "digest", "urgent")) == [("mail", False, False)]
    form = NoticesForm(None, current={(late.key, "mail"): "off"})
    assert form.fields[f"{late.key}-mail"].disabled
    assert not form.fields[f"{late.key}-robot"].disabled


def test_quiet_hours_over_midnight_hold_a_notice_until_they_end(kinds, staff):
    staff.quiet_from, staff.quiet_until = time(22), time(7)
    staff.save()
    early = datetime(2026, 11, 19, 6, 59, tzinfo=SHANGHAI)
    morning = datetime(2026, 11, 19, 7, tzinfo=SHANGHAI)

    for key, now in (("night", NIGHT), ("early", early), ("seven", morning)):
        tell(staff, kinds[0], key=key, now=now)

    assert [when for _channel, _digest, when in outbox(staff)] == [morning, morning, morning]


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("06:59", True), ("07:00", False)],
)
def test_the_edges_of_quiet_hours(clock, quiet):
    now = datetime.combine(NOON.date(), time.fromisoformat(clock), SHANGHAI)

    assert is_quiet(now, time(22), time(7), SHANGHAI) is quiet
    assert is_quiet(now.astimezone(UTC), time(22), time(7), SHANGHAI) is quiet
    assert not is_quiet(now, None, time(7), SHANGHAI)


@pytest.mark.parametrize("day", [datetime(2026, 3, 7, 23), datetime(2026, 10, 31, 23)])
def test_quiet_hours_end_at_the_wall_clocks_time_when_summer_time_changes(day):
    zone = ZoneInfo("America/New_York")

    ends = next_time(day.replace(tzinfo=zone), time(7), zone)

    assert (ends.astimezone(zone).time(), ends.astimezone(zone).date()) == (time(7), (day + timedelta(days=1)).date())


def test_marking_read_touches_ones_own_only(kinds, staff, lead):
    for person in (staff, lead):
        tell(person, kinds[0])
        tell(person, kinds[0], key="second")
    theirs = Notification.objects.of(lead).first()

    assert notifications.mark_read(staff, [theirs.pk]) == 0
    assert notifications.mark_read(staff) == 2
    assert Notification.objects.of(lead).unread().count() == 2


def test_channels_and_modes_are_what_the_forms_offer():
    assert (Channel.values, Mode.values) == (["mail", "robot"], ["now", "digest", "off"])
