"""From a classifier to the files of a model folder."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import safetensors.torch
import torch
from torch.export import Dim

from emotion_classifier.errors import storage_errors
from emotion_classifier.models.classifier import EmotionClassifier, ModelConfig
from emotion_classifier.models.folder import GRAPH, WEIGHTS
from emotion_classifier.models.specification import ModelSpecification
from emotion_classifier.storage import write_atomically
from emotion_classifier.units import Hertz

_TRACED_SECONDS = 2


def save_weights(folder: Path, classifier: EmotionClassifier, sample_rate: Hertz) -> None:
    """Write the weights and the ONNX graph; ``model.yaml`` completes the folder.

    Raises
    ------
    StorageError
        The disk is full or cannot be written.
    """
    classifier.eval()
    remedy = "Free some space and continue the run."
    weights = {name: t.contiguous() for name, t in classifier.state_dict().items()}
    # Not save_file, whose error on a full disk is no OSError.
    write_atomically(folder / WEIGHTS, safetensors.torch.save(weights), remedy)
    with storage_errors(folder / GRAPH, remedy):
        write_graph(folder / GRAPH, classifier, sample_rate)


def load_classifier(folder: Path, specification: ModelSpecification) -> EmotionClassifier:
    """The classifier of a model folder, with its weights, ready to evaluate."""
    config = ModelConfig.model_validate(specification.architecture)
    classifier = config.build(specification.input.sample_rate, len(specification.emotions))
    classifier.load_state_dict(safetensors.torch.load_file(folder / WEIGHTS))
    return classifier.eval()


def write_graph(path: Path, classifier: EmotionClassifier, sample_rate: Hertz) -> None:
    """Write the ONNX graph: ``waveforms``, ``lengths`` → ``logits``, any batch and duration."""
    samples = max(_TRACED_SECONDS * sample_rate, 2 * classifier.minimum_samples)
    example = (torch.zeros(2, samples), torch.tensor([samples, samples - 1]))
    plain = classifier.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    with warnings.catch_warnings(), _quiet_exporter():
        warnings.simplefilter("ignore")  # torch's own deprecations, nothing about this model
        program = torch.onnx.export(
            plain,
            example,
            dynamo=True,
            dynamic_shapes={
                "waveforms": {0: Dim.DYNAMIC, 1: Dim.DYNAMIC},
                "lengths": {0: Dim.DYNAMIC},
            },
            input_names=["waveforms", "lengths"],
            output_names=["logits"],
            verbose=False,
        )
        assert program is not None
        program.save(path)


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Silences the exporter's remarks about torchvision, which this project does without."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
