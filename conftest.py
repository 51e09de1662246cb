"""For every test: the browser (Debian's chromium, never a downloaded one), and a clean table after real commits."""

import os
import shutil

import pytest
from django.db import connection

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Playwright's synchronous API keeps an event loop in this thread; Django would refuse every query beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def find_chromium() -> str | None:
    """The chromium of this machine: what CHROMIUM names, else the first found by its usual names."""
    return next(filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES))), None)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Every browser test needs it; each fails with this one line where there is none."""
    found = find_chromium()
    if found is None:
        pytest.fail("No chromium on this machine: install it, or run bin/test --no-browser.", pytrace=False)
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, chromium_path) -> dict:
    return {**browser_type_launch_args, "executable_path": chromium_path, "args": QUIET}


@pytest.fixture(autouse=True, scope="session")
def _tables_can_be_emptied_after_a_test():
    """Events refuse TRUNCATE by trigger, as they should; Django empties all tables after a test that commits."""

    def without_triggers(self, sql_list):
        return flush(self, ["SET LOCAL session_replication_role = replica", *sql_list])

    operations = type(connection.ops)
    flush = operations.execute_sql_flush
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", without_triggers)
        yield
