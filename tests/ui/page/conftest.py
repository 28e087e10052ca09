"""The page's desk over the catalog of three products."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from catalog.thumbs import Thumbs
from ui.page.desk import Desk
from ui.page.language import Language, english, languages
from ui.page.photos import Photos

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
