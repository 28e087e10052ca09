"""`deploy/audit.py`: what pip-audit says, in a verdict."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

AUDIT = Path(__file__).parents[2] / "deploy" / "audit.py"
CLEAN = {"name": "sound", "version": "1.0", "vulns": []}
HOLED = {
    "name": "holed", "version": "2.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2.1"], "aliases": [], "description": ""}],
}  # fmt: skip
UNKNOWN = {"name": "ours", "version": "0", "skip_reason": "not found"}


def audit(folder: Path, said: str, *argv: str) -> tuple[int, str]:
    """Exit code and words, where pip-audit prints what is given."""
    (folder / "pip_audit.py").write_text(f"print({said!r})")
    done = subprocess.run(
        [sys.executable, str(AUDIT), *argv], capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(folder)},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def report(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_a_known_vulnerability_fails_and_is_told_with_its_remedy(tmp_path: Path) -> None:
    code, told = audit(tmp_path, report(CLEAN, HOLED, UNKNOWN))
    assert code == 1
    assert "holed 2.0: PYSEC-2026-1, mended in 2.1" in told
    assert "2 packages looked up, 1 unknown there, 1 vulnerabilities" in told


def test_sound_packages_pass(tmp_path: Path) -> None:
    assert audit(tmp_path, report(CLEAN, UNKNOWN))[0] == 0


@pytest.mark.parametrize("said", ["", "no way out", report(UNKNOWN)])
def test_without_a_way_out_it_says_that_nothing_was_audited(tmp_path: Path, said: str) -> None:
    code, told = audit(tmp_path, said)
    assert (code, "NOT AUDITED" in told) == (0, True)
    assert audit(tmp_path, said, "--strict")[0] == 1
