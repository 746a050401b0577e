"""What a run works on: labelled clips in the cache, and the split."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import Progress

from emotion_classifier.audio.array_cache import default_cache_folder
from emotion_classifier.audio.waveform_cache import CachedClip, WaveformCache
from emotion_classifier.corpora.corpus import Corpus, Problem
from emotion_classifier.corpora.splits import Part, Split, SplitConfig, make_split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelAccount, LabelSet, Target
from emotion_classifier.errors import AudioError, ConfigError, CorpusError, RunError
from emotion_classifier.experiments.data.config import DataConfig
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.model_folder.specification import TrainingData
from emotion_classifier.storage import write_atomically


@dataclass(frozen=True)
class RunData:
    """Usable clips of all corpora.

    Parameters
    ----------
    labels : emotions of the model.
    utterances : usable ones, their emotions and votes mapped to `labels`.
    clips : id of an utterance → its prepared waveform.
    left_out : files that are not used, each with the reason.
    accounts : what became of the emotions of each corpus.
    licences : corpus → its licence.
    target : what is learned of a clip.
    """

    labels: LabelSet
    utterances: tuple[Utterance, ...]
    clips: dict[str, CachedClip]
    left_out: tuple[Problem, ...]
    accounts: tuple[LabelAccount, ...]
    licences: dict[str, str]
    target: Target = "intended"

    def targets(self, utterances: Sequence[Utterance]) -> npt.NDArray[np.float32]:
        """What is to be learned: distributions ``(utterance, emotion)`` that sum to one.

        All of the intended emotion; or the listeners' shares, where they are the target and the
        utterance has votes.
        """
        heard = self.target == "perceived"
        rows = [
            self.labels.distribution((heard and u.perceived) or {u.emotion: 1.0})
            for u in utterances
        ]
        return np.array(rows, np.float32).reshape(len(rows), len(self.labels))

    def part(self, split: Split, part: Part) -> list[Utterance]:
        """The usable utterances of one part."""
        return split.select(self.utterances, part)

    def require_clips_of(self, split: Split, file: Path) -> None:
        """Raise `RunError` where a clip of the split that was saved in `file` cannot be used."""
        lost = sorted(set(split.parts) - set(self.clips))
        if lost:
            raise RunError(
                f"{len(lost)} clips of {file} cannot be used any more, first {lost[0]}: bring them "
                "back, or start a new run"
            )

    def training_part(self, split: Split) -> TrainingPart:
        """What reports and the model folder must know of the training part."""
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
                )
                for corpus, utterances in by_corpus.items()
            ),
            emotions=tuple(u.emotion for u in training),
            durations_seconds=np.array([self.clips[u.id].duration_seconds for u in training]),
            warnings=(
                *(f"Leak: {leak}" for leak in split.leaks),
                *self._without_votes([*training, *self.part(split, "validation")]),
            ),
        )

    def _without_votes(self, learned: Sequence[Utterance]) -> list[str]:
        """What a report must say where votes are the target and some clips have none."""
        silent = Counter(u.corpus for u in learned if u.perceived is None)
        if self.target == "intended" or not silent:
            return []
        corpora = ", ".join(f"{count} of {corpus}" for corpus, count in sorted(silent.items()))
        return [
            f"Trained on what listeners heard, but {silent.total()} of {len(learned)} clips of the "
            f"training and validation part have no votes ({corpora}): there the intended emotion "
            "was learned."
        ]


@dataclass(frozen=True, eq=False)
class TrainingPart:
    """The training part as far as reports need it.

    Parameters
    ----------
    data : corpora with their licences.
    emotions : of each clip.
    durations_seconds : (clip,) of the whole recordings.
    warnings : sentences that every report of the run repeats.
    """

    data: tuple[TrainingData, ...]
    emotions: tuple[str, ...]
    durations_seconds: npt.NDArray[np.float64]
    warnings: tuple[str, ...]


def load_corpora(config: DataConfig, model_input: ModelInput, console: Console) -> RunData:
    """Read the corpora, map their emotions and decode every file once.

    Raises
    ------
    CorpusError, LabelError
        A corpus cannot be used, or no clip of one can.
    """
    corpora = [corpus.read() for corpus in config.corpora]
    _require_distinct_names(corpora)
    label_map = config.labels.build(u.emotion for corpus in corpora for u in corpus.utterances)
    accounts = tuple(label_map.account(c.name, (u.emotion for u in c.utterances)) for c in corpora)
    mapped = [
        replace(u, emotion=target, perceived=label_map.shares(u.perceived or {}))
        for corpus in corpora
        for u in corpus.utterances
        if (target := label_map.targets[u.emotion]) is not None
    ]
    clips, refused = _prepare(mapped, model_input, console)
    problems = tuple(problem for corpus in corpora for problem in corpus.problems)
    usable = tuple(u for u in mapped if u.id in clips)
    _require_clips(corpora, usable, refused)
    if config.target == "perceived":
        console.print(_votes_line(usable))
    licences = {
        corpus.name: settings.licence
        for corpus, settings in zip(corpora, config.corpora, strict=True)
    }
    left_out = (*problems, *refused)
    return RunData(label_map.labels, usable, clips, left_out, accounts, licences, config.target)


def _votes_line(utterances: Sequence[Utterance]) -> str:
    """For how many clips the target is what listeners heard; `ConfigError` where for none."""
    heard = sum(u.perceived is not None for u in utterances)
    if not heard:
        raise ConfigError(
            "target: perceived needs the votes of listeners, and no clip of these corpora has any: "
            "take target: intended, or a corpus with votes (`emotion corpus check` says what lacks)"
        )
    line = f"target: what listeners heard, {heard} of {len(utterances)} clips have votes"
    if heard < len(utterances):
        line += f"; for the other {len(utterances) - heard} the intended emotion"
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
    settings: dict[str, SplitConfig] = {
        name: config.corpus_splits.get(name, config.split) for name in by_corpus
    }
    return make_split(
        [(utterances, settings[name]) for name, utterances in by_corpus.items()],
        config.seed,
        {name: clip.content_hash for name, clip in data.clips.items()},
    )


def write_left_out(path: Path, problems: Sequence[Problem]) -> None:
    """Write the files that are not used as CSV: file, code, reason."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("file", "code", "reason"))
    writer.writerows((p.path, p.code, p.message) for p in problems)
    data = text.getvalue().encode("utf-8", "surrogateescape")
    write_atomically(path, data, "Free some space and run again.")


def _prepare(
    utterances: Sequence[Utterance], model_input: ModelInput, console: Console
) -> tuple[dict[str, CachedClip], tuple[Problem, ...]]:
    cache = WaveformCache(default_cache_folder(), model_input.preparation)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("decoding", total=len(utterances))
        found = cache.prepare_all(
            [u.path for u in utterances],
            progress=lambda done, total: progress.update(task, completed=done, total=total),
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


def _require_distinct_names(corpora: Sequence[Corpus]) -> None:
    doubled = [name for name, count in Counter(c.name for c in corpora).items() if count > 1]
    if doubled:
        raise CorpusError(
            f"two corpora are called {', '.join(doubled)}: list a corpus once, or give a table or "
            "folder of emotions a name of its own"
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
