"""Numerical libraries hear how many threads they may make before they load."""

import json
import subprocess
import sys

from ui.frugal import share_processors
from vision.processors import processors

# What is loaded and what is set at the moment when the command line begins with a command.
PROGRAM = """
import json, os, sys
import ui.cli
loaded = sorted({"numpy", "torch", "openvino"} & sys.modules.keys())
ui.cli.app = lambda **given: print(json.dumps([loaded, dict(os.environ)]))
ui.cli.main([])
"""


def test_what_is_set_comes_before_the_libraries_load() -> None:
    bare = {"PATH": "", "PYTHONPATH": ":".join(sys.path)}
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=bare, capture_output=True, text=True, check=True
    )
    loaded, environment = json.loads(told.stdout)
    assert loaded == []
    assert environment["OMP_WAIT_POLICY"] == "passive"
    assert environment["OMP_NUM_THREADS"] == str(processors())
    assert environment["OPENBLAS_NUM_THREADS"] == str(processors())


def test_what_the_user_has_set_stays() -> None:
    environment = {"OMP_NUM_THREADS": "7", "OMP_WAIT_POLICY": "active"}
    share_processors(environment)
    assert environment["OMP_NUM_THREADS"] == "7"
    assert environment["OMP_WAIT_POLICY"] == "active"
    assert environment["MKL_NUM_THREADS"] == str(processors())
