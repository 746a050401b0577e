"""Reports of the classical baseline beside runs, and the difference to each run's model. No torch."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from emotion_classifier.evaluation.baselines import TrivialBaseline, pool_folds, trivial_baselines
from emotion_classifier.evaluation.comparison import compare
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.report.report import make_report
from emotion_classifier.evaluation.report.tables import difference_table
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
    require_scikit_learn,
)
from emotion_classifier.experiments.data.config import DataConfig, saved_data_config
from emotion_classifier.experiments.evaluate.evaluate import (
    Evaluation,
    fold_facts,
    training_text,
    write_evaluation,
)
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.rendering.tables import to_text
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder

_FOLD = re.compile(r"(?P<label>.+)-fold\d+(-\d+)?")


def add_baselines(
    runs: Sequence[Path], feature_set: FeatureSet, progress: Report = ignore
) -> list[Path]:
    """Fit and evaluate the baseline on the split of each run, and compare it with the run's model.

    Its report goes into ``RUN/baseline-<feature set>``. Several folds of one cross-validation
    (``label-fold1``, …) also get one on all their test parts, in
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
    progress(Progress(f"licence: {LICENCE}"))
    results, folders = [], []
    for run, config in opened:
        progress(Progress(f"run: {run.path}"))
        results.append(evaluate_baseline(run, config, feature_set, progress))
        folders.append(_write(results[-1:], run.path, feature_set, progress))
    if common := _common_folder([run.path for run, _ in opened]):
        progress(Progress(f"all folds: {common}"))
        folders.append(_write(results, common, feature_set, progress))
    return folders


def _open(path: Path) -> tuple[RunFolder, DataConfig]:
    remedy = "give runs/<experiment>/<label>"
    if path.name.endswith("-folds"):
        remedy = f"give the runs of its folds, {str(path).removesuffix('s')}[0-9]*"
    folder = RunFolder.open(path, remedy)
    return folder, saved_data_config(folder)


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
    results: Sequence[BaselineResult], beside: Path, feature_set: FeatureSet, progress: Report
) -> Path:
    """The folder of the report on one run, or on all folds together."""
    predictions = concatenate([one.predictions for one in results])
    report = make_report(
        predictions,
        title=f"{TITLES[feature_set]} functionals and a linear SVM, beside {beside.name}",
        trivial=_trivial_baselines(results),
        target=results[0].config.target,
        facts={**_facts(feature_set), **_training_facts(results)},
        warnings=tuple(dict.fromkeys(w for one in results for w in one.training.warnings)),
        seed=results[0].config.seed,
    )
    folder = beside / f"baseline-{feature_set}"
    write_evaluation(Evaluation(predictions, (), report), folder, progress)
    _compare(results, predictions, beside.name, feature_set, progress)
    return folder


def _trivial_baselines(results: Sequence[BaselineResult]) -> tuple[TrivialBaseline, ...]:
    folds = [
        trivial_baselines(one.predictions, one.training.emotions, one.training.durations_seconds)
        for one in results
    ]
    return folds[0] if len(folds) == 1 else pool_folds(folds)


def _facts(feature_set: FeatureSet) -> Mapping[str, object]:
    features = f"{COUNTS[feature_set]:,} functionals of {TITLES[feature_set]}"
    return {
        "features": f"{features}, openSMILE {opensmile_version()}, {SAMPLE_RATE} Hz, not trimmed",
        "classifier": "linear SVM, one emotion against the rest, squared hinge, C = 1 / features",
        "licence of openSMILE": LICENCE,
    }


def _training_facts(results: Sequence[BaselineResult]) -> Mapping[str, object]:
    if len(results) == 1:
        (one,) = results
        return {"trained on": training_text(one.training.data), "temperature": one.temperature}
    return fold_facts({one.run.path.name: one.predictions for one in results})


def _compare(
    results: Sequence[BaselineResult],
    predictions: LabelledPredictions,
    beside: str,
    feature_set: FeatureSet,
    progress: Report,
) -> None:
    """Report how much better the run's own model is, paired on the same clips."""
    files = [one.run.predictions for one in results]
    if missing := [file for file in files if not file.is_file()]:
        progress(Progress(f"no comparison: {missing[0]} is not there yet"))
        return
    own = concatenate([read_predictions(file) for file in files])
    comparison = compare(
        {TITLES[feature_set]: predictions, beside: own}, seed=results[0].config.seed
    )
    progress(Progress(to_text(difference_table(comparison.differences))))
