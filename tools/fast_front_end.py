"""Replace the log-mel front-end in the graph of a model folder by that of this version.

    python tools/fast_front_end.py src/emotion_classifier/bundled/default

For graphs of earlier versions whose weights are not at hand: their ``STFT`` takes longer than the network.
The logits stay the same but for rounding, which is checked.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import torch

from emotion_classifier.inference.onnx_session import OnnxSession
from emotion_classifier.model_folder.folder import GRAPH, read_specification, write_specification
from emotion_classifier.models.export.onnx import model_config
from emotion_classifier.models.export.onnx_metadata import keep_module_names, module_names

_PREFIX = "frontend."


def main() -> None:
    """Write the new graph and its hash."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    specification = read_specification(folder)
    rate = specification.input.sample_rate
    model = onnx.load(folder / GRAPH)
    with TemporaryDirectory() as scratch:
        frontend, changed = Path(scratch, "frontend.onnx"), Path(scratch, GRAPH)
        export(model_config(specification).frontend.build(rate), rate, frontend)
        replace_front_end(model, onnx.load(frontend))
        onnx.save(model, changed)
        difference = float(np.abs(logits(changed, rate) - logits(folder / GRAPH, rate)).max())
    print(f"{folder}: largest difference of logits {difference:.1e}")
    if difference > 1e-3:
        raise SystemExit("the graph has another front-end: it was not changed")
    onnx.save(model, folder / GRAPH)
    write_specification(folder, specification)


def export(frontend: torch.nn.Module, rate: int, path: Path) -> None:
    """Write the graph of a front-end: waveforms → features."""
    program = torch.onnx.export(
        frontend.eval(),
        (torch.zeros(2, 2 * rate),),
        dynamo=True,
        dynamic_shapes={"waveforms": {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}},
        input_names=["waveforms"],
        output_names=["features"],
        verbose=False,
    )
    assert program is not None
    keep_module_names(program.model)
    program.save(path)


def replace_front_end(model: Any, frontend: Any) -> None:
    """Replace the nodes of `model` that compute the features by those of `frontend`."""
    graph, new = model.graph, frontend.graph
    last = [node for node in graph.node if "frontend" in module_names(node)][-1]
    names = {"waveforms": "waveforms", new.output[0].name: last.output[0], "": ""}
    nodes = []
    for node in new.node:
        node.input[:] = [names.get(name, _PREFIX + name) for name in node.input]
        node.output[:] = [names.get(name, _PREFIX + name) for name in node.output]
        node.name = _PREFIX + node.name
        del node.metadata_props[:]
        node.metadata_props.extend(last.metadata_props)
        nodes.append(node)
    for tensor in new.initializer:
        tensor.name = _PREFIX + tensor.name
    kept = needed([*nodes, *(node for node in graph.node if node != last)], graph.output)
    used = {name for node in kept for name in node.input}
    tensors = [one for one in (*graph.initializer, *new.initializer) if one.name in used]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(kept)
    graph.initializer.extend(tensors)


def needed(nodes: list[Any], outputs: Any) -> list[Any]:
    """The nodes that the outputs depend on, each after those that it depends on."""
    producers = {name: node for node in nodes for name in node.output}
    ordered: list[Any] = []
    done: set[int] = set()

    def visit(node: Any) -> None:
        if id(node) not in done:
            done.add(id(node))
            for name in node.input:
                if name in producers:
                    visit(producers[name])
            ordered.append(node)

    for value in outputs:
        visit(producers[value.name])
    return ordered


def logits(graph: Path, rate: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Logits of noise of several lengths and levels."""
    session = OnnxSession(graph, threads=1, remedy="")
    generator = np.random.default_rng(0)
    found = []
    for seconds in (0.5, 1.7, 5.0):
        noise = generator.normal(0.0, 0.1, (3, round(seconds * rate))).astype(np.float32)
        noise *= np.array([[1.0], [0.1], [0.001]], np.float32)
        feeds = {"waveforms": noise, "lengths": np.full(3, noise.shape[1])}
        found.append(session.run(["logits"], feeds)[0])
    return np.concatenate(found)


if __name__ == "__main__":
    main()
