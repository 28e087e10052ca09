"""The measurement of killed runs, on a small scale: `python -m bench.killed` does the whole."""

import subprocess
import sys
from pathlib import Path

import pytest

import ingest


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is the point of this test")
def test_killed_at_random_over_a_flaky_host_it_ends_as_without_faults() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bench.killed", "--rows", "120", "--kills", "3"],
        cwd=Path(ingest.__file__ or "").parent.parent,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.splitlines()[-1] == "as without faults"
