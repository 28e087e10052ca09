"""The student systems by one command: the same photos for all, nothing claimed that did not run."""

import csv
import json
import tracemalloc
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from made import picture
from PIL import Image
from pytest_httpserver import HTTPServer

from ingest.readers import open_catalog
from ui.cli import main
from vision.backbone import load_network
from vision.spec import parse_spec

HUES = {"Red": (200, 40, 40), "Green": (40, 180, 60), "Blue": (40, 60, 200)}
TINY_RECIPE = """
row = "20"
name = "Tiny"
system = "A tiny network."
[network]
model = "timm:test_resnet"
size = 64
learns = "top"
[training]
epochs = 12
batch = 8
rate = 0.01
[random]
learns = "everything"
epochs = 2
[retrieval]
features = "pool"
similarity = "l2"
scope = "predicted category"
[published]
low = 0.4
high = 0.5
"""


def photo(hue: str, seed: int) -> bytes:
    """Noise around a colour."""
    noise = np.random.default_rng(seed).normal(0, 25, (48, 40, 3))
    pixels = np.clip(np.array(HUES[hue]) + noise, 0, 255).astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@pytest.fixture
def shop(home: Path, tmp_path: Path) -> Path:
    """Sixty photos of three colours, with a tree, and five rows that are of no use."""
    folder = tmp_path / "shop"
    folder.mkdir()
    with (folder / "catalog.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "title", "category", "category_path", "image"])
        for number in range(60):
            hue = list(HUES)[number % 3]
            kind = "Warm" if hue == "Red" else "Cold"
            (folder / f"{number}.jpg").write_bytes(photo(hue, number))
            title = f"<script>alert({number})</script> {hue} thing"
            table.writerow([f"p{number}", title, hue, f"{kind} > {hue}", f"{number}.jpg"])
        (folder / "again.jpg").write_bytes(photo("Red", 0))
        (folder / "torn.jpg").write_bytes(photo("Blue", 90)[:300])
        (folder / "rare.jpg").write_bytes(picture(5))
        table.writerow(["copy", "Red copy", "Red", "Warm > Red", "again.jpg"])
        table.writerow(["torn", "Torn", "Blue", "Cold > Blue", "torn.jpg"])
        table.writerow(["gone", "Gone", "Green", "Cold > Green", "nowhere.jpg"])
        table.writerow(["rare", "Rare", "Rare", "Cold > Rare", "rare.jpg"])
        table.writerow(["none", "Nothing said", "", "", "0.jpg"])
    return folder / "catalog.csv"


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "20-tiny.toml"
    path.write_text(TINY_RECIPE)
    return path


def run(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[dict[str, Any], str]:
    capsys.readouterr()
    assert main(["baselines", *map(str, argv), "--json"]) == 0
    out, err = capsys.readouterr()
    return json.loads(out), err


def test_all_get_the_same_photos_without_those_of_no_use(
    capsys: pytest.CaptureFixture[str], shop: Path, home: Path
) -> None:
    numbers, _ = run(capsys, shop, "--only", "01-svm")
    data = numbers["data"]
    assert data["photos"] == {"train": 42, "val": 12, "test": 6}
    assert [(one["name"], one["train"], one["val"], one["test"]) for one in data["classes"]] == [
        (name, 14, 4, 2) for name in ("Blue", "Green", "Red")
    ]
    assert data["left_out"] == {
        "without category": 1, "unreadable": 2, "duplicates": 1, "in categories of fewer than 3": 1,
    }  # fmt: skip
    with (home / "baselines" / "sample.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["image"] for row in rows}) == 60
    assert all((home / "baselines" / row["image"]).is_file() for row in rows)


def test_no_more_of_a_category_than_asked_drawn_by_the_seed(
    capsys: pytest.CaptureFixture[str], shop: Path
) -> None:
    def drawn(*more: object) -> list[str]:
        numbers, _ = run(capsys, shop, "--only", "01-svm", "--per-class", 5, "--epochs", 1, *more)
        assert numbers["data"]["left_out"]["beyond the number per class"] >= 40
        assert sum(numbers["data"]["photos"].values()) == 15
        return [sha for one in numbers["data"]["samples"] for sha in one["photos"]]

    assert drawn() == drawn()
    assert drawn() != drawn("--seed", 1)


def test_a_catalog_of_any_size_is_drawn_from_without_being_held(home: Path, tmp_path: Path) -> None:
    """Twenty thousand rows: what is kept are the photos that may be drawn."""
    from ui.baseline_sample import _shelved

    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write("id,category,image\n")
        file.writelines(f"{n},{'AB'[n % 2]},{n}.jpg\n" for n in range(20_000))
    catalog = open_catalog(path)
    tracemalloc.start()
    shelves = _shelved(catalog, Counter(), 5, None, set(), 0, ())
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert {name: (one.seen, len(one.samples)) for name, one in shelves.items()} == {
        "A": (10_000, 15), "B": (10_000, 15),
    }  # fmt: skip
    assert held < 1e6
    few = _shelved(catalog, Counter(), 3, None, set(), 0, ())
    first = [one.product.product_id for one in shelves["A"].samples]
    assert [one.product.product_id for one in few["A"].samples] == first[:9]


def test_pixels_tell_colours_apart_and_the_table_says_how_well(
    capsys: pytest.CaptureFixture[str], shop: Path
) -> None:
    numbers, _ = run(capsys, shop, "--only", "01-svm")
    (row,) = numbers["rows"]
    assert row["starts_from"] == "nothing to start from"
    assert row["parameters"]["all"] == (3 * 32 * 32 + 1) * 3
    assert row["accuracy"]["test"] == 1.0
    assert row["chance"] == pytest.approx(1 / 3)
    assert len(row["history"]) == 60
    assert [one["support"] for one in row["report"]] == [2, 2, 2]
    cells = {(one["features"], one["similarity"], one["scope"]) for one in row["retrieval"]}
    assert len(cells) == len(row["retrieval"]) == 2 * 3 * 2
    used = row["retrieval"][row["as_published"]]
    assert (used["features"], used["similarity"]) == ("softmax", "cosine")
    assert used["p_at_9"] == 1.0
    # inside the predicted category precision is accuracy
    inside = [one["p_at_9"] for one in row["retrieval"] if one["scope"] == "predicted category"]
    assert inside == [1.0] * 6
    assert all(hit["right"] for hit in row["sheet"][0]["hits"])
    assert len(row["sheet"][0]["hits"]) == 9


def test_a_start_from_random_weights_is_told_in_the_table_and_on_stderr(
    capsys: pytest.CaptureFixture[str], shop: Path, recipe: Path, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    network = load_network(parse_spec("timm:test_resnet?pretrained=false"))
    torch.save(network.state_dict(), tmp_path / "w.pt")
    given = f"timm:test_resnet?weights={tmp_path / 'w.pt'}"
    options = (shop, "--recipe", recipe, "--only", "20-tiny")
    numbers, _ = run(capsys, *options, "--network", given)
    (row,) = numbers["rows"]
    assert row["starts_from"] == "ImageNet weights"
    assert row["learns"] == "the last layer"
    assert row["parameters"]["learned"] < row["parameters"]["all"]
    assert row["accuracy"]["test"] > row["chance"]
    assert len(row["history"]) == 12

    numbers, _ = run(capsys, *options, "--init", "random")
    (row,) = numbers["rows"]
    assert row["starts_from"] == "random weights"
    assert row["learns"] == "everything"
    assert row["differs"] == ["learns: top became everything", "epochs: 12 became 2"]
    assert row["parameters"]["learned"] == row["parameters"]["all"]

    broken = f"timm:test_resnet?weights={tmp_path / 'nowhere.pt'}"
    numbers, err = run(capsys, *options, "--network", broken)
    assert numbers["rows"][0]["starts_from"] == "random weights"
    assert "starts from random weights" in err
    assert "nowhere.pt" in err

    numbers, err = run(capsys, *options, "--network", broken, "--init", "weights")
    assert "nowhere.pt" in numbers["rows"][0]["skipped"]
    assert "Tiny could not run" in err


def test_what_the_students_asked_for_and_what_shoppers_get(
    capsys: pytest.CaptureFixture[str], shop: Path, recipe: Path, tmp_path: Path
) -> None:
    """The rows that stand on others', and Snapshelf's own."""
    tree = tmp_path / "21-tree.toml"
    tree.write_text(
        'row = "21"\nname = "Tree"\nsystem = "."\nkind = "tree"\nbase = "20-tiny"\n[training]\n'
        'epochs = 60\nbatch = 8\nrate = 0.03\n[retrieval]\nfeatures = "pool"\nsimilarity = '
        '"cosine"\nscope = "everything"\n'
    )
    pairs = tmp_path / "22-pairs.toml"
    pairs.write_text(
        'row = "22"\nname = "Pairs"\nsystem = "."\nkind = "pairs"\nbase = "20-tiny"\n[retrieval]\n'
        'features = "pair"\nsimilarity = "learned"\nscope = "everything"\n'
    )
    own = tmp_path / "23-own.toml"
    own.write_text(
        'row = "23"\nname = "Own"\nsystem = "."\nkind = "snapshelf"\n[snapshelf]\nbackbone = '
        '"timm:test_resnet?size=64"\n[retrieval]\nfeatures = "embedding"\nsimilarity = "routed"\n'
        'scope = "predicted categories"\n'
    )
    recipes = [word for one in (recipe, tree, pairs, own) for word in ("--recipe", one)]
    only = [word for one in ("21-tree", "22-pairs", "23-own") for word in ("--only", one)]
    numbers, _ = run(capsys, shop, *recipes, *only, "--init", "random")
    leaves, learned, routed = numbers["rows"]
    assert [one["row"] for one in numbers["rows"]] == ["21", "22", "23"]

    assert numbers["data"]["levels"] == 2
    assert [one["name"] for one in leaves["extra"]] == [
        "Level 1 of the tree, 2 names", "Level 2 of the tree, 3 names",
    ]  # fmt: skip
    level = float(leaves["extra"][1]["value"].split("%")[0]) / 100
    assert leaves["accuracy"]["test"] == pytest.approx(level, abs=0.001)

    assert learned["accuracy"] is None
    assert [one["similarity"] for one in learned["retrieval"]] == ["learned", "cosine"]
    assert [one["name"] for one in learned["extra"]] == [
        "Mean Jaccard similarity of the nine, learned",
        "Mean Jaccard similarity of the nine, cosine",
    ]  # fmt: skip

    used = routed["retrieval"][routed["as_published"]]
    assert used["similarity"] == "routed"
    assert used["p_at_9"] > 1 / 3
    assert routed["starts_from"] == "random weights"
    assert len(routed["sheet"]) == 2  # six test photos: all of them are among the best
    assert [hit["right"] for hit in routed["sheet"][0]["hits"]] == [
        hit["label"] == routed["sheet"][0]["label"] for hit in routed["sheet"][0]["hits"]
    ]
    assert routed["accuracy"]["test"] >= 0.5


def test_a_catalog_without_a_tree_has_that_row_skipped_and_not_made_up(
    capsys: pytest.CaptureFixture[str], shop: Path
) -> None:
    flat = shop.with_name("flat.csv")
    with shop.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with flat.open("w", newline="") as file:
        table = csv.DictWriter(file, ["id", "category", "image"], extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
    numbers, err = run(capsys, flat, "--only", "10-tree", "--init", "random", "--epochs", 1,
                       "--per-class", 3)  # fmt: skip
    assert "no tree" in numbers["rows"][0]["skipped"]
    assert "accuracy" not in numbers["rows"][0]
    assert "no tree" in err


def test_the_departments_are_the_first_level_of_a_tree(
    capsys: pytest.CaptureFixture[str], shop: Path
) -> None:
    numbers, _ = run(capsys, shop, "--only", "01-svm", "--level", 1, "--epochs", 1)
    assert [one["name"] for one in numbers["data"]["classes"]] == ["Cold", "Warm"]


def test_a_row_that_is_done_is_not_run_again(
    capsys: pytest.CaptureFixture[str], shop: Path, home: Path
) -> None:
    first, _ = run(capsys, shop, "--only", "01-svm")
    (kept,) = (home / "baselines" / "rows").glob("*.json")
    kept.write_text(json.dumps(first["rows"][0] | {"name": "as it was kept"}))
    again, _ = run(capsys, shop, "--only", "01-svm")
    assert again["rows"][0]["name"] == "as it was kept"
    other, _ = run(capsys, shop, "--only", "01-svm", "--seed", 1)
    assert other["rows"][0]["name"] == "Linear SVM on pixels"


def test_a_larger_draw_is_not_taken_for_the_smaller_one(
    capsys: pytest.CaptureFixture[str], shop: Path, recipe: Path, home: Path
) -> None:
    for count in (5, 8):
        numbers, _ = run(capsys, shop, "--recipe", recipe, "--only", "20-tiny", "--init", "random",
                         "--per-class", count)  # fmt: skip
        assert "skipped" not in numbers["rows"][0]
        assert len([*(home / "baselines" / "photos").iterdir()]) == 3 * count
    assert not [*(home / "baselines").glob("*.npy")]


def test_a_person_sees_a_table_and_a_page_where_nothing_runs(
    capsys: pytest.CaptureFixture[str], shop: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report.html"
    assert main(["baselines", str(shop), "--only", "01-svm", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "SVM" in told
    assert ".06" in told
    page = out.read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert page.count("data:image/jpeg;base64,") >= 12 + 9
    assert json.loads(out.with_suffix(".json").read_text())["rows"][0]["row"] == "1"


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--only", "99-nothing"], "there are: 01-svm"),
        (["--network", "vgg16"], "no backbone spec"),
        (["--exclude-label", "Red", "--exclude-label", "Blue"], "two are needed"),
    ],
)
def test_what_cannot_be_is_told(
    capsys: pytest.CaptureFixture[str], shop: Path, argv: list[str], told: str
) -> None:
    assert main(["baselines", str(shop), *argv]) in (1, 2)
    assert told in " ".join(capsys.readouterr().err.split())


def test_amazons_metadata_with_image_links(
    capsys: pytest.CaptureFixture[str], home: Path, tmp_path: Path, httpserver: HTTPServer
) -> None:
    """Departments as categories, photos from a host, dead links counted."""
    host = f"127.0.0.1:{httpserver.port}"
    lines = []
    for number in range(24):
        hue = list(HUES)[number % 3]
        httpserver.expect_request(f"/{number}.jpg").respond_with_data(
            photo(hue, number), content_type="image/jpeg"
        )
        lines.append({
            "asin": f"B{number:05}", "title": f"{hue} thing", "imUrl": f"http://{host}/{number}.jpg",
            "categories": [[f"{hue} Department", "Things", "Small things"]],
        })  # fmt: skip
    lines.append({"asin": "B99999", "title": "dead", "imUrl": f"http://{host}/dead.jpg",
                  "categories": [["Red Department", "Things"]]})  # fmt: skip
    path = tmp_path / "meta.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    numbers, _ = run(capsys, path, "--level", 1, "--only", "01-svm", "--allow-host", host)
    assert [one["name"] for one in numbers["data"]["classes"]] == [
        "Blue Department", "Green Department", "Red Department",
    ]  # fmt: skip
    assert sum(numbers["data"]["photos"].values()) == 24
    assert numbers["data"]["left_out"] == {"unreadable": 1}
    assert numbers["rows"][0]["accuracy"]["test"] == 1.0


def test_the_fashion_table_behind_a_url(
    capsys: pytest.CaptureFixture[str], home: Path, httpserver: HTTPServer
) -> None:
    host = f"127.0.0.1:{httpserver.port}"
    head = ("id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,"
            "productDisplayName")  # fmt: skip
    lines = [head]
    for number in range(24):
        hue = list(HUES)[number % 3]
        lines.append(f"{number},Men,Apparel,Topwear,{hue} shirts,{hue},Fall,2012,Casual,A shirt")
        httpserver.expect_request(f"/images/{number}.jpg").respond_with_data(
            photo(hue, number), content_type="image/jpeg"
        )
    httpserver.expect_request("/styles.csv").respond_with_data("\n".join(lines) + "\n")
    numbers, _ = run(capsys, f"http://{host}/styles.csv", "--only", "01-svm",
                     "--allow-host", host)  # fmt: skip
    assert [one["name"] for one in numbers["data"]["classes"]] == [
        "Blue shirts", "Green shirts", "Red shirts",
    ]  # fmt: skip
    assert numbers["data"]["levels"] == 3
    assert numbers["rows"][0]["accuracy"]["test"] == 1.0
