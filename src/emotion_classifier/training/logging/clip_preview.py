"""A few training clips, clean and as augmented in an epoch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.models.frontends.config import LogMelConfig
from emotion_classifier.models.frontends.log_mel import LogMel, LogMelDeltas
from emotion_classifier.rendering.figures import to_pixels
from emotion_classifier.rendering.sounds import SpectrogramPair, spectrogram_grid
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.items import Key
from emotion_classifier.units import Hertz, to_seconds

_DOTS_PER_INCH = 100


@dataclass(frozen=True, eq=False)
class ClipPreview:
    """One training clip, cropped to the network's duration.

    Parameters
    ----------
    name : its emotion and its index in the training part.
    clean : (sample,) the middle of the prepared recording.
    augmented : (sample,) augmented and cropped, bit for bit the input of the epoch.
    """

    name: str
    clean: Samples
    augmented: Samples


def preview_clips(
    training: ClipDataset, emotions: Sequence[str], count: int, epoch: int
) -> list[ClipPreview]:
    """`count` clips of different emotions, the same in each epoch; the first epoch is 1."""
    return [
        ClipPreview(
            f"{emotions[emotion]}_{clip}",
            training[Key(-1, clip)].samples,
            training[Key(epoch - 1, clip)].samples,
        )
        for emotion, clip in islice(_one_of_each(training.targets), count)
    ]


def spectrogram_pixels(
    clips: Sequence[ClipPreview], frontend: nn.Module, sample_rate: Hertz, epoch: int
) -> npt.NDArray[np.uint8]:
    """Log-mel spectrograms of the clips, clean beside augmented: (row, column, 3) pixels.

    Parameters
    ----------
    clips : to draw.
    frontend : of the classifier; for MFCC and slopes their log-mel spectrogram is drawn, for an encoder the
        default one.
    sample_rate : of the clips.
    epoch : of the augmentation.
    """
    log_mel = frontend.log_mel if isinstance(frontend, LogMelDeltas) else frontend
    if not isinstance(log_mel, LogMel):
        log_mel = LogMelConfig().log_mel(sample_rate)
    pairs = [
        SpectrogramPair(
            clip.name,
            _features(log_mel, clip.clean),
            _features(log_mel, clip.augmented),
            to_seconds(len(clip.clean), sample_rate),
            to_seconds(len(clip.augmented), sample_rate),
        )
        for clip in clips
    ]
    return to_pixels(spectrogram_grid(pairs, "clean", f"augmented, epoch {epoch}"), _DOTS_PER_INCH)


def _one_of_each(targets: npt.NDArray[np.float32]) -> chain[tuple[int, int]]:
    """Emotion and index of every clip: the first of each emotion, the second of each, and so on."""
    by_emotion: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for clip, emotion in enumerate(targets.argmax(1).tolist()):
        by_emotion[emotion].append((emotion, clip))
    turns = zip_longest(*(by_emotion[emotion] for emotion in sorted(by_emotion)))
    return chain.from_iterable(filter(None, turn) for turn in turns)


@torch.no_grad()
def _features(log_mel: LogMel, samples: Samples) -> npt.NDArray[np.float32]:
    """The spectrogram (frame, mel) in dB."""
    waveform = torch.from_numpy(samples.copy())[None].to(log_mel.filters.device)
    features: npt.NDArray[np.float32] = log_mel(waveform)[0].cpu().numpy()
    return features
