"""The virtual environment both commands run in. Standard library only: it works before anything is installed."""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / "unfinished"
OLDEST = (3, 11)


def enter(requirements: str) -> None:
    """Go on inside .venv with `requirements` installed: make what is missing, then start this script again there.

    `requirements` is a file name beside README.md. Exits with one clear line when the machine cannot do it.
    """
    _find_a_new_enough_python()
    if not _ready(requirements):
        try:
            (ROOT / "var").mkdir(exist_ok=True)
            with open(ROOT / "var" / "environment.lock", "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # of two first starts the second waits, then finds it done
                if not _ready(requirements):
                    _make(requirements)
        except OSError as error:
            sys.exit(f"The virtual environment could not be made: {error}")
        except KeyboardInterrupt:
            sys.exit("\nStopped. The next start makes the virtual environment anew.")
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.environ.pop("PYTHONHOME", None)
        os.execv(PYTHON, [str(PYTHON), *sys.argv])


def _find_a_new_enough_python() -> None:
    if sys.version_info >= OLDEST:
        return
    for minor in range(19, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, *sys.argv])
    sys.exit(f"Onsite needs Python 3.11 or newer; this is {sys.version.split()[0]}.")


def _with_included(requirements: str) -> list[str]:
    """The requirements file and those it includes."""
    lines = (ROOT / requirements).read_text().splitlines()
    return [requirements, *(line.split()[1] for line in lines if line.startswith("-r "))]


def _fingerprint(requirements: str) -> str:
    words = "\n".join((ROOT / name).read_text() for name in _with_included(requirements))
    return hashlib.sha256(words.encode()).hexdigest()


def _stamp(requirements: str) -> Path:
    return VENV / f"installed-{requirements}"


def _ready(requirements: str) -> bool:
    stamp = _stamp(requirements)
    return (
        PYTHON.exists()
        and not UNFINISHED.exists()
        and stamp.exists()
        and stamp.read_text() == _fingerprint(requirements)
    )


def _make(requirements: str) -> None:
    if UNFINISHED.exists() or not _works():
        if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
            sys.exit("Python's venv module is incomplete here. On Debian or Ubuntu: apt-get install python3-venv")
        print("Making the virtual environment in .venv …", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        if subprocess.run([sys.executable, "-m", "venv", str(VENV)]).returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            sys.exit("The virtual environment could not be made; the lines above say why.")
    UNFINISHED.touch()
    print(f"Installing what {requirements} lists …", flush=True)
    # -qq: errors only; a warning of the package installer is nothing to act on here
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    if subprocess.run([*pip, "-r", str(ROOT / requirements)]).returncode:
        sys.exit("The Python packages could not be installed; the lines above say why.")
    for name in _with_included(requirements):
        _stamp(name).write_text(_fingerprint(name))
    UNFINISHED.unlink()


def _works() -> bool:
    """Whether .venv has a Python of the right age that can run pip (not after an upgrade of the system's Python)."""
    question = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    return PYTHON.exists() and subprocess.run([str(PYTHON), "-c", question], capture_output=True).returncode == 0
