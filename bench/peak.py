"""What the processors can do at most: large products of matrices, and a convolution.

In fp32 the best of three libraries' kernels is taken, since each is behind another on some
processor; in 8 bits OpenVINO's convolution, the quickest that it has where AVX2 is all there is.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from threadpoolctl import ThreadpoolController
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from vision.exported import openvino

SIDE = 2048
"""Of the matrices: 17 GFLOP a product, far more than any cache holds."""
# A layer of ResNet50, batch 8: 3 × 3 over 56 × 56 places, 64 to 64 channels, four times as wide.
_BATCH, _CHANNELS, _PLACES = 8, 256, 56
PRODUCT_FLOPS = 2 * SIDE**3
CONVOLUTION_FLOPS = 2 * 9 * _BATCH * _CHANNELS**2 * _PLACES**2


@dataclass(frozen=True)
class Peak:
    """FLOPs per second, and per second of processor time: the most that was seen."""

    pace: float = 0.0
    processor_pace: float = 0.0

    def higher(self, flops: int, call: Callable[[], object]) -> "Peak":
        began, spent = time.perf_counter(), time.process_time()
        call()
        seconds, cpu = time.perf_counter() - began, time.process_time() - spent
        return Peak(max(self.pace, flops / seconds), max(self.processor_pace, flops / cpu))


def products(threads: int) -> Mapping[str, tuple[int, Callable[[], object]]]:
    """FLOPs and a call of each kind of product, on so many threads."""
    words = f"{threads} thread{'s'[: threads - 1]}"
    return {
        f"product, OpenBLAS, {words}": (PRODUCT_FLOPS, _blas(threads)),
        f"product, OpenVINO, {words}": (PRODUCT_FLOPS, _product(threads)),
        f"convolution, OpenVINO, {words}": (CONVOLUTION_FLOPS, _convolution(threads)),
    }


def products_in_8_bits(threads: int) -> Mapping[str, tuple[int, Callable[[], object]]]:
    """As `products`."""
    return {"convolution, 8 bits, OpenVINO": (CONVOLUTION_FLOPS, _convolution_in_8_bits(threads))}


def network_flops(network: torch.nn.Module, side: int) -> int:
    """Of one picture; a multiply-add counts as two."""
    # fused attention is no operation that the counter knows
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            network(torch.zeros(1, 3, side, side))
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
    return int(counter.get_total_flops())


def _blas(threads: int) -> Callable[[], object]:
    left, right = _drawn(SIDE, SIDE), _drawn(SIDE, SIDE)
    out, pools = np.empty_like(left), ThreadpoolController()

    def product() -> None:
        with pools.limit(limits=threads, user_api="blas"):
            np.matmul(left, right, out=out)

    return product


def _product(threads: int) -> Callable[[], object]:
    ops = openvino().opset13
    left = ops.parameter([SIDE, SIDE], np.float32)
    return _compiled(ops.matmul(left, _drawn(SIDE, SIDE), False, False), left, threads)


def _convolution(threads: int) -> Callable[[], object]:
    ops = openvino().opset13
    pixels = ops.parameter([_BATCH, _CHANNELS, _PLACES, _PLACES], np.float32)
    weights = _drawn(_CHANNELS, _CHANNELS, 3, 3)
    layer = ops.convolution(pixels, weights, [1, 1], [1, 1], [1, 1], [1, 1])
    return _compiled(layer, pixels, threads)


def _convolution_in_8_bits(threads: int) -> Callable[[], object]:
    ops = openvino().opset13
    pixels = ops.parameter([_BATCH, _CHANNELS, _PLACES, _PLACES], np.float32)
    low, high = np.float32(0), np.float32(2.55)
    # 7 bits of weights: sums of more overflow in AVX2's
    shape = (_CHANNELS, _CHANNELS, 3, 3)
    weights = ops.constant(np.random.default_rng(0).integers(-64, 64, shape, np.int8))
    layer = ops.convolution(
        ops.fake_quantize(pixels, low, high, low, high, 256),
        ops.multiply(ops.convert(weights, np.float32), np.float32(0.01)),
        [1, 1], [1, 1], [1, 1], [1, 1],
    )  # fmt: skip
    return _compiled(layer, pixels, threads)


def _compiled(result: Any, given: Any, threads: int) -> Callable[[], object]:
    library = openvino()
    options = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32",
               "ENABLE_CPU_PINNING": False, "PERFORMANCE_HINT": "LATENCY"}  # fmt: skip
    network = library.Core().compile_model(library.Model([result], [given]), "CPU", options)
    request, values = network.create_infer_request(), _drawn(*given.shape)
    return lambda: request.infer({0: values}, share_inputs=True, share_outputs=True)


def _drawn(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape, np.float32)
