from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emotion_classifier.errors import StorageError
from emotion_classifier.training.data.hidden_state_cache import (
    HALF,
    SINGLE,
    CachedStates,
    States,
    StatesCache,
    entry_bytes,
    readable_size,
)

HEARD = "ab" * 32


def some_states(seed: int = 0) -> States:
    """States of three layers and five frames."""
    states: States = np.random.default_rng(seed).standard_normal((3, 5, 4)).astype(np.float16)
    return states


@pytest.fixture
def cache(tmp_path: Path) -> StatesCache:
    return StatesCache(tmp_path, "12" * 32)


def test_what_was_written_is_found(cache: StatesCache) -> None:
    assert cache.find(HEARD) is None
    states = some_states()
    made = cache.write(HEARD, states)
    found = cache.find(HEARD)
    assert found == made == CachedStates(made.file, (3, 5, 4), HALF)
    assert np.array_equal(found.states(), states)
    assert found.states().dtype == np.float16
    assert not found.states().flags.writeable
    assert Path(made.file).stat().st_size == entry_bytes(3, 5, 4)
    assert pickle.loads(pickle.dumps(found)) == found
    assert list(Path(made.file).parent.iterdir()) == [Path(made.file)]  # nothing half-written


def test_what_16_bits_cannot_hold_is_kept_in_32(cache: StatesCache) -> None:
    states = np.full((1, 2, 3), 70_000.25, np.float32)
    assert cache.write(HEARD, states).kind == SINGLE
    found = cache.find(HEARD)
    assert found is not None
    assert np.array_equal(found.states(), states)


def test_states_that_are_no_block_of_memory_are_kept_as_they_are(cache: StatesCache) -> None:
    states = some_states()[:, :2]
    found = cache.write(HEARD, states)
    assert np.array_equal(found.states(), states)


@pytest.mark.parametrize("size", [0, 1, 511, 512, entry_bytes(3, 5, 4) - 1])
def test_a_truncated_file_is_not_trusted(cache: StatesCache, size: int) -> None:
    made = cache.write(HEARD, some_states())
    os.truncate(made.file, size)
    assert cache.find(HEARD) is None
    with pytest.raises(StorageError, match="start again, and it is rebuilt"):
        made.states()
    assert cache.write(HEARD, some_states()) == cache.find(HEARD)


def test_a_longer_file_is_not_trusted(cache: StatesCache) -> None:
    made = cache.write(HEARD, some_states())
    with Path(made.file).open("ab") as file:
        file.write(b"\0")
    assert cache.find(HEARD) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.integers(0, entry_bytes(3, 5, 4) - 1), flipped=st.integers(1, 255))
def test_no_altered_byte_gives_other_states(cache: StatesCache, place: int, flipped: int) -> None:
    states = some_states()
    file = Path(cache.write(HEARD, states).file)
    content = bytearray(file.read_bytes())
    content[place] ^= flipped
    file.write_bytes(content)
    found = cache.find(HEARD)
    assert found is None or np.array_equal(found.states(), states)  # a blank of the header
    assert found is None or place < 512


def test_a_file_of_another_encoder_or_clip_is_not_trusted(cache: StatesCache) -> None:
    made = cache.write(HEARD, some_states())
    other = StatesCache(cache.folder, "34" * 32)
    assert other.find(HEARD) is None
    for place in (
        other.entries / "ab" / f"{HEARD}.states",
        cache.entries / "cd" / f"{'cd' * 32}.states",
    ):
        place.parent.mkdir(parents=True)
        shutil.copy(made.file, place)
    assert other.find(HEARD) is None
    assert cache.find("cd" * 32) is None


def test_a_removed_file_is_told(cache: StatesCache) -> None:
    made = cache.write(HEARD, some_states())
    Path(made.file).unlink()
    with pytest.raises(StorageError, match="was removed or altered while it was in use"):
        made.states()


def test_too_little_space_is_told_before_anything_is_written(tmp_path: Path) -> None:
    cache = StatesCache(tmp_path / "not" / "there", "12" * 32)
    assert cache.require_space(1) > 1
    with pytest.raises(
        StorageError, match=r"need 1,000,000,000,000.0 GB in .*there, but .* GB are free.*views"
    ):
        cache.require_space(10**21)
    assert not any(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "states").write_text("a file")
    with pytest.raises(StorageError, match="EMOTION_CACHE"):
        StatesCache(tmp_path, "12" * 32).write(HEARD, some_states())


def test_sizes_are_readable() -> None:
    sizes = [readable_size(count) for count in (1_234_567_890, 2_000_000, 1_200, 5 * 10**12)]
    assert sizes == ["1.2 GB", "2.0 MB", "1.2 kB", "5,000.0 GB"]
