"""The private servers: started, killed, started again, side by side. Real processes, nothing replaced."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing

import psycopg2
import pytest
import redis

from onsite import embedded
from onsite.embedded import Postgres, Redis
from onsite.processes import Child, StartFailed, end_orphan, identity

ABANDON = """
import os, sys
from pathlib import Path
from onsite.embedded import Postgres
server = Postgres(Path(sys.argv[1]), throwaway=True)
server.start()
print(server.child.process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def place(tmp_path_factory):
    """A data folder others may pass through, as /tmp and var/ are (pytest closes its own)."""
    folder = tmp_path_factory.mktemp("a place")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o711)
    return folder


@pytest.fixture
def stopped():
    """Servers a test started; they are stopped however it ends."""
    servers = []
    yield servers
    for server in servers:
        server.stop()


def ask(server: Postgres, sql: str):
    connection = psycopg2.connect(host=str(server.sockets), user="onsite", dbname="onsite")
    with closing(connection), connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else None


def started(server, stopped):
    stopped.append(server)
    server.start()
    return server


def test_postgres_has_what_onsite_needs_and_is_closed_to_others(place, stopped):
    server = started(Postgres(place, throwaway=True), stopped)

    for extension in ("btree_gist", "pg_trgm", "unaccent"):
        ask(server, f"CREATE EXTENSION {extension}")
    assert ask(server, "SELECT upper('é'), current_setting('TimeZone'), current_setting('listen_addresses')") == [
        ("É", "UTC", "")
    ]
    assert server.home.path.stat().st_mode & 0o077 == 0
    owner = os.stat(f"/proc/{server.child.process.pid}").st_uid if os.path.exists("/proc") else server.home.uid
    assert owner == server.home.uid != 0


def test_postgres_keeps_what_it_acknowledged_through_kill_9(place, stopped):
    server = started(Postgres(place), stopped)
    ask(server, "CREATE TABLE kept AS SELECT 7 AS number")

    server.child.kill()
    assert (server.data / "postmaster.pid").exists()
    server.start()

    assert ask(server, "SELECT number FROM kept") == [(7,)]


def test_a_server_left_by_a_killed_run_is_ended_and_replaced(place, stopped):
    left = subprocess.run([sys.executable, "-c", ABANDON, str(place)], capture_output=True, text=True)
    pid = int(left.stdout)
    assert left.returncode == -signal.SIGKILL
    assert identity(pid) is not None

    server = started(Postgres(place, throwaway=True), stopped)

    assert identity(pid) is None
    assert ask(server, "SELECT 1") == [(1,)]


def test_a_left_server_is_found_even_when_its_pid_file_is_lost(place, stopped):
    left = subprocess.run([sys.executable, "-c", ABANDON, str(place)], capture_output=True, text=True)
    (place / "run" / "postgres.pid").unlink()

    server = started(Postgres(place, throwaway=True), stopped)

    assert identity(int(left.stdout)) is None
    assert ask(server, "SELECT 1") == [(1,)]


def test_a_stale_lock_with_somebody_elses_number_does_not_stop_the_start(place, stopped):
    server = started(Postgres(place, throwaway=True), stopped)
    server.stop()
    stranger = subprocess.Popen(
        ["sleep", "60"], **{key: server.home.popen[key] for key in ("user", "group") if key in server.home.popen}
    )
    try:
        lock = server.data / "postmaster.pid"
        lock.write_text(f"{stranger.pid}\n{server.data}\n{int(time.time())}\n5432\n\n\n")
        server.home.own(lock)
        (server.sockets / ".s.PGSQL.5432").touch()

        server.start()

        assert ask(server, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_path_too_long_for_a_socket_gets_a_short_one_that_goes_away(place, stopped):
    deep = place / ("long" * 15) / ("longer" * 10)
    server = started(Postgres(deep, throwaway=True), stopped)
    assert ask(server, "SELECT 1") == [(1,)]
    assert server.sockets.parent.name == "tmp"

    server.stop()

    assert not server.sockets.exists()


def test_data_of_another_version_are_refused_in_words(place, stopped):
    server = Postgres(place, throwaway=True)
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("9\n")

    with pytest.raises(StartFailed, match="was made by PostgreSQL 9"):
        server._binaries()


def test_two_redis_live_side_by_side_each_behind_its_password(place, stopped):
    one, two = (started(Redis(place / name), stopped) for name in ("one", "two"))

    redis.Redis.from_url(one.url).set("mine", "1")

    assert redis.Redis.from_url(two.url).get("mine") is None
    assert one.port != two.port
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=one.port).ping()


def test_redis_keeps_its_address_and_what_was_said_through_kill_9(place, stopped):
    server = started(Redis(place), stopped)
    client = redis.Redis.from_url(server.url)
    client.set("kept", "7")
    client.execute_command("WAITAOF", 1, 0, 2000) if server.binary.name == "valkey-server" else time.sleep(1.2)
    before = server.url

    server.child.kill()
    server.start()

    assert (server.url, redis.Redis.from_url(server.url).get("kept")) == (before, b"7")


def test_an_unknown_choice_of_servers_is_refused(monkeypatch):
    monkeypatch.setenv("ONSITE_SERVERS", "docker")
    with pytest.raises(StartFailed, match="it can be machine"):
        embedded.only_wheels()


def test_a_pid_file_never_ends_a_process_that_is_not_the_one_it_names(tmp_path):
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        pidfile = tmp_path / "web.pid"
        pidfile.write_text(f"{stranger.pid} 1")  # same number, began at another moment

        end_orphan(pidfile, signal.SIGTERM, 5)

        assert (stranger.poll(), pidfile.exists()) == (None, False)
    finally:
        stranger.kill()
        stranger.wait()


def test_a_child_that_ends_is_named_with_its_log(tmp_path):
    child = Child("worker", pids=tmp_path, logs=tmp_path)
    child.start([sys.executable, "-c", "import sys; sys.exit('no broker')"])
    child.process.wait()

    with pytest.raises(StartFailed, match=r"(?s)worker stopped by itself \(exit code 1\).*worker\.log.*no broker"):
        child.check()
    child.stop()


def test_a_child_that_ignores_the_request_is_killed_with_what_it_started(tmp_path):
    child = Child("worker", pids=tmp_path, logs=tmp_path, patience=0.3)
    deaf = "import signal, subprocess, sys; signal.signal(15, signal.SIG_IGN)\n"
    deaf += "print(subprocess.Popen(['sleep', '60']).pid, flush=True); signal.pause()"
    child.start([sys.executable, "-c", deaf])
    while not child.log.read_text().strip():
        time.sleep(0.02)
    helper = int(child.log.read_text())

    child.stop()

    limit = time.monotonic() + 5
    while identity(helper) is not None and time.monotonic() < limit:
        time.sleep(0.02)
    assert (child.ended, identity(helper), child.pidfile.exists()) == (True, None, False)
