from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emotion_classifier.errors import RunError
from emotion_classifier.training.logging.confusion_history import (
    EpochConfusion,
    read_confusions,
    write_animation,
    write_confusions,
)

NAMES = ("a, b", "true", "é")


def matrices(epochs: int) -> list[EpochConfusion]:
    counts = np.random.default_rng(0).integers(0, 30, (epochs, 3, 3))
    return [EpochConfusion(number, one) for number, one in enumerate(counts, start=1)]


def test_reads_its_own_file(tmp_path: Path) -> None:
    path = tmp_path / "confusion.csv"
    for epochs in (3, 1, 0):
        expected = matrices(epochs)
        write_confusions(path, NAMES, expected)
        found = read_confusions(path)
        assert [one.epoch for one in found] == [one.epoch for one in expected]
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one.counts, other.counts)


def test_the_file_describes_its_numbers(tmp_path: Path) -> None:
    path = tmp_path / "confusion.csv"
    write_confusions(path, NAMES, [EpochConfusion(1, np.arange(9).reshape(3, 3))])
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header == ["epoch", "true", *NAMES]
    assert [row[1] for row in rows] == list(NAMES)
    assert rows[1] == ["1", "true", "3", "4", "5"]


def test_the_title_has_epoch_and_uar() -> None:
    counts = np.array([[3, 1, 0], [2, 2, 0], [0, 0, 0]])  # recall 3/4 and 1/2, the third has none
    assert EpochConfusion(7, counts).title == "epoch 7 · UAR 62.5%"


def test_the_animation_has_a_frame_for_each_epoch(tmp_path: Path) -> None:
    path = tmp_path / "confusion.gif"
    write_animation(path, NAMES, matrices(4))
    with Image.open(path) as picture:
        assert picture.format == "GIF"
        assert getattr(picture, "n_frames", 1) == 4


@pytest.mark.parametrize("kept", [0, 3, -4, -8])
def test_a_damaged_file_is_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "confusion.csv"
    write_confusions(path, NAMES, matrices(3))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(RunError, match=r"confusion\.csv cannot be read"):
        read_confusions(path)
