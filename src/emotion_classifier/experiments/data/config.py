"""Which corpora, emotions and parts. Needs no torch."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.corpora.readers import CorpusConfig
from emotion_classifier.corpora.splits import SpeakersConfig, SplitConfig
from emotion_classifier.emotions import LabelsConfig, Target


class DataConfig(StrictConfig):
    """Corpora, emotions and parts."""

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Seed of everything random: split, weights, order, crops, dropout, bootstrap."""
    corpora: Annotated[tuple[CorpusConfig, ...], Field(min_length=1)]
    """Corpora to use together."""
    labels: LabelsConfig = LabelsConfig()
    """Emotions of the model."""
    target: Target = "intended"
    """What is learned: the intended emotion, or the shares of the listeners who heard each emotion."""
    split: SplitConfig = SpeakersConfig()
    """How each corpus is shared out into training, validation and test part."""
    corpus_splits: dict[str, SplitConfig] = {}
    """Splits of single corpora by their name, instead of `split`."""
