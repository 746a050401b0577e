"""Speakers of a run's test or validation part that an earlier model was trained on."""

from __future__ import annotations

from pathlib import Path

from emotion_classifier.corpora.splits import Part, Split
from emotion_classifier.errors import LeakError, abridged
from emotion_classifier.experiments.data.load import DataConfig, RunData
from emotion_classifier.experiments.data.split_speakers import speakers_by_part
from emotion_classifier.model_folder.pretraining_data import encoder_name, seen_by_encoder
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.runs.run_folder import RunFolder

_DISJOINT: dict[Part, tuple[Part, ...]] = {
    "test": ("train", "validation"),
    "validation": ("train",),
}
"""Part of this run → parts of the earlier run whose speakers must not be in it.

The earlier run chose its epoch by its validation part, which may be the validation part here too, but
not part of the test.
"""


def seen_warnings(
    folder: Path,
    specification: ModelSpecification,
    config: DataConfig,
    data: RunData,
    split: Split,
    *,
    use: str,
) -> tuple[str, ...]:
    """Warnings, for every report, that an earlier model may know speakers of the scored parts.

    The speakers of a model in the folder of its run are compared with those of `split`. Those of
    other models, and of the models that it was made from, are not known: a corpus that they share
    with this run gives a warning.

    Parameters
    ----------
    folder, specification : of the earlier model.
    use : how this run uses it, at the beginning of sentences: ``Distilled from``.

    Raises
    ------
    LeakError
        It was trained on speakers of the test or validation part, and `allow_leak` is not set for
        their corpora.
    """
    here = {u.corpus for u in data.utterances}
    unchecked = {one.corpus for one in specification.inherited_training_data}
    warnings: list[str] = []
    seen = speakers_by_part(RunFolder(folder.parent).split)
    if seen is None:
        unchecked |= {one.corpus for one in specification.training_data}
    else:
        warnings += _leaks(seen, config, data, split, folder.parent)
    known = f"{use} {specification.name}, which saw"
    warnings += [_possible_leak(f"{known} {corpus}") for corpus in sorted(unchecked & here)]
    encoder = encoder_name(specification.architecture)
    if encoder is not None:
        warnings += seen_by_encoder(encoder, here)
    return tuple(warnings)


def _leaks(
    seen: dict[Part, set[str]], config: DataConfig, data: RunData, split: Split, run: Path
) -> list[str]:
    """Sentences on speakers that the earlier run has seen, where `allow_leak` is set."""
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
            f"the model in {run} was trained on {len(refused)} speakers of this run's test or "
            f"validation part: {abridged(refused)}. Take a run with the same split, or another "
            "model, or set split.allow_leak: true, which marks every report of the run"
        )
    return [f"Leak: {leak}" for leak in found]


def _possible_leak(known: str) -> str:
    return (
        f"{known}: speakers of the test part may be among those it was trained on, and the score is "
        "then too good. Take the folder of a run to have this checked."
    )
