"""Graphs (HNSW) of the embedded engine, built in a process of their own.

The engine keeps Python's lock as long as it builds: of another thread of the same process one
step in 21 s was seen. So it builds where nobody searches.
"""

import ctypes
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from catalog.contract import VECTOR_NAME
from catalog.errors import StoreUnavailable

# Below it the exact scan is as good (docs/engine.md).
GRAPH_FROM = 50_000
# The engine's own defaults.
LINKS, BREADTH = 16, 100
# Bytes of vectors from which memory counts: a server then gets int8 in memory and the whole vectors
# on disk, as its documentation advises; not measured here.
QUANTIZE_FROM = 1 << 30
# The engine scans what passes a filter, and misses nothing, where that is less than so many KB of
# vectors or such a share of all: below an eighth a walk found .76 to .98 of the ten nearest.
_SCAN_KB, _SCAN_SHARE = 20_000, 1 / 8
# Processor seconds of a build are about this times points × log2(points) × numbers of a vector.
_COST_S = 2.5e-7
_LOOK_S = 0.5
_PROGRAM = "import sys; sys.path = sys.argv[5:]; from catalog.graph import main; main()"
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG

Watch = Callable[[int, int], None]
"""Told the work done and the work expected, in one unit; the latter may be an estimate."""


def unwatched(done: int, expected: int) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Optimized:
    """A collection's points, those of them that a graph links, and whether that is new."""

    points: int
    linked: int
    built: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def build_graph(shard: Path, points: int, dim: int, watch: Watch = unwatched) -> None:
    """Link all points of a shard that nobody has open. Raises StoreUnavailable."""
    begun, expected = time.monotonic(), expected_s(points, dim)
    with tempfile.TemporaryFile() as said, _builder(shard, points, dim, said) as builder:
        while builder.poll() is None:
            done = _processor_s(builder.pid) or time.monotonic() - begun
            # an estimate is never quite right: it is done when it is done
            watch(min(int(done), expected - 1), expected)
            time.sleep(_LOOK_S)
        watch(expected, expected)
        said.seek(0)
        if builder.returncode:
            last = said.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise StoreUnavailable(
                f"the graph was not built (exit code {builder.returncode}) · {last or shard} · "
                "see that memory and disk have room, then run the same command again"
            )


def main() -> None:
    """The program of the process that builds: parent, folder of the shard, points, dimension."""
    parent, path, points, dim = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    if sys.platform == "linux":  # elsewhere it ends when it has built what nobody will use
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:  # it has died already
            return
    import qdrant_edge as engine

    scan_kb = max(_SCAN_KB, math.ceil(_SCAN_SHARE * points * dim * 4 / 1024))
    threads = os.cpu_count() or 1
    shard = engine.EdgeShard.load(
        path,
        engine.EdgeConfig(
            vectors={VECTOR_NAME: engine.EdgeVectorParams(dim, engine.Distance.Cosine)},
            # payload_m: links for each value of each key made building 2 to 4 times as long
            hnsw_config=engine.HnswIndexConfig(
                LINKS, BREADTH, scan_kb, max_indexing_threads=threads, payload_m=0
            ),
            # one graph for all: several would be walked one after another
            optimizers=engine.EdgeOptimizersConfig(
                default_segment_number=1, max_segment_size=2**40, indexing_threshold=1
            ),
        ),
    )
    shard.optimize()
    shard.flush()
    shard.close()


def expected_s(points: int, dim: int) -> int:
    """Processor seconds that a build takes."""
    return math.ceil(_COST_S * points * math.log2(points + 2) * dim)


def _builder(shard: Path, points: int, dim: int, said: Any) -> "_Builder":
    # it finds the rooms where this program found them, however that was started
    words = (str(os.getpid()), str(shard), str(points), str(dim), *sys.path)
    command = [sys.executable, "-c", _PROGRAM, *words]
    return _Builder(command, stderr=said, stdin=subprocess.DEVNULL, stdout=said)


class _Builder(subprocess.Popen[bytes]):
    """Killed where its block ends early."""

    def __exit__(self, *failure: Any) -> None:
        self.kill()
        super().__exit__(*failure)


def _processor_s(pid: int) -> float:
    """What a process has had of the processors; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
