"""What tests share: the real audio, where it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real corpora beside the repository; the test skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the real corpora in ../shared/data")
    return SHARED_DATA
