"""Two models asked with one photo."""

from pathlib import Path

import numpy as np
import pytest
from made import TINY
from made_models import EACH, photo

from catalog.errors import CatalogError
from catalog.thumbs import Thumbs
from ui.build import Target
from ui.known_models import KnownModel
from ui.side_by_side import SHOWN, Pair, prepare
from vision.embedder import open_embedder
from vision.errors import UnreadableImage
from vision.progress import unwatched

OTHER = TINY.replace("64", "96")


def model(spec: str) -> KnownModel:
    return KnownModel(open_embedder(spec).fingerprint, spec, spec)


@pytest.fixture(scope="module")
def pair(stocked: Target) -> Pair:
    return prepare((model(TINY), model(OTHER)), stocked, unwatched)


def test_both_search_the_same_products_each_in_its_own_way(pair: Pair) -> None:
    assert len(pair.products) == 4 * EACH
    assert len({hit.product.product_id for hit in pair.products}) == 4 * EACH
    comparison = pair.compare(photo("Balls", 999))
    first, second = comparison.answers
    for answer in (first, second):
        assert len(answer.hits) == SHOWN
        scores = [hit.score for hit in answer.hits]
        assert scores == sorted(scores, reverse=True)
        assert -1 <= min(scores) <= max(scores) <= 1
        assert answer.guesses == ()  # a bare backbone knows no categories
        assert answer.milliseconds > 0
    assert [hit.score for hit in first.hits] != [hit.score for hit in second.hits]
    both = {hit.id for hit in first.hits} & {hit.id for hit in second.hits}
    assert comparison.shared == both


def test_an_answer_is_the_exact_one(pair: Pair, stocked: Target) -> None:
    thumbs, embedder = Thumbs(stocked.settings.thumbs), open_embedder(OTHER)
    paths = [thumbs.path(hit.stamp.image_sha256) for hit in pair.products]
    images = [embedder.decode(path.read_bytes()) for path in paths if path]
    shelf = embedder.encode(images).vectors
    asked = photo("Crosses", 999)
    cosines = shelf @ embedder.encode([embedder.decode(asked)]).vectors[0]
    expected = [pair.products[n].id for n in np.argsort(-cosines, kind="stable")[:SHOWN]]
    assert [hit.id for hit in pair.compare(asked).answers[1].hits] == expected


def test_a_product_is_no_answer_to_itself(pair: Pair, stocked: Target) -> None:
    hit = pair.products[3]
    path = Thumbs(stocked.settings.thumbs).path(hit.stamp.image_sha256)
    assert path is not None
    for answer in pair.compare(path.read_bytes()).answers:
        assert (answer.hits[0].id, round(answer.hits[0].score, 3)) == (hit.id, 1.0)
    for answer in pair.compare(path.read_bytes(), hit.id).answers:
        assert hit.id not in {one.id for one in answer.hits}


def test_a_bad_photo_is_refused(pair: Pair) -> None:
    with pytest.raises(UnreadableImage):
        pair.compare(b"no photo")


def test_without_thumbnails_it_is_said_what_to_do(stocked: Target, tmp_path: Path) -> None:
    elsewhere = stocked.settings.model_copy(update={"home": tmp_path})
    target = Target(elsewhere, stocked.store, stocked.collection)
    with pytest.raises(CatalogError, match="ingest the catalog on this machine"):
        prepare((model(TINY), model(OTHER)), target, unwatched)
