"""Effect of `emotion adapt` on corpora that a model was not trained on.

    python -m benchmarks.adaptation default ../shared/data
    python -m benchmarks.adaptation MODEL ../shared/data emodb tess

Each corpus of several emotions stands for the recordings of a user. The model is adapted without the labels:
to all clips, to those of the other speakers, to some. UAR and recall of neutral are over the emotions of the
corpus; "all emotions": UAR with all emotions of the model. Intervals of 95 % are of the difference, paired, by
speaker.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from benchmarks.left_out import load_left_out

from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.evaluation.calibration import reliability
from emotion_classifier.evaluation.comparison import compare
from emotion_classifier.evaluation.metrics import confusion, uar
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.evaluate.evaluate import label_predictions
from emotion_classifier.experiments.evaluate.selection import known_clips
from emotion_classifier.inference.adaptation import LEAST_WINDOWS
from emotion_classifier.inference.emotion_model import EmotionModel, Logits, mean_probabilities
from emotion_classifier.model_folder.adaptation import Shift, shift_of_recordings

DRAWS = 10

Rows: TypeAlias = npt.NDArray[np.int64]
Shifts: TypeAlias = list[Shift | None]
"""Shift of each clip's logits; None leaves it as it is."""


@dataclass(frozen=True)
class Clips:
    """The clips of a corpus: crop logits (crop, emotion) of each, and their predictions without adaptation."""

    logits: list[Logits]
    before: LabelledPredictions
    temperature: float

    @property
    def means(self) -> Logits:
        """Mean logits (clip, emotion), which adaptations are fitted to."""
        return np.stack([crops.mean(0) for crops in self.logits])

    def shift(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Shift:
        """The shift that is fitted to some clips."""
        return shift_of_recordings(self.means[rows], self.before.labels.index("neutral"))

    def after(self, shifts: Shifts) -> LabelledPredictions:
        """The predictions with these shifts."""
        rows = [
            mean_probabilities(
                crops if one is None else (crops + one).astype(np.float32), self.temperature
            )
            for crops, one in zip(self.logits, shifts, strict=True)
        ]
        return replace(self.before, probabilities=np.stack(rows))

    def of_emotion(self, emotion: str) -> npt.NDArray[np.bool_]:
        """Whether each clip (clip,) has this emotion."""
        return np.equal(self.before.true, self.before.labels.index(emotion))

    def speakers(self) -> Iterator[npt.NDArray[np.bool_]]:
        """For each speaker, whether each clip (clip,) is of that speaker."""
        names = np.array(self.before.speakers, dtype=object)
        for name in sorted(set(self.before.speakers)):
            yield np.equal(names, name).astype(bool)


def main() -> None:
    """Print a table for each corpus."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a model folder, or the name of a bundled model")
    parser.add_argument("data", type=Path, help="folder of the corpora")
    parser.add_argument("corpora", nargs="*", help="their names; default: those not trained on")
    arguments = parser.parse_args()
    model = EmotionModel.load(arguments.model, threads=1).adapted(None)
    data, corpora = load_left_out(model, arguments.data, arguments.corpora)
    for name, utterances in corpora.items():
        known = known_clips(utterances, model.labels)
        if len({one.emotion for one in known}) == 1:
            continue
        clips = predict(model, data, known)
        speakers = len(set(clips.before.speakers))
        print(f"\n{name}: {len(clips.before)} clips, {speakers} speakers\n")
        print("| adaptation | UAR | difference | neutral | calibration error | all emotions |")
        print("|---|---|---|---|---|---|", flush=True)
        for line in table(clips):
            print(line, flush=True)


def predict(model: EmotionModel, data: RunData, known: Sequence[Utterance]) -> Clips:
    """The clips of a corpus with emotions of the model."""
    logits = model.crop_logits([data.clips[u.id].samples() for u in known])
    temperature = model.specification.temperature
    probabilities = np.stack([mean_probabilities(crops, temperature) for crops in logits])
    durations = np.array([data.clips[u.id].duration_seconds for u in known])
    before = label_predictions(model.labels, known, durations, probabilities)
    return Clips(logits, before, temperature)


def table(clips: Clips) -> Iterator[str]:
    """The rows of a corpus."""
    yield row("none", clips.before, clips.before)
    for name, shifts in (
        ("to all clips", to_all(clips)),
        ("to the clips of the other speakers", to_other_speakers(clips)),
        ("to the speaker's own clips", to_own_clips(clips)),
    ):
        yield row(name, clips.before, clips.after(shifts))
    everything = np.arange(len(clips.before))
    for count in (5, 10, 20, 50):
        yield drawn(clips, f"to {count} clips", (everything, count))
    neutral, others, angry = (
        np.flatnonzero(chosen)
        for chosen in (
            clips.of_emotion("neutral"),
            ~clips.of_emotion("neutral"),
            clips.of_emotion("angry"),
        )
    )
    for share in (0.5, 0.8, 1.0):
        count = round(40 * share)
        name = f"to 40 clips, {share:.0%} of them neutral"
        yield drawn(clips, name, (neutral, count), (others, 40 - count))
    yield drawn(clips, "to 40 clips, all angry", (angry, 40))


def to_all(clips: Clips) -> Shifts:
    """One shift, fitted to all clips."""
    return [clips.shift(np.arange(len(clips.before)))] * len(clips.before)


def to_other_speakers(clips: Clips) -> Shifts:
    """For the clips of each speaker, the shift fitted to those of all others."""
    shifts: Shifts = [None] * len(clips.before)
    for own in clips.speakers():
        fitted = clips.shift(~own)
        for index in np.flatnonzero(own):
            shifts[index] = fitted
    return shifts


def to_own_clips(clips: Clips) -> Shifts:
    """For the clips of each speaker with enough of them, the shift fitted to these."""
    shifts: Shifts = [None] * len(clips.before)
    for own in clips.speakers():
        if own.sum() >= LEAST_WINDOWS:
            fitted = clips.shift(own)
            for index in np.flatnonzero(own):
                shifts[index] = fitted
    return shifts


def drawn(clips: Clips, name: str, *pools: tuple[Rows, int]) -> str:
    """The mean over draws of so many clips from each pool, which the model is adapted to; scored on the rest."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(DRAWS):
        chosen = np.concatenate([rng.choice(rows, count, replace=False) for rows, count in pools])
        rest = np.setdiff1d(np.arange(len(clips.before)), chosen)
        after = clips.after([clips.shift(chosen)] * len(clips.before))
        found.append([*scores(after.select(rest)), scores(clips.before.select(rest))[0]])
    closed, neutral, error, everything, before = np.nanmean(found, 0)
    return (
        f"| {name} | {closed:.3f} | {closed - before:+.3f} | {neutral:.2f} | {error:.2f} | "
        f"{everything:.3f} |"
    )


def row(name: str, before: LabelledPredictions, after: LabelledPredictions) -> str:
    """A row with the difference to the predictions before."""
    closed, neutral, error, everything = scores(after)
    change = "-"
    if before is not after:
        first, second = (restricted(one) for one in (before, after))
        found = compare({"before": first, "after": second}).differences[0].estimates["uar"]
        bounds = found.interval
        change = f"{found.value:+.3f}"
        change += "" if bounds is None else f" ({bounds.low:+.3f} to {bounds.high:+.3f})"
    return f"| {name} | {closed:.3f} | {change} | {neutral:.2f} | {error:.2f} | {everything:.3f} |"


def scores(predictions: LabelledPredictions) -> tuple[float, float, float, float]:
    """UAR, recall of neutral and calibration error over the emotions of the clips, and UAR over all."""
    closed = restricted(predictions)
    neutral = np.nan
    if "neutral" in closed.labels:
        rows = closed.true == closed.labels.index("neutral")
        neutral = float(closed.correct[rows].mean())
    error = reliability(
        closed.confidence, closed.correct, closed.speakers, np.random.default_rng(0)
    ).error
    values = (
        float(uar(confusion(one.true, one.predicted, len(one.labels))))
        for one in (closed, predictions)
    )
    closed_uar, open_uar = values
    return closed_uar, neutral, error, open_uar


def restricted(predictions: LabelledPredictions) -> LabelledPredictions:
    """The predictions as if the model had no emotions but those of the clips."""
    labels = predictions.labels
    return predictions.restricted_to([labels.names[i] for i in np.unique(predictions.true)])


if __name__ == "__main__":
    main()
