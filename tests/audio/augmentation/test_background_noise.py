from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_classifier.audio.augmentation.background_noise import (
    BackgroundNoiseConfig,
    DrawnBackground,
    NoiseWeightsConfig,
    find_noise,
)
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import ConfigError

RATE = 16_000
CLIP = (0.3 * np.sin(2 * np.pi * 150 * np.arange(RATE) / RATE)).astype(np.float32)


def tone(hertz: float, seconds: float) -> Samples:
    time = np.arange(round(seconds * RATE)) / RATE
    return (0.2 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every recording is a tone of its own frequency."""
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))
    for name, hertz, seconds in (
        ("noise/long", 1000, 3.0),
        ("noise/short", 2000, 0.25),
        ("speech/one", 3000, 2.0),
        ("speech/two", 4000, 2.0),
        ("music/tune", 5000, 2.0),
    ):
        path = tmp_path / "musan" / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, tone(hertz, seconds), RATE, subtype="FLOAT")
    return tmp_path / "musan"


def drawn_kinds(config: BackgroundNoiseConfig, count: int = 2000) -> dict[str, float]:
    generator = np.random.default_rng(0)
    noise = config.build()
    drawn = [noise.draw(RATE, RATE, generator) for _ in range(count)]
    kinds = Counter(one.files[0].split("/")[0] for one in drawn)
    return {kind: number / count for kind, number in kinds.items()}


def level_at(samples: Samples, hertz: int) -> float:
    """Amplitude of a tone in one second."""
    return float(np.abs(np.fft.rfft(samples * np.hanning(len(samples))))[hertz] * 4 / len(samples))


@pytest.mark.parametrize("snr_db", [5.0, 20.0])
@pytest.mark.parametrize(("file", "hertz"), [("noise/long.wav", 1000), ("noise/short.wav", 2000)])
def test_the_recording_has_the_drawn_snr(
    file: str, hertz: int, snr_db: float, folder: Path
) -> None:
    noise = BackgroundNoiseConfig(path=folder).build()
    mixed = noise.apply(CLIP, RATE, DrawnBackground(snr_db, (file,), (0.4,)))
    added = mixed.astype(float) - CLIP
    assert 10 * np.log10(np.mean(CLIP.astype(float) ** 2) / np.mean(added**2)) == pytest.approx(
        snr_db, abs=0.01
    )
    assert level_at(mixed, hertz) == pytest.approx(0.3 * 10 ** (-snr_db / 20), rel=0.05)


def test_a_short_recording_fills_the_clip(folder: Path) -> None:
    noise = BackgroundNoiseConfig(path=folder).build()
    drawn = DrawnBackground(10.0, ("noise/short.wav",), (0.9,))
    added = noise.apply(CLIP, RATE, drawn) - CLIP
    levels = np.sqrt(np.mean(added.reshape(10, -1) ** 2, axis=1))
    assert levels.min() > 0.5 * levels.max()


@pytest.mark.parametrize("position", [0.0, 0.5, 1.0 - 2**-53])
@pytest.mark.parametrize("file", ["noise/long.wav", "noise/short.wav"])
def test_every_position_is_within_the_recording(file: str, position: float, folder: Path) -> None:
    noise = BackgroundNoiseConfig(path=folder).build()
    assert len(noise.apply(CLIP, RATE, DrawnBackground(5.0, (file,), (position,)))) == RATE


def test_positions_choose_different_sections(folder: Path) -> None:
    chirp = np.sin(2 * np.pi * 300 * np.linspace(0, 3, 3 * RATE) ** 2).astype(np.float32)
    soundfile.write(folder / "noise" / "long.wav", 0.2 * chirp, RATE, subtype="FLOAT")
    noise = BackgroundNoiseConfig(path=folder).build()
    first, second = (
        noise.apply(CLIP, RATE, DrawnBackground(5.0, ("noise/long.wav",), (position,)))
        for position in (0.0, 0.5)
    )
    assert not np.allclose(first, second, atol=1e-2)


def test_voices_of_babble_are_equally_loud(folder: Path) -> None:
    soundfile.write(folder / "speech" / "two.wav", 0.1 * tone(4000, 2.0), RATE, subtype="FLOAT")
    noise = BackgroundNoiseConfig(path=folder).build()
    drawn = DrawnBackground(10.0, ("speech/one.wav", "speech/two.wav"), (0.1, 0.7))
    mixed = noise.apply(CLIP, RATE, drawn)
    assert level_at(mixed, 3000) == pytest.approx(level_at(mixed, 4000), rel=0.01)
    added = mixed.astype(float) - CLIP
    assert 20 * np.log10(np.std(CLIP) / np.std(added)) == pytest.approx(10.0, abs=0.01)


def test_speech_is_drawn_as_babble_and_nothing_else_is(folder: Path) -> None:
    config = BackgroundNoiseConfig(path=folder, minimum_babble_voices=2, maximum_babble_voices=4)
    noise, generator = config.build(), np.random.default_rng(0)
    counts: dict[str, set[int]] = {}
    for _ in range(500):
        drawn = noise.draw(RATE, RATE, generator)
        (kind,) = {file.split("/")[0] for file in drawn.files}
        counts.setdefault(kind, set()).add(len(drawn.files))
        assert len(drawn.positions) == len(drawn.files)
        assert 5.0 <= drawn.snr_db <= 30.0
    assert counts == {"noise": {1}, "music": {1}, "speech": {2, 3, 4}}


def test_kinds_are_equally_often_or_as_weighted(folder: Path) -> None:
    assert drawn_kinds(BackgroundNoiseConfig(path=folder)) == pytest.approx(
        {"noise": 1 / 3, "speech": 1 / 3, "music": 1 / 3}, abs=0.04
    )
    weights = NoiseWeightsConfig(noise=3.0, music=1.0)
    assert drawn_kinds(BackgroundNoiseConfig(path=folder, weights=weights)) == pytest.approx(
        {"noise": 0.75, "music": 0.25}, abs=0.04
    )


def test_a_kind_without_weight_is_not_even_decoded(folder: Path) -> None:
    (folder / "speech" / "one.wav").write_text("damaged")
    weights = NoiseWeightsConfig(noise=1.0)
    BackgroundNoiseConfig(path=folder, weights=weights).build().prepare(RATE)
    with pytest.raises(ConfigError, match=r"one\.wav"):
        BackgroundNoiseConfig(path=folder).build().prepare(RATE)


def test_a_weight_for_an_absent_kind_is_an_error(folder: Path) -> None:
    (folder / "music" / "tune.wav").unlink()
    weights = NoiseWeightsConfig(noise=0.5, music=0.2)
    with pytest.raises(ConfigError, match=r"music has the weight 0\.2, but .* no audio files"):
        BackgroundNoiseConfig(path=folder, weights=weights).build()


def test_a_missing_folder_is_an_error_in_build(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere does not exist.*noise/, speech/ or music/"):
        BackgroundNoiseConfig(path=tmp_path / "nowhere").build()


def test_silent_recordings_are_errors_and_silent_sections_add_nothing(folder: Path) -> None:
    gap = np.concatenate([tone(1000, 0.1), np.zeros(3 * RATE, np.float32), tone(1000, 0.1)])
    soundfile.write(folder / "noise" / "long.wav", gap, RATE, subtype="FLOAT")
    noise = BackgroundNoiseConfig(path=folder).build()
    drawn = DrawnBackground(5.0, ("noise/long.wav",), (0.5,))
    np.testing.assert_array_equal(noise.apply(CLIP, RATE, drawn), CLIP)
    soundfile.write(folder / "noise" / "short.wav", np.zeros(RATE), RATE)
    with pytest.raises(ConfigError, match=r"short\.wav: the recording is silent"):
        BackgroundNoiseConfig(path=folder).build().prepare(RATE)


def test_silence_stays_silent(folder: Path) -> None:
    noise = BackgroundNoiseConfig(path=folder).build()
    silence = np.zeros(RATE, np.float32)
    drawn = noise.draw(RATE, RATE, np.random.default_rng(0))
    assert not noise.apply(silence, RATE, drawn).any()


def test_real_noise(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path))
    weights = NoiseWeightsConfig(music=1.0)
    noise = BackgroundNoiseConfig(path=shared_data / "noise", weights=weights).build()
    generator = np.random.default_rng(0)
    for _ in range(20):
        drawn = noise.draw(RATE, RATE, generator)
        added = noise.apply(CLIP, RATE, drawn).astype(float) - CLIP
        measured = 10 * np.log10(np.mean(CLIP.astype(float) ** 2) / np.mean(added**2))
        assert measured == pytest.approx(drawn.snr_db, abs=0.01)


def make(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"-")
    return root


def test_kinds_are_found_at_any_depth(tmp_path: Path) -> None:
    root = make(
        tmp_path, "noise/free-sound/b.wav", "noise/a.flac", "noise/LICENSE", "music/x/y/z.mp3"
    )
    assert find_noise(root) == {
        "noise": ("noise/a.flac", "noise/free-sound/b.wav"),
        "music": ("music/x/y/z.mp3",),
    }


def test_a_kind_without_audio_is_no_kind(tmp_path: Path) -> None:
    assert find_noise(make(tmp_path, "noise/a.wav", "speech/README")) == {"noise": ("noise/a.wav",)}


@pytest.mark.parametrize(
    ("names", "folder", "finding"),
    [
        ((), "absent", "does not exist"),
        (("rain.wav",), "", "holds no audio files in MUSAN layout"),
        (("noise/README",), "", "holds no audio files in MUSAN layout"),
        (("rain.wav",), "rain.wav", "is a file"),
    ],
)
def test_another_layout_is_an_error_that_describes_the_layout(
    names: tuple[str, ...], folder: str, finding: str, tmp_path: Path
) -> None:
    path = make(tmp_path, *names) / folder
    with pytest.raises(ConfigError, match=r"noise/, speech/ or music/ below it") as caught:
        find_noise(path)
    assert f"{path} {finding}" in str(caught.value)
