"""As many processors as the process may use, whatever the machine has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vision.processors import processors

OURS = len(os.sched_getaffinity(0))


def group(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_without_a_quota_all_that_the_process_may_run_on(tmp_path: Path) -> None:
    assert processors(tmp_path) == OURS
    free = {"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "max 100000\n"}
    assert processors(group(tmp_path, free)) == OURS


@pytest.mark.parametrize(("quota", "wanted"), [("100000", 1), ("5000", 1), ("9900000", OURS)])
@pytest.mark.parametrize("where", ["a/b/", "a/", ""])
def test_a_quota_of_the_group_or_of_one_around_it_counts(
    tmp_path: Path, where: str, quota: str, wanted: int
) -> None:
    files = {"proc/self/cgroup": "0::/a/b\n", f"sys/fs/cgroup/{where}cpu.max": f"{quota} 100000\n"}
    assert processors(group(tmp_path, files)) == wanted


@pytest.mark.skipif(OURS < 2, reason="needs two processors")
def test_part_of_a_processor_is_used_as_well(tmp_path: Path) -> None:
    files = {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"}
    assert processors(group(tmp_path, files)) == 2


@pytest.mark.parametrize(("quota", "wanted"), [("100000", 1), ("-1", OURS)])
def test_the_first_version_of_control_groups_is_understood(
    tmp_path: Path, quota: str, wanted: int
) -> None:
    files = {
        "proc/self/cgroup": "4:memory:/x\n3:cpu,cpuacct:/x\n0::/\n",
        "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us": quota,
        "sys/fs/cgroup/cpu/x/cpu.cfs_period_us": "100000\n",
    }
    assert processors(group(tmp_path, files)) == wanted


def test_a_process_bound_to_one_processor_has_one() -> None:
    program = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
        "from vision.processors import processors; print(processors())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout == "1\n"
