"""What the doctor finds, and what it leaves alone, in an index with made vectors."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from catalog.contract import CollectionInfo
from catalog.errors import CatalogError
from catalog.product import Product, Stamp
from catalog.store import Point, Store, open_store
from catalog.thumbs import Thumbs
from ingest.casebook import Casebook
from ingest.doctor import findings
from ingest.errors import BadLedger
from ingest.examination import examine
from ingest.findings import Finding, written
from ingest.glance import Glance, glance
from vision.image import thumbnail
from vision.progress import unwatched

MODEL = "ab" * 32
DIM = 8


def thing(seed: int, colour: str = "#c01020") -> Image.Image:
    """Squares on white, in a pattern of the seed's own."""
    image = Image.new("RGB", (256, 256), "white")
    for x, y in np.random.default_rng(seed).integers(30, 190, (9, 2)):
        ImageDraw.Draw(image).rectangle((x, y, x + 40, y + 40), fill=colour)
    return image


def near(axis: int, seed: int = 0, spread: float = 0.05) -> np.ndarray:
    """A unit vector close to one of the axes."""
    vector = np.random.default_rng(seed).normal(0, spread, DIM)
    vector[axis] += 1
    return (vector / np.linalg.norm(vector)).astype(np.float32)


class Clinic:
    """A shop's index, filled by hand, and the examinations of it."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.thumbs = Thumbs(folder / "thumbs")
        self.notes = folder / "notes.sqlite"
        self.asked: list[str] = []
        store.ensure(CollectionInfo(MODEL, DIM, "timm:made", "cd" * 32, "2026-01-02T03:04:05Z"))

    def add(
        self,
        product_id: str,
        image: Image.Image | None,
        vector: np.ndarray,
        *,
        slot: int = 0,
        says: tuple[str, float] | None = None,
        **facts: Any,
    ) -> str:
        """One product image; `says` is the model's category and how sure it is."""
        data = product_id.encode() if image is None else thumbnail(image)
        sha = hashlib.sha256(data).hexdigest()
        if image is not None:
            self.thumbs.put(sha, data)
        category, confidence = says or (None, None)
        product = Product("shop", product_id, slot, **facts)
        stamp = Stamp(sha, MODEL, "run", "2026-01-02T03:04:05Z", category, confidence)
        self.store.upsert([Point(product.point_id, vector, product.to_payload(stamp))])
        return sha

    def examine(self) -> tuple[list[Finding], Glance]:
        self.asked.clear()

        def progress(what: str, done: int, total: int, detail: str = "") -> None:
            self.asked.append(what)
            assert done <= total

        with Casebook(self.notes, MODEL) as book:
            examine(self.store, self.thumbs, book, progress)
            return list(findings(book)), glance(book)

    def found(self, kind: str) -> dict[str, Finding]:
        return {one.product_id: one for one in self.examine()[0] if one.kind == kind}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("engine")) as store:
        yield store


@pytest.fixture
def clinic(engine: Store, tmp_path: Path) -> Iterator[Clinic]:
    yield Clinic(engine, tmp_path)
    engine.delete([point.id for point in engine.scroll()])


def test_a_healthy_catalog_has_no_findings(clinic: Clinic) -> None:
    for number in range(6):
        clinic.add(f"p{number}", thing(number), near(0, number), category="Bag", colors=("red",))
    found, seen = clinic.examine()
    assert found == []
    assert (seen.products, seen.images, seen.pictures, seen.unseen) == (6, 6, 6, 0)


def test_one_file_on_a_few_products_is_a_duplicate_of_the_first(clinic: Clinic) -> None:
    for name in ("a", "b", "c"):
        clinic.add(name, thing(1), near(0), title=f"Bag {name}")
    clinic.add("d", thing(2), near(0, 2))
    found = clinic.found("same_picture")
    assert {one.other_product for one in found.values()} <= {"a", "b", "c"}
    assert len(found) == 2
    assert found.keys() | {next(iter(found.values())).other_product} == {"a", "b", "c"}
    assert clinic.found("placeholder") == {}


def test_one_file_on_many_titles_is_a_placeholder_on_each_and_no_duplicate(clinic: Clinic) -> None:
    for number in range(7):
        clinic.add(f"p{number}", thing(1), near(0), title=f"Thing {number}")
    assert len(clinic.found("placeholder")) == 7
    assert clinic.found("same_picture") == {}


def test_many_variants_of_one_title_share_a_photo_and_it_is_no_placeholder(clinic: Clinic) -> None:
    for number in range(7):
        clinic.add(f"size-{number}", thing(1), near(0), title="One shirt")
    assert clinic.found("placeholder") == {}
    assert len(clinic.found("same_picture")) == 6


def test_copies_of_one_photo_are_one_group_and_lookalikes_are_not_in_it(clinic: Clinic) -> None:
    for name, side in (("a", 256), ("b", 200), ("c", 150)):
        clinic.add(name, thing(1).resize((side, side)), near(0, side, 0.01))
    for number in range(5):
        clinic.add(f"other-{number}", thing(10 + number), near(0, number, 0.01))
    found = clinic.found("near_duplicate")
    assert len(found) == 2
    (first,) = {one.other_product for one in found.values()}
    assert found.keys() | {first} == {"a", "b", "c"}
    assert min(one.score for one in found.values()) > 0.95


def test_two_views_of_one_product_are_not_duplicates_of_each_other(clinic: Clinic) -> None:
    clinic.add("a", thing(1), near(0))
    clinic.add("a", thing(1).resize((180, 180)), near(0), slot=1)
    assert clinic.examine()[0] == []


def fill(clinic: Clinic, says: bool = True) -> None:
    """Twelve shoes and twelve hats, each kind close together."""
    for axis, name in enumerate(("Shoes", "Hat")):
        for number in range(12):
            clinic.add(f"{name}-{number}", thing(100 * axis + number), near(axis, number),
                       category=name, says=(name, 0.95) if says else None)  # fmt: skip


def test_a_label_that_model_and_neighbours_contradict_is_told_with_the_confidence(
    clinic: Clinic,
) -> None:
    fill(clinic)
    clinic.add("odd", thing(500), near(0, 50), category="Hat", says=("Shoes", 0.97))
    (only,) = clinic.found("wrong_category").values()
    assert only.product_id == "odd"
    assert only.detail == (
        'labelled "Hat" · the model says "Shoes" (97% sure), and 10 of its 10 nearest agree'
    )
    assert only.score == pytest.approx(0.97)


@pytest.mark.parametrize(
    ("axis", "says"),
    [(1, ("Shoes", 0.99)), (0, ("Shoes", 0.6)), (0, ("Hat", 0.9))],
    ids=["neighbours defend it", "the model is unsure", "the model defends it"],
)
def test_one_voice_against_a_label_is_not_enough(
    clinic: Clinic, axis: int, says: tuple[str, float]
) -> None:
    fill(clinic)
    clinic.add("odd", thing(500), near(axis, 50), category="Hat", says=says)
    assert clinic.found("wrong_category") == {}


def test_without_predictions_the_neighbours_alone_must_be_of_one_mind(clinic: Clinic) -> None:
    fill(clinic, says=False)
    clinic.add("odd", thing(500), near(0, 50), category="Hat")
    (only,) = clinic.found("wrong_category").values()
    assert only.detail == 'labelled "Hat" · 10 of its 10 nearest are "Shoes"'


def test_categories_that_cannot_be_told_apart_are_left_alone(clinic: Clinic) -> None:
    fill(clinic)
    for number in range(6):
        clinic.add(f"odd-{number}", thing(500 + number), near(0, 50 + number), category="Boot",
                   says=("Shoes", 0.97))  # fmt: skip
    assert clinic.found("wrong_category") == {}


def test_a_product_without_a_category_has_no_wrong_one(clinic: Clinic) -> None:
    fill(clinic)
    clinic.add("bare", thing(500), near(0, 50), says=("Shoes", 0.99))
    assert clinic.found("wrong_category") == {}


def test_a_colour_that_is_nowhere_in_the_picture_is_told(clinic: Clinic) -> None:
    for name, colors in (
        ("wrong", ("Bottle Green",)), ("right", ("Crimson",)), ("both", ("Green", "Red")),
        ("vague", ("Green", "Multi")), ("none", ()),
    ):  # fmt: skip
        seed = int.from_bytes(name.encode()[:2])
        clinic.add(name, thing(seed), near(0, seed), colors=colors)
    (only,) = clinic.found("wrong_colour").values()
    assert only.product_id == "wrong"
    assert only.detail.startswith('the row says "Bottle Green" · the picture shows red')


def test_bad_pictures_are_told_once_for_each_product_that_shows_them(clinic: Clinic) -> None:
    clinic.add("blank", Image.new("RGB", (256, 256), "#f8f8f8"), near(0))
    clinic.add("tiny", thing(1).resize((64, 64)), near(1))
    clinic.add("soft", thing(2).filter(ImageFilter.GaussianBlur(5)), near(2))
    clinic.add("fine", thing(3), near(3))
    clinic.add("fine", thing(4).filter(ImageFilter.GaussianBlur(5)), near(3), slot=1)
    found = {(one.product_id, one.kind) for one in clinic.examine()[0]}
    assert found == {("blank", "blank"), ("tiny", "tiny"), ("soft", "blurred"), ("fine", "blurred")}


def test_a_picture_without_a_thumbnail_is_counted_and_looked_at_when_there_is_one(
    clinic: Clinic,
) -> None:
    sha = clinic.add("a", None, near(0), category="Bag")
    found, seen = clinic.examine()
    assert (found, seen.unseen, seen.shelves[0].samples) == ([], 1, ())
    clinic.thumbs.put(sha, b"torn")
    assert clinic.examine()[1].unseen == 1
    clinic.thumbs.put(sha, thumbnail(thing(1)))
    assert clinic.examine()[1].unseen == 0


def test_only_new_pictures_are_looked_at_and_asked_for_again(clinic: Clinic) -> None:
    clinic.add("a", thing(1), near(0))
    assert clinic.found("near_duplicate") == {}
    assert clinic.asked == ["points", "pictures", "neighbours"]
    clinic.examine()
    assert clinic.asked == ["points"]
    clinic.add("b", thing(1).resize((200, 200)), near(0))
    assert len(clinic.found("near_duplicate")) == 1
    assert clinic.asked == ["points", "pictures", "neighbours"]


def test_a_removed_product_is_in_no_finding_any_more(clinic: Clinic) -> None:
    clinic.add("a", thing(1), near(0))
    clinic.add("b", thing(1).resize((200, 200)), near(0))
    assert len(clinic.found("near_duplicate")) == 1
    clinic.store.delete([Product("shop", "b").point_id])
    found, seen = clinic.examine()
    assert (found, seen.products, seen.pictures) == ([], 1, 1)


def test_notes_of_another_model_are_forgotten(clinic: Clinic) -> None:
    clinic.add("a", thing(1), near(0))
    clinic.examine()
    with Casebook(clinic.notes, "ef" * 32) as book:
        assert book.count("SELECT count(*) FROM pictures") == 0


def test_a_file_that_is_no_notebook_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "notes").write_bytes(b"something else entirely, and longer than a header" * 100)
    with pytest.raises(BadLedger, match="delete the file"):
        Casebook(tmp_path / "notes", MODEL)


def test_a_point_that_breaks_the_contract_ends_the_examination_with_its_id(clinic: Clinic) -> None:
    product_id = "12345678-1234-5678-1234-567812345678"
    clinic.store.upsert([Point(product_id, near(0), {"title": "somebody else's"})])
    with Casebook(clinic.notes, MODEL) as book, pytest.raises(CatalogError, match=product_id):
        examine(clinic.store, clinic.thumbs, book, unwatched)


def test_the_shelves_are_sorted_by_size_and_show_some_of_their_pictures(clinic: Clinic) -> None:
    for number in range(30):
        category = "Bag" if number % 3 else None
        clinic.add(f"p{number}", thing(number), near(0, number), category=category)
    shelves = clinic.examine()[1].shelves
    assert [(shelf.name, shelf.products, len(shelf.samples)) for shelf in shelves] == [
        ("Bag", 20, 12),
        ("", 10, 10),
    ]


def test_the_csv_appears_when_all_findings_are_known(tmp_path: Path) -> None:
    path = tmp_path / "new" / "findings.csv"
    ones = written(iter([Finding("tiny", "shop", 'a,"b"\n', "64 pixels", 0.5)]), path)
    next(ones)
    assert not path.exists()
    assert list(ones) == []
    lines = path.read_bytes().decode().split("\r\n")
    assert lines[0] == "product_id,finding,detail,other_product,score,what_to_do,source"
    assert lines[1] == '"a,""b""\n",tiny,64 pixels,,0.500,supply a larger picture,shop'
