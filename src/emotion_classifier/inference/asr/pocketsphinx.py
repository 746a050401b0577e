"""PocketSphinx: a recogniser with a model of its own, English, offline, basic.

Its word error rate on acted speech is about one third (`benchmarks/word_errors.py`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Literal, cast

import numpy as np

from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.config import StrictConfig
from emotion_classifier.errors import MissingDependencyError, RecognitionError
from emotion_classifier.inference.asr.recogniser import PURPOSE, SAMPLE_RATE
from emotion_classifier.inference.event_fields import Word
from emotion_classifier.units import Hertz, to_seconds

_WORKER = Path(__file__).with_name("pocketsphinx_worker.py")
_REMEDY = "Start again, or use another recogniser."


class PocketsphinxConfig(StrictConfig):
    """PocketSphinx: English, model included, basic (a third of the words of acted speech wrong)."""

    kind: Literal["pocketsphinx"] = "pocketsphinx"

    def build(self) -> PocketsphinxRecogniser:
        """The recogniser.

        Raises
        ------
        MissingDependencyError
            PocketSphinx is not installed.
        """
        if find_spec("pocketsphinx") is None:
            raise MissingDependencyError("pocketsphinx", "words", PURPOSE)
        return PocketsphinxRecogniser()


class PocketsphinxRecogniser:
    """Recogniser in a process of its own, which starts with the first speech.

    The library holds Python's lock for seconds while it decodes; in this process no other thread could
    read a microphone meanwhile. The worker process takes some 100 MB, and ends with `close` or with
    this process.
    """

    name = "PocketSphinx"
    note = "basic: high error rate, English only"

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def transcribe(self, samples: Samples, sample_rate: Hertz) -> tuple[Word, ...]:
        """Words of ``(sample,)`` float32, see `Recogniser`."""
        resampled = resample(samples, sample_rate, SAMPLE_RATE)
        pcm = np.rint(np.clip(resampled, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
        duration = to_seconds(len(resampled), SAMPLE_RATE)
        return tuple(
            Word(start_seconds=start, end_seconds=min(end, duration), text=text, confidence=share)
            for start, end, text, share in self._decode(pcm)
            if start < duration
        )

    def close(self) -> None:
        """End the process; a running `transcribe` raises `RecognitionError`."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # unsent data is lost
                    cast("IO[bytes]", pipe).close()

    def _decode(self, pcm: bytes) -> list[tuple[float, float, str, float]]:
        try:
            response = self._exchange(pcm)
        except (OSError, ValueError):  # it does not start, has ended, or another thread closed it
            response = b""
        if not response:
            self.close()
            raise RecognitionError(f"{self.name} has ended without a result. {_REMEDY}")
        found = json.loads(response)
        if isinstance(found, str):
            raise RecognitionError(f"{self.name} failed: {found}. {_REMEDY}")
        return [tuple(word) for word in found]

    def _exchange(self, pcm: bytes) -> bytes:
        process = self._process
        if process is None:
            # -P: the folder of the worker has a module of the library's name, which would hide it.
            command, pipe = [sys.executable, "-P", str(_WORKER)], subprocess.PIPE
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
            self._process = process
        stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        stdin.write(len(pcm).to_bytes(8, "little") + pcm)
        stdin.flush()
        return stdout.readline()
