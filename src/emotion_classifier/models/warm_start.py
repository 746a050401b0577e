"""From the weights of an earlier classifier to the start of a new one, with an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from emotion_classifier.models.classifier import EmotionClassifier

LOADED = "loaded"


@dataclass(frozen=True)
class Transferred:
    """What became of one weight.

    Parameters
    ----------
    name : of the weight.
    shape : in the new classifier; None where it has none of that name.
    earlier_shape : in the earlier classifier; None where it has none of that name.
    outcome : ``loaded``, or why it was not.
    changed : whether other values stood there before.
    """

    name: str
    shape: tuple[int, ...] | None
    earlier_shape: tuple[int, ...] | None
    outcome: str
    changed: bool = False


@dataclass(frozen=True)
class Account:
    """What became of every weight of either classifier."""

    rows: tuple[Transferred, ...]

    @property
    def loaded(self) -> tuple[Transferred, ...]:
        """Those that were taken over."""
        return tuple(row for row in self.rows if row.outcome == LOADED)

    @property
    def fresh(self) -> tuple[Transferred, ...]:
        """Those of the new classifier that were not."""
        return tuple(r for r in self.rows if r.outcome != LOADED and r.shape is not None)

    def lines(self) -> list[str]:
        """The account for a reader: one line for what was loaded, one for each reason."""
        own = sum(row.shape is not None for row in self.rows)
        lines = [f"loaded {len(self.loaded)} of {own} weights"]
        others = [row for row in self.rows if row.outcome != LOADED]
        for reason in dict.fromkeys(row.outcome for row in others):
            names = [row.name for row in others if row.outcome == reason]
            more = f" and {len(names) - 2} more" if len(names) > 2 else ""
            lines.append(f"not loaded: {', '.join(names[:2])}{more}: {reason}")
        return lines


def transfer(
    classifier: EmotionClassifier,
    weights: Mapping[str, torch.Tensor],
    *,
    same_emotions: bool,
    same_features: bool,
) -> Account:
    """Copy what fits of an earlier classifier's `weights`, and tell what became of each.

    Parameters
    ----------
    classifier : with fresh weights; those that fit by name and shape are replaced, all of a layer
        or none: a bias means nothing without its weights.
    weights : of the earlier classifier, as in its model folder.
    same_emotions : whether the outputs mean the same in both; where not, the head stays fresh.
    same_features : whether the features do; where not, their statistics are not taken over.
    """
    own = classifier.state_dict()
    obstacles = {
        name: _obstacle(name, target, weights.get(name), same_emotions, same_features)
        for name, target in own.items()
    }
    broken = {_layer(name) for name, obstacle in obstacles.items() if obstacle is not None}
    rows = []
    for name, target in own.items():
        source = weights.get(name)
        outcome, changed = obstacles[name], False
        if outcome is None and _layer(name) in broken:
            outcome = "the rest of its layer does not fit"
        if outcome is None:
            assert source is not None
            outcome, changed = LOADED, not torch.equal(target, source)
            target.copy_(source)  # the state shares its memory with the classifier
        rows.append(Transferred(name, _shape(target), _shape(source), outcome, changed))
    for name in sorted(weights.keys() - own.keys()):
        outcome = "the new classifier has no such weight"
        rows.append(Transferred(name, None, _shape(weights[name]), outcome))
    return Account(tuple(rows))


def _obstacle(
    name: str,
    target: torch.Tensor,
    source: torch.Tensor | None,
    same_emotions: bool,
    same_features: bool,
) -> str | None:
    """Why a weight cannot be taken over; None where it can."""
    if name.startswith("head.") and not same_emotions:
        return "the emotions differ, so the head starts fresh"
    if name.startswith("standardisation.") and not same_features:
        return "the features differ, so their statistics are those of this training part"
    if source is None and name.startswith("frontend.model."):
        return "not in the earlier model folder, so the encoder's own stay"
    if source is None:
        return "the earlier classifier has no such weight"
    return None if source.shape == target.shape else "the shapes differ"


def _layer(name: str) -> str:
    return name.rpartition(".")[0]


def _shape(weight: torch.Tensor | None) -> tuple[int, ...] | None:
    return None if weight is None else tuple(weight.shape)
