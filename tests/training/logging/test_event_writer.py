from __future__ import annotations

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.summary.writer import event_file_writer

from emotion_classifier.training.logging.event_writer import event_writer


def scalars(folder: Path, tag: str) -> list[tuple[int, float]]:
    found = EventAccumulator(str(folder))
    found.Reload()
    return [(event.step, event.value) for event in found.Scalars(tag)]


def test_remains_of_an_interruption_are_not_shown(tmp_path: Path) -> None:
    with event_writer(tmp_path, first_epoch=1) as writer:
        for epoch in (1, 2, 3):
            writer.add_scalar("a", 10.0 * epoch, epoch)
    with event_writer(tmp_path, first_epoch=3) as writer:
        for epoch in (3, 4):
            writer.add_scalar("a", float(epoch), epoch)
    assert scalars(tmp_path, "a") == [(1, 10.0), (2, 20.0), (3, 3.0), (4, 4.0)]


def test_later_summaries_are_written_beside_earlier_files(tmp_path: Path) -> None:
    with event_writer(tmp_path, first_epoch=1) as writer:
        writer.add_scalar("a", 1.0, 5)
    with event_writer(tmp_path) as writer:
        writer.add_scalar("b", 2.0, 1)
    assert scalars(tmp_path, "a") == [(5, 1.0)]
    assert scalars(tmp_path, "b") == [(1, 2.0)]


def test_summaries_written_before_an_error_are_kept(tmp_path: Path) -> None:
    with pytest.raises(KeyError), event_writer(tmp_path) as writer:
        writer.add_scalar("a", 1.0, 1)
        raise KeyError
    assert scalars(tmp_path, "a") == [(1, 1.0)]


def test_a_file_is_read_after_those_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TensorBoard reads by name: without the second of their making, number 10 comes before 9."""
    monkeypatch.setattr(event_file_writer, "_global_uid", event_file_writer.AtomicCounter(9))
    for epoch in (1, 2):
        with event_writer(tmp_path, first_epoch=epoch) as writer:
            writer.add_scalar("a", float(epoch), epoch)
    assert scalars(tmp_path, "a") == [(1, 1.0), (2, 2.0)]
