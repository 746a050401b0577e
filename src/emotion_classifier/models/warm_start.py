"""Initial weights from a pretrained classifier, with a report of every weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from emotion_classifier.models.classifier import EmotionClassifier

LOADED = "loaded"


@dataclass(frozen=True)
class WeightOutcome:
    """The outcome for one weight.

    Parameters
    ----------
    name : of the weight.
    shape : in the new classifier; None where it has no weight of that name.
    pretrained_shape : in the pretrained classifier; None where it has no weight of that name.
    outcome : ``loaded``, or the reason why it was not.
    changed : whether the weight had other values before.
    """

    name: str
    shape: tuple[int, ...] | None
    pretrained_shape: tuple[int, ...] | None
    outcome: str
    changed: bool = False


@dataclass(frozen=True)
class WarmStartReport:
    """The outcome for every weight of either classifier."""

    rows: tuple[WeightOutcome, ...]

    @property
    def loaded(self) -> tuple[WeightOutcome, ...]:
        """Weights that were loaded."""
        return tuple(row for row in self.rows if row.outcome == LOADED)

    @property
    def fresh(self) -> tuple[WeightOutcome, ...]:
        """Weights of the new classifier that were not loaded."""
        return tuple(r for r in self.rows if r.outcome != LOADED and r.shape is not None)

    def lines(self) -> list[str]:
        """Lines of text: the number of loaded weights, and the others by reason."""
        own = sum(row.shape is not None for row in self.rows)
        lines = [f"loaded {len(self.loaded)} of {own} weights"]
        others = [row for row in self.rows if row.outcome != LOADED]
        for reason in dict.fromkeys(row.outcome for row in others):
            names = [row.name for row in others if row.outcome == reason]
            more = f" and {len(names) - 2} more" if len(names) > 2 else ""
            lines.append(f"not loaded: {', '.join(names[:2])}{more}: {reason}")
        return lines


def compare_weights(
    classifier: EmotionClassifier,
    weights: Mapping[str, torch.Tensor],
    *,
    same_emotions: bool,
    same_features: bool,
) -> WarmStartReport:
    """The outcome that `load_pretrained` has for each weight, none of which is loaded."""
    own = classifier.state_dict()
    obstacles = {
        name: _obstacle(name, target, weights.get(name), same_emotions, same_features)
        for name, target in own.items()
    }
    broken = {_layer(name) for name, obstacle in obstacles.items() if obstacle is not None}
    rows = []
    for name, target in own.items():
        source = weights.get(name)
        outcome = obstacles[name]
        if outcome is None and _layer(name) in broken:
            outcome = "the rest of its layer does not fit"
        changed = outcome is None and source is not None and not torch.equal(target, source)
        rows.append(WeightOutcome(name, _shape(target), _shape(source), outcome or LOADED, changed))
    for name in sorted(weights.keys() - own.keys()):
        outcome = "the new classifier has no such weight"
        rows.append(WeightOutcome(name, None, _shape(weights[name]), outcome))
    return WarmStartReport(tuple(rows))


def load_pretrained(
    classifier: EmotionClassifier,
    weights: Mapping[str, torch.Tensor],
    *,
    same_emotions: bool,
    same_features: bool,
) -> WarmStartReport:
    """Copy the weights of a pretrained classifier that fit; returns the outcome for each.

    Parameters
    ----------
    classifier : with fresh weights, of which those that fit by name and shape are replaced; all
        weights of a layer or none, as a bias is meaningless without its weights.
    weights : of the pretrained classifier, as in its model folder.
    same_emotions : whether both have the same outputs; where not, the head stays fresh.
    same_features : whether both have the same features; where not, their statistics are not loaded.
    """
    outcome = compare_weights(
        classifier, weights, same_emotions=same_emotions, same_features=same_features
    )
    own = classifier.state_dict()  # shares its memory with the classifier
    for row in outcome.loaded:
        own[row.name].copy_(weights[row.name])
    return outcome


def _obstacle(
    name: str,
    target: torch.Tensor,
    source: torch.Tensor | None,
    same_emotions: bool,
    same_features: bool,
) -> str | None:
    """The reason why a weight cannot be loaded; None where it can."""
    if name.startswith("head.") and not same_emotions:
        return "the emotions differ, so the head starts fresh"
    if name.startswith("standardisation.") and not same_features:
        return "the features differ, so their statistics are those of this training part"
    if source is None and name.startswith("frontend.model."):
        return "not in the pretrained model folder, so the encoder's own stay"
    if source is None:
        return "the pretrained classifier has no such weight"
    return None if source.shape == target.shape else "the shapes differ"


def _layer(name: str) -> str:
    return name.rpartition(".")[0]


def _shape(weight: torch.Tensor | None) -> tuple[int, ...] | None:
    return None if weight is None else tuple(weight.shape)
