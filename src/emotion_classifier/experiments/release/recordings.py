"""The confidence threshold of recordings of several windows, fitted on joined clips. Needs no torch.

The probabilities of a recording are means over windows, distributed unlike those of clips. So clips of a
speaker are joined to recordings in which one emotion takes all or most of the time. The threshold is the
highest that accepts nine tenths of those that are predicted correctly: the mean over corpora of such
thresholds, so that a large corpus does not decide alone. The model must not be trained on their speakers.
Recordings in which no emotion dominates show how many get an emotion nevertheless.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.audio.waveform_cache import CachedClip
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import Prediction
from emotion_classifier.emotions.prediction import NO_SPEECH, UNCERTAIN
from emotion_classifier.evaluation.metrics import Number
from emotion_classifier.evaluation.rejection import fit_threshold
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.units import Seconds, to_samples

RECORDING_SECONDS: Seconds = 30.0
DOMINANT_SHARES = (1.0, 0.6)
"""Shares of the time that the dominant emotion of a recording takes."""
_PAUSE_SECONDS = (0.2, 0.6)
_NOISE = 1e-4  # in pauses, -80 dBFS

Clips = Mapping[str, Sequence[Samples]]
"""Emotion → clips (sample,) of one speaker."""


class JoinedRecording(NamedTuple):
    """A recording of one speaker; `emotion` is None where no emotion dominates."""

    corpus: str
    emotion: str | None
    waveform: Waveform


class PredictedRecording(NamedTuple):
    """The prediction of a joined recording."""

    corpus: str
    emotion: str | None
    prediction: Prediction

    @property
    def is_correct(self) -> bool:
        """Whether the most probable emotion is the dominant one."""
        return self.prediction.emotion == self.emotion

    def with_threshold(self, threshold: float) -> PredictedRecording:
        """The same by another threshold of confidence."""
        return self._replace(prediction=replace(self.prediction, uncertain_below=threshold))


class RecordingScore(NamedTuple):
    """Effect of the threshold on the recordings of a corpus.

    Parameters
    ----------
    recordings : with a dominant emotion.
    coverage : share of them that get an emotion.
    accuracy : share of these whose emotion is the dominant one; NaN where there are none.
    mixed_coverage : share of the recordings without a dominant emotion that get one.
    """

    corpus: str
    recordings: int
    coverage: Number
    accuracy: Number
    mixed_coverage: Number


def predict_recordings(
    predictor: Predictor,
    utterances: Sequence[Utterance],
    clips: Mapping[str, CachedClip],
    seed: int = 0,
) -> list[PredictedRecording]:
    """Predictions of recordings joined from clips, those without speech left out.

    Parameters
    ----------
    utterances : of any number of speakers; emotions that the model lacks are left out.
    clips : id → clip at the model's rate.
    """
    predicted = []
    for joined in join_clips(utterances, clips, predictor, np.random.default_rng(seed)):
        prediction = predictor.predict(joined.waveform)
        if prediction.answer != NO_SPEECH:
            predicted.append(PredictedRecording(joined.corpus, joined.emotion, prediction))
    return predicted


def join_clips(
    utterances: Sequence[Utterance],
    clips: Mapping[str, CachedClip],
    predictor: Predictor,
    rng: np.random.Generator,
) -> Iterator[JoinedRecording]:
    """Recordings of each speaker: for each emotion one for each of `DOMINANT_SHARES`, and a mixed one."""
    rate = predictor.model.input.sample_rate
    speakers: defaultdict[tuple[str, str], defaultdict[str, list[Samples]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for utterance in utterances:
        if utterance.emotion in predictor.labels:
            clip = clips[utterance.id].samples()
            speakers[utterance.corpus, utterance.speaker][utterance.emotion].append(clip)
    for (corpus, _), own in speakers.items():
        for emotion in own:
            for share in DOMINANT_SHARES:
                yield JoinedRecording(corpus, emotion, _join(own, emotion, share, rate, rng))
        yield JoinedRecording(corpus, None, _join(own, next(iter(own)), 0.0, rate, rng))


def _join(
    clips: Clips, emotion: str, share: float, rate: int, rng: np.random.Generator
) -> Waveform:
    """A recording in which an emotion takes a share of the time, and the others an equal part of the rest."""
    others = [name for name in clips if name != emotion] or [emotion]
    targets = {name: (1.0 - share) / len(others) for name in others}
    targets[emotion] = share or 1.0 / len(clips)
    spoken = dict.fromkeys(targets, 0.0)
    parts: list[Samples] = []
    while sum(spoken.values()) < RECORDING_SECONDS:
        name = min(spoken, key=lambda one: spoken[one] / max(targets[one], 1e-9))
        clip = clips[name][int(rng.integers(len(clips[name])))]
        spoken[name] += len(clip) / rate
        pause = to_samples(float(rng.uniform(*_PAUSE_SECONDS)), rate)
        parts += [clip, rng.normal(0.0, _NOISE, pause).astype(np.float32)]
    return Waveform(np.concatenate(parts)[np.newaxis], rate)


def recording_threshold(predicted: Sequence[PredictedRecording]) -> float | None:
    """The threshold; see the head of the module. None where no recording is predicted correctly."""
    confidences = defaultdict(list)
    for one in predicted:
        if one.is_correct:
            confidences[one.corpus].append(one.prediction.confidence)
    if not confidences:
        return None
    return float(np.mean([fit_threshold(np.array(some)) for some in confidences.values()]))


def score_recordings(predicted: Sequence[PredictedRecording]) -> list[RecordingScore]:
    """The effect of the threshold of the predictions on each corpus."""
    scores = []
    for corpus in dict.fromkeys(one.corpus for one in predicted):
        dominated = [p for p in predicted if p.corpus == corpus and p.emotion is not None]
        mixed = [p for p in predicted if p.corpus == corpus and p.emotion is None]
        named = [p for p in dominated if p.prediction.answer != UNCERTAIN]
        scores.append(
            RecordingScore(
                corpus,
                len(dominated),
                _share(len(named), len(dominated)),
                _share(sum(p.is_correct for p in named), len(named)),
                _share(sum(p.prediction.answer != UNCERTAIN for p in mixed), len(mixed)),
            )
        )
    return scores


def _share(count: int, total: int) -> Number:
    return count / total if total else float("nan")
