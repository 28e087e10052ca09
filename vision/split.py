"""Which photos train, which choose, which judge: a split that any run can repeat."""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

# The student systems' 7:2:1 (train, validation, test).
PARTS = (7, 2, 1)


def split(
    groups: Sequence[str],
    labels: Sequence[str | None],
    seed: int = 0,
    parts: Sequence[int] = PARTS,
) -> tuple[list[int], ...]:
    """Row indices of each part, ascending; together every row exactly once.

    Rows with one group (the views of one product) stay in one part, so that no part is
    tested on a product it was trained on. Stratified: within each label the groups are
    ordered by a hash of seed and group, then cut in proportion to `parts`. The hash depends
    on nothing else, so adding rows to a catalog reshuffles none of the others.
    """
    label_of = dict(zip(groups, labels, strict=True))
    by_label: dict[str | None, list[str]] = {}
    for group, label in label_of.items():
        by_label.setdefault(label, []).append(group)
    part_of: dict[str, int] = {}
    for members in by_label.values():
        members.sort(key=lambda group: sha256(f"{seed}\0{group}".encode()).hexdigest())
        for rank, group in enumerate(members):
            part_of[group] = _part_at((rank + 0.5) / len(members), parts)
    rows: tuple[list[int], ...] = tuple([] for _ in parts)
    for row, group in enumerate(groups):
        rows[part_of[group]].append(row)
    return rows


def split_in_order(labels: Sequence[str], parts: Sequence[int]) -> tuple[list[int], ...]:
    """Row indices of each part, as `split`; but each label's rows are cut in their order.

    For the photos of one product: consecutive ones often show the same shelf in the same light,
    and a part drawn at random would be tested on twins of what it was trained on. On grocery photos
    such a test said .98 where another visit to the shop said .81 (docs/experiments.md).
    """
    count = Counter(labels)
    seen: Counter[str] = Counter()
    rows: tuple[list[int], ...] = tuple([] for _ in parts)
    for row, label in enumerate(labels):
        rows[_part_at((seen[label] + 0.5) / count[label], parts)].append(row)
        seen[label] += 1
    return rows


def _part_at(position: float, parts: Sequence[int]) -> int:
    """The part that a position in [0, 1) of the shuffled order falls into."""
    reached = 0
    for index, size in enumerate(parts):
        reached += size
        if position * sum(parts) < reached:
            return index
    return len(parts) - 1
