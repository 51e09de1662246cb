"""Processes that are ours: started in a session of their own, remembered by a file, ended for certain."""

import os
import signal
import subprocess
import time
from pathlib import Path


class StartFailed(Exception):
    """Something that was started is not there; the message says what, why and what to do."""


class Child:
    """One process with its log. Its pid file lets a later start find it when we ourselves are killed.

    `stop_signal` asks it to end; `patience` is how many seconds it has before it is killed.
    """

    def __init__(self, name: str, *, pids: Path, logs: Path, stop_signal=signal.SIGTERM, patience: float = 10):
        self.name = name
        self.pidfile = pids / f"{name}.pid"
        self.log = logs / f"{name}.log"
        self.stop_signal = stop_signal
        self.patience = patience
        self.process: subprocess.Popen | None = None

    def start(self, command: list, **popen) -> None:
        end_orphan(self.pidfile, self.stop_signal, self.patience)
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **popen,
            )
        self.pidfile.write_text(f"{self.process.pid} {identity(self.process.pid)}")

    @property
    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def check(self) -> None:
        """Raise StartFailed, with the end of the log, when the process is gone."""
        if self.ended:
            code = self.process.returncode if self.process else None
            raise StartFailed(f"{self.name} stopped by itself (exit code {code}). Its log: {self.log}\n{self.tail()}")

    def tail(self, lines: int = 12) -> str:
        with open(self.log, "rb") as log:
            log.seek(max(0, self.log.stat().st_size - 20_000))
            return "\n".join("  " + line for line in log.read().decode(errors="replace").splitlines()[-lines:])

    def ask_to_stop(self) -> None:
        if not self.ended:
            self.process.send_signal(self.stop_signal)

    def stop(self) -> None:
        """End the process and what it left behind in its session."""
        if self.process is None:
            return
        self.ask_to_stop()
        try:
            self.process.wait(self.patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        _kill_session(self.process.pid)
        self.pidfile.unlink(missing_ok=True)

    def kill(self) -> None:
        """As a power cut would: kill -9, no goodbye (for the tests of what survives it)."""
        self.process.kill()
        self.process.wait()
        _kill_session(self.process.pid)


def identity(pid: int) -> str | None:
    """When the process began, which tells it from a later one with the same number; None when it is gone."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else fields[19]
    answer = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True).stdout
    state, _, began = answer.strip().partition(" ")
    return None if not state or state.startswith("Z") else began.strip()


def command_line(pid: int) -> str:
    """The words a process was started with; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout


def end_orphan(pidfile: Path, stop_signal: int, patience: float) -> None:
    """End the process an earlier run left behind, if it still is that process, and forget it."""
    words = pidfile.read_text().split(maxsplit=1) if pidfile.exists() else []
    if len(words) == 2 and words[0].isdigit() and identity(int(words[0])) == words[1]:
        end(int(words[0]), stop_signal, patience)
        _kill_session(int(words[0]))
    pidfile.unlink(missing_ok=True)


def end(pid: int, stop_signal: int, patience: float) -> None:
    """Ask a process that is not our child to end; kill it when it has not after `patience` seconds."""
    began = identity(pid)
    for number, seconds in ((stop_signal, patience), (signal.SIGKILL, 5)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        limit = time.monotonic() + seconds
        while identity(pid) == began and time.monotonic() < limit:
            time.sleep(0.05)
        if identity(pid) != began:
            return
    raise StartFailed(f"Process {pid} of an earlier run does not end.")


def _kill_session(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # nobody is left (macOS says the second for zombies)
        return
