"""Output and errors of `emotion augment preview`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import SAMPLE_RATE, Command, voice

from emotion_classifier.audio.io import read_audio, write_wav

GAIN = "augmentation.chain=[{kind: gain, probability: 1.0, minimum_db: -12, maximum_db: -6}]"
MINIMUM = "augmentation.chain.1.minimum_db=-12"
MELS = "model.frontend={kind: log_mel, mels: 32}"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.wav"
    write_wav(path, voice(1.0), SAMPLE_RATE)
    return path


def written(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "preview.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_each_augmentation_and_the_chain_get_sounds_and_figures(
    emotion: Command, clip: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "augmented"
    ended = emotion("augment", "preview", clip, GAIN, MELS, "--output", folder, "--variants", 2)
    assert ended.code == 0, ended.error
    assert ended.out.splitlines()[-1] == f"page: {folder / 'index.html'}"
    stems = {"clip_1_gain", "clip_chain_1", "clip_chain_2"}
    images = {f"{stem}.png" for stem in stems}
    sounds = {f"{stem}.wav" for stem in stems}
    assert written(folder) == images | sounds | {"clip_original.wav", "preview.csv", "index.html"}
    original = read_audio(folder / "clip_original.wav").samples
    for row in rows(folder):
        decibels = json.loads(row["parameters"])["db"]
        assert -12.0 <= decibels <= -6.0
        changed = read_audio(folder / row["file"]).samples
        assert 20 * np.log10(changed.std() / original.std()) == pytest.approx(decibels, abs=0.01)
        assert f"gain {decibels:.3g} dB" in ended.out
    page = (folder / "index.html").read_text("utf-8")
    assert all(f'"{name}"' in page for name in images | sounds)


def test_the_clip_is_prepared_as_the_input_of_the_model(
    emotion: Command, tmp_path: Path, clip: Path
) -> None:
    long = tmp_path / "long.wav"
    silence = np.zeros(SAMPLE_RATE, np.float32)
    write_wav(long, np.concatenate([silence, voice(1.0)[0], silence]), SAMPLE_RATE)
    settings = (GAIN, MELS, "input.sample_rate=8000", "input.trim_below_db=40")
    ended = emotion("augment", "preview", long, *settings, "-o", tmp_path / "a", "--variants", 0)
    assert ended.code == 0, ended.error
    original = read_audio(tmp_path / "a" / "long_original.wav")
    assert original.sample_rate == 8_000
    assert original.duration_seconds == pytest.approx(1.0, abs=0.2)


@pytest.mark.slow
def test_the_seed_determines_the_drawn_values(emotion: Command, tmp_path: Path, clip: Path) -> None:
    found: list[list[str]] = []
    for options in (["--seed", "1"], ["seed=1"], ["--seed", "2"]):
        folder = tmp_path / str(len(found))
        emotion("augment", "preview", clip, GAIN, MELS, *options, "-o", folder, "--variants", 0)
        found.append([row["parameters"] for row in rows(folder)])
    assert found[0] == found[1] != found[2]


def test_the_settings_of_a_run_can_be_previewed(
    emotion: Command, tmp_path: Path, clip: Path
) -> None:
    config = tmp_path / "run.yml"
    config.write_text(
        "corpora: [{kind: ravdess, path: absent}]\n"
        "model: {frontend: {kind: mfcc, mels: 32, n_mfcc: 13}}\n"
        "augmentation: {chain: [{kind: polarity}, {kind: gain}]}\n"
    )
    arguments = (clip, "--config", config, "augmentation.chain.1.maximum_db=-12", MINIMUM)
    ended = emotion("augment", "preview", *arguments, "-o", tmp_path / "a", "--variants", 0)
    assert ended.code == 0, ended.error
    polarity, gain = rows(tmp_path / "a")
    assert (polarity["augmentation"], polarity["parameters"]) == ("polarity", "{}")
    assert json.loads(gain["parameters"]) == {"db": -12.0}


@pytest.mark.slow
def test_files_of_the_same_name_do_not_replace_each_other(
    emotion: Command, tmp_path: Path, clip: Path
) -> None:
    other = tmp_path / "a=b" / "clip.wav"
    write_wav(other, voice(0.6, seed=1), SAMPLE_RATE)
    folder = tmp_path / "augmented"
    ended = emotion("augment", "preview", clip, other, GAIN, MELS, "-o", folder, "--variants", 0)
    assert ended.code == 0, ended.error
    seconds = [
        read_audio(folder / f"{name}_original.wav").duration_seconds for name in ("clip", "clip-2")
    ]
    assert seconds == pytest.approx([1.0, 0.6], abs=0.05)


@pytest.mark.slow
def test_an_emotion_can_have_its_own_chain(emotion: Command, tmp_path: Path, clip: Path) -> None:
    own = "augmentation.per_emotion={sad: [{kind: gain, minimum_db: 3, maximum_db: 3}]}"
    ended = emotion(
        "augment", "preview", clip, GAIN, own, MELS, "-o", tmp_path / "a", "--emotion", "sad"
    )
    assert ended.code == 0, ended.error
    assert json.loads(rows(tmp_path / "a")[0]["parameters"]) == {"db": 3.0}
    assert "clips of sad" in (tmp_path / "a" / "index.html").read_text("utf-8")


def test_a_chain_without_drawn_augmentation_is_reported(
    emotion: Command, tmp_path: Path, clip: Path
) -> None:
    never = "augmentation.chain=[{kind: gain, probability: 0.0}]"
    ended = emotion("augment", "preview", clip, never, MELS, "-o", tmp_path / "a", "--variants", 1)
    assert "unchanged: no augmentation was drawn" in ended.out
    last = rows(tmp_path / "a")[-1]
    assert (last["file"], last["augmentation"], last["parameters"]) == (
        "clip_chain_1.wav",
        "",
        "{}",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.wav", GAIN], "absent.wav: there is no such file"),
        (["clip.wav", "text.wav", GAIN], "text.wav: the file is no readable audio"),
        (["short.wav", GAIN], "short.wav: the recording has 0.200 s of sound"),
        (["clip.wav", "augmentation.chain=[]"], "there is no augmentation to preview"),
        (["clip.wav", "augmentation=null"], "there is no augmentation to preview"),
        (["clip.wav", GAIN, "--emotion", "sda"], "did you mean 'sad'"),
        (["clip.wav", "augmentation.chain=[{kind: gian}]"], "gain"),
        (["clip.wav", "augmentation.chian=[]"], "chain"),
        (["clip.wav", "--config", "absent.yml"], "absent.yml"),
        ([GAIN], "no recording was named"),
        (["clip.wav", GAIN, "-o", "clip.wav"], "is in the way of a folder"),
    ],
    ids=lambda value: "" if isinstance(value, list) else value,
)
def test_an_error_is_one_line_and_nothing_is_written(
    arguments: list[str],
    message: str,
    emotion: Command,
    tmp_path: Path,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_wav(tmp_path / "short.wav", voice(0.2), SAMPLE_RATE)
    (tmp_path / "text.wav").write_text("this is no audio " * 10)
    ended = emotion("augment", "preview", *arguments)
    assert ended.code == 2
    assert ended.error.startswith("error: ") and message in ended.error
    assert not (tmp_path / "augmented").exists()
