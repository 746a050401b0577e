"""Settings of front-ends; no module is imported before it is built, so that they need no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from emotion_classifier.config import StrictConfig
from emotion_classifier.models.custom import CustomFrontendConfig
from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.units import Hertz

if TYPE_CHECKING:
    from emotion_classifier.models.frontends.log_mel import LogMel, LogMelDeltas
    from emotion_classifier.models.frontends.mfcc import Mfcc
    from emotion_classifier.models.frontends.spec_augment import SpecAugment
    from emotion_classifier.models.frontends.standardisation import Standardisation

StandardisationKind = Literal[
    "none", "global", "per_bin", "per_cell", "per_utterance", "per_speaker"
]

_TRANSDUCTIVE = (
    "Transductive: features are normalised with all clips of each test speaker, unlabelled, so the "
    "score is valid where there are as many clips of one speaker. A recording without a speaker, as "
    "in `emotion predict`, is normalised with its own statistics."
)


class MelBandsConfig(StrictConfig):
    """Mel bands of the power spectrum."""

    mels: Annotated[int, Field(ge=1, le=512)] = 128
    """Number of mel bands."""
    n_fft: Annotated[int, Field(ge=16, le=16384)] = 1024
    """Window of the Fourier transform, in samples."""
    hop_length: Annotated[int, Field(ge=1, le=16384)] = 256
    """Step between frames, in samples."""
    low_hz: Annotated[float, Field(ge=0.0)] = 0.0
    """Lower edge of the lowest band."""
    high_hz: Annotated[float, Field(gt=0.0)] | None = None
    """Upper edge of the highest band; null is half the sample rate."""

    def log_mel(self, sample_rate: Hertz) -> LogMel:
        """The log-mel spectrogram of waveforms at `sample_rate`."""
        from emotion_classifier.models.frontends.log_mel import LogMel

        return LogMel(
            sample_rate,
            mels=self.mels,
            n_fft=self.n_fft,
            hop_length=self.hop_length,
            low_hz=self.low_hz,
            high_hz=self.high_hz,
        )


class LogMelConfig(MelBandsConfig):
    """Log-mel spectrogram."""

    kind: Literal["log_mel"] = "log_mel"
    deltas: Literal[0, 1, 2] = 0
    """0 for the bands alone, 1 with their slopes, 2 with the slopes of the slopes too."""

    def build(self, sample_rate: Hertz) -> LogMel | LogMelDeltas:
        """The front-end for waveforms at `sample_rate`."""
        from emotion_classifier.models.frontends.log_mel import LogMelDeltas

        log_mel = self.log_mel(sample_rate)
        return LogMelDeltas(log_mel, deltas=self.deltas) if self.deltas else log_mel


class MfccConfig(MelBandsConfig):
    """Mel-frequency cepstral coefficients of the log-mel spectrogram."""

    kind: Literal["mfcc"] = "mfcc"
    n_mfcc: Annotated[int, Field(ge=1, le=512)] = 40
    """Number of coefficients, from the lowest on; at most as many as mels."""
    deltas: Literal[0, 1, 2] = 2
    """0 for the coefficients alone, 1 with their slopes, 2 with the slopes of the slopes too."""

    @model_validator(mode="after")
    def _no_more_than_mels(self) -> Self:
        if self.n_mfcc > self.mels:
            raise ValueError(f"n_mfcc ({self.n_mfcc}) is above mels ({self.mels}): raise mels")
        return self

    def build(self, sample_rate: Hertz) -> Mfcc:
        """The front-end for waveforms at `sample_rate`."""
        from emotion_classifier.models.frontends.mfcc import Mfcc

        return Mfcc(self.log_mel(sample_rate), n_mfcc=self.n_mfcc, deltas=self.deltas)


class SpecAugmentConfig(StrictConfig):
    """Masks over time and frequency (Park et al., Interspeech 2019); training only."""

    time_masks: Annotated[int, Field(ge=0, le=16)] = 2
    """Number of masks over time."""
    time_fraction: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1
    """Longest time mask, as a share of the clip's frames."""
    frequency_masks: Annotated[int, Field(ge=0, le=16)] = 2
    """Number of masks over frequency."""
    frequency_fraction: Annotated[float, Field(ge=0.0, le=1.0)] = 0.15
    """Widest frequency mask, as a share of the bins."""

    def build(self) -> SpecAugment:
        """The module."""
        from emotion_classifier.models.frontends.spec_augment import SpecAugment

        return SpecAugment(
            time_masks=self.time_masks,
            time_fraction=self.time_fraction,
            frequency_masks=self.frequency_masks,
            frequency_fraction=self.frequency_fraction,
        )


class StandardisationConfig(StrictConfig):
    """Standardisation of the features."""

    kind: StandardisationKind = "per_bin"
    """One mean for all values, for each bin, for each bin of each frame (``per_cell``), for each clip,
    for each bin of a speaker, or none."""
    frames: Annotated[int, Field(ge=1)] | None = None
    """Frames of a clip, for ``per_cell``, whose statistics depend on the position in the clip."""

    @model_validator(mode="after")
    def _frames_belong_to_cells(self) -> Self:
        if (self.kind == "per_cell") != (self.frames is not None):
            raise ValueError(
                f"standardisation.frames is {self.frames} with kind: {self.kind}: set it to the frames of a "
                "clip with per_cell, and leave it out with all other kinds"
            )
        return self

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for every report of a model with this standardisation."""
        return (_TRANSDUCTIVE,) if self.kind == "per_speaker" else ()

    def build(self, features: int) -> Standardisation:
        """The module for `features` values in a frame."""
        from emotion_classifier.models.frontends.standardisation import Standardisation

        return Standardisation(features, kind=self.kind, frames=self.frames)


FrontendConfig = Annotated[
    LogMelConfig | MfccConfig | EncoderConfig | CustomFrontendConfig, Field(discriminator="kind")
]
