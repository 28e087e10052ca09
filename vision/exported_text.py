"""A text tower exported to OpenVINO: words to features without torch."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vision.errors import BadArtefact
from vision.exported import ALWAYS, FORMAT, digest_of, openvino
from vision.head import unit
from vision.tokens import Tokens

TOKENS = "tokenizer.json"
"""Of the library `tokenizers`."""


class ExportedText:
    """text.xml and .bin, the tower, tokenizer.json, and text.json, whose they are."""

    def __init__(self, folder: Path, backbone: str) -> None:
        """Raises BadArtefact unless it lies whole in `folder`, made beside this backbone."""
        try:
            told = json.loads((folder / "text.json").read_text(encoding="utf-8"))
            if (told["format"], told["backbone_fingerprint"]) != (FORMAT, backbone):
                raise ValueError("it is of another backbone or edition")
            for name, digest in told["sha256"].items():
                if digest_of(folder / name) != digest:
                    raise ValueError(f"{name} is not the file that was written")
            self.tokens = Tokens(folder / TOKENS, told["clean"])
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadArtefact(
                f"{folder} holds no whole text tower ({type(error).__name__}: {error}); write it "
                "again with `snapshelf model export`"
            ) from error
        network = openvino().Core().read_model(folder / "text.xml")
        self._compiled: Any = (
            openvino()
            .Core()
            .compile_model(network, "CPU", {**ALWAYS, "PERFORMANCE_HINT": "LATENCY"})
        )

    def features(self, texts: Sequence[str]) -> np.ndarray:
        """(N, F) float32 of length 1. Safe for several threads."""
        found = self._compiled.create_infer_request().infer({0: self.tokens(texts)})
        return unit(found[0])


def has_text(folder: Path) -> bool:
    return (folder / "text.json").is_file()
