"""Acoustic measures of clips, and how far they separate two emotions.

Duration, level, pitch and spectral tilt are the measures that studies of vocal emotion report most
(P. Juslin and P. Laukka, Psychological Bulletin 129, 2003). Pitch is the median of an autocorrelation
estimate over voiced frames: robust, and no match for a pitch tracker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.evaluation.metrics import Scores
from emotion_classifier.evaluation.paired_tests import SIGNIFICANCE, holm
from emotion_classifier.experiments.studies.sign_flips import sign_flip_test
from emotion_classifier.units import Hertz

MEASURES = ("pitch", "pitch range", "level", "duration", "spectral tilt")
UNITS = ("semitones", "semitones", "dB", "s", "dB per octave")

_WINDOW_SECONDS, _HOP_SECONDS = 0.04, 0.01
_LOWEST_HZ, _HIGHEST_HZ = 75.0, 500.0
_VOICED = 0.5
"""Autocorrelation at the pitch period from which on a frame counts as voiced."""
_NEARLY = 0.85
"""Share of the highest autocorrelation from which on a shorter lag is taken for the period."""
_AUDIBLE_DB = 30.0
"""Frames further below the loudest one are pauses."""


@dataclass(frozen=True)
class Separation:
    """How far a measure separates two emotions.

    Parameters
    ----------
    first, second : emotions.
    measure : its name.
    difference : mean over the speakers of second minus first, in the unit of the measure.
    effect : the same in standard deviations of clips of one speaker and emotion (Cohen's d).
    p, corrected_p : of the difference, by a sign-flip test of the speakers.
    """

    first: str
    second: str
    measure: str
    difference: float
    effect: float
    p: float
    corrected_p: float = np.nan

    @property
    def is_significant(self) -> bool:
        """Whether the measure differs between the emotions."""
        return bool(self.corrected_p < SIGNIFICANCE)


def acoustic_measures(samples: Samples, sample_rate: Hertz) -> Scores:
    """`MEASURES` ``(measure,)`` of a clip; pitch is NaN where no frame is voiced."""
    frames = _frames(samples, sample_rate)
    levels = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)
    spoken = frames[levels > levels.max() - _AUDIBLE_DB]
    pitch = _pitch(spoken, sample_rate)
    median = spread = np.nan
    if len(pitch):
        low, median, high = np.percentile(pitch, [10, 50, 90])
        spread = high - low
    level = 10 * np.log10(np.mean(spoken**2) + 1e-12)
    seconds = len(samples) / sample_rate
    return np.array([median, spread, level, seconds, _tilt(spoken, sample_rate)])


def separations(
    values: Scores,
    emotions: Sequence[str],
    speakers: Sequence[str],
    pairs: Iterable[tuple[str, str]],
    *,
    seed: int,
) -> tuple[Separation, ...]:
    """How far each measure separates each pair; Holm's correction is over all of them.

    Parameters
    ----------
    values : (clip, measure) from `acoustic_measures`.
    emotions, speakers : (clip,) of the clips.
    pairs : emotions to compare; the difference is that of the second minus the first.
    """
    means, deviation = _by_speaker(values, emotions, speakers)
    found = [
        separation
        for first, second in pairs
        for separation in _separations(first, second, means, deviation, seed)
    ]
    corrected = holm([separation.p for separation in found]).tolist()
    return tuple(replace(one, corrected_p=p) for one, p in zip(found, corrected, strict=True))


def _separations(
    first: str, second: str, means: Mapping[str, Scores], deviation: Scores, seed: int
) -> list[Separation]:
    differences = means[second] - means[first]
    p_values = sign_flip_test(differences, np.random.default_rng(seed))
    mean = np.nanmean(differences, axis=0)
    return [
        Separation(first, second, name, *map(float, row))
        for name, *row in zip(MEASURES, mean, mean / deviation, p_values, strict=True)
    ]


def _by_speaker(
    values: Scores, emotions: Sequence[str], speakers: Sequence[str]
) -> tuple[dict[str, Scores], Scores]:
    """Emotion → means ``(speaker, measure)``, and the deviation ``(measure,)`` within both."""
    names = sorted(set(speakers))
    emotion_of, speaker_of = np.array(emotions), np.array(speakers)
    means = {e: np.full((len(names), values.shape[1]), np.nan) for e in set(emotions)}
    squares, freedom = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for emotion, rows in means.items():
        for row, speaker in enumerate(names):
            own = values[(emotion_of == emotion) & (speaker_of == speaker)]
            known = (~np.isnan(own)).sum(axis=0)
            for column in np.flatnonzero(known):
                rows[row, column] = np.nanmean(own[:, column])
            squares += np.nansum((own - rows[row]) ** 2, axis=0)
            freedom += np.maximum(known - 1, 0)
    return means, np.sqrt(squares / np.maximum(freedom, 1))


def _frames(samples: Samples, sample_rate: Hertz) -> npt.NDArray[np.float64]:
    """Overlapping frames ``(frame, sample)``; a shorter clip is padded to one frame."""
    window, hop = round(_WINDOW_SECONDS * sample_rate), round(_HOP_SECONDS * sample_rate)
    padded = np.pad(samples.astype(np.float64), (0, max(0, window - len(samples))))
    return np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]


def _pitch(frames: npt.NDArray[np.float64], sample_rate: Hertz) -> Scores:
    """Pitch ``(voiced frame,)`` in semitones above 27.5 Hz."""
    length = frames.shape[1]
    tapered = (frames - frames.mean(axis=1, keepdims=True)) * np.hanning(length)
    padded = 2 ** int(np.ceil(np.log2(2 * length)))
    own = np.fft.irfft(np.abs(np.fft.rfft(tapered, padded)) ** 2)[:, :length]
    window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(length), padded)) ** 2)[:length]
    # The autocorrelation of the window is divided out (P. Boersma, IFA Proceedings 17, 1993).
    lags = np.arange(int(sample_rate / _HIGHEST_HZ), int(sample_rate / _LOWEST_HZ) + 1)
    ratio = own[:, lags] / np.maximum(own[:, :1], 1e-12) * (window[0] / window[lags])
    inner = ratio[:, 1:-1]
    peaks = (inner >= ratio[:, :-2]) & (inner >= ratio[:, 2:])
    # Multiples of the period are as similar as the period: the shortest of nearly the best lags.
    near_best = peaks & (inner >= _NEARLY * inner.max(axis=1, keepdims=True, initial=0.0))
    best = near_best.argmax(axis=1)
    voiced = near_best.any(axis=1) & (inner[np.arange(len(inner)), best] > _VOICED)
    hertz = sample_rate / lags[1:-1][best[voiced]]
    return np.asarray(12 * np.log2(hertz / 27.5))


def _tilt(frames: npt.NDArray[np.float64], sample_rate: Hertz) -> float:
    """Slope of the mean spectrum from 100 Hz to 5 kHz, in dB per octave."""
    power = np.mean(np.abs(np.fft.rfft(frames * np.hanning(frames.shape[1]), axis=1)) ** 2, axis=0)
    hertz = np.fft.rfftfreq(frames.shape[1], 1 / sample_rate)
    used = (hertz >= 100) & (hertz <= min(5000, sample_rate / 2))
    octaves = np.log2(hertz[used])
    # Every octave has the same weight, though high ones have more bins.
    slope, _ = np.polyfit(octaves, 10 * np.log10(power[used] + 1e-12), 1, w=hertz[used] ** -0.5)
    return float(slope)
