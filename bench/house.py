"""A house of its own for each measurement: servers and an empty database, gone afterwards."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onsite.embedded import Postgres, Redis


@contextmanager
def house() -> Iterator[None]:
    """Servers, settings and tables; Django is set up inside."""
    folder = Path(tempfile.mkdtemp(prefix="onsite-bench-"))
    folder.chmod(0o755)
    postgres, redis = Postgres(folder), Redis(folder)
    postgres.start()
    redis.start()
    os.environ.update(
        DATABASE_URL=postgres.url,
        REDIS_URL=redis.url,
        SECRET_KEY="bench" * 12,
        ENCRYPTION_KEYS="bench:" + "A" * 43 + "=",
        DEBUG="0",
        ALLOWED_HOSTS="testserver",
        DJANGO_SETTINGS_MODULE="onsite.settings",
        LOG_LEVEL="ERROR",
        MEDIA_ROOT=str(folder / "files"),
    )
    try:
        import django
        from django.conf import settings
        from django.core.management import call_command

        django.setup()
        settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        yield
    finally:
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)
