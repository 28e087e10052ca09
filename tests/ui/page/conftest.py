"""An office over a data folder of its own, with a tiny model."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made import TINY, picture

from ui.build import Target
from ui.offline import keep_to_itself
from ui.settings import Settings

keep_to_itself(os.environ)  # before any test imports the page

from ui.page.gate import Gate  # noqa: E402
from ui.page.language import english  # noqa: E402
from ui.page.office import Office  # noqa: E402


@pytest.fixture
def office(home: Path, tmp_path: Path) -> Iterator[Office]:
    """Open to who is at this machine; nothing is ingested."""
    settings = Settings(home=home, model=TINY)
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    target = Target(settings, str(home / "store"), "products")
    made = Office(target, Gate(None, "127.0.0.1"), catalogs=(allowed,))
    yield made
    made.close()


@pytest.fixture
def catalog() -> Callable[..., Path]:
    """Writes a catalog of some rows and their pictures into a folder."""

    def made(folder: Path, rows: int = 3, *, text: str = "Thing", name: str = "list.csv") -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["id,title,kind,image"]
        for n in range(rows):
            (folder / f"{n}.jpg").write_bytes(picture(n))
            lines.append(f"P{n},{text} {n},{'Hats' if n % 2 else 'Shoes'},{n}.jpg")
        (folder / name).write_text("\n".join(lines) + "\n")
        return folder / name

    return made


@pytest.fixture
def say() -> object:
    return english()
