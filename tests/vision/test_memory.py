"""Freed memory is used again."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
import numpy as np
from vision.memory import keep_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(40_000_000, np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if sys.argv[1] == "kept":
    keep_memory()
print(faults(), faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told")
def test_the_pages_of_a_large_block_are_asked_for_once() -> None:
    asked = {}
    for how in ("kept", "plain"):
        told = subprocess.run(
            [sys.executable, "-c", PROGRAM, how], check=True, capture_output=True, text=True
        )
        asked[how] = [int(word) for word in told.stdout.split()]
    pages = 40_000_000 // 4096
    # large pages of the system may make them fewer, but never none
    assert asked["kept"][1] < asked["kept"][0] / 10 < pages
    assert asked["plain"][1] > asked["kept"][1]
