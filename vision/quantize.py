"""An export's numbers in 8 bits: quicker where the processor has instructions for them.

Post-training quantization by NNCF: photos of the catalog pass through the network, and the range
of what each layer gives for them becomes the range of its 256 steps.
"""

import io
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from vision.errors import BadExport
from vision.exported import PARTS, digest_of, openvino
from vision.pointwise import as_convolutions

# NNCF's own default; what more photos change is lost in the rounding.
PHOTOS = 300


def write_int8(
    folder: Path,
    photos: Sequence[np.ndarray],
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """int8.xml, .bin and .json beside an export's fp32 in `folder`, ranges from `photos`.

    `photos`: (3, S, S) float32 each. `progress` is called with how many have passed. Raises
    BadExport without NNCF, and where it cannot take the network.
    """
    library = openvino()
    network = library.Core().read_model(folder / "fp32.xml")
    try:
        # it draws bars of its own on what may be our JSON
        with redirect_stdout(io.StringIO()):
            quantized = _quantized(network, photos, progress)
            as_convolutions(quantized)
    except ImportError as error:
        raise BadExport(
            f"int8 is made by the library nncf, which cannot be loaded ({error}); "
            "pip install 'snapshelf[int8]'. Models that have been made serve without it"
        ) from error
    except Exception as error:  # NNCF documents no exception types
        raise BadExport(
            f"the network cannot be quantized ({type(error).__name__}: {str(error)[:200]}); "
            "fp32 goes on serving it"
        ) from error
    library.save_model(quantized, folder / "int8.xml", compress_to_fp16=False)
    told = json.loads((folder / "fp32.json").read_text(encoding="utf-8"))
    told |= {
        "precision": "int8",
        "sha256": {part: digest_of(folder / f"int8{part}") for part in PARTS},
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "calibration": {"photos": len(photos)},
        "measured": {},
    }
    _write_card(folder, told)


def write_measured(folder: Path, measured: Mapping[str, Any]) -> None:
    """What int8 costs and brings, for people, into its card."""
    told = json.loads((folder / "int8.json").read_text(encoding="utf-8"))
    _write_card(folder, told | {"measured": measured})


def _write_card(folder: Path, told: Mapping[str, Any]) -> None:
    (folder / "int8.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _quantized(network: Any, photos: Sequence[np.ndarray], progress: Callable[[int], None]) -> Any:
    import nncf

    # not its own set_log_level, which sets handlers that are not its own
    logging.getLogger("nncf").setLevel(logging.ERROR)
    attention = {"ScaledDotProductAttention", "Softmax"}
    transformer = any(one.get_type_name() in attention for one in network.get_ops())

    def given(item: tuple[int, np.ndarray]) -> np.ndarray:
        progress(item[0] + 1)
        return item[1][None]

    # Its defaults: 8 bits, 7 in the first layer, where AVX2's sums overflow the most. Other presets
    # and bits were tried, and bought nothing (docs/speed.md).
    return nncf.quantize(
        network,
        nncf.Dataset(list(enumerate(photos)), given),
        subset_size=len(photos),
        model_type=nncf.ModelType.TRANSFORMER if transformer else None,
    )
