"""Augmentation of the clips of a training part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotion_classifier.audio.augmentation.chain import Policy
from emotion_classifier.audio.augmentation.copy_paste import CopyPaste, CopyPasteConfig
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.audio.waveform_cache import CachedClip
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.units import Hertz


@dataclass(frozen=True)
class TrainingAugmentation:
    """CopyPaste and the chain of a clip's emotion, in the form that `ClipDataset` calls.

    Parameters
    ----------
    policy : the chains.
    emotions : of the training clips.
    sample_rate : of the training clips.
    copy_paste : None for none.
    partners : for each training clip those of the same speaker and emotion, among them itself; empty
        without `copy_paste`.
    """

    policy: Policy
    emotions: tuple[str, ...]
    sample_rate: Hertz
    copy_paste: CopyPaste | None = None
    partners: Sequence[Sequence[CachedClip]] = ()

    @classmethod
    def of(
        cls,
        utterances: Sequence[Utterance],
        clips: Sequence[CachedClip],
        policy: Policy,
        copy_paste: CopyPasteConfig | None,
        model_input: ModelInput,
    ) -> TrainingAugmentation:
        """The augmentation of a part; clips are joined to windows as long as the model's input."""
        emotions, rate = tuple(u.emotion for u in utterances), model_input.sample_rate
        if copy_paste is None:
            return cls(policy, emotions, rate)
        groups: defaultdict[tuple[str, str], list[CachedClip]] = defaultdict(list)
        for utterance, clip in zip(utterances, clips, strict=True):
            groups[utterance.speaker_id, utterance.emotion].append(clip)
        partners = [groups[u.speaker_id, u.emotion] for u in utterances]
        return cls(policy, emotions, rate, copy_paste.build(model_input.seconds, rate), partners)

    def __call__(self, samples: Samples, clip: int, generator: np.random.Generator) -> Samples:
        """The augmented waveform (sample,) of a clip, given by its samples and index."""
        if self.copy_paste is not None:
            others = self.partners[clip]
            samples = self.copy_paste.apply(
                samples, len(others), lambda index: others[index].samples(), generator
            )
        return self.policy.of(self.emotions[clip]).apply(samples, self.sample_rate, generator)

    def length(self, sample_count: int, clip: int, generator: np.random.Generator) -> int:
        """Samples of the result for a clip of `sample_count` samples, before the chain changes them."""
        if self.copy_paste is not None and self.copy_paste.joins(
            len(self.partners[clip]), generator
        ):
            return self.copy_paste.window
        return sample_count
