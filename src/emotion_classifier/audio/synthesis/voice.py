"""The waveform of a toy sentence, from the onset, loudness, resonances and pitch of its phonemes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from emotion_classifier.audio.synthesis.prosody import Prosody, ToySpeaker, draw_prosody
from emotion_classifier.audio.synthesis.vocal_tract import (
    Curve,
    filter_by_frame,
    frame_times,
    glottal_pulses,
    noise_response,
    vowel_response,
)
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Decibels, Hertz, Seconds, to_samples

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
_NEUTRAL_PEAK_DBFS: Decibels = -13.0
_HIGHEST_PEAK_DBFS: Decibels = -1.0
_ROOM_NOISE_DBFS: Decibels = -66.0


def synthesise(
    speaker: ToySpeaker,
    emotion: str,
    sentence: str,
    generator: np.random.Generator,
    sample_rate: Hertz = 16_000,
) -> Samples:
    """A sentence spoken with an emotion: ``(sample,)`` float32, 1.5 to 3 s, below full scale.

    Loudness differs between emotions and speakers, as it does in recordings at one distance.

    Raises
    ------
    LabelError
        The toy voices have no prosody for the emotion.
    ValueError
        A syllable of the sentence is not a known consonant and vowel.
    """
    prosody = draw_prosody(emotion, generator)
    score = write_score(sentence, speaker, prosody, generator)
    sound = _speak(score, speaker, prosody, generator, sample_rate)
    peak_dbfs = _NEUTRAL_PEAK_DBFS + speaker.level_db + prosody.level_db
    sound *= _amplitude(min(peak_dbfs, _HIGHEST_PEAK_DBFS)) / np.abs(sound).max()
    sound += _amplitude(_ROOM_NOISE_DBFS) * generator.standard_normal(len(sound))
    return sound.astype(np.float32)


def _speak(
    score: Score,
    speaker: ToySpeaker,
    prosody: Prosody,
    generator: np.random.Generator,
    sample_rate: Hertz,
) -> Curve:
    """The sentence ``(sample,)``, at an arbitrary level."""
    total = to_samples(score.duration_seconds, sample_rate)
    seconds = np.arange(total) / sample_rate
    pitch_hz = speaker.pitch_hz * 2.0 ** (score.semitones.at(seconds) / 12.0)
    pulses = glottal_pulses(pitch_hz, sample_rate, prosody.roughness, generator)
    breath = (prosody.breathiness + speaker.breathiness) * generator.standard_normal(total)
    source = score.voice.at(seconds) * (pulses / pulses.std() + breath)
    hiss = score.noise.at(seconds) * generator.standard_normal(total)

    times = frame_times(total, sample_rate)
    formants_hz = np.stack([track.at(times) for track in score.formants_hz], axis=1)
    vowels = vowel_response(formants_hz, prosody.tilt_db, sample_rate)
    consonants = noise_response(score.noise_hz.at(times), sample_rate)
    return filter_by_frame(source, vowels, sample_rate) + filter_by_frame(
        hiss, consonants, sample_rate
    )


def _amplitude(level_dbfs: Decibels) -> float:
    return float(10.0 ** (level_dbfs / 20.0))


class Track:
    """A quantity that changes over time, linear between the points that were put into it."""

    def __init__(self) -> None:
        self._seconds: list[float] = []
        self._values: list[float] = []

    def put(self, seconds: Seconds, value: float) -> None:
        """Add a point; its time must not be before that of the last point."""
        self._seconds.append(seconds)
        self._values.append(value)

    def at(self, seconds: Curve) -> Curve:
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
    voice: Track = field(default_factory=Track)
    noise: Track = field(default_factory=Track)
    noise_hz: Track = field(default_factory=Track)
    formants_hz: tuple[Track, ...] = field(default_factory=lambda: tuple(Track() for _ in range(4)))
    semitones: Track = field(default_factory=Track)


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
    score = Score(duration)
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


def _contour(count: int, prosody: Prosody, generator: np.random.Generator) -> Curve:
    """Pitch of each syllable in semitones, whose mean is that of the prosody."""
    accents = prosody.accent_semitones * generator.standard_normal(count)
    slope = prosody.slope_semitones * np.linspace(-0.5, 0.5, count)
    contour: Curve = slope + accents - accents.mean()
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
