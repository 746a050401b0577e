"""Cached clips of tones that a network learns to distinguish in seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform_cache import CachedClip, WaveformCache
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.progress import Progress
from emotion_classifier.training.data.dataset import Augment, ClipDataset

RATE = 8000
PITCHES_HZ = (300.0, 900.0, 2000.0)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Small tensors on one thread: pytest already runs a process on each core."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> list[CachedClip]:
    """Clips of 0.3 to 0.7 s in noise, one of `PITCHES_HZ` after the other."""
    folder = tmp_path_factory.mktemp("tones")
    rng = np.random.default_rng(0)
    paths: list[Path] = []
    for number in range(30):
        seconds = np.arange(int(rng.uniform(0.3, 0.7) * RATE)) / RATE
        tone = 0.3 * np.sin(2 * np.pi * PITCHES_HZ[number % 3] * seconds)
        noise = 0.02 * rng.standard_normal(len(seconds))
        paths.append(folder / f"{number}.wav")
        write_wav(paths[-1], (tone + noise).astype(np.float32), RATE)
    found = WaveformCache(folder / "cache", Preparation(RATE, None)).prepare_all(paths)
    return [clip for path in paths if isinstance(clip := found[path], CachedClip)]


@pytest.fixture(scope="session")
def make_dataset(tones: list[CachedClip]) -> Callable[..., ClipDataset]:
    """A dataset of the tones from `start` to `stop`; clips are cropped to half a second.

    Clip by clip the emotion is 0, 1, 2, the speaker ``s0`` to ``s3``, and the corpus ``large`` but
    for every fifth.
    """

    def make(
        start: int = 0,
        stop: int = 30,
        *,
        seed: int = 0,
        augment: Augment | None = None,
        views: int | None = None,
    ) -> ClipDataset:
        model_input = ModelInput(
            Preparation(RATE, None), seconds=0.5, mask_padding=True, minimum_seconds=0.1
        )
        numbers = range(start, stop)
        return ClipDataset(
            tones[start:stop],
            np.eye(3, dtype=np.float32)[[number % 3 for number in numbers]],
            model_input,
            seed,
            speakers=[f"s{number % 4}" for number in numbers],
            corpora=["small" if number % 5 == 4 else "large" for number in numbers],
            speaker_order=["s3", "s2", "s1", "s0"],
            augment=augment,
            views=views,
        )

    return make


@pytest.fixture
def reported() -> list[Progress]:
    """Progress so far, where `reported.append` is passed as the `report`."""
    return []
