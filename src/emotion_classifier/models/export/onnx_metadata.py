"""Metadata of a graph: the modules that its nodes come from. Needs neither torch nor onnx."""

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


def module_names(node: Any) -> set[str]:
    """Names of the modules around a `node` of an ONNX graph."""
    scopes = next((p.value for p in node.metadata_props if p.key == SCOPES), "[]")
    return {name for scope in ast.literal_eval(scopes) for name in scope.split(".")}
