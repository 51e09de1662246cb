"""A person's record over the API: the same verbs, the same refusals; the identity number masked and never replayed."""

import base64
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from apps.core.idempotency import IdempotencyKey
from apps.core.tests.test_attachments import picture
from apps.core.transitions import Event
from apps.personnel.actions import absences, identity
from apps.personnel.models import Certificate, CertificateKind, Departure, PersonSkill, Skill, WorkHistory
from apps.personnel.tests.factories import AssignmentFactory, DepartmentFactory, UserFactory

CARD = "11010519491231002X"


def api(user, **headers) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {AuthToken.objects.create(user)[1]}", **headers)
    return client


def of(person, verb="") -> str:
    return f"/api/v1/people/{person.pk}/{verb}"


@pytest.mark.clause("2.2.1b")
def test_the_number_is_masked_and_shown_by_a_post_that_is_recorded(staff, hr, lead, stranger):
    given = {"kind": "cn_id", "number": CARD}
    put = [
        api(who).put(of(staff, "identity/"), given, format="json").status_code for who in (staff, hr, lead, stranger)
    ]
    assert put == [200, 200, 403, 404]

    seen = [api(who).get(of(staff)).json()["identity"] for who in (staff, hr, lead)]
    assert [one and one["number"] for one in seen] == ["••••002X", "••••002X", None]
    show = [api(who).post(of(staff, "identity/show/")) for who in (hr, lead, stranger)]
    assert [answer.status_code for answer in show] == [200, 403, 404]
    assert (show[0].json(), show[0]["Cache-Control"]) == ({"number": CARD}, "private, no-store")
    assert list(Event.objects.about(staff).filter(verb=identity.SEEN).values_list("actor", flat=True)) == [hr.pk]


def test_no_key_keeps_the_number_or_a_hash_that_could_be_guessed(staff):
    client = api(staff, HTTP_IDEMPOTENCY_KEY="again")
    client.put(of(staff, "identity/"), {"kind": "cn_id", "number": CARD}, format="json")
    client.post(of(staff, "identity/show/"))
    assert not IdempotencyKey.objects.exists()
    assert Event.objects.about(staff).filter(verb=identity.SEEN).count() == 1


def test_a_wrong_number_is_refused_beside_its_field_and_not_repeated(staff):
    answer = api(staff).put(of(staff, "identity/"), {"kind": "cn_id", "number": "110105194912310021"}, format="json")
    assert (answer.status_code, list(answer.json()["fields"]), answer.json()["clause"]) == (422, ["number"], "2.2.1b")
    assert "110105194912310021" not in answer.content.decode()


def test_contacts_and_photo_are_corrected_by_the_person(staff, site, hr, lead):
    colleague = AssignmentFactory(site=site, person=UserFactory()).person
    photo = SimpleUploadedFile("me.heic", picture("HEIF"))
    sent = api(staff).post(of(staff, "contacts/"), {"home_city": "Wuhan", "photo": photo}, format="multipart")

    assert (sent.status_code, sent.json()["photo"]["content_type"]) == (200, "image/jpeg")
    assert api(hr).post(of(staff, "contacts/"), {"phone": "1"}).status_code == 403
    record = [api(who).get(of(staff)).json()["record"] for who in (staff, lead, colleague)]
    assert [one and one["home_city"] for one in record] == ["Wuhan", "Wuhan", None]
    broken = SimpleUploadedFile("me.jpg", b"MZ" + b"\0" * 99)
    refused = api(staff).post(of(staff, "contacts/"), {"photo": broken}, format="multipart")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["photo"])


@pytest.mark.clause("2.4.3a")
def test_a_skill_is_claimed_verified_and_taken_back(staff, lead, hr):
    java = Skill.objects.create(name="Java")
    claim = {"skill": java.pk, "level": 3, "evidence": "Two projects"}
    made = api(staff).post("/api/v1/person-skills/", claim, format="json").json()
    page = f"/api/v1/person-skills/{made['id']}/"

    verify = {"level": 2, "note": "Watched"}
    codes = [api(who).post(f"{page}verify/", verify, format="json").status_code for who in (staff, lead)]
    assert (made["person"], made["verified_level"], codes) == (staff.pk, None, [403, 200])
    assert [api(who).delete(page).status_code for who in (hr, staff)] == [403, 204]
    assert list(PersonSkill.objects.values_list("claimed_level", "verified_level")) == [(None, 2)]
    assert api(lead).get("/api/v1/skills/").json()["results"][0]["name"] == "Java"


def test_a_certificate_is_entered_verified_and_withdrawn(staff, lead, stranger):
    kind = CertificateKind.objects.create(name="PMP")
    given = {"person": staff.pk, "kind": kind.pk, "number": "1", "issued_on": "2025-02-01", "expires_on": "2025-01-01"}
    refused = api(staff).post("/api/v1/certificates/", given)
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["expires_on"])
    scan = SimpleUploadedFile("pmp.jpg", picture())
    made = api(staff).post("/api/v1/certificates/", given | {"expires_on": "2099-01-01", "files": scan}).json()
    page = f"/api/v1/certificates/{made['id']}/"

    assert [(file["name"], file["sensitive"]) for file in made["files"]] == [("pmp.jpg", True)]
    assert [api(who).post(f"{page}verify/").status_code for who in (staff, lead, stranger)] == [403, 200, 404]
    assert api(lead).post(f"{page}withdraw/", {"reason": "No"}).status_code == 403
    assert api(staff).post(f"{page}withdraw/", {"reason": "Lost"}).json()["status"] == "withdrawn"
    assert api(staff).post(f"{page}files/").status_code == 409
    assert api(stranger).post("/api/v1/certificates/", given).status_code == 400
    assert Certificate.objects.count() == 1


def test_earlier_work_is_entered_corrected_and_taken_out(staff, lead):
    given = {"person": staff.pk, "employer": "Old firm", "position": "Tester", "since": "2019-01-01"}
    made = api(staff).post("/api/v1/work-history/", given, format="json").json()
    page = f"/api/v1/work-history/{made['id']}/"

    assert [api(who).patch(page, {"until": "2020-01-01"}).status_code for who in (lead, staff)] == [403, 200]
    assert WorkHistory.objects.get().until == date(2020, 1, 1)
    assert [api(who).delete(page).status_code for who in (lead, staff)] == [403, 204]


def test_two_in_one_request_are_stored_once_under_a_key(staff):
    java = Skill.objects.create(name="Java")
    client = api(staff, HTTP_IDEMPOTENCY_KEY=base64.b64encode(b"claim").decode())
    claim = {"skill": java.pk, "level": 3, "evidence": "Two projects"}
    answers = [client.post("/api/v1/person-skills/", claim, format="json") for _turn in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize(
    ("register", "given", "change"),
    [
        ("skills", {"name": "Welding", "kind": "skill"}, {"active": False}),
        ("certificate-kinds", {"name": "Welder", "issuer": "TÜV"}, {"issuer": "DVS"}),
        ("grades", {"name": "P9", "rank": 9}, {"rank": 10}),
        ("departments", {"name": "Welders"}, {"name": "Fitters"}),
    ],
)
def test_hr_keeps_the_registers_and_nobody_else(register, given, change, hr, lead, staff):
    address = f"/api/v1/{register}/"
    assert [api(who).post(address, given).status_code for who in (lead, staff)] == [403, 403]

    made = api(hr).post(address, given)
    assert made.status_code == 201
    assert given.items() <= made.json().items()
    again = api(hr).post(address, given)
    assert (again.status_code, list(again.json()["fields"])[:1]) == (422, ["name"])

    one = f"{address}{made.json()['id']}/"
    assert api(lead).patch(one, change).status_code == 403
    changed = api(hr).patch(one, change, format="json")
    assert (changed.status_code, changed.json()) == (200, made.json() | change)


def test_a_department_and_a_project_by_the_api_obey_the_rules_of_the_pages(hr, lead, site):
    upper, lower = DepartmentFactory(), DepartmentFactory()
    lower.parent = upper
    lower.save()
    circle = api(hr).patch(f"/api/v1/departments/{upper.pk}/", {"parent": lower.pk}, format="json")
    assert (circle.status_code, list(circle.json()["fields"])) == (422, ["parent"])

    given = {
        "name": "Line 2",
        "code": "L2",
        "client": site.client_id,
        "begins_on": "2027-02-01",
        "ends_on": "2027-01-01",
    }
    wrong = api(hr).post("/api/v1/projects/", given)
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["ends_on"])
    made = api(hr).post("/api/v1/projects/", given | {"ends_on": "2027-03-01"})
    assert (made.status_code, made.json()["client"]) == (201, site.client_id)
    assert api(lead).patch(f"/api/v1/projects/{made.json()['id']}/", {"name": "x"}).status_code == 403


def test_the_story_of_a_person_is_told_to_those_who_may_know_it(staff, assignment, hr, stranger):
    told = api(hr).get(of(staff, "story/"))
    assert (told.status_code, told.json()[0].keys()) == (200, {"on", "title", "detail", "url"})
    assert f"Began at {assignment.site.name}" in [one["title"] for one in told.json()]
    assert api(stranger).get(of(staff, "story/")).status_code == 404


def test_the_pack_and_its_calendar_are_for_whoever_goes(staff, assignment, stranger):
    where = f"/api/v1/assignments/{assignment.pk}/"
    pack = api(staff).get(f"{where}pack/").json()
    assert (pack["site_name"], [one["email"] for one in pack["leads"]]) == (
        assignment.site.name,
        [one.email for one in assignment.site.leads],
    )
    entry = api(staff).get(f"{where}calendar/")
    assert (entry["Content-Type"], entry.content[:15]) == ("text/calendar; charset=utf-8", b"BEGIN:VCALENDAR")
    assert [api(stranger).get(f"{where}{verb}/").status_code for verb in ("pack", "calendar")] == [404, 404]


def test_any_other_address_is_answered_in_the_shape_of_the_api(staff):
    for address in ("/api/v1/people/abc/", "/api/v1/nothing/of/the/kind/"):
        answer = api(staff).post(address, {})
        assert (answer.status_code, answer.json().keys()) == (404, {"detail", "remedy", "clause", "fields"})
    assert APIClient().get("/api/v1/nothing/").status_code == 401


def test_an_administrator_reads_nothing_that_is_said_of_people(staff, assignment, lead, hr, administrator):
    now = timezone.now()
    Departure.objects.create(assignment=assignment, last_day=now.date(), reason="Ill", asked_by=staff, asked_at=now)
    absences.report_absence(assignment, gone_since=now.date(), note="Not seen", by=lead, now=now)
    seen = {
        who: [api(who).get(f"/api/v1/{door}/").json()["count"] for door in ("departures", "absences")]
        for who in (hr, administrator)
    }
    assert seen == {hr: [1, 1], administrator: [0, 0]}
