"""Emotions that a stream finds in sound without emotion. Needs no torch.

Counted are segments whose answer is an emotion other than neutral and not uncertain. Sounds are in
MUSAN layout: ``noise``, ``music`` and ``speech``, which is read; babble is noise with that word in the
name of its file. They follow each other in random order, again and again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from emotion_classifier.audio.folders import find_audio
from emotion_classifier.audio.io import read_audio
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.prediction import NO_SPEECH, UNCERTAIN
from emotion_classifier.emotions.timeline import Segment
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import Stream
from emotion_classifier.model_folder.specification import SoundFacts
from emotion_classifier.units import Hertz, Seconds, to_samples

RATE: Hertz = 16_000
SILENCE_AMPLITUDE = 1e-3
"""Deviation of the noise that a microphone makes by itself: -60 dBFS."""
NO_EMOTION = frozenset({"neutral", UNCERTAIN, NO_SPEECH})


def measure_false_emotions(
    predictor: Predictor, folder: Path | None, seconds: Seconds, seed: int = 0
) -> Iterator[SoundFacts]:
    """The emotions found in each kind of sound.

    Parameters
    ----------
    folder : in MUSAN layout; kinds that it lacks are left out. None measures silence alone.
    seconds : of each kind.
    seed : of the order of the sounds.

    Raises
    ------
    AudioError
        A sound cannot be decoded.
    """
    for kind, sounds in sounds_of(folder, seed).items():
        segments = list(segments_of(predictor.stream(RATE), sounds, seconds))
        emotions = [one for one in segments if one.answer not in NO_EMOTION]
        yield SoundFacts(
            sound=kind,
            hours=seconds / 3600,
            emotions_per_hour=3600 * len(emotions) / seconds,
            emotion_share=share_of(emotions, seconds),
            uncertain_share=share_of((s for s in segments if s.answer == UNCERTAIN), seconds),
            no_speech_share=share_of((s for s in segments if s.answer == NO_SPEECH), seconds),
        )


def sounds_of(folder: Path | None, seed: int) -> dict[str, Iterator[Samples]]:
    """Endless sounds (sample,) at `RATE` of each kind that the folder has, and silence."""
    found = {
        name: find_audio(folder / name)
        for name in ("noise", "music", "speech")
        if folder is not None and (folder / name).is_dir()
    }
    noises = found.get("noise", [])
    files = {
        "noise": [path for path in noises if "babble" not in path.name],
        "babble of many voices": [path for path in noises if "babble" in path.name],
        "music": found.get("music", []),
        "read speech": found.get("speech", []),
    }
    sounds = {
        kind: shuffled(paths, np.random.default_rng(seed)) for kind, paths in files.items() if paths
    }
    return {**sounds, "silence": silence(np.random.default_rng(seed))}


def shuffled(paths: Sequence[Path], generator: np.random.Generator) -> Iterator[Samples]:
    """All files, again and again, each time in another order."""
    while paths:
        for index in generator.permutation(len(paths)):
            yield mono(paths[index])


def silence(generator: np.random.Generator) -> Iterator[Samples]:
    """The noise of a microphone, a second at a time."""
    while True:
        yield generator.normal(0, SILENCE_AMPLITUDE, RATE).astype(np.float32)


def mono(path: Path) -> Samples:
    """One channel (sample,) of a file at `RATE`."""
    waveform = read_audio(path)
    return resample(waveform.mono(), waveform.sample_rate, RATE)


def segments_of(stream: Stream, sounds: Iterable[Samples], seconds: Seconds) -> Iterator[Segment]:
    """The segments of so many seconds of sounds."""
    missing = to_samples(seconds, RATE)
    for sound in sounds:
        stream.feed(sound[:missing])
        yield from stream.take_segments()
        missing -= len(sound)
        if missing <= 0:
            break
    stream.flush()
    yield from stream.take_segments()


def share_of(segments: Iterable[Segment], seconds: Seconds) -> float:
    """Share of so many seconds that segments take, at most 1."""
    return min(sum(one.end_seconds - one.start_seconds for one in segments) / seconds, 1.0)
