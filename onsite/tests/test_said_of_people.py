"""What is written about people reaches those who lead, head or keep them, and nobody else by any door."""

import pytest
from django.contrib.admin import site as technical
from django.test import Client
from django.urls import reverse

from apps.core.approvals import Approval, Signature
from apps.core.attachments import Attachment
from apps.core.obligations import Obligation
from apps.personnel.roles import Role
from apps.personnel.tests.factories import AssignmentFactory, UserFactory
from apps.workplans.models import Plan, Task
from onsite.tests import routes
from onsite.tests.test_walker import ask
from onsite.tests.world import build

# The last word of what the world HERE holds about its people (`HERE farewell`), with who needs it not.
WORDS = {
    "farewell": "why somebody leaves",
    "gone": "how somebody was found to be gone",
    "letting": "why somebody may go without a skill",
    "talk": "what was said in a talk",
    "goal": "what was agreed in it",
    "career": "why somebody was promoted or transferred",
    "topic": "what somebody learned on their own",
    "wish": "why somebody wants to be taught",
    "objects": "why somebody does not want to go",
    "relation": "whom to call in an emergency",
    "badge": "what somebody has to give back",
    "week": "what somebody reported",
    "trouble": "what somebody finds hard",
    "judged": "how somebody's work was judged",
    "statement": "what they said to it",
}


@pytest.fixture
def here(db):
    return build("HERE")


@pytest.fixture
def outsiders(here):
    return {
        "administrator": UserFactory(roles=[Role.ADMINISTRATOR]),
        "finance": UserFactory(roles=[Role.FINANCE]),
        "colleague": AssignmentFactory(site=here.things["site"]).person,
        "stranger": UserFactory(),
    }


def addresses(things) -> list[str]:
    """Every page and each list as a sheet, the search, and every address of the API."""
    found = [f"{reverse('search')}?q=HERE"]
    for name, parameters in routes.every_route():
        address = routes.address(name, parameters, things)
        if address is None:
            continue
        if name.startswith("api-"):
            found.append(f"{address}?page_size=200")
        else:
            found += [address] if parameters else [address, f"{address}?export=csv"]
    return found


def read(answer) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode(errors="replace")


def leaks(user, found: list[str]) -> list[str]:
    seen = []
    for address in found:
        words = read(ask(user, "GET", address))
        seen += [f"{address}: {word}" for word in WORDS if f"HERE {word}" in words]
    return seen


def test_every_word_stands_where_those_may_read_it_who_need_it(here):
    """The proof that the words are there to be found: HR reads each of them on some page."""
    hr = UserFactory(roles=[Role.HR])
    found = {line.rpartition(": ")[2] for line in leaks(hr, addresses(here.things))}
    assert found == set(WORDS)


@pytest.mark.parametrize("who", ["administrator", "finance", "colleague", "stranger"])
def test_nobody_else_reads_a_word_of_it(here, outsiders, who):
    assert leaks(outsiders[who], addresses(here.things)) == []


def test_the_technical_administration_shows_none_of_it(here, outsiders):
    browser = Client()
    outsiders["administrator"].is_staff = True
    outsiders["administrator"].save()
    browser.force_login(outsiders["administrator"])
    seen, looked = [], 0
    for model in technical._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for address in [
            reverse(f"{name}_changelist"),
            *(reverse(f"{name}_change", args=[one.pk]) for one in model._default_manager.all()[:20]),
        ]:
            answer = browser.get(address)
            looked += answer.status_code == 200
            seen += [f"{address}: {word}" for word in WORDS if f"HERE {word}" in answer.content.decode()]
    assert seen == []
    assert looked > 20


def test_the_technical_administration_calls_promises_rounds_and_work_by_their_numbers(here, outsiders):
    """What they are about is nobody's business who only keeps accounts."""
    browser = Client()
    browser.force_login(outsiders["administrator"])
    seen, looked = [], 0
    for model in (Obligation, Approval, Signature, Attachment, Task, Plan):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        rows = list(model.objects.all()[:20])
        for address in [reverse(f"{name}_changelist"), *(reverse(f"{name}_change", args=[one.pk]) for one in rows)]:
            looked += 1
            body = browser.get(address).content.decode()
            seen += [
                f"{address}: {word}" for word in ("HERE promise", "HERE task", "HERE step", ".txt") if word in body
            ]
    assert seen == []
    assert looked > 10


def test_no_address_of_the_technical_administration_picks_rows_by_a_column(here, outsiders):
    """By their beginning, hidden columns would be read letter by letter: passwords too."""
    browser = Client()
    browser.force_login(outsiders["administrator"])
    answered, asked = [], 0
    for model in technical._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for field in model._meta.fields:
            asked += 1
            answer = browser.get(f"{address}?{field.name}__gte=0")
            if answer.status_code not in (302, 400):
                answered.append(f"{address}?{field.name}")
    assert answered == []
    assert asked > 100
