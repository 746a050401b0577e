"""Readiness: a clip inside the package is predicted as it should be, and predictions do not keep failing."""

from __future__ import annotations

import threading
from functools import cache

import numpy as np

from emotion_classifier.audio.io import read_audio, wav_content
from emotion_classifier.audio.isolated.decoder import IsolatedAudio
from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.errors import EmotionClassifierError
from emotion_classifier.inference.predictor import Predictor

MOST_FAILURES = 3
"""Predictions that fail one after the other from which on the service is not ready."""
_TOLERANCE = 1e-4
_RATE = 16_000


@cache
def built_in_clip() -> bytes:
    """A synthetic sentence as WAV, always the same."""
    generator = np.random.default_rng(0)
    speaker = ToySpeaker.draw("female", generator)
    return wav_content(synthesise(speaker, "happy", TOY_SENTENCES[0], generator, _RATE), _RATE)


class Readiness:
    """Whether the service can predict; all methods are thread-safe.

    Ready from the first `check` that succeeds; not ready after several failures one after the other, until
    a check succeeds again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._problem: str | None = "the service is starting"

    @property
    def problem(self) -> str | None:
        """Why the service is not ready; None where it is."""
        return self._problem

    def check(self, predictor: Predictor) -> bool:
        """Whether the clip is predicted as it should be; see `clip_problem`."""
        problem = clip_problem(predictor)
        with self._lock:
            self._problem = problem
            self._failures = 0 if problem is None else MOST_FAILURES
        return problem is None

    def stop(self) -> None:
        """From now on the service is not ready."""
        self._problem = "the service is being stopped"

    def add(self, *, failed: bool) -> None:
        """Count a prediction; an error of the recording is no failure."""
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            if self._failures >= MOST_FAILURES and self._problem is None:
                self._problem = f"{self._failures} predictions failed one after the other"


def clip_problem(predictor: Predictor) -> str | None:
    """What is wrong with the prediction of the built-in clip; None where it is correct.

    Decoded by the decoding process and in this one, it must have the same probabilities, which are finite and
    sum to one, and it must have speech.
    """
    content = built_in_clip()
    try:
        found = predictor.predict(IsolatedAudio(content, threading.Event()))
        expected = predictor.predict(read_audio(content))
    except EmotionClassifierError as error:
        return f"the built-in clip cannot be predicted: {error}"
    except Exception as error:  # whatever a broken model or library raises: not ready, and why
        return f"the built-in clip cannot be predicted: {type(error).__name__}: {error}"
    if not found.has_speech:
        return "the built-in clip has speech, and none was detected"
    if not abs(float(found.probabilities.sum()) - 1.0) < _TOLERANCE:
        return "the probabilities of the built-in clip do not sum to one"
    if not np.allclose(found.probabilities, expected.probabilities, atol=_TOLERANCE):
        return "the built-in clip has other probabilities through the decoding process"
    return None
