"""The clips that several runs have in common, in one order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.predictions import LabelledPredictions


@dataclass(frozen=True, eq=False)
class SharedClips:
    """Predictions of the same clips in the same order.

    Parameters
    ----------
    runs : name of a run → its predictions of the shared clips.
    left_out : name of a run → number of its clips that another run lacks.
    """

    runs: Mapping[str, LabelledPredictions]
    left_out: Mapping[str, int]


def shared_clips(runs: Mapping[str, LabelledPredictions]) -> SharedClips:
    """The clips that all runs have, in the order of the first run, with its order of the emotions.

    Raises
    ------
    EvaluationError
        No shared clip, or runs that have different emotions or disagree on the
        speaker or the true emotion of a clip. Runs with different emotions are not reduced to the
        shared ones: a model that chooses among more emotions has another task.
    """
    (first, reference), *others = runs.items()
    for name, run in others:
        _require_same_emotions(name, run, first, reference)
    common = set(reference.ids).intersection(*(run.ids for _, run in others))
    if not common:
        raise EvaluationError(
            f"{', '.join(runs)} have no clip in common: compare runs whose test parts overlap, or "
            "cross-validations of the same corpus"
        )
    wanted = [clip for clip in reference.ids if clip in common]
    selected = {name: _selected(run, wanted, reference) for name, run in runs.items()}
    for name, run in selected.items():
        _require_same_truth(name, run, first, selected[first])
    return SharedClips(selected, {name: len(run) - len(wanted) for name, run in runs.items()})


def _selected(
    run: LabelledPredictions, clips: list[str], reference: LabelledPredictions
) -> LabelledPredictions:
    rows = {clip: row for row, clip in enumerate(run.ids)}
    chosen = run.select(np.array([rows[clip] for clip in clips], dtype=np.int64))
    if run.labels == reference.labels:
        return chosen
    return chosen.restricted_to(reference.labels.names)  # which only changes their order


def _require_same_emotions(
    name: str, run: LabelledPredictions, first: str, reference: LabelledPredictions
) -> None:
    own, other = set(run.labels), set(reference.labels)
    if own == other:
        return
    parts = (
        f"only {label}: {', '.join(sorted(emotions))}"
        for label, emotions in ((name, own - other), (first, other - own))
        if emotions
    )
    raise EvaluationError(
        f"{name} and {first} have different emotions ({'; '.join(parts)}): only runs with the same "
        "emotions can be compared. Train both with the same labels.merge and labels.exclude"
    )


def _require_same_truth(
    name: str, run: LabelledPredictions, first: str, reference: LabelledPredictions
) -> None:
    differ = (run.true != reference.true) | (
        np.array(run.speakers, dtype=object) != np.array(reference.speakers, dtype=object)
    )
    if differ.any():
        raise EvaluationError(
            f"{name} and {first} disagree on the speaker or the true emotion of {int(differ.sum())} "
            f"clips, first {reference.ids[int(differ.argmax())]}: score both on the same version of "
            "the corpus"
        )
