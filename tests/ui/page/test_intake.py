"""Bringing a catalog in as a job: what is told meanwhile, and how it ends."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.readers import open_catalog
from ui.build import rejects_path, run_ingest
from ui.inventory import take_stock
from ui.page.drafts import Draft, Drafts
from ui.page.intake import Intake, Options, bring_in
from ui.page.jobs import Job, JobRunning
from ui.page.office import Office

Catalog = Callable[..., Path]


@pytest.fixture
def drafts(office: Office) -> Drafts:
    return Drafts(office.kept, office.uploads)


def ended(job: Job) -> Job:
    for _ in range(6000):
        if job.state != "running":
            return job
        time.sleep(0.01)
    raise AssertionError("the job does not end")


def bring(office: Office, drafts: Drafts, path: Path, options: Options | None = None) -> Job:
    draft = drafts.mapped(drafts.of_place(path, path.name), {"category": "kind"})
    return bring_in(office.target, office.jobs, drafts, draft, options or Options())


def told(job: Job) -> Intake:
    assert isinstance(job.result, Intake), job.error
    return job.result


def test_rows_become_outcomes_and_the_rejected_ones_a_file(
    office: Office, drafts: Drafts, tmp_path: Path, catalog: Catalog
) -> None:
    path = catalog(tmp_path / "shop", 4)
    (path.parent / "2.jpg").unlink()
    job = ended(bring(office, drafts, path))
    intake = told(job)
    assert (job.state, intake.total, intake.done) == ("done", 4, 4)
    assert intake.outcomes["new"] == 3
    assert intake.outcomes["rejected"] == 1
    assert intake.reasons == {"not_found": 1}
    assert intake.rejects is not None
    assert "P2" in intake.rejects.read_text()
    stock = take_stock(office.target)
    assert stock is not None
    assert stock.categories == {"Hats": 2, "Shoes": 1}


def test_only_failed_rows_are_taken_when_that_was_asked(
    office: Office, drafts: Drafts, tmp_path: Path, catalog: Catalog
) -> None:
    path = catalog(tmp_path / "shop", 4)
    picture = (path.parent / "2.jpg").read_bytes()
    (path.parent / "2.jpg").unlink()
    ended(bring(office, drafts, path))
    (path.parent / "2.jpg").write_bytes(picture)
    intake = told(ended(bring(office, drafts, path, Options(retry_failed=True))))
    assert (intake.total, intake.done, intake.outcomes["new"]) == (1, 1, 1)
    assert intake.rejects is None


def test_vanished_products_go_only_when_that_was_asked_and_not_too_many(
    office: Office, drafts: Drafts, tmp_path: Path, catalog: Catalog
) -> None:
    path = catalog(tmp_path / "shop", 10)
    ended(bring(office, drafts, path))
    catalog(tmp_path / "shop", 9)
    assert told(ended(bring(office, drafts, path))).pruned == 0
    job = ended(bring(office, drafts, path, Options(prune=5.0)))
    assert told(job).pruned == 0
    assert "too many products have vanished" in " ".join(job.warnings)
    assert told(ended(bring(office, drafts, path, Options(prune=20.0)))).pruned == 1


def test_a_run_that_is_stopped_goes_on_the_next_time(
    office: Office, drafts: Drafts, tmp_path: Path, catalog: Catalog
) -> None:
    path = catalog(tmp_path / "shop", 300)
    job = bring(office, drafts, path)
    with pytest.raises(JobRunning):
        bring(office, drafts, path)
    while not (isinstance(job.result, Intake) and job.result.done):
        time.sleep(0.005)
    office.jobs.stop()
    first = told(ended(job))
    assert job.state == "stopped"
    assert 0 < first.done < 300
    second = told(ended(bring(office, drafts, path)))
    assert second.outcomes["unchanged"] == first.outcomes["new"]
    assert second.outcomes["new"] == 300 - first.outcomes["new"]


def test_the_index_is_filled_by_its_own_model_whatever_the_settings_say(
    office: Office, drafts: Drafts, tmp_path: Path, catalog: Catalog
) -> None:
    ended(bring(office, drafts, catalog(tmp_path / "one", 2)))
    before = take_stock(office.target)
    assert before is not None
    office.target.settings.model = "timm:test_resnet?pretrained=false&size=96"
    assert told(ended(bring(office, drafts, catalog(tmp_path / "two", 2)))).outcomes["new"] == 2
    after = take_stock(office.target)
    assert after is not None
    assert after.info == before.info


def test_a_catalog_that_is_gone_by_then_says_why(office: Office, drafts: Drafts) -> None:
    job = ended(bring(office, drafts, Path("gone.csv")))
    assert job.state == "failed"
    assert "there is no catalog" in str(job.error)
    assert take_stock(office.target) is None


def test_the_command_line_goes_on_where_the_page_was(
    office: Office, drafts: Drafts, tmp_path: Path, catalog: Catalog
) -> None:
    path = catalog(tmp_path / "shop", 3)
    ended(bring(office, drafts, path))
    again = open_catalog(path, mapping={"category": "kind"})
    rejects = rejects_path(again, office.target.settings)
    assert run_ingest(again, None, office.target, rejects=rejects).outcomes["unchanged"] == 3


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ((True, 30, False), Options(prune=30.0)),
        ((True, 30, True), Options(retry_failed=True)),
        ((True, float("nan"), False), Options(prune=20.0)),
        ((True, "30", None), Options(prune=20.0)),
        ((True, 1e99, False), Options(prune=100.0)),
        ((True, -5, False), Options(prune=0.0)),
        (("yes", 30, "yes"), Options()),
        ((None, None, None), Options()),
    ],
)
def test_what_a_browser_says_is_an_option_or_the_default(
    told: tuple[object, object, object], meant: Options
) -> None:
    assert Options.told(*told) == meant


def test_time_left_is_told_once_it_can_be_known() -> None:
    def at(done: int, seconds: float) -> int | None:
        report = {"outcomes": {"new": done}, "seconds": seconds}
        return Intake("x", total=100, report=report).seconds_left

    assert (at(1, 9.0), at(50, 1.0), at(25, 10.0), at(100, 10.0)) == (None, None, 30, 0)


def test_a_draft_is_there_until_its_job_has_begun(
    office: Office, drafts: Drafts, tmp_path: Path, catalog: Catalog
) -> None:
    draft: Draft = drafts.of_place(catalog(tmp_path / "shop"), "shop")
    ended(bring_in(office.target, office.jobs, drafts, draft, Options()))
    assert drafts.find(draft.token) is None
