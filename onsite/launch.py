"""What `bin/run` does inside its environment: servers, database, web, worker and beat in one data folder."""

import base64
import fcntl
import hashlib
import os
import re
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from onsite.demo.accounts import ACCOUNTS, PASSWORD
from onsite.embedded import Home, Postgres, Redis
from onsite.processes import Child, StartFailed, end_orphan

ROOT = Path(__file__).resolve().parent.parent
NEEDED = (ROOT / "requirements.txt", ROOT / "onsite" / "settings.py")
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopAsked(BaseException):
    """Ctrl-C, SIGTERM, or the terminal went away."""


def launch(data: Path, *, port: int, demo: bool) -> int:
    """Run until told to stop; the exit code is 0 then, and 1 when something did not start or did not stay."""
    for number in STOP_SIGNALS:
        signal.signal(number, _stop_asked)
    data = Path(os.path.abspath(data))
    try:
        with hold(data):
            running = []
            try:
                serve(data, running, port=port, demo=demo)
            finally:
                for number in STOP_SIGNALS:
                    signal.signal(number, signal.SIG_IGN)
                if running:
                    print("\nStopping …", flush=True)
                (data / "onsite.env").unlink(missing_ok=True)
                stop(running)
    except StopAsked:
        return 0
    except StartFailed as error:
        print(f"\n{error}\n", file=sys.stderr, flush=True)
        return 1


def _stop_asked(number, frame) -> None:
    raise StopAsked


def hold(data: Path):
    """Make the data folder and hold it for ourselves. The lock goes with the process, however that ends."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = open(data / "lock", "w")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StartFailed(f"Onsite already runs on {data}. For a second one: --port and --data DIR.") from None
    except OSError as error:
        raise StartFailed(f"{data} cannot be used ({error.strerror}). Choose another folder: --data DIR") from None
    return lock


def serve(data: Path, running: list, *, port: int, demo: bool) -> None:
    """Start everything in order, appending to `running`; say when it is ready; return only by an exception."""
    home = Home(data)
    programs = {name: Child(name, pids=home.pids, logs=home.logs) for name in ("beat", "worker", "web")}
    for child in programs.values():  # left by a run that was killed: they use the servers, and one has the port
        end_orphan(child.pidfile, child.stop_signal, child.patience)
    require_port(port)

    settings = os.environ
    settings.setdefault("DEBUG", "0")
    settings.setdefault("SECRET_KEY", kept_secret(data / "secret-key", secrets.token_urlsafe(50)))
    settings.setdefault("ENCRYPTION_KEYS", kept_secret(data / "encryption-keys", new_key()))
    settings.setdefault("MEDIA_ROOT", str(data / "files"))
    settings.setdefault("STATIC_ROOT", str(data / "static"))
    settings.setdefault("BEAT_SCHEDULE_FILE", str(data / "beat-schedule"))
    settings.setdefault("PUBLIC_URL", f"http://127.0.0.1:{port}")
    ours = not settings.get("DATABASE_URL")
    for setting, kind in (("DATABASE_URL", Postgres), ("REDIS_URL", Redis)):
        if not settings.get(setting):
            server = kind(data)
            running.append(server)
            server.start()
            settings[setting] = server.url

    prepare(data, demo=demo, ours=ours)
    write_settings(data / "onsite.env")
    commands = {
        "web": "gunicorn onsite.wsgi --config deploy/gunicorn.conf.py --worker-class gthread --workers 1 --threads 8"
        f" --graceful-timeout 5 --bind 127.0.0.1:{port}",
        "worker": "celery -A onsite worker --concurrency 2 --prefetch-multiplier 1 --loglevel INFO"
        " --without-gossip --without-mingle",
        "beat": "celery -A onsite beat --loglevel INFO --pidfile=",
    }
    for name, command in commands.items():
        running.append(programs[name])
        programs[name].start([sys.executable, "-m", *command.split()], cwd=ROOT)
    wait_for_sign_in(port, programs)
    greet(port, data)
    while True:
        for process in running:
            process.check()
        time.sleep(0.5)


def stop(running: list) -> None:
    """End everything: our programs together, then the servers they use."""
    programs = [process for process in running if isinstance(process, Child)]
    for program in programs:
        program.ask_to_stop()
    for process in reversed(running):
        process.stop()


def write_settings(path: Path) -> None:
    """Write down every setting in force, for `bin/manage`; it holds secrets, so it is ours alone to read."""
    known = sorted(set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "onsite" / "settings.py").read_text())))
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={shlex.quote(os.environ[name])}\n" for name in known if name in os.environ))


def require_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StartFailed(f"Port {port} cannot be used ({error.strerror}). Choose another with --port.") from None


def kept_secret(path: Path, fresh: str) -> str:
    """What was kept there before, else something fresh, kept from now on."""
    if not path.exists() or not path.read_text():
        path.touch(mode=0o600)
        path.write_text(fresh)
    return path.read_text()


def new_key() -> str:
    return f"first:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def prepare(data: Path, *, demo: bool, ours: bool) -> None:
    """Bring the database up to the code; in an empty database also the demo company.

    Whether that is wanted is written down before the tables are made, so that a first start which was cut
    short is finished by the next. A database of `ours` that this very code prepared is left alone.
    """
    memory, prepared, code = data / "demo", data / "prepared-by", fingerprint()
    empty = empty_database()
    if empty:
        memory.write_text("wanted" if demo else "declined")
    if empty or not ours or not prepared.exists() or prepared.read_text() != code:
        print("Preparing the database …", flush=True)
        manage("migrate", "--verbosity", "0")
        manage("createcachetable", "--verbosity", "0")
        prepared.write_text(code)
    if memory.exists() and memory.read_text() == "wanted":
        print("Loading the demo company …", flush=True)
        manage("demo")
        memory.write_text("loaded")
    collect(data / "collected-by")


def collect(collected: Path) -> None:
    """Gather and compress what pages load, once for each version of it; with DEBUG it is served as it lies."""
    if os.environ["DEBUG"].lower() in ("1", "true", "yes", "on"):
        return
    static = Path(os.environ["STATIC_ROOT"])
    code = f"{static} {digest_of([*NEEDED, *ROOT.glob('static/**/*')])}"
    if collected.exists() and collected.read_text() == code and (static / "staticfiles.json").exists():
        return
    print("Collecting what pages load …", flush=True)
    manage("collectstatic", "--noinput", "--verbosity", "0")
    collected.write_text(code)


def empty_database() -> bool:
    """Whether nothing was ever migrated here. Raises StartFailed when the database does not answer."""
    try:
        connection = psycopg2.connect("postgresql:" + os.environ["DATABASE_URL"].partition(":")[2], connect_timeout=5)
    except psycopg2.Error as error:
        raise StartFailed(f"The database of DATABASE_URL does not answer: {error}") from None
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations') IS NULL")
        (empty,) = cursor.fetchone()
    connection.close()
    return empty


def fingerprint() -> str:
    """All that decides what tables and catalogues hold after `migrate`."""
    return digest_of([*NEEDED, *ROOT.glob("apps/**/*.py"), *ROOT.glob("onsite/**/*.py")])


def digest_of(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted({path for path in paths if path.is_file()}):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def manage(*words: str) -> None:
    if subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT).returncode:
        raise StartFailed(f"manage.py {words[0]} failed; the lines above say why.")


def wait_for_sign_in(port: int, programs: dict[str, Child]) -> None:
    """Until the sign-in page really answers, asked for under the address in PUBLIC_URL."""
    public = urlsplit(os.environ["PUBLIC_URL"])
    headers = {"Host": public.netloc, "X-Forwarded-Proto": public.scheme}
    question = urllib.request.Request(f"http://127.0.0.1:{port}/accounts/login/", headers=headers)
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    web = programs["web"]
    limit = time.monotonic() + 90
    while time.monotonic() < limit:
        for program in programs.values():
            program.check()
        try:
            with browser.open(question, timeout=30) as answer:
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            raise StartFailed(f"The sign-in page answers {error.code}. Its log: {web.log}\n{web.tail()}") from None
        except OSError:  # not listening yet
            time.sleep(0.1)
    raise StartFailed(f"The sign-in page did not answer within 90 s. Its log: {web.log}\n{web.tail()}")


def greet(port: int, data: Path) -> None:
    print(f"\nOnsite is ready at http://127.0.0.1:{port}\n")
    memory = data / "demo"
    if memory.exists() and memory.read_text() == "loaded":
        print(f"Demo accounts, all with the password {PASSWORD}:")
        for email, role in ACCOUNTS.items():
            print(f"  {email:<20} {role}")
        print()
    chosen = "" if data == ROOT / "var" else f"--data {shlex.quote(str(data))} "
    print(f"Commands of manage.py, while it runs: bin/manage {chosen}<command>, such as receive_mail < letter.eml")
    print(f"Logs are in {data / 'logs'}. Stop with Ctrl-C.", flush=True)
