"""What an engine says of a collection, whoever made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Facts:
    """A collection as it is."""

    alias: str
    """The name that was asked for."""
    collection: str
    """What the alias means; the same as `alias` where that is no alias at all."""
    metadata: Mapping[str, Any]
    vectors: Mapping[str, tuple[int, str]]
    """Each named vector's length and distance."""
    indexes: Mapping[str, str] | None
    """Payload keys and the kinds of their indexes. None: the engine has none."""
    limits: Mapping[str, Any] | None
    """What strict mode sets; empty when it is off. None: the engine has no strict mode."""
