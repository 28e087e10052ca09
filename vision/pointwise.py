"""Products of tokens with 8-bit weights as convolutions of one pixel, the same numbers.

Processors without instructions for 8-bit sums (AVX2 alone, for one) gain nothing from int8 in
OpenVINO's matrix products, and a factor of nearly two in its convolutions: docs/speed.md.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from vision.exported import openvino

# What weights in 8 bits pass through before they are multiplied.
_UNPACKING = {"Constant", "Convert", "Subtract", "Multiply"}


def as_convolutions(network: Any) -> int:
    """Rewrites an int8 network of `vision.quantize` in place; how many products there were.

    Each (B, T, C) @ (C, D), with what follows it for each number alone (bias, activation, the
    next 8-bit steps), becomes (B, C, T, 1) → (B, D, T, 1), and (B, H, W, C) a convolution of H, W:
    channels lie innermost in memory either way, so that little is moved.
    """
    columns: dict[Any, Any] = {}
    products = [one for one in network.get_ordered_ops() if _is_product(one)]
    for product in products:
        came, weights = product.input_value(0), product.input_value(1).get_node()
        column = columns.get(_place(came)) or _column(came)
        last, column = _followed(product.output(0), _convolved(column, weights))
        tokens = _tokens(column, _rank(came))
        for user in last.get_target_inputs():
            user.replace_source_output(tokens)
        columns[_place(tokens)] = column
    network.validate_nodes_and_infer_types()
    return len(products)


def _is_product(node: Any) -> bool:
    if node.get_type_name() != "MatMul":
        return False
    how: Mapping[str, Any] = node.get_attributes()
    tokens, weights = (node.input_value(index) for index in (0, 1))
    return (
        (how["transpose_a"], how["transpose_b"]) == (False, True)
        and _rank(tokens) in {3, 4}
        and _rank(weights) == 2
        and _is_unpacked(weights.get_node())
    )


def _is_unpacked(node: Any) -> bool:
    """Weights that are kept in 8 bits."""
    kind = node.get_type_name()
    if kind == "Constant":
        return node.get_element_type().size == 1
    return kind in _UNPACKING and _is_unpacked(node.input_value(0).get_node())


def _convolved(column: Any, weights: Any) -> Any:
    return _ops().convolution(column, _pixel(weights), [1, 1], [0, 0], [0, 0], [1, 1]).output(0)


def _pixel(weights: Any) -> Any:
    """(D, C) or (D, 1) → (D, C, 1, 1) or (D, 1, 1, 1), still in 8 bits."""
    kind = weights.get_type_name()
    if kind == "Constant":
        values = weights.data
        return _constant(values[..., None, None] if values.ndim == 2 else values)
    inputs = [_pixel(one.get_node()) for one in weights.input_values()]
    if kind == "Convert":
        return _ops().convert(*inputs, weights.get_element_type())
    return {"Subtract": _ops().subtract, "Multiply": _ops().multiply}[kind](*inputs)


def _followed(last: Any, column: Any) -> tuple[Any, Any]:
    """The last output that only numbers alone lead to, and the column that stands for it."""
    while len(users := last.get_target_inputs()) == 1:
        (user,) = users
        after = _alike(user.get_node(), user.get_index(), column)
        if after is None:
            break
        last, column = user.get_node().output(0), after.output(0)
    return last, column


def _alike(node: Any, index: int, column: Any) -> Any:
    """The operation `node` for a column in place of its input `index`; None: it is another kind."""
    kind, how = node.get_type_name(), node.get_attributes()
    if kind == "Gelu":
        return _ops().gelu(column, how["approximation_mode"])
    if kind not in {"Add", "Multiply", "FakeQuantize"}:
        return None
    others = [one.get_node() for at, one in enumerate(node.input_values()) if at != index]
    values = [_upright(one) for one in others]
    if any(one is None for one in values):
        return None
    if kind == "FakeQuantize":
        return _ops().fake_quantize(column, *values, how["levels"])
    return {"Add": _ops().add, "Multiply": _ops().multiply}[kind](column, *values)


def _upright(node: Any) -> Any:
    """A constant of one number, or of one for each channel, as a column meets it."""
    if node.get_type_name() != "Constant":
        return None
    values = node.data
    if values.size == 1:
        return _constant(values.reshape(()))
    return _constant(values.reshape(1, -1, 1, 1)) if values.shape[-1] == values.size else None


def _column(tokens: Any) -> Any:
    """(B, T, C) → (B, C, T, 1), (B, H, W, C) → (B, C, H, W)."""
    ops = _ops()
    apart = tokens if _rank(tokens) == 4 else ops.unsqueeze(tokens, _constant(np.array([2])))
    return ops.transpose(apart, _constant(np.array([0, 3, 1, 2]))).output(0)


def _tokens(column: Any, rank: int | None) -> Any:
    """(B, C, T, 1) → (B, T, C), (B, C, H, W) → (B, H, W, C)."""
    ops = _ops()
    if rank == 4:
        return ops.transpose(column, _constant(np.array([0, 2, 3, 1]))).output(0)
    # not the other way round: a transpose of four axes is slow in OpenVINO where this one is not
    joined = ops.squeeze(column, _constant(np.array([3])))
    return ops.transpose(joined, _constant(np.array([0, 2, 1]))).output(0)


def _place(output: Any) -> tuple[str, int]:
    return output.get_node().get_friendly_name(), output.get_index()


def _rank(output: Any) -> int | None:
    rank = output.get_partial_shape().rank
    return int(rank.get_length()) if rank.is_static else None


def _constant(values: np.ndarray) -> Any:
    return _ops().constant(np.ascontiguousarray(values))


def _ops() -> Any:
    return openvino().opset13
