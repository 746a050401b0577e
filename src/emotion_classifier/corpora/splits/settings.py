"""Options that several kinds of split share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field, model_validator

from emotion_classifier.config import StrictConfig
from emotion_classifier.corpora.splits.split import Split
from emotion_classifier.corpora.utterance import Utterance

Fraction: TypeAlias = Annotated[float, Field(gt=0.0, lt=1.0)]


class SplitSettings(StrictConfig):
    """Base of every kind of split."""

    allow_leak: bool = False
    """Allow a speaker or recording in two parts; every report is marked."""

    def require_test_part(self) -> None:
        """Raise `SplitError` where the settings leave open which fold or speaker is tested.

        A cross-validation tests each in turn.
        """
        return

    @abstractmethod
    def assign(self, utterances: Sequence[Utterance], generator: np.random.Generator) -> Split:
        """The split of one corpus; `make_split` then checks it for leaks."""


class FractionSettings(SplitSettings):
    """Base of the kinds that divide the whole corpus by fractions."""

    train: Fraction = 0.8
    """Share of the corpus to train on."""
    validation: Fraction = 0.1
    """Share of the corpus to choose the epoch and the options on."""
    test: Fraction = 0.1
    """Share of the corpus to score once, at the end."""

    @property
    def fractions(self) -> tuple[float, float, float]:
        """Shares in the order of `PARTS`."""
        return (self.train, self.validation, self.test)

    @model_validator(mode="after")
    def _sum_to_one(self) -> FractionSettings:
        if abs(sum(self.fractions) - 1.0) > 1e-6:
            raise ValueError(
                f"train {self.train} + validation {self.validation} + test {self.test} is "
                f"{sum(self.fractions):g}, but the shares must sum to 1: change one of them"
            )
        return self


class HeldOutSettings(SplitSettings):
    """Base of the kinds that fix the test part and take the validation part from the rest."""

    validation_fraction: Fraction = 0.2
    """Share of the rest for validation: whole speakers, balanced by sex and emotion."""
