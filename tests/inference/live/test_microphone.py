"""Microphones that are not there, and one that an audio server makes."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path

import pytest

from emotion_classifier.errors import DeviceError, MissingDependencyError
from emotion_classifier.inference.live.microphone import Microphone, devices
from emotion_classifier.installation import install_command


@pytest.fixture
def broken_sounddevice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `sounddevice` that fails when it is imported, as the real one does without PortAudio."""
    module = tmp_path / "sounddevice.py"
    module.write_text("raise OSError('PortAudio library not found')")
    monkeypatch.setitem(sys.modules, "sounddevice", None)  # so that it is as before afterwards
    monkeypatch.delitem(sys.modules, "sounddevice")
    monkeypatch.syspath_prepend(tmp_path)
    return module


@pytest.mark.usefixtures("broken_sounddevice")
def test_without_portaudio_the_package_to_install_is_named() -> None:
    with pytest.raises(DeviceError, match=r"PortAudio library not found.*libportaudio2"):
        next(Microphone().record(threading.Event()))
    with pytest.raises(DeviceError, match="libportaudio2"):
        devices()


def test_without_sounddevice_the_extra_to_install_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MissingDependencyError, match=re.escape(install_command("mic"))):
        next(Microphone().record(threading.Event()))


def test_an_unknown_device_is_named() -> None:
    try:
        devices()
    except (DeviceError, MissingDependencyError) as error:
        pytest.skip(str(error))
    with pytest.raises(DeviceError, match=r"'no such device'.*--list-devices"):
        next(Microphone("no such device").record(threading.Event()))


FLAKY = """
class PortAudioError(Exception):
    pass

_initialized = 1
beginnings = [PortAudioError("Error initializing PortAudio"), None, None]

def _terminate():
    global _initialized
    if not _initialized:
        raise PortAudioError("PortAudio not initialized")
    _initialized -= 1

def _initialize():
    global _initialized
    if error := beginnings.pop(0):
        raise error
    _initialized += 1

def query_devices(device, kind):
    raise PortAudioError("Error querying device -1")
"""


UNWILLING = """
class PortAudioError(Exception):
    pass

raise PortAudioError("Error initializing PortAudio")
"""


def test_a_server_that_is_away_during_the_refresh_is_a_lost_device(
    broken_sounddevice: Path,
) -> None:
    broken_sounddevice.write_text(FLAKY)
    microphone = Microphone()
    for expected in ("querying", "initializing", "querying", "querying"):
        with pytest.raises(DeviceError, match=f"there is no microphone .*Error {expected}"):
            next(microphone.record(threading.Event()))


def test_an_error_at_the_start_of_portaudio_is_a_device_error(broken_sounddevice: Path) -> None:
    broken_sounddevice.write_text(UNWILLING)
    with pytest.raises(DeviceError, match="Error initializing PortAudio"):
        devices()
