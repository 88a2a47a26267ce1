"""No fault at any call that changes a file loses anything, or stops a verb for good; a few here, all by `python -m
tests.faults`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT, environment


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("cc"), reason="takes Linux and a C compiler")
def test_whatever_call_a_run_ends_at_nothing_is_lost_and_it_can_be_done_again() -> None:
    command = [sys.executable, "-m", "tests.faults", "--sample", "16", "--seed", "0"]
    more = {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment(**more), cwd=ROOT)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-2000:]}"
    assert int(done.stdout.split("\n")[-2].split()[2]) >= 16
