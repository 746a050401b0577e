"""Time and memory of splitting a million utterances: the limits are 60 s and 4 GB.

    python benchmarks/split_million.py

The table (20,000 speakers of unequal size, 8 emotions) is invented, with a path and an id for each
utterance as a reader would give them. Each kind of split runs in a process of its own, because peak
memory (of the whole process, table included) can only be read for a process.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from emotion_classifier.corpora.splits import (
    KFoldConfig,
    SpeakersConfig,
    SplitSettings,
    make_split,
)
from emotion_classifier.corpora.utterance import Sex, Utterance
from emotion_classifier.emotions import CANONICAL_EMOTIONS

UTTERANCES, SPEAKERS = 1_000_000, 20_000
LIMIT_SECONDS, LIMIT_GB = 60.0, 4.0
KINDS: dict[str, SplitSettings] = {
    "speakers": SpeakersConfig(),
    "k_fold": KFoldConfig(folds=10, fold=3),
}


def table(generator: np.random.Generator) -> list[Utterance]:
    """Utterances of speakers who talk unequally much and each have emotions they show more."""
    talk = generator.lognormal(sigma=1.0, size=SPEAKERS)
    speakers = generator.choice(SPEAKERS, size=UTTERANCES, p=talk / talk.sum())
    shift = generator.integers(len(CANONICAL_EMOTIONS), size=SPEAKERS)
    emotions = (generator.binomial(7, 0.3, size=UTTERANCES) + shift[speakers]) % 8
    sexes: tuple[Sex, Sex] = ("female", "male")
    return [
        Utterance(
            id=(name := f"table/speaker_{speaker:05}/clip_{i:07}"),
            path=Path(f"/corpora/{name}.flac"),
            corpus="table",
            speaker=f"speaker_{speaker:05}",
            emotion=CANONICAL_EMOTIONS[emotion],
            sex=sexes[speaker % 2],
        )
        for i, (speaker, emotion) in enumerate(
            zip(speakers.tolist(), emotions.tolist(), strict=True)
        )
    ]


def measure(kind: str) -> bool:
    """Split once, print what it took, and say whether both limits hold."""
    utterances = table(np.random.default_rng(0))
    hashes = {u.id: u.id for u in utterances}
    began = time.perf_counter()
    split = make_split([(utterances, KINDS[kind])], seed=0, content_hashes=hashes)
    seconds = time.perf_counter() - began
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    sizes = {part: len(split.select(utterances, part)) for part in ("train", "validation", "test")}
    print(f"{kind:9} {seconds:6.1f} s (limit {LIMIT_SECONDS:.0f})  ", end="")
    print(f"{peak_gb:5.2f} GB peak (limit {LIMIT_GB:.0f})  {sizes}", flush=True)
    return seconds < LIMIT_SECONDS and peak_gb < LIMIT_GB


def main() -> int:
    """Exit code 1 if a limit is broken."""
    if len(sys.argv) > 1:
        return 0 if measure(sys.argv[1]) else 1
    return max(subprocess.call([sys.executable, __file__, kind]) for kind in KINDS)


if __name__ == "__main__":
    sys.exit(main())
