"""CopyPaste: a clip joined with others of the same speaker and emotion.

Long recordings and live audio are predicted in windows, in which sentences end and begin. A model that was
trained on single sentences alone has never heard the pauses between them (docs/results.md has the effect).

Pappagari et al., CopyPaste: An Augmentation Method for Speech Emotion Recognition, ICASSP 2021 (there "same
emotion CopyPaste", across speakers and without pauses).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.random import Generator
from pydantic import Field, model_validator

from emotion_classifier.audio.clips import crop, random_start
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.config import StrictConfig
from emotion_classifier.units import Hertz, Seconds, to_samples

_PAUSE_NOISE = 1e-4  # -80 dBFS, as of a quiet microphone
_WINDOWS = 2
"""Length of the joined clips in windows, so that the beginning of a window is anywhere in a clip."""


class CopyPasteConfig(StrictConfig):
    """A window of a clip and others of the same speaker and emotion, with pauses between them."""

    probability: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1
    """Proportion of the clips that are joined with others."""
    minimum_pause_seconds: Annotated[float, Field(ge=0.0, le=10.0)] = 0.2
    """Shortest pause between two clips."""
    maximum_pause_seconds: Annotated[float, Field(ge=0.0, le=10.0)] = 0.6
    """Longest pause between two clips."""

    @model_validator(mode="after")
    def _pauses_ascend(self) -> CopyPasteConfig:
        if self.minimum_pause_seconds > self.maximum_pause_seconds:
            raise ValueError(
                f"minimum_pause_seconds {self.minimum_pause_seconds:g} is above "
                f"maximum_pause_seconds {self.maximum_pause_seconds:g}: swap them"
            )
        return self

    def build(self, window_seconds: Seconds, sample_rate: Hertz) -> CopyPaste:
        """The augmentation for windows of this length."""
        return CopyPaste(
            self.probability,
            (self.minimum_pause_seconds, self.maximum_pause_seconds),
            to_samples(window_seconds, sample_rate),
            sample_rate,
        )


@dataclass(frozen=True)
class CopyPaste:
    """Joins clips.

    Parameters
    ----------
    probability, pause_seconds : as in `CopyPasteConfig`.
    window : samples of the result.
    sample_rate : of the clips.
    """

    probability: float
    pause_seconds: tuple[Seconds, Seconds]
    window: int
    sample_rate: Hertz

    def apply(
        self, samples: Samples, others: int, load: Callable[[int], Samples], generator: Generator
    ) -> Samples:
        """A random window (sample,) of the clip and others, or the clip unchanged.

        Parameters
        ----------
        samples : (sample,) of the clip.
        others : number of clips to draw from, which may include this one.
        load : index below `others` to the samples of that clip.
        generator : the only source of randomness.
        """
        if not self.joins(others, generator):
            return samples
        parts, length = [samples], len(samples)
        while length < _WINDOWS * self.window:
            pause = self._pause(generator)
            other = load(int(generator.integers(others)))
            parts += [pause, other]
            length += len(pause) + len(other)
        joined = np.concatenate(parts)
        return crop(joined, self.window, random_start(length, self.window, generator))

    def joins(self, others: int, generator: Generator) -> bool:
        """Whether `apply` makes a window with the same generator, whose first draw this is."""
        return bool(generator.random() < self.probability) and others > 0

    def _pause(self, generator: Generator) -> Samples:
        """Faint noise (sample,) of a drawn length."""
        count = to_samples(float(generator.uniform(*self.pause_seconds)), self.sample_rate)
        noise: Samples = (_PAUSE_NOISE * generator.standard_normal(count)).astype(np.float32)
        return noise
