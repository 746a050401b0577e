from __future__ import annotations

from pathlib import Path

import pytest
import torch

from emotion_classifier.errors import StorageError
from emotion_classifier.training.checkpoints.files import AtomicCheckpoints


def test_reads_the_written_file(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints" / "last.ckpt"
    AtomicCheckpoints().save_checkpoint({"epoch": 3, "weights": torch.arange(5)}, path)
    found = torch.load(path, weights_only=True)
    assert found["epoch"] == 3
    assert torch.equal(found["weights"], torch.arange(5))
    assert [p.name for p in path.parent.iterdir()] == ["last.ckpt"]


def test_an_older_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "last.ckpt"
    AtomicCheckpoints().save_checkpoint({"weights": torch.zeros(1000)}, path)
    with path.open("rb") as reader:  # another process that is reading the old file
        AtomicCheckpoints().save_checkpoint({"weights": torch.ones(1)}, path)
        assert len(torch.load(reader, weights_only=True)["weights"]) == 1000
    assert len(torch.load(path, weights_only=True)["weights"]) == 1


def test_a_failed_write_is_an_error_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="emotion train --resume"):
        AtomicCheckpoints().save_checkpoint({}, tmp_path / "file" / "last.ckpt")
