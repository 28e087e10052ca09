"""Charts are SVG that a page can hold: valid, named, in its colours, their ids their own."""

import re
from xml.etree import ElementTree

import made_baselines
import pytest
from made_report import full_numbers

from lab import charts
from lab.baselines_view import dots

NUMBERS = full_numbers()
COMPARED = made_baselines.full_numbers()
HISTORY = COMPARED["rows"][0]["history"]
DRAWN = {
    "reliability": charts.reliability(NUMBERS["category"]["reliability"]),
    "coverage": charts.coverage(NUMBERS["routing"]["curve"], 0.961),
    "robustness": charts.robustness(NUMBERS["robustness"], "p_at_9", "right ones of nine"),
    "models": charts.models(NUMBERS["models"]),
    "accuracies": charts.accuracies(dots(COMPARED["rows"], 102)),
    "accuracy-1": charts.history("accuracy-1", HISTORY, "accuracy", 1 / 17),
    "loss-1": charts.history("loss-1", HISTORY, "loss"),
    "distribution": charts.distribution(COMPARED["data"]["classes"]),
}


@pytest.fixture(params=DRAWN)
def svg(request: pytest.FixtureRequest) -> str:
    return DRAWN[request.param]


def parsed(svg: str) -> ElementTree.Element:
    # HTML knows this prefix by itself; XML wants it declared
    named = svg.replace("<svg ", '<svg xmlns:xlink="http://www.w3.org/1999/xlink" ', 1)
    return ElementTree.fromstring(named)


def test_a_reader_who_cannot_see_hears_a_title_and_every_number(svg: str) -> None:
    root = parsed(svg)
    title, said = root[0], root[1]
    assert (title.tag, said.tag) == ("title", "desc")
    assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {said.attrib['id']}"
    assert title.text
    assert said.text is not None
    assert len(re.findall(r"\d+%|\d\.\d|\d+ train", said.text)) >= 3


def test_colours_are_the_pages_so_that_light_and_dark_both_work(svg: str) -> None:
    assert "var(--ink)" in svg or "var(--dim)" in svg
    assert re.findall(r"(?:fill|stroke): #\w+", svg) == []


def test_text_stays_text_in_few_bytes(svg: str) -> None:
    assert parsed(svg).findall(".//text")
    assert "font-family" not in svg
    assert len(svg) < 20_000


def test_charts_of_one_page_share_no_id() -> None:
    ids = [one for svg in DRAWN.values() for one in re.findall(r'id="([^"]+)"', svg)]
    assert len(ids) == len(set(ids))
    for name, svg in DRAWN.items():
        used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg))
        assert {"".join(pair) for pair in used} <= {one for one in ids if one.startswith(name)}


def test_drawing_twice_gives_the_same_bytes() -> None:
    assert charts.models(NUMBERS["models"]) == DRAWN["models"]


def test_hostile_names_are_text_in_a_chart() -> None:
    row = NUMBERS["models"][0] | {"name": "</text><script>x</script>"}
    root = parsed(charts.models([row]))
    assert root.findall(".//script") == []
    assert "</text><script>x</script>" in [one.text for one in root.findall(".//text")]


def test_a_long_name_leaves_a_chart_its_room_and_is_said_in_full() -> None:
    name = "a very long name of a system\nthat goes on"
    drawn = charts.distribution([{"name": name, "train": 3, "val": 2, "test": 1}])
    root = parsed(drawn)
    assert "a very long name of a sys…" in [one.text for one in root.findall(".//text")]
    assert root[1].text == f"{name}: 3 train, 2 validation, 1 test"


def test_epochs_without_a_number_leave_a_gap() -> None:
    known = {"epoch": 2, "loss": 0.5, "val_loss": None}
    drawn = parsed(charts.history("loss-2", [{"epoch": 1, "loss": None}, known], "loss"))
    assert drawn[1].text == "epoch 2: 0.50 on train"


def test_drawing_leaves_the_settings_of_matplotlib_as_they_were() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    charts.models(NUMBERS["models"])
    assert dict(matplotlib.rcParams) == before
