"""Every claim of bench/README.md, one after the other, and which bounds were met.

    python -m bench [NAME ...] [--catalog CATALOG] [--python PEERS/bin/python] [--out results]

Each bench is a process of its own, so that none has the other's threads and memory; what it prints
is kept in OUT/NAME.txt, the summary in OUT/summary.md. One that misses a bound, or breaks, does not
stop the next. The exit code is 1 when a bound was missed or a bench broke.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ingest.drawn.catalog import draw_catalog

PRODUCTS = 640
"""Of the drawn catalog, when none is given."""
LIBRARIES = ("openvino", "torch", "numpy", "pillow", "qdrant-edge-py", "qdrant-client")
# By what they prove: the network, the way to it, the engine, the whole, beside others.
CLAIMS = ("start", "encoder", "int8", "head", "ingest", "rows", "latency", "engine",
          "size", "peers")  # fmt: skip
TAKES_CATALOG = ("ingest", "peers", "decode", "int8")
TAKES_PEERS = ("peers",)
VERDICTS = ("met", "missed", "out of reach here")


@dataclass(frozen=True)
class Done:
    name: str
    minutes: float
    code: int | None
    """The bench's exit code; None: there is no such bench."""
    bounds: list[str]
    """Its lines of `bench.bounds`, without the bars outside."""

    @property
    def ended(self) -> str:
        words = {None: "there is no such bench", 0: "all bounds met", 1: "a bound missed"}
        return words.get(self.code, f"broke with code {self.code}")


def main(argv: Sequence[str] | None = None) -> int:
    options = _options(argv)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    catalog = options.catalog or draw_catalog(out / "drawn", products=PRODUCTS)
    if not catalog.is_file():
        raise SystemExit(f"there is no catalog {catalog}; check --catalog, or leave it out")
    done = []
    for name in options.names or CLAIMS:
        print(f"\n## bench.{name}\n", flush=True)
        done.append(run(name, catalog, options.python, out))
        # after each: what is known when a later one is interrupted
        (out / "summary.md").write_text(summary(done, catalog), encoding="utf-8")
    print("\n" + summary(done, catalog))
    return int(any(one.code for one in done))


def run(name: str, catalog: Path, peers: str | None, out: Path) -> Done:
    if not (Path(__file__).parent / f"{name}.py").is_file():
        return Done(name, 0, None, [])
    words = [sys.executable, "-m", f"bench.{name}"]
    words += [str(catalog)] if name in TAKES_CATALOG else []
    words += ["--python", peers] if peers and name in TAKES_PEERS else []
    own = {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    lines, began = [], time.monotonic()
    with (
        (out / f"{name}.txt").open("w", encoding="utf-8") as kept,
        subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | own) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            kept.write(line)
            lines.append(line)
    minutes = (time.monotonic() - began) / 60
    return Done(name, minutes, process.returncode, bounds_of(lines))


def bounds_of(lines: Sequence[str]) -> list[str]:
    """Those that `bench.bounds` printed."""
    rows = [line.strip().strip("|").strip() for line in lines if line.startswith("|")]
    return [row for row in rows if row.rpartition(" | ")[2].startswith(VERDICTS)]


def summary(done: Sequence[Done], catalog: Path) -> str:
    lines = [machine(), f"Photos: {catalog}", "", "| bench | minutes | ended |", "|---|---|---|"]
    lines += [f"| {one.name} | {one.minutes:.1f} | {one.ended} |" for one in done]
    lines += ["", "| bench | bound | reach | measured | verdict |", "|---|---|---|---|---|"]
    lines += [f"| {one.name} | {bound} |" for one in done for bound in one.bounds]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """What was measured on, when and with what."""
    have = [f"{name} {_version(name)}" for name in ("snapshelf", *LIBRARIES)]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} × {_processor()}, load "
        f"{os.getloadavg()[0]:.1f}\nPython {platform.python_version()}, {', '.join(have)}"
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _processor() -> str:
    """With the widest instructions, which decide most."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    name = next((line.partition(":")[2].strip() for line in told.splitlines()
                 if line.startswith("model name")), platform.machine())  # fmt: skip
    wide = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "amx_int8") if f" {flag} " in told]
    return f"{name} ({' '.join(wide) or 'no AVX2'})"


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {' '.join(CLAIMS)}, or any")
    parser.add_argument("--catalog", type=Path, help="photos of yours; else a drawn catalog")
    parser.add_argument("--python", help="of the environment that has the peers")
    parser.add_argument("--out", type=Path, default=Path("results"))
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
