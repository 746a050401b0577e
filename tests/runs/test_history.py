from __future__ import annotations

import math
from pathlib import Path

import pytest

from emotion_classifier.runs.history import (
    EpochRow,
    best_epochs,
    is_best,
    read_history,
    write_history,
)


def epoch(number: int, *, uar: float = 0.5, loss: float = 1.0) -> EpochRow:
    return EpochRow(
        epoch=number,
        train_loss=1.0 / 3.0,
        validation_loss=loss,
        validation_uar=uar,
        validation_accuracy=0.4,
        learning_rate=1e-3,
        seconds=0.25,
    )


def test_reads_what_was_written(tmp_path: Path) -> None:
    rows = [epoch(1, uar=0.1), epoch(2, loss=1e-17), epoch(3)]
    write_history(tmp_path / "history.csv", rows)
    assert read_history(tmp_path / "history.csv") == rows


def test_a_column_for_each_value(tmp_path: Path) -> None:
    write_history(tmp_path / "history.csv", [epoch(1)])
    head, row = (tmp_path / "history.csv").read_text("utf-8").splitlines()
    assert head == (
        "epoch,train_loss,validation_loss,validation_uar,validation_accuracy,learning_rate,seconds"
    )
    assert row == "1,0.3333333333333333,1.0,0.5,0.4,0.001,0.25"


def test_best_by_uar_is_the_highest() -> None:
    assert is_best([epoch(1, uar=0.2)], "uar")
    assert is_best([epoch(1, uar=0.2), epoch(2, uar=0.3)], "uar")
    assert not is_best([epoch(1, uar=0.3), epoch(2, uar=0.2)], "uar")


def test_best_by_loss_is_the_lowest() -> None:
    assert is_best([epoch(1, loss=0.3), epoch(2, loss=0.2)], "loss")
    assert not is_best([epoch(1, loss=0.2), epoch(2, loss=0.3)], "loss")


def test_of_two_equal_epochs_the_first_is_the_best() -> None:
    assert not is_best([epoch(1), epoch(2)], "uar")
    assert not is_best([epoch(1), epoch(2)], "loss")


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_is_never_better(loss: float) -> None:
    assert not is_best([epoch(1, loss=9.0), epoch(2, loss=loss)], "loss")
    assert is_best([epoch(1, loss=loss), epoch(2, loss=9.0)], "loss")


def test_the_best_epochs_come_in_their_order_and_of_equals_the_first() -> None:
    rows = [epoch(1, uar=0.3), epoch(2, uar=0.5), epoch(3, uar=0.3), epoch(4, uar=0.4)]
    assert [row.epoch for row in best_epochs(rows, "uar", 3)] == [1, 2, 4]
    assert [row.epoch for row in best_epochs(rows, "uar", 9)] == [1, 2, 3, 4]
    assert best_epochs(rows, "uar", 0) == []
