"""A disk that is full, for each file that a run writes: a real one, mounted for the test alone."""

import json
import subprocess
import sys

import pytest
from made import TINY, may_mount, picture

ROWS = 40
# What lies on the disk, and its size in kB; the last is the first thing that has no room there.
DISKS = {
    "ledger": ("home", 8),
    "features": ("home", 100),
    "thumbnails": ("home", 300),
    "rejects": ("rejects", 8),
}
# Runs the program with its data on each tiny disk, then again on the same disk, grown.
PROGRAM = """
import contextlib, io, json, os, subprocess, sys
from pathlib import Path
import ui.cli, ui.shell

def ingest(name, rejects):
    told, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(told):
        ui.shell.errors.file, ui.shell.errors.width = said, 200
        code = ui.cli.main(["ingest", "catalog.csv", "--model", sys.argv[1], "--json",
                            "--store", f"store-{name}", "--rejects", f"{rejects}/rejects.csv"])
    return [code, told.getvalue(), said.getvalue()]

def mount(*options):
    subprocess.run(["mount", "-o", ",".join(options), "-t", "tmpfs", "tmpfs", "disk"], check=True)

results = {}
Path("disk").mkdir()
for name, (what, size) in json.loads(sys.argv[2]).items():
    mount(f"size={size}k")
    os.environ["SNAPSHELF_HOME"] = "disk/home" if what == "home" else f"home-{name}"
    rejects = "disk" if what == "rejects" else "."
    full = ingest(name, rejects)
    mount("remount", "size=50m")
    results[name] = [full, ingest(name, rejects)]
    subprocess.run(["umount", "-l", "disk"], check=True)
print(json.dumps(results))
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[object]]]:
    """For each disk the exit code, stdout and stderr of both runs: one process runs them all."""
    if not may_mount():
        pytest.skip("a test may not mount a disk of its own here")
    folder = tmp_path_factory.mktemp("full")
    rows = ["id,title,image"]
    for number in range(ROWS):
        name = f"p{number}.jpg"
        (folder / name).write_bytes(picture(number, size=(200, 200), format_="PNG"))
        rows.append(f"p{number},Thing {number},{name}")
    rows += [f"lost{number},Thing that has no picture,{number}.jpg" for number in range(300)]
    (folder / "catalog.csv").write_text("\n".join(rows))
    done = subprocess.run(
        ["unshare", "-rm", sys.executable, "-c", PROGRAM, TINY, json.dumps(DISKS)],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, list[list[object]]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", DISKS)
def test_a_full_disk_ends_the_run_with_words_and_the_next_one_goes_on(
    runs: dict[str, list[list[object]]], name: str
) -> None:
    (code, told, said), (code_after, told_after, _) = runs[name]
    assert (code, told) == (1, "")
    assert "error:" in str(said)
    assert code_after == 3
    outcomes = json.loads(str(told_after))["outcomes"]
    assert outcomes["new"] + outcomes["updated"] + outcomes["unchanged"] == ROWS
    assert outcomes["rejected"] == 300
