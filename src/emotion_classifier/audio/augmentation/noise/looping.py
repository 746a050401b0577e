"""A stretch of a recording that may be shorter than the stretch."""

from __future__ import annotations

import numpy as np

from emotion_classifier.audio.waveform import Samples


def looped(samples: Samples, start: int, length: int, fade: int) -> Samples:
    """`length` samples (sample,) from `start` on of a recording that is repeated without end.

    Its end fades into its beginning over `fade` samples, or over half of it where that is less, at
    equal power, because the two have nothing to do with each other.
    """
    fade = min(fade, len(samples) // 2)
    period = len(samples) - fade
    once = samples[:period].copy()
    centres = np.arange(fade, dtype=np.float32) + np.float32(0.5)
    rise = np.sin(centres * np.float32(np.pi / 2 / max(fade, 1)))
    once[:fade] = rise * samples[:fade] + rise[::-1] * samples[period:]
    start %= period
    return np.tile(once, -(-(start + length) // period))[start : start + length]
