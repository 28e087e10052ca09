"""What `snapshelf size` says: amounts as people write them, a table, and what to choose."""

import math
import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table

from catalog.coefficients import BYTES_A_FILE, EMBEDDED_MOST, HEADROOM, SERVE
from catalog.errors import NoIndex
from catalog.sizing import Need, Plan, json_bytes, need

if TYPE_CHECKING:
    from catalog.store import Store

_AMOUNT = re.compile(r"([\d.,_]+)\s*(?:([kKmMgGtTbB])(i?[bB])?)?")
_POWERS = {"k": 1, "m": 2, "g": 3, "b": 3, "t": 4}
# Of a store's products, enough for the mean of their length.
_SAMPLE = 1_000
# From so many thumbnails on a disk may have room, but no place for more files.
_MANY_FILES = 10_000_000


def amount(text: str) -> int:
    """`10k`, `50M`, `1B`, `64GB`, `1.5GiB`, `1_000_000`. Raises ValueError."""
    found = _AMOUNT.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        number, letter, unit = found.groups()
        base = 1024 if unit and unit[0] == "i" else 1000
        value = round(
            float(re.sub("[,_]", "", number)) * base ** _POWERS.get((letter or "").lower(), 0)
        )
    except ValueError as error:
        raise ValueError(f"{text!r} is no amount; write it like 10k, 50M, 1B or 64GB") from error
    if value < 1:
        raise ValueError(f"{text!r} is less than one")
    return value


def told(size: float) -> str:
    """Bytes as people read them."""
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.3g} TB" if size < 1000 else f"{size:,.0f} TB"


def hours(count: float) -> str:
    if count < 1:
        minutes = math.ceil(count * 60)
        return f"{minutes} minutes" if minutes > 1 else "a minute"
    return f"{count:,.1f} hours" if count < 48 else f"{count / 24:,.1f} days"


def span(ms: float) -> str:
    if ms < 1000:
        return f"{ms:.2g} ms" if ms < 100 else f"{ms:.0f} ms"
    return f"{ms / 1000:.2g} s" if ms < 100_000 else f"{ms / 1000:.0f} s"


def of_store(plan: Plan, store: "Store") -> Plan:
    """With the vectors' length and the payloads' that a store's own first products have.

    Raises CatalogError.
    """
    info = store.describe()
    lengths = [json_bytes(one.payload) for one in islice(store.scroll(), _SAMPLE)]
    if info is None or not lengths:
        raise NoIndex("the store that was named")
    mean = round(sum(lengths) / len(lengths))
    return replace(plan, images=plan.images or store.count(), dim=info.dim, payload=mean)


@dataclass(frozen=True)
class Sized:
    plan: Plan
    need: Need

    @classmethod
    def of(cls, plan: Plan) -> "Sized":
        return cls(plan, need(plan))

    def to_json(self) -> dict[str, Any]:
        return {"plan": vars(self.plan), "need": self.need.to_json(), "choose": self.choose()}

    def table(self) -> Group:
        plan, found = self.plan, self.need
        head = (
            f"{plan.images:,} images, {plan.dim} numbers a vector, {plan.payload:,} bytes a product"
        )
        table = Table("", "memory", "disk", box=None)
        for column in table.columns[1:]:
            column.justify = "right"
        memory = {**found.cached, **found.own_memory}
        for name in dict.fromkeys([*found.disk, *memory]):
            parts = (memory.get(name), found.disk.get(name))
            table.add_row(name, *(told(part) if part else "" for part in parts))
        table.add_section()
        table.add_row("in all" + self._room(), told(found.memory_bytes), told(found.disk_bytes))
        if found.nodes > 1:
            each = (told(part / found.nodes) for part in (found.memory_bytes, found.disk_bytes))
            table.add_row(f"each of {found.nodes} nodes, {found.shards} shards", *each)
        table.add_section()
        for name, size in found.home.items():
            table.add_row(f"beside the index: {name}", "", told(size))
        lines = (f"· {line}" for line in (*self.means(), *self.choose()))
        return Group(head, "", table, "", *lines)

    def _room(self) -> str:
        return (
            f", × {HEADROOM:g} for what it does meanwhile" if self.need.engine == "server" else ""
        )

    def means(self) -> list[str]:
        """What the numbers are, in words."""
        plan, found = self.plan, self.need
        pace = f"{plan.workers} × {plan.images_per_second:g} images a second"
        limit = ", which is as fast as the engine writes" if found.written_at_most else ""
        lines = [
            f"Of the memory {told(sum(found.own_memory.values()))} must be there; the rest are "
            "files that searches read, and they are slow where it lacks.",
            f"A first ingest takes {hours(found.ingest_hours)} at {pace}{limit}.",
            f"A search takes the engine about {self._search()}"
            + ("." if found.measured else ": carried on from a million products, not measured."),
        ]
        if found.engine == "embedded":
            lines.append(f"`snapshelf serve` itself takes some {told(SERVE)} besides.")
        if found.optimize_disk:
            lines.append(
                f"`snapshelf optimize` takes {hours(found.link_hours)} of one processor and "
                f"{told(found.optimize_disk)} of free disk while it runs."
            )
        if plan.images >= _MANY_FILES:
            lines.append(
                "Thumbnails are a file each. A disk formatted as ext4 by default has one for "
                f"each {BYTES_A_FILE:,} bytes: {told(plan.images * BYTES_A_FILE)} for them, or "
                "format it with more (mke2fs -i)."
            )
        return lines

    def _search(self) -> str:
        found = self.need
        if found.walk_ms is None:
            return f"{span(found.scan_ms)}, a scan that misses nothing"
        return f"{span(found.walk_ms)} ({span(found.scan_ms)} as an exact scan)"

    def choose(self) -> list[str]:
        """What a shop sets, here and in Qdrant itself."""
        if self.need.engine == "embedded":
            lines = ["The embedded engine: one machine, one process at a time, nothing to set."]
            if self.plan.images > EMBEDDED_MOST:
                lines.append(f"More than {EMBEDDED_MOST:,} was not measured with it.")
            return lines
        return [*self._server(), *self._quantization(), *self._workers()]

    def _server(self) -> list[str]:
        found, plan = self.need, self.plan
        lines = ["A Qdrant server: set QDRANT_URL, and run `snapshelf optimize` after the ingest."]
        if found.nodes > 1:
            lines.append(
                "In Qdrant's own configuration, on every node, before the first ingest: "
                f"QDRANT__STORAGE__COLLECTION__SHARD_NUMBER={found.shards} and "
                f"QDRANT__STORAGE__COLLECTION__REPLICATION_FACTOR={plan.replicas}."
            )
        if plan.replicas == 1:
            lines.append("One replica: while a node is down, its share of products is not found.")
        return lines

    def _quantization(self) -> list[str]:
        found = self.need
        tier = {"cached": "in memory", "cold": "on disk"}[found.originals]
        # what `optimize` sets by itself: see ServerStore
        if found == need(replace(self.plan, quantization=None, originals=None, engine="server")):
            if found.quantization == "none":
                return ["Vectors whole and in memory, as `optimize` leaves them at this size."]
            return ["`optimize` sets int8 in memory and whole vectors on disk by itself."]
        return [
            f"Quantization {found.quantization}, whole vectors {tier}: set both in Qdrant itself, "
            "and after `optimize`, which would set its own again."
        ]

    def _workers(self) -> list[str]:
        count = self.plan.workers
        if count == 1:
            return []
        last = f"{count - 1}/{count}"
        return [f"One worker each: `snapshelf ingest … --partition 0/{count}` to {last}."]
