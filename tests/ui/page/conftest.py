"""The page's desk over the catalog of three products; an office over a data folder of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from made import TINY, picture

from catalog.thumbs import Thumbs
from ui.build import Target
from ui.page.desk import Desk
from ui.page.gate import Gate
from ui.page.language import Language, english, languages
from ui.page.office import Office
from ui.page.photos import Photos
from ui.settings import Settings

if TYPE_CHECKING:
    from tests.ui.conftest import FakeService


@pytest.fixture
def say() -> Language:
    return english()


@pytest.fixture
def vietnamese() -> Language:
    return languages()["vi"]


@pytest.fixture
def desk(service: "FakeService", thumbs: Thumbs, tmp_path: Path) -> Desk:
    examples = (Path("red_shoe.jpg"), Path("hat.png"))
    return Desk(service, thumbs, Photos(tmp_path), examples, "Shop")


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
