"""An ingest as the command line builds it, with all of its files in one folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from catalog.store import open_store
from catalog.thumbs import Thumbs
from ingest.fetch import Fetcher
from ingest.ledger import Ledger
from ingest.pipeline import ingest
from ingest.readers import Catalog
from ingest.rejects import Rejects
from ingest.report import Report
from ingest.web import Web
from ui.build import info_of
from vision.cache import FeatureCache
from vision.embedder import Embedder


@contextmanager
def ready(
    catalog: Catalog, data: Path, embedder: Embedder, *, store: Any = None, web: Web | None = None
) -> Iterator[Callable[..., Report]]:
    """Gives `ingest` with everything opened; by default the embedded store, made if it must be."""
    with ExitStack() as opened:
        if store is None:
            store = opened.enter_context(open_store(data / "store"))
            store.ensure(info_of(embedder))
        stamp = store.require(embedder.fingerprint).stamp
        yield partial(
            ingest,
            catalog,
            embedder=embedder,
            store=store,
            fetcher=opened.enter_context(Fetcher(catalog.root, web=web)),
            ledger=opened.enter_context(Ledger(data / "ledger.db", stamp)),
            thumbs=Thumbs(data / "thumbs"),
            cache=opened.enter_context(FeatureCache(data / "features.db")),
            rejects=opened.enter_context(Rejects(data / "rejects.csv", catalog.columns)),
            run_id="bench",
        )
