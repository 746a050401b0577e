from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emotion_classifier.audio.array_cache import (
    ArrayCache,
    CachedArray,
    default_cache_folder,
    entry_bytes,
)
from emotion_classifier.errors import StorageError

KEY = "ab" * 32
SHAPE = (3, 5, 4)
SIZE = entry_bytes(SHAPE, np.float16)


def some_array(dtype: npt.DTypeLike = np.float16) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.random.default_rng(0).standard_normal(SHAPE).astype(dtype)
    return array


@pytest.fixture
def cache(tmp_path: Path) -> ArrayCache:
    return ArrayCache(tmp_path / "arrays")


def test_an_array_that_was_written_is_found(cache: ArrayCache) -> None:
    assert cache.find(KEY) is None
    made = cache.write(KEY, some_array(), {"rate": 16000, "level": -20.25})
    found = cache.find(KEY)
    assert found == made
    assert found.facts == {"rate": 16000, "level": -20.25}
    assert (found.shape, found.dtype) == (SHAPE, "<f2")
    array = found.load()
    np.testing.assert_array_equal(array, some_array())
    assert array.dtype == np.float16
    assert not array.flags.writeable
    assert pickle.loads(pickle.dumps(found)) == found
    assert list(Path(made.file).parent.iterdir()) == [Path(made.file)]  # nothing half-written


@pytest.mark.parametrize("dtype", [np.float16, np.float32, ">f4", np.int16, np.float64])
def test_numpy_opens_an_entry(cache: ArrayCache, dtype: npt.DTypeLike) -> None:
    made = cache.write(KEY, some_array(dtype))
    for mode in (None, "r"):
        opened = np.load(made.file, mmap_mode=mode)
        assert opened.dtype == np.dtype(dtype)
        np.testing.assert_array_equal(opened, some_array(dtype))
        np.testing.assert_array_equal(opened, made.load())
    assert Path(made.file).stat().st_size == entry_bytes(SHAPE, dtype)


def test_an_array_that_is_not_contiguous_keeps_its_values(cache: ArrayCache) -> None:
    array = some_array()[:, :2].T
    np.testing.assert_array_equal(cache.write(KEY, array).load(), array)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 1024, SIZE - 1])
def test_a_truncated_entry_is_not_found(cache: ArrayCache, size: int) -> None:
    made = cache.write(KEY, some_array())
    os.truncate(made.file, size)
    assert cache.find(KEY) is None
    with pytest.raises(StorageError, match="start again, and it is rebuilt"):
        made.load()
    assert cache.write(KEY, some_array()) == cache.find(KEY)


@pytest.mark.parametrize("content", [b"\0", b"{}", b"[1]", b'{"checksum": "", "shape": 3}'])
def test_an_entry_with_other_bytes_behind_it_is_not_found(
    cache: ArrayCache, content: bytes
) -> None:
    made = cache.write(KEY, some_array())
    with Path(made.file).open("ab") as file:
        file.write(content.rjust(1024 if len(content) > 1 else 1))
    assert cache.find(KEY) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(index=st.integers(0, SIZE - 1), flipped=st.integers(1, 255))
def test_no_altered_byte_gives_another_array(cache: ArrayCache, index: int, flipped: int) -> None:
    made = cache.write(KEY, some_array(), {"name": "x"})
    content = bytearray(Path(made.file).read_bytes())
    content[index] ^= flipped
    Path(made.file).write_bytes(content)
    found = cache.find(KEY)
    if found is not None:  # a byte of NumPy's header, or a blank behind the description
        assert not made.offset <= index < made.offset + some_array().nbytes
        assert found == made
        np.testing.assert_array_equal(found.load(), some_array())


def test_an_entry_under_another_key_or_in_another_folder_is_not_found(cache: ArrayCache) -> None:
    made = cache.write(KEY, some_array())
    other = ArrayCache(cache.folder.with_name("others"))
    for copy in (other.folder / "ab" / f"{KEY}.npy", cache.folder / "cd" / f"{'cd' * 32}.npy"):
        copy.parent.mkdir(parents=True)
        shutil.copy(made.file, copy)
    assert other.find(KEY) is None
    assert cache.find("cd" * 32) is None


def test_an_entry_that_was_removed_is_an_error(cache: ArrayCache) -> None:
    made = cache.write(KEY, some_array())
    Path(made.file).unlink()
    with pytest.raises(StorageError, match="was removed or altered while it was in use"):
        made.load()
    with pytest.raises(StorageError, match="was removed"):
        CachedArray("", "<f4", (3,), 0).load()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "arrays").write_text("a file")
    with pytest.raises(StorageError, match="EMOTION_CACHE"):
        ArrayCache(tmp_path / "arrays").write(KEY, some_array())


def test_the_default_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path))
    assert default_cache_folder() == tmp_path
    monkeypatch.delenv("EMOTION_CACHE")
    assert default_cache_folder().name == "emotion_classifier"
