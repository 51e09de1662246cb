"""The standing cast of every story, and what tests need of files and passwords."""

import pytest
from django.test import Client as Browser
from django.utils import translation

from apps.personnel.roles import Role
from apps.personnel.tests.company_provider import provider  # noqa: F401 (a fixture)
from apps.personnel.tests.factories import (
    AssignmentFactory,
    ClientContactFactory,
    SiteFactory,
    UserFactory,
)


@pytest.fixture(autouse=True)
def test_world(settings, tmp_path):
    """Files in a folder of the test, passwords hashed quickly, words in English."""
    settings.MEDIA_ROOT = str(tmp_path / "files")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    with translation.override("en"):
        yield


@pytest.fixture
def signed_in():
    """`signed_in(user)`: a browser with this person's session."""

    def sign_in(user) -> Browser:
        browser = Browser()
        browser.force_login(user)
        return browser

    return sign_in


# --- The standing cast --------------------------------------------------------------------------------


@pytest.fixture
def site(db):
    """A site with lead and department head; `staff` works there."""
    return SiteFactory(name="Harbour", code="HB")


@pytest.fixture
def other_site(db):
    """Another site of another client, department and lead; `stranger` works there."""
    return SiteFactory(name="Elsewhere", code="EW")


@pytest.fixture
def assignment(site):
    """The posting of `staff` at `site`."""
    return AssignmentFactory(site=site, person=UserFactory(name="Staff Chen"))


@pytest.fixture
def staff(assignment):
    return assignment.person


@pytest.fixture
def lead(site):
    return site.lead


@pytest.fixture
def deputy(site):
    """Gives the site a deputy."""
    site.deputy = UserFactory(name="Deputy Lin")
    site.save()
    return site.deputy


@pytest.fixture
def head(site):
    return site.department.head


@pytest.fixture
def hr(db):
    return UserFactory(name="HR Wang", roles=[Role.HR])


@pytest.fixture
def finance(db):
    return UserFactory(name="Finance Zhao", roles=[Role.FINANCE])


@pytest.fixture
def executive(db):
    return UserFactory(name="Executive Sun", roles=[Role.EXECUTIVE])


@pytest.fixture
def administrator(db):
    return UserFactory(name="Admin Qian", roles=[Role.ADMINISTRATOR], is_staff=True)


@pytest.fixture
def stranger(other_site):
    """Staff of another site."""
    return AssignmentFactory(site=other_site, person=UserFactory(name="Stranger Wu")).person


@pytest.fixture
def contact(site):
    """A contact on the client's side of `site`."""
    return ClientContactFactory(client=site.client, sites=[site], name="Ms Client")
