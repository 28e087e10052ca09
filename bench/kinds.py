"""Processor time by kind of thread, of this process and of those it has started. Linux only."""

import os
import threading
from collections import Counter
from pathlib import Path
from typing import Self

# Between two looks; what a thread does between the last one and its end is not seen.
_EVERY_S = 0.05
# Of a pool's thread: its pool.
_KINDS = {
    "MainThread": "planning, collecting",
    "ingest-fetch": "fetching, asking decoders",
    "ingest-embed": "batches to the network",
    "ingest-write": "writing",
}
_NATIVE = "network (OpenVINO's threads, torch's)"
_CHILDREN = "decoding processes"


class Kinds:
    """`with Kinds() as kinds: …`, then `kinds.seconds`."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._seen: dict[Path, float] = {}
        self._first: dict[Path, float] = {}
        self._end = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watcher")

    def __enter__(self) -> Self:
        self._first = self._look()
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._seen |= self._look()
        self._end.set()
        self._watcher.join()

    @property
    def seconds(self) -> dict[str, float]:
        """The most expensive kind first."""
        found: Counter[str] = Counter()
        for task, spent in self._seen.items():
            found[self._kind(task)] += spent - self._first.get(task, 0.0)  # type: ignore[assignment]
        del found["watcher"]
        return dict(found.most_common())

    def _kind(self, task: Path) -> str:
        if task.parent.name != "task":
            return _CHILDREN
        name = self._names.get(int(task.name), "").partition("_")[0]
        return _KINDS.get(name, name) or _NATIVE

    def _watch(self) -> None:
        while not self._end.wait(_EVERY_S):
            self._seen |= self._look()

    def _look(self) -> dict[Path, float]:
        self._names |= {one.native_id or 0: one.name for one in threading.enumerate()}
        tasks = [*Path("/proc/self/task").iterdir()]
        found = {}
        for task in [*tasks, *_children(tasks)]:
            try:
                # nanoseconds on a processor come first (proc(5), schedstat)
                found[task] = int((task / "schedstat").read_text().split()[0]) / 1e9
            except OSError:  # it has ended
                continue
        return found


def _children(tasks: list[Path]) -> list[Path]:
    pids: list[str] = []
    for task in tasks:
        try:
            pids += (task / "children").read_text().split()
        except OSError:
            continue
    return [Path("/proc") / pid for pid in pids]


def cpu_s() -> float:
    """Processor seconds of this process so far, and of those that it has started and not ended."""
    spent = sum(
        int((one / "schedstat").read_text().split()[0])
        for one in _children([*Path("/proc/self/task").iterdir()])
    )
    return os.times().user + os.times().system + spent / 1e9
