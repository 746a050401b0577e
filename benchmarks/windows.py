"""Emotions of windows with pauses, as of long recordings, against those of single clips.

    python -m benchmarks.windows default ../shared/data
    python -m benchmarks.windows MODEL ../shared/data --each 12

Corpora that the model was not trained on. A window is 5 s of clips of one speaker and emotion, joined with
pauses. For each speaker and emotion there are as many windows as clips, drawn once for all models. UAR with
all emotions of the model, over the emotions of the corpus, and the emotion that is predicted most often.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from benchmarks.left_out import load_left_out

from emotion_classifier.audio.augmentation.copy_paste import CopyPasteConfig
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.evaluation.metrics import confusion, uar
from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.evaluate.selection import known_clips
from emotion_classifier.inference.emotion_model import EmotionModel
from emotion_classifier.inference.streaming.stream import StreamConfig


def main() -> None:
    """Print two lines for each corpus."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a model folder, or the name of a bundled model")
    parser.add_argument("data", type=Path, help="folder of the corpora")
    parser.add_argument("--each", type=int, default=6, help="windows of a speaker and emotion")
    arguments = parser.parse_args()
    model = EmotionModel.load(arguments.model, threads=1)
    data, corpora = load_left_out(model, arguments.data)
    print("| corpus | | UAR, all emotions | own emotions | neutral | most often predicted |")
    print("|---|---|---|---|---|---|")
    for corpus, utterances in corpora.items():
        groups: defaultdict[tuple[str, str], list[Utterance]] = defaultdict(list)
        for utterance in known_clips(utterances, model.labels):
            groups[utterance.speaker_id, utterance.emotion].append(utterance)
        drawn = {key: draw(data, some, arguments.each) for key, some in groups.items()}
        true = [emotion for (_, emotion), (clips, _) in drawn.items() for _ in clips]
        for name, chosen in (("clips", 0), ("windows", 1)):
            samples = [one for pair in drawn.values() for one in pair[chosen]]
            print(f"| {corpus} | {name} | {scores(model, samples, true)} |", flush=True)


def draw(
    data: RunData, utterances: Sequence[Utterance], count: int
) -> tuple[list[Samples], list[Samples]]:
    """Clips of a speaker and emotion, and windows of them, at most `count` of each."""
    rate = data.clips[utterances[0].id].sample_rate
    rng = np.random.default_rng(0)
    clips = [data.clips[utterances[i].id].samples() for i in rng.permutation(len(utterances))]
    join = CopyPasteConfig(probability=1.0).build(StreamConfig().window_seconds, rate)
    first = clips[:count]
    return first, [join.apply(one, len(clips), clips.__getitem__, rng) for one in first]


def scores(model: EmotionModel, samples: Sequence[Samples], true: Sequence[str]) -> str:
    """The cells of a row."""
    found = zip(model.window_probabilities(samples), true, strict=True)
    used = [(one, emotion) for one, emotion in found if one is not None]  # the others are silent
    probabilities = np.stack([one for one, _ in used])
    names = model.labels.names
    indices = np.array([names.index(emotion) for _, emotion in used])
    own = np.unique(indices)
    predicted = probabilities.argmax(1)
    closed = own[probabilities[:, own].argmax(1)]
    cells = [
        f"{100 * float(uar(confusion(indices, one, len(names)))):.1f}" if len(own) > 1 else "-"
        for one in (predicted, closed)
    ]
    neutral = closed if len(own) > 1 else predicted
    rows = np.flatnonzero(indices == names.index("neutral"))
    recall = f"{100 * np.mean(neutral[rows] == names.index('neutral')):.0f}" if len(rows) else "-"
    counts = np.bincount(predicted, minlength=len(names))
    most = int(counts.argmax())
    return " | ".join([*cells, recall, f"{names[most]}, {counts[most] / len(predicted):.0%}"])


if __name__ == "__main__":
    main()
