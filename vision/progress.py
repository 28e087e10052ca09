"""How far a piece of work has come."""

from typing import Protocol


class Progress(Protocol):
    """Told how far a piece of work has come; `detail` is what else is known of it by now."""

    def __call__(self, what: str, done: int, total: int, detail: str = "") -> None: ...


def unwatched(what: str, done: int, total: int, detail: str = "") -> None:
    """Progress that nobody wants to see."""
