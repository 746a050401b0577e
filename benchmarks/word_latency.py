"""Delay and memory of the words of `emotion listen`, on clips of RAVDESS that are played in real time.

    python benchmarks/word_latency.py ../shared/data/ravdess                 # 12 clips, PocketSphinx
    python benchmarks/word_latency.py ../shared/data/ravdess 12 tiny.en      # faster-whisper: name or folder

The delay is the time from the end of the speech of a phrase, as voice activity detection finds it, to its
final words; 0.5 s of it is the pause that ends a phrase. The memory is the growth of this process, with the
model and its first words, and the most memory of a process of the recogniser's own. Needs Linux.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from benchmarks.listening import resident_bytes
from benchmarks.word_errors import chosen, recogniser_of

from emotion_classifier.audio.io import read_audio, write_wav
from emotion_classifier.audio.resampling import resample
from emotion_classifier.inference.asr.phrases import MARGIN_SECONDS
from emotion_classifier.inference.events import WordsEvent
from emotion_classifier.inference.live.session import LiveSession
from emotion_classifier.inference.live.sources import Clock, FileSource
from emotion_classifier.inference.live.transcriber import Transcriber
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.units import Hertz, Seconds

RATE: Hertz = 16_000


def main(root: Path, count: int, model: str | None) -> None:
    """Print the delays and the memory."""
    clips = [read_audio(one.path) for one in chosen(root, count)]
    samples = np.concatenate([resample(one.mono(), one.sample_rate, RATE) for one in clips])
    predictor = Predictor.load(threads=1)
    predictor.predict(samples[: 5 * RATE], RATE)
    before = resident_bytes()
    recogniser = recogniser_of(model)
    recogniser.transcribe(samples[: 5 * RATE], RATE)
    with TemporaryDirectory() as folder:
        path = Path(folder, "clips.wav")
        write_wav(path, samples, RATE)
        delays = delays_of(predictor, path, Transcriber(recogniser))
    growth = resident_bytes() - before
    of_processes = 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    middle, late, latest = np.percentile(delays, [50, 95, 100])
    print(f"{recogniser.name}: {len(delays)} phrases")
    print(
        f"end of speech to words, 50 %, 95 %, the longest: {middle:.2f}, {late:.2f}, {latest:.2f} s"
    )
    print(f"memory: {growth / 1e6:.0f} MB, and {of_processes / 1e6:.0f} MB of a process of its own")


def delays_of(predictor: Predictor, path: Path, transcriber: Transcriber) -> list[Seconds]:
    """Seconds from the end of the speech of each phrase to its final words."""
    clock = Clock()
    session = LiveSession(
        FileSource(path, clock), predictor.stream, clock=clock, transcriber=transcriber
    )
    start = clock.now()
    return [
        clock.now() - start - (event.end_seconds - MARGIN_SECONDS)
        for event in session.events()
        if isinstance(event, WordsEvent) and event.is_final
    ]


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(
        Path(arguments[0] if arguments else "../shared/data/ravdess"),
        int(arguments[1]) if len(arguments) > 1 else 12,
        arguments[2] if len(arguments) > 2 else None,
    )
