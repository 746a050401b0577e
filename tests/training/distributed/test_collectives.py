from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from emotion_classifier.errors import RunError
from emotion_classifier.progress import Report
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.distributed.collectives import (
    all_gather,
    average_running_statistics,
    broadcast,
    gather_rows,
    get_rank,
    get_world_size,
    mean_over_ranks,
    rank_zero_first,
)
from emotion_classifier.training.distributed.spawn import in_processes


def refuse() -> str:
    raise RunError(f"no folder for process {get_rank()}")


def test_a_single_process_exchanges_nothing() -> None:
    assert (get_rank(), get_world_size()) == (0, 1)
    assert all_gather("mine") == ["mine"]
    assert mean_over_ranks(0.1) == 0.1
    assert broadcast(lambda: 3) == 3
    rows = (torch.arange(3), torch.ones(3, 2))
    assert all(a is b for a, b in zip(gather_rows(rows), rows, strict=True))
    norm = nn.BatchNorm1d(2)
    average_running_statistics(norm)
    assert norm.running_mean is not None and norm.running_mean.tolist() == [0.0, 0.0]
    with rank_zero_first():
        pass
    with pytest.raises(RunError, match="no folder for process 0"):
        broadcast(refuse)


def exchange(folder: Path, *, report: Report) -> None:
    """Everything between two processes; where it is wrong, the test gets the traceback."""
    rank, size = get_rank(), get_world_size()
    assert all_gather(rank) == [0, 1] and size == 2
    assert mean_over_ranks(float(rank)) == 0.5
    assert broadcast(lambda: rank) == 0
    with pytest.raises(RunError, match="no folder for process 0"):
        broadcast(refuse)
    clips, answers = gather_rows((torch.arange(rank, 5, 2), torch.full((3 - rank, 2), rank + 0.5)))
    assert clips.tolist() == [0, 2, 4, 1, 3]
    assert answers[:, 0].tolist() == [0.5, 0.5, 0.5, 1.5, 1.5]
    norm = nn.Sequential(nn.BatchNorm1d(1))
    norm(torch.tensor([[0.0], [20.0 * rank]]))
    average_running_statistics(norm)
    assert norm.state_dict()["0.running_mean"].item() == 0.5
    with rank_zero_first():
        (folder / str(rank)).touch()
        assert (folder / "0").exists()
        assert rank == 1 or not (folder / "1").exists()


@pytest.mark.slow
def test_two_processes_exchange(tmp_path: Path) -> None:
    in_processes(2, exchange, (tmp_path,), TrainingConfig(device="cpu"), print)
