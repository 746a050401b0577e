"""Word error rate of a speech recogniser on RAVDESS, with voice activity detection and filters as in `emotion listen`.

python benchmarks/word_errors.py ../shared/data/ravdess                  # 48 clips, PocketSphinx
python benchmarks/word_errors.py ../shared/data/ravdess 48 tiny.en       # faster-whisper: name or folder

The word error rate is the least number of words to replace, remove and add that turns the recognised
words into the spoken ones, over the number of spoken words, summed over all utterances before
dividing. Case, punctuation and blanks do not count.

The real-time factor is the processor time, voice activity detection included, over the duration of the clips,
so that a busy machine changes little; `OMP_NUM_THREADS=1` limits it to one core.
"""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from emotion_classifier.audio.io import read_audio
from emotion_classifier.corpora.readers.ravdess import read_ravdess
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import EvaluationError
from emotion_classifier.inference.asr.faster_whisper import FasterWhisperConfig
from emotion_classifier.inference.asr.phrases import PhraseDetector, recognise
from emotion_classifier.inference.asr.pocketsphinx import PocketsphinxConfig
from emotion_classifier.inference.asr.recogniser import Recogniser
from emotion_classifier.inference.vad.silero import ActivityDetector
from emotion_classifier.units import Seconds

SENTENCES = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}
"""By the fifth number of a file's name."""
SEED = 0
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def words_of(text: str) -> list[str]:
    """Words of a text, without case and punctuation.

    >>> words_of("Kids ARE talking, by the door.")
    ['kids', 'are', 'talking', 'by', 'the', 'door']
    """
    return [word.replace("\u2019", "'") for word in _WORD.findall(text.casefold())]


def word_errors(spoken: Sequence[str], recognised: Sequence[str]) -> int:
    """Least number of words to replace, remove and add (Levenshtein).

    >>> word_errors("by the door".split(), "by a the floor".split())
    2
    """
    costs = list(range(len(recognised) + 1))  # of turning nothing into the first so many words
    for row, word in enumerate(spoken, start=1):
        diagonal, costs[0] = costs[0], row
        for column, other in enumerate(recognised, start=1):
            replaced = diagonal + (word != other)
            diagonal = costs[column]
            costs[column] = min(replaced, costs[column] + 1, costs[column - 1] + 1)
    return costs[-1]


def word_error_rate(utterances: Iterable[tuple[str, str]]) -> float:
    """Word error rate of spoken texts, each with its recognised text.

    Raises
    ------
    EvaluationError
        No word was spoken.
    """
    errors, total = 0, 0
    for spoken, recognised in utterances:
        words = words_of(spoken)
        errors += word_errors(words, words_of(recognised))
        total += len(words)
    if total == 0:
        raise EvaluationError("no word was spoken: a word error rate needs at least one")
    return errors / total


def recogniser_of(model: str | None) -> Recogniser:
    """PocketSphinx, or faster-whisper with a model."""
    if model is None:
        return PocketsphinxConfig().build()
    return FasterWhisperConfig(model=model, language="en").build()


def chosen(root: Path, count: int) -> list[Utterance]:
    """Utterances of RAVDESS drawn at random, always the same."""
    utterances = read_ravdess(root).utterances
    drawn = np.random.default_rng(SEED).choice(len(utterances), count, replace=False)
    return [utterances[index] for index in sorted(drawn)]


def processor_seconds() -> Seconds:
    """Processor time of this process and of the processes that it has started and that have ended."""
    return sum(os.times()[:4])


def main(root: Path, count: int, model: str | None) -> None:
    """Print the rate by emotion and over all, and the processor time as a share of the audio's."""
    recogniser = recogniser_of(model)
    texts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    total: Seconds = 0.0
    start = processor_seconds()
    for one in chosen(root, count):
        text, duration = transcribe(recogniser, one.path)
        texts[str(one.emotion)].append((SENTENCES[one.path.stem.split("-")[4]], text))
        total += duration
    recogniser.close()
    for emotion, pairs in sorted(texts.items()):
        print(f"{emotion:12} {len(pairs):3} clips  word error rate {word_error_rate(pairs):.2f}")
    rate = word_error_rate(pair for pairs in texts.values() for pair in pairs)
    print(f"{'all':12} {count:3} clips  word error rate {rate:.2f}")
    print(f"{recogniser.name}: real-time factor {(processor_seconds() - start) / total:.2f}")


def transcribe(recogniser: Recogniser, path: Path) -> tuple[str, Seconds]:
    """Recognised words of a clip, and the duration of the clip."""
    clip = read_audio(path)
    samples, rate = clip.mono(), clip.sample_rate
    detector = PhraseDetector(rate)
    phrases = detector.feed(samples, ActivityDetector().speech(samples, rate)) + detector.flush()
    words = [recognise(recogniser, phrase) for phrase in phrases if phrase.is_final]
    return " ".join(phrase.text for phrase in words), clip.duration_seconds


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(
        Path(arguments[0] if arguments else "../shared/data/ravdess"),
        int(arguments[1]) if len(arguments) > 1 else 48,
        arguments[2] if len(arguments) > 2 else None,
    )
