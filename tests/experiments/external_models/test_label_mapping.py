"""Labels of external models and their emotions."""

from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.errors import LabelError
from emotion_classifier.experiments.external_models.label_mapping import (
    LabelMapping,
    log_probabilities,
)


def softmax(logits: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> list[float]:
    powers = np.exp(logits[0])
    shares: list[float] = (powers / powers.sum()).tolist()
    return shares


def test_common_names_need_no_mapping() -> None:
    mapping = LabelMapping.of(["ang", "HAPPY", "neu"], {})
    assert mapping.labels.names == ("neutral", "happy", "angry")
    assert mapping.columns == ((2,), (1,), (0,))


def test_labels_of_one_emotion_are_added_and_others_left_out() -> None:
    mapping = LabelMapping.of(
        ["joy", "excited", "sad", "other"], {"excited": "happy", "other": None}
    )
    assert mapping.labels.names == ("happy", "sad")
    scores = log_probabilities(np.array([[0.2, 0.3, 0.25, 0.25]], np.float32))
    assert softmax(mapping.logits(scores)) == pytest.approx([2 / 3, 1 / 3])


def test_a_probability_of_zero_is_finite() -> None:
    mapping = LabelMapping.of(["happy", "sad"], {})
    logits = mapping.logits(log_probabilities(np.array([[0.0, 1.0]], np.float32)))
    assert np.isfinite(logits).all() and softmax(logits) == pytest.approx([0, 1])


@pytest.mark.parametrize(
    ("labels", "emotions", "message"),
    [
        (["happy", "LABEL_1"], {}, "LABEL_1"),
        (["happy", "sad"], {"glad": "happy"}, "glad"),
        (["happy", "sad"], {"sad": None}, "two emotions"),
    ],
)
def test_mistakes_name_the_label(
    labels: list[str], emotions: dict[str, str | None], message: str
) -> None:
    with pytest.raises(LabelError, match=message):
        LabelMapping.of(labels, emotions)
