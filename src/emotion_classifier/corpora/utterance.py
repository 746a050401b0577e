"""A clip of a corpus with its labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

Sex: TypeAlias = Literal["female", "male"]


@dataclass(frozen=True, slots=True)
class Utterance:
    """A labelled clip.

    Parameters
    ----------
    id : unique over all corpora and the same on every machine: ``corpus/path within the corpus``
        with forward slashes and without the file suffix, so that WAV and FLAC copies agree.
    path : the audio file.
    corpus : name of the corpus.
    speaker : identity, unique within the corpus; `speaker_id` is unique over all corpora.
    emotion : intended emotion, in its canonical name if it has one.
    sex, intensity, sentence : None where unknown.
    perceived : emotion → share of the listeners who chose it; None without votes.
    speaker_attributes : facts of the speaker by which scores are grouped, such as ``age`` and ``race``.
    attributes : further facts of the corpus, by name.
    """

    id: str
    path: Path
    corpus: str
    speaker: str
    emotion: str
    sex: Sex | None = None
    intensity: str | None = None
    sentence: str | None = None
    perceived: Mapping[str, float] | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    speaker_attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def speaker_id(self) -> str:
        """Identity of the speaker over all corpora."""
        return f"{self.corpus}/{self.speaker}"
