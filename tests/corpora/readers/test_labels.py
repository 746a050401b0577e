"""Emotions of the labels of tables and folders."""

from __future__ import annotations

import pytest

from emotion_classifier.corpora.readers.labels import resolve_labels
from emotion_classifier.errors import CorpusError


def test_common_names_need_no_mapping() -> None:
    counts = {"Anger": 2, "joy": 1, "neutral": 1}
    expected = {"Anger": "angry", "joy": "happy", "neutral": "neutral"}
    assert resolve_labels(counts, {}, "t.csv") == expected


def test_the_mapping_comes_first_and_may_keep_other_emotions() -> None:
    mapping = {"1": "anger", "fear": "anxious", "excited": "excited"}
    counts = {"1": 1, "fear": 1, "excited": 1}
    expected = {"1": "angry", "fear": "anxious", "excited": "excited"}
    assert resolve_labels(counts, mapping, "t.csv") == expected


def test_all_unknown_labels_and_idle_mappings_are_reported_together() -> None:
    with pytest.raises(CorpusError) as caught:
        resolve_labels({"hapy": 3, "x7": 12, "sad": 1}, {"angyr": "angry"}, "t.csv")
    message = str(caught.value)
    assert message.startswith("t.csv: unknown emotions 'hapy' (3 clips), 'x7' (12 clips)")
    assert "{hapy: happy}" in message
    assert "emotions maps 'angyr', which no clip has" in message
    assert "sad" not in message.split("unknown emotions")[1].split(".")[0]
