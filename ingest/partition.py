"""One worker's share of a catalog that several workers ingest at the same time."""

import hashlib
import re
from dataclasses import dataclass
from typing import Self

from ingest.errors import BadPartition


@dataclass(frozen=True, slots=True)
class Partition:
    """Part `index` of `count`, counted from 0 as job arrays count their workers.

    Each row is in exactly one part, and all rows of one product are in the same.
    """

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """From "i/n". Raises BadPartition."""
        found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text, re.ASCII)
        if found is None or int(found[1]) >= int(found[2]):
            raise BadPartition(
                f"this names no part of a catalog · {text!r} · "
                "give i/n with i from 0 to n - 1, e.g. 0/4, 1/4, 2/4 and 3/4 for four workers"
            )
        return cls(int(found[1]), int(found[2]))

    def holds(self, product_id: str | None, line: int) -> bool:
        """Is this row here? A row without a product goes by its line."""
        key = str(line) if product_id is None else product_id
        # not Python's own hash, which differs from process to process
        digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
        return int.from_bytes(digest) % self.count == self.index

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"
