"""Input of a model: rate, trimming and duration of clips. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from emotion_classifier.audio.clips import centre_start, crop, random_start
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.config import StrictConfig
from emotion_classifier.errors import AudioError
from emotion_classifier.units import Hertz, Seconds, to_samples


class InputConfig(StrictConfig):
    """Input of a model."""

    sample_rate: Annotated[int, Field(ge=8_000, le=192_000)] = 16_000
    """Rate that every recording is resampled to, in hertz."""
    trim_below_db: Annotated[float, Field(gt=0.0, le=120.0)] | None = 40.0
    """Silence at both ends this much quieter than the loudest frame is removed; null keeps it."""
    seconds: Annotated[float, Field(gt=0.0, le=60.0)] = 3.0
    """Duration of a crop. Longer clips are cropped at random in training, to their centre in validation
    and covered by several crops, whose probabilities are averaged, in prediction."""
    mask_padding: bool = True
    """Whether the padding of shorter clips is masked; if not, they are clips that end in silence."""
    minimum_seconds: Annotated[float, Field(gt=0.0, le=60.0)] = 0.5
    """Shorter clips are an error."""

    def build(self) -> ModelInput:
        """Preparation and cropping of clips."""
        return ModelInput(
            Preparation(self.sample_rate, self.trim_below_db),
            seconds=self.seconds,
            mask_padding=self.mask_padding,
            minimum_seconds=self.minimum_seconds,
        )


@dataclass(frozen=True)
class ModelInput:
    """Preparation of recordings, crops of them and batches of crops, in training and prediction.

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

    @property
    def _length(self) -> int:
        """Samples of a crop."""
        return to_samples(self.seconds, self.sample_rate)

    def check_long_enough(self, sample_count: int, path: Path | None = None) -> None:
        """Raise `AudioError` (``too-short``) for a prepared waveform below the minimum."""
        if sample_count < to_samples(self.minimum_seconds, self.sample_rate):
            reason = (
                f"the recording has {sample_count / self.sample_rate:.3f} s of sound, and the model needs "
                f"at least {self.minimum_seconds:g} s: use a longer recording"
            )
            raise AudioError(path, "too-short", reason)

    def window_crops(self, window: Samples, path: Path | None = None) -> list[Samples]:
        """Crops (sample,) that cover a window (sample,) at the model's rate, after trimming.

        Raises
        ------
        AudioError
            The window is silent, or its sound is shorter than the minimum. `path` is only named.
        """
        self.check_long_enough(len(window), path)
        clip = self.preparation.apply(Waveform(window[np.newaxis], self.sample_rate), path)
        self.check_long_enough(len(clip), path)
        return self.crops(clip)

    def crops(self, samples: Samples) -> list[Samples]:
        """As few evenly spaced crops of `seconds` as cover a prepared waveform (sample,)."""
        count = -(-len(samples) // self._length)
        starts = np.linspace(0, max(0, len(samples) - self._length), count).round().astype(int)
        return [crop(samples, self._length, start) for start in starts.tolist()]

    def centre(self, samples: Samples) -> Samples:
        """The middle of a prepared waveform (sample,), at most `seconds` long."""
        return crop(samples, self._length, centre_start(len(samples), self._length))

    def anywhere(self, samples: Samples, generator: np.random.Generator) -> Samples:
        """A random stretch of a prepared waveform (sample,), at most `seconds` long."""
        start = random_start(len(samples), self._length, generator)
        return crop(samples, self._length, start)

    def batch(
        self, clips: list[Samples]
    ) -> tuple[Samples, np.ndarray[tuple[int], np.dtype[np.int64]]]:
        """Waveforms (batch, sample), padded with zeros, and lengths (batch,) of clips (sample,)."""
        longest = max(len(clip) for clip in clips)
        if not self.mask_padding:
            longest = max(longest, self._length)
        waveforms = np.zeros((len(clips), longest), dtype=np.float32)
        for row, clip in zip(waveforms, clips, strict=True):
            row[: len(clip)] = clip
        if not self.mask_padding:
            return waveforms, np.full(len(clips), longest, dtype=np.int64)
        return waveforms, np.array([len(clip) for clip in clips], dtype=np.int64)
