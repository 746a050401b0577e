"""Metadata of a graph: the modules of its nodes, and the names of its axes. Needs neither torch nor onnx."""

from __future__ import annotations

import ast
from typing import Any

SCOPES = "pkg.torch.onnx.name_scopes"
"""Key under which the exporter stores the names of the modules around a node, outermost first."""


def keep_module_names(model: Any) -> None:
    """Remove all metadata of an exported `model` but the names of modules, which quantisation needs.

    The rest is stack traces, which name folders of this machine and are a tenth of a small graph.
    """
    for node in model.graph:
        scopes = node.metadata_props.get(SCOPES)
        node.metadata_props.clear()
        if scopes is not None:
            node.metadata_props[SCOPES] = scopes
        for value in node.outputs:
            value.metadata_props.clear()
    model.metadata_props.clear()


def name_axes(model: Any) -> None:
    """Name the axes of any size among the inputs and outputs of an exported `model`: ``batch``, ``sample``."""
    for value in (*model.graph.inputs, *model.graph.outputs):
        for axis, name in enumerate(("batch", "sample")):
            if axis < len(value.shape) and not isinstance(value.shape[axis], int):
                value.shape[axis] = name


def module_names(node: Any) -> set[str]:
    """Names of the modules around a `node` of an ONNX graph."""
    scopes = next((p.value for p in node.metadata_props if p.key == SCOPES), "[]")
    return {name for scope in ast.literal_eval(scopes) for name in scope.split(".")}
