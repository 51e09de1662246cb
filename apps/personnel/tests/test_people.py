"""Accounts: opened and kept by HR, given roles and closed by an administrator."""

from datetime import date

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from apps.core.delivery import deliver
from apps.core.notifications import Notification
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState
from apps.personnel import actions
from apps.personnel.models import Client, Department, Site, User
from apps.personnel.names import sort_key
from apps.personnel.roles import Role
from apps.personnel.tests.factories import NOON, AssignmentFactory, SiteFactory, UserFactory


def verbs(thing) -> list[str]:
    return [event.verb for event in Event.objects.about(thing)]


def test_hr_opens_an_account_and_its_owner_is_told_once(hr):
    person = actions.add_person(name="曾小明", email=" Zeng@Example.com ", number="Z1", by=hr, now=NOON)
    assert (person.email, person.name_sort, person.has_usable_password()) == (
        "zeng@example.com",
        "zeng xiao ming",
        False,
    )
    assert verbs(person) == ["account_opened"]
    assert [note.kind for note in Notification.objects.of(person)] == ["account_opened"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "TAKEN@example.com"}, "email"),
        ({"number": "T1"}, "number"),
        ({"name": ""}, "name"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"email": "no address"}, "email"),
    ],
)
def test_what_is_wrong_with_a_person_is_said_beside_its_field(values, field, hr):
    UserFactory(email="taken@example.com", number="T1")
    with pytest.raises(PolicyBroken) as refused:
        actions.add_person(by=hr, now=NOON, **({"name": "A", "email": "a@example.com"} | values))
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1949, 12, 31), date(2126, 11, 1)])
def test_nobody_was_hired_before_1950_nor_will_be_in_a_hundred_years(day, hr):
    with pytest.raises(PolicyBroken) as refused:
        actions.add_person(by=hr, now=NOON, name="A", email="a@example.com", hired_on=day)
    assert list(refused.value.fields) == ["hired_on"]
    assert actions.add_person(by=hr, now=NOON, name="A", email="a@example.com", hired_on=date(1950, 1, 1)).pk


def test_a_change_names_each_field_before_and_after(hr, staff):
    actions.update_person(staff, by=hr, now=NOON, title="Fitter", phone=staff.phone)
    event = Event.objects.about(staff).get()
    assert (event.actor, event.data) == (hr, {"changes": {"title": ["", "Fitter"]}})
    actions.update_person(staff, by=hr, now=NOON, title="Fitter")
    assert Event.objects.about(staff).count() == 1


@pytest.mark.parametrize("who", ["staff", "lead", "head", "finance", "executive", "administrator"])
def test_only_hr_keeps_the_records(who, request, staff, site):
    user = request.getfixturevalue(who)
    for act in (
        lambda: actions.add_person(name="A", email="a@example.com", by=user, now=NOON),
        lambda: actions.update_person(staff, title="x", by=user, now=NOON),
        lambda: actions.add_client(name="A", code="A", by=user, now=NOON),
        lambda: actions.update_site(site, city="x", by=user, now=NOON),
        lambda: actions.dispatch_named(
            person=staff, site=site, position="x", since=NOON.date(), reason="x", by=user, now=NOON
        ),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_an_administrator_gives_and_takes_roles(administrator, staff):
    actions.set_roles(staff, [Role.HR, Role.FINANCE], by=administrator, now=NOON)
    assert staff.role_names == {Role.HR, Role.FINANCE, Role.STAFF}
    actions.set_roles(staff, [Role.HR], by=administrator, now=NOON)
    assert staff.role_names == {Role.HR, Role.STAFF}
    assert verbs(staff) == ["roles_set", "roles_set"]
    with pytest.raises(PolicyBroken):
        actions.set_roles(staff, [Role.LEAD], by=administrator, now=NOON)


@pytest.mark.parametrize("who", ["hr", "lead", "head", "staff", "executive"])
def test_nobody_else_gives_roles_or_closes_accounts(who, request, stranger):
    user = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        actions.set_roles(user, [Role.ADMINISTRATOR], by=user, now=NOON)
    with pytest.raises(NotAllowed):
        actions.close_account(stranger, by=user, now=NOON, reason="x")


def test_the_last_administrator_stays(administrator):
    with pytest.raises(PolicyBroken):
        actions.set_roles(administrator, [], by=administrator, now=NOON)
    second = UserFactory(roles=[Role.ADMINISTRATOR])
    actions.set_roles(administrator, [], by=second, now=NOON)
    assert administrator.is_staff is False
    with pytest.raises(PolicyBroken):
        actions.set_roles(second, [], by=second, now=NOON)


@pytest.mark.clause("2.2.2c")
def test_an_account_with_loose_ends_stays_open_and_each_is_named(administrator, staff, site):
    Obligation.objects.create(
        kind="test",
        subject_type=ContentType.objects.get_for_model(Site),
        subject_id=site.pk,
        title="Answer",
        url="/",
        owner=staff,
        opened_at=NOON,
        due_at=NOON,
        period="x",
    )
    SiteFactory(name="Mill", lead=staff)
    Department.objects.create(name="Piping", head=staff)
    with pytest.raises(PolicyBroken) as refused:
        actions.close_account(staff, by=administrator, now=NOON, reason="Left")
    reason = str(refused.value.verdict.reason)
    assert [word for word in ("open: 1", "Mill", "Piping", "Harbour") if word not in reason] == []
    staff.refresh_from_db()
    assert staff.is_active


def test_an_account_is_closed_with_a_reason_and_opened_again(administrator):
    person = UserFactory()
    with pytest.raises(PolicyBroken):
        actions.close_account(person, by=administrator, now=NOON, reason=" ")
    actions.close_account(person, by=administrator, now=NOON, reason="Left")
    assert (person.is_active, Event.objects.about(person).get().note) == (False, "Left")
    with pytest.raises(WrongState):
        actions.close_account(person, by=administrator, now=NOON, reason="Left")
    actions.reopen_account(person, by=administrator, now=NOON)
    assert (person.is_active, person.has_usable_password()) == (True, False)
    with pytest.raises(WrongState):
        actions.reopen_account(person, by=administrator, now=NOON)


def test_nobody_closes_their_own_account(administrator):
    with pytest.raises(NotAllowed):
        actions.close_account(administrator, by=administrator, now=NOON, reason="x")


@pytest.mark.parametrize(("given", "kept"), [("sg", "SG"), (" CN ", "CN")])
def test_a_holiday_calendar_is_known_by_its_country_code(hr, site, given, kept):
    assert actions.update_site(site, country=given, by=hr, now=NOON).country == kept
    with pytest.raises(PolicyBroken) as refused:
        actions.update_site(site, country="ZZ", by=hr, now=NOON)
    assert list(refused.value.fields) == ["country"]


def test_a_site_needs_two_people_as_lead_and_deputy_who_work_here(hr, site, lead):
    gone = UserFactory(is_active=False)
    for values, field in (({"deputy": lead}, "deputy"), ({"lead": gone}, "lead")):
        with pytest.raises(PolicyBroken) as refused:
            actions.update_site(site, by=hr, now=NOON, **values)
        assert list(refused.value.fields) == [field]


def test_a_mail_address_stands_for_one_active_contact(hr, contact, site):
    values = {"client": site.client, "name": "Other", "email": contact.email.upper(), "sites": [site]}
    with pytest.raises(PolicyBroken) as refused:
        actions.add_contact(by=hr, now=NOON, **values)
    assert list(refused.value.fields) == ["email"]
    actions.update_contact(contact, active=False, by=hr, now=NOON)
    other = actions.add_contact(by=hr, now=NOON, **values)
    with pytest.raises(PolicyBroken):
        actions.update_contact(contact, active=True, by=hr, now=NOON)
    assert (other.email, list(other.sites.all())) == (contact.email, [site])


def test_a_contact_stands_on_sites_of_the_own_client_only(hr, contact, other_site):
    with pytest.raises(PolicyBroken) as refused:
        actions.update_contact(contact, sites=[other_site], by=hr, now=NOON)
    assert list(refused.value.fields) == ["sites"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("曾志伟", "zeng zhi wei"),
        ("单雄信", "shan xiong xin"),
        ("仇英", "qiu ying"),
        ("尉迟恭", "yuchi gong"),
        ("王曾", "wang ceng"),
        ("José  Núñez", "jose nunez"),
    ],
)
def test_surnames_are_read_as_surnames(name, key):
    assert sort_key(name) == key


# --- Who sees whom ------------------------------------------------------------------------------------


@pytest.fixture
def world(site, other_site, staff, lead, deputy, head, hr, finance, executive, administrator, stranger, contact):
    """Two sites that know nothing of each other, and people who oversee both."""
    return {
        "site": site,
        "client": site.client,
        "contact": contact,
        "staff": staff,
        "assignment": staff.assignments.get(),
        "other": other_site,
        "stranger": stranger,
    }


SEES_ALL = ["hr", "executive", "administrator"]


@pytest.mark.parametrize("who", ["staff", "lead", "deputy", "head"])
def test_those_of_a_site_see_it_and_nothing_of_another(who, world, request):
    user = User.objects.get(pk=request.getfixturevalue(who).pk)
    assert list(Site.objects.visible_to(user)) == [world["site"]]
    assert list(Client.objects.visible_to(user)) == [world["client"]]
    assert list(world["contact"].__class__.objects.visible_to(user)) == [world["contact"]]
    assert world["stranger"] not in User.objects.visible_to(user)
    assert world["staff"] in User.objects.visible_to(user)
    assert list(world["assignment"].__class__.objects.visible_to(user)) == [world["assignment"]]


def test_a_colleagues_assignments_are_not_everybodys_business(world, site):
    colleague = AssignmentFactory(site=site).person
    seen = world["assignment"].__class__.objects.visible_to(colleague)
    assert [one.person for one in seen] == [colleague]
    assert world["staff"] in User.objects.visible_to(colleague)


@pytest.mark.parametrize("who", SEES_ALL)
def test_those_who_oversee_see_both_sites(who, world, request):
    user = request.getfixturevalue(who)
    assert set(Site.objects.visible_to(user)) == {world["site"], world["other"]}
    assert world["stranger"] in User.objects.visible_to(user)
    assert world["contact"].__class__.objects.visible_to(user).count() == 1
    assert world["assignment"].__class__.objects.visible_to(user).count() == 2


def test_finance_sees_people_and_sites_but_no_client_contacts(world, finance):
    assert Site.objects.visible_to(finance).count() == 2
    assert world["stranger"] in User.objects.visible_to(finance)
    assert world["contact"].__class__.objects.visible_to(finance).count() == 0


def test_who_overseees_sees_every_promise_and_others_only_their_sites(world, hr, lead, stranger, staff, site):
    promise = Obligation.objects.create(
        kind="test",
        subject_type=ContentType.objects.get_for_model(Site),
        subject_id=site.pk,
        title="Answer",
        url="/",
        owner=staff,
        site=site,
        opened_at=NOON,
        due_at=NOON,
        period="x",
    )
    seen = {who.name: list(Obligation.objects.visible_to(who)) for who in (hr, lead, staff, stranger)}
    assert seen == {hr.name: [promise], lead.name: [promise], staff.name: [promise], stranger.name: []}


def test_a_posting_that_ended_no_longer_opens_the_site(world, staff, lead):
    assignment = world["assignment"]
    actions.end(assignment, ended_on=assignment.since, reason="", returned=True, by=lead, now=timezone.now())
    assert list(Site.objects.visible_to(User.objects.get(pk=staff.pk))) == []


def test_whoever_signs_gets_another_mail_address_from_an_administrator_only(hr, administrator, head, lead, staff):
    """Else HR could take over the account of a head and sign in their place."""
    for person in (head, lead):
        with pytest.raises(PolicyBroken) as refused:
            actions.update_person(person, email="mine@example.com", by=hr, now=NOON)
        assert list(refused.value.fields) == ["email"]
        actions.update_person(person, email=f"new{person.pk}@example.com", by=administrator, now=NOON)
        assert User.objects.get(pk=person.pk).email == f"new{person.pk}@example.com"
    actions.update_person(staff, email="married@example.com", by=hr, now=NOON)
    with pytest.raises(NotAllowed):
        actions.update_person(staff, phone="13900000", by=administrator, now=NOON)


def test_the_old_address_is_told_of_the_new_one(hr, staff, mailoutbox):
    before = staff.email

    actions.update_person(staff, email="new@example.com", by=hr, now=NOON)
    deliver(now=NOON)

    assert [(mail.to, mail.subject) for mail in mailoutbox] == [
        ([before], f"{hr.name} changed the mail address of your account to new@example.com")
    ]


def test_the_history_says_what_was_changed(hr, staff):
    actions.update_person(staff, title="Doctor", phone="", by=hr, now=NOON)
    [event] = Event.objects.about(staff).filter(verb="record_changed")
    assert event.changes == [("job title", "–", "Doctor")]


@pytest.mark.parametrize("name", ["\u202e", "\u2066\u2069", "—", "\u202egpj.exe", "王\u200f\u202e芳"])
def test_a_name_is_something_one_can_read(name, hr):
    with pytest.raises(PolicyBroken) as refused:
        actions.add_person(by=hr, now=NOON, name=name, email="a@example.com")
    assert list(refused.value.fields) == ["name"]


def test_a_name_in_any_script_is_taken(hr):
    for number, name in enumerate(["שלום כהן", "Zoë O’Brien", "王芳", "محمد علي", "ナカムラ"]):
        assert actions.add_person(by=hr, now=NOON, name=name, email=f"a{number}@example.com").name == name


def test_a_client_is_entered_once_in_any_case(hr):
    actions.add_client(name="Acme", code="ACM", by=hr, now=NOON)
    with pytest.raises(PolicyBroken) as refused:
        actions.add_client(name="ACME", code="acm", by=hr, now=NOON)
    assert refused.value.fields == {"name": "This is taken already.", "code": "This is taken already."}


def test_a_site_in_use_stays_with_its_client(hr, assignment):
    site, other = assignment.site, SiteFactory().client
    with pytest.raises(PolicyBroken) as refused:
        actions.update_site(site, client=other, by=hr, now=NOON)
    assert list(refused.value.fields) == ["client"]
    fresh = SiteFactory()
    assert actions.update_site(fresh, client=other, by=hr, now=NOON).client == other
