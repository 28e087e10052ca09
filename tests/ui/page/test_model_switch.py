"""A change of model as the tab does it, and what it says of how it ended."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from made_models import EACH, shop

from ingest.rebuild import Rebuilt
from ingest.reindex import Reindexed
from ui.build import Target
from ui.known_models import known_models
from ui.page.gate import Gate
from ui.page.jobs import Job, JobRunning
from ui.page.language import Language
from ui.page.model_section import Told
from ui.page.model_switch import Switch, Switched
from ui.page.office import Office

PICTURES = 4 * EACH * 3 // 2


def told(**data: Any) -> Told:
    return Told(gr.EventData(None, data))


@contextmanager
def opened(target: Target) -> Iterator[Office]:
    office = Office(target, Gate(None, "127.0.0.1"))
    yield office
    office.close()


@pytest.fixture
def office(stocked: Target) -> Iterator[Office]:
    """Of an index that nothing is done to."""
    with opened(stocked) as office:
        yield office


def ended(office: Office, kind: str) -> Job:
    """The latest job of its kind, once it is over."""
    job = office.jobs.last(kind)
    assert job is not None
    while job.state == "running":
        job.stopping.wait(0.02)
    assert job.error is None, job.error
    return job


def test_lost_pictures_stop_a_switch_and_are_listed_until_it_is_done_without_them(
    say: Language, tmp_path: Path
) -> None:
    target = shop(tmp_path)
    with opened(target) as office:
        lose_pictures(target, office, say, tmp_path)


def lose_pictures(target: Target, office: Office, say: Language, tmp_path: Path) -> None:
    served, bundled = known_models(target)
    switch = Switch(office)
    lost = sorted((tmp_path / "shop").glob("0-*.jpg"))[:3]
    for path in lost:
        path.unlink()
    switch.reindex(told(model=bundled.fingerprint, gate=False), say)
    ended(office, "reindex")
    shown = switch.draw(say)
    assert "Not switched: some pictures could not be read" in shown
    assert "3 pictures could not be read." in shown
    assert "Switch all the same, without 3 pictures" in shown
    assert known_models(target)[0] == served
    link = shown.split('href="')[1].split('"')[0]
    path = office.files.path(link.split("/")[2])
    assert path is not None
    with path.open(newline="") as file:
        assert {row["image_url"] for row in csv.DictReader(file)} == {one.name for one in lost}
    switch.reindex(told(model=bundled.fingerprint, gate=False, lose=3), say)
    ended(office, "reindex")
    shown = switch.draw(say)
    assert "From now on shoppers search with: The model that comes with Snapshelf" in shown
    assert f"{PICTURES - 3} pictures are in the new index; 0 had to be looked at anew." in shown
    assert known_models(target)[0].fingerprint == bundled.fingerprint
    switch.rollback(told(), say)
    ended(office, "rollback")
    assert "Rolled back." in switch.draw(say)
    assert known_models(target)[0].fingerprint == served.fingerprint


@pytest.mark.parametrize("data", [{}, {"model": "x"}, {"model": None}, {"model": ["a"]}])
def test_a_model_that_is_not_known_is_not_switched_to(
    office: Office, say: Language, data: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="Choose a model other than"):
        Switch(office).reindex(told(**data), say)
    assert office.jobs.last("reindex") is None


def test_the_model_that_serves_is_not_switched_to(
    stocked: Target, office: Office, say: Language
) -> None:
    with pytest.raises(ValueError, match="Choose a model other than"):
        Switch(office).reindex(told(model=known_models(stocked)[0].fingerprint), say)


def test_one_job_at_a_time(office: Office, say: Language) -> None:
    office.jobs.start("ingest", lambda job: job.stopping.wait(60))
    with pytest.raises(JobRunning):
        Switch(office).rollback(told(), say)


def outcome(office: Office, say: Language, done: Switched) -> str:
    office.jobs.start("reindex", lambda job: done)
    ended(office, "reindex")
    return Switch(office).draw(say)


def numbers(new: float, old: float, low: float) -> dict[str, Any]:
    return {
        "data": {"queries": 28},
        "models": [
            {"name": "this model", "p_at_9": new},
            {"name": "previous model", "p_at_9": old, "p_at_9_low": low},
        ],
    }


def test_a_model_that_finds_less_is_refused_with_the_numbers(
    stocked: Target, office: Office, say: Language
) -> None:
    served, bundled = known_models(stocked)
    result = Reindexed(
        served.fingerprint, bundled.fingerprint, Rebuilt(total=PICTURES), broken=["p_at_9 is .1"]
    )
    shown = outcome(office, say, Switched(result, "second", numbers(0.1, 0.5, 0.4), Path("x")))
    assert "Not switched: The model that comes with Snapshelf" in shown
    assert "finds less than what serves now" in shown
    assert "Judged by a second photo of 28 products." in shown
    assert "10.0% are right, with the model that serves now 50.0%; less than 40.0%" in shown
    assert "Switch all the same" not in shown


def test_a_switch_that_was_stopped_says_that_nothing_has_changed(
    stocked: Target, office: Office, say: Language
) -> None:
    served, bundled = known_models(stocked)
    result = Reindexed(served.fingerprint, bundled.fingerprint, interrupted=True)
    shown = outcome(office, say, Switched(result, None, {}, Path("x")))
    assert "Stopped. Shoppers search as before" in shown
