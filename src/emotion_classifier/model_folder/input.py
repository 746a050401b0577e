"""What a model hears of a recording: rate, trimming, duration. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from emotion_classifier.audio.clips import centre_start, crop, random_start
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.config import StrictConfig
from emotion_classifier.errors import AudioError
from emotion_classifier.units import Hertz, Seconds, to_samples


class InputConfig(StrictConfig):
    """What a model hears of a recording."""

    sample_rate: Annotated[int, Field(ge=8_000, le=192_000)] = 16_000
    """Rate that every recording is resampled to, in hertz."""
    trim_below_db: Annotated[float, Field(gt=0.0, le=120.0)] | None = 40.0
    """Silence at both ends this much quieter than the loudest frame is removed; null keeps it."""
    seconds: Annotated[float, Field(gt=0.0, le=60.0)] = 3.0
    """Longer clips are cropped to this duration: anywhere in training, to their centre otherwise."""
    mask_padding: bool = True
    """Whether what is added to shorter clips is masked; if not, they are clips that end in silence."""
    minimum_seconds: Annotated[float, Field(gt=0.0, le=60.0)] = 0.5
    """Shorter clips are refused."""

    def build(self) -> ModelInput:
        """The preparation of clips."""
        return ModelInput(
            Preparation(self.sample_rate, self.trim_below_db),
            seconds=self.seconds,
            mask_padding=self.mask_padding,
            minimum_seconds=self.minimum_seconds,
        )


@dataclass(frozen=True)
class ModelInput:
    """From recordings to clips of a wanted duration and batches of them.

    Training and prediction both go through it, so they cannot disagree.

    Parameters
    ----------
    preparation : mixing, resampling and trimming.
    seconds, mask_padding, minimum_seconds : as in `InputConfig`.
    """

    preparation: Preparation
    seconds: Seconds
    mask_padding: bool
    minimum_seconds: Seconds

    @property
    def sample_rate(self) -> Hertz:
        """Rate of the clips."""
        return self.preparation.sample_rate

    def check_long_enough(self, sample_count: int, path: Path | None = None) -> None:
        """Raise `AudioError` (``too-short``) for a prepared waveform below the minimum."""
        if sample_count < to_samples(self.minimum_seconds, self.sample_rate):
            reason = (
                f"{sample_count / self.sample_rate:.3f} s of sound are left to judge by, the model "
                f"needs at least {self.minimum_seconds:g} s: give a longer recording"
            )
            raise AudioError(path, "too-short", reason)

    def centre(self, samples: Samples) -> Samples:
        """The middle of a prepared waveform (sample,), at most `seconds` long."""
        length = to_samples(self.seconds, self.sample_rate)
        return crop(samples, length, centre_start(len(samples), length))

    def anywhere(self, samples: Samples, generator: np.random.Generator) -> Samples:
        """A random stretch of a prepared waveform (sample,), at most `seconds` long."""
        length = to_samples(self.seconds, self.sample_rate)
        return crop(samples, length, random_start(len(samples), length, generator))

    def batch(
        self, clips: list[Samples]
    ) -> tuple[Samples, np.ndarray[tuple[int], np.dtype[np.int64]]]:
        """Waveforms (batch, sample), zeros behind each clip's end, and lengths (batch,)."""
        longest = max(len(clip) for clip in clips)
        if not self.mask_padding:
            longest = max(longest, to_samples(self.seconds, self.sample_rate))
        waveforms = np.zeros((len(clips), longest), dtype=np.float32)
        for row, clip in zip(waveforms, clips, strict=True):
            row[: len(clip)] = clip
        if not self.mask_padding:
            return waveforms, np.full(len(clips), longest, dtype=np.int64)
        return waveforms, np.array([len(clip) for clip in clips], dtype=np.int64)
