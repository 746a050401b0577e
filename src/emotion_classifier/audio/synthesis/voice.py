"""The waveform of a toy sentence."""

from __future__ import annotations

import numpy as np

from emotion_classifier.audio.synthesis.prosody import Prosody, ToySpeaker, draw_prosody
from emotion_classifier.audio.synthesis.score import Score, write_score
from emotion_classifier.audio.synthesis.vocal_tract import (
    Curve,
    filter_by_frame,
    frame_times,
    glottal_pulses,
    noise_response,
    vowel_response,
)
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Decibels, Hertz, to_samples

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
    """The sentence ``(sample,)``, at a level that means nothing yet."""
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
