"""kill -9 at random moments of an ingest from a flaky host: what is there at the end?

    python -m bench.killed [--rows 2000] [--kills 25] [--fail 0.10] [--hang 0.02] [--seed 1]

One process ingests a catalog from a faultless host. Then others ingest it from a flaky one into
another data folder; each is killed, without warning, at a random moment, and the next goes on.
A last one may finish. Both stores must hold the same ids and payloads and equal vectors, and no
picture may have been embedded twice but those that were at the model when their run was killed.
Exits with 1 when that is not so. The network is tiny and has random weights.
"""

import argparse
import csv
import hashlib
import io
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bench.flaky import Faults, serving
from bench.ready import ready
from catalog.store import Stored, open_store
from ingest.readers import open_catalog
from ingest.trial import BATCH
from ingest.web import Web, WebLimits

MODEL = "timm:test_resnet?pretrained=false&size=64"
PROCESSORS = 2
# Shorter than the host hangs; the command line waits 10 s.
WAIT_S = 1.0
# Oftener than in life, as the runs are shorter: each shall have known some of its work for done.
CHECKPOINT_S = 0.25
# Every so manieth product shows the picture of the one before it.
TWIN_EVERY = 20
_PROCESSES = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Killed:
    """One run: how long it had, and by sha256 of its pixels each picture that reached the model."""

    seconds: float
    points: int
    embedded: tuple[str, ...]


def picture(path: str) -> bytes:
    """The file at /<number>: coloured blocks."""
    blocks = np.random.default_rng(int(path[1:])).integers(0, 256, (6, 6, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(blocks).resize((96, 96), Image.Resampling.NEAREST).save(buffer, "JPEG")
    return buffer.getvalue()


def write_catalog(path: Path, rows: int, host: str) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "category", "price", "image"])
        for number in range(rows):
            shown = number - 1 if number % TWIN_EVERY == TWIN_EVERY - 1 else number
            writer.writerow(
                [f"p{number}", f"No {number}", "Things", number + 0.5, f"http://{host}/{shown}"]
            )


def work(catalog_path: Path, data: Path, log: Path, began: Any, ended: Any) -> None:
    """A worker as the command line builds it; `log` takes each picture before the model does."""
    from vision.embedder import open_embedder

    embedder = open_embedder(MODEL)
    seen, features = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), embedder.features

    def watched(batch: np.ndarray) -> np.ndarray:
        told = "".join(f"{hashlib.sha256(pixels.tobytes()).hexdigest()}\n" for pixels in batch)
        os.write(seen, told.encode())
        return features(batch)

    embedder.features = watched  # type: ignore[method-assign]
    catalog = open_catalog(catalog_path, source="shop")
    host = next(iter(catalog)).images[0].split("/")[2]  # type: ignore[union-attr]
    web = Web([host], WebLimits(wait_s=WAIT_S))
    with ready(catalog, data, embedder, web=web) as ingest:
        began.set()
        report = ingest(run_id=log.stem, threads=PROCESSORS, checkpoint_s=CHECKPOINT_S)
    ended.put(report.to_json())


def run(catalog: Path, data: Path, name: str, kill_after_s: float | None = None) -> Any:
    """The worker's report, or what is known of one that was killed."""
    log = data.with_name(f"{data.name}-{name}.log")
    began, ended = _PROCESSES.Event(), _PROCESSES.Queue()
    worker = _PROCESSES.Process(target=work, args=(catalog, data, log, began, ended))
    worker.start()
    while not began.wait(0.1):
        if not worker.is_alive():
            raise RuntimeError(f"the worker died by itself · {name} · its error is above")
    if kill_after_s is None:
        report = ended.get()
        worker.join()
        return report
    time.sleep(kill_after_s)
    worker.kill()
    worker.join()
    if worker.exitcode != -signal.SIGKILL:
        raise RuntimeError(f"the worker was done before it was killed · {name} · take more rows")
    return Killed(kill_after_s, len(points(data)), tuple(log.read_text().split()))


def points(data: Path) -> dict[str, Stored]:
    with open_store(data / "store") as store:
        return store.get([stored.id for stored in store.scroll()], with_vectors=True)


def facts(stored: Stored) -> dict[str, Any]:
    """The payload without what tells one run from another."""
    return {
        key: value
        for key, value in stored.payload.items()
        if key not in ("run_id", "updated_at", "image_url")
    }


@dataclass(frozen=True)
class Result:
    killed: tuple[Killed, ...]
    finals: tuple[dict[str, Any], ...]
    """Reports of the runs that were not killed, to the end of the catalog."""
    embedded_last: tuple[str, ...]
    """The pictures that those embedded."""
    found: dict[str, Stored]
    expected: dict[str, Stored]

    @property
    def again(self) -> list[int]:
        """For each killed run, how many of its pictures a later one embedded again."""
        later, counts = set(self.embedded_last), []
        for one in reversed(self.killed):
            counts.append(len(later.intersection(one.embedded)))
            later.update(one.embedded)
        return counts[::-1]

    @property
    def embedded(self) -> int:
        return sum(len(one.embedded) for one in self.killed) + len(self.embedded_last)

    def differences(self) -> dict[str, float]:
        """How many ids and payloads differ, and how near the farthest vectors are."""
        both = sorted(self.found.keys() & self.expected.keys())
        payloads = [(facts(self.found[key]), facts(self.expected[key])) for key in both]
        vectors = [(_vector(self.found[key]), _vector(self.expected[key])) for key in both]
        return {
            "points": len(self.found),
            "ids that differ": len(self.found.keys() ^ self.expected.keys()),
            "payloads that differ": sum(one != other for one, other in payloads),
            "vectors equal bit by bit": sum(np.array_equal(*pair) for pair in vectors),
            "lowest cosine of two vectors": min(float(np.dot(*pair)) for pair in vectors),
        }


def _vector(stored: Stored) -> np.ndarray:
    assert stored.vector is not None
    return stored.vector


def experiment(root: Path, rows: int, kills: int, wanted: Faults) -> Result:
    faults, catalog = Faults(), root / "catalog.csv"
    with serving(picture, faults) as host:
        write_catalog(catalog, rows, host)
        clean = run(catalog, root / "clean", "clean")
        faults.fail, faults.hang, faults.chance = wanted.fail, wanted.hang, wanted.chance
        # a flaky host takes longer than a good one: the kills are spread over most of the rows
        longest_s = 3 * clean["seconds"] / (kills + 1)
        killed = []
        for number in range(kills):
            after_s = wanted.chance.uniform(0, longest_s)
            killed.append(run(catalog, root / "killed", f"run-{number}", after_s))
        finals = [run(catalog, root / "killed", "last-0")]
        # a picture that failed four times is rejected, and taken by the next run
        while finals[-1]["outcomes"]["rejected"] and len(finals) < 5:
            finals.append(run(catalog, root / "killed", f"last-{len(finals)}"))
    wanted.counts.update(faults.counts)
    logs = (log.read_text().split() for log in root.glob("killed-last-*.log"))
    last = tuple(sha256 for log in logs for sha256 in log)
    ends = points(root / "killed"), points(root / "clean")
    return Result(tuple(killed), tuple(finals), last, *ends)


def table(result: Result) -> str:
    lines = [
        "| run | killed after s | points then | embedded | of these again later |",
        "|---|---|---|---|---|",
    ]
    for number, (one, again) in enumerate(zip(result.killed, result.again, strict=True), 1):
        lines.append(
            f"| {number} | {one.seconds:.2f} | {one.points} | {len(one.embedded)} | {again} |"
        )
    for report in result.finals:
        outcomes = {name: count for name, count in report["outcomes"].items() if count}
        lines.append(f"| to the end | | {outcomes} | {report['images']['embedded']} | 0 |")
    return "\n".join(lines)


def failures(result: Result, rows: int) -> list[str]:
    """What is not as without faults."""
    told, again = result.differences(), result.again
    pictures = rows - rows // TWIN_EVERY
    checks = {
        "a row is missing": told["points"] != rows,
        "ids differ": told["ids that differ"],
        "payloads differ": told["payloads that differ"],
        "vectors differ": told["lowest cosine of two vectors"] < 0.99999,
        "embedded again what was not at the model": max(again, default=0) > PROCESSORS * BATCH,
        "embedded twice in one run": result.embedded - sum(again) != pictures,
    }
    return [what for what, wrong in checks.items() if wrong]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.killed", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--fail", type=float, default=0.10, help="share of requests that fail")
    parser.add_argument("--hang", type=float, default=0.02, help="share that is never answered")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    # what a worker imports, once for all of them
    _PROCESSES.set_forkserver_preload(["ingest.pipeline", "vision.embedder", "timm"])
    faults = Faults(options.fail, options.hang, chance=random.Random(options.seed))
    with tempfile.TemporaryDirectory() as folder:
        result = experiment(Path(folder), options.rows, options.kills, faults)
    print(f"{options.rows} rows, {options.kills} kills; the host's answers: {dict(faults.counts)}")
    print(f"\n{table(result)}\n")
    for what, number in result.differences().items():
        print(f"{what}: {number}")
    print(
        f"embedded {result.embedded} pictures, {sum(result.again)} of them again; after one kill "
        f"at most {max(result.again, default=0)} of the {PROCESSORS * BATCH} at the model"
    )
    wrong = failures(result, options.rows)
    print("; ".join(wrong) or "as without faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
