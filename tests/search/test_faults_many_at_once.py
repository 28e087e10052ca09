"""Fifty shoppers in the same second, one of them with a picture that kills its decoder."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from made import picture

from catalog.contract import CollectionInfo
from catalog.product import Product, Stamp
from catalog.store import Point, open_store
from search.request import SearchRequest
from search.service import SearchService
from vision.decoder import Decoder
from vision.embedder import Embedder
from vision.errors import UnreadableImage

NOW = "2026-01-01T00:00:00+00:00"
PRODUCTS = 10
CRASHES = 43  # the width of picture that does: see made_bombs


def test_each_of_fifty_searches_at_once_gets_its_own_answer(
    tiny: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faulty_pillow: None
) -> None:
    monkeypatch.setattr(tiny, "_decoder", Decoder(2))
    with open_store(tmp_path / "store") as store:
        store.ensure(
            CollectionInfo(tiny.fingerprint, tiny.dim, tiny.spec, tiny.labels_hash, created_at=NOW)
        )
        images = [tiny.decode(picture(seed)) for seed in range(PRODUCTS)]
        stamp = Stamp("0" * 64, tiny.fingerprint, "run", NOW)
        for seed, vector in enumerate(tiny.encode(images).vectors):
            product = Product("s", str(seed))
            store.upsert([Point(product.point_id, vector, product.to_payload(stamp))])
        service = SearchService(tiny, store)

        def nearest(number: int) -> str:
            if number == 20:
                with pytest.raises(UnreadableImage, match="SIGSEGV"):
                    service.search(SearchRequest(picture(0, size=(CRASHES, 64), format_="PNG")))
                return "refused"
            found = service.search(SearchRequest(picture(number % PRODUCTS)))
            return found.hits[0].product.product_id

        with ThreadPoolExecutor(50) as shoppers:
            answers = list(shoppers.map(nearest, range(50), timeout=60))
    assert answers.pop(20) == "refused"
    assert answers == [str(n % PRODUCTS) for n in range(50) if n != 20]
