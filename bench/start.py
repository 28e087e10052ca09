"""A start to its first answer, in a process of its own: seconds and memory.

    python -m bench.start [--rounds 5]

A start is `snapshelf search` on an index of 40 made photos: from the call to the end of the
process, the answer printed. `memory` is the largest resident set; much of it is files that the
vector engine maps, so what the process itself asked for is told beside it. Medians of rounds in
which each way has its turn.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from bench.bounds import Bound, told

SECONDS, MEMORY_MB, HELP_SECONDS = 3.0, 300.0, 0.3
WHAT = ("seconds", "VmHWM", "RssAnon")
# The last line of stderr tells what was loaded and the memory.
SEARCH = """
import json, sys
if sys.argv.pop(1) == "torch":
    import vision.encoder
    vision.encoder.comes_exported = lambda spec: False
from ui.cli import main
code = main(sys.argv[1:])
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
memory = {name: int(status[name].split()[0]) // 1024 for name in ("VmHWM", "RssAnon")}
print(json.dumps({"torch": "torch" in sys.modules, **memory}), file=sys.stderr)
sys.exit(code)
"""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.start", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(argv)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
    with tempfile.TemporaryDirectory() as folder:
        starts = measured(Path(folder), options.rounds)
    print("| start | seconds | memory MB | of it its own |\n|---|---|---|---|")
    for name, (seconds, memory, own) in starts.items():
        print(f"| {name} | {seconds:.2f} | {memory:.0f} | {own:.0f} |")
    lean, words = starts["`search`, without torch"], starts["`--help`"]
    return told([
        Bound("first answer of a cold start", lean[0], SECONDS, "s", at_most=True),
        Bound("its memory", lean[1], MEMORY_MB, "MB", at_most=True),
        Bound("`snapshelf --help`", words[0], HELP_SECONDS, "s", at_most=True),
    ])  # fmt: skip


def measured(folder: Path, rounds: int) -> dict[str, tuple[float, float, float]]:
    """Seconds, MB and MB of its own, of each way to start."""
    _catalog(folder)
    _run(folder, "openvino", "ingest", "catalog.csv", "--json")
    search = ("search", "3.jpg", "--json")
    ways = {
        "`search`, without torch": lambda: _run(folder, "openvino", *search),
        "`search`, in torch": lambda: _run(folder, "torch", *search),
        "`--help`": lambda: _run(folder, "openvino", "--help"),
    }
    seen: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for _ in range(rounds):
        for name, way in ways.items():
            seen[name].append(way())
    for name, runs in seen.items():
        assert {one["torch"] for one in runs} == {name.endswith("in torch")}
    return {name: _medians(runs) for name, runs in seen.items()}


def _medians(runs: Sequence[dict[str, Any]]) -> tuple[float, float, float]:
    seconds, memory, own = (median(one[what] for one in runs) for what in WHAT)
    return seconds, memory, own


def _catalog(folder: Path) -> None:
    rows = ["id,title,category,image"]
    for number in range(40):
        patches = np.random.default_rng(number).integers(0, 255, (6, 6, 3), np.uint8)
        Image.fromarray(patches).resize((600, 800)).save(folder / f"{number}.jpg")
        rows.append(f"P{number},Thing {number},{'ABCD'[number % 4]},{number}.jpg")
    (folder / "catalog.csv").write_text("\n".join(rows))


def _run(folder: Path, runtime: str, *words: str) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if "SNAPSHELF" not in name}
    # where this program's rooms are, however it was started
    own = {"SNAPSHELF_HOME": str(folder / "home"), "PYTHONPATH": str(Path(__file__).parents[1])}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", SEARCH, runtime, *words], cwd=folder, env=kept | own,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    return {"seconds": seconds, **json.loads(done.stderr.splitlines()[-1])}


if __name__ == "__main__":
    sys.exit(main())
