"""Time of the statistics of a corpus, as a multiple of decoding it: at most 2.

python benchmarks/corpus_stats.py ../shared/data/ravdess
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from emotion_classifier.audio.io import read_audio
from emotion_classifier.corpora.readers.ravdess import read_ravdess
from emotion_classifier.corpora.statistics import corpus_statistics, measure

ROUNDS = 5


def main(root: Path) -> None:
    """Print the fastest of interleaved rounds, and its ratio to bare decoding in one thread."""
    corpus = read_ravdess(root)
    paths = [one.path for one in corpus.utterances]
    tasks: dict[str, Callable[[], object]] = {
        "decoding, one thread": lambda: [read_audio(path) and None for path in paths],
        "statistics, one thread": lambda: [measure(read_audio(path)) for path in paths],
        "corpus_statistics": lambda: corpus_statistics(corpus),
    }
    tasks["decoding, one thread"]()  # warms the page cache
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(ROUNDS):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            seconds[name].append(time.perf_counter() - start)
    base = min(seconds["decoding, one thread"])
    print(f"{len(paths)} clips, fastest of {ROUNDS} rounds")
    for name, taken in seconds.items():
        print(f"{name:24} {min(taken):6.2f} s  {min(taken) / base:5.2f} x decoding")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/ravdess"))
