"""Names of files that strangers give: made into names that any disk takes."""

import hashlib
import unicodedata
from pathlib import PurePosixPath

# Of a name, in UTF-8: half of what file systems allow, for what others add to it.
MAX_BYTES = 120
# Devices, on some systems whatever the suffix.
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789"),
}
# Of a path, of a shell, or refused by some file system.
_REFUSED = frozenset('<>:"/\\|?*')
_MAX_SUFFIX = 20


def safe_name(given: str, otherwise: str = "catalog") -> str:
    """The last part of `given` without what some disk or shell minds; equal ones stay equal.

    Letters of all scripts stay. A name that had to be cut ends in a digest of the whole.
    """
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if letter not in _REFUSED and _is_shown(letter))
    name = " ".join(kept.split()).strip(". -~")
    if is_device(name):
        name = f"_{name}"
    return _short(name) or otherwise


def is_device(name: str) -> bool:
    """Whether some system takes it for a device: `CON`, `nul.csv`."""
    return name.partition(".")[0].strip().casefold() in _DEVICES


def _is_shown(letter: str) -> bool:
    # neither control characters nor marks that turn the reading order nor halves of characters
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _short(name: str) -> str:
    if len(name.encode()) <= MAX_BYTES:
        return name
    suffix = "".join(PurePosixPath(name).suffixes[-2:])
    suffix = suffix if len(suffix) <= _MAX_SUFFIX and suffix.isascii() else ""
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    room = MAX_BYTES - len(suffix) - len(digest) - 1
    stem = name.removesuffix(suffix).encode()[:room].decode(errors="ignore")
    return f"{stem}-{digest}{suffix}"
