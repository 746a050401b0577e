from __future__ import annotations

import torch

from emotion_classifier.models.classifier import ModelConfig
from emotion_classifier.training.module import ClassifierModule
from emotion_classifier.training.schedules import Cosine


def test_only_matrices_and_filters_are_decayed() -> None:
    classifier = ModelConfig().build(16_000, emotions=4)
    module = ClassifierModule(
        classifier,
        Cosine(3),
        torch.ones(4),
        learning_rate=0.01,
        weight_decay=0.1,
        label_smoothing=0.0,
        monitor="uar",
        seed=0,
    )
    decay = {
        id(parameter): group["weight_decay"]
        for group in module.configure_optimizers().param_groups
        for parameter in group["params"]
    }
    names = dict(classifier.named_parameters())
    assert decay[id(names["head.output.weight"])] == 0.1
    assert decay[id(names["head.output.bias"])] == 0.0
    assert decay[id(names["network.convolutions.blocks.0.first_norm.weight"])] == 0.0
    assert decay.keys() == {id(parameter) for parameter in names.values()}


def test_the_weights_of_the_loss_are_not_saved() -> None:
    # They follow from the training part; the checkpoint holds the classifier.
    module = ClassifierModule(
        ModelConfig().build(16_000, emotions=2),
        Cosine(3),
        torch.tensor([0.5, 1.5]),
        learning_rate=0.01,
        weight_decay=0.0,
        label_smoothing=0.0,
        monitor="loss",
        seed=0,
    )
    assert all(name.startswith("classifier.") for name in module.state_dict())
