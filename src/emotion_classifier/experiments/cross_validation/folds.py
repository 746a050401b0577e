"""The folds of a cross-validation by speaker: the settings of each run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emotion_classifier.corpora.splits import (
    KFoldConfig,
    LeaveOneSpeakerOutConfig,
    PublishedConfig,
    SpeakersConfig,
    Split,
    SplitConfig,
    WholeCorpusConfig,
)
from emotion_classifier.corpora.splits.published_tables import PUBLISHED
from emotion_classifier.corpora.splits.settings import HeldOutSettings
from emotion_classifier.errors import ConfigError, SplitError, abridged
from emotion_classifier.experiments.data.load import RunData, split_corpora
from emotion_classifier.experiments.train.config import RunConfig

_NAME_LETTERS = 100
"""Longest name of a run."""
_BY_SPEAKER = (SpeakersConfig, KFoldConfig, LeaveOneSpeakerOutConfig)


@dataclass(frozen=True)
class Fold:
    """A fold: its number or its speaker, its name in reports, and the settings of its run."""

    key: str
    name: str
    config: RunConfig


def run_name(text: str) -> str:
    """`text` as a `RunName`: the name of a corpus or speaker may have any letters.

    It ends with a part of the hash of `text` where letters beyond ASCII or the limit are lost, so that
    different names stay different.
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text)
    if text.isascii() and len(name) <= _NAME_LETTERS:
        return name
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{name[: _NAME_LETTERS - len(digest) - 1]}-{digest}"


def with_one_speaker_left_out(config: RunConfig) -> RunConfig:
    """The settings with a fold for each speaker instead of their split.

    Corpora that are whole in one part keep their split, and so do those with a split of their own that
    is not by speaker; `speaker_folds` refuses all of them but those that train in every fold.
    """
    kept = {n: s for n, s in config.corpus_splits.items() if not isinstance(s, _BY_SPEAKER)}
    if not isinstance(config.split, WholeCorpusConfig):
        split = _left_out_one_by_one(config.split)
        return config.model_copy(update={"split": split, "corpus_splits": kept})
    divided = {n: _left_out_one_by_one(s) for n, s in config.corpus_splits.items() if n not in kept}
    return config.model_copy(update={"corpus_splits": kept | divided})


def is_by_speaker(config: RunConfig) -> bool:
    """Whether each fold of the settings is a speaker, so that they depend on the corpora."""
    splits = (config.split, *config.corpus_splits.values())
    return any(isinstance(split, LeaveOneSpeakerOutConfig) for split in splits)


def with_a_fold(config: RunConfig) -> RunConfig:
    """The settings of a single run: the first fold, where a split leaves its number open.

    Raises
    ------
    ConfigError, SplitError
        A split has no folds, or leaves open which speaker is tested.
    """

    def chosen(split: SplitConfig) -> SplitConfig:
        if isinstance(split, KFoldConfig | PublishedConfig) and split.fold is None:
            split = split.model_copy(update={"fold": _numbers_of(split)[0]})
        split.require_test_part()
        return split

    splits = {name: chosen(split) for name, split in config.corpus_splits.items()}
    return config.model_copy(update={"split": chosen(config.split), "corpus_splits": splits})


def numbered_folds(config: RunConfig, chosen: Sequence[str] | None) -> tuple[Fold, ...]:
    """The folds of a split that numbers them; `chosen` are the numbers to take, None takes all.

    Raises
    ------
    ConfigError
        The split has no folds, or not these, or the corpora have different ones.
    """
    splits = (config.split, *config.corpus_splits.values())
    tested = [split for split in splits if not _trains_in_every_fold(split)]
    known, *others = map(_numbers_of, tested or [config.split])
    if any(other != known for other in others):
        raise ConfigError(
            "corpus_splits: every corpus needs as many folds as split has "
            f"({len(known)}), so that each fold tests a part of every corpus, or "
            "{kind: all, part: train}"
        )
    folds = (Fold(str(n), f"fold {n}", _numbered_config(config, n)) for n in known)
    return _chosen(tuple(folds), chosen)


def speaker_folds(
    config: RunConfig, data: RunData, chosen: Sequence[str] | None
) -> tuple[Fold, ...]:
    """A fold for each speaker of the corpora that do not train in every fold.

    In the fold of a speaker all other corpora train; each keeps the share of its speakers for
    validation. `chosen` are the speakers to take, None takes all.

    Raises
    ------
    ConfigError
        A corpus has another kind of split of its own, there is no such speaker, or there are none.
    """
    tested = _tested_corpora(config, data)
    speakers = sorted({(u.corpus, u.speaker) for u in data.utterances if u.corpus in tested})
    several = len(tested) > 1
    folds = (
        Fold(
            f"{corpus}/{speaker}" if several else speaker,
            f"speaker {corpus}/{speaker}" if several else f"speaker {speaker}",
            _speaker_config(config, corpus, speaker, tested),
        )
        for corpus, speaker in speakers
    )
    return _chosen(tuple(folds), chosen)


def require_splits(folds: Sequence[Fold], data: RunData) -> None:
    """Check the split of every fold, before the first of them is trained.

    Raises
    ------
    SplitError
        A fold has an empty part, or tests an emotion that it does not train.
    """
    for fold in folds:
        try:
            split_corpora(data, fold.config)
        except SplitError as error:
            raise type(error)(f"{fold.name}: {error}") from error


def clips_added_later(data: Sequence[RunData], splits: Sequence[Split]) -> tuple[str, ...]:
    """A warning about clips that earlier runs were split without, where there are any.

    Parameters
    ----------
    data : clips of each run, as they are now.
    splits : that the runs have saved.
    """
    added = [one.not_listed(split) for one, split in zip(data, splits, strict=True)]
    clips = sorted({clip for one in added for clip in one})
    if not clips:
        return ()
    return (
        f"{len(clips)} clips are not used by {sum(map(bool, added))} of {len(added)} runs, as these were "
        f"split before the clips were there: {abridged(clips)}. For runs on all clips change label.",
    )


def _chosen(folds: tuple[Fold, ...], chosen: Sequence[str] | None) -> tuple[Fold, ...]:
    known = [fold.key for fold in folds]
    if unknown := sorted(set(chosen or ()) - set(known)):
        raise ConfigError(
            f"fold {', '.join(unknown)} is not one of {abridged(known, limit=100)}: the folds of this "
            "split have these names"
        )
    return tuple(fold for fold in folds if chosen is None or fold.key in chosen)


def _left_out_one_by_one(split: SplitConfig) -> LeaveOneSpeakerOutConfig:
    if isinstance(split, HeldOutSettings):
        return LeaveOneSpeakerOutConfig(validation_fraction=split.validation_fraction)
    return LeaveOneSpeakerOutConfig()


def _trains_in_every_fold(split: SplitConfig) -> bool:
    return isinstance(split, WholeCorpusConfig) and split.part == "train"


def _numbers_of(split: SplitConfig) -> tuple[int, ...]:
    """The numbers of the folds that a split has."""
    if isinstance(split, KFoldConfig):
        return tuple(range(1, split.folds + 1))
    if isinstance(split, PublishedConfig) and len(PUBLISHED[split.name].folds) > 1:
        return PUBLISHED[split.name].folds
    raise ConfigError(
        f"split.kind: {split.kind} has no folds: use k_fold, a published split with folds, or "
        "leave_one_speaker_out for all corpora; corpus_splits may also have {kind: all, part: train}"
    )


def _numbered_config(config: RunConfig, number: int) -> RunConfig:
    def chosen(split: SplitConfig) -> SplitConfig:
        if _trains_in_every_fold(split):
            return split
        return split.model_copy(update={"fold": number})

    splits = {name: chosen(split) for name, split in config.corpus_splits.items()}
    return _fold_config(config, f"fold{number}", chosen(config.split), splits)


def _tested_corpora(config: RunConfig, data: RunData) -> dict[str, LeaveOneSpeakerOutConfig]:
    """The corpora whose speakers are left out, with their splits."""
    tested = {}
    for corpus in sorted({u.corpus for u in data.utterances}):
        split = config.corpus_splits.get(corpus, config.split)
        if isinstance(split, LeaveOneSpeakerOutConfig):
            tested[corpus] = split
        elif not _trains_in_every_fold(split):
            part = f", part: {split.part}" if isinstance(split, WholeCorpusConfig) else ""
            raise ConfigError(
                f"corpus_splits: {corpus} has a split of kind {split.kind}{part} beside "
                "leave_one_speaker_out: set leave_one_speaker_out for it too, or {kind: all, part: train}, "
                "or leave the corpus out of corpora"
            )
    if not tested:
        raise ConfigError(
            "corpus_splits: no corpus has the split leave_one_speaker_out: set it for a corpus"
        )
    return tested


def _speaker_config(
    config: RunConfig,
    corpus: str,
    speaker: str,
    tested: Mapping[str, LeaveOneSpeakerOutConfig],
) -> RunConfig:
    """The fold of a speaker: the other tested corpora train."""
    own = tested[corpus].model_copy(update={"speaker": speaker})
    if len(tested) == 1 and corpus not in config.corpus_splits:
        return _fold_config(config, f"speaker-{speaker}", own, config.corpus_splits)
    splits: dict[str, SplitConfig] = dict(config.corpus_splits)
    for name, split in tested.items():
        share = split.validation_fraction
        splits[name] = WholeCorpusConfig(part="train", validation_fraction=share)
    splits[corpus] = own
    return _fold_config(config, f"speaker-{corpus}-{speaker}", config.split, splits)


def _fold_config(
    config: RunConfig, suffix: str, split: SplitConfig, corpus_splits: dict[str, SplitConfig]
) -> RunConfig:
    suffix = run_name(suffix)
    update = {
        "split": split,
        "corpus_splits": corpus_splits,
        "label": run_name(f"{config.label}-{suffix}"),
    }
    return config.of_fold(suffix).model_copy(update=update)
