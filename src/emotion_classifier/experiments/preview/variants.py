"""Renditions of a clip: under each augmentation alone, and under the whole chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from emotion_classifier.audio.augmentation.augmentation import Augmentation
from emotion_classifier.audio.augmentation.chain import Chain, within_full_scale
from emotion_classifier.audio.augmentation.description import drawn_values, summary
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz


class Drawn(NamedTuple):
    """One augmentation that changed a clip, and its values by name."""

    kind: str
    values: dict[str, object]


@dataclass(frozen=True, eq=False)
class Rendition:
    """An augmented clip.

    Parameters
    ----------
    name : of its files.
    title : on the page.
    samples : (sample,).
    drawn : the applied augmentations, in order.
    """

    name: str
    title: str
    samples: Samples
    drawn: tuple[Drawn, ...]

    @property
    def description(self) -> str:
        """The applied augmentations, on one line."""
        done = [f"{_words(one.kind)} {summary(one.values)}".rstrip() for one in self.drawn]
        return "; ".join(done) or "unchanged: no augmentation was drawn"


def renditions(
    chain: Chain, samples: Samples, sample_rate: Hertz, variants: int, seed: tuple[int, ...]
) -> Iterator[Rendition]:
    """The clip under each augmentation alone, then under `variants` draws of the whole chain.

    Each has its own generator, derived from `seed`: more variants change no other rendition.
    """
    for number, step in enumerate(chain.steps, start=1):
        alone = Chain([step._replace(probability=1.0)])
        generator = np.random.default_rng((*seed, 0, number))
        changed, drawn = _applied(alone, samples, sample_rate, generator)
        yield Rendition(f"{number}_{step.kind}", f"{_words(step.kind)} alone", changed, drawn)
    for number in range(1, variants + 1):
        generator = np.random.default_rng((*seed, 1, number))
        changed, drawn = _applied(chain, samples, sample_rate, generator)
        yield Rendition(f"chain_{number}", f"whole chain, draw {number}", changed, drawn)


def _applied(
    chain: Chain, samples: Samples, sample_rate: Hertz, generator: np.random.Generator
) -> tuple[Samples, tuple[Drawn, ...]]:
    of_kind: dict[str, Augmentation[Any]] = {s.kind: s.augmentation for s in chain.steps}
    drawn = []
    for kind, parameters, changed in chain.trace(samples, sample_rate, generator):
        drawn.append(Drawn(kind, drawn_values(of_kind[kind], parameters)))
        samples = changed
    return within_full_scale(samples), tuple(drawn)


def _words(kind: str) -> str:
    return kind.replace("_", " ")
