"""What the exporter notes in a graph about the code that it came from."""

from __future__ import annotations

from torch.onnx import ONNXProgram

SCOPES = "pkg.torch.onnx.name_scopes"
"""Key of the one note that is kept: the modules around a node, outermost first."""


def forget_traces(program: ONNXProgram) -> None:
    """Remove stack traces, which name folders of this machine and take a tenth of a small graph.

    The names of the modules stay: quantisation leaves the front-end alone by them.
    """
    for node in program.model.graph:
        kept = node.metadata_props.get(SCOPES)
        node.metadata_props.clear()
        if kept is not None:
            node.metadata_props[SCOPES] = kept
        for value in node.outputs:
            value.metadata_props.clear()
    program.model.metadata_props.clear()
