"""What listeners heard in the clips, and how near a model comes to it.

Conventions
-----------
- The votes of a clip are the shares of its listeners who heard each emotion.
- The **majority** of a clip is the emotion with the most votes. Where several have as many, the
  listeners' own score counts equal parts of the clip for each of them, which is what drawing one of
  them would give; a model cannot be right or wrong about such a clip, so that it is left out of the
  model's score against the majority, and counted.
- **One listener** is the expected answer of a listener of the clip drawn at random.
- **Cross-entropy**, in nats: minus the mean over the votes of the logarithm of the probability that
  the model gives to their emotion, then the mean over the clips. It is lowest where probabilities
  equal shares (a proper score). A probability counts as at least `LEAST`.
- **Total variation**: half the sum of the distances between shares and probabilities, the share of
  the votes that would have to change for the two to agree; mean over the clips.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.scores import Score, score, score_counts
from emotion_classifier.evaluation.uncertainty import Estimate, mean, resample

LEAST = 1e-6
"""The lowest probability that a cross-entropy takes at its word."""
MAJORITY_VOTE, ONE_LISTENER = "listeners (majority)", "one listener"
_EQUAL = 1e-5

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SoftLabelScore:
    """How near some probabilities are to the listeners' votes."""

    name: str
    cross_entropy: Estimate
    total_variation: Estimate


@dataclass(frozen=True)
class HumanComparison:
    """A model beside the listeners, on the clips that have votes.

    Parameters
    ----------
    tied : clips without a unique majority, left out of `majority`.
    intended : the model against the intended emotion.
    majority : the model against the listeners' majority; None where every clip is tied.
    listeners : the majority and one listener, against the intended emotion.
    nearness : of the model, of the votes to themselves (the lowest cross-entropy that is possible),
        and of equal probabilities.
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
    heard, votes = _heard(clips)
    if not len(heard):
        return None
    winners = _majority(votes)
    unique = winners.max(axis=1) == 1.0
    voted = replace(heard, true=winners.argmax(axis=1)).select(unique)
    equal = np.full_like(votes, 1 / len(clips.labels))
    return HumanComparison(
        tied=int((~unique).sum()),
        intended=score("this model, of the intended emotion", heard, rng),
        majority=(
            score("this model, of the listeners' majority", voted, rng) if len(voted) else None
        ),
        listeners=listener_scores(heard, rng),
        nearness=(
            _nearness("this model", heard, votes, heard.probabilities.astype(np.float64), rng),
            _nearness("the votes themselves", heard, votes, votes, rng),
            _nearness("all emotions equally likely", heard, votes, equal, rng),
        ),
    )


def listener_scores(clips: LabelledPredictions, rng: np.random.Generator) -> tuple[Score, ...]:
    """The listeners' majority and one listener, against the intended emotion of clips with votes."""
    heard, votes = _heard(clips)
    if not len(heard):
        return ()
    answers = {MAJORITY_VOTE: _majority(votes), ONE_LISTENER: votes}
    counts = {name: _shared_confusions(heard, shares) for name, shares in answers.items()}
    return tuple(score_counts(name, each, resample(each, rng)) for name, each in counts.items())


def _heard(clips: LabelledPredictions) -> tuple[LabelledPredictions, Shares]:
    """The clips that have votes, and the votes ``(clip, emotion)``."""
    heard = clips.select(clips.has_votes)
    if heard.perceived is None:
        return heard, np.zeros((0, len(clips.labels)))
    return heard, heard.perceived.astype(np.float64)


def _majority(votes: Shares) -> Shares:
    """One for the emotion ``(clip, emotion)`` with the most votes, equal parts for tied ones."""
    # Shares of merged emotions are sums, and equal counts may then differ by a rounding.
    most = votes >= votes.max(axis=1, keepdims=True) - _EQUAL
    parts: Shares = most / most.sum(axis=1, keepdims=True)
    return parts


def _shared_confusions(clips: LabelledPredictions, answers: Shares) -> Shares:
    """Sums ``(speaker, true emotion, answered emotion)`` of answers that share a clip."""
    names, places = np.unique(np.asarray(clips.speakers, dtype=object), return_inverse=True)
    sums = np.zeros((len(names), len(clips.labels), len(clips.labels)))
    np.add.at(sums, (places, clips.true), answers)
    return sums


def _nearness(
    name: str, clips: LabelledPredictions, votes: Shares, answers: Shares, rng: np.random.Generator
) -> SoftLabelScore:
    surprise = -(votes * np.log(np.maximum(answers, LEAST))).sum(axis=1)
    moved = np.abs(votes - answers).sum(axis=1) / 2
    speakers = clips.speakers
    return SoftLabelScore(name, mean(surprise, speakers, rng), mean(moved, speakers, rng))
