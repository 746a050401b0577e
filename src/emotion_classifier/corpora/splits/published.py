"""Published folds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np

from emotion_classifier.corpora.splits.balance import assign_groups, strata
from emotion_classifier.corpora.splits.published_tables import (
    PUBLISHED,
    RESLSTM_VALIDATION,
    PublishedName,
    published_parts,
    read_table,
)
from emotion_classifier.corpora.splits.settings import HeldOutSettings
from emotion_classifier.corpora.splits.split import Part, Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import LeakError, SplitError, abridged

Validation: TypeAlias = Literal["speakers", "reslstm"]


class PublishedConfig(HeldOutSettings):
    """A published split, recognised by the corpus's own file names; sources in published/README."""

    kind: Literal["published"] = "published"
    """The folds of a paper or benchmark."""
    name: PublishedName
    """Which published split."""
    fold: int | None = None
    """The fold to test, numbered as published; null where the split has only one, and in a
    cross-validation, which tests each."""
    validation: Validation = "speakers"
    """Validation speakers where none are published: drawn, or those of ResLSTM (ravdess_luna5)."""

    def require_test_part(self) -> None:
        """Raise `SplitError` without a fold that the published split has."""
        _require_known(self.name, self.fold, self.validation)

    def assign(self, utterances: Sequence[Utterance], generator: np.random.Generator) -> Split:
        """The split of one corpus."""
        if not self.allow_leak and not PUBLISHED[self.name].speaker_independent:
            raise LeakError(
                f"the published split {self.name} has the same speakers in train and test, and a "
                "speaker may be in one part only: use cremad_tfds for an honest score, or set "
                "allow_leak: true to compare with figures on this split (every report is marked)"
            )
        return split_as_published(
            utterances, self.name, self.fold, self.validation, self.validation_fraction, generator
        )


def split_as_published(
    utterances: Sequence[Utterance],
    name: str,
    fold: int | None,
    validation: Validation,
    validation_fraction: float,
    generator: np.random.Generator,
) -> Split:
    """The parts as published; validation speakers come from the training part if none are published.

    A clip is recognised by its file name in the corpus (the end of the id), whichever reader read
    it. Clips that the split does not cover are left out with that reason; speakers of the split
    that the corpus lacks are listed in a note.

    Raises
    ------
    SplitError
        An unknown name, fold or validation part, a corpus with other file names, or a training
        part with too few speakers to take validation speakers from.
    """
    _require_known(name, fold, validation)
    rows = read_table(PUBLISHED[name].table)
    listed = published_parts(rows, fold if fold is not None else PUBLISHED[name].folds[0])
    speakers = _speakers(utterances, name)
    parts: dict[str, Part] = {}
    left_out: dict[str, str] = {}
    for utterance in utterances:
        clip = _clip(utterance)
        part = listed.get(clip) or listed.get(speakers.get(utterance.id, ""))
        if part is None or clip in PUBLISHED[name].absent:
            left_out[utterance.id] = f"not in the published split {name}"
        else:
            parts[utterance.id] = part
    if validation == "reslstm":
        validating = {
            r["val_speaker"] for r in read_table(RESLSTM_VALIDATION) if int(r["fold"]) == fold
        }
        parts |= {i: "validation" for i in parts if speakers[i] in validating}
    elif "validation" not in listed.values():
        parts |= _draw_validation(utterances, parts, speakers, validation_fraction, generator)
    return Split(parts, left_out, notes=_notes(name, rows, parts, speakers))


def _require_known(name: str, fold: int | None, validation: str) -> None:
    if name not in PUBLISHED:
        raise SplitError(f"unknown published split {name!r}: choose one of {', '.join(PUBLISHED)}")
    folds = PUBLISHED[name].folds
    if fold is None and len(folds) > 1:
        raise SplitError(
            f"split.fold: the published split {name} needs the number of the fold to test, one of "
            f"{', '.join(map(str, folds))}: set it, or train a model for each fold with "
            "`emotion cross-validate`"
        )
    if fold not in folds and not (fold is None and len(folds) == 1):
        raise SplitError(
            f"fold {fold} of the published split {name} does not exist: "
            f"choose one of {', '.join(map(str, folds))}"
        )
    if validation == "reslstm" and name != "ravdess_luna5":
        raise SplitError(
            f"validation speakers of ResLSTM are published for ravdess_luna5, not for {name}: "
            "choose validation: speakers"
        )


def _clip(utterance: Utterance) -> str:
    return utterance.id.rpartition("/")[2]


def _speakers(utterances: Sequence[Utterance], name: str) -> dict[str, str]:
    """Id → speaker by the file name, for the utterances whose names are those of the corpus."""
    pattern = re.compile(PUBLISHED[name].clip_name)
    matches = {u.id: pattern.fullmatch(_clip(u)) for u in utterances}
    speakers = {i: match["speaker"] for i, match in matches.items() if match}
    if not speakers:
        shown = abridged((u.id for u in utterances), 2) or "(none)"
        raise SplitError(
            f"the published split {name} is of clips named like {PUBLISHED[name].example}, and none of "
            f"the {len(utterances)} utterances is ({shown}): use it with that corpus, or choose "
            "another kind of split"
        )
    return speakers


def _draw_validation(
    utterances: Sequence[Utterance],
    parts: Mapping[str, Part],
    speakers: Mapping[str, str],
    fraction: float,
    generator: np.random.Generator,
) -> dict[str, Part]:
    training = [u for u in utterances if parts.get(u.id) == "train"]
    groups = [speakers[u.id] for u in training]
    if len(set(groups)) < 2:
        raise SplitError(
            f"the training part of this fold has {len(set(groups))} speakers here, and validation "
            "takes whole speakers from it, so at least 2 are needed: use the complete corpus"
        )
    validates = assign_groups(groups, strata(training), (1.0 - fraction, fraction), generator)
    return {u.id: "validation" for u, s in zip(training, groups, strict=True) if validates[s]}


def _notes(
    name: str,
    rows: Sequence[Mapping[str, str]],
    parts: Mapping[str, Part],
    speakers: Mapping[str, str],
) -> tuple[str, ...]:
    if len(parts) == PUBLISHED[name].clips:
        return ()
    here = {speakers[i] for i in parts}
    absent = sorted({row["speaker"] for row in rows} - here)
    lacking = f"; absent speakers: {abridged(absent, 100)}" if absent else ""
    return (
        f"{len(parts)} of the {PUBLISHED[name].clips} clips of the published split {name} are in the "
        f"corpus{lacking}",
    )
