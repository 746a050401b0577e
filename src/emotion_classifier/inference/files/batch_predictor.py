"""Answers about many files: each whole, however long, as many at a time as there are cores."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from threading import Event
from typing import NamedTuple

import numpy as np

from emotion_classifier.audio.concurrency import map_in_order
from emotion_classifier.audio.io import open_audio
from emotion_classifier.audio.preparation import PreparedClip, check_not_silent
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.emotions.prediction import Prediction
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.files.result import Row
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import Stream
from emotion_classifier.inference.vad.silero import ActivityDetector
from emotion_classifier.units import Hertz, Seconds, to_samples

_MOMENT_SECONDS: Seconds = 0.05
_MOST_AT_ONCE = 16


class _StoppedError(Exception):
    """Nobody waits for the answer any more."""


class _Beginning(NamedTuple):
    """The first samples (channel, sample) of a file, and whether they are all of it."""

    samples: Samples
    is_all: bool


class _Short(NamedTuple):
    """A file that is heard at once: all of it (sample,), and what of it the model hears."""

    path: Path
    samples: Samples
    rate: Hertz
    clip: PreparedClip


class _Shares:
    """Files in lists, each of as many as take a moment: one where the model is slow."""

    def __init__(self, files: Iterable[Path | AudioError]) -> None:
        self._remaining = iter(files)
        self._size = 1

    def __iter__(self) -> Iterator[list[Path | AudioError]]:
        while share := list(islice(self._remaining, self._size)):
            yield share

    @contextmanager
    def timed(self, count: int) -> Iterator[None]:
        """Learn from a list of so many files how many the next ones should have."""
        began = time.perf_counter()
        yield
        seconds = (time.perf_counter() - began) / count
        self._size = max(1, min(_MOST_AT_ONCE, int(_MOMENT_SECONDS / seconds)))


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

    def answer(self, file: Path | AudioError) -> Row:
        """The row of a file; that of an error is why there is no answer."""
        return self.answer_some([file])[0]

    def answer_some(
        self, files: Iterable[Path | AudioError], ended: Event | None = None
    ) -> list[Row]:
        """The rows of a few files, in order.

        All of the short ones are decoded, then one network hears them all, then the other: what
        takes turns pushes each other out of the processor's cache.

        Parameters
        ----------
        ended : when it is set, a long file is given up with an exception.
        """
        heard = [self._hear_or_tell(file, ended or Event()) for file in files]
        shares = [self._speech_share(one) for one in heard if isinstance(one, _Short)]
        predictions = [self._ask(one) for one in heard if isinstance(one, _Short)]
        answers = zip(shares, predictions, strict=True)
        return [one if isinstance(one, Row) else self._row(one, *next(answers)) for one in heard]

    def answer_all(
        self, files: Iterable[Path | AudioError], *, workers: int | None = None
    ) -> Generator[Row, None, None]:
        """A row for each file, in order; closing it gives up what is being heard.

        Parameters
        ----------
        workers : files that are heard at the same time; None takes one for each core.
        """
        ended = Event()
        shares = _Shares(files)

        def answer_share(share: list[Path | AudioError]) -> list[Row]:
            with shares.timed(len(share)):
                return self.answer_some(share, ended)

        workers = workers or os.cpu_count()
        with closing(map_in_order(answer_share, shares, workers=workers, ended=ended)) as answered:
            for rows in answered:
                yield from rows

    def _hear_or_tell(self, file: Path | AudioError, ended: Event) -> _Short | Row:
        if isinstance(file, AudioError):
            return Row.of_error(file.path or Path(), file)
        try:
            return self._hear(file, ended)
        except AudioError as error:
            return Row.of_error(file, error)

    def _hear(self, path: Path, ended: Event) -> _Short | Row:
        with open_audio(path, maximum_seconds=self.maximum_seconds) as audio:
            rate = audio.sample_rate
            beginning = _beginning(audio.blocks, to_samples(self.window_seconds, rate))
            if beginning.is_all:
                return self._prepare(path, Waveform(beginning.samples, rate))
            blocks = chain([beginning.samples], audio.blocks)
            return self._by_windows(path, blocks, rate, ended)

    def _prepare(self, path: Path, waveform: Waveform) -> _Short:
        clip = self.predictor.prepare(waveform)
        return _Short(path, waveform.mono(), waveform.sample_rate, clip)

    def _speech_share(self, short: _Short) -> float | None:
        if self.activity is None:
            return None
        return self.activity.speech_share(short.samples, short.rate)

    def _ask(self, short: _Short) -> Prediction:
        return self.predictor.answer([short.clip])[0]

    def _row(self, short: _Short, share: float | None, prediction: Prediction) -> Row:
        threshold = self.uncertain_below
        if threshold is None:
            threshold = prediction.uncertain_below
        told = replace(prediction, speech_share=share, uncertain_below=threshold)
        return Row.of_prediction(short.path, told)

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
    samples = taken[0] if len(taken) == 1 else np.concatenate(taken, axis=1)
    return _Beginning(np.ascontiguousarray(samples), is_all=True)


def _speech_seconds(stream: Stream) -> Seconds:
    """Duration of the speech that has ended since it was last asked for."""
    return sum(one.end_seconds - one.start_seconds for one in stream.take_speech())
