"""Score a model on a part of its own run, or of other corpora. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from rich.console import Console

from emotion_classifier.config import parse_config, read_yaml
from emotion_classifier.corpora.splits import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import LabelError, RunError
from emotion_classifier.experiments.data.config import DataConfig
from emotion_classifier.experiments.data.load import RunData, load_corpora, split_corpora
from emotion_classifier.experiments.evaluate.evaluate import (
    Evaluation,
    evaluate_clips,
    write_evaluation,
)
from emotion_classifier.experiments.evaluate.misclassified import write_misclassified
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.runs.run_folder import RunFolder

PartOrAll = Literal["train", "validation", "test", "all"]


def score_on_run(
    path: Path, part: PartOrAll, output: Path | None, console: Console, *, misclassified: int = 0
) -> Evaluation:
    """Score the model of a run on a part of the run's own split.

    Parameters
    ----------
    output : folder for predictions and report; None writes none.
    misclassified : the most clips to copy there that the model got wrong.

    Raises
    ------
    RunError
        `path` is not the folder of a run.
    """
    folder = RunFolder(path)
    if not folder.config.is_file() or not folder.split.is_file():
        raise RunError(
            f"{path} is not the folder of a run, so it tells no corpus to score on: name one with "
            "--corpus KIND=PATH"
        )
    predictor = Predictor.load(path)
    config = saved_data_config(folder)
    data = load_corpora(config, predictor.model.input, console)
    split = Split.load(folder.split)
    evaluation = _score(predictor, data, split, part, config, console, own_run=True)
    _write(evaluation, output, misclassified, console)
    return evaluation


def saved_data_config(folder: RunFolder) -> DataConfig:
    """Corpora, emotions and parts of a run; what its settings say of the model is not read.

    Raises
    ------
    ConfigError
        The settings were altered and are wrong now.
    """
    written = read_yaml(folder.config).data
    selected = {name: written[name] for name in DataConfig.model_fields if name in written}
    return parse_config(DataConfig, selected, str(folder.config))


def score_on_corpora(
    model: Path,
    config: DataConfig,
    part: PartOrAll,
    output: Path | None,
    console: Console,
    *,
    misclassified: int = 0,
) -> Evaluation:
    """Score any model on a part of any corpora; clips of emotions it does not know are left out.

    Parameters
    ----------
    output, misclassified : as in `score_on_run`.

    Raises
    ------
    LabelError
        The corpora hold no emotion of the model.
    """
    predictor = Predictor.load(model)
    data = load_corpora(config, predictor.model.input, console)
    split = Split({}) if part == "all" else split_corpora(data, config)
    evaluation = _score(predictor, data, split, part, config, console, own_run=False)
    _write(evaluation, output, misclassified, console)
    return evaluation


def _score(
    predictor: Predictor,
    data: RunData,
    split: Split,
    part: PartOrAll,
    config: DataConfig,
    console: Console,
    *,
    own_run: bool,
) -> Evaluation:
    for account in data.accounts:
        for line in account.lines():
            console.print(line)
    clips = list(data.utterances) if part == "all" else data.part(split, part)
    return evaluate_clips(
        predictor,
        known_clips(clips, predictor.labels, console),
        title=f"{predictor.specification.name} on {_described(data, part)}",
        training=data.training_part(split) if own_run else None,
        warnings=_seen_warnings(predictor, data, part, own_run=own_run),
        seed=config.seed,
        console=console,
    )


def _write(evaluation: Evaluation, output: Path | None, most: int, console: Console) -> None:
    write_evaluation(evaluation, output, console)
    if output is not None and most:
        title = evaluation.report.title
        index = write_misclassified(evaluation.scored, output / "misclassified", most, title)
        console.print(f"misclassified clips: {index}")


def _described(data: RunData, part: PartOrAll) -> str:
    corpora = ", ".join(sorted({u.corpus for u in data.utterances}))
    return f"{corpora} ({'all clips' if part == 'all' else part + ' part'})"


def known_clips(clips: list[Utterance], labels: LabelSet, console: Console) -> list[Utterance]:
    """The clips whose emotions a model knows; what is left out is told.

    Raises
    ------
    LabelError
        There is none.
    """
    known = [u for u in clips if u.emotion in labels]
    unknown = sorted({u.emotion for u in clips} - set(labels))
    if not known:
        raise LabelError(
            f"the clips hold {', '.join(unknown) or 'nothing'}, the model knows {', '.join(labels)}: "
            "map names with labels.merge, or choose another model"
        )
    if unknown:
        console.print(
            f"left out: {len(clips) - len(known)} clips of {', '.join(unknown)}, which the model "
            "does not know"
        )
    return known


def _seen_warnings(
    predictor: Predictor, data: RunData, part: PartOrAll, *, own_run: bool
) -> Iterable[str]:
    """What makes the score too good: clips that the model may have been trained on."""
    if own_run:
        if part != "test":
            yield f"These clips are the {part} part of the model's own run: the score is too good."
        return
    seen = {data.corpus for data in predictor.specification.all_training_data}
    for corpus in sorted(seen & {u.corpus for u in data.utterances}):
        yield (
            f"The model was trained on {corpus}: speakers of its training part may be among these "
            "clips, and the score is then too good. Score the run itself for its unseen speakers."
        )
