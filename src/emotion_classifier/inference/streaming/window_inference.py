"""What a model makes of windows.

A window is prepared as any recording is: silence at its ends is trimmed. What is left may still be
longer than the clips the model learned from (3 s of a window of 5 s), and its centre alone would leave
out the beginning and the end of a recording. So it is heard in as few crops of the model's duration as
cover it, evenly spaced, and their probabilities are averaged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.smoothing import Probabilities
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.units import to_samples

_MOST_CLIPS = 16  # at a time, as the predictor takes recordings


def hear_windows(predictor: Predictor, windows: Sequence[Samples]) -> list[Probabilities | None]:
    """Probabilities (emotion,) of windows (sample,) at the model's rate.

    None where a window is silent, or too little sound is left of it to judge by.
    """
    crops = [window_crops(predictor.input, window) for window in windows]
    probabilities = iter(_clip_probabilities(predictor, [clip for one in crops for clip in one]))
    return [
        np.mean([next(probabilities) for _ in one], axis=0, dtype=np.float32) if one else None
        for one in crops
    ]


def window_crops(model_input: ModelInput, window: Samples) -> list[Samples]:
    """The clips (sample,) in which a model hears a window (sample,); none where it hears nothing."""
    try:
        clip = model_input.preparation.apply(Waveform(window[None], model_input.sample_rate))
        model_input.check_long_enough(len(clip))
    except AudioError:
        return []
    length = to_samples(model_input.seconds, model_input.sample_rate)
    count = -(-len(clip) // length)
    starts = np.linspace(0, max(0, len(clip) - length), count).round().astype(int)
    return [clip[start : start + length] for start in starts.tolist()]


def _clip_probabilities(predictor: Predictor, clips: list[Samples]) -> list[Probabilities]:
    """Probabilities (emotion,) of each clip, which do not depend on the other ones.

    Only clips of one length share a batch: padding would change the last digits.
    """
    by_length: defaultdict[int, list[int]] = defaultdict(list)
    for index, clip in enumerate(clips):
        by_length[len(clip)].append(index)
    found: dict[int, Probabilities] = {}
    for indices in by_length.values():
        for start in range(0, len(indices), _MOST_CLIPS):
            batch = indices[start : start + _MOST_CLIPS]
            rows = predictor.probabilities([clips[index] for index in batch])
            found.update(zip(batch, rows, strict=True))
    return [found[index] for index in range(len(clips))]
