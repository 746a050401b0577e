from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.models.frontends.config import LogMelConfig, MfccConfig
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.items import Key
from emotion_classifier.training.logging.clip_preview import preview_clips, spectrogram_pixels

MakeDataset = Callable[..., ClipDataset]
NAMES = ("low", "middle", "high")


def noisy(samples: Samples, clip: int, generator: np.random.Generator) -> Samples:
    noise = generator.normal(0, 0.1, len(samples))
    return (samples + noise).astype(np.float32)


def test_augmented_clips_are_bit_for_bit_the_input_of_the_epoch(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(0, 12, augment=noisy)
    for epoch in (1, 2):
        for index, clip in enumerate(preview_clips(dataset, NAMES, 3, epoch)):
            item = dataset[Key(epoch - 1, index)].samples
            np.testing.assert_array_equal(clip.augmented, item)
            assert clip.augmented.shape == clip.clean.shape
            assert not np.array_equal(clip.augmented, clip.clean)
    one, other = (preview_clips(dataset, NAMES, 3, epoch) for epoch in (1, 2))
    for before, after in zip(one, other, strict=True):
        np.testing.assert_array_equal(before.clean, after.clean)
        assert not np.array_equal(before.augmented, after.augmented)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (2, ["low_0", "middle_1"]),
        (4, ["low_0", "middle_1", "high_2", "low_3"]),
        (64, ["low_0", "middle_1", "high_2", "low_3", "middle_4"]),
    ],
)
def test_shows_different_emotions_first(
    count: int, expected: list[str], make_dataset: MakeDataset
) -> None:
    assert [clip.name for clip in preview_clips(make_dataset(0, 5), NAMES, count, 1)] == expected


def test_mfcc_are_drawn_as_the_spectrogram_they_are_made_from(make_dataset: MakeDataset) -> None:
    clips = preview_clips(make_dataset(0, 3), NAMES, 2, 1)
    settings = {"mels": 32, "n_fft": 256, "hop_length": 128}
    log_mel = LogMelConfig.model_validate(settings).build(8000)
    mfcc = MfccConfig.model_validate({**settings, "n_mfcc": 13}).build(8000)
    one, other = (spectrogram_pixels(clips, frontend, 8000, 1) for frontend in (log_mel, mfcc))
    np.testing.assert_array_equal(one, other)
    later = spectrogram_pixels(preview_clips(make_dataset(0, 3), NAMES, 2, 2), log_mel, 8000, 2)
    assert later.shape == one.shape and (later != one).any()
