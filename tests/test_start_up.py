"""Libraries that are imported at start-up, and libraries that are not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import write_wav
from emotion_classifier.installation import install_command

HEAVY = {"torch", "lightning", "transformers", "numpy", "onnxruntime", "matplotlib", "optuna"}
TRAINING_ONLY = {"torch", "lightning", "transformers", "safetensors", "matplotlib", "pyarrow"}


def loaded_by(script: str, *arguments: str) -> set[str]:
    """Top-level modules of a fresh interpreter after `script`."""
    program = (
        "import atexit, json, sys\n"
        "names = lambda: sorted({name.split('.')[0] for name in sys.modules})\n"
        f"atexit.register(lambda: print(json.dumps(names()), file=sys.stderr))\n{script}"
    )
    command = [sys.executable, "-c", program, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stderr.splitlines()[-1]))


COMMANDS = """
from emotion_classifier.cli import main
code, *lines = sys.argv[1:]
for line in lines:
    sys.argv = ['emotion', *line.split()]
    try:
        main()
    except SystemExit as end:
        assert (end.code or 0) == int(code), line
"""


def loaded_by_commands(*lines: str, code: int = 0) -> set[str]:
    """Top-level modules of a fresh interpreter after commands, each of which has that exit code."""
    return loaded_by(COMMANDS, str(code), *lines)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A recording of one second."""
    path = tmp_path / "clip.wav"
    samples = 0.1 * np.sin(2 * np.pi * 220 * np.arange(16_000) / 16_000)
    write_wav(path, samples.astype(np.float32), 16_000)
    return path


def test_importing_the_package_loads_no_library() -> None:
    assert not loaded_by("import emotion_classifier") & (
        HEAVY | {"pydantic", "typer", "rich", "yaml"}
    )


def test_help_loads_nothing_heavy() -> None:
    commands = ("train", "tune", "baseline", "bundle", "export", "model", "corpus", "config")
    names = ("", *commands, "schema", "demo")
    assert not loaded_by_commands(*(f"{name} --help" for name in names)) & HEAVY


def test_help_with_defaults_from_settings_loads_no_training_library() -> None:
    loaded = loaded_by_commands("predict --help", "timeline --help", "listen --help")
    assert not loaded & (TRAINING_ONLY | {"onnxruntime"})


def test_predict_needs_no_training_library(clip: Path, untrained_model: Path) -> None:
    loaded = loaded_by_commands(f"predict {clip} --model {untrained_model}")
    assert "onnxruntime" in loaded
    assert not loaded & TRAINING_ONLY


def test_settings_need_no_training_library() -> None:
    loaded = loaded_by_commands(
        "config reference inference",
        "config reference run",
        "config schema",
        "config show toy",
        "corpus split toy --help",
        "recipes list",
    )
    assert not loaded & TRAINING_ONLY


def test_errors_in_settings_and_recordings_need_no_training_library() -> None:
    lines = ("augment preview missing.wav", "train toy training.epochs=0")
    assert not loaded_by_commands(*lines, code=2) & TRAINING_ONLY


def test_reading_and_splitting_a_corpus_load_no_training_library() -> None:
    code = "import emotion_classifier.corpora.readers, emotion_classifier.corpora.splits"
    assert not loaded_by(code) & TRAINING_ONLY


def test_scoring_loads_no_training_library() -> None:
    assert not loaded_by("import emotion_classifier.experiments.evaluate.evaluate") & TRAINING_ONLY


def test_public_names_are_imported_on_first_use() -> None:
    import emotion_classifier
    from emotion_classifier.emotions import Prediction
    from emotion_classifier.inference.predictor import Predictor

    assert emotion_classifier.Prediction is Prediction
    assert emotion_classifier.Predictor is Predictor
    for name in emotion_classifier.__all__:
        assert getattr(emotion_classifier, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'Model'"):
        _ = emotion_classifier.Model


def test_load_gives_a_predictor(clip: Path, untrained_model: Path) -> None:
    import emotion_classifier

    everything = emotion_classifier.StreamConfig(onset=None)  # tones are no speech
    prediction = emotion_classifier.load(untrained_model, everything).predict(clip)
    assert prediction.emotion == "sad"
    assert prediction.duration_seconds == pytest.approx(1.0)


def test_a_missing_library_is_reported_with_the_install_command() -> None:
    code = (
        "import sys; sys.modules['torch'] = None; from emotion_classifier.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "demo"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert f"needs torch, which is not installed: {install_command('train')}" in result.stderr
    assert "Traceback" not in result.stderr
