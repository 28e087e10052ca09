"""The page that compares systems: complete, self-contained, and deaf to what a catalog says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from made import picture
from made_baselines import SYSTEMS, full_numbers
from made_hostile import HOSTILE, Elements, asks_nobody, poisoned

from lab.baselines_page import page_html, write_page
from lab.errors import LabError

RAN = len(SYSTEMS)
NAMES = [name for _, name, *_ in SYSTEMS] + ["SigLIP"]


def made(sha256: str) -> bytes | None:
    return picture(int(sha256), size=(300, 200))


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "new" / "baselines.html"
    write_page(full_numbers(), made, path)
    assert sorted(one.name for one in path.parent.iterdir()) == ["baselines.html", "baselines.json"]
    assert json.loads(path.with_suffix(".json").read_text("utf-8")) == full_numbers()
    return path.read_text("utf-8")


def one_row(place: int, **changed: Any) -> dict[str, Any]:
    """Numbers of a page with one system: quick to draw."""
    numbers = full_numbers()
    numbers["rows"] = [numbers["rows"][place] | changed]
    return numbers


def table(html: str) -> list[list[str]]:
    """The lines of the table of all systems, cell by cell, as text."""
    body = re.findall(r'<table class="systems">.*?<tbody>(.*?)</tbody>', html, re.DOTALL)[0]
    return [
        [re.sub(r"<small.*?</small>|<[^>]+>", "", cell) for cell in
         re.findall(r"<t[hd].*?</t[hd]>", line, re.DOTALL)]
        for line in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
    ]  # fmt: skip


def section(html: str, name: str) -> str:
    found = re.findall(rf'<section id="{name}".*?</section>', html, re.DOTALL)
    assert len(found) == 1
    return found[0]


def test_each_system_has_a_line_a_section_and_a_way_between_them(html: str) -> None:
    ids = [f"system-{place}" for place in range(1, RAN + 2)]
    assert re.findall(r'<section id="([\w-]+)"', html) == ["systems", "data", *ids, "run"]
    assert [line[0].split(" ", 1)[1] for line in table(html)] == NAMES
    for name in ids:
        assert html.count(f'href="#{name}"') == 2
        assert 'href="#systems"' in section(html, name)


def test_a_line_of_the_table_holds_what_was_measured(html: str) -> None:
    assert table(html)[1] == [
        "2 AlexNet", "ImageNet weights", "fully connected layers", "57.1 M",
        "66.0%", "40.0%", "38.0%", "35.0%",  # test + 28, + 2, test, macro F1: test - 3 points
        "38.0%", "40.0%",  # P@9 of the first setting; of the pooling layer among everything
        "34.0–39.0%", "28",  # 12.04 + 5 epochs of 3.1 seconds
    ]  # fmt: skip
    assert "Published, on other data" in html
    assert "Published numbers come from other data." in html


def test_the_best_of_a_column_is_marked_but_not_what_was_learned_by_heart(html: str) -> None:
    body = re.findall(r'<table class="systems">.*?<tbody>(.*?)</tbody>', html, re.DOTALL)[0]
    lines = re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
    marked = [re.findall(r'class="best">([^<]+)', line) for line in lines]
    assert marked[13] == ["73.0%", "71.0%", "68.0%", "71.0%", "73.0%"]
    assert not any(marked[:13] + marked[14:])


def test_random_weights_are_plain_to_see_and_nothing_else_looks_like_them(html: str) -> None:
    random = [start for _, _, start, *_ in SYSTEMS].count("random weights")
    assert random == 3
    assert html.count('<span class="badge random">random weights</span>') == 2 * random
    assert html.count('<span class="badge">') == 2 * (RAN - random)


def test_a_system_that_could_not_run_says_why_and_shows_nothing_else(html: str) -> None:
    assert table(html)[-1] == [
        "14 SigLIP",
        "Did not run: its weights are not on this machine; put them into the weights folder",
    ]
    last = section(html, f"system-{RAN + 1}")
    assert "Did not run: its weights are not on this machine" in last
    assert "<svg" not in last
    assert "1 system could not run; the table says why." in html
    assert f"{RAN} systems, older and newer" in html


def test_what_differs_from_the_published_system_is_listed(html: str) -> None:
    assert "What this run did otherwise" not in section(html, "system-1")
    assert "<li>30 epochs became 5</li>" in section(html, "system-2")


def test_a_network_that_tells_no_categories_has_curves_but_no_accuracy(html: str) -> None:
    siamese = section(html, "system-5")
    assert "It tells no categories, so it has no accuracy." in siamese
    assert 'id="loss-system-5-title"' in siamese
    assert "guessing" not in siamese  # its curve is no curve of categories
    assert table(html)[4][4:8] == ["–"] * 4


def test_what_was_not_measured_leaves_no_trace() -> None:
    empty: dict[str, Any] = {
        "accuracy": None, "history": [], "report": [], "macro_f1": None, "retrieval": [],
        "as_published": None, "sheet": [], "extra": [], "published": None, "differs": [],
        "parameters": {"all": None, "learned": None, "with_1000_classes": None}, "seconds": {},
    }  # fmt: skip
    page = page_html(one_row(1, **empty), {})
    assert table(page) == [["2 AlexNet", "ImageNet weights", "fully connected layers",
                            *["–"] * 8, "0"]]  # fmt: skip
    assert 'aria-labelledby="accuracies' not in page
    for word in ("Finding products", "What it finds", "precision", "None", "nan", "parameters,"):
        assert word not in section(page, "system-1"), word


def test_the_grid_marks_the_setting_as_published_and_the_best_of_all_tried(html: str) -> None:
    alexnet = section(html, "system-2")
    grid = re.findall(r'<table class="grid">(.*?)</table>', alexnet, re.DOTALL)[0]
    assert re.findall(r'colspan="4">(.*?)</th>', grid) == [
        "among: predicted category", "among: everything",
    ]  # fmt: skip
    assert grid.count("as published") == 1
    assert re.findall(r'class="best">([^<]+)', grid) == ["40.0%"] * 2  # by cosine and by distance
    assert "7.1 of nine<small>50.0% of them right</small>" in grid
    assert "4,096 numbers" in grid


def test_the_setting_as_published_is_marked_wherever_it_stands() -> None:
    page = page_html(one_row(1, as_published=5), {})  # fully connected, cosine, everything
    published = r'<td class="published"><span>([^<]+)</span><small>as published</small>'
    assert re.findall(published, page) == ["35.0%"]  # 38 - 8 + 5
    assert "The nine products found by fully connected layer, cosine, everything" in page


def test_a_setting_that_was_not_tried_is_an_empty_place_in_the_grid() -> None:
    row = full_numbers()["rows"][1]
    page = page_html(one_row(1, retrieval=row["retrieval"][:-1]), {})
    last = re.findall(
        r"<tr>.*?</tr>", re.findall(r'class="grid">(.*?)</table>', page, re.DOTALL)[0]
    )
    assert last[-1].count("<td>–</td>") == 1 + 4  # no threshold there; a whole scope missing


def test_curves_are_drawn_only_of_what_is_known() -> None:
    history = [{"epoch": 1, "loss": None, "val_loss": None, "accuracy": 0.1, "val_accuracy": None}]
    page = page_html(one_row(1, history=history), {})
    assert 'id="accuracy-system-1-title"' in page
    assert 'id="loss-system-1-title"' not in page
    assert "epoch 1: 10.0% on train<" in page


def test_with_a_hard_filter_the_page_says_what_precision_can_not_tell(html: str) -> None:
    assert "P@9 equals the accuracy by construction" in html
    assert "picked after the test photos were seen, so it flatters" in html


def test_right_and_wrong_products_are_told_apart_in_words(html: str) -> None:
    hits = [hit["right"] for row in full_numbers()["rows"] for one in row.get("sheet") or []
            for hit in one["hits"]]  # fmt: skip
    marks = re.findall(r'<li class="\w+">.*?<b>(. \w+)</b>', html, re.DOTALL)
    assert marks == ["✓ right" if right else "✗ wrong" for right in hits]
    assert "Predicted: Longsleeve ✗ wrong" in html
    assert "Predicted: Pants ✓ right" in html


def test_pictures_are_small_described_and_no_more_than_a_page_can_hold(html: str) -> None:
    images = [attributes for tag, attributes in Elements(html).found if tag == "img"]
    assert len(images) == 17 * 4 + RAN * 4 * (1 + 9)
    assert all(one["alt"] for one in images)
    assert len(html) < 5_000_000
    row = full_numbers()["rows"][1]
    page = page_html(one_row(1, sheet=row["sheet"] * 3), {})
    assert page.count('<article class="example">') == 4


def test_a_picture_that_is_gone_or_torn_leaves_its_place_empty(tmp_path: Path) -> None:
    numbers, path = one_row(1), tmp_path / "page.html"
    shown = json.dumps([numbers["data"]["samples"], numbers["rows"][0]["sheet"]])
    lost = {"1": None, "2": b"not a picture"}
    write_page(numbers, lambda sha: lost[sha] if sha in lost else made(sha), path)
    page = path.read_text("utf-8")
    assert page.count("No picture") == shown.count('"1"') + shown.count('"2"') > 2
    assert page.count("<img") == 17 * 4 + 40 - page.count("No picture")


def test_many_categories_are_cut_to_the_largest_and_the_page_says_so() -> None:
    numbers = one_row(-1)
    numbers["data"]["classes"] = [
        {"name": f"c{n}", "train": n, "val": 1, "test": 1} for n in range(50)
    ]
    page = page_html(numbers, {})
    assert "The chart shows the 40 largest; the JSON beside this page has all." in page
    assert "c10: 10 train" in page
    assert "c9: 9 train" not in page


def test_all_that_a_catalog_says_stays_text(html: str) -> None:
    kept = {"made_at", "sha", "query", "photos", "scope"}
    numbers = poisoned(one_row(1), kept)
    numbers["data"]["left_out"] = {HOSTILE: 3}
    numbers["versions"], numbers["rows"][0]["seconds"] = {HOSTILE: "1"}, {HOSTILE: 1.0}
    skipped = poisoned(full_numbers()["rows"][-1], kept)
    page = page_html(numbers | {"rows": [*numbers["rows"], skipped]}, {})
    elements = Elements(page).found
    assert "script" not in {tag for tag, _ in elements}
    assert {tag for tag, _ in elements} <= {tag for tag, _ in Elements(html).found}
    assert not [name for _, attributes in elements for name in attributes if name[:2] == "on"]
    assert "&amp;{{ 7*7 }}" in page
    assert page.count("&lt;script&gt;window.hacked=1") > 100


def test_nothing_on_the_page_comes_from_elsewhere(html: str) -> None:
    asks_nobody(html)


def test_no_id_is_used_twice_and_each_link_has_its_target(html: str) -> None:
    page = Elements(html)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    wanted = {value[1:] for value in page.values("href") + page.values("xlink:href")}
    wanted |= {one for value in page.values("aria-labelledby") for one in value.split()}
    wanted |= {value[5:-1] for value in page.values("clip-path")}
    assert wanted <= set(ids)


def test_a_page_named_like_its_numbers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"cannot be .*page\.json; give it a name in \.html"):
        write_page(one_row(-1), made, tmp_path / "page.json")
    assert list(tmp_path.iterdir()) == []
