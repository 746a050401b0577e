"""How the graph of voice activity in the package is made from the one in Silero's wheel.

    pip download silero-vad==6.2.3 --no-deps && unzip silero_vad-6.2.3-*.whl
    python tools/silero_rows.py silero_vad/data/silero_vad_16k_sequence.onnx \
        src/emotion_classifier/inference/vad/silero_vad_16k_rows.onnx

Silero's graph convolves each frame by itself, in small products of matrices. Here the frames of a
call are the rows of one product for each layer: three times as fast, and each row still has the same
result to the last bit however many others there are. Weights are the same, results to four
decimals (``tests/inference/test_activity.py``).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

FRAME = 576  # samples of the input, with those before the frame
MIRRORED = 64  # samples behind them
WINDOW, HOP, BINS = 256, 128, 129  # of the spectrum
COLUMNS = (FRAME + MIRRORED - WINDOW) // HOP + 1
KERNEL = 3
STRIDES = (1, 2, 2, 1)
HIDDEN = 128


class Graph:
    """Nodes and the arrays that they need; each method adds a node and gives its output's name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.arrays: list[onnx.TensorProto] = []

    def array(self, values: npt.ArrayLike) -> str:
        """A constant; lists of integers are positions and shapes."""
        found = np.ascontiguousarray(values)
        name = f"array_{len(self.arrays)}"
        self.arrays.append(numpy_helper.from_array(found, name))
        return name

    def add(self, kind: str, *inputs: str, outputs: tuple[str, ...] = (), **settings: Any) -> str:
        """A node."""
        names = outputs or (f"{kind.lower()}_{len(self.nodes)}",)
        self.nodes.append(helper.make_node(kind, inputs, names, **settings))
        return names[0]

    def reshaped(self, values: str, *shape: int) -> str:
        """The same values in another shape."""
        return self.add("Reshape", values, self.array(list(shape)))

    def part(self, values: str, start: int, stop: int, *, axis: int, step: int = 1) -> str:
        """A slice along an axis."""
        places = [self.array([number]) for number in (start, stop, axis, step)]
        return self.add("Slice", values, *places)


def spectrum(graph: Graph, frames: str, basis: npt.NDArray[np.float32]) -> str:
    """Magnitudes (frame x column, bin) of `frames` (frame, sample); `basis` (2 x bin, 1, sample)."""
    mirrored = graph.add("Pad", frames, graph.array([0, 0, 0, MIRRORED]), mode="reflect")
    pieces = graph.reshaped(mirrored, -1, COLUMNS + 1, HOP)
    halves = [graph.part(pieces, first, first + COLUMNS, axis=1) for first in (0, 1)]
    windows = graph.reshaped(graph.add("Concat", *halves, axis=2), -1, WINDOW)
    product = graph.add("MatMul", windows, graph.array(basis[:, 0].T))
    squares = graph.add("Mul", product, product)
    real, imaginary = (graph.part(squares, k * BINS, (k + 1) * BINS, axis=1) for k in (0, 1))
    return graph.add("Sqrt", graph.add("Add", real, imaginary))


def convolution(
    graph: Graph,
    rows: str,
    columns: int,
    stride: int,
    weight: npt.NDArray[np.float32],
    bias: npt.NDArray[np.float32],
) -> tuple[str, int]:
    """Rows (frame x column, channel) behind a layer of `weight` (out, in, tap), and the columns."""
    out, channels, _ = weight.shape
    framed = graph.reshaped(rows, -1, columns, channels)
    padded = graph.add("Pad", framed, graph.array([0, 1, 0, 0, 1, 0]))
    left = (columns + 2 - KERNEL) // stride + 1
    last = (left - 1) * stride + 1
    taps = [graph.part(padded, k, k + last, axis=1, step=stride) for k in range(KERNEL)]
    seen = graph.reshaped(graph.add("Concat", *taps, axis=2), -1, KERNEL * channels)
    matrix = graph.array(weight.transpose(2, 1, 0).reshape(KERNEL * channels, out))
    summed = graph.add("Add", graph.add("MatMul", seen, matrix), graph.array(bias))
    return graph.add("Relu", summed), left


def rewritten(original: onnx.ModelProto) -> onnx.ModelProto:
    """The graph with frames as rows."""
    found = {one.name: numpy_helper.to_array(one) for one in original.graph.initializer}
    graph = Graph()
    rows = spectrum(graph, "input", found["stft.forward_basis_buffer"])
    columns = COLUMNS
    for layer, stride in enumerate(STRIDES):
        weight, bias = (found[f"encoder.{layer}.{name}"] for name in ("weight", "bias"))
        rows, columns = convolution(graph, rows, columns, stride, weight, bias)
    sequence = graph.reshaped(rows, -1, 1, HIDDEN)
    (recurrent,) = (node for node in original.graph.node if node.op_type == "LSTM")
    weights = [graph.array(found[name]) for name in recurrent.input[1:4]]
    states = graph.add(
        "LSTM", sequence, *weights, "", "h", "c",
        outputs=("states", "hn", "cn"), hidden_size=HIDDEN,
    )  # fmt: skip
    heard = graph.add("Relu", graph.reshaped(states, -1, HIDDEN))
    product = graph.add("MatMul", heard, graph.array(found["output.weight"][0]))
    summed = graph.add("Add", product, graph.array(found["output.bias"]))
    flat = graph.array([-1])
    graph.add("Reshape", graph.add("Sigmoid", summed), flat, outputs=("speech_probs",))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "silero_vad_16k_rows",
            list(original.graph.input),
            list(original.graph.output),
            graph.arrays,
        ),
        opset_imports=list(original.opset_import),
        ir_version=original.ir_version,
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def main() -> None:
    """Write the graph."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("original", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    onnx.save(rewritten(onnx.load(arguments.original)), arguments.output)


if __name__ == "__main__":
    main()
