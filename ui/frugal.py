"""What numerical libraries must be told before they load, so that their threads share well."""

from collections.abc import MutableMapping

from vision.processors import processors

# Each makes as many threads as the machine has processors, whatever this process may use of them.
_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def share_processors(environment: MutableMapping[str, str]) -> None:
    """Call before anything imports numpy, torch or openvino; what the user has set stays."""
    # Spinning threads of two models on few cores slowed one query from 0.13 to 1.9 s.
    environment.setdefault("OMP_WAIT_POLICY", "passive")
    for name in _COUNTS:
        environment.setdefault(name, str(processors()))
