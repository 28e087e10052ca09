"""`snapshelf demo`: a drawn catalog, a head for it, an index of it, and the page's service."""

import csv
from dataclasses import dataclass
from pathlib import Path

from catalog.contract import ALIAS
from ingest.drawn.catalog import draw_catalog, draw_queries
from ingest.readers import open_catalog
from ui.build import Target, run_ingest
from ui.settings import Settings
from vision.encoder import open_encoder
from vision.progress import Progress
from vision.recipe import Recipe
from vision.spec import BUNDLED_MODEL

# Phone photos of each category that the head learns from: with 20 it finds the photographed product
# first in .42 of searches, with 6 in .32; 40 are no better (docs/experiments.md).
PHOTOS_TO_LEARN = 20


@dataclass(frozen=True)
class Demo:
    """All that the page needs."""

    target: Target
    examples: list[Path]


def prepare_demo(settings: Settings, products: int, progress: Progress) -> Demo:
    """Everything under `<home>/demo`; what is there from the last time is used again."""
    home = settings.home / "demo"
    own = settings.model_copy(update={"home": home, "model": None, "store": None})
    drawn = home / f"catalog-{products}"
    table = draw_catalog(
        drawn, products=products, progress=lambda done, total: progress("draw", done, total)
    )
    queries = draw_queries(drawn, per_category=1 + PHOTOS_TO_LEARN, products=products)
    examples, photos = _shared_out(queries)
    catalog = open_catalog(table, source="drawn")
    # Another edition of the bundled backbone gets a model and a store of its own.
    edition = f"{products}-{open_encoder(BUNDLED_MODEL).fingerprint[:8]}"
    model = home / f"model-{edition}"
    if not (model / "config.json").is_file():
        from ui.teach import teach

        teach(
            catalog, open_catalog(photos), BUNDLED_MODEL, model, own,
            label="product_id", exclude=(), parts=(7, 2, 1), recipe=Recipe(), progress=progress,
        )  # fmt: skip
    target = Target(own, str(home / f"store-{edition}"), ALIAS)
    with target.open() as store:
        # whoever has tried another model on the page finds it here again
        given = None if store.describe() else str(model)
    run_ingest(
        catalog, given, target, rejects=home / "rejects.csv",
        progress=lambda report: progress("index", report.done, products),
    )  # fmt: skip
    return Demo(target, examples)


def _shared_out(queries: Path) -> tuple[list[Path], Path]:
    """The first photo of each category is an example; the others teach, in a CSV of their own."""
    with queries.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    first = {row["category"]: row for row in reversed(rows)}.values()
    photos = queries.with_name("photos.csv")
    with photos.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(row for row in rows if row not in first)
    return sorted(queries.parent / row["image"] for row in first), photos
