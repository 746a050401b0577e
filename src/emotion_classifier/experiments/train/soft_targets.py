"""Targets of a distillation: what the teachers predict for the training clips, and the labels.

The teachers predict through `Predictor`, as for every user: each clip once, from its file; or, where
the run has `augmentation.views`, each view of it, as the student gets it. Their predictions are kept
in the folder of the run until the end of the training, so that an interrupted run continues.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.array_cache import ArrayCache
from emotion_classifier.audio.waveform import Waveform
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import Prediction
from emotion_classifier.errors import RunError
from emotion_classifier.experiments.train.config import DistillationConfig
from emotion_classifier.experiments.train.teachers import Teacher
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.recording import Recording
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.progress import Progress, Report
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.items import Key
from emotion_classifier.training.distributed.collectives import rank_zero_first
from emotion_classifier.training.objectives.emotion_counts import counts_by_corpus

Distributions: TypeAlias = npt.NDArray[np.float64]
"""(clip, view, emotion); NaN where there is no prediction."""

_CLIPS_IN_GROUP = 16
_REMEDY = "Free some space and continue with `emotion train --resume`."


def with_soft_targets(
    training: ClipDataset,
    utterances: Sequence[Utterance],
    teachers: Sequence[Teacher],
    config: DistillationConfig,
    folder: Path,
    report: Report,
    *,
    of_corpus_only: bool = False,
) -> ClipDataset:
    """The training clips with targets of the teachers; those without a prediction keep their label.

    Parameters
    ----------
    utterances : of the clips.
    teachers : at least one.
    folder : of the teachers' predictions, of this run alone.
    of_corpus_only : whether emotions that a clip's corpus does not have are left out of its target.

    Raises
    ------
    RunError
        The run started with other teachers.
    """
    cache = _cache(folder, teachers, config.temperature)
    predictions = _TeacherPredictions(training, utterances, teachers, config.temperature)
    with rank_zero_first():
        predicted = _predicted(predictions, cache, report)
    if of_corpus_only:
        counts = counts_by_corpus(training.targets, np.ones(len(training)), training.corpora)
        predicted = predicted * counts.competing[counts.corpora].numpy()[:, None]
        predicted /= predicted.sum(-1, keepdims=True)
    hard = training.targets[:, None]
    soft = config.weight * predicted + (1.0 - config.weight) * hard
    is_known = np.isfinite(predicted).all(-1, keepdims=True)
    report(Progress(_summary(predicted, training.targets, teachers)))
    return training.with_soft_targets(np.where(is_known, soft, hard).astype(np.float32))


@dataclass(frozen=True, eq=False)
class _TeacherPredictions:
    """Predictions of teachers for training clips."""

    training: ClipDataset
    utterances: Sequence[Utterance]
    teachers: Sequence[Teacher]
    temperature: float

    @property
    def views(self) -> int:
        """Number of predictions for a clip."""
        return self.training.views or 1

    def groups(self) -> list[list[int]]:
        """Clips that are predicted together: of a speaker, where a teacher needs their statistics."""
        if not any(teacher.uses_speaker_statistics for teacher in self.teachers):
            clips = range(len(self.training))
            return [list(clips[i : i + _CLIPS_IN_GROUP]) for i in clips[::_CLIPS_IN_GROUP]]
        by_speaker: dict[str, list[int]] = {}
        for clip, speaker in enumerate(self.training.speakers):
            by_speaker.setdefault(speaker, []).append(clip)
        return list(by_speaker.values())

    def of_clips(self, clips: Sequence[int]) -> Distributions:
        """The mean of the teachers' distributions."""
        recordings = [recording for clip in clips for recording in self._recordings(clip)]
        speakers = [self.training.speakers[clip] for clip in clips for _ in range(self.views)]
        found = np.stack(
            [
                self._of_teacher(teacher, predictor, clips, recordings, speakers)
                for teacher, predictor in zip(self.teachers, self._predictors, strict=True)
            ]
        )
        counts = np.isfinite(found).sum(0)
        with np.errstate(invalid="ignore"):  # 0 / 0 where no teacher has a prediction
            mean: Distributions = np.nansum(found, 0) / counts
        return mean

    @cached_property
    def _predictors(self) -> list[Predictor]:
        everything_is_speech = StreamConfig(onset=None)
        return [Predictor.load(one.folder, everything_is_speech) for one in self.teachers]

    def _recordings(self, clip: int) -> list[Recording]:
        """The file of a clip, or its views."""
        if not self.training.views:
            return [self.utterances[clip].path]
        rate = self.training.model_input.sample_rate
        items = (self.training[Key(view, clip)] for view in range(self.views))
        return [Waveform(item.samples[None], rate) for item in items]

    def _of_teacher(
        self,
        teacher: Teacher,
        predictor: Predictor,
        clips: Sequence[int],
        recordings: Sequence[Recording],
        speakers: Sequence[str],
    ) -> Distributions:
        """The distributions of one teacher; NaN for clips of emotions that it lacks, too."""
        missing = np.full(len(teacher.specification.emotions), np.nan)
        rows = [
            one.probabilities if isinstance(one, Prediction) and one.has_speech else missing
            for one in predictor.predict_many(recordings, speakers)
        ]
        found = teacher.distributions(np.stack(rows).astype(np.float64), self.temperature)
        found = found.reshape(len(clips), self.views, -1)
        labels = self.training.targets[clips].argmax(1)
        found[~teacher.shared[labels]] = np.nan
        return found


def _cache(folder: Path, teachers: Sequence[Teacher], temperature: float) -> ArrayCache:
    """The cache of these teachers; `RunError` where the folder has predictions of others."""
    graphs = [teacher.facts.sha256 for teacher in teachers]
    digest = hashlib.sha256(json.dumps([graphs, temperature]).encode()).hexdigest()
    if others := [path for path in folder.glob("*") if path.name != digest]:
        names = ", ".join(str(teacher.folder) for teacher in teachers)
        raise RunError(
            f"{names}: not as when this run started, whose predictions of teachers are in "
            f"{others[0]}: bring the old model folders back, or start a new run"
        )
    return ArrayCache(folder / digest, _REMEDY)


def _predicted(
    predictions: _TeacherPredictions, cache: ArrayCache, report: Report
) -> Distributions:
    """The teachers' distributions for all training clips, kept in `cache`."""
    training = predictions.training
    result = np.full((len(training), predictions.views, training.targets.shape[1]), np.nan)
    done = 0
    for clips in predictions.groups():
        key = f"{clips[0] % 256:02x}-{clips[0]}"
        entry = cache.find(key) or cache.write(key, predictions.of_clips(clips))
        result[clips] = entry.load()
        done += len(clips)
        report(Progress(task="teachers", done=done, total=len(training)))
    return result


def _summary(
    predicted: Distributions, targets: npt.NDArray[np.float32], teachers: Sequence[Teacher]
) -> str:
    """A line for the log: number of clips with a prediction, and how often it is their label."""
    known = np.isfinite(predicted.sum((1, 2)))
    names = ", ".join(teacher.specification.name for teacher in teachers)
    right = predicted[known].mean(1).argmax(1) == targets[known].argmax(1)
    agreement = (
        f", of which {right.mean():.1%} get the emotion of their label" if len(right) else ""
    )
    return f"teachers: {names}: targets of {known.sum()} of {len(known)} clips{agreement}"
