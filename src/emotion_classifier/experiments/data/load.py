"""The labelled clips of a run: settings, corpora, mapped emotions, decoded files, parts. No torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from emotion_classifier.audio.array_cache import default_cache_folder
from emotion_classifier.audio.mixdown import OPPOSITE_PHASE_WARNING
from emotion_classifier.audio.waveform_cache import CachedClip, WaveformCache
from emotion_classifier.config import StrictConfig, parse_config, read_yaml
from emotion_classifier.corpora.corpus import Corpus, Problem
from emotion_classifier.corpora.readers import CorpusConfig
from emotion_classifier.corpora.splits import (
    PARTS,
    Part,
    SpeakersConfig,
    Split,
    SplitConfig,
    make_split,
    thin_training,
)
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelsConfig, LabelSet, Target
from emotion_classifier.errors import AudioError, ConfigError, CorpusError, RunError, abridged
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.model_folder.specification import TrainingData
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.runs.checksums import check
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.storage import write_csv

_T = TypeVar("_T")


class DataConfig(StrictConfig):
    """Corpora, emotions and parts."""

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Seed of everything random: split, weights, order, crops, dropout, bootstrap."""
    split_seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None
    """Seed of the split alone, for runs of several seeds on one split; null takes `seed`."""
    corpora: Annotated[tuple[CorpusConfig, ...], Field(min_length=1)]
    """Corpora to use together."""
    labels: LabelsConfig = LabelsConfig()
    """Emotions of the model."""
    target: Target = "intended"
    """Training target: the intended emotion, or the shares of the listeners' votes."""
    split: SplitConfig = SpeakersConfig()
    """Training, validation and test part of each corpus."""
    corpus_splits: dict[str, SplitConfig] = {}
    """Splits of single corpora by their name, instead of `split`."""
    training_shares: dict[str, Annotated[float, Field(gt=0.0, lt=1.0)]] = {}
    """Share of the training clips of single emotions that is used, such as `{fearful: 0.2}`, to study
    rare emotions; the other parts keep all clips."""


def saved_data_config(folder: RunFolder) -> DataConfig:
    """Corpora, emotions and parts of a run; its other settings are not read.

    Raises
    ------
    ConfigError
        The settings were altered and are wrong now.
    """
    written = read_yaml(folder.config).data
    chosen = {name: written[name] for name in DataConfig.model_fields if name in written}
    return parse_config(DataConfig, chosen, str(folder.config))


@dataclass(frozen=True)
class RunData:
    """Usable clips of all corpora of a run.

    Parameters
    ----------
    labels : emotions of the model.
    utterances : usable utterances, their emotions and votes mapped to `labels`.
    clips : id of an utterance → its decoded waveform in the cache.
    left_out : files that are not used, each with the reason, and notices about the corpora.
    accounts : emotions of each corpus that were kept, merged and dropped.
    licences : corpus → its licence.
    languages : corpus → the language that is spoken in it, None where it is not known.
    speech : corpus → how it was produced and recorded, None where it is not known.
    target : source of the training targets.
    """

    labels: LabelSet
    utterances: tuple[Utterance, ...]
    clips: dict[str, CachedClip]
    left_out: tuple[Problem, ...]
    accounts: tuple[list[str], ...]
    licences: dict[str, str]
    languages: dict[str, str | None]
    target: Target = "intended"
    speech: Mapping[str, str | None] = field(default_factory=dict)

    def targets(self, utterances: Sequence[Utterance]) -> npt.NDArray[np.float32]:
        """Training targets (utterance, emotion): distributions that sum to one.

        One-hot at the intended emotion; or the shares of the listeners' votes, where `target` is
        ``perceived`` and the utterance has votes.
        """
        perceived = self.target == "perceived"
        rows = [
            self.labels.distribution((perceived and u.perceived) or {u.emotion: 1.0})
            for u in utterances
        ]
        return np.array(rows, np.float32).reshape(len(rows), len(self.labels))

    def part(self, split: Split, part: Part) -> list[Utterance]:
        """The usable utterances of one part."""
        return split.select(self.utterances, part)

    def saved_split(self, file: Path) -> Split:
        """The split that a run saved in `file`; a note counts clips that it does not list.

        Raises
        ------
        RunError
            The file is damaged, or clips of the split cannot be used any more.
        """
        check(file)
        split = Split.load(file)
        if lost := sorted(set(split.parts) - set(self.clips)):
            raise RunError(
                f"{len(lost)} clips of {file} cannot be used any more, first {lost[0]}: bring them "
                "back, or start a new run"
            )
        if new := self.not_listed(split):
            note = f"{len(new)} clips are not used, as {file} does not list them: {abridged(new)}"
            return replace(split, notes=(*split.notes, note))
        return split

    def not_listed(self, split: Split) -> list[str]:
        """The ids of usable clips that a split does not list, as they were added later."""
        return sorted(self.clips.keys() - split.parts.keys() - split.left_out.keys())

    def summary(self, split: Split) -> list[str]:
        """Lines for the reader of a log: mapped emotions, notices, and clips in each part."""
        counts = (f"{len(self.part(split, part))} {part}" for part in PARTS)
        lines = [line for account in self.accounts for line in account]
        lines += [f"{p.path}: {p.message}" for p in self.left_out if p.code == "notice"]
        return [*lines, "clips: " + ", ".join(counts)]

    def training_part(self, split: Split) -> TrainingPart:
        """The training part, for reports and the model folder."""
        training = self.part(split, "train")
        by_corpus: dict[str, list[Utterance]] = {}
        for utterance in training:
            by_corpus.setdefault(utterance.corpus, []).append(utterance)
        return TrainingPart(
            data=tuple(
                TrainingData(
                    corpus=corpus,
                    licence=self.licences[corpus],
                    speakers=len({u.speaker for u in utterances}),
                    clips=len(utterances),
                    language=self.languages[corpus],
                )
                for corpus, utterances in by_corpus.items()
            ),
            emotions=tuple(u.emotion for u in training),
            durations_seconds=np.array([self.clips[u.id].duration_seconds for u in training]),
            warnings=(
                *(f"Leak: {leak}" for leak in split.leaks),
                *self._missing_votes([*training, *self.part(split, "validation")]),
            ),
        )

    def _missing_votes(self, utterances: Sequence[Utterance]) -> list[str]:
        """A warning where votes are the target and some of the utterances have none."""
        missing = Counter(u.corpus for u in utterances if u.perceived is None)
        if self.target == "intended" or not missing:
            return []
        corpora = ", ".join(f"{count} of {corpus}" for corpus, count in sorted(missing.items()))
        return [
            f"Trained on the votes of listeners, but {missing.total()} of {len(utterances)} clips "
            f"of the training and validation part have no votes ({corpora}): their target is the "
            "intended emotion."
        ]


@dataclass(frozen=True, eq=False)
class TrainingPart:
    """Corpora, emotions and durations (clip,) of the training part; every report repeats `warnings`."""

    data: tuple[TrainingData, ...]
    emotions: tuple[str, ...]
    durations_seconds: npt.NDArray[np.float64]
    warnings: tuple[str, ...]


def read_corpus(kind: str, path: Path | str, **options: object) -> Corpus:
    """The utterances of a corpus on disk; no audio is decoded.

    Parameters
    ----------
    kind : of the reader: ``ravdess``, ``crema_d``, ``table``, ``folders`` and so on.
    path : of the corpus.
    options : of the reader, as in a settings file.

    Raises
    ------
    ConfigError
        An unknown kind or option.
    CorpusError
        The corpus is missing or holds no utterance.
    """
    settings = {"corpora": [{"kind": kind, "path": str(path), **options}]}
    return parse_config(DataConfig, settings, "read_corpus").corpora[0].read()


def load_corpora(
    config: DataConfig,
    model_input: ModelInput,
    progress: Report = ignore,
    *,
    known: Iterable[str] = (),
) -> RunData:
    """Read the corpora, map their emotions and decode every file once, into the cache.

    Parameters
    ----------
    config : corpora and emotions.
    model_input : sample rate, trimming and shortest duration of the decoded clips.
    progress : receives the progress of the decoding.
    known : emotions of the model that is scored, which the corpora need not have.

    Raises
    ------
    CorpusError, LabelError
        A corpus cannot be read, or none of its clips can be used.
    ConfigError
        Votes are the target and no clip has any.
    """
    corpora = [corpus.read() for corpus in config.corpora]
    _require_distinct_names(corpora)
    found = (u.emotion for corpus in corpora for u in corpus.utterances)
    label_map = config.labels.build(found, known)
    mapped = [
        replace(u, emotion=target, perceived=label_map.shares(u.perceived or {}))
        for corpus in corpora
        for u in corpus.utterances
        if (target := label_map.targets[u.emotion]) is not None
    ]
    if config.target == "perceived":
        progress(Progress(_votes_line(mapped)))
    clips, refused = _decode(mapped, model_input, progress)
    usable = tuple(u for u in mapped if u.id in clips)
    _require_clips(corpora, usable, refused)
    settings = list(zip(corpora, config.corpora, strict=True))
    return RunData(
        label_map.labels,
        usable,
        clips,
        left_out=(
            *(problem for corpus in corpora for problem in corpus.problems),
            *refused,
            *_copies_with_other_labels(usable, clips),
            *_in_opposite_phase(usable, clips),
        ),
        accounts=tuple(
            label_map.account(c.name, (u.emotion for u in c.utterances)) for c in corpora
        ),
        licences={c.name: s.licence for c, s in settings},
        languages={c.name: s.language for c, s in settings},
        speech={c.name: s.speech for c, s in settings},
        target=config.target,
    )


def _votes_line(utterances: Sequence[Utterance]) -> str:
    """The number of clips with votes, in words; `ConfigError` where it is zero."""
    count = sum(u.perceived is not None for u in utterances)
    if not count:
        raise ConfigError(
            "target: perceived needs the votes of listeners, and no clip of these corpora has any: "
            "set target: intended, or take a corpus with votes (see `emotion corpus check`)"
        )
    line = f"target: votes of listeners, {count} of {len(utterances)} clips have them"
    if count < len(utterances):
        line += f"; for the other {len(utterances) - count} the intended emotion"
    return line


def split_corpora(data: RunData, config: DataConfig) -> Split:
    """The split of the usable clips by the settings; for errors see `make_split`."""
    by_corpus: dict[str, list[Utterance]] = {}
    for utterance in data.utterances:
        by_corpus.setdefault(utterance.corpus, []).append(utterance)
    if unknown := sorted(set(config.corpus_splits) - set(by_corpus)):
        raise ConfigError(
            f"corpus_splits names {', '.join(unknown)}, but the corpora are {', '.join(by_corpus)}"
        )
    split = make_split(
        [
            (utterances, config.corpus_splits.get(name, config.split))
            for name, utterances in by_corpus.items()
        ],
        config.seed if config.split_seed is None else config.split_seed,
        {name: clip.content_hash for name, clip in data.clips.items()},
    )
    if not config.training_shares:
        return split
    generator = np.random.default_rng(config.seed)
    return thin_training(split, data.utterances, config.training_shares, generator)


def evenly_spaced(values: Sequence[_T], count: int) -> Sequence[_T]:
    """At most `count` of the values, evenly spaced in their order."""
    return values[:: max(1, -(-len(values) // count))]


def write_problems(path: Path, problems: Sequence[Problem]) -> None:
    """Write files that could not be used as CSV: file, code, reason."""
    rows = ((p.path, p.code, p.message) for p in problems)
    write_csv(path, [("file", "code", "reason"), *rows], "Free some space and run again.")


def _decode(
    utterances: Sequence[Utterance], model_input: ModelInput, progress: Report
) -> tuple[dict[str, CachedClip], tuple[Problem, ...]]:
    """Decoded clips by id, and the files that cannot be decoded or are too short."""
    cache = WaveformCache(default_cache_folder(), model_input.preparation)
    found = cache.prepare_all(
        [u.path for u in utterances],
        progress=lambda done, total: progress(Progress(task="decoding", done=done, total=total)),
    )
    clips: dict[str, CachedClip] = {}
    refused: list[Problem] = []
    for utterance in utterances:
        clip = found[utterance.path]
        try:
            if isinstance(clip, AudioError):
                raise clip
            model_input.check_long_enough(clip.sample_count, utterance.path)
        except AudioError as error:
            refused.append(Problem(utterance.path, error.code, error.reason))
        else:
            clips[utterance.id] = clip
    return clips, tuple(refused)


def _in_opposite_phase(
    utterances: Sequence[Utterance], clips: Mapping[str, CachedClip]
) -> list[Problem]:
    """A notice about the clips whose channels cancel each other out, if there are any."""
    found = [u.path for u in utterances if clips[u.id].is_in_opposite_phase]
    if not found:
        return []
    message = f"the first of {len(found)} clips in which {OPPOSITE_PHASE_WARNING}"
    return [Problem(found[0], "notice", message)]


def _copies_with_other_labels(
    utterances: Sequence[Utterance], clips: Mapping[str, CachedClip]
) -> list[Problem]:
    """A notice for each clip whose samples are also there with another emotion."""
    first: dict[str, Utterance] = {}
    notices = []
    for u in utterances:
        other = first.setdefault(clips[u.id].content_hash, u)
        if other.emotion != u.emotion:
            message = (
                f"is the same recording as {other.path}, with another emotion: {u.emotion} here, "
            )
            message += f"{other.emotion} there; both are used"
            notices.append(Problem(u.path, "notice", message))
    return notices


def _require_distinct_names(corpora: Sequence[Corpus]) -> None:
    doubled = [name for name, count in Counter(c.name for c in corpora).items() if count > 1]
    if doubled:
        raise CorpusError(
            f"two corpora are called {', '.join(doubled)}: list a corpus once, or set a `name` of "
            "its own for a table or folders"
        )


def _require_clips(
    corpora: Sequence[Corpus], usable: Sequence[Utterance], refused: Sequence[Problem]
) -> None:
    counts = Counter(u.corpus for u in usable)
    for corpus in corpora:
        if not counts[corpus.name]:
            first = f", first {refused[0].path}: {refused[0].message}" if refused else ""
            raise CorpusError(
                f"no clip of {corpus.name} in {corpus.root} can be used ({len(refused)} refused"
                f"{first}): see `emotion corpus check`"
            )
