"""The API: tokens, posts that happen once, nobody else's ids, no field by surprise, and a day's work through it."""

import base64
import json
import random
import re
import threading
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, connections, models, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from knox.models import AuthToken
from rest_framework import serializers
from rest_framework.test import APIClient

from apps.communication.endpoints import ENDPOINTS as COMMUNICATION
from apps.communication.models import Enquiry, EnquiryMessage, Problem
from apps.core import approvals, attachments
from apps.core.api import Visible
from apps.core.approvals import Approval, Delegation
from apps.core.endpoints import ENDPOINTS as CORE
from apps.core.idempotency import IdempotencyKey
from apps.core.notifications import Notification
from apps.personnel import actions as personnel
from apps.personnel.endpoints import ENDPOINTS as PERSONNEL
from apps.personnel.models import Assignment, Client, Handover, User
from apps.personnel.tests.factories import AssignmentFactory, ClientFactory, SiteFactory, UserFactory, with_papers
from apps.workplans.endpoints import ENDPOINTS as WORKPLANS
from apps.workplans.tests.factories import TaskFactory
from onsite.tests.world import build

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)

DOORS = {**CORE, **PERSONNEL, **COMMUNICATION, **WORKPLANS}
TOLD = {"work-by-site", "clauses", "board", "training-plan"}  # told as they are: no rows that one could name by an id
NOBODY = 987654321


class Undo(Exception):
    """Ends a block so that its changes are rolled back."""


def api(user, **headers) -> APIClient:
    """A program with a token of this person."""
    _row, token = AuthToken.objects.create(user)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}", **headers)
    return client


def at(door: str, thing=None, verb: str = "") -> str:
    return f"/api/v1/{door}/" + (f"{thing.pk}/" if thing else "") + (f"{verb}/" if verb else "")


def question(site, contact, **more) -> dict:
    return {"site": site.pk, "contact": contact.pk, "channel": "phone", "text": "Is the pump running?", **more}


def undone(ask, *args, **kwargs):
    """What a request answers; its changes are taken back."""
    answer = None
    try:
        with transaction.atomic():
            answer = ask(*args, **kwargs)
            raise Undo
    except Undo:
        return answer


# --- The schema ---------------------------------------------------------------------------------------


def test_the_schema_is_complete(tmp_path, staff):
    call_command("spectacular", fail_on_warn=True, validate=True, file=str(tmp_path / "schema.yml"))

    assert APIClient().get("/api/v1/schema/").status_code == 401
    assert api(staff).get("/api/v1/schema/").status_code == 200


def test_every_door_stands_in_the_schema_with_what_it_takes_and_refuses(staff):
    schema = api(staff).get("/api/v1/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json").json()

    assert {path.split("/")[3] for path in schema["paths"]} == {*DOORS, "token"}
    log = schema["paths"]["/api/v1/enquiries/"]["post"]
    assert [one["name"] for one in log["parameters"]] == ["Idempotency-Key"]
    assert sorted(log["responses"]) == ["201", "400", "403", "404", "409", "422"]


# --- Tokens (G26) -------------------------------------------------------------------------------------


def test_without_a_token_there_is_nothing(db):
    answers = {door: APIClient().get(at(door)).status_code for door in DOORS if door != "files"}

    assert set(answers.values()) == {401}


def test_a_token_ends_alone_or_with_all_others(staff):
    one, two, three = (api(staff) for _number in range(3))

    assert one.post("/api/v1/token/end/").status_code == 204
    assert [client.get(at("enquiries")).status_code for client in (one, two, three)] == [401, 200, 200]
    assert two.post("/api/v1/token/end-all/").status_code == 204
    assert [client.get(at("enquiries")).status_code for client in (two, three)] == [401, 401]


def test_a_token_runs_out_and_is_kept_as_a_hash_only(staff):
    _row, token = AuthToken.objects.create(staff)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert client.get(at("enquiries")).status_code == 200
    assert not AuthToken.objects.filter(digest=token).exists()

    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))

    assert client.get(at("enquiries")).status_code == 401


def test_whoever_left_is_out_at_the_next_request(hr, administrator, other_site):
    leaver = UserFactory()
    client = api(leaver)
    assert client.get(at("people", leaver)).status_code == 200

    User.objects.filter(pk=leaver.pk).update(is_active=False)
    assert client.get(at("people", leaver)).status_code == 401

    User.objects.filter(pk=leaver.pk).update(is_active=True)
    personnel.close_account(leaver, by=administrator, now=timezone.now(), reason="Moved away")
    personnel.reopen_account(leaver, by=administrator, now=timezone.now())
    assert client.get(at("people", leaver)).status_code == 401


# --- Once (G14) ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_request_sent_up_to_five_times_is_stored_once():
    """100 keys, each sent one to five times; every fifth at one moment by as many threads."""
    posting = AssignmentFactory()
    site, staff = posting.site, posting.person
    _row, token = AuthToken.objects.create(staff)
    dice = random.Random(14)
    answers: dict[str, list] = {}

    def send(number: int, barrier=None):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}", HTTP_IDEMPOTENCY_KEY=f"phone-{number}")
        if barrier:
            barrier.wait()
        body = {"site": site.pk, "channel": "phone", "text": f"Question {number}"}
        answer = client.post(at("enquiries"), body, format="json")
        answers.setdefault(f"phone-{number}", []).append((answer.status_code, answer.json()["id"]))
        if barrier:
            connections.close_all()

    sent = 0
    for number in range(100):
        times = dice.randint(2, 5) if number % 5 == 0 else dice.randint(1, 5)
        sent += times
        if number % 5 == 0:
            barrier = threading.Barrier(times)
            threads = [threading.Thread(target=send, args=(number, barrier)) for _time in range(times)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        else:
            for _time in range(times):
                send(number)

    assert Enquiry.objects.count() == EnquiryMessage.objects.count() == IdempotencyKey.objects.count() == 100
    assert sum(len(given) for given in answers.values()) == sent
    assert all(len(set(given)) == 1 and given[0][0] == 201 for given in answers.values())


def test_a_key_stands_for_one_body_at_one_address(staff, site, contact):
    client = api(staff, HTTP_IDEMPOTENCY_KEY="k1")
    first = client.post(at("enquiries"), question(site, contact), format="json")
    enquiry = Enquiry.objects.get()

    same = client.post(at("enquiries"), question(site, contact), format="json")
    other_body = client.post(at("enquiries"), question(site, contact, text="Another"), format="json")
    other_path = client.post(at("problems"), question(site, contact), format="json")
    note = client.post(at("enquiries", enquiry, "note"), question(site, contact), format="json")

    assert (first.status_code, same.status_code, same.json()) == (201, 201, first.json())
    assert [answer.status_code for answer in (other_body, other_path, note)] == [422, 422, 422]
    assert other_body.json()["remedy"] == "Use a new key for a new record."
    assert (Enquiry.objects.count(), EnquiryMessage.objects.count(), Problem.objects.count()) == (1, 1, 0)


@pytest.mark.parametrize("verb", ["answer", "note"])
def test_an_answer_and_a_note_are_written_once(staff, site, contact, verb):
    enquiry = Enquiry.objects.get(pk=api(staff).post(at("enquiries"), question(site, contact)).json()["id"])
    client = api(staff, HTTP_IDEMPOTENCY_KEY="k2")
    body = {"text": "It runs."} | ({"channel": "phone"} if verb == "answer" else {})

    answers = [client.post(at("enquiries", enquiry, verb), body, format="json") for _time in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert enquiry.messages.count() == 2
    assert answers[0].json() == answers[2].json()


def test_another_persons_key_tells_nothing(staff, lead, site, contact):
    mine = api(staff, HTTP_IDEMPOTENCY_KEY="k3").post(at("enquiries"), question(site, contact), format="json")

    theirs = api(lead, HTTP_IDEMPOTENCY_KEY="k3").post(at("enquiries"), question(site, contact), format="json")
    other = api(lead, HTTP_IDEMPOTENCY_KEY="k3").post(at("contact-log"), {}, format="json")

    assert (theirs.status_code, other.status_code) == (201, 422)
    assert mine.json()["id"] != theirs.json()["id"]


def test_a_refusal_is_not_remembered(staff, site, contact):
    client = api(staff, HTTP_IDEMPOTENCY_KEY="k4")

    refused = client.post(at("enquiries"), question(site, contact, text=" "), format="json")
    early = client.post(at("enquiries"), question(site, contact, arrived_at="2030-01-01T00:00:00Z"), format="json")
    stored = client.post(at("enquiries"), question(site, contact), format="json")

    assert [answer.status_code for answer in (refused, early, stored)] == [400, 422, 201]
    assert sorted(early.json()) == ["clause", "detail", "fields", "remedy"]
    assert early.json()["clause"] == "7.1.2a"
    assert Enquiry.objects.count() == 1


def test_files_belong_to_the_body_of_a_key(staff, site, contact):
    client = api(staff, HTTP_IDEMPOTENCY_KEY="k5")

    def send(content: bytes):
        file = SimpleUploadedFile("log.txt", content, content_type="text/plain")
        return client.post(at("enquiries"), question(site, contact, files=[file]), format="multipart")

    answers = [send(b"one"), send(b"one"), send(b"two")]

    assert [answer.status_code for answer in answers] == [201, 201, 422]
    assert [one.sha256 for one in attachments.Attachment.objects.all()] == [
        "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
    ]


def test_a_key_has_a_length(staff):
    assert api(staff, HTTP_IDEMPOTENCY_KEY="k" * 201).post(at("enquiries"), {}).status_code == 400


# --- Nobody else's ids (G20) --------------------------------------------------------------------------


@pytest.fixture
def worlds(db):
    return build("HERE"), build("ELSEWHERE")


THINGS = {
    "approvals": "approval", "delegations": "delegation", "obligations": "obligation", "notifications": "notification",
    "people": "person", "departments": "department", "clients": "client", "contacts": "contact", "sites": "site",
    "projects": "project", "assignments": "assignment", "enquiries": "enquiry", "mails": "mail",
    "requests": "request", "date-changes": "date_change", "meetings": "meeting", "waivers": "waiver",
    "problems": "problem", "contact-log": "contact_log", "files": "attachment",
    "person-skills": "person_skill", "certificates": "certificate", "work-history": "work_history",
    "skills": "skill", "certificate-kinds": "certificate_kind", "grades": "grade", "imports": "import",
    "departures": "departure", "handovers": "handover", "absences": "absence", "arrivals": "assignment",
    "documents": "document", "acknowledgements": "acknowledgement", "proofs": "proof",
    "staffing-requests": "staffing_request", "selections": "selection",
    "qualification-waivers": "qualification_waiver", "courses": "course", "training-sessions": "training_session",
    "enrolments": "enrolment", "client-trainings": "client_training", "learning-notes": "learning_note",
    "development-talks": "development_talk", "development-goals": "development_goal",
    "career-changes": "career_change", "tasks": "task", "plans": "plan", "steps": "step",
    "task-templates": "task_template", "reports": "report", "report-rhythms": "report_rhythm",
    "work-problems": "work_problem", "needs": "need", "quality-assessments": "quality_assessment",
    "quality-cases": "quality_case",
}  # fmt: skip
OF_ALL = {
    "departments",
    "skills",
    "certificate-kinds",
    "grades",
    "courses",
    "task-templates",
}  # what everybody in the company may know
ROLES = ("staff", "lead", "head")


def verbs_of(door):
    """(verb, method, serializer class or None) of everything done to one record."""
    return [
        (one.url_path, next(iter(one.mapping)), getattr(one, "given", None))
        for one in door.get_extra_actions()
        if one.detail
    ]


def test_every_door_has_its_thing_in_the_worlds():
    assert set(THINGS) == {*DOORS} - {"parameters"} - TOLD


def writes():
    """(door, verb or "", method, serializer class) of everything that takes input."""
    for name, door in DOORS.items():
        if getattr(door, "new_class", None):
            yield name, "", "post", door.new_class
        if getattr(door, "change_class", None):
            yield name, "", "patch", door.change_class
        for verb, method, given in verbs_of(door):
            if given:
                yield name, verb, method, given


def test_another_sites_record_answers_like_none_at_every_address(worlds):
    here, elsewhere = worlds
    leaks, asked = [], 0
    for door, kind in THINGS.items():
        if door in OF_ALL:
            continue
        key = str(elsewhere.things[kind].pk)
        missing = "00000000-0000-4000-8000-000000000000" if door == "files" else str(NOBODY)
        wanted = [("get", ""), ("patch", ""), *((method, verb) for verb, method, _given in verbs_of(DOORS[door]))]
        for role in ROLES:
            client = api(getattr(here.people, role))
            for method, verb in wanted:
                address = at(door, elsewhere.things[kind], verb)
                theirs = undone(getattr(client, method), address, {}, format="json")
                nothing = undone(getattr(client, method), address.replace(key, missing), {}, format="json")
                asked += 1
                if (theirs.status_code, theirs.content) != (nothing.status_code, nothing.content):
                    leaks.append(f"{role} {method} {address}: {theirs.content} / {nothing.content}")
    assert leaks == []
    assert asked > 200


def test_another_sites_id_in_a_body_answers_like_one_that_does_not_exist(worlds):
    here, elsewhere = worlds
    theirs = {type(thing): thing for thing in elsewhere.things.values() if isinstance(thing, models.Model)}
    leaks, asked = [], 0
    for door, verb, method, kind in writes():
        thing = here.things[THINGS[door]] if verb or method == "patch" else None
        for role in (*ROLES, "hr"):
            user = UserFactory(roles=["hr"]) if role == "hr" else getattr(here.people, role)
            client = api(user)
            for name, field in kind().fields.items():
                one = getattr(field, "child_relation", field)
                if not isinstance(one, Visible) or one.rows(user).filter(pk=theirs[one.model].pk).exists():
                    continue
                answers = []
                for pk in (theirs[one.model].pk, NOBODY):
                    body = {name: [pk] if one is not field else pk}
                    answer = undone(getattr(client, method), at(door, thing, verb), body, format="json")
                    plain = re.sub(rf"(?<![\d.]){pk}(?![\d.])".encode(), b"#", answer.content)  # no clause's number
                    answers.append((answer.status_code, plain))
                asked += 1
                if answers[0] != answers[1] or b"ELSEWHERE" in answers[0][1]:
                    leaks.append(f"{role} {method} {at(door, thing, verb)} {name}: {answers}")
    assert leaks == []
    assert asked > 60


def test_another_sites_id_in_a_filter_answers_like_one_that_does_not_exist(worlds):
    here, elsewhere = worlds
    theirs = {type(thing): thing.pk for thing in elsewhere.things.values() if isinstance(thing, models.Model)}
    leaks, asked = [], 0
    for name, door in DOORS.items():
        for field in getattr(door, "filterset_fields", {}):
            model = door.queryset.model
            for part in field.split("__"):
                model = model._meta.get_field(part).related_model
            if model not in theirs:
                continue
            for role in ROLES:
                client = api(getattr(here.people, role))
                answers = [client.get(at(name), {field: pk}) for pk in (theirs[model], NOBODY)]
                asked += 1
                if answers[0].content != answers[1].content or answers[0].status_code != 200:
                    leaks.append(f"{role} {at(name)}?{field}: {[answer.content for answer in answers]}")
    assert leaks == []
    assert asked > 60


def test_lists_never_show_the_other_world(worlds):
    here, _elsewhere = worlds
    leaks = [
        f"{role} {door}"
        for door in DOORS
        if door not in ("files", "departments", "parameters", "clauses")
        for role in ROLES
        if b"ELSEWHERE" in api(getattr(here.people, role)).get(at(door)).content
    ]
    assert leaks == []


def test_an_id_too_large_for_the_database_is_just_an_id(staff, site, contact):
    client = api(staff)
    huge = 10**30

    assert client.get(f"/api/v1/enquiries/{huge}/").status_code == 404
    assert client.get(at("enquiries"), {"site": huge}).status_code == 400
    assert client.post(at("enquiries"), question(site, contact) | {"site": huge}, format="json").status_code == 400


def test_a_number_that_is_no_id_is_refused_at_every_field(worlds):
    """1e400 is JSON and would be infinity; 1.5 is not record 1."""
    here, _elsewhere = worlds
    client, asked, wrong = api(UserFactory(roles=["hr"])), 0, []
    for door, verb, method, kind in writes():
        thing = here.things[THINGS[door]] if verb or method == "patch" else None
        for name, field in kind().fields.items():
            one = getattr(field, "child_relation", field)
            if not isinstance(one, Visible):
                continue
            for number in ("1e400", "-1e400", f"{here.things['site'].pk}.5"):
                body = f'{{"{name}": {number if one is field else [number]}}}'.replace("'", "")
                answer = undone(getattr(client, method), at(door, thing, verb), body, content_type="application/json")
                asked += 1
                if answer.status_code >= 500 or (answer.status_code == 400 and name not in answer.json()["fields"]):
                    wrong.append(f"{method} {at(door, thing, verb)} {body}: {answer.content}")
    assert wrong == []
    assert asked > 60


def test_a_moment_at_the_edge_of_the_calendar_is_refused_at_every_field(worlds):
    here, _elsewhere = worlds
    client = api(UserFactory(roles=["hr", "administrator"]))
    wrong, asked = [], 0
    for door, verb, method, kind in writes():
        thing = here.things[THINGS[door]] if verb or method == "patch" else None
        for name, field in kind().fields.items():
            if not isinstance(field, serializers.DateTimeField):
                continue
            for moment in ("0001-01-01T00:00:00", "9999-12-31T23:59:59-01:00"):
                answer = undone(getattr(client, method), at(door, thing, verb), {name: moment}, format="json")
                asked += 1
                if answer.status_code >= 500 or (answer.status_code == 400 and name not in answer.json()["fields"]):
                    wrong.append(f"{method} {at(door, thing, verb)} {name}={moment}: {answer.status_code}")
    assert wrong == []
    assert asked > 20


def test_a_filter_takes_a_moment_with_any_offset(worlds):
    client, asked, wrong = api(UserFactory(roles=["hr"])), 0, []
    for name, door in DOORS.items():
        for column, kinds in dict(getattr(door, "filterset_fields", {})).items():
            if not isinstance(door.queryset.model._meta.get_field(column.split("__")[0]), models.DateTimeField):
                continue
            for kind in set(kinds) - {"isnull"}:
                for moment, expected in [
                    ("2026-11-01T00:00:00+16:00", 200),
                    ("2026-11-01T00:00:00-23:59", 200),
                    ("0001-01-01T00:00:00+01:00", 400),
                    ("9999-12-31T23:59:59-01:00", 400),
                ]:
                    answer = client.get(at(name), {f"{column}__{kind}": moment})
                    asked += 1
                    if answer.status_code != expected:
                        wrong.append(f"{name}?{column}__{kind}={moment}: {answer.status_code}")
    assert wrong == []
    assert asked > 40


# --- No field by surprise (G21) -----------------------------------------------------------------------


def surprises(model, declared, world) -> dict:
    """A value for every column that the input does not declare, unlike what any record of ours holds."""
    found = {"id": NOBODY}
    for field in model._meta.concrete_fields:
        if field.name in declared or field.primary_key:
            continue
        if field.is_relation:
            found[field.name] = field.related_model._base_manager.order_by("-pk").values_list("pk", flat=True).first()
        elif field.choices:
            found[field.name] = field.choices[-1][0]
        elif isinstance(field, models.BooleanField):
            found[field.name] = True
        elif isinstance(field, models.DateTimeField):
            found[field.name] = "1999-09-09T09:09:09Z"
        elif isinstance(field, models.DateField):
            found[field.name] = "1999-09-09"
        elif isinstance(field, models.IntegerField):
            found[field.name] = 7777
        elif isinstance(field, models.JSONField):
            found[field.name] = {"canary": 1}
        else:
            found[field.name] = "canary"
    return {name: value for name, value in found.items() if value is not None}


NEVER_GIVEN = {
    "id", "by", "now", "key", "token", "password", "is_staff", "is_superuser", "is_active", "groups", "grants",
    "status", "logged_by", "raised_by", "asked_by", "proposed_by", "organiser", "confirmed_by", "confirmed_at",
    "sorted_by", "acknowledged_by", "acknowledged_at", "accepted_at", "closed_at", "opened_at", "first_answer_at",
    "round", "plan_version", "before_at", "logged_at", "created_at", "message_id", "client_address", "dispatch",
    "automatic",
}  # fmt: skip


def test_nobody_gives_what_only_the_house_writes():
    taken = {f"{door} {verb} {name}" for door, verb, _m, kind in writes() for name in NEVER_GIVEN & set(kind().fields)}

    assert taken == {"development-goals state status"}  # how a goal stands is what its people say


def row_of(thing) -> dict:
    return type(thing)._base_manager.filter(pk=thing.pk).values().get()


@pytest.mark.parametrize("door", [name for name, one in DOORS.items() if getattr(one, "change_class", None)])
def test_a_change_takes_no_field_that_it_does_not_declare(worlds, door):
    here, _elsewhere = worlds
    thing = here.things[THINGS[door]]
    before = row_of(thing)
    given = surprises(type(thing), DOORS[door].change_class().fields, here)
    assert given
    statuses = set()
    for user in (here.people.staff, here.people.lead, here.people.head, UserFactory(roles=["hr", "administrator"])):
        answer = api(user).patch(at(door, thing), given, format="json")
        statuses.add(answer.status_code)

        assert row_of(thing) == before
        assert answer.status_code != 400 or set(answer.json()["fields"]) == set(given)

    assert 400 in statuses
    assert statuses <= {400, 403, 404}


VERBS = [
    (name, verb, method, given)
    for name, one in DOORS.items()
    for verb, method, given in verbs_of(one)
    if name != "files" and method != "get"
]


@pytest.mark.parametrize(("door", "verb", "method", "given"), VERBS, ids=[f"{door} {verb}" for door, verb, *_ in VERBS])
def test_a_verb_takes_no_field_that_it_does_not_declare(worlds, door, verb, method, given):
    """Sent beside what it needs, by everybody: refused by name; where nothing is taken, nothing is read."""
    here, _elsewhere = worlds
    thing = here.things[THINGS[door]]
    declared = given().fields if given else {}
    extra = surprises(type(thing), declared, here)
    body = {name: "Because" for name in ("reason", "text", "outcome", "minutes", "plan") if name in declared}
    for role in (*ROLES, "all"):
        user = UserFactory(roles=["hr", "administrator"]) if role == "all" else getattr(here.people, role)
        ask = getattr(api(user), method)
        plain, surprised = (undone(end_of, thing, ask, at(door, thing, verb), sent) for sent in (body, body | extra))
        if not given or plain[0] in (403, 404, 405):
            assert plain == surprised
        else:
            assert surprised == (400, _without_moments(row_of(thing)))


def end_of(thing, ask, address: str, sent: dict) -> tuple[int, dict]:
    answer = ask(address, sent, format="json")
    return answer.status_code, _without_moments(row_of(thing))


def _without_moments(row: dict) -> dict:
    """A row without what the clock wrote a moment ago."""
    recent = timezone.now() - timedelta(minutes=1)
    return {name: "now" if isinstance(value, type(recent)) and value > recent else value for name, value in row.items()}


def creations(world) -> dict[str, tuple]:
    """door -> (who may, a body that is taken)."""
    people, things = world.people, world.things
    hr = UserFactory(roles=["hr"])
    site, contact, lead = things["site"], things["contact"], people.lead
    today, other_posting = timezone.localdate(), AssignmentFactory(site=site)
    begins = (timezone.now() + timedelta(days=1)).isoformat()
    judged_month = (today.replace(day=1) - timedelta(days=40)).replace(day=1)
    judged = TaskFactory(
        site=site, owner=people.staff, begins_on=judged_month, due_on=judged_month + timedelta(days=20)
    )
    return {
        "delegations": (
            lead,
            {
                "delegate": people.head.pk,
                "since": str(timezone.localdate()),
                "until": str(timezone.localdate()),
                "reason": "Away",
            },
        ),
        "people": (hr, {"name": "New Person", "email": "new@example.com"}),
        "clients": (hr, {"name": "New client", "code": "NC"}),
        "contacts": (hr, {"client": site.client_id, "name": "New contact"}),
        "departments": (hr, {"name": "New department"}),
        "projects": (hr, {"name": "New project", "code": "NP", "client": site.client_id}),
        "skills": (hr, {"name": "Juggling", "kind": "skill"}),
        "certificate-kinds": (hr, {"name": "Juggler"}),
        "grades": (hr, {"name": "P99", "rank": 99}),
        "sites": (
            hr,
            {
                "code": "NEW",
                "name": "New",
                "client": site.client_id,
                "department": site.department_id,
                "city": "Shanghai",
            },
        ),
        "assignments": (
            hr,
            {
                "person": UserFactory().pk,
                "site": site.pk,
                "position": "Engineer",
                "since": str(today),
                "reason": "Knows pumps",
            },
        ),
        "enquiries": (lead, question(site, contact)),
        "requests": (lead, {"site": site.pk, "contact": contact.pk, "title": "A new pump"}),
        "meetings": (
            lead,
            {
                "site": site.pk,
                "mode": "phone",
                "begins_at": begins,
                "agenda": "The pump",
                "staff": [lead.pk],
                "contacts": [contact.pk],
            },
        ),
        "waivers": (
            people.staff,
            {
                "assignment": things["assignment"].pk,
                "month": str(timezone.localdate() - timedelta(days=35)),
                "ground": "illness",
                "reason": "Ill",
            },
        ),
        "problems": (lead, {"site": site.pk, "kind": "major", "title": "Leak", "detail": "Oil on the floor"}),
        "contact-log": (lead, {"site": site.pk, "contact": contact.pk, "mode": "chat", "summary": "Said hello"}),
        "person-skills": (people.staff, {"skill": things["skill"].pk, "level": 4, "evidence": "A course"}),
        "certificates": (
            people.staff,
            {
                "person": people.staff.pk,
                "kind": things["certificate_kind"].pk,
                "issued_on": "2024-01-01",
                "expires_on": "2034-01-01",
            },
        ),
        "work-history": (
            people.staff,
            {"person": people.staff.pk, "employer": "New", "position": "Tester", "since": "2020-01-01"},
        ),
        "parameters": (
            hr,
            {
                "parameter": "meeting_warn_day_1",
                "value": "14",
                "valid_from": str(today),
                "reason": "Earlier",
            },
        ),
        "imports": (hr, {"kind": "people"}),
        "departures": (
            lead,
            {"assignment": other_posting.pk, "last_day": str(today + timedelta(days=60)), "reason": "Family"},
        ),
        "handovers": (lead, {"assignment": other_posting.pk, "last_day": str(today)}),
        "absences": (lead, {"assignment": other_posting.pk, "gone_since": str(today), "note": "No answer"}),
        "documents": (
            lead,
            {"site": site.pk, "kind": "rulebook", "title": "Rules", "text": "Wear the badge.", "changes": "New"},
        ),
        "proofs": (people.staff, {"kind": "education"}),
        "staffing-requests": (
            lead,
            {"site": site.pk, "position": "Engineer", "since": str(today), "detail": "For the pumps"},
        ),
        "courses": (hr, {"name": "New course", "hours": "2.0"}),
        "training-sessions": (
            hr,
            {
                "course": things["course"].pk,
                "site": site.pk,
                "begins_at": begins,
                "ends_at": (timezone.now() + timedelta(days=1, hours=2)).isoformat(),
                "place": "Hall 3",
                "guest_trainer": "A guest",
                "places": 9,
            },
        ),
        "client-trainings": (lead, {"site": site.pk, "contact": contact.pk, "title": "The new pump"}),
        "learning-notes": (people.staff, {"topic": "Seals", "learned_on": str(today), "hours": "1.5"}),
        "development-talks": (lead, {"person": people.staff.pk, "held_on": str(today), "said": "Goes well"}),
        "career-changes": (
            hr,
            {
                "person": people.staff.pk,
                "kind": "promotion",
                "effective_on": str(today),
                "grade": things["grade"].pk,
                "talk": things["development_talk"].pk,
                "reason": "Good work",
            },
        ),
        "tasks": (
            lead,
            {
                "site": site.pk,
                "title": "Test the pump",
                "deliverable": "A report",
                "acceptance": "It runs for 48 hours without a stop",
                "begins_on": str(today),
                "due_on": str(today + timedelta(days=7)),
                "hours": "8.0",
                "owner": other_posting.person_id,
            },
        ),
        "reports": (
            people.staff,
            {"assignment": things["assignment"].pk, "day": str(today), "done": "Tested the pump", "extra": True},
        ),
        "report-rhythms": (
            lead,
            {
                "assignment": other_posting.pk,
                "rhythm": "daily",
                "valid_from": str(today + timedelta(days=7 - today.weekday())),
            },
        ),
        "work-problems": (lead, {"site": site.pk, "title": "The scanner breaks off", "severity": "minor"}),
        "needs": (
            lead,
            {"report": things["report"].pk, "department": site.department_id, "text": "Ten more scanners"},
        ),
        "quality-assessments": (
            lead,
            {
                "assignment": things["assignment"].pk,
                "month": str(judged_month),
                "results": 4,
                "results_reason": "All cases pass",
                "tasks": [judged.pk],
            },
        ),
        "task-templates": (
            hr,
            {
                "name": "New template",
                "project_kind": "Roll-out",
                "title": "Roll out",
                "deliverable": "A record",
                "acceptance": "The client signs the record",
            },
        ),
    }


def uploads(door: str) -> dict:
    """The file that a door wants beside its body; made afresh, for it is read once."""
    if door == "imports":
        return {"file": SimpleUploadedFile("people.csv", b"name,email\nNew Person,new@example.com\n")}
    if door == "proofs":
        return {"files": [SimpleUploadedFile("paper.png", PIXEL, content_type="image/png")]}
    return {}


def in_a_form(body: dict) -> dict:
    """A body as a form sends it: what is no text or file, as JSON."""
    return {name: json.dumps(value) if isinstance(value, dict) else value for name, value in body.items()}


CREATES = [name for name, one in DOORS.items() if getattr(one, "new_class", None)]


@pytest.mark.parametrize("door", CREATES)
def test_a_create_takes_no_field_that_it_does_not_declare(worlds, door):
    here, _elsewhere = worlds
    user, body = creations(here)[door]
    model, declared = DOORS[door].queryset.model, DOORS[door].new_class().fields
    extra = surprises(model, declared, here)
    client = api(user)

    def ask(sent):
        files = uploads(door)
        if files:
            answer = client.post(at(door), in_a_form(sent) | files, format="multipart")
        else:
            answer = client.post(at(door), sent, format="json")
        return answer

    refused = ask(body | extra)
    assert (refused.status_code, set(refused.json()["fields"])) == (400, set(extra)), refused.content
    assert ask(body).status_code == 201


# --- Lists ask the same number of questions -----------------------------------------------------------


def test_every_list_costs_the_same_for_one_row_and_for_twenty(worlds):
    hr = UserFactory(roles=["hr"])
    client = api(hr)

    def own(world, number):
        Notification.objects.create(
            person=hr, kind="approval_your_turn", key=f"k{number}", created_at=timezone.now(),
            context={"what": "A month", "applicant": "Somebody"},
        )  # fmt: skip
        Delegation.objects.create(
            person=hr, delegate=world.people.lead, since=date(2026, 1, 1), until=date(2026, 1, 2), reason="Away",
            offered_at=timezone.now(),
        )  # fmt: skip
        waiver = world.things["waiver"]
        first = Approval.objects.about(waiver).get()
        again = Approval.objects.create(
            subject_type=first.subject_type, subject_id=first.subject_id, title="Again", url="/", applicant=hr,
            status="withdrawn", opened_at=timezone.now(), closed_at=timezone.now(),
        )  # fmt: skip
        again.signatures.create(order=0, name={"en": "lead"}, person=world.people.lead)

    def costs() -> dict:
        found = {}
        for door in DOORS:
            if door in {"files", "board", "training-plan"}:  # the last two: see the tests of their pages
                continue
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(at(door), {"page_size": 200})
            rows = answer.json() if door == "clauses" else answer.json()["results"]
            found[door] = (len(queries), len(rows))
        return found

    own(worlds[0], 0)
    few = costs()
    for number in range(1, 20):
        own(build(f"W{number}"), number)
    many = costs()

    assert {door: cost for door, (cost, _rows) in many.items()} == {door: cost for door, (cost, _rows) in few.items()}
    assert min(rows for _cost, rows in few.values()) >= 1
    assert min(rows for _cost, rows in many.values()) >= 20


# --- A day's work -------------------------------------------------------------------------------------


@pytest.mark.clause("7.1.2a")
def test_a_question_from_its_arrival_to_its_end(staff, lead, site, contact):
    client = api(staff)
    photo = SimpleUploadedFile("pump.txt", b"Pump 3", content_type="text/plain")
    asked = client.post(at("enquiries"), question(site, contact, subject="Pump", files=[photo]), format="multipart")
    enquiry = Enquiry.objects.get(pk=asked.json()["id"])
    file = asked.json()["messages"][0]["files"][0]

    assert b"".join(client.get(file["url"]).streaming_content) == b"Pump 3"
    assert (file["name"], file["size"], asked.json()["owner"], asked.json()["late"]) == ("pump.txt", 6, staff.pk, False)
    listed = client.get(at("enquiries"), {"status": "open", "search": "pump", "ordering": "-arrived_at"}).json()
    assert [row["number"] for row in listed["results"]] == [enquiry.number]
    assert client.get(at("enquiries"), {"status": "closed"}).json()["count"] == 0

    def do(verb, who=client, **body):
        answer = who.post(at("enquiries", enquiry, verb), body, format="json")
        return answer.status_code, answer.json().get("status")

    assert do("note", text="Ask the maker") == (200, "open")
    assert do("hand-over", to=lead.pk, reason="Knows pumps") == (200, "open")
    assert do("answer", channel="phone", text="It runs") == (200, "answered")
    assert do("close") == (200, "closed")
    assert do("close") == (409, None)
    assert do("reopen", reason="It stopped again") == (200, "open")
    assert do("needs-no-answer", reason="Mistake") == (403, None)
    assert do("needs-no-answer", api(lead), reason="Mistake") == (200, "closed")
    turns = client.get(at("enquiries", enquiry)).json()["messages"]
    assert [turn["direction"] for turn in turns] == ["in", "note", "out"]


def test_files_are_for_those_who_see_the_record(worlds):
    here, elsewhere = worlds
    meeting = here.things["meeting"]
    secret = attachments.attach(
        meeting, name="passport.png", content=PIXEL, by=here.people.staff, now=timezone.now(), sensitive=True
    )
    client = api(here.people.staff)

    assert client.get(f"/api/v1/files/{here.things['attachment'].pk}/").status_code == 200
    assert client.get(f"/api/v1/files/{elsewhere.things['attachment'].pk}/").status_code == 404
    assert client.get(f"/api/v1/files/{secret.key}/").status_code == 409
    opened = client.post(f"/api/v1/files/{secret.key}/open/").json()
    assert (opened["name"], [page[:4] for page in opened["pages"]]) == ("passport.png", ["/9j/"])
    assert api(elsewhere.people.staff).post(f"/api/v1/files/{secret.key}/open/").status_code == 404
    assert [one["name"] for one in client.get(at("meetings", meeting)).json()["files"]] == ["HERE.txt", "passport.png"]


def test_a_hostile_file_is_refused_beside_its_field(staff, site, contact):
    program = SimpleUploadedFile("photo.jpg", b"MZ\x90\x00" + bytes(200), content_type="image/jpeg")

    answer = api(staff).post(at("enquiries"), question(site, contact, files=[program]), format="multipart")

    assert answer.status_code == 400
    assert answer.json()["fields"]["files"].startswith("photo.jpg: ")
    assert not Enquiry.objects.exists()


@pytest.mark.clause("7.1.2a")
def test_mail_is_sorted(worlds):
    here, _elsewhere = worlds
    mail, lead = here.things["mail"], api(here.people.lead)
    assert [row["id"] for row in lead.get(at("mails"), {"status": "triage"}).json()["results"]] == [mail.pk]
    assert api(here.people.staff).get(at("mails")).json()["results"] == []

    dismissed = lead.post(at("mails", mail, "dismiss"), {"reason": "Advertising"}, format="json")
    filed = lead.post(at("mails", mail, "file-as-new"), {"site": here.things["site"].pk}, format="json")

    assert (dismissed.json()["status"], filed.json()["status"]) == ("dismissed", "filed")
    assert lead.get(at("enquiries", Enquiry.objects.get(pk=filed.json()["enquiry"]))).status_code == 200


@pytest.mark.clause("7.1.2b")
def test_a_request_is_promised_moved_and_done(staff, lead, site, contact):
    client, soon = api(staff), timezone.now() + timedelta(days=2)
    wish = {"site": site.pk, "contact": contact.pk, "title": "A pump"}
    made = client.post(at("requests"), wish, format="json").json()

    def do(verb, **body):
        kind = "multipart" if "files" in body else "json"
        return client.post(f"{at('requests')}{made['id']}/{verb}/", body, format=kind)

    assert do("accept", agreed_due_at=soon.isoformat()).json()["fields"] == {"owner": "This field is required."}
    assert do("accept", owner=staff.pk, agreed_due_at=soon.isoformat()).json()["status"] == "accepted"
    moved = do(
        "propose-date",
        due_at=(soon + timedelta(days=3)).isoformat(),
        reason="Parts",
        consent_by=contact.pk,
        consent_at=timezone.now().isoformat(),
        files=[SimpleUploadedFile("mail.txt", b"Yes")],
    )
    assert moved.status_code == 200, moved.content
    change = client.get(at("date-changes"), {"request": made["id"]}).json()["results"][0]
    assert client.get(f"{at('date-changes')}{change['id']}/").json()["files"][0]["name"] == "mail.txt"

    desk = api(lead)
    waiting = desk.get(at("approvals"), {"waiting": "true"}).json()["results"]
    approval = f"{at('approvals')}{waiting[0]['id']}/"
    assert client.post(f"{approval}decide/", {"outcome": "approved"}, format="json").status_code == 403
    assert desk.post(f"{approval}decide/", {"outcome": "rejected"}, format="json").status_code == 422
    assert desk.post(f"{approval}decide/", {"outcome": "approved"}, format="json").status_code == 200
    assert desk.post(f"{approval}undo/").status_code == 200
    assert desk.post(f"{approval}undo/").status_code == 404
    assert desk.post(f"{approval}decide/", {"outcome": "approved"}, format="json").status_code == 200
    approvals.settle(now=timezone.now() + timedelta(seconds=11))

    shown = client.get(f"{at('requests')}{made['id']}/").json()
    assert (shown["date_changes"][0]["status"], shown["agreed_due_at"]) == ("approved", change["due_at"])
    assert do("done", outcome="It runs").json()["status"] == "done"


@pytest.mark.clause("7.1.1")
def test_a_meeting_is_planned_held_and_confirmed_and_a_month_waived(staff, lead, head, site, contact, assignment):
    client, now = api(staff), timezone.now()
    soon, past = ((now + span).isoformat() for span in (timedelta(seconds=30), timedelta(hours=-2)))
    plan = {"site": site.pk, "mode": "in_person", "begins_at": soon, "agenda": "Pump", "staff": [staff.pk]}
    refused = client.post(at("meetings"), {**plan, "begins_at": past}, format="json")
    assert (refused.status_code, refused.json()["clause"], list(refused.json()["fields"])) == (
        422,
        "7.1.1",
        ["begins_at"],
    )
    told = client.post(at("meetings"), {**plan, "begins_at": past, "minutes": "Said"}, format="json").json()
    assert (told["status"], told["minutes"]) == ("held", "Said")
    made = client.post(at("meetings"), {**plan, "contacts": [contact.pk]}, format="json").json()
    address = f"{at('meetings')}{made['id']}/"

    assert client.patch(address, {"place": "Hall 3"}, format="json").json()["place"] == "Hall 3"
    photo = SimpleUploadedFile("minutes.txt", b"Said much")
    held = client.post(f"{address}held/", {"minutes": "Said much", "files": [photo]}, format="multipart").json()
    assert (held["status"], held["contacts"]) == ("held", [{"id": contact.pk, "name": contact.name}])
    assert client.post(f"{address}confirm/", {}, format="json").status_code == 403
    assert api(lead).post(f"{address}confirm/", {}, format="json").json()["status"] == "confirmed"

    ask = {"assignment": assignment.pk, "month": "2026-01-15", "ground": "closed", "reason": "Holidays"}
    since = timezone.localdate() - timedelta(days=40)
    waiver = client.post(at("waivers"), ask | {"month": str(since)}, format="json").json()
    assert (waiver["status"], waiver["month"], waiver["person"]) == ("in_review", str(since.replace(day=1)), staff.pk)
    assert api(head).get(f"{at('waivers')}{waiver['id']}/").status_code == 200


@pytest.mark.clause("3.4.3")
def test_a_problem_is_planned_together_and_closed(lead, head, site, contact):
    body = {"site": site.pk, "kind": "complaint", "title": "Leak", "detail": "Oil", "contact": contact.pk}
    made = api(lead).post(at("problems"), body, format="json").json()

    def do(who, verb, **body):
        answer = api(who).post(f"{at('problems')}{made['id']}/{verb}/", body, format="json")
        return answer.status_code, answer.json().get("status")

    assert do(lead, "acknowledge") == (403, None)
    assert do(head, "acknowledge") == (200, "acknowledged")
    assert do(lead, "plan", plan="New seal by Friday") == (200, "acknowledged")
    assert do(lead, "sign", version=1) == (200, "acknowledged")
    assert do(lead, "close", outcome="Dry") == (422, None)
    assert do(head, "sign", version=1) == (200, "acknowledged")
    assert do(head, "close", outcome="Dry") == (200, "closed")


@pytest.mark.clause("2.1.1")
def test_hr_keeps_people_and_postings(hr, staff, site):
    client = api(hr)
    person = client.post(at("people"), {"name": "曾小明", "email": "Zeng@Example.com"}, format="json").json()
    assert (person["email"], person["roles"]) == ("zeng@example.com", [])
    for words in ("zengxiao", "zxm", "小明", "zeng@", "Zeng xiao"):
        assert client.get(at("people"), {"search": words}).json()["count"] == 1, words
    assert client.get(at("people"), {"search": "xmz"}).json()["count"] == 0
    changed = client.patch(f"{at('people')}{person['id']}/", {"phone": "13800"}, format="json").json()
    assert (changed["phone"], changed["name"]) == ("13800", "曾小明")

    posting = {"person": person["id"], "site": site.pk, "position": "Engineer", "since": str(timezone.localdate())}
    unsaid = client.post(at("assignments"), posting, format="json")
    assert (unsaid.status_code, list(unsaid.json()["fields"])) == (400, ["reason"])
    posting["reason"] = "Knows the pumps"
    made = client.post(at("assignments"), posting, format="json").json()
    twice = client.post(at("assignments"), posting, format="json")
    assert (made["status"], twice.status_code, twice.json()["clause"]) == ("planned", 422, "2.1.1")
    assert list(twice.json()["fields"]) == ["since"]
    address = f"{at('assignments')}{made['id']}/"
    assert client.patch(address, {"position": "Lead engineer"}, format="json").json()["position"] == "Lead engineer"
    assert Assignment.objects.filter(person=person["id"]).count() == 1


@pytest.mark.clause("2.2.1", "2.2.2")
def test_a_posting_is_accepted_begun_and_handed_over(hr, lead, site):
    now, today = timezone.now(), timezone.localdate()
    person = UserFactory()
    posting = personnel.dispatch_named(
        person=person, site=site, position="Engineer", since=today, reason="Knows the pumps", by=hr, now=now
    )
    theirs, leads = api(person), api(lead)

    def do(client, door, thing, verb, **body):
        answer = client.post(at(door, thing, verb), body, format="json")
        return answer.status_code, answer.json().get("clause") or answer.json().get("status")

    assert do(theirs, "assignments", posting, "accept") == (200, "planned")
    assert do(theirs, "arrivals", posting, "report-in") == (200, "planned")
    assert do(leads, "arrivals", posting, "confirm") == (422, "1.3.1")
    with_papers(person, site)
    assert do(theirs, "arrivals", posting, "confirm")[0] == 403
    assert do(leads, "arrivals", posting, "confirm") == (200, "on_site")

    body = {"assignment": posting.pk, "last_day": str(today)}
    handover = Handover.objects.get(pk=leads.post(at("handovers"), body, format="json").json()["id"])
    returned = {"title": "Gate badge"}
    assert leads.post(at("handovers", handover, "add-return"), returned, format="json").status_code == 200
    things = list(handover.items.values_list("pk", flat=True))
    assert do(leads, "handovers", handover, "sign") == (422, "2.2.2c")
    assert do(leads, "handovers", handover, "give-back", items=things)[0] == 200
    assert do(leads, "handovers", handover, "sign", note="Complete") == (200, "signed")
    posting.refresh_from_db()
    assert (posting.status, posting.ended_on) == ("ended", today)
    for client, status in ((theirs, 200), (leads, 200), (api(UserFactory()), 404)):
        sheet = client.get(at("handovers", handover, "sheet"), HTTP_ACCEPT="application/pdf")
        assert (sheet.status_code, sheet.content[:5] == b"%PDF-") == (status, status == 200)


@pytest.mark.clause("2.1.1")
def test_a_staffing_request_is_changed_and_what_is_not_sent_stays(lead, stranger, site):
    today = timezone.localdate()
    wanted = {"site": site.pk, "position": "Fitter", "headcount": 2, "since": str(today), "detail": "Nights"}
    made = api(lead).post(at("staffing-requests"), wanted, format="json").json()
    address = f"{at('staffing-requests')}{made['id']}/"
    changed = api(lead).patch(address, {"headcount": 3}, format="json").json()
    assert (changed["headcount"], changed["position"], changed["detail"]) == (3, "Fitter", "Nights")
    wrong = api(lead).patch(address, {"planned_to": str(today - timedelta(days=1))}, format="json")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["planned_to"])
    assert api(stranger).patch(address, {"headcount": 1}, format="json").status_code == 404


def test_hr_sets_a_number_of_the_policy_from_a_day_on(hr, lead):
    new = {
        "parameter": "meeting_warn_day_1",
        "value": "14",
        "valid_from": str(timezone.localdate()),
        "reason": "Earlier",
    }
    assert api(lead).post(at("parameters"), new, format="json").status_code == 403
    late = api(hr).post(at("parameters"), new | {"valid_from": "2020-01-01", "value": "99"}, format="json")
    assert (late.status_code, set(late.json()["fields"])) == (422, {"value", "valid_from"})
    answers = [api(hr, HTTP_IDEMPOTENCY_KEY="one").post(at("parameters"), new, format="json") for _again in "ab"]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    kept = api(lead).get(at("parameters"), {"key": "meeting_warn_day_1", "ordering": "-valid_from"}).json()["results"]
    assert [row["value"] for row in kept][:1] == ["14.00"]
    assert len(kept) == 2


def test_whoever_may_not_keep_records_learns_nothing_from_trying(staff, hr, site):
    """A taken mail address, a wrong one and none at all are refused alike."""
    client = api(staff)
    bodies = [{"name": "X", "email": hr.email}, {"name": "X", "email": "nobody@example.com"}, {"email": "?"}, {}]

    answers = [client.post(at("people"), body, format="json") for body in bodies]

    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    assert client.patch(at("sites", site), {"name": ""}, format="json").status_code == 403


def test_a_taken_name_is_refused_beside_its_field_and_stays_one(hr):
    ClientFactory(name="Harbour Works", code="HW")

    answer = api(hr).post(at("clients"), {"name": "Harbour Works", "code": "H2"}, format="json")

    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["name"])
    assert Client.objects.filter(name="Harbour Works").count() == 1


def test_a_contact_shows_only_sites_one_may_see(staff, hr, site, contact):
    hidden = SiteFactory(client=site.client)
    contact.sites.add(hidden)

    assert api(staff).get(at("contacts", contact)).json()["sites"] == [site.pk]
    assert sorted(api(hr).get(at("contacts", contact)).json()["sites"]) == sorted([site.pk, hidden.pk])


def test_pages_are_bounded_and_stay_in_order(hr):
    UserFactory.create_batch(5)
    client = api(hr)

    one = client.get(at("people"), {"page_size": 3, "ordering": "hired_on"}).json()
    two = client.get(at("people"), {"page_size": 3, "ordering": "hired_on", "page": 2}).json()

    assert len({row["id"] for row in (*one["results"], *two["results"])}) == 6
    assert client.get(at("people"), {"page": 99}).status_code == 404
    for wrong in ({"ordering": "password"}, {"page_size": "-5"}, {"page_size": "many"}):
        answer = client.get(at("people"), wrong)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, list(wrong))


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"x"', b"[" * 100_000, b"\xff"], ids="abcde")
def test_what_cannot_be_read_is_said_so(staff, body):
    answer = api(staff).post(at("enquiries"), body, content_type="application/json")

    assert (answer.status_code, sorted(answer.json())) == (400, ["clause", "detail", "fields", "remedy"])


def test_half_a_character_is_refused_and_breaks_nothing(hr):
    body = '{"name": "Course", "hours": "2", "level": "\\ud800"}'
    answer = api(hr).post(at("courses"), body, content_type="application/json")

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["level"])


def test_a_staff_number_is_one_in_any_case(hr):
    first = {"name": "First", "email": "first@example.com", "number": "H01"}
    assert api(hr).post(at("people"), first, format="json").status_code == 201
    again = api(hr).post(at("people"), {"name": "Next", "email": "n@example.com", "number": "h01"}, format="json")

    assert (again.status_code, list(again.json()["fields"])) == (422, ["number"])


def test_json_is_bounded(staff, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    assert api(staff).post(at("enquiries"), {"text": "x" * 1000}, format="json").status_code == 413


def test_a_session_needs_its_form_token(staff):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(staff)

    assert client.get(at("enquiries")).status_code == 200
    assert client.post(at("enquiries"), {}, format="json").status_code == 403


# --- What is misspelt ---------------------------------------------------------------------------------


@pytest.mark.parametrize("door", sorted(set(DOORS) - {"clauses", "files"}))  # those have no filtered list
def test_a_misspelt_filter_is_refused_and_does_not_mean_everything(hr, door):
    client = api(hr)
    assert client.get(at(door), {} if door in TOLD else {"page": 1, "page_size": 2}).status_code in (200, 404)
    answer = client.get(at(door), {"statsu": "open"})
    assert (answer.status_code, answer.json()["fields"]) == (400, {"statsu": "There is no such filter here."})
