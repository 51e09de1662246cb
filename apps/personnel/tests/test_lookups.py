"""Choosing a site, a client or a person: a select for few, a text box for many, never another's row."""

import pytest
from django import forms
from django.urls import reverse

from apps.core.lookups import FEW, LookupField, PersonField
from apps.personnel.models import Client, ClientContact, Department, Site, User
from apps.personnel.tests.factories import ClientContactFactory, SiteFactory, UserFactory

pytestmark = pytest.mark.django_db


class Choosing(forms.Form):
    site = LookupField(queryset=Site.objects.none(), required=False)
    person = PersonField(queryset=User.objects.none(), required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["site"].queryset = Site.objects.order_by("code")
        self.fields["person"].queryset = User.objects.all()


@pytest.fixture
def many(site):
    """More sites than a select shows."""
    Site.objects.bulk_create(
        Site(
            code=f"M{number:03}",
            name=f"Yard {number:03}",
            client=site.client,
            department=site.department,
            city="Ningbo",
        )
        for number in range(FEW)
    )


def chosen(**typed):
    form = Choosing(typed)
    return form.cleaned_data if form.is_valid() else form.errors.get_json_data()


def test_few_rows_are_a_select_and_many_a_text_box(site, many):
    drawn = Choosing(initial={"site": site}).as_p()
    assert f'value="{site.name} &lt;{site.code}&gt;"' in drawn
    assert reverse("site_suggest") in drawn
    assert "Yard" not in drawn

    Site.objects.filter(code__gte="M010").delete()
    assert f'<option value="{site.pk}" selected>' in Choosing(initial={"site": site}).as_p()


@pytest.mark.parametrize("typed", ["{pk}", "Somewhere <{code}>", "{name}"])
def test_a_site_is_named_by_id_code_or_name(site, typed):
    assert chosen(site=typed.format(pk=site.pk, code=site.code.lower(), name=site.name))["site"] == site


@pytest.mark.parametrize("typed", ["no such", "999999", "<X9>", "9" * 40, "a\x00b"])
def test_what_names_nothing_is_refused_and_stays_in_the_box(many, typed):
    form = Choosing({"site": typed})
    assert not form.is_valid()
    assert form["site"].value() == typed


def test_a_whole_name_wins_over_longer_ones(site, many):
    longer = SiteFactory(name="Yard 001 East")
    assert chosen(site="Yard 001")["site"].code == "M001"
    assert chosen(site="Yard 00")["site"][0]["code"] == "several"
    assert chosen(site="Yard 001 E")["site"] == longer


def test_an_id_outside_the_choice_never_becomes_another_row():
    hidden = SiteFactory()
    lookalike = SiteFactory(code=f"A{hidden.pk}")
    field = LookupField(queryset=Site.objects.filter(pk=lookalike.pk))
    with pytest.raises(forms.ValidationError):
        field.clean(str(hidden.pk))


def test_digits_name_a_person_by_number_not_by_id():
    first = UserFactory(number="700123")
    UserFactory(number=str(first.pk))
    assert chosen(person="700123")["person"] == first
    assert chosen(person=str(first.pk))["person"].number == str(first.pk)


def test_who_left_cannot_be_chosen():
    gone = UserFactory(is_active=False)
    assert chosen(person=f"{gone} <{gone.email}>")["person"][0]["code"] == "nobody"


def test_contacts_are_named_with_their_client(client):
    contact = ClientContactFactory()
    field = LookupField(ClientContact.objects.all())
    assert field.clean(f"whoever <{contact.pk}>") == contact
    assert field.label_from_instance(contact) == f"{contact.name} · {contact.client}"


@pytest.mark.parametrize("model", [Client, ClientContact, Site, User])
def test_only_what_one_may_see_is_offered(model, signed_in, lead, stranger, site, assignment):
    row = {
        Client: site.client,
        ClientContact: ClientContactFactory(client=site.client, sites=[site]),
        Site: site,
        User: lead,
    }[model]
    address = reverse(f"{model._meta.model_name}_suggest")
    seen = [str(row) in signed_in(one).get(address, {"x": row.name}).content.decode() for one in (lead, stranger)]
    assert seen == [True, False]
    assert signed_in(lead).get(address, {"x": " "}).content.strip() == b""


def test_a_list_of_many_sites_is_filtered_by_typing(many, hr, signed_in):
    browser = signed_in(hr)
    page = browser.get(reverse("assignments"), {"site": "Yard 007"}).content.decode()
    assert 'value="Yard 007"' in page
    assert "Yard 008" not in page
    assert not hasattr(Department, "lookup_key")  # few everywhere: always a select
