"""The short forms of the fault campaigns, with real processes; the long ones are `python -m faults.reminders`."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.clause("7.1.2a")
@pytest.mark.parametrize("campaign", ["G1", "G3", "G7"])
def test_promises_hold_while_things_break(campaign):
    done = subprocess.run(
        [sys.executable, "-m", "faults.reminders", "--quick", "--only", campaign],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )

    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["every count is as promised"]), (
        done.stdout + done.stderr[-3000:]
    )
