"""A clip of AAC, and a pool of decoding processes of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.audio.containers.ffmpeg_files import encode, tone

from emotion_classifier.audio.containers import decoder
from emotion_classifier.audio.containers.pool import DecoderPool


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of AAC."""
    return encode(tmp_path_factory.mktemp("clips") / "x.m4a", "mp4", "aac", tone(1.0))


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[DecoderPool]:
    """A pool of its own for `open_container`."""
    pool = DecoderPool()
    monkeypatch.setattr(decoder, "DECODER_POOL", pool)
    yield pool
    pool.end()
