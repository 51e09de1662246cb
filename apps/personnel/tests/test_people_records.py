"""What a person's record holds: contacts, identity number, skills, certificates, earlier work, and the story of it."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core import encryption
from apps.core.attachments import Attachment
from apps.core.lookups import PersonField
from apps.core.tests.test_attachments import picture
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel import actions, story
from apps.personnel.actions import contacts, identity, qualifications
from apps.personnel.models import (
    Assignment,
    Certificate,
    CertificateKind,
    Grade,
    IdentityNumber,
    PersonSkill,
    Skill,
    User,
    WorkHistory,
)
from apps.personnel.policy import identity as rules
from apps.personnel.tests.factories import NOON, AssignmentFactory, UserFactory, with_papers

TODAY = NOON.date()
CARD = "11010519491231002X"
OTHER_CARD = "310101198503120049"


@pytest.fixture
def java(db):
    return Skill.objects.create(name="Java")


@pytest.fixture
def pmp(db):
    return CertificateKind.objects.create(name="PMP", issuer="PMI")


def claim(staff, java, level=3, evidence="Two projects"):
    return qualifications.claim_skill(staff, skill=java, level=level, evidence=evidence, by=staff, now=NOON)


def certificate(staff, pmp, **more):
    values = {"kind": pmp, "number": "A1", "issued_on": date(2025, 1, 10), "by": staff, "now": NOON}
    return qualifications.add_certificate(staff, **values | more)


# --- Registers and search -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["skills", "certificate_kinds", "grades"])
def test_hr_keeps_the_registers_and_nobody_else(name, hr, lead, signed_in):
    assert [signed_in(user).get(reverse(name)).status_code for user in (hr, lead)] == [200, 403]
    values = {"name": "Something new", "rank": "3", "kind": "language", "active": "on"}
    assert signed_in(hr).post(reverse(f"{name}_new"), values).status_code == 302
    assert signed_in(lead).post(reverse(f"{name}_new"), values).status_code == 403
    model = {"skills": Skill, "certificate_kinds": CertificateKind, "grades": Grade}[name]
    assert list(model.objects.values_list("name", flat=True)) == ["Something new"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("zjg", ["曾建国"]),
        ("ZJ", ["曾建国"]),
        ("zhang", ["张伟"]),
        ("jw", ["James Wong"]),
        ("zg", []),
        ("z.*", []),
    ],
)
def test_initials_find_a_person(words, found, db):
    for name in ("曾建国", "张伟", "James Wong"):
        UserFactory(name=name)
    assert list(User.objects.search(words).values_list("name", flat=True)) == found


# --- Contacts and photo -------------------------------------------------------------------------------


def typed(person, **more):
    return {name: getattr(person, name) for name in contacts.OWN} | more


def test_people_correct_their_own_contacts_and_nobody_elses(staff, hr, lead, stranger, signed_in):
    address = reverse("person_contacts", args=[staff.pk])
    values = typed(staff, phone="13800000000", home_city="Wuhan", emergency_name="Li Na", emergency_phone="13900000")

    assert signed_in(staff).post(address, values).status_code == 302
    assert [signed_in(who).post(address, values | {"phone": "1"}).status_code for who in (hr, lead, stranger)] == [
        403, 403, 404,
    ]  # fmt: skip

    staff.refresh_from_db()
    assert (staff.phone, staff.home_city, staff.emergency_name, staff.emergency_phone) == (
        "13800000000", "Wuhan", "Li Na", "13900000",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("phone", "taken"),
    [
        ("+86 138 0000 0000", True),
        ("(021) 6888-1234 转 802", True),
        ("+886-2-2345-6789 ext. 12", True),
        ("110", False),
        ("ask Li", False),
        ("13800000000<script>", False),
        ("1380\u202e0000", False),
    ],
)
def test_a_phone_is_a_number_somebody_can_dial(phone, taken, staff, signed_in):
    sent = signed_in(staff).post(reverse("person_contacts", args=[staff.pk]), typed(staff, phone=phone))
    staff.refresh_from_db()
    assert (sent.status_code, staff.phone) == ((302, phone) if taken else (422, ""))
    if not taken:
        assert "Write a phone number in digits" in sent.context["form"].errors["phone"][0]
        with pytest.raises(PolicyBroken):
            contacts.correct_contacts(staff, by=staff, now=NOON, phone=phone)


@pytest.mark.clause("2.4.3b")
def test_a_grade_that_is_set_changes_by_a_promotion_and_nobody_sets_their_own(staff, hr, signed_in):
    junior, senior = (Grade.objects.create(name=name, rank=rank) for rank, name in ((1, "Junior"), (4, "Senior")))
    with pytest.raises(PolicyBroken, match="Nobody sets their own grade") as refused:
        actions.update_person(hr, grade=senior, by=hr, now=NOON)
    assert list(refused.value.fields) == ["grade"]
    actions.update_person(staff, grade=junior, by=hr, now=NOON)
    with pytest.raises(PolicyBroken, match="by a promotion or transfer"):
        actions.update_person(staff, grade=senior, by=hr, now=NOON)
    actions.update_person(staff, grade=junior, title="Fitter", by=hr, now=NOON)
    assert signed_in(hr).get(reverse("person_edit", args=[staff.pk])).context["form"].fields["grade"].disabled
    assert (staff.grade, staff.title) == (junior, "Fitter")


def test_hr_sets_grade_and_emergency_contact_with_the_record(staff, hr, signed_in):
    grade = Grade.objects.create(name="Senior", rank=4)
    page = signed_in(hr).get(reverse("person_edit", args=[staff.pk]))
    assert {"grade", "home_city", "emergency_name", "emergency_relation", "emergency_phone"} <= set(
        page.context["form"].fields
    )
    given = {"name": staff.name, "email": staff.email, "number": staff.number, "language": "en"}
    more = {"time_zone": "Asia/Shanghai", "grade": grade.pk, "emergency_name": "Li Na"}
    assert signed_in(hr).post(reverse("person_edit", args=[staff.pk]), given | more).status_code == 302
    staff.refresh_from_db()
    assert (staff.grade, staff.emergency_name) == (grade, "Li Na")


def test_the_emergency_contact_is_for_those_who_answer_for_the_person(staff, site, hr, lead, head, signed_in):
    colleague = AssignmentFactory(site=site, person=UserFactory()).person
    User.objects.filter(pk=staff.pk).update(emergency_name="Mother Chen", home_city="Xi'an")

    def sees(user):
        return "Mother Chen" in signed_in(user).get(staff.get_absolute_url()).content.decode()

    assert [sees(user) for user in (staff, hr, lead, head, colleague)] == [True, True, True, True, False]


@pytest.mark.parametrize(("name", "kind"), [("me.jpg", "JPEG"), ("IMG_0001.HEIC", "HEIF")])
def test_a_photo_stands_instead_of_the_disc_for_those_who_see_the_person(name, kind, staff, lead, stranger, signed_in):
    upload = SimpleUploadedFile(name, picture(kind))
    sent = signed_in(staff).post(reverse("person_contacts", args=[staff.pk]), typed(staff, photo=upload))
    staff.refresh_from_db()

    assert (sent.status_code, staff.photo.content_type) == (302, "image/jpeg")
    assert f"{staff.photo.get_absolute_url()}?small" in signed_in(lead).get(staff.get_absolute_url()).content.decode()
    seen = [signed_in(who).get(staff.photo.get_absolute_url()).status_code for who in (lead, stranger)]
    assert seen == [200, 404]

    signed_in(staff).post(reverse("person_contacts", args=[staff.pk]), typed(staff, no_photo="on"))
    staff.refresh_from_db()
    assert staff.photo is None


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("me.jpg", b"MZ" + b"\x00" * 600, "not taken"),
        ("me.jpg", b"\xff\xd8\xff\xe0" + b"x" * 60 * 2**20, "larger than"),
        ("me.jpg", b"\xff\xd8\xff\xe0broken", "cannot be read"),
        ("me.txt", b"plain words", "no picture"),
    ],
    ids=["renamed executable", "60 MB", "broken", "a text"],
)
def test_what_is_no_photo_is_refused_beside_its_field_and_nothing_is_lost(name, content, words, staff, signed_in):
    given = typed(staff, phone="13911112222", photo=SimpleUploadedFile(name, content))
    sent = signed_in(staff).post(reverse("person_contacts", args=[staff.pk]), given)

    form = sent.context["form"]
    assert (sent.status_code, list(form.errors), form["phone"].value()) == (422, ["photo"], "13911112222")
    assert words in form.errors["photo"][0]
    staff.refresh_from_db()
    assert (staff.phone, staff.photo, Attachment.objects.count()) == ("", None, 0)


# --- The identity number ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "number", "kept"),
    [
        ("cn_id", "11010519491231002x", CARD),
        ("cn_id", "１１０１０５ 19491231 002X", CARD),
        ("cn_id", "810000199001010019", "810000199001010019"),
        ("cn_id", "310115199006151234", "310115199006151234"),  # Pudong is younger than whoever got its number
        ("hk_id", "A123456(3)", "A1234563"),
        ("hk_id", "AB987654(3)", "AB9876543"),
        ("tw_id", "a123456789", "A123456789"),
        ("sg_nric", "S1234567D", "S1234567D"),
        ("sg_nric", "T1234567J", "T1234567J"),
        ("sg_nric", "G1234567X", "G1234567X"),
        ("sg_nric", "M1234567K", "M1234567K"),
        ("passport", "E 12345678", "E12345678"),
    ],
)
def test_a_number_as_people_write_it_is_taken(kind, number, kept):
    normal = rules.normal(number)
    assert (normal, bool(rules.valid(kind, normal, TODAY))) == (kept, True)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("cn_id", "110105194912310021"),
        ("cn_id", "11010519491331002X"),
        ("cn_id", "1101051949123100"),
        ("cn_id", "990105194912310028"),
        ("hk_id", "A1234564"),
        ("tw_id", "A123456788"),
        ("tw_id", "A323456789"),
        ("sg_nric", "S1234567A"),
        ("passport", "ABCDEFGH"),
        ("passport", "E123"),
        ("passport", "E1234567890123"),
    ],
)
@pytest.mark.clause("2.2.1b")
def test_a_number_that_cannot_be_is_refused_without_being_repeated(kind, number):
    said = rules.valid(kind, number, TODAY)
    assert (said.ok, said.clause, number in str(said.reason)) == (False, "2.2.1b", False)


def test_the_day_of_birth_in_it_lies_behind_us():
    body = "11010520301231002"
    number = body + next(sign for sign in "0123456789X" if rules.ric.calc_check_digit(body + sign) == sign)
    assert [bool(rules.valid("cn_id", number, day)) for day in (date(2031, 1, 1), TODAY)] == [True, False]


def put(person, number=CARD, by=None, kind="cn_id"):
    return identity.set_identity(person, kind=kind, number=number, by=by or person, now=NOON)


@pytest.mark.clause("2.2.1b")
def test_only_the_person_and_hr_set_see_and_are_told_of_it(staff, hr, lead, head, executive, stranger, signed_in):
    put(staff)
    pages = [reverse(name, args=[staff.pk]) for name in ("person_identity", "person_identity_edit")]
    found = {
        who: [signed_in(user).get(page).status_code for page in pages]
        for who, user in {
            "own": staff, "hr": hr, "lead": lead, "head": head, "executive": executive, "stranger": stranger,
        }.items()
    }  # fmt: skip
    assert found == {
        "own": [200, 200], "hr": [200, 200], "lead": [403, 403], "head": [403, 403], "executive": [403, 403],
        "stranger": [404, 404],
    }  # fmt: skip
    told = ["••••002X" in signed_in(user).get(staff.get_absolute_url()).content.decode() for user in (staff, hr, lead)]
    assert told == [True, True, False]


def test_somebody_born_before_1900_does_not_work_here():
    body = "11010118990101001"
    number = body + next(sign for sign in "0123456789X" if rules.ric.calc_check_digit(body + sign) == sign)
    assert not rules.valid("cn_id", number, TODAY)


@pytest.mark.clause("2.1.2")
def test_a_certificate_has_days_that_can_be(staff):
    kind = CertificateKind.objects.create(name="Crane")
    with pytest.raises(PolicyBroken) as refused:
        qualifications.add_certificate(
            staff, kind=kind, number="7", issued_on=date.min, expires_on=date.max, by=staff, now=NOON
        )
    assert sorted(refused.value.fields) == ["expires_on", "issued_on"]


def test_a_part_of_a_staff_number_names_nobody(staff):
    type(staff).objects.filter(pk=staff.pk).update(number="H65377")
    field = PersonField(queryset=type(staff).objects.all())

    assert [len(field.found(words)) for words in ("65", "65377", "H65377")] == [0, 1, 1]


@pytest.mark.clause("2.2.1b")
def test_once_its_paper_is_verified_the_number_is_hrs_to_correct(staff, hr):
    put(staff)
    with_papers(staff)

    with pytest.raises(NotAllowed, match="verified"):
        put(staff, number=OTHER_CARD)
    assert put(staff, number=OTHER_CARD, by=hr).whole() == OTHER_CARD


def test_the_whole_number_shows_only_after_a_post_that_is_recorded(staff, hr, signed_in):
    put(staff)
    page = reverse("person_identity", args=[staff.pk])
    browser = signed_in(hr)

    masked, whole = browser.get(page), browser.post(page)

    assert [CARD in answer.content.decode() for answer in (masked, whole)] == [False, True]
    assert [answer["Cache-Control"] for answer in (masked, whole)] == ["private, no-store"] * 2
    seen = Event.objects.about(staff).filter(verb=identity.SEEN)
    assert list(seen.values_list("actor", "note", "data")) == [(hr.pk, "", {})]


def test_it_lies_sealed_for_this_person_only(staff, stranger):
    kept = put(staff)

    assert (CARD.encode() in bytes(kept.sealed), kept.whole(), kept.tail) == (False, CARD, "002X")
    kept.person = stranger
    with pytest.raises(encryption.Unreadable):
        kept.whole()


@pytest.mark.clause("2.2.1b")
def test_a_number_of_somebody_else_is_refused_without_saying_whose(staff, stranger, hr, signed_in):
    put(stranger)
    sent = signed_in(hr).post(reverse("person_identity_edit", args=[staff.pk]), {"kind": "cn_id", "number": CARD})
    said = sent.content.decode()
    assert (sent.status_code, list(sent.context["form"].errors)) == (422, ["number"])
    assert ("on record for somebody else" in said, stranger.name in said) == (True, False)
    assert ("stands with the wrong person" in said, "tell HR" in said) == (True, False)
    assert list(IdentityNumber.objects.values_list("person", flat=True)) == [stranger.pk]


def test_the_database_itself_keeps_one_number_for_one_person(staff, stranger):
    kept = put(staff)
    with pytest.raises(IntegrityError), transaction.atomic():
        IdentityNumber.objects.create(
            person=stranger, kind="cn_id", sealed=b"x", digest=kept.digest, tail="1", set_by=staff, set_at=NOON
        )


def test_a_number_is_known_again_under_a_new_key_and_sealed_anew(staff, stranger, settings):
    put(staff)
    settings.ENCRYPTION_KEYS = {"new": b"n" * 32, **settings.ENCRYPTION_KEYS}

    with pytest.raises(PolicyBroken, match="somebody else"):
        put(stranger)
    assert [encryption.rotate(), encryption.rotate()] == [1, 0]
    settings.ENCRYPTION_KEYS = {"new": settings.ENCRYPTION_KEYS["new"]}
    assert IdentityNumber.objects.get().whole() == CARD
    with pytest.raises(PolicyBroken, match="somebody else"):
        put(stranger)


def test_setting_it_again_replaces_it_and_history_never_names_it(staff, hr):
    put(staff)
    put(staff, OTHER_CARD, by=hr)

    assert [one.whole() for one in IdentityNumber.objects.all()] == [OTHER_CARD]
    told = Event.objects.about(staff).values_list("verb", "actor", "note", "data")
    assert list(told) == [(identity.SET, hr.pk, "", {"kind": "cn_id"}), (identity.SET, staff.pk, "", {"kind": "cn_id"})]
    assert [hr.pk] == list(IdentityNumber.objects.values_list("set_by", flat=True))


def test_no_draft_of_it_is_kept_on_the_device(staff, signed_in):
    page = signed_in(staff).get(reverse("person_identity_edit", args=[staff.pk])).content.decode()
    form = page[page.index('<form method="post" action=""') :]
    assert ("data-draft=" in form, 'autocomplete="off"' in form) == (False, True)


def test_who_has_no_number_is_told_to_set_it(staff):
    with pytest.raises(WrongState, match="No identity number"):
        identity.look_at(staff, by=staff, now=NOON)


# --- Skills -------------------------------------------------------------------------------------------


@pytest.mark.clause("2.4.3a")
def test_a_claim_changed_later_keeps_what_was_verified(staff, lead, java):
    held = claim(staff, java, level=2)
    qualifications.verify_skill(staff, skill=java, level=2, note="Watched the work", by=lead, now=NOON)
    claim(staff, java, level=5, evidence="A course")

    held.refresh_from_db()
    assert (held.claimed_level, held.evidence, held.verified_level, held.verified_by, held.verified_note) == (
        5, "A course", 2, lead, "Watched the work",
    )  # fmt: skip
    qualifications.take_back_claim(held, by=staff, now=NOON)
    held.refresh_from_db()
    assert (held.claimed_level, held.verified_level) == (None, 2)


def test_a_claim_that_nobody_verified_goes_when_it_is_taken_back(staff, java):
    held = claim(staff, java)
    qualifications.take_back_claim(held, by=staff, now=NOON)
    assert not PersonSkill.objects.exists()


@pytest.mark.clause("2.4.3a")
def test_nobody_verifies_their_own(hr, java, pmp, signed_in):
    held = claim(hr, java)
    paper = certificate(hr, pmp)
    verify = [reverse("person_skill_verify", args=[held.pk]), reverse("certificate_verify", args=[paper.pk])]

    assert [signed_in(hr).post(page, {"level": 5, "note": "I can"}).status_code for page in verify] == [403, 403]
    with pytest.raises(NotAllowed, match="Nobody verifies their own"):
        qualifications.verify_certificate(paper, by=hr, now=NOON)
    for table, more in ((PersonSkill, {"verified_level": 5}), (Certificate, {})):
        with pytest.raises(IntegrityError, match="verified_by_another"), transaction.atomic():
            table.objects.update(verified_by=hr, verified_at=NOON, **more)


@pytest.mark.clause("2.4.3a")
def test_who_verifies_in_a_second_tab_is_told_what_was_verified_meanwhile(staff, lead, hr, java, signed_in):
    held = qualifications.claim_skill(staff, skill=java, level=4, evidence="Years", by=staff, now=NOON)
    page = reverse("person_skill_verify", args=[held.pk])
    seen = signed_in(hr).get(page).context["form"].initial["seen"]
    qualifications.verify_skill(staff, skill=java, level=3, note="A test", by=lead, now=NOON)
    given = {"level": 2, "note": "A talk", "seen": seen}
    late = signed_in(hr).post(page, given)
    held.refresh_from_db()
    assert (late.status_code, list(late.context["form"].errors), held.verified_level) == (422, ["level"], 3)
    assert "A talk" in late.content.decode()
    assert signed_in(hr).post(page, given | {"seen": late.context["form"].data["seen"]}).status_code == 302
    held.refresh_from_db()
    assert held.verified_level == 2  # asked once; saved again, it is meant


@pytest.mark.clause("2.4.3a")
def test_a_skill_that_nobody_claimed_is_entered_by_whoever_has_seen_it(staff, hr, stranger, java, signed_in):
    page = reverse("person_vouch", args=[staff.pk])
    given = {"key": "1", "skill": java.pk, "level": 3, "note": "A test on Tuesday"}
    assert [signed_in(one).get(page).status_code for one in (hr, staff)] == [200, 403]
    assert signed_in(stranger).post(page, given).status_code in (403, 404)
    wrong = signed_in(hr).post(page, given | {"note": ""})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["note"])
    assert "Enter a skill" in signed_in(hr).get(staff.get_absolute_url()).content.decode()
    signed_in(hr).post(page, given)
    held = PersonSkill.objects.get()
    assert (held.verified_level, held.claimed_level, held.verified_by) == (3, None, hr)
    client = APIClient()
    client.force_authenticate(hr)
    api = client.post(
        f"/api/v1/people/{staff.pk}/vouch/", {"skill": java.pk, "level": 4, "note": "Seen"}, format="json"
    )
    held.refresh_from_db()
    assert (api.status_code, list(api.json()["fields"]), held.verified_level) == (422, ["skill"], 3)
    late = signed_in(hr).post(page, given | {"key": "2", "level": 1})  # a second tab overwrites nothing unseen
    assert (late.status_code, list(late.context["form"].errors)) == (422, ["skill"])


def test_who_leads_or_heads_verifies_and_others_do_not(staff, site, lead, head, hr, executive, finance, stranger, java):
    colleague = AssignmentFactory(site=site, person=UserFactory()).person
    claim(staff, java)

    def may(user):
        try:
            qualifications.verify_skill(staff, skill=java, level=3, note="Seen", by=user, now=NOON)
        except NotAllowed:
            return False
        return True

    assert [may(user) for user in (lead, head, hr, executive, finance, colleague, stranger)] == [
        True, True, True, False, False, False, False,
    ]  # fmt: skip


def test_claim_and_check_both_need_words(staff, lead, java):
    with pytest.raises(PolicyBroken) as refused:
        claim(staff, java, evidence="  ")
    assert list(refused.value.fields) == ["evidence"]
    with pytest.raises(PolicyBroken) as refused:
        qualifications.verify_skill(staff, skill=java, level=3, note=" ", by=lead, now=NOON)
    assert list(refused.value.fields) == ["note"]


def test_a_claim_sent_twice_is_stored_once_and_only_by_oneself(staff, lead, java, signed_in):
    page = reverse("person_claim", args=[staff.pk])
    form = signed_in(staff).get(page).context["form"]
    given = {"key": form["key"].value(), "skill": java.pk, "level": "4", "evidence": "Two projects"}

    assert [signed_in(staff).post(page, given).status_code for _turn in range(2)] == [302, 302]
    assert signed_in(lead).post(page, given).status_code == 403
    assert [(one.claimed_level, one.verified_level) for one in PersonSkill.objects.all()] == [(4, None)]
    assert Event.objects.filter(verb=qualifications.CLAIMED).count() == 1


# --- Certificates -------------------------------------------------------------------------------------


@pytest.mark.clause("2.1.2")
@pytest.mark.parametrize(
    ("issued_on", "expires_on", "field"),
    [
        (date(2025, 3, 1), date(2025, 2, 28), "expires_on"),
        (date(2099, 1, 1), None, "issued_on"),
    ],
)
def test_dates_that_cannot_be_are_refused_beside_their_field(issued_on, expires_on, field, staff, pmp, signed_in):
    page = reverse("person_certificate", args=[staff.pk])
    form = signed_in(staff).get(page).context["form"]
    given = {"key": form["key"].value(), "kind": pmp.pk, "number": "77", "issued_on": issued_on}
    sent = signed_in(staff).post(page, given | ({"expires_on": expires_on} if expires_on else {}))

    assert (sent.status_code, list(sent.context["form"].errors)) == (422, [field])
    assert (sent.context["form"]["number"].value(), Certificate.objects.count()) == ("77", 0)


def test_the_same_certificate_is_entered_once(staff, pmp):
    certificate(staff, pmp)
    with pytest.raises(PolicyBroken) as refused:
        certificate(staff, pmp)
    assert {name: str(words) for name, words in refused.value.fields.items()} == {
        "number": "This certificate is entered already."
    }


@pytest.mark.clause("2.1.2")
def test_a_certificate_is_sealed_looked_at_verified_and_withdrawn(staff, lead, stranger, pmp, signed_in):
    paper = certificate(staff, pmp, files=[("pmp.heic", picture("HEIF"))])
    file = Attachment.objects.about(paper).get()
    with file.file.open("rb") as stored:
        assert stored.read().startswith(encryption.MARK)
    assert [signed_in(who).get(paper.get_absolute_url()).status_code for who in (lead, stranger)] == [200, 404]
    assert [signed_in(who).post(file.get_absolute_url()).status_code for who in (lead, stranger)] == [200, 404]

    assert (
        signed_in(lead).post(reverse("certificate_verify", args=[paper.pk]), {"note": "Looked up"}).status_code == 302
    )
    assert signed_in(lead).post(reverse("certificate_withdraw", args=[paper.pk]), {"reason": "No"}).status_code == 403
    withdraw = reverse("certificate_withdraw", args=[paper.pk])
    assert [signed_in(staff).post(withdraw, {"reason": words}).status_code for words in (" ", "Lost", "Again")] == [
        422, 302, 409,
    ]  # fmt: skip
    paper.refresh_from_db()
    assert (paper.verified_by, paper.status) == (lead, "withdrawn")
    with pytest.raises(WrongState):
        qualifications.verify_certificate(paper, by=lead, now=NOON)


def test_two_verify_the_same_certificate_and_one_is_told(staff, lead, hr, pmp):
    paper, same = certificate(staff, pmp), Certificate.objects.get()
    qualifications.verify_certificate(paper, by=lead, now=NOON)
    with pytest.raises(WrongState, match="verified already"):
        qualifications.verify_certificate(same, by=hr, now=NOON)


# --- What runs out ------------------------------------------------------------------------------------


@pytest.fixture
def running_out(staff, pmp):
    """One runs out in 20 days; another in 10, but its newer one is there; a third in a year."""
    day = timezone.localdate()
    soon = certificate(staff, pmp, number="soon", expires_on=day + timedelta(days=20))
    welder = CertificateKind.objects.create(name="Welder")
    certificate(staff, welder, number="old", expires_on=day + timedelta(days=10))
    certificate(staff, welder, number="new", expires_on=day + timedelta(days=365))
    return soon


@pytest.mark.clause("2.1.2")
def test_what_runs_out_stands_in_the_list_and_on_hrs_home(running_out, hr, lead, staff, signed_in):
    wanted = f"{reverse('certificates')}?state=60"
    rows = [list(signed_in(who).get(wanted).context["table"].data) for who in (hr, lead)]
    assert rows == [[running_out], [running_out]]
    assert signed_in(staff).get(wanted).status_code == 403
    home = [signed_in(who).get("/").content.decode() for who in (hr, lead)]
    assert ["1 certificate runs out within 60 days" in page for page in home] == [True, False]
    exported = b"".join(signed_in(hr).get(f"{wanted}&export=csv").streaming_content).decode()
    assert [line.split(",")[3] for line in exported.splitlines()] == ["Number", "soon"]


def test_a_lead_finds_only_those_of_their_sites(running_out, pmp, stranger, lead, signed_in):
    certificate(stranger, pmp, number="theirs")
    page = signed_in(lead).get(reverse("certificates"))
    assert {one.number for one in page.context["table"].data} == {"soon", "old", "new"}


def test_lists_ask_the_same_for_one_and_for_thirty(hr, pmp, java, signed_in):
    def fill(count):
        for person in UserFactory.create_batch(count):
            certificate(person, pmp)
            claim(person, java)

    counts = []
    browser = signed_in(hr)
    for more in (1, 12):
        fill(more)
        with CaptureQueriesContext(connection) as asked:
            browser.get(reverse("certificates"))
            browser.get(reverse("person_skills"))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_skills_that_wait_to_be_verified_are_found(hr, staff, lead, java, signed_in):
    claim(staff, java, level=4)
    page = reverse("person_skills")
    browser = signed_in(hr)

    def rows(query):
        return [one.person for one in browser.get(f"{page}?{query}").context["table"].data]

    assert (rows("state=waiting"), rows("state=verified"), rows("level=5")) == ([staff], [], [])
    qualifications.verify_skill(staff, skill=java, level=4, note="Seen", by=lead, now=NOON)
    assert (rows("state=waiting"), rows("state=verified"), rows("q=staff"), rows("q=jav"), rows("q=cobol")) == (
        [], [staff], [staff], [staff], [],
    )  # fmt: skip


# --- Earlier work and the story -----------------------------------------------------------------------


def test_earlier_work_is_kept_by_the_person_or_hr(staff, hr, lead, signed_in):
    page = reverse("person_work", args=[staff.pk])
    key = signed_in(staff).get(page).context["form"]["key"].value()
    given = {"key": key, "employer": "Old firm", "position": "Tester", "since": "2019-03-01", "until": "2018-01-01"}

    refused = signed_in(staff).post(page, given)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["until"])
    assert signed_in(staff).post(page, given | {"until": "2021-01-01"}).status_code == 302
    assert signed_in(lead).post(page, given).status_code == 403
    work = WorkHistory.objects.get()
    assert (
        signed_in(hr).post(reverse("work_history_edit", args=[work.pk]), given | {"until": "2022-01-01"}).status_code
        == 302
    )
    work.refresh_from_db()
    assert (work.employer, work.until) == ("Old firm", date(2022, 1, 1))
    assert signed_in(lead).post(reverse("work_history_remove", args=[work.pk])).status_code == 403
    assert signed_in(staff).post(reverse("work_history_remove", args=[work.pk])).status_code == 302
    assert not WorkHistory.objects.exists()


@pytest.fixture
def life(staff, lead, java, pmp):
    """Somebody with a posting, a skill, a certificate and earlier work."""
    User.objects.filter(pk=staff.pk).update(hired_on=date(2022, 5, 1))
    Assignment.objects.filter(person=staff).update(since=date(2023, 1, 1))
    claim(staff, java)
    qualifications.verify_skill(staff, skill=java, level=3, note="Watched", by=lead, now=NOON)
    certificate(staff, pmp, expires_on=date(2025, 6, 1))
    WorkHistory.objects.create(person=staff, employer="Old firm", position="Tester", since=date(2019, 3, 1))
    staff.refresh_from_db()
    return staff


def test_one_page_tells_the_whole_story(life, lead, signed_in):
    told = [(passage.on, passage.title) for passage in story.story_of(life, reader=lead)]
    assert told == [
        (TODAY, "Java verified: 3 · works independently"),
        (date(2025, 6, 1), "Certificate ran out: PMP"),
        (date(2025, 1, 10), "Certificate: PMP"),
        (date(2023, 1, 1), "Began at Harbour"),
        (date(2022, 5, 1), "Joined the company"),
        (date(2019, 3, 1), "Old firm"),
    ]
    page = signed_in(life).get(reverse("person_story", args=[life.pk])).content.decode()
    assert all(title in page for _on, title in told)
    assert "The story so far" in signed_in(life).get(life.get_absolute_url()).content.decode()


def test_a_colleague_reads_nothing_of_it(life, site, stranger, signed_in):
    colleague = AssignmentFactory(site=site, person=UserFactory()).person
    page = signed_in(colleague).get(life.get_absolute_url()).content.decode()
    hidden = ("Java", "PMP", "Old firm", "Watched", "For those who answer for them")
    assert (story.story_of(life, reader=colleague), [word for word in hidden if word in page]) == ([], [])
    assert signed_in(stranger).get(reverse("person_story", args=[life.pk])).status_code == 404
