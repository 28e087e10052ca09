"""A model's file that is torn: its model is named and refused, and nothing else happens."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from made import TINY, picture, write_shop

from search.request import SearchRequest
from ui.build import Target
from ui.cli import main
from ui.reindexing import following
from ui.settings import Settings

# A fifth of each file, nothing of it, or as long as it was and full of something else.
TEARS = {
    "cut": lambda data: data[: len(data) // 5],
    "empty": lambda data: b"",
    "garbled": lambda data: bytes(len(data)),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A catalog, a model that was trained on it, and an index of the bare backbone."""
    folder = write_shop(tmp_path_factory.mktemp("shop"), 60)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SNAPSHELF_HOME", str(folder / "home"))
        patched.chdir(folder)
        words = ["--backbone", TINY, "--out", "model", "--split", "6:3:1", "--epochs", "1"]
        assert main(["train", "catalog.csv", *words]) == 0
        assert main(["ingest", "catalog.csv", "--model", TINY]) == 0
        yield folder


FILES = ("config.json", "head.safetensors", "export/{}.xml", "export/{}.bin", "export/{}.json")


def torn(shop: Path, file: str, tear: str) -> Path:
    """A copy of the model with one file torn."""
    copy = shop / "torn"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(shop / "model", copy)
    name = next((copy / "export").glob("*.xml")).stem
    path = copy / file.format(name)
    path.write_bytes(TEARS[tear](path.read_bytes()))
    return path


@pytest.mark.parametrize("tear", TEARS)
@pytest.mark.parametrize("file", FILES)
def test_a_torn_model_is_named_and_the_index_stays_as_it_was(
    shop: Path, file: str, tear: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = torn(shop, file, tear)
    target = Target(Settings(home=shop / "home"), str(shop / "home/store"), "products")
    with following(None, target) as page:
        before = page.search(SearchRequest(picture(0), k=9)).hits
        for words in (
            ["ingest", "catalog.csv", "--collection", "other", "--model", "torn"],
            ["reindex", "--model", "torn"],
        ):
            capfd.readouterr()
            assert main(words) == 1, words
            told = " ".join(capfd.readouterr().err.split())
            assert str(path.parent.relative_to(shop)) in told
            assert "snapshelf model export" in told or "snapshelf train" in told
            assert "Traceback" not in told
        assert page.search(SearchRequest(picture(0), k=9)).hits == before
    with target.open() as store:
        assert len(store.collections()) == 1
