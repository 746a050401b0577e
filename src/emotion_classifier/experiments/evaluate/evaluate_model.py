"""Evaluation of a saved model on a part of its own run, or of other corpora. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from emotion_classifier.corpora.splits import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import LabelError
from emotion_classifier.experiments.data.config import DataConfig, saved_data_config
from emotion_classifier.experiments.data.load import RunData, load_corpora, split_corpora
from emotion_classifier.experiments.evaluate.evaluate import (
    Evaluation,
    evaluate_clips,
    write_evaluation,
)
from emotion_classifier.experiments.evaluate.misclassified import write_misclassified
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.runs.run_folder import RunFolder

PartOrAll = Literal["train", "validation", "test", "all"]
_NO_RUN = "name a corpus to evaluate on with --corpus KIND=PATH"


def evaluate(
    model: Path | str,
    data: DataConfig | None = None,
    *,
    part: PartOrAll = "test",
    output: Path | None = None,
    misclassified: int = 0,
    progress: Report = ignore,
) -> Evaluation:
    """The scores of a saved model on a part of its own run, or of other corpora.

    Clips of emotions that the model lacks are left out.

    Parameters
    ----------
    model : a run or model folder, or the name of a bundled model.
    data : corpora and how they are split; None takes those of the run, with the split it saved.
    part : of the corpora to predict; ``all`` takes every clip.
    output : folder for predictions and report; None writes none.
    misclassified : at most so many misclassified clips are copied into `output`.
    progress : receives progress, messages and the tables of scores.

    Raises
    ------
    RunError
        `data` is None and `model` is not the folder of a run.
    LabelError
        The clips have no emotion of the model.
    """
    run = RunFolder.open(Path(model), _NO_RUN) if data is None else None
    config = saved_data_config(run) if run is not None else data
    assert config is not None
    predictor = Predictor.load(model)
    loaded = load_corpora(config, predictor.model.input, progress)
    split = Split({})
    if run is not None:
        split = loaded.saved_split(run.split)
    elif part != "all":
        split = split_corpora(loaded, config)
    for account in loaded.accounts:
        progress(Progress("\n".join(account)))
    clips = loaded.utterances if part == "all" else loaded.part(split, part)
    evaluation = evaluate_clips(
        predictor,
        known_clips(clips, predictor.labels, progress),
        title=f"{predictor.specification.name} on {_description(loaded, part)}",
        training=loaded.training_part(split) if run is not None else None,
        warnings=_seen_warnings(predictor, loaded, part, own_run=run is not None),
        seed=config.seed,
        progress=progress,
    )
    write_evaluation(evaluation, output, progress)
    if output is not None and misclassified:
        title = evaluation.report.title
        index = write_misclassified(
            evaluation.predictions, output / "misclassified", misclassified, title
        )
        progress(Progress(f"misclassified clips: {index}"))
    return evaluation


def known_clips(
    clips: Sequence[Utterance], labels: LabelSet, progress: Report = ignore
) -> list[Utterance]:
    """The clips with emotions of a model; the others are reported.

    Raises
    ------
    LabelError
        There are none.
    """
    known = [u for u in clips if u.emotion in labels]
    unknown = sorted({u.emotion for u in clips} - set(labels))
    if not known:
        raise LabelError(
            f"the clips hold {', '.join(unknown) or 'nothing'}, the model predicts {', '.join(labels)}: "
            "map names with labels.merge, or choose another model"
        )
    if unknown:
        progress(
            Progress(
                f"left out: {len(clips) - len(known)} clips of {', '.join(unknown)}, which the "
                "model lacks"
            )
        )
    return known


def _description(data: RunData, part: PartOrAll) -> str:
    corpora = ", ".join(sorted({u.corpus for u in data.utterances}))
    return f"{corpora} ({'all clips' if part == 'all' else part + ' part'})"


def _seen_warnings(
    predictor: Predictor, data: RunData, part: PartOrAll, *, own_run: bool
) -> Iterable[str]:
    """Warnings where the model may have been trained on these clips."""
    if own_run:
        if part != "test":
            yield f"These clips are the {part} part of the model's own run: the score is too good."
        return
    seen = {one.corpus for one in predictor.specification.all_training_data}
    for corpus in sorted(seen & {u.corpus for u in data.utterances}):
        yield (
            f"The model was trained on {corpus}: speakers of its training part may be among these "
            "clips, and the score is then too good. Evaluate the run itself on its unseen speakers."
        )
