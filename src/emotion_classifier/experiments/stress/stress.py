"""Stress test of a model: its predictions for labelled clips in worse recordings. Needs no torch."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.evaluation.uncertainty import Estimate
from emotion_classifier.experiments.data.load import DataConfig, RunData
from emotion_classifier.experiments.evaluate.report_facts import report_origin
from emotion_classifier.experiments.evaluate.selection import Selection, select_clips
from emotion_classifier.experiments.evaluate.training_overlap import PartOrAll
from emotion_classifier.experiments.stress.conditions import (
    Condition,
    left_out,
    stress_conditions,
)
from emotion_classifier.experiments.stress.false_emotions import measure_false_emotions
from emotion_classifier.experiments.stress.paired_predictions import (
    PairedPredictions,
    predict_changed,
    predict_clean,
)
from emotion_classifier.experiments.stress.results import (
    ConditionResult,
    Outcome,
    StressReport,
    limits_met,
    majority_pairs,
    outcome,
    random_pairs,
)
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.specification import SoundFacts
from emotion_classifier.progress import Progress, ignore, track
from emotion_classifier.progress import Report as ProgressReport
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.storage import expanded
from emotion_classifier.units import Seconds


@dataclass(frozen=True, kw_only=True)
class StressOptions:
    """Extent of a stress test.

    Parameters
    ----------
    noises : folder in MUSAN layout; None takes synthetic noise.
    rooms : folder of impulse responses; None leaves reverberation out.
    clips_per_speaker : at most so many, evenly spaced over the emotions; None takes all.
    sound_seconds : of each kind of sound without emotion; 0 leaves them out.
    """

    noises: Path | None = None
    rooms: Path | None = None
    clips_per_speaker: int | None = None
    sound_seconds: Seconds = 300.0


def stress(
    predictor: Predictor,
    data: DataConfig | None = None,
    *,
    run: RunFolder | None = None,
    part: PartOrAll = "test",
    options: StressOptions = StressOptions(),
    progress: ProgressReport = ignore,
) -> StressReport:
    """The predictions of a model for labelled clips in every condition, and in sound without emotion.

    The same clips, folders and seed result in the same report.

    Parameters
    ----------
    data : corpora and how they are split; None takes those of `run`, with the split it saved.
    run : the run of the model; needed where `data` is None.
    part : of the corpora; ``all`` takes every clip.
    progress : receives progress and messages.

    Raises
    ------
    LabelError
        The clips have no emotion of the model.
    ConfigError
        A folder of noises or impulse responses has no recordings.
    """
    noises, rooms = (
        None if one is None else expanded(one) for one in (options.noises, options.rooms)
    )
    conditions = _by_group(stress_conditions(noises, rooms))
    selected = select_clips(predictor, data, run=run, part=part, progress=progress)
    clips = selected.clips
    if options.clips_per_speaker is not None:
        clips = of_each_speaker(clips, options.clips_per_speaker)
    seed = selected.config.seed
    tested = _StressTest(predictor, clips, selected.data, seed)
    results = tuple(
        tested.result(condition)
        for condition in track(conditions, "conditions", len(conditions), progress)
    )
    sounds: tuple[SoundFacts, ...] = ()
    if options.sound_seconds > 0:
        progress(Progress("counting emotions in sound without emotion"))
        sounds = tuple(measure_false_emotions(predictor, noises, options.sound_seconds, seed))
    return StressReport(
        title=f"Stress test of {predictor.specification.name} on {selected.description}",
        warnings=(*predictor.specification.notes, *selected.warnings),
        left_out=(*left_out(noises, rooms), *_left_out_clips(selected, clips)),
        facts={
            "model": predictor.specification.name,
            "noises": str(options.noises or "synthetic"),
            "impulse responses": str(options.rooms or "none"),
        },
        origin=report_origin(selected.config),
        emotions=predictor.labels.names,
        clips=len(clips),
        speakers=len({u.speaker_id for u in clips}),
        clean_uar=tested.clean_uar,
        conditions=results,
        limits_met=limits_met(results),
        false_emotions=sounds,
    )


def _left_out_clips(selected: Selection, clips: Sequence[Utterance]) -> Iterator[str]:
    """Sentences about the clips that are not predicted."""
    found, kept = len(selected.clips), len(clips)
    if kept < found:
        yield f"{found - kept:,} of {found:,} clips, by the limit of clips of a speaker (--clips)."
    refused = [problem for problem in selected.data.left_out if problem.code != "notice"]
    if refused:
        yield (
            f"{len(refused):,} files of the corpora, which cannot be used, first {refused[0].path}: "
            f"{refused[0].message}"
        )


class _StressTest:
    """A model with its predictions for the unchanged clips."""

    def __init__(
        self, predictor: Predictor, utterances: Sequence[Utterance], data: RunData, seed: int
    ) -> None:
        self._predictor, self._seed = predictor, seed
        self._emotions = len(predictor.labels)
        self._clips = [data.clips[u.id] for u in utterances]
        self._speakers = [u.speaker_id for u in utterances]
        self._true = predictor.labels.indices([u.emotion for u in utterances])
        self._clean = predict_clean(predictor, self._clips)

    @property
    def clean_uar(self) -> Estimate:
        """UAR of the unchanged clips."""
        rng = np.random.default_rng(self._seed)
        return self._outcome(PairedPredictions(self._true, self._clean, self._clean), rng).uar

    def result(self, condition: Condition) -> ConditionResult:
        """The outcome in a condition."""
        # By the name, so that a condition more or less changes no other.
        seed = zlib.crc32(condition.name.encode()) ^ self._seed
        condition.chain.prepare(self._predictor.model.input.sample_rate)
        changed = predict_changed(self._predictor, self._clips, condition, seed)
        rng = np.random.default_rng(seed)
        pairs = {
            "model": PairedPredictions(self._true, self._clean, changed),
            "random": random_pairs(self._true, self._emotions, rng),
            "majority": majority_pairs(self._true, self._emotions),
        }
        return ConditionResult(
            name=condition.name,
            group=condition.group,
            limits=condition.limits,
            snr_db=condition.snr_db,
            background=condition.background,
            **{name: self._outcome(one, rng) for name, one in pairs.items()},
            without_prediction=int((changed < 0).sum()),
        )

    def _outcome(self, pairs: PairedPredictions, rng: np.random.Generator) -> Outcome:
        return outcome(pairs, self._speakers, self._emotions, rng)


def of_each_speaker(clips: Sequence[Utterance], count: int) -> list[Utterance]:
    """At most `count` clips of each speaker, evenly spaced in the order of emotion and id."""
    speakers: dict[str, list[Utterance]] = {}
    for utterance in sorted(clips, key=lambda u: (u.emotion, u.id)):
        speakers.setdefault(utterance.speaker_id, []).append(utterance)
    chosen = []
    for _, own in sorted(speakers.items()):
        places = (np.arange(min(count, len(own))) + 0.5) * len(own) / min(count, len(own))
        chosen += [own[place] for place in places.astype(int).tolist()]
    return chosen


def _by_group(conditions: Sequence[Condition]) -> list[Condition]:
    """The conditions, those of a group together, groups in order of their first."""
    groups = list(dict.fromkeys(one.group for one in conditions))
    return sorted(conditions, key=lambda one: groups.index(one.group))
