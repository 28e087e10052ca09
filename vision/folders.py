"""Folders that people name to be written to."""

from pathlib import Path


def file_in_the_way(folder: Path) -> Path | None:
    """The file that `folder`, or one above it, is; None where the folder can be made."""
    nearest = next((one for one in (folder, *folder.parents) if one.exists()), None)
    return None if nearest is None or nearest.is_dir() else nearest


def check_folder(folder: Path) -> None:
    """Raises NotADirectoryError, in words for who gave `--out`."""
    if file := file_in_the_way(folder):
        raise NotADirectoryError(f"{file} is a file; choose a folder (--out)")
