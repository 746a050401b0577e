from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from emotion_classifier.audio.io import read_audio
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import MissingDependencyError, RecognitionError
from emotion_classifier.inference.asr import pocketsphinx as module
from emotion_classifier.inference.asr import pocketsphinx_worker as worker
from emotion_classifier.inference.asr.pocketsphinx import (
    PocketsphinxConfig,
    PocketsphinxRecogniser,
)
from emotion_classifier.installation import install_command

pytest.importorskip("pocketsphinx")

RATE = 16_000


@pytest.fixture
def recogniser() -> Iterator[PocketsphinxRecogniser]:
    built = PocketsphinxConfig().build()
    yield built
    built.close()


def noise(seconds: float) -> Samples:
    generator = np.random.default_rng(0)
    return np.asarray(0.05 * generator.standard_normal(round(seconds * RATE)), np.float32)


def speech(shared_data: Path) -> tuple[Samples, float]:
    """The sentence "Kids are talking by the door", without the silence around it, and its length."""
    clip = read_audio(shared_data / "ravdess/Actor_05/03-01-05-02-01-01-05.flac")
    samples = clip.samples[0, round(0.7 * RATE) : round(2.8 * RATE)]
    return samples, len(samples) / RATE


def test_words_of_a_real_clip_are_in_order_and_within_it(
    shared_data: Path, recogniser: PocketsphinxRecogniser
) -> None:
    samples, duration = speech(shared_data)
    before = time.process_time()
    words = recogniser.transcribe(samples, RATE)
    # Half a second of work, but of another process: nothing here waits for Python's lock.
    assert time.process_time() - before < 0.2
    assert {"kids", "are", "talking"} <= {word.text for word in words}
    times = [time for word in words for time in (word.start_seconds, word.end_seconds)]
    assert times == sorted(times)
    assert times[0] >= 0.0
    assert times[-1] <= duration
    assert all(word.start_seconds < word.end_seconds for word in words)
    assert all(word.confidence is not None and 0 <= word.confidence <= 1 for word in words)
    assert not {"<", "[", "("} & set("".join(word.text for word in words))
    assert recogniser.transcribe(samples, RATE) == words  # it keeps no state


def test_very_short_audio_has_no_words(recogniser: PocketsphinxRecogniser) -> None:
    assert recogniser.transcribe(noise(0.0), RATE) == ()
    assert recogniser.transcribe(noise(0.05), RATE) == ()


def test_a_process_that_ends_is_an_error_and_starts_again(
    recogniser: PocketsphinxRecogniser,
) -> None:
    recogniser.transcribe(noise(0.05), RATE)
    assert recogniser._process is not None
    recogniser._process.kill()
    with pytest.raises(RecognitionError, match="PocketSphinx has ended without a result"):
        recogniser.transcribe(noise(0.05), RATE)
    assert recogniser.transcribe(noise(0.05), RATE) == ()


def test_closing_ends_a_running_recognition(recogniser: PocketsphinxRecogniser) -> None:
    errors: list[Exception] = []

    def transcribe() -> None:
        try:
            recogniser.transcribe(noise(300.0), RATE)
        except RecognitionError as error:
            errors.append(error)

    thread = Thread(target=transcribe)
    thread.start()
    while recogniser._process is None and thread.is_alive():
        time.sleep(0.01)
    recogniser.close()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert len(errors) == 1


def test_an_error_in_the_process_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recogniser: PocketsphinxRecogniser
) -> None:
    script = tmp_path / "failing.py"
    script.write_text("import sys; sys.stdin.buffer.read(8); print('\"no model\"', flush=True)")
    monkeypatch.setattr(module, "_WORKER", script)
    with pytest.raises(RecognitionError, match="PocketSphinx failed: no model"):
        recogniser.transcribe(noise(0.0), RATE)


def test_the_process_responds_to_each_request_and_ends_with_its_input() -> None:
    pcm = bytes(100)
    requests = 2 * (len(pcm).to_bytes(8, "little") + pcm) + b"\1"
    result = subprocess.run(
        [sys.executable, "-P", str(worker.__file__)],
        input=requests,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert [json.loads(line) for line in result.stdout.splitlines()] == [[], []]


def test_without_the_library_the_error_has_the_install_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    expected = "pocketsphinx, which is not installed: " + re.escape(install_command("words"))
    with pytest.raises(MissingDependencyError, match=expected):
        PocketsphinxConfig().build()
    responses = io.BytesIO()
    worker.main(io.BytesIO((0).to_bytes(8, "little")), responses)
    assert "pocketsphinx" in json.loads(responses.getvalue())


def test_importing_the_recognisers_loads_none_of_their_libraries() -> None:
    code = (
        "import sys\n"
        "from emotion_classifier.inference.asr import faster_whisper, pocketsphinx\n"
        "assert not {'pocketsphinx', 'faster_whisper', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
