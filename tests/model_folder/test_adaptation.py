from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.errors import ModelFolderError
from emotion_classifier.model_folder.adaptation import (
    Adaptation,
    Logits,
    shift_of_recordings,
)
from emotion_classifier.model_folder.card import to_markdown
from emotion_classifier.model_folder.folder import (
    SPECIFICATION,
    read_specification,
    write_specification,
)

EMOTIONS = 4


@pytest.fixture
def logits() -> Logits:
    generator = np.random.default_rng(0)
    offsets = np.array([-3.0, 0.5, 2.0, 0.0])
    logits: Logits = (generator.normal(size=(50, EMOTIONS)) + offsets).astype(np.float32)
    return logits


def test_neutral_is_raised_and_others_are_lowered_to_the_common_mean(logits: Logits) -> None:
    common = logits.mean()
    low, slightly_high, high, about_common = logits.mean(0) - common
    assert low < 0.0 < min(slightly_high, high, about_common)
    expected = [-low, -slightly_high, -high, -about_common]
    np.testing.assert_allclose(shift_of_recordings(logits, 0), expected, atol=1e-5)
    louder = (logits + np.float32(7.0)).astype(np.float32)
    np.testing.assert_allclose(shift_of_recordings(louder, 0), expected, atol=1e-5)


def test_frequent_neutral_and_absent_emotions_stay(logits: Logits) -> None:
    shift = shift_of_recordings(logits, 2)
    assert shift[0] == 0.0  # rarely predicted: possibly absent
    assert shift[2] == 0.0  # neutral, predicted for most of the windows
    assert shift[1] < 0.0
    without = shift_of_recordings(logits, None)
    assert without[2] < 0.0
    assert (without <= 0.0).all()


def test_logits_are_shifted_in_their_own_type(logits: Logits) -> None:
    adaptation = Adaptation(
        shift=(1.0, 0.0, 0.0, -1.0), recordings=1, windows=2, speech_seconds=3.0
    )
    shifted = adaptation.apply(logits)
    assert shifted.dtype == np.float32
    np.testing.assert_allclose(shifted - logits, [[1.0, 0.0, 0.0, -1.0]] * len(logits), atol=1e-5)


def test_a_folder_with_a_shift_of_other_emotions_is_refused(
    untrained_model: Path, tmp_path: Path
) -> None:
    specification = read_specification(untrained_model)
    adaptation = Adaptation(shift=(1.0, 0.0, 0.0), recordings=1, windows=2, speech_seconds=3.0)
    write_specification(tmp_path, specification.model_copy(update={"adaptation": adaptation}))
    assert (tmp_path / SPECIFICATION).is_file()
    with pytest.raises(ModelFolderError, match="3 shifts, and there are 2"):
        read_specification(tmp_path)


def test_the_card_has_the_amount_of_speech(untrained_model: Path) -> None:
    adaptation = Adaptation(shift=(1.0, 0.0), recordings=12, windows=34, speech_seconds=56.0)
    specification = read_specification(untrained_model)
    text = to_markdown(specification.model_copy(update={"adaptation": adaptation}))
    assert "12 recordings with 56 s of speech in 34 windows" in text
