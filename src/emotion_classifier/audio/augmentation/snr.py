"""Signal-to-noise ratios."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Decibels

SnrDb = Annotated[float, Field(ge=-20.0, le=100.0)]


def rms(samples: Samples) -> float:
    """Root mean square of (sample,), summed in single precision for speed."""
    return float(np.sqrt(np.square(samples).mean()))


def with_noise(samples: Samples, noise: Samples, snr_db: Decibels) -> Samples:
    """The sum of a clip and noise that is `snr_db` below it, both measured over the whole clip.

    Where either is silent, the result is the clip itself.

    Parameters
    ----------
    samples, noise : (sample,), of one length.
    """
    level = rms(noise)
    if level == 0.0:
        return samples
    mixed = noise * np.float32(rms(samples) / level * 10.0 ** (-snr_db / 20.0))
    mixed += samples
    return mixed
