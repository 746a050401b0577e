"""Sounds of a voice: glottal pulses, and the resonances that turn them into vowels.

Source and filter after Fant; the pulse is Rosenberg's (1971), "Effect of glottal pulse shape on the
quality of natural vowels", JASA 49(2B).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emotion_classifier.units import Hertz

Curve = npt.NDArray[np.float64]

_OPENING_SHARE = 0.4
_CLOSING_SHARE = 0.16
_BANDWIDTHS_HZ = np.array([70.0, 90.0, 130.0, 200.0])
_TILT_FROM_HZ = 500.0
_TILT_UP_TO_OCTAVES = 3.5
_HOP_SECONDS = 0.008
_HOPS_PER_FRAME = 4
_HOPS_PER_TRANSFORM = 8
_HANN_OVERLAP_SUM = _HOPS_PER_FRAME / 2


def glottal_pulses(
    pitch_hz: Curve, sample_rate: Hertz, roughness: float, generator: np.random.Generator
) -> Curve:
    """Derivative of the flow ``(sample,)`` through the glottis, for a pitch at each sample.

    Each period differs by a relative jitter of `roughness` and a shimmer of five times that.
    """
    # Jitter is constant over about one period.
    periods = np.cumsum(pitch_hz / sample_rate).astype(np.intp)
    jitter = 1.0 + roughness * generator.standard_normal(periods[-1] + 1)
    phase = np.cumsum(pitch_hz * jitter[periods] / sample_rate)
    cycle = np.floor(phase).astype(np.intp)
    shimmer = 1.0 + 5.0 * roughness * generator.standard_normal(cycle[-1] + 1)
    position = phase - cycle
    opening = 0.5 - 0.5 * np.cos(np.pi * position / _OPENING_SHARE)
    closing = np.cos(0.5 * np.pi * (position - _OPENING_SHARE) / _CLOSING_SHARE)
    open_until = _OPENING_SHARE + _CLOSING_SHARE
    flow = np.where(position < _OPENING_SHARE, opening, np.where(position < open_until, closing, 0))
    return np.diff(flow * shimmer[cycle], prepend=0.0)


def frame_times(total: int, sample_rate: Hertz) -> Curve:
    """Seconds ``(frame,)`` at the centres of the frames that `filter_by_frame` uses."""
    hop = _hop(sample_rate)
    count = total // hop + _HOPS_PER_FRAME
    return (np.arange(count) - _HOPS_PER_FRAME / 2 + 1) * hop / sample_rate


def vowel_response(
    formants_hz: Curve, tilt_db: float, sample_rate: Hertz
) -> npt.NDArray[np.complex128]:
    """Response ``(frame, frequency)`` of resonances at ``(frame, formant)``, with a spectral tilt.

    `tilt_db` is the gain for each octave above 500 Hz.
    """
    frequencies = _frequencies(sample_rate)
    delay = np.exp(-2j * np.pi * frequencies / sample_rate)
    octaves = np.log2(np.maximum(frequencies, _TILT_FROM_HZ) / _TILT_FROM_HZ)
    tilt = 10.0 ** (tilt_db * np.minimum(octaves, _TILT_UP_TO_OCTAVES) / 20.0)
    response = np.tile(tilt.astype(np.complex128), (len(formants_hz), 1))
    radius = np.exp(-np.pi * _BANDWIDTHS_HZ / sample_rate)
    for formant_hz, r in zip(formants_hz.T, radius, strict=True):
        first = (-2.0 * r * np.cos(2.0 * np.pi * formant_hz / sample_rate))[:, None]
        response *= (1.0 + first + r**2) / (1.0 + first * delay + r**2 * delay**2)
    return response


def noise_response(centre_hz: Curve, sample_rate: Hertz) -> Curve:
    """Response ``(frame, frequency)`` of a band of about one octave around ``(frame,)`` centres."""
    octaves = np.log2(np.maximum(_frequencies(sample_rate), 1.0) / centre_hz[:, None])
    return np.exp(-2.0 * octaves**2)


def filter_by_frame(
    samples: Curve, response: npt.NDArray[np.complex128] | Curve, sample_rate: Hertz
) -> Curve:
    """``(sample,)`` through a filter that changes with time, ``(frame, frequency)``.

    Frames overlap by three quarters, so that the filter glides from one response to the next.
    """
    hop = _hop(sample_rate)
    frame = _HOPS_PER_FRAME * hop
    padded = np.zeros(frame + (len(response) - 1) * hop)
    start = frame - hop
    padded[start : start + len(samples)] = samples
    window = np.hanning(frame + 1)[:-1] / _HANN_OVERLAP_SUM
    frames = np.lib.stride_tricks.sliding_window_view(padded, frame)[::hop] * window
    length = _HOPS_PER_TRANSFORM * hop
    filtered = np.fft.irfft(np.fft.rfft(frames, length) * response, length)
    pieces = filtered.reshape(len(response), _HOPS_PER_TRANSFORM, hop)
    result = np.zeros((len(response) + _HOPS_PER_TRANSFORM, hop))
    for k in range(_HOPS_PER_TRANSFORM):
        result[k : k + len(response)] += pieces[:, k]
    return result.reshape(-1)[start : start + len(samples)]


def _hop(sample_rate: Hertz) -> int:
    return round(_HOP_SECONDS * sample_rate)


def _frequencies(sample_rate: Hertz) -> Curve:
    length = _HOPS_PER_TRANSFORM * _hop(sample_rate)
    return np.linspace(0.0, sample_rate / 2, length // 2 + 1)
