"""The pages: who opens which, what stands on them, and what they cost."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core import web
from apps.core.lookups import PersonField
from apps.core.obligations import Obligation
from apps.personnel import actions
from apps.personnel.models import Assignment, Client, ClientContact, Department, Holiday, Project, Site, User
from apps.personnel.tests.factories import (
    AssignmentFactory,
    ClientContactFactory,
    ClientFactory,
    DepartmentFactory,
    HolidayFactory,
    ProjectFactory,
    SiteFactory,
    UserFactory,
)

LISTS = ["people", "clients", "contacts", "sites", "assignments", "departments", "projects", "holidays"]
HR_ONLY = ["departments", "projects", "holidays"]
FORMS = ["person_new", "client_new", "contact_new", "site_new", "assignment_new", "departments_new", "holidays_new"]


def promise(owner, site, **more):
    """An open promise, late unless told otherwise."""
    now = timezone.now()
    return Obligation.objects.create(
        kind="test",
        subject_type=ContentType.objects.get_for_model(Site),
        subject_id=site.pk,
        title=more.pop("title", "Answer the client"),
        url="/",
        site=site,
        owner=owner,
        period=more.pop("period", "2026-11"),
        opened_at=now - timezone.timedelta(days=2),
        due_at=more.pop("due_at", now - timezone.timedelta(days=1)),
        **more,
    )


@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens_for_hr_and_exports(name, hr, staff, contact, signed_in):
    HolidayFactory()
    ProjectFactory()
    browser = signed_in(hr)
    assert browser.get(reverse(name)).status_code == 200
    assert browser.get(reverse(name), {"q": "Harbour"}, headers={"HX-Request": "true"}).status_code == 200
    assert browser.get(reverse(name), {"export": "csv"}).status_code == 200
    assert browser.get(reverse(name), {"export": "xlsx"}).status_code == 200


@pytest.mark.parametrize("name", HR_ONLY)
def test_registers_are_hrs(name, staff, lead, finance, signed_in):
    for who in (staff, lead, finance):
        assert signed_in(who).get(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", FORMS)
def test_forms_open_for_hr_alone(name, hr, staff, lead, administrator, signed_in):
    assert signed_in(hr).get(reverse(name)).status_code == 200
    for who in (staff, lead, administrator):
        assert signed_in(who).get(reverse(name)).status_code == 403


def test_what_a_stranger_may_not_see_does_not_exist(stranger, site, staff, contact, assignment, signed_in):
    browser = signed_in(stranger)
    for thing in (site, site.client, staff, contact, assignment):
        address = thing.get_absolute_url()
        assert browser.get(address).status_code == 404, address
        assert browser.get(f"{address}edit/").status_code == 404, address
    for action in ("arrive", "end", "cancel"):
        assert browser.post(f"{assignment.get_absolute_url()}{action}/").status_code == 404


def test_colleagues_see_each_other_but_do_not_keep_the_records(staff, site, assignment, lead, contact, signed_in):
    browser = signed_in(lead)
    for thing in (site, site.client, staff, contact, assignment):
        address = thing.get_absolute_url()
        assert browser.get(address).status_code == 200, address
        assert browser.get(f"{address}edit/").status_code == 403, address
    assert browser.get(reverse("person_roles", args=[staff.pk])).status_code == 403
    assert browser.get(reverse("person_deactivate", args=[staff.pk])).status_code == 403


def test_refused_buttons_say_why(staff, lead, signed_in):
    page = signed_in(lead).get(staff.get_absolute_url()).content.decode()
    assert "Only HR keeps these records." in page
    assert "Only an administrator gives roles and closes accounts." in page


def test_a_persons_page_shows_only_the_promises_that_the_reader_may_see(staff, site, other_site, lead, hr, signed_in):
    promise(staff, site, title="Promise at the harbour")
    promise(staff, other_site, title="Promise elsewhere")
    seen_by_lead = signed_in(lead).get(staff.get_absolute_url()).content.decode()
    assert "Promise at the harbour" in seen_by_lead
    assert "Promise elsewhere" not in seen_by_lead
    assert "Promise elsewhere" in signed_in(hr).get(staff.get_absolute_url()).content.decode()


def test_the_history_of_an_account_is_for_its_owner_and_hr(staff, lead, hr, signed_in):
    actions.update_person(staff, by=hr, now=timezone.now(), title="Fitter")
    assert signed_in(hr).get(staff.get_absolute_url()).context["history"][0].verb == "record_changed"
    assert signed_in(staff).get(staff.get_absolute_url()).context["history"]
    assert signed_in(lead).get(staff.get_absolute_url()).context["history"] is None


def test_a_site_at_a_glance(site, staff, lead, contact, other_site, stranger, signed_in):
    promise(staff, site)
    promise(staff, site, period="b", breached_at=timezone.now() - timezone.timedelta(days=1))
    promise(stranger, other_site, title="Elsewhere's promise")
    page = signed_in(lead).get(site.get_absolute_url())
    assert [page.context[name] for name in ("promise_count", "late_count", "breach_count")] == [2, 2, 1]
    assert [one.person for one in page.context["people"]] == [staff]
    assert list(page.context["contacts"]) == [contact]
    assert "Elsewhere's promise" not in page.content.decode()


def test_others_add_their_parts_to_a_page(site, lead, signed_in, monkeypatch):
    monkeypatch.setattr(web, "PANELS", {})

    @web.panel("site_tiles", 20)
    def second(request, thing):
        return "components/stat.html", {"label": "Second", "value": thing.code, "tone": "info"}

    @web.panel("site_tiles", 10)
    def first(request, thing):
        return "components/stat.html", {"label": "First", "value": request.user.name, "tone": "info"}

    @web.panel("site", 10)
    def none(request, thing):
        return None

    page = signed_in(lead).get(site.get_absolute_url()).content.decode()
    assert page.index("First") < page.index(lead.name, page.index("First")) < page.index("Second")


def test_the_list_hides_who_left_until_asked(hr, signed_in):
    gone = UserFactory(name="Gone Gao", is_active=False)
    browser = signed_in(hr)

    def names(**filters):
        return [row.record.name for row in browser.get(reverse("people"), filters).context["table"].rows]

    assert gone.name not in names()
    assert names(state="left") == [gone.name]
    assert set(names(state="all")) == {gone.name, hr.name}


def test_people_are_found_by_name_number_pinyin_department_role_and_site(hr, site, staff, lead, stranger, signed_in):
    zeng = UserFactory(name="曾小明", number="A-77", department=DepartmentFactory(name="Piping"))
    browser = signed_in(hr)

    def found(**filters):
        return {row.record for row in browser.get(reverse("people"), filters).context["table"].rows}

    assert found(q="小明") == {zeng}
    assert found(q="A-77") == {zeng}
    assert found(q="zengxiao") == {zeng}
    assert found(q="zeng xiao") == {zeng}
    assert found(department=zeng.department.pk) == {zeng}
    assert found(role="hr") == {hr}
    assert found(site=site.pk) == {staff, lead}


def test_people_stand_in_the_order_of_their_surnames_pinyin(hr, signed_in):
    for name in ("曾志伟", "单雄信", "仇英", "王芳", "Adam Smith", "陈伟", "解晓东"):
        UserFactory(name=name)
    table = signed_in(hr).get(reverse("people")).context["table"]
    assert [row.record.name for row in table.rows] == [
        "Adam Smith",
        "陈伟",
        "HR Wang",
        "仇英",
        "单雄信",
        "王芳",
        "解晓东",
        "曾志伟",
    ]


def test_a_list_does_not_tell_where_somebody_is_at_places_the_reader_does_not_know(staff, lead, site, signed_in):
    secret = SiteFactory(name="Secret place")
    colleague = AssignmentFactory(site=site, person=UserFactory(name="Colleague Xu")).person
    site_of_colleague = Site.objects.get(pk=secret.pk)
    site_of_colleague.deputy = colleague
    site_of_colleague.save()
    page = signed_in(staff).get(reverse("people")).content.decode()
    assert "Colleague Xu" in page
    assert "Harbour" in page
    assert "Secret place" not in page


def more_rows(name: str, numbers: range, site) -> None:
    """Rows that stand in a list, each with all that its columns show."""
    for number in numbers:
        match name:
            case "people" | "assignments" | "sites":
                AssignmentFactory(
                    site=SiteFactory(deputy=UserFactory()),
                    person=UserFactory(department=DepartmentFactory(), roles=["finance"]),
                    project=ProjectFactory(),
                )
            case "clients":
                SiteFactory(client=ClientFactory())
            case "contacts":
                ClientContactFactory(sites=[SiteFactory()])
            case "departments":
                DepartmentFactory(parent=DepartmentFactory())
            case "projects":
                ProjectFactory()
            case "holidays":
                HolidayFactory(day=timezone.localdate() + timezone.timedelta(days=number), country="", site=site)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_queries_for_1_and_20_rows(name, hr, site, signed_in):
    browser = signed_in(hr)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            response = browser.get(reverse(name))
        return len(queries), len(response.context["table"].rows)

    more_rows(name, range(1), site)
    browser.get(reverse(name))
    first, few = cost()
    more_rows(name, range(1, 20), site)
    second, many = cost()
    assert many >= few + 19
    assert first == second


@pytest.mark.parametrize("kind", ["person", "site", "client", "contact"])
def test_a_detail_page_costs_the_same_for_more_rows(kind, hr, site, staff, contact, signed_in):
    thing = {"person": staff, "site": site, "client": site.client, "contact": contact}[kind]
    browser = signed_in(hr)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(thing.get_absolute_url()).status_code == 200
        return len(queries)

    promise(staff, site)
    browser.get(thing.get_absolute_url())
    before = cost()
    for number in range(5):
        AssignmentFactory(site=site)
        promise(staff, site, period=str(number), breached_at=timezone.now())
        contact.sites.add(SiteFactory(client=site.client))
        ClientContactFactory(client=site.client, sites=[site])
    assert cost() == before


def test_hr_adds_and_changes_a_record_of_each_kind(hr, site, head, signed_in):
    browser = signed_in(hr)

    def post(page, args=(), **data):
        response = browser.post(reverse(page, args=args), data)
        assert response.status_code == 302, response.context["form"].errors
        return response

    post("client_new", name="Eastern Steel", code="ES", note="")
    client = Client.objects.get(code="ES")
    post("client_edit", [client.pk], name="Eastern Steel Ltd", code="ES", note="")
    place = {"code": "ES1", "client": client.pk, "department": site.department.pk, "city": "Wuhan", "country": "CN"}
    post("site_new", name="Mill", time_zone="Asia/Shanghai", lead=f"x <{head.email}>", active="on", **place)
    mill = Site.objects.get(code="ES1")
    assert mill.lead == head
    post("site_edit", [mill.pk], name="Mill 1", time_zone="Asia/Shanghai", deputy=head.number, active="on", **place)
    mill.refresh_from_db()
    assert (mill.name, mill.lead, mill.deputy) == ("Mill 1", None, head)
    post("contact_new", client=client.pk, name="Mr Li", email="li@es.example", sites=[mill.pk], active="on")
    assert list(ClientContact.objects.get(name="Mr Li").sites.all()) == [mill]
    post("departments_new", name="Commissioning", head=head.number, parent=site.department.pk)
    assert Department.objects.get(name="Commissioning").head == head
    post("projects_new", name="Revamp", code="R1", client=client.pk, begins_on="2026-01-01", ends_on="")
    project = Project.objects.get(code="R1")
    post("projects_edit", [project.pk], name="Revamp 2", code="R1", client=client.pk, begins_on="", ends_on="")
    post("holidays_new", day="2026-12-24", name="Plant closed", country="", site=mill.pk)
    assert Holiday.objects.get(site=mill).name == "Plant closed"
    post("person_new", name="李娜", email="Li.Na@Example.com", language="zh-hans", time_zone="Asia/Shanghai")
    person = User.objects.get(email="li.na@example.com")
    post(
        "assignment_new",
        person=person.email,
        site=mill.pk,
        position="Welder",
        since="2026-11-01",
        project=project.pk,
        reason="Knows it",
    )
    assert Assignment.objects.get(person=person).site == mill


@pytest.mark.parametrize(
    ("name", "data", "field"),
    [
        ("client_new", {"name": "Harbour Group", "code": "HG"}, "name"),
        ("projects_new", {"name": "P", "code": "P", "begins_on": "2026-02-01", "ends_on": "2026-01-01"}, "client"),
        ("holidays_new", {"day": "2026-12-24", "name": "x", "country": "CN", "site": "SITE"}, "country"),
        ("holidays_new", {"day": "2026-12-24", "name": "x"}, "country"),
        ("person_new", {"name": "X", "email": "HR@example.com", "language": "en", "time_zone": "Mars"}, "time_zone"),
        ("departments_new", {"name": ""}, "name"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_input_is_kept(name, data, field, hr, site, signed_in):
    ClientFactory(name="Harbour Group")
    data = {key: site.pk if value == "SITE" else value for key, value in data.items()}
    response = signed_in(hr).post(reverse(name), data)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert response.context["form"].data[list(data)[0]] == str(list(data.values())[0])


def test_a_department_never_belongs_to_one_below_it(hr, signed_in):
    top = DepartmentFactory(name="Top")
    low = DepartmentFactory(name="Low", parent=DepartmentFactory(name="Middle", parent=top))
    response = signed_in(hr).post(reverse("departments_edit", args=[top.pk]), {"name": "Top", "parent": low.pk})
    assert response.status_code == 422
    assert "parent" in response.context["form"].errors


def test_search_finds_what_the_person_may_see(hr, stranger, staff, site, contact):
    def hits(user, words):
        return {hit.url for _label, find in web.SEARCHES for hit in find(user, words, 6)}

    assert site.get_absolute_url() in hits(hr, "harb")
    assert staff.get_absolute_url() in hits(hr, "staff ch")
    assert contact.get_absolute_url() in hits(hr, "ms cl")
    assert site.client.get_absolute_url() in hits(hr, site.client.name)
    for words in ("harb", "staff ch", "ms cl", site.client.name):
        assert not hits(stranger, words), words


def test_a_new_contact_starts_with_its_client_and_offers_that_clients_sites(hr, site, other_site, signed_in):
    browser = signed_in(hr)
    page = browser.get(reverse("contact_new"), {"client": site.client.pk})
    assert list(page.context["form"].fields["sites"].queryset) == [site]
    assert "sites" not in browser.get(reverse("contact_new")).context["form"].fields
    assert browser.get(reverse("contact_new"), {"client": "x"}).status_code == 200
    assert browser.get(reverse("assignment_new"), {"person": "9" * 30, "site": "x"}).status_code == 200


def test_a_register_speaks_of_yes_and_no_and_of_a_code_that_is_taken(hr, site, signed_in):
    HolidayFactory(name="Spring", day=date(2026, 2, 17))
    HolidayFactory(name="Make-up", day=date(2026, 2, 14), working=True)
    browser = signed_in(hr)
    page = browser.get(f"{reverse('holidays')}?working=1")
    assert [one.name for one in page.context["table"].data] == ["Make-up"]
    assert '<option value="">Make-up working day</option>' in page.content.decode()
    exported = b"".join(browser.get(f"{reverse('holidays')}?export=csv").streaming_content).decode()
    assert "True" not in exported
    assert {"Yes", "No"} <= set(exported.replace("\r\n", ",").split(","))
    shown = browser.get(reverse("holidays_new"))
    assert "Holiday" in str(shown.context["title"])
    values = {"name": "Second", "code": site.code, "client": site.client_id, "department": site.department_id}
    more = {"city": "Wuxi", "time_zone": "Asia/Shanghai", "country": "CN", "active": "on"}
    refused = browser.post(reverse("site_new"), values | more)
    assert refused.context["form"].errors["code"] == ["This is taken already."]


def test_finance_finds_clients_in_the_menu(db, signed_in):
    assert reverse("clients") in signed_in(UserFactory(roles=["finance"])).get("/").content.decode()
    assert reverse("clients") not in signed_in(UserFactory(roles=["executive"])).get("/").content.decode()


@pytest.mark.parametrize(("name", "factory"), [("sites", SiteFactory), ("contacts", ClientContactFactory)])
def test_a_list_shows_only_what_is_in_use_or_only_what_is_not(name, factory, hr, signed_in):
    kept, gone = factory(), factory(active=False)
    browser = signed_in(hr)
    for wanted, there, hidden in (("1", kept, gone), ("0", gone, kept)):
        rows = list(browser.get(f"{reverse(name)}?active={wanted}").context["table"].data)
        assert there in rows
        assert hidden not in rows


# --- Two people at one record -------------------------------------------------------------------------


def as_typed(form) -> dict:
    """What the browser would send of a form that nobody has touched."""
    fields = {
        bound.name: bound.field.words(bound.value()) if isinstance(bound.field, PersonField) else bound.value()
        for bound in form
    }
    return {name: value for name, value in fields.items() if value not in (None, False, "")}


def test_what_somebody_else_changed_meanwhile_stays_changed(hr, site, signed_in):
    browser, address = signed_in(hr), reverse("site_edit", args=[site.pk])
    stale = as_typed(browser.get(address).context["form"])
    fresh = as_typed(browser.get(address).context["form"])

    assert browser.post(address, fresh | {"city": "Wuhan"}).status_code == 302
    assert browser.post(address, stale | {"address": "Gate 4"}).status_code == 302

    site.refresh_from_db()
    assert (site.city, site.address) == ("Wuhan", "Gate 4")


def test_whoever_changes_the_same_field_is_told_and_decides(hr, site, signed_in):
    browser, address = signed_in(hr), reverse("site_edit", args=[site.pk])
    stale = as_typed(browser.get(address).context["form"])
    actions.update_site(site, city="Wuhan", address="Gate 4", by=hr, now=timezone.now())

    asked = browser.post(address, stale | {"city": "Chengdu"})
    form = asked.context["form"]
    assert (asked.status_code, list(form.errors)) == (422, ["city"])
    assert "Wuhan" in form.errors["city"][0]
    assert form["city"].value() == "Chengdu"
    site.refresh_from_db()
    assert site.city == "Wuhan"

    assert browser.post(address, stale | {"city": "Chengdu", "seen": form["seen"].value()}).status_code == 302
    site.refresh_from_db()
    assert (site.city, site.address) == ("Chengdu", "Gate 4")


def test_the_sites_of_a_contact_are_kept_the_same_way(hr, contact, site, signed_in):
    browser, address = signed_in(hr), reverse("contact_edit", args=[contact.pk])
    stale = as_typed(browser.get(address).context["form"])
    other = SiteFactory(client=site.client)
    contact.sites.add(other)

    assert browser.post(address, stale | {"title": "Head of hall"}).status_code == 302

    contact.refresh_from_db()
    assert (contact.title, set(contact.sites.all())) == ("Head of hall", {site, other})


def test_a_register_keeps_it_the_same_way_and_refuses_nonsense(hr, site, signed_in):
    project = ProjectFactory(client=site.client)
    browser, address = signed_in(hr), reverse("projects_edit", args=[project.pk])
    stale = as_typed(browser.get(address).context["form"])
    type(project).objects.filter(pk=project.pk).update(code="NEW")

    assert browser.post(address, stale | {"name": "Renamed"}).status_code == 302
    project.refresh_from_db()
    assert (project.name, project.code) == ("Renamed", "NEW")
    for nonsense in ("{", "[1]", "7", '"x"', "null"):
        assert browser.post(address, stale | {"seen": nonsense}).status_code in (302, 422)


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("http://testserver/enquiries/7/?round=2#write", "/enquiries/7/?round=2"),
        ("http://evil.example/enquiries/7/", "/"),
        ("", "/"),
    ],
)
def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(db, client, came_from, back):
    answer = client.post("/enquiries/7/reopen/", headers={"referer": came_from})
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.url).query)["next"] == [back]
    assert "Sign in and send it again" in client.get(answer.url).content.decode()
