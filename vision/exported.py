"""A backbone exported to OpenVINO: pictures to features without torch.

`vision.export` writes it, and `vision.quantize` a quicker one beside it: NAME.xml and NAME.bin, the
network, and NAME.json, whose it is.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from threading import Lock, local
from typing import Any, Literal

import numpy as np
from threadpoolctl import threadpool_limits

from vision.accelerator import CPU
from vision.errors import BadArtefact
from vision.preprocess import Preprocess
from vision.processors import processors
from vision.spec import parse_spec

FORMAT = 1
Precision = Literal["fp32", "int8"]
"""Of an artefact's export, and its name."""
PARTS = (".xml", ".bin")
# Below it the two runtimes would not be interchangeable.
LEAST_COSINE = 0.9999
_Outputs = Literal["features", "look"]
_FIRST_USE = Lock()
# f32: some processors would compute in bfloat16 by themselves, whose vectors lie elsewhere. Not
# pinned: several workers on one machine would all be pinned to its first processors.
ALWAYS = {"INFERENCE_PRECISION_HINT": "f32", "ENABLE_CPU_PINNING": False}


@dataclass(frozen=True)
class Export:
    """An exported network on disk, and whose it is."""

    model: Path
    """The .xml; the .bin lies beside it."""
    spec: str
    backbone: str
    """Fingerprint of the backbone it was made from."""
    fingerprint: str
    """Of the features it gives: the backbone's in fp32, its own in int8."""
    feature_size: int
    preprocess: Preprocess
    precision: str
    measured: Mapping[str, Any]
    """How near it came to torch when it was made: for people."""


def read_export(folder: Path, name: str) -> Export:
    """Raises BadArtefact when it is torn, from a newer edition, or was edited."""
    try:
        told = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise ValueError(f"its format is {told['format']}, this program reads {FORMAT}")
        for part, digest in told["sha256"].items():
            if digest_of(folder / f"{name}{part}") != digest:
                raise ValueError(f"{name}{part} is not the file that was written")
        square = told["preprocess"]
        return Export(
            folder / f"{name}.xml",
            told["backbone"],
            told["backbone_fingerprint"],
            _fingerprint(told),
            told["feature_size"],
            Preprocess(square["size"], tuple(square["mean"]), tuple(square["std"])),
            told["precision"],
            told["measured"],
        )
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadArtefact(
            f"{folder} holds no whole export ({type(error).__name__}: {error}); write it again "
            "with `snapshelf model export`, or delete it: then torch computes"
        ) from error


def _fingerprint(told: Mapping[str, Any]) -> str:
    """int8 moves every vector, and each quantization to another place."""
    if told["precision"] == "fp32":
        return str(told["backbone_fingerprint"])
    parts = [told["precision"], told["backbone_fingerprint"], *(told["sha256"][p] for p in PARTS)]
    return sha256("\0".join(parts).encode()).hexdigest()


class ExportedEncoder:
    """An `Encoder` that runs in OpenVINO, compiled when it is first used. Safe for threads."""

    def __init__(self, export: Export, spec: str | None = None, tuned: bool = False) -> None:
        self.spec = spec or export.spec
        self.parsed = parse_spec(self.spec)
        self.tuned = tuned
        self.preprocess = export.preprocess
        self.fingerprint = export.fingerprint
        self.feature_size = export.feature_size
        self.export = export
        self.device = CPU
        # now, for the folder may be another model's when the first picture comes
        self._network = openvino().Core().read_model(export.model)
        self._alone = False
        self._compiled: dict[tuple[_Outputs, bool], Any] = {}
        self._compiling = Lock()
        self._own = _Own()

    def features(self, batch: np.ndarray) -> np.ndarray:
        (features,) = self._run("features", batch)
        if self.parsed.flip:
            (mirrored,) = self._run("features", batch[..., ::-1])
            features = (features + mirrored) / 2
        return _rounded(features)

    def look(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        features, *maps = self._run("look", batch)
        if self.parsed.flip:
            mirrored, *others = self._run("look", batch[..., ::-1])
            features = (features + mirrored) / 2
            maps = [(maps[0] + others[0][:, :, ::-1]) / 2] if maps else []
        return _rounded(features), maps[0] if maps else None

    @contextmanager
    def threads(self) -> Iterator[None]:
        self._alone = True
        try:
            # numpy's helpers too: they wait for more in a busy loop (see vision.backbone.alone)
            with threadpool_limits(1, user_api="blas"):
                yield
        finally:
            self._alone = False

    def _run(self, outputs: _Outputs, batch: np.ndarray) -> list[np.ndarray]:
        found = self._request(outputs).infer({0: np.ascontiguousarray(batch)}, share_inputs=True)
        return [found[index] for index in range(len(found))]

    def _request(self, outputs: _Outputs) -> Any:
        """Each thread has its own: a request computes one batch at a time."""
        key = (outputs, self._alone)
        mine = self._own.requests
        if key not in mine:
            with self._compiling:
                if key not in self._compiled:
                    self._compiled[key] = _compile(self._network, *key)
            mine[key] = self._compiled[key].create_infer_request()
        return mine[key]


class _Own(local):
    """Of each thread."""

    def __init__(self) -> None:
        self.requests: dict[tuple[_Outputs, bool], Any] = {}


def openvino() -> Any:
    """The library, which would report each start of a program to its makers.

    It does without the package that reports where that cannot be imported.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    # Its table of number types is made at its first use, and two threads that are first at once
    # wait for each other for ever, with Python's own lock held: seen in 2026.4.1.
    with _FIRST_USE:
        openvino.Tensor(np.zeros(1, np.float32)).data  # noqa: B018
    return openvino


def _compile(network: Any, outputs: _Outputs, alone: bool) -> Any:
    """`alone`: a stream of one thread for each processor, else one that has all of them."""
    library = openvino()
    if outputs == "features":
        network = library.Model(network.outputs[:1], network.get_parameters(), "features")
    how: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
    if alone:
        one_each = {"NUM_STREAMS": processors(), "INFERENCE_NUM_THREADS": processors()}
        how = {"PERFORMANCE_HINT": "THROUGHPUT", **one_each}
    return library.Core().compile_model(network, "CPU", {**ALWAYS, **how})


def _rounded(features: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # infinite, as in torch: the writer refuses such a vector
        return features.astype(np.float16).astype(np.float32)


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
