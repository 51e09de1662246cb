"""`manage.py holidays --country CN --year 2027`: public holidays into the calendar that HR edits."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.core.verdicts import Refused
from apps.personnel.calendar import seed


class Command(BaseCommand):
    help = "Adds a country's public holidays and make-up working days of a year; what HR has entered stays."

    def add_arguments(self, parser):
        parser.add_argument("--country", default="CN", help="country code such as CN (default), HK, TW, SG")
        parser.add_argument("--year", type=int, default=None, help="default: this year")

    def handle(self, *, country, year, **_options):
        country, year = country.upper(), year or timezone.localdate().year
        try:
            free, worked = seed(country, year)
        except Refused as refused:
            raise CommandError(f"{refused.verdict.reason} {refused.verdict.remedy}") from refused
        self.stdout.write(f"{country} {year}: {free} days off, {worked} make-up working days.")
        if country == "CN" and not worked:
            self.stdout.write("The make-up days of this year are not announced or not known yet: add them by hand.")
