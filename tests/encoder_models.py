"""Model folders with a tiny pretrained encoder, as a run writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from emotion_classifier.model_folder.folder import GRAPH, write_specification
from emotion_classifier.model_folder.input import InputConfig
from emotion_classifier.model_folder.specification import (
    EncoderFacts,
    ModelSpecification,
    PretrainedFrom,
    TrainingData,
)
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.export.onnx import write_encoder, write_weights

RATE = 16_000
EMOTIONS = ("angry", "happy", "sad")


def encoder_config(checkpoint: Path, **frontend: Any) -> ModelConfig:
    """Settings of a small classifier on an encoder."""
    return ModelConfig.model_validate(
        {
            "frontend": {"kind": "encoder", "name": str(checkpoint), **frontend},
            "network": {"kind": "mlp", "hidden": [8]},
        }
    )


def encoder_of(classifier: EmotionClassifier) -> Encoder:
    """Its front-end."""
    assert isinstance(classifier.frontend, Encoder)
    return classifier.frontend


def trained(config: ModelConfig, names: tuple[str, ...] = ()) -> EmotionClassifier:
    """A classifier whose head, and whose encoder's weights of these endings, have moved."""
    torch.manual_seed(1)
    classifier = config.build(RATE, len(EMOTIONS)).eval()
    with torch.no_grad():
        for name, weight in classifier.named_parameters():
            if not name.startswith("frontend.model.") or name.endswith(names or ("never",)):
                weight.add_(0.1 * torch.randn_like(weight))
    return classifier


def specification(
    config: ModelConfig, classifier: EmotionClassifier, origin: PretrainedFrom | None = None
) -> ModelSpecification:
    """Specification of a classifier trained on the corpus `own`."""
    found = encoder_of(classifier).description
    return ModelSpecification(
        name="tiny",
        emotions=EMOTIONS,
        input=InputConfig(),
        architecture=config.model_dump(mode="json"),
        parameters=1,
        training_data=(TrainingData(corpus="own", licence="none", speakers=1, clips=1),),
        encoder=EncoderFacts(name=found.name, fingerprint=found.fingerprint),
        origin=origin,
    )


def write_without_graph(
    folder: Path,
    config: ModelConfig,
    classifier: EmotionClassifier,
    origin: PretrainedFrom | None = None,
) -> Path:
    """The model folder of a classifier, with a dummy of the graph, which takes seconds to write."""
    folder.mkdir(parents=True)
    (folder / GRAPH).write_bytes(b"graph")
    write_weights(folder, classifier.state_dict())
    write_encoder(folder, encoder_of(classifier).description)
    write_specification(folder, specification(config, classifier, origin))
    return folder
