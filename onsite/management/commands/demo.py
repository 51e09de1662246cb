"""manage.py demo: load the demo company."""

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.personnel.models import User
from onsite.demo.accounts import ACCOUNTS, PASSWORD
from onsite.demo.company import load


class Command(BaseCommand):
    help = "Load the demo company. Running it again adds nothing; a larger size adds what is missing."

    def add_arguments(self, parser):
        parser.add_argument("--size", choices=["small", "medium", "large"], default="small")

    def handle(self, *, size, **options):
        if not settings.DEBUG and User.objects.exclude(email__endswith="@demo.onsite").exists():
            raise CommandError("There is real data here and DEBUG is off: the demo company stays out.")
        begun = time.monotonic()
        counts = load(size, now=timezone.now())
        for name, count in counts.items():
            self.stdout.write(f"{name:>24} {count:>9,}")
        self.stdout.write(f"{time.monotonic() - begun:.1f} s. Sign in as one of these, password {PASSWORD}:")
        for email, what in ACCOUNTS.items():
            self.stdout.write(f"  {email:<22} {what}")
