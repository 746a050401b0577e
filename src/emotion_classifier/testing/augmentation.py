"""The contract of augmentations of waveforms."""

from __future__ import annotations

import mmap
import pickle
import random
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any

import numpy as np

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz, to_samples

_RATES: tuple[Hertz, ...] = (8_000, 16_000, 48_000)
_DURATIONS_SECONDS = (0.3, 4.0)


def check_augmentation(settings: AugmentationSettings) -> None:
    """Check the contract of an augmentation: options, randomness, replay, input, output, pickling.

    Parameters
    ----------
    settings : of the augmentation; for one from outside the package a `CustomAugmentationConfig`.

    Raises
    ------
    AssertionError
        The augmentation violates the contract; the message names the rule.
    """
    again = type(settings).model_validate_json(settings.model_dump_json())
    assert again == settings, f"{settings} became {again} on a round trip through JSON"
    augmentation = settings.build()
    for sample_rate in _RATES:
        for seconds in _DURATIONS_SECONDS:
            _check_clip(augmentation, _voice(sample_rate, seconds), sample_rate)
        short = to_samples(_DURATIONS_SECONDS[0], sample_rate)
        _check_clip(augmentation, np.zeros(short, np.float32), sample_rate)
        _check_clip(augmentation, _full_scale(short), sample_rate)
    _check_pickling(augmentation, settings.build())


def _check_clip(augmentation: Any, clip: Samples, sample_rate: Hertz) -> None:
    """Check one clip under two states of the global generators."""
    where = f"for {len(clip)} samples at {sample_rate} Hz with a peak of {np.abs(clip).max():g}"
    before = clip.copy()
    samples = _read_only(clip)
    with _global_state(1):
        parameters = augmentation.draw(len(samples), sample_rate, np.random.default_rng(5))
        result = np.array(augmentation.apply(samples, sample_rate, parameters))
    with _global_state(2):
        same = augmentation.draw(len(samples), sample_rate, np.random.default_rng(5))
        replayed = augmentation.apply(samples, sample_rate, pickle.loads(pickle.dumps(parameters)))
    assert same == parameters, f"one state of the generator gave {parameters} and {same} {where}"
    assert pickle.loads(pickle.dumps(parameters)) == parameters, (
        f"{parameters} must be a value that survives pickling"
    )
    assert np.array_equal(samples, before), f"the input was changed {where}"
    _check_result(replayed, where)
    assert np.array_equal(result, replayed), f"{parameters} gave two different results {where}"


def _check_result(result: Any, where: str) -> None:
    assert isinstance(result, np.ndarray), f"the result is {type(result).__name__} {where}"
    assert result.dtype == np.float32, f"the result is {result.dtype}, not float32 {where}"
    assert result.ndim == 1, f"the result has the shape {result.shape}, not (sample,) {where}"
    assert len(result) > 0, f"the result is empty {where}"
    assert np.isfinite(result).all(), f"the result is not finite {where}"


def _check_pickling(augmentation: Any, fresh: Any) -> None:
    """Check that a used and a fresh augmentation have the same result in a worker."""
    sample_rate = 16_000
    clip = _voice(sample_rate, _DURATIONS_SECONDS[0])
    parameters = augmentation.draw(len(clip), sample_rate, np.random.default_rng(6))
    expected = augmentation.apply(clip, sample_rate, parameters)
    pickled = pickle.dumps(augmentation)
    assert len(pickled) < 1_000_000, f"pickled it has {len(pickled)} bytes: leave the audio out"
    for copy in (pickle.loads(pickled), pickle.loads(pickle.dumps(fresh)), fresh):
        found = copy.apply(clip, sample_rate, parameters)
        assert np.array_equal(found, expected), "the result must be the same after pickling"


@contextmanager
def _global_state(seed: int) -> Iterator[None]:
    """A known state of the global generators, which must not change; restored afterwards."""
    outside = random.getstate(), np.random.get_state()  # noqa: NPY002 - watched, not used
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    inside = random.getstate(), pickle.dumps(np.random.get_state())  # noqa: NPY002
    try:
        yield
        after = random.getstate(), pickle.dumps(np.random.get_state())  # noqa: NPY002
        assert after == inside, "the global random state was used: draw from the generator alone"
    finally:
        random.setstate(outside[0])
        np.random.set_state(outside[1])  # noqa: NPY002


def _voice(sample_rate: Hertz, seconds: float) -> Samples:
    """Speech-like harmonics of a gliding 120 Hz in syllables, with some noise."""
    time = np.arange(to_samples(seconds, sample_rate)) / sample_rate
    phase = 2 * np.pi * (120 * time + 10 * np.sin(2 * np.pi * time))
    harmonics = sum(np.sin(k * phase) / k for k in range(1, 15))
    breath = np.random.default_rng(0).standard_normal(len(time))
    loudness = 0.05 + np.square(np.sin(2 * np.pi * 2 * time))
    return np.asarray(0.1 * loudness * (harmonics + 0.1 * breath), dtype=np.float32)


def _full_scale(length: int) -> Samples:
    """A square wave between -1 and 1."""
    return np.where(np.arange(length) // 40 % 2 == 0, 1.0, -1.0).astype(np.float32)


def _read_only(clip: Samples) -> Samples:
    """The clip as from the waveform cache: memory-mapped and read-only."""
    with TemporaryFile() as file:
        file.write(clip.tobytes())
        file.flush()
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return np.frombuffer(mapped, dtype=np.float32)
