from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.audio.augmentation.noise.noise_folder import find_noise
from emotion_classifier.errors import ConfigError


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
    ("names", "asked", "finding"),
    [
        ((), "absent", "does not exist"),
        (("rain.wav",), "", "holds no audio files in MUSAN layout"),
        (("noise/README",), "", "holds no audio files in MUSAN layout"),
        (("rain.wav",), "rain.wav", "is a file"),
    ],
)
def test_another_layout_is_refused_with_the_one_that_is_needed(
    names: tuple[str, ...], asked: str, finding: str, tmp_path: Path
) -> None:
    path = make(tmp_path, *names) / asked
    with pytest.raises(ConfigError, match=r"noise/, speech/ or music/ below it") as caught:
        find_noise(path)
    assert f"{path} {finding}" in str(caught.value)
