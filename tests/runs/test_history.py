from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from emotion_classifier.errors import RunError
from emotion_classifier.evaluation.metrics import METRICS
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
        validation=dict.fromkeys(METRICS, 0.4) | {"uar": uar},
        training=dict.fromkeys(METRICS, 0.6),
        learning_rate=1e-3,
        seconds=0.25,
    )


def test_reads_the_written_file(tmp_path: Path) -> None:
    rows = [epoch(1, uar=0.1), epoch(2, loss=1e-17), epoch(3)]
    write_history(tmp_path / "history.csv", rows)
    assert read_history(tmp_path / "history.csv") == rows


def test_a_column_for_each_value(tmp_path: Path) -> None:
    write_history(tmp_path / "history.csv", [epoch(1)])
    head, row = (tmp_path / "history.csv").read_text("utf-8").splitlines()
    metrics = "validation_uar,validation_accuracy,validation_macro_f1"
    assert head.startswith(f"epoch,train_loss,validation_loss,{metrics}")
    assert ",train_uar,train_accuracy,train_macro_f1" in head
    assert head.endswith(",learning_rate,seconds")
    assert row.startswith("1,0.3333333333333333,1.0,0.5,0.4,0.4")
    assert row.endswith(",0.001,0.25")


def test_older_histories_have_fewer_metrics(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text(
        "epoch,train_loss,validation_loss,validation_uar,validation_accuracy,learning_rate,seconds\n"
        "1,0.5,1.0,0.25,0.4,0.001,0.25\n"
    )
    (row,) = read_history(tmp_path / "history.csv")
    assert (row.epoch, row.validation["uar"], row.validation["accuracy"]) == (1, 0.25, 0.4)
    assert math.isnan(row.validation["macro_f1"]) and math.isnan(row.training["uar"])
    assert row.score("macro_f1") == -math.inf


def test_older_checkpoints_hold_values_without_names() -> None:
    row = EpochRow.from_record([3, 0.5, 1.0, 0.25, 0.4, 0.001, 0.25])
    assert (row.epoch, row.validation_uar, row.learning_rate) == (3, 0.25, 0.001)


def test_best_by_a_metric_is_the_highest() -> None:
    macro_f1 = [replace(epoch(n), validation={"macro_f1": n / 3}) for n in (1, 2)]
    assert is_best(macro_f1, "macro_f1") and not is_best(macro_f1[::-1], "macro_f1")
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


@pytest.mark.parametrize("kept", [0, 1, 20, -30])
def test_a_damaged_history_is_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "history.csv"
    write_history(path, [epoch(number) for number in (1, 2, 3)])
    whole = path.read_text()
    path.write_text(whole[:kept])
    with pytest.raises(RunError):
        read_history(path)
    lines = whole.splitlines(keepends=True)
    path.write_text("".join([*lines[:2], *lines[3:]]))
    with pytest.raises(RunError, match="some are missing"):
        read_history(path)
