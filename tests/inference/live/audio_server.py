"""A microphone without hardware: a PulseAudio server of its own whose sink is used as a source."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

NEEDED = ("pulseaudio", "paplay", "pactl")
RATE = 44_100
CHANNELS = 2
_SINK = "speaker"


def missing() -> list[str]:
    """The missing commands of pulseaudio and pulseaudio-utils."""
    return [name for name in NEEDED if shutil.which(name) is None]


class AudioServer:
    """A server that runs within the context; a microphone records the audio of `play`.

    ALSA's plug-in of libasound2-plugins makes it the device ``pulse``.

    Parameters
    ----------
    folder : for its socket; its path must be short.
    """

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "socket"
        self.environment = {
            **os.environ,
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_STATE_PATH": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        modules = (
            f"module-native-protocol-unix socket={self._socket} auth-anonymous=1",
            f"module-null-sink sink_name={_SINK} format=s16le rate={RATE} channels={CHANNELS}",
            f"module-remap-source master={_SINK}.monitor source_name=microphone",
        )
        self._process = subprocess.Popen(
            [
                *("pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no"),
                *("--exit-idle-time=-1", "--log-target=stderr", "--log-level=error"),
                *(f"--load={module}" for module in modules),
            ],
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while self._run("pactl", "set-default-source", "microphone") != 0:
            if time.monotonic() > deadline or self._process.poll() is not None:
                self._stop()
                raise RuntimeError("pulseaudio does not start")
            time.sleep(0.1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def play(self, recording: Path) -> None:
        """Play a recording to its end."""
        assert self._run("paplay", f"--device={_SINK}", str(recording)) == 0

    def _run(self, *command: str) -> int:
        return subprocess.run(
            command, env=self.environment, stderr=subprocess.DEVNULL, check=False
        ).returncode

    def _stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=10)
