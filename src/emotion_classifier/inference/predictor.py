"""The way from a recording to its emotion: the same for users, tests and reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.preparation import PreparedClip
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.runtime import OnnxRuntime
from emotion_classifier.models.folder import GRAPH, find_model_folder, read_specification
from emotion_classifier.models.input import ModelInput
from emotion_classifier.models.specification import ModelSpecification

_BATCH = 16


class Predictor:
    """A model folder, ready to answer.

    Parameters
    ----------
    runtime : gives logits.
    specification : of the model.
    """

    def __init__(self, runtime: OnnxRuntime, specification: ModelSpecification) -> None:
        self.specification = specification
        self.labels: LabelSet = specification.labels
        self.input: ModelInput = specification.input.build()
        self._runtime = runtime

    @classmethod
    def load(cls, path: Path | str, *, threads: int = 0) -> Predictor:
        """The predictor of a model folder, or of the run folder around it.

        Raises
        ------
        ModelFolderError
            The folder is missing, incomplete or altered.
        """
        folder = find_model_folder(Path(path))
        specification = read_specification(folder)
        return cls(OnnxRuntime(folder / GRAPH, threads=threads), specification)

    def predict(self, recording: Path | str | Waveform) -> Prediction:
        """The emotion of one recording: a file, or a waveform in memory.

        Raises
        ------
        AudioError
            The recording cannot be decoded, is silent or too short.
        """
        (answer,) = self.predict_many([recording])
        if isinstance(answer, AudioError):
            raise answer
        return answer

    def predict_many(
        self, recordings: Iterable[Path | str | Waveform]
    ) -> Iterator[Prediction | AudioError]:
        """An answer for each recording in turn; what cannot be used is answered by its error."""
        batch: list[PreparedClip | AudioError] = []
        for recording in recordings:
            batch.append(self._prepare(recording))
            if len(batch) == _BATCH:
                yield from self._answer(batch)
                batch = []
        yield from self._answer(batch)

    def logits(self, clips: list[Samples]) -> npt.NDArray[np.float32]:
        """Logits (clip, emotion) of prepared waveforms (sample,), before the temperature."""
        waveforms, lengths = self.input.batch([self.input.centre(clip) for clip in clips])
        return self._runtime.logits(waveforms, lengths)

    def _prepare(self, recording: Path | str | Waveform) -> PreparedClip | AudioError:
        try:
            if isinstance(recording, Waveform):
                clip = PreparedClip(
                    samples=self.input.preparation.apply(recording),
                    duration_seconds=recording.duration_seconds,
                    source_rate=recording.sample_rate,
                    source_channels=recording.samples.shape[0],
                )
                path = None
            else:
                path = Path(recording)
                clip = self.input.preparation.load(path)
            self.input.check_long_enough(len(clip.samples), path)
        except AudioError as error:
            return error
        return clip

    def _answer(self, batch: list[PreparedClip | AudioError]) -> Iterator[Prediction | AudioError]:
        clips = [clip for clip in batch if isinstance(clip, PreparedClip)]
        probabilities = iter(
            softmax(self.logits([c.samples for c in clips]) / self.specification.temperature)
            if clips
            else ()
        )
        for clip in batch:
            if isinstance(clip, AudioError):
                yield clip
            else:
                yield Prediction(self.labels, next(probabilities), clip.duration_seconds)


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Probabilities (..., emotion) of `logits` (..., emotion)."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    result: npt.NDArray[np.float32] = powers / powers.sum(-1, keepdims=True)
    return result
