"""A disk that is full, for each file that a run writes: a real one, mounted for the test alone."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from made import TINY, picture

ROWS = 40
# Runs the program several times with its data on a tiny disk, then on the same disk, grown.
PROGRAM = """
import contextlib, io, json, os, subprocess, sys
from pathlib import Path
from rich.console import Console
import ui.cli

def run(*command):
    subprocess.run(command, check=True)

def ingest(home, store, rejects):
    told, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(said):
        ui.cli._errors = Console(file=said)
        code = ui.cli.main(["ingest", "catalog.csv", "--model", sys.argv[1], "--store", store,
                            "--rejects", rejects, "--json"])
    return [code, told.getvalue(), said.getvalue()]

results, disk = {}, Path("disk")
disk.mkdir()
for size in sys.argv[2:]:
    run("mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(disk))
    os.environ["SNAPSHELF_HOME"] = str(disk / "home")
    names = (disk / "home", f"store-{size}", str(disk / "rejects.csv"))
    full = ingest(*names)
    run("mount", "-o", "remount,size=50m", str(disk))
    results[size] = [full, ingest(*names)]
    run("umount", "-l", str(disk))
print(json.dumps(results))
"""


def namespace_works() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not namespace_works(), reason="no mounts of its own for a test here")
def test_a_full_disk_ends_the_run_with_words_and_the_next_one_goes_on(tmp_path: Path) -> None:
    """8 kB: the ledger has no room. 100: the features. 300: the thumbnails."""
    rows = ["id,title,image"]
    for number in range(ROWS):
        name = f"p{number}.jpg"
        (tmp_path / name).write_bytes(picture(number, size=(200, 200), format_="PNG"))
        rows.append(f"p{number},Thing {number},{name}")
    (tmp_path / "catalog.csv").write_text("\n".join(rows))
    sizes = ("8", "100", "300")
    done = subprocess.run(
        ["unshare", "-rm", sys.executable, "-c", PROGRAM, TINY, *sizes],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for full, after in json.loads(done.stdout.splitlines()[-1]).values():
        code, told, said = full
        assert (code, told) == (1, "")
        assert "error:" in said
        code, told, _ = after
        assert code == 0
        outcomes = json.loads(told)["outcomes"]
        assert outcomes["new"] + outcomes["updated"] + outcomes["unchanged"] == ROWS
