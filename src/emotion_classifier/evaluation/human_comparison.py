"""A model beside human listeners, from the votes of listeners on the same clips.

Conventions
-----------
- The votes of a clip are the shares of its listeners who chose each emotion.
- The **majority** of a clip is the emotion with the most votes. Where several emotions tie, the
  listeners' own score counts equal parts of the clip for each, the expected value of a random choice
  among them; the model's score against the majority omits such clips, and their number is reported.
- **One listener** is the expected vote of a listener of the clip drawn at random.
- **Cross-entropy**, in nats: minus the mean over the votes of the logarithm of the model's
  probability of their emotion, then the mean over the clips. It is lowest where probabilities equal
  shares (a proper score). Probabilities below `LEAST` count as `LEAST`.
- **Total variation**: half the L1 distance between shares and probabilities, the share of the votes
  that would have to change for the two to agree; mean over the clips.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.scores import Score, score
from emotion_classifier.evaluation.uncertainty import Estimate, mean

LEAST = 1e-6
"""Lower bound of the probabilities in a cross-entropy."""
MAJORITY_VOTE, ONE_LISTENER = "listeners (majority)", "one listener"
_EQUAL = 1e-5

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SoftLabelScore:
    """Distance of probabilities to the listeners' votes, which are soft labels."""

    name: str
    cross_entropy: Estimate
    total_variation: Estimate


@dataclass(frozen=True)
class HumanComparison:
    """A model beside the listeners, on the clips that have votes.

    Parameters
    ----------
    tied : clips without a unique majority, omitted in `majority`.
    intended : the model against the intended emotion.
    majority : the model against the listeners' majority; None where every clip is tied.
    listeners : the majority and one listener, against the intended emotion.
    nearness : of the model, of the votes to themselves (the lowest possible cross-entropy), and of
        equal probabilities.
    """

    tied: int
    intended: Score
    majority: Score | None
    listeners: tuple[Score, ...]
    nearness: tuple[SoftLabelScore, ...]


def human_comparison(
    clips: LabelledPredictions, rng: np.random.Generator
) -> HumanComparison | None:
    """The model beside the listeners; None where no clip has votes."""
    rated, votes = _rated(clips)
    if not len(rated):
        return None
    winners = _majority(votes)
    unique = winners.max(axis=1) == 1.0
    voted = replace(rated, true=winners.argmax(axis=1)).select(unique)
    against_majority = "this model, of the listeners' majority"
    compared = {
        "this model": rated.probabilities.astype(np.float64),
        "the votes themselves": votes,
        "all emotions equally likely": np.full_like(votes, 1 / len(clips.labels)),
    }
    return HumanComparison(
        tied=int((~unique).sum()),
        intended=score("this model, of the intended emotion", rated, rng),
        majority=score(against_majority, voted, rng) if len(voted) else None,
        listeners=listener_scores(rated, rng),
        nearness=tuple(
            _soft_label_score(name, votes, probabilities, rated.speakers, rng)
            for name, probabilities in compared.items()
        ),
    )


def listener_scores(clips: LabelledPredictions, rng: np.random.Generator) -> tuple[Score, ...]:
    """The listeners' majority and one listener, against the intended emotion of clips with votes."""
    rated, votes = _rated(clips)
    if not len(rated):
        return ()
    predicted = {MAJORITY_VOTE: _majority(votes), ONE_LISTENER: votes}
    return tuple(score(name, rated, rng, shares) for name, shares in predicted.items())


def _rated(clips: LabelledPredictions) -> tuple[LabelledPredictions, Shares]:
    """The clips that have votes, and the votes ``(clip, emotion)``."""
    rated = clips.select(clips.has_votes)
    if rated.perceived is None:
        return rated, np.zeros((0, len(clips.labels)))
    return rated, rated.perceived.astype(np.float64)


def _majority(votes: Shares) -> Shares:
    """One for the emotion ``(clip, emotion)`` with the most votes, equal parts for tied ones."""
    # Shares of merged emotions are sums, and equal counts may then differ by rounding.
    most = votes >= votes.max(axis=1, keepdims=True) - _EQUAL
    return np.asarray(most / most.sum(axis=1, keepdims=True))


def _soft_label_score(
    name: str,
    votes: Shares,
    probabilities: Shares,
    speakers: tuple[str, ...],
    rng: np.random.Generator,
) -> SoftLabelScore:
    cross_entropy = -(votes * np.log(np.maximum(probabilities, LEAST))).sum(axis=1)
    total_variation = np.abs(votes - probabilities).sum(axis=1) / 2
    estimates = (mean(values, speakers, rng) for values in (cross_entropy, total_variation))
    return SoftLabelScore(name, *estimates)
