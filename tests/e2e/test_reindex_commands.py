"""`snapshelf reindex`, `rollback` and `cleanup` as a catalog manager runs them."""

import csv
import json
import time
from pathlib import Path
from typing import Any

import pytest
from made import TINY, picture

from search.request import SearchRequest
from ui.build import Target
from ui.cli import main
from ui.reindexing import following
from ui.settings import Settings
from vision.embedder import open_embedder

OTHER = TINY.replace("64", "96")
COUNT = 8
UNCHANGED = {
    "new": 0, "updated": 0, "payload_only": 0, "unchanged": COUNT, "duplicate": 0, "rejected": 0,
}  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[int, Any, str]:
    """Exit code, what stdout held (as JSON), and stderr on one line."""
    capsys.readouterr()
    code = main([str(one) for one in argv])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else None, " ".join(err.split())


def write(path: Path, folder: str, size: tuple[int, int]) -> Path:
    """A catalog, with one picture a product."""
    (path.parent / folder).mkdir(parents=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "category", "image"])
        for number in range(COUNT):
            image = f"{folder}/{number}.jpg"
            (path.parent / image).write_bytes(picture(number, size=size))
            writer.writerow([number, ("Hat", "Shoes")[number % 2], image])
    return path


@pytest.fixture
def catalog(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Eight products that are indexed already."""
    path = write(tmp_path / "shop/catalog.csv", "images", (96, 80))
    assert run(capsys, "ingest", path, "--model", TINY, "--json")[0] == 0
    return path


def test_a_page_follows_and_the_catalog_stays_known_there_and_back(
    capsys: pytest.CaptureFixture[str], catalog: Path, home: Path
) -> None:
    tiny, other = (open_embedder(spec).fingerprint for spec in (TINY, OTHER))
    photo = SearchRequest(picture(3), k=1)
    with following(None, Target(Settings(), str(home / "store"), "products")) as page:
        assert page.search(photo).hits[0].stamp.model == tiny
        code, done, err = run(capsys, "reindex", "--model", OTHER, "--json")
        assert (code, done["swapped"], done["images"]["embedded"]) == (0, True, COUNT)
        assert "not judged" in err
        deadline = time.monotonic() + 30
        while (hit := page.search(photo).hits[0]).stamp.model != other:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert (hit.product.product_id, hit.score > 0.999) == ("3", True)
    for model in (other, tiny):
        code, report, _ = run(capsys, "ingest", catalog, "--json")
        assert (code, report["outcomes"]) == (0, UNCHANGED)
        assert (report["images"]["embedded"], report["images"]["cached"]) == (0, 0)
        code, found, _ = run(capsys, "search", catalog.parent / "images/5.jpg", "--json")
        assert (code, found["hits"][0]["product_id"]) == (0, "5")
        code, _, err = run(capsys, "rollback")
        assert code == 0
        assert f"was {model[:12]}" in err
    code, _, err = run(capsys, "cleanup")
    assert "nothing" in err
    code, _, err = run(capsys, "cleanup", "--all")
    assert f"products__{tiny[:8]}" in err
    code, _, err = run(capsys, "rollback")
    assert code == 1
    assert "no earlier collection" in err
    code, done, _ = run(capsys, "reindex", "--model", OTHER, "--json")
    assert (code, done["swapped"]) == (0, False)  # it is the one that is served


def test_the_lab_stands_before_the_swap(
    capsys: pytest.CaptureFixture[str], catalog: Path, home: Path
) -> None:
    served = (home / "store/products").read_text()
    photos = write(catalog.with_name("photos.csv"), "photos", (120, 110))
    reindex = ("reindex", "--model", OTHER, "--queries", photos, "--relevant-by", "product_id")
    code, done, err = run(
        capsys, *reindex, "--gate", "retrieval.none.p_at_1=0.5", "--gate-max",
        "routing.mean_set=0", "--json",
    )  # fmt: skip
    assert code == 4
    assert done["broken"] == ["routing.mean_set is 2, the maximum is 0"]
    assert "failed: routing.mean_set" in err
    assert (home / "store/products").read_text() == served
    # each picture finds itself with both models: the new one is as good as the old one
    code, done, _ = run(capsys, *reindex, "--json")
    assert (code, done["swapped"], done["there"]) == (0, True, COUNT)
    assert (home / "store/products").read_text() != served


def test_images_that_are_gone_keep_the_old_model_in_service_and_are_listed(
    capsys: pytest.CaptureFixture[str], catalog: Path, home: Path
) -> None:
    catalog.parent.rename(catalog.parent.with_name("moved"))
    code, done, err = run(capsys, "reindex", "--model", OTHER, "--json")
    assert (code, done["swapped"], done["failed"]) == (3, False, {"not_found": COUNT})
    (lost,) = (home / "rejects").glob("reindex-products__*.csv")
    assert lost.name in err.replace(" ", "")
    with lost.open() as file:
        assert {row["reason"] for row in csv.DictReader(file)} == {"not_found"}
    gone = catalog.parent.with_name("moved") / "images/0.jpg"
    gone.unlink()
    moved = f"shop/catalog.csv={catalog.parent.with_name('moved')}"
    code, done, _ = run(capsys, "reindex", "--model", OTHER, "--root", moved, "--lose", 1, "--json")
    assert (code, done["swapped"], done["failed"]) == (3, True, {"not_found": 1})
    # the catalog knows what is missing, and brings it as soon as it can
    gone.write_bytes(picture(0))
    again = catalog.parent.with_name("moved") / "catalog.csv"
    code, report, _ = run(capsys, "ingest", again, "--source", "shop/catalog.csv", "--json")
    assert (code, report["outcomes"]) == (0, UNCHANGED | {"new": 1, "unchanged": COUNT - 1})


@pytest.mark.parametrize(
    ("argv", "code", "told"),
    [
        (["reindex", "--model", OTHER], 1, "snapshelf ingest"),
        (["rollback"], 1, "snapshelf ingest"),
        (["cleanup"], 0, "nothing"),
        (["reindex", "--model", OTHER, "--root", "nowhere"], 2, "SOURCE=FOLDER"),
        (["reindex", "--model", OTHER, "--gate", "p_at_9=1"], 2, "--gate"),
        (["reindex", "--model", OTHER, "--gate-max", "category.ece"], 2, "--gate-max"),
    ],
)
def test_what_cannot_be_done_is_said(
    capsys: pytest.CaptureFixture[str], home: Path, argv: list[str], code: int, told: str
) -> None:
    found, _, err = run(capsys, *argv)
    assert found == code
    assert told in err
    assert not (home / "store").exists()
