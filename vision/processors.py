"""How many processors this process may use, which is not how many the machine has."""

import os
import sys
from collections.abc import Iterator
from math import ceil
from pathlib import Path


def processors(root: Path = Path("/")) -> int:
    """Those it may run on, or fewer where its container has a quota; `root` is the file system's.

    A quota of 1.5 counts as 2: the half is used as well.
    """
    if sys.platform != "linux":
        return os.cpu_count() or 1
    quotas = [ceil(quota) for quota in _quotas(root)]
    return max(1, min([len(os.sched_getaffinity(0)), *quotas]))


def _quotas(root: Path) -> Iterator[float]:
    """Of the process's control group and of those around it, in processors (cgroups(7))."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for _, controllers, place in (line.split(":", 2) for line in lines):
        if not controllers:  # version 2
            mount, names = root / "sys/fs/cgroup", ["cpu.max"]
        elif "cpu" in controllers.split(","):
            mount = root / "sys/fs/cgroup/cpu"
            names = ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
        else:
            continue
        group = mount / place.lstrip("/")
        # in a container the place may be the host's, which is not to be seen from there
        for folder in (group, *group.parents):
            if folder.is_relative_to(mount) and (quota := _quota(folder, names)) is not None:
                yield quota


def _quota(folder: Path, names: list[str]) -> float | None:
    """None where there is none, which version 2 calls "max" and version 1 calls -1."""
    try:
        words = " ".join((folder / name).read_text() for name in names).split()
        quota, period = float(words[0]), float(words[1])
    except (OSError, ValueError, IndexError):
        return None
    return quota / period if quota > 0 < period else None
