"""Seal everything under the first of the ENCRYPTION_KEYS, after a new one was put there."""

from django.core.management.base import BaseCommand

from apps.core import encryption


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        self.stdout.write(f"{encryption.rotate()} sealed again under the first key.")
