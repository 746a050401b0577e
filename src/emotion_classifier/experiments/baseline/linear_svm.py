"""A linear support vector machine on standardised features, with scikit-learn.

One emotion against the rest, squared hinge loss, C = 1 / features. A standardised clip has a squared
norm of about the number of its features, so this is the default of SVMlight, 1 / mean(x·x): one rule
for 88 features and for 6,373, the same for every run. On the validation parts of RAVDESS's published
folds it is near the best of a grid; no run tunes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt

from emotion_classifier.errors import MissingDependencyError

Features = npt.NDArray[np.float32] | npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LinearSvm:
    """A fitted classifier.

    Parameters
    ----------
    mean, deviation : (feature,) of the training clips; the deviation is never zero.
    emotions : (known,) indices of the emotions that have training clips, ascending.
    weights, offsets : (known, feature) and (known,).
    """

    mean: npt.NDArray[np.float64]
    deviation: npt.NDArray[np.float64]
    emotions: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    offsets: npt.NDArray[np.float64]

    def logits(self, features: Features, emotions: int) -> npt.NDArray[np.float64]:
        """Signed distances ``(clip, emotion)`` from the plane of each emotion.

        Emotions without a training clip are below all others: they are never predicted.

        Parameters
        ----------
        features : (clip, feature).
        emotions : their number.
        """
        known = ((features - self.mean) / self.deviation) @ self.weights.T + self.offsets
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
    from sklearn.svm import LinearSVC

    mean, deviation = (
        features.mean(axis=0, dtype=np.float64),
        features.std(axis=0, dtype=np.float64),
    )
    deviation[deviation == 0] = 1.0
    # The seed orders the steps of the solver, which converges to one solution.
    svm = LinearSVC(C=1 / features.shape[1], random_state=0)
    svm.fit((features - mean) / deviation, emotions)
    weights, offsets = svm.coef_, svm.intercept_
    if len(svm.classes_) == 2:  # scikit-learn keeps the plane of the second class only
        weights, offsets = np.concatenate([-weights, weights]), np.concatenate([-offsets, offsets])
    return LinearSvm(mean, deviation, svm.classes_, weights, offsets)


def require_scikit_learn() -> None:
    """Raise `MissingDependencyError` where scikit-learn is not installed."""
    if find_spec("sklearn") is None:
        raise MissingDependencyError("sklearn", "baseline", "the classical baseline")
