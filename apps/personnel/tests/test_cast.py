"""The standing cast is what it says."""

import pytest
from django.utils import timezone

from apps.core.parameters import Parameter
from apps.core.transitions import Event, record
from apps.personnel.roles import Role
from apps.personnel.tests.factories import NOON, SiteFactory


def test_the_cast_stands_where_its_names_say(
    site, staff, lead, deputy, head, hr, finance, executive, administrator, stranger, other_site, contact
):
    assert [sorted(who.role_names) for who in (staff, lead, deputy, head, hr, finance, executive, administrator)] == [
        [Role.STAFF],
        [Role.LEAD],
        [Role.LEAD],
        [Role.HEAD],
        [Role.HR],
        [Role.FINANCE],
        [Role.EXECUTIVE],
        [Role.ADMINISTRATOR],
    ]
    assert list(stranger.assignments.values_list("site", flat=True)) == [other_site.pk]
    assert list(contact.sites.all()) == [site]
    assert NOON.strftime("%A") == "Wednesday"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", [1, 2])
def test_a_transactional_test_starts_empty_with_the_numbers_of_the_policy(round_):
    assert not Event.objects.exists()
    assert Parameter.objects.exists()
    record(SiteFactory(), "seen", by=None, now=timezone.now())
