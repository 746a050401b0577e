"""Leave one corpus out: each corpus is the test part of a model that was trained on the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion_classifier.config import load_config
from emotion_classifier.corpora.splits import SplitConfig, WholeCorpusConfig
from emotion_classifier.errors import ConfigError, storage_errors
from emotion_classifier.evaluation.corpus_matrix import (
    CorpusMatrix,
    LeftOutCorpus,
    not_scored_warnings,
)
from emotion_classifier.evaluation.corpus_scores import MEASURES, corpus_scores
from emotion_classifier.evaluation.report.matrix_page import matrix_table, write_matrix
from emotion_classifier.evaluation.report.tables import closed_set_table
from emotion_classifier.experiments.cross_validation.folds import clips_added_later, run_name
from emotion_classifier.experiments.cross_validation.report_folder import (
    report_folder,
    write_report_settings,
)
from emotion_classifier.experiments.data.load import RunData, load_corpora, split_corpora
from emotion_classifier.experiments.evaluate.report_facts import report_origin, training_text
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.run import finished_run
from emotion_classifier.model_folder.folder import read_specification
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.rendering.tables import to_text
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.distributed.launch import launched_group, require_single_command


@dataclass(frozen=True, eq=False)
class LeaveOneCorpusOut:
    """A run for each corpus, and the matrix of their scores.

    `folder` is that of the common report, ``root/experiment/label-left-out-corpora``; see `report_folder`.
    """

    folder: Path
    runs: tuple[RunFolder, ...]
    matrix: CorpusMatrix


def leave_one_corpus_out(
    config: RunConfig | Path, *, root: Path = Path("runs"), progress: Report = ignore
) -> LeaveOneCorpusOut:
    """Train a model without each corpus, and score it on that corpus and on the test speakers of the others.

    The training and validation speakers of the others are those of their splits. Clips of emotions
    that no other corpus has are not scored: they are counted in a warning. A finished run of the
    same settings is not trained again, an interrupted one is continued.

    Parameters
    ----------
    config : settings, or the YAML file that holds them.
    root : of the runs, which are ``root/experiment/label-without-corpus``.
    progress : receives progress, messages and the tables of scores.

    Raises
    ------
    ConfigError
        There is one corpus only, or one shares no emotion with the others.
    SplitError
        The other corpora have no training or no validation part.
    RunError
        torchrun or SLURM has started this several times.
    """
    if isinstance(config, Path):
        config = load_config(RunConfig, config)
    require_single_command()
    if len(config.corpora) < 2:
        raise ConfigError(
            "corpora: there is 1, and leaving one corpus out needs at least 2: add a corpus, or "
            "cross-validate by speaker with a split of kind k_fold"
        )
    with launched_group(config.training):
        data = load_corpora(config, config.input.build(), progress)
        planned = [_plan(config, data, name, progress) for name in _names(data)]
        for plan in planned:  # every split is checked before the first training
            split_corpora(plan.data, plan.config)
        runs = tuple(finished_run(plan.config, plan.data, root, progress) for plan in planned)
    matrix = _matrix(config, planned, runs)
    # The settings name the corpora, and with them all runs.
    folder = report_folder(config, "left-out-corpora", runs, lambda _: (), root)
    _write(matrix, folder, runs, progress)
    write_report_settings(config, folder)
    return LeaveOneCorpusOut(folder, runs, matrix)


@dataclass(frozen=True)
class _Plan:
    """Settings and clips of the run without a corpus; for `not_scored` see `LeftOutCorpus`."""

    name: str
    config: RunConfig
    data: RunData
    not_scored: dict[str, int]


def _names(data: RunData) -> list[str]:
    return list(dict.fromkeys(u.corpus for u in data.utterances))


def _plan(config: RunConfig, data: RunData, name: str, progress: Report) -> _Plan:
    """The run without the corpus `name`; its emotions are those of the corpora that train.

    Raises
    ------
    ConfigError
        The corpus shares no emotion with these.
    """
    splits: dict[str, SplitConfig] = {**config.corpus_splits, name: WholeCorpusConfig(part="test")}
    tested = {
        corpus for corpus in _names(data) if _is_tested_whole(splits.get(corpus, config.split))
    }
    trained = {u.emotion for u in data.utterances if u.corpus not in tested}
    own = Counter(u.emotion for u in data.utterances if u.corpus == name)
    if trained.isdisjoint(own):
        raise ConfigError(
            f"{name} has {', '.join(sorted(own))}, the other corpora have "
            f"{', '.join(sorted(trained)) or 'no training part'}, and no emotion is common: map names "
            "with labels.merge, or leave the corpus out of corpora"
        )
    update = {
        "corpus_splits": splits,
        "label": run_name(f"{config.label}-without-{name}"),
    }
    config = config.of_fold(run_name(f"without-{name}")).model_copy(update=update)
    not_scored = {e: own[e] for e in data.labels if e in own and e not in trained}
    labels = tuple(emotion for emotion in data.labels if emotion in trained)
    if labels != data.labels.names:
        kept = config.labels.model_copy(update={"emotions": labels})
        config = config.model_copy(update={"labels": kept})
        data = load_corpora(config, config.input.build(), progress)  # clips come from the cache
    return _Plan(name, config, data, not_scored)


def _is_tested_whole(split: SplitConfig) -> bool:
    return isinstance(split, WholeCorpusConfig) and split.part == "test"


def _matrix(config: RunConfig, planned: Sequence[_Plan], runs: Sequence[RunFolder]) -> CorpusMatrix:
    specifications = [read_specification(run.model) for run in runs]
    rows = [
        LeftOutCorpus(
            plan.name,
            tuple(one.corpus for one in specification.training_data),
            plan.not_scored,
            corpus_scores(
                read_predictions(run.predictions), (), np.random.default_rng(config.seed)
            ),
        )
        for plan, run, specification in zip(planned, runs, specifications, strict=True)
    ]
    facts = {
        f"all but {plan.name}": f"{', '.join(one.emotions)}; trained on "
        f"{training_text(one.training_data)}"
        for plan, one in zip(planned, specifications, strict=True)
    }
    notes = dict.fromkeys(note for one in specifications for note in one.notes)
    data = [plan.data for plan in planned]
    splits = [plan.data.saved_split(run.split) for plan, run in zip(planned, runs, strict=True)]
    return CorpusMatrix(
        title=f"{config.experiment} / {config.label}, one corpus left out",
        warnings=(*notes, *clips_added_later(data, splits), *not_scored_warnings(rows)),
        facts=facts,
        origin=report_origin(config),
        rows=tuple(rows),
    )


def _write(matrix: CorpusMatrix, folder: Path, runs: Iterable[RunFolder], progress: Report) -> None:
    for table in (
        closed_set_table(matrix.own_scores),
        *(matrix_table(matrix, measure) for measure in MEASURES),
    ):
        progress(Progress(to_text(table)))
    for warning in matrix.warnings:
        progress(Progress(f"warning: {warning}"))
    with storage_errors(folder, "Choose another folder with --runs."):
        folder.mkdir(parents=True, exist_ok=True)
    links = {run.path.name: f"../{run.path.name}/report.html" for run in runs}
    write_matrix(matrix, folder, links)
