"""Search from Python, as docs/python.md shows it."""

import re
from pathlib import Path

import pytest
from made import TINY, picture, turned_away
from made_shop import fill

from catalog.errors import NoIndex
from catalog.store import open_store
from search.errors import UnknownProduct
from search.request import SearchRequest
from search.service import open_search
from vision.embedder import Embedder

PAGE = Path(__file__).parents[2] / "docs/python.md"


@pytest.fixture
def filled(home: Path, tiny: Embedder) -> Path:
    """A data folder of the name in the page, beside a photo of the name in the page."""
    with open_store(".snapshelf/store") as store:
        fill(store, tiny)
    Path("photo.jpg").write_bytes(picture(0))
    return Path(".snapshelf")


def test_the_pages_own_code_prints_what_it_finds(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(compile(code, PAGE.name, "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 9
    title, score = lines[0].rsplit(" ", 1)
    assert title == "straw thing 0"
    assert float(score) == pytest.approx(1, abs=0.01)


def test_another_store_model_and_alias_are_taken(home: Path, tiny: Embedder) -> None:
    with open_store("elsewhere", alias="hats") as store:
        fill(store, tiny)
    with open_search(home, store="elsewhere", model=TINY, alias="hats") as service:
        assert service.search(SearchRequest(like="1", k=1)).hits[0].product.product_id == "0"


def test_on_leaving_the_store_is_free_for_others_even_after_an_error(filled: Path) -> None:
    with pytest.raises(UnknownProduct), open_search(filled) as service:
        service.search(SearchRequest(like="nobody"))
    with open_search(filled):
        assert "StoreLocked" in turned_away(filled / "store")
    assert turned_away(filled / "store") == ""


def test_a_folder_without_an_index_is_told_apart(home: Path) -> None:
    with pytest.raises(NoIndex, match="snapshelf ingest"), open_search(home):
        pass
    assert not home.exists()
