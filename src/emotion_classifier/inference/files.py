"""Answers about many files: each whole, however long, as many at a time as there are cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from threading import Event
from typing import NamedTuple

import numpy as np

from emotion_classifier.audio.io import open_audio
from emotion_classifier.audio.parallel import map_in_order
from emotion_classifier.audio.preparation import check_not_silent
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.emotions.prediction import Prediction
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.activity import ActivityDetector
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.rows import Row
from emotion_classifier.inference.stream import Stream
from emotion_classifier.units import Hertz, Seconds, to_samples


class _StoppedError(Exception):
    """Nobody waits for the answer any more."""


class _Beginning(NamedTuple):
    """The first samples (channel, sample) of a file, and whether they are all of it."""

    samples: Samples
    is_all: bool


@dataclass(frozen=True)
class FilePredictor:
    """A model that answers about files of any duration; several threads may ask it.

    What is no longer than a window is heard at once, as `Predictor.predict` does it. Anything
    longer is heard window by window while it is decoded, and the answer is the tone of the whole.
    Each file is a batch of its own: its answer depends on nothing but the file.

    Parameters
    ----------
    predictor : the model.
    activity : tells how much is spoken; None takes everything for speech.
    open_stream : a stream of windows for audio of a rate.
    window_seconds : what is longer is heard by `open_stream`.
    maximum_seconds : the longest recording that is accepted.
    uncertain_below : confidence below which the answer is ``uncertain``; None takes the threshold
        of the model.
    """

    predictor: Predictor
    activity: ActivityDetector | None
    open_stream: Callable[[Hertz], Stream]
    window_seconds: Seconds
    maximum_seconds: Seconds
    uncertain_below: float | None = None

    def answer(self, file: Path | AudioError, ended: Event | None = None) -> Row:
        """The row of a file; that of an error is why there is no answer.

        Parameters
        ----------
        ended : when it is set, a long file is given up with an exception.
        """
        if isinstance(file, AudioError):
            return Row.of_error(file.path or Path(), file)
        try:
            return self._hear(file, ended or Event())
        except AudioError as error:
            return Row.of_error(file, error)

    def answer_all(
        self, files: Iterable[Path | AudioError], *, workers: int | None = None
    ) -> Generator[Row, None, None]:
        """A row for each file, in order; closing it gives up what is being heard.

        Parameters
        ----------
        workers : files that are heard at the same time; None takes one for each core.
        """
        ended = Event()
        return map_in_order(
            lambda file: self.answer(file, ended),
            files,
            workers=workers or os.cpu_count(),
            ended=ended,
        )

    def _hear(self, path: Path, ended: Event) -> Row:
        with open_audio(path, maximum_seconds=self.maximum_seconds) as audio:
            rate = audio.sample_rate
            beginning = _beginning(audio.blocks, to_samples(self.window_seconds, rate))
            if beginning.is_all:
                return Row.of_prediction(path, self._at_once(Waveform(beginning.samples, rate)))
            blocks = chain([beginning.samples], audio.blocks)
            return self._by_windows(path, blocks, rate, ended)

    def _at_once(self, waveform: Waveform) -> Prediction:
        prediction = self.predictor.predict(waveform)
        share = None
        if self.activity is not None:
            share = self.activity.speech_share(waveform.mono(), waveform.sample_rate)
        threshold = self.uncertain_below
        if threshold is None:
            threshold = prediction.uncertain_below
        return replace(prediction, speech_share=share, uncertain_below=threshold)

    def _by_windows(self, path: Path, blocks: Iterator[Samples], rate: Hertz, ended: Event) -> Row:
        stream = self.open_stream(rate)
        lowest, highest, speech_seconds = np.inf, -np.inf, 0.0
        for block in blocks:
            if ended.is_set():
                raise _StoppedError
            mono = Waveform(block, rate).mono()
            lowest, highest = min(lowest, mono.min()), max(highest, mono.max())
            stream.feed(mono)
            speech_seconds += _speech_seconds(stream)
        stream.flush()
        speech_seconds += _speech_seconds(stream)
        check_not_silent(lowest, highest, path)
        if stream.tone is None:
            return Row.of_silence(path, stream.duration_seconds)
        row = Row.of_prediction(path, stream.tone)
        if self.activity is None:
            return row
        # The share of the whole: that of the tone is of the windows with speech alone.
        return replace(row, speech_share=round(speech_seconds / stream.duration_seconds, 3))


def _beginning(blocks: Iterator[Samples], most: int) -> _Beginning:
    """All of `blocks` where they hold at most so many samples, else the first more than that."""
    taken: list[Samples] = []
    count = 0
    for block in blocks:
        taken.append(block)
        count += block.shape[1]
        if count > most:
            return _Beginning(np.concatenate(taken, axis=1), is_all=False)
    return _Beginning(np.ascontiguousarray(np.concatenate(taken, axis=1)), is_all=True)


def _speech_seconds(stream: Stream) -> Seconds:
    """Duration of the speech that has ended since it was last asked for."""
    return sum(one.end_seconds - one.start_seconds for one in stream.take_speech())
