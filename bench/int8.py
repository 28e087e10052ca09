"""What int8 brings and costs: speed, P@9 and top-1 beside fp32, and what the rule decides.

    python -m bench.int8 [shop/catalog.csv shop2/catalog.csv+shop2/photos.csv ...]
                         [--backbones SPEC ...] [--speed SPEC ...] [--photos 1500]

For each backbone and catalog a model is trained and exported as by `snapshelf train` and `snapshelf
model export --precision int8`; a catalog with photos of its own (CATALOG+PHOTOS) is taught by
product. `val`, a fifth of the photos, is what the rule looks at: a head has learned from them too.
`test`, another fifth, was seen by nothing. `--photos` rows of each file are drawn by chance.
Speed is taken in turns, medians of five. `--speed` backbones are quantized with noise, and only
timed: random weights will do. On a busy machine OMP_NUM_THREADS=1 makes the training quicker.
"""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ingest.readers import Catalog, open_catalog
from lab.models import Baseline
from lab.precision import Cost, cost, speed
from ui.build import features_of, samples_of
from ui.int8 import export_int8
from ui.known_models import model_in
from ui.measuring import put_aside
from ui.settings import Settings
from ui.teach import teach
from vision.backbone import load_backbone
from vision.embedder import open_embedder
from vision.export import write_export
from vision.exported import ExportedEncoder, read_export
from vision.progress import unwatched
from vision.quantize import write_int8
from vision.recipe import Recipe
from vision.spec import BUNDLED_MODEL

COLUMNS = ("backbone", "photos", "judged by", "P@9", "P@9, no head", "top-1",
           "cosine, least, mean", "alone", "of 8")  # fmt: skip
JUNK = ("Not sure", "Skip", "Other")


def main(argv: Sequence[str] | None = None) -> int:
    options = _options(argv)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home")
        for number, spec in enumerate(options.speed):
            timed(spec, Path(folder) / f"speed{number}")
        for spec in options.backbones:
            for given in options.catalogs:
                with tempfile.TemporaryDirectory(dir=folder) as work:
                    taught(spec, given, options.photos, Path(work), settings)
    return 0


def timed(spec: str, folder: Path) -> None:
    folder.mkdir()
    backbone = load_backbone(spec)
    size = backbone.preprocess.size
    write_export(backbone, folder, "fp32")
    noise = np.random.default_rng(0).normal(size=(20, 3, size, size)).astype(np.float32)
    write_int8(folder, list(noise))
    full, cheap = (ExportedEncoder(read_export(folder, one)) for one in ("fp32", "int8"))
    found = speed(cheap.features, full.features, size)
    print(f"| {_short(spec)} | | | | | | | {found['1']} × | {found['8']} × |", flush=True)


def taught(spec: str, given: str, count: int, work: Path, settings: Settings) -> None:
    catalog, photos = _catalogs(given, count, work)
    label = "product_id" if photos else "category"
    teach(
        catalog, photos, spec, work / "model", settings, label=label, exclude=JUNK,
        parts=(6, 2, 2), recipe=Recipe.of("head", seed=0), progress=unwatched,
    )  # fmt: skip
    told, objections = export_int8(
        work / "model", settings, mapping={}, progress=unwatched, warn=print
    )
    measured = Cost(**{name: told[name] for name in Cost.__dataclass_fields__})
    rule = "; ".join(objections) or "int8 serves"
    _row(spec, given, f"val {measured.photos}", measured, rule)
    known = model_in(work / "model")
    aside = known and put_aside(known, [], "test")
    if not aside:
        return
    full, cheap = (open_embedder(work / "model", one) for one in ("fp32", "int8"))
    gallery, queries = (samples_of(one, print) for one in aside.open())
    with features_of(full, settings) as first, features_of(cheap, settings) as second:
        judged = cost(
            Baseline(cheap, second), Baseline(full, first), gallery, queries,
            relevant_by=aside.relevant_by, exclude_labels=aside.exclude,
        )  # fmt: skip
    _row(spec, given, f"test {judged.photos}", judged, "")


def _row(spec: str, given: str, by: str, found: Cost, rule: str) -> None:
    def both(name: str) -> str:
        full, low = found.fp32.get(name), found.int8.get(name)
        if full is None or low is None:
            return "–"
        return f"{full:.3f} → {low:.3f} ({100 * (low - full):+.1f})"

    shop = Path(given.partition("+")[0]).parent.name
    found_by = both("p_at_9") + (f"; P@1 {both('p_at_1')}" if "p_at_1" in found.fp32 else "")
    raw = both("raw_p_at_9")
    cosine = f"{found.cosine['least']:.3f}, {found.cosine['mean']:.4f}"
    cells = (_short(spec), shop, by, found_by, raw, both("top1"), cosine,
             *(f"{found.speed[size]} ×" for size in ("1", "8")))  # fmt: skip
    print(f"| {' | '.join(cells)} |", flush=True)
    if rule:
        print(f"  rule: {rule}", file=sys.stderr, flush=True)


def _catalogs(given: str, count: int, work: Path) -> tuple[Catalog, Catalog | None]:
    first, _, second = given.partition("+")
    catalog, *photos = (
        open_catalog(_drawn(Path(one), count, work), image_root=Path(one).parent, source="bench")
        for one in (first, second)
        if one
    )
    return catalog, photos[0] if photos else None


def _drawn(path: Path, count: int, work: Path) -> Path:
    """Some lines of a file, under its own name."""
    head, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    some = random.Random(0).sample(lines, min(count, len(lines)))
    (work / path.name).write_text("".join([head, *some]), encoding="utf-8")
    return work / path.name


def _short(spec: str) -> str:
    return spec.partition("?")[0]


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("catalogs", nargs="*", metavar="CATALOG[+PHOTOS]")
    parser.add_argument("--backbones", nargs="+", default=[BUNDLED_MODEL], metavar="SPEC")
    parser.add_argument("--speed", nargs="*", metavar="SPEC",
                        default=[BUNDLED_MODEL, "timm:resnet50?pretrained=false"])  # fmt: skip
    parser.add_argument("--photos", type=int, default=1500)
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
