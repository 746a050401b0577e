from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from emotion_classifier.rendering.confusion_frames import (
    FRAMES,
    ConfusionFrames,
    confusion_animation,
)
from emotion_classifier.rendering.palette import CELL

NAMES = ("neutral", "happy", "sad")
FULL = tuple(bytes.fromhex(CELL.removeprefix("#")))


def full_cells(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Which pixels (row, column) have the colour of a share of one."""
    same: npt.NDArray[np.bool_] = (pixels == np.array(FULL, np.uint8)).all(axis=2)
    return same


def frames_of(animation: bytes) -> list[tuple[npt.NDArray[np.uint8], int]]:
    """Pixels and duration in milliseconds of each frame."""
    with Image.open(io.BytesIO(animation)) as picture:
        found = []
        for frame in range(getattr(picture, "n_frames", 1)):
            picture.seek(frame)
            found.append((np.asarray(picture.convert("RGB")), int(picture.info["duration"])))
        return found


def test_a_full_cell_has_the_full_colour_in_its_row_and_column() -> None:
    frames = ConfusionFrames(NAMES)
    middles = np.empty((3, 3, 2))
    for row, column in np.ndindex(3, 3):
        counts = np.zeros((3, 3), np.int64)
        counts[row, column] = 7
        middles[row, column] = np.argwhere(full_cells(frames.draw(counts, ""))).mean(axis=0)
    step = middles[1, 1] - middles[0, 0]
    assert (step > 40).all()
    for row, column in np.ndindex(3, 3):
        expected = middles[0, 0] + step * (row, column)
        np.testing.assert_allclose(middles[row, column], expected, atol=2)


def test_an_emotion_without_clips_leaves_its_row_empty() -> None:
    frames = ConfusionFrames(NAMES)
    counts = np.diag([3, 0, 5])
    nothing = frames.draw(np.zeros((3, 3), np.int64), "")
    changed = (frames.draw(counts, "") != nothing).any(axis=2)
    assert not full_cells(nothing).any()
    rows = np.flatnonzero(changed.any(axis=1))
    assert np.diff(rows).max() > 40  # where the row would be


def test_a_matrix_is_drawn_without_remains_of_the_previous_frame() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 30, (2, 3, 3))
    frames = ConfusionFrames(NAMES)
    first = frames.draw(one, "epoch 1")
    assert (frames.draw(other, "epoch 2") != first).any()
    np.testing.assert_array_equal(frames.draw(one, "epoch 1"), first)


@pytest.mark.parametrize("names", [("a", "b"), ("glücklich $x$", "平静", "x" * 60)])
def test_the_title_and_any_name_fit(names: tuple[str, ...]) -> None:
    size = len(names)
    frames = ConfusionFrames(names)
    counts = np.ones((size, size), np.int64)
    title = "epoch 1000 · UAR 100.0%"
    changed = (frames.draw(counts, title) != frames.draw(counts, "")).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert rows.max() < 35 and columns.max() < changed.shape[1] - 5


def test_an_animation_shows_every_matrix_and_rests_on_the_last() -> None:
    counts = np.random.default_rng(0).integers(0, 30, (5, 3, 3))
    titles = [f"epoch {number}" for number in range(1, 6)]
    animation = confusion_animation(counts, NAMES, titles)
    frames = frames_of(animation)
    assert [duration for _, duration in frames] == [400] * 4 + [2500]
    drawn = ConfusionFrames(NAMES)
    for (pixels, _), matrix, title in zip(frames, counts, titles, strict=True):
        expected = drawn.draw(matrix, title).astype(int)
        assert np.abs(pixels - expected).mean() < 4  # a palette has not every colour
    with Image.open(io.BytesIO(animation)) as picture:
        assert picture.info["loop"] == 0


def test_an_animation_of_one_matrix_is_a_picture() -> None:
    ((_, duration),) = frames_of(confusion_animation(np.ones((1, 2, 2), np.int64), "ab", ["only"]))
    assert duration == 2500


def test_a_long_training_has_a_limited_number_of_frames() -> None:
    counts = np.random.default_rng(0).integers(0, 30, (500, 3, 3))
    titles = [f"epoch {number}" for number in range(500)]
    animation = confusion_animation(counts, NAMES, titles)
    frames = frames_of(animation)
    assert len(frames) == FRAMES
    assert sum(duration for _, duration in frames) < 12_000
    drawn = ConfusionFrames(NAMES)
    for place in (0, -1):
        expected = drawn.draw(counts[place], titles[place]).astype(int)
        assert np.abs(frames[place][0] - expected).mean() < 4


@pytest.mark.slow
@pytest.mark.parametrize("emotions", [8, 30])
def test_an_animation_stays_small(emotions: int) -> None:
    counts = np.random.default_rng(0).integers(0, 50, (100, emotions, emotions))
    names = [f"emotion {number}" for number in range(emotions)]
    assert len(confusion_animation(counts, names, [""] * 100)) < 2e6
