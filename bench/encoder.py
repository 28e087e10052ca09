"""The two runtimes side by side, and beside what the processors can do at most.

    python -m bench.encoder [--rounds 5] [--backbones SPEC ...]

Networks have random weights where a spec says so: only time is looked at here, and the cosine
between the runtimes. `torch eager` is the network as its library makes it; `torch, ours` has its
weights in channels_last order, as `vision.backbone` keeps them. Each round times every runtime and
every product of matrices (`bench.peak`) once, one after the other, so that what else the machine
does falls on all of them; medians of the rounds are told. A share of the peak is the network's
arithmetic per second beside that of the quickest product of the same rounds; by processor time it
is disturbed less by other work.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import torch

from bench.bounds import Bound, told
from bench.peak import network_flops, products
from vision.backbone import load_backbone
from vision.encoder import Encoder, comes_exported, open_encoder
from vision.export import write_export
from vision.exported import ExportedEncoder, read_export
from vision.head import unit
from vision.spec import BUNDLED_MODEL

RESNET = "timm:resnet50?pretrained=false"
BACKBONES = (BUNDLED_MODEL, RESNET)
BATCHES = (1, 8)
PROCESSORS = os.cpu_count() or 1
# Helpers of the library before wait in a busy loop for more work (OpenBLAS: 30 ms).
REST_S = 0.05
WORKERS, WORKERS_BATCH = PROCESSORS, 16
IN_THREADS = f"{WORKERS} threads × {WORKERS_BATCH}"
EAGER, OURS, EXPORTED = "torch eager", "torch, ours", "OpenVINO fp32"
# What ResNet50 has to reach: its share of the peak, and times torch eager.
SHARE, FASTER = 0.9, 2.5
# What the bundled model has to reach: images/s at batch 8, and ms alone.
PACE, ALONE_MS = 150.0, 10.0


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, and of all processors together."""

    seconds: float
    processor: float


@dataclass(frozen=True)
class Row:
    """One runtime at one batch size."""

    spec: str
    batch: str
    runtime: str
    images: int
    cost: Cost
    flops: int
    """Of a picture."""
    eager: float
    """Seconds of the first runtime for the same."""
    peak: Cost
    """Of a FLOP, in the quickest product in the same rounds."""

    @property
    def seconds(self) -> float:
        return self.cost.seconds

    @property
    def rate(self) -> float:
        """Images per second."""
        return self.images / self.seconds

    @property
    def share(self) -> float:
        """Of the peak."""
        return self.images * self.flops * self.peak.seconds / self.seconds

    @property
    def thrift(self) -> float:
        """`share` by processor time, which other work on the machine disturbs less."""
        return self.images * self.flops * self.peak.processor / self.cost.processor

    @property
    def faster(self) -> float:
        """Times the first runtime."""
        return self.eager / self.seconds

    def line(self) -> str:
        return (
            f"| {self.spec} | {self.batch} | {self.runtime} | {1e3 * self.seconds:.1f} "
            f"| {self.rate:.1f} | {self.faster:.2f} × | {self.rate * self.flops / 1e9:.0f} "
            f"| {self.share:.0%} | {self.thrift:.0%} |"
        )


def main(argv: Sequence[str] | None = None) -> int:
    options = _options(argv)
    print(f"{PROCESSORS} processors, load {os.getloadavg()[0]:.1f}\n")
    print("| backbone | batch | runtime | ms a batch | images/s | beside torch eager | GFLOP/s "
          "| share of the peak | by processor time |")  # fmt: skip
    print("|---" * 9 + "|")
    rows = [row for spec in options.backbones for row in encoder_table(spec, options.rounds)]
    return told(bounds(rows))


def encoder_table(spec: str, rounds: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        backbone, exported = load_backbone(spec), _exported(spec, Path(folder))
        side = backbone.preprocess.size
        flops = network_flops(backbone.network, side)
        measure = partial(_measured, spec=spec, rounds=rounds, flops=flops)
        ways = {EAGER: _plain(spec), OURS: backbone.features, EXPORTED: exported.features}
        rows = []
        for size in BATCHES:
            batch = np.random.default_rng(0).normal(size=(size, 3, side, side)).astype(np.float32)
            calls = {name: partial(way, batch) for name, way in ways.items()}
            rows += measure(calls, batch=f"{size}", images=size)
        many = [batch[:1].repeat(WORKERS_BATCH, axis=0)] * (2 * WORKERS)
        threaded: dict[str, Encoder] = {OURS: backbone, EXPORTED: exported}
        work = {name: partial(_in_threads, one, many) for name, one in threaded.items()}
        rows += measure(work, batch=IN_THREADS, images=len(many) * WORKERS_BATCH)
        cosine = (unit(backbone.features(batch)) * unit(exported.features(batch))).sum(axis=1).min()
        print(f"| {spec} | | cosine of the two | {cosine:.7f} | | | | | |")
        return rows


def _measured(
    calls: Mapping[str, Callable[[], object]],
    *, spec: str, batch: str, images: int, flops: int, rounds: int,
) -> list[Row]:  # fmt: skip
    """Prints a line for each call, and for the products that were measured between them."""
    kinds = {name: one for threads in sorted({1, PROCESSORS})
             for name, one in products(threads).items()}  # fmt: skip
    costs = _interleaved({**calls, **{name: call for name, (_, call) in kinds.items()}}, rounds)
    of_one = {name: Cost(costs[name].seconds / flop, costs[name].processor / flop)
              for name, (flop, _) in kinds.items()}  # fmt: skip
    peak = Cost(min(one.seconds for one in of_one.values()),
                min(one.processor for one in of_one.values()))  # fmt: skip
    eager = costs[next(iter(calls))].seconds
    rows = [Row(spec, batch, name, images, costs[name], flops, eager, peak) for name in calls]
    print("\n".join(row.line() for row in rows))
    for name, one in of_one.items():
        print(f"| {spec} | {batch} | {name} | {1e3 * costs[name].seconds:.1f} | | "
              f"| {1e-9 / one.seconds:.0f} | {peak.seconds / one.seconds:.0%} "
              f"| {peak.processor / one.processor:.0%} |")  # fmt: skip
    return rows


def bounds(rows: Sequence[Row]) -> list[Bound]:
    """Of the backbones that have some and were measured."""
    found: list[Bound] = []
    resnet = [row for row in rows if row.spec == RESNET]
    if resnet:
        best = max(row.share for row in resnet if row.runtime == EXPORTED)
        found.append(Bound("ResNet50 fp32, share of the matrix peak", best, SHARE))
        eager, exported = _row(resnet, EAGER), _row(resnet, EXPORTED)
        found.append(Bound("ResNet50 fp32, batch 8, beside torch eager", exported.faster, FASTER,
                           "×", excuse=_room(eager.share)))  # fmt: skip
    bundled = [row for row in rows if row.spec == BUNDLED_MODEL]
    if bundled:
        alone, eight = _row(bundled, EXPORTED, "1"), _row(bundled, EXPORTED)
        found.append(Bound("bundled model, batch 8", eight.rate, PACE, "images/s"))
        found.append(Bound("bundled model, alone", 1e3 * alone.seconds, ALONE_MS, "ms", True))
    return found


def _room(share: float) -> str:
    """Why nothing can be FASTER times what reaches `share` of the peak; "" where something can."""
    if share * FASTER <= 1:
        return ""
    wide = "" if _has_avx512() else ", which has no AVX-512 to gain from"
    return (f"torch eager is at {share:.0%} of this processor's peak{wide}; all of it would be "
            f"{1 / share:.1f} ×")  # fmt: skip


def _has_avx512() -> bool:
    try:
        return "avx512f" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def _row(rows: Sequence[Row], runtime: str, batch: str = f"{BATCHES[-1]}") -> Row:
    return next(row for row in rows if (row.runtime, row.batch) == (runtime, batch))


def _interleaved(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Cost]:
    """Of each, the medians; a first call that is not counted warms it up."""
    spent: dict[str, list[Cost]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            time.sleep(REST_S)
            began, processor = time.perf_counter(), time.process_time()
            way()
            cost = Cost(time.perf_counter() - began, time.process_time() - processor)
            if number:
                spent[name].append(cost)
    return {name: Cost(median(one.seconds for one in costs), median(one.processor for one in costs))
            for name, costs in spent.items()}  # fmt: skip


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


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--backbones", nargs="+", default=BACKBONES, metavar="SPEC")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
