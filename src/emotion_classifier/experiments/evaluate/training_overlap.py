"""Warnings where a model is scored on clips that it may have been trained on. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import abridged
from emotion_classifier.experiments.data.split_speakers import speakers_by_part
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.runs.run_folder import RunFolder

PartOrAll = Literal["train", "validation", "test", "all"]


def own_part_warnings(run: RunFolder | None, part: PartOrAll) -> Iterator[str]:
    """A warning where a part of a model's own run, which is None for other corpora, is not the test part."""
    if run is not None and part != "test":
        yield f"These clips are the {part} part of the model's own run: the score is too good."


def seen_warnings(
    specification: ModelSpecification, folder: Path | None, clips: Sequence[Utterance]
) -> Iterator[str]:
    """Warnings where a model may have been trained on clips of other corpora than those of its run.

    Parameters
    ----------
    folder : of the model; in a run its training speakers are known. None where it is not known.
    """
    unchecked = {one.corpus for one in specification.inherited_training_data}
    known = None if folder is None else speakers_by_part(RunFolder(folder.parent).split)
    if known is None or folder is None:
        unchecked |= {one.corpus for one in specification.training_data}
    else:
        here = {u.speaker_id for u in clips}
        if seen := sorted(here & (known["train"] | known["validation"])):
            yield (
                f"Leak: {len(seen)} of the {len(here)} speakers of these clips are in the training or "
                f"validation part of {folder.parent} ({abridged(seen)}): the score is too good."
            )
    for corpus in sorted(unchecked & {u.corpus for u in clips}):
        yield (
            f"The model was trained on {corpus}: speakers of its training part may be among these "
            "clips, and the score is then too good. Evaluate the run itself on its unseen speakers."
        )
