"""A linear support vector machine on standardised features, with scikit-learn.

One emotion against the rest, squared hinge loss, C = 1 / features. A standardised clip has a squared
norm of about the number of its features, so this is the default of SVMlight, 1 / mean(x·x): one rule
for 88 features and for 6,373, the same for every run. On the validation parts of RAVDESS's published
folds it is near the best of a grid; no run tunes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emotion_classifier.errors import MissingDependencyError

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
