"""Figures of two waveforms and their features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.models.custom import CustomFrontendConfig
from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.frontends.config import FrontendConfig, LogMelConfig, MfccConfig
from emotion_classifier.models.frontends.mfcc import Mfcc
from emotion_classifier.rendering.sounds import Sound, SoundAxes, comparison_figure
from emotion_classifier.units import Hertz

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class SoundPictures:
    """Figures of waveforms with the spectrogram of a front-end, and its MFCC.

    Parameters
    ----------
    frontend : of the model; the default spectrogram is used for an encoder or a custom front-end.
    sample_rate : of the waveforms.
    """

    def __init__(self, frontend: FrontendConfig, sample_rate: Hertz) -> None:
        if isinstance(frontend, EncoderConfig | CustomFrontendConfig):
            frontend = LogMelConfig()
        self.sample_rate = sample_rate
        self.log_mel = frontend.log_mel(sample_rate)
        coefficients = frontend.n_mfcc if isinstance(frontend, MfccConfig) else MfccConfig().n_mfcc
        self.mfcc = Mfcc(self.log_mel, n_mfcc=min(coefficients, frontend.mels), deltas=0)

    def draw(self, before: Samples, after: Samples, titles: tuple[str, str]) -> Figure:
        """The figure of two waveforms (sample,), a title above each."""
        filters = self.log_mel.filters.double().numpy()
        frequencies = torch.linspace(0.0, self.sample_rate / 2, len(filters)).double().numpy()
        axes = SoundAxes(
            self.sample_rate,
            self.log_mel.hop_length / self.sample_rate,
            # Centre of the triangle; the only bin in it where it is narrower than two.
            (frequencies @ filters) / filters.sum(axis=0),
        )
        return comparison_figure(self._sound(before), self._sound(after), axes, titles=titles)

    @torch.inference_mode()
    def _sound(self, samples: Samples) -> Sound:
        waveform = torch.from_numpy(samples)[None]
        log_mel, mfcc = self.log_mel(waveform)[0].numpy(), self.mfcc(waveform)[0].numpy()
        return Sound(samples, log_mel, mfcc)
