"""The pretrained classifier that a run starts from, checked for speakers that the run tests on."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from emotion_classifier.corpora.splits import Part, Split
from emotion_classifier.errors import LeakError, abridged
from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.model_folder.folder import find_model_folder, read_specification
from emotion_classifier.model_folder.pretraining_data import encoder_name, seen_by_encoder
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.runs.run_folder import RunFolder

_DISJOINT: dict[Part, tuple[Part, ...]] = {
    "test": ("train", "validation"),
    "validation": ("train",),
}
"""Part of this run → parts of the pretraining whose speakers must not be in it.

The pretraining chose its epoch by its validation part, which may be the validation part here too, but
not part of the test.
"""


@dataclass(frozen=True)
class Pretrained:
    """A pretrained classifier.

    Parameters
    ----------
    folder : its model folder.
    specification : of the model.
    warnings : sentences that every report on the new model repeats.
    """

    folder: Path
    specification: ModelSpecification
    warnings: tuple[str, ...]


def find_pretrained(config: RunConfig, data: RunData, split: Split) -> Pretrained | None:
    """The classifier that the settings start from, checked for leaks; None for fresh weights.

    Raises
    ------
    ModelFolderError
        There is no model folder at the path, or it is damaged.
    LeakError
        It was trained on speakers of the test or validation part, and `allow_leak` is not set for
        their corpora.
    """
    chosen = config.pretrained_weights
    if chosen is None or not chosen.enabled:
        return None
    folder = find_model_folder(chosen.path)
    specification = read_specification(folder)
    seen = _speakers(RunFolder(folder.parent).split)
    here = {u.corpus for u in data.utterances}
    origin = specification.origin
    unchecked = {one.corpus for one in origin.training_data} if origin else set()
    warnings: list[str] = []
    if seen is None:
        unchecked |= {one.corpus for one in specification.training_data}
    else:
        warnings += _leaks(seen, config, data, split, folder.parent)
    warnings += [_possible_leak(specification.name, corpus) for corpus in sorted(unchecked & here)]
    encoder = encoder_name(specification.architecture)
    if encoder is not None:
        warnings += seen_by_encoder(encoder, here)
    return Pretrained(folder, specification, tuple(warnings))


def _speakers(split: Path) -> dict[Part, set[str]] | None:
    """Speakers of each part of a saved split; None where the model is outside its run."""
    if not split.is_file():
        return None
    parts = Split.load(split).parts
    found: dict[Part, set[str]] = defaultdict(set)
    with split.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as stream:
        for row in csv.DictReader(stream):
            if "speaker" not in row or "corpus" not in row:
                return None
            if row["utterance"] in parts:
                found[parts[row["utterance"]]].add(f"{row['corpus']}/{row['speaker']}")
    return found


def _leaks(
    seen: dict[Part, set[str]], config: RunConfig, data: RunData, split: Split, run: Path
) -> list[str]:
    """Sentences on speakers that the pretraining has seen, where `allow_leak` is set."""
    found: list[str] = []
    refused: list[str] = []
    for part, others in _DISJOINT.items():
        corpora = {u.speaker_id: u.corpus for u in data.part(split, part)}
        for other in others:
            for speaker in sorted(corpora.keys() & seen[other]):
                settings = config.corpus_splits.get(corpora[speaker], config.split)
                leaks = found if settings.allow_leak else refused
                leaks.append(f"speaker {speaker} is in {part} here and in {other} of {run}")
    if refused:
        raise LeakError(
            f"the pretrained weights have seen {len(refused)} speakers of this run's test or "
            f"validation part: {abridged(refused)}. Start from a run with the same split, or from "
            "other weights, or set split.allow_leak: true, which marks every report of the run"
        )
    return [f"Leak: {leak}" for leak in found]


def _possible_leak(name: str, corpus: str) -> str:
    return (
        f"Started from the weights of {name}, which saw {corpus}: speakers of the test part may be "
        "among those it was trained on, and the score is then too good. Start from the folder of a "
        "run to have this checked."
    )
