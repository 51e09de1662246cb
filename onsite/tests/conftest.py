"""The standing cast of the apps' stories, for stories that cross them."""

from apps.conftest import (  # noqa: F401 (fixtures)
    administrator,
    assignment,
    contact,
    deputy,
    executive,
    finance,
    head,
    hr,
    lead,
    other_site,
    provider,
    signed_in,
    site,
    staff,
    stranger,
    test_world,
)
from onsite.tests.browser import company, visit  # noqa: F401 (fixtures)
