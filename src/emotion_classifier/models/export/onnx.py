"""The files of a model folder: weights, ONNX graph and the description of an encoder."""

from __future__ import annotations

import gc
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import safetensors.torch
import torch
import torch._dynamo.config
from pydantic import ValidationError
from torch import nn
from torch.export import Dim

from emotion_classifier.errors import ModelFolderError, abridged, storage_errors
from emotion_classifier.model_folder.folder import (
    ENCODER,
    GRAPH,
    SPECIFICATION,
    WEIGHTS,
    graph_file,
)
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.custom import require_no_custom_part
from emotion_classifier.models.encoders.encoder import Encoder, EncoderDescription
from emotion_classifier.models.export.onnx_metadata import keep_module_names, name_axes
from emotion_classifier.models.frontends.standardisation import clip_statistics
from emotion_classifier.storage import write_atomically
from emotion_classifier.units import Hertz

_TRACED_SECONDS = 2
_COPY = "Copy the model folder again."
_REMEDY = "Free some space and continue the run."


def save_weights(folder: Path, classifier: EmotionClassifier, sample_rate: Hertz) -> None:
    """Write weights, ONNX graph and the description of an encoder; ``model.yaml`` is written last.

    Raises
    ------
    StorageError
        The disk is full or cannot be written.
    """
    classifier.eval()
    write_weights(folder, classifier.state_dict())
    if isinstance(classifier.frontend, Encoder):
        write_encoder(folder, classifier.frontend.description)
    with storage_errors(folder / GRAPH, _REMEDY):
        write_graph(folder / GRAPH, classifier, sample_rate)


def write_weights(folder: Path, weights: Mapping[str, torch.Tensor]) -> None:
    """Write weights by name.

    Raises
    ------
    StorageError
        The disk is full or cannot be written.
    """
    whole = {name: tensor.contiguous() for name, tensor in weights.items()}
    # Not save_file, whose error on a full disk is no OSError.
    write_atomically(folder / WEIGHTS, safetensors.torch.save(whole), _REMEDY)


def write_encoder(folder: Path, description: EncoderDescription) -> None:
    """Write the description of an encoder, which rebuilds it without the hub.

    Raises
    ------
    StorageError
        The disk is full or cannot be written.
    """
    write_atomically(folder / ENCODER, description.to_json().encode(), _REMEDY)


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """The weights of a model folder, by name.

    Raises
    ------
    ModelFolderError
        The folder is for prediction only, or its weights are damaged.
    """
    if not (folder / WEIGHTS).is_file():
        raise ModelFolderError(
            f"{folder} holds no {WEIGHTS}: it is for prediction only, so use the model folder of the "
            "run that it came from"
        )
    try:
        weights: dict[str, torch.Tensor] = safetensors.torch.load_file(folder / WEIGHTS)
    except (OSError, safetensors.SafetensorError) as error:
        raise ModelFolderError(f"{folder / WEIGHTS} cannot be read: {error}. {_COPY}") from None
    return weights


def read_encoder(folder: Path) -> EncoderDescription | None:
    """The description of the encoder in a model folder; None where it has none.

    Raises
    ------
    ModelFolderError
        The file cannot be read.
    """
    file = folder / ENCODER
    if not file.is_file():
        return None
    try:
        return EncoderDescription.from_json(file.read_text("utf-8"))
    except ValueError as error:
        raise ModelFolderError(f"{file}: {error}. {_COPY}") from None


def model_config(specification: ModelSpecification) -> ModelConfig:
    """The settings of the classifier in a model folder.

    Raises
    ------
    ModelFolderError
        A part comes from outside the package, so that building it would run foreign code, or is
        unknown.
    """
    require_no_custom_part(specification)
    try:
        return ModelConfig.model_validate(specification.architecture)
    except ValidationError as error:
        reason = " ".join(str(error).split())
        raise ModelFolderError(
            f"the architecture of {specification.name} is not one of this version: {reason}. {_COPY}"
        ) from None


def load_classifier(folder: Path, specification: ModelSpecification) -> EmotionClassifier:
    """The classifier of a model folder, with its weights, ready to evaluate.

    Raises
    ------
    ModelFolderError
        The folder is for prediction only, leaves its encoder out, or needs code from elsewhere, or
        its weights are not those of its architecture.
    """
    weights = read_weights(folder)
    graph_file(folder, specification)
    config = model_config(specification)
    rate, emotions = specification.input.sample_rate, len(specification.emotions)
    encoder = read_encoder(folder)
    if encoder is None:
        with torch.device("meta"):  # which allocates nothing, whatever sizes the settings name
            _require_fit(config.build(rate, emotions).state_dict(), weights, folder)
    classifier = config.build(rate, emotions, encoder)
    _require_fit(classifier.state_dict(), weights, folder)
    classifier.load_state_dict(weights)
    return classifier.eval()


def _require_fit(
    expected: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor], folder: Path
) -> None:
    """Raise `ModelFolderError` unless weights have the names and shapes of the architecture."""
    shapes, others = (
        {(name, tuple(weight.shape)) for name, weight in weights.items()}
        for weights in (expected, found)
    )
    if wrong := sorted(shapes ^ others):
        raise ModelFolderError(
            f"{folder / WEIGHTS} does not fit the architecture in {SPECIFICATION}: "
            f"{abridged(name for name, _ in wrong)}. {_COPY}"
        )


def write_graph(path: Path, classifier: EmotionClassifier, sample_rate: Hertz) -> None:
    """Write the ONNX graph: ``waveforms``, ``lengths`` → ``logits``, any batch and duration.

    Where features are standardised for each speaker, the graph has a further input ``statistics``
    (batch, 2, feature) of each clip's speaker, zeros for those of the clip itself, and further
    outputs ``clip_statistics`` and ``frames`` (batch,), the clip's own and its number of frames.
    Several clips of a speaker take two passes: one for the statistics, one for the logits.
    """
    samples = max(_TRACED_SECONDS * sample_rate, 2 * classifier.minimum_samples)
    inputs = {
        "waveforms": torch.zeros(2, samples),
        "lengths": torch.tensor([samples, samples - 1]),
    }
    outputs = ["logits"]
    plain: nn.Module = classifier.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    if classifier.standardisation.kind == "per_speaker":
        plain = _WithSpeakers(classifier)
        inputs["statistics"] = torch.zeros(2, 2, classifier.frontend.features)
        outputs += ["clip_statistics", "frames"]
    with warnings.catch_warnings(), _quiet_exporter(), _fast_exporter():
        warnings.simplefilter("ignore")  # torch's own deprecations, nothing about this model
        program = torch.onnx.export(
            plain,
            tuple(inputs.values()),
            dynamo=True,
            dynamic_shapes={
                name: {0: Dim.DYNAMIC, 1: Dim.DYNAMIC} if name == "waveforms" else {0: Dim.DYNAMIC}
                for name in inputs
            },
            input_names=list(inputs),
            output_names=outputs,
            verbose=False,
        )
        assert program is not None
        keep_module_names(program.model)
        name_axes(program.model)
        program.save(path)


class _WithSpeakers(nn.Module):
    """Logits of clips with the statistics of their speakers, and the clips' own statistics.

    A speaker's deviation is never zero, so zeros mean "unknown", as inputs of a graph cannot be left
    out.
    """

    def __init__(self, classifier: EmotionClassifier) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(
        self, waveforms: torch.Tensor, lengths: torch.Tensor, statistics: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        features, frames = self.classifier.extract(waveforms, lengths)
        own = clip_statistics(features, frames)
        known = torch.where(statistics[:, 1:] > 0, statistics, own)
        return self.classifier.classify(features, frames, known).logits, own, frames


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Silence the exporter's remarks about torchvision, which is not needed."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _fast_exporter() -> Iterator[None]:
    """Settings that save a quarter of the time of the exporter.

    The garbage collector searches millions of objects in vain, and the cache of the tracer takes
    longer than it saves for axes of any size.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        with torch._dynamo.config.patch(fake_tensor_cache_enabled=False):
            yield
    finally:
        if enabled:
            gc.enable()
