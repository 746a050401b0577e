"""The way from a recording to its emotion: the same for users, tests and reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.preparation import PreparedClip
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.bundled import model_folder
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.model_folder.folder import graph_file, read_specification
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.model_folder.speaker_statistics import ClipStatistics, pool_by_speaker
from emotion_classifier.model_folder.specification import ModelSpecification

_BATCH = 16

Item = TypeVar("Item")


class _Heard(NamedTuple):
    """A clip, with the statistics (2, feature) of its speaker where they are known and wanted."""

    clip: PreparedClip
    statistics: npt.NDArray[np.float32] | None


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
    def load(cls, model: Path | str | None = None, *, threads: int = 0) -> Predictor:
        """The predictor of a model folder, of the run folder around it, or of a bundled model.

        Parameters
        ----------
        model : a folder, or the name of a bundled model; None takes the bundled ``default``.
        threads : that onnxruntime may use; 0 takes one for each core.

        Raises
        ------
        ModelFolderError
            The folder is missing, incomplete or altered, or leaves its encoder out.
        """
        folder = model_folder(model)
        specification = read_specification(folder)
        return cls(OnnxRuntime(graph_file(folder, specification), threads=threads), specification)

    def predict(self, recording: Path | str | Waveform) -> Prediction:
        """The emotion of one recording: a file, or a waveform in memory.

        Raises
        ------
        AudioError
            The recording cannot be decoded, is silent or too short.
        """
        return self.answer([self.prepare(recording)])[0]

    def prepare(self, recording: Path | str | Waveform) -> PreparedClip:
        """What the model hears of one recording: a file, or a waveform in memory.

        Raises
        ------
        AudioError
            The recording cannot be decoded, is silent or too short.
        """
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
        return clip

    def answer(
        self, clips: Sequence[PreparedClip], statistics: npt.NDArray[np.float32] | None = None
    ) -> list[Prediction]:
        """The emotions of prepared recordings, which are heard as one batch.

        Parameters
        ----------
        statistics : as in `logits`.
        """
        probabilities = self.probabilities([clip.samples for clip in clips], statistics)
        threshold = self.specification.uncertain_below
        return [
            Prediction(self.labels, row, clip.duration_seconds, uncertain_below=threshold)
            for clip, row in zip(clips, probabilities, strict=True)
        ]

    def predict_many(
        self,
        recordings: Iterable[Path | str | Waveform],
        speakers: Iterable[str] | None = None,
    ) -> Iterator[Prediction | AudioError]:
        """An answer for each recording in turn; what cannot be used is answered by its error.

        Parameters
        ----------
        recordings : files, or waveforms in memory.
        speakers : of each recording. A model whose features are standardised for each speaker hears
            all recordings before it answers the first, and then once more; other models need none
            of that. None takes each recording for a speaker of its own.
        """
        heard: Iterator[_Heard | AudioError]
        if speakers is None or not self._runtime.hears_speakers:
            heard = (self._hear(recording, None) for recording in recordings)
        else:
            heard = self._hear_twice(list(zip(recordings, speakers, strict=True)))
        for batch in _batches(heard):
            yield from self._answer(batch)

    def logits(
        self, clips: list[Samples], statistics: npt.NDArray[np.float32] | None = None
    ) -> npt.NDArray[np.float32]:
        """Logits (clip, emotion) of prepared waveforms (sample,), before the temperature.

        Parameters
        ----------
        clips : any durations; their centres are heard.
        statistics : (clip, 2, feature) of each clip's speaker, as in `OnnxRuntime.logits`.
        """
        return self._runtime.logits(*self._batch(clips), statistics)

    def probabilities(
        self, clips: list[Samples], statistics: npt.NDArray[np.float32] | None = None
    ) -> npt.NDArray[np.float32]:
        """Probabilities (clip, emotion) of prepared waveforms (sample,).

        Parameters
        ----------
        clips, statistics : as in `logits`.
        """
        return softmax(self.logits(clips, statistics) / self.specification.temperature)

    def _batch(self, clips: list[Samples]) -> tuple[Samples, npt.NDArray[np.int64]]:
        return self.input.batch([self.input.centre(clip) for clip in clips])

    def _hear(
        self, recording: Path | str | Waveform, statistics: npt.NDArray[np.float32] | None
    ) -> _Heard | AudioError:
        clip = self._prepare(recording)
        return clip if isinstance(clip, AudioError) else _Heard(clip, statistics)

    def _hear_twice(
        self, recordings: Sequence[tuple[Path | str | Waveform, str]]
    ) -> Iterator[_Heard | AudioError]:
        """Each of (recording, speaker) with the speaker's statistics.

        Recordings are decoded twice instead of kept: there may be more than memory holds.
        """
        first = list(self._own_statistics(recording for recording, _ in recordings))
        pooled = pool_by_speaker(
            (one, speaker)
            for one, (_, speaker) in zip(first, recordings, strict=True)
            if isinstance(one, ClipStatistics)
        )
        for one, (recording, speaker) in zip(first, recordings, strict=True):
            yield one if isinstance(one, AudioError) else self._hear(recording, pooled[speaker])

    def _own_statistics(
        self, recordings: Iterable[Path | str | Waveform]
    ) -> Iterator[ClipStatistics | AudioError]:
        for batch in _batches(self._prepare(recording) for recording in recordings):
            clips = [clip.samples for clip in batch if isinstance(clip, PreparedClip)]
            found = self._runtime.clip_statistics(*self._batch(clips)) if clips else ((), ())
            rows = zip(*found, strict=True)
            for clip in batch:
                yield clip if isinstance(clip, AudioError) else ClipStatistics(*next(rows))

    def _prepare(self, recording: Path | str | Waveform) -> PreparedClip | AudioError:
        try:
            return self.prepare(recording)
        except AudioError as error:
            return error

    def _answer(self, batch: list[_Heard | AudioError]) -> Iterator[Prediction | AudioError]:
        heard = [one for one in batch if isinstance(one, _Heard)]
        known = [one.statistics for one in heard if one.statistics is not None]
        statistics = np.stack(known) if known else None
        answers = iter(self.answer([one.clip for one in heard], statistics) if heard else ())
        for one in batch:
            yield one if isinstance(one, AudioError) else next(answers)


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """`items`, some at a time."""
    remaining = iter(items)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Probabilities (..., emotion) of `logits` (..., emotion)."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    result: npt.NDArray[np.float32] = powers / powers.sum(-1, keepdims=True)
    return result
