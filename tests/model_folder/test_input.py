from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.errors import AudioError
from emotion_classifier.model_folder.input import InputConfig

ONE_SECOND = InputConfig(sample_rate=8000, seconds=1.0, minimum_seconds=0.25).build()
RAMP = np.arange(12_000, dtype=np.float32)


def test_longer_clips_are_cropped_to_their_centre() -> None:
    assert np.array_equal(ONE_SECOND.centre(RAMP), RAMP[2000:10_000])


def test_a_random_crop_is_a_stretch_of_the_clip_that_the_generator_chooses() -> None:
    crops = [ONE_SECOND.anywhere(RAMP, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert np.array_equal(crops[0], crops[1]) and not np.array_equal(crops[0], crops[2])
    for crop in crops:
        assert np.array_equal(crop, np.arange(crop[0], crop[0] + 8000, dtype=np.float32))


def test_shorter_clips_stay_whole() -> None:
    short = RAMP[:5000]
    assert np.array_equal(ONE_SECOND.centre(short), short)
    assert np.array_equal(ONE_SECOND.anywhere(short, np.random.default_rng(0)), short)


def test_a_batch_is_as_long_as_its_longest_clip() -> None:
    waveforms, lengths = ONE_SECOND.batch([RAMP[:3000], RAMP[:5000]])
    assert waveforms.shape == (2, 5000)
    assert waveforms.dtype == np.float32
    assert lengths.tolist() == [3000, 5000]
    assert lengths.dtype == np.int64
    assert np.array_equal(waveforms[0, :3000], RAMP[:3000]) and not waveforms[0, 3000:].any()


def test_without_masks_every_clip_is_of_the_same_length_and_ends_in_silence() -> None:
    model_input = InputConfig(sample_rate=8000, seconds=1.0, mask_padding=False).build()
    waveforms, lengths = model_input.batch([RAMP[:3000], RAMP[:5000]])
    assert waveforms.shape == (2, 8000)
    assert lengths.tolist() == [8000, 8000]
    assert not waveforms[1, 5000:].any()


def test_the_shortest_clip_is_accepted_and_one_sample_less_is_not() -> None:
    ONE_SECOND.check_long_enough(2000)
    with pytest.raises(AudioError, match=r"0\.250 s .* at least 0\.25 s") as caught:
        ONE_SECOND.check_long_enough(1999, Path("a.wav"))
    assert (caught.value.code, caught.value.path) == ("too-short", Path("a.wav"))
