"""A whole Onsite to be broken: its own servers, workers, beats and web, and a mail server that fails on purpose."""

import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiosmtpd.controller import Controller

from onsite.embedded import Postgres, Redis, free_port
from onsite.processes import Child

ROOT = Path(__file__).resolve().parent.parent


class Letterbox:
    """A mail server that answers some letters with a temporary error and refuses poison for good."""

    def __init__(self, *, seed: int, temporary: float = 0.05):
        self.random = random.Random(seed)
        self.temporary = temporary
        self.ids: list[str] = []
        self.guard = threading.Lock()
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 (the library's name)
        if address.startswith("poison"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (the library's name)
        with self.guard:
            if self.random.random() < self.temporary:
                return "451 try again later"
            head = envelope.content.split(b"\r\n\r\n", 1)[0].decode(errors="replace")
            line = next(row for row in head.replace("\r\n ", " ").splitlines() if row.lower().startswith("message-id:"))
            self.ids.append(line.split(":", 1)[1].strip())
        return "250 taken"

    def start(self) -> None:
        self.controller.start()

    def stop(self) -> None:
        self.controller.stop()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.controller.port}"


@dataclass
class Report:
    """Lines of counts, each with what it should be."""

    wrong: int = 0

    def expect(self, promise: str, what: str, found, wanted, ok=None) -> None:
        good = found == wanted if ok is None else ok
        self.wrong += not good
        print(f"{promise:<4} {'ok ' if good else 'OFF'} {what}: {found} (wanted {wanted})", flush=True)


def prepare():
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


class House:
    """Servers and processes in a folder of their own; everything in it may be killed and started again."""

    def __init__(self, *, seed: int, workers: int = 2, beats: int = 2):
        self.folder = Path(tempfile.mkdtemp(prefix="onsite-faults-"))
        self.folder.chmod(0o755)
        self.letterbox = Letterbox(seed=seed)
        self.postgres = Postgres(self.folder)
        self.redis = Redis(self.folder)
        self.port = free_port()
        self.processes: dict[str, Child] = {}
        self.workers, self.beats = workers, beats

    def open(self) -> None:
        """Start the servers and point Django's settings at them; call before Django is set up."""
        self.letterbox.start()
        self.postgres.start()
        self.redis.start()
        os.environ.update(
            DATABASE_URL=self.postgres.url,
            REDIS_URL=self.redis.url,
            DEBUG="1",
            EMAIL_URL=self.letterbox.url,
            MEDIA_ROOT=str(self.folder / "files"),
            PUBLIC_URL=f"http://127.0.0.1:{self.port}",
            DJANGO_SETTINGS_MODULE="onsite.settings",
            LOG_LEVEL="WARNING",
        )

    def start(self, name: str) -> None:
        """Start a process by its name: worker-1, beat-2, web."""
        kind = name.partition("-")[0]
        command = {
            "worker": f"celery -A onsite worker --concurrency 1 --loglevel WARNING --hostname {name}@house "
            "--without-gossip --without-mingle",
            "beat": f"celery -A onsite beat --loglevel WARNING --pidfile= --schedule {self.folder / name}",
            "web": "gunicorn onsite.wsgi --config deploy/gunicorn.conf.py --worker-class gthread --workers 1 "
            f"--threads 8 --bind 127.0.0.1:{self.port}",
        }[kind]
        child = self.processes.setdefault(name, Child(name, pids=self.postgres.home.pids, logs=self.postgres.home.logs))
        child.start([sys.executable, "-m", *command.split()], cwd=ROOT)

    def start_clock(self) -> None:
        for index in range(self.workers):
            self.start(f"worker-{index}")
        for index in range(self.beats):
            self.start(f"beat-{index}")

    def check(self) -> None:
        """Raise StartFailed, with the end of its log, when a process is gone that nobody killed."""
        for child in self.processes.values():
            child.check()

    def names(self, *kinds: str) -> list[str]:
        return [name for name in self.processes if name.partition("-")[0] in kinds]

    def kill(self, name: str) -> None:
        """kill -9 of a process with its children."""
        self.processes[name].kill()

    def flush_redis(self) -> None:
        import redis

        redis.Redis.from_url(self.redis.url).flushall()

    def restart_redis(self) -> None:
        """kill -9 of Redis, then a new one at the same address."""
        self.redis.child.kill()
        self.redis.start()

    def restart_postgres(self) -> None:
        """The server stops in the midst of everything, as after a power cut, and recovers."""
        self.postgres.child.process.send_signal(signal.SIGQUIT)
        self.postgres.child.process.wait(30)
        self.postgres.start()

    def wait_for_web(self, seconds: float = 60) -> None:
        limit = time.monotonic() + seconds
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            self.processes["web"].check()
            if time.monotonic() > limit:
                raise TimeoutError("the web process does not listen")
            time.sleep(0.1)

    def close(self) -> None:
        for child in self.processes.values():
            child.stop()
        self.redis.stop()
        self.postgres.stop()
        self.letterbox.stop()


def in_house(campaign: Callable[[House, Report], None], *, seed: int = 1) -> int:
    """Run a campaign in a fresh house. The exit status: 0 when every count is as promised, else 1 and the logs stay."""
    report = Report()
    house = House(seed=seed)
    try:
        house.open()
        prepare()
        campaign(house, report)
    finally:
        house.close()
    if report.wrong:
        print(f"{report.wrong} counts are off; logs in {house.folder}/logs", flush=True)
        return 1
    shutil.rmtree(house.folder, ignore_errors=True)
    print("every count is as promised", flush=True)
    return 0
