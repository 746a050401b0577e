"""UAR of runs on their test parts as they are, and in worse recordings.

    python benchmarks/robustness.py ../data/noise ../data/rir runs/from-scratch/ravdess/cnn-fold?

The runs are scored together, each on the test part of its own split, in the conditions of
`experiments/stress/conditions.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from emotion_classifier.audio.augmentation.background_noise import BackgroundNoiseConfig
from emotion_classifier.audio.augmentation.filtering import ImpulseResponseConfig
from emotion_classifier.corpora.splits import Split
from emotion_classifier.experiments.data.load import load_corpora, saved_data_config
from emotion_classifier.experiments.stress.conditions import card_conditions
from emotion_classifier.experiments.stress.paired_predictions import condition_facts, predict_pairs
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.runs.run_folder import RunFolder


def main() -> None:
    """Print one line for each condition."""
    noise, rooms, *runs = map(Path, sys.argv[1:])
    chain = (BackgroundNoiseConfig(path=noise), ImpulseResponseConfig(path=rooms))
    tested = []
    for path in runs:
        folder = RunFolder(path)
        predictor = Predictor.load(path)
        data = load_corpora(saved_data_config(folder), predictor.model.input)
        part = data.part(Split.load(folder.split), "test")
        tested.append((predictor, part, [data.clips[u.id] for u in part]))
    print("| condition | UAR | change | same answer |")
    print("|---|---|---|---|")
    for condition in card_conditions(chain):
        facts = condition_facts(
            condition, [predict_pairs(*one, condition, seed=0) for one in tested]
        )
        print(
            f"| {facts.condition} | {facts.uar:.1%} | {facts.change:+.1%} | {facts.unchanged:.1%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
