"""The contenders of bench.peers as processes, and what was measured of each."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.contenders import CONTENDERS
from bench.material import Material, files
from vision.spec import BUNDLED_MODEL

MODULES = {
    "snapshelf": "openvino", "tutorial": "open_clip, qdrant_client", "rclip": "rclip.main",
    "clip-retrieval": "clip_retrieval.clip_inference.worker, autofaiss",
    "DeepImageSearch": "DeepImageSearch", "fastembed": "fastembed",
}  # fmt: skip
IN_ONNX = ("rclip", "fastembed")
LOOP = "tutorial loop"


@dataclass
class System:
    """One contender, and what was measured of it: a number for each round."""

    name: str
    contender: str
    python: str
    model: str = ""
    rates: list[float] = field(default_factory=list)
    """Images per second."""
    cpu_ms: list[float] = field(default_factory=list)
    """Of the processors, a photo: other work on the machine hardly disturbs it."""
    asked_ms: list[float] = field(default_factory=list)
    """Median of a round."""
    first_s: list[float] = field(default_factory=list)
    memory_mb: float = 0.0

    def command(self, material: Material, *more: str) -> list[str]:
        words = [self.python, "-m", "bench.contend", self.contender, str(material.folder)]
        return [*words, "--model", self.model, *more]


class Process:
    """A contender at work."""

    def __init__(self, system: System, material: Material) -> None:
        self.system = system
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 (lives with the process)
        self._process = subprocess.Popen(
            system.command(material), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._said, text=True, env=environment(),
        )  # fmt: skip

    def do(self, what: str, **given: Path) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        said = {"do": what, **{name: str(value) for name, value in given.items()}}
        self._process.stdin.write(json.dumps(said) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            self._said.seek(0)
            why = self._said.read().strip()[-2000:]
            raise RuntimeError(f"{self.system.name} ended at {said}:\n{why}")
        return json.loads(line)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def environment() -> dict[str, str]:
    """No hub is asked."""
    own = {"PYTHONPATH": str(Path(__file__).parents[1]), "HF_HUB_OFFLINE": "1"}
    return os.environ | own


def present(material: Material, peers: str) -> list[System]:
    """Those that can run here, the peers in the Python `peers`; says which cannot."""
    models = {"fp32": str(material.model), "int8": str(material.model_int8),
              "bundled model": BUNDLED_MODEL}  # fmt: skip
    ours = [System(f"Snapshelf, {name}", "snapshelf", sys.executable, model)
            for name, model in models.items()]  # fmt: skip
    theirs = [System(LOOP if name == "tutorial" else name, name, peers)
              for name in CONTENDERS if name != "snapshelf"]  # fmt: skip
    return ours + [one for one in theirs if _usable(one, material)]


def _usable(system: System, material: Material) -> bool:
    words = f"import {MODULES[system.contender]}"
    if system.contender == "clip-retrieval" and material.backbone.library != "open_clip":
        print(f"{system.name} is left out: it takes open_clip's networks only")
        return False
    tried = subprocess.run([system.python, "-c", words], env=environment(), capture_output=True,
                           text=True)  # fmt: skip
    if tried.returncode:
        why = tried.stderr.strip().splitlines()[-1]
        print(f"{system.name} is left out: {why}; bench/README.md says how to get it")
        return False
    if system.contender in IN_ONNX and not (material.onnx / "model.onnx").is_file():
        writing = [system.python, "-m", "bench.material", str(material.folder)]
        if subprocess.run(writing, env=environment(), capture_output=True).returncode:
            print(f"{system.name} is left out: {system.python} cannot write its ONNX file")
            return False
    return True


def first_answer(system: System, material: Material, home: Path) -> float:
    """Seconds from the start of a process on an index to its answer."""
    photo = files(material.asked)[0]
    began = time.perf_counter()
    words = system.command(material, "--ask", str(photo), "--photos", str(material.photos),
                           "--home", str(home))  # fmt: skip
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          env=environment()) as process:  # fmt: skip
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = time.perf_counter() - began
    assert json.loads(line)["answer"], system.name
    return seconds
