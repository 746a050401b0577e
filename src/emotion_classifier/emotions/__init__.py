"""Emotion labels in order, their names in corpora, and predictions."""

from emotion_classifier.emotions.labels import CANONICAL_EMOTIONS, LabelSet, Target, canonical_name
from emotion_classifier.emotions.mapping import LabelMap, LabelsConfig
from emotion_classifier.emotions.prediction import Prediction

__all__ = [
    "CANONICAL_EMOTIONS",
    "LabelMap",
    "LabelSet",
    "LabelsConfig",
    "Prediction",
    "Target",
    "canonical_name",
]
