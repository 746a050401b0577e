"""Word error rate of a speech recogniser on RAVDESS, with voice activity detection and filters as in `emotion listen`.

python benchmarks/word_errors.py ../shared/data/ravdess                  # 48 clips, PocketSphinx
python benchmarks/word_errors.py ../shared/data/ravdess 48 small         # a model of faster-whisper
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from emotion_classifier.audio.io import read_audio
from emotion_classifier.corpora.readers.ravdess import read_ravdess
from emotion_classifier.evaluation.word_errors import word_error_rate
from emotion_classifier.inference.asr.faster_whisper import FasterWhisperConfig
from emotion_classifier.inference.asr.phrases import PhraseDetector, recognise
from emotion_classifier.inference.asr.pocketsphinx import PocketsphinxConfig
from emotion_classifier.inference.asr.recogniser import Recogniser
from emotion_classifier.inference.vad.silero import ActivityDetector

SENTENCES = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}
"""By the fifth number of a file's name."""
SEED = 0


def main(root: Path, count: int, model: str | None) -> None:
    """Print the rate by emotion and over all, and the time as a share of the audio's."""
    config = (
        PocketsphinxConfig() if model is None else FasterWhisperConfig(model=model, language="en")
    )
    recogniser = config.build()
    utterances = read_ravdess(root).utterances
    chosen = np.random.default_rng(SEED).choice(len(utterances), count, replace=False)
    texts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    taken, total = 0.0, 0.0
    for index in sorted(chosen):
        one = utterances[index]
        text, seconds, duration = transcribe(recogniser, one.path)
        texts[str(one.emotion)].append((SENTENCES[one.path.stem.split("-")[4]], text))
        taken, total = taken + seconds, total + duration
    recogniser.close()
    for emotion, pairs in sorted(texts.items()):
        print(f"{emotion:12} {len(pairs):3} clips  word error rate {word_error_rate(pairs):.2f}")
    rate = word_error_rate(pair for pairs in texts.values() for pair in pairs)
    print(f"{'all':12} {count:3} clips  word error rate {rate:.2f}")
    print(f"{recogniser.name}: real-time factor {taken / total:.2f}")


def transcribe(recogniser: Recogniser, path: Path) -> tuple[str, float, float]:
    """Recognised words of a clip, the seconds that took, and the duration of the clip."""
    clip = read_audio(path)
    samples, rate = clip.mono(), clip.sample_rate
    start = time.perf_counter()
    detector = PhraseDetector(rate)
    phrases = detector.feed(samples, ActivityDetector().speech(samples, rate)) + detector.flush()
    words = [recognise(recogniser, phrase) for phrase in phrases if phrase.is_final]
    taken = time.perf_counter() - start
    return " ".join(phrase.text for phrase in words), taken, clip.duration_seconds


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(
        Path(arguments[0] if arguments else "../shared/data/ravdess"),
        int(arguments[1]) if len(arguments) > 1 else 48,
        arguments[2] if len(arguments) > 2 else None,
    )
