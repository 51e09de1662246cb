"""The policy's numbers are dated: the one in force on the day of the event counts."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import InternalError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from apps.core import parameters
from apps.core.parameters import Parameter, ParameterMissing
from apps.core.verdicts import NotAllowed, PolicyBroken, WrongState

NOW = datetime(2026, 11, 18, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = NOW.date()
KEY = "client_reply_warn_1"
pytestmark = pytest.mark.django_db


def change(number, *, by, valid_from=TODAY, reason="Tried out", key=KEY):
    return parameters.change(key, Decimal(number), valid_from=valid_from, reason=reason, by=by, now=NOW, today=TODAY)


@pytest.mark.clause("7.1.2a")
def test_a_change_counts_from_its_day_on_and_not_before(hr):
    change(6, by=hr, valid_from=TODAY + timedelta(days=2))

    assert parameters.value(KEY, on=TODAY + timedelta(days=1)) == 12
    assert parameters.value(KEY, on=TODAY + timedelta(days=2)) == 6
    assert parameters.value(KEY, on=date(2020, 1, 1)) == 12


def test_of_two_for_one_day_the_later_counts(hr):
    change(6, by=hr)
    change(8, by=hr)

    assert parameters.value(KEY, on=TODAY) == 8
    assert [row.value for row in parameters.history()[KEY]] == [8, 6, 12]


def test_several_numbers_cost_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert parameters.values(TODAY, KEY, "meeting_warn_day_1") == {KEY: 12, "meeting_warn_day_1": 20}


def test_a_missing_number_is_an_error_and_never_a_pass():
    with pytest.raises(ParameterMissing, match="has no value") as missing:
        parameters.value(KEY, on=date(1999, 12, 31))
    assert missing.value.verdict.clause == "7.1.2a"
    assert KEY not in str(missing.value)
    assert str(parameters.CATALOGUE[KEY].label) in str(missing.value)


def test_only_hr_changes_numbers(lead, head, administrator):
    for person in (lead, head, administrator):
        with pytest.raises(NotAllowed):
            change(6, by=person)
    assert parameters.value(KEY, on=TODAY) == 12


def test_everything_wrong_with_a_change_is_said_at_once(hr):
    with pytest.raises(PolicyBroken) as refused:
        change(1000, by=hr, valid_from=TODAY - timedelta(days=1), reason=" ")
    assert set(refused.value.fields) == {"value", "valid_from", "reason"}


def test_what_the_document_fixes_nobody_changes(hr):
    fixed = next(number for number in parameters.DEFAULTS if number.fixed_by_document)
    with pytest.raises(PolicyBroken, match="document itself"):
        change(fixed.default, by=hr, key=fixed.key)


def test_history_is_never_rewritten():
    row = Parameter.objects.filter(key=KEY).get()
    for act in (lambda: Parameter.objects.filter(pk=row.pk).update(value=1), row.delete):
        with pytest.raises(InternalError), transaction.atomic():
            act()


def test_a_change_lies_within_two_years(hr):
    with pytest.raises(PolicyBroken) as refused:
        change(18, by=hr, valid_from=TODAY + timedelta(days=800))
    assert list(refused.value.fields) == ["valid_from"]


def test_hr_takes_a_coming_value_back_and_the_history_keeps_it(hr, lead, signed_in):
    ahead = timezone.localdate() + timedelta(days=30)
    now = {"now": timezone.now(), "today": timezone.localdate()}
    before = parameters.value(KEY, on=ahead)
    replaced, meant = (
        parameters.change(KEY, Decimal(number), valid_from=ahead, reason="Try", by=hr, **now) for number in (18, 19)
    )
    page = reverse("policy_number_back", args=[meant.pk])
    listed = signed_in(hr).get(reverse("policy_numbers")).content.decode()
    assert (listed.count("19 hours from"), listed.count("18 hours from")) == (1, 0)
    assert "replaced by the value above" in listed

    assert signed_in(lead).post(page, {"reason": "No"}).status_code == 403
    assert signed_in(hr).post(page, {"reason": ""}).status_code == 422
    assert signed_in(hr).post(page, {"reason": "A mistake"}).status_code == 302

    assert parameters.value(KEY, on=ahead) == 18
    parameters.take_back(replaced, reason="Neither", by=hr, **now)
    assert parameters.value(KEY, on=ahead) == before
    assert {meant, replaced} <= set(parameters.history()[KEY])
    with pytest.raises(WrongState):
        parameters.take_back(meant, reason="Again", by=hr, **now)
    with pytest.raises(WrongState):
        parameters.take_back(Parameter.objects.get(key=KEY, valid_from=parameters.BEGINNING), reason="x", by=hr, **now)


def test_defaults_are_installed_once():
    before = Parameter.objects.count()
    parameters.install_defaults(NOW)
    assert Parameter.objects.count() == before == len(parameters.DEFAULTS)


@pytest.mark.clause("7.1.1")
def test_warnings_stay_in_order_also_with_values_that_are_to_come(hr):
    first, second = "meeting_warn_day_1", "meeting_warn_day_2"
    for key, number in ((second, 3), (second, 20), (first, 25), (first, 28)):
        with pytest.raises(PolicyBroken) as refused:
            change(number, by=hr, key=key)
        assert list(refused.value.fields) == ["value"]
    change(22, by=hr, key=second, valid_from=TODAY + timedelta(days=30))
    with pytest.raises(PolicyBroken):
        change(22, by=hr, key=first)
    assert change(21, by=hr, key=first).value == 21


def test_a_number_that_the_document_fixes_has_no_form(hr, signed_in):
    fixed = next(one for one in parameters.CATALOGUE.values() if one.fixed_by_document)
    page = signed_in(hr).get(reverse("policy_number", args=[fixed.key]))
    assert (page.status_code, "The document itself fixes this number." in page.content.decode()) == (409, True)


def test_each_number_stands_once_in_the_list_and_no_code_in_the_policy(hr, signed_in):
    listed = signed_in(hr).get(reverse("policy_numbers")).content.decode()
    assert all(listed.count(f"<span>{escape(number.label)}</span>") == 1 for number in parameters.CATALOGUE.values())
    assert "apps." not in signed_in(hr).get(reverse("policy")).content.decode()
