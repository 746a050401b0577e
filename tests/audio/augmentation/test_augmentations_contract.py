"""Every augmentation keeps to the contract; a new one adds a line to `AUGMENTATIONS`."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import soundfile

from emotion_classifier.audio.augmentation import AugmentationConfig
from emotion_classifier.audio.augmentation.augmentation import CustomAugmentationConfig
from emotion_classifier.audio.augmentation.background_noise import (
    BackgroundNoiseConfig,
    NoiseWeightsConfig,
)
from emotion_classifier.audio.augmentation.filtering import ImpulseResponseConfig, MicrophoneConfig
from emotion_classifier.audio.augmentation.level import ClippingConfig, GainConfig, PolarityConfig
from emotion_classifier.audio.augmentation.noise import GaussianNoiseConfig
from emotion_classifier.audio.augmentation.position import (
    CropConfig,
    PaddingConfig,
    TimeShiftConfig,
)
from emotion_classifier.audio.augmentation.tempo import PitchShiftConfig, SpeedConfig, TempoConfig
from emotion_classifier.audio.augmentation.transmission import (
    CodecConfig,
    PacketLossConfig,
    TelephoneConfig,
)
from emotion_classifier.testing.augmentation import check_augmentation

# Paths are relative to the folder that `recordings` makes and enters.
AUGMENTATIONS: dict[str, AugmentationConfig] = {
    "background_noise": BackgroundNoiseConfig(path=Path("noise")),
    "background_noise, babble": BackgroundNoiseConfig(
        path=Path("noise"), weights=NoiseWeightsConfig(speech=1.0)
    ),
    "clipping": ClippingConfig(),
    "codec": CodecConfig(),
    "codec, mp3": CodecConfig(formats=("mp3",)),
    "codec, vorbis": CodecConfig(formats=("vorbis",)),
    "codec, opus": CodecConfig(formats=("opus",)),
    "codec, gsm": CodecConfig(formats=("gsm",)),
    "crop": CropConfig(),
    "custom": CustomAugmentationConfig(
        target="emotion_classifier.audio.augmentation.level:Gain",
        options={"minimum": -6.0, "maximum": 6.0},
    ),
    "gain": GainConfig(),
    "gaussian_noise": GaussianNoiseConfig(),
    "impulse_response": ImpulseResponseConfig(path=Path("rooms")),
    "microphone": MicrophoneConfig(),
    "packet_loss": PacketLossConfig(),
    "padding": PaddingConfig(),
    "pitch_shift": PitchShiftConfig(),
    "polarity": PolarityConfig(),
    "speed": SpeedConfig(),
    "telephone": TelephoneConfig(),
    "tempo": TempoConfig(),
    "time_shift": TimeShiftConfig(),
}


@pytest.fixture
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Noise in MUSAN layout and two rooms below the working directory, some at other rates."""
    generator = np.random.default_rng(0)
    for name, rate, seconds in (
        ("noise/noise/short.wav", 16_000, 0.2),
        ("noise/music/long.wav", 44_100, 5.0),
        ("noise/speech/one.flac", 16_000, 1.0),
        ("noise/speech/two.flac", 8_000, 1.0),
        ("rooms/large.wav", 22_050, 1.0),
        ("rooms/small.wav", 16_000, 0.1),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = 0.1 * generator.standard_normal(round(seconds * rate))
        soundfile.write(path, samples * np.linspace(1.0, 0.0, len(samples)) ** 2, rate)
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def test_the_list_names_every_augmentation() -> None:
    family = set(get_args(get_args(AugmentationConfig)[0]))
    assert {type(settings) for settings in AUGMENTATIONS.values()} == family


@pytest.mark.parametrize("settings", AUGMENTATIONS.values(), ids=AUGMENTATIONS.keys())
@pytest.mark.usefixtures("recordings")
def test_augmentation_keeps_to_the_contract(settings: AugmentationConfig) -> None:
    check_augmentation(settings)
