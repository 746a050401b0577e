from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import TypeAdapter, ValidationError

from emotion_classifier.inference.asr import (
    FasterWhisperConfig,
    PocketsphinxConfig,
    RecognitionConfig,
)

SETTINGS: TypeAdapter[RecognitionConfig] = TypeAdapter(RecognitionConfig)


def test_a_recogniser_is_chosen_by_its_kind() -> None:
    assert SETTINGS.validate_python({"kind": "pocketsphinx"}) == PocketsphinxConfig()
    whisper = SETTINGS.validate_python({"kind": "faster_whisper", "model": "base"})
    assert whisper == FasterWhisperConfig(model="base")
    assert SETTINGS.validate_python({"kind": "none"}).build() is None


def test_an_unknown_kind_or_option_is_an_error() -> None:
    for wrong in ({"kind": "vosk"}, {"kind": "pocketsphinx", "model": "small"}):
        with pytest.raises(ValidationError):
            SETTINGS.validate_python(wrong)


def test_the_settings_load_no_recogniser() -> None:
    code = (
        "import sys, emotion_classifier.inference.asr\n"
        "assert not {'pocketsphinx', 'faster_whisper', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
