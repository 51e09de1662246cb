"""Which days are worked where."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command

from apps.personnel.calendar import calendar_for, working_days
from apps.personnel.models import Holiday
from apps.personnel.tests.factories import HolidayFactory, SiteFactory

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


def test_an_unknown_country_is_refused(db):
    with pytest.raises(CommandError, match="XX"):
        call_command("holidays", country="XX", year=2026)


def test_a_year_whose_make_up_days_are_unknown_says_so(db, capsys):
    call_command("holidays", country="CN", year=2035)
    assert "add them by hand" in capsys.readouterr().out
