"""Reports: regular, by three ways, read and answered (3.3.1, 3.3.2, 3.3.3)."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core import obligations
from apps.core.attachments import Attachment
from apps.core.notifications import Notification
from apps.core.obligations import KINDS, Obligation
from apps.core.verdicts import NotAllowed, PolicyBroken, Refused, WrongState
from apps.personnel.models import Assignment, Holiday, Site
from apps.personnel.tests.factories import AssignmentFactory, UserFactory
from apps.workplans.actions import reports
from apps.workplans.actions.reports import Line, Trouble, Wish
from apps.workplans.models import Need, Report, ReportRhythm, WorkProblem
from apps.workplans.obligations.digest import tell_week
from apps.workplans.obligations.reports import plan_reports
from apps.workplans.policy.reports import period_of
from apps.workplans.tests.factories import TaskFactory, started

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
WEDNESDAY = datetime(2026, 11, 18, 12, 0, tzinfo=SHANGHAI)


@pytest.fixture
def posting(assignment):
    """On site since long."""
    Assignment.objects.filter(pk=assignment.pk).update(status="on_site", since=date(2026, 1, 5))
    assignment.refresh_from_db()
    return assignment


def refusal(call, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def filed(posting, *, day=date(2026, 11, 18), now=WEDNESDAY, done="Tested the pump", **inputs) -> Report:
    return reports.file(posting, day=day, done=done, by=posting.person, now=now, **inputs)


def daily(posting, since=date(2026, 1, 5)) -> None:
    ReportRhythm.objects.create(
        assignment=posting, rhythm="daily", valid_from=since, set_by=posting.site.lead, set_at=WEDNESDAY
    )


def promises(posting) -> list[tuple[str, str]]:
    rows = Obligation.objects.filter(kind="work_report").about(posting).order_by("period")
    return list(rows.values_list("period", "status"))


# --- When one is owed ---------------------------------------------------------------------------------


@pytest.mark.clause("3.3.1")
def test_everybody_on_site_owes_one_a_week_and_the_planner_may_come_as_often_as_it_likes(posting, other_site):
    assert plan_reports(WEDNESDAY) == 1
    assert plan_reports(WEDNESDAY + timedelta(hours=3)) == 0

    [clock] = Obligation.objects.filter(kind="work_report")
    assert (clock.owner, clock.period) == (posting.person, "2026-W47")
    assert clock.due_at.astimezone(SHANGHAI).date() == date(2026, 11, 20)


@pytest.mark.clause("3.3.1")
def test_daily_reports_are_owed_on_working_days_only(posting):
    daily(posting)
    Holiday.objects.create(site=posting.site, day=date(2026, 11, 19), name="Day off")

    for day in range(16, 23):
        plan_reports(datetime(2026, 11, day, 9, 0, tzinfo=SHANGHAI))

    assert [period for period, _status in promises(posting)] == ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-20"]


@pytest.mark.clause("3.3.1")
def test_weeks_run_over_the_end_of_the_year(posting):
    for day in (datetime(2026, 12, 30, 9, tzinfo=SHANGHAI), datetime(2027, 1, 2, 9, tzinfo=SHANGHAI)):
        plan_reports(day)
    plan_reports(datetime(2027, 1, 4, 9, tzinfo=SHANGHAI))

    assert [period for period, _status in promises(posting)] == ["2026-W53", "2027-W01"]


def test_a_period_has_its_days():
    assert period_of("weekly", date(2027, 1, 2)).key == "2026-W53"
    assert (period_of("weekly", date(2027, 1, 2)).first, period_of("weekly", date(2027, 1, 2)).last) == (
        date(2026, 12, 28),
        date(2027, 1, 3),
    )
    assert period_of("daily", date(2027, 1, 2)).key == "2027-01-02"


@pytest.mark.clause("3.3.1")
def test_after_an_outage_the_weeks_between_are_owed_too(posting):
    plan_reports(WEDNESDAY)
    plan_reports(WEDNESDAY + timedelta(days=21))

    assert [period for period, _status in promises(posting)] == ["2026-W47", "2026-W48", "2026-W49", "2026-W50"]


@pytest.mark.clause("3.3.1")
def test_each_site_has_its_own_day(posting, other_site):
    far = AssignmentFactory(site=other_site, person=UserFactory())
    Site.objects.filter(pk=other_site.pk).update(time_zone="America/Los_Angeles")
    for one in (posting, far):
        Assignment.objects.filter(pk=one.pk).update(status="on_site", since=date(2026, 1, 5))
        daily(one)

    plan_reports(datetime(2026, 11, 18, 9, 0, tzinfo=SHANGHAI))

    assert ([p for p, _s in promises(posting)], [p for p, _s in promises(far)]) == (["2026-11-18"], ["2026-11-17"])


@pytest.mark.clause("3.3.1")
def test_a_missed_report_is_told_to_the_person_and_a_day_later_to_the_lead(posting, staff, lead):
    plan_reports(WEDNESDAY)
    friday = datetime(2026, 11, 21, 0, 10, tzinfo=SHANGHAI)

    obligations.sweep(now=friday)
    told = set(Notification.objects.filter(kind="obligation_breach").values_list("person", flat=True))
    obligations.sweep(now=friday + timedelta(days=1))
    later = set(Notification.objects.filter(kind="obligation_breach").values_list("person", flat=True))

    assert (told, later) == ({staff.pk}, {staff.pk, lead.pk})


@pytest.mark.clause("3.3.1")
def test_another_rhythm_begins_on_a_monday_and_lets_the_old_one_go(posting, lead, staff):
    plan_reports(WEDNESDAY)
    inputs = {"rhythm": "daily", "by": lead, "now": WEDNESDAY}
    assert list(refusal(reports.set_rhythm, posting, valid_from=date(2026, 11, 19), **inputs).fields) == ["valid_from"]
    assert list(refusal(reports.set_rhythm, posting, valid_from=date(2026, 11, 16), **inputs).fields) == ["valid_from"]
    assert isinstance(
        refusal(reports.set_rhythm, posting, valid_from=date(2026, 11, 23), **inputs | {"by": staff}), NotAllowed
    )

    reports.set_rhythm(posting, valid_from=date(2026, 11, 23), **inputs)
    plan_reports(datetime(2026, 11, 23, 9, tzinfo=SHANGHAI))

    assert promises(posting) == [("2026-11-23", "open"), ("2026-W47", "open")]


@pytest.mark.clause("3.3.1")
def test_a_cancelled_posting_owes_no_report(posting):
    plan_reports(WEDNESDAY)
    Assignment.objects.filter(pk=posting.pk).update(status="cancelled")
    plan_reports(WEDNESDAY)

    assert promises(posting) == [("2026-W47", "dropped")]


# --- Filing -------------------------------------------------------------------------------------------


@pytest.mark.clause("3.3.1")
def test_a_report_keeps_the_promise_moves_the_steps_and_is_owed_a_review(posting, staff, lead):
    plan_reports(WEDNESDAY)
    step = started(TaskFactory(site=posting.site, owner=staff, begins_on=date(2026, 11, 9))).plans.get().steps.first()

    report = filed(posting, lines=[Line(step, 60, "Three of five")], next="The other two")

    step.refresh_from_db()
    assert (step.percent, report.lines.get().before) == (60, 0)
    assert promises(posting) == [("2026-W47", "met")]
    clock = Obligation.objects.get(kind="report_review")
    assert (clock.owner, clock.due_at.astimezone(SHANGHAI).date()) == (lead, date(2026, 11, 20))


@pytest.mark.clause("3.3.1")
def test_problems_are_tracked_and_departments_are_asked(posting):
    department = posting.site.department

    report = filed(posting, problems=[Trouble("The scanner breaks off")], needs=[Wish(department, "Ten more scanners")])

    assert (WorkProblem.objects.get().report, Need.objects.get().report) == (report, report)
    assert WorkProblem.objects.get().owner == posting.person


@pytest.mark.clause("3.3.1")
def test_what_is_wrong_stands_beside_its_row_and_nothing_is_kept(posting, staff):
    step = started(TaskFactory(site=posting.site, owner=UserFactory())).plans.get().steps.first()

    refused = refusal(filed, posting, lines=[Line(step, 60)], problems=[Trouble("Fine"), Trouble(" ")], needs=[])

    assert sorted(refused.fields) == ["line-0", "problem-1"]
    assert (Report.objects.count(), WorkProblem.objects.count()) == (0, 0)


@pytest.mark.clause("3.3.1")
@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 19), "lies ahead"),
        (date(2025, 12, 31), "not at this site"),
        (date(2026, 8, 3), "too long ago"),
        (date.max, "lies ahead"),
        (date.min, "not at this site"),
    ],
)
def test_a_day_that_cannot_be_reported(posting, day, words):
    refused = refusal(filed, posting, day=day)
    assert words in str(refused.fields["day"])


@pytest.mark.clause("3.3.1")
def test_a_daily_report_for_a_day_off_is_an_addition_or_none(posting):
    daily(posting)
    saturday = {"day": date(2026, 11, 14), "now": WEDNESDAY}

    assert "day off" in str(refusal(filed, posting, **saturday).fields["day"])
    assert filed(posting, **saturday, extra=True).extra


@pytest.mark.clause("3.3.1")
def test_the_same_week_is_reported_once_and_added_to_as_often_as_one_likes(posting):
    filed(posting)

    assert "2026-W47" in str(refusal(filed, posting, day=date(2026, 11, 16)).fields["day"])
    assert filed(posting, extra=True).extra
    assert Report.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("3.3.1")
def test_the_same_week_filed_twice_at_once_is_kept_once(posting):
    def attempt(_number):
        try:
            return bool(filed(Assignment.objects.select_related("site", "person").get(pk=posting.pk)))
        except PolicyBroken:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == [False, False, False, True]


@pytest.mark.clause("3.3.1")
def test_who_has_left_reports_nothing_and_nobody_reports_for_others(posting, staff, lead):
    assert isinstance(
        refusal(reports.file, posting, day=date(2026, 11, 18), done="x", by=lead, now=WEDNESDAY), NotAllowed
    )
    Assignment.objects.filter(pk=posting.pk).update(status="planned")
    posting.refresh_from_db()
    assert "on site" in str(refusal(filed, posting).fields["day"])


@pytest.mark.parametrize("words", ["😀 好 العربية", "<script>alert(1)</script>", "\u202e upside", "x" * 50_000])
def test_any_words_are_kept_as_they_are(posting, words):
    assert Report.objects.get(pk=filed(posting, done=words).pk).done == words.strip()


def test_a_photo_that_is_none_is_refused_and_the_report_is_not_kept(posting):
    refused = refusal(filed, posting, files=[("photo.jpg", b"MZ\x90 not a picture")])

    assert "photo.jpg" in str(refused.fields["files"])
    assert (Report.objects.count(), Attachment.objects.count()) == (0, 0)


@pytest.mark.clause("3.3.1")
def test_what_was_said_is_never_rewritten(posting):
    report = filed(posting)
    with pytest.raises(InternalError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(done="Something else")


# --- Spoken, by mail ----------------------------------------------------------------------------------


@pytest.mark.clause("3.3.2")
def test_a_spoken_report_counts_once_the_other_side_confirms_it(posting, staff, lead, stranger):
    plan_reports(WEDNESDAY)
    report = reports.log_oral(posting, day=date(2026, 11, 18), done="All pumps run", by=lead, now=WEDNESDAY)
    assert (report.status, promises(posting)) == ("logged", [("2026-W47", "open")])
    for somebody in (lead, stranger):
        assert isinstance(refusal(reports.confirm, report, by=somebody, now=WEDNESDAY), NotAllowed)

    reports.confirm(report, by=staff, now=WEDNESDAY + timedelta(hours=1))

    assert (report.status, promises(posting)) == ("filed", [("2026-W47", "met")])
    assert Obligation.objects.filter(kind="report_review").count() == 1


@pytest.mark.clause("3.3.2")
def test_what_was_not_said_so_leaves_the_place_free(posting, staff, lead):
    report = reports.log_oral(posting, day=date(2026, 11, 18), done="All pumps run", by=staff, now=WEDNESDAY)
    assert list(refusal(reports.dispute, report, reason="", by=lead, now=WEDNESDAY).fields) == ["reason"]

    reports.dispute(report, reason="Two of them stand still", by=lead, now=WEDNESDAY)

    assert filed(posting).status == "filed"


@pytest.mark.clause("3.3.2")
def test_a_mail_joins_the_stream_and_the_second_one_is_an_addition(posting, staff):
    plan_reports(WEDNESDAY)
    first = reports.from_mail(staff, text="Pump two runs again.", arrived_at=WEDNESDAY, now=WEDNESDAY)
    second = reports.from_mail(staff, text="Pump three too.", arrived_at=WEDNESDAY, now=WEDNESDAY)

    assert [(one.channel, one.extra) for one in (first, second)] == [("mail", False), ("mail", True)]
    assert promises(posting) == [("2026-W47", "met")]
    assert reports.from_mail(UserFactory(), text="Hello", arrived_at=WEDNESDAY, now=WEDNESDAY) is None


@pytest.mark.clause("3.3.2")
def test_a_mail_that_lay_for_a_quarter_joins_the_stream_all_the_same(posting, staff):
    arrived_at = WEDNESDAY - timedelta(days=90)
    type(posting).objects.filter(pk=posting.pk).update(since=arrived_at.date())
    report = reports.from_mail(staff, text="Pump one runs again.", arrived_at=arrived_at, now=WEDNESDAY)
    assert (report.extra, report.begins_on <= arrived_at.date() <= report.ends_on) == (True, True)


@pytest.mark.clause("3.3.1")
def test_the_database_keeps_what_was_reported_of_each_step(posting, staff):
    task = started(TaskFactory(site=posting.site, owner=staff))
    step = task.plans.get().steps.first()
    report = filed(posting, lines=[reports.Line(step, 50)])
    for change in (lambda: report.lines.update(percent=90), lambda: report.lines.all().delete()):
        with pytest.raises(InternalError), transaction.atomic():
            change()


@pytest.mark.clause("3.3.2")
def test_a_letter_to_the_inbound_address_becomes_a_report_with_its_files(posting, staff):
    from apps.communication.actions.intake import receive

    now = timezone.now()
    Assignment.objects.filter(pk=posting.pk).update(since=now.date() - timedelta(days=60))
    letter = (
        f"From: {staff.email}\r\nTo: onsite@house.example\r\nSubject: Week\r\nMessage-ID: <week@phone>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPump two runs.\r\n"
        "--b\r\nContent-Type: text/plain; name=list.txt\r\n"
        "Content-Disposition: attachment; filename=list.txt\r\n\r\n1 2 3\r\n--b--\r\n"
    )

    mail = receive(letter.encode(), arrived_at=now, now=now)
    receive(letter.encode(), arrived_at=now, now=now)

    report = Report.objects.get()
    assert (mail.status, report.channel, report.done) == ("stream", "mail", "Pump two runs.")
    assert [one.name for one in Attachment.objects.about(report)] == ["list.txt"]


# --- Review -------------------------------------------------------------------------------------------


@pytest.mark.clause("3.3.3")
def test_a_review_needs_a_comment_and_stops_its_clock(posting, staff, lead):
    report = filed(posting)
    assert list(refusal(reports.review, report, comment=" ", by=lead, now=WEDNESDAY).fields) == ["comment"]

    reports.review(report, comment="Good. Test the third pump as well.", by=lead, now=WEDNESDAY)

    assert Obligation.objects.get(kind="report_review").status == "met"
    assert Notification.objects.get(person=staff, kind="report_reviewed").body == "Good. Test the third pump as well."


@pytest.mark.clause("3.3.3")
def test_nobody_reviews_their_own_and_the_leads_goes_to_who_stands_beside_or_above(site, lead, head, hr, staff):
    mine = AssignmentFactory(site=site, person=lead, since=date(2026, 1, 5))
    Assignment.objects.filter(pk=mine.pk).update(status="on_site")
    mine.refresh_from_db()
    report = filed(mine)

    assert Obligation.objects.get(kind="report_review").owner == head
    for somebody in (lead, hr, staff):
        assert isinstance(refusal(reports.review, report, comment="Fine", by=somebody, now=WEDNESDAY), NotAllowed)
    assert reports.review(report, comment="Fine", by=head, now=WEDNESDAY).reviewed_by == head


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("3.3.3")
def test_two_leads_who_review_at_once_answer_once(posting, lead, deputy):
    report = filed(posting)

    def attempt(somebody):
        try:
            fresh = Report.objects.select_related("assignment__site", "assignment__person").get(pk=report.pk)
            return bool(reports.review(fresh, comment=f"From {somebody}", by=somebody, now=WEDNESDAY))
        except WrongState:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, [lead, deputy])) == [False, True]


@pytest.mark.clause("3.3.3")
def test_a_lead_changed_in_mid_review_is_told_and_keeps_the_words(posting, lead, stranger, signed_in):
    report = filed(posting)
    page = f"{report.get_absolute_url()}review/"
    reader = signed_in(lead)
    assert reader.get(page).status_code == 200
    Site.objects.filter(pk=posting.site_id).update(lead=stranger, deputy=None)
    answer = reader.post(page, {"comment": "Ask for the gate first <b>", "key": "a1"})
    shown = answer.content.decode()
    assert answer.status_code == 404
    assert "Nothing was stored" in shown
    assert "Ask for the gate first &lt;b&gt;</textarea>" in shown
    assert "a1" not in shown.partition("kept-words")[2]
    assert "Nothing was stored" not in reader.get(page).content.decode()


@pytest.mark.clause("3.3.1")
def test_who_is_not_on_site_any_more_while_typing_a_report_is_told_and_keeps_the_words(posting, signed_in):
    writer = signed_in(posting.person)
    Assignment.objects.filter(pk=posting.pk).update(status="planned")
    answer = writer.post(
        "/reports/new/", {"day": "2026-11-18", "done": "泵已测试完毕", "password": "to be kept secret"}
    )
    shown = answer.content.decode()
    assert answer.status_code == 403
    assert "Reports are filed by those who are on site." in shown
    assert "泵已测试完毕</textarea>" in shown
    assert "secret" not in shown


@pytest.mark.clause("3.3.3")
def test_an_overdue_review_counts_against_the_lead_and_the_head_learns_of_it(posting, lead, head):
    filed(posting)
    obligations.sweep(now=WEDNESDAY + timedelta(days=4))

    clock = Obligation.objects.get(kind="report_review")
    told = set(Notification.objects.filter(kind="obligation_breach").values_list("person", flat=True))
    assert (clock.late, told) == (True, {lead.pk, head.pk})


@pytest.mark.clause("3.3.3")
def test_several_are_acknowledged_with_the_same_words_each_by_itself(posting, site, lead):
    other = AssignmentFactory(site=site, person=UserFactory(), since=date(2026, 1, 5))
    Assignment.objects.filter(pk=other.pk).update(status="on_site")
    other.refresh_from_db()
    one, two = filed(posting), filed(other)
    reports.review(one, comment="Read", by=lead, now=WEDNESDAY)

    results = reports.acknowledge_many([one, two], comment="Thank you", by=lead, now=WEDNESDAY)

    assert [verdict is None for _report, verdict in results] == [False, True]
    assert set(Report.objects.values_list("comment", flat=True)) == {"Read", "Thank you"}


def test_who_sees_a_report(posting, staff, lead, head, hr, executive, finance, administrator, stranger, site):
    report = filed(posting)
    colleague = AssignmentFactory(site=site, person=UserFactory()).person
    people = (staff, lead, head, hr, executive, colleague, finance, administrator, stranger)

    seeing = [Report.objects.visible_to(one).filter(pk=report.pk).exists() for one in people]

    assert seeing == [True] * 5 + [False] * 4


# --- The week -----------------------------------------------------------------------------------------


@pytest.mark.clause("3.3.1")
def test_leads_and_head_learn_each_monday_how_the_week_went_once(posting, site, lead, head):
    plan_reports(WEDNESDAY)
    monday = datetime(2026, 11, 23, 8, 0, tzinfo=SHANGHAI)

    tell_week(monday)
    tell_week(monday + timedelta(hours=2))

    notes = Notification.objects.filter(kind="work_week", url__startswith=site.get_absolute_url())
    assert set(notes.values_list("person", flat=True)) == {lead.pk, head.pk}
    assert notes.filter(person=lead).get().title == (
        f"{site.name}, 2026-W47: reports missing 1, reviews overdue 0, tasks late 0"
    )


def test_a_step_stands_in_a_report_once_and_only_ones_own(posting, site, staff, lead):
    own = started(TaskFactory(site=site, owner=staff, assigned_by=lead), "Mine").plans.get().steps.get()
    with pytest.raises(PolicyBroken) as refused:
        filed(posting, lines=[Line(own, 10), Line(own, 20)])
    assert list(refused.value.fields) == ["line-1"]
    colleague = AssignmentFactory(site=site).person
    other = started(TaskFactory(site=site, owner=colleague, assigned_by=lead), "Theirs").plans.get().steps.get()
    with pytest.raises(PolicyBroken) as refused:
        filed(posting, lines=[Line(other, other.percent)])
    assert (list(refused.value.fields), Report.objects.count()) == (["line-0"], 0)


def test_unseen_signs_are_no_report_and_no_answer(posting, lead):
    assert list(refusal(filed, posting, done="\u200b").fields) == ["done"]
    report = filed(posting)
    assert list(refusal(reports.review, report, comment="\u200b ...", by=lead, now=WEDNESDAY).fields) == ["comment"]


@pytest.mark.clause("3.3.1", "3.3.3")
def test_promises_of_reports_go_to_nobody_who_could_not_keep_them(posting, site, staff, lead, deputy):
    plan_reports(WEDNESDAY)
    colleague = AssignmentFactory(site=site).person
    own = Obligation.objects.kind(KINDS["work_report"]).about(posting).open().get()
    report = filed(posting, extra=True)
    review = Obligation.objects.kind(KINDS["report_review"]).about(report).get()
    assert not obligations.takers(own, lead).exists()
    assert set(obligations.takers(review, lead)) == {deputy} - {lead}
    with pytest.raises(PolicyBroken):
        obligations.reassign(review, to=colleague, by=lead, now=WEDNESDAY, reason="Busy")


@pytest.mark.clause("3.3.2", "3.3.3")
def test_the_database_keeps_reviews_and_what_was_spoken(posting, staff, lead):
    spoken = reports.log_oral(posting, day=date(2026, 11, 18), done="Said", by=lead, now=WEDNESDAY)
    own = filed(posting, extra=True)
    read = filed(posting, extra=True)
    reports.review(read, comment="Well done", by=lead, now=WEDNESDAY)
    for pk, values in (
        (spoken.pk, {"status": "filed"}),
        (own.pk, {"status": "reviewed", "comment": "Good", "reviewed_by": staff, "reviewed_at": WEDNESDAY}),
        (own.pk, {"period": "2026-W01"}),
        (read.pk, {"comment": "Badly done"}),
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            Report.objects.filter(pk=pk).update(**values)


def test_ids_that_are_no_numbers_are_not_looked_for(posting, lead, signed_in):
    filed(posting)
    answer = signed_in(lead).post(reverse("reports_acknowledge"), {"ids": ["9" * 5000, "x"], "comment": "Thanks"})
    assert answer.status_code == 422


def test_rows_and_photos_are_sent_together_over_the_api(posting, staff, lead):
    today = timezone.localdate()
    Assignment.objects.filter(pk=posting.pk).update(since=today - timedelta(days=30))
    step = started(TaskFactory(site=posting.site, owner=staff, assigned_by=lead), "Mine").plans.get().steps.get()
    client = APIClient()
    client.force_authenticate(staff)
    given = {"assignment": posting.pk, "day": str(today), "done": "Tested"}
    wrong = client.post("/api/v1/reports/", given | {"lines": "zzz"}, format="multipart")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["lines"])
    rows = {"lines": json.dumps([{"step": step.pk, "percent": 70}]), "problems": json.dumps([{"title": "No ribbon"}])}
    filed_one = client.post("/api/v1/reports/", given | rows, format="multipart").json()
    assert [(one["step"], one["percent"]) for one in filed_one["lines"]] == [(step.pk, 70)]
    assert len(filed_one["problems"]) == 1
