"""Microphones: the only module that imports sounddevice, on first use."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import DeviceError, MissingDependencyError
from emotion_classifier.inference.events import NoticeEvent
from emotion_classifier.inference.live.sources import Chunk
from emotion_classifier.units import Hertz, Seconds, to_samples

if TYPE_CHECKING:
    from types import ModuleType

_BLOCK_SECONDS: Seconds = 0.05
# Between the callback of the device and the capture thread.
_QUEUED_BLOCKS = 200
# A device that was unplugged mostly delivers nothing, without an error.
_SILENT_SECONDS: Seconds = 2.0
_POLL_SECONDS: Seconds = 0.1
_MOST_CHANNELS = 2

_LIST = "`emotion listen --list-devices` lists the microphones"


@dataclass(frozen=True)
class Device:
    """Input device.

    Parameters
    ----------
    index, name : each of them selects it.
    is_default : whether it is used where none is named.
    """

    index: int
    name: str
    channels: int
    sample_rate: Hertz
    is_default: bool


def devices() -> list[Device]:
    """All input devices.

    Raises
    ------
    MissingDependencyError, DeviceError
        sounddevice or PortAudio is not installed.
    """
    sounddevice = _sounddevice()
    found = []
    for index, entry in enumerate(sounddevice.query_devices()):
        channels, rate = entry["max_input_channels"], round(entry["default_samplerate"])
        is_default = index == sounddevice.default.device[0]
        found.append(Device(index, entry["name"], channels, rate, is_default))
    return [device for device in found if device.channels > 0]


class Microphone:
    """Input device, at its default sample rate and with up to two channels.

    Parameters
    ----------
    device : index, name or part of the name; None is the default device.
    """

    waits = False
    is_device = True
    is_live = True

    def __init__(self, device: int | str | None = None) -> None:
        self.name = "default microphone" if device is None else f"microphone {device}"
        self._device = device
        self._was_lost = False

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        """Chunks of 50 ms, as they arrive.

        Raises
        ------
        MissingDependencyError
            sounddevice is not installed.
        DeviceError
            PortAudio is not installed, or the device is absent, busy or lost.
        """
        sounddevice = _sounddevice()
        try:
            if self._was_lost:  # PortAudio detects new devices only at its start
                if sounddevice._initialized:  # not where its last start failed
                    sounddevice._terminate()
                sounddevice._initialize()
            self._was_lost = True  # until this ends in another way
            yield from _DeviceStream(sounddevice, self._device).chunks(stop)
        except (sounddevice.PortAudioError, ValueError) as error:  # ValueError: no such name
            raise DeviceError(_device_error(self._device, error)) from error
        self._was_lost = False


class _DeviceStream:
    """Open device, whose callback puts blocks into a queue."""

    def __init__(self, sounddevice: ModuleType, device: int | str | None) -> None:
        info = sounddevice.query_devices(device, "input")
        self._sample_rate: Hertz = round(info["default_samplerate"])
        self._queue: queue.Queue[tuple[Samples, int, bool]] = queue.Queue(_QUEUED_BLOCKS)
        self._position = 0
        self._stream = sounddevice.InputStream(
            device=device,
            samplerate=self._sample_rate,
            channels=min(info["max_input_channels"], _MOST_CHANNELS),
            blocksize=to_samples(_BLOCK_SECONDS, self._sample_rate),
            dtype="float32",
            callback=self._put,
        )

    def chunks(self, stop: threading.Event) -> Iterator[Chunk]:
        with self._stream:
            silent: Seconds = 0.0
            while not stop.is_set():
                try:
                    samples, position, overflowed = self._queue.get(timeout=_POLL_SECONDS)
                except queue.Empty:
                    silent += _POLL_SECONDS
                    if not self._stream.active or silent >= _SILENT_SECONDS:
                        raise DeviceError(
                            "the microphone delivers no more audio: plug it in again, or choose "
                            f"another with --device; {_LIST}"
                        ) from None
                    continue
                silent = 0.0
                yield Chunk(samples, self._sample_rate, position, overflowed)

    def _put(self, frames: Samples, count: int, _time: Any, status: Any) -> None:
        # In PortAudio's thread, which must not block: a full queue makes a gap in the positions.
        block = (np.ascontiguousarray(frames.T), self._position, bool(status.input_overflow))
        self._position += count
        try:
            self._queue.put_nowait(block)
        except queue.Full:
            return


def _sounddevice() -> ModuleType:
    try:
        import sounddevice
    except ModuleNotFoundError as error:
        raise MissingDependencyError("sounddevice", "mic", "a microphone") from error
    except Exception as error:  # PortAudio is not found, or fails to start
        raise DeviceError(
            f"a microphone needs the PortAudio library ({error}): install it, on Debian and Ubuntu "
            "with `apt install libportaudio2`; or name a recording, or use --stdin"
        ) from error
    module: ModuleType = sounddevice
    return module


def _device_error(device: int | str | None, error: Exception) -> str:
    cause = " ".join(str(error).split())
    if device is None:
        return f"there is no microphone ({cause}): connect one; {_LIST}"
    return f"--device {device!r} cannot be used ({cause}): choose another; {_LIST}"
