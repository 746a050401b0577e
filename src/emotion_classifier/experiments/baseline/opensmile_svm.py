"""The classical baseline beside runs, on their own splits: openSMILE functionals and a linear SVM. No torch.

It is fitted on the run's training part alone, like the network beside it. The temperature is fitted
on the validation part, and changes no prediction.

The SVM: one emotion against the rest, squared hinge loss, C = 1 / features. A standardised clip has a
squared norm of about the number of its features, so this is the default of SVMlight, 1 / mean(x·x): one
rule for 88 features and for 6,373, the same for every run. On the validation parts of RAVDESS's
published folds it is near the best of a grid; no run tunes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.array_cache import default_cache_folder
from emotion_classifier.corpora.splits import PARTS, Part, Split
from emotion_classifier.errors import MissingDependencyError, RunError
from emotion_classifier.evaluation.baselines import TrivialBaseline, pool_folds, trivial_baselines
from emotion_classifier.evaluation.calibration import fit_temperature
from emotion_classifier.evaluation.fold_scores import FoldScores, fold_scores
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.report.comparison_page import write_comparison
from emotion_classifier.evaluation.report.comparison_tables import difference_table, mcnemar_table
from emotion_classifier.evaluation.report.report import make_report
from emotion_classifier.experiments.baseline.opensmile import (
    COUNTS,
    LICENCE,
    MINIMUM_SECONDS,
    PREPARATION,
    SAMPLE_RATE,
    TITLES,
    FeatureSet,
    Functionals,
    cached_functionals,
    opensmile_version,
)
from emotion_classifier.experiments.compare.compare import compare_runs
from emotion_classifier.experiments.compare.efficiency import read_efficiency
from emotion_classifier.experiments.compare.runs import ComparedRun
from emotion_classifier.experiments.data.load import (
    DataConfig,
    RunData,
    TrainingPart,
    load_corpora,
    saved_data_config,
)
from emotion_classifier.experiments.evaluate.evaluate import (
    Evaluation,
    label_predictions,
    write_evaluation,
)
from emotion_classifier.experiments.evaluate.report_facts import report_origin, training_text
from emotion_classifier.inference.emotion_model import softmax
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.rendering.tables import to_text
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


Features = npt.NDArray[np.float32] | npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LinearSvm:
    """Fitted standardisation and SVM, with the ascending indices of emotions that have clips."""

    pipeline: Pipeline
    emotions: npt.NDArray[np.int64]

    def logits(self, features: Features, emotions: int) -> npt.NDArray[np.float64]:
        """Signed distances ``(clip, emotion)`` from the plane of each emotion.

        Emotions without a training clip are below all others: they are never predicted.

        Parameters
        ----------
        features : (clip, feature).
        emotions : their number.
        """
        if not len(features):  # which scikit-learn refuses
            return np.empty((0, emotions))
        known = self.pipeline.decision_function(features.astype(np.float64))
        if known.ndim == 1:  # of two classes scikit-learn keeps the plane of the second only
            known = np.stack([-known, known], axis=1)
        logits = np.repeat(known.min(axis=1, keepdims=True) - 1.0, emotions, axis=1)
        logits[:, self.emotions] = known
        return logits


def fit_linear_svm(features: Features, emotions: npt.NDArray[np.int64]) -> LinearSvm:
    """The SVM fitted to training clips; deterministic.

    Parameters
    ----------
    features : (clip, feature).
    emotions : (clip,) indices, at least two different.

    Raises
    ------
    MissingDependencyError
        scikit-learn is not installed.
    """
    require_scikit_learn()
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    # The seed orders the steps of the solver, which converges to one solution.
    svm = LinearSVC(C=1 / features.shape[1], random_state=0)
    pipeline = make_pipeline(StandardScaler(), svm).fit(features.astype(np.float64), emotions)
    return LinearSvm(pipeline, svm.classes_)


def require_scikit_learn() -> None:
    """Raise `MissingDependencyError` where scikit-learn is not installed."""
    if find_spec("sklearn") is None:
        raise MissingDependencyError("sklearn", "baseline", "the classical baseline")


# As published baselines do: no trimming of silence, no cropping.
_INPUT = ModelInput(
    PREPARATION,
    seconds=PREPARATION.maximum_seconds,
    mask_padding=True,
    minimum_seconds=MINIMUM_SECONDS,
)


@dataclass(frozen=True, eq=False)
class BaselineResult:
    """The baseline's predictions for the test part of one run."""

    run: RunFolder
    config: DataConfig
    predictions: LabelledPredictions
    temperature: float
    training: TrainingPart


def evaluate_baseline(
    run: RunFolder, config: DataConfig, feature_set: FeatureSet, progress: Report = ignore
) -> BaselineResult:
    """Fit the baseline on the training part of a run, and predict its test part.

    Raises
    ------
    RunError
        Clips of the run's split cannot be used any more, or its training part holds one emotion.
    """
    data = load_corpora(config, _INPUT, progress)
    split = data.saved_split(run.split)
    features = {part: _functionals(data, split, part, feature_set, progress) for part in PARTS}
    svm = _fit(data, split, features["train"], run)
    emotions = len(data.labels)
    temperature = fit_temperature(
        list(svm.logits(features["validation"], emotions)[:, np.newaxis]),
        data.targets(data.part(split, "validation")),
    )
    logits = (svm.logits(features["test"], emotions) / temperature).astype(np.float32)
    test = data.part(split, "test")
    durations = np.array([data.clips[u.id].duration_seconds for u in test])
    predictions = label_predictions(data.labels, test, durations, softmax(logits))
    return BaselineResult(run, config, predictions, temperature, data.training_part(split))


def _fit(data: RunData, split: Split, features: Functionals, run: RunFolder) -> LinearSvm:
    """The SVM; where votes are the target, a clip counts for the emotion with the most."""
    emotions: npt.NDArray[np.int64] = data.targets(data.part(split, "train")).argmax(axis=1)
    if len(set(emotions.tolist())) < 2:
        raise RunError(
            f"the training part of {run.split} holds fewer than two emotions, and a classifier "
            "needs two: start a run with another split"
        )
    return fit_linear_svm(features, emotions)


def _functionals(
    data: RunData, split: Split, part: Part, feature_set: FeatureSet, progress: Report
) -> Functionals:
    clips = [data.clips[u.id] for u in data.part(split, part)]
    task = f"openSMILE, {part} part"
    return cached_functionals(
        clips,
        feature_set,
        default_cache_folder(),
        progress=lambda done: progress(Progress(task=task, done=done, total=len(clips))),
    )


_FOLD = re.compile(r"(?P<label>.+)-fold\d+(-\d+)?")
_SPEAKER = re.compile(r"(?P<label>.+?)-speaker-.+")


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
    names = [path.name for path in runs]
    matches = [_FOLD.fullmatch(name) or _SPEAKER.fullmatch(name) for name in names]
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
        origin=report_origin(results[0].config),
        warnings=tuple(dict.fromkeys(w for one in results for w in one.training.warnings)),
        folds=_fold_scores(results),
        seed=results[0].config.seed,
    )
    folder = beside / f"baseline-{feature_set}"
    write_evaluation(Evaluation(predictions, (), report), folder, progress)
    _compare(results, ComparedRun(TITLES[feature_set], predictions), beside, folder, progress)
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
    return {}


def _fold_scores(results: Sequence[BaselineResult]) -> FoldScores | None:
    if len(results) == 1:
        return None
    folds = {one.run.path.name: [one.predictions] for one in results}
    runs = {name: [name] for name in folds}
    return fold_scores(folds, runs, np.random.default_rng(results[0].config.seed))


def _compare(
    results: Sequence[BaselineResult],
    baseline: ComparedRun,
    beside: Path,
    folder: Path,
    progress: Report,
) -> None:
    """Compare the run's own model with the baseline, and write the comparison into `folder`."""
    files = [one.run.predictions for one in results]
    if missing := [file for file in files if not file.is_file()]:
        progress(Progress(f"no comparison: {missing[0]} is not there yet"))
        return
    predictions = concatenate([read_predictions(file) for file in files])
    own = ComparedRun(beside.name, predictions, read_efficiency(beside), beside)
    config = results[0].config
    report = compare_runs([baseline, own], origin=report_origin(config), seed=config.seed)
    for warning in report.warnings:
        progress(Progress(f"warning: {warning}"))
    for make_table in (difference_table, mcnemar_table):
        progress(Progress(to_text(make_table(report.differences))))
    write_comparison(report, folder)
    progress(Progress(f"comparison: {folder / 'comparison.html'}"))
