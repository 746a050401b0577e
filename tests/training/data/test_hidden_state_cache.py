from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.errors import StorageError
from emotion_classifier.training.data.hidden_state_cache import (
    hidden_state_cache,
    readable_size,
    require_space,
)


def test_encoders_do_not_share_entries(tmp_path: Path) -> None:
    cache, other = (hidden_state_cache(tmp_path, digest * 32) for digest in ("12", "34"))
    states = np.ones((3, 5, 4), np.float16)
    cache.write("ab" * 32, states)
    found = cache.find("ab" * 32)
    assert found is not None
    np.testing.assert_array_equal(found.load(), states)
    assert other.find("ab" * 32) is None


def test_too_little_space_is_an_error_before_anything_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    assert require_space(folder, 1) > 1
    with pytest.raises(
        StorageError, match=r"need 1,000,000,000,000.0 GB in .*there, but .* GB are free.*views"
    ):
        require_space(folder, 10**21)
    assert not any(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "hidden_states").write_text("a file")
    with pytest.raises(StorageError, match=r"augmentation\.views"):
        hidden_state_cache(tmp_path, "12" * 32).write("ab" * 32, np.ones((1, 1, 1), np.float16))


def test_sizes_are_readable() -> None:
    sizes = [readable_size(count) for count in (1_234_567_890, 2_000_000, 1_200, 5 * 10**12)]
    assert sizes == ["1.2 GB", "2.0 MB", "1.2 kB", "5,000.0 GB"]
