"""The short forms of the fault campaigns, with real processes; the long ones are `python -m faults.…`."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def campaign(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["every count is as promised"]), (
        done.stdout + done.stderr[-3000:]
    )


@pytest.mark.clause("7.1.2a")
@pytest.mark.parametrize("which", ["G1", "G3", "G7"])
def test_promises_hold_while_things_break(which):
    campaign("faults.reminders", "--quick", "--only", which)


@pytest.mark.clause("2.1.1")
def test_hands_at_once_never_send_somebody_to_two_places():
    campaign("faults.dispatching", "--quick")
