"""A recording in memory, and the checks of arrays that become one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.mixdown import Mixdown
from emotion_classifier.errors import AudioError
from emotion_classifier.units import Hertz, Seconds, to_seconds

Samples: TypeAlias = npt.NDArray[np.float32]
MINIMUM_SAMPLE_RATE: Hertz = 8_000
MAXIMUM_SAMPLE_RATE: Hertz = 192_000
MAXIMUM_CHANNELS = 8
LARGEST_AMPLITUDE = 1e10
"""Above the largest 32-bit integer without scaling; resampling or squaring more would overflow."""

# 40 dB above full scale: no float recording reaches it, and unscaled 8-bit integers do.
_LARGEST_RECORDED_AMPLITUDE = 100.0
_BITS_BY_PEAK = ((1 << 7, 8), (1 << 15, 16), (1 << 23, 24), (1 << 31, 32))
_DTYPE_HINTS = {
    "b": "pass the samples themselves, not a mask of them",
    "c": "pass the waveform, not its spectrum",
    "i": "they have no known full scale, convert them, for example with samples.astype(np.int16)",
    "u": "they have no known full scale, convert them, for example with samples.astype(np.int16)",
}


@dataclass(frozen=True, eq=False)
class Waveform:
    """Samples of all channels and their rate.

    The constructor takes finite samples in their final format, and checks the format only;
    `from_array` takes any array of audio, and checks everything.

    Parameters
    ----------
    samples : (channel, sample) float32; full scale is -1 to 1.
    sample_rate : of every channel.

    Raises
    ------
    AudioError
        With the code ``dtype``, ``shape`` or ``sample-rate``.
    """

    samples: Samples
    sample_rate: Hertz

    def __post_init__(self) -> None:
        kind = getattr(self.samples, "dtype", type(self.samples).__name__)
        if not isinstance(self.samples, np.ndarray) or kind != np.float32:
            raise _error("dtype", f"samples are {kind}, not float32: use Waveform.from_array")
        if self.samples.ndim != 2 or len(self.samples) == 0:
            reason = f"samples have the shape {self.samples.shape}, not (channel, sample)"
            raise _error("shape", f"{reason}: use Waveform.from_array")
        if type(self.sample_rate) is not int or self.sample_rate <= 0:
            check_sample_rate(self.sample_rate)

    @classmethod
    def from_array(cls, samples: npt.ArrayLike, sample_rate: float) -> Self:
        """The waveform of an array of audio.

        Parameters
        ----------
        samples : (sample,) or (channel, sample), at most 8 channels. Floats have a full scale of -1
            to 1; integers of 8, 16 or 32 bits that of their type, unsigned ones around its middle.
            Everything that NumPy converts to such an array is accepted: lists, tensors.
        sample_rate : in Hz, 8000 to 192000.

        Raises
        ------
        AudioError
            With the code ``sample-rate``, ``dtype``, ``shape``, ``channels``, ``no-samples``,
            ``not-finite`` or ``amplitude``.

        Examples
        --------
        >>> Waveform.from_array(np.array([0, 16384, -32768], np.int16), 16000).samples
        array([[ 0. ,  0.5, -1. ]], dtype=float32)
        """
        rate = check_sample_rate(sample_rate)
        array = _channels_first(_numeric_array(samples))
        if array.dtype.kind != "f":
            array = _scaled_to_full_scale(array)
        _check_values(array)
        return cls(np.ascontiguousarray(array, np.float32), rate)

    @property
    def duration_seconds(self) -> Seconds:
        """Duration of the recording."""
        return to_seconds(self.samples.shape[1], self.sample_rate)

    def mono(self) -> Samples:
        """Mean of the channels ``(sample,)``; a single channel is returned as it is, not copied.

        Where the channels cancel each other out, the strongest of them, see `Mixdown`.
        """
        return Mixdown().mix(self.samples)


def check_sample_rate(sample_rate: object) -> Hertz:
    """The sample rate as a whole number.

    Raises
    ------
    AudioError
        With the code ``sample-rate``: not a whole number between 8000 and 192000.
    """
    rule = f"a whole number of Hz, {MINIMUM_SAMPLE_RATE} to {MAXIMUM_SAMPLE_RATE}"
    found = f"the sample rate is {_shown(sample_rate)}, not {rule}"
    if isinstance(sample_rate, np.ndarray) and sample_rate.ndim == 0:
        sample_rate = sample_rate.item()
    if isinstance(sample_rate, (np.ndarray, list, tuple)):
        hint = "exchange the arguments: samples come first, then their rate"
        raise _error("sample-rate", f"the sample rate is an array, not {rule}: {hint}")
    if isinstance(sample_rate, bool) or not isinstance(
        sample_rate, (int, float, np.integer, np.floating)
    ):
        raise _error("sample-rate", f"{found}: pass for example 16000")
    if MINIMUM_SAMPLE_RATE <= sample_rate <= MAXIMUM_SAMPLE_RATE and sample_rate % 1 == 0:
        return int(float(sample_rate))
    if MINIMUM_SAMPLE_RATE / 1000 <= sample_rate <= MAXIMUM_SAMPLE_RATE / 1000:
        hint = f"did you give kHz? pass {round(float(sample_rate) * 1000)}"
        raise _error("sample-rate", f"{found}: {hint}")
    raise _error("sample-rate", f"{found}: resample the audio, for example to 16000 Hz")


def usable(samples: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.bool_]:
    """Mask of the samples, of any shape, that are not NaN, infinite or absurdly large."""
    within: npt.NDArray[np.bool_] = np.abs(samples) <= LARGEST_AMPLITUDE  # false for NaN
    return within


def replace_unusable(samples: Samples) -> tuple[Samples, int]:
    """A copy of `samples`, of any shape, with zeros where they are not `usable`; how many zeros."""
    mask = usable(samples)
    copy: Samples = np.where(mask, samples, 0.0).astype(np.float32)
    return copy, samples.size - int(np.count_nonzero(mask))


def _numeric_array(samples: object) -> npt.NDArray[Any]:
    """The samples as an array of floats, or of integers that have a full scale."""
    if isinstance(samples, (bytes, bytearray)):
        hint = "decode them first, for example with np.frombuffer(samples, np.int16)"
        raise _error("dtype", f"samples are bytes, not an array: {hint}")
    if isinstance(samples, (str, os.PathLike)):
        hint = "pass the path of a file alone, without a sample rate"
        raise _error("dtype", f"samples are {_shown(samples)}, not an array: {hint}")
    try:
        array = np.asarray(samples)
    except Exception as error:  # whatever __array__ raises, for example for a tensor on a GPU
        hint = "pass an array (sample,) or (channel, sample), and the sample rate apart from it"
        name = type(samples).__name__
        raise _error("shape", f"NumPy makes no array of {name} ({error}): {hint}") from error
    dtype = array.dtype
    if dtype.kind == "f" or (dtype.kind in "iu" and dtype.itemsize <= 4):
        return array
    hint = _DTYPE_HINTS.get(dtype.kind, "pass floats, or integers of 8, 16 or 32 bits")
    raise _error(
        "dtype", f"samples of type {dtype} ({type(samples).__name__}) are no audio: {hint}"
    )


def _channels_first(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array as (channel, sample)."""
    shape = array.shape
    rule = f"the shape is {shape}, not (sample,) or (channel, sample)"
    if array.ndim not in {1, 2}:
        hint = "pass one recording at a time" if array.ndim else "pass all samples at once"
        raise _error("shape", f"{rule}: {hint}")
    if array.size == 0:
        raise _error("no-samples", f"an array of shape {shape} holds no samples: record it again")
    array = np.atleast_2d(array)
    channels, samples = array.shape
    if channels > MAXIMUM_CHANNELS:
        if samples <= MAXIMUM_CHANNELS:
            raise _error("channels", f"{rule}: this looks like (sample, channel), pass samples.T")
        limit = f"{channels} channels, and 1 to {MAXIMUM_CHANNELS} are allowed"
        raise _error("channels", f"{rule}, or {limit}: pass one recording at a time, or mix down")
    return array


def _scaled_to_full_scale(integers: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Integers as floats between -1 and 1, as soundfile scales those of files."""
    half = 2.0 ** (8 * integers.itemsize - 1)
    middle = half if integers.dtype.kind == "u" else 0.0
    return (integers.astype(np.float64) - middle) / half


def _check_values(array: npt.NDArray[np.floating[Any]]) -> None:
    """Raise where floats (channel, sample) are not finite or far beyond full scale."""
    finite = np.isfinite(array)
    if not finite.all():
        count = array.size - int(np.count_nonzero(finite))
        first = int(np.argmin(finite.all(axis=0)))
        found = f"{count} of {array.size} samples are NaN or infinite, the first at index {first}"
        raise _error("not-finite", f"{found}: check how they were made, or replace them by zeros")
    check_peak(float(max(array.max(), -array.min())), None)


def check_peak(peak: float, path: Path | None) -> None:
    """Raise an `AudioError` with the code ``amplitude`` where samples are far beyond full scale."""
    if peak > _LARGEST_RECORDED_AMPLITUDE:
        bits = next((bits for limit, bits in _BITS_BY_PEAK if peak <= limit), None)
        hint = "divide them by their full scale"
        if bits is not None:
            half = 1 << (bits - 1)
            hint = (
                f"{bits}-bit integers as floats? divide by {half}, or take the integers themselves"
            )
        reason = f"the peak is {peak:g}, and full scale is -1 to 1: {hint}"
        raise AudioError(path, "amplitude", reason)


def _shown(value: object) -> str:
    """A value for a message: short, whatever it is."""
    try:
        return f"{value!r:.60}"
    except Exception:  # an integer of thousands of digits, or a class with a faulty __repr__
        return f"a {type(value).__name__}"


def _error(code: str, reason: str) -> AudioError:
    return AudioError(None, code, reason)
