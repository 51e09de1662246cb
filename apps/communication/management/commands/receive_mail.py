"""One letter on standard input, for a mail server's pipe."""

import os
import sys

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.communication.actions.intake import receive


class Command(BaseCommand):
    """Exit codes are those of sysexits.h, which mail servers understand:

    0: stored. 65 (EX_DATAERR): empty, or larger than MAIL_MAX_BYTES; the mail server returns it to its sender.
    75 (EX_TEMPFAIL): something is in trouble, most likely the database or the disk; the mail server keeps the letter
    and tries again.
    """

    help = "Take in one letter from standard input. Exits with 0, 65 (refused) or 75 (try again later)."
    requires_system_checks = ()

    def handle(self, *args, **options):
        limit = settings.MAIL_MAX_BYTES
        raw = sys.stdin.buffer.read(limit + 1)
        if not raw.strip():
            self._leave("The letter is empty.", os.EX_DATAERR)
        if len(raw) > limit:
            self._leave(f"The letter is larger than {limit} bytes.", os.EX_DATAERR)
        try:
            now = timezone.now()
            mail = receive(raw, arrived_at=now, now=now)
        except Exception as trouble:  # whatever it is, the mail server must not return the client's letter
            self._leave(f"Try again later: {type(trouble).__name__}: {trouble}", os.EX_TEMPFAIL)
        self.stdout.write(f"{mail.status} {mail.message_id}")

    def _leave(self, words: str, code: int):
        self.stderr.write(words)
        sys.exit(code)
