"""Shapes inside exported graphs."""

from __future__ import annotations

from torch.onnx import ONNXProgram


def forget_inner_shapes(program: ONNXProgram) -> None:
    """Remove the shapes inside a graph, which onnxruntime infers for itself.

    The exporter writes the traced duration behind an LSTM as if it were the only one, and
    onnxruntime then reuses buffers of the wrong size.
    """
    for node in program.model.graph:
        for value in node.outputs:
            if not value.is_graph_output():
                value.shape = None
