"""`snapshelf search` and all that it can be asked."""

import json
from pathlib import Path
from typing import Any

import pytest
from made_shop import NOW, PHOTO, fill, info, products

from catalog.product import Product, Stamp
from catalog.store import Point, open_store
from ui.cli import main
from vision.embedder import Embedder


@pytest.fixture
def shop(home: Path, tiny: Embedder) -> None:
    """The index, and PHOTO as photo.jpg in the folder that commands run in."""
    with open_store(home / "store") as store:
        fill(store, tiny)
    Path("photo.jpg").write_bytes(PHOTO)


def run(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[int, Any, str]:
    """Exit code, the object on stdout, and stderr on one line."""
    code = main(["search", *map(str, argv)])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else None, " ".join(err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["--like", 0, "--brand", "Acme"], {n for n in range(1, 40) if n % 2 == 0}),
        (["--like", 0, "--color", "red"], set(range(3, 40, 3))),
        (["--like", 0, "--color", "red", "--color", "green", "--brand", "Bolt"],
            {n for n in range(1, 40, 2) if n % 3 != 1}),
        (["--like", 0, "--price-min", 20, "--price-max", 30], set(range(19, 30))),
        (["--like", 0, "--available"], {n for n in range(1, 40) if n % 5}),
        (["--like", 0, "--attribute", "material=straw"], set(range(4, 40, 4))),
        (["--text", "straw"], set(range(0, 40, 4))),
        (["--like", 30, "--variant", "cheaper"], set(range(31, 40))),
        (["--like", 0, "--variant", "other color"], {n for n in range(40) if n % 3}),
        (["--like", 0, "--category", "Bag"], set(range(2, 40, 3))),
        (["--liked", 0, "--disliked", 39], set(range(1, 39))),
    ],
)  # fmt: skip
def test_each_flag_leaves_what_it_says(
    shop: None, capsys: pytest.CaptureFixture[str], argv: list[object], expected: set[int]
) -> None:
    code, result, _ = run(capsys, *argv, "--k", 40, "--json")
    assert code == 0
    assert {int(hit["product_id"]) for hit in result["hits"]} == expected


def test_a_photo_its_part_its_pages_and_its_reasons(
    shop: None, capsys: pytest.CaptureFixture[str]
) -> None:
    def ids(*argv: object) -> list[str]:
        _, result, _ = run(capsys, "photo.jpg", "--category", "any", "--json", *argv)
        return [hit["product_id"] for hit in result["hits"]]

    nearest = ids("--k", 6)
    assert nearest[0] == "0"
    assert ids("--k", 3, "--offset", 3) == nearest[3:]
    assert set(ids("--k", 6, "--diversity", 0.9)) != set(nearest)
    code, result, _ = run(
        capsys, "photo.jpg", "--crop", "0,0,0.5,1", "--why", "--facets", "--least", -0.9, "--json"
    )
    assert code == 0
    assert all(hit["why"]["heat"] and hit["why"]["meaning"] for hit in result["hits"])
    assert result["facets"]["category"].keys() == {one.category for one in products()}
    _, cut, _ = run(capsys, "photo.jpg", "--least", 1, "--json")
    assert cut["hits"] == []
    _, views, _ = run(
        capsys, "photo.jpg", "--each-view", "--k", 54, "--measure", "l2", "--crops", "--json"
    )
    assert len(views["hits"]) == 54
    assert views["hits"][0]["measured"] < views["hits"][-1]["measured"]
    assert views["regions"] == []


def test_a_catalogs_own_brackets_are_shown_as_they_are(
    home: Path,
    tiny: Embedder,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    odd = "Hat [/b] [red]"
    product = Product(
        "s", "[/id]", title=odd, category=odd, brand=odd, attributes={"kind": odd}, currency="[/x]",
        price=1.0, related={"[/with]": ("[/id]",)},
    )  # fmt: skip
    with open_store(home / "store") as store:
        store.ensure(info(tiny))
        vector = tiny.encode([tiny.decode(PHOTO)]).vectors[0]
        stamp = Stamp("0" * 64, tiny.fingerprint, "run", NOW)
        store.upsert([Point(product.point_id, vector, product.to_payload(stamp))])
    Path("photo.jpg").write_bytes(PHOTO)
    assert main(["search", "photo.jpg", "--why", "--facets", "--category", odd]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert out.count(odd) >= 4
    assert "[/with]: [/id]" in out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "give a photo, --text, --like or --liked"),
        (["--text", "  "], "give a photo, --text, --like or --liked"),
        (["photo.jpg", "--crop", "0,0,1"], "'0,0,1' is not left,top,right,bottom, e.g. 0,0,0.5,1"),
        (["photo.jpg", "--crop", "0,0,half,1"], "'0,0,half,1' is not left,top,right,bottom"),
        (["photo.jpg", "--crop", "0,0,nan,1"], "fractions of the picture"),
        (["photo.jpg", "--crop", "0.5,0,0.4,1"], "for the whole picture leave it out"),
        (["photo.jpg", "--price-min", "nan"], "must be a finite number"),
        (["photo.jpg", "--price-max", "inf"], "leave it out instead"),
        (["photo.jpg", "--attribute", "straw"], "not NAME=VALUE, e.g. material=straw"),
        (["photo.jpg", "--least", "2"], "least is 2.0; it must be between -1 and 1"),
        (["photo.jpg", "--diversity", "nan"], "diversity is nan; it must be between 0 and 1"),
        (["photo.jpg", "--offset", "1001"], "offset is 1001; it must be between 0 and 1000"),
        (["photo.jpg", "--text-weight", "7"], "text_weight is 7.0; it must be between 0 and 1"),
        (["photo.jpg", "--like", "1"], "put the product into liked"),
        (["photo.jpg", "--variant", "dearer"], "'cheaper', 'other color'"),
        (["--like", "nobody"], "no product 'nobody'; give an id as the catalog writes it"),
        (["photo.jpg", "--liked", "nobody"], "no product 'nobody'"),
        (["photo.jpg", "--category", "Tent"], "it has"),
    ],
)
def test_a_bad_value_is_told_with_what_to_do(
    shop: None, capsys: pytest.CaptureFixture[str], argv: list[object], said: str
) -> None:
    code, out, err = run(capsys, *argv)
    assert (code, out) == (2, None)
    assert said in err
    assert "Traceback" not in err
