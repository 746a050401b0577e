"""A whole corpus for training, or for testing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import model_validator

from emotion_classifier.corpora.splits.settings import Fraction, SplitSettings
from emotion_classifier.corpora.splits.speakers import split_train_validation
from emotion_classifier.corpora.splits.split import Split
from emotion_classifier.corpora.utterance import Utterance


class WholeCorpusConfig(SplitSettings):
    """Every clip of the corpus in one part; other corpora fill the other parts."""

    kind: Literal["all"] = "all"
    """The whole corpus for training or for testing."""
    part: Literal["train", "test"]
    """The part that gets every clip."""
    validation_fraction: Fraction | None = None
    """Share of a training corpus for validation, whole speakers; null for none."""

    @model_validator(mode="after")
    def _only_training_is_divided(self) -> WholeCorpusConfig:
        if self.part == "test" and self.validation_fraction is not None:
            raise ValueError(
                f"validation_fraction {self.validation_fraction:g} would take speakers from the test "
                "part, but part: test takes the whole corpus: leave it out, or set part: train"
            )
        return self

    def assign(self, utterances: Sequence[Utterance], generator: np.random.Generator) -> Split:
        """The split of one corpus."""
        if self.validation_fraction is None:
            return Split({u.id: self.part for u in utterances})
        return split_train_validation(
            utterances, self.validation_fraction, generator, purpose="train and validation"
        )
