from __future__ import annotations

from pathlib import Path

import pytest
import torch

from emotion_classifier.errors import RunError, StorageError
from emotion_classifier.training.checkpoints.files import AtomicCheckpoints, read_checkpoint

CHECKPOINT = {"state_dict": {"a": torch.arange(500.0)}, "history": [{"epoch": 1.0}]}


def test_reads_the_written_file(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints" / "last.ckpt"
    AtomicCheckpoints().save_checkpoint(CHECKPOINT, path)
    for found in (AtomicCheckpoints().load_checkpoint(path), read_checkpoint(path)):
        assert found["history"] == CHECKPOINT["history"]
        assert torch.equal(found["state_dict"]["a"], torch.arange(500.0))
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


def test_a_missing_checkpoint_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"last\.ckpt cannot be read: .*No such file.*--resume"):
        read_checkpoint(tmp_path / "last.ckpt")


@pytest.mark.parametrize("length", [0, 1, 100, -1, -100])
def test_a_truncated_checkpoint_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "last.ckpt"
    AtomicCheckpoints().save_checkpoint(CHECKPOINT, path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(RunError, match=r"last\.ckpt cannot be read"):
        read_checkpoint(path)


def test_no_altered_bit_gives_another_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "last.ckpt"
    AtomicCheckpoints().save_checkpoint(CHECKPOINT, path)
    written, refused = path.read_bytes(), 0
    for index in range(0, len(written), 13):
        path.write_bytes(written[:index] + bytes([written[index] ^ 16]) + written[index + 1 :])
        try:
            found = read_checkpoint(path)
        except RunError:
            refused += 1
        else:  # padding, and dates of files
            assert found["history"] == CHECKPOINT["history"]
            assert torch.equal(found["state_dict"]["a"], torch.arange(500.0))
    assert refused > len(written) // 13 / 2


def test_another_archive_is_refused(tmp_path: Path) -> None:
    torch.save({"epoch": 3}, tmp_path / "last.ckpt")
    with pytest.raises(RunError, match="no history and no state_dict"):
        read_checkpoint(tmp_path / "last.ckpt")
