"""The thread that takes audio from its source as soon as it comes."""

from __future__ import annotations

import threading
from contextlib import closing, nullcontext

from emotion_classifier.audio.recorder import Recorder
from emotion_classifier.errors import DeviceError
from emotion_classifier.inference.live.audio_queue import Intake, Lost, Received
from emotion_classifier.inference.live.clock import Clock
from emotion_classifier.inference.live.events import DeviceEvent, NoticeEvent
from emotion_classifier.inference.live.sources import Chunk, Source
from emotion_classifier.units import Seconds, to_seconds

_RETRY_SECONDS: Seconds = 1.0


class Reception:
    """From a source into the intake, and into a recording where one is wanted.

    A device that vanishes is opened again, once a second, until it is back. The recording is made
    here, so that it lacks nothing when the rest of the way is too slow.

    Parameters
    ----------
    source, intake : from where, and where to.
    stop : ends it.
    clock : tells when chunks arrive.
    recorder : None records nothing.
    """

    def __init__(
        self,
        source: Source,
        intake: Intake,
        *,
        stop: threading.Event,
        clock: Clock,
        recorder: Recorder | None,
    ) -> None:
        self.error: Exception | None = None
        """What ended it too early."""
        self._source = source
        self._intake = intake
        self._stop = stop
        self._clock = clock
        self._recorder = recorder
        self._state: str | None = None  # of the device, as last told
        self._end_seconds: Seconds = 0.0  # of what was received
        self._last_arrival: Seconds = 0.0
        self._thread = threading.Thread(target=self._run, name="reception", daemon=True)

    def start(self) -> None:
        """Begin to receive."""
        self._thread.start()

    def wait(self, timeout_seconds: Seconds) -> None:
        """Wait for its end; a source may be stuck in a system call, so not for long."""
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        try:
            with nullcontext() if self._recorder is None else closing(self._recorder):
                self._receive_until_the_end()
        except Exception as error:  # told where the events are taken: a thread has no caller
            self.error = error
        finally:
            self._intake.close()

    def _receive_until_the_end(self) -> None:
        while not self._stop.is_set():
            try:
                self._receive()
                return
            except DeviceError as error:
                if self._state is None or not self._source.is_device:
                    raise
                self._tell_lost(error)
            self._stop.wait(_RETRY_SECONDS)

    def _receive(self) -> None:
        """Take what the source gives, from its opening to its end."""
        offset: Seconds | None = None
        expected = 0
        for item in self._source.record(self._stop):
            if isinstance(item, NoticeEvent):
                self._intake.put(item)
                continue
            if offset is None:
                offset = self._begin(item)
            start_seconds = offset + to_seconds(item.position, item.sample_rate)
            if item.overflowed or item.position > expected:
                missing = item.position - expected
                hole_seconds = offset + to_seconds(expected, item.sample_rate)
                self._intake.put(Lost(missing or None, item.sample_rate, hole_seconds, True))
            self._record(item, start_seconds)
            self._last_arrival = self._clock.now()
            self._intake.put(
                Received(item.samples, item.sample_rate, start_seconds, self._last_arrival)
            )
            expected = item.position + item.samples.shape[1]
            self._end_seconds = offset + to_seconds(expected, item.sample_rate)

    def _begin(self, first: Chunk) -> Seconds:
        """When a chunk begins that is the first after an opening, since listening began."""
        is_back = self._state is not None
        self._state = "device-back" if is_back else "open"
        away = self._clock.now() - self._last_arrival if is_back else 0.0
        duration = to_seconds(first.samples.shape[1], first.sample_rate)
        offset = self._end_seconds + max(0.0, away - duration) if is_back else 0.0
        self._intake.put(
            DeviceEvent(
                "device-back" if is_back else "open",
                self._source.name,
                offset,
                first.sample_rate,
                first.samples.shape[0],
            )
        )
        return offset

    def _tell_lost(self, error: DeviceError) -> None:
        if self._state != "device-lost":
            self._state = "device-lost"
            name = self._source.name
            self._intake.put(DeviceEvent("device-lost", name, self._end_seconds, reason=str(error)))

    def _record(self, chunk: Chunk, seconds: Seconds) -> None:
        if self._recorder is None:
            return
        begun = self._recorder.write(chunk.samples, chunk.sample_rate)
        if begun is not None:
            self._intake.put(NoticeEvent("recording", f"recording to {begun}", seconds))
