"""One speaker is tested, the others train and validate."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from emotion_classifier.corpora.splits.k_fold import hold_out_speakers
from emotion_classifier.corpora.splits.settings import HeldOutSettings
from emotion_classifier.corpora.splits.split import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError, abridged


class LeaveOneSpeakerOutConfig(HeldOutSettings):
    """One speaker is tested; a run for each speaker makes the full procedure."""

    kind: Literal["leave_one_speaker_out"] = "leave_one_speaker_out"
    """Leave one speaker out."""
    speaker: Annotated[str, Field(coerce_numbers_to_str=True)] | None = None
    """The speaker to test, as the corpus names them; in YAML write '01' with quotes. Null in a
    cross-validation, which tests each."""

    def require_test_part(self) -> None:
        """Raise `SplitError` without a speaker."""
        self._tested_speaker()

    def assign(self, utterances: Sequence[Utterance], generator: np.random.Generator) -> Split:
        """The split of one corpus."""
        return split_leave_one_speaker_out(
            utterances, self._tested_speaker(), self.validation_fraction, generator
        )

    def _tested_speaker(self) -> str:
        if self.speaker is None:
            raise SplitError(
                "split.speaker: a split of kind leave_one_speaker_out needs the speaker to test: name the "
                "speaker, or train a model for each with `emotion cross-validate`"
            )
        return self.speaker


def split_leave_one_speaker_out(
    utterances: Sequence[Utterance],
    speaker: str,
    validation_fraction: float,
    generator: np.random.Generator,
) -> Split:
    """Test part: one speaker; train and validation: the others.

    Raises
    ------
    SplitError
        The corpus has no such speaker, or fewer than two others.
    """
    speakers = {u.speaker: u.speaker_id for u in utterances}
    if speaker not in speakers:
        known = sorted(speakers)
        near = difflib.get_close_matches(speaker, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise SplitError(
            f"speaker {speaker!r} is not in the corpus, whose {len(known)} speakers are "
            f"{abridged(known, limit=100)}: name one of them{hint}"
        )
    return hold_out_speakers(utterances, {speakers[speaker]}, validation_fraction, generator)
