"""The weights of a classifier, recovered from its ONNX graph, for folders that hold no others.

The graph of a convolutional network has its weights by name, but for two changes of the exporter: the
weights of a matrix product are transposed, under another name, and batch normalisation is folded into
the convolution before it. Its scale and statistics cannot be told apart any more. They are chosen so that
evaluation computes the same logits, and training nearly the same: with the statistics of synthetic
voices.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.errors import MissingDependencyError, ModelFolderError
from emotion_classifier.model_folder.folder import graph_file
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.export.onnx import model_config
from emotion_classifier.units import Hertz

_FOLDED_BIAS = "weight_bias"
_VOICES = 8


def recover_weights(folder: Path, specification: ModelSpecification) -> dict[str, torch.Tensor]:
    """The weights by name that compute the logits of the graph in a model folder.

    Raises
    ------
    MissingDependencyError
        onnx is not installed.
    ModelFolderError
        The graph does not hold all weights of its architecture, as after quantisation.
    """
    found = _graph_weights(graph_file(folder, specification))
    classifier = model_config(specification).build(
        specification.input.sample_rate, len(specification.emotions)
    )
    folded = _unfold(classifier, found)
    own = classifier.state_dict()
    if not classifier.standardisation.needs_fit:  # then its statistics are not used
        found |= {name: own[name] for name in own if name.startswith("standardisation.")}
    lost = [name for name in own if name not in found or found[name].shape != own[name].shape]
    if lost:
        raise ModelFolderError(
            f"{folder} is for prediction only: its graph does not hold {lost[0]} and {len(lost) - 1} "
            "more weights, so use the model folder of the run that it came from"
        )
    classifier.load_state_dict({name: found[name] for name in own})
    _set_statistics(classifier.eval(), folded, specification.input.sample_rate)
    return classifier.state_dict()


def _graph_weights(graph: Path) -> dict[str, torch.Tensor]:
    """Weights of a graph by name; those of a matrix product by the name of the bias that follows."""
    try:
        import onnx
        import onnx.numpy_helper
    except ModuleNotFoundError as error:
        raise MissingDependencyError("onnx", "train", "training from a graph") from error
    try:
        model: Any = onnx.load(graph).graph
    except Exception as error:  # of protobuf, or of a file of weights beside the graph
        raise ModelFolderError(
            f"{graph} cannot be read: {error}. Copy the model folder again"
        ) from None
    found = {
        one.name: torch.from_numpy(onnx.numpy_helper.to_array(one).copy())
        for one in model.initializer
    }
    products = {node.output[0]: node for node in model.node if node.op_type == "MatMul"}
    for node in model.node:
        if node.op_type != "Add":
            continue
        product, bias = (
            next((i for i in node.input if i in known), None) for known in (products, found)
        )
        if product is not None and bias is not None and bias.endswith(".bias"):
            weight = found.get(products[product].input[1])
            if weight is not None:
                found[f"{bias.removesuffix('bias')}weight"] = weight.T.contiguous()
    return found


def _unfold(classifier: EmotionClassifier, found: dict[str, torch.Tensor]) -> list[nn.BatchNorm2d]:
    """The layers of batch normalisation; adds to `found` values by which each only adds its bias."""
    folded = []
    for (name, convolution), (norm_name, norm) in pairwise(_layers(classifier)):
        bias = found.get(f"{name}.{_FOLDED_BIAS}")
        if bias is None or not (
            isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
        ):
            continue
        ones = torch.ones_like(bias)
        found[f"{norm_name}.weight"] = (ones + norm.eps).sqrt()
        found[f"{norm_name}.bias"] = bias
        found[f"{norm_name}.running_mean"], found[f"{norm_name}.running_var"] = 0 * ones, ones
        found[f"{norm_name}.num_batches_tracked"] = torch.tensor(1)
        folded.append(norm)
    return folded


def _layers(classifier: EmotionClassifier) -> list[tuple[str, nn.Module]]:
    kinds = (nn.Conv2d, nn.BatchNorm2d)
    return [(name, one) for name, one in classifier.named_modules() if isinstance(one, kinds)]


def _set_statistics(
    classifier: EmotionClassifier, norms: list[nn.BatchNorm2d], sample_rate: Hertz
) -> None:
    """Give layers that only add their bias the statistics of voices, without changing their output."""
    seen: dict[nn.Module, torch.Tensor] = {}
    hooks = [
        norm.register_forward_pre_hook(lambda layer, inputs: seen.update({layer: inputs[0]}))
        for norm in norms
    ]
    waveforms = _voices(sample_rate)
    with torch.no_grad():
        classifier(waveforms, torch.full((len(waveforms),), waveforms.shape[1]))
        for norm in norms:
            assert norm.running_mean is not None and norm.running_var is not None
            values = seen[norm].transpose(0, 1).flatten(1)
            mean, variance = values.mean(1), values.var(1)
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
            norm.weight.copy_((variance + norm.eps).sqrt())
            norm.bias.add_(mean)
    for hook in hooks:
        hook.remove()


def _voices(sample_rate: Hertz) -> torch.Tensor:
    """Synthetic voices (batch, sample) with different emotions, of equal length."""
    generator = np.random.default_rng(0)
    clips = []
    for number in range(_VOICES):
        speaker = ToySpeaker.draw(("female", "male")[number % 2], generator)
        emotion = ("neutral", "happy", "sad", "angry")[number // 2]
        clips.append(
            synthesise(speaker, emotion, TOY_SENTENCES[number % 2], generator, sample_rate)
        )
    length = min(map(len, clips))
    return torch.from_numpy(np.stack([clip[:length] for clip in clips]))
