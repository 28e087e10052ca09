"""The command line as its users run it: a catalog with faults, and the whole way through."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made import TINY, picture

from ui.cli import main
from vision.backbone import Backbone

CATEGORIES = ("Hat", "Shoes", "Watch")


def write_catalog(folder: Path, count: int = 30) -> Path:
    """One row and one picture a product; pictures of one category share a tint."""
    (folder / "images").mkdir(parents=True)
    with (folder / "catalog.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "category", "price", "image"])
        for number in range(count):
            (folder / f"images/{number}.jpg").write_bytes(picture(number))
            category = CATEGORIES[number % 3]
            writer.writerow([number, f"No {number}", category, "9.50", f"images/{number}.jpg"])
    return folder / "catalog.csv"


def run(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[int, Any, str]:
    """Exit code, what stdout held (as JSON), and stderr."""
    capsys.readouterr()
    code = main([str(one) for one in argv])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else None, err


@pytest.fixture
def catalog(home: Path, tmp_path: Path) -> Path:
    return write_catalog(tmp_path / "shop")


def test_every_fault_is_reported_with_its_line_and_reason_and_the_rest_is_indexed(
    capsys: pytest.CaptureFixture[str], catalog: Path, home: Path
) -> None:
    images = catalog.parent / "images"
    (images / "empty.jpg").write_bytes(b"")
    (images / "torn.jpg").write_bytes(picture(1, size=(300, 300))[:4000])
    (images / "page.jpg").write_text("<!doctype html><title>Not found</title>")
    with catalog.open("a") as file:
        file.write("a,empty,Hat,1,images/empty.jpg\n")  # line 32
        file.write("b,torn,Hat,1,images/torn.jpg\n")
        file.write("c,missing,Hat,1,images/nowhere.jpg\n")
        file.write("d,page,Hat,1,images/page.jpg\n")
        file.write("7,again,Hat,1,images/1.jpg\n")
        file.write("e,extra, comma,Hat,1,images/2.jpg\n")
        file.write("f,good,Hat,1,images/3.jpg\n")
    code, report, err = run(capsys, "ingest", catalog, "--model", TINY, "--json")
    assert code == 3
    assert report["rows"] == 37
    assert report["outcomes"] == {
        "new": 31, "updated": 0, "payload_only": 0, "unchanged": 0, "duplicate": 1, "rejected": 5,
    }  # fmt: skip
    (rejects,) = (home / "rejects").glob("*.csv")
    assert str(rejects) in err.replace("\n", "")
    with rejects.open() as file:
        found = {int(row["line"]): row["reason"] for row in csv.DictReader(file)}
    assert found == {
        32: "empty_body", 33: "truncated", 34: "not_found", 35: "not_an_image",
        36: "duplicate", 37: "extra_columns",
    }  # fmt: skip
    code, again, _ = run(capsys, "ingest", catalog, "--json")
    assert (code, again["outcomes"]["unchanged"], again["images"]["embedded"]) == (3, 31, 0)


def test_two_catalogs_of_one_name_are_told_apart(
    capsys: pytest.CaptureFixture[str], catalog: Path, tmp_path: Path
) -> None:
    other = write_catalog(tmp_path / "elsewhere" / "shop", count=3)
    assert run(capsys, "ingest", other, "--model", TINY, "--json")[0] == 0
    code, _, err = run(capsys, "ingest", catalog, "--json")
    assert code == 0
    assert "--source" in err
    assert str(other) in err.replace("\n", "")


def test_a_search_finds_the_product_of_its_own_photo(
    capsys: pytest.CaptureFixture[str], catalog: Path
) -> None:
    assert run(capsys, "ingest", catalog, "--model", TINY, "--json")[0] == 0
    photo = catalog.parent / "images/4.jpg"
    code, result, _ = run(capsys, "search", photo, "--k", 5, "--category", "any", "--json")
    assert code == 0
    assert result["hits"][0]["product_id"] == "4"
    assert result["hits"][0]["price"] == 9.5
    assert len(result["hits"]) == 5
    code, _, err = run(capsys, "search", photo, "--category", "Nosuch", "--json")
    assert code == 2
    assert "Shoes" in err
    _, shoes, _ = run(capsys, "search", photo, "--category", "Shoes", "--json")
    assert {hit["category"] for hit in shoes["hits"]} == {"Shoes"}


def test_a_search_with_another_model_is_refused_with_the_command_that_mends_it(
    capsys: pytest.CaptureFixture[str], catalog: Path
) -> None:
    assert run(capsys, "ingest", catalog, "--model", TINY, "--json")[0] == 0
    other = TINY.replace("64", "96")
    photo = catalog.parent / "images/4.jpg"
    code, _, err = run(capsys, "search", photo, "--model", other, "--json")
    assert code == 1
    assert "snapshelf" in err
    code, _, err = run(capsys, "ingest", catalog, "--model", other, "--json")
    assert code == 1


def test_train_then_evaluate_then_ingest_with_the_trained_model(
    capsys: pytest.CaptureFixture[str], catalog: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    with catalog.open("a") as file:
        file.write("e,extra, comma,Hat,1,images/2.jpg\n")
    code, summary, err = run(
        capsys, "train", catalog, "--backbone", TINY, "--out", model, "--dim", 16, "--json"
    )
    assert code == 0
    assert "1 of 31 rows" in err.replace("\n", " ")
    assert "line 32" in err.replace("\n", " ")
    assert summary["photos"] == {"train": 24, "val": 3, "test": 3}
    assert summary["categories"] == 3
    code, report, _ = run(
        capsys, "evaluate", "--model", model, "--gallery", model / "split/train.csv",
        "--queries", model / "split/test.csv", "--image-root", catalog.parent,
        "--report", tmp_path / "report.html", "--json",
    )  # fmt: skip
    assert code == 0
    assert set(report) == {
        "data", "category", "retrieval", "routing", "ann", "latency_ms", "examples", "models",
        "robustness", "model", "refusal",
    }  # fmt: skip
    assert report["data"]["queries"] == 3
    assert set(report["retrieval"]) == {"none", "hard", "routed"}
    assert report["ann"]["recall_at_10"] == 1
    assert report["model"]["fingerprint"] == summary["fingerprint"]
    assert "<script" not in (tmp_path / "report.html").read_text()
    assert json.loads((tmp_path / "report.json").read_text()) == report
    assert run(capsys, "ingest", catalog, "--model", model, "--json")[0] == 3
    # the index remembers its model, even when the folder it came from is gone
    model.rename(tmp_path / "elsewhere")
    code, result, _ = run(capsys, "search", catalog.parent / "images/4.jpg", "--json")
    assert code == 0
    assert result["route"]["guesses"]


@pytest.mark.parametrize("depth", ["last", "full"])
def test_a_tuned_backbone_goes_with_its_model(
    capsys: pytest.CaptureFixture[str], catalog: Path, tmp_path: Path, depth: str
) -> None:
    model = tmp_path / "model"
    code, _, err = run(
        capsys, "train", catalog, "--backbone", TINY, "--out", model, "--tune", depth,
        "--epochs", 2, "--json",
    )  # fmt: skip
    assert code == 0
    assert "loss" in err
    assert (model / "backbone.safetensors").is_file()
    assert (model / "curves.png").read_bytes()[:4] == b"\x89PNG"
    config = json.loads((model / "config.json").read_text())
    assert config["training"]["tune"] == depth
    assert {row["stage"] for row in config["history"]} == {"head", "backbone"}
    assert run(capsys, "ingest", catalog, "--model", model, "--json")[0] == 0
    code, result, _ = run(capsys, "search", catalog.parent / "images/4.jpg", "--json")
    assert code == 0
    assert result["hits"][0]["product_id"] == "4"
    assert result["hits"][0]["score"] == pytest.approx(1, abs=1e-3)


def test_a_tuning_that_gains_nothing_is_told(
    capsys: pytest.CaptureFixture[str], catalog: Path, tmp_path: Path
) -> None:
    code, _, err = run(
        capsys, "train", catalog, "--backbone", TINY, "--out", tmp_path / "model",
        "--tune", "last", "--epochs", 1, "--rate", 1e-9, "--backbone-rate", 1e-9,
    )  # fmt: skip
    assert code == 0
    assert "no epoch of tuning beat the head alone" in " ".join(err.split())


def test_a_rows_images_are_split_without_a_twin_in_another_part(
    capsys: pytest.CaptureFixture[str], home: Path, tmp_path: Path
) -> None:
    shop = tmp_path / "shop"
    (shop / "images").mkdir(parents=True)
    lines = ["id,title,category,image"]
    for product in range(4):
        names = [f"images/{product}-{view}.jpg" for view in range(10)]
        for view, name in enumerate(names):
            (shop / name).write_bytes(picture(100 * product + view))
        lines.append(
            f"{product},thing {product},{'Hat' if product % 2 else 'Tie'},{'|'.join(names)}"
        )
    (shop / "catalog.csv").write_text("\n".join(lines))
    model = tmp_path / "model"
    code, summary, _ = run(
        capsys, "train", shop / "catalog.csv", "--backbone", TINY, "--out", model,
        "--label", "product_id", "--epochs", 1, "--json",
    )  # fmt: skip
    assert code == 0
    assert summary["photos"] == {"train": 32, "val": 4, "test": 4}
    parts = []
    for name in ("train", "val", "test"):
        with (model / f"split/{name}.csv").open(newline="") as file:
            parts.append([one for row in csv.DictReader(file) for one in row["image"].split("|")])
    assert [len(part) for part in parts] == [32, 4, 4]
    assert len({one for part in parts for one in part}) == 40


def test_a_category_named_on_a_products_first_row_holds_for_all_of_it(
    capsys: pytest.CaptureFixture[str], catalog: Path, tmp_path: Path
) -> None:
    rows = list(csv.reader(catalog.open(newline="")))
    place = rows[0].index("category")
    with catalog.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows[0])
        for row in rows[1:]:
            writer.writerow(row)
            writer.writerow([*row[:place], "", *row[place + 1 :]])
    code, summary, _ = run(
        capsys, "train", catalog, "--backbone", TINY, "--out", tmp_path / "model",
        "--epochs", 1, "--json",
    )  # fmt: skip
    assert code == 0
    assert summary["without_category"] == 0


def test_after_a_change_of_categories_training_embeds_nothing_again(
    capsys: pytest.CaptureFixture[str],
    catalog: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run(capsys, "train", catalog, "--backbone", TINY, "--out", tmp_path / "a")[0] == 0
    embedded = []
    features = Backbone.features

    def counted(self: Backbone, batch: np.ndarray) -> np.ndarray:
        embedded.append(len(batch))
        return features(self, batch)

    monkeypatch.setattr(Backbone, "features", counted)
    catalog.write_text(catalog.read_text().replace("Hat", "Headwear"))
    code, _, _ = run(
        capsys, "train", catalog, "--backbone", TINY, "--out", tmp_path / "b", "--json"
    )
    assert code == 0
    # one blank picture, by which a backbone's size is found when it is loaded
    assert embedded == [1]
    config = json.loads((tmp_path / "b/config.json").read_text())
    assert "Headwear" in config["labels"]
    assert "Hat" not in config["labels"]


def test_photos_that_name_only_their_product_are_judged_by_it(
    capsys: pytest.CaptureFixture[str], catalog: Path
) -> None:
    photos = catalog.parent / "photos.csv"
    photos.write_text("id,image,product_id\nx,images/1.jpg,4\ny,images/2.jpg,nobody\n")
    code, report, _ = run(
        capsys, "evaluate", "--model", TINY, "--gallery", catalog, "--queries", photos,
        "--relevant-by", "product_id", "--json",
    )  # fmt: skip
    assert code == 0
    assert (report["data"]["queries"], report["data"]["queries_without_relevant"]) == (1, 1)


def test_a_gallery_alone_is_measured_against_a_baseline_and_bounds_set_the_exit_code(
    capsys: pytest.CaptureFixture[str], catalog: Path
) -> None:
    rows = catalog.read_text().replace(".jpg", ".jpg|images/extra.jpg", 1)
    catalog.write_text(rows)
    (catalog.parent / "images/extra.jpg").write_bytes(picture(0, size=(120, 100)))
    argv = [
        "evaluate", "--model", TINY, "--gallery", catalog, "--baseline", TINY.replace("64", "96"),
        "--robustness", 0, "--min", "retrieval.none.recall_at_1=1.01", "--min", "data.queries=1",
        "--max", "routing.mean_set=0",
    ]  # fmt: skip
    code, report, err = run(capsys, *argv, "--json")
    assert code == 4
    assert [line for line in err.splitlines() if line.startswith("failed:")] == [
        "failed: retrieval.none.recall_at_1 is 1, the minimum is 1.01",
        *(line for line in err.splitlines() if "routing.mean_set is" in line),
    ]
    assert (
        report["data"] | {"mode": "held_out", "queries": 1, "relevant_by": "product_id"}
        == (report["data"])
    )
    assert [row["name"] for row in report["models"]] == [
        "raw backbone", "this model", "previous model",
    ]  # fmt: skip
    assert report["robustness"] == []
    assert main([str(one) for one in argv[:-6]]) == 0
    assert "previous model" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["ingest", "nowhere.csv"], 1, "nowhere.csv"),
        (["ingest", "shop/catalog.csv", "--map", "title"], 2, "field=column"),
        (["ingest", "shop/catalog.csv", "--model", "keras:x"], 1, "timm"),
        (["search", "shop/images/1.jpg"], 1, "snapshelf ingest"),
        (["search", "shop/images/1.jpg", "--store", "shop/catalog.csv"], 1, "catalog.csv"),
        (["train", "shop/catalog.csv", "--out", "shop", "--backbone", TINY], 1, "another --out"),
        (
            [
                "evaluate",
                "--model",
                TINY,
                "--gallery",
                "shop/catalog.csv",
                "--queries",
                "shop/catalog.csv",
                "--image-root",
                ".",
            ],
            1,
            "--image-root",
        ),
        (["evaluate", "--model", TINY, "--gallery", "shop/catalog.csv"], 1, "--queries"),
        (
            ["evaluate", "--model", TINY, "--gallery", "shop/catalog.csv", "--strangers", "no.csv"],
            1,
            "no.csv",
        ),
        (
            ["evaluate", "--model", "x", "--gallery", "x", "--min", "retrieval.p_at_9=1"],
            2,
            "retrieval.none.p_at_9",
        ),
        (["evaluate", "--model", "x", "--gallery", "x", "--max", "category.ece"], 2, "name=number"),
        (["search", "nothing.jpg"], 2, "nothing.jpg"),
        (["search", "shop/catalog.csv", "--k", "0"], 2, "k"),
        (["train", "shop/catalog.csv", "--out", "m", "--split", "9"], 2, "8:1:1"),
        (["frobnicate"], 2, "frobnicate"),
    ],
)
def test_a_wrong_call_says_what_to_do_and_prints_no_traceback(
    capsys: pytest.CaptureFixture[str], catalog: Path, argv: list[str], code: int, said: str
) -> None:
    got, out, err = run(capsys, *argv)
    assert (got, out) == (code, None)
    assert said in err.replace("\n", "")
    assert "Traceback" not in err


def test_the_installed_program_runs_and_keeps_stdout_for_data(catalog: Path) -> None:
    program = Path(sys.executable).parent / "snapshelf"
    done = subprocess.run(
        [program, "ingest", catalog, "--model", TINY, "--limit", "4", "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcomes"]["new"] == 4
