"""What the catalog doctor found: each finding tells what it is, and what to do."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

Kind = Literal[
    "placeholder",
    "same_picture",
    "near_duplicate",
    "wrong_category",
    "wrong_colour",
    "blank",
    "tiny",
    "blurred",
    "dead_link",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
ADVICE = MappingProxyType[Kind, str](
    {
        "placeholder": "give the product a picture of its own, or no picture",
        "same_picture": "merge the products, or give each its own picture",
        "near_duplicate": "merge the products if they are one, else give each its own picture",
        "wrong_category": "look at the picture, and correct the category if it is wrong",
        "wrong_colour": "look at the picture, and correct the colour if it is wrong",
        "blank": "supply a picture of the product",
        "tiny": "supply a larger picture",
        "blurred": "supply a sharper picture",
        "dead_link": "correct the link, or supply the picture",
    }
)
COLUMNS = (
    "product_id", "finding", "detail", "other_product", "score", "what_to_do", "source",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. `picture` and `other_picture` are sha256 of the pictures meant.

    `score` says how sure or how strong it is; docs/doctor.md has its meaning for each kind.
    """

    kind: Kind
    source: str
    product_id: str
    detail: str
    score: float
    picture: str = ""
    other_product: str = ""
    other_picture: str = ""
    says: str = ""
    """The row's word, where the picture speaks against it."""
    shows: str = ""
    """What the picture shows instead; of a bad one its longer side, pixels."""

    @property
    def advice(self) -> str:
        return ADVICE[self.kind]


def written(findings: Iterable[Finding], path: Path) -> Iterator[Finding]:
    """The findings as they come, each also a line of the CSV; the file appears when all are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for one in findings:
            lines.writerow((
                one.product_id, one.kind, one.detail, one.other_product, f"{one.score:.3f}",
                one.advice, one.source,
            ))  # fmt: skip
            yield one
    part.replace(path)
