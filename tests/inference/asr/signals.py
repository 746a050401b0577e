"""Signals with known intervals of speech, and a recogniser for them."""

from __future__ import annotations

import numpy as np

from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.event_fields import Word
from emotion_classifier.units import to_samples, to_seconds

RATE = 8_000


def talk(seconds: float, speech: list[Interval], *, level: float = 0.1, seed: int = 0) -> Samples:
    """Noise ``(sample,)`` with the rhythm of syllables in the intervals of speech, else silence."""
    generator = np.random.default_rng(seed)
    samples = np.zeros(to_samples(seconds, RATE), np.float32)
    for one in speech:
        part = slice(to_samples(one.start_seconds, RATE), to_samples(one.end_seconds, RATE))
        samples[part] = level * generator.standard_normal(len(samples[part]))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 3 * np.arange(len(samples)) / RATE)
    return samples * syllables.astype(np.float32)


def two_sentences() -> Samples:
    """8 s ``(sample,)`` at 16 kHz with a synthetic sentence from 1 s and from 5 s on, else soft noise."""
    generator = np.random.default_rng(7)
    speaker = ToySpeaker.draw("male", generator)
    sentence = synthesise(speaker, "neutral", TOY_SENTENCES[0], generator)
    samples = generator.normal(0.0, 5e-4, 8 * 16_000).astype(np.float32)
    for start in (16_000, 80_000):
        samples[start : start + len(sentence)] += sentence
    return samples


def known_at(now: float, speech: list[Interval]) -> list[Interval]:
    """Intervals of speech as they are known at a time."""
    return [
        Interval(one.start_seconds, min(one.end_seconds, now))
        for one in speech
        if one.start_seconds < now
    ]


class Ticker:
    """Recogniser that finds a word in each half second, silence or not."""

    name = "ticker"
    note = ""

    def transcribe(self, samples: Samples, sample_rate: int) -> tuple[Word, ...]:
        count = int(2 * to_seconds(len(samples), sample_rate))
        return tuple(
            Word(start_seconds=n / 2, end_seconds=n / 2 + 0.5, text=f"tick{n}", confidence=1.0)
            for n in range(count)
        )

    def close(self) -> None:
        """Do nothing."""
