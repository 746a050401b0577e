"""Time of `emotion report` on 1,440 predictions of 24 speakers: the limit is 10 s.

    python benchmarks/report.py [RUN]

The predictions are invented; RUN takes a copy of the folder of a run instead. The command runs in a process of its own,
its imports included. On a busy machine the processor time is the one to compare.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from emotion_classifier.emotions import CANONICAL_EMOTIONS, LabelSet
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.runs.predictions_file import write_predictions

CLIPS, SPEAKERS, LIMIT_SECONDS = 1_440, 24, 10.0


def invented() -> LabelledPredictions:
    """Predictions of eight emotions that are right more often than not."""
    rng = np.random.default_rng(0)
    labels = LabelSet(tuple(CANONICAL_EMOTIONS[:8]))
    true = np.arange(CLIPS) % len(labels)
    logits = rng.normal(size=(CLIPS, len(labels))) + 2 * np.eye(len(labels))[true]
    shares = np.exp(logits)
    return LabelledPredictions(
        labels=labels,
        ids=tuple(f"own/{clip}" for clip in range(CLIPS)),
        files=tuple(f"{clip}.wav" for clip in range(CLIPS)),
        corpora=("own",) * CLIPS,
        speakers=tuple(f"own/{clip % SPEAKERS}" for clip in range(CLIPS)),
        sexes=tuple("female" if clip % 2 else "male" for clip in range(CLIPS)),
        intensities=(None,) * CLIPS,
        durations_seconds=rng.uniform(1.0, 5.0, CLIPS),
        true=true,
        probabilities=(shares / shares.sum(axis=1, keepdims=True)).astype(np.float32),
        perceived=None,
    )


def main() -> None:
    """Print the time of the command, and fail above the limit."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary, "run")
        if len(sys.argv) > 1:
            shutil.copytree(sys.argv[1], folder)
        else:
            folder.mkdir()
            write_predictions(folder / "predictions.csv", invented())
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "emotion_classifier", "report", str(folder)], check=True
        )
        seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime
    print(f"{seconds:.1f} s, {processor:.1f} s of processor time; limit {LIMIT_SECONDS:.0f} s")
    if processor > LIMIT_SECONDS:
        sys.exit(1)


if __name__ == "__main__":
    main()
