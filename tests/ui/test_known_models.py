"""Which models a data folder knows, and where the photos to measure them by come from."""

import json
from pathlib import Path
from typing import Any

import pytest
from made import TINY
from made_models import shop

from catalog.contract import CollectionInfo
from catalog.store import open_store
from ingest.known import Known
from ingest.readers import Catalog, Record
from ui.build import Target
from ui.inventory import sources_of
from ui.known_models import KnownModel, known_models
from ui.measuring import put_aside, report_of
from ui.reindexing import change_model, clean_up, roll_back
from ui.settings import Settings
from ui.training import Taught, Wish, train
from vision.embedder import open_embedder
from vision.progress import unwatched
from vision.spec import BUNDLED_MODEL, parse_spec

# as an index spells it
OWN = str(parse_spec(TINY))


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """A shop that is searched with a bare backbone."""
    return shop(tmp_path)


def config(fingerprint: str, **more: Any) -> str:
    return json.dumps({"fingerprint": fingerprint, "backbone": TINY, **more})


def roles(target: Target) -> dict[str, str]:
    return {model.fingerprint: model.role for model in known_models(target)}


def served_info(target: Target) -> CollectionInfo:
    with open_store(target.store) as store:
        info = store.describe()
    assert info is not None
    return info


def test_a_bare_backbone_that_serves_and_the_bundled_one_are_known(target: Target) -> None:
    served, bundled = known_models(target)
    assert (served.role, served.where, served.folders) == ("served", OWN, ())
    assert served.fingerprint == open_embedder(TINY).fingerprint
    assert (bundled.role, bundled.where) == ("other", BUNDLED_MODEL)
    assert (served.created_at, served.labels, served.measured, served.seconds) == ("", (), {}, None)


def test_folders_that_are_no_whole_model_are_left_out(target: Target) -> None:
    home = target.settings.home
    good = "ab" * 32
    for name, text in {
        "trained/good": config(good, labels=["Hat"], created_at="2026-01-02T00:00:00+00:00"),
        "trained/.good-part": config("cd" * 32),
        "trained/torn": '{"fingerprint": "',
        "trained/list": "[1, 2]",
        "trained/path": config("../../etc/passwd"),
        "trained/number": json.dumps({"fingerprint": 7, "backbone": TINY}),
        "models/odd": config("ef" * 32, labels=7, training="x", metrics=[], seconds={"a": "b"}),
    }.items():
        (home / name).mkdir(parents=True)
        (home / name / "config.json").write_text(text)
    found = {model.fingerprint: model for model in known_models(target)}
    assert {good, "ef" * 32} < found.keys()
    assert len(found) == 4
    assert found[good].labels == ("Hat",)
    odd = found["ef" * 32]
    assert (odd.labels, odd.training, odd.measured, odd.seconds) == ((), {}, {}, None)
    # by date, the undated ones last
    assert [one.fingerprint for one in known_models(target)][1] == good


def check_the_photos_put_aside(taught: Taught, known: Known) -> None:
    """Both models were measured on photos that the new one has not seen."""
    assert taught.report is not None
    aside = put_aside(taught.model, [])  # the roots are beside the split: no ledger is needed
    assert aside is not None
    assert taught.report.numbers["data"]["queries"] == aside.photos > 0
    assert {row["name"] for row in taught.report.numbers["models"]} > {"previous model"}
    gallery, queries = (records(one) for one in aside.open())
    for root, rows in ((aside.roots[0], gallery), (aside.roots[1], queries)):
        assert root is not None
        assert all((root / ref).is_file() for row in rows for ref in row.images)
    assert {row.product_id for row in gallery}.isdisjoint(row.product_id for row in queries)
    # a split of an older edition: where the ledger says
    split = taught.model.folders[0] / "split"
    roots = (split / "roots.json").read_text()
    (split / "roots.json").unlink()
    again = put_aside(taught.model, [known])
    assert again is not None
    assert again.roots == (known.root, known.root)
    (split / "roots.json").write_text(roots)


def records(catalog: Catalog) -> list[Record]:
    rows = [row for row in catalog if isinstance(row, Record)]
    assert rows
    return rows


def test_a_model_is_followed_through_training_a_change_and_back(target: Target) -> None:
    (known,) = sources_of(target, served_info(target))
    assert (known.source, known.there) == ("shop", True)
    taught = train(Wish(known, TINY), target, unwatched, pytest.fail)
    bare, new = served_info(target).fingerprint, taught.model.fingerprint
    assert roles(target)[new] == "other"
    assert taught.model.folders[0].parent == target.settings.home / "trained"
    assert len(taught.model.labels) == 4
    check_the_photos_put_aside(taught, known)
    result = change_model(taught.model.where, target, None, roots={})
    assert result.swapped
    assert roles(target)[new] == "served"
    assert roles(target)[bare] == "previous"
    served = known_models(target)[0]
    # the copy that indexes are searched with comes first, its training's folder is known too
    assert served.where == str(target.settings.models / new[:16])
    assert put_aside(served, [known]) == put_aside(taught.model, [known])
    assert report_of(served, target.settings) is not None
    # the catalog is known to the new collection as well
    assert list(sources_of(target, served_info(target))) == [known]
    roll_back(target)
    assert roles(target)[bare] == "served"
    assert roles(target)[new] == "previous"
    clean_up(target, everything=True)
    assert roles(target)[new] == "other"
    (served.folders[-1] / "split/test.csv").write_text("id,image\n")
    assert put_aside(served, [known]) is None
    # what is not where it was cannot be learned from
    assert known.path is not None
    known.path.rename(known.path.with_name("elsewhere.csv"))
    (gone,) = sources_of(target, served_info(target))
    assert (gone.source, gone.there) == ("shop", False)


def test_a_report_of_another_model_with_the_same_first_digits_is_not_its_report(
    tmp_path: Path,
) -> None:
    settings, folder = Settings(home=tmp_path), tmp_path / "reports"
    folder.mkdir()
    model = KnownModel("ab" * 32, TINY, TINY)
    (folder / "abababab.html").write_text("<p>")
    for text in ("", "[]", '{"model": {"fingerprint": "abababab00"}}', '{"model": 3}'):
        (folder / "abababab.json").write_text(text)
        assert report_of(model, settings) is None
    (folder / "abababab.json").write_text(json.dumps({"model": {"fingerprint": "ab" * 32}}))
    assert report_of(model, settings) is not None
