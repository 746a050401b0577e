"""The classical baseline on a run's own split: openSMILE functionals and a linear SVM. Needs no torch.

It is fitted on the run's training part alone, like the network beside it. The temperature is fitted
on the validation part, and changes no prediction.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.array_cache import default_cache_folder
from emotion_classifier.corpora.splits import PARTS, Part, Split
from emotion_classifier.errors import MissingDependencyError, RunError
from emotion_classifier.evaluation.calibration import fit_temperature
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.experiments.baseline.opensmile import (
    MINIMUM_SECONDS,
    PREPARATION,
    FeatureSet,
    Functionals,
    FunctionalsCache,
)
from emotion_classifier.experiments.data.config import DataConfig
from emotion_classifier.experiments.data.load import RunData, TrainingPart, load_corpora
from emotion_classifier.experiments.evaluate.evaluate import label_predictions
from emotion_classifier.inference.emotion_model import softmax
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.runs.run_folder import RunFolder

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


Features = npt.NDArray[np.float32] | npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LinearSvm:
    """A fitted classifier.

    Parameters
    ----------
    pipeline : standardisation and SVM.
    emotions : (known,) indices of the emotions that have training clips, ascending.
    """

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
    """The baseline's predictions for the test part of one run.

    Parameters
    ----------
    run : with the split.
    config : corpora and emotions of the run.
    predictions : one row for each test clip.
    temperature : fitted on the validation part.
    training : the part that it was fitted on.
    """

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
    return FunctionalsCache(default_cache_folder(), feature_set).of_all(
        clips, progress=lambda done: progress(Progress(task=task, done=done, total=len(clips)))
    )
