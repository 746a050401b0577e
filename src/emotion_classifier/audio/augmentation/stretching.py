"""Change of pitch or duration alone: the adapter of python_stretch.

audiomentations wraps the same library, but without a fixed seed (audible at factors below
one half) and takes two seconds to import, so it is called directly.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import MissingDependencyError
from emotion_classifier.units import Hertz


def stretcher_library() -> ModuleType:
    """The library, python_stretch (Signalsmith Stretch).

    Raises
    ------
    MissingDependencyError
        It is not installed.
    """
    try:
        import python_stretch
    except ImportError as error:
        purpose = "augmentation by pitch_shift or tempo"
        raise MissingDependencyError("python_stretch", "train", purpose) from error
    return python_stretch


def stretch(
    samples: Samples, sample_rate: Hertz, *, semitones: float = 0.0, factor: float = 1.0
) -> Samples:
    """The waveform at another pitch or tempo; deterministic, without delay.

    Parameters
    ----------
    samples : (sample,) float32.
    semitones : by which the pitch rises.
    factor : of the tempo; above one is faster and shorter.
    """
    if len(samples) == 0:
        return samples.copy()
    stretcher = stretcher_library().Signalsmith.Stretch(0)
    stretcher.preset(1, sample_rate)
    stretcher.setTransposeSemitones(semitones)
    stretcher.setTimeFactor(factor)
    # A copy, because the library refuses arrays that are read-only and misreads those with strides.
    result: Samples = stretcher.process(np.array([samples], np.float32, order="C"))[0]
    return result
