"""A disk that is full, for each file that a run writes, or one that can only be read.

Real ones, mounted for the test alone.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from made import TINY, ingested, may_mount, picture

from ui.cli import main

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


# Each of these wants to write into a data folder that is on a disk that can only be read.
WRITING = (
    "train shop/catalog.csv --out model",
    "optimize --force",
    "backup others",
    "backup others --store elsewhere",
    "restore BACKUP --force",
    "doctor",
    "doctor --store elsewhere",
    "ingest shop/catalog.csv --store elsewhere",
)
READ_ONLY = """
import json, os, shlex, subprocess, sys
from io import StringIO
import ui.cli, ui.shell

subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "disk"], check=True)
subprocess.run(["cp", "-a", "home", "disk"], check=True)
subprocess.run(["mount", "-o", "remount,ro", "disk"], check=True)
os.environ["SNAPSHELF_HOME"] = "disk/home"
results = {}
for command in json.loads(sys.argv[1]):
    ui.shell.errors.file, ui.shell.errors.width = StringIO(), 200
    argv = shlex.split(command.replace("BACKUP", sys.argv[2]))
    results[command] = [ui.cli.main(argv), ui.shell.errors.file.getvalue()]
print(json.dumps(results))
"""


def test_a_data_folder_that_can_only_be_read_is_to_be_made_writable_and_nothing_deleted(
    home: Path,
) -> None:
    if not may_mount():
        pytest.skip("a test may not mount a disk of its own here")
    ingested(home.parent / "shop", [(f"P{n}", "AB"[n % 2], picture(n)) for n in range(20)])
    assert main(["backup", "backups"]) == 0
    assert main(["doctor"]) == 0
    shutil.copytree(home / "store", "elsewhere")
    Path("disk").mkdir()
    (made,) = Path("backups").glob("[!.]*")
    done = subprocess.run(
        ["unshare", "-rm", sys.executable, "-c", READ_ONLY, json.dumps(WRITING), str(made)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for command, (code, said) in json.loads(done.stdout.splitlines()[-1]).items():
        assert (command, code) == (command, 1)
        assert "writable" in said, (command, said)
        assert "delete" not in said, (command, said)
