from __future__ import annotations

import inspect
import re
import shlex
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from benchmarks.word_errors import words_of

from emotion_classifier.audio.io import read_audio
from emotion_classifier.errors import MissingDependencyError, RecognitionError
from emotion_classifier.inference.asr.faster_whisper import (
    FasterWhisperConfig,
    FasterWhisperRecogniser,
    find_model,
)
from emotion_classifier.inference.event_fields import text_of
from emotion_classifier.installation import install_command

faster_whisper = pytest.importorskip("faster_whisper")

FILES = ("config.json", "model.bin", "tokenizer.json")


class FixedModel:
    """Model with a fixed result in the types of the library, which checks the call against its signature."""

    def transcribe(self, audio: Any, **options: Any) -> tuple[Any, None]:
        inspect.signature(faster_whisper.WhisperModel.transcribe).bind(self, audio, **options)
        from faster_whisper.transcribe import Segment, Word

        segments = [
            (-0.1, 0.5, " Kids"),
            (0.4, 0.9, " are"),
            (1.8, 2.4, " talking."),
            (28.0, 29.0, " by"),
        ]
        words = [Word(start, end, text, 0.5) for start, end, text in segments]
        whole = Segment(1, 0, 0.0, 30.0, "", [], -0.1, 1.0, 0.0, words, 0.0)
        silent = Segment(2, 0, 0.0, 30.0, "", [], -0.1, 1.0, 0.0, None, 0.0)
        return iter([whole, silent]), None


def test_words_are_kept_within_the_samples_and_apart() -> None:
    recogniser = FasterWhisperRecogniser(cast("Any", FixedModel()), name="small", language="en")
    words = recogniser.transcribe(np.zeros(2 * 8_000, np.float32), 8_000)
    assert recogniser.name == "faster-whisper small"
    assert [(word.start_seconds, word.end_seconds, word.text) for word in words] == [
        (0.0, 0.5, "Kids"),
        (0.5, 0.9, "are"),
        (1.8, 2.0, "talking."),
    ]
    assert [word.confidence for word in words] == [0.5, 0.5, 0.5]


def test_a_failure_names_the_model_and_a_remedy() -> None:
    class Exhausted(FixedModel):
        def transcribe(self, audio: Any, **options: Any) -> tuple[Any, None]:
            raise RuntimeError("out of memory")

    recogniser = FasterWhisperRecogniser(cast("Any", Exhausted()), name="large")
    with pytest.raises(RecognitionError, match=r"faster-whisper large failed: out of memory\. Use"):
        recogniser.transcribe(np.zeros(16_000, np.float32), 16_000)


def test_the_error_for_a_missing_model_has_the_command_that_downloads_it() -> None:
    with pytest.raises(RecognitionError, match="not on this machine") as caught:
        FasterWhisperConfig(model="nobody/no-such-model").build()
    program, flag, code = shlex.split(str(caught.value).rpartition("download it once: ")[2])
    assert (program, flag) == ("python", "-c")
    assert code.endswith("download_model('nobody/no-such-model')")
    compile(code, "command", "exec")


def test_the_error_for_an_unknown_name_lists_the_known_names() -> None:
    with pytest.raises(
        RecognitionError, match=r"no folder smal and .* Known names: tiny\.en, tiny, base"
    ):
        FasterWhisperConfig(model="smal").build()


def test_a_folder_must_hold_every_file(tmp_path: Path) -> None:
    # Without tokenizer.json, the library would download a tokenizer.
    for name in FILES[:2]:
        (tmp_path / name).touch()
    with pytest.raises(RecognitionError, match=r"not a complete model .* it lacks tokenizer\.json"):
        find_model(str(tmp_path))
    (tmp_path / "tokenizer.json").touch()
    assert find_model(str(tmp_path)) == tmp_path


def test_a_damaged_model_is_an_error(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes(b"damaged")
    with pytest.raises(RecognitionError, match="cannot be loaded as a model of faster-whisper"):
        FasterWhisperConfig(model=str(tmp_path)).build()


def test_without_the_library_the_error_has_the_install_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    expected = "faster_whisper, which is not installed: " + re.escape(install_command("words"))
    with pytest.raises(MissingDependencyError, match=expected):
        FasterWhisperConfig().build()


def test_words_of_a_real_clip_and_their_times(shared_data: Path, tiny_english: Path) -> None:
    clip = read_audio(shared_data / "ravdess/Actor_05/03-01-05-02-01-01-05.flac")
    words = (
        FasterWhisperConfig(model=str(tiny_english))
        .build()
        .transcribe(clip.mono(), clip.sample_rate)
    )
    assert words_of(text_of(words)) == ["kids", "are", "talking", "by", "the", "door"]
    times = [time for word in words for time in (word.start_seconds, word.end_seconds)]
    assert times == sorted(times)
    assert 0.5 < times[0] < times[-1] < clip.duration_seconds - 0.5
    assert all(0.0 < (word.confidence or 0.0) <= 1.0 for word in words)
