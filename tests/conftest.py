"""What every test may ask for: a tiny backbone, an empty data folder."""

from pathlib import Path

import pytest
from made import TINY
from made_bombs import FAULTY_PILLOW

from vision.embedder import Embedder, open_embedder


@pytest.fixture(scope="session")
def tiny() -> Embedder:
    return open_embedder(TINY)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder; nothing of the developer's own settings reaches the test."""
    for name in ("SNAPSHELF_MODEL", "SNAPSHELF_STORE", "QDRANT_URL", "QDRANT_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SNAPSHELF_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def faulty_pillow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoding processes started from now on fail in the ways of `made_bombs.FAULTY_PILLOW`."""
    (tmp_path / "sitecustomize.py").write_text(FAULTY_PILLOW)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
