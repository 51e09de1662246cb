"""Staffing requests, ranked candidates, HR's choice, and waivers (2.1.1, 2.1.2)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core import approvals
from apps.core.approvals import Approval, Outcome
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel import actions
from apps.personnel.actions.candidates import Candidate, Ranking
from apps.personnel.cities import distance
from apps.personnel.models import (
    Assignment,
    Certificate,
    CertificateKind,
    Departure,
    PersonSkill,
    QualificationWaiver,
    Selection,
    Skill,
    StaffingRequest,
)
from apps.personnel.policy.staffing import Answer, Paper, certificate_answer, skill_answer
from apps.personnel.tests.factories import (
    NOON,
    AssignmentFactory,
    ClientContactFactory,
    SiteFactory,
    UserFactory,
    signed_off,
)

TODAY = NOON.date()
DAY = timedelta(days=1)
END = TODAY + 30 * DAY
Status = StaffingRequest.Status


@pytest.fixture
def python(db):
    return Skill.objects.create(name="Python")


@pytest.fixture
def forklift(db):
    return CertificateKind.objects.create(name="Forklift licence")


@pytest.fixture
def wanted(site, lead):
    """Two engineers for a month."""
    return actions.ask_for_people(
        site=site, position="Engineer", headcount=2, since=TODAY, planned_to=END, by=lead, now=NOON
    )


def knows(person, skill, verified=None, claimed=None):
    by = UserFactory() if verified else None
    return PersonSkill.objects.create(
        person=person,
        skill=skill,
        claimed_level=claimed,
        verified_level=verified,
        verified_by=by,
        verified_at=NOON if by else None,
    )


def holds(person, kind, expires_on=None, verified=True):
    by = UserFactory() if verified else None
    return Certificate.objects.create(
        person=person,
        kind=kind,
        issued_on=date(2025, 1, 1),
        expires_on=expires_on,
        added_by=person,
        added_at=NOON,
        verified_by=by,
        verified_at=NOON if by else None,
    )


def choose(request, people, hr, reason="They fit best", **more):
    return actions.dispatch(request, people=people, reason=reason, by=hr, now=NOON, **more)


def seen(request, person) -> Candidate:
    [found] = Ranking(request, today=TODAY, people=[person.pk])[:]
    return found


def answers(request, person) -> list[str]:
    return [one.answer for one in seen(request, person).replies]


# --- The request --------------------------------------------------------------------------------------


@pytest.mark.clause("2.1.1")
def test_a_site_asks_for_people_and_hr_is_told(wanted, hr, lead, site):
    other = actions.ask_for_people(site=site, position="Welder", since=TODAY, by=lead, now=NOON)

    assert (wanted.status, wanted.headcount, other.headcount) == (Status.OPEN, 2, 1)
    assert [note.title for note in Notification.objects.filter(person=hr, kind="staffing_new")] == [
        "Harbour asks for people: 1 × Welder"
    ]


@pytest.mark.clause("2.1.1")
def test_people_are_asked_for_by_lead_head_and_hr_and_nobody_else(site, lead, deputy, head, hr, staff, stranger):
    def ask(who):
        return actions.ask_for_people(site=site, position="x", since=TODAY, by=who, now=NOON)

    for who in (lead, deputy, head, hr):
        assert ask(who).asked_by == who
    for who in (staff, stranger):
        with pytest.raises(NotAllowed) as refused:
            ask(who)
        assert refused.value.verdict.clause == "2.1.1"


@pytest.mark.clause("2.1.1")
def test_everything_wrong_with_a_request_is_said_at_once(site, lead):
    with pytest.raises(PolicyBroken) as refused:
        actions.ask_for_people(
            site=site, position=" ", headcount=0, since=TODAY, planned_to=TODAY - DAY, by=lead, now=NOON
        )

    assert (list(refused.value.fields), StaffingRequest.objects.count()) == (["position", "headcount", "planned_to"], 0)


@pytest.mark.clause("2.1.2")
def test_a_requirement_is_one_thing_once_and_can_be_taken_away(wanted, lead, python, forklift):
    skill = actions.require_of(wanted, skill=python, level=3, by=lead, now=NOON)
    actions.require_of(wanted, certificate=forklift, mandatory=False, by=lead, now=NOON)
    faults = []
    for given in ({"skill": python, "level": 2}, {"skill": python}, {"skill": python, "certificate": forklift}, {}):
        with pytest.raises(PolicyBroken) as refused:
            actions.require_of(wanted, **given, by=lead, now=NOON)
        faults.append(list(refused.value.fields))
    actions.take_away(skill, by=lead, now=NOON)

    assert faults == [["what"], ["level"], ["what"], ["what"]]
    assert [str(one) for one in wanted.requirements.all()] == ["Forklift licence"]
    assert [(one.verb, one.note) for one in Event.objects.about(wanted)][:3] == [
        ("requirement_removed", "Python ≥ 3"),
        ("requirement_added", "Forklift licence"),
        ("requirement_added", "Python ≥ 3"),
    ]


@pytest.mark.clause("2.1.1")
def test_a_closed_request_says_why_and_takes_nobody_any_more(wanted, lead, hr):
    with pytest.raises(PolicyBroken):
        actions.close_request(wanted, outcome=" ", by=lead, now=NOON)

    actions.close_request(wanted, outcome="The client postponed", by=lead, now=NOON)

    with pytest.raises(WrongState):
        choose(wanted, [UserFactory()], hr)
    assert (wanted.status, wanted.outcome) == (Status.CLOSED, "The client postponed")


# --- The answer to one requirement (2.1.2) ------------------------------------------------------------


@pytest.mark.clause("2.1.2")
@pytest.mark.parametrize(
    ("verified", "claimed", "answer"),
    [
        (3, None, "met"),
        (4, 5, "met"),
        (2, 3, "claimed"),
        (None, 3, "claimed"),
        (2, 2, "not_met"),
        (None, None, "not_met"),
    ],
)
def test_only_a_verified_level_counts(verified, claimed, answer):
    assert skill_answer(3, verified, claimed) == answer


@pytest.mark.clause("2.1.2")
@pytest.mark.parametrize(
    ("issued", "expires", "verified", "planned_to", "answer"),
    [
        (TODAY, END, True, END, "met"),
        (TODAY, END - DAY, True, END, "expires"),
        (TODAY, None, True, END, "met"),
        (TODAY, END - DAY, True, None, "met"),
        (TODAY, END, False, END, "claimed"),
        (TODAY + DAY, END, True, END, "not_met"),
        (TODAY - 9 * DAY, TODAY - DAY, True, END, "not_met"),
    ],
)
def test_a_certificate_lasts_to_the_planned_end(issued, expires, verified, planned_to, answer):
    found, _paper = certificate_answer([Paper(issued, expires, verified)], TODAY, planned_to)

    assert found == answer


def test_of_several_certificates_the_best_one_answers():
    short, long = Paper(TODAY, TODAY + DAY, True), Paper(TODAY, END, True)

    assert certificate_answer([short, long], TODAY, END) == (Answer.MET, long)
    assert certificate_answer([long, short], TODAY, END) == (Answer.MET, long)
    assert certificate_answer([short, Paper(TODAY, TODAY + 2 * DAY, True)], TODAY, END)[1].expires_on == TODAY + 2 * DAY


@pytest.mark.parametrize(
    ("home", "site", "km"),
    [
        ("上海", "Shanghai", 0),
        ("上海市", "上海", 0),
        ("Xi'an", "西安", 0),
        ("北京", "上海", 1067),
        ("Atlantis", "上海", None),
        ("", "", None),
    ],
)
def test_the_way_from_home_is_told_where_both_cities_are_known(home, site, km):
    assert distance(home, site) == km


# --- Ranking (2.1.1, 2.1.2) ---------------------------------------------------------------------------


@pytest.mark.clause("2.1.1")
def test_who_can_go_at_once_comes_first_then_by_what_is_missing_the_wishes_the_way_and_the_load(
    wanted, lead, python, other_site
):
    english = Skill.objects.create(name="English", kind="language")
    actions.require_of(wanted, skill=python, level=3, by=lead, now=NOON)
    actions.require_of(wanted, skill=english, level=2, mandatory=False, by=lead, now=NOON)
    people = {name: UserFactory(name=name, home_city="Beijing") for name in "ABCDEFG"}
    for name in "ABCDEF":
        knows(people[name], python, verified=3)
    knows(people["B"], english, verified=2)
    people["C"].home_city = "Shanghai"
    people["C"].save()
    AssignmentFactory(
        person=people["D"], site=other_site, since=TODAY - 40 * DAY, ended_on=TODAY - 11 * DAY, status="ended"
    )
    AssignmentFactory(person=people["E"], site=other_site, since=TODAY + 5 * DAY, status="planned")
    knows(people["G"], python, claimed=5)

    ranking = Ranking(wanted, today=TODAY)
    order = [one.name for one in ranking[:] if one.name in people]

    assert order == ["B", "C", "A", "F", "D", "E", "G"]
    found = {one.name: one for one in ranking[:]}
    assert [found[name].eligible for name in "ABCDEFG"] == [True, True, True, True, False, True, False]
    assert (found["D"].days, found["C"].km, found["A"].km, found["E"].taken.site) == (30, 0, 1067, "Elsewhere")
    assert found["G"].missing[0].reason == "claims level 5, nobody has verified it"


@pytest.mark.clause("2.1.1")
def test_whoever_fills_an_office_comes_last_and_says_which(wanted, lead, deputy, head, hr, python):
    actions.require_of(wanted, skill=python, level=3, by=lead, now=NOON)
    for one in (lead, deputy, head, hr):
        knows(one, python, verified=5)
    free, blocked = UserFactory(), UserFactory()
    knows(free, python, verified=3)

    ranking = Ranking(wanted, today=TODAY)

    assert ranking.fitting == 1
    order = [one.person for one in ranking[:]]
    assert order[:1] == [free.pk]
    assert blocked.pk in order[:-4]
    assert {one.person: one.offices for one in ranking[:][-4:]} == {
        lead.pk: ("lead",),
        deputy.pk: ("lead",),
        head.pk: ("head",),
        hr.pk: ("hr",),
    }
    [shown] = Ranking(wanted, today=TODAY, people=[hr.pk])[:]
    assert (Candidate.thawed(shown.frozen()), shown.offices_text) == (shown, "HR")


@pytest.mark.clause("2.1.2")
def test_each_answer_says_its_reason(wanted, lead, python, forklift):
    actions.require_of(wanted, skill=python, level=3, by=lead, now=NOON)
    actions.require_of(wanted, certificate=forklift, by=lead, now=NOON)
    person = UserFactory()
    knows(person, python, verified=2, claimed=4)
    holds(person, forklift, expires_on=END - DAY)

    assert [(one.answer, one.reason) for one in seen(wanted, person).replies] == [
        ("claimed", "verified at level 2, claims 4"),
        ("expires", "runs out on 2026-12-17, before the planned end"),
    ]


def test_ranking_costs_the_same_queries_for_few_and_for_many(wanted, lead, python, forklift, other_site):
    actions.require_of(wanted, skill=python, level=3, by=lead, now=NOON)
    actions.require_of(wanted, certificate=forklift, by=lead, now=NOON)

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            Ranking(StaffingRequest.objects.select_related("site").get(pk=wanted.pk), today=TODAY)[:20]
        return len(captured)

    few = queries()
    for number in range(40):
        person = UserFactory(home_city="Shanghai")
        knows(person, python, verified=1 + number % 5)
        holds(person, forklift)
        AssignmentFactory(person=person, site=other_site, ended_on=TODAY, status="ended")

    assert (queries(), few) == (few, 9)


@pytest.mark.clause("2.1.1")
def test_who_objected_to_this_posting_before_is_named_so(wanted, hr, signed_in):
    ann = UserFactory(name="Ann")
    posting = choose(wanted, [ann], hr).assignments.get()
    assert not seen(wanted, ann).objected
    Assignment.objects.filter(pk=posting.pk).update(answer="objected", objection="Ill", status="cancelled")
    assert seen(wanted, ann).objected
    page = signed_in(hr).get(reverse("staffing_request_candidates", args=[wanted.pk])).content.decode()
    assert "objected to this posting before" in page


# --- The choice (2.1.1) -------------------------------------------------------------------------------


@pytest.mark.clause("2.1.1")
def test_the_choice_plans_and_tells_everybody_fills_the_request_and_freezes_what_hr_saw(wanted, lead, hr, python):
    actions.require_of(wanted, skill=python, level=3, by=lead, now=NOON)
    team = [UserFactory(name="Ann"), UserFactory(name="Bob")]
    for person in team:
        knows(person, python, verified=3)
    also = UserFactory(name="Cid")

    selection = choose(wanted, team, hr)
    PersonSkill.objects.filter(person=team[0]).delete()

    wanted.refresh_from_db()
    postings = Assignment.objects.filter(selection=selection).order_by("person__name")
    assert wanted.status == Status.FILLED
    assert [(one.person.name, one.status, one.answer, one.since, one.planned_to) for one in postings] == [
        ("Ann", "planned", "waiting", TODAY, END),
        ("Bob", "planned", "waiting", TODAY, END),
    ]
    assert {f"{one.report_at.astimezone(wanted.site.zone):%H:%M}" for one in postings} == {"23:59"}  # it is noon
    assert Notification.objects.filter(kind="posting_yours", person__in=team).count() == 2
    kept = {one.name: one for one in map(Candidate.thawed, selection.seen["candidates"])}
    assert (kept["Ann"].replies[0].answer, kept["Ann"].eligible, kept["Cid"].eligible) == ("met", True, False)
    assert selection.seen["chosen"] == [one.pk for one in team]
    assert also.pk in {one.person for one in kept.values()}


@pytest.mark.clause("2.1.1")
def test_what_hr_saw_cannot_be_rewritten(wanted, hr):
    selection = choose(wanted, [UserFactory()], hr)

    for change in (lambda rows: rows.update(reason="Other"), lambda rows: rows._raw_delete("default")):
        with pytest.raises(InternalError), transaction.atomic():
            change(Selection.objects.filter(pk=selection.pk))


@pytest.mark.clause("2.1.1")
def test_all_go_or_nobody_with_a_reason_for_each_who_cannot(wanted, lead, hr, python, other_site):
    actions.require_of(wanted, skill=python, level=3, by=lead, now=NOON)
    good, lacks = UserFactory(name="Good"), UserFactory(name="Lacks")
    away = AssignmentFactory(person=UserFactory(name="Away"), site=other_site).person
    for person in (good, away):
        knows(person, python, verified=5)
    actions.change_request(
        wanted,
        position="Engineer",
        headcount=3,
        since=TODAY,
        planned_to=END,
        project=None,
        detail="",
        by=lead,
        now=NOON,
    )

    with pytest.raises(PolicyBroken) as refused:
        choose(wanted, [good, lacks, away], hr)

    words = str(refused.value.fields["people"]).split("\n")
    assert (list(refused.value.fields), len(words)) == (["people"], 2)
    assert words[0] == "Lacks: Mandatory and missing: Python ≥ 3: nothing entered."
    assert words[1].startswith("Away: Away is at Elsewhere from")
    assert (Selection.objects.filter(request=wanted).count(), good.assignments.count()) == (0, 0)


@pytest.mark.clause("2.1.1")
def test_never_more_than_were_asked_for_nor_without_a_reason_nor_by_anybody_but_hr(wanted, lead, hr):
    with pytest.raises(PolicyBroken) as refused:
        choose(wanted, [UserFactory(), UserFactory(), UserFactory()], hr, reason=" ")
    with pytest.raises(NotAllowed):
        choose(wanted, [UserFactory()], lead)
    choose(wanted, [UserFactory(), UserFactory()], hr)
    with pytest.raises(WrongState):
        choose(wanted, [UserFactory()], hr)

    assert list(refused.value.fields) == ["reason", "people"]


@pytest.mark.clause("2.1.1")
def test_a_cancelled_posting_frees_its_place_again(wanted, hr):
    selection = choose(wanted, [UserFactory(), UserFactory()], hr)

    actions.cancel(selection.assignments.first(), reason="Ill", by=hr, now=NOON)

    wanted.refresh_from_db()
    assert wanted.status == Status.OPEN
    choose(wanted, [UserFactory()], hr)
    wanted.refresh_from_db()
    assert wanted.status == Status.FILLED


@pytest.mark.clause("2.1.1")
def test_whoever_is_chosen_late_begins_later_and_reports_in_on_that_day(wanted, hr):
    faults = []
    for more in (
        {"since": TODAY - DAY},
        {"since": END + DAY},
        {"since": TODAY + DAY, "report_at": NOON},
    ):
        with pytest.raises(PolicyBroken) as refused:
            choose(wanted, [UserFactory()], hr, **more)
        faults.append(list(refused.value.fields))

    posting = choose(wanted, [UserFactory()], hr, since=TODAY + DAY, report_at=NOON + DAY).assignments.get()

    assert faults == [["since"], ["since"], ["report_at"]]
    assert (posting.since, posting.report_at) == (TODAY + DAY, NOON + DAY)


@pytest.mark.clause("2.1.1")
def test_the_database_takes_no_assignment_without_a_selection(site):
    with pytest.raises(InternalError, match="2.1.1"), transaction.atomic():
        Assignment.objects.create(person=UserFactory(), site=site, position="x", since=TODAY)
    with pytest.raises(InternalError, match="2.1.1"), transaction.atomic():
        Assignment.objects.bulk_create([Assignment(person=UserFactory(), site=site, position="x", since=TODAY)])


@pytest.mark.clause("2.2.1a")
def test_nobody_is_to_report_in_at_an_hour_that_is_over(wanted, hr):
    wanted.since = TODAY
    wanted.save()
    late = NOON.replace(hour=8)
    with pytest.raises(PolicyBroken) as refused:
        actions.dispatch(wanted, people=[UserFactory()], reason="Fits", report_at=late, by=hr, now=NOON)
    assert refused.value.fields == {"report_at": "This moment has passed."}

    chosen = actions.dispatch(wanted, people=[UserFactory()], reason="Fits", by=hr, now=NOON)

    posting = chosen.assignments.get()
    clock = Obligation.objects.about(posting).get(kind="report_in")
    assert posting.report_at == clock.due_at == NOON.replace(hour=23, minute=59)


@pytest.mark.clause("2.1.1")
def test_one_named_person_is_a_request_too_with_ranking_and_reason(hr, site):
    person = UserFactory(name="Ann")

    posting = actions.dispatch_named(
        person=person, site=site, position="Welder", since=TODAY, reason="The client asked", by=hr, now=NOON
    )

    selection = posting.selection
    assert (selection.reason, selection.request.status, selection.request.headcount) == (
        "The client asked",
        "filled",
        1,
    )
    assert selection.seen["chosen"] == [person.pk]


# --- Waivers (2.1.2) ----------------------------------------------------------------------------------


@pytest.fixture
def lacking(wanted, lead, python):
    """Somebody without the one thing that is mandatory."""
    actions.require_of(wanted, skill=python, level=3, by=lead, now=NOON)
    return UserFactory(name="Ann")


def ask(wanted, person, hr, until=END, reason="Learns it on the job"):
    return actions.ask_waiver(
        wanted, requirement=wanted.requirements.get(), person=person, reason=reason, until=until, by=hr, now=NOON
    )


def sign(waiver, outcome, by, reason=""):
    approvals.decide(Approval.objects.about(waiver).open().get(), outcome, by=by, now=NOON, reason=reason)
    approvals.settle(now=NOON + timedelta(minutes=1))
    waiver.refresh_from_db()


@pytest.mark.clause("2.1.2")
def test_a_waiver_that_the_head_signed_opens_the_way_and_shows(wanted, lacking, hr, head, signed_in):
    waiver = ask(wanted, lacking, hr)
    with pytest.raises(PolicyBroken) as refused:
        choose(wanted, [lacking], hr)
    waits = signed_in(hr).get(reverse("staffing_request_candidates", args=[wanted.pk])).content.decode()
    assert "A waiver for Python ≥ 3 is asked for and not signed yet" in waits

    sign(waiver, Outcome.APPROVED, head)
    selection = choose(wanted, [lacking], hr)

    assert (refused.value.verdict.clause, answers(wanted, lacking)) == ("2.1.2", ["waived"])
    kept = Candidate.thawed(next(one for one in selection.seen["candidates"] if one["person"] == lacking.pk))
    assert (kept.waived[0].waiver, kept.waived[0].waived_until) == (waiver.pk, END)
    posting = selection.assignments.get()
    for page in (posting.get_absolute_url(), selection.get_absolute_url(), wanted.get_absolute_url()):
        assert "Python ≥ 3" in signed_in(hr).get(page).content.decode()


@pytest.mark.clause("2.1.2")
def test_a_waiver_lasts_to_the_planned_end_and_when_that_moves_a_longer_one_may_be_asked(wanted, lacking, hr, head):
    with pytest.raises(PolicyBroken, match="opens nothing") as refused:
        ask(wanted, lacking, hr, until=END - DAY)
    assert list(refused.value.fields) == ["until"]
    waiver = ask(wanted, lacking, hr)
    sign(waiver, Outcome.APPROVED, head)
    with pytest.raises(WrongState):
        ask(wanted, lacking, hr)

    StaffingRequest.objects.filter(pk=wanted.pk).update(planned_to=END + 30 * DAY)
    wanted.refresh_from_db()
    with pytest.raises(PolicyBroken) as refused:
        choose(wanted, [lacking], hr)
    assert (answers(wanted, lacking), refused.value.verdict.clause) == (["not_met"], "2.1.2")
    longer = ask(wanted, lacking, hr, until=END + 30 * DAY)
    sign(longer, Outcome.APPROVED, head)
    assert choose(wanted, [lacking], hr).assignments.get().person == lacking


@pytest.mark.clause("2.1.1")
def test_whoever_leaves_the_company_is_no_candidate_and_not_sent(wanted, staff, hr, assignment):
    row = Departure.objects.create(
        assignment=assignment, last_day=END - DAY, reason="A job at home", leaves_company=True, asked_by=staff,
        asked_at=NOON, status="draft",
    )  # fmt: skip
    assert staff.pk in [one.person for one in Ranking(wanted, today=TODAY)[:]]
    Departure.objects.filter(pk=row.pk).update(
        status="approved", client_agreed=True, client_contact=ClientContactFactory(), client_said_at=NOON,
        client_recorded_by=hr,
    )  # fmt: skip
    signed_off(assignment, TODAY)
    Assignment.objects.filter(pk=assignment.pk).update(status="ended", ended_on=TODAY)
    assert staff.pk not in [one.person for one in Ranking(wanted, today=TODAY)[:]]
    with pytest.raises(PolicyBroken, match="leaves the company on") as refused:
        choose(wanted, [staff], hr)
    assert list(refused.value.fields) == ["people"]
    staff.hired_on = END  # hired again
    staff.save()
    assert staff.pk in [one.person for one in Ranking(wanted, today=TODAY)[:]]


@pytest.mark.clause("2.1.2")
@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.RETURNED])
def test_a_waiver_that_is_not_signed_opens_nothing(wanted, lacking, hr, head, outcome):
    waiver = ask(wanted, lacking, hr)
    sign(waiver, outcome, head, reason="Let her learn it first")

    with pytest.raises(PolicyBroken):
        choose(wanted, [lacking], hr)

    assert waiver.status == outcome


@pytest.mark.clause("2.1.2")
def test_a_returned_waiver_is_revised_or_given_up(wanted, lacking, hr, head, lead):
    waiver = ask(wanted, lacking, hr)
    sign(waiver, Outcome.RETURNED, head, reason="For how long?")
    with pytest.raises(NotAllowed):
        actions.revise_waiver(waiver, reason="x", until=END, by=lead, now=NOON)

    actions.revise_waiver(waiver, reason="Only for this month", until=END, by=hr, now=NOON)
    sign(waiver, Outcome.RETURNED, head, reason="No")
    actions.give_up_waiver(waiver, by=hr, now=NOON)

    assert waiver.status == "withdrawn"
    assert ask(wanted, lacking, hr).status == "in_review"


@pytest.mark.clause("2.1.2")
def test_only_what_is_mandatory_and_missing_is_waived_once_until_a_day_ahead(wanted, lacking, lead, hr, python):
    english = Skill.objects.create(name="English", kind="language")
    wish = actions.require_of(wanted, skill=english, level=2, mandatory=False, by=lead, now=NOON)
    must = wanted.requirements.get(mandatory=True)
    able = UserFactory()
    knows(able, python, verified=4)

    def refused(**changes) -> list[str]:
        given = {"requirement": must, "person": lacking, "reason": "Learns it", "until": END} | changes
        with pytest.raises(PolicyBroken) as no:
            actions.ask_waiver(wanted, **given, by=hr, now=NOON)
        return list(no.value.fields)

    assert refused(requirement=wish) == ["requirement"]
    assert refused(person=able) == ["requirement"]
    assert refused(until=TODAY - DAY, reason=" ") == ["until", "reason"]
    with pytest.raises(NotAllowed):
        actions.ask_waiver(wanted, requirement=must, person=lacking, reason="x", until=END, by=lead, now=NOON)
    actions.ask_waiver(wanted, requirement=must, person=lacking, reason="x", until=END, by=hr, now=NOON)
    with pytest.raises(WrongState):
        actions.ask_waiver(wanted, requirement=must, person=lacking, reason="x", until=END, by=hr, now=NOON)
    assert QualificationWaiver.objects.count() == 1


@pytest.mark.clause("2.1.2")
def test_an_extended_posting_asks_again_for_what_is_mandatory(wanted, lead, hr, forklift):
    actions.require_of(wanted, certificate=forklift, by=lead, now=NOON)
    person = UserFactory()
    holds(person, forklift, expires_on=END + 5 * DAY)
    posting = choose(wanted, [person], hr).assignments.get()

    def extend(until):
        return actions.change_assignment(
            posting, position="Engineer", since=TODAY, planned_to=until, project=None, by=hr, now=NOON
        )

    assert extend(END + 5 * DAY).planned_to == END + 5 * DAY
    with pytest.raises(PolicyBroken) as refused:
        extend(END + 6 * DAY)
    assert (list(refused.value.fields), refused.value.verdict.clause) == (["planned_to"], "2.1.2")


# --- Pages and API ------------------------------------------------------------------------------------


def test_from_the_request_to_the_choice_through_the_pages(site, lead, hr, python, signed_in):
    today = timezone.localdate()
    person = UserFactory(name="Ann")
    knows(person, python, verified=3)
    asking, choosing = signed_in(lead), signed_in(hr)
    asked = asking.post(
        reverse("staffing_request_new"),
        {"key": "1", "site": site.pk, "position": "Engineer", "headcount": 1, "since": today},
    )
    wanted = StaffingRequest.objects.get()
    assert (asked.status_code, asked["location"]) == (302, wanted.get_absolute_url())
    address = reverse("staffing_request_require", args=[wanted.pk])
    assert asking.post(address, {"what": f"skill-{python.pk}", "mandatory": "on"}).status_code == 422
    asking.post(address, {"what": f"skill-{python.pk}", "level": 3, "mandatory": "on"})
    assert [str(one) for one in wanted.requirements.all()] == ["Python ≥ 3"]

    page = choosing.get(reverse("staffing_request_candidates", args=[wanted.pk])).content.decode()
    assert ("Ann" in page, "verified at level 3" in page) == (True, True)
    marked = f"?people={person.pk}&people={hr.pk}"
    kept = choosing.get(reverse("staffing_request_candidates", args=[wanted.pk]) + f"{marked}&q=Ann")
    words = kept.content.decode()  # marks outlast a search and the pages
    assert (kept.context["marked"], [one.pk for one in kept.context["elsewhere"]]) == ([person.pk, hr.pk], [hr.pk])
    assert words.count("checked") == 2
    number = choosing.get(f"{reverse('staffing_requests')}?q={wanted.number}")
    assert [one.pk for one in number.context["table"].data] == [wanted.pk]
    assert wanted.number in choosing.get(f"{reverse('search')}?q={wanted.number}").content.decode()
    compared = choosing.get(reverse("staffing_request_compare", args=[wanted.pk]) + marked)
    assert (compared.status_code, "nothing entered" in compared.content.decode()) == (200, True)
    decide = reverse("staffing_request_decide", args=[wanted.pk])
    assert choosing.get(f"{decide}?people={person.pk}").status_code == 200
    given = {"key": "2", "people": [person.pk], "since": today, "reason": "Knows Python"}
    first, again = choosing.post(decide, given), None
    again = choosing.post(decide, given)
    selection = Selection.objects.get()
    assert (first["location"], again.status_code) == (selection.get_absolute_url(), 409)
    assert "Knows Python" in again.content.decode()  # whoever was too late has their words still
    assert (choosing.get(decide).status_code, selection.assignments.count()) == (409, 1)
    assert "number 1 of the ranking" in choosing.get(selection.get_absolute_url()).content.decode()
    for browser in (asking, choosing):
        assert browser.get(wanted.get_absolute_url()).status_code == 200
        assert browser.get(site.get_absolute_url()).status_code == 200


def test_what_cannot_be_chosen_is_told_beside_the_field_and_nothing_typed_is_lost(wanted, lacking, hr, signed_in):
    answer = signed_in(hr).post(
        reverse("staffing_request_decide", args=[wanted.pk]),
        {"key": "1", "people": [lacking.pk], "since": TODAY, "reason": "I know her well"},
    )

    page = answer.content.decode()
    assert (answer.status_code, "Mandatory and missing" in page, "I know her well" in page) == (422, True, True)


def test_five_do_not_stand_side_by_side_and_nobody_neither(wanted, hr, signed_in):
    people = [UserFactory() for _one in range(5)]
    address = reverse("staffing_request_compare", args=[wanted.pk])
    browser = signed_in(hr)

    assert browser.get(address + "?" + "&".join(f"people={one.pk}" for one in people)).status_code == 422
    assert browser.get(address).status_code == 422


def test_only_hr_compares_people_and_strangers_see_no_request(
    wanted, lead, head, stranger, finance, executive, hr, signed_in
):
    def codes(name):
        address = reverse(name, args=[wanted.pk])
        return [signed_in(who).get(address).status_code for who in (lead, head, stranger, finance, executive, hr)]

    assert codes("staffing_request") == [200, 200, 404, 404, 200, 200]
    assert codes("staffing_request_candidates") == [403, 403, 404, 404, 403, 200]


def test_the_api_asks_ranks_decides_and_waives(site, hr, head, python):
    client = APIClient()
    client.force_authenticate(hr)
    person = UserFactory(name="Ann")
    asked = client.post(
        "/api/v1/staffing-requests/",
        {
            "site": site.pk,
            "position": "Engineer",
            "headcount": 1,
            "since": str(TODAY),
            "planned_to": str(END),
            "requirements": [{"skill": python.pk, "level": 3}],
        },
        format="json",
    ).json()
    address = f"/api/v1/staffing-requests/{asked['id']}/"
    ranked = client.get(f"{address}candidates/").json()
    [ann] = [one for one in ranked if one["person"] == person.pk]
    assert (ann["eligible"], ann["replies"][0]["answer"]) == (False, "not_met")
    refused = client.post(f"{address}decide/", {"people": [person.pk], "reason": "x"}, format="json")
    assert (refused.status_code, refused.json()["clause"]) == (422, "2.1.2")
    wish = {"requirement": asked["requirements"][0]["id"], "person": person.pk, "reason": "x", "until": str(END)}
    assert client.post(f"{address}ask-waiver/", wish, format="json").status_code == 200
    waiver = QualificationWaiver.objects.get()
    sign(waiver, Outcome.APPROVED, head)
    decided = client.post(f"{address}decide/", {"people": [person.pk], "reason": "Learns fast"}, format="json")
    assert (decided.status_code, decided.json()["status"]) == (200, "filled")
    [kept] = client.get("/api/v1/selections/").json()["results"]
    assert client.get(f"/api/v1/selections/{kept['id']}/").json()["seen"]["chosen"] == [person.pk]


# --- Hands at once (G12) ------------------------------------------------------------------------------

THREADS = 6


@pytest.mark.clause("2.1.1")
@pytest.mark.django_db(transaction=True)
def test_hands_at_once_never_choose_more_than_were_asked_for_nor_one_person_twice():
    """Six threads send teams of three from one pool to six requests of three places: no overlap, no deadlock."""
    hr = UserFactory(roles=["hr"])
    people = [UserFactory() for _one in range(9)]
    requests = []
    for _one in range(THREADS):
        site = SiteFactory()
        requests.append(
            actions.ask_for_people(site=site, position="x", headcount=3, since=TODAY, planned_to=END, by=hr, now=NOON)
        )
    together = Barrier(THREADS)

    def send(number: int) -> list[str]:
        answers = []
        for turn in range(6):
            team = [people[(number + turn + step * 2) % 9] for step in (2, 1, 0)]
            together.wait()
            try:
                choose(StaffingRequest.objects.get(pk=requests[(number + turn) % THREADS].pk), team, hr)
                answers.append("sent")
            except (PolicyBroken, WrongState) as refused:
                answers.append(type(refused).__name__)
        connection.close()
        return answers

    with ThreadPoolExecutor(THREADS) as pool:
        answers = [one for found in pool.map(send, range(THREADS)) for one in found]

    taken = {one.pk: Assignment.objects.filter(selection__request=one).count() for one in requests}
    assert set(answers) <= {"sent", "PolicyBroken", "WrongState"}
    assert set(taken.values()) <= {0, 3}
    assert sum(taken.values()) == answers.count("sent") * 3 > 0
    assert Assignment.objects.values("person").distinct().count() == Assignment.objects.count()
