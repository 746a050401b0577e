"""Cross-validation by speaker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from emotion_classifier.corpora.splits.settings import HeldOutSettings
from emotion_classifier.corpora.splits.speakers import assign_speakers, split_train_validation
from emotion_classifier.corpora.splits.split import Part, Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError


class KFoldConfig(HeldOutSettings):
    """One of k folds is tested; folds share no speaker, and depend on the seed alone."""

    kind: Literal["k_fold"] = "k_fold"
    """Cross-validation by speaker."""
    folds: Annotated[int, Field(ge=2)] = 5
    """Number of folds."""
    fold: Annotated[int, Field(ge=1)] | None = None
    """The fold to test, from 1 to `folds`; null in a cross-validation, which tests each."""

    @model_validator(mode="after")
    def _fold_exists(self) -> KFoldConfig:
        if self.fold is not None and self.fold > self.folds:
            raise ValueError(
                f"fold {self.fold} does not exist: the folds are 1 to {self.folds}; "
                "choose another, or more folds"
            )
        return self

    def require_test_part(self) -> None:
        """Raise `SplitError` without a fold."""
        self._tested_fold()

    def assign(self, utterances: Sequence[Utterance], generator: np.random.Generator) -> Split:
        """The split of one corpus."""
        return split_k_fold(
            utterances, self.folds, self._tested_fold(), self.validation_fraction, generator
        )

    def _tested_fold(self) -> int:
        if self.fold is None:
            raise SplitError(
                f"split.fold: a split of kind k_fold needs the number of the fold to test, 1 to "
                f"{self.folds}: set it, or train a model for each fold with `emotion cross-validate`"
            )
        return self.fold


def split_k_fold(
    utterances: Sequence[Utterance],
    folds: int,
    fold: int,
    validation_fraction: float,
    generator: np.random.Generator,
) -> Split:
    """Test part: the speakers of `fold` (from 1); train and validation: those of the others.

    Raises
    ------
    SplitError
        Fewer speakers than folds, or fewer than two outside the tested fold.
    """
    shares = [1.0 / folds] * folds
    fold_of = assign_speakers(utterances, shares, generator, purpose=f"{folds} folds")
    tested = {speaker for speaker, index in fold_of.items() if index == fold - 1}
    return hold_out_speakers(utterances, tested, validation_fraction, generator)


def hold_out_speakers(
    utterances: Sequence[Utterance],
    tested: set[str],
    validation_fraction: float,
    generator: np.random.Generator,
) -> Split:
    """Test part: the speakers `tested`; the others train, a share of them validates."""
    rest = split_train_validation(
        [u for u in utterances if u.speaker_id not in tested],
        validation_fraction,
        generator,
        purpose="train and validation beside the tested speakers",
    )
    tests: dict[str, Part] = {u.id: "test" for u in utterances if u.speaker_id in tested}
    return Split({**tests, **rest.parts})
