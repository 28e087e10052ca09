"""The report as a page and as files: complete, self-contained, and deaf to what a catalog says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from made import picture
from made_hostile import Elements, asks_nobody, poisoned
from made_report import full_numbers, minimal_numbers

from lab.errors import LabError
from lab.evaluate import Evaluation
from lab.report import report_html, write_report
from vision.errors import UnreadableImage


def sections(html: str) -> list[str]:
    return re.findall(r'<section id="(\w+)"', html)


@pytest.fixture
def evaluation() -> Evaluation:
    seeds = range(40)
    readers = {str(seed): lambda seed=seed: picture(seed, size=(400, 300)) for seed in seeds}
    return Evaluation(full_numbers(len(seeds)), readers)


def test_every_section_has_its_place_in_the_list_at_the_top() -> None:
    html = report_html(full_numbers(), {})
    assert sections(html) == [
        "examples", "filter", "models", "coverage", "categories", "confusion", "confidence",
        "refusal", "robustness", "levels", "time", "about",
    ]  # fmt: skip
    assert re.findall(r'<a href="#(\w+)">', html) == sections(html)


def test_a_catalog_without_categories_has_no_section_about_them() -> None:
    html = report_html(minimal_numbers(), {})
    assert sections(html) == ["examples", "filter", "models", "coverage", "time", "about"]
    assert "Of nine pictures shown, 7.3 are right on average." in html  # 9 * 0.812


@pytest.mark.parametrize(
    ("part", "empty"), [("robustness", []), ("refusal", None), ("levels", None)]
)
def test_a_section_without_numbers_is_left_out_alone(part: str, empty: Any) -> None:
    every, numbers = sections(report_html(full_numbers(), {})), full_numbers()
    (numbers["category"] if part == "levels" else numbers)[part] = empty
    assert sections(report_html(numbers, {})) == [one for one in every if one != part]


def test_what_was_not_tried_with_photos_of_other_things_is_said_to_be_missing() -> None:
    numbers = full_numbers()
    assert "--strangers" not in report_html(numbers, {})
    numbers["refusal"] |= {"strangers": None, "strangers_photos": 0}
    html = report_html(numbers, {})
    assert "<code>--strangers</code>" in html
    assert "rightly said" not in html


@pytest.mark.filterwarnings("ignore:constrained_layout")  # such names leave a chart no room
def test_all_that_a_catalog_says_stays_text() -> None:
    clean = Elements(report_html(full_numbers(), {}))
    numbers = poisoned(full_numbers(), {"mode", "relevant_by", "sha256"})
    html = report_html(numbers, {})
    hostile = Elements(html)
    assert [tag for tag, _ in hostile.found].count("script") == 0
    assert not any(name.startswith("on") for _, attributes in hostile.found for name in attributes)
    tags = {tag for tag, _ in clean.found}
    assert {tag for tag, _ in hostile.found} <= tags
    assert "&amp;{{ 7*7 }}" in html
    assert html.count("&lt;script&gt;window.hacked=1") > 100


def test_nothing_on_the_page_comes_from_elsewhere(evaluation: Evaluation, tmp_path: Path) -> None:
    write_report(evaluation, tmp_path / "report.html")
    asks_nobody((tmp_path / "report.html").read_text("utf-8"))


def test_no_id_is_used_twice_and_each_link_has_its_target() -> None:
    page = Elements(report_html(full_numbers(), {}))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    wanted = {value[1:] for value in page.values("href") + page.values("xlink:href")}
    wanted |= {one for value in page.values("aria-labelledby") for one in value.split()}
    wanted |= {value[5:-1] for value in page.values("clip-path")} | set(page.values("for"))
    assert wanted <= set(ids)


def test_a_disturbance_that_few_photos_allow_is_said_to_be_one() -> None:
    numbers = full_numbers()
    assert "of them only" not in report_html(numbers, {})
    numbers["robustness"][-2]["photos"] = 12
    assert "“another background” could be tried on 12 of them only." in report_html(numbers, {})


def test_right_and_wrong_are_told_apart_in_words_and_signs() -> None:
    numbers = full_numbers()
    del numbers["examples"]["best"]
    html = report_html(numbers, {})
    right = [hit["right"] for one in numbers["examples"]["worst"] for hit in one["hits"]]
    assert html.count("✓ right") == sum(right) > 0
    assert html.count("✗ wrong") == len(right) - sum(right) > 0
    assert "Looking in Ankle boots and Backpacks: together 96% sure." in html


def test_a_hundred_pictures_stay_a_page_that_can_be_mailed(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    write_report(evaluation, tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text("utf-8")
    assert html.count('<img src="data:image/jpeg') == 12 * (1 + 9)
    assert len(html) < 2_000_000


def test_the_page_and_its_numbers_are_written_side_by_side(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "folder" / "report.html"
    write_report(evaluation, path)
    assert sorted(one.name for one in path.parent.iterdir()) == ["report.html", "report.json"]
    assert json.loads(path.with_suffix(".json").read_text("utf-8")) == evaluation.numbers
    path.write_text("an older report")
    write_report(evaluation, path)
    assert path.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("name", ["report.json", "report", "queries.csv"])
def test_a_page_not_named_as_one_is_refused(
    evaluation: Evaluation, tmp_path: Path, name: str
) -> None:
    with pytest.raises(LabError, match=rf"cannot be .*{name}; give it a name in \.html"):
        write_report(evaluation, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def gone() -> bytes:
    raise UnreadableImage("missing", "no such file")


@pytest.mark.parametrize("read", [gone, lambda: b"not a picture"], ids=["gone", "damaged"])
def test_a_picture_that_cannot_be_read_again_leaves_its_place_empty(
    evaluation: Evaluation, tmp_path: Path, read: Any
) -> None:
    shown = sum(_shas(evaluation.numbers))
    write_report(
        Evaluation(evaluation.numbers, {**evaluation.pictures, "0": read}), tmp_path / "a.htm"
    )
    html = (tmp_path / "a.htm").read_text("utf-8")
    assert html.count("No picture") == shown > 0
    assert html.count("data:image/jpeg") == 12 * (1 + 9) - shown


def _shas(numbers: dict[str, Any]) -> Iterator[bool]:
    """Whether it is picture "0", for each picture of the examples."""
    for shown in numbers["examples"].values():
        for example in shown:
            yield from (one["sha256"] == "0" for one in (example["query"], *example["hits"]))
