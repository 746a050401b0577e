"""Emotion of whole recordings, by the one rule that every command and report uses.

A recording up to ``window_seconds`` is one window; a longer one is windows of that length every
``hop_seconds``. Each window with speech is covered by evenly spaced crops of the duration that the
model was trained on, whose probabilities are averaged (`EmotionModel.window_probabilities`). The
prediction of the recording is the mean of its windows, weighted by their speech.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from threading import Event
from typing import IO, TypeVar

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.mixdown import Mixdown
from emotion_classifier.audio.preparation import check_not_silent
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.emotion_model import EmotionModel, Statistics
from emotion_classifier.inference.recording import (
    Recording,
    as_recording,
    mono_blocks,
    open_recording,
    path_of,
    require_several,
)
from emotion_classifier.inference.streaming.stream import MOST_WINDOWS, Stream, StreamConfig
from emotion_classifier.inference.streaming.whole import WholeRecording
from emotion_classifier.inference.streaming.windows import AudioWindow
from emotion_classifier.model_folder.speaker_statistics import ClipStatistics, pool_by_speaker
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.units import Hertz, Seconds, to_seconds

LONGEST_SECONDS: Seconds = 6 * 3600.0
"""The longest file that is accepted by default. Audio is decoded while it is processed, so its length
costs no memory; a timeline takes some 4 kB for each window."""
Item = TypeVar("Item")

_BATCH = 16


class CancelledError(Exception):
    """The prediction of a recording was cancelled before its end."""


class Predictor:
    """Predicts the emotion of recordings and of live audio; safe to use from several threads.

    Parameters
    ----------
    model : computes the probabilities of windows.
    config : windows, voice activity detection, smoothing and threshold; None takes the defaults.
    maximum_seconds : longer files are an error.
    """

    def __init__(
        self,
        model: EmotionModel,
        config: StreamConfig | None = None,
        *,
        maximum_seconds: Seconds = LONGEST_SECONDS,
    ) -> None:
        if not isinstance(config, StreamConfig | None):
            raise TypeError(
                f"config is {type(config).__name__}: give StreamConfig(...), or None for the defaults"
            )
        self.model = model
        self.config = config or StreamConfig()
        self.maximum_seconds = maximum_seconds

    @classmethod
    def load(
        cls,
        model: Path | str | None = None,
        config: StreamConfig | None = None,
        *,
        maximum_seconds: Seconds = LONGEST_SECONDS,
        threads: int = 0,
    ) -> Predictor:
        """The predictor of a model folder, of the run folder around it, or of a bundled model.

        Parameters
        ----------
        model : a folder, or the name of a bundled model; None takes the bundled ``default``.
        config, maximum_seconds : as in `Predictor`.
        threads : for onnxruntime; 0 takes one for each core.

        Raises
        ------
        ModelFolderError
            The folder is missing, incomplete or altered, or leaves its encoder out.
        TypeError
            `config` is something else.
        """
        loaded = EmotionModel.load(model, threads=threads)
        return cls(loaded, config, maximum_seconds=maximum_seconds)

    @property
    def specification(self) -> ModelSpecification:
        """Description of the model."""
        return self.model.specification

    @property
    def labels(self) -> LabelSet:
        """The emotions, in the order of all probabilities."""
        return self.model.labels

    def predict(
        self,
        recording: Recording | IO[bytes] | npt.ArrayLike,
        sample_rate: Hertz | None = None,
        *,
        cancelled: Event | None = None,
    ) -> Prediction:
        """The emotion of one recording.

        Parameters
        ----------
        recording : a file, its content (bytes) or an open file object, a `Waveform`, or an array
            (sample,) or (channel, sample), see `Waveform.from_array`.
        sample_rate : of an array, in hertz.
        cancelled : as in `predict_batch`.

        Raises
        ------
        AudioError
            The recording cannot be decoded, is silent, too short or too long, or the array is not
            audio.
        """
        one = as_recording(recording, sample_rate)
        (result,) = self.predict_batch([one], cancelled=cancelled)
        if isinstance(result, AudioError):
            raise result
        return result

    async def predict_async(
        self,
        recording: Recording | IO[bytes] | npt.ArrayLike,
        sample_rate: Hertz | None = None,
    ) -> Prediction:
        """`predict` in a thread of the event loop's executor, so that the loop is not blocked.

        When the task is cancelled, the thread ends at the next block of audio.
        """
        cancelled = Event()
        try:
            return await asyncio.to_thread(
                self.predict, recording, sample_rate, cancelled=cancelled
            )
        finally:
            cancelled.set()

    def predict_many(
        self, recordings: Iterable[Recording], speakers: Iterable[str] | None = None
    ) -> Iterator[Prediction | AudioError]:
        """The prediction of each recording in turn, or the error of one that cannot be used.

        Parameters
        ----------
        recordings : an iterable of files or waveforms, drawn a few at a time.
        speakers : of each recording. A model whose features are standardised for each speaker then
            processes all recordings twice, first for the statistics of each speaker. None takes the
            statistics of each crop itself.

        Raises
        ------
        ValueError
            There are more recordings or speakers.
        TypeError
            A single recording instead of several.
        """
        require_several(recordings)
        if speakers is None or not self.model.runtime.uses_speaker_statistics:
            for batch in _batches(recordings):
                yield from self.predict_batch(batch)
            return
        pairs = list(zip(recordings, speakers, strict=True))
        pooled = pool_by_speaker(
            (statistics, speaker)
            for recording, speaker in pairs
            for statistics in self._statistics(recording)
        )
        for recording, speaker in pairs:
            yield from self.predict_batch([recording], pooled.get(speaker))

    def predict_batch(
        self,
        recordings: Iterable[Recording],
        statistics: Statistics | None = None,
        *,
        cancelled: Event | None = None,
    ) -> list[Prediction | AudioError]:
        """The predictions of a few recordings, or the errors of those that cannot be used.

        All are decoded before the model processes those of one window: alternating networks displace
        each other out of the processor's cache.

        Parameters
        ----------
        statistics : of the one speaker of all; None takes those of each crop itself.
        cancelled : once it is set, `CancelledError` is raised.
        """
        decoded = [
            self._decode(recording, statistics, cancelled or Event()) for recording in recordings
        ]
        return [one if isinstance(one, AudioError) else one.result() for one in decoded]

    def stream(self, sample_rate: Hertz) -> Stream:
        """A stream for audio of that rate, with the settings of this predictor.

        Raises
        ------
        AudioError
            With the code ``sample-rate``.
        """
        return self.config.build(self.model, sample_rate=sample_rate)

    def spoken_windows(self, recording: Recording) -> Iterator[AudioWindow]:
        """The windows of a recording in which there is speech.

        Raises
        ------
        AudioError
            The recording cannot be decoded, possibly after some windows.
        """
        with open_recording(recording, self.maximum_seconds) as audio:
            windows = self.config.build_windows(self.model, sample_rate=audio.sample_rate)
            for mono, is_last in mono_blocks(audio, self.config.window_seconds, Mixdown()):
                found = windows.flush(mono) if is_last else windows.feed(mono)
                yield from (window for window in found if window.has_speech)

    def _decode(
        self, recording: Recording, statistics: Statistics | None, cancelled: Event
    ) -> _RecordingMean | AudioError:
        """The mean of a recording, complete but for the last windows that the model processes."""
        try:
            with open_recording(recording, self.maximum_seconds) as audio:
                mean = _RecordingMean(self, audio.sample_rate, path_of(recording), statistics)
                for mono, is_last in mono_blocks(audio, self.config.window_seconds, mean.mixdown):
                    if cancelled.is_set():
                        raise CancelledError
                    mean.feed(mono, is_last=is_last)
        except AudioError as error:
            return error
        return mean

    def _statistics(self, recording: Recording) -> list[ClipStatistics]:
        """Statistics of all crops of a recording; none where it cannot be used."""
        statistics: list[ClipStatistics] = []
        try:
            for window in self.spoken_windows(recording):
                statistics += self.model.window_statistics([window.samples])
        except AudioError:  # possibly at its end, and then nothing of it counts
            return []
        return statistics


class _RecordingMean:
    """Mean of the windows of one recording, whose samples come block by block."""

    def __init__(
        self,
        predictor: Predictor,
        sample_rate: Hertz,
        path: Path | None,
        statistics: Statistics | None,
    ) -> None:
        model, config = predictor.model, predictor.config
        self._model = model
        self._buffer = config.build_windows(model, sample_rate=sample_rate)
        self._whole = WholeRecording(model, config.smoothing.build(), config.uncertain_below)
        self._sample_rate, self._path, self._statistics = sample_rate, path, statistics
        self._lowest, self._highest = np.inf, -np.inf
        self.mixdown = Mixdown()
        self._samples = self._windows = 0
        self._waiting: list[AudioWindow] = []
        self._too_short: AudioWindow | None = None

    def feed(self, mono: Samples, *, is_last: bool) -> None:
        """Add samples (sample,).

        Raises
        ------
        AudioError
            The recording has ended and is silent.
        """
        self._samples += len(mono)
        self._lowest = min(self._lowest, mono.min(initial=np.inf))
        self._highest = max(self._highest, mono.max(initial=-np.inf))
        found = self._buffer.flush(mono) if is_last else self._buffer.feed(mono)
        self._windows += len(found)
        self._waiting += found
        if is_last:
            check_not_silent(self._lowest, self._highest, self._path)
        if self._windows > 1:
            self._process_windows()

    def result(self) -> Prediction | AudioError:
        """The prediction of the recording, which has ended; an error where its sound is too short."""
        self._process_windows()
        duration = to_seconds(self._samples, self._sample_rate)
        self._whole.finish(duration)
        share = self._buffer.speech_share
        prediction = self._whole.prediction(duration, share)
        if prediction is None:
            try:
                self._check_long_enough()
            except AudioError as error:
                return error
            prediction = self._model.prediction(
                None, duration, speech_share=share, has_speech=False, uncertain_below=1.0
            )
        return replace(prediction, warning=self.mixdown.warning)

    def _process_windows(self) -> None:
        for start in range(0, len(self._waiting), MOST_WINDOWS):
            windows = self._waiting[start : start + MOST_WINDOWS]
            spoken = [window.samples for window in windows if window.has_speech]
            found = iter(self._model.window_probabilities(spoken, self._statistics))
            for window in windows:
                probabilities = next(found) if window.has_speech else None
                self._whole.add(window, probabilities)
                if probabilities is None and (window.has_speech or self._windows == 1):
                    self._too_short = window
        self._waiting = []
        self._whole.join(self._buffer, self._buffer.take_speech())

    def _check_long_enough(self) -> None:
        """Raise where there is no prediction because the sound is too short, not the speech."""
        if self._windows == 0:
            self._model.input.check_long_enough(0, self._path)
        elif self._too_short is not None:
            self._model.input.window_crops(self._too_short.samples, self._path)


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    remaining = iter(items)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
