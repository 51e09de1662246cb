"""Which days are worked where."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from apps.personnel import calendar
from apps.personnel.calendar import calendar_for, working_days
from apps.personnel.models import Holiday
from apps.personnel.tests.factories import HolidayFactory, SiteFactory, UserFactory

WEEK = date(2026, 9, 28), date(2026, 10, 11)  # Monday to the Sunday after next


def days(site) -> list[int]:
    return [day.day for day in working_days(site, *WEEK)]


def test_monday_to_friday_without_any_rows(site):
    assert days(site) == [28, 29, 30, 1, 2, 5, 6, 7, 8, 9]


def test_days_off_and_make_up_days_of_the_country(site):
    HolidayFactory(day=date(2026, 10, 1))
    HolidayFactory(day=date(2026, 10, 10), working=True, name="Make-up")
    HolidayFactory(day=date(2026, 10, 2), country="SG")
    assert days(site) == [28, 29, 30, 2, 5, 6, 7, 8, 9, 10]


def test_a_sites_own_row_counts_before_its_countrys(site, other_site):
    HolidayFactory(day=date(2026, 10, 1))
    HolidayFactory(day=date(2026, 10, 1), country="", site=site, working=True, name="Shutdown work")
    HolidayFactory(day=date(2026, 10, 5), country="", site=site, name="Plant closed")
    assert days(site) == [28, 29, 30, 1, 2, 6, 7, 8, 9]
    assert days(other_site) == [28, 29, 30, 2, 5, 6, 7, 8, 9]


def test_many_sites_cost_one_query(django_assert_num_queries, db):
    sites = [SiteFactory(country=country) for country in ("CN", "SG", "CN")]
    HolidayFactory(day=date(2026, 10, 1))
    with django_assert_num_queries(1):
        found = calendar_for(sites, *WEEK)
    assert [len(found[site.pk]) for site in sites] == [9, 10, 9]


def test_no_days_between_a_day_and_an_earlier_one(site):
    assert working_days(site, WEEK[1], WEEK[0] - timedelta(days=1)) == []


def test_the_command_seeds_a_year_once_and_keeps_what_hr_entered(db, capsys):
    HolidayFactory(day=date(2026, 10, 1), name="Our own words")
    for _again in range(2):
        call_command("holidays", country="cn", year=2026)
    assert "CN 2026: 22 days off, 6 make-up working days." in capsys.readouterr().out
    assert Holiday.objects.filter(country="CN", day__year=2026).count() == 28
    assert Holiday.objects.get(day=date(2026, 10, 1)).name == "Our own words"
    assert Holiday.objects.get(day=date(2026, 10, 10)).working
    assert Holiday.objects.get(day=date(2026, 1, 1)).name == "元旦"


def test_an_unknown_country_is_refused(db):
    with pytest.raises(CommandError, match="XX"):
        call_command("holidays", country="XX", year=2026)


def test_a_year_whose_make_up_days_are_unknown_says_so(db, capsys):
    call_command("holidays", country="CN", year=2035)
    assert "add them by hand" in capsys.readouterr().out


@pytest.fixture
def gaps(db):
    """China has both years, Singapore this one only, France none but runs no site; a site has days of its own."""
    own = SiteFactory(country="SG")
    SiteFactory(country="CN")
    SiteFactory(country="FR", active=False)
    HolidayFactory(country="CN", day=date(2026, 1, 1))
    HolidayFactory(country="CN", day=date(2027, 1, 1))
    HolidayFactory(country="SG", day=date(2026, 1, 1))
    HolidayFactory(country="SG", day=date(2027, 1, 2), working=True)
    HolidayFactory(country="", site=own, day=date(2027, 1, 1))


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 10, 31), []),
        (date(2026, 11, 1), [("SG", 2027)]),
        (date(2026, 12, 31), [("SG", 2027)]),
        (date(2027, 1, 1), [("SG", 2027)]),
        (date(2027, 11, 1), [("CN", 2028), ("SG", 2027), ("SG", 2028)]),
    ],
)
def test_what_is_missing_is_next_years_from_november_on(gaps, today, expected, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert calendar.missing(today) == expected


def test_hr_is_told_at_home_and_above_the_list_until_it_is_filled(site, hr, lead, signed_in, monkeypatch):
    year = date.today().year
    monkeypatch.setattr(calendar, "NOVEMBER", 1)
    HolidayFactory(country="CN", day=date(year, 1, 1))
    browser, words = signed_in(hr), f"Enter the public holidays of CN {year + 1}"
    assert words in browser.get(reverse("home")).content.decode()
    assert words not in signed_in(lead).get(reverse("home")).content.decode()
    assert f"No public holidays are entered for: CN {year + 1}." in browser.get(reverse("holidays")).content.decode()
    address = reverse("holidays_fill")
    assert f'value="{year + 1}"' in browser.get(address).content.decode()
    assert browser.post(address, {"country": "xx", "year": year + 1}).status_code == 422
    assert browser.post(address, {"country": "cn", "year": year + 1}).status_code == 302
    assert calendar.missing(date.today()) == []
    assert words not in browser.get(reverse("home")).content.decode()


def test_only_hr_fills_a_calendar(lead, signed_in):
    assert signed_in(UserFactory()).get(reverse("holidays_fill")).status_code == 403
    assert signed_in(lead).post(reverse("holidays_fill"), {"country": "CN", "year": 2027}).status_code == 403
    assert not Holiday.objects.exists()
