"""Where torch computes features: on an accelerator, where there is one."""

import platform
import sys
from pathlib import Path

# Without these files of their drivers (NVIDIA's, AMD's, Windows' for Linux guests) there is none,
# and torch, which takes seconds to load, need not be asked.
_DRIVERS = ("dev/nvidiactl", "dev/kfd", "dev/dxg")
CPU = "cpu"


def accelerator(root: Path = Path("/")) -> str | None:
    """torch's name for it, "cuda" (also AMD's) or "mps"; None: the processors compute.

    `CUDA_VISIBLE_DEVICES=` in the environment hides a CUDA device, as in every torch program.
    """
    if not _may_be(root):
        return None
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else None


def _may_be(root: Path) -> bool:
    if sys.platform == "linux":
        return any((root / driver).exists() for driver in _DRIVERS)
    return sys.platform != "darwin" or platform.machine() == "arm64"
