"""`emotion listen` with a microphone, made by a real audio server."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from tests.inference.live import audio_server
from tests.inference.live.audio_server import AudioServer

from emotion_classifier.errors import DeviceError, MissingDependencyError
from emotion_classifier.inference.live.microphone import devices

pytestmark = pytest.mark.slow

MAIN = "from emotion_classifier.cli import main; main()"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, as sockets need."""
    try:
        devices()
    except (DeviceError, MissingDependencyError) as error:
        pytest.skip(str(error))
    if absent := audio_server.missing():
        pytest.skip(f"needs {', '.join(absent)}: apt install pulseaudio pulseaudio-utils")
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


class Listener:
    """The command with the microphone of a server."""

    def __init__(self, server: AudioServer, model: Path, folder: Path) -> None:
        self._output = folder / "events.jsonl"
        self.record = folder / "record.wav"
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-c", MAIN, "listen", "--model", str(model)),
                *("--device", "pulse", "--words", "none", "--no-activity"),
                *("--output", str(self._output), "--record", str(self.record)),
            ],
            env=server.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def events(self) -> list[dict[str, Any]]:
        text = self._output.read_text() if self._output.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line[-1] == "\n"]

    def wait_for(self, condition: Callable[[dict[str, Any]], bool]) -> None:
        deadline = time.monotonic() + 60
        while not any(condition(event) for event in self.events()):
            assert self._process.poll() is None, self._process.communicate()
            assert time.monotonic() < deadline, self.events()[-3:]
            time.sleep(0.05)

    def stop(self) -> list[dict[str, Any]]:
        self._process.send_signal(signal.SIGINT)
        _, error = self._process.communicate(timeout=10)
        assert self._process.returncode == 0, error
        return self.events()


def state(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event["event"] == "device" and event["state"] == name


def test_played_audio_is_recorded_bit_for_bit(untrained_model: Path, folder: Path) -> None:
    generator = np.random.default_rng(0)
    shape = (3 * audio_server.RATE, audio_server.CHANNELS)
    played = np.clip(generator.normal(0, 3000, shape), -32768, 32767).astype(np.int16)
    recording = folder / "played.wav"
    soundfile.write(recording, played, audio_server.RATE, subtype="PCM_16")
    with AudioServer(folder) as server:
        listener = Listener(server, untrained_model, folder)
        listener.wait_for(state("open"))
        server.play(recording)
        time.sleep(0.5)  # the last samples are still on their way
        events = listener.stop()
    counters = events[-1]["session"]
    assert counters["received_samples"] == counters["processed_samples"]
    assert counters["overruns"] == 0
    recorded, rate = soundfile.read(listener.record, dtype="int16")
    assert rate == audio_server.RATE
    assert len(recorded) == counters["received_samples"]
    first = int(np.flatnonzero(np.abs(recorded).max(axis=1))[0])
    np.testing.assert_array_equal(recorded[first : first + len(played)], played)


def test_a_lost_device_is_reported_and_opened_again(untrained_model: Path, folder: Path) -> None:
    with AudioServer(folder) as server:
        listener = Listener(server, untrained_model, folder)
        listener.wait_for(state("open"))
        time.sleep(1.0)
    listener.wait_for(state("device-lost"))
    with AudioServer(folder):
        listener.wait_for(state("device-back"))
        time.sleep(1.0)
        events = listener.stop()
    assert events[-1]["session"]["device_losses"] == 1
    counters = events[-1]["session"]
    assert counters["received_samples"] == counters["processed_samples"]
    lost = next(event for event in events if state("device-lost")(event))
    back = next(event for event in events if state("device-back")(event))
    assert back["seconds"] > lost["seconds"]
