"""Corpus folders made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    """Function that makes empty files under a new folder, and gives the folder.

    Readers look at names only, so the files need no sound.
    """

    def make(*names: str, under: str = "corpus") -> Path:
        root = tmp_path / under
        for name in names:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return root

    return make
