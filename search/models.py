"""Which model an index was made with, and where a data folder keeps it."""

from pathlib import Path

from catalog.contract import CollectionInfo


def model_folder(models: Path, fingerprint: str) -> Path:
    """Where the copy of an artefact lies in the folder of all of them."""
    return models / fingerprint[:16]


def made_with(info: CollectionInfo, models: Path) -> str:
    """What `vision.embedder.open_embedder` takes: the kept artefact, else the backbone's spec."""
    kept = model_folder(models, info.fingerprint)
    return str(kept) if kept.is_dir() else info.backbone
