"""What it costs to decode in a process of its own, beside decoding in this one.

    python -m bench.decode CATALOG [--limit 300] [--rounds 7] [--side 224]

Each picture becomes a thumbnail and a backbone's square, both ways by turns, one after the other on
one thread: the difference is what crossing over costs. Processor time, because on a busy machine
the wall clock of two processes that wait for each other shows the neighbours. Linux only.
"""

import argparse
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from statistics import median

from bench.kinds import cpu_s
from ingest.fetch import Fetcher
from ingest.readers import Record, open_catalog
from vision.decoder import Decoder
from vision.image import decode, square, thumbnail


def pictures(path: Path, limit: int) -> list[bytes]:
    catalog = open_catalog(path)
    records = (row for row in catalog if isinstance(row, Record))
    with Fetcher(catalog.root) as fetcher:
        return [fetcher.fetch(record.images[0]) for record in islice(records, limit)]


def here(data: bytes, side: int) -> None:
    image = decode(data, min_side=side)
    thumbnail(image)
    square(image, side)


def ms_per_picture(work: Callable[[bytes], object], photos: Sequence[bytes]) -> float:
    began = cpu_s()
    for data in photos:
        work(data)
    return 1000 * (cpu_s() - began) / len(photos)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="bench.decode", description=__doc__.split("\n")[0])
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--limit", type=int, default=300, help="pictures per round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--side", type=int, default=224, help="of the backbone's input, pixels")
    options = parser.parse_args(argv)
    photos, side, decoder = pictures(options.catalog, options.limit), options.side, Decoder(1)
    decoder.decode(photos[0])
    rounds = [
        (
            ms_per_picture(lambda data: here(data, side), photos),
            ms_per_picture(lambda data: decoder.read(data, side, thumbnail=True), photos),
        )
        for _ in range(options.rounds)
    ]
    print(f"{len(photos)} pictures of {sum(map(len, photos)) / len(photos) / 1000:.0f} kB\n")
    print("| | in this process, ms | in its own, ms | ratio |\n|---|---|---|---|")
    for name, least in (("median", median), ("least", min)):
        one, other = (least(column) for column in zip(*rounds, strict=True))
        print(f"| {name} | {one:.2f} | {other:.2f} | {other / one:.2f} |")


if __name__ == "__main__":
    main()
