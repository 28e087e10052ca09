"""`snapshelf optimize` as a catalog manager runs it, while another process searches."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from made import TINY, ingested, picture

from search.request import SearchRequest
from ui.build import Target
from ui.cli import main
from ui.reindexing import following
from ui.settings import Settings

COUNT = 6


@pytest.fixture
def store(home: Path, tmp_path: Path) -> Path:
    ingested(tmp_path / "shop", [(str(n), "Hat", picture(n)) for n in range(COUNT)])
    return home / "store"


def test_a_page_answers_all_the_time_and_then_searches_the_optimized_index(store: Path) -> None:
    repository = str(Path(__file__).parents[2])
    script = f"import sys; sys.path.insert(0, {repository!r}); from ui.cli import main; "
    command = [sys.executable, "-c", f"{script}sys.exit(main(sys.argv[1:]))", "optimize"]
    asked = 0
    with following(TINY, Target(Settings(), str(store), "products")) as page:
        with subprocess.Popen(
            [*command, "--force", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            while process.poll() is None:
                found = page.search(SearchRequest(picture(asked % COUNT), k=1)).hits[0]
                assert found.product.product_id == str(asked % COUNT)
                asked += 1
            out, err = process.communicate()
        assert json.loads(out) == {"points": COUNT, "linked": COUNT, "built": True}
        assert b"graph: " in err
        deadline = time.monotonic() + 30
        while list(store.glob("collections/*/shard")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert page.search(SearchRequest(picture(3), k=1)).hits[0].product.product_id == "3"
    assert asked > 5
    assert main(["verify"]) == 0


def test_a_small_index_is_told_that_a_scan_is_as_good(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["optimize"]) == 0
    assert "scanned as fast" in " ".join(capsys.readouterr().err.split())
    assert list(store.glob("collections/*/shard-2")) == []


def test_an_index_that_is_not_there_is_an_error_that_says_what_to_do(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["optimize"]) == 1
    assert "snapshelf ingest" in " ".join(capsys.readouterr().err.split())
