"""A toy sentence over time: onset, loudness, resonances and pitch of its phonemes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.synthesis.prosody import Prosody, ToySpeaker
from emotion_classifier.units import Seconds

TOY_SENTENCES = (
    "ka ri do se mu ta ne bo",
    "so li ba tu me ki na de",
    "mi ta go nu se la ki po",
    "de bo su ni ka le to ma",
)
"""Each syllable is a consonant and a vowel."""

Formants: TypeAlias = tuple[float, float, float, float]

# Peterson & Barney (1952), men; the fourth formant is taken to be the same for all vowels.
VOWEL_FORMANTS_HZ: dict[str, Formants] = {
    "a": (730.0, 1090.0, 2440.0, 3500.0),
    "e": (530.0, 1840.0, 2480.0, 3500.0),
    "i": (270.0, 2290.0, 3010.0, 3500.0),
    "o": (570.0, 840.0, 2410.0, 3500.0),
    "u": (300.0, 870.0, 2240.0, 3500.0),
}

_CONSONANT_SECONDS: Seconds = 0.075
_VOWEL_SECONDS: Seconds = 0.145
_PAUSE_SECONDS: Seconds = 0.16
_EDGE_SECONDS: Seconds = 0.12
_DURATION_RANGE_SECONDS = (1.5, 3.0)
_RISE_SECONDS: Seconds = 0.025
_BURST_SECONDS: Seconds = 0.02


@dataclass(frozen=True)
class Consonant:
    """Voicing and noise, both relative to the loudness of a vowel.

    Parameters
    ----------
    voice : during the whole consonant.
    noise : a short burst at the end (plosives), or a hiss all along (fricatives).
    noise_hz : centre of the noise.
    is_plosive : which of the two.
    """

    voice: float
    noise: float = 0.0
    noise_hz: float = 1000.0
    is_plosive: bool = False


CONSONANTS = {
    "p": Consonant(0.0, 0.25, 1000.0, is_plosive=True),
    "t": Consonant(0.0, 0.35, 4000.0, is_plosive=True),
    "k": Consonant(0.0, 0.35, 1900.0, is_plosive=True),
    "b": Consonant(0.06, 0.12, 900.0, is_plosive=True),
    "d": Consonant(0.06, 0.18, 3500.0, is_plosive=True),
    "g": Consonant(0.06, 0.18, 1800.0, is_plosive=True),
    "s": Consonant(0.0, 0.22, 5500.0),
    "f": Consonant(0.0, 0.10, 3500.0),
    "m": Consonant(0.25),
    "n": Consonant(0.25),
    "l": Consonant(0.4),
    "r": Consonant(0.35),
}


class Track:
    """A quantity that changes over time, linear between the points that were put into it."""

    def __init__(self) -> None:
        self._seconds: list[float] = []
        self._values: list[float] = []

    def put(self, seconds: Seconds, value: float) -> None:
        """Add a point; it must not lie before the last one."""
        self._seconds.append(seconds)
        self._values.append(value)

    def at(self, seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Values at several times; before the first and after the last point they stay."""
        return np.interp(seconds, self._seconds, self._values)


@dataclass(frozen=True)
class Score:
    """Everything about a sentence that changes over time.

    Parameters
    ----------
    duration_seconds : of the whole, with the quiet edges.
    voice, noise : loudness of the glottal pulses and of the noise of consonants.
    noise_hz : centre of that noise.
    formants_hz : of the four resonances.
    semitones : pitch above that of the speaker.
    """

    duration_seconds: Seconds
    voice: Track
    noise: Track
    noise_hz: Track
    formants_hz: tuple[Track, Track, Track, Track]
    semitones: Track


def write_score(
    sentence: str, speaker: ToySpeaker, prosody: Prosody, generator: np.random.Generator
) -> Score:
    """The score of `sentence`, spoken by `speaker` with this prosody; pauses are random."""
    syllables = read_syllables(sentence)
    pauses = (generator.random(len(syllables)) < prosody.pause_share) * _PAUSE_SECONDS
    pauses[-1] = 0.0  # no pause after the last syllable
    lengths = _CONSONANT_SECONDS + _VOWEL_SECONDS + pauses
    spoken = float(lengths.sum()) / (prosody.tempo * speaker.tempo)
    duration = float(np.clip(spoken + 2 * _EDGE_SECONDS, *_DURATION_RANGE_SECONDS))
    slowness = (duration - 2 * _EDGE_SECONDS) / float(lengths.sum())
    score = Score(
        duration, Track(), Track(), Track(), (Track(), Track(), Track(), Track()), Track()
    )
    onset = _EDGE_SECONDS
    semitones = _contour(len(syllables), prosody, generator)
    for (consonant, formants_hz), length, pitch in zip(syllables, lengths, semitones, strict=True):
        _write_consonant(score, consonant, onset, slowness)
        vowel_onset = onset + slowness * _CONSONANT_SECONDS
        vowel_seconds = slowness * _VOWEL_SECONDS
        _write_vowel(score, formants_hz, speaker.formant_scale, vowel_onset, vowel_seconds)
        score.semitones.put(vowel_onset + 0.5 * vowel_seconds, float(pitch))
        onset += slowness * float(length)
    return score


def _contour(
    count: int, prosody: Prosody, generator: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Pitch of each syllable in semitones, whose mean is that of the prosody."""
    accents = prosody.accent_semitones * generator.standard_normal(count)
    slope = prosody.slope_semitones * np.linspace(-0.5, 0.5, count)
    contour: npt.NDArray[np.float64] = slope + accents - accents.mean()
    return prosody.pitch_semitones + contour


def _write_consonant(score: Score, consonant: Consonant, onset: Seconds, slowness: float) -> None:
    end = onset + slowness * _CONSONANT_SECONDS
    score.voice.put(onset, consonant.voice)
    score.voice.put(end, consonant.voice)
    start = end - _BURST_SECONDS if consonant.is_plosive else onset
    middle = 0.5 * (start + end)
    score.noise.put(start, 0.0)
    score.noise.put(middle, consonant.noise)
    score.noise.put(end + 0.2 * _BURST_SECONDS, 0.0)
    score.noise_hz.put(start, consonant.noise_hz)
    score.noise_hz.put(end + 0.2 * _BURST_SECONDS, consonant.noise_hz)


def _write_vowel(
    score: Score, formants_hz: Formants, scale: float, onset: Seconds, length: Seconds
) -> None:
    score.voice.put(onset + _RISE_SECONDS, 1.0)
    score.voice.put(onset + 0.75 * length, 0.8)
    score.voice.put(onset + length, 0.0)
    for track, hertz in zip(score.formants_hz, formants_hz, strict=True):
        track.put(onset + 0.25 * length, scale * hertz)
        track.put(onset + 0.75 * length, scale * hertz)


def read_syllables(sentence: str) -> list[tuple[Consonant, Formants]]:
    """The consonant and the formants of the vowel of each syllable of a sentence like ``"ka ri"``.

    Raises
    ------
    ValueError
        The sentence is empty, or a syllable is not one known consonant and one vowel.
    """
    syllables = []
    for word in sentence.split():
        if len(word) != 2 or word[0] not in CONSONANTS or word[1] not in VOWEL_FORMANTS_HZ:
            raise ValueError(
                f"{word!r} in {sentence!r} is no toy syllable: one of {''.join(CONSONANTS)}, "
                f"then one of {''.join(VOWEL_FORMANTS_HZ)}"
            )
        syllables.append((CONSONANTS[word[0]], VOWEL_FORMANTS_HZ[word[1]]))
    if not syllables:
        raise ValueError("a toy sentence needs at least one syllable, for example 'ka ri do'")
    return syllables
