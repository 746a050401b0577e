from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from emotion_classifier.audio.waveform import Waveform, replace_unusable, usable
from emotion_classifier.errors import AudioError

RATE = 16_000


def test_duration_is_that_of_one_channel() -> None:
    assert Waveform(np.zeros((2, 8000), np.float32), RATE).duration_seconds == 0.5


def test_mono_is_the_mean_of_the_channels() -> None:
    samples = np.array([[1.0, 0.5], [0.0, -0.5], [0.5, 0.75]], np.float32)
    mono = Waveform(samples, RATE).mono()
    assert mono.dtype == np.float32
    np.testing.assert_allclose(mono, [0.5, 0.25])


def test_mono_of_equal_channels_is_one_of_them_exactly() -> None:
    channel = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    for count in range(1, 9):
        mono = Waveform(np.tile(channel, (count, 1)), RATE).mono()
        np.testing.assert_array_equal(mono, channel)


@pytest.mark.parametrize(
    ("samples", "sample_rate", "code"),
    [
        (np.zeros(16000, np.float32), RATE, "shape"),
        (np.zeros((0, 5), np.float32), RATE, "shape"),
        (np.zeros((1, 16000)), RATE, "dtype"),
        ([[0.5, 0.25]], RATE, "dtype"),
        (np.zeros((1, 16000), np.float32), 0, "sample-rate"),
        (np.zeros((1, 16000), np.float32), 16.0, "sample-rate"),
    ],
)
def test_constructor_refuses_another_format(samples: Any, sample_rate: Any, code: str) -> None:
    with pytest.raises(AudioError) as caught:
        Waveform(samples, sample_rate)
    assert caught.value.code == code


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, ">f4"])
def test_floats_keep_their_values(dtype: Any) -> None:
    waveform = Waveform.from_array(np.array([[0.5, -1.0], [0.25, 2.0]], dtype), RATE)
    assert waveform.samples.dtype == np.float32
    np.testing.assert_array_equal(waveform.samples, [[0.5, -1.0], [0.25, 2.0]])


@pytest.mark.parametrize(
    ("dtype", "lowest", "middle", "half"),
    [
        (np.int8, -128, 0, 64),
        (np.int16, -(2**15), 0, 2**14),
        (">i2", -(2**15), 0, 2**14),
        (np.int32, -(2**31), 0, 2**30),
        (np.uint8, 0, 128, 192),
        (np.uint16, 0, 2**15, 3 * 2**14),
        (np.uint32, 0, 2**31, 3 * 2**30),
    ],
)
def test_integers_are_scaled_by_the_range_of_their_type(
    dtype: Any, lowest: int, middle: int, half: int
) -> None:
    waveform = Waveform.from_array(np.array([lowest, middle, half], dtype), RATE)
    np.testing.assert_array_equal(waveform.samples, [[-1.0, 0.0, 0.5]])


@pytest.mark.parametrize(
    ("subtype", "dtype", "tolerance"), [("PCM_16", "int16", 0), ("PCM_32", "int32", 1e-7)]
)
def test_integers_equal_the_floats_that_soundfile_reads(
    subtype: str, dtype: str, tolerance: float
) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, (2000, 2))
    file = io.BytesIO()
    soundfile.write(file, noise, RATE, subtype=subtype, format="WAV")
    read = [
        soundfile.read(io.BytesIO(file.getvalue()), dtype=kind)[0] for kind in (dtype, "float32")
    ]
    waveform = Waveform.from_array(read[0].T, RATE)
    np.testing.assert_allclose(waveform.samples, read[1].T, rtol=0, atol=tolerance)


def test_lists_and_array_likes_are_accepted() -> None:
    class Tensor:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return np.array([0.5, -0.5], np.float32)

    for samples in ([0.5, -0.5], (0.5, -0.5), [[0.5, -0.5]], Tensor()):
        waveform = Waveform.from_array(samples, RATE)
        np.testing.assert_array_equal(waveform.samples, [[0.5, -0.5]])


def test_float32_arrays_are_not_copied() -> None:
    samples = np.zeros((2, 100), np.float32)
    assert np.shares_memory(Waveform.from_array(samples, RATE).samples, samples)


@pytest.mark.parametrize("sample_rate", [16_000, 16_000.0, np.int64(16_000), np.array(16_000)])
def test_whole_sample_rates_are_accepted(sample_rate: Any) -> None:
    waveform = Waveform.from_array(np.zeros(10), sample_rate)
    assert (waveform.sample_rate, type(waveform.sample_rate)) == (RATE, int)


class _OnAnotherDevice:
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError("use Tensor.cpu() to copy the tensor to host memory first")


_VOICE = np.sin(np.arange(16000.0))


@pytest.mark.parametrize(
    ("samples", "code", "message"),
    [
        (np.zeros((16000, 2)), "channels", r"\(16000, 2\).*\(sample, channel\), pass samples.T"),
        (np.zeros((16000, 1)), "channels", "pass samples.T"),
        (np.zeros((32, 16000)), "channels", "32 channels, and 1 to 8.*one recording at a time"),
        (np.zeros((4, 1, 16000)), "shape", r"\(4, 1, 16000\).*pass one recording at a time"),
        (0.5, "shape", "pass all samples at once"),
        ([], "no-samples", r"shape \(0,\) holds no samples"),
        (np.zeros((2, 0)), "no-samples", "holds no samples"),
        (np.zeros((0, 16000)), "no-samples", "holds no samples"),
        (np.zeros(100, np.complex64), "dtype", "complex64.*not its spectrum"),
        (np.zeros(100, bool), "dtype", "bool.*not a mask"),
        (np.zeros(100, np.int64), "dtype", r"int64.*samples.astype\(np.int16\)"),
        ([0, 1, -1], "dtype", r"int64 \(list\)"),
        (np.array(["a", "b"]), "dtype", "pass floats, or integers"),
        (np.array([None, 0.5]), "dtype", "object"),
        (None, "dtype", "object"),
        ("speech.wav", "dtype", "'speech.wav', not an array: pass the path of a file alone"),
        (Path("speech.wav"), "dtype", "pass the path of a file alone"),
        (b"\0\0", "dtype", "np.frombuffer"),
        ([[0.5, 0.5], [0.5]], "shape", "NumPy makes no array of list"),
        ((_VOICE, 16000), "shape", "the sample rate apart from it"),
        (_OnAnotherDevice(), "shape", r"use Tensor.cpu\(\)"),
        (
            [0.5, np.nan, np.inf],
            "not-finite",
            "2 of 3 samples are NaN or infinite, the first at index 1",
        ),
        (
            32767 * _VOICE,
            "amplitude",
            "peak is 32766.8.*16-bit.*divide by 32768, or take the integers themselves",
        ),
        (127 * _VOICE, "amplitude", "8-bit integers as floats.*divide by 128"),
        (2.0**31 * _VOICE, "amplitude", "32-bit integers as floats"),
        (1e300 * _VOICE, "amplitude", "divide them by their full scale"),
    ],
)
def test_errors_name_the_value_and_guess_the_mistake(samples: Any, code: str, message: str) -> None:
    with pytest.raises(AudioError, match=message) as caught:
        Waveform.from_array(samples, RATE)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("sample_rate", "message"),
    [
        (16, "the sample rate is 16, not a whole number of Hz, 8000 to 192000.*kHz.*pass 16000"),
        (np.int8(16), "did you give kHz"),
        (44.1, "did you give kHz.*pass 44100"),
        (0, "is 0, not"),
        (-16000, "is -16000, not"),
        (16000.5, "is 16000.5, not"),
        (4000, "resample the audio"),
        (1_000_000, "is 1000000, not"),
        pytest.param(10**5000, "is a int, not", id="huge"),
        (float("nan"), "is nan, not"),
        (float("inf"), "is inf, not"),
        ("16000", "is '16000', not.*pass for example 16000"),
        (None, "is None, not"),
        (True, "is True, not"),
        (16000 + 0j, "not a whole number"),
        (np.zeros(16000), "exchange the arguments"),
    ],
)
def test_wrong_sample_rates_are_errors(sample_rate: Any, message: str) -> None:
    with pytest.raises(AudioError, match=message) as caught:
        Waveform.from_array(np.zeros(100), sample_rate)
    assert caught.value.code == "sample-rate"


_ANYTHING = st.one_of(
    arrays.arrays(
        st.one_of(arrays.scalar_dtypes(), arrays.array_dtypes()),
        arrays.array_shapes(min_dims=0, min_side=0, max_side=12),
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda values: st.lists(values) | st.dictionaries(st.text(), values) | st.tuples(values),
    ),
)


@settings(max_examples=150, deadline=None)
@given(_ANYTHING, st.just(RATE) | _ANYTHING)
@example(np.array([1e39]), RATE)
@example(np.array([-(2.0**1000)]), RATE)
def test_any_input_gives_a_waveform_or_an_audio_error(samples: Any, sample_rate: Any) -> None:
    try:
        waveform = Waveform.from_array(samples, sample_rate)
    except AudioError as error:
        assert error.reason
        return
    assert waveform.samples.dtype == np.float32
    assert waveform.samples.ndim == 2
    assert 1 <= len(waveform.samples) <= 8
    assert np.abs(waveform.samples).max() <= 100.0
    assert 8000 <= waveform.sample_rate <= 192_000


def test_not_finite_and_absurdly_large_samples_are_unusable() -> None:
    samples = np.array([[0.0, -1.5, 2.0**31], [np.nan, -np.inf, 3e10]], np.float32)
    np.testing.assert_array_equal(usable(samples), [[True] * 3, [False] * 3])


def test_unusable_samples_are_replaced_in_a_copy_and_counted() -> None:
    samples = np.array([[0.5, np.nan], [-np.inf, 2.0**31]], np.float32)
    before = samples.copy()
    replaced, count = replace_unusable(samples)
    assert replaced.dtype == np.float32
    assert count == 2
    np.testing.assert_array_equal(replaced, [[0.5, 0.0], [0.0, 2.0**31]])
    replaced[:] = 1.0
    np.testing.assert_array_equal(samples, before)
