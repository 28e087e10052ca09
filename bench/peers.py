"""Snapshelf beside its peers: the same photos, the same network, by turns in one run.

    python -m bench.peers [CATALOG] [--python PEERS/bin/python] [--images 128] [--rounds 5]
        [--backbone SPEC] [--material FOLDER]

What is compared: photos in a folder into an index that is kept on disk, and a photo to its 9
nearest, by each system's own code (`bench.contenders` says how each is called and what was bent).
Each system has a process of its own, which has its model loaded and has indexed a few photos before
the clock starts; a round lets each index all photos into a new place and answer `--asked` new ones.
Ratios of images/s are medians over rounds. `processor ms a photo` is over all threads and helper
processes of a system: other work on the machine disturbs it least. `first answer` is a new process
with its model and index on disk, until it has answered.

Fair:
- one network with the same random weights for all, at 224 px; speed does not depend on weights. All
  must find, among 9, the photo they are asked for that is in the index.
- no limit of threads: each takes both processors in its own way; batches are the defaults.
- all decode the same files, none of which is a copy of another. Snapshelf lets JPEGs decode at a
  reduced scale, as its users get it: nothing below 448 px on the short side is changed by that.
- it squeezes, others cut a square out of the middle: the same number of pixels for the network.
- int8 is the same network with rounded weights, quantized from these photos; whether a trained one
  may serve so, the lab decides (`snapshelf model export`). What bounds are excused by is its peak.
- its ingest writes thumbnails, a ledger and its feature cache besides; the others do not.
Not alike: what is in `Contender.batch`, and that fastembed and rclip run in ONNX Runtime, the other
peers in torch, and Snapshelf in OpenVINO: that choice is part of what is compared.

The bundled model, another and much smaller network, has a row of its own and no bound.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench.bounds import Bound, told
from bench.contenders import CONTENDERS
from bench.material import Material, files
from bench.peak import Peak, network_flops, products, products_in_8_bits
from bench.systems import LOOP, Process, System, first_answer, present
from ingest.drawn.catalog import draw_catalog
from vision.spec import BUNDLED_MODEL

BACKBONE = "open_clip:ViT-B-32?pretrained=false"
# Times as many images a second as the loop of the tutorials, and as each peer.
TUTORIAL, PEER = 5.0, 3.0
STARTS = 3


def one_round(process: Process, material: Material, home: Path, photos: Sequence[Path]) -> None:
    """Indexes all and asks for `photos`; the first of them must be found."""
    system, count = process.system, len(files(material.photos))
    home.mkdir(parents=True)
    indexed = process.do("index", photos=material.photos, home=home)
    system.rates.append(count / indexed["seconds"])
    system.cpu_ms.append(1e3 * indexed["cpu"] / count)
    answers = [process.do("ask", photo=photo) for photo in photos]
    known = files(material.asked)[0]
    found = process.do("ask", photo=known)["answer"]
    if files(material.photos)[0].name not in found:
        raise RuntimeError(f"{system.name} does not find the photo that it indexed: {found}")
    system.asked_ms.append(1e3 * median(one["seconds"] for one in answers))
    system.memory_mb = answers[-1]["memory"]


Peaks = dict[str, Peak]
"""By precision: "fp32" and "int8"."""


def measure(systems: Sequence[System], material: Material, rounds: int, asked: int) -> Peaks:
    """Fills the systems' numbers; the processor's peaks between the same rounds."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        homes = Path(folder)
        processes = [Process(one, material) for one in systems]
        for process in processes:
            opened.callback(process.close)
            warm(process, material, homes / f"{process.system.name} few")
        threads, new = os.cpu_count() or 1, files(material.asked)[1:]
        kinds = {"fp32": products(threads), "int8": products_in_8_bits(threads)}
        peaks = {precision: Peak() for precision in kinds}
        for number in range(rounds):
            photos, turn = new[number * asked : (number + 1) * asked], number % len(processes)
            for process in processes[turn:] + processes[:turn]:
                name = process.system.name
                one_round(process, material, homes / f"{name} {number}", photos)
                rate = process.system.rates[-1]
                print(
                    f"round {number + 1} of {rounds}: {name} {rate:.1f} images/s", file=sys.stderr
                )
            for precision, calls in kinds.items():
                for flops, call in calls.values():
                    peaks[precision] = peaks[precision].higher(flops, call)
        opened.close()
        for _ in range(STARTS):
            for one in systems:
                home = homes / f"{one.name} {rounds - 1}"
                one.first_s.append(first_answer(one, material, home))
    return peaks


def warm(process: Process, material: Material, home: Path) -> None:
    process.do("load")
    home.mkdir()
    process.do("index", photos=material.few, home=home)
    for photo in files(material.few):
        process.do("ask", photo=photo)


def table(systems: Sequence[System], peaks: Peaks, flops: int) -> str:
    """`flops` of the network for a photo; its own cost at the peaks is in the last rows."""
    heads = ("system", "batch", "images/s", "processor ms a photo", "photo → answer ms",
             "first answer s", "memory MB")  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for one in systems:
        batch = CONTENDERS[one.contender].batch
        lines.append(
            f"| {one.name} | {batch} | {median(one.rates):.1f} | {median(one.cpu_ms):.0f} "
            f"| {median(one.asked_ms):.0f} | {median(one.first_s):.1f} | {one.memory_mb:.0f} |"
        )
    for precision, peak in peaks.items():
        lines.append(f"| nothing but the network, at the {precision} peak | "
                     f"| {peak.pace / flops:.1f} | {1e3 * flops / peak.processor_pace:.0f} "
                     "| | | |")  # fmt: skip
    return "\n".join(lines)


def times(ours: System, other: System) -> float:
    """Times as many images a second, the median over rounds."""
    return median(a / b for a, b in zip(ours.rates, other.rates, strict=True))


def beside(ours: Sequence[System], theirs: Sequence[System]) -> str:
    """How many times as many images/s, a photo's processor time, as quick an answer and a first."""
    heads = ("images/s, processor time, answer, first answer beside", *(one.name for one in ours))
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for other in theirs:
        cells = [f"{times(one, other):.1f} ×, {_less(one, other)}" for one in ours]
        lines.append(f"| {other.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _less(ours: System, other: System) -> str:
    pairs = ((ours.cpu_ms, other.cpu_ms), (ours.asked_ms, other.asked_ms),
             (ours.first_s, other.first_s))  # fmt: skip
    return ", ".join(f"{median(theirs) / median(mine):.1f} ×" for mine, theirs in pairs)


def bounds(ours: Sequence[System], theirs: Sequence[System], most: float) -> list[Bound]:
    """Of the best of ours with the same network; `most` images/s are what it can give here."""
    found = []
    for other in theirs:
        reach = TUTORIAL if other.name == LOOP else PEER
        best, room = max(times(one, other) for one in ours), most / median(other.rates)
        excuse = (
            f"this processor's peak, in 8 bits, is {most:.1f} images/s of this network, "
            f"{room:.1f} × this peer"
        )
        found.append(Bound(f"images/s beside {other.name}", best, reach, "×",
                           excuse=excuse if room < reach else ""))  # fmt: skip
    return found


def main(argv: Sequence[str] | None = None) -> int:
    options = _options(argv)
    with tempfile.TemporaryDirectory() as folder:
        material = Material(options.material or Path(folder) / "material")
        needed = options.rounds * options.asked + 1
        catalog = options.catalog or draw_catalog(
            Path(folder) / "drawn", products=options.images + needed + 50
        )
        material.prepare(options.backbone, catalog, options.images, needed)
        systems = present(material, options.python or sys.executable)
        peaks = measure(systems, material, options.rounds, options.asked)
    from vision.backbone import load_backbone

    backbone = load_backbone(options.backbone)
    flops = network_flops(backbone.network, backbone.preprocess.size)
    most = max(peak.pace for peak in peaks.values()) / flops
    told_peaks = ", ".join(f"{one.pace / 1e9:.0f} in {name}" for name, one in peaks.items())
    print(f"\n{options.backbone}, {options.images} photos; {os.cpu_count()} processors, load "
          f"{os.getloadavg()[0]:.1f}, peak of GFLOP/s {told_peaks}\n")  # fmt: skip
    ours = [one for one in systems if one.contender == "snapshelf"]
    theirs = [one for one in systems if one.contender != "snapshelf"]
    print(table(systems, peaks, flops), beside(ours, theirs), sep="\n\n")
    return told(bounds([one for one in ours if one.model != BUNDLED_MODEL], theirs, most))


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.peers", description=__doc__.split("\n")[0])
    parser.add_argument("catalog", type=Path, nargs="?", help="photos; by default drawn ones")
    parser.add_argument("--python", help="of the environment that has the peers (`make peers`)")
    parser.add_argument("--images", type=int, default=128)
    parser.add_argument("--asked", type=int, default=10, help="new photos asked for in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--backbone", default=BACKBONE, help="with random weights")
    parser.add_argument("--material", type=Path,
                        help="keeps the network's forms here, and uses them again")  # fmt: skip
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
