"""The demo company: loaded once, believable, and never into real data."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.communication.models import Enquiry, Meeting, Problem
from apps.core.approvals import Approval
from apps.core.notifications import Delivery, Notification
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.personnel.models import Assignment, Site, User
from apps.personnel.tests.factories import UserFactory
from onsite.demo.accounts import ACCOUNTS

COUNTED = (User, Site, Assignment, Enquiry, Meeting, Problem, Approval, Obligation)


def counts() -> list[int]:
    return [model.objects.count() for model in COUNTED]


@pytest.mark.django_db
def test_a_second_load_adds_nothing_and_nobody_outside_is_written_to(settings):
    settings.DEBUG = True
    call_command("demo", stdout=StringIO())
    first = counts()
    call_command("demo", stdout=StringIO())

    assert counts() == first
    assert set(ACCOUNTS) <= set(User.objects.values_list("email", flat=True))
    assert not Delivery.objects.filter(status="waiting").exists()


@pytest.mark.django_db
def test_every_account_finds_something_to_do_or_to_see(settings):
    settings.DEBUG = True
    call_command("demo", stdout=StringIO())
    lead, head = (User.objects.get(email=f"{who}@demo.onsite") for who in ("lead", "head"))

    assert Approval.objects.waiting_for(lead).exists()
    assert Approval.objects.waiting_for(head).exists()
    assert Obligation.objects.of(lead).overdue(timezone.now()).exists()
    assert Problem.objects.visible_to(head).filter(status="raised").exists()


@pytest.mark.django_db
def test_nothing_happened_in_the_future(settings):
    settings.DEBUG = True
    call_command("demo", stdout=StringIO())
    now = timezone.now()
    assert not Event.objects.filter(at__gt=now).exists()
    assert not Notification.objects.filter(created_at__gt=now).exists()


@pytest.mark.django_db
def test_it_stays_out_of_real_data(settings):
    settings.DEBUG = False
    UserFactory(email="somebody@company.example")

    with pytest.raises(CommandError):
        call_command("demo", stdout=StringIO())
    assert User.objects.count() == 1
