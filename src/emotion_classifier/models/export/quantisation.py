"""Smaller graphs: weights of 8 or 16 bits instead of 32. Needs onnx.

Front-end and standardisation keep 32 bits: powers span a hundred decibels, more than 8 bits or the
range of 16 can represent. Of a pretrained encoder the matrix products of the transformer layers are
reduced, which hold nearly all of its weights; its convolutions over the waveform are not.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import MissingDependencyError, ModelFolderError
from emotion_classifier.model_folder.folder import GRAPH_DATA
from emotion_classifier.models.export.onnx_metadata import module_names

_KEPT = frozenset({"frontend", "standardisation"})
_LAYERS = "layers"
"""Module of an encoder's transformer layers; no other front-end has one of this name."""
_PRODUCTS = frozenset({"MatMul", "Gemm"})
_LEAST_WEIGHTS = 64
"""Smaller tensors keep 32 bits, as a node of their own would not pay."""


def quantise(graph: Path, output: Path, clips: Iterable[Samples]) -> None:
    """Write the graph with layers of 8 bits.

    Convolutions get fixed ranges, calibrated on the clips: with ranges computed for each input they
    are slower than with 32 bits. Matrix products and LSTMs compute theirs for each input, which costs
    them little and is more accurate.

    Parameters
    ----------
    graph : of a model folder.
    output : file to write.
    clips : prepared waveforms (sample,), the input of the model; some dozens suffice.

    Raises
    ------
    MissingDependencyError
        onnx is not installed.
    ModelFolderError
        The graph does not name the nodes of its front-end.
    """
    onnx = _onnx()
    from onnxruntime import quantization

    model = onnx.load(graph)
    kept = _front_end(model, graph)
    with _quietly(), tempfile.TemporaryDirectory() as folder:
        fixed = Path(folder) / "fixed.onnx"
        _fold_constants(graph, fixed)
        if any(n.op_type == "Conv" and n.name not in kept for n in onnx.load(fixed).graph.node):
            quantization.quantize_static(
                onnx.load(fixed),
                fixed,
                _feeds(model, clips),
                op_types_to_quantize=["Conv"],
                per_channel=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
                nodes_to_exclude=sorted(kept),
            )
        quantization.quantize_dynamic(
            _without_shapes(onnx.load(fixed)),
            output,
            op_types_to_quantize=["MatMul", "Gemm", "LSTM"],
            per_channel=True,  # of Whisper tiny a third of the error of one scale for each matrix
            weight_type=quantization.QuantType.QInt8,
            nodes_to_exclude=sorted(kept),
        )


def halve(graph: Path, output: Path) -> None:
    """Write the graph with weights of 16 bits.

    Only their storage is halved: they are converted when the graph is loaded, and processors compute
    with 32 bits as before. So nothing can overflow, and the logits are those of rounded weights.

    Raises
    ------
    MissingDependencyError
        onnx is not installed.
    ModelFolderError
        The graph does not name the nodes of its front-end.
    """
    onnx = _onnx()
    model = onnx.load(graph)
    kept = _front_end(model, graph)
    exact = {name for node in model.graph.node if node.name in kept for name in node.input}
    widened = []
    for weights in model.graph.initializer:
        values = _as_half(onnx, weights)
        if values is None or weights.name in exact:
            continue
        name = f"{weights.name}_half"
        widened.append(
            onnx.helper.make_node(
                "Cast", [name], [weights.name], name=f"{name}_widened", to=onnx.TensorProto.FLOAT
            )
        )
        weights.CopyFrom(onnx.numpy_helper.from_array(values, name))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*widened, *nodes])
    onnx.save(model, output)


def _as_half(onnx: Any, weights: Any) -> npt.NDArray[np.float16] | None:
    """A tensor with 16 bits; None where it is no float32, is small, or would overflow."""
    if weights.data_type != onnx.TensorProto.FLOAT:
        return None
    values: npt.NDArray[np.float32] = onnx.numpy_helper.to_array(weights)
    if values.size < _LEAST_WEIGHTS or np.abs(values).max() > np.finfo(np.float16).max:
        return None
    return values.astype(np.float16)


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


def _fold_constants(graph: Path, output: Path) -> None:
    """Write the graph with its constants computed, such as an LSTM's weights from several nodes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(output)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3
    if graph.with_name(GRAPH_DATA).exists():  # too large for one file, so the copy is too
        key = "session.optimized_model_external_initializers_file_name"
        options.add_session_config_entry(key, f"{output.name}.data")
    onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def _without_shapes(model: Any) -> Any:
    """The model without inner shapes, which become wrong where products are transposed."""
    del model.graph.value_info[:]
    return model


def _feeds(model: Any, clips: Iterable[Samples]) -> Any:
    """A reader of single clips for onnxruntime's calibration."""
    from onnxruntime.quantization import CalibrationDataReader

    widths = {value.name: value.type.tensor_type.shape.dim for value in model.graph.input}

    class Reader(CalibrationDataReader):  # type: ignore[misc] # onnxruntime has no types
        """Feeds of the graph."""

        def __init__(self) -> None:
            self.clips = iter(clips)

        def get_next(self) -> dict[str, npt.NDArray[Any]] | None:
            """The next clip; None behind the last."""
            clip = next(self.clips, None)
            if clip is None:
                return None
            feeds: dict[str, npt.NDArray[Any]] = {
                "waveforms": clip[np.newaxis],
                "lengths": np.array([len(clip)], np.int64),
            }
            if "statistics" in widths:
                features = widths["statistics"][2].dim_value
                feeds["statistics"] = np.zeros((1, 2, features), np.float32)
            return feeds

    return Reader()


def _onnx() -> Any:
    try:
        import onnx
        import onnx.helper
        import onnx.numpy_helper
    except ModuleNotFoundError as error:
        raise MissingDependencyError("onnx", "train", "a smaller model") from error
    return onnx


@contextmanager
def _quietly() -> Iterator[None]:
    """Silence advice about preparations that `_fold_constants` has done."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
