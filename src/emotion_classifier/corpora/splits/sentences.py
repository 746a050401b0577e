"""Split in which the test part shares neither a speaker nor a sentence with the training part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from emotion_classifier.corpora.splits.balance import assign_groups, strata
from emotion_classifier.corpora.splits.settings import Fraction, FractionSettings
from emotion_classifier.corpora.splits.speakers import assign_speakers
from emotion_classifier.corpora.splits.split import PARTS, Part, Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError, abridged


class SentencesConfig(FractionSettings):
    """New speakers say new sentences in the test part; the other combinations are left out."""

    kind: Literal["sentences"] = "sentences"
    """Sentence-disjoint and speaker-disjoint."""
    train: Fraction = 0.6
    """Share of the speakers to train on."""
    validation: Fraction = 0.2
    """Share of the speakers to choose the epoch and the options on."""
    test: Fraction = 0.2
    """Share of the speakers to score once, at the end."""
    test_sentences: Annotated[float, Field(gt=0.0, lt=0.5)] = 0.25
    """Share of the sentences for the test part; as many again for validation if there are three."""

    def assign(self, utterances: Sequence[Utterance], generator: np.random.Generator) -> Split:
        """The split of one corpus."""
        return split_sentences(utterances, self.fractions, self.test_sentences, generator)


def split_sentences(
    utterances: Sequence[Utterance],
    fractions: tuple[float, float, float],
    test_sentences: float,
    generator: np.random.Generator,
) -> Split:
    """Parts of speakers times parts of sentences; other combinations are left out with the reason.

    With only two sentences (RAVDESS) the training and validation part share a sentence.

    Raises
    ------
    SplitError
        An utterance without a sentence, fewer than two sentences or fewer than three speakers.
    """
    _require_sentences(utterances)
    speaker_part = assign_speakers(utterances, fractions, generator, purpose="three parts")
    sentence_parts = _share_sentences(utterances, test_sentences, generator)
    parts: dict[str, Part] = {}
    left_out: dict[str, str] = {}
    for utterance in utterances:
        part = PARTS[speaker_part[utterance.speaker_id]]
        allowed = sentence_parts[utterance.sentence or ""]
        if part in allowed:
            parts[utterance.id] = part
        else:
            left_out[utterance.id] = (
                f"the speaker is in {part}, the sentence in {' and '.join(allowed)}"
            )
    return Split(parts, left_out)


def _share_sentences(
    utterances: Sequence[Utterance], share: float, generator: np.random.Generator
) -> Mapping[str, tuple[Part, ...]]:
    """Sentence → the parts that may hold it."""
    sentences = [u.sentence or "" for u in utterances]
    cells = strata(utterances)
    if len(set(sentences)) == 2:
        tested = assign_groups(sentences, cells, (1.0 - share, share), generator)
        return {s: ("test",) if test else ("train", "validation") for s, test in tested.items()}
    part_of = assign_groups(sentences, cells, (1.0 - 2.0 * share, share, share), generator)
    return {sentence: (PARTS[part],) for sentence, part in part_of.items()}


def _require_sentences(utterances: Sequence[Utterance]) -> None:
    unknown = [u.id for u in utterances if not u.sentence]
    if unknown:
        raise SplitError(
            f"{len(unknown)} of {len(utterances)} utterances have no sentence ({abridged(unknown)}), "
            "but a sentence-disjoint split needs them: add the sentence to the corpus "
            "(the table's sentence column), or split by speakers"
        )
    sentences = sorted({u.sentence or "" for u in utterances})
    if len(sentences) < 2:
        raise SplitError(
            f"all utterances say the same sentence ({abridged(sentences) or 'none'}): a "
            "sentence-disjoint split needs at least two sentences; split by speakers instead"
        )
