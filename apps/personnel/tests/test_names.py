"""Names stand in the order in which people look for them: by pinyin, 曾 under z, 单 under s."""

import re

import pytest
from django.urls import reverse

from apps.personnel.models import Client, Department, Project, Site
from apps.personnel.tests.factories import ClientFactory, DepartmentFactory, ProjectFactory, SiteFactory, UserFactory

NAMES = ["曾家桥", "Midtown", "比亚迪", "单县", "阿里", "临港"]
SORTED = ["阿里", "比亚迪", "临港", "Midtown", "单县", "曾家桥"]
FACTORIES = {Client: ClientFactory, Department: DepartmentFactory, Project: ProjectFactory, Site: SiteFactory}


def names_on(page: str) -> list[str]:
    """Which of the names stand on a page, in their order in the table."""
    table = page[page.index("<tbody") :]
    return list(dict.fromkeys(re.findall("|".join(NAMES), re.sub("<[^>]*>", " ", table))))


@pytest.mark.django_db
@pytest.mark.parametrize("model", FACTORIES)
def test_rows_come_by_their_letters(model):
    for name in NAMES:
        FACTORIES[model](name=name)
    assert [one.name for one in model.objects.filter(name__in=NAMES)] == SORTED


@pytest.mark.django_db
def test_rows_that_were_loaded_in_bulk_are_sorted_as_well():
    Client.objects.bulk_create(Client(name=name, code=str(index)) for index, name in enumerate(NAMES))
    assert list(Client.objects.values_list("name", flat=True)) == SORTED


@pytest.mark.django_db
def test_a_new_name_takes_its_new_place_however_it_is_saved():
    person, client = UserFactory(name="曾明"), ClientFactory(name="曾家桥")
    person.name, client.name = "阿明", "阿里"
    person.save(update_fields=["name"])
    client.save(update_fields=["name"])
    person.refresh_from_db()
    client.refresh_from_db()
    assert (person.name_sort, person.name_letters, client.name_sort) == ("a ming", "aming", "a li")


@pytest.mark.parametrize(
    ("address", "factory"), [("sites", SiteFactory), ("clients", ClientFactory), ("projects", ProjectFactory)]
)
def test_the_lists_and_their_headings_sort_so(address, factory, hr, signed_in):
    for name in NAMES:
        factory(name=name)
    browser = signed_in(hr)
    assert names_on(browser.get(reverse(address)).content.decode()) == SORTED
    assert names_on(browser.get(reverse(address), {"sort": "-name"}).content.decode()) == SORTED[::-1]


def test_the_api_sorts_so_when_asked_by_name(hr, signed_in):
    for name in NAMES:
        SiteFactory(name=name)
    rows = signed_in(hr).get("/api/v1/sites/", {"ordering": "-name"}).json()["results"]
    assert [row["name"] for row in rows] == SORTED[::-1]
