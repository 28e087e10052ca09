"""`snapshelf demo`: a drawn catalog, a head for it, an index of it, and the page's service."""

from dataclasses import dataclass
from pathlib import Path

from catalog.contract import ALIAS
from catalog.store import Store
from catalog.thumbs import Thumbs
from ingest.drawn.catalog import draw_catalog, draw_queries
from ingest.readers import open_catalog
from search.service import SearchService
from ui.build import Target, run_ingest
from ui.console import Steps
from ui.settings import BUNDLED_MODEL, Settings
from ui.teach import teach
from vision.backbone import load_backbone
from vision.embedder import open_embedder
from vision.train import Recipe


@dataclass(frozen=True)
class Demo:
    """All that the page needs."""

    service: SearchService
    store: Store
    """The caller closes it."""
    thumbs: Thumbs
    examples: list[Path]


def prepare_demo(settings: Settings, products: int, progress: Steps) -> Demo:
    """Everything under `<home>/demo`; what is there from the last time is used again."""
    home = settings.home / "demo"
    own = settings.model_copy(update={"home": home, "model": None, "store": None})
    drawn = home / f"catalog-{products}"
    table = draw_catalog(
        drawn, products=products, progress=lambda done, total: progress("draw", done, total)
    )
    queries = draw_queries(drawn, products=products)
    catalog = open_catalog(table, source="drawn")
    # Another edition of the bundled backbone gets a model and a store of its own.
    edition = f"{products}-{load_backbone(BUNDLED_MODEL).fingerprint[:8]}"
    model = home / f"model-{edition}"
    if not (model / "config.json").is_file():
        teach(
            catalog, None, BUNDLED_MODEL, model, own,
            label="category", exclude=(), parts=(7, 2, 1), recipe=Recipe(), progress=progress,
        )  # fmt: skip
    target = Target(own, str(home / f"store-{edition}"), ALIAS)
    run_ingest(
        catalog, str(model), target, rejects=home / "rejects.csv",
        progress=lambda report: progress("index", report.done, products),
    )  # fmt: skip
    store = target.open()
    service = SearchService(open_embedder(model), store)
    return Demo(service, store, Thumbs(own.thumbs), sorted(queries.parent.glob("queries/*.jpg")))
