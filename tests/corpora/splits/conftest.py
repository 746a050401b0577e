"""Utterances without audio: splits never look at the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_classifier.corpora.utterance import Sex, Utterance

MakeUtterances = Callable[..., list[Utterance]]


def _utterances(
    speakers: int = 10,
    clips: int = 2,
    *,
    emotions: tuple[str, ...] = ("happy", "sad", "angry"),
    sentences: int | None = None,
    corpus: str = "invented",
) -> list[Utterance]:
    """A full crossing of speakers (odd male, even female), emotions, sentences and repetitions."""
    spoken: list[str | None] = [None] if sentences is None else [f"s{i}" for i in range(sentences)]
    sexes: tuple[Sex, Sex] = ("female", "male")
    return [
        Utterance(
            id=(name := f"{corpus}/{speaker:03}_{emotion}_{sentence or 'x'}_{clip}"),
            path=Path(f"{name}.wav"),
            corpus=corpus,
            speaker=f"{speaker:03}",
            emotion=emotion,
            sex=sexes[speaker % 2],
            sentence=sentence,
        )
        for speaker in range(1, speakers + 1)
        for emotion in emotions
        for sentence in spoken
        for clip in range(clips)
    ]


def _ravdess() -> list[Utterance]:
    """The 1,440 speech clips of RAVDESS, by its naming rule: neutral has no strong intensity."""
    names = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
    sexes: tuple[Sex, Sex] = ("female", "male")
    return [
        Utterance(
            id=(name := f"ravdess/03-01-{e:02}-{i:02}-{s:02}-{r:02}-{a:02}"),
            path=Path(f"{name}.wav"),
            corpus="ravdess",
            speaker=f"{a:02}",
            emotion=emotion,
            sex=sexes[a % 2],
            sentence=f"{s:02}",
        )
        for a in range(1, 25)
        for e, emotion in enumerate(names, start=1)
        for i in ((1,) if emotion == "neutral" else (1, 2))
        for s in (1, 2)
        for r in (1, 2)
    ]


@pytest.fixture(scope="session")
def make_utterances() -> MakeUtterances:
    """A maker of small corpora."""
    return _utterances


@pytest.fixture(scope="session")
def ravdess() -> list[Utterance]:
    """RAVDESS without its audio."""
    return _ravdess()
