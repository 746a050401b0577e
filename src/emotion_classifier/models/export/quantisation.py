"""Smaller graphs: weights of 8 or 16 bits instead of 32. Needs onnx.

Only their storage is reduced: they are converted to 32 bits when the graph is loaded, and every runtime
computes with floats, so that browsers and processors of any kind compute the same logits. The conversion
is a cast and a product, which onnxruntime folds into constants. ``DequantizeLinear`` it would fuse with
the products after it, whose activations would be rounded to 8 bits.

Front-end and standardisation keep their weights: the matrices of a power spectrum must be exact. Of a
pretrained encoder the matrix products of the transformer layers are reduced, which hold nearly all of
its weights; its convolutions over the waveform are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emotion_classifier.errors import MissingDependencyError, ModelFolderError
from emotion_classifier.models.export.onnx_metadata import module_names

_KEPT = frozenset({"frontend", "standardisation"})
_LAYERS = "layers"
"""Module of an encoder's transformer layers; no other front-end has one of this name."""
_PRODUCTS = frozenset({"MatMul", "Gemm"})
_LEAST_WEIGHTS = 64
"""Smaller tensors keep 32 bits, as nodes of their own would not pay."""
_LARGEST = 127
"""Of 8 bits, for the largest weight of a channel."""


def quantise(graph: Path, output: Path) -> None:
    """Write the graph with weights of 8 bits and a scale of 32 for each output channel.

    Vectors such as biases keep 32 bits.

    Raises
    ------
    MissingDependencyError
        onnx is not installed.
    ModelFolderError
        The graph does not name the nodes of its front-end.
    """
    onnx = _onnx()
    model = onnx.load(graph)
    multiplied = {node.input[1] for node in model.graph.node if node.op_type == "MatMul"}

    def reduce(weights: Any) -> list[Any]:
        values = _floats(onnx, weights)
        if values is None or values.ndim < 2:
            return []
        name = weights.name
        inner = (values.ndim - 2,) if name in multiplied else tuple(range(1, values.ndim))
        scales = np.abs(values).max(axis=inner, keepdims=True) / _LARGEST
        scales[scales == 0] = 1
        model.graph.initializer.append(onnx.numpy_helper.from_array(scales, f"{name}_scales"))
        integers = np.rint(values / scales).astype(np.int8)
        weights.CopyFrom(onnx.numpy_helper.from_array(integers, f"{name}_int8"))
        inputs = [f"{name}_unscaled", f"{name}_scales"]
        return [
            _widened(onnx, weights.name, inputs[0]),
            onnx.helper.make_node("Mul", inputs, [name], name=f"{name}_scaled"),
        ]

    _reduce_weights(model, graph, reduce)
    onnx.save(model, output)


def halve(graph: Path, output: Path) -> None:
    """Write the graph with weights of 16 bits.

    Raises
    ------
    MissingDependencyError
        onnx is not installed.
    ModelFolderError
        The graph does not name the nodes of its front-end.
    """
    onnx = _onnx()
    model = onnx.load(graph)

    def reduce(weights: Any) -> list[Any]:
        values = _floats(onnx, weights)
        if values is None or np.abs(values).max() > np.finfo(np.float16).max:
            return []
        name = weights.name
        weights.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        return [_widened(onnx, weights.name, name)]

    _reduce_weights(model, graph, reduce)
    onnx.save(model, output)


def _reduce_weights(model: Any, graph: Path, reduce: Callable[[Any], Iterable[Any]]) -> None:
    """Replace the weights that need not stay exact; `reduce` returns the nodes that restore a tensor."""
    kept = _front_end(model, graph)
    exact = {name for node in model.graph.node if node.name in kept for name in node.input}
    tensors = [one for one in model.graph.initializer if one.name not in exact]
    restoring = [node for weights in tensors for node in reduce(weights)]
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*restoring, *nodes])


def _floats(onnx: Any, weights: Any) -> npt.NDArray[np.float32] | None:
    """Values of a tensor; None where it is no float32 or is small."""
    if weights.data_type != onnx.TensorProto.FLOAT:
        return None
    values: npt.NDArray[np.float32] = onnx.numpy_helper.to_array(weights)
    return values if values.size >= _LEAST_WEIGHTS else None


def _widened(onnx: Any, source: str, output: str) -> Any:
    """The node that converts a tensor to 32 bits."""
    name = f"{source}_widened"
    return onnx.helper.make_node("Cast", [source], [output], name=name, to=onnx.TensorProto.FLOAT)


def _front_end(model: Any, graph: Path) -> set[str]:
    """Names of the nodes that keep 32 bits."""
    kept = {node.name for node in model.graph.node if _must_stay(node)}
    if not kept:
        raise ModelFolderError(
            f"{graph} does not name the nodes of its front-end, which must stay exact: use the model "
            "folder that a run wrote, not one that was reduced already"
        )
    return kept


def _must_stay(node: Any) -> bool:
    modules = module_names(node)
    is_product_of_encoder = node.op_type in _PRODUCTS and _LAYERS in modules
    return bool(modules & _KEPT) and not is_product_of_encoder


def _onnx() -> Any:
    try:
        import onnx
        import onnx.helper
        import onnx.numpy_helper
    except ModuleNotFoundError as error:
        raise MissingDependencyError("onnx", "train", "a smaller model") from error
    return onnx
