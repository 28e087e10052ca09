"""Texts to the numbers that a text tower reads, as open_clip makes them, without loading torch."""

import string
from collections.abc import Callable, Sequence
from html import unescape
from pathlib import Path

import numpy as np

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


class Tokens:
    """`tokenizers` with a text's cleaning before it. Safe for several threads."""

    def __init__(self, file: Path, clean: str) -> None:
        """`file` pads and cuts by itself. `clean` is one of CLEAN; raises KeyError otherwise."""
        from tokenizers import Tokenizer

        self._clean = CLEAN[clean]
        self._tokenizer = Tokenizer.from_file(str(file))

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """(N, length) int64."""
        found = self._tokenizer.encode_batch([self._clean(text) for text in texts])
        return np.array([one.ids for one in found], np.int64)


def _whitespace(text: str) -> str:
    import ftfy

    return " ".join(unescape(unescape(ftfy.fix_text(text))).split())


def _lower(text: str) -> str:
    return _whitespace(text).lower()


def _canonicalize(text: str) -> str:
    return " ".join(_whitespace(text).replace("_", " ").translate(_NO_PUNCTUATION).lower().split())


CLEAN: dict[str, Callable[[str], str]] = {
    "lower": _lower,
    "whitespace": _whitespace,
    "canonicalize": _canonicalize,
}
"""By open_clip's own names."""
