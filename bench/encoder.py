"""The two runtimes side by side: a batch through the network, and a start to its first answer.

    python -m bench.encoder [--rounds 5] [--backbones SPEC ...]

Networks have random weights where a spec says so: only time is looked at here, and the cosine
between the runtimes. `torch eager` is the network as its library makes it; `torch, ours` has its
weights in channels_last order, as `vision.backbone` keeps them. Each round times every runtime
once, one after the other, so that what else the machine does falls on all of them; medians of the
rounds are told.

A start is `snapshelf search` in a process of its own, on an index of 40 made photos: from the call
to the end of the process, the answer printed. `memory` is the largest resident set; much of it is
files that the vector engine maps, so what the process itself asked for is told beside it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from vision.backbone import load_backbone
from vision.encoder import Encoder, comes_exported, open_encoder
from vision.export import write_export
from vision.exported import ExportedEncoder, read_export
from vision.head import unit
from vision.spec import BUNDLED_MODEL

BACKBONES = (BUNDLED_MODEL, "timm:resnet50?pretrained=false")
BATCHES = (1, 8)
WORKERS, WORKERS_BATCH = 2, 16
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
    options = _options(argv)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
    print("| backbone | batch | runtime | ms a batch | images/s | beside torch eager |")
    print("|---|---|---|---|---|---|")
    for spec in options.backbones:
        encoder_table(spec, options.rounds)
    print("\n| start | seconds | memory MB | of it its own |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        start_table(Path(folder), options.rounds)
    return 0


def encoder_table(spec: str, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        backbone, exported = load_backbone(spec), _exported(spec, Path(folder))
        plain = _plain(spec)
        side = backbone.preprocess.size
        ways: dict[str, Callable[[np.ndarray], np.ndarray]] = {
            "torch eager": plain,
            "torch, ours": backbone.features,
            "OpenVINO fp32": exported.features,
        }
        for size in BATCHES:
            batch = np.random.default_rng(0).normal(size=(size, 3, side, side)).astype(np.float32)
            calls = {name: partial(way, batch) for name, way in ways.items()}
            times = _interleaved(calls, rounds)
            _rows(spec, f"{size}", size, times)
        many = [batch[:1].repeat(WORKERS_BATCH, axis=0)] * (2 * WORKERS)
        threaded: dict[str, Encoder] = {"torch, ours": backbone, "OpenVINO fp32": exported}
        work = {name: partial(_in_threads, one, many) for name, one in threaded.items()}
        times = _interleaved(work, rounds)
        name = f"{WORKERS} threads × {WORKERS_BATCH}"
        _rows(spec, name, len(many) * WORKERS_BATCH, times)
        cosine = (unit(backbone.features(batch)) * unit(exported.features(batch))).sum(axis=1).min()
        print(f"| {spec} | | cosine of the two | {cosine:.7f} | | |")


def start_table(folder: Path, rounds: int) -> None:
    _catalog(folder)
    _run(folder, "openvino", "ingest", "catalog.csv", "--json")
    search = ("search", "3.jpg", "--json")
    ways = {
        "`search`, without torch": lambda: _run(folder, "openvino", *search),
        "`search`, in torch": lambda: _run(folder, "torch", *search),
        "`--help`": lambda: _run(folder, "openvino", "--help"),
    }
    told: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for _ in range(rounds):
        for name, way in ways.items():
            told[name].append(way())
    for name, runs in told.items():
        assert {one["torch"] for one in runs} == {name.endswith("in torch")}
        values = [median(one[what] for one in runs) for what in ("seconds", "VmHWM", "RssAnon")]
        print("| {} | {:.2f} | {:.0f} | {:.0f} |".format(name, *values))


def _interleaved(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Seconds of each, the median; a first call that is not counted warms it up."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            if number:
                spent[name].append(time.perf_counter() - began)
    return {name: median(values) for name, values in spent.items()}


def _rows(spec: str, batch: str, images: int, times: Mapping[str, float]) -> None:
    first = next(iter(times.values()))
    for name, seconds in times.items():
        print(f"| {spec} | {batch} | {name} | {1e3 * seconds:.1f} | {images / seconds:.0f} "
              f"| {first / seconds:.2f} × |")  # fmt: skip


def _in_threads(encoder: Encoder, batches: Sequence[np.ndarray]) -> None:
    """As an ingest embeds."""
    with encoder.threads(), ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(encoder.features, batches))


def _exported(spec: str, folder: Path) -> Encoder:
    backbone = load_backbone(spec)
    if comes_exported(backbone.parsed):
        return open_encoder(spec)
    write_export(backbone, folder, "fp32")
    return ExportedEncoder(read_export(folder, "fp32"))


def _plain(spec: str) -> Callable[[np.ndarray], np.ndarray]:
    network = load_backbone(spec).network.to(memory_format=torch.contiguous_format)

    def features(batch: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return network(torch.from_numpy(batch)).numpy()

    return features


def _catalog(folder: Path) -> None:
    from PIL import Image

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


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--backbones", nargs="+", default=BACKBONES, metavar="SPEC")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
