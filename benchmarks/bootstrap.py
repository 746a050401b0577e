"""Time of the bootstrap by speaker of all scores, 2,000 resamples; the limit is 3 s.

    python benchmarks/bootstrap.py

Invented predictions of the size of RAVDESS: 1,440 clips by 24 speakers, 8 emotions. `all metrics` are the
scores of the model and of each emotion with their intervals; the others are what a report and a comparison
of two runs compute besides.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from emotion_classifier.emotions import CANONICAL_EMOTIONS, LabelSet
from emotion_classifier.evaluation.comparison import compare
from emotion_classifier.evaluation.groups import group_differences
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.report.report import make_report
from emotion_classifier.evaluation.scores import emotion_scores, score

CLIPS, SPEAKERS = 1440, 24
LIMIT_SECONDS = 3.0
ROUNDS = 5


def predictions(seed: int) -> LabelledPredictions:
    """Predictions that are mostly correct."""
    rng = np.random.default_rng(seed)
    labels = LabelSet(CANONICAL_EMOTIONS[:8])
    true = np.arange(CLIPS) % len(labels)
    logits = rng.normal(size=(CLIPS, len(labels)))
    logits[np.arange(CLIPS), true] += 1.5
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    speakers = np.arange(CLIPS) * SPEAKERS // CLIPS
    ids = tuple(f"toy/{clip}" for clip in range(CLIPS))
    return LabelledPredictions(
        labels=labels,
        ids=ids,
        files=ids,
        corpora=("toy",) * CLIPS,
        speakers=tuple(f"toy/{speaker}" for speaker in speakers),
        sexes=tuple("female" if speaker % 2 else "male" for speaker in speakers),
        intensities=(None,) * CLIPS,
        durations_seconds=np.full(CLIPS, 3.0),
        true=true,
        probabilities=shares.astype(np.float32),
    )


def main() -> int:
    """Exit code 1 if the limit is broken."""
    clips, other = predictions(0), predictions(1)

    def all_metrics() -> None:
        rng = np.random.default_rng(0)
        score("this model", clips, rng)
        emotion_scores(clips, rng)

    works: dict[str, Callable[[], object]] = {
        "all metrics": all_metrics,
        "differences between groups": lambda: group_differences(clips, np.random.default_rng(0)),
        "all of a report": lambda: make_report(clips, title="benchmark"),
        "comparison of two runs": lambda: compare({"a": clips, "b": other}),
    }
    medians = {name: _median(work) for name, work in works.items()}
    for name, seconds in medians.items():
        print(f"{name:28} {seconds:6.3f} s")
    return 0 if medians["all metrics"] < LIMIT_SECONDS else 1


def _median(work: Callable[[], object]) -> float:
    """Processor time of this process, which other work on the machine changes less."""
    seconds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return float(np.median(seconds))


if __name__ == "__main__":
    sys.exit(main())
