"""Capture thread: takes audio from its source as soon as it arrives."""

from __future__ import annotations

import threading
from contextlib import closing, nullcontext

from emotion_classifier.audio.recorder import Recorder
from emotion_classifier.errors import DeviceError
from emotion_classifier.inference.events import DeviceEvent, NoticeEvent
from emotion_classifier.inference.live.audio_queue import AudioQueue, LostAudio, QueuedAudio
from emotion_classifier.inference.live.sources import Chunk, Clock, Source
from emotion_classifier.units import Seconds, to_seconds

_RETRY_SECONDS: Seconds = 1.0


class Capture:
    """Thread that moves audio from a source to a queue, and to a recording.

    A device that is lost is opened again, once a second, until it is back. The recording is written
    here, so that it is complete even when processing is too slow.

    Parameters
    ----------
    source : where audio comes from.
    audio_queue : where it is put; closed at the end.
    stop : ends the thread when set.
    clock : for the arrival times of chunks.
    recorder : None records nothing.
    """

    def __init__(
        self,
        source: Source,
        audio_queue: AudioQueue,
        *,
        stop: threading.Event,
        clock: Clock,
        recorder: Recorder | None,
    ) -> None:
        self.error: Exception | None = None
        """Error that ended the thread."""
        self._source = source
        self._queue = audio_queue
        self._stop = stop
        self._clock = clock
        self._recorder = recorder
        self._is_open = False  # the device was opened at least once
        self._is_lost = False
        self._end_seconds: Seconds = 0.0  # of the audio so far
        self._last_arrival: Seconds = 0.0
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wait(self, timeout_seconds: Seconds) -> None:
        """Wait for the end of the thread, not for long: a source may hang in a system call."""
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        try:
            with nullcontext() if self._recorder is None else closing(self._recorder):
                self._capture_with_retries()
        except Exception as error:  # raised by the session: a thread has no caller
            self.error = error
        finally:
            self._queue.close()

    def _capture_with_retries(self) -> None:
        while not self._stop.is_set():
            try:
                self._capture()
                return
            except DeviceError as error:
                if not self._is_open or not self._source.is_device:
                    raise
                self._report_lost(error)
            self._stop.wait(_RETRY_SECONDS)

    def _capture(self) -> None:
        """Queue the audio of a source, from its opening to its end."""
        offset: Seconds | None = None
        expected = 0
        for item in self._source.record(self._stop):
            if isinstance(item, NoticeEvent):
                self._queue.put(item)
                continue
            if offset is None:
                offset = self._begin(item)
            start_seconds = offset + to_seconds(item.position, item.sample_rate)
            if item.overflowed or item.position > expected:
                missing = item.position - expected
                gap_seconds = offset + to_seconds(expected, item.sample_rate)
                self._queue.put(LostAudio(missing or None, item.sample_rate, gap_seconds, True))
            self._record(item, start_seconds)
            self._last_arrival = self._clock.now()
            self._queue.put(
                QueuedAudio(item.samples, item.sample_rate, start_seconds, self._last_arrival)
            )
            expected = item.position + item.samples.shape[1]
            self._end_seconds = offset + to_seconds(expected, item.sample_rate)

    def _begin(self, first: Chunk) -> Seconds:
        """Start time of the first chunk after an opening, from the start of the session."""
        offset = 0.0
        if self._is_open:
            away = self._clock.now() - self._last_arrival
            duration = to_seconds(first.samples.shape[1], first.sample_rate)
            offset = self._end_seconds + max(0.0, away - duration)
        self._queue.put(
            DeviceEvent(
                state="device-back" if self._is_open else "open",
                name=self._source.name,
                seconds=offset,
                sample_rate=first.sample_rate,
                channels=first.samples.shape[0],
            )
        )
        self._is_open, self._is_lost = True, False
        return offset

    def _report_lost(self, error: DeviceError) -> None:
        if not self._is_lost:
            self._is_lost = True
            self._queue.put(
                DeviceEvent(
                    state="device-lost",
                    name=self._source.name,
                    seconds=self._end_seconds,
                    reason=str(error),
                )
            )

    def _record(self, chunk: Chunk, seconds: Seconds) -> None:
        if self._recorder is None:
            return
        begun = self._recorder.write(chunk.samples, chunk.sample_rate)
        if begun is not None:
            message = f"recording to {begun}"
            self._queue.put(NoticeEvent(code="recording", message=message, seconds=seconds))
