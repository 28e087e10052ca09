"""`snapshelf optimize` as a catalog manager runs it, while a page searches in another process."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from made import TINY, picture, port

from ui.cli import main

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def shop(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The folder of a catalog that is indexed already."""
    folder = tmp_path / "shop"
    for number in range(6):
        path = folder / ("Hat", "Bag")[number % 2] / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(number))
    assert main(["ingest", str(folder), "--model", TINY]) == 0
    capsys.readouterr()
    return folder
