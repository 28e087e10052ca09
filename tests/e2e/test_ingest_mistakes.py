"""Options and names given to `ingest` and `verify` by mistake: told, and nothing is lost."""

from pathlib import Path

import pytest
from made import TINY, ingested, picture, write_shop

from ui.cli import main


@pytest.mark.parametrize("content", ["own\n", "id,reason\n1,gift\n", "\x00" * 200_000])
@pytest.mark.parametrize("broken", [False, True])
def test_a_file_of_the_users_own_is_not_taken_for_rejects(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, broken: bool
) -> None:
    shop = write_shop(tmp_path, 2)
    if broken:
        (shop / "1.jpg").unlink()
    own = tmp_path / "keep.txt"
    own.write_text(content)
    given = ["ingest", str(shop / "catalog.csv"), "--model", TINY, "--rejects", str(own)]
    assert main(given) == 1
    assert own.read_text() == content
    told = capsys.readouterr().err
    assert f"snapshelf did not write · {own} · name another file" in told
    assert not home.exists()
