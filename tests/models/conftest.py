"""Fixtures of the models."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from emotion_classifier.audio.waveform import Samples

RATE = 16_000


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Small tensors on one thread: pytest already runs a process on each core."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def voices() -> list[Samples]:
    """Harmonic tones of 0.6 to 2 s at 16 kHz, in a little noise."""
    rng = np.random.default_rng(0)
    clips = []
    for seconds in (2.0, 1.31, 0.6, 0.9):
        time = np.arange(round(seconds * RATE)) / RATE
        pitch = rng.uniform(90, 300) * (1 + 0.1 * np.sin(2 * np.pi * 3 * time))
        tone = sum(np.sin(2 * np.pi * k * np.cumsum(pitch) / RATE) / k for k in range(1, 20))
        swell = np.abs(np.sin(2 * np.pi * 2 * time))
        noise = 0.003 * rng.standard_normal(len(time))
        clips.append((0.1 * swell * tone + noise).astype(np.float32))
    return clips
