"""Reports of the classical baseline beside runs, and the difference to each run's model. No torch."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from emotion_classifier.errors import RunError
from emotion_classifier.evaluation.baselines import TrivialBaseline, pool_folds, trivial_baselines
from emotion_classifier.evaluation.comparison import compare
from emotion_classifier.evaluation.metrics import confusion, uar
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.report.report import make_report
from emotion_classifier.evaluation.report.tables import difference_table, percent
from emotion_classifier.experiments.baseline.linear_svm import require_scikit_learn
from emotion_classifier.experiments.baseline.opensmile import (
    COUNTS,
    LICENCE,
    SAMPLE_RATE,
    TITLES,
    FeatureSet,
    opensmile_version,
)
from emotion_classifier.experiments.baseline.opensmile_svm import (
    BaselineResult,
    evaluate_baseline,
)
from emotion_classifier.experiments.data.config import DataConfig
from emotion_classifier.experiments.evaluate.evaluate import (
    Evaluation,
    training_text,
    write_evaluation,
)
from emotion_classifier.experiments.evaluate.evaluate_model import saved_data_config
from emotion_classifier.rendering.tables import to_rich
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder

_FOLD = re.compile(r"(?P<label>.+)-fold\d+(-\d+)?")


def add_baselines(runs: Sequence[Path], feature_set: FeatureSet, console: Console) -> list[Path]:
    """Train and score the baseline on the split of each run, and compare it with the run's model.

    Its report goes into ``RUN/baseline-<feature set>``. Folds of one cross-validation
    (``label-fold1``, …), where several are given, also get one on all their test parts, in
    ``label-folds/baseline-<feature set>``.

    Returns
    -------
    The folders that were written.

    Raises
    ------
    RunError
        A path is not the folder of a run, or its clips are no longer there.
    MissingDependencyError
        openSMILE or scikit-learn is not installed.
    """
    opensmile_version()
    require_scikit_learn()
    opened = [_open(path) for path in dict.fromkeys(runs)]
    console.print(f"licence: {LICENCE}")
    answers, folders = [], []
    for run, config in opened:
        console.print(f"run: {run.path}")
        answers.append(evaluate_baseline(run, config, feature_set, console))
        folders.append(_write(answers[-1:], run.path, feature_set, console))
    if common := _common_folder([run.path for run, _ in opened]):
        console.print(f"all folds: {common}")
        folders.append(_write(answers, common, feature_set, console))
    return folders


def _open(path: Path) -> tuple[RunFolder, DataConfig]:
    folder = RunFolder(path)
    if folder.config.is_file() and folder.split.is_file():
        return folder, saved_data_config(folder)
    remedy = "give runs/<experiment>/<label>"
    if path.name.endswith("-folds"):
        remedy = f"give the runs of its folds, {str(path).removesuffix('s')}[0-9]*"
    raise RunError(
        f"{path} is not the folder of a run (it needs {folder.config.name} and "
        f"{folder.split.name}): {remedy}"
    )


def _common_folder(runs: Sequence[Path]) -> Path | None:
    """The folder of the common report, where several runs are folds of one cross-validation."""
    matches = [_FOLD.fullmatch(path.name) for path in runs]
    labels = {
        path.parent / match["label"] if match else None
        for path, match in zip(runs, matches, strict=True)
    }
    label = labels.pop()
    if len(runs) < 2 or labels or label is None:
        return None
    return label.with_name(f"{label.name}-folds")


def _write(
    answers: Sequence[BaselineResult], beside: Path, feature_set: FeatureSet, console: Console
) -> Path:
    """Report and comparison of one run, or of all folds together; gives the report's folder."""
    scored = concatenate([one.scored for one in answers])
    report = make_report(
        scored,
        title=f"{TITLES[feature_set]} functionals and a linear SVM, beside {beside.name}",
        trivial=_trivial_baselines(answers),
        target=answers[0].config.target,
        facts={**_facts(feature_set), **_training_facts(answers)},
        warnings=tuple(dict.fromkeys(w for one in answers for w in one.training.warnings)),
        seed=answers[0].config.seed,
    )
    folder = beside / f"baseline-{feature_set}"
    write_evaluation(Evaluation(scored, (), report), folder, console)
    _compare(answers, scored, beside.name, feature_set, console)
    return folder


def _trivial_baselines(answers: Sequence[BaselineResult]) -> tuple[TrivialBaseline, ...]:
    folds = [
        trivial_baselines(one.scored, one.training.emotions, one.training.durations_seconds)
        for one in answers
    ]
    return folds[0] if len(folds) == 1 else pool_folds(folds)


def _facts(feature_set: FeatureSet) -> Mapping[str, object]:
    features = f"{COUNTS[feature_set]:,} functionals of {TITLES[feature_set]}"
    return {
        "features": f"{features}, openSMILE {opensmile_version()}, {SAMPLE_RATE} Hz, not trimmed",
        "classifier": "linear SVM, one emotion against the rest, squared hinge, C = 1 / features",
        "licence of openSMILE": LICENCE,
    }


def _training_facts(answers: Sequence[BaselineResult]) -> Mapping[str, object]:
    if len(answers) == 1:
        (one,) = answers
        trained_on = training_text(one.training.data)
        return {"trained on": trained_on, "temperature": one.temperature}
    return {
        **{one.run.path.name: f"UAR {percent(_uar(one.scored))}" for one in answers},
        "mean of the folds": f"UAR {percent(float(np.mean([_uar(a.scored) for a in answers])))}",
    }


def _uar(scored: LabelledPredictions) -> float:
    return float(uar(confusion(scored.true, scored.predicted, len(scored.labels))))


def _compare(
    answers: Sequence[BaselineResult],
    scored: LabelledPredictions,
    beside: str,
    feature_set: FeatureSet,
    console: Console,
) -> None:
    """Print how much better the run's own model is, paired on the same clips."""
    files = [one.run.predictions for one in answers]
    if waiting := [file for file in files if not file.is_file()]:
        console.print(f"no comparison: {waiting[0]} is not there yet")
        return
    own = concatenate([read_predictions(file) for file in files])
    comparison = compare({TITLES[feature_set]: scored, beside: own}, seed=answers[0].config.seed)
    console.print(to_rich(difference_table(comparison.differences)))
