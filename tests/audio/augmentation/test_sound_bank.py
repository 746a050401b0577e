from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_classifier.audio.augmentation.sound_bank import SoundBank, looped
from emotion_classifier.errors import ConfigError

NOISE = (0.1 * np.random.default_rng(0).standard_normal(32_000)).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))
    (tmp_path / "sounds" / "deep").mkdir(parents=True)
    soundfile.write(tmp_path / "sounds" / "a.wav", NOISE, 16_000, subtype="FLOAT")
    soundfile.write(tmp_path / "sounds" / "deep" / "b.flac", NOISE, 32_000)
    return tmp_path / "sounds"


def test_recordings_are_resampled_to_the_rate(folder: Path) -> None:
    bank = SoundBank(folder, ("a.wav", "deep/b.flac"))
    np.testing.assert_array_equal(bank.samples("a.wav", 16_000), NOISE)
    assert len(bank.samples("deep/b.flac", 16_000)) == 16_000
    assert len(bank.samples("a.wav", 8_000)) == 16_000


def test_samples_are_shared_and_cannot_be_changed(folder: Path) -> None:
    samples = SoundBank(folder, ("a.wav",)).samples("a.wav", 16_000)
    with pytest.raises(ValueError, match="read-only"):
        samples[0] = 1.0


def test_files_are_decoded_once(folder: Path) -> None:
    bank = SoundBank(folder, ("a.wav",))
    bank.prepare(16_000)
    (folder / "a.wav").unlink()
    np.testing.assert_array_equal(bank.samples("a.wav", 16_000), NOISE)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(bank)).samples("a.wav", 16_000), NOISE)


def test_a_pickled_sound_bank_holds_no_audio(folder: Path) -> None:
    bank = SoundBank(folder, ("a.wav", "deep/b.flac"))
    bank.prepare(16_000)
    assert len(pickle.dumps(bank)) < 2_000 < NOISE.nbytes


def test_silence_at_the_ends_can_be_left_out(folder: Path) -> None:
    padded = np.concatenate([NOISE[:16_000], np.zeros(64_000, np.float32)])
    soundfile.write(folder / "c.wav", padded, 16_000)
    assert len(SoundBank(folder, ("c.wav",)).samples("c.wav", 16_000)) == 80_000
    kept = len(SoundBank(folder, ("c.wav",), trim_below_db=60.0).samples("c.wav", 16_000))
    assert 16_000 <= kept < 18_000


def test_every_recording_that_cannot_be_used_is_named_with_its_reason(folder: Path) -> None:
    soundfile.write(folder / "still.wav", np.zeros(16_000), 16_000)
    (folder / "text.wav").write_text("no audio at all, but some text")
    bank = SoundBank(folder, ("a.wav", "still.wav", "text.wav"))
    with pytest.raises(ConfigError, match="2 of 3 recordings") as caught:
        bank.prepare(16_000)
    lines = str(caught.value).splitlines()
    assert "still.wav: the recording is silent" in lines[1]
    assert "text.wav: the file is no readable audio" in lines[2]


def test_a_long_list_of_faults_is_cut_with_their_number(folder: Path) -> None:
    names = tuple(f"absent_{number}.wav" for number in range(25))
    with pytest.raises(ConfigError, match="and 15 more"):
        SoundBank(folder, names).prepare(16_000)


RECORDING = np.random.default_rng(0).standard_normal(1000).astype(np.float32)


def test_it_repeats_with_the_period_of_the_recording_less_its_fade() -> None:
    long = looped(RECORDING, 0, 5000, fade=100)
    np.testing.assert_array_equal(long[:4100], long[900:])
    np.testing.assert_array_equal(long[100:900], RECORDING[100:900])


def test_the_seam_has_neither_a_click_nor_a_hole() -> None:
    tone = np.sin(2 * np.pi * 3.3 * np.arange(1000) / 1000).astype(np.float32)
    steps = np.abs(np.diff(looped(tone, 0, 5000, fade=100)))
    assert steps.max() < 0.05, "a tone cut off there jumps by 0.95"
    levels = looped(RECORDING, 0, 90_000, fade=400).reshape(-1, 600)[:, :400].std(axis=1)
    assert levels.min() > 0.85 and levels.max() < 1.15


@pytest.mark.parametrize("start", [0, 1, 899, 900, 999])
def test_it_begins_at_the_start(start: int) -> None:
    whole = looped(RECORDING, 0, 3000, fade=100)
    np.testing.assert_array_equal(
        looped(RECORDING, start, 1500, fade=100), whole[start % 900 :][:1500]
    )


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_recording_of_a_few_samples_is_repeated_too(size: int) -> None:
    short = np.ones(size, np.float32)
    result = looped(short, 0, 50, fade=800)
    assert result.shape == (50,) and result.min() >= 1.0
    assert result.dtype == np.float32
